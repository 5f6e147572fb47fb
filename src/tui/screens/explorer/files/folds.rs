//! Which directories are unfolded: by hand, with everything below, or because little is in them.

use std::collections::HashSet;

use rustc_hash::FxHashMap;

use super::scope::Scope;
use crate::image::tree::{NodeId, Tree};

/// Rows that a layer's changes may take before its directories start out folded.
const AUTO_ROWS: usize = 60;
/// The same for what a filter finds: people filter to see it.
const AUTO_FOUND: usize = 1000;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Folds {
    by_hand: FxHashMap<NodeId, bool>,
    /// Unfolded with everything below.
    deep: Vec<NodeId>,
    auto: HashSet<NodeId>,
}

impl Folds {
    /// Keeps what was done by hand when the tree is replaced by one that has more paths.
    pub fn carry(&mut self, old: &Tree, new: &Tree) {
        let moved = |node: NodeId| new.find(&old.path(node));
        self.by_hand =
            self.by_hand.drain().filter_map(|(node, unfolded)| Some((moved(node)?, unfolded))).collect();
        self.deep = self.deep.drain(..).filter_map(moved).collect();
        self.auto.clear();
    }

    pub fn set(&mut self, node: NodeId, unfolded: bool) {
        self.by_hand.insert(node, unfolded);
    }

    pub fn is_unfolded(&self, tree: &Tree, node: NodeId) -> bool {
        match self.by_hand.get(&node) {
            Some(unfolded) => *unfolded,
            None => self.auto.contains(&node) || self.is_deep(tree, node),
        }
    }

    fn is_deep(&self, tree: &Tree, node: NodeId) -> bool {
        !self.deep.is_empty() && is_below(tree, node, |above| self.deep.contains(&above))
    }

    /// Unfolds a directory and all below it.
    pub fn unfold_below(&mut self, tree: &Tree, node: NodeId) {
        self.by_hand.retain(|by_hand, _| !is_below(tree, *by_hand, |above| above == node));
        self.deep.retain(|deep| !is_below(tree, *deep, |above| above == node));
        self.deep.push(node);
    }

    /// Folds everything.
    pub fn fold_all(&mut self) {
        *self = Folds::default();
    }

    /// Unfolds breadth first what fits a screenful or two, so that a small change is in sight at once and a
    /// large one starts as an outline.
    pub fn start(&mut self, scope: Scope<'_>) {
        self.auto.clear();
        let most = if scope.outline.is_some() { AUTO_FOUND } else { AUTO_ROWS };
        let mut level = vec![scope.tree.root()];
        let mut rows = 0;
        while !level.is_empty() {
            let mut next = Vec::new();
            for node in level {
                // A directory that was found itself stays an answer, and is no way to one.
                if scope.outline.is_some_and(|outline| !outline.is_above(node)) {
                    continue;
                }
                let room = most.saturating_sub(rows);
                let children: Vec<NodeId> = scope.children(node).take(room + 1).collect();
                if children.len() > room && node != scope.tree.root() {
                    continue;
                }
                rows += children.len();
                self.auto.insert(node);
                next.extend(children);
            }
            level = next;
        }
    }
}

/// Whether `is` holds for the node or a directory above it.
fn is_below(tree: &Tree, node: NodeId, is: impl Fn(NodeId) -> bool) -> bool {
    std::iter::successors(Some(node), |node| tree.parent(*node)).any(is)
}
