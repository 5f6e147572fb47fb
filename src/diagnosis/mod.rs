//! Why a container died, or is sick, or will not start: pure functions from facts to findings.
//!
//! [`Facts`] are all that could be learned, each with its origin; what could not be learned is among them. [`diagnose`]
//! decides the phase first and the number second, holds rules against the facts, and ranks what they find. It also says
//! which files it would like to know ([`Asked`]): whoever gathers the facts looks them up and asks again, until nothing
//! more is wanted. What is known in general, causes, exit codes and lines of logs, is data ([`Knowledge`]).

mod case;
mod confirm;
pub mod elf;
pub mod facts;
pub mod files;
pub mod inspect;
mod knowledge;
mod plain;
mod preflight;
mod program;
mod rank;
mod recorded;
pub mod redact;
mod rules;
mod since;
mod story;
#[cfg(test)]
mod tests;
mod timeline;
mod verdict;

use std::collections::BTreeSet;

use case::Case;
pub use facts::{Facts, Source};
pub use files::{Files, Want};
pub use knowledge::{Cause, Knowledge};
pub use plain::plain;
pub use preflight::{Preflight, preflight};
pub use recorded::recorded;
use rules::running::seconds;
pub use since::{Since, last_good, since};
use story::Story;
pub use verdict::{Diagnosis, Evidence, Finding, Grade, Moment, Origin, Phase, QUOTE, Role, Undecided};

use crate::container::{Health, State, exit};

/// Lines that are shown where nothing was decided.
const LAST_LINES: usize = 10;
/// Causes that are no failures.
const AT_PEACE: [&str; 7] = [
    "stopped-on-request",
    "job-completed",
    "stop-timeout-pid1-default-ignored",
    "stop-timeout-shell-does-not-forward",
    "stop-timeout-sigterm-ignored",
    "paused-by-request",
    "created-never-started",
];

/// What the rules would like to know beyond the facts that they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked(pub BTreeSet<Want>);

/// The verdict on a container, and what else would have to be looked at for a better one.
pub fn diagnose(facts: &Facts, know: &Knowledge) -> (Diagnosis, Asked) {
    let case = Case::new(facts, know);
    let story = Story::of(&case);
    let mut findings = rank::ranked(rules::all(&case, &story));
    for finding in &mut findings {
        finding.phase = story.phase;
        complete(finding, know);
        if facts.engine.podman {
            // Its own program takes the same words.
            finding.commands.iter_mut().for_each(|command| *command = command.replace("docker ", "podman "));
        }
    }
    let failed = failed(facts, &story, &findings);
    if !failed {
        findings.truncate(1);
    }
    let undecided = (findings.is_empty() && failed).then(|| undecided(&case, &story));
    let ended = !matches!(story.phase, Phase::Running | Phase::NeverStarted);
    let runtimes = know.runtimes(facts);
    let code = facts.state.exit_code;
    let diagnosis = Diagnosis {
        phase: story.phase,
        failed,
        outcome: outcome(facts, &story),
        exit_code: ended.then_some(code),
        exit_meaning: if ended { meaning(know, code, story.phase, &runtimes) } else { String::new() },
        signal: (story.phase == Phase::Killed).then(|| exit::signal(code).map(str::to_owned)).flatten(),
        ran_for_seconds: facts
            .ran_for()
            .filter(|_| !matches!(story.phase, Phase::NeverStarted | Phase::Refused)),
        last_lines: if undecided.is_some() { last_lines(facts) } else { Vec::new() },
        findings,
        undecided,
        timeline: timeline::timeline(facts),
        sources: sources(facts),
        since: None,
    };
    (diagnosis, Asked(case.into_wants()))
}

/// Fills in what the knowledge in general has to say.
fn complete(finding: &mut Finding, know: &Knowledge) {
    if finding.remedy.is_empty()
        && let Some(cause) = know.cause(&finding.cause)
    {
        finding.remedy.clone_from(&cause.fix);
    }
    finding.title = verdict::quoted(&finding.title);
    finding.evidence.dedup();
}

fn failed(facts: &Facts, story: &Story<'_>, findings: &[Finding]) -> bool {
    match story.phase {
        Phase::Running => {
            facts.state.health == Some(Health::Unhealthy)
                || findings.iter().any(|finding| finding.cause == "restart-loop")
        }
        Phase::Refused | Phase::ExecFailed | Phase::Lost => true,
        Phase::NeverStarted | Phase::Exited | Phase::Killed => match findings.first() {
            _ if matches!(facts.state.status, State::Restarting | State::Dead) => true,
            Some(top) => !AT_PEACE.contains(&top.cause.as_str()),
            None => facts.state.exit_code != 0,
        },
    }
}

fn meaning(know: &Knowledge, code: i64, phase: Phase, runtimes: &[&str]) -> String {
    let known = know.meaning(code, phase, runtimes).or_else(|| know.meaning(code, Phase::Exited, runtimes));
    match (known, exit::signal(code)) {
        (Some(known), _) => known.to_owned(),
        (None, Some(signal)) => {
            format!("{signal} ended it, if the program does not use the code for something else")
        }
        (None, None) => "the program reported a failure; what this code stands for is its own".to_owned(),
    }
}

fn outcome(facts: &Facts, story: &Story<'_>) -> String {
    let state = &facts.state;
    let code = state.exit_code;
    let after = facts.ran_for().map(|life| format!(" after {}", seconds(life))).unwrap_or_default();
    match story.phase {
        Phase::NeverStarted => "never started".to_owned(),
        Phase::Refused if state.started.is_none() => format!("never started ({code})"),
        Phase::Refused => format!("could not be started again ({code})"),
        Phase::Running => match (&state.status, state.health) {
            (State::Running, Some(health)) => format!("running, {}", health.name()),
            (status, _) => status.name().to_owned(),
        },
        _ if state.status == State::Restarting => format!("restarting; the last run exited {code}{after}"),
        Phase::Lost => format!("lost (255){after}"),
        Phase::Killed if story.requested(facts) && story.forced(facts) => {
            format!("stopped by request, needed force ({code}){after}")
        }
        _ if story.requested(facts) => format!("stopped by request ({code}){after}"),
        Phase::Killed => format!("ended by a signal ({}){after}", exit::words(code)),
        Phase::Exited | Phase::ExecFailed => format!("exited {code}{after}"),
    }
}

fn last_lines(facts: &Facts) -> Vec<facts::Line> {
    let lines = facts.log.lines.iter().rev().filter(|line| !line.text.trim().is_empty()).take(LAST_LINES);
    let mut lines: Vec<_> =
        lines.map(|line| facts::Line { text: redact::text(&line.text), ..line.clone() }).collect();
    lines.reverse();
    lines
}

/// Each source, and why it told nothing where it did.
fn sources(facts: &Facts) -> Vec<(Source, Option<String>)> {
    let all = [Source::Inspect, Source::Logs, Source::Events, Source::Image, Source::Changes, Source::Engine];
    let why = |source: Source| {
        let missing = facts.unavailable.iter().filter(|missing| missing.source == source);
        let whys: Vec<&str> = missing.map(|missing| missing.why.as_str()).collect();
        (!whys.is_empty()).then(|| whys.join("; "))
    };
    all.into_iter().map(|source| (source, why(source))).collect()
}

/// What was looked at in vain, and the one observation that would decide.
fn undecided(case: &Case<'_>, story: &Story<'_>) -> Undecided {
    let facts = case.facts;
    let mut checked = Vec::new();
    if !facts.state.error.is_empty() {
        checked.push(format!("the engine's own words: {}", verdict::quoted(&facts.state.error)));
    }
    let lines = facts.log.lines.iter().filter(|line| !line.text.trim().is_empty()).count();
    let readable = !facts.unavailable.iter().any(|missing| missing.source == Source::Logs);
    checked.push(match (readable, lines) {
        (false, _) => "the log: it cannot be read".to_owned(),
        (true, 0) => "the log of this run: nothing was printed".to_owned(),
        (true, lines) => {
            format!("the log of this run: {lines} lines, none of which is known to betray a cause")
        }
    });
    checked.push(if story.observed {
        "the engine's events: nobody asked for its end, and memory did not run out".to_owned()
    } else {
        "the engine's events: they do not reach back to its end".to_owned()
    });
    checked.push("memory: the engine does not say that it ran out (OOMKilled is false)".to_owned());
    for (source, why) in sources(facts) {
        checked.extend(why.map(|why| format!("{}: not available, {why}", source.name())));
    }
    let next = if story.phase == Phase::Refused {
        format!(
            "start it once more and read the engine's own log at that moment: docker start -a {}",
            facts.name
        )
    } else if !readable {
        let driver = &facts.host.log_driver;
        format!(
            "run it with a log that can be read (--log-driver json-file instead of {driver}), and see what it prints last"
        )
    } else if lines == 0 {
        match confirm::script_text(case).and_then(|text| text.file) {
            Some(path) => {
                format!("see which command fails: docker run --rm --entrypoint sh {} -x {path}", facts.image)
            }
            None => format!(
                "run it attached, with its output unbuffered and at the highest level: docker run --rm -it {}",
                facts.image
            ),
        }
    } else {
        format!(
            "the lines before the last ones, at a higher level of logging: docker logs --timestamps --tail 200 {}",
            facts.name
        )
    };
    Undecided { checked, next: vec![next] }
}
