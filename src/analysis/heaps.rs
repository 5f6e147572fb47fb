//! Contents in heaps: what one layer shipped and another hid, by the folder where most of it lies.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::image::tree::{Cause, Hidden, NodeId, Tree};

/// Contents that share a folder, a fate and the layers behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heap {
    /// The folder, or the path that stored the content when there is just one.
    pub node: NodeId,
    pub bytes: u64,
    /// How many contents.
    pub contents: u64,
    /// The layer that ships them.
    pub layer: usize,
    /// What became of them; `None` where they are still seen.
    pub fate: Option<Fate>,
}

/// How contents were hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fate {
    /// The layer in which the last path to them went.
    pub by: usize,
    pub cause: Cause,
}

/// A content, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// The path that stored it.
    pub node: NodeId,
    /// Its stored bytes.
    pub bytes: u64,
    /// The layer that ships it.
    pub layer: usize,
    pub fate: Option<Fate>,
}

impl From<Hidden> for Content {
    fn from(hidden: Hidden) -> Content {
        let Hidden { node, bytes, layer, hidden_by, cause } = hidden;
        Content { node, bytes, layer, fate: Some(Fate { by: hidden_by, cause }) }
    }
}

/// A folder is left for the ones below it when one of them holds this much of its bytes.
const MOST: f64 = 0.8;

/// Every content in exactly one heap; the largest heap first.
pub fn heaps(tree: &Tree, contents: impl IntoIterator<Item = Content>) -> Vec<Heap> {
    let mut all: Vec<Content> = contents.into_iter().collect();
    let fate = |content: &Content| (content.layer, content.fate);
    all.sort_unstable_by_key(|content| (fate(content), content.node));
    let mut heaps = Vec::new();
    for alike in all.chunk_by(|a, b| fate(a) == fate(b)) {
        Folders::of(tree, alike).split(tree, &alike[0], &mut heaps);
    }
    let path = |heap: &Heap| tree.path(heap.node);
    heaps.sort_by(|a, b| {
        b.bytes.cmp(&a.bytes).then_with(|| path(a).cmp(&path(b))).then(a.layer.cmp(&b.layer))
    });
    heaps
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    bytes: u64,
    contents: u64,
}

impl Sum {
    fn add(&mut self, other: Sum) {
        self.bytes += other.bytes;
        self.contents += other.contents;
    }
}

/// Contents of one fate, summed up folder by folder.
#[derive(Default)]
struct Folders {
    own: HashMap<NodeId, Sum, FxBuildHasher>,
    total: HashMap<NodeId, Sum, FxBuildHasher>,
    below: HashMap<NodeId, Vec<NodeId>, FxBuildHasher>,
}

impl Folders {
    fn of(tree: &Tree, alike: &[Content]) -> Folders {
        let mut folders = Folders::default();
        for content in alike {
            let one = Sum { bytes: content.bytes, contents: 1 };
            folders.own.entry(content.node).or_default().add(one);
            let mut at = content.node;
            loop {
                let sum = folders.total.entry(at).or_default();
                let first = sum.contents == 0;
                sum.add(one);
                let Some(parent) = tree.parent(at) else { break };
                if first {
                    folders.below.entry(parent).or_default().push(at);
                }
                at = parent;
            }
        }
        folders
    }

    fn split(&self, tree: &Tree, like: &Content, heaps: &mut Vec<Heap>) {
        let mut heap = |node: NodeId, sum: Sum| {
            let Content { layer, fate, .. } = *like;
            heaps.push(Heap { node, bytes: sum.bytes, contents: sum.contents, layer, fate });
        };
        let mut waiting = vec![tree.root()];
        while let Some(node) = waiting.pop() {
            let total = self.total.get(&node).copied().unwrap_or_default();
            let own = self.own.get(&node).copied();
            let below = self.below.get(&node).map_or(&[][..], Vec::as_slice);
            let largest = below.iter().filter_map(|child| self.total.get(child)).map(|sum| sum.bytes).max();
            let scattered = largest.is_some_and(|bytes| (bytes as f64) < MOST * total.bytes as f64);
            match own {
                None if scattered && node != tree.root() => heap(node, total),
                own => {
                    if let Some(own) = own {
                        heap(node, own);
                    }
                    waiting.extend_from_slice(below);
                }
            }
        }
    }
}
