//! A folder with an image in it: an OCI layout or skopeo's `dir:` layout.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::range::Range;

/// More files than this in one folder are not listed.
const MAX_FILES: usize = 100_000;

/// The folder, and the names in it that can matter.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    canonical: PathBuf,
}

impl Folder {
    pub(super) fn open(root: &Path) -> io::Result<Folder> {
        Ok(Folder { root: root.to_owned(), canonical: root.canonicalize()? })
    }

    /// Names of files at the top, one level down (an unpacked archive has a folder per layer) and under `blobs`.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        list(&self.root, "", &mut names)?;
        for folder in fs::read_dir(&self.root)?.flatten().filter(is_folder) {
            let prefix = format!("{}/", folder.file_name().to_string_lossy());
            // What may not be entered is missed by whoever names it.
            let _ = list(&folder.path(), &prefix, &mut names);
        }
        let blobs = self.root.join("blobs");
        for algorithm in fs::read_dir(&blobs).into_iter().flatten().flatten() {
            let prefix = format!("blobs/{}/", algorithm.file_name().to_string_lossy());
            list(&algorithm.path(), &prefix, &mut names).or_else(ignore_not_a_folder)?;
        }
        Ok(names)
    }

    /// Opens a file of the folder. Links may not lead out of it, and only regular files are opened: a named
    /// pipe would wait for ever.
    pub(super) fn file(&self, name: &str) -> io::Result<Range> {
        let path = self.root.join(name).canonicalize()?;
        if !path.starts_with(&self.canonical) {
            return Err(io::Error::other("it is a link that leads out of the folder and was not followed"));
        }
        if !fs::metadata(&path)?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let file = File::open(&path)?;
        let length = file.metadata()?.len();
        Ok(Range::new(Arc::new(file), 0, length))
    }
}

fn list(folder: &Path, prefix: &str, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if names.len() >= MAX_FILES {
            return Ok(());
        }
        // Links are listed and judged when they are opened.
        if !entry.file_type()?.is_dir() {
            names.push(format!("{prefix}{}", entry.file_name().to_string_lossy()));
        }
    }
    Ok(())
}

fn is_folder(entry: &fs::DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_dir())
}

fn ignore_not_a_folder(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotADirectory { Ok(()) } else { Err(error) }
}
