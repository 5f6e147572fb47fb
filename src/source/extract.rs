//! A tar from a stranger into a folder: below it and nowhere else, and never over what is there.
//!
//! Everything is first unpacked into a new folder inside the chosen one, in which there are no links until all else
//! is in place: so no path can lead through one. Then what is at its top is moved to where it belongs. What fails
//! half way leaves nothing behind.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tar::EntryType;

use super::Task;
use super::stream::{Header, entries};

/// Names of skipped things that are kept, to be shown.
const MAX_NAMED: usize = 20;

/// What became of a tar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Where its top is now.
    pub tops: Vec<PathBuf>,
    pub files: u64,
    pub bytes: u64,
    /// What was left out and why; the first few of them.
    pub skipped: Vec<String>,
    pub skipped_count: u64,
}

/// Why nothing was unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    #[error("the archive names {0}, which lies outside of it")]
    Outside(String),
    #[error("the archive leads to {name} through {through}, which is no folder")]
    Through { name: String, through: String },
    #[error("{0} is there already")]
    Exists(PathBuf),
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    #[error("{path}: {error}")]
    Io { path: PathBuf, error: io::Error },
}

/// What a path of the new folder is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Made {
    /// With the time that it is to have in the end.
    Folder(Option<SystemTime>),
    File,
    /// Its target. Not there yet.
    Link(PathBuf),
}

/// The new folder, while it is filled.
struct Stage<'a> {
    root: &'a Path,
    made: HashMap<PathBuf, Made>,
    done: Extracted,
    task: &'a Task,
}

/// Unpacks a tar into the existing folder `to`. Engines write names of a whole file system with a slash before
/// them: `rooted` takes it away, and without it such names are refused.
pub fn extract(reader: impl Read, to: &Path, rooted: bool, task: &Task) -> Result<Extracted, ExtractError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| ExtractError::Io { path, error }
    };
    if !fs::metadata(to).map_err(at(to))?.is_dir() {
        return Err(at(to)(io::Error::other("it is no folder")));
    }
    let folder = tempfile::Builder::new().prefix(".hadal-").tempdir_in(to).map_err(at(to))?;
    let mut stage = Stage { root: folder.path(), made: HashMap::new(), done: Extracted::default(), task };
    let mut fault = None;
    let walked = entries(task.meter(reader), &mut |header, bytes| {
        let taken = stage.take(&header, rooted, bytes);
        Ok(taken.map_err(|error| fault = Some(error)).is_ok())
    });
    match (fault, walked) {
        (Some(error), _) => return Err(error),
        (None, Err(error)) => return Err(ExtractError::Damaged(error.to_string())),
        (None, Ok(Some(text))) => return Err(ExtractError::Damaged(text)),
        (None, Ok(None)) => {}
    }
    stage.finish()?;
    let mut done = stage.done;
    let tops: Vec<PathBuf> = fs::read_dir(folder.path())
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(at(folder.path()))?
        .iter()
        .map(fs::DirEntry::path)
        .collect();
    let target = |top: &Path| to.join(top.file_name().unwrap_or_default());
    if let Some(there) = tops.iter().map(|top| target(top)).find(|path| fs::symlink_metadata(path).is_ok()) {
        return Err(ExtractError::Exists(there));
    }
    for top in tops {
        let path = target(&top);
        settle(&top, &path)?;
        done.tops.push(path);
    }
    done.tops.sort();
    Ok(done)
}

/// Moves something to where nothing is. A second name can only be given where there is none, which moving cannot
/// promise; folders have no second names, but moving one never replaces anything but an empty folder.
fn settle(from: &Path, to: &Path) -> Result<(), ExtractError> {
    let folder = fs::symlink_metadata(from).is_ok_and(|metadata| metadata.is_dir());
    if !folder {
        match fs::hard_link(from, to) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(ExtractError::Exists(to.to_owned()));
            }
            // File systems without hard links.
            Err(_) => {}
        }
    }
    fs::rename(from, to).map_err(|error| ExtractError::Io { path: to.to_owned(), error })
}

impl Stage<'_> {
    fn take(&mut self, header: &Header, rooted: bool, bytes: &mut dyn Read) -> Result<(), ExtractError> {
        let name = inside(&header.name, rooted)
            .ok_or_else(|| ExtractError::Outside(String::from_utf8_lossy(&header.name).into_owned()))?;
        if name.as_os_str().is_empty() {
            return Ok(());
        }
        self.parents(&name)?;
        let path = self.root.join(&name);
        let failed = |error| ExtractError::Io { path: name.clone(), error };
        match header.kind {
            EntryType::Directory => self.folder(&name, header).map_err(failed),
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                if !self.vacate(&name).map_err(failed)? {
                    return Ok(());
                }
                let mut file = create(&path, header.mode).map_err(failed)?;
                let copied = io::copy(bytes, &mut file).map_err(failed)?;
                if copied != header.bytes {
                    let text = format!("{} is cut short", name.display());
                    return Err(ExtractError::Damaged(text));
                }
                // A time that the file system cannot hold is no reason to give up.
                let _ = file.set_modified(header.time);
                self.done.files += 1;
                self.done.bytes += copied;
                self.made.insert(name, Made::File);
                Ok(())
            }
            EntryType::Symlink => {
                if self.vacate(&name).map_err(failed)? {
                    self.made.insert(name, Made::Link(native(&header.target)));
                }
                Ok(())
            }
            EntryType::Link => self.second_name(&name, header),
            EntryType::Char | EntryType::Block => {
                self.skip(&name, "a device");
                Ok(())
            }
            EntryType::Fifo => {
                self.skip(&name, "a named pipe");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Makes the folders above; refuses to go through anything else.
    fn parents(&mut self, name: &Path) -> Result<(), ExtractError> {
        let mut above: Vec<&Path> =
            name.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty()).collect();
        above.reverse();
        for folder in above {
            match self.made.get(folder) {
                Some(Made::Folder(_)) => {}
                Some(_) => {
                    let (name, through) = (name.display().to_string(), folder.display().to_string());
                    return Err(ExtractError::Through { name, through });
                }
                None => {
                    let made = fs::create_dir(self.root.join(folder));
                    made.map_err(|error| ExtractError::Io { path: folder.to_owned(), error })?;
                    self.made.insert(folder.to_owned(), Made::Folder(None));
                }
            }
        }
        Ok(())
    }

    fn folder(&mut self, name: &Path, header: &Header) -> io::Result<()> {
        let path = self.root.join(name);
        match self.made.get(name) {
            Some(Made::Folder(_)) => {}
            Some(_) => {
                self.skip(name, "there is something else of that name");
                return Ok(());
            }
            None => fs::create_dir(&path)?,
        }
        restrict(&path, header.mode)?;
        self.made.insert(name.to_owned(), Made::Folder(Some(header.time)));
        Ok(())
    }

    /// Makes room for a later entry of the same name, as unpacking does. `false` where it cannot be.
    fn vacate(&mut self, name: &Path) -> io::Result<bool> {
        match self.made.get(name) {
            Some(Made::Folder(_)) => {
                self.skip(name, "there is a folder of that name");
                return Ok(false);
            }
            Some(Made::File) => fs::remove_file(self.root.join(name))?,
            Some(Made::Link(_)) | None => {}
        }
        self.made.remove(name);
        Ok(true)
    }

    fn second_name(&mut self, name: &Path, header: &Header) -> Result<(), ExtractError> {
        let outside = || ExtractError::Outside(String::from_utf8_lossy(&header.target).into_owned());
        let target = inside(&header.target, true).ok_or_else(outside)?;
        let made = self.made.get(&target).cloned();
        let failed = |error| ExtractError::Io { path: name.to_owned(), error };
        if target == name || !self.vacate(name).map_err(failed)? {
            return Ok(());
        }
        match made {
            Some(Made::File) => {
                fs::hard_link(self.root.join(&target), self.root.join(name)).map_err(failed)?;
                self.done.files += 1;
                self.made.insert(name.to_owned(), Made::File);
            }
            Some(Made::Link(to)) => drop(self.made.insert(name.to_owned(), Made::Link(to))),
            _ => {
                let why = format!("a hard link to {}, which is not in the archive", target.display());
                self.skip(name, &why);
            }
        }
        Ok(())
    }

    /// Links, which nothing can lead through any more, then the times of folders, which filling them has changed.
    fn finish(&mut self) -> Result<(), ExtractError> {
        let made = std::mem::take(&mut self.made);
        for (name, made) in &made {
            if let Made::Link(target) = made {
                match link(target, &self.root.join(name)) {
                    Ok(true) => {}
                    Ok(false) => self.skip(name, "this system has no such links"),
                    Err(error) => return Err(ExtractError::Io { path: name.clone(), error }),
                }
            }
        }
        for (name, made) in &made {
            if let Made::Folder(Some(time)) = made {
                let _ = File::open(self.root.join(name)).and_then(|folder| folder.set_modified(*time));
            }
        }
        if self.task.is_cancelled() {
            return Err(ExtractError::Damaged("cancelled".to_owned()));
        }
        Ok(())
    }

    fn skip(&mut self, name: &Path, why: &str) {
        self.done.skipped_count += 1;
        if self.done.skipped.len() < MAX_NAMED {
            self.done.skipped.push(format!("{} ({why})", name.display()));
        }
    }
}

/// A name as a path below the root; `None` for what lies elsewhere.
fn inside(name: &[u8], rooted: bool) -> Option<PathBuf> {
    if !rooted && name.starts_with(b"/") {
        return None;
    }
    let mut path = PathBuf::new();
    for part in name.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".") {
        let part = native(part);
        // Also what is more than one part, or a root, on systems with other separators.
        let mut components = part.components();
        match (components.next(), components.next()) {
            (Some(std::path::Component::Normal(normal)), None) => path.push(normal),
            _ => return None,
        }
    }
    Some(path)
}

#[cfg(unix)]
fn native(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(name))
}

#[cfg(not(unix))]
fn native(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}

/// A new file that its owner can use, within what the umask allows: no set-user-ID and the like from strangers.
fn create(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, (mode & 0o777) | 0o600);
    #[cfg(not(unix))]
    let _ = mode;
    options.write(true).create_new(true).open(path)
}

/// Takes away what a folder's mode does not give, but for its owner.
#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let given = fs::metadata(path)?.permissions().mode();
    fs::set_permissions(path, fs::Permissions::from_mode(given & ((mode & 0o777) | 0o700)))
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn link(target: &Path, path: &Path) -> io::Result<bool> {
    std::os::unix::fs::symlink(target, path).map(|()| true)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Seconds since 1970 as a time.
pub(super) fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH)
}
