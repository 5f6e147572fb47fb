//! One tree, many versions: the file system of an image with the history of every path.
//!
//! Reading an image yields a single merged tree. A node is a path that ever existed; each node keeps a short
//! chain of versions, newest first: what a layer made of it. Every view (one layer's changes, the file system
//! as of a layer, the final image, the history of a path, hidden bytes) is a walk over this structure, and none
//! of them builds another tree.
//!
//! A directory also gets a version in each layer that changes something *below* it. So "does this layer touch
//! anything under here" and "bytes under here as of this layer" are answered by the node alone.

mod build;
mod close;
mod edit;
mod freeze;
mod record;
mod walk;

pub use build::{Builder, ContentAt, Contents, NoContents};
pub use record::{Cause, Change, Hidden};

use crate::image::changeset::{Attributes, Kind};
use record::{NONE, Node, Record, Store};

/// A path that ever existed in the image. Ids are only valid for the tree they came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// A number below [`Tree::nodes`], for tables beside the tree.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What one layer's entries amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerTotals {
    /// Entries in the layer's tar, markers included.
    pub entries: u64,
    /// Bytes stored for regular files, every copy counted.
    pub bytes: u64,
    /// Entries whose path did not exist below.
    pub added: u64,
    /// Entries whose path existed below and is different now, metadata included.
    pub modified: u64,
    /// Paths that the layer took away; a directory counts once.
    pub removed: u64,
    /// Of `bytes`, those that nobody can see in the final tree.
    pub wasted_bytes: u64,
}

/// The finished tree. Immutable, and cheap to walk.
#[derive(Clone, Debug)]
pub struct Tree {
    store: Store,
    children: Vec<u32>,
    totals: Vec<LayerTotals>,
    problems: Vec<Problem>,
}

/// Something about the image that is not as it should be; the rest stays readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The layer it was met in, from 0; `None` when it concerns the image as a whole.
    pub layer: Option<usize>,
    /// One line for people. May hold raw text of the image: sanitise before drawing.
    pub text: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.layer {
            Some(layer) => write!(f, "layer {layer}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl Tree {
    /// The tree of an image without layers.
    pub fn empty() -> Tree {
        Builder::new().finish()
    }

    /// The root directory.
    pub fn root(&self) -> NodeId {
        NodeId(0)
    }

    /// How many paths ever existed, the root included.
    pub fn nodes(&self) -> usize {
        self.store.nodes.len()
    }

    /// How many layers were merged.
    pub fn layers(&self) -> usize {
        self.totals.len()
    }

    /// What layer `layer` amounts to.
    pub fn totals(&self, layer: usize) -> LayerTotals {
        self.totals[layer]
    }

    /// What was odd about the entries.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Every path that ever existed, the root left out, in no order.
    pub fn all(&self) -> impl Iterator<Item = NodeId> {
        (1..self.store.nodes.len() as u32).map(NodeId)
    }

    /// The last name of the path, raw bytes; empty for the root.
    pub fn name(&self, node: NodeId) -> &[u8] {
        self.store.name(node.0)
    }

    /// The directory that holds this node, `None` for the root.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        (node.0 != 0).then(|| NodeId(self.node(node).parent))
    }

    /// The whole path with a leading `/`, raw bytes.
    pub fn path(&self, node: NodeId) -> Vec<u8> {
        self.store.path(node.0)
    }

    /// Every node that ever existed directly below `node`, sorted by the bytes of their names.
    pub fn children(&self, node: NodeId) -> impl ExactSizeIterator<Item = NodeId> + DoubleEndedIterator + '_ {
        let (start, count) = (self.node(node).first as usize, self.node(node).next as usize);
        self.children[start..start + count].iter().map(|child| NodeId(*child))
    }

    /// The node with this path, whether or not it still exists in the final tree.
    pub fn find(&self, path: &[u8]) -> Option<NodeId> {
        let clean = crate::image::path::cleaned(path);
        let mut at = self.root();
        for name in crate::image::path::names(&clean) {
            at = self.child(at, name)?;
        }
        Some(at)
    }

    /// What is called `name` directly below `node`, whether or not it still exists in the final tree.
    pub fn child(&self, node: NodeId, name: &[u8]) -> Option<NodeId> {
        let (start, count) = (self.node(node).first as usize, self.node(node).next as usize);
        let below = &self.children[start..start + count];
        let found = below.binary_search_by(|child| self.store.name(*child).cmp(name)).ok()?;
        Some(NodeId(below[found]))
    }

    /// What `node` was after layer `layer`: its newest version of that layer or an earlier one.
    /// `None` when it had never existed by then. The version may be a removal: ask [`Version::exists`].
    pub fn as_of(&self, node: NodeId, layer: usize) -> Option<Version<'_>> {
        self.versions(node).find(|version| version.layer() <= layer)
    }

    /// What `node` is in the final tree; `None` when it is not there.
    pub fn in_final(&self, node: NodeId) -> Option<Version<'_>> {
        self.versions(node).next().filter(Version::exists)
    }

    /// The versions of a node, newest first.
    pub fn versions(&self, node: NodeId) -> impl Iterator<Item = Version<'_>> {
        let mut at = self.node(node).newest;
        std::iter::from_fn(move || {
            let version = (at != NONE).then_some(Version { tree: self, id: at })?;
            at = version.record().prev;
            Some(version)
        })
    }

    /// The nodes that layer `layer` touched (directories above a change included), one version each,
    /// in no particular order.
    pub fn touched(&self, layer: usize) -> impl Iterator<Item = (NodeId, Version<'_>)> {
        self.store.layer(layer).filter_map(|id| {
            let version = Version { tree: self, id };
            (!version.record().superseded()).then(|| (NodeId(version.record().node), version))
        })
    }

    /// Every content that some layer stores and the final tree does not show, with the layer that hid it.
    /// Contents of zero bytes are left out.
    pub fn hidden(&self) -> impl Iterator<Item = Hidden> + '_ {
        self.store.records.iter().filter_map(Record::hidden)
    }

    /// Every content that some layer stores, of any length and in the order of the layers; with why the final tree does
    /// not show it, where it does not.
    pub fn contents(&self) -> impl Iterator<Item = (Stored, Option<Hidden>)> + '_ {
        let records = self.store.records.iter().enumerate();
        records.filter(|(id, record)| record.stores(*id)).map(|(id, record)| {
            let stored = Stored {
                layer: usize::from(record.layer),
                node: NodeId(record.node),
                offset: record.place,
                bytes: record.bytes,
                logical_bytes: self.store.logical.get(&(id as u32)).copied(),
            };
            (stored, record.hidden())
        })
    }

    /// How `node` differs between the file systems before layer `first` and after layer `last`.
    /// `None` when it exists in neither.
    pub fn change(&self, node: NodeId, first: usize, last: usize) -> Option<(Change, Version<'_>)> {
        let after = self.as_of(node, last)?;
        if after.layer() < first {
            return after.exists().then_some((Change::Unmodified, after));
        }
        let before = self.versions(node).find(|version| version.layer() < first);
        let before = before.filter(Version::exists);
        match (before, after.exists()) {
            (None, false) => None,
            (None, true) => Some((Change::Added, after)),
            (Some(_), false) => Some((Change::Removed, after)),
            (Some(before), true) => Some((self.store.compare(before.id, after.id), after)),
        }
    }

    /// The layer that last wrote or removed `node`, as of `layer`. A layer that only changed something below a
    /// directory has not written it.
    pub fn written(&self, node: NodeId, layer: usize) -> usize {
        let wrote = |version: &Version<'_>| version.explicit() || version.change() != Change::Unmodified;
        let version = self.versions(node).find(|version| version.layer() <= layer && wrote(version));
        version.map_or(layer, |version| version.layer())
    }

    fn node(&self, node: NodeId) -> &Node {
        &self.store.nodes[node.0 as usize]
    }
}

/// What one layer made of one path.
#[derive(Clone, Copy, Debug)]
pub struct Version<'t> {
    tree: &'t Tree,
    id: u32,
}

impl<'t> Version<'t> {
    fn record(&self) -> &'t Record {
        &self.tree.store.records[self.id as usize]
    }

    /// The layer this version belongs to, from 0.
    pub fn layer(&self) -> usize {
        usize::from(self.record().layer)
    }

    /// What the layer did to the path, compared with the layers below it.
    pub fn change(&self) -> Change {
        self.record().change
    }

    /// False when this version is a removal.
    pub fn exists(&self) -> bool {
        !self.record().dead()
    }

    /// Whether the layer has an entry for this very path (and not only for something below it).
    pub fn explicit(&self) -> bool {
        self.record().explicit()
    }

    /// The kind of file; of a removal, what was removed.
    pub fn kind(&self) -> Kind {
        self.record().kind
    }

    /// Mode and owner; of a removal, those of what was removed.
    pub fn attributes(&self) -> Attributes {
        self.tree.store.attributes[self.record().attributes as usize]
    }

    /// Seconds since 1970.
    pub fn mtime(&self) -> i64 {
        self.record().mtime
    }

    /// Bytes that count for this path. A regular file: its stored bytes. A directory: all content below it as
    /// of this layer, each content once. A hard link: 0, or its content's bytes once the path that stored it
    /// is gone. Of a removal: what the path had counted before.
    pub fn bytes(&self) -> u64 {
        self.record().bytes
    }

    /// Bytes stored for this very entry: those of a regular file, 0 for everything else.
    pub fn stored_bytes(&self) -> u64 {
        if self.kind() == Kind::File { self.record().bytes } else { 0 }
    }

    /// Of a directory: bytes that this layer stored below it. Of anything else: the same as [`Self::bytes`].
    pub fn layer_bytes(&self) -> u64 {
        if self.kind() == Kind::Directory { self.record().place } else { self.record().bytes }
    }

    /// Length in bytes of a sparse file with its holes.
    pub fn logical_bytes(&self) -> Option<u64> {
        self.tree.store.logical.get(&self.record().content).copied().filter(|_| self.kind() == Kind::File)
    }

    /// Target of a symbolic or hard link, raw bytes as stored.
    pub fn link_target(&self) -> Option<&'t [u8]> {
        self.tree.store.link_target(self.record())
    }

    /// Major and minor number of a device.
    pub fn device(&self) -> Option<(u32, u32)> {
        matches!(self.kind(), Kind::Char | Kind::Block)
            .then(|| ((self.record().place >> 32) as u32, self.record().place as u32))
    }

    /// Whether this is an index file of a lazy-pulling layer format, which counts no bytes.
    pub fn bookkeeping(&self) -> bool {
        self.record().bookkeeping()
    }

    /// Where the content of this path is stored: layer, offset in that layer's uncompressed tar, path that
    /// stored it. `None` for what has no content, and for a hard link whose target is missing.
    pub fn content(&self) -> Option<Stored> {
        let record = self.record();
        if !record.kind.has_content() || record.content == NONE {
            return None;
        }
        let stored = &self.tree.store.records[record.content as usize];
        Some(Stored {
            layer: usize::from(stored.layer),
            node: NodeId(stored.node),
            offset: stored.place,
            bytes: stored.bytes,
            logical_bytes: self.tree.store.logical.get(&record.content).copied(),
        })
    }

    /// Why the bytes that this version stored are not visible in the final tree; `None` when they are, or when
    /// it stored none.
    pub fn hidden(&self) -> Option<Hidden> {
        (self.kind() == Kind::File && self.exists()).then(|| self.record().hidden()).flatten()
    }
}

/// Where a content's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    pub layer: usize,
    pub node: NodeId,
    pub offset: u64,
    pub bytes: u64,
    /// Length with its holes, of a sparse file.
    pub logical_bytes: Option<u64>,
}

impl Stored {
    /// Bytes that a reader of the file sees, holes included.
    pub fn length(&self) -> u64 {
        self.logical_bytes.unwrap_or(self.bytes)
    }
}
