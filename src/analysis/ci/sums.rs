//! What an image amounts to when some paths and layers are left out.

use crate::analysis::globs::{Cover, Globs};
use crate::image::Image;
use crate::image::tree::{Hidden, NodeId};

/// Bytes of an image that count.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// Layers below this one are the base image's and do not count.
    pub from: usize,
    /// Bytes that each layer stores for regular files.
    pub layers: Vec<u64>,
    /// Contents that nobody can see.
    pub hidden: Vec<Hidden>,
    pub(super) ignored: Cover,
}

impl Sums {
    /// A content that is seen counts under the path that shows it, one that is hidden under the path that stored it.
    pub fn of(image: &Image, from: usize, ignored: &Globs) -> Sums {
        let tree = &image.tree;
        let cover = ignored.cover(tree);
        let mut layers = vec![0; tree.layers()];
        let hidden = tree.hidden().filter(|one| one.layer >= from && !cover.has(one.node));
        let hidden: Vec<Hidden> = hidden.collect();
        for one in &hidden {
            layers[one.layer] += one.bytes;
        }
        for node in tree.all().filter(|node| !cover.has(*node)) {
            let Some(version) = tree.in_final(node).filter(|version| version.kind().has_content()) else {
                continue;
            };
            if let Some(stored) = version.content().filter(|stored| stored.layer >= from) {
                layers[stored.layer] += version.bytes();
            }
        }
        Sums { from, layers, hidden, ignored: cover }
    }

    /// Whether a path, or a directory above it, is left out.
    pub fn ignores(&self, node: NodeId) -> bool {
        self.ignored.has(node)
    }

    /// Bytes of all layers that count.
    pub fn bytes(&self) -> u64 {
        self.layers.iter().sum()
    }

    /// Of these, bytes that nobody can see.
    pub fn wasted_bytes(&self) -> u64 {
        self.hidden.iter().map(|hidden| hidden.bytes).sum()
    }

    /// The share of bytes that can be seen, 1 where there are none.
    pub fn efficiency(&self) -> f64 {
        match self.bytes() {
            0 => 1.0,
            bytes => (bytes - self.wasted_bytes()) as f64 / bytes as f64,
        }
    }
}
