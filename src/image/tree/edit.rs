//! The small steps of building: a path becomes something, goes, or is passed by; contents lose and keep names.

use super::build::Builder;
use super::record::{BOOKKEEPING, Cause, Change, DEAD, EXPLICIT, NONE, Record, SUPERSEDED};
use crate::image::changeset::{Entry, Kind};

impl Builder {
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

    pub(super) fn push(&mut self, node: u32, entry: &Entry<'_>, place: u64, content: u32) {
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

    pub(super) fn push_record(&mut self, mut record: Record) {
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
    pub(super) fn touch(&mut self, node: u32) -> u32 {
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
    pub(super) fn remove(&mut self, node: u32, cause: Cause) {
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

    pub(super) fn remove_children(&mut self, node: u32, cause: Cause) {
        let mut child = self.store.nodes[node as usize].first;
        while child != NONE {
            self.remove(child, cause);
            child = self.store.nodes[child as usize].next;
        }
    }

    /// `node` stops leading to its content.
    pub(super) fn release(&mut self, node: u32, cause: Cause) {
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
    pub(super) fn attribute_to_first_name(&mut self, content: u32) {
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
}
