//! The base image that the user named: opened for its config alone, and compared.

use super::engine_image::EngineImage;
use super::place::Place;
use super::{OpenError, OpenRequest};
use crate::image::base::{NoBase, compare, stated};
use crate::image::tree::Problem;
use crate::image::{Digest, Head};
use crate::source::{SourceError, Task, roots};

/// An image that may be the base: its layers, and how many steps made it.
struct Other {
    diff_ids: Vec<Option<Digest>>,
    layers: usize,
    steps: usize,
}

/// Takes the image that the request names for the base of layers `ours`, or says why it is not. Only documents are
/// read. Which platform is meant, and which image where the place holds several, follows from the layers.
pub(super) fn stated_base(
    head: &mut Head,
    request: &OpenRequest,
    ours: &[Option<Digest>],
    layers: usize,
    task: &Task,
) -> Result<(), OpenError> {
    let Some(name) = &request.base else { return Ok(()) };
    let mut best: Option<(usize, usize)> = None;
    let mut nearest = NoBase::Differs(0);
    for other in others(name, request, task)? {
        match compare(ours, &other.diff_ids) {
            Ok(0) if other.layers > 0 => nearest = nearest.max(NoBase::Unknown(0)),
            Ok(below) => best = best.max(Some((below, other.steps))),
            Err(why) => nearest = nearest.max(why),
        }
    }
    if let Some((below, steps)) = best {
        head.stated_layers = Some(below);
        head.base = stated(&head.history, layers, below, steps, name);
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

/// All images at the place.
fn others(name: &str, request: &OpenRequest, task: &Task) -> Result<Vec<Other>, OpenError> {
    let failed = |error: OpenError| match error {
        OpenError::Source(SourceError::Cancelled) => SourceError::Cancelled.into(),
        error => OpenError::Base { name: name.to_owned(), why: error.to_string() },
    };
    let find = || match Place::parse(name)? {
        Place::Here(location) => {
            let found = roots(&crate::source::open(&location, task)?, task)?;
            let other = |one: &crate::source::Candidate| Other {
                diff_ids: one.config.diff_ids.clone(),
                layers: one.layers.len(),
                steps: one.config.history.len(),
            };
            Ok(found.candidates().map(other).collect())
        }
        Place::Engine(wanted) => {
            let image = EngineImage::find(&wanted, &request.engines, task)?;
            let config = &image.described().config;
            let (layers, steps) = (config.diff_ids.len(), config.history.len());
            Ok(vec![Other { diff_ids: config.diff_ids.clone(), layers, steps }])
        }
    };
    find().map_err(failed)
}
