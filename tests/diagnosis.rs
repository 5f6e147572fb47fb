//! A verdict costs little, however much a container wrote.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use hadal::container::State;
use hadal::diagnosis::facts::{Facts, Line};
use hadal::diagnosis::{Knowledge, diagnose};

/// A container that wrote so many lines and then one that tells why it died.
fn wrote(lines: usize) -> Facts {
    let mut facts = Facts::default();
    facts.state.status = State::Exited;
    facts.state.exit_code = 1;
    facts.state.started = "2026-01-02T03:04:05Z".parse().ok();
    facts.state.finished = "2026-01-02T03:05:05Z".parse().ok();
    let line = |text: String| Line { text, ..Line::default() };
    facts.log.lines = (0..lines)
        .map(|count| line(format!("INFO request {count} handled in {count} ms by worker for /api/v1/items")))
        .collect();
    facts.log.lines.push(line("KeyError: 'DATABASE_URL'".to_owned()));
    facts
}

/// Seconds of the quickest of some verdicts.
fn seconds(facts: &Facts) -> f64 {
    let known = Knowledge::embedded();
    let once = || {
        let since = Instant::now();
        let (found, _) = diagnose(facts, known);
        assert_eq!(found.top().unwrap().cause, "required-env-missing");
        since.elapsed().as_secs_f64()
    };
    (0..5).map(|_| once()).fold(f64::INFINITY, f64::min)
}

/// Signatures whose states do not fit their room are matched a hundred times as slowly.
#[test]
fn a_verdict_takes_no_longer_than_its_log_is_long() {
    let (few, many) = (seconds(&wrote(300)), seconds(&wrote(3000)));
    println!("a verdict takes {:.1} ms on 300 lines and {:.1} ms on 3,000", few * 1e3, many * 1e3);
    assert!(many < 40.0 * few, "{few} s and {many} s");
}
