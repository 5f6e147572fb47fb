//! Containers that failed on a real engine, as they were recorded: the verdict can be tried where there is no engine.

use jiff::Timestamp;
use serde_json::Value;

use super::facts::{EventFacts, Facts, Line, Source, Unavailable};
use super::inspect;
use crate::image::json::{get, items, text};
use crate::world::Event;

const RECORDED: &str = include_str!("../../assets/failures.json");

/// See the module. Their images are not there, nor is anything that was not written down.
pub fn recorded() -> Vec<Facts> {
    let all: Value = serde_json::from_str(RECORDED).unwrap_or_default();
    all.as_array().into_iter().flatten().map(facts).collect()
}

fn facts(told: &Value) -> Facts {
    let mut facts = inspect::container(get(told, "inspect").unwrap_or(&Value::Null));
    facts.log.lines = items(told, "log").iter().map(line).collect();
    let list: Vec<Event> = items(told, "events").iter().map(|event| self::event(event, &facts)).collect();
    let covers_since = list.first().and_then(|event| event.time);
    facts.events = EventFacts { list, covers_since };
    facts.changes = Some(Vec::new());
    for source in [Source::Image, Source::Engine] {
        let why = "this is a recording, and it is not here".to_owned();
        facts.unavailable.push(Unavailable { source, why });
    }
    facts.now = facts.state.finished;
    "a recorded Docker 20.10.24".clone_into(&mut facts.engine.title);
    facts
}

fn line(told: &Value) -> Line {
    Line {
        time: text(told, "time").and_then(|time| time.parse().ok()),
        stderr: get(told, "stderr").and_then(Value::as_bool).unwrap_or_default(),
        text: text(told, "text").unwrap_or_default(),
    }
}

fn event(told: &Value, facts: &Facts) -> Event {
    let nanos = get(told, "time").and_then(Value::as_i64).unwrap_or_default();
    let attributes = get(told, "attributes").and_then(Value::as_object);
    let attribute =
        |(key, value): (&String, &Value)| (key.clone(), value.as_str().unwrap_or_default().to_owned());
    Event {
        time: Timestamp::from_nanosecond(nanos.into()).ok(),
        kind: text(told, "kind").unwrap_or_default(),
        action: text(told, "action").unwrap_or_default(),
        id: facts.id.clone(),
        attributes: attributes.into_iter().flatten().map(attribute).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{Grade, Knowledge, diagnose};

    #[test]
    fn recorded_containers_have_their_causes() {
        let verdicts: Vec<(String, String, Grade)> = recorded()
            .iter()
            .map(|facts| {
                let (diagnosis, _) = diagnose(facts, Knowledge::embedded());
                let top = diagnosis.top().unwrap();
                assert!(!top.title.contains("Errno"), "{}", top.title);
                (facts.name.clone(), top.cause.clone(), top.grade)
            })
            .collect();
        let expected = [
            ("shop-indexer", "oom-kill-container-limit", Grade::Proven),
            ("shop-api", "dependency-connection-refused", Grade::Likely),
        ];
        let expected = expected.map(|(name, cause, grade)| (name.to_owned(), cause.to_owned(), grade));
        assert_eq!(verdicts, expected);
    }
}
