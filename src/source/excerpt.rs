//! The beginnings of a few contents of a layer: what programs are told by.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::codec::Codec;
use super::{Blobs, LayerRef, Task};
use crate::image::tar::{Reader, Stream};

/// What is wanted of a content that starts somewhere in a layer's tar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Bytes that are stored for it.
    pub bytes: u64,
    /// Bytes that are enough.
    pub most: usize,
}

/// The first bytes of the contents that start at these places of the layer's tar. Of a compressed layer no more is
/// unpacked than up to the last of them. What is not found is left out.
pub fn excerpts(
    blobs: &Blobs,
    layer: &LayerRef,
    wanted: &BTreeMap<u64, Wanted>,
    task: &Task,
) -> io::Result<BTreeMap<u64, Vec<u8>>> {
    let slot = layer.slot.as_ref().ok_or_else(|| io::Error::other("the layer is missing"))?;
    let range = blobs.range(slot)?;
    let mut head = [0; 6];
    let count = range.peek(&mut head)?;
    let codec = Codec::sniff(&head[..count]);
    let mut found = BTreeMap::new();
    if codec == Codec::Plain {
        for (offset, wanted) in wanted {
            let length = wanted.bytes.min(wanted.most as u64);
            let mut bytes = Vec::new();
            range.part(*offset, length).take(length).read_to_end(&mut bytes)?;
            task.advance(0)?;
            found.insert(*offset, bytes);
        }
        return Ok(found);
    }
    let mut reader = Reader::new(Stream::new(codec.decode(task.meter(range))?));
    let fault = |fault: crate::image::tar::Fault| io::Error::other(fault.to_string());
    while found.len() < wanted.len()
        && let Some(header) = reader.next().map_err(fault)?
    {
        let offset = header.offset;
        let Some(wanted) = wanted.get(&offset) else { continue };
        let mut bytes = Vec::new();
        let mut take = |_, piece: &[u8]| {
            let room = wanted.most - bytes.len().min(wanted.most);
            bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        };
        reader.content(&mut take).map_err(fault)?;
        found.insert(offset, bytes);
    }
    Ok(found)
}
