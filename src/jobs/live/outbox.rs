//! Gathers updates, so that hundreds of them are one message and one redraw.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::Sender;

use crate::world::Update;

/// See the module.
#[derive(Debug)]
pub(super) struct Outbox {
    to: Sender<Vec<Update>>,
    /// The least time between two messages.
    gap: Duration,
    held: Vec<Update>,
    last: Option<Instant>,
}

impl Outbox {
    pub(super) fn new(to: Sender<Vec<Update>>, gap: Duration) -> Outbox {
        Outbox { to, gap, held: Vec::new(), last: None }
    }

    pub(super) fn put(&mut self, updates: impl IntoIterator<Item = Update>) {
        self.held.extend(updates);
    }

    /// When there is something to send, and it may be sent.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let free = self.last.map_or(now, |last| last + self.gap);
        (!self.held.is_empty()).then_some(free)
    }

    /// Sends what there is. `false` when nobody listens any more.
    pub(super) async fn send(&mut self) -> bool {
        if self.held.is_empty() {
            return !self.to.is_closed();
        }
        self.last = Some(Instant::now());
        self.to.send(std::mem::take(&mut self.held)).await.is_ok()
    }
}
