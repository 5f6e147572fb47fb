//! What only a walk over the whole image can tell: found once when the image arrives, never while drawing.

use crate::image::Image;
use crate::image::tree::{Cause, Problem};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    causes: Vec<Vec<(Cause, u64)>>,
    /// Everything that is odd about the image.
    pub problems: Vec<Problem>,
}

impl Facts {
    pub fn of(image: &Image) -> Facts {
        let mut causes: Vec<Vec<(Cause, u64)>> = vec![Vec::new(); image.tree.layers()];
        for hidden in image.tree.hidden() {
            let sums = &mut causes[hidden.layer];
            match sums.iter_mut().find(|(cause, _)| *cause == hidden.cause) {
                Some((_, sum)) => *sum += hidden.bytes,
                None => sums.push((hidden.cause, hidden.bytes)),
            }
        }
        for sums in &mut causes {
            sums.sort_by_key(|(cause, sum)| (std::cmp::Reverse(*sum), *cause));
        }
        Facts { causes, problems: image.problems() }
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
