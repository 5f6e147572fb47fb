//! What the user wrote → where to look.

use std::path::{Path, PathBuf};

use super::SourceError;

/// Where an image is to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file or folder, with the form it was said to have.
    File { path: PathBuf, form: Option<Form> },
    /// An archive on standard input, with the form it was said to have.
    Stdin { form: Option<Form> },
    /// An archive in memory.
    Bytes { name: &'static str, bytes: &'static [u8] },
}

/// Forms that can be asked for by a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    DockerArchive,
    OciArchive,
    OciDir,
    DockerDir,
    Rootfs,
}

impl Form {
    /// The scheme that asks for it.
    pub fn name(self) -> &'static str {
        match self {
            Form::DockerArchive => "docker-archive",
            Form::OciArchive => "oci-archive",
            Form::OciDir => "oci-dir",
            Form::DockerDir => "docker-dir",
            Form::Rootfs => "rootfs",
        }
    }
}

const SCHEMES: [(&str, Form); 9] = [
    ("docker-archive", Form::DockerArchive),
    ("docker-tar", Form::DockerArchive),
    ("oci-archive", Form::OciArchive),
    ("oci-dir", Form::OciDir),
    ("oci", Form::OciDir),
    ("docker-dir", Form::DockerDir),
    ("dir", Form::DockerDir),
    ("rootfs", Form::Rootfs),
    ("tar", Form::Rootfs),
];

/// The scheme of sources that need a network.
const REMOTE: &str = "registry";

impl Location {
    /// Understands `-`, `scheme:path`, `scheme://path` and plain paths. A path that exists wins over a scheme.
    pub fn parse(text: &str) -> Result<Location, SourceError> {
        if text == "-" {
            return Ok(Location::Stdin { form: None });
        }
        let plain = Path::new(text);
        if let Some((scheme, rest)) = text.split_once(':')
            && !plain.exists()
        {
            let rest = rest.strip_prefix("//").unwrap_or(rest);
            if let Some((_, form)) = SCHEMES.iter().find(|(name, _)| *name == scheme) {
                return if rest == "-" {
                    Ok(Location::Stdin { form: Some(*form) })
                } else {
                    existing(Path::new(rest), Some(*form))
                };
            }
            if scheme == REMOTE {
                return Err(SourceError::Unsupported(text.to_owned()));
            }
        }
        existing(plain, None)
    }
}

fn existing(path: &Path, form: Option<Form>) -> Result<Location, SourceError> {
    // `metadata` and not `exists`: a folder that may not be entered must be told apart from a missing file.
    match std::fs::metadata(path) {
        Ok(_) => Ok(Location::File { path: path.to_owned(), form }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(SourceError::NotFound(path.display().to_string()))
        }
        Err(error) => Err(SourceError::Open { path: path.to_owned(), error }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let form = |text: &str| match Location::parse(text) {
            Ok(Location::File { form, path }) => (form, path == Path::new(file)),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(form(file), (None, true));
        assert_eq!(form(&format!("docker-archive:{file}")), (Some(Form::DockerArchive), true));
        assert_eq!(form(&format!("docker-archive://{file}")), (Some(Form::DockerArchive), true));
        assert_eq!(form(&format!("oci:{file}")), (Some(Form::OciDir), true));
        assert_eq!(Location::parse("-").unwrap(), Location::Stdin { form: None });
        assert_eq!(Location::parse("rootfs:-").unwrap(), Location::Stdin { form: Some(Form::Rootfs) });
        assert!(matches!(Location::parse("registry:alpine"), Err(SourceError::Unsupported(_))));
        assert!(matches!(Location::parse("no-such-image:1"), Err(SourceError::NotFound(_))));
    }
}
