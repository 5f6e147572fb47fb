//! A verdict costs little, however much a container wrote.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use hadal::container::State;
use hadal::diagnosis::facts::{Facts, Line};
use hadal::diagnosis::{Knowledge, diagnose};

#[test]
fn a_verdict_on_a_long_log_takes_little_time() {
    let mut facts = Facts::default();
    facts.state.status = State::Exited;
    facts.state.exit_code = 1;
    facts.state.started = "2026-01-02T03:04:05Z".parse().ok();
    facts.state.finished = "2026-01-02T03:05:05Z".parse().ok();
    let line = |text: String| Line { text, ..Line::default() };
    facts.log.lines = (0..3000)
        .map(|count| line(format!("INFO request {count} handled in {count} ms by worker for /api/v1/items")))
        .collect();
    facts.log.lines.push(line("KeyError: 'DATABASE_URL'".to_owned()));
    let known = Knowledge::embedded();
    diagnose(&facts, known);
    let since = Instant::now();
    let (found, _) = diagnose(&facts, known);
    assert_eq!(found.top().unwrap().cause, "required-env-missing");
    // Many times what it takes without optimisation; a set of signatures that starts over and over takes longer.
    assert!(since.elapsed().as_millis() < 1200, "{:?}", since.elapsed());
}
