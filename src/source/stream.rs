//! An image archive that passes by once and is not kept: what an engine's export is.
//!
//! Nobody knows what a member is before the documents at the end have come. So each member is told by its first
//! bytes: documents are kept, layers are read as they pass, and the roots are looked for afterwards, exactly as
//! in a file. Contents can be read again only from another such stream.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read};
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use super::aside::Hashing;
use super::blobs::{Blobs, Slot};
use super::codec::{Codec, opens_tar};
use super::contents::{Piece, contents_at};
use super::layer::read_stream;
use super::outcome::LayerOutcome;
use super::outer::{self, Guard, Member};
use super::range::read_full;
use super::{SourceError, Task};
use crate::image::json::{MAX_JSON, looks_like_json};
use crate::image::tar::BLOCK;

/// Documents kept together, in bytes.
const MAX_DOCUMENTS: u64 = 64 << 20;

impl Blobs {
    /// Reads an uncompressed image archive in one forward pass: no seeking, no temporary file, members in any
    /// order. `passed` hears of each layer as soon as it has passed.
    pub fn from_stream(
        reader: impl Read,
        what: &str,
        task: &Task,
        passed: &mut dyn FnMut(&Arc<LayerOutcome>),
    ) -> Result<Blobs, SourceError> {
        let mut slots = HashMap::new();
        let mut documents = 0;
        let fault = members(task.meter(reader), &mut |name, member, bytes| {
            match member {
                Member::Link(target) => drop(slots.insert(name, Slot::Link(target))),
                Member::File { .. } => {
                    if let Some(slot) = take(&name, bytes, &mut documents)? {
                        if let Slot::Layer(outcome) = &slot {
                            passed(outcome);
                        }
                        slots.insert(name, slot);
                    }
                }
            }
            Ok(true)
        });
        if task.is_cancelled() {
            return Err(SourceError::Cancelled);
        }
        let fault = fault.map_err(|error| SourceError::Read { what: what.to_owned(), error })?;
        let damage = fault.map(|fault| format!("the archive is damaged: {fault}"));
        Ok(Blobs::collected(what, slots, damage))
    }
}

/// Contents of layers in an archive that passes by: for each layer its member's name and where in its tar the
/// contents begin. `sink` gets their pieces. A layer that cannot be read whole is told to `failed`, and the others come
/// all the same. Reads no further than it must.
pub fn contents_in_stream(
    reader: impl Read,
    wanted: &BTreeMap<String, BTreeSet<u64>>,
    task: &Task,
    sink: &mut dyn FnMut(&str, u64, Piece<'_>),
    failed: &mut dyn FnMut(&str, io::Error),
) -> io::Result<()> {
    let mut left = wanted.len();
    let fault = members(task.meter(reader), &mut |name, member, bytes| {
        let Some(offsets) = wanted.get(&name).filter(|_| matches!(member, Member::File { .. })) else {
            return Ok(true);
        };
        let mut head = [0; BLOCK];
        let mut bytes = bytes;
        let count = read_full(&mut bytes, &mut head)?;
        let layer = Codec::sniff(&head[..count]).decode(head[..count].chain(bytes));
        let read = layer
            .and_then(|layer| contents_at(layer, offsets, &mut |offset, piece| sink(&name, offset, piece)));
        if let Err(error) = read {
            failed(&name, error);
        }
        left -= 1;
        Ok(left > 0)
    })?;
    match fault {
        Some(fault) => Err(io::Error::other(fault)),
        None if left > 0 => Err(io::Error::other("a layer did not come again")),
        None => Ok(()),
    }
}

/// Walks the members of an archive, as long as `each` wants more; what it leaves of a member is stepped over. The
/// result is what was wrong with the archive, if anything.
fn members(
    reader: impl Read,
    each: &mut dyn FnMut(String, Member, &mut dyn Read) -> io::Result<bool>,
) -> io::Result<Option<String>> {
    walk(reader, &mut |entry| match outer::member(entry, 0) {
        Some((name, member)) => each(name, member, entry),
        None => Ok(true),
    })
}

/// An entry of a tar as it says of itself.
#[derive(Debug)]
pub(super) struct Header {
    pub name: Vec<u8>,
    pub kind: tar::EntryType,
    pub bytes: u64,
    pub mode: u32,
    pub time: SystemTime,
    /// Of links.
    pub target: Vec<u8>,
}

/// The same for tars of any kind.
pub(super) fn entries(
    reader: impl Read,
    each: &mut dyn FnMut(Header, &mut dyn Read) -> io::Result<bool>,
) -> io::Result<Option<String>> {
    walk(reader, &mut |entry| {
        let header = Header {
            name: entry.path_bytes().into_owned(),
            kind: entry.header().entry_type(),
            bytes: entry.size(),
            mode: entry.header().mode().unwrap_or(0o644),
            time: super::extract::time(entry.header().mtime().unwrap_or(0)),
            target: entry.link_name_bytes().map(Cow::into_owned).unwrap_or_default(),
        };
        each(header, entry)
    })
}

fn walk<R: Read>(
    reader: R,
    each: &mut dyn FnMut(&mut tar::Entry<'_, Guard<R>>) -> io::Result<bool>,
) -> io::Result<Option<String>> {
    let budget = Rc::new(Cell::new(u64::MAX));
    let mut archive = tar::Archive::new(Guard { inner: reader, budget: Rc::clone(&budget) });
    let mut entries = archive.entries()?;
    loop {
        budget.set(4 << 20);
        let mut entry = match entries.next() {
            None => return Ok(None),
            Some(Ok(entry)) => entry,
            Some(Err(error)) => return Ok(Some(outer::fault_text(&error))),
        };
        budget.set(u64::MAX);
        if !each(&mut entry)? {
            return Ok(None);
        }
        // The crate steps over what is left by reading it, which must not count as a header's bytes.
        io::copy(&mut entry, &mut io::sink())?;
    }
}

/// Tells a member by its first bytes and takes it; `None` for what is neither document nor layer.
fn take(name: &str, mut entry: &mut dyn Read, documents: &mut u64) -> io::Result<Option<Slot>> {
    let mut head = [0; BLOCK];
    let count = read_full(&mut entry, &mut head)?;
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
    let mut outcome = read_stream(&mut rest, codec, false, Hashing::Aside);
    outcome.member = Some(name.to_owned());
    Ok(Some(Slot::Layer(Arc::new(outcome))))
}
