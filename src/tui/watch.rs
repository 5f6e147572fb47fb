//! What an open sheet asks the engine's side for, and what it is told: plain data.
//!
//! A sheet has one [`WatchId`] from its opening to its closing. `Effect::Watch(id, watch)` begins one thing; a sheet
//! may have several under way, told apart by what they are about. `Effect::Unwatch(id)` ends all of them, and what
//! comes later is dropped. Whoever serves them keeps to this:
//!
//! - Answers to one [`Watch`] come in their order. Those to several may come between each other.
//! - Lines of a log come demultiplexed and packed: a batch holds what arrived since the last one, goes out after 16
//!   to 50 ms or when it holds [`BATCH`] bytes, and waits for room in the queue of messages. What the engine sends
//!   meanwhile stays with the engine: nothing is buffered without bound, and nothing is dropped.
//! - A failure is an answer like others: one line of what was tried, what went wrong and what to do.
//! - Nobody repeats anything. A sheet asks again by itself when a container starts anew or the engine is back.

use jiff::Timestamp;
use serde_json::Value;

use crate::container::log::{LogStore, LogWish, Run};
use crate::container::stats::Usage;
use crate::diagnosis::{Diagnosis, Facts};
use crate::image::writable::{Stat, Written};
use crate::world::{Event, Network, Usage as Reckoning};

/// Bytes of text in one batch of lines, at most: what a frame can take in without being late.
pub const BATCH: usize = 512 << 10;

/// Tells what one open sheet is told from what others are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WatchId(pub u32);

/// Tells the lines of one reading of a log from those of another; the sheet counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Feed(pub u32);

/// What a sheet asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watch {
    /// The log of a container, from its last `tail` records or from the `newest` known lines on, followed over any
    /// number of restarts. Another one for the same container ends this one.
    Log { feed: Feed, id: String, tail: Option<u64>, newest: Option<(Timestamp, usize)> },
    /// A part of a log, answered by one [`Seen::LogPage`].
    LogPage { feed: Feed, id: String, wish: LogWish },
    /// Everything about an image, answered by one [`Seen::Inspected`].
    Image { id: String },
    /// Everything about a container, answered by one [`Seen::Inspected`].
    Container { id: String },
    /// What runs in a container, answered by one [`Seen::Processes`].
    Processes { id: String },
    /// What a container uses: a [`Seen::Usage`] a second for as long as it runs, then one [`Seen::UsageEnd`].
    Usage { id: String },
    /// The paths that a container changed, answered by one [`Seen::Changes`] and, where it is not too many that are
    /// asked for, by any number of [`Seen::Stats`].
    Changes { id: String },
    /// Why a container is as it is, answered by one [`Seen::Diagnosed`]. The engine side adds what it has observed.
    Diagnose { id: String, journal: Vec<Event>, since: Option<Timestamp> },
    /// What an engine keeps beside images and containers, answered by one [`Seen::Stores`].
    Stores,
    /// Answered by [`Seen::Again`] as soon as there is no key to be answered: long work goes on in small parts.
    Again,
}

/// What a sheet is told.
#[derive(Clone, Debug)]
pub enum Seen {
    /// The container was started; lines of this run follow.
    LogRun {
        feed: Feed,
        run: Run,
    },
    /// Further lines, in the order in which the engine sent them, and what stands of lines that have no end yet.
    Lines {
        feed: Feed,
        lines: LogStore,
        open: LogStore,
    },
    /// The container stopped, or never ran. More comes once it is started.
    LogEnd {
        feed: Feed,
        run: Option<Run>,
    },
    /// The container is gone, or why its log cannot be read. Nothing more comes.
    LogLost {
        feed: Feed,
        why: String,
    },
    /// The answer to a `LogPage`.
    LogPage {
        feed: Feed,
        result: Result<LogStore, String>,
    },
    Inspected(Result<Box<Value>, String>),
    Processes(Result<Processes, String>),
    Usage {
        id: String,
        usage: Box<Usage>,
    },
    UsageEnd {
        id: String,
        result: Result<(), String>,
    },
    /// All paths that changed, and the bytes that they take, where the engine tells.
    Changes(Result<(Vec<Written>, Option<u64>), String>),
    /// What some of these paths are, each by its place in the list. No more than ten times a second.
    Stats(Vec<(usize, Option<Stat>)>),
    Stores(Box<Stores>),
    Diagnosed(Result<Box<Verdict>, String>),
    Again,
}

/// What was found out about a container, and what follows from it.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub facts: Facts,
    pub diagnosis: Diagnosis,
}

/// What an engine keeps beside images and containers; each part, or why it is not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stores {
    /// Volumes and the build cache, with all that the engine reckons of its bytes.
    pub reckoning: Result<Reckoning, String>,
    pub networks: Result<Vec<Network>, String>,
}

/// What runs in a container, as its engine lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Processes {
    /// Names of the columns.
    pub titles: Vec<String>,
    /// A row a process.
    pub rows: Vec<Vec<String>>,
}
