//! Where images come from: archives, layouts, folders and streams, read without any daemon.
//!
//! [`Location`] is what the user meant, [`Blobs`] gives named bytes whatever they lie in, [`roots`] follows the
//! documents to the images there, [`choose`] picks one, [`layer`] reads its layers. Beside it: tars of other things,
//! unpacked safely ([`extract`]) and packed ([`pack`]).

mod aside;
mod blobs;
mod choose;
mod codec;
pub mod contents;
mod error;
mod excerpt;
mod extract;
mod folder;
mod keep;
pub mod layer;
mod location;
mod outcome;
mod outer;
mod pack;
mod range;
mod roots;
mod stream;
pub mod task;
mod whole;

pub use blobs::Blobs;
pub use choose::{Wish, choices, choose};
pub use codec::unpacked;
pub use error::SourceError;
pub use excerpt::{Wanted, excerpts};
pub use extract::{ExtractError, Extracted, extract};
pub use keep::keep_archive;
pub use location::Location;
pub use outcome::{LayerOutcome, Plain};
pub use pack::{Packed, measure, pack};
pub use roots::{Candidate, Found, LayerRef, roots};
pub use stream::contents_in_stream;
pub use task::{Progress, Task};
pub use whole::{Held, check_archive};

/// An archive that passes by once, kept in a file without a name for as long as it is used.
pub fn kept(reader: impl std::io::Read, what: &str, task: &Task) -> Result<Blobs, SourceError> {
    Blobs::spooled(reader, what, None, task)
}

/// Finds the blobs at a location: opens the file or folder, spools what cannot be read at will.
pub fn open(location: &Location, task: &Task) -> Result<Blobs, SourceError> {
    match location {
        Location::Stdin { form } => Blobs::spooled(std::io::stdin().lock(), "standard input", *form, task),
        Location::File { path, form } => Blobs::from_path(path, *form, task),
        Location::Bytes { name, bytes } => Blobs::spooled(*bytes, name, None, task),
    }
}
