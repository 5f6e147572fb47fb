//! A long piece of work, seen from outside: how far it is, and the wish to stop it.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A handle shared by the work and by whoever watches it.
#[derive(Clone, Debug, Default)]
pub struct Task(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    cancelled: AtomicBool,
    abandoned: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
}

/// How far a task is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read so far.
    pub done: u64,
    /// Bytes there are, 0 when that is not known.
    pub total: u64,
}

impl Task {
    pub fn new() -> Task {
        Task::default()
    }

    /// Asks the work to stop; its next step fails.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    /// Asks not even to wait for what has begun.
    pub fn abandon(&self) {
        self.cancel();
        self.0.abandoned.store(true, Ordering::Relaxed);
    }

    pub fn is_abandoned(&self) -> bool {
        self.0.abandoned.load(Ordering::Relaxed)
    }

    pub fn progress(&self) -> Progress {
        let (done, total) = (self.0.done.load(Ordering::Relaxed), self.0.total.load(Ordering::Relaxed));
        // What an engine says of a length is an estimate.
        Progress { done, total: if total > 0 { total.max(done) } else { 0 } }
    }

    /// States how many bytes are still to come.
    pub(crate) fn expect(&self, bytes: u64) {
        self.0.total.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Starts counting anew, with so many bytes to come.
    pub(crate) fn expect_total(&self, bytes: u64) {
        self.0.done.store(0, Ordering::Relaxed);
        self.0.total.store(bytes, Ordering::Relaxed);
    }

    /// Counts bytes as done; an error when the task was cancelled.
    pub(crate) fn advance(&self, bytes: u64) -> io::Result<()> {
        self.0.done.fetch_add(bytes, Ordering::Relaxed);
        if self.is_cancelled() { Err(io::Error::other("cancelled")) } else { Ok(()) }
    }

    /// Passes a reader's bytes on and counts them.
    pub(crate) fn meter<R: Read>(&self, inner: R) -> Meter<R> {
        Meter { inner, task: self.clone() }
    }
}

/// See [`Task::meter`].
#[derive(Debug)]
pub(crate) struct Meter<R> {
    inner: R,
    task: Task,
}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.task.advance(count as u64)?;
        Ok(count)
    }
}
