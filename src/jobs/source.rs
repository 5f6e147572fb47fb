//! A place that holds images, found once and read from as often as another image in it is chosen.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::base::stated_base;
use super::open::{Merge, OpenError, OpenEvent, OpenRequest};
use crate::image::tree::{Problem, Stored};
use crate::image::{Choice, Head, Image, Layer, base, history};
use crate::source::{
    Blobs, Candidate, Found, LayerRef, Location, SourceError, Task, Wish, choices, choose, layer, roots,
};

/// The image that is shown when there is none: made by real tools, and compiled in.
static SAMPLE: &[u8] = include_bytes!("../../assets/sample.tar.gz");

/// See the module. What came from a pipe is kept as long as this is.
#[derive(Debug)]
pub struct Source {
    reference: String,
    blobs: Arc<Blobs>,
    found: Found,
    choices: Vec<Choice>,
}

/// An image together with the means to read its contents again.
#[derive(Debug)]
pub struct Opened {
    pub image: Image,
    blobs: Arc<Blobs>,
    candidate: Candidate,
}

impl Source {
    /// Finds the place that `request.image` names, and the images there. Blocking.
    pub fn open(request: &OpenRequest, task: &Task) -> Result<Source, OpenError> {
        let location = match &request.image {
            Some(image) => Location::parse(image)?,
            None => Location::Bytes { name: "the embedded sample", bytes: SAMPLE },
        };
        let blobs = crate::source::open(&location, task)?;
        let reference = request.image.clone().unwrap_or_else(|| "hadal sample".to_owned());
        Source::of(blobs, reference, task)
    }

    /// An archive that passes by once; see [`super::open_stream`].
    pub fn stream(reader: impl std::io::Read, reference: &str, task: &Task) -> Result<Source, OpenError> {
        let blobs = Blobs::from_stream(reader, reference, task)?;
        Source::of(blobs, reference.to_owned(), task)
    }

    fn of(blobs: Blobs, reference: String, task: &Task) -> Result<Source, OpenError> {
        let found = roots(&blobs, task)?;
        let choices = if found.several() { choices(&found, &blobs) } else { Vec::new() };
        Ok(Source { reference, blobs: Arc::new(blobs), found, choices })
    }

    /// What there is to choose from; empty when there is one image for one platform.
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// Reads the image that `request` selects; where the place is was settled by [`Source::open`].
    pub fn read(
        &self,
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
        let (mut head, layers) = self.introduce(candidate);
        if let Some(name) = &request.base {
            stated_base(&mut head, name, candidate, task)?;
        }
        on(OpenEvent::Head(Box::new(head.clone()), layers.clone()));
        let lengths =
            candidate.layers.iter().filter_map(|layer| layer.bytes.or(layer.slot_bytes(&self.blobs)));
        task.expect_total(lengths.sum());
        let image = Merge::new(head, layers).run(&self.blobs, candidate, request.verify, task, on)?;
        Ok(Opened { image, blobs: Arc::clone(&self.blobs), candidate: candidate.clone() })
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

    /// What is known before a layer is read.
    fn introduce(&self, candidate: &Candidate) -> (Head, Vec<Layer>) {
        let (steps, mismatch) = history::pair(&candidate.config.history, candidate.layers.len());
        let texts = self.found.problems.iter().chain(&candidate.problems).cloned().chain(mismatch);
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
            reference: self.reference.clone(),
            source: self.found.form,
            id: candidate.id.clone(),
            digest: candidate.digest.clone(),
            index: candidate.index.clone(),
            tags: candidate.names.clone(),
            config,
            history: steps,
            base,
            problems,
        };
        (head, layers)
    }
}

impl Opened {
    /// SHA-256 of a content, read again from where it is stored; `None` when it cannot be read.
    pub fn sha256(&self, stored: &Stored, task: &Task) -> Option<String> {
        let wanted = self.candidate.layers.get(stored.layer)?;
        let mut sha256 = Sha256::new();
        layer::content(&self.blobs, wanted, stored.offset, task, &mut |bytes| sha256.update(bytes)).ok()?;
        Some(crate::image::digest::hex(&sha256.finalize()))
    }
}
