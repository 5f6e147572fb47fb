//! What happened, and what is to be done about it: plain data between the loop and the state.

use std::sync::Arc;

use crossterm::event::KeyEvent;

use crate::image::{Head, Image, Layer};

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
    Resize {
        width: u16,
        height: u16,
    },
    /// The terminal is ours again, after a suspension.
    Resumed,
    Job(JobId, Answer),
}

/// What a job has to say.
#[derive(Clone, Debug)]
pub enum Answer {
    Head(Box<Head>, Vec<Layer>),
    Layer(usize, Box<Layer>),
    Partial(Arc<Image>),
    Done(Arc<Image>),
    Failed(String),
    Progress(Progress),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open the image that the program was started for.
    Open(JobId),
    Cancel(JobId),
    Suspend,
    Quit,
}
