//! The user's file of settings, changed while the program runs: read anew, written beside itself, and put in its own
//! place in one step. What cannot be read or may not be written is left as it is.

use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Change, Settings, changed};

/// Where the settings are, if anywhere. One change at a time.
#[derive(Clone, Debug, Default)]
pub struct SettingsFile(Arc<Mutex<Option<PathBuf>>>);

/// What the file says after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub patterns: Vec<String>,
    /// The file, as a person names it.
    pub path: String,
}

impl SettingsFile {
    pub fn new(path: Option<PathBuf>) -> SettingsFile {
        SettingsFile(Arc::new(Mutex::new(path)))
    }

    /// Changes what is protected, and hands on what came of it before the next change. The error is one line.
    pub fn change<T>(&self, change: &Change, told: impl FnOnce(Result<Kept, String>) -> T) -> T {
        let path = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told(match &*path {
            Some(path) => keep(path, change).map_err(|why| {
                format!("cannot change the settings in {}: {why}; nothing was changed", path.display())
            }),
            None => Err("there is no folder for settings; --config FILE names a file".to_owned()),
        })
    }
}

fn keep(path: &Path, change: &Change) -> Result<Kept, String> {
    let words = |error: io::Error| reason(&error);
    // A link stays one: what it leads to is changed.
    let target = match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => None,
        target => Some(target.map_err(words)?),
    };
    let before = target.as_deref().map(read).transpose().map_err(words)?;
    let (text, metadata) = before.map_or_else(Default::default, |(text, metadata)| (text, Some(metadata)));
    let written = changed(&text, change).map_err(|fault| fault.to_string())?;
    if written != text {
        if metadata.as_ref().is_some_and(|metadata| metadata.permissions().readonly()) {
            return Err("it may only be read".to_owned());
        }
        write(target.as_deref().unwrap_or(path), &written, metadata.as_ref()).map_err(words)?;
    }
    let settings = Settings::parse(&written).map_err(|fault| fault.to_string())?;
    Ok(Kept { patterns: settings.protect, path: path.display().to_string() })
}

fn read(path: &Path) -> io::Result<(String, Metadata)> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    Ok((fs::read_to_string(path)?, metadata))
}

/// A new file takes the place of the old one, with the permissions of that.
fn write(path: &Path, text: &str, old: Option<&Metadata>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".config-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Some(old) = old {
        own(file.as_file(), old)?;
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    match old {
        Some(_) => file.persist(path).map_err(|error| error.error)?,
        // Somebody may have made one meanwhile.
        None => file.persist_noclobber(path).map_err(|error| error.error)?,
    };
    Ok(())
}

/// Of another user's file, which only root can do this to, that user stays the owner.
#[cfg(unix)]
fn own(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let now = file.metadata()?;
    if (now.uid(), now.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    fchown(file, Some(old.uid()), Some(old.gid()))
}

#[cfg(not(unix))]
fn own(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// What is wrong, without the number that only programmers know.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it leads to nothing".to_owned(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "it may not be written".to_owned()
        }
        io::ErrorKind::InvalidData => "it is no text in UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn protect(path: &Path, add: &str, remove: &str) -> Result<Kept, String> {
        let list = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let change = Change { add: list(add), remove: list(remove) };
        SettingsFile::new(Some(path.to_owned())).change(&change, |kept| kept)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn only(folder: &Path, names: &[&str]) {
        let mut found: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        assert_eq!(found, names);
    }

    #[test]
    fn a_file_is_made_with_its_folder_and_changed_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/hadal/config.toml");
        let kept = protect(&path, "a b", "").unwrap();
        assert_eq!(kept, Kept { patterns: vec!["a".into(), "b".into()], path: path.display().to_string() });
        assert_eq!(fs::read_to_string(&path).unwrap(), "[cleanup]\nprotect = [\"a\", \"b\"]\n");
        assert_eq!(mode(&path) & 0o600, 0o600);
        fs::write(&path, "# mine\nmouse = false # so\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(protect(&path, "c", "").unwrap().patterns, ["c"]);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "# mine\nmouse = false # so\n\n[cleanup]\nprotect = [\"c\"]\n");
        assert_eq!(mode(&path), 0o640);
        assert_eq!(protect(&path, "", "c").unwrap().patterns, [""; 0]);
        only(path.parent().unwrap(), &["config.toml"]);
    }

    #[test]
    fn links_stay_links() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.toml"), folder.path().join("link.toml"));
        symlink("real.toml", &link).unwrap();
        assert!(protect(&link, "a", "").unwrap_err().contains("it leads to nothing; nothing was changed"));
        fs::write(&real, "").unwrap();
        protect(&link, "a", "").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&real).unwrap().contains("\"a\""));
    }

    #[test]
    fn what_cannot_be_changed_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        for (text, mode_of_it, says) in
            [("mouse = 3\n", 0o644, "line 1: invalid type"), ("mouse = true\n", 0o444, "it may only be read")]
        {
            let _ = fs::remove_file(&path);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode_of_it)).unwrap();
            let error = protect(&path, "a", "").unwrap_err();
            assert!(error.starts_with("cannot change the settings in ") && error.contains(says), "{error}");
            assert!(!error.contains('\n') && error.ends_with("; nothing was changed"), "{error}");
            assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), (text, mode_of_it));
            only(folder.path(), &["config.toml"]);
        }
        fs::remove_file(&path).unwrap();
        fs::write(&path, b"\xff\xfe").unwrap();
        assert!(protect(&path, "a", "").unwrap_err().contains("no text in UTF-8"));
        assert!(protect(folder.path(), "a", "").unwrap_err().contains("it is no file"));
        let nowhere = SettingsFile::default().change(&Change::default(), |kept| kept);
        assert!(nowhere.unwrap_err().contains("--config FILE"));
    }
}
