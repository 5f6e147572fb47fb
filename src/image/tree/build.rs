//! Building the tree: layers are applied in order, by the rules of the OCI image-spec (layer.md).
//!
//! A layer is applied in three steps. Its whiteouts first, against what the layers below left: they never hide
//! the layer's own entries, wherever in the tar they stand. Then its entries in their order, the last one of a
//! path winning. Then the layer is closed: each touched path is compared with what it was, hidden contents get
//! their cause, and directories the sum of what is below them.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashTable;
use rustc_hash::{FxHashMap, FxHashSet};

use super::record::{Cause, EXPLICIT, NONE, Node, Store};
use super::{LayerTotals, Problem};
use crate::image::changeset::{Attributes, Changeset, Entry, Kind};
use crate::image::path;

/// Problems kept per layer; the rest is counted.
const MAX_PROBLEMS: usize = 50;
/// Directories that paths merely imply, beyond which a layer is taken for an attack.
const MAX_IMPLIED: u64 = 1 << 20;
/// Names and link targets take no more than this, in bytes, and so much for each path: beyond, they are there
/// to fill the memory.
const MAX_TEXT: usize = 128 << 20;
const TEXT_EACH: usize = 512;
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
    /// Bytes of paths that this layer's entries walked because of symbolic links.
    pub(super) detours: Cell<usize>,
    /// Directories that this layer's opaque markers emptied.
    emptied: FxHashSet<u32>,
    pub(super) attribute_index: FxHashMap<Attributes, u32>,
    /// Contents with more than one path → the existing nodes that lead to them.
    pub(super) names_of: FxHashMap<u32, BTreeSet<u32>>,
    /// Identities that came with the layer, by content record, ascending.
    pub(super) given_hashes: Vec<(u32, [u8; 8])>,
    /// Identities that had to be asked for.
    pub(super) asked_hashes: FxHashMap<u32, Option<u64>>,
    pub(super) totals: Vec<LayerTotals>,
    pub(super) problems: Vec<Problem>,
    problems_here: usize,
    pub(super) layer: u16,
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
            detours: Cell::new(0),
            emptied: FxHashSet::default(),
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
        self.detours.set(0);
        self.emptied.clear();
        self.store.layer_starts.push(self.store.records.len() as u32);
        if self.store.nodes[0].newest == NONE {
            let root = Attributes { mode: 0o755, ..Attributes::default() };
            self.set(0, &Entry { attributes: root, ..Entry::new(b"", Kind::Directory) }, 0, NONE);
            self.store.records[0].flags &= !EXPLICIT;
        }
        let entries = parts.iter().map(|part| part.entries()).sum();
        let mut totals = LayerTotals { entries, ..LayerTotals::default() };
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
        let records = self.store.records[start..].iter().enumerate();
        let stored = records.filter(|(at, record)| record.stores(start + at));
        stored.map(|(_, record)| record.bytes).fold(0, u64::saturating_add)
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
                // A directory is emptied once, however often a layer says so.
                if parent.is_some_and(|parent| !self.emptied.insert(parent)) {
                    continue;
                }
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
        let mut last_through = false;
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
            let known = self.existing_kind(last_parent) == Some(Kind::Directory);
            if dir != last_dir || !known {
                // Further down from the entry before: very deep trees would be walked from the top each time.
                let below = dir.strip_prefix(&*last_dir).and_then(|rest| rest.strip_prefix(b"/"));
                let from = below.filter(|_| known && !last_dir.is_empty());
                last_through &= from.is_some();
                let found = match from {
                    Some(rest) => self.make_dir(last_parent, rest),
                    None => self.make_dir(0, dir),
                };
                let Some(found) = found else {
                    self.problem_at(
                        "left out an entry whose parent is a loop or a maze of symbolic links",
                        entry.path,
                    );
                    last_dir.clear();
                    last_parent = 0;
                    continue;
                };
                last_through |= found.through_link;
                if last_through {
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
            || self.store.text.len() > MAX_COUNT.min(MAX_TEXT + TEXT_EACH * self.store.nodes.len())
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

    pub(super) fn intern(&mut self, attributes: Attributes) -> u32 {
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
