//! All state of the program, owned by the loop.

use ratatui::layout::Rect;

use super::action::Context;
use super::area::{Areas, Shape, areas, is_roomy};
use super::desk::Desk;
use super::desk::acts::Place;
use super::keymap::Keymap;
use super::msg::{Ask, Effect, JobId};
use super::overlays::{Overlay, Subject};
use super::screens::explorer::Explorer;
use super::theme::Theme;
use super::widgets::popup;
use crate::world::Connection;

/// Which half of the program has the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum At {
    /// What an engine holds.
    Desk,
    /// One image.
    #[default]
    Explorer,
}

/// What the explorer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    Nothing,
    /// What was named when the program was started.
    Named,
    /// The embedded sample, for want of an engine.
    Sample,
    /// An image of the engine.
    Local,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Model {
    pub at: At,
    pub desk: Desk,
    pub explorer: Explorer,
    /// What the explorer shows, if anything.
    pub opened: Opened,
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
    /// A key was pressed: nothing may change the screen under somebody's hands.
    pub touched: bool,
    /// The job whose answers count.
    pub job: JobId,
    /// Something changed since the last frame.
    pub dirty: bool,
}

impl Model {
    pub fn new(explorer: Explorer, keymap: Keymap, theme: Theme, width: u16, height: u16) -> Model {
        let own_theme = theme.is_own().then(|| theme.clone());
        Model {
            at: At::Explorer,
            desk: Desk::default(),
            explorer,
            opened: Opened::Named,
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
            touched: false,
            job: JobId(1),
            dirty: true,
        }
    }

    /// A program that begins at the engine.
    #[must_use]
    pub fn at_the_desk(mut self) -> Model {
        (self.at, self.opened) = (At::Desk, Opened::Nothing);
        self.desk.world.connection = Connection::Connecting;
        self
    }

    /// Where keys go.
    pub fn context(&self) -> Context {
        match self.at {
            At::Desk => self.desk.context(),
            At::Explorer => self.explorer.context(),
        }
    }

    /// A word on what the last key came to.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        let notice = match self.at {
            At::Desk => &mut self.desk.notice,
            At::Explorer => &mut self.explorer.notice,
        };
        *notice = Some(text.into());
    }

    pub(super) fn hush(&mut self) {
        match self.at {
            At::Desk => self.desk.notice = None,
            At::Explorer => self.explorer.notice = None,
        }
    }

    /// What overlays tell about.
    pub fn subject(&self) -> Subject<'_> {
        let explorer = &self.explorer;
        Subject { keymap: &self.keymap, context: self.context(), explorer }
    }

    /// Where the engine side is drawn; `None` on a screen that is too small.
    pub fn place(&self) -> Option<Place> {
        Some(Place { screen: self.screen(), body: self.areas()?.body })
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
        match self.at {
            At::Desk => vec![Effect::Engine(Ask::Connect)],
            At::Explorer => vec![Effect::Open(self.job)],
        }
    }

    /// Goes to the engine side, which finds its engine when it is first looked at.
    pub(super) fn go_to_desk(&mut self) -> Vec<Effect> {
        self.at = At::Desk;
        if self.desk.world.connection != Connection::Idle {
            return Vec::new();
        }
        self.desk.world.connection = Connection::Connecting;
        vec![Effect::Engine(Ask::Connect)]
    }

    /// Opens the embedded sample, for want of an engine.
    pub(super) fn open_sample(&mut self, note: String) -> Vec<Effect> {
        self.job.0 += 1;
        self.explorer = Explorer::new("hadal sample".to_owned(), Some(note));
        (self.at, self.opened) = (At::Explorer, Opened::Sample);
        self.desk.show_recorded();
        vec![Effect::Open(self.job)]
    }

    /// Opens an image of the engine.
    pub(super) fn explore(&mut self, id: String, title: String) -> Vec<Effect> {
        let old = self.job;
        let reading = self.explorer.busy() && self.opened != Opened::Nothing;
        self.job.0 += 1;
        self.explorer = Explorer::new(title, None);
        self.explorer.resized(is_roomy(self.width, self.height));
        (self.at, self.opened) = (At::Explorer, Opened::Local);
        let cancel = reading.then_some(Effect::Cancel(old));
        cancel.into_iter().chain([Effect::Explore(self.job, id)]).collect()
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

    /// Has the contents of the image read, unless there is a reason not to.
    pub(super) fn look_inside(&mut self) -> Vec<Effect> {
        if let Err(why) = self.explorer.begin_looking() {
            self.say(why);
            return Vec::new();
        }
        self.job.0 += 1;
        vec![Effect::LookInside(self.job)]
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
