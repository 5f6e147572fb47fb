//! Contents of a layer, read again: where each of them lies, or all that are wanted as the layer passes by once.

use std::collections::BTreeSet;
use std::io::{self, Read};

use super::Task;
use super::blobs::{Blobs, Slot};
use super::codec::Codec;
use super::outcome::Plain;
use super::range::RangeInput;
use super::roots::LayerRef;
use crate::image::tar::{Fault, Input, Reader, Stream};

/// What is heard of a content as it passes.
#[derive(Debug)]
pub enum Piece<'a> {
    /// The next bytes.
    Bytes(&'a [u8]),
    /// The next so many bytes are zeros that are stored nowhere. Holes cost nothing to claim.
    Hole(u64),
    /// The content was complete.
    End,
}

/// Hears the pieces of contents, each with the offset of its content in the layer's tar. One content follows the
/// other.
pub type Sink<'a> = dyn FnMut(u64, Piece<'_>) + 'a;

/// The bytes of a layer that is stored as a plain tar in a file; `None` for one that has to pass by.
pub fn plain(blobs: &Blobs, layer: &LayerRef) -> io::Result<Option<Plain>> {
    let slot = match &layer.slot {
        Some(Slot::Bytes(_)) => return Ok(None),
        Some(slot) => slot,
        None => return Err(missing(layer)),
    };
    let range = blobs.range(slot)?;
    let mut head = [0; 6];
    let count = range.peek(&mut head)?;
    Ok((Codec::sniff(&head[..count]) == Codec::Plain).then_some(range))
}

/// Hands out one content of a plain layer, without holes: `bytes` from `offset` on, read through `buffer`.
pub fn read_at(
    plain: &Plain,
    (offset, bytes): (u64, u64),
    buffer: &mut [u8],
    task: &Task,
    sink: &mut dyn FnMut(&[u8]),
) -> io::Result<()> {
    let mut range = plain.part(offset, bytes);
    let mut left = bytes;
    while left > 0 {
        let want = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = super::range::read_full(&mut range, &mut buffer[..want])?;
        task.advance(count as u64)?;
        if count == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the content is cut short"));
        }
        sink(&buffer[..count]);
        left -= count as u64;
    }
    Ok(())
}

/// Hands out the contents that start at `offsets` of the layer's tar, in the order in which they stand there. Of a
/// plain layer only headers and these contents are read; any other one passes by, as far as it must.
pub fn contents(
    blobs: &Blobs,
    layer: &LayerRef,
    offsets: &BTreeSet<u64>,
    task: &Task,
    sink: &mut Sink<'_>,
) -> io::Result<()> {
    if let Some(Slot::Bytes(bytes)) = &layer.slot {
        return contents_at(Codec::sniff(bytes).decode(&**bytes)?, offsets, sink);
    }
    if let Some(plain) = plain(blobs, layer)? {
        return walk(Reader::new(RangeInput::new(plain, task)), offsets, sink);
    }
    let range = blobs.range(layer.slot.as_ref().ok_or_else(|| missing(layer))?)?;
    let mut head = [0; 6];
    let count = range.peek(&mut head)?;
    contents_at(Codec::sniff(&head[..count]).decode(task.meter(range))?, offsets, sink)
}

/// The same for an uncompressed layer that passes by.
pub(super) fn contents_at(tar: impl Read, offsets: &BTreeSet<u64>, sink: &mut Sink<'_>) -> io::Result<()> {
    walk(Reader::new(Stream::new(tar)), offsets, sink)
}

fn missing(layer: &LayerRef) -> io::Error {
    io::Error::other(layer.missing.clone().unwrap_or_else(|| "its blob is missing".to_owned()))
}

fn walk<I: Input>(mut reader: Reader<I>, offsets: &BTreeSet<u64>, sink: &mut Sink<'_>) -> io::Result<()> {
    let other = |fault: Fault| io::Error::other(fault.to_string());
    let mut left = offsets.len();
    while left > 0
        && let Some(header) = reader.next().map_err(other)?
    {
        let offset = header.offset;
        if !offsets.contains(&offset) {
            continue;
        }
        left -= 1;
        let logical = header.logical_bytes.unwrap_or(header.bytes);
        let mut at = 0;
        reader
            .content(&mut |from, bytes| {
                if from > at {
                    sink(offset, Piece::Hole(from - at));
                }
                sink(offset, Piece::Bytes(bytes));
                at = from + bytes.len() as u64;
            })
            .map_err(other)?;
        if logical > at {
            sink(offset, Piece::Hole(logical - at));
        }
        sink(offset, Piece::End);
    }
    if left == 0 { Ok(()) } else { Err(io::Error::other("a content is not where it was")) }
}

/// Whether two layers are the very same bytes, so that one reading serves both.
pub fn same_place(one: &LayerRef, other: &LayerRef) -> bool {
    match (&one.slot, &other.slot) {
        (Some(Slot::Range(a)), Some(Slot::Range(b))) => (a.start, a.end) == (b.start, b.end),
        (Some(Slot::File(a)), Some(Slot::File(b))) => a == b,
        (Some(Slot::Layer(a)), Some(Slot::Layer(b))) => a.member.is_some() && a.member == b.member,
        _ => false,
    }
}
