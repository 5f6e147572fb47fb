//! What happens in an engine, as it happens.
//!
//! Events are read one by one out of a stream of JSON, however it is cut into chunks, with or without line breaks
//! between them. A kind of event that nobody here knows is an event like any other; what cannot be read is skipped.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use jiff::Timestamp;
use serde_json::Value;

use super::answer::words;
use super::{Engine, EngineError};
use crate::image::json;
use crate::world::{Event, Kind};

/// The most that one event may weigh, in bytes. Labels are part of it.
const LARGEST: usize = 1 << 20;
/// Bytes of remembered events that are read, and how long that may take.
const MOST_RECENT: usize = 64 << 20;
const RECENT_WITHIN: Duration = Duration::from_secs(10);

/// How events about commands inside containers begin: three for each health check, and nothing that changes a list.
/// No engine can be asked to leave them out (filters name what is wanted, and would lose what is unknown), so they are
/// told by their first bytes, where no label can pretend to be one.
const EXECS: [&[u8]; 3] =
    [br#"{"status":"exec_"#, br#"{"status":"exec""#, br#"{"Type":"container","Action":"exec_"#];

impl Engine {
    /// Events from now on, or from `since` on as far as the engine remembers. Ends when the engine goes.
    pub async fn events(
        &self,
        since: Option<Timestamp>,
    ) -> Result<impl Stream<Item = Result<Event, EngineError>> + Send + Unpin + use<>, EngineError> {
        let since = since.map(|time| format!("?since={}.{:09}", time.as_second(), time.subsec_nanosecond()));
        let chunks = self.wire.stream(&format!("/events{}", since.unwrap_or_default())).await?;
        Ok(read(chunks))
    }
}

/// What an engine remembers of what happened.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    /// Oldest first; commands in containers left out.
    pub events: Vec<Event>,
    /// Nothing is missing from this time on, as far as the engine has not been started since.
    pub since: Option<Timestamp>,
}

impl Engine {
    /// What the engine remembers up to a time, which must not lie in its future. Docker keeps 256 events in memory;
    /// Podman keeps a file.
    pub async fn recent(&self, until: Timestamp) -> Result<Recent, EngineError> {
        let until = format!("{}.{:09}", until.as_second(), until.subsec_nanosecond());
        // Podman loses events before an end that lies in the past, and has a word of its own for not waiting.
        let path = match self.about.kind {
            Kind::Podman => "/events?since=1.000000000&stream=false".to_owned(),
            _ => format!("/events?since=1.000000000&until={until}"),
        };
        let gather = async {
            let mut chunks = self.wire.stream(&path).await?;
            let (mut splitter, mut recent, mut bytes) = (Splitter::default(), Recent::default(), 0);
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk?;
                bytes += chunk.len();
                splitter.feed(&chunk, |object| {
                    if recent.since.is_none() {
                        recent.since = json::parse(object).ok().as_ref().and_then(time);
                    }
                    recent.events.extend(event(object));
                });
                if bytes > MOST_RECENT {
                    // The oldest are read first: of what follows nothing is known.
                    recent.since = None;
                    break;
                }
            }
            Ok(recent)
        };
        let waited = tokio::time::timeout(RECENT_WITHIN, gather).await;
        waited.map_err(|_| EngineError::Timeout { seconds: RECENT_WITHIN.as_secs() })?
    }
}

fn read(
    chunks: impl Stream<Item = Result<Bytes, EngineError>> + Send + Unpin,
) -> impl Stream<Item = Result<Event, EngineError>> + Send + Unpin {
    let start = (chunks, Splitter::default(), VecDeque::new());
    Box::pin(stream::unfold(start, |(mut chunks, mut splitter, mut ready)| async {
        loop {
            if let Some(event) = ready.pop_front() {
                return Some((Ok(event), (chunks, splitter, ready)));
            }
            match chunks.next().await? {
                Ok(chunk) => splitter.feed(&chunk, |object| ready.extend(event(object))),
                Err(error) => return Some((Err(error), (chunks, splitter, ready))),
            }
        }
    }))
}

/// Cuts a stream of bytes into JSON objects. No engine breaks lines inside of an object, so whatever a line break cuts
/// off is not one.
#[derive(Debug, Default)]
struct Splitter {
    object: Vec<u8>,
    depth: usize,
    in_text: bool,
    escaped: bool,
    /// The rest of the line belongs to something that is too large.
    skipping: bool,
}

impl Splitter {
    fn feed(&mut self, chunk: &[u8], mut on: impl FnMut(&[u8])) {
        for &byte in chunk {
            if byte == b'\n' {
                let object = std::mem::take(&mut self.object);
                *self = Splitter { object, ..Splitter::default() };
                self.object.clear();
                continue;
            }
            if self.skipping || (self.depth == 0 && byte != b'{') {
                continue;
            }
            if self.object.len() == LARGEST {
                self.skipping = true;
                continue;
            }
            self.object.push(byte);
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_text => self.escaped = true,
                b'"' => self.in_text = !self.in_text,
                b'{' if !self.in_text => self.depth += 1,
                b'}' if !self.in_text => self.depth -= 1,
                _ => {}
            }
            if self.depth == 0 {
                on(&self.object);
                self.object.clear();
            }
        }
    }
}

/// `None` for runs of commands, and for what is no event.
fn event(object: &[u8]) -> Option<Event> {
    if EXECS.iter().any(|exec| object.starts_with(exec)) {
        return None;
    }
    let answer = json::parse(object).ok()?;
    let null = Value::Null;
    let actor = json::get(&answer, "Actor").unwrap_or(&null);
    let action = json::text(&answer, "Action").or_else(|| json::text(&answer, "status"))?;
    let event = Event {
        time: time(&answer),
        kind: words(&answer, "Type"),
        // Podman keeps apart what Docker writes into one.
        action: match json::text(&answer, "HealthStatus") {
            Some(health) if action == "health_status" => format!("{action}: {health}"),
            _ => action,
        },
        id: json::text(actor, "ID").or_else(|| json::text(&answer, "id")).unwrap_or_default(),
        attributes: json::pairs(actor, "Attributes"),
    };
    (!event.is_exec()).then_some(event)
}

fn time(answer: &Value) -> Option<Timestamp> {
    let nanoseconds = json::get(answer, "timeNano").and_then(Value::as_i64).filter(|time| *time > 0);
    let seconds = || json::get(answer, "time").and_then(Value::as_i64).filter(|time| *time > 0);
    match nanoseconds {
        Some(nanoseconds) => Timestamp::from_nanosecond(nanoseconds.into()).ok(),
        None => Timestamp::from_second(seconds()?).ok(),
    }
}
