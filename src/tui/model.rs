//! All state of the program, owned by the loop.

use ratatui::layout::Rect;

use super::area::{Areas, Shape, areas};
use super::keymap::Keymap;
use super::msg::{Effect, JobId};
use super::overlays::{Overlay, Subject};
use super::screens::explorer::Explorer;
use super::theme::Theme;
use super::widgets::popup;

/// See the module.
#[derive(Clone, Debug)]
pub struct Model {
    pub explorer: Explorer,
    pub keymap: Keymap,
    pub theme: Theme,
    /// The theme of the settings, where it is not a built-in one: the key that changes themes comes back to it.
    pub own_theme: Option<Theme>,
    /// Whether the mouse is for the program rather than for selecting text.
    pub mouse: bool,
    pub overlay: Option<Overlay>,
    /// The pane with the keys takes the whole screen.
    pub zoom: bool,
    /// The share of the layers pane in percent, when it was set by hand.
    pub split: Option<u16>,
    /// The border between the panes is being dragged.
    pub dragging: bool,
    pub width: u16,
    pub height: u16,
    /// The job whose answers count.
    pub job: JobId,
    /// Something changed since the last frame.
    pub dirty: bool,
}

impl Model {
    pub fn new(explorer: Explorer, keymap: Keymap, theme: Theme, width: u16, height: u16) -> Model {
        let own_theme = theme.is_own().then(|| theme.clone());
        Model {
            explorer,
            keymap,
            theme,
            own_theme,
            mouse: true,
            overlay: None,
            zoom: false,
            split: None,
            dragging: false,
            width,
            height,
            job: JobId(1),
            dirty: true,
        }
    }

    /// What overlays tell about.
    pub fn subject(&self) -> Subject<'_> {
        let explorer = &self.explorer;
        Subject { keymap: &self.keymap, context: explorer.context(), explorer }
    }

    /// Where everything is; `None` on a screen that is too small.
    pub fn areas(&self) -> Option<Areas> {
        let explorer = &self.explorer;
        let shape = Shape {
            layers: explorer.list.rows.len(),
            pane: explorer.pane,
            waste: explorer.waste_open,
            zoom: self.zoom,
            split: self.split,
        };
        areas(self.width, self.height, shape)
    }

    /// What is to be done first.
    pub fn start(&self) -> Vec<Effect> {
        vec![Effect::Open(self.job)]
    }

    /// Opens the selected one of several images.
    pub(super) fn choose(&mut self) -> Vec<Effect> {
        let explorer = &mut self.explorer;
        let Some(cursor) = explorer.choosing.take() else { return Vec::new() };
        if explorer.chosen == Some(cursor.at) && explorer.image.is_some() {
            return Vec::new();
        }
        let old = self.job;
        self.job.0 += 1;
        explorer.chosen = Some(cursor.at);
        explorer.start_over();
        vec![Effect::Cancel(old), Effect::Choose(self.job, cursor.at)]
    }

    pub(super) fn screen(&self) -> Rect {
        Rect::new(0, 0, self.width, self.height)
    }

    /// The last line that an overlay scrolls to.
    pub(super) fn last_line(&self, open: Overlay) -> usize {
        // How many lines there are does not depend on their styles.
        let (lines, area) = open.kind.lines(self.subject(), self.screen(), &Theme::default());
        popup::last_offset(area, lines.len())
    }
}
