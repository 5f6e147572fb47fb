//! What a screen asks of the program around it.

use jiff::Timestamp;

use super::desk::dialogs::Dialog;
use super::desk::verdicts::Verdicts;
use super::settings::Change;
use crate::cleanup::{Plan, Protect};
use crate::world::Act;

/// See the module. Screens know neither each other nor the loop; what goes beyond them is wished for.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Do it at once: nothing is lost by it.
    Act(Act),
    /// Do all of it, one after the other: a plan that was agreed to.
    CarryOut(Box<Plan>),
    /// The same, once this has put all of it into an archive.
    SaveFirst {
        save: Act,
        plan: Box<Plan>,
    },
    /// Ask first.
    Ask(Box<Dialog>),
    /// Open an image of the engine, by its id.
    Explore {
        id: String,
        title: String,
    },
    /// The same, at a path; in a layer, where it is about one.
    ExploreAt {
        id: String,
        title: String,
        path: String,
        layer: Option<usize>,
    },
    /// Open what containers wrote.
    Logs {
        ids: Vec<String>,
    },
    /// The same, at a time.
    LogsAt {
        ids: Vec<String>,
        time: Timestamp,
    },
    /// Open a page about an object.
    Page {
        page: Page,
        id: String,
        title: String,
    },
    /// The same, at a place in it: a JSON pointer, or the path of a file.
    PageAt {
        page: Page,
        id: String,
        title: String,
        place: String,
    },
    /// Open what several containers use, side by side.
    Stats {
        ids: Vec<String>,
    },
    /// Write what the sheet shows to a new file.
    Write {
        path: String,
    },
    /// Hand the terminal to a shell in a container, or to what runs there.
    Shell {
        id: String,
    },
    Attach {
        id: String,
    },
    /// Hand it to a shell in a new container like this one.
    Try {
        id: String,
    },
    /// A word at the foot of the screen.
    Notice(String),
    Copy(String),
    /// The same, where it is too long to be repeated.
    CopyAs {
        text: String,
        what: String,
    },
    /// Measure what takes the engine long: writable layers, shared bytes.
    Measure,
    /// Keep in the settings what is protected.
    Protect(Change),
    /// Leave this sheet.
    Back,
}

/// A page about one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    /// All that the engine says about an image.
    InspectImage,
    /// All that the engine says about a container.
    InspectContainer,
    Processes,
    Stats,
    Changes,
    /// Why a container is as it is.
    Diagnosis,
}

/// What has the keys, as a screen needs to know it to draw itself.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    pub world: &'a crate::world::World,
    pub now: jiff::Timestamp,
    pub theme: &'a super::theme::Theme,
    pub verdicts: &'a Verdicts,
    /// What never goes by itself.
    pub protect: &'a Protect,
}

impl Scene<'_> {
    /// Whose commands do the same.
    pub fn kind(&self) -> crate::world::Kind {
        self.world.about.as_ref().map(|about| about.kind).unwrap_or_default()
    }
}
