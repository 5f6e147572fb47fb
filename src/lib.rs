//! hadal: look inside container images.
//!
//! The library knows no terminal but in `tui`. From the bottom up:
//!
//! - [`image`]: what an image is, and the tree of all its files. Pure.
//! - [`analysis`]: projections and judgements over an image. Pure.
//! - [`report`]: text and JSON for the command line. Pure.
//! - [`source`]: where images come from: archives, layouts, folders, streams.
//! - [`jobs`]: use cases that the command line and the screens share.
//! - [`tui`]: the explorer.
//! - [`cli`]: the command line.

pub mod analysis;
pub mod cli;
pub mod image;
pub mod jobs;
pub mod report;
pub mod source;
pub mod tui;
