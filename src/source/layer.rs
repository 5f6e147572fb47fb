//! One layer's blob → its changeset and digests.

use std::io::{self, Read};
use std::sync::Arc;

use super::Task;
use super::aside::{Copying, Hashing, Sum};
use super::blobs::{Blobs, Slot};
use super::codec::{Codec, opens_tar};
use super::outcome::{LayerOutcome, Plain};
use super::range::{Range, RangeInput};
use super::roots::LayerRef;
use crate::image::tar::{BLOCK, Input as _, LayerRead, Reader, Stream, is_header, read_entries, read_layer};

/// One layer as one or several pieces of work, to be done on any thread.
///
/// A plain tar in a file is walked header by header, which only one thread can do. So a large one is cut: each
/// further piece looks for a header behind its cut and starts there. Whether that was a true entry, and not
/// something that looks like one inside a file, shows when the piece before arrives exactly there; if it does
/// not, what was read is thrown away and read again from where the piece before stopped.
#[derive(Debug)]
pub struct Plan {
    way: Way,
    pieces: usize,
}

#[derive(Debug)]
enum Way {
    /// Nothing to read: the outcome is known.
    Known(Arc<LayerOutcome>),
    /// A plain tar whose contents are stepped over.
    Walk(Range),
    /// All bytes pass by.
    Stream { range: Range, codec: Codec },
}

/// What one piece yielded.
#[derive(Debug)]
pub enum Piece {
    Whole(Arc<LayerOutcome>),
    Part { start: Option<u64>, read: LayerRead },
}

/// Pieces are not smaller than this, in bytes.
const MIN_PIECE: u64 = 32 << 20;
/// How far behind a cut a header is looked for, in bytes.
const SEARCH: u64 = 8 << 20;

impl Plan {
    /// Plans the reading of a layer, for `threads` threads. With `verify` a plain layer is read whole, to
    /// compute its digest.
    pub fn new(blobs: &Blobs, layer: &LayerRef, verify: bool, threads: usize) -> Plan {
        let known = |outcome| Plan { way: Way::Known(outcome), pieces: 1 };
        let failed = |problem: String| known(Arc::new(LayerOutcome::failed(problem)));
        let slot = match (&layer.slot, &layer.missing) {
            (Some(Slot::Layer(outcome)), _) => return known(Arc::clone(outcome)),
            (Some(Slot::Bytes(bytes)), _) => return known(Arc::new(read_bytes(bytes, layer.lazy))),
            (Some(slot), _) => slot,
            (None, Some(why)) => return failed(why.clone()),
            (None, None) => return failed("its blob is missing".to_owned()),
        };
        let mut head = [0; BLOCK];
        let range = blobs.range(slot).and_then(|range| Ok((range.peek(&mut head)?, range)));
        let (head, range) = match range {
            Ok((count, range)) => (&head[..count], range),
            Err(error) => return failed(format!("cannot open its blob: {error}")),
        };
        match Codec::sniff(head) {
            Codec::Plain if !opens_tar(head) => {
                let failed = LayerOutcome::failed(not_a_tar(head));
                known(Arc::new(LayerOutcome { blob_bytes: Some(range.length()), ..failed }))
            }
            Codec::Plain if !verify => {
                let pieces = (range.length() / MIN_PIECE).clamp(1, threads as u64) as usize;
                Plan { way: Way::Walk(range), pieces }
            }
            codec => Plan { way: Way::Stream { range, codec }, pieces: 1 },
        }
    }

    pub fn pieces(&self) -> usize {
        self.pieces
    }

    /// Does one piece of the work. Whatever is wrong with the layer is part of the outcome.
    pub fn read(&self, piece: usize, lazy: bool, task: &Task) -> Piece {
        match &self.way {
            Way::Known(outcome) => Piece::Whole(Arc::clone(outcome)),
            Way::Walk(range) => {
                let start = if piece == 0 { Some(0) } else { find_header(range, self.cut(range, piece)) };
                let read = start.map_or_else(LayerRead::default, |start| {
                    walk(range, start, self.cut(range, piece + 1), task)
                });
                Piece::Part { start, read }
            }
            Way::Stream { range, codec } => {
                let mut outcome = read_stream(task.meter(range.clone()), *codec, lazy, Hashing::Here);
                outcome.plain = (*codec == Codec::Plain).then(|| range.clone());
                outcome.blob_bytes = Some(range.length());
                Piece::Whole(Arc::new(outcome))
            }
        }
    }

    /// Puts the pieces together, in order.
    pub fn join(&self, pieces: Vec<Piece>, lazy: bool, task: &Task) -> Arc<LayerOutcome> {
        let mut whole = LayerRead::default();
        for (index, piece) in pieces.into_iter().enumerate() {
            let (start, read) = match piece {
                Piece::Whole(outcome) => return outcome,
                Piece::Part { start, read } => (start, read),
            };
            match (index, whole.stopped_at, &self.way) {
                (0, ..) => whole = read,
                // The end, or a fault, lay before this piece.
                (_, None, _) => break,
                (_, at, _) if at == start => whole.append(read),
                (_, Some(at), Way::Walk(range)) => {
                    whole.append(walk(range, at, self.cut(range, index + 1), task));
                }
                _ => {}
            }
        }
        whole.set_lazy(lazy);
        let range = if let Way::Walk(range) = &self.way { Some(range.clone()) } else { None };
        let blob_bytes = range.as_ref().map(Range::length);
        Arc::new(LayerOutcome { read: whole, blob_bytes, plain: range, ..LayerOutcome::default() }.finish())
    }

    /// Where piece `index` begins; the last one ends nowhere.
    fn cut(&self, range: &Range, index: usize) -> u64 {
        if index >= self.pieces {
            return u64::MAX;
        }
        let even = range.length() / self.pieces as u64 * index as u64;
        even - even % BLOCK as u64
    }
}

fn walk(range: &Range, start: u64, until: u64, task: &Task) -> LayerRead {
    let input = RangeInput::new(range.part(start, u64::MAX), task);
    read_entries(&mut Reader::starting_at(input, start), until)
}

/// The first block at or behind `from` that could be a header.
fn find_header(range: &Range, from: u64) -> Option<u64> {
    let mut at = from;
    let mut buffer = vec![0; 64 * 1024];
    while at < from + SEARCH {
        let count = range.part(at, buffer.len() as u64).peek(&mut buffer).ok()?;
        let blocks = buffer[..count].as_chunks::<BLOCK>().0;
        if let Some(found) =
            blocks.iter().position(|block| block[257..].starts_with(b"ustar") && is_header(block))
        {
            return Some(at + (found * BLOCK) as u64);
        }
        if blocks.is_empty() {
            return None;
        }
        at += (blocks.len() * BLOCK) as u64;
    }
    None
}

/// Reads a layer that the manifest carries inline.
fn read_bytes(bytes: &[u8], lazy: bool) -> LayerOutcome {
    let head = &bytes[..bytes.len().min(BLOCK)];
    match Codec::sniff(head) {
        Codec::Plain if !opens_tar(head) => LayerOutcome::failed(not_a_tar(head)),
        codec => read_stream(bytes, codec, lazy, Hashing::Here),
    }
}

/// Reads a layer that passes by once, computing both digests on the way.
pub(super) fn read_stream(blob: impl Read, codec: Codec, lazy: bool, hashing: Hashing) -> LayerOutcome {
    let mut blob = Tap::new(blob, (codec != Codec::Plain).then(|| Copying::new(hashing)));
    let mut outcome = LayerOutcome::default();
    let decoded = match codec.decode(&mut blob) {
        Ok(decoded) => decoded,
        Err(error) => return LayerOutcome::failed(error.to_string()),
    };
    let (read, mut input) = read_layer(Stream::spending(decoded, Sum::new(hashing)));
    outcome.read = read;
    // Digests cover everything, what stands behind the end mark included.
    let drained = input.drain();
    let diff_id = input.into_spent().digest();
    match drained {
        Ok(_) => outcome.diff_id = Some(diff_id),
        Err(error) if outcome.read.fault.is_none() => {
            outcome.read.oddities.push(format!("the layer is complete but its end is damaged: {error}"));
        }
        Err(_) => {}
    }
    if blob.drain().is_ok() {
        outcome.read.set_lazy(lazy || codec == Codec::Gzip && blob.ends_as_estargz());
        outcome.blob_bytes = Some(blob.length);
        if codec == Codec::Plain {
            outcome.blob_digest.clone_from(&outcome.diff_id);
        } else {
            outcome.blob_digest = blob.sum.map(Copying::digest);
        }
    }
    outcome.finish()
}

pub(super) fn not_a_tar(head: &[u8]) -> String {
    let start = String::from_utf8_lossy(&head[..head.len().min(64)]).trim_start().to_ascii_lowercase();
    let looks = if start.starts_with("<!doctype") || start.starts_with("<html") {
        " (it looks like a web page)"
    } else if crate::image::json::looks_like_json(head) {
        " (it looks like JSON)"
    } else {
        ""
    };
    format!("its blob is no tar archive{looks}")
}

/// Counts and hashes what passes, and remembers the end.
struct Tap<R> {
    inner: R,
    sum: Option<Copying>,
    length: u64,
    tail: Vec<u8>,
}

const TAIL: usize = 64;

impl<R: Read> Tap<R> {
    fn new(inner: R, sum: Option<Copying>) -> Tap<R> {
        Tap { inner, sum, length: 0, tail: Vec::with_capacity(2 * TAIL) }
    }

    fn drain(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        while self.read(&mut buffer)? > 0 {}
        Ok(())
    }

    /// eStargz ends in an empty gzip member whose extra field names the format (stargz-snapshotter, estargz.md).
    fn ends_as_estargz(&self) -> bool {
        self.tail.windows(6).any(|window| window == b"STARGZ")
    }
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let bytes = &buffer[..count];
        if let Some(sum) = &mut self.sum {
            sum.update(bytes);
        }
        self.length += count as u64;
        self.tail.extend_from_slice(&bytes[count.saturating_sub(TAIL)..]);
        let excess = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..excess);
        Ok(count)
    }
}

/// Bytes `offset..offset + length` of a plain layer's tar, hashed as [`crate::image::tar::ContentHasher`] does.
pub fn hash_content(plain: &Plain, offset: u64, length: u64, task: &Task) -> io::Result<u64> {
    let mut hasher = crate::image::tar::ContentHasher::default();
    let mut stream = Stream::new(plain.part(offset, length));
    let mut left = length;
    while left > 0 {
        let chunk = stream.fill(1)?;
        if chunk.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the content is cut short"));
        }
        let count = chunk.len();
        hasher.update(chunk);
        stream.consume(count);
        left = left.saturating_sub(count as u64);
        task.advance(0)?;
    }
    Ok(hasher.finish())
}
