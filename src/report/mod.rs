//! Faces of the pure modules for the command line: text for people, JSON for programs.

pub mod json;
pub mod mode;
pub mod sanitise;
pub mod size;
pub mod text;
