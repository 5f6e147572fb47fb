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
        let touched: Vec<u32> = (start..self.store.records.len() as u32)
            .filter(|id| !self.store.records[*id as usize].superseded())
            .collect();
        self.identify(&touched, contents);
        for id in &touched {
            self.judge(*id, totals);
        }
        self.sum_up(touched);
    }

    /// Carries what the layer changed in bytes up to the root.
    fn sum_up(&mut self, mut touched: Vec<u32>) {
        // Children have higher numbers than their parents, so one pass upward sums everything.
        touched.sort_unstable_by_key(|id| std::cmp::Reverse(self.store.records[*id as usize].node));
        // Directory → how much more is below it now, and how much of it this layer stored.
        let mut above: FxHashMap<u32, (i64, u64)> = FxHashMap::default();
        for id in touched {
            let record = &self.store.records[id as usize];
            let (node, kind, dead) = (record.node, record.kind, record.dead());
            let old = self.store.records.get(record.prev as usize).filter(|old| !old.dead());
            let before = old.map_or(0, |old| old.bytes);
            let was_directory = old.is_some_and(|old| old.kind == Kind::Directory);
            let (below, stored_below) = above.remove(&node).unwrap_or_default();
            let own = if dead || kind == Kind::Directory { 0 } else { record.bytes };
            // What was below an older directory has been subtracted child by child.
            let gone = if was_directory { 0 } else { before };
            let delta = below + own as i64 - gone as i64;
            let mut stored = if kind == Kind::File { own } else { 0 };
            if kind == Kind::Directory {
                let kept = if was_directory { before as i64 } else { 0 };
                let record = &mut self.store.records[id as usize];
                record.bytes = if dead { before } else { (kept + below).max(0) as u64 };
                record.place = stored_below;
                stored = stored_below;
            }
            if node != 0 {
                let sum = above.entry(self.store.nodes[node as usize].parent).or_default();
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
