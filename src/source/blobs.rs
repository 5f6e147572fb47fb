//! Named bytes, whatever they lie in: an archive, a folder, or a stream that has passed.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use super::codec::{Codec, opens_tar};
use super::folder::Folder;
use super::location::Form;
use super::outcome::LayerOutcome;
use super::outer::{self, Member};
use super::range::{Range, read_full};
use super::{SourceError, Task};
use crate::image::Digest;
use crate::image::json::MAX_JSON;
use crate::image::tar::BLOCK;

/// Why bytes that are nothing known cannot be opened.
const NO_TAR: &str = "it is no tar archive";
/// Links followed from one name to another.
const MAX_HOPS: usize = 8;

/// See the module.
#[derive(Debug)]
pub struct Blobs {
    /// What the user called it, for messages.
    pub(super) what: String,
    pub(super) form: Option<Form>,
    place: Place,
    slots: HashMap<String, Slot>,
    /// An uncompressed archive whose members have the names that they are asked for by.
    pub(super) as_stored: bool,
    /// What was wrong with the container itself.
    pub(super) problems: Vec<String>,
    /// Why it could not be read to its end; in `problems` too.
    pub(super) damage: Option<String>,
    /// The archive as a whole, when it may be a file system.
    pub(super) whole: Option<Slot>,
}

#[derive(Debug)]
enum Place {
    /// Slots say it all.
    Inside,
    Folder(Folder),
}

/// Where the bytes of a name are.
#[derive(Clone, Debug)]
pub enum Slot {
    /// In a file, at will.
    Range(Range),
    /// A file of the folder, opened when needed.
    File(String),
    /// Kept while the stream passed.
    Bytes(Arc<[u8]>),
    /// A layer, read while the stream passed.
    Layer(Arc<LayerOutcome>),
    Link(String),
}

impl Blobs {
    pub(super) fn from_path(path: &Path, form: Option<Form>, task: &Task) -> Result<Blobs, SourceError> {
        let open = |error| SourceError::Open { path: path.to_owned(), error };
        let what = path.display().to_string();
        let metadata = std::fs::metadata(path).map_err(open)?;
        if metadata.is_dir() {
            let folder = Folder::open(path).map_err(open)?;
            let names = folder.names().map_err(open)?;
            let slots = names.into_iter().map(|name| (name.clone(), Slot::File(name))).collect();
            let place = Place::Folder(folder);
            return Ok(Blobs {
                what,
                form,
                place,
                slots,
                as_stored: false,
                problems: Vec::new(),
                damage: None,
                whole: None,
            });
        }
        let file = File::open(path).map_err(open)?;
        if !metadata.is_file() {
            // A named pipe or a device: read forward, once.
            return Blobs::spooled(file, &what, form, task);
        }
        let range = Range::new(Arc::new(file), 0, metadata.len());
        Blobs::from_range(range, &what, form, task)
    }

    /// An archive that can only be read forward: kept in an unlinked temporary file.
    pub(super) fn spooled(
        reader: impl Read,
        what: &str,
        form: Option<Form>,
        task: &Task,
    ) -> Result<Blobs, SourceError> {
        let range = spool(task.meter(reader), what, task)?;
        Blobs::from_range(range, what, form, task)
    }

    fn from_range(range: Range, what: &str, form: Option<Form>, task: &Task) -> Result<Blobs, SourceError> {
        let read = |error| SourceError::Read { what: what.to_owned(), error };
        let mut head = [0; 1024];
        let count = range.peek(&mut head).map_err(read)?;
        let head = &head[..count];
        let codec = Codec::sniff(head);
        if codec != Codec::Plain {
            task.expect(range.length());
            let decoded = codec.decode(task.meter(range)).map_err(read)?;
            let plain = spool(decoded, what, task)?;
            let mut inner = [0; 6];
            let count = plain.peek(&mut inner).map_err(read)?;
            if Codec::sniff(&inner[..count]) != Codec::Plain {
                let why = "it is compressed twice; unpack it once".to_owned();
                return Err(SourceError::NoImage { what: what.to_owned(), why });
            }
            let blobs = Blobs::from_plain(plain, what, form)?;
            return Ok(Blobs { as_stored: false, ..blobs });
        }
        Blobs::from_plain(range, what, form)
    }

    fn from_plain(range: Range, what: &str, form: Option<Form>) -> Result<Blobs, SourceError> {
        let read = |error| SourceError::Read { what: what.to_owned(), error };
        let no_image = |why: &str| SourceError::NoImage { what: what.to_owned(), why: why.to_owned() };
        let mut head = [0; 1024];
        let count = range.peek(&mut head).map_err(read)?;
        if count == 0 {
            return Err(no_image("it is empty"));
        }
        if !opens_tar(&head[..count]) {
            return Err(no_image(NO_TAR));
        }
        let listing =
            if form == Some(Form::Rootfs) { outer::Listing::default() } else { outer::list(&range) };
        let slot = |member| match member {
            Member::File { offset, length } => Slot::Range(range.part(offset, length)),
            Member::Link(target) => Slot::Link(target),
        };
        // The last member of a name wins, as when unpacking.
        let members = if listing.too_many { Vec::new() } else { listing.members };
        let slots = members.into_iter().map(|(name, member)| (name, slot(member))).collect();
        let sparse = listing.sparse.map(|name| {
            format!("{name} is packed as a sparse file and cannot be read; pack the archive without --sparse")
        });
        let as_stored = !listing.renamed;
        let fault = listing.fault.map(|fault| format!("the archive is damaged: {fault}"));
        Ok(Blobs {
            what: what.to_owned(),
            form,
            place: Place::Inside,
            slots,
            as_stored,
            problems: sparse.into_iter().chain(fault.clone()).collect(),
            damage: fault,
            whole: Some(Slot::Range(range)),
        }
        .without_prefix())
    }

    /// Blobs that were collected while a stream passed.
    pub(super) fn collected(what: &str, slots: HashMap<String, Slot>, damage: Option<String>) -> Blobs {
        let (what, place, problems) = (what.to_owned(), Place::Inside, damage.iter().cloned().collect());
        // Engines write the names that they mean.
        Blobs { what, form: None, place, slots, as_stored: true, problems, damage, whole: None }
            .without_prefix()
    }

    /// Whether it could be read to its end.
    pub fn is_whole(&self) -> bool {
        self.damage.is_none()
    }

    /// An archive may hold everything in one folder (`tar c image/`): its name is dropped.
    fn without_prefix(mut self) -> Blobs {
        const MARKS: [&str; 4] = ["manifest.json", "index.json", "oci-layout", "repositories"];
        if MARKS.iter().any(|mark| self.slots.contains_key(*mark)) {
            return self;
        }
        let mut prefixes: Vec<String> = self
            .slots
            .keys()
            .filter_map(|name| name.rsplit_once('/').filter(|(_, last)| MARKS[..3].contains(last)))
            .map(|(prefix, _)| format!("{prefix}/"))
            .filter(|prefix| self.slots.keys().all(|name| name.starts_with(prefix.as_str()) || junk(name)))
            .collect();
        prefixes.sort_by_key(String::len);
        if let Some(prefix) = prefixes.first() {
            self.as_stored = false;
            let strip = |name: String| name.strip_prefix(prefix).map(str::to_owned);
            let slots = std::mem::take(&mut self.slots);
            self.slots = slots
                .into_iter()
                .filter_map(|(name, slot)| {
                    let slot = match slot {
                        Slot::Link(target) => Slot::Link(strip(target)?),
                        slot => slot,
                    };
                    Some((strip(name)?, slot))
                })
                .collect();
        }
        self
    }

    /// All names, in no order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.slots.keys().map(String::as_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.slot(name).is_some()
    }

    /// Whether the documents are there that engines write last: without them an archive was cut short.
    pub fn has_roots(&self) -> bool {
        ["manifest.json", "index.json", "repositories"].iter().any(|name| self.has(name))
    }

    pub(super) fn is_folder(&self) -> bool {
        matches!(self.place, Place::Folder(_))
    }

    /// Where `name`'s bytes are, links followed.
    pub(super) fn slot(&self, name: &str) -> Option<Slot> {
        let mut name = outer::clean(name.as_bytes());
        for _ in 0..MAX_HOPS {
            match self.slots.get(&name)? {
                Slot::Link(target) => name.clone_from(target),
                slot => return Some(slot.clone()),
            }
        }
        None
    }

    /// What stands under exactly this name: a link is not followed.
    pub(super) fn member(&self, name: &str) -> Option<&Slot> {
        self.slots.get(name).filter(|slot| !matches!(slot, Slot::Link(_)))
    }

    /// The blob of a digest: in an OCI layout, or under its bare hex in a `dir:` layout.
    pub(super) fn blob(&self, digest: &Digest) -> Option<Slot> {
        self.slot(&format!("blobs/{}/{}", digest.algorithm(), digest.hex()))
            .or_else(|| self.slot(digest.hex()))
            .or_else(|| self.slot(&format!("{}.manifest.json", digest.hex())))
    }

    /// The whole of a small file.
    pub(super) fn read(&self, slot: &Slot) -> io::Result<Vec<u8>> {
        let range = match slot {
            Slot::Range(range) => range.clone(),
            Slot::File(name) => self.file(name)?,
            Slot::Bytes(bytes) => return Ok(bytes.to_vec()),
            Slot::Layer(_) | Slot::Link(_) => return Err(io::Error::other("it is a layer")),
        };
        if range.length() > MAX_JSON {
            let text = format!("it has {} bytes; more than {MAX_JSON} are not read", range.length());
            return Err(io::Error::other(text));
        }
        let length = range.length();
        let mut bytes = Vec::new();
        range.take(MAX_JSON).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < length {
            return Err(io::Error::other("it is cut short"));
        }
        Ok(bytes)
    }

    /// The range that a slot stands for; an error for what is in no file.
    pub(super) fn range(&self, slot: &Slot) -> io::Result<Range> {
        match slot {
            Slot::Range(range) => Ok(range.clone()),
            Slot::File(name) => self.file(name),
            _ => Err(io::Error::other("its bytes have passed")),
        }
    }

    fn file(&self, name: &str) -> io::Result<Range> {
        match &self.place {
            Place::Folder(folder) => folder.file(name),
            Place::Inside => Err(io::Error::other("no such file")),
        }
    }
}

/// What file managers leave behind.
fn junk(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.starts_with("._") || last == ".DS_Store" || name.starts_with("__MACOSX/")
}

/// Copies a stream into an unlinked temporary file. What is no archive is told by its first bytes, before an
/// endless stream has filled the disk.
fn spool(mut reader: impl Read, what: &str, task: &Task) -> Result<Range, SourceError> {
    let mut head = [0; BLOCK];
    let count = match read_full(&mut reader, &mut head) {
        Ok(count) => count,
        Err(_) if task.is_cancelled() => return Err(SourceError::Cancelled),
        Err(error) => return Err(SourceError::Read { what: what.to_owned(), error }),
    };
    let head = &head[..count];
    if count > 0 && Codec::sniff(head) == Codec::Plain && !opens_tar(head) {
        return Err(SourceError::NoImage { what: what.to_owned(), why: NO_TAR.to_owned() });
    }
    let mut reader = head.chain(reader);
    let spool = |error| SourceError::Spool { what: what.to_owned(), error };
    let mut file = tempfile::tempfile().map_err(spool)?;
    let mut buffer = vec![0; 256 * 1024];
    let mut length = 0;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(_) if task.is_cancelled() => return Err(SourceError::Cancelled),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // What came before the damage may still show most of the image.
            Err(error) if length == 0 => return Err(SourceError::Read { what: what.to_owned(), error }),
            Err(_) => break,
        };
        file.write_all(&buffer[..count]).map_err(spool)?;
        length += count as u64;
    }
    Ok(Range::new(Arc::new(file), 0, length))
}
