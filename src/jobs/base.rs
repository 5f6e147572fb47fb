//! The base image that the user named: opened for its config alone, and compared.

use super::engine_image::EngineImage;
use super::place::Place;
use super::{OpenError, OpenRequest};
use crate::image::base::{NoBase, compare, stated};
use crate::image::tree::Problem;
use crate::image::{Config, Digest, Head};
use crate::source::{SourceError, Task, roots};

/// An image that may be the base.
struct Other {
    config: Config,
    layers: usize,
}

impl Other {
    fn steps(&self) -> usize {
        self.config.history.len()
    }
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
    let mut best: Option<(usize, Other)> = None;
    let mut nearest = NoBase::Differs(0);
    for other in others(name, request, task)? {
        match compare(ours, &other.config.diff_ids) {
            Ok(0) if other.layers > 0 => nearest = nearest.max(NoBase::Unknown(0)),
            Ok(below) => {
                let rank = best.as_ref().map(|(below, best)| (*below, best.steps()));
                if rank < Some((below, other.steps())) {
                    best = Some((below, other));
                }
            }
            Err(why) => nearest = nearest.max(why),
        }
    }
    if let Some((below, other)) = best {
        head.stated_layers = Some(below);
        head.base = stated(&head.history, layers, below, other.steps(), name);
        head.stated_config = Some(Box::new(other.config));
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
                config: one.config.clone(),
                layers: one.layers.len(),
            };
            Ok(found.candidates().map(other).collect())
        }
        Place::Engine(wanted) => {
            let image = EngineImage::find(&wanted, &request.engines, task)?;
            let config = image.described().config.clone();
            Ok(vec![Other { layers: config.diff_ids.len(), config }])
        }
    };
    find().map_err(failed)
}
