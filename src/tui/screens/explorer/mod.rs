//! The image explorer: layers beside files.

mod acts;
pub mod choosing;
pub mod files;
mod inside;
pub mod layers;
mod paths;
pub mod prompt;
pub mod waste;

use std::sync::Arc;

use crate::analysis::{Facts, View};
use crate::diagnosis::Preflight;
use crate::image::{Base, Choice, Head, Image, Layer};
use crate::tui::action::Context;
use crate::tui::msg::{Answer, Effect, Progress};
use crate::tui::widgets::list::Cursor;
use files::Files;
use files::listing::{Errand, Listing, Ticket};
use files::scope::{Order, Shown, Wanted};
use layers::{Layers, Subject};
use prompt::Prompt;
use waste::Waste;

/// Which pane has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    #[default]
    Layers,
    Files,
    Waste,
}

/// Which file system the files pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// What the selected layers changed.
    #[default]
    Layer,
    /// The file system as of the selected layer; changes count from the base image up.
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
    /// What was asked for, whichever image it turned out to be.
    pub source: String,
    /// A word on how the image came to be shown.
    pub note: Option<String>,
    pub load: Load,
    /// How far looking into contents is, while somebody does.
    pub looking: Option<Progress>,
    /// An engine prepares what is to be read.
    pub preparing: bool,
    pub head: Option<Box<Head>>,
    pub layers: Vec<Layer>,
    pub image: Option<Arc<Image>>,
    pub facts: Arc<Facts>,
    /// Those of the image that comes next; they speak of its tree and no other.
    next_facts: Option<Arc<Facts>>,
    pub pane: Pane,
    pub mode: Mode,
    pub list: Layers,
    pub files: Files,
    pub waste: Waste,
    /// The waste pane is open.
    pub waste_open: bool,
    /// It was opened or closed by hand.
    waste_by_hand: bool,
    pub prompt: Option<Prompt>,
    /// Whether it can start as it says itself, once that was looked at.
    pub preflight: Option<Box<Preflight>>,
    /// Where to go once the image is there: a path, and the layer that is meant.
    pub goal: Option<(String, Option<usize>)>,
    /// What the last key came to, where that is not to be seen.
    pub notice: Option<String>,
    /// The images of the source, if there are several.
    pub choices: Vec<Choice>,
    /// The one that is shown.
    pub chosen: Option<usize>,
    /// The list of images is open.
    pub choosing: Option<Cursor>,
    pub order: Order,
    /// Kinds of change that are listed; unmodified files are up to `changes_only`.
    pub shown: Shown,
    changes_only: [bool; 3],
    /// The question that the worker has.
    sent: Option<Ticket>,
}

impl Explorer {
    pub fn new(title: String, note: Option<String>) -> Explorer {
        Explorer {
            source: title.clone(),
            title,
            note,
            load: Load::Reading(Progress::default()),
            looking: None,
            preparing: false,
            head: None,
            layers: Vec::new(),
            image: None,
            facts: Arc::default(),
            next_facts: None,
            pane: Pane::default(),
            mode: Mode::default(),
            list: Layers::default(),
            files: Files::default(),
            waste: Waste::default(),
            waste_open: false,
            waste_by_hand: false,
            prompt: None,
            preflight: None,
            goal: None,
            notice: None,
            choices: Vec::new(),
            chosen: None,
            choosing: None,
            order: Order::default(),
            shown: Shown::ALL,
            changes_only: [true, false, false],
            sent: None,
        }
    }

    /// Where keys go.
    pub fn context(&self) -> Context {
        match self.pane {
            _ if self.choosing.is_some() => Context::Chooser,
            _ if matches!(self.load, Load::Failed(_)) => Context::Explorer,
            _ if self.prompt.is_some() => Context::Input,
            Pane::Layers => Context::Layers,
            Pane::Files => Context::Files,
            Pane::Waste => Context::Waste,
        }
    }

    pub fn reading(&self) -> bool {
        matches!(self.load, Load::Reading(_))
    }

    /// Whether unmodified files are left out in this mode.
    pub fn changes_only(&self) -> bool {
        self.changes_only[self.mode as usize]
    }

    pub fn base(&self) -> Option<&Base> {
        self.head.as_ref()?.base.as_ref()
    }

    /// What the selected row of the layers pane is about.
    pub fn subject(&self) -> Option<Subject> {
        self.list.subject(self.base())
    }

    /// The view of the files pane; `None` as long as what it is about has not been read, or has no files.
    pub fn view(&self) -> Option<View> {
        let top = self.image.as_ref()?.tree.layers().checked_sub(1)?;
        // Against an image of one layer everything is new; above it, changes count from the base image.
        let above = self.base().map_or(1, |base| base.layers);
        let as_of = |last: usize| match last {
            0 => View::Layer(0),
            last if last >= above => View::Range { first: above, last },
            last => View::Range { first: 1, last },
        };
        let view = match (self.mode, self.subject()?) {
            (Mode::Final, _) => return Some(as_of(top)),
            (Mode::Layer, Subject::Layers { first, last }) if first == last => View::Layer(last),
            (_, Subject::Layers { first, last }) if first < last => View::Range { first, last },
            (_, Subject::Layers { last, .. }) => as_of(last),
            (Mode::AsOf, Subject::Step { after, .. }) => as_of(after?),
            (Mode::Layer, Subject::Step { .. }) => return None,
        };
        let last = match view {
            View::Layer(last) | View::Range { last, .. } => last,
            View::Final => top,
        };
        (last <= top).then_some(view)
    }

    /// What the files pane lists.
    pub fn wanted(&self) -> Option<Wanted> {
        let view = self.view()?;
        let shown = Shown { unmodified: !self.changes_only(), ..self.shown };
        let layer_only = matches!(view, View::Layer(_)) && self.mode == Mode::Layer && self.changes_only();
        Some(Wanted { view, shown, order: self.order, layer_only })
    }

    /// Takes what the job found.
    pub fn take(&mut self, answer: Answer) {
        match answer {
            Answer::Choices(choices) => self.choices = choices,
            Answer::Chosen(at) => self.chosen = Some(at),
            Answer::Head(head, layers) => {
                self.title.clone_from(head.tags.first().unwrap_or(&head.reference));
                (self.head, self.layers) = (Some(head), layers);
                self.arrange();
            }
            Answer::Layer(index, layer) => {
                if let Some(slot) = self.layers.get_mut(index) {
                    *slot = *layer;
                }
            }
            Answer::Facts(facts) => self.next_facts = Some(facts),
            Answer::Partial(image) => self.show(&image),
            Answer::Done(image) => {
                self.load = Load::Ready;
                self.layers.clone_from(&image.layers);
                self.head = Some(Box::new(image.head.clone()));
                self.arrange();
                self.show(&image);
                if let Some((path, layer)) = self.goal.take() {
                    self.go_there(&path, layer);
                }
            }
            Answer::Ambiguous(_) if !self.choices.is_empty() => {
                (self.load, self.choosing, self.prompt) = (Load::Ready, Some(Cursor::default()), None);
            }
            Answer::Looked(facts, image) => self.looked(&facts, &image),
            Answer::Failed(why) if self.load == Load::Ready => self.could_not_look(&why),
            Answer::Failed(why) if self.load == Load::Cancelled => drop(why),
            Answer::Failed(why) | Answer::Ambiguous(why) => {
                (self.load, self.prompt) = (Load::Failed(why), None);
            }
            Answer::Preflight(verdict) => self.preflight = Some(verdict),
            Answer::Preparing(preparing) => self.preparing = preparing,
            Answer::Progress(progress) if self.reading() => self.load = Load::Reading(progress),
            Answer::Progress(progress) => self.looking = self.looking.map(|_| progress),
        }
    }

    /// Takes a worker's answer.
    pub fn listed(&mut self, ticket: Ticket, listing: Option<Listing>) {
        if let Some(image) = self.image.clone() {
            self.files.answered(ticket, listing, &image.tree);
        }
    }

    /// What is to be asked of a worker, if anything.
    pub fn errand(&self) -> Option<Errand> {
        let (ticket, image, wanted) = (self.files.pending()?, self.image.clone()?, self.wanted()?);
        Some(Errand { ticket, image, question: self.files.question(wanted) })
    }

    /// What has become necessary since the last time.
    pub fn effects(&mut self) -> Option<Effect> {
        let pending = self.files.pending();
        let new = pending.filter(|_| pending != self.sent);
        self.sent = pending;
        new.map(Effect::List)
    }

    fn show(&mut self, image: &Arc<Image>) {
        self.facts = self.next_facts.take().unwrap_or_default();
        self.waste.take(&self.facts, &image.tree);
        if let Some(old) = self.image.replace(Arc::clone(image)) {
            self.files.carry(&old.tree, &image.tree);
        }
        self.refresh();
    }

    fn arrange(&mut self) {
        self.list.arrange(self.head.as_deref(), self.layers.len());
    }

    /// Shows the view that is selected now.
    fn refresh(&mut self) {
        if let (Some(image), Some(wanted)) = (self.image.clone(), self.wanted()) {
            self.files.show(&image.tree, wanted);
        } else {
            self.files.clear();
        }
    }

    /// Forgets the image and waits for another one of the same source.
    pub fn start_over(&mut self) {
        let choices = std::mem::take(&mut self.choices);
        let (title, note) = (std::mem::take(&mut self.source), self.note.take());
        *self = Explorer {
            choices,
            chosen: self.chosen,
            waste_open: self.waste_open,
            waste_by_hand: self.waste_by_hand,
            ..Explorer::new(title, note)
        };
    }

    /// On a screen with `room` the waste pane is open unless it was closed by hand.
    pub fn resized(&mut self, room: bool) {
        if !self.waste_by_hand {
            self.waste_open = room;
            if !room && self.pane == Pane::Waste {
                self.pane = Pane::Files;
            }
        }
    }

    /// Keeps cursors inside their panes; heights are those of the rows in sight.
    pub fn follow(&mut self, layers: usize, files: usize, waste: usize) {
        self.list.cursor.follow(self.list.rows.len(), layers);
        self.files.follow(files);
        let rows = self.waste.rows().len();
        self.waste.cursor.follow(rows, waste);
    }
}
