//! Contents on their way from who reads a layer that passes by to whoever has time for them.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Small contents, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Parcel {
    pub bytes: Vec<u8>,
    /// Which contents they are, by number, and where in `bytes`.
    pub contents: Vec<(usize, Range<usize>)>,
}

/// A bounded queue of parcels.
#[derive(Debug)]
pub(super) struct Parcels {
    state: Mutex<State>,
    changed: Condvar,
    most: usize,
}

#[derive(Debug)]
struct State {
    waiting: VecDeque<Parcel>,
    /// Threads that may still send some.
    senders: usize,
}

impl Parcels {
    pub(super) fn new(senders: usize, most: usize) -> Parcels {
        let state = State { waiting: VecDeque::new(), senders };
        Parcels { state: Mutex::new(state), changed: Condvar::new(), most }
    }

    /// Sends a parcel; gives it back when too many are waiting already.
    pub(super) fn send(&self, parcel: Parcel) -> Result<(), Parcel> {
        let mut state = self.lock();
        if state.waiting.len() >= self.most {
            return Err(parcel);
        }
        state.waiting.push_back(parcel);
        self.changed.notify_one();
        Ok(())
    }

    /// The next parcel; `None` when no more can come.
    pub(super) fn receive(&self) -> Option<Parcel> {
        let mut state = self.lock();
        loop {
            if let Some(parcel) = state.waiting.pop_front() {
                return Some(parcel);
            }
            if state.senders == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A mark that its thread may send; dropped when it will not any more, be it that the thread dies.
    pub(super) fn sender(&self) -> Sender<'_> {
        Sender(self)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Parcels::sender`].
pub(super) struct Sender<'a>(&'a Parcels);

impl Drop for Sender<'_> {
    fn drop(&mut self) {
        self.0.lock().senders -= 1;
        self.0.changed.notify_all();
    }
}
