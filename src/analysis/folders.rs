//! Contents summed up folder by folder.

use std::cmp::Reverse;
use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use super::heaps::Content;
use crate::image::tree::{NodeId, Tree};

/// How much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub bytes: u64,
    pub contents: u64,
}

impl Sum {
    fn add(&mut self, other: Sum) {
        self.bytes += other.bytes;
        self.contents += other.contents;
    }
}

/// The tree of those folders that hold any.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Folders {
    own: HashMap<NodeId, Sum, FxBuildHasher>,
    total: HashMap<NodeId, Sum, FxBuildHasher>,
    below: HashMap<NodeId, Vec<NodeId>, FxBuildHasher>,
}

impl Folders {
    pub fn of(tree: &Tree, contents: impl IntoIterator<Item = Content>) -> Folders {
        let mut folders = Folders::default();
        for content in contents {
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
        for below in folders.below.values_mut() {
            let bytes = |node: &NodeId| folders.total.get(node).map_or(0, |sum| sum.bytes);
            below.sort_by(|a, b| {
                Reverse(bytes(a)).cmp(&Reverse(bytes(b))).then_with(|| tree.name(*a).cmp(tree.name(*b)))
            });
        }
        folders
    }

    /// What is at this path or below it.
    pub fn total(&self, node: NodeId) -> Sum {
        self.total.get(&node).copied().unwrap_or_default()
    }

    /// What this very path stored, in one version or several.
    pub fn own(&self, node: NodeId) -> Option<Sum> {
        self.own.get(&node).copied()
    }

    /// What holds any directly below, the most bytes first.
    pub fn below(&self, node: NodeId) -> &[NodeId] {
        self.below.get(&node).map_or(&[], Vec::as_slice)
    }
}
