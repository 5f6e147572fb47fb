//! Building the tree: layers are applied in order, by the rules of the OCI image-spec (layer.md).
//!
//! A layer is applied in three steps. Its whiteouts first, against what the layers below left: they never hide
//! the layer's own entries, wherever in the tar they stand. Then its entries in their order, the last one of a
//! path winning. Then the layer is closed: each touched path is compared with what it was, hidden contents get
//! their cause, and directories the sum of what is below them.

use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashTable;
use rustc_hash::{FxHashMap, FxHashSet};

use super::record::{BOOKKEEPING, Cause, Change, DEAD, EXPLICIT, NONE, Node, Record, SUPERSEDED, Store};
use super::{LayerTotals, Problem};
use crate::image::changeset::{Attributes, Changeset, Entry, Kind};
use crate::image::path;

/// Problems kept per layer; the rest is counted.
const MAX_PROBLEMS: usize = 50;
/// Directories that paths merely imply, beyond which a layer is taken for an attack.
const MAX_IMPLIED: u64 = 1 << 22;
/// Nodes, records and bytes of names must stay countable in 32 bits.
const MAX_COUNT: usize = (u32::MAX - 1024) as usize;

/// Where a content can be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentAt {
    pub layer: usize,
    /// Bytes from the start of the layer's uncompressed tar.
    pub offset: u64,
    pub bytes: u64,
}

/// Answers "what is in there?" for contents whose identity is not known yet.
pub trait Contents {
    /// The identity of each content, `None` where it cannot be read.
    fn hashes(&mut self, wanted: &[ContentAt]) -> Vec<Option<u64>>;
}

/// For layers whose contents were all identified while they were read.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoContents;

impl Contents for NoContents {
    fn hashes(&mut self, wanted: &[ContentAt]) -> Vec<Option<u64>> {
        vec![None; wanted.len()]
    }
}

/// A tree under construction.
#[derive(Clone, Debug)]
pub struct Builder {
    pub(super) store: Store,
    pub(super) index: HashTable<u32>,
    pub(super) implied_dirs: u64,
    attribute_index: FxHashMap<Attributes, u32>,
    /// Contents with more than one path → the existing nodes that lead to them.
    names_of: FxHashMap<u32, BTreeSet<u32>>,
    /// Identities that came with the layer, by content record, ascending.
    given_hashes: Vec<(u32, [u8; 8])>,
    /// Identities that had to be asked for.
    asked_hashes: FxHashMap<u32, Option<u64>>,
    pub(super) totals: Vec<LayerTotals>,
    pub(super) problems: Vec<Problem>,
    problems_here: usize,
    layer: u16,
}

impl Default for Builder {
    fn default() -> Self {
        Builder::new()
    }
}

impl Builder {
    /// A tree of nothing but the root.
    pub fn new() -> Builder {
        let mut store = Store::default();
        store.nodes.push(Node { parent: 0, name_at: 0, name_len: 0, first: NONE, next: NONE, newest: NONE });
        Builder {
            store,
            index: HashTable::new(),
            implied_dirs: 0,
            attribute_index: FxHashMap::default(),
            names_of: FxHashMap::default(),
            given_hashes: Vec::new(),
            asked_hashes: FxHashMap::default(),
            totals: Vec::new(),
            problems: Vec::new(),
            problems_here: 0,
            layer: 0,
        }
    }

    /// How many layers were applied.
    pub fn layers(&self) -> usize {
        self.totals.len()
    }

    /// How many versions are held; an estimate of the work that a snapshot costs.
    pub fn records(&self) -> usize {
        self.store.records.len()
    }

    /// Puts the next layer on top: its entries, in pieces that follow each other.
    /// Each piece is let go as soon as it is in the tree, so that a large layer is never held twice.
    pub fn apply(&mut self, parts: Vec<Arc<Changeset>>, contents: &mut dyn Contents) -> LayerTotals {
        self.layer = self.totals.len() as u16;
        self.problems_here = 0;
        self.implied_dirs = 0;
        self.store.layer_starts.push(self.store.records.len() as u32);
        if self.store.nodes[0].newest == NONE {
            let root = Attributes { mode: 0o755, ..Attributes::default() };
            self.set(0, &Entry { attributes: root, ..Entry::new(b"", Kind::Directory) }, 0, NONE);
            self.store.records[0].flags &= !EXPLICIT;
        }
        let mut totals =
            LayerTotals { entries: parts.iter().map(|part| part.entries()).sum(), ..LayerTotals::default() };
        let replaced = self.links_replaced_by(&parts);
        for opaque in [false, true] {
            parts.iter().for_each(|part| self.apply_markers(part, &replaced, opaque));
        }
        parts.into_iter().for_each(|part| self.apply_entries(&part));
        totals.bytes = self.stored_here();
        self.close_layer(contents, &mut totals);
        if self.problems_here > MAX_PROBLEMS {
            let more = self.problems_here - MAX_PROBLEMS;
            self.problems.push(Problem {
                layer: Some(usize::from(self.layer)),
                text: format!("{more} more oddities of this kind"),
            });
        }
        self.totals.push(totals);
        totals
    }

    /// Bytes that the layer under way stores for files of the tree. Markers and entries that had to be left out
    /// are no part of it, whatever they carry: their bytes would count as seen though nobody ever sees them.
    fn stored_here(&self) -> u64 {
        let start = self.store.layer_starts[usize::from(self.layer)] as usize;
        let stores = |(at, record): &(usize, &Record)| {
            record.kind == Kind::File && !record.dead() && record.content as usize == start + at
        };
        let records = self.store.records[start..].iter().enumerate();
        records.filter(stores).map(|(_, record)| record.bytes).fold(0, u64::saturating_add)
    }

    /// Applies the layer's markers of one sort. Whiteouts go before opaque markers, so that the cause of a
    /// removal does not depend on the order in which a tar happens to list them.
    fn apply_markers(&mut self, set: &Changeset, replaced: &FxHashSet<u32>, opaque: bool) {
        let mut reader = set.reader();
        while let Some(entry) = reader.next().filter(|_| set.has_whiteouts()) {
            let (dir, name) = path::split(entry.path);
            let Some(hidden) = name.strip_prefix(path::WHITEOUT) else { continue };
            if opaque != (name == path::OPAQUE) || !opaque && name.starts_with(path::AUFS) {
                continue;
            }
            let parent = self.existing_dir(dir, replaced);
            if opaque {
                if dir.is_empty() {
                    self.problem(
                        "an opaque marker at the root hides everything below (Docker does not apply it)",
                    );
                }
                if let Some(node) = parent {
                    self.remove_children(node, Cause::Opaque);
                }
            } else if matches!(hidden, b"" | b"." | b"..") {
                self.problem_at("is a whiteout that names nothing, and was ignored", entry.path);
            } else if let Some(node) = parent.and_then(|parent| self.child(parent, hidden))
                && self.existing_kind(node).is_some()
            {
                self.remove(node, Cause::Removed);
            }
        }
    }

    /// Symbolic links whose very path this layer writes: whiteouts below them must not reach through.
    fn links_replaced_by(&self, parts: &[Arc<Changeset>]) -> FxHashSet<u32> {
        let mut replaced = FxHashSet::default();
        if self.layer == 0 || !parts.iter().any(|part| part.has_whiteouts()) {
            return replaced;
        }
        for part in parts {
            let mut reader = part.reader();
            while let Some(entry) = reader.next() {
                let (dir, name) = path::split(entry.path);
                if entry.kind == Kind::Directory
                    && let Some(parent) = self.existing_dir(dir, &FxHashSet::default())
                    && let Some(node) = self.child(parent, name)
                    && self.existing_kind(node) == Some(Kind::Symlink)
                {
                    replaced.insert(node);
                }
            }
        }
        replaced
    }

    fn apply_entries(&mut self, set: &Changeset) {
        let mut last_dir: Vec<u8> = Vec::new();
        let mut last_parent = 0;
        let mut reader = set.reader();
        while let Some(entry) = reader.next() {
            if entry.path.is_empty() {
                if entry.kind == Kind::Directory {
                    self.set(0, &entry, 0, NONE);
                } else {
                    self.problem("ignored an entry that would replace the root directory");
                }
                continue;
            }
            let (dir, name) = path::split(entry.path);
            if name.starts_with(path::WHITEOUT) || path::names(dir).any(|name| name.starts_with(path::AUFS)) {
                continue;
            }
            if self.full() {
                self.problem("left out the rest of the layer: more paths than can be shown");
                return;
            }
            if dir != last_dir || self.existing_kind(last_parent) != Some(Kind::Directory) {
                let Some(found) = self.make_dir(dir) else {
                    self.problem_at("left out an entry whose parent is a loop of symbolic links", entry.path);
                    last_dir.clear();
                    last_parent = 0;
                    continue;
                };
                if found.through_link {
                    let text = "lies behind a symbolic link of the image and is shown at the link's target \
                                (Docker makes a directory in place of the link)";
                    self.problem_at(text, entry.path);
                }
                if found.replaced {
                    self.problem_at("needed a directory where the image had something else", entry.path);
                }
                last_parent = found.node;
                last_dir.clear();
                last_dir.extend_from_slice(dir);
            }
            let node = self.child_or_new(last_parent, name);
            self.place(node, &entry);
        }
    }

    fn full(&self) -> bool {
        self.implied_dirs > MAX_IMPLIED
            || self.store.records.len() > MAX_COUNT
            || self.store.text.len() > MAX_COUNT
            || self.store.nodes.len() > MAX_COUNT
    }

    /// Writes one entry at its node.
    fn place(&mut self, node: u32, entry: &Entry<'_>) {
        match entry.kind {
            Kind::File => {
                self.set(node, entry, entry.offset, NONE);
                let content = self.store.nodes[node as usize].newest;
                if let Some(hash) = entry.hash {
                    self.given_hashes.push((content, hash.to_le_bytes()));
                }
                if let Some(logical) = entry.logical_bytes {
                    self.store.logical.insert(content, logical);
                }
            }
            Kind::Symlink => {
                let text = self.text(entry.link);
                self.set(node, entry, 0, text);
            }
            Kind::Hardlink => self.place_hardlink(node, entry),
            Kind::Char | Kind::Block => {
                if entry.device == (0, 0) {
                    self.problem_at("is a 0/0 device (Docker takes it for a whiteout)", entry.path);
                }
                let device = u64::from(entry.device.0) << 32 | u64::from(entry.device.1);
                self.set(node, entry, device, NONE);
            }
            Kind::Directory | Kind::Fifo => self.set(node, entry, 0, NONE),
        }
    }

    fn place_hardlink(&mut self, node: u32, entry: &Entry<'_>) {
        let target = path::cleaned(entry.link);
        let (dir, name) = path::split(&target);
        let target =
            self.existing_dir(dir, &FxHashSet::default()).and_then(|parent| self.child(parent, name));
        let text = self.text(entry.link);
        let kind = target.and_then(|target| self.existing_kind(target));
        let (Some(target), Some(kind)) = (target.filter(|target| *target != node), kind) else {
            self.problem_at("is a hard link to something that is not there", entry.path);
            return self.set(node, entry, u64::from(text), NONE);
        };
        let newest = &self.store.records[self.store.nodes[target as usize].newest as usize];
        let (content, place, kind_there) = (newest.content, newest.place, newest.kind);
        match kind {
            Kind::File | Kind::Hardlink if content != NONE => {
                let owner = self.store.records[content as usize].node;
                let names = self.names_of.entry(content).or_insert_with(|| BTreeSet::from([owner]));
                names.insert(node);
                // The link joins before what stood here goes: it may have been a name of the same content.
                self.set_linked(node, entry, u64::from(text), content);
            }
            Kind::File | Kind::Hardlink => self.set(node, entry, u64::from(text), NONE),
            Kind::Directory => {
                self.problem_at("is a hard link to a directory", entry.path);
                self.set(node, entry, u64::from(text), NONE);
            }
            // Another name of a link or a device is that link or device.
            Kind::Symlink | Kind::Char | Kind::Block | Kind::Fifo => {
                self.set(node, &Entry { kind: kind_there, ..*entry }, place, content);
            }
        }
    }

    fn set_linked(&mut self, node: u32, entry: &Entry<'_>, place: u64, content: u32) {
        let was = self.store.nodes[node as usize].newest;
        let same =
            self.store.records.get(was as usize).is_some_and(|record| {
                !record.dead() && record.kind.has_content() && record.content == content
            });
        if same {
            // Linking a path to the content it already has must not count as losing that content.
            let moved = self.store.records[was as usize].bytes;
            self.push(node, entry, place, content);
            if moved > 0 {
                self.attribute_to_first_name(content);
            }
        } else {
            let was_directory = self.existing_kind(node) == Some(Kind::Directory);
            self.set(node, entry, place, content);
            // With the directory that stood here the path that stored the content may have gone.
            if was_directory && !self.is_attributed(content) {
                self.attribute_to_first_name(content);
            }
        }
    }

    /// Whether some path counts the bytes of this content.
    fn is_attributed(&self, content: u32) -> bool {
        let counts =
            |node: &u32| self.store.records[self.store.nodes[*node as usize].newest as usize].bytes > 0;
        self.names_of.get(&content).is_some_and(|names| names.iter().any(counts))
    }

    /// Makes `entry` what `node` is from now on.
    pub(super) fn set(&mut self, node: u32, entry: &Entry<'_>, place: u64, content: u32) {
        match self.existing_kind(node) {
            Some(Kind::Directory) if entry.kind == Kind::Directory => {
                let record = self.touch(node);
                let attributes = self.intern(entry.attributes);
                let record = &mut self.store.records[record as usize];
                record.attributes = attributes;
                record.mtime = entry.mtime;
                record.flags |= EXPLICIT;
                return;
            }
            Some(Kind::Directory) => self.remove_children(node, Cause::TypeReplaced),
            Some(kind) if kind.has_content() => {
                let cause = if entry.kind.has_content() { Cause::Overwritten } else { Cause::TypeReplaced };
                self.release(node, cause);
            }
            _ => {}
        }
        self.push(node, entry, place, content);
    }

    fn push(&mut self, node: u32, entry: &Entry<'_>, place: u64, content: u32) {
        // A content's record is its own number; releasing what stood here may have pushed others before it.
        let own = self.store.records.len() as u32;
        let content = if entry.kind == Kind::File { own } else { content };
        let attributes = self.intern(entry.attributes);
        let bytes = if entry.kind == Kind::File && !entry.bookkeeping { entry.bytes } else { 0 };
        let flags = EXPLICIT | if entry.bookkeeping { BOOKKEEPING } else { 0 };
        self.push_record(Record {
            prev: NONE,
            node,
            layer: self.layer,
            kind: entry.kind,
            flags,
            attributes,
            content,
            hidden_by: 0,
            cause: None,
            change: Change::Unmodified,
            bytes,
            place,
            mtime: entry.mtime,
        });
    }

    fn push_record(&mut self, mut record: Record) {
        let id = self.store.records.len() as u32;
        let node = record.node;
        let newest = self.store.nodes[node as usize].newest;
        record.prev = match self.store.records.get_mut(newest as usize) {
            Some(old) if old.layer == self.layer => {
                old.flags |= SUPERSEDED;
                old.prev
            }
            Some(_) => newest,
            None => NONE,
        };
        self.store.records.push(record);
        self.store.nodes[node as usize].newest = id;
        if node != 0 {
            self.touch(self.store.nodes[node as usize].parent);
        }
    }

    /// Gives `node` and every directory above it a version in this layer, and returns the node's.
    fn touch(&mut self, node: u32) -> u32 {
        let mut at = node;
        loop {
            let newest = self.store.nodes[at as usize].newest;
            let Some(record) = self.store.records.get(newest as usize) else { break };
            if record.layer == self.layer {
                break;
            }
            let mut copy = record.clone();
            copy.prev = newest;
            copy.layer = self.layer;
            copy.flags &= !EXPLICIT;
            (copy.cause, copy.change) = (None, Change::Unmodified);
            self.store.nodes[at as usize].newest = self.store.records.len() as u32;
            self.store.records.push(copy);
            if at == 0 {
                break;
            }
            at = self.store.nodes[at as usize].parent;
        }
        self.store.nodes[node as usize].newest
    }

    /// Takes `node` away with all below it.
    fn remove(&mut self, node: u32, cause: Cause) {
        let mut stack = vec![node];
        while let Some(at) = stack.pop() {
            let Some(kind) = self.existing_kind(at) else { continue };
            if kind.has_content() {
                self.release(at, cause);
            }
            let newest = self.store.nodes[at as usize].newest;
            let mut record = self.store.records[newest as usize].clone();
            record.layer = self.layer;
            record.flags = record.flags & BOOKKEEPING | DEAD;
            record.cause = None;
            self.push_record(record);
            if kind == Kind::Directory {
                let mut child = self.store.nodes[at as usize].first;
                while child != NONE {
                    stack.push(child);
                    child = self.store.nodes[child as usize].next;
                }
            }
        }
    }

    fn remove_children(&mut self, node: u32, cause: Cause) {
        let mut child = self.store.nodes[node as usize].first;
        while child != NONE {
            self.remove(child, cause);
            child = self.store.nodes[child as usize].next;
        }
    }

    /// `node` stops leading to its content.
    fn release(&mut self, node: u32, cause: Cause) {
        let newest = self.store.nodes[node as usize].newest as usize;
        let Record { content, bytes, .. } = self.store.records[newest];
        if content == NONE {
            return;
        }
        if let Some(names) = self.names_of.get_mut(&content) {
            names.remove(&node);
            if !names.is_empty() {
                if bytes > 0 {
                    self.attribute_to_first_name(content);
                }
                return;
            }
        }
        let layer = self.layer;
        let record = &mut self.store.records[content as usize];
        record.hidden_by = layer;
        record.cause = Some(if record.layer == layer { Cause::ShadowedInLayer } else { cause });
    }

    /// The path that stored a content is gone but other names remain: its bytes count for the first of them.
    fn attribute_to_first_name(&mut self, content: u32) {
        // A name may be on its way: what stands there is about to make room for the link.
        let leads = |node: &&u32| {
            let record = &self.store.records[self.store.nodes[**node as usize].newest as usize];
            !record.dead() && record.kind.has_content() && record.content == content
        };
        let Some(first) = self.names_of.get(&content).and_then(|names| names.iter().find(leads)).copied()
        else {
            return;
        };
        let bytes = self.store.records[content as usize].bytes;
        let record = self.touch(first);
        self.touch(self.store.nodes[first as usize].parent);
        self.store.records[record as usize].bytes = bytes;
    }

    fn close_layer(&mut self, contents: &mut dyn Contents, totals: &mut LayerTotals) {
        let start = self.store.layer_starts[usize::from(self.layer)];
        let mut touched: Vec<u32> = (start..self.store.records.len() as u32)
            .filter(|id| !self.store.records[*id as usize].superseded())
            .collect();
        self.identify(&touched, contents);
        for id in &touched {
            self.judge(*id, totals);
        }
        // Children have higher numbers than their parents, so one pass upward sums everything.
        touched.sort_unstable_by_key(|id| std::cmp::Reverse(self.store.records[*id as usize].node));
        let mut above: FxHashMap<u32, (i64, u64)> = FxHashMap::default();
        for id in touched {
            let record = &self.store.records[id as usize];
            let before = self.store.records.get(record.prev as usize).filter(|record| !record.dead());
            let before = before.map_or(0, |record| record.bytes) as i64;
            let node = record.node;
            let (delta, stored) = match (record.kind, record.dead()) {
                (Kind::Directory, dead) => {
                    let (below, stored) = above.remove(&node).unwrap_or_default();
                    // A record that was no directory before brings nothing of its own along.
                    let was_dir = self.store.records.get(record.prev as usize);
                    let was_dir = was_dir.is_some_and(|old| old.kind == Kind::Directory && !old.dead());
                    let own = if was_dir { 0 } else { -before };
                    let record = &mut self.store.records[id as usize];
                    let now = if was_dir { before + below } else { below };
                    record.bytes = if dead { before as u64 } else { now.max(0) as u64 };
                    record.place = stored;
                    (below + own, stored)
                }
                (_, true) => (-before, 0),
                (kind, false) => {
                    // Children of a directory that this replaced have taken themselves away already.
                    let was_dir = self.store.records.get(record.prev as usize);
                    let was_dir = was_dir.is_some_and(|old| old.kind == Kind::Directory && !old.dead());
                    let (below, _) = above.remove(&node).unwrap_or_default();
                    let own = record.bytes as i64;
                    let stored = if kind == Kind::File { record.bytes } else { 0 };
                    (if was_dir { below + own } else { own - before + below }, stored)
                }
            };
            if node != 0 {
                let parent = self.store.nodes[node as usize].parent;
                let sum = above.entry(parent).or_default();
                sum.0 += delta;
                sum.1 += stored;
            }
        }
    }

    /// Finds out which contents of this layer equal an older content of the same path.
    fn identify(&mut self, touched: &[u32], contents: &mut dyn Contents) {
        let mut pairs = Vec::new();
        for id in touched {
            let record = &self.store.records[*id as usize];
            if record.dead() || !record.explicit() || !record.kind.has_content() || record.content == NONE {
                continue;
            }
            let mut seen = Vec::new();
            let mut at = record.prev;
            while let Some(old) = self.store.records.get(at as usize) {
                let class = self.store.class(old.content);
                let candidate = !old.dead() && old.kind.has_content() && old.content != NONE;
                if candidate && !seen.contains(&class) && seen.len() < 16 {
                    seen.push(class);
                    if old.content != record.content && self.same_length(old.content, record.content) {
                        pairs.push((record.content, old.content));
                    }
                }
                at = old.prev;
            }
        }
        let mut unknown: Vec<u32> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
        unknown.retain(|id| {
            self.store.records[*id as usize].bytes > 0
                && self.hash(*id).is_none()
                && !self.asked_hashes.contains_key(id)
        });
        unknown.sort_unstable();
        unknown.dedup();
        if !unknown.is_empty() {
            let at = |id: &u32| {
                let record = &self.store.records[*id as usize];
                ContentAt { layer: usize::from(record.layer), offset: record.place, bytes: record.bytes }
            };
            let wanted: Vec<ContentAt> = unknown.iter().map(at).collect();
            let hashes = contents.hashes(&wanted);
            self.asked_hashes.extend(unknown.into_iter().zip(hashes));
        }
        for (new, old) in pairs {
            let record = &self.store.records[new as usize];
            // Bookkeeping counts no bytes but is not empty.
            let empty = record.bytes == 0 && !record.bookkeeping() && !self.store.logical.contains_key(&new);
            let same = empty || self.hash(new).is_some() && self.hash(new) == self.hash(old);
            let (new, old) = (self.store.class(new), self.store.class(old));
            if same && new != old {
                self.store.same_as.insert(new, old);
            }
        }
    }

    fn same_length(&self, a: u32, b: u32) -> bool {
        let length =
            |id: u32| self.store.logical.get(&id).copied().unwrap_or(self.store.records[id as usize].bytes);
        length(a) == length(b)
    }

    fn hash(&self, content: u32) -> Option<u64> {
        match self.given_hashes.binary_search_by_key(&content, |(id, _)| *id) {
            Ok(at) => Some(u64::from_le_bytes(self.given_hashes[at].1)),
            Err(_) => self.asked_hashes.get(&content).copied().flatten(),
        }
    }

    /// Compares one touched path with what it was before the layer, and says so on both.
    fn judge(&mut self, id: u32, totals: &mut LayerTotals) {
        let record = &self.store.records[id as usize];
        let before = self.store.records.get(record.prev as usize).filter(|old| !old.dead());
        let (Some(before), explicit) = (before, record.explicit()) else {
            let change = if record.dead() { Change::Unmodified } else { Change::Added };
            totals.added += u64::from(change == Change::Added && record.explicit() && record.node != 0);
            self.store.records[id as usize].change = change;
            return;
        };
        let change = match record.dead() {
            true => Change::Removed,
            false => self.store.compare(record.prev, id),
        };
        match change {
            Change::Removed => totals.removed += u64::from(self.parent_stays(record.node)),
            Change::Modified | Change::Metadata => totals.modified += u64::from(explicit && record.node != 0),
            Change::Added | Change::Unmodified => {}
        }
        let (old_content, old_has) = (before.content, before.kind.has_content());
        let (now_dead, now_has) = (record.dead(), record.kind.has_content());
        self.store.records[id as usize].change = change;
        if old_has && old_content != NONE && !now_dead {
            let layer = self.layer;
            let old = &mut self.store.records[old_content as usize];
            if old.cause.is_some() && old.hidden_by == layer && old.layer != layer {
                old.cause = Some(match (now_has, change) {
                    (true, Change::Metadata) => Cause::MetadataOnly,
                    (true, _) => Cause::Overwritten,
                    (false, _) => Cause::TypeReplaced,
                });
            }
        }
    }

    /// Whether the directory above is still one: then what went there went by itself.
    fn parent_stays(&self, node: u32) -> bool {
        self.existing_kind(self.store.nodes[node as usize].parent) == Some(Kind::Directory)
    }

    fn intern(&mut self, attributes: Attributes) -> u32 {
        let next = self.store.attributes.len() as u32;
        let id = *self.attribute_index.entry(attributes).or_insert(next);
        if id == next {
            self.store.attributes.push(attributes);
        }
        id
    }

    fn text(&mut self, text: &[u8]) -> u32 {
        let span = (self.store.text.len() as u32, text.len() as u32);
        self.store.text.extend_from_slice(text);
        self.store.links.push(span);
        self.store.links.len() as u32 - 1
    }

    fn problem(&mut self, text: &str) {
        self.problems_here += 1;
        if self.problems_here <= MAX_PROBLEMS {
            self.problems.push(Problem { layer: Some(usize::from(self.layer)), text: text.to_owned() });
        }
    }

    fn problem_at(&mut self, text: &str, path: &[u8]) {
        if self.problems_here < MAX_PROBLEMS {
            self.problem(&format!("/{} {text}", String::from_utf8_lossy(path)));
        } else {
            self.problems_here += 1;
        }
    }
}
