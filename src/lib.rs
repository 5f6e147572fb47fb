//! hadal: look inside container images.
//!
//! The library knows no terminal but in [`tui`]. From the bottom up:
//!
//! - [`image`]: what an image is, and the tree of all its files. Pure.
//! - [`analysis`]: projections and judgements over an image. Pure.

pub mod analysis;
pub mod cli;
pub mod image;

pub mod jobs;
pub mod report;
pub mod source;
pub mod tui;
