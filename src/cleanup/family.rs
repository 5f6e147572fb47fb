//! Which images stand on which: the layers that images share, as a forest from bases to what was built on them.
//!
//! What the images themselves say of their parents does not matter here, and most builders say nothing.

use super::Stock;
use super::layers::ROOT;

/// See the module. Made by [`Stock::family`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// Each comes after the one that it stands on.
    pub branches: Vec<Branch>,
}

/// Layers that images have in common, down to where others have them too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Branch {
    /// The branch that it stands on.
    pub below: Option<usize>,
    /// How many branches there are below it.
    pub depth: usize,
    /// Positions of the images that end here; none when only others have these layers in common.
    pub images: Vec<usize>,
    /// Layers from the base up to here.
    pub layers: usize,
    /// Bytes of these layers, at most.
    pub bytes: u64,
}

impl Stock<'_> {
    /// The family of all images whose layers are known. Intermediate ones are left out unless `all` are wanted.
    pub fn family(&self, all: bool) -> Family {
        let layers = &self.layers;
        let mut ends: Vec<Vec<usize>> = vec![Vec::new(); layers.len()];
        let mut used = vec![false; layers.len()];
        for (index, image) in self.images.iter().enumerate() {
            let Some(tip) = layers.tip(index).filter(|_| all || !image.intermediate) else { continue };
            ends[tip as usize].push(index);
            for node in layers.upto(tip, ROOT) {
                used[node as usize] = true;
            }
        }
        let mut forks = vec![0; layers.len()];
        for node in (1..layers.len() as u32).filter(|node| used[*node as usize]) {
            forks[layers.below(node) as usize] += 1;
        }
        // Layers come after those below them, so the branch below is known when it is asked for.
        let mut family = Family::default();
        let mut branch_of: Vec<Option<usize>> = vec![None; layers.len()];
        for node in 0..layers.len() as u32 {
            let at = node as usize;
            let below = branch_of[layers.below(node) as usize];
            let ends_here = !ends[at].is_empty();
            let branches = node != ROOT && used[at] && forks[at] > 1;
            if !ends_here && !branches {
                branch_of[at] = below;
                continue;
            }
            let depth = below.map_or(0, |below| family.branches[below].depth + 1);
            let bytes = if node == ROOT { 0 } else { layers.most(node) };
            // Images without layers are nobody's base.
            branch_of[at] = (node != ROOT).then_some(family.branches.len());
            family.branches.push(Branch {
                below,
                depth,
                images: std::mem::take(&mut ends[at]),
                layers: layers.depth(node) as usize,
                bytes,
            });
        }
        family
    }
}
