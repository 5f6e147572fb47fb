//! What only a walk over the whole image can tell: found once, never while drawing.

use super::advice::{Finding, findings};
use super::heaps::{Content, Heap, heaps};
use super::junk::JunkList;
use super::waste::by_cause;
use crate::image::Image;
use crate::image::tree::{Cause, Problem};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    causes: Vec<Vec<(Cause, u64)>>,
    /// Everything that is odd about the image.
    pub problems: Vec<Problem>,
    /// Hidden bytes by folder and fate, largest first.
    pub heaps: Vec<Heap>,
    /// What could be done better.
    pub findings: Vec<Finding>,
    /// Files and directories that the final tree shows.
    pub totals: super::Totals,
}

impl Facts {
    pub fn of(image: &Image, junk: &JunkList) -> Facts {
        Facts {
            causes: by_cause(&image.tree),
            problems: image.problems(),
            heaps: heaps(&image.tree, image.tree.hidden().map(Content::from)),
            findings: findings(image, junk, &[]),
            totals: super::Totals::of(image),
        }
    }

    /// Hidden bytes of a layer by cause, largest first.
    pub fn causes(&self, layer: usize) -> &[(Cause, u64)] {
        self.causes.get(layer).map_or(&[], Vec::as_slice)
    }

    /// What is odd about one layer.
    pub fn problems_of(&self, layer: usize) -> impl Iterator<Item = &str> {
        self.problems.iter().filter(move |problem| problem.layer == Some(layer)).map(|problem| &*problem.text)
    }
}
