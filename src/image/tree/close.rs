//! Closing a layer: each touched path is compared with what it was, hidden contents get their cause, and
//! directories the sum of what is below them.

use rustc_hash::FxHashMap;

use super::LayerTotals;
use super::build::{Builder, ContentAt, Contents};
use super::record::{Cause, Change, NONE};
use crate::image::changeset::Kind;

/// Older versions of a path that a new one is compared with.
const MAX_OLDER: usize = 128;

impl Builder {
    pub(super) fn close_layer(&mut self, contents: &mut dyn Contents, totals: &mut LayerTotals) {
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
            for _ in 0..MAX_OLDER {
                let Some(old) = self.store.records.get(at as usize) else { break };
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
}
