//! Which file system is looked at, and what changed in it.

use crate::image::tree::{Change, NodeId, Tree, Version};

/// A projection of the tree. None of them copies anything: switching costs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// The file system as of this layer, with what this layer changed.
    Layer(usize),
    /// The file system as of `last`, with what the layers `first..=last` changed together.
    Range { first: usize, last: usize },
    /// What a container sees, nothing marked as changed.
    Final,
}

/// A path as a view shows it.
#[derive(Clone, Copy, Debug)]
pub struct Look<'t> {
    pub change: Change,
    /// The version in sight; of a removed path, its removal.
    pub version: Version<'t>,
}

impl View {
    /// How this view shows `node`; `None` when the path is not part of it at all.
    pub fn look(self, tree: &Tree, node: NodeId) -> Option<Look<'_>> {
        let (change, version) = match self {
            View::Layer(layer) => tree.change(node, layer, layer)?,
            View::Range { first, last } => tree.change(node, first, last)?,
            View::Final => (Change::Unmodified, tree.in_final(node)?),
        };
        Some(Look { change, version })
    }

    /// Whether this view's layers changed `node` or anything below it.
    pub fn touches(self, tree: &Tree, node: NodeId) -> bool {
        match self {
            View::Layer(layer) => tree.as_of(node, layer).is_some_and(|version| version.layer() == layer),
            View::Range { first, last } => {
                tree.as_of(node, last).is_some_and(|version| version.layer() >= first)
            }
            View::Final => false,
        }
    }

    /// The layer whose file system is in sight; `None` when the image has no layers.
    pub fn last(self, tree: &Tree) -> Option<usize> {
        match self {
            View::Layer(layer) | View::Range { last: layer, .. } => Some(layer),
            View::Final => tree.layers().checked_sub(1),
        }
    }

    /// Calls `visit` for each path of the view below the root, in the byte order of whole paths.
    /// With `changes_only`, what the view leaves unmodified is passed over, and paths that the view's layers
    /// removed are visited too; otherwise only what exists is.
    pub fn walk<'t>(self, tree: &'t Tree, changes_only: bool, visit: &mut dyn FnMut(NodeId, Look<'t>)) {
        // Not recursive: images nest deeper than stacks.
        let mut stack = Vec::new();
        push_children(tree, tree.root(), &mut stack);
        while let Some((node, part)) = stack.pop() {
            let Some(look) = self.look(tree, node) else { continue };
            if changes_only && !self.touches(tree, node) {
                continue;
            }
            match part {
                Part::Below => push_children(tree, node, &mut stack),
                Part::Itself if changes_only && look.change == Change::Unmodified => {}
                Part::Itself if !changes_only && !look.version.exists() => {}
                Part::Itself => visit(node, look),
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Itself,
    Below,
}

/// Puts the children on the stack, first on top. A directory and what is below it are two items, since `a-b`
/// comes before `a/b` in byte order, though `a` comes first.
fn push_children(tree: &Tree, node: NodeId, stack: &mut Vec<(NodeId, Part)>) {
    let start = stack.len();
    for child in tree.children(node) {
        stack.push((child, Part::Itself));
        if tree.children(child).len() > 0 {
            stack.push((child, Part::Below));
        }
    }
    let key = |item: &(NodeId, Part)| {
        let slash: &[u8] = if item.1 == Part::Below { b"/" } else { b"" };
        tree.name(item.0).iter().chain(slash)
    };
    stack[start..].sort_by(|a, b| key(b).cmp(key(a)));
}
