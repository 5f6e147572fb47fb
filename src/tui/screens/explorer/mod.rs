//! The image explorer: layers beside files.

pub mod changed;
pub mod columns;
pub mod facts;
pub mod files;
pub mod layers;
pub mod rows;

use std::sync::Arc;

use crate::analysis::View;
use crate::image::{Head, Image, Layer};
use crate::tui::action::{Action, Context};
use crate::tui::msg::{Answer, Progress};
use crate::tui::widgets::list::Cursor;
use facts::Facts;
use files::Files;

/// Which pane has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    #[default]
    Layers,
    Files,
}

/// Which file system the files pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// What the selected layer changed.
    #[default]
    Layer,
    /// The file system as of the selected layer; changes count from the base layer up.
    AsOf,
    /// What a container sees.
    Final,
}

/// How far the image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    Reading(Progress),
    Ready,
    Cancelled,
    Failed(String),
}

/// The screen's state.
#[derive(Clone, Debug)]
pub struct Explorer {
    /// What was asked for, until the image says its name.
    pub title: String,
    /// A word on how the image came to be shown.
    pub note: Option<&'static str>,
    pub load: Load,
    pub head: Option<Box<Head>>,
    pub layers: Vec<Layer>,
    pub image: Option<Arc<Image>>,
    pub facts: Facts,
    pub pane: Pane,
    pub mode: Mode,
    pub selected: Cursor,
    pub files: Files,
    changes_only: [bool; 3],
}

impl Explorer {
    pub fn new(title: String, note: Option<&'static str>) -> Explorer {
        Explorer {
            title,
            note,
            load: Load::Reading(Progress::default()),
            head: None,
            layers: Vec::new(),
            image: None,
            facts: Facts::default(),
            pane: Pane::default(),
            mode: Mode::default(),
            selected: Cursor::default(),
            files: Files::default(),
            changes_only: [true, false, false],
        }
    }

    /// Where keys go.
    pub fn context(&self) -> Context {
        match self.pane {
            _ if matches!(self.load, Load::Failed(_)) => Context::Global,
            Pane::Layers => Context::Layers,
            Pane::Files => Context::Files,
        }
    }

    pub fn reading(&self) -> bool {
        matches!(self.load, Load::Reading(_))
    }

    /// Whether unmodified files are left out in this mode.
    pub fn changes_only(&self) -> bool {
        self.changes_only[self.mode as usize]
    }

    /// The view of the files pane; `None` as long as the layer that it is about has not been read.
    pub fn view(&self) -> Option<View> {
        let last = self.image.as_ref()?.tree.layers().checked_sub(1)?;
        let layer = self.selected.at;
        if layer > last && self.mode != Mode::Final {
            return None;
        }
        Some(match self.mode {
            Mode::Layer => View::Layer(layer),
            // Against an image of one layer everything is new; above it, changes count from the base.
            Mode::AsOf if layer == 0 => View::Layer(0),
            Mode::AsOf => View::Range { first: 1, last: layer },
            Mode::Final if last == 0 => View::Layer(0),
            Mode::Final => View::Range { first: 1, last },
        })
    }

    /// Takes what the job found.
    pub fn take(&mut self, answer: Answer) {
        match answer {
            Answer::Head(head, layers) => {
                self.title.clone_from(head.tags.first().unwrap_or(&head.reference));
                (self.head, self.layers) = (Some(head), layers);
            }
            Answer::Layer(index, layer) => {
                if let Some(slot) = self.layers.get_mut(index) {
                    *slot = *layer;
                }
            }
            Answer::Partial(image) => self.show(&image),
            Answer::Done(image) => {
                self.load = Load::Ready;
                self.layers.clone_from(&image.layers);
                self.head = Some(Box::new(image.head.clone()));
                self.show(&image);
            }
            Answer::Failed(why) if self.load == Load::Cancelled => drop(why),
            Answer::Failed(why) => self.load = Load::Failed(why),
            Answer::Progress(progress) if self.reading() => self.load = Load::Reading(progress),
            Answer::Progress(_) => {}
        }
    }

    fn show(&mut self, image: &Arc<Image>) {
        self.facts = Facts::of(image);
        if let Some(old) = self.image.replace(Arc::clone(image)) {
            self.files.carry(&old.tree, &image.tree);
        }
        self.refresh();
    }

    /// Reacts to a verb; `page` is the height of the pane that has the keys.
    pub fn act(&mut self, action: Action, page: usize) {
        let page = page.max(1) as isize;
        match action {
            Action::SwitchPane => {
                self.pane = if self.pane == Pane::Layers { Pane::Files } else { Pane::Layers };
            }
            Action::OpenLayer => self.pane = Pane::Files,
            Action::NextView => {
                self.mode = match self.mode {
                    Mode::Layer => Mode::AsOf,
                    Mode::AsOf => Mode::Final,
                    Mode::Final => Mode::Layer,
                };
                self.refresh();
            }
            Action::ChangesOnly => {
                self.changes_only[self.mode as usize] ^= true;
                self.refresh();
            }
            Action::Down => self.step(1),
            Action::Up => self.step(-1),
            Action::PageDown => self.step(page),
            Action::PageUp => self.step(-page),
            Action::HalfDown => self.step((page / 2).max(1)),
            Action::HalfUp => self.step(-(page / 2).max(1)),
            Action::First => self.step(isize::MIN),
            Action::Last => self.step(isize::MAX),
            Action::PreviousLayer => self.select_layer(-1),
            Action::NextLayer => self.select_layer(1),
            Action::ToggleFold | Action::Unfold | Action::Fold | Action::UnfoldBelow | Action::FoldAll => {
                if let (Some(image), Some(view)) = (self.image.clone(), self.view()) {
                    self.files.act(action, &image.tree, view, self.changes_only());
                }
            }
            Action::Quit
            | Action::Help
            | Action::Problems
            | Action::NextTheme
            | Action::Mouse
            | Action::Suspend
            | Action::Back => {}
        }
    }

    fn step(&mut self, by: isize) {
        match self.pane {
            Pane::Layers => self.select_layer(by),
            Pane::Files => self.files.step(by),
        }
    }

    fn select_layer(&mut self, by: isize) {
        let before = self.selected.at;
        self.selected.step(by, self.layers.len());
        if self.selected.at != before {
            self.refresh();
        }
    }

    /// Keeps cursors inside their panes; heights are those of the rows in sight.
    pub fn follow(&mut self, layers: usize, files: usize) {
        self.selected.follow(self.layers.len(), layers);
        self.files.follow(files);
    }

    fn refresh(&mut self) {
        if let (Some(image), Some(view)) = (self.image.clone(), self.view()) {
            self.files.show(&image.tree, view, self.changes_only());
        } else {
            self.files.clear();
        }
    }
}
