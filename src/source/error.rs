//! Why an image could not be opened: one line that says what was tried, what went wrong and what to do.

use std::io;
use std::path::PathBuf;

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("cannot open {path}: {error}")]
    Open { path: PathBuf, error: io::Error },
    #[error("cannot read {what}: {error}")]
    Read { what: String, error: io::Error },
    #[error("cannot keep {what} for reading: {error}; TMPDIR chooses another folder")]
    Spool { what: String, error: io::Error },
    /// Nothing by that name is there, and there is no engine to ask.
    #[error(
        "no such file or folder: {0} (give a path to an archive, an OCI layout or a root file system tar)"
    )]
    NotFound(String),
    #[error("{0}: this kind of source is not supported yet")]
    Unsupported(String),
    /// The bytes are readable but are no image.
    #[error("{what} holds no image: {why}")]
    NoImage { what: String, why: String },
    #[error("{what} holds several images; choose one with --image:\n{list}")]
    Several { what: String, list: String },
    #[error("{what} has no image {wish}; it holds:\n{list}")]
    NoSuchImage { what: String, wish: String, list: String },
    #[error("{what} is not there for {wish}; choose with --platform among:\n{list}")]
    NoPlatform { what: String, wish: String, list: String },
    #[error("cancelled")]
    Cancelled,
}
