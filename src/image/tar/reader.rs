//! Entry by entry through a tar.

use std::fmt;
use std::io;

use super::header::{RawHeader, checksum_matches, text};
use super::pax::Pax;
use super::sparse::{
    EXTENSION_MORE, EXTENSION_TABLE, GNU_EXTENDED, GNU_REAL_SIZE, GNU_TABLE, InlineMap, Map,
};
use super::{BLOCK, ContentHasher, Input};
use crate::image::changeset::{Attributes, Kind};

/// Longest extended header or long name that is read, in bytes; Go's limit.
const MAX_EXTENSION: u64 = 1 << 20;

/// Why a tar could not be read on. What came before holds.
#[derive(Debug)]
pub struct Fault {
    /// Byte of the uncompressed tar at which it happened.
    pub offset: u64,
    /// The last entry whose header was read.
    pub after: Vec<u8>,
    pub reason: Reason,
}

/// The kinds of fault.
#[derive(Debug)]
pub enum Reason {
    /// The tar ends in the middle of a header or content.
    Truncated(&'static str),
    /// A header that makes no sense.
    Damaged(String),
    /// The bytes could not be had: I/O, decompression, cancelled.
    Io(io::Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Truncated(what) => write!(f, "the layer ends in the middle of {what}")?,
            Reason::Damaged(what) => f.write_str(what)?,
            Reason::Io(error) => write!(f, "{error}")?,
        }
        write!(f, " at byte {}", self.offset)?;
        match self.after.is_empty() {
            true => f.write_str(" (no entry before it)"),
            false => write!(f, ", after entry {}", String::from_utf8_lossy(&self.after)),
        }
    }
}

/// An entry's header with all extensions applied.
#[derive(Debug, Default, Clone)]
pub struct Header {
    /// The name as stored, not cleaned.
    pub name: Vec<u8>,
    pub link: Vec<u8>,
    /// `None` for a type that container runtimes do not unpack.
    pub kind: Option<Kind>,
    pub type_flag: u8,
    pub attributes: Attributes,
    pub mtime: i64,
    /// Bytes stored for the content.
    pub bytes: u64,
    /// Bytes that the header states for a kind that stores none.
    pub stated: u64,
    /// Length with holes, of a sparse file.
    pub logical_bytes: Option<u64>,
    /// Where the content starts in the tar.
    pub offset: u64,
    pub device: (u32, u32),
    /// The entry carries the extended attribute by which overlayfs marks opaque directories.
    pub overlay_opaque: bool,
    /// Something about the header that was passed over.
    pub odd: Option<&'static str>,
    segments: Vec<(u64, u64)>,
}

/// Reads a tar entry by entry.
#[derive(Debug)]
pub struct Reader<I> {
    input: I,
    position: u64,
    /// Content bytes not consumed yet, and the padding behind them.
    left: u64,
    padding: u64,
    global: bool,
    raw: RawHeader,
    header: Header,
}

impl<I: Input> Reader<I> {
    pub fn new(input: I) -> Reader<I> {
        Reader::starting_at(input, 0)
    }

    /// Reads on from byte `position` of the tar, where a header stands and where `input` is.
    pub fn starting_at(input: I, position: u64) -> Reader<I> {
        let (raw, header) = (RawHeader::default(), Header::default());
        Reader { input, position, left: 0, padding: 0, global: false, raw, header }
    }

    /// The input, positioned behind what was read.
    pub fn into_input(self) -> I {
        self.input
    }

    /// Whether every byte passes by anyway.
    pub fn streams(&self) -> bool {
        self.input.left().is_none()
    }

    /// An error when the current content is cut short, as far as that can be told without reading it: a length
    /// in a header is only a claim.
    pub fn content_is_there(&self) -> Result<(), Fault> {
        match self.input.left() {
            Some(there) if there < self.left => Err(self.truncated("a content")),
            _ => Ok(()),
        }
    }

    /// Bytes consumed so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Steps over what is left of the current entry, so that [`Reader::position`] is where the next one starts.
    pub fn to_next_header(&mut self) -> Result<u64, Fault> {
        self.finish_content()?;
        Ok(self.position)
    }

    /// The header of the next entry, `None` at the end of the archive.
    // Not `Iterator::next`: the header is reused by the following call.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<&Header>, Fault> {
        self.finish_content()?;
        let mut pax: Option<Pax> = None;
        let (mut long_name, mut long_link) = (None, None);
        loop {
            let Some(block) = self.header_block()? else { return Ok(None) };
            self.raw
                .parse(&block)
                .map_err(|field| self.damaged(format!("a header whose {field} makes no sense")))?;
            match self.raw.type_flag {
                b'x' => pax = Some(Pax::parse(&self.extension()?)),
                b'L' => long_name = Some(text(&self.extension()?).to_vec()),
                b'K' => long_link = Some(text(&self.extension()?).to_vec()),
                // Runtimes do not apply global records to the entries behind them.
                b'g' => {
                    self.global = true;
                    drop(self.extension()?);
                }
                _ => {
                    self.assemble(&block, pax.unwrap_or_default(), long_name, long_link)?;
                    return Ok(Some(&self.header));
                }
            }
        }
    }

    /// Whether records for all entries behind them came by, which were passed over.
    pub fn met_global_header(&self) -> bool {
        self.global
    }

    /// The header that [`Reader::next`] returned last.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Hands all stored bytes of the current content to `sink`, each piece with its offset in the file.
    pub fn content(&mut self, sink: &mut dyn FnMut(u64, &[u8])) -> Result<(), Fault> {
        let segments = match self.header.logical_bytes {
            Some(_) => std::mem::take(&mut self.header.segments),
            None => vec![(0, self.header.bytes)],
        };
        for (offset, length) in segments {
            self.segment(offset, length, sink)?;
        }
        Ok(())
    }

    fn segment(&mut self, offset: u64, length: u64, sink: &mut dyn FnMut(u64, &[u8])) -> Result<(), Fault> {
        let mut at = 0;
        while at < length {
            let chunk = match self.input.fill(1) {
                Ok(chunk) => chunk,
                Err(error) => return Err(self.io(error)),
            };
            let take = chunk.len().min(usize::try_from(length - at).unwrap_or(usize::MAX));
            if take == 0 {
                return Err(self.truncated("a content"));
            }
            sink(offset + at, &chunk[..take]);
            self.input.consume(take);
            self.position += take as u64;
            self.left -= take as u64;
            at += take as u64;
        }
        Ok(())
    }

    /// The identity of the current content; consumes it.
    pub fn content_hash(&mut self, hasher: &mut ContentHasher) -> Result<u64, Fault> {
        hasher.reset();
        let logical = self.header.logical_bytes;
        let mut end = 0;
        self.content(&mut |offset, bytes| {
            if offset > end {
                hasher.hole_until(offset);
            }
            end = offset + bytes.len() as u64;
            hasher.update(bytes);
        })?;
        if let Some(logical) = logical.filter(|logical| *logical > end) {
            hasher.hole_until(logical);
        }
        Ok(hasher.finish())
    }

    fn finish_content(&mut self) -> Result<(), Fault> {
        let content = self.skip(self.left)?;
        self.left -= content;
        if self.left > 0 {
            return Err(self.truncated("a content"));
        }
        // Writers exist that leave the last padding out.
        self.skip(self.padding)?;
        self.padding = 0;
        Ok(())
    }

    fn skip(&mut self, count: u64) -> Result<u64, Fault> {
        if count == 0 {
            return Ok(0);
        }
        let skipped = self.input.skip(count).map_err(|error| self.io(error))?;
        self.position += skipped;
        Ok(skipped)
    }

    /// The next block that is no end mark.
    fn header_block(&mut self) -> Result<Option<[u8; BLOCK]>, Fault> {
        let Some(block) = self.block("a header")? else { return Ok(None) };
        if block.iter().any(|byte| *byte != 0) {
            if !checksum_matches(&block) {
                self.position -= BLOCK as u64;
                return Err(self.damaged("a header whose checksum is wrong".to_owned()));
            }
            return Ok(Some(block));
        }
        match self.block("the end mark")? {
            None => Ok(None),
            Some(second) if second.iter().all(|byte| *byte == 0) => Ok(None),
            Some(_) => Err(self.damaged("half an end mark with more data behind it".to_owned())),
        }
    }

    fn block(&mut self, what: &'static str) -> Result<Option<[u8; BLOCK]>, Fault> {
        let mut block = [0; BLOCK];
        let chunk = match self.input.fill(BLOCK) {
            Ok(chunk) => chunk,
            Err(error) => return Err(self.io(error)),
        };
        match chunk.get(..BLOCK) {
            Some(whole) => block.copy_from_slice(whole),
            None if chunk.is_empty() => return Ok(None),
            None => return Err(self.truncated(what)),
        }
        self.input.consume(BLOCK);
        self.position += BLOCK as u64;
        Ok(Some(block))
    }

    /// The content of an extension entry.
    fn extension(&mut self) -> Result<Vec<u8>, Fault> {
        let size = self.raw.size as u64;
        if size > MAX_EXTENSION {
            let text = format!("an extended header of {size} bytes (more than {MAX_EXTENSION} are not read)");
            return Err(self.damaged(text));
        }
        let mut data = Vec::with_capacity(size.min(8192) as usize);
        while (data.len() as u64) < size {
            let want = size as usize - data.len();
            let chunk = match self.input.fill(1) {
                Ok(chunk) => chunk,
                Err(error) => return Err(self.io(error)),
            };
            let take = chunk.len().min(want);
            if take == 0 {
                return Err(self.truncated("an extended header"));
            }
            data.extend_from_slice(&chunk[..take]);
            self.input.consume(take);
            self.position += take as u64;
        }
        self.skip(padding(size))?;
        Ok(data)
    }

    fn assemble(
        &mut self,
        block: &[u8; BLOCK],
        pax: Pax,
        long_name: Option<Vec<u8>>,
        long_link: Option<Vec<u8>>,
    ) -> Result<(), Fault> {
        let raw = &mut self.raw;
        let header = &mut self.header;
        header.odd = pax.odd;
        header.type_flag = raw.type_flag;
        let name = long_name.or(pax.path);
        let link = long_link.or(pax.link);
        header.name.clear();
        header.name.extend_from_slice(name.as_deref().unwrap_or(&raw.name));
        header.link.clear();
        header.link.extend_from_slice(link.as_deref().unwrap_or(&raw.link));
        header.kind = kind(raw.type_flag, &header.name);
        let id = |value: i64| u64::try_from(value).unwrap_or(0);
        header.attributes = Attributes {
            mode: (raw.mode & 0o7777) as u16,
            uid: pax.uid.unwrap_or(id(raw.uid)),
            gid: pax.gid.unwrap_or(id(raw.gid)),
            xattrs: pax.xattrs,
            capability: pax.capability,
        };
        header.mtime = pax.mtime.unwrap_or(raw.mtime);
        header.device = raw.device;
        header.overlay_opaque = pax.overlay_opaque;
        let stated = pax.size.unwrap_or(raw.size as u64);
        // Kinds without content have none, whatever their size field says.
        let header_only = header.kind.is_some_and(|kind| kind != Kind::File);
        header.stated = if header_only { stated } else { 0 };
        let stated = stated - header.stated;
        header.bytes = stated;
        (header.logical_bytes, header.segments) = (None, Vec::new());
        self.left = stated;
        self.padding = padding(stated);
        self.apply_sparse(block, &pax.sparse)?;
        self.header.offset = self.position;
        Ok(())
    }

    fn apply_sparse(&mut self, block: &[u8; BLOCK], pax: &super::pax::PaxSparse) -> Result<(), Fault> {
        if self.header.kind != Some(Kind::File) {
            return Ok(());
        }
        if let Some(name) = &pax.name {
            self.header.name.clear();
            self.header.name.extend_from_slice(name);
        }
        let map = if self.raw.type_flag == b'S' {
            self.gnu_map(block)?
        } else if (pax.major, pax.minor) == (Some(1), Some(0)) {
            self.inline_map(pax.real_size.unwrap_or(0))?
        } else if pax.real_size.is_some() && (pax.major == Some(0) || !pax.map.is_empty()) {
            Map::from_records(pax).map_err(|what| self.damaged(what.to_owned()))?
        } else {
            return Ok(());
        };
        match map.stored() {
            Some(stored) if stored <= self.left => {
                self.padding += self.left - stored;
                self.left = stored;
                self.header.bytes = stored;
                self.header.logical_bytes = Some(map.logical);
                self.header.segments = map.segments;
            }
            _ => self.header.odd = Some("a sparse map that does not fit its file"),
        }
        Ok(())
    }

    fn gnu_map(&mut self, block: &[u8; BLOCK]) -> Result<Map, Fault> {
        let logical = super::header::numeric(&block[GNU_REAL_SIZE]).and_then(|size| u64::try_from(size).ok());
        let Some(logical) = logical else {
            return Err(self.damaged("a sparse file whose size makes no sense".to_owned()));
        };
        let mut map = Map { segments: Vec::new(), logical };
        let mut more = map.take_gnu(&block[GNU_TABLE], block[GNU_EXTENDED]);
        while more.map_err(|what| self.damaged(what.to_owned()))? {
            let Some(extension) = self.block("a sparse map")? else {
                return Err(self.truncated("a sparse map"));
            };
            more = map.take_gnu(&extension[EXTENSION_TABLE], extension[EXTENSION_MORE]);
        }
        // A trailing empty segment marks the end of the file and stores nothing.
        Ok(map)
    }

    fn inline_map(&mut self, logical: u64) -> Result<Map, Fault> {
        let mut map = InlineMap::default();
        loop {
            if self.left < BLOCK as u64 {
                return Err(self.damaged("a sparse map longer than its file".to_owned()));
            }
            let Some(block) = self.block("a sparse map")? else {
                return Err(self.truncated("a sparse map"));
            };
            self.left -= BLOCK as u64;
            if map.take(&block).map_err(|what| self.damaged(what.to_owned()))? {
                return Ok(map.into_map(logical));
            }
        }
    }

    fn truncated(&self, what: &'static str) -> Fault {
        self.fault(Reason::Truncated(what))
    }

    /// Names longer than a file system can be made of: reading on would only fill the memory.
    pub(super) fn overfull(&self) -> Fault {
        self.damaged("names that take more memory than any file system needs".to_owned())
    }

    fn damaged(&self, what: String) -> Fault {
        self.fault(Reason::Damaged(what))
    }

    fn io(&self, error: io::Error) -> Fault {
        self.fault(Reason::Io(error))
    }

    fn fault(&self, reason: Reason) -> Fault {
        Fault { offset: self.position, after: self.header.name.clone(), reason }
    }
}

fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK as u64).saturating_sub(size)
}

/// The kind of a type flag, as Go and GNU tar read it.
fn kind(type_flag: u8, name: &[u8]) -> Option<Kind> {
    Some(match type_flag {
        // Old archives mark directories by a trailing slash alone.
        0 if name.ends_with(b"/") => Kind::Directory,
        0 | b'0' | b'7' | b'S' => Kind::File,
        b'1' => Kind::Hardlink,
        b'2' => Kind::Symlink,
        b'3' => Kind::Char,
        b'4' => Kind::Block,
        b'5' => Kind::Directory,
        b'6' => Kind::Fifo,
        _ => return None,
    })
}
