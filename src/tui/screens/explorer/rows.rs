//! The flattened tree: only what is unfolded, one row a path.

use std::collections::HashSet;

use rustc_hash::FxHashMap;

use super::changed::Changed;
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
    /// What there is to show when that is only what changed; `None` when it has to be looked for.
    pub changed: Option<&'t Changed>,
}

impl<'t> Scope<'t> {
    /// The children of a directory that this scope shows.
    pub fn children(self, node: NodeId) -> impl Iterator<Item = NodeId> + 't {
        let listed = self.changed.filter(|_| self.changes_only).map(|changed| changed.below(node));
        let sought = if listed.is_none() { Some(self.tree.children(node)) } else { None };
        let sought = sought.into_iter().flatten().filter(move |child| self.shows(*child));
        listed.unwrap_or_default().iter().copied().chain(sought)
    }

    fn shows(self, node: NodeId) -> bool {
        let Some(look) = self.view.look(self.tree, node) else { return false };
        match self.changes_only {
            false => look.version.exists() || look.change == Change::Removed,
            true => look.change != Change::Unmodified || self.changed_below(node),
        }
    }

    /// Whether anything below an unmodified directory changed. A layer may list a directory again without
    /// changing anything in it. Not recursive: images nest deeper than stacks.
    fn changed_below(self, node: NodeId) -> bool {
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            for child in self.tree.children(node).filter(|child| self.view.touches(self.tree, *child)) {
                match self.view.look(self.tree, child).map(|look| (look.change, look.version.kind())) {
                    Some((Change::Unmodified, Kind::Directory)) => waiting.push(child),
                    Some((Change::Unmodified, _)) | None => {}
                    Some(_) => return true,
                }
            }
        }
        false
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
    /// Keeps what was done by hand when the tree is replaced by one that has more paths.
    pub fn carry(&mut self, old: &Tree, new: &Tree) {
        let moved = |(node, unfolded): (NodeId, bool)| Some((new.find(&old.path(node))?, unfolded));
        self.by_hand = self.by_hand.drain().filter_map(moved).collect();
        self.auto.clear();
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

/// The rows below `top`, whose depth is one less than `depth`; folded directories are not looked into.
pub fn flatten(scope: Scope<'_>, folds: &Folds, top: NodeId, depth: u16) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut stack: Vec<(NodeId, u16)> = Vec::new();
    let push = |node: NodeId, depth: u16, stack: &mut Vec<(NodeId, u16)>| {
        let start = stack.len();
        stack.extend(scope.children(node).map(|child| (child, depth)));
        stack[start..].reverse();
    };
    push(top, depth, &mut stack);
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
