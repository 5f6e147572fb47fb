//! The flattened tree: only what is unfolded, one row a path.

use std::collections::HashSet;

use rustc_hash::FxHashMap;

use crate::analysis::View;
use crate::image::changeset::Kind;
use crate::image::tree::{Change, NodeId, Tree};

/// A line of the files pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub node: NodeId,
    pub depth: u16,
    /// Whether there is something below to show, and whether it is shown.
    pub fold: Fold,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    Leaf,
    Folded,
    Unfolded,
}

/// Rows that a layer's changes may take before its directories start out folded.
const AUTO_ROWS: usize = 60;
/// Rows that "unfold everything below" may add.
const MAX_UNFOLD: usize = 10_000;

/// What is shown, and of what.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'t> {
    pub tree: &'t Tree,
    pub view: View,
    pub changes_only: bool,
}

impl<'t> Scope<'t> {
    /// The children of a directory that this scope shows.
    pub fn children(self, node: NodeId) -> impl Iterator<Item = NodeId> + 't {
        self.tree.children(node).filter(move |child| self.shows(*child))
    }

    fn shows(self, node: NodeId) -> bool {
        let Some(look) = self.view.look(self.tree, node) else { return false };
        match self.changes_only {
            false => look.version.exists() || look.change == Change::Removed,
            true if look.change != Change::Unmodified => true,
            // A directory in which something changed is on the way to it. An unmodified file that the layer
            // touched all the same (a link that took over its content's bytes) is not.
            true => look.version.kind() == Kind::Directory && self.view.touches(self.tree, node),
        }
    }

    fn has_children(self, node: NodeId) -> bool {
        self.children(node).next().is_some()
    }
}

/// What the user folded or unfolded by hand, and what starts out unfolded.
#[derive(Clone, Debug, Default)]
pub struct Folds {
    by_hand: FxHashMap<NodeId, bool>,
    auto: HashSet<NodeId>,
}

impl Folds {
    pub fn forget(&mut self) {
        *self = Folds::default();
    }

    pub fn set(&mut self, node: NodeId, unfolded: bool) {
        self.by_hand.insert(node, unfolded);
    }

    pub fn is_unfolded(&self, node: NodeId) -> bool {
        self.by_hand.get(&node).copied().unwrap_or_else(|| self.auto.contains(&node))
    }

    /// Folds everything.
    pub fn fold_all(&mut self) {
        self.by_hand.clear();
        self.auto.clear();
    }

    /// Unfolds breadth first what fits a screenful or two, so that a small change is in sight at once and a
    /// large one starts as an outline.
    pub fn start(&mut self, scope: Scope<'_>) {
        self.auto.clear();
        let mut level = vec![scope.tree.root()];
        let mut rows = 0;
        while !level.is_empty() {
            let mut next = Vec::new();
            for node in level {
                let room = AUTO_ROWS.saturating_sub(rows);
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

    /// Unfolds `node` and what is below it, within bounds.
    pub fn unfold_below(&mut self, scope: Scope<'_>, node: NodeId) {
        let mut waiting = vec![node];
        let mut rows = 0;
        while let Some(node) = waiting.pop() {
            let children: Vec<NodeId> = scope.children(node).take(MAX_UNFOLD + 1).collect();
            rows += children.len();
            if rows > MAX_UNFOLD {
                return;
            }
            self.set(node, true);
            waiting.extend(children.into_iter().filter(|child| scope.has_children(*child)));
        }
    }
}

/// The rows of a scope; directories that are folded are not looked into.
pub fn flatten(scope: Scope<'_>, folds: &Folds) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut stack: Vec<(NodeId, u16)> = Vec::new();
    let push = |node: NodeId, depth: u16, stack: &mut Vec<(NodeId, u16)>| {
        let start = stack.len();
        stack.extend(scope.children(node).map(|child| (child, depth)));
        stack[start..].reverse();
    };
    push(scope.tree.root(), 0, &mut stack);
    while let Some((node, depth)) = stack.pop() {
        let fold = match (scope.has_children(node), folds.is_unfolded(node)) {
            (false, _) => Fold::Leaf,
            (true, false) => Fold::Folded,
            (true, true) => Fold::Unfolded,
        };
        rows.push(Row { node, depth, fold });
        if fold == Fold::Unfolded {
            push(node, depth.saturating_add(1), &mut stack);
        }
    }
    rows
}
