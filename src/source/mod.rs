//! Where images come from: archives, layouts, folders and streams, read without any daemon.
//!
//! [`Location`] is what the user meant, [`Blobs`] gives named bytes whatever they lie in, [`roots`] follows the
//! documents to the images there, [`choose`] picks one, [`layer`] reads its layers.

mod blobs;
mod choose;
mod codec;
mod error;
mod folder;
pub mod layer;
mod location;
mod outcome;
mod outer;
mod range;
mod roots;
mod stream;
pub mod task;

pub use blobs::Blobs;
pub use choose::{Wish, choices, choose};
pub use error::SourceError;
pub use location::Location;
pub use outcome::{LayerOutcome, Plain};
pub use roots::{Candidate, Found, LayerRef, roots};
pub use task::{Progress, Task};

/// Finds the blobs at a location: opens the file or folder, spools what cannot be read at will.
pub fn open(location: &Location, task: &Task) -> Result<Blobs, SourceError> {
    match location {
        Location::Stdin { form } => Blobs::spooled(std::io::stdin().lock(), "standard input", *form, task),
        Location::File { path, form } => Blobs::from_path(path, *form, task),
        Location::Bytes { name, bytes } => Blobs::spooled(*bytes, name, None, task),
    }
}
