//! The base image that the user named: opened for its config alone, and compared.

use super::OpenError;
use crate::image::Head;
use crate::image::base::{NoBase, compare, stated};
use crate::image::tree::Problem;
use crate::source::{Candidate, Location, SourceError, Task, roots};

/// Takes the named image for the base of `ours`, or says why it is not. Only documents are read. Which platform is
/// meant, and which image where the place holds several, follows from the layers.
pub(super) fn stated_base(
    head: &mut Head,
    name: &str,
    ours: &Candidate,
    task: &Task,
) -> Result<(), OpenError> {
    let failed = |error: SourceError| match error {
        SourceError::Cancelled => OpenError::Source(SourceError::Cancelled),
        error => OpenError::Base { name: name.to_owned(), why: error.to_string() },
    };
    let location = Location::parse(name).map_err(failed)?;
    let blobs = crate::source::open(&location, task).map_err(failed)?;
    let found = roots(&blobs, task).map_err(failed)?;
    let mut best: Option<(usize, usize)> = None;
    let mut nearest = NoBase::Differs(0);
    for other in found.images.iter().flatten() {
        match compare(&ours.config.diff_ids, &other.config.diff_ids) {
            Ok(0) if !other.layers.is_empty() => nearest = nearest.max(NoBase::Unknown(0)),
            Ok(below) => best = best.max(Some((below, other.config.history.len()))),
            Err(why) => nearest = nearest.max(why),
        }
    }
    if let Some((below, steps)) = best {
        head.base = stated(&head.history, ours.layers.len(), below, steps, name);
        return Ok(());
    }
    let text = match nearest {
        NoBase::Differs(layer) => {
            format!("{name} is not the base image: its layers differ from layer {layer} on")
        }
        NoBase::Unknown(layer) => {
            format!("{name} cannot be compared as the base image: the diff ID of layer {layer} is not known")
        }
    };
    head.problems.push(Problem { layer: None, text });
    Ok(())
}
