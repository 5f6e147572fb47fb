//! Faces of the pure modules: text for people, JSON for programs, and the small renderings both and the screens
//! share.

pub mod json;
pub mod mode;
pub mod sanitise;
pub mod size;
pub mod text;
