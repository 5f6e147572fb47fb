//! One layer's entries, packed: what reading a layer yields and what the tree is built from.
//!
//! A layer of a million entries must not cost a million allocations, and it lives only until it is merged
//! into the tree. So entries are encoded one behind the other: each path as the part that differs from the
//! path before it (cut at a `/`), numbers as variable-length integers. Order is the layer's own.

use rustc_hash::FxHashMap;

use super::path;

/// What an entry is, in the tar format's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// A regular file: the only kind that stores bytes.
    File = 0,
    /// Another name for the content of an earlier entry.
    Hardlink = 1,
    /// A directory.
    Directory = 2,
    /// A symbolic link.
    Symlink = 3,
    /// A character device.
    Char = 4,
    /// A block device.
    Block = 5,
    /// A named pipe.
    Fifo = 6,
}

impl Kind {
    /// The word for this kind in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::File => "file",
            Kind::Hardlink => "hardlink",
            Kind::Directory => "directory",
            Kind::Symlink => "symlink",
            Kind::Char => "char",
            Kind::Block => "block",
            Kind::Fifo => "fifo",
        }
    }

    pub(crate) fn from_u8(value: u8) -> Kind {
        match value {
            0 => Kind::File,
            1 => Kind::Hardlink,
            2 => Kind::Directory,
            3 => Kind::Symlink,
            4 => Kind::Char,
            5 => Kind::Block,
            _ => Kind::Fifo,
        }
    }

    /// Whether paths of this kind lead to content (a regular file or another name of one).
    pub fn has_content(self) -> bool {
        matches!(self, Kind::File | Kind::Hardlink)
    }
}

/// Who owns an entry and who may do what with it. Few combinations exist in an image, so they are interned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attributes {
    /// Permission bits with setuid, setgid and sticky (12 bits).
    pub mode: u16,
    /// Numeric owner.
    pub uid: u64,
    /// Numeric group.
    pub gid: u64,
    /// Hash over the extended attributes, 0 when there are none.
    pub xattrs: u64,
    /// Among the extended attributes are capabilities, which give a program rights of root's.
    pub capability: bool,
}

/// One entry of a layer, as handed in and out of a [`Changeset`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Clean relative path: no leading or doubled `/`, no `.` or `..`; empty for the root itself.
    pub path: &'a [u8],
    pub kind: Kind,
    pub attributes: Attributes,
    /// Seconds since 1970, may be negative.
    pub mtime: i64,
    /// Stored bytes of a regular file (the data segments of a sparse one), else 0.
    pub bytes: u64,
    /// Length in bytes of a sparse file with its holes; `None` for every other entry.
    pub logical_bytes: Option<u64>,
    /// Where the content starts in the layer's uncompressed tar, in bytes.
    pub offset: u64,
    /// Of an entry that stores nothing: the length in bytes that its header states all the same, nearly always 0.
    pub stated: u64,
    /// Target of a symbolic or hard link, exactly as stored.
    pub link: &'a [u8],
    /// Major and minor number of a device.
    pub device: (u32, u32),
    /// Identity of the content, when it passed by while reading.
    pub hash: Option<u64>,
    /// Named like an index file of a lazy-pulling layer format; one, if the layer [is lazy](Changeset::lazy).
    pub bookkeeping: bool,
}

impl<'a> Entry<'a> {
    /// An entry of `kind` at `path` with everything else empty.
    pub fn new(path: &'a [u8], kind: Kind) -> Self {
        Entry {
            path,
            kind,
            attributes: Attributes::default(),
            mtime: 0,
            bytes: 0,
            logical_bytes: None,
            offset: 0,
            stated: 0,
            link: b"",
            device: (0, 0),
            hash: None,
            bookkeeping: false,
        }
    }
}

/// The entries of one layer, in the layer's order, packed.
#[derive(Clone, Debug, Default)]
pub struct Changeset {
    packed: Vec<u8>,
    attributes: Vec<Attributes>,
    index: FxHashMap<Attributes, u32>,
    entries: u64,
    whiteouts: bool,
    /// The layer is of a format made for lazy pulling: its index files are bookkeeping and count no bytes.
    /// Often known only when the layer's end has been seen.
    pub lazy: bool,
    last_path: Vec<u8>,
    last_mtime: i64,
    last_offset: u64,
}

const KIND: u8 = 0b0000_0111;
const HASHED: u8 = 0b0000_1000;
const SPARSE: u8 = 0b0001_0000;
const BOOKKEEPING: u8 = 0b0010_0000;
const STATED: u8 = 0b0100_0000;

impl Changeset {
    /// Appends an entry.
    pub fn push(&mut self, entry: &Entry<'_>) {
        let mut tag = entry.kind as u8;
        tag |= if entry.hash.is_some() { HASHED } else { 0 };
        tag |= if entry.logical_bytes.is_some() { SPARSE } else { 0 };
        tag |= if entry.bookkeeping { BOOKKEEPING } else { 0 };
        tag |= if entry.stated > 0 { STATED } else { 0 };
        self.packed.push(tag);

        self.whiteouts |= path::split(entry.path).1.starts_with(path::WHITEOUT);
        let shared = shared_prefix(&self.last_path, entry.path);
        put(&mut self.packed, shared as u64);
        put_bytes(&mut self.packed, &entry.path[shared..]);
        self.last_path.truncate(shared);
        self.last_path.extend_from_slice(&entry.path[shared..]);

        let next = self.attributes.len() as u32;
        let attribute = *self.index.entry(entry.attributes).or_insert(next);
        if attribute == next {
            self.attributes.push(entry.attributes);
        }
        put(&mut self.packed, u64::from(attribute));
        put(&mut self.packed, zigzag(entry.mtime.wrapping_sub(self.last_mtime)));
        self.last_mtime = entry.mtime;
        if entry.stated > 0 {
            put(&mut self.packed, entry.stated);
        }

        match entry.kind {
            Kind::File => {
                put(&mut self.packed, entry.bytes);
                put(&mut self.packed, zigzag(entry.offset.wrapping_sub(self.last_offset) as i64));
                self.last_offset = entry.offset;
                if let Some(logical) = entry.logical_bytes {
                    put(&mut self.packed, logical);
                }
                if let Some(hash) = entry.hash {
                    self.packed.extend_from_slice(&hash.to_le_bytes());
                }
            }
            Kind::Hardlink | Kind::Symlink => put_bytes(&mut self.packed, entry.link),
            Kind::Char | Kind::Block => {
                put(&mut self.packed, u64::from(entry.device.0));
                put(&mut self.packed, u64::from(entry.device.1));
            }
            Kind::Directory | Kind::Fifo => {}
        }
        self.entries += 1;
    }

    /// How many entries the layer holds, markers included.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Bytes that the entries take.
    pub fn packed_bytes(&self) -> usize {
        self.packed.len()
    }

    /// Whether any entry marks something as removed.
    pub fn has_whiteouts(&self) -> bool {
        self.whiteouts
    }

    /// Gives back the memory that only appending needs.
    pub fn seal(&mut self) {
        self.packed.shrink_to_fit();
        self.index = FxHashMap::default();
        self.last_path = Vec::new();
    }

    /// Walks the entries in the layer's order.
    pub fn reader(&self) -> Reader<'_> {
        Reader { set: self, at: 0, path: Vec::new(), mtime: 0, offset: 0 }
    }
}

/// Walks a [`Changeset`]; the entry borrows the walk's own path buffer, so this is no `Iterator`.
#[derive(Debug)]
pub struct Reader<'a> {
    set: &'a Changeset,
    at: usize,
    path: Vec<u8>,
    mtime: i64,
    offset: u64,
}

impl Reader<'_> {
    /// The next entry, `None` at the end.
    // Not `Iterator::next`: the path of an entry lives only until the following call.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<Entry<'_>> {
        let packed = &self.set.packed;
        let tag = *packed.get(self.at)?;
        self.at += 1;
        let shared = self.number() as usize;
        let suffix = self.span();
        self.path.truncate(shared);
        self.path.extend_from_slice(&packed[suffix]);
        let attributes = self.set.attributes[self.number() as usize];
        self.mtime = self.mtime.wrapping_add(unzigzag(self.number()));

        let kind = Kind::from_u8(tag & KIND);
        let mut entry = Entry::new(b"", kind);
        entry.attributes = attributes;
        entry.mtime = self.mtime;
        entry.bookkeeping = self.set.lazy && tag & BOOKKEEPING != 0;
        if tag & STATED != 0 {
            entry.stated = self.number();
        }
        match kind {
            Kind::File => {
                entry.bytes = self.number();
                self.offset = self.offset.wrapping_add(unzigzag(self.number()) as u64);
                entry.offset = self.offset;
                entry.logical_bytes = (tag & SPARSE != 0).then(|| self.number());
                if tag & HASHED != 0 {
                    let mut hash = [0; 8];
                    hash.copy_from_slice(&packed[self.at..self.at + 8]);
                    self.at += 8;
                    entry.hash = Some(u64::from_le_bytes(hash));
                }
            }
            Kind::Hardlink | Kind::Symlink => {
                let span = self.span();
                entry.link = &packed[span];
            }
            Kind::Char | Kind::Block => entry.device = (self.number() as u32, self.number() as u32),
            Kind::Directory | Kind::Fifo => {}
        }
        entry.path = &self.path;
        Some(entry)
    }

    fn number(&mut self) -> u64 {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let byte = self.set.packed[self.at];
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return value;
            }
            shift += 7;
        }
    }

    fn span(&mut self) -> std::ops::Range<usize> {
        let length = self.number() as usize;
        let start = self.at;
        self.at += length;
        start..self.at
    }
}

/// Length of the prefix that both paths share, cut behind a `/` so that a name is never split.
fn shared_prefix(last: &[u8], path: &[u8]) -> usize {
    let equal = last.iter().zip(path).take_while(|(a, b)| a == b).count();
    path[..equal].iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1)
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_as_they_went_in() {
        let owner = Attributes { mode: 0o4755, uid: 1 << 40, gid: 7, xattrs: 9, capability: true };
        let mut big = Entry::new(b"usr/lib/libm.so", Kind::File);
        (big.bytes, big.offset, big.mtime) = (u64::MAX / 2, 512, -5);
        (big.hash, big.logical_bytes, big.attributes) = (Some(u64::MAX - 3), Some(1 << 60), owner);
        let mut small = Entry::new(b"usr/lib/libn.so", Kind::File);
        (small.bytes, small.offset, small.mtime, small.bookkeeping) = (1, 2048, i64::MAX, true);
        let mut link = Entry::new(b"usr/link", Kind::Symlink);
        link.link = b"../\xff\xfe";
        link.stated = 1 << 50;
        let mut device = Entry::new(b"dev/null", Kind::Char);
        device.device = (1, 3);
        let root = Entry::new(b"", Kind::Directory);
        let all = [big, small, link, device, root];

        let mut set = Changeset { lazy: true, ..Changeset::default() };
        all.iter().for_each(|entry| set.push(entry));
        set.seal();

        let mut reader = set.reader();
        for entry in &all {
            assert_eq!(reader.next().as_ref(), Some(entry));
        }
        assert!(reader.next().is_none());
        assert_eq!(set.entries(), 5);
    }
}
