//! Contents of an opened image, read again for whoever takes them: on all cores, each layer once, nothing kept.
//!
//! Of a plain layer exactly the ranges of the wanted contents are read, in batches that any thread takes. A compressed
//! layer passes by once, on one thread for each; small contents are then handed to threads that have nothing to read.
//! An engine's image is exported once more. What cannot be read is named, and the rest comes all the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::OpenError;
use super::parcels::{Parcel, Parcels};
use super::source::{Contents, Origin};
use crate::image::tree::{Problem, Stored};
use crate::source::contents::{self, Piece};
use crate::source::{Plain, SourceError, Task};

/// Contents up to this many bytes travel in parcels; larger ones are taken where they are read.
const SMALL: u64 = 1 << 20;
/// A parcel leaves when it holds this many bytes.
const PARCEL: usize = 256 << 10;
/// What one thread takes of a plain layer at once: so many bytes, or so many contents.
const BATCH_BYTES: u64 = 8 << 20;
const BATCH: usize = 256;
const BUFFER: usize = 256 << 10;

/// Takes contents, one after the other. What was begun and not ended was not there.
pub(super) trait Taker {
    type Yield: Clone + Send;
    /// A content begins, by its number in what was wanted.
    fn begin(&mut self, which: usize);
    fn take(&mut self, bytes: &[u8]);
    /// The next so many bytes are zeros; any number may be claimed.
    fn hole(&mut self, bytes: u64);
    fn end(&mut self) -> Self::Yield;
}

/// What a pass came to.
#[derive(Debug)]
pub(super) struct Passed<Y> {
    /// For each content that was wanted; `None` where it could not be read.
    pub yields: Vec<Option<Y>>,
    /// Layers that could not be read again, one line each.
    pub problems: Vec<Problem>,
    /// Bytes of contents that were taken.
    pub bytes: u64,
}

/// Reads the `wanted` contents, each once, with takers that `make` gives, one for each thread. Blocking.
pub(super) fn pass<T: Taker>(
    from: &Contents,
    wanted: &[Stored],
    make: &(dyn Fn() -> T + Sync),
    task: &Task,
) -> Result<Passed<T::Yield>, OpenError> {
    let plan = Wanted::new(from, wanted);
    let faults = Faults::default();
    let work = match &from.origin {
        Origin::Blobs => {
            let (work, bytes) = plan.work(from, &faults);
            task.expect_total(bytes);
            work
        }
        // The export is one stream, whatever it holds.
        Origin::Engine(_) => Vec::new(),
    };
    let streams = matches!(from.origin, Origin::Engine(_));
    let threads = super::open::threads();
    let shared = Shared {
        plan: &plan,
        from,
        task,
        faults: &faults,
        next: AtomicUsize::new(0),
        work: &work,
        parcels: Parcels::new(threads, 2 * threads),
    };
    let (mut yields, mut bytes, mut fault) = (vec![None; wanted.len()], 0, None);
    std::thread::scope(|scope| {
        let hands: Vec<_> = (0..threads)
            .map(|at| {
                let shared = &shared;
                scope.spawn(move || {
                    let mut hand = Hand { taker: make(), yields: Vec::new(), bytes: 0 };
                    let sender = shared.parcels.sender();
                    let read = if streams && at == 0 { shared.export(&mut hand) } else { Ok(()) };
                    shared.read(&mut hand);
                    drop(sender);
                    while let Some(parcel) = shared.parcels.receive() {
                        hand.open(&parcel);
                    }
                    (hand.yields, hand.bytes, read)
                })
            })
            .collect();
        for hand in hands {
            match hand.join() {
                Ok((own, count, read)) => {
                    own.into_iter().for_each(|(which, one)| yields[which] = Some(one));
                    bytes += count;
                    fault = fault.take().or(read.err());
                }
                Err(_) => fault = Some(OpenError::Internal("a reader stopped".to_owned())),
            }
        }
    });
    if task.is_cancelled() {
        return Err(SourceError::Cancelled.into());
    }
    if let Some(fault) = fault {
        return Err(fault);
    }
    for (which, first) in plan.also.iter().copied() {
        let same = yields[first].clone();
        yields[which] = same;
    }
    Ok(Passed { yields, problems: faults.problems(), bytes })
}

/// What is to be read: each content once, by where it is.
struct Wanted<'a> {
    all: &'a [Stored],
    /// Layer → offset → number of the content.
    places: BTreeMap<usize, BTreeMap<u64, usize>>,
    /// Contents that are the same bytes as an earlier one: of a layer that occurs twice, or wanted twice.
    also: Vec<(usize, usize)>,
}

impl<'a> Wanted<'a> {
    fn new(from: &Contents, all: &'a [Stored]) -> Wanted<'a> {
        let layers = &from.candidate.layers;
        let first = |layer: usize| {
            let same = |other: &usize| contents::same_place(&layers[layer], &layers[*other]);
            (0..layer).find(same).unwrap_or(layer)
        };
        let firsts: Vec<usize> = (0..layers.len()).map(first).collect();
        let mut wanted = Wanted { all, places: BTreeMap::new(), also: Vec::new() };
        for (which, stored) in all.iter().enumerate() {
            let Some(layer) = firsts.get(stored.layer) else { continue };
            let place = wanted.places.entry(*layer).or_default().entry(stored.offset).or_insert(which);
            if *place != which {
                wanted.also.push((which, *place));
            }
        }
        wanted
    }

    /// The pieces of work, those that take longest first, and the bytes that will be read for them.
    fn work(&self, from: &Contents, faults: &Faults) -> (Vec<Work>, u64) {
        let (mut walks, mut batches, mut total) = (Vec::new(), Vec::new(), 0u64);
        for (layer, places) in &self.places {
            let plain = match contents::plain(&from.blobs, &from.candidate.layers[*layer]) {
                Ok(plain) => plain,
                Err(error) => {
                    faults.add(*layer, &error);
                    continue;
                }
            };
            // Where the segments of a sparse file belong stands in its header; and a file that counts no bytes, as
            // those of lazy-pulling formats, may have some.
            let walked = |which: &usize| {
                plain.is_none() || self.all[*which].logical_bytes.is_some() || self.all[*which].bytes == 0
            };
            let offsets: BTreeSet<u64> =
                places.iter().filter(|(_, which)| walked(which)).map(|(offset, _)| *offset).collect();
            if !offsets.is_empty() {
                let blob = &from.candidate.layers[*layer];
                let whole = if plain.is_none() { blob.slot_bytes(&from.blobs) } else { None };
                total = total.saturating_add(whole.unwrap_or(0));
                walks.push(Work::Walk { layer: *layer, offsets });
            }
            let Some(plain) = &plain else { continue };
            let (mut batch, mut bytes) = (Vec::new(), 0);
            let mut flush = |batch: &mut Vec<usize>| {
                let contents = std::mem::take(batch);
                batches.push(Work::Batch { layer: *layer, plain: plain.clone(), contents });
            };
            for which in places.values().filter(|which| !walked(which)) {
                batch.push(*which);
                bytes += self.all[*which].bytes;
                total = total.saturating_add(self.all[*which].bytes);
                if batch.len() == BATCH || bytes > BATCH_BYTES {
                    flush(&mut batch);
                    bytes = 0;
                }
            }
            if !batch.is_empty() {
                flush(&mut batch);
            }
        }
        walks.append(&mut batches);
        (walks, total)
    }
}

enum Work {
    /// Contents of a plain layer, by number.
    Batch { layer: usize, plain: Plain, contents: Vec<usize> },
    /// A layer that passes by, or is walked.
    Walk { layer: usize, offsets: BTreeSet<u64> },
}

/// Why layers could not be read, the first reason of each.
#[derive(Default)]
struct Faults(Mutex<BTreeMap<usize, String>>);

impl Faults {
    fn add(&self, layer: usize, why: &dyn std::fmt::Display) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.entry(layer).or_insert_with(|| why.to_string());
    }

    fn problems(self) -> Vec<Problem> {
        let faults = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let problem = |(layer, why)| Problem {
            layer: Some(layer),
            text: format!("not all of its contents could be looked into: {why}"),
        };
        faults.into_iter().map(problem).collect()
    }
}

/// What the threads of a pass have in common.
struct Shared<'a> {
    plan: &'a Wanted<'a>,
    from: &'a Contents,
    task: &'a Task,
    faults: &'a Faults,
    next: AtomicUsize,
    work: &'a [Work],
    parcels: Parcels,
}

/// What one thread has.
struct Hand<T: Taker> {
    taker: T,
    yields: Vec<(usize, T::Yield)>,
    bytes: u64,
}

impl<T: Taker> Hand<T> {
    fn take(&mut self, bytes: &[u8]) {
        self.taker.take(bytes);
        self.bytes += bytes.len() as u64;
    }

    fn end(&mut self, which: usize) {
        let one = self.taker.end();
        self.yields.push((which, one));
    }

    fn open(&mut self, parcel: &Parcel) {
        for (which, range) in &parcel.contents {
            self.taker.begin(*which);
            self.take(&parcel.bytes[range.clone()]);
            self.end(*which);
        }
    }
}

impl Shared<'_> {
    /// Does what work there is.
    fn read<T: Taker>(&self, hand: &mut Hand<T>) {
        let mut buffer = vec![0; BUFFER];
        while let Some(work) = self.work.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.task.is_cancelled() {
                return;
            }
            match work {
                Work::Batch { layer, plain, contents } => {
                    for which in contents {
                        let stored = &self.plan.all[*which];
                        hand.taker.begin(*which);
                        let place = (stored.offset, stored.bytes);
                        match contents::read_at(plain, place, &mut buffer, self.task, &mut |b| hand.take(b)) {
                            Ok(()) => hand.end(*which),
                            Err(error) => self.faults.add(*layer, &error),
                        }
                    }
                }
                Work::Walk { layer, offsets } => {
                    let mut bundler = Bundler::new(self, hand);
                    let (blobs, place) = (&self.from.blobs, &self.from.candidate.layers[*layer]);
                    let read = contents::contents(blobs, place, offsets, self.task, &mut |offset, piece| {
                        bundler.hear(*layer, offset, piece);
                    });
                    bundler.finish();
                    if let Err(error) = read {
                        self.faults.add(*layer, &error);
                    }
                }
            }
        }
    }

    /// Has the engine send the image once more.
    fn export<T: Taker>(&self, hand: &mut Hand<T>) -> Result<(), OpenError> {
        let Origin::Engine(image) = &self.from.origin else { return Ok(()) };
        let mut members: HashMap<String, usize> = HashMap::new();
        let mut offsets: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for (layer, places) in &self.plan.places {
            let outcome = self.from.candidate.layers[*layer].outcome();
            match outcome.and_then(|outcome| outcome.member.clone()) {
                Some(member) => {
                    offsets.insert(member.clone(), places.keys().copied().collect());
                    members.insert(member, *layer);
                }
                None => self.faults.add(*layer, &"it did not come in the engine's archive"),
            }
        }
        if offsets.is_empty() {
            return Ok(());
        }
        let mut bundler = Bundler::new(self, hand);
        let layer = |member: &str| members.get(member).copied().unwrap_or(usize::MAX);
        let read = image.contents(
            &offsets,
            self.task,
            &mut |member, offset, piece| bundler.hear(layer(member), offset, piece),
            &mut |member, error: io::Error| self.faults.add(layer(member), &error),
        );
        bundler.finish();
        read
    }
}

/// Gathers what passes by into parcels, and takes itself what is too large for one.
struct Bundler<'a, 'h, T: Taker> {
    shared: &'a Shared<'a>,
    hand: &'h mut Hand<T>,
    parcel: Parcel,
    /// The content that is passing.
    current: Option<Passing>,
}

#[derive(Clone, Copy)]
struct Passing {
    which: usize,
    /// Where it begins in the parcel; `None` for one that is taken right here.
    start: Option<usize>,
}

impl<'a, 'h, T: Taker> Bundler<'a, 'h, T> {
    fn new(shared: &'a Shared<'a>, hand: &'h mut Hand<T>) -> Self {
        Bundler { shared, hand, parcel: Parcel::default(), current: None }
    }

    fn hear(&mut self, layer: usize, offset: u64, piece: Piece<'_>) {
        let plan = self.shared.plan;
        let Some(which) = plan.places.get(&layer).and_then(|places| places.get(&offset)).copied() else {
            return;
        };
        let passing = match self.current {
            Some(passing) if passing.which == which => passing,
            _ => self.begin(which),
        };
        match (piece, passing.start) {
            (Piece::Bytes(bytes), None) => self.hand.take(bytes),
            // What is longer now than it was is not what was wanted; nor may it fill the memory.
            (Piece::Bytes(bytes), Some(start))
                if self.parcel.bytes.len() - start + bytes.len() <= SMALL as usize =>
            {
                self.parcel.bytes.extend_from_slice(bytes);
            }
            (Piece::Hole(bytes), None) => self.hand.taker.hole(bytes),
            (Piece::Hole(bytes), Some(start))
                if ((self.parcel.bytes.len() - start) as u64).saturating_add(bytes) <= SMALL =>
            {
                self.parcel.bytes.resize(self.parcel.bytes.len() + bytes as usize, 0);
            }
            (Piece::Bytes(_) | Piece::Hole(_), Some(_)) => {}
            (Piece::End, None) => {
                self.hand.end(which);
                self.current = None;
            }
            (Piece::End, Some(start)) => {
                self.parcel.contents.push((which, start..self.parcel.bytes.len()));
                self.current = None;
                if self.parcel.bytes.len() >= PARCEL {
                    self.send();
                }
            }
        }
    }

    fn begin(&mut self, which: usize) -> Passing {
        self.drop_current();
        let small = self.shared.plan.all[which].length() <= SMALL;
        let passing = Passing { which, start: small.then_some(self.parcel.bytes.len()) };
        if !small {
            self.hand.taker.begin(which);
        }
        self.current = Some(passing);
        passing
    }

    /// Forgets a content that was cut short.
    fn drop_current(&mut self) {
        if let Some(Passing { start: Some(start), .. }) = self.current.take() {
            self.parcel.bytes.truncate(start);
        }
    }

    fn send(&mut self) {
        let parcel = std::mem::take(&mut self.parcel);
        if let Err(parcel) = self.shared.parcels.send(parcel) {
            self.hand.open(&parcel);
        }
    }

    fn finish(mut self) {
        self.drop_current();
        if !self.parcel.contents.is_empty() {
            self.send();
        }
    }
}
