//! The outer archive: which names it holds and where their bytes are.
//!
//! Read with the `tar` crate, which believes the lengths of extension headers. So it reads through a guard that
//! lets only a bounded amount pass between two entries; the contents in between are jumped over.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use super::range::Range;

/// More members than an image archive ever has: beyond, it is a file system.
const MAX_MEMBERS: usize = 50_000;
/// Bytes that may be read to find the next member.
const BUDGET: u64 = 4 << 20;

/// A member of the outer archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// Bytes at this offset of the (uncompressed) archive.
    File { offset: u64, length: u64 },
    /// Another name of a member; the path is clean and counted from the archive's root.
    Link(String),
}

/// What a walk over the outer archive found.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Clean names, in the archive's order.
    pub members: Vec<(String, Member)>,
    /// Some name was written in another way than the clean one.
    pub renamed: bool,
    /// The walk stopped because this can be no image archive.
    pub too_many: bool,
    /// A member packed with holes (`tar --sparse`), whose bytes do not lie in one piece.
    pub sparse: Option<String>,
    /// The archive is damaged from here on.
    pub fault: Option<String>,
}

/// Lists a seekable archive; contents are not read.
pub(super) fn list(range: &Range) -> Listing {
    let budget = Rc::new(Cell::new(BUDGET));
    let mut archive = tar::Archive::new(Guard { inner: range.clone(), budget: Rc::clone(&budget) });
    let mut listing = Listing::default();
    let entries = match archive.entries_with_seek() {
        Ok(entries) => entries,
        Err(error) => return Listing { fault: Some(error.to_string()), ..listing },
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                listing.fault = Some(fault_text(&error));
                break;
            }
        };
        budget.set(BUDGET);
        let offset = entry.raw_file_position();
        if is_sparse(&entry) {
            listing.sparse = Some(clean(&entry.path_bytes()));
        }
        if let Some((name, member)) = member(&entry, offset) {
            listing.renamed |= name.as_bytes() != &*entry.path_bytes();
            let length = if let Member::File { length, .. } = member { length } else { 0 };
            listing.members.push((name, member));
            if offset.saturating_add(length) > range.length() {
                listing.fault = Some("it ends in the middle of its last member".to_owned());
                break;
            }
        }
        if listing.members.len() > MAX_MEMBERS {
            listing.too_many = true;
            break;
        }
    }
    listing
}

/// Packed by GNU tar with its holes left out, in the old form or in one of PAX, which the crate does not know.
fn is_sparse<R: Read>(entry: &tar::Entry<'_, R>) -> bool {
    entry.header().entry_type() == tar::EntryType::GNUSparse
        || entry.path_bytes().split(|byte| *byte == b'/').any(|part| part.starts_with(b"GNUSparseFile."))
}

/// The clean name and nature of a member; `None` for directories and other things without bytes.
pub(super) fn member<R: Read>(entry: &tar::Entry<'_, R>, offset: u64) -> Option<(String, Member)> {
    let name = clean(&entry.path_bytes());
    match entry.header().entry_type() {
        tar::EntryType::Regular | tar::EntryType::Continuous => {
            Some((name, Member::File { offset, length: entry.size() }))
        }
        tar::EntryType::Symlink => {
            let target = entry.link_name_bytes()?;
            let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent);
            let target = match target.strip_prefix(b"/") {
                Some(absolute) => absolute.to_vec(),
                None => [parent.as_bytes(), b"/", &target].concat(),
            };
            Some((name, Member::Link(clean(&target))))
        }
        tar::EntryType::Link => Some((name, Member::Link(clean(&entry.link_name_bytes()?)))),
        _ => None,
    }
}

/// The error without the crate's own list of causes around it.
pub(super) fn fault_text(error: &io::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

pub(super) fn clean(name: &[u8]) -> String {
    String::from_utf8_lossy(&crate::image::path::cleaned(name)).into_owned()
}

/// Lets only so many bytes pass until the budget is renewed.
pub(super) struct Guard<R> {
    pub inner: R,
    pub budget: Rc<Cell<u64>>,
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.budget.get() == 0 {
            return Err(io::Error::other("an extended header is larger than any archive needs"));
        }
        let want = buffer.len().min(usize::try_from(self.budget.get()).unwrap_or(usize::MAX));
        let count = self.inner.read(&mut buffer[..want])?;
        self.budget.set(self.budget.get() - count as u64);
        Ok(count)
    }
}

impl<R: Seek> Seek for Guard<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
