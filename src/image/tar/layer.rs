//! A layer's tar → its changeset.

use std::sync::Arc;

use super::{ContentHasher, Fault, Header, Input, Reader};
use crate::image::changeset::{Changeset, Entry, Kind};
use crate::image::path;

/// Oddities kept per layer; the rest is only counted.
const MAX_ODDITIES: usize = 50;

/// Entries take no more than this, in bytes, and so much each: beyond, their names are there to fill the memory.
const MAX_PACKED: usize = 32 << 20;
const PACKED_EACH: usize = 512;

/// Entries in one piece of a changeset.
const PIECE: u64 = 64 * 1024;

/// What reading a layer yielded: everything up to the fault, if there was one.
#[derive(Debug, Default)]
pub struct LayerRead {
    /// The entries, in one or several pieces that follow each other.
    pub changes: Vec<Arc<Changeset>>,
    /// Why the rest is missing.
    pub fault: Option<Fault>,
    /// Where the next entry starts, when reading stopped before the end as it was asked to.
    pub stopped_at: Option<u64>,
    /// The layer holds something that Go's `archive/tar` refuses or that programs take in different ways: global
    /// headers, unknown types, names that step out of their directory, damaged extension records.
    pub irregular: bool,
    /// One line each about entries that were taken differently than they stand there, or left out.
    pub oddities: Vec<String>,
}

/// Reads a whole layer. Contents are looked at where they pass by anyway (the input does not know what is left), and those of
/// sparse files always, since their map is at hand only now.
pub fn read_layer<I: Input>(input: I) -> (LayerRead, I) {
    let mut reader = Reader::new(input);
    let read = read_entries(&mut reader, u64::MAX);
    (read, reader.into_input())
}

/// Reads entries as long as they start before byte `until` of the tar.
pub fn read_entries<I: Input>(reader: &mut Reader<I>, until: u64) -> LayerRead {
    let streams = reader.streams();
    let mut read = LayerRead::default();
    let mut changes = Changeset::default();
    let mut clean = Vec::new();
    let mut hasher = ContentHasher::default();
    loop {
        if until < u64::MAX {
            match reader.to_next_header() {
                Ok(position) if position >= until => {
                    read.stopped_at = Some(position);
                    break;
                }
                Ok(_) => {}
                Err(fault) => {
                    read.fault = Some(fault);
                    break;
                }
            }
        }
        let header = match reader.next() {
            Ok(Some(header)) => header,
            Ok(None) => break,
            Err(fault) => {
                read.fault = Some(fault);
                break;
            }
        };
        if !read.accept(header, &mut clean) {
            continue;
        }
        let Some(kind) = header.kind else { continue };
        let mut entry = entry(header, kind, &clean);
        entry.bookkeeping = kind == Kind::File && is_lazy_index(&clean);
        if let Err(fault) = reader.content_is_there() {
            read.fault = Some(fault);
            break;
        }
        if streams && entry.bytes > 0 || entry.logical_bytes.is_some() {
            match reader.content_hash(&mut hasher) {
                Ok(hash) => entry.hash = Some(hash),
                Err(fault) => {
                    read.fault = Some(fault);
                    break;
                }
            }
        }
        // The reader hands the header out again: it was borrowed while the content passed.
        entry.link = b"";
        let header = reader.header();
        changes.push(&Entry { link: link(header, kind), ..entry });
        if changes.packed_bytes() > MAX_PACKED + PACKED_EACH * changes.entries() as usize {
            read.fault = Some(reader.overfull());
            break;
        }
        if changes.entries() >= PIECE {
            read.take(&mut changes);
        }
    }
    read.take(&mut changes);
    read.irregular |= reader.met_global_header();
    read
}

fn link(header: &Header, kind: Kind) -> &[u8] {
    if matches!(kind, Kind::Hardlink | Kind::Symlink) { &header.link } else { b"" }
}

fn entry<'a>(header: &Header, kind: Kind, path: &'a [u8]) -> Entry<'a> {
    Entry {
        path,
        kind,
        attributes: header.attributes,
        mtime: header.mtime,
        bytes: if kind == Kind::File { header.bytes } else { 0 },
        logical_bytes: header.logical_bytes,
        offset: header.offset,
        stated: header.stated,
        link: b"",
        device: header.device,
        hash: None,
        bookkeeping: false,
    }
}

impl LayerRead {
    /// Says whether the layer is of a format made for lazy pulling.
    pub fn set_lazy(&mut self, lazy: bool) {
        for changes in self.changes.iter_mut().filter(|changes| changes.lazy != lazy) {
            Arc::make_mut(changes).lazy = lazy;
        }
    }

    fn take(&mut self, changes: &mut Changeset) {
        changes.seal();
        self.changes.push(Arc::new(std::mem::take(changes)));
    }

    /// Appends what was read from where this one stopped.
    pub fn append(&mut self, mut next: LayerRead) {
        self.changes.append(&mut next.changes);
        self.oddities.append(&mut next.oddities);
        self.oddities.truncate(MAX_ODDITIES);
        self.fault = next.fault;
        self.irregular |= next.irregular;
        self.stopped_at = next.stopped_at;
    }

    /// Cleans the entry's name and says whether the entry belongs into the tree.
    fn accept(&mut self, header: &Header, clean: &mut Vec<u8>) -> bool {
        if header.name.len() >= path::MAX_PATH || header.link.len() >= path::MAX_PATH {
            self.irregular = true;
            self.note(
                &header.name[..header.name.len().min(64)],
                "has a name or target of 64 KiB or more and was left out",
            );
            return false;
        }
        if path::clean(&header.name, clean) {
            self.irregular = true;
            self.note(&header.name, "steps out of its directory (“..”) and is shown where it would lead");
        }
        if let Some(odd) = header.odd {
            self.irregular = true;
            self.note(&header.name, &format!("has {odd}"));
        }
        if header.overlay_opaque {
            self.note(
                &header.name,
                "carries overlayfs' opaque attribute (Docker hides what is below; it is kept here)",
            );
        }
        if header.kind.is_none() {
            self.irregular = true;
            let flag = char::from(header.type_flag).escape_default();
            self.note(
                &header.name,
                &format!("is of tar type “{flag}”, which no runtime unpacks, and was left out"),
            );
            return false;
        }
        true
    }

    fn note(&mut self, name: &[u8], text: &str) {
        if self.oddities.len() < MAX_ODDITIES {
            self.oddities.push(format!("{} {text}", String::from_utf8_lossy(name)));
        }
    }
}

/// Index and landmark files of eStargz at the root of a layer.
fn is_lazy_index(path: &[u8]) -> bool {
    matches!(path, b"stargz.index.json" | b".prefetch.landmark" | b".no.prefetch.landmark")
}
