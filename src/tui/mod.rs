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
pub mod key;
pub mod keymap;
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
pub mod widgets;
mod work;

use std::io;

use crate::jobs::OpenRequest;

/// What to show.
#[derive(Clone, Debug)]
pub struct Options {
    pub request: OpenRequest,
    /// The name to show until the image says its own.
    pub title: String,
    /// A word on how the image came to be shown.
    pub note: Option<&'static str>,
    pub theme: theme::Theme,
    pub keymap: keymap::Keymap,
    /// Whether the mouse is for the program rather than for selecting text.
    pub mouse: bool,
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
    let explorer = screens::explorer::Explorer::new(options.title, options.note);
    let mut model = model::Model::new(explorer, options.keymap, options.theme, 80, 24);
    model.mouse = options.mouse;
    match runtime::run(model, options.request)? {
        Some(why) => Err(ExploreError::Image(why)),
        None => Ok(()),
    }
}
