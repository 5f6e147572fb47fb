//! All state of the program, owned by the loop.

use super::keymap::Keymap;
use super::msg::{Effect, JobId};
use super::overlays::{Overlay, Subject};
use super::screens::explorer::Explorer;
use super::theme::Theme;

/// See the module.
#[derive(Clone, Debug)]
pub struct Model {
    pub explorer: Explorer,
    pub keymap: Keymap,
    pub theme: Theme,
    pub overlay: Option<Overlay>,
    pub width: u16,
    pub height: u16,
    /// The job whose answers count.
    pub job: JobId,
    /// Something changed since the last frame.
    pub dirty: bool,
}

impl Model {
    pub fn new(explorer: Explorer, keymap: Keymap, theme: Theme, width: u16, height: u16) -> Model {
        Model { explorer, keymap, theme, overlay: None, width, height, job: JobId(1), dirty: true }
    }

    /// What overlays tell about.
    pub fn subject(&self) -> Subject<'_> {
        let explorer = &self.explorer;
        Subject { keymap: &self.keymap, context: explorer.context(), problems: &explorer.facts.problems }
    }

    /// What is to be done first.
    pub fn start(&self) -> Vec<Effect> {
        vec![Effect::Open(self.job)]
    }
}
