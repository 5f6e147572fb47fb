//! Drains an engine's events. Engines drop what a listener does not take within a tenth of a second, so this is a task
//! of its own, which never waits for anybody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::engine::{Engine, EngineError};
use crate::world::Event;

/// Events that may wait to be looked at.
const WAITING: usize = 8192;
const ENDED: &str = "the engine closed the connection";

/// The stream of events of one connection. Ends with this value.
#[derive(Debug)]
pub(super) struct Ears {
    events: mpsc::Receiver<Event>,
    missed: Arc<AtomicBool>,
    task: JoinSet<String>,
}

impl Ears {
    /// Begins to listen. Events since `since` come first, as far as the engine remembers them.
    pub(super) async fn open(
        engine: &Engine,
        since: Option<Timestamp>,
        patience: Duration,
    ) -> Result<Ears, EngineError> {
        let opened = tokio::time::timeout(patience, engine.events(since)).await;
        let mut stream = opened.map_err(|_| EngineError::Timeout { seconds: patience.as_secs() })??;
        let (to, events) = mpsc::channel(WAITING);
        let missed = Arc::new(AtomicBool::new(false));
        let lost = Arc::clone(&missed);
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                match stream.next().await {
                    Some(Ok(event)) => {
                        if to.try_send(event).is_err() {
                            lost.store(true, Ordering::Relaxed);
                        }
                    }
                    Some(Err(error)) => return error.to_string(),
                    None => return ENDED.to_owned(),
                }
            }
        });
        Ok(Ears { events, missed, task })
    }

    /// Waits for events, and takes all that there are; none when the stream has ended.
    pub(super) async fn hear(&mut self, into: &mut Vec<Event>) -> usize {
        self.events.recv_many(into, WAITING).await
    }

    /// Whether events were lost since this was last asked.
    pub(super) fn missed(&self) -> bool {
        self.missed.swap(false, Ordering::Relaxed)
    }

    /// Why the stream ended.
    pub(super) async fn why(&mut self) -> String {
        match self.task.join_next().await {
            Some(Ok(why)) => why,
            _ => ENDED.to_owned(),
        }
    }
}
