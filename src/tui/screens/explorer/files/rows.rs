//! The flattened tree: only what is unfolded, one row a path.

use super::folds::Folds;
use super::scope::Scope;
use crate::image::tree::NodeId;

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

/// The rows below `top`, whose depth is one less than `depth`; folded directories are not looked into. Ends early
/// when the scope's limit is spent.
pub fn flatten(scope: Scope<'_>, folds: &Folds, top: NodeId, depth: u16) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut stack: Vec<(NodeId, u16)> = Vec::new();
    let mut children = Vec::new();
    let mut push = |node: NodeId, depth: u16, stack: &mut Vec<(NodeId, u16)>| {
        scope.ordered(node, &mut children);
        stack.extend(children.drain(..).rev().map(|child| (child, depth)));
    };
    push(top, depth, &mut stack);
    while let Some((node, depth)) = stack.pop() {
        let fold = match (scope.has_children(node), folds.is_unfolded(scope.tree, node)) {
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
