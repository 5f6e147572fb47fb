//! hadal: look inside container images.
//!
//! The library knows no terminal but in `tui`. From the bottom up:
//!
//! - [`image`]: what an image is, and the tree of all its files. Pure.
//! - [`container`]: what a container is. Pure.
//! - [`world`]: all that an engine holds, kept fresh by updates; what can be done to it. Pure.
//! - [`analysis`]: projections and judgements over an image. Pure.
//! - [`cleanup`]: what images and containers hold, and what removing them would free. Pure.
//! - [`diagnosis`]: why containers died, and whether an image can start. Pure.
//! - [`report`]: text and JSON for the command line. Pure.
//! - [`source`]: where images come from: archives, layouts, folders, streams.
//! - [`engine`]: Docker, Podman and what speaks their language.
//! - [`jobs`]: use cases that the command line and the screens share.
//! - [`tui`]: the screens.
//! - [`cli`]: the command line.

pub mod analysis;
pub mod cleanup;
pub mod cli;
pub mod container;
pub mod diagnosis;
pub mod engine;
pub mod image;
pub mod jobs;
pub mod report;
pub mod source;
pub mod tui;
pub mod world;
