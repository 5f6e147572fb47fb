//! A place that holds images, found once and read from as often as another image in it is chosen.

use std::sync::Arc;

use super::base::stated_base;
use super::contents;
use super::engine_image::EngineImage;
use super::hasher::Hasher;
use super::open::{Merge, OpenError, OpenEvent, OpenRequest};
use super::place::Place;
use crate::analysis::dive::Figures;
use crate::image::tree::{Problem, Stored};
use crate::image::{Choice, Head, Image, Layer, base, history};
use crate::source::{
    Blobs, Candidate, Found, LayerRef, Location, SourceError, Task, Wish, choices, choose, roots,
};

/// The image that is shown when there is none: made by real tools, and compiled in.
static SAMPLE: &[u8] = include_bytes!("../../assets/sample.tar.gz");

/// See the module. What came from a pipe is kept as long as this is.
#[derive(Debug)]
pub struct Source {
    reference: String,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// The bytes are there, to be read as often as anybody likes.
    Kept(Kept),
    /// They are asked for each time.
    Engine(Arc<EngineImage>),
}

#[derive(Debug)]
struct Kept {
    blobs: Arc<Blobs>,
    found: Found,
    choices: Vec<Choice>,
}

/// An image together with the means to read its contents again.
#[derive(Debug)]
pub struct Opened {
    pub image: Image,
    /// dive's figures, where they were asked for.
    pub dive: Option<Figures>,
    pub contents: Contents,
}

/// The means to read an image's contents again, apart from the image: screens keep that where it is drawn.
#[derive(Debug)]
pub struct Contents {
    pub(super) blobs: Arc<Blobs>,
    pub(super) candidate: Candidate,
    pub(super) origin: Origin,
}

/// Where contents are read from again.
#[derive(Debug)]
pub(super) enum Origin {
    Blobs,
    Engine(Arc<EngineImage>),
}

impl Source {
    /// Finds the place that `request.image` names, and the images there. Blocking; not to be called from async code.
    pub fn open(request: &OpenRequest, task: &Task) -> Result<Source, OpenError> {
        let place = match &request.image {
            Some(image) => Place::parse(image)?,
            None => Place::Here(Location::Bytes { name: "the embedded sample", bytes: SAMPLE }),
        };
        let reference = request.image.clone().unwrap_or_else(|| "hadal sample".to_owned());
        match place {
            Place::Here(location) => Source::of(crate::source::open(&location, task)?, reference, task),
            Place::Engine(wanted) => {
                let image = EngineImage::find(&wanted, &request.engines, task)?;
                Ok(Source { reference, way: Way::Engine(Arc::new(image)) })
            }
        }
    }

    /// An archive that passes by once; see [`super::open_stream`].
    pub fn stream(reader: impl std::io::Read, reference: &str, task: &Task) -> Result<Source, OpenError> {
        let blobs = Blobs::from_stream(reader, reference, task, &mut |_| {})?;
        Source::of(blobs, reference.to_owned(), task)
    }

    pub(super) fn of(blobs: Blobs, reference: String, task: &Task) -> Result<Source, OpenError> {
        let found = roots(&blobs, task)?;
        let choices = if found.several() { choices(&found, &blobs) } else { Vec::new() };
        Ok(Source { reference, way: Way::Kept(Kept { blobs: Arc::new(blobs), found, choices }) })
    }

    /// What there is to choose from; empty when there is one image for one platform.
    pub fn choices(&self) -> &[Choice] {
        match &self.way {
            Way::Kept(kept) => &kept.choices,
            Way::Engine(_) => &[],
        }
    }

    /// Reads the image that `request` selects; where the place is was settled by [`Source::open`].
    pub fn read(
        &self,
        request: &OpenRequest,
        task: &Task,
        on: &mut dyn FnMut(OpenEvent),
    ) -> Result<Opened, OpenError> {
        match &self.way {
            Way::Kept(kept) => kept.read(&self.reference, request, task, on),
            Way::Engine(image) => image.read(&self.reference, request, task, on),
        }
    }
}

impl Kept {
    fn read(
        &self,
        reference: &str,
        request: &OpenRequest,
        task: &Task,
        on: &mut dyn FnMut(OpenEvent),
    ) -> Result<Opened, OpenError> {
        if !self.choices.is_empty() {
            on(OpenEvent::Choices(self.choices.clone()));
        }
        let candidate = self.choose(request)?;
        let position = self.found.candidates().position(|one| std::ptr::eq(one, candidate));
        if let Some(position) = position.filter(|_| !self.choices.is_empty()) {
            on(OpenEvent::Chosen(position));
        }
        let (mut head, layers) = introduce(reference, &self.found, candidate);
        stated_base(&mut head, request, &candidate.config.diff_ids, layers.len(), task)?;
        on(OpenEvent::Head(Box::new(head.clone()), layers.clone()));
        let lengths =
            candidate.layers.iter().filter_map(|layer| layer.bytes.or(layer.slot_bytes(&self.blobs)));
        task.expect_total(lengths.sum());
        let merge = Merge::new(head, layers, request);
        let (image, dive) = merge.run(&self.blobs, candidate, request.verify, task, on)?;
        let (blobs, candidate) = (Arc::clone(&self.blobs), candidate.clone());
        Ok(Opened { image, dive, contents: Contents { blobs, candidate, origin: Origin::Blobs } })
    }

    fn choose(&self, request: &OpenRequest) -> Result<&Candidate, OpenError> {
        let wish = Wish { image: request.select.clone(), platform: request.platform.clone() };
        choose(&self.found, &wish).map_err(|error| match error {
            SourceError::Several { .. } => OpenError::Ambiguous(error.to_string()),
            // A platform that was asked for and is not there is another matter.
            SourceError::NoPlatform { .. } if wish.platform.is_none() && !self.choices.is_empty() => {
                OpenError::Ambiguous(error.to_string())
            }
            error => error.into(),
        })
    }
}

/// What is known before a layer is read.
pub(super) fn introduce(reference: &str, found: &Found, candidate: &Candidate) -> (Head, Vec<Layer>) {
    let (steps, mismatch) = history::pair(&candidate.config.history, candidate.layers.len());
    let texts = found.problems.iter().chain(&candidate.problems).cloned().chain(mismatch);
    let problems = texts.map(|text| Problem { layer: None, text }).collect();
    let step_of = |index| steps.iter().position(|step| step.layer == Some(index));
    let layer = |(index, layer): (usize, &LayerRef)| Layer {
        diff_id: layer.diff_id.clone(),
        digest: layer.digest.clone(),
        media_type: layer.media_type.clone(),
        blob_bytes: layer.bytes,
        step: step_of(index),
        ..Layer::default()
    };
    let layers = candidate.layers.iter().enumerate().map(layer).collect();
    let base = base::guess(&steps, candidate.layers.len(), &candidate.config.labels);
    let mut config = candidate.config.clone();
    config.platform = config.platform.or_else(|| candidate.platform.clone());
    let head = Head {
        reference: reference.to_owned(),
        source: found.form,
        id: candidate.id.clone(),
        engine_id: None,
        digest: candidate.digest.clone(),
        index: candidate.index.clone(),
        tags: candidate.names.clone(),
        config,
        history: steps,
        base,
        stated_layers: None,
        stated_config: None,
        problems,
        damage: found.damage.iter().chain(&candidate.damage).cloned().collect(),
    };
    (head, layers)
}

impl Opened {
    /// SHA-256 of contents, read again from where they are stored, each layer in one pass and on all cores; `None` for one
    /// that cannot be read. An engine is asked for the image once more, for all of them together.
    pub fn sha256(&self, wanted: &[Stored], task: &Task) -> Result<Vec<Option<String>>, OpenError> {
        let passed = contents::pass(&self.contents, wanted, &Hasher::default, task)?;
        Ok(passed
            .yields
            .into_iter()
            .map(|sum| sum.flatten().map(|sum| crate::image::digest::hex(&sum)))
            .collect())
    }
}
