//! One layer's blob → its changeset and digests.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::blobs::{Blobs, Slot};
use super::codec::{Codec, opens_tar};
use super::range::{Range, RangeInput};
use super::roots::LayerRef;
use super::{SourceError, Task};
use crate::image::Digest;
use crate::image::tar::{BLOCK, Input as _, LayerRead, Reader, Stream, read_layer};

/// What became of a layer.
#[derive(Debug, Default)]
pub struct LayerOutcome {
    pub read: LayerRead,
    /// Bytes of the blob as stored.
    pub blob_bytes: Option<u64>,
    /// Computed where the bytes passed anyway.
    pub blob_digest: Option<Digest>,
    pub diff_id: Option<Digest>,
    /// Why the layer could not be read whole.
    pub problem: Option<String>,
    /// Its content can be read again at any offset, without decompressing.
    pub plain: Option<Plain>,
}

impl LayerOutcome {
    fn failed(problem: impl Into<String>) -> LayerOutcome {
        LayerOutcome { problem: Some(problem.into()), ..LayerOutcome::default() }
    }
}

/// The bytes of an uncompressed layer.
pub type Plain = Range;

/// Reads a layer. With `verify` a plain layer is read whole, to compute its digest. Only being cancelled is an
/// error: whatever is wrong with the layer is part of the outcome.
pub fn read(
    blobs: &Blobs,
    layer: &LayerRef,
    verify: bool,
    task: &Task,
) -> Result<std::sync::Arc<LayerOutcome>, SourceError> {
    let outcome = match (&layer.slot, &layer.missing) {
        (Some(Slot::Layer(outcome)), _) => return Ok(std::sync::Arc::clone(outcome)),
        (Some(slot), _) => match blobs.range(slot) {
            Ok(range) => read_range(&range, layer.lazy, verify, task),
            Err(error) => LayerOutcome::failed(format!("cannot open its blob: {error}")),
        },
        (None, Some(why)) => LayerOutcome::failed(why.as_str()),
        (None, None) => LayerOutcome::failed("its blob is missing"),
    };
    if task.is_cancelled() { Err(SourceError::Cancelled) } else { Ok(std::sync::Arc::new(outcome)) }
}

fn read_range(range: &Range, lazy: bool, verify: bool, task: &Task) -> LayerOutcome {
    let mut head = [0; BLOCK];
    let count = match range.peek(&mut head) {
        Ok(count) => count,
        Err(error) => return LayerOutcome::failed(error.to_string()),
    };
    let head = &head[..count];
    let codec = Codec::sniff(head);
    if codec == Codec::Plain && !opens_tar(head) {
        return LayerOutcome { blob_bytes: Some(range.length()), ..LayerOutcome::failed(not_a_tar(head)) };
    }
    let mut outcome = if codec == Codec::Plain && !verify {
        let (read, _) = read_layer(RangeInput::new(range.clone(), task));
        LayerOutcome { read, plain: Some(range.clone()), ..LayerOutcome::default() }
    } else {
        let mut outcome = read_stream(task.meter(range.clone()), codec, lazy);
        outcome.plain = (codec == Codec::Plain).then(|| range.clone());
        outcome
    };
    outcome.blob_bytes = Some(range.length());
    outcome.read.changes.lazy |= lazy;
    outcome.finish()
}

/// Reads a layer that passes by once, computing both digests on the way.
pub(super) fn read_stream(blob: impl Read, codec: Codec, lazy: bool) -> LayerOutcome {
    let mut blob = Tap::new(blob, codec != Codec::Plain);
    let mut outcome = LayerOutcome::default();
    let decoded = match codec.decode(&mut blob) {
        Ok(decoded) => decoded,
        Err(error) => return LayerOutcome::failed(error.to_string()),
    };
    let (read, mut input) = read_layer(Stream::new(Tap::new(decoded, true)));
    outcome.read = read;
    // Digests cover everything, what stands behind the end mark included.
    let drained = input.drain();
    let diff_id = input.into_inner().digest();
    match drained {
        Ok(_) => outcome.diff_id = Some(diff_id),
        Err(error) if outcome.read.fault.is_none() => {
            outcome.read.oddities.push(format!("the layer is complete but its end is damaged: {error}"));
        }
        Err(_) => {}
    }
    if blob.drain().is_ok() {
        outcome.read.changes.lazy = lazy || codec == Codec::Gzip && blob.ends_as_estargz();
        outcome.blob_bytes = Some(blob.length);
        if codec == Codec::Plain {
            outcome.blob_digest.clone_from(&outcome.diff_id);
        } else {
            outcome.blob_digest = Some(blob.digest());
        }
    }
    outcome.finish()
}

impl LayerOutcome {
    fn finish(mut self) -> LayerOutcome {
        if self.problem.is_none() {
            self.problem = self.read.fault.as_ref().map(ToString::to_string);
        }
        self
    }
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
    sha256: Option<Sha256>,
    length: u64,
    tail: Vec<u8>,
}

const TAIL: usize = 64;

impl<R: Read> Tap<R> {
    fn new(inner: R, hash: bool) -> Tap<R> {
        Tap { inner, sha256: hash.then(Sha256::new), length: 0, tail: Vec::with_capacity(2 * TAIL) }
    }

    fn digest(self) -> Digest {
        Digest::sha256(&self.sha256.unwrap_or_default().finalize())
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
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
        self.length += count as u64;
        self.tail.extend_from_slice(&bytes[count.saturating_sub(TAIL)..]);
        let excess = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..excess);
        Ok(count)
    }
}

/// Bytes `offset..offset + length` of a plain layer's tar, hashed as [`crate::image::tar::ContentHasher`] does.
pub fn hash_content(plain: &Plain, offset: u64, length: u64, task: &Task) -> io::Result<u128> {
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

/// Longest sparse file whose holes are written out, in bytes.
const MAX_EXPANDED: u64 = 8 << 30;

/// Hands the content that starts at `offset` of the layer's tar to `sink`, holes as zeros.
pub fn content(
    blobs: &Blobs,
    layer: &LayerRef,
    offset: u64,
    task: &Task,
    sink: &mut dyn FnMut(&[u8]),
) -> io::Result<()> {
    let slot = layer.slot.as_ref().ok_or_else(|| io::Error::other("the layer is missing"))?;
    let range = blobs.range(slot)?;
    let mut head = [0; 6];
    let count = range.peek(&mut head)?;
    match Codec::sniff(&head[..count]) {
        Codec::Plain => walk_to(Reader::new(RangeInput::new(range, task)), offset, sink),
        codec => walk_to(Reader::new(Stream::new(codec.decode(task.meter(range))?)), offset, sink),
    }
}

fn walk_to<I: crate::image::tar::Input>(
    mut reader: Reader<I>,
    offset: u64,
    sink: &mut dyn FnMut(&[u8]),
) -> io::Result<()> {
    let other = |fault: crate::image::tar::Fault| io::Error::other(fault.to_string());
    while let Some(header) = reader.next().map_err(other)? {
        if header.offset != offset {
            continue;
        }
        let logical = header.logical_bytes.unwrap_or(header.bytes);
        if logical > MAX_EXPANDED {
            return Err(io::Error::other("the file is too large to write out its holes"));
        }
        let mut at = 0;
        reader
            .content(&mut |from, bytes| {
                zeros(from.saturating_sub(at), sink);
                sink(bytes);
                at = from + bytes.len() as u64;
            })
            .map_err(other)?;
        zeros(logical.saturating_sub(at), sink);
        return Ok(());
    }
    Err(io::Error::other("the content is not where it was"))
}

fn zeros(mut count: u64, sink: &mut dyn FnMut(&[u8])) {
    let block = [0; 8 * 1024];
    while count > 0 {
        let step = count.min(block.len() as u64);
        sink(&block[..step as usize]);
        count -= step;
    }
}
