//! What a container wrote: its lines, from the bytes an engine sends to what is kept, merged and searched.
//!
//! Bytes go through a [`LogSplitter`], lines into a [`LogStore`] for each container, and a [`LogView`] says which
//! lines of which containers stand in which order.

mod page;
mod runs;
mod split;
mod stamp;
mod store;
mod view;

use jiff::Timestamp;

pub use runs::{Run, Runs};
pub use split::{Framing, LogSplitter};
pub use store::{Limits, LogStore};
pub use view::{At, LogView};

/// Bytes kept of one line; what follows is only counted.
pub const KEPT: usize = 64 << 10;

/// One line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// When the engine received it; Podman tells whole seconds. `None` without timestamps.
    pub time: Option<Timestamp>,
    /// Written to standard error. Never true on a terminal, which has one stream.
    pub stderr: bool,
    /// As it was written, without the end of the line: any bytes. At most [`KEPT`] of them; of a longer line the
    /// beginning, or what stands behind the last carriage return that fits.
    pub text: &'a [u8],
    /// Bytes of the whole line, more than those of `text` when it was cut.
    pub length: u64,
}

impl LogLine<'_> {
    /// Bytes that are not kept.
    pub fn cut(&self) -> u64 {
        self.length.saturating_sub(self.text.len() as u64)
    }
}

/// Which part of a log is wanted. Engines count `tail` first and leave out by time afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogWish {
    /// At most this many records from the end; all without it.
    pub tail: Option<u64>,
    /// Nothing older; what is as old as this comes too.
    pub since: Option<Timestamp>,
    /// Nothing newer.
    pub until: Option<Timestamp>,
    /// Wait for more until the container stops.
    pub follow: bool,
    /// Each record begins with its time.
    pub timestamps: bool,
}
