//! A layer's tar → its changeset.

use super::{ContentHasher, Fault, Header, Input, Reader};
use crate::image::changeset::{Changeset, Entry, Kind};
use crate::image::path;

/// Oddities kept per layer; the rest is only counted.
pub const MAX_ODDITIES: usize = 50;

/// What reading a layer yielded: everything up to the fault, if there was one.
#[derive(Debug, Default)]
pub struct LayerRead {
    pub changes: Changeset,
    /// Why the rest is missing.
    pub fault: Option<Fault>,
    /// One line each about entries that were taken differently than they stand there, or left out.
    pub oddities: Vec<String>,
}

/// Reads a whole layer. Contents are looked at where they pass by anyway (`input.streams()`), and those of
/// sparse files always, since their map is at hand only now.
pub fn read_layer<I: Input>(input: I) -> (LayerRead, I) {
    let streams = input.streams();
    let mut reader = Reader::new(input);
    let mut read = LayerRead::default();
    let mut clean = Vec::new();
    let mut hasher = ContentHasher::default();
    loop {
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
        read.changes.push(&Entry { link: link(header, kind), ..entry });
    }
    read.changes.seal();
    (read, reader.into_input())
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
        link: b"",
        device: header.device,
        hash: None,
        bookkeeping: false,
    }
}

impl LayerRead {
    /// Cleans the entry's name and says whether the entry belongs into the tree.
    fn accept(&mut self, header: &Header, clean: &mut Vec<u8>) -> bool {
        if header.name.len() >= path::MAX_PATH || header.link.len() >= path::MAX_PATH {
            self.note(
                &header.name[..header.name.len().min(64)],
                "has a name or target of 64 KiB or more and was left out",
            );
            return false;
        }
        if path::clean(&header.name, clean) {
            self.note(&header.name, "steps out of its directory (“..”) and is shown where it would lead");
        }
        if let Some(odd) = header.odd {
            self.note(&header.name, &format!("has {odd}"));
        }
        if header.overlay_opaque {
            self.note(
                &header.name,
                "carries overlayfs' opaque attribute (Docker hides what is below; it is kept here)",
            );
        }
        if header.kind.is_none() {
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
