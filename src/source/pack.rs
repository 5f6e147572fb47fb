//! A file or folder of this machine as a tar, written as it is read.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};

use super::Task;

/// What was packed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    pub files: u64,
    pub bytes: u64,
    /// Sockets, devices and pipes, which are left out.
    pub skipped: u64,
}

/// Bytes of all files at a place.
pub fn measure(from: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    walk(from, &mut |_, _, metadata| {
        bytes += if metadata.is_file() { metadata.len() } else { 0 };
        Ok(())
    })?;
    Ok(bytes)
}

/// Packs `from` under its own name. Links stay links; everything belongs to root, as engines' own commands do it.
pub fn pack(from: &Path, out: impl Write, task: &Task) -> io::Result<Packed> {
    let mut packed = Packed::default();
    let mut builder = Builder::new(out);
    let mut names: HashMap<(u64, u64), PathBuf> = HashMap::new();
    walk(from, &mut |path, name, metadata| {
        task.advance(0)?;
        let mut header = Header::new_gnu();
        header.set_metadata(metadata);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(0);
        if metadata.is_dir() {
            builder.append_data(&mut header, name.join(""), io::empty())
        } else if metadata.is_symlink() {
            builder.append_link(&mut header, name, fs::read_link(path)?)
        } else if metadata.is_file() {
            packed.files += 1;
            if let Some(first) = inode(metadata).and_then(|inode| match names.get(&inode) {
                Some(first) => Some(first.clone()),
                None => names.insert(inode, name.to_owned()),
            }) {
                header.set_entry_type(EntryType::Link);
                return builder.append_link(&mut header, name, first);
            }
            let length = metadata.len();
            header.set_size(length);
            packed.bytes += length;
            let file = task.meter(File::open(path)?);
            builder.append_data(&mut header, name, Exactly { inner: file, left: length })
        } else {
            packed.skipped += 1;
            Ok(())
        }
    })?;
    builder.into_inner()?.flush()?;
    Ok(packed)
}

/// Visits a place and everything below it, folders before what is in them, with the names they have in the tar.
fn walk(from: &Path, visit: &mut dyn FnMut(&Path, &Path, &Metadata) -> io::Result<()>) -> io::Result<()> {
    let failed =
        |path: &Path, error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    // `.` and `..` have no name of their own. What was named is meant, even if it is a link.
    let named = if let Some(name) = from.file_name() {
        PathBuf::from(name)
    } else {
        let whole = from.canonicalize().map_err(|error| failed(from, error))?;
        let name = whole.file_name().ok_or_else(|| io::Error::other("a whole file system has no name"))?;
        PathBuf::from(name)
    };
    let metadata = fs::metadata(from).map_err(|error| failed(from, error))?;
    let mut open = vec![(from.to_owned(), named, metadata)];
    while let Some((path, name, metadata)) = open.pop() {
        visit(&path, &name, &metadata).map_err(|error| failed(&path, error))?;
        if !metadata.is_dir() {
            continue;
        }
        let mut inside = fs::read_dir(&path)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .map_err(|error| failed(&path, error))?;
        inside.sort_by_key(|entry| std::cmp::Reverse(entry.file_name()));
        for entry in inside {
            // What vanishes meanwhile is not there.
            if let Ok(metadata) = fs::symlink_metadata(entry.path()) {
                open.push((entry.path(), name.join(entry.file_name()), metadata));
            }
        }
    }
    Ok(())
}

/// What tells that two names are one file, where a file has several.
#[cfg(unix)]
fn inode(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.nlink() > 1).then(|| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// As many bytes as were announced: a file that grows or shrinks meanwhile must not spoil the archive.
struct Exactly<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let mut count = self.inner.read(&mut buffer[..want])?;
        if count == 0 {
            buffer[..want].fill(0);
            count = want;
        }
        self.left -= count as u64;
        Ok(count)
    }
}
