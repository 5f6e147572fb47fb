//! An image archive that passes by once and is not kept: what an engine's export is.
//!
//! Nobody knows what a member is before the documents at the end have come. So each member is told by its first
//! bytes: documents are kept, layers are read as they pass, and the roots are looked for afterwards, exactly as
//! in a file.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, Read};
use std::rc::Rc;
use std::sync::Arc;

use super::blobs::{Blobs, Slot};
use super::codec::{Codec, opens_tar};
use super::layer::read_stream;
use super::outer::{self, Guard, Member};
use super::range::read_full;
use super::{SourceError, Task};
use crate::image::json::{MAX_JSON, looks_like_json};
use crate::image::tar::BLOCK;

/// Documents kept together, in bytes.
const MAX_DOCUMENTS: u64 = 64 << 20;

impl Blobs {
    /// Reads an uncompressed image archive in one forward pass: no seeking, no temporary file, members in any
    /// order.
    pub fn from_stream(reader: impl Read, what: &str, task: &Task) -> Result<Blobs, SourceError> {
        let budget = Rc::new(Cell::new(u64::MAX));
        let guard = Guard { inner: task.meter(reader), budget: Rc::clone(&budget) };
        let mut archive = tar::Archive::new(guard);
        let mut slots = HashMap::new();
        let mut problems = Vec::new();
        let mut documents = 0;
        let read = |error| SourceError::Read { what: what.to_owned(), error };
        let mut entries = archive.entries().map_err(read)?;
        loop {
            budget.set(4 << 20);
            let mut entry = match entries.next() {
                None => break,
                Some(Ok(entry)) => entry,
                Some(Err(_)) if task.is_cancelled() => return Err(SourceError::Cancelled),
                Some(Err(error)) => {
                    problems.push(format!("the archive is damaged: {}", outer::fault_text(&error)));
                    break;
                }
            };
            budget.set(u64::MAX);
            match outer::member(&entry, 0) {
                Some((name, Member::Link(target))) => drop(slots.insert(name, Slot::Link(target))),
                Some((name, Member::File { .. })) => {
                    if let Some(slot) = take(&mut entry, &mut documents).map_err(read)? {
                        slots.insert(name, slot);
                    }
                }
                None => {}
            }
            // The crate steps over what is left by reading it, which must not count as a header's bytes.
            io::copy(&mut entry, &mut io::sink()).map_err(read)?;
        }
        if task.is_cancelled() {
            return Err(SourceError::Cancelled);
        }
        Ok(Blobs::collected(what, slots, problems))
    }
}

/// Tells a member by its first bytes and takes it; `None` for what is neither document nor layer.
fn take(entry: &mut impl Read, documents: &mut u64) -> io::Result<Option<Slot>> {
    let mut head = [0; BLOCK];
    let count = read_full(entry, &mut head)?;
    let head = &head[..count];
    let mut rest = head.chain(entry);
    // A layer's first entry may well be called `[`.
    let tar = head.len() == BLOCK && opens_tar(head);
    if looks_like_json(head) && !tar {
        let mut bytes = Vec::new();
        rest.take(MAX_JSON.min(MAX_DOCUMENTS - *documents) + 1).read_to_end(&mut bytes)?;
        *documents = (*documents + bytes.len() as u64).min(MAX_DOCUMENTS);
        return Ok((bytes.len() as u64 <= MAX_JSON).then(|| Slot::Bytes(bytes.into())));
    }
    let codec = Codec::sniff(head);
    if codec == Codec::Plain && !opens_tar(head) {
        // Version files and the like; kept when small, since a v1 archive may name anything.
        let mut bytes = Vec::new();
        (&mut rest).take(64).read_to_end(&mut bytes)?;
        return Ok(Some(Slot::Bytes(bytes.into())));
    }
    Ok(Some(Slot::Layer(Arc::new(read_stream(&mut rest, codec, false)))))
}
