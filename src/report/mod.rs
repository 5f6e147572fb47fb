//! Faces of the pure modules: text for people, JSON for programs, and the small renderings both and the screens
//! share.

pub mod advice;
pub mod age;
pub mod ansi;
pub mod cells;
pub mod ci;
pub mod clean;
pub mod diagnosis;
pub mod found;
pub mod json;
pub mod leak;
pub mod lists;
pub mod mode;
pub mod sanitise;
pub mod status;
pub mod step;
pub mod table;
pub mod text;

pub use crate::image::size;
