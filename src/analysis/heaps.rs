//! Contents in heaps: what one layer shipped and another hid, by the folder where most of it lies.

use super::folders::{Folders, Sum};
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
        split(&Folders::of(tree, alike.iter().copied()), tree, &alike[0], &mut heaps);
    }
    let path = |heap: &Heap| tree.path(heap.node);
    heaps.sort_by(|a, b| {
        b.bytes.cmp(&a.bytes).then_with(|| path(a).cmp(&path(b))).then(a.layer.cmp(&b.layer))
    });
    heaps
}

fn split(folders: &Folders, tree: &Tree, like: &Content, heaps: &mut Vec<Heap>) {
    let mut heap = |node: NodeId, sum: Sum| {
        let Content { layer, fate, .. } = *like;
        heaps.push(Heap { node, bytes: sum.bytes, contents: sum.contents, layer, fate });
    };
    let mut waiting = vec![tree.root()];
    while let Some(node) = waiting.pop() {
        let total = folders.total(node);
        let own = folders.own(node);
        let below = folders.below(node);
        let scattered =
            below.first().is_some_and(|most| (folders.total(*most).bytes as f64) < MOST * total.bytes as f64);
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
