//! The terminal: an Elm loop with vertical slices.
//!
//! ```text
//!  terminal events ─┐                    ┌─ Effect ─▶ runtime: jobs, suspend, quit
//!  answers of jobs ─┴─▶ Msg ─▶ update ───┤
//!                              (pure)    └─ Model ──▶ view (only reads) ─▶ frame
//! ```
//!
//! `runtime` is the only file that waits. Screens know neither the model nor the loop.

pub mod action;
pub mod area;
pub mod data;
pub mod desk;
#[cfg(unix)]
mod handover;
pub mod key;
pub mod keymap;
mod live;
pub mod model;
mod mouse;
pub mod msg;
pub mod overlays;
mod runtime;
pub mod screens;
pub mod settings;
pub mod term;
pub mod theme;
pub mod update;
pub mod view;
pub mod watch;
mod watching;
pub mod widgets;
pub mod wish;

mod work;

use std::io;
use std::path::PathBuf;

use crate::analysis::JunkList;
use crate::cleanup::Protect;
use crate::jobs::{OpenRequest, Surroundings};

/// What to show.
#[derive(Clone, Debug)]
pub struct Options {
    /// The image to open; with none the engine is shown, or the embedded sample where there is no engine.
    pub request: OpenRequest,
    /// Where engines are looked for.
    pub around: Surroundings,
    pub theme: theme::Theme,
    pub keymap: keymap::Keymap,
    /// Whether the mouse is for the program rather than for selecting text.
    pub mouse: bool,
    /// Places of files that nobody will miss.
    pub junk: JunkList,
    /// What cleaning up leaves alone.
    pub protect: Protect,
    /// The user's file of settings, where there can be one.
    pub settings: Option<PathBuf>,
    /// Nothing of the engine may be changed.
    pub read_only: bool,
}

/// Why the explorer ended other than by being quit.
#[derive(Debug, thiserror::Error)]
pub enum ExploreError {
    #[error("cannot use the terminal: {0}")]
    Terminal(#[from] io::Error),
    /// The image could not be opened, as was shown on the screen.
    #[error("{0}")]
    Image(String),
}

/// Runs the explorer until it is quit.
pub fn run(options: Options) -> Result<(), ExploreError> {
    let title = options.request.image.clone();
    let named = title.is_some();
    let explorer = screens::explorer::Explorer::new(title.unwrap_or_default(), None);
    let mut model = model::Model::new(explorer, options.keymap, options.theme, 80, 24);
    if !named {
        model = model.at_the_desk();
    }
    model.mouse = options.mouse;
    model.desk.read_only = options.read_only;
    model.desk.protect = options.protect;
    let settings = settings::file::SettingsFile::new(options.settings);
    match runtime::run(model, options.request, options.around, options.junk, settings)? {
        Some(why) => Err(ExploreError::Image(why)),
        None => Ok(()),
    }
}
