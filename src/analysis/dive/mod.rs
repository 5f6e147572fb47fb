//! dive's figures, by dive 0.13's own arithmetic: thresholds that were set with dive keep their meaning.
//!
//! It differs from ours. Each layer is a tree of its own; only nodes without children count, under their path; a
//! path that counts in several layers is wasted as a whole, the visible copy included; the least of its sizes counts
//! as needed. A whiteout counts under the path that it removes, with 0 bytes, or with all that the layers below hold
//! under it where that is a directory. One that removes nothing ends the reckoning of its layer.

mod tally;

pub use tally::Tally;

use super::globs::Globs;

/// What dive says of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Bytes that would do, of all that count; 1 where nothing counts.
    pub efficiency: f64,
    /// Bytes of the paths that count more than once.
    pub wasted_bytes: u64,
    /// `wasted_bytes` in relation to all layers but the lowest: not a number for an image of one layer.
    pub user_wasted: f64,
    /// dive reads the same bytes and must say the same.
    pub comparable: bool,
}

/// What is left out of the reckoning. dive itself leaves nothing out.
#[derive(Clone, Debug, Default)]
pub struct Except {
    /// Layers of the base image: what they store is only seen where it is removed.
    pub layers: usize,
    /// Paths that count nowhere, with all below them.
    pub paths: Globs,
}

impl Except {
    fn nothing(&self) -> bool {
        self.layers == 0 && self.paths.is_empty()
    }
}
