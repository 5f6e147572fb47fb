//! What happened, and what is to be done about it: plain data between the loop and the state.

use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};

use jiff::Timestamp;

use super::desk::tasks::TaskId;
use super::screens::explorer::files::listing::{Listing, Ticket};
use super::settings::Change;
use super::settings::file::Kept;
pub use super::watch::{Feed, Processes, Seen, Stores, Verdict, Watch, WatchId};
use crate::analysis::Facts;
use crate::diagnosis::Preflight;
use crate::image::{Choice, Head, Image, Layer};
use crate::world::{Act, Candidate, Event, Step, Update};

/// Tells the answers of one piece of work from those of an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u32);

/// How far a job is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read so far.
    pub done: u64,
    /// Bytes there are, 0 when that is not known.
    pub total: u64,
    /// Milliseconds since the job began.
    pub millis: u64,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Msg {
    Key(KeyEvent),
    /// A click, a drag or the wheel; mere movement is not told.
    Mouse(MouseEvent),
    /// Text from the clipboard.
    Paste(String),
    Resize {
        width: u16,
        height: u16,
    },
    /// The terminal is ours again, after a suspension.
    Resumed,
    Job(JobId, Answer),
    /// What a worker lists; nothing when it could not.
    Listed(Ticket, Option<Box<Listing>>),
    /// The time, for ages.
    Clock(Timestamp),
    /// What the engine told.
    World(Vec<Update>),
    /// The engines that there are to choose from.
    Candidates(Vec<Candidate>),
    /// How far an act is.
    Step(TaskId, Step),
    /// How an act ended.
    End(TaskId, Result<String, String>),
    /// What an open sheet watches was heard of.
    Seen(WatchId, Seen),
    /// Verdicts on containers by id, a line each; none on what is fine or could not be judged.
    Judged(Vec<(String, Option<String>)>),
    /// A file was written, in bytes, or not, and why.
    Wrote {
        path: String,
        result: Result<u64, String>,
    },
    /// What is protected was changed in the settings, or not, and why.
    Protected {
        change: Change,
        result: Result<Kept, String>,
    },
    /// The terminal was another's for a while; why it is back, where that is worth a word.
    Left(String),
}

/// What a job has to say.
#[derive(Clone, Debug)]
pub enum Answer {
    Head(Box<Head>, Vec<Layer>),
    Layer(usize, Box<Layer>),
    /// What there is to choose from, when it is more than one.
    Choices(Vec<Choice>),
    /// Which of them is opened.
    Chosen(usize),
    /// The user has to choose.
    Ambiguous(String),
    /// What is known of the image that comes next.
    Facts(Arc<Facts>),
    Partial(Arc<Image>),
    Done(Arc<Image>),
    Failed(String),
    /// What contents hold, in facts; and the image, with what was found in its texts hidden there.
    Looked(Arc<Facts>, Arc<Image>),
    /// Whether it can start as it says itself.
    Preflight(Box<Preflight>),
    /// Whether an engine prepares what is read: no bytes come meanwhile.
    Preparing(bool),
    Progress(Progress),
}

/// Bytes that terminals take onto the clipboard at once, by the narrowest limit that is known.
pub const COPY_LIMIT: usize = 74_000;

/// What the engine's keeper is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Find the engine and keep its state fresh.
    Connect,
    /// Another engine, by its URL.
    Switch(String),
    /// What engines there are.
    Candidates,
    /// Bytes that take the engine long to find.
    Measure,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open the image that the program was started for.
    Open(JobId),
    /// Open one of the images that there are to choose from.
    Choose(JobId, usize),
    Cancel(JobId),
    /// Read the contents of the image that is shown, for secrets and duplicates.
    LookInside(JobId),
    /// Open an image of the engine, by its id.
    Explore(JobId, String),
    Engine(Ask),
    Act(TaskId, Act),
    /// One after the other, each when the one before it has ended, however that was.
    ActInOrder(Vec<(TaskId, Act)>),
    StopAct(TaskId),
    /// Hand the terminal to a shell in a container.
    Shell(String),
    /// Hand the terminal to what runs in a container.
    Attach(String),
    /// Hand the terminal to a shell in a new container like this one.
    Try(String),
    /// Have a worker list what is too much for a key.
    List(Ticket),
    /// Begin telling a sheet what it asks for.
    Watch(WatchId, Watch),
    /// The sheet is closed: end all that it watches.
    Unwatch(WatchId),
    /// Judge these containers in the background, by the ids.
    Judge {
        ids: Vec<String>,
        journal: Vec<Event>,
        since: Option<Timestamp>,
    },
    /// Write a new file, answered by [`Msg::Wrote`]. Where the file exists nothing is written.
    Write {
        path: String,
        bytes: Vec<u8>,
    },
    /// Keep in the settings what is protected, answered by [`Msg::Protected`].
    Protect(Change),
    /// Puts a text on the clipboard of the terminal; nothing where it is longer than [`COPY_LIMIT`].
    Copy(String),
    /// Takes the mouse, or leaves it to the terminal's own selection.
    Mouse(bool),
    Suspend,
    Quit,
}
