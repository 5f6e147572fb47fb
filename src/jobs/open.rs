//! Opening an image: find it, read its layers on all cores, merge them in order.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::counting::Counting;
use super::engine_image::EngineImage;
use super::line::{self, Engines};
use super::place::{Place, could_be_name};
use super::source::{Opened, Source};
use crate::analysis::Globs;
use crate::analysis::dive::{Except, Figures};
use crate::engine::EngineError;
use crate::image::changeset::Changeset;
use crate::image::tree::{Builder, ContentAt, Contents, Problem, Tree};
use crate::image::{Choice, Digest, Head, Image, Layer, Platform};
use crate::source::layer::{Piece, Plan, hash_content};
use crate::source::{Blobs, Candidate, LayerOutcome, Plain, SourceError, Task};

/// Trees larger than this are shown when they are complete: a copy would cost more than it is worth.
const MAX_PARTIAL: usize = 150_000;
const PARTIAL_EVERY: Duration = Duration::from_millis(250);
/// How long an engine may take where its answer is not essential.
const BRIEFLY: Duration = Duration::from_secs(1);

/// Which image to open.
#[derive(Clone, Debug, Default)]
pub struct OpenRequest {
    /// As the user wrote it: a path, `scheme:path`, `-`, or the name of an engine's image. `None`: the embedded
    /// sample.
    pub image: Option<String>,
    pub engines: Engines,
    /// Which of several images in one source (tag, digest or position).
    pub select: Option<String>,
    pub platform: Option<Platform>,
    /// The image it was built on, as the user wrote it.
    pub base: Option<String>,
    /// Also check the digests of layers that would otherwise not be read whole.
    pub verify: bool,
    /// Also reckon as dive does, but for the paths that are left out.
    pub dive: Option<Reckoning>,
}

/// How dive's figures are wanted.
#[derive(Clone, Debug, Default)]
pub struct Reckoning {
    /// Leave the layers of [`OpenRequest::base`] out.
    pub without_base: bool,
    /// Leave these paths out.
    pub paths: Globs,
}

/// What becomes known while an image is opened.
#[derive(Debug)]
pub enum OpenEvent {
    /// The source holds several images, or several platforms of one.
    Choices(Vec<Choice>),
    /// Which of the choices is opened: its position.
    Chosen(usize),
    /// Config, history and the list of layers are known; no layer has been read yet.
    Head(Box<Head>, Vec<Layer>),
    /// An engine has been asked for the image and prepares it; nobody knows how long that takes.
    Preparing,
    /// The first bytes of what an engine prepared are there.
    Arriving,
    /// A layer has been read and merged (layers arrive in order); its totals are final but for waste.
    Layer(usize, Box<Layer>),
    /// The tree of the layers so far: now and then, and for small trees only.
    Partial(Box<Image>),
}

/// Why an image could not be opened; one line for the user.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Somebody has to choose; the text lists what there is.
    #[error("{0}")]
    Ambiguous(String),
    #[error("{0:?} is no name of an image; expected one like debian:12")]
    NoName(String),
    /// No engine answers.
    #[error("{0}")]
    NoEngine(EngineError),
    /// It is not on this machine's disk, and no engine can be asked for it.
    #[error(
        "no such file or folder: {name}; and no engine to ask for an image of that name: {why}; \
        start the engine, or give a path to an archive, an OCI layout or a root file system tar"
    )]
    Nowhere { name: String, why: EngineError },
    /// The engine does not have it.
    #[error("{name}: {place} ({words}); `{remedy}` fetches it")]
    NoImage { name: String, place: String, words: String, remedy: String },
    #[error("cannot read {what}: {error}")]
    Engine { what: String, error: EngineError },
    #[error("cannot open the base image {name}: {why}")]
    Base { name: String, why: String },
    #[error("cannot read on: {0}")]
    Internal(String),
}

/// Says at once whether there is anything where the user points. An engine that takes its time is not waited for.
pub fn locate(request: &OpenRequest) -> Result<(), OpenError> {
    for image in request.image.iter().chain(&request.base) {
        let Place::Engine(wanted) = Place::parse(image)? else { continue };
        let task = Task::new();
        let (send, receive) = mpsc::channel();
        let (asking, engines) = (task.clone(), request.engines.clone());
        std::thread::spawn(move || send.send(EngineImage::find(&wanted, &engines, &asking).map(drop)));
        let answer = receive.recv_timeout(BRIEFLY);
        task.cancel();
        answer.unwrap_or(Ok(()))?;
    }
    Ok(())
}

/// Whether `image`, which is a file or folder here, could have meant an image of the engine as well. Says no when no
/// engine says yes soon.
pub fn shadows(image: &str, engines: &Engines) -> bool {
    std::path::Path::new(image).exists() && could_be_name(image) && line::has_image(engines, image, BRIEFLY)
}

/// Opens an image. Blocking: call it off the UI thread. Cancelling through `task` makes it fail soon.
pub fn open(request: &OpenRequest, task: &Task, on: &mut dyn FnMut(OpenEvent)) -> Result<Image, OpenError> {
    open_keeping(request, task, on).map(|opened| opened.image)
}

/// [`open`], keeping the way to the contents.
pub fn open_keeping(
    request: &OpenRequest,
    task: &Task,
    on: &mut dyn FnMut(OpenEvent),
) -> Result<Opened, OpenError> {
    Source::open(request, task)?.read(request, task, on)
}

/// Opens an image in an archive that passes by once: an uncompressed tar in any of the archive forms, its members
/// in any order. Nothing is kept on disk, so contents cannot be read again.
pub fn open_stream(
    reader: impl std::io::Read,
    reference: &str,
    request: &OpenRequest,
    task: &Task,
    on: &mut dyn FnMut(OpenEvent),
) -> Result<Opened, OpenError> {
    Source::stream(reader, reference, task)?.read(request, task, on)
}

/// Layers as they come in → the image.
pub(super) struct Merge {
    head: Head,
    layers: Vec<Layer>,
    builder: Builder,
    counting: Option<Counting>,
    /// No layer was damaged or holds what programs take in different ways.
    regular: bool,
    /// Oddities met while reading, which the tree does not know of.
    notes: Vec<Problem>,
    /// The bytes of the layers merged so far, where they can be read at will.
    plain: Vec<Option<Plain>>,
    last_partial: Instant,
}

impl Merge {
    pub(super) fn new(head: Head, layers: Vec<Layer>, request: &OpenRequest) -> Merge {
        let except = |wanted: &Reckoning| Except {
            layers: head.stated_layers.filter(|_| wanted.without_base).unwrap_or(0),
            paths: wanted.paths.clone(),
        };
        let counting = request.dive.as_ref().map(except).map(Counting::begin);
        let (builder, notes, plain) = (Builder::new(), Vec::new(), Vec::new());
        Merge { head, layers, builder, counting, regular: true, notes, plain, last_partial: Instant::now() }
    }

    pub(super) fn run(
        mut self,
        blobs: &Blobs,
        candidate: &Candidate,
        verify: bool,
        task: &Task,
        on: &mut dyn FnMut(OpenEvent),
    ) -> Result<(Image, Option<Figures>), OpenError> {
        let threads = threads();
        let plans: Vec<Plan> =
            candidate.layers.iter().map(|layer| Plan::new(blobs, layer, verify, threads)).collect();
        let work: Vec<(usize, usize)> = plans
            .iter()
            .enumerate()
            .skip(self.builder.layers())
            .flat_map(|(layer, plan)| (0..plan.pieces()).map(move |piece| (layer, piece)))
            .collect();
        let next = AtomicUsize::new(0);
        let (send, receive) = mpsc::sync_channel(threads);
        std::thread::scope(|scope| {
            for _ in 0..threads.min(work.len()) {
                let (send, next, work, plans) = (send.clone(), &next, &work, &plans);
                scope.spawn(move || {
                    while let Some((layer, piece)) = work.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                        let read = plans[layer].read(piece, candidate.layers[layer].lazy, task);
                        // Nobody listens any more once the merge has failed.
                        if send.send((layer, piece, read)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(send);
            self.merge(candidate, &plans, receive, task, on)
        })?;
        let mut problems = std::mem::take(&mut self.head.problems);
        problems.append(&mut self.notes);
        self.head.problems = problems;
        let image = finish(self.head, self.layers, self.builder.finish());
        let same = candidate.dive_reads && self.regular;
        let figures = self.counting.and_then(|counting| counting.end(same));
        Ok((image, figures))
    }

    // The receiver comes by value: when merging fails, readers must find nobody listening and stop.
    #[allow(clippy::needless_pass_by_value)]
    fn merge(
        &mut self,
        candidate: &Candidate,
        plans: &[Plan],
        receive: mpsc::Receiver<(usize, usize, Piece)>,
        task: &Task,
        on: &mut dyn FnMut(OpenEvent),
    ) -> Result<(), OpenError> {
        let mut waiting: HashMap<(usize, usize), Piece> = HashMap::new();
        while self.builder.layers() < self.layers.len() {
            let index = self.builder.layers();
            let pieces = plans[index].pieces();
            if (0..pieces).any(|piece| !waiting.contains_key(&(index, piece))) {
                let stopped = |_| OpenError::Internal("a reader stopped".to_owned());
                let (layer, piece, read) = receive.recv().map_err(stopped)?;
                waiting.insert((layer, piece), read);
                continue;
            }
            let pieces = (0..pieces).filter_map(|piece| waiting.remove(&(index, piece))).collect();
            let lazy = candidate.layers[index].lazy;
            let mut outcome = plans[index].join(pieces, lazy, task);
            let changes = match Arc::get_mut(&mut outcome) {
                Some(own) => std::mem::take(&mut own.read.changes),
                None => outcome.read.changes.clone(),
            };
            self.add(&outcome, changes, lazy, task, on)?;
        }
        Ok(())
    }

    /// Merges the next layer.
    pub(super) fn add(
        &mut self,
        outcome: &LayerOutcome,
        mut changes: Vec<Arc<Changeset>>,
        lazy: bool,
        task: &Task,
        on: &mut dyn FnMut(OpenEvent),
    ) -> Result<(), OpenError> {
        let index = self.builder.layers();
        // What a stream read before the manifest was known may yet turn out to be annotated as lazy.
        for part in changes.iter_mut().filter(|part| lazy && !part.lazy) {
            Arc::make_mut(part).lazy = true;
        }
        self.plain.push(outcome.plain.clone());
        if let Some(counting) = &self.counting {
            counting.add(changes.clone());
        }
        self.regular &= outcome.problem.is_none() && !outcome.read.irregular;
        let totals = self.builder.apply(changes, &mut Ranges { plain: &self.plain, task });
        if task.is_cancelled() {
            return Err(SourceError::Cancelled.into());
        }
        self.layers[index].totals = totals;
        self.take_outcome(index, outcome);
        on(OpenEvent::Layer(index, Box::new(self.layers[index].clone())));
        self.offer_partial(on);
        Ok(())
    }

    /// Takes better knowledge of the image, after `merged` were merged on the strength of what was known before.
    pub(super) fn settle(&mut self, head: Head, layers: Vec<Layer>, merged: &[Arc<LayerOutcome>]) {
        let totals: Vec<_> = self.layers.iter().map(|layer| layer.totals).collect();
        (self.head, self.layers) = (head, layers);
        self.notes.clear();
        for (index, outcome) in merged.iter().enumerate() {
            self.layers[index].totals = totals[index];
            self.take_outcome(index, outcome);
        }
    }

    /// What reading told about the layer itself.
    fn take_outcome(&mut self, index: usize, outcome: &LayerOutcome) {
        let layer = &mut self.layers[index];
        layer.blob_bytes = outcome.blob_bytes.or(layer.blob_bytes);
        layer.problem.clone_from(&outcome.problem);
        let mut notes: Vec<String> = outcome.read.oddities.clone();
        let mut check = |stated: &Option<Digest>, computed: &Option<Digest>, what: &str| {
            let (stated, computed) = (stated.as_ref()?, computed.as_ref()?);
            if stated.algorithm() != computed.algorithm() {
                return None;
            }
            if stated != computed {
                notes.push(format!("the {what} is stated as {stated} but the bytes have {computed}"));
            }
            Some(stated == computed)
        };
        let blob = check(&layer.digest, &outcome.blob_digest, "digest");
        let diff = check(&layer.diff_id, &outcome.diff_id, "diff ID");
        layer.verified = match (blob, diff) {
            (None, None) => None,
            (blob, diff) => Some(blob.unwrap_or(true) && diff.unwrap_or(true)),
        };
        layer.diff_id = layer.diff_id.take().or_else(|| outcome.diff_id.clone());
        self.notes.extend(notes.into_iter().map(|text| Problem { layer: Some(index), text }));
    }

    fn offer_partial(&mut self, on: &mut dyn FnMut(OpenEvent)) {
        let more = self.builder.layers() < self.layers.len();
        if !more || self.builder.records() > MAX_PARTIAL || self.last_partial.elapsed() < PARTIAL_EVERY {
            return;
        }
        let tree = self.builder.snapshot();
        on(OpenEvent::Partial(Box::new(finish(self.head.clone(), self.layers.clone(), tree))));
        self.last_partial = Instant::now();
    }
}

fn finish(head: Head, mut layers: Vec<Layer>, tree: Tree) -> Image {
    for (index, layer) in layers.iter_mut().enumerate().take(tree.layers()) {
        layer.totals = tree.totals(index);
    }
    Image { head, layers, tree }
}

pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Answers questions about contents by reading them from plain layers.
struct Ranges<'a> {
    plain: &'a [Option<Plain>],
    task: &'a Task,
}

impl Contents for Ranges<'_> {
    fn hashes(&mut self, wanted: &[ContentAt]) -> Vec<Option<u64>> {
        let hash = |at: &ContentAt| {
            let plain = self.plain.get(at.layer)?.as_ref()?;
            hash_content(plain, at.offset, at.bytes, self.task).ok()
        };
        let workers = threads().min(wanted.len() / 64 + 1);
        let size = wanted.len().div_ceil(workers.max(1)).max(1);
        std::thread::scope(|scope| {
            let parts: Vec<_> = wanted
                .chunks(size)
                .map(|part| scope.spawn(move || part.iter().map(hash).collect::<Vec<_>>()))
                .collect();
            // A part whose thread died counts as unknown, which is never wrong.
            let lengths = wanted.chunks(size).map(<[ContentAt]>::len);
            parts
                .into_iter()
                .zip(lengths)
                .flat_map(|(part, length)| part.join().unwrap_or_else(|_| vec![None; length]))
                .collect()
        })
    }
}
