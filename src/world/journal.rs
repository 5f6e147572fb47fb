//! What the engine told while hadal was listening. The engine itself remembers only its last 256 events, and health
//! checks push the others out.

use std::collections::VecDeque;

use jiff::Timestamp;

/// Events that are kept.
const KEPT: usize = 4096;

/// Something that happened to an object of the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    pub time: Option<Timestamp>,
    /// `container`, `image`, `volume`, `network`, or whatever the engine calls it.
    pub kind: String,
    /// `start`, `die`, `kill`, `health_status: unhealthy`, …
    pub action: String,
    /// Id of the object; engines may leave it empty.
    pub id: String,
    /// Name, exit code and labels of the object, as the engine tells them.
    pub attributes: Vec<(String, String)>,
}

impl Event {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Runs of commands inside a container, health checks most of all: many, and nothing that changes a list.
    pub fn is_exec(&self) -> bool {
        self.kind == "container" && self.action.starts_with("exec_")
    }
}

/// See the module. Oldest first.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    events: VecDeque<Event>,
    /// How many were dropped to keep the rest.
    pub dropped: u64,
}

impl Journal {
    pub fn push(&mut self, event: Event) {
        if self.events.len() == KEPT {
            self.events.pop_front();
            self.dropped += 1;
        }
        self.events.push_back(event);
    }

    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter()
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The latest time that is known: where listening goes on after a break.
    pub fn last_time(&self) -> Option<Timestamp> {
        self.events.iter().rev().find_map(|event| event.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_events_go_first() {
        let mut journal = Journal::default();
        for number in 0..KEPT + 3 {
            journal.push(Event { action: number.to_string(), ..Event::default() });
        }
        assert_eq!((journal.len(), journal.dropped), (KEPT, 3));
        assert_eq!(journal.events().next().map(|event| event.action.as_str()), Some("3"));
    }
}
