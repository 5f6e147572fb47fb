//! An image of an engine: what inspection knows shows at once, and its layers fill in while the export passes by.
//!
//! Nothing is kept on disk. Contents are read again from another export: the archive call of the API would need a
//! container, and knows nothing of what lower layers hid.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, mpsc};

use super::OpenError;
use super::base::stated_base;
use super::bridge::Fate;
use super::export::Export;
use super::line::{Engines, Line};
use super::open::{Merge, OpenEvent, OpenRequest};
use super::place::EngineName;
use super::source::{Contents, Opened, Origin, Source, introduce};
use crate::diagnosis::facts::EngineFacts;
use crate::engine::{Described, EngineError};
use crate::image::{Digest, Head, Layer};
use crate::source::contents::Piece;
use crate::source::{
    Blobs, Candidate, Found, LayerOutcome, SourceError, Task, Wish, choose, contents_in_stream, roots,
};

/// See the module.
#[derive(Debug)]
pub(super) struct EngineImage {
    name: String,
    line: Line,
    described: Described,
}

/// What becomes known while an export passes.
enum Passing {
    Begun,
    Layer(Arc<LayerOutcome>),
}

impl EngineImage {
    /// Finds the engine and the image there.
    pub(super) fn find(
        wanted: &EngineName,
        engines: &Engines,
        task: &Task,
    ) -> Result<EngineImage, OpenError> {
        let missing = |why: OpenError| match (why, wanted.kind) {
            (OpenError::NoEngine(why), None) => OpenError::Nowhere { name: wanted.name.clone(), why },
            (OpenError::NoEngine(error), Some(_)) => OpenError::Engine { what: wanted.typed.clone(), error },
            (why, _) => why,
        };
        let line = Line::open(engines, wanted.kind, task).map_err(missing)?;
        let described = line.ask(task, line.engine.describe(&wanted.name))?;
        let described = described.map_err(|error| {
            let about = line.engine.about();
            if !error.is_missing() {
                return OpenError::Engine { what: wanted.name.clone(), error };
            }
            let also = if wanted.kind.is_none() { "no file or folder, and " } else { "" };
            OpenError::NoImage {
                name: wanted.name.clone(),
                place: format!("{also}no image of {} at {}", about.title(), about.url),
                remedy: format!("{} pull {}", about.kind.program(), wanted.name),
                words: error.to_string(),
            }
        })?;
        Ok(EngineImage { name: wanted.name.clone(), line, described })
    }

    /// The engine that holds it, as facts.
    pub(super) fn facts(&self) -> EngineFacts {
        let about = self.line.engine.about();
        let architecture = about.platform.split_once('/').map_or("", |(_, architecture)| architecture);
        EngineFacts { title: about.title(), architecture: architecture.to_owned(), ..EngineFacts::default() }
    }

    /// Its archive in a file without a name, to be read at will.
    pub(super) fn kept(&self, task: &Task) -> Result<Source, OpenError> {
        task.expect_total(self.described.bytes);
        let (mut export, fate) = self.export(task, || {});
        let kept = crate::source::kept(&mut export, &self.name, task);
        self.check(&fate, task)?;
        Source::of(kept?, self.name.clone(), task)
    }

    pub(super) fn described(&self) -> &Described {
        &self.described
    }

    /// Reads the image, telling on the way what becomes known.
    pub(super) fn read(
        self: &Arc<Self>,
        reference: &str,
        request: &OpenRequest,
        task: &Task,
        on: &mut dyn FnMut(OpenEvent),
    ) -> Result<Opened, OpenError> {
        let (mut head, layers) = self.introduce(reference);
        // Of an image for several platforms, inspection may tell of another one than is wanted.
        let same = |wanted: &crate::image::Platform| {
            head.config.platform.as_ref().is_none_or(|platform| platform.serves(wanted).is_some())
        };
        let expected = request.platform.as_ref().is_none_or(same);
        if expected {
            stated_base(&mut head, request, &self.described.config.diff_ids, layers.len(), task)?;
            on(OpenEvent::Head(Box::new(head.clone()), layers.clone()));
        }
        on(OpenEvent::Preparing);
        let mut merge = Merge::new(head, layers, request);
        let (blobs, merged) = self.stream(task, |receive| {
            let mut passed: HashMap<Digest, Arc<LayerOutcome>> = HashMap::new();
            let mut merged = Vec::new();
            for passing in receive {
                match passing {
                    Passing::Begun => {
                        task.expect_total(self.described.bytes);
                        on(OpenEvent::Arriving);
                    }
                    Passing::Layer(outcome) if expected => {
                        let Some(diff_id) = outcome.diff_id.clone() else { continue };
                        passed.entry(diff_id).or_insert(outcome);
                        // Layers come in any order, and the tree takes them in theirs.
                        while let Some(Some(next)) = self.described.config.diff_ids.get(merged.len())
                            && let Some(outcome) = passed.get(next)
                        {
                            merge.add(outcome, outcome.read.changes.clone(), false, task, on)?;
                            merged.push(Arc::clone(outcome));
                        }
                    }
                    Passing::Layer(_) => {}
                }
            }
            Ok(merged)
        })?;
        if !blobs.has_roots() {
            let why = "what the engine sent ends before it says what it was".to_owned();
            return Err(SourceError::NoImage { what: self.name.clone(), why }.into());
        }
        let found = roots(&blobs, task)?;
        let wish = Wish { image: None, platform: request.platform.clone() };
        let candidate = choose(&found, &wish)?;
        let (mut head, layers) = self.settle(reference, &found, candidate);
        stated_base(&mut head, request, &candidate.config.diff_ids, layers.len(), task)?;
        if !expected {
            on(OpenEvent::Head(Box::new(head.clone()), layers.clone()));
        }
        // The documents have the last word on which layers there are, and in which order.
        let as_expected = candidate.layers.iter().zip(&merged);
        let as_expected = merged.len() <= candidate.layers.len()
            && as_expected.into_iter().all(|(layer, outcome)| {
                layer.outcome().is_some_and(|own| own.diff_id == outcome.diff_id) && !layer.lazy
            });
        if as_expected {
            merge.settle(head, layers, &merged);
        } else {
            merge = Merge::new(head, layers, request);
        }
        let (image, dive) = merge.run(&blobs, candidate, false, task, on)?;
        let origin = Origin::Engine(Arc::clone(self));
        let contents = Contents { blobs: Arc::new(blobs), candidate: candidate.clone(), origin };
        Ok(Opened { image, dive, contents })
    }

    /// Reads an export on a thread of its own, while this one listens.
    fn stream<T>(
        &self,
        task: &Task,
        listen: impl FnOnce(mpsc::Receiver<Passing>) -> Result<T, OpenError>,
    ) -> Result<(Blobs, T), OpenError> {
        let (send, receive) = mpsc::channel();
        let begun = send.clone();
        let (mut export, fate) = self.export(task, move || drop(begun.send(Passing::Begun)));
        let (blobs, heard) = std::thread::scope(|scope| {
            let reader = scope.spawn(move || {
                let blobs = Blobs::from_stream(&mut export, &self.name, task, &mut |outcome| {
                    let _ = send.send(Passing::Layer(Arc::clone(outcome)));
                })?;
                export
                    .finish(blobs.is_whole())
                    .map_err(|error| SourceError::Read { what: self.name.clone(), error })?;
                Ok::<_, SourceError>(blobs)
            });
            let heard = listen(receive);
            let stopped = || OpenError::Internal("the reader stopped".to_owned());
            Ok::<_, OpenError>((reader.join().map_err(|_| stopped())?, heard))
        })?;
        self.check(&fate, task)?;
        Ok((blobs?, heard?))
    }

    /// The archive of the image.
    fn export(&self, task: &Task, begun: impl FnOnce() + Send + 'static) -> (Export<'_>, Fate) {
        let export = Export::new(&self.line, vec![self.described.id.clone()], task, begun);
        let fate = export.fate();
        (export, fate)
    }

    /// What the engine said against it, before what its bytes look like.
    fn check(&self, fate: &Fate, task: &Task) -> Result<(), OpenError> {
        if task.is_cancelled() {
            return Err(SourceError::Cancelled.into());
        }
        let what = || format!("{} from {}", self.name, self.line.engine.about().title());
        fate.fault().map_or(Ok(()), |error: EngineError| Err(OpenError::Engine { what: what(), error }))
    }

    /// What inspection and history know.
    fn introduce(&self, reference: &str) -> (Head, Vec<Layer>) {
        let layers = self.described.config.diff_ids.iter();
        let layers =
            layers.map(|diff_id| crate::source::LayerRef { diff_id: diff_id.clone(), ..Default::default() });
        let candidate = Candidate {
            config: self.described.config.clone(),
            layers: layers.collect(),
            ..Candidate::default()
        };
        self.settle(reference, &Found::default(), &candidate)
    }

    /// What the archive says, under the names and ids that the engine gives.
    fn settle(&self, reference: &str, found: &Found, candidate: &Candidate) -> (Head, Vec<Layer>) {
        let (mut head, layers) = introduce(reference, found, candidate);
        let described = &self.described;
        head.source = self.line.engine.about().kind.name();
        head.tags.clone_from(&described.tags);
        head.engine_id = Some(described.id.clone());
        // Engines make up manifests for their archives; only one that registries know, too, is the image's.
        let known = |digest: &Option<Digest>| {
            digest.as_ref().is_some_and(|digest| {
                described.digests.contains(digest) || digest.as_str() == described.id.as_str()
            })
        };
        if !known(&head.digest) && !known(&head.index) {
            (head.digest, head.index) = (described.digests.first().cloned(), None);
        }
        (head, layers)
    }

    /// Contents from another export: for each layer its member's name and where in its tar they begin. `failed` hears
    /// of a layer that cannot be read.
    pub(super) fn contents(
        &self,
        wanted: &BTreeMap<String, BTreeSet<u64>>,
        task: &Task,
        sink: &mut dyn FnMut(&str, u64, Piece<'_>),
        failed: &mut dyn FnMut(&str, std::io::Error),
    ) -> Result<(), OpenError> {
        let (export, fate) = self.export(task, || {});
        contents_in_stream(export, wanted, task, sink, failed).or_else(|error| {
            self.check(&fate, task)?;
            Err(SourceError::Read { what: self.name.clone(), error }.into())
        })
    }
}
