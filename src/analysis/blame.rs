//! The history of one path.

use crate::image::tree::{Change, NodeId, Tree, Version};

/// Every version of the path, oldest first: what each layer made of it. `None` when it never existed.
/// A directory that a layer merely lists again, or changes something below of, has no version there.
pub fn blame<'t>(tree: &'t Tree, path: &[u8]) -> Option<Vec<Version<'t>>> {
    tree.find(path).map(|node| versions(tree, node))
}

/// The same of a node.
pub fn versions(tree: &Tree, node: NodeId) -> Vec<Version<'_>> {
    let mut versions: Vec<Version<'_>> =
        tree.versions(node).filter(|version| version.change() != Change::Unmodified).collect();
    versions.reverse();
    versions
}
