//! The flat storage behind the tree: nodes, version records and the tables they point into.

use rustc_hash::FxHashMap;

use super::NodeId;
use crate::image::changeset::{Attributes, Kind};

/// "No such index".
pub(super) const NONE: u32 = u32::MAX;

/// How a path differs from what it was in the layers below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Change {
    /// Present, and the same as below (or only something below the directory differs).
    Unmodified = 0,
    /// Not there before.
    Added = 1,
    /// Other contents, another link target or another kind of file.
    Modified = 2,
    /// The same contents under another mode, owner, time or attributes.
    Metadata = 3,
    /// Taken away.
    Removed = 4,
}

impl Change {
    /// The word for this change in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Change::Unmodified => "unmodified",
            Change::Added => "added",
            Change::Modified => "modified",
            Change::Metadata => "metadata",
            Change::Removed => "removed",
        }
    }
}

/// Why bytes that a layer ships can never be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Cause {
    /// A later layer wrote other contents under the same path.
    Overwritten = 1,
    /// A later layer wrote the same contents again, under another mode, owner or time.
    MetadataOnly = 2,
    /// A whiteout took the path away.
    Removed = 3,
    /// An opaque marker hid the directory's older children.
    Opaque = 4,
    /// Something of another kind took the path, or the path of a directory above it.
    TypeReplaced = 5,
    /// A later entry of the same layer took the path.
    ShadowedInLayer = 6,
}

impl Cause {
    /// The word for this cause in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Overwritten => "overwritten",
            Cause::MetadataOnly => "metadata-only",
            Cause::Removed => "removed",
            Cause::Opaque => "opaque",
            Cause::TypeReplaced => "type-replaced",
            Cause::ShadowedInLayer => "shadowed-in-layer",
        }
    }
}

/// A content that is shipped and never seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// The path that stored it.
    pub node: NodeId,
    /// Its stored bytes, never 0.
    pub bytes: u64,
    /// The layer that ships it.
    pub layer: usize,
    /// The layer in which the last path to it went.
    pub hidden_by: usize,
    pub cause: Cause,
}

/// A path. While the tree is built `first`/`next` chain the children; afterwards they are the start and count
/// of a sorted slice.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub parent: u32,
    pub name_at: u32,
    pub name_len: u16,
    pub first: u32,
    pub next: u32,
    pub newest: u32,
}

/// What one layer made of one node. Regular files that a later entry of their own layer replaced keep their
/// record (`SUPERSEDED`), since their bytes are shipped all the same.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// The node's version of an earlier layer.
    pub prev: u32,
    pub node: u32,
    pub layer: u16,
    pub kind: Kind,
    pub flags: u8,
    pub attributes: u32,
    /// Files and hard links: the record that stored the content. Symbolic links: the target's text.
    pub content: u32,
    /// Of a stored content: the layer that hid it, if `cause` is set.
    pub hidden_by: u16,
    pub cause: Option<Cause>,
    pub change: Change,
    pub bytes: u64,
    /// Files: offset of the content. Directories: bytes this layer stored below. Devices: major and minor.
    /// Hard links: the target's text.
    pub place: u64,
    pub mtime: i64,
}

pub(super) const DEAD: u8 = 1;
pub(super) const EXPLICIT: u8 = 2;
pub(super) const SUPERSEDED: u8 = 4;
pub(super) const BOOKKEEPING: u8 = 8;

impl Record {
    pub(super) fn dead(&self) -> bool {
        self.flags & DEAD != 0
    }

    pub(super) fn explicit(&self) -> bool {
        self.flags & EXPLICIT != 0
    }

    pub(super) fn superseded(&self) -> bool {
        self.flags & SUPERSEDED != 0
    }

    pub(super) fn bookkeeping(&self) -> bool {
        self.flags & BOOKKEEPING != 0
    }

    /// Whether this record, number `id`, is that of a content's bytes.
    pub(super) fn stores(&self, id: usize) -> bool {
        self.kind == Kind::File && !self.dead() && self.content as usize == id
    }

    pub(super) fn hidden(&self) -> Option<Hidden> {
        let cause = self.cause.filter(|_| self.bytes > 0)?;
        Some(Hidden {
            node: NodeId(self.node),
            bytes: self.bytes,
            layer: usize::from(self.layer),
            hidden_by: usize::from(self.hidden_by),
            cause,
        })
    }
}

/// Everything that the tree under construction and the finished tree have in common.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    pub nodes: Vec<Node>,
    /// Names of nodes and targets of links, end to end.
    pub text: Vec<u8>,
    pub records: Vec<Record>,
    pub attributes: Vec<Attributes>,
    /// Start and length in `text` of each link target.
    pub links: Vec<(u32, u32)>,
    /// First record of each layer.
    pub layer_starts: Vec<u32>,
    /// Content record → an earlier content record with the same bytes.
    pub same_as: FxHashMap<u32, u32>,
    /// Content record of a sparse file → its length with holes.
    pub logical: FxHashMap<u32, u64>,
}

impl Store {
    pub(super) fn name(&self, node: u32) -> &[u8] {
        let node = &self.nodes[node as usize];
        let start = node.name_at as usize;
        &self.text[start..start + usize::from(node.name_len)]
    }

    pub(super) fn path(&self, mut node: u32) -> Vec<u8> {
        let mut names = Vec::new();
        while node != 0 {
            names.push(self.name(node));
            node = self.nodes[node as usize].parent;
        }
        let mut path = Vec::new();
        for name in names.iter().rev() {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        if path.is_empty() {
            path.push(b'/');
        }
        path
    }

    /// The records of one layer, superseded ones included.
    pub(super) fn layer(&self, layer: usize) -> std::ops::Range<u32> {
        let end = self.layer_starts.get(layer + 1).copied().unwrap_or(self.records.len() as u32);
        self.layer_starts[layer]..end
    }

    pub(super) fn link_target(&self, record: &Record) -> Option<&[u8]> {
        let index = match record.kind {
            Kind::Symlink => record.content,
            Kind::Hardlink => record.place as u32,
            _ => return None,
        };
        let (start, length) = *self.links.get(index as usize)?;
        self.text.get(start as usize..(start + length) as usize)
    }

    /// The representative of all contents that are known to equal this one.
    pub(super) fn class(&self, mut content: u32) -> u32 {
        while let Some(earlier) = self.same_as.get(&content) {
            content = *earlier;
        }
        content
    }

    /// How the existing version `after` differs from the existing version `before` of the same path.
    pub(super) fn compare(&self, before: u32, after: u32) -> Change {
        let (b, a) = (&self.records[before as usize], &self.records[after as usize]);
        if before == after {
            return Change::Unmodified;
        }
        let same = match (b.kind, a.kind) {
            (Kind::Directory, Kind::Directory) => {
                let same = self.attributes[b.attributes as usize] == self.attributes[a.attributes as usize];
                return if same { Change::Unmodified } else { Change::Metadata };
            }
            (x, y) if x.has_content() && y.has_content() => {
                // A hard link that only took over its content's bytes has not changed.
                if !a.explicit() && b.content == a.content && b.attributes == a.attributes {
                    return Change::Unmodified;
                }
                b.content != NONE && a.content != NONE && self.class(b.content) == self.class(a.content)
            }
            (Kind::Symlink, Kind::Symlink) => self.link_target(b) == self.link_target(a),
            (Kind::Char, Kind::Char) | (Kind::Block, Kind::Block) => b.place == a.place,
            (x, y) => x == y,
        };
        if same { Change::Metadata } else { Change::Modified }
    }
}
