//! What happened to the last run, as far as it was observed: the phase it failed in, and who ended it.

use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};
use regex::Regex;

use super::case::Case;
use super::facts::{Facts, Line};
use super::verdict::{Evidence, Origin, Phase};
use crate::container::{State, exit};
use crate::world::Event;

/// Lives shorter than this are those of programs that could not be executed, in seconds.
const AT_ONCE: f64 = 10.0;
/// Clocks and orders differ by this much.
const SLACK: SignedDuration = SignedDuration::from_secs(2);

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Story<'f> {
    pub phase: Phase,
    /// Signals that were sent through the engine during the run, oldest first.
    pub kills: Vec<(i64, &'f Event)>,
    pub oom: Option<&'f Event>,
    pub stop: Option<&'f Event>,
    pub die: Option<&'f Event>,
    /// Nothing that happened when it ended can be missing.
    pub observed: bool,
    /// The signal that its exit code stands for.
    pub signal: Option<i64>,
    /// What could not be executed, where that is what happened.
    pub exec: Option<ExecLine<'f>>,
}

/// A line by which a runtime or a wrapper says that it could not execute something.
#[derive(Clone, Debug)]
pub(super) struct ExecLine<'f> {
    pub at: usize,
    pub line: &'f Line,
    /// Empty where the line does not name it.
    pub program: String,
    pub why: String,
    /// A wrapper says so, and not the runtime.
    pub wrapper: bool,
}

impl<'f> Story<'f> {
    pub(super) fn of(case: &Case<'f>) -> Story<'f> {
        let facts = case.facts;
        let mut story = Story { observed: observed(facts), ..Story::default() };
        for event in facts.events.list.iter().filter(|event| belongs(facts, event)) {
            match event.action.as_str() {
                "kill" => {
                    // Podman does not say which signal: that of the exit code, where it is one.
                    let own = Some(facts.state.exit_code - 128).filter(|signal| (1..32).contains(signal));
                    let signal = event.attribute("signal").and_then(number).or(own);
                    story.kills.extend(signal.map(|signal| (signal, event)));
                }
                "oom" => story.oom = Some(event),
                "stop" => story.stop = Some(event),
                "die" | "died" => story.die = Some(event),
                _ => {}
            }
        }
        story.exec = exec_line(facts);
        story.signal =
            Some(facts.state.exit_code - 128).filter(|_| exit::signal(facts.state.exit_code).is_some());
        story.phase = phase(case, &story);
        story
    }

    /// Somebody asked the engine to end it: with the first signal that was sent, or by a stop.
    pub(super) fn requested(&self, facts: &Facts) -> bool {
        let asked = stop_signal(facts);
        self.stop.is_some() || self.kills.first().is_some_and(|(signal, _)| *signal == asked || *signal == 15)
    }

    /// The signal that asked was not enough. Podman tells of the stop alone.
    pub(super) fn forced(&self, facts: &Facts) -> bool {
        let told = self.kills.len() > 1 && self.kills.last().is_some_and(|(signal, _)| *signal == 9);
        let silent = self.kills.is_empty() && self.signal == Some(9) && stop_signal(facts) != 9;
        told || (silent && self.stop.is_some())
    }

    /// What was observed, as evidence.
    pub(super) fn evidence(&self) -> Vec<Evidence> {
        let mut evidence: Vec<Evidence> = self
            .kills
            .iter()
            .map(|(signal, event)| of_event(event, &format!("kill, signal {signal}{}", name(*signal))))
            .collect();
        evidence.extend(self.oom.map(|event| of_event(event, "oom: the kernel killed for memory")));
        evidence.extend(self.die.map(|event| {
            let code = event.attribute("exitCode").or_else(|| event.attribute("containerExitCode"));
            of_event(
                event,
                &format!("die{}", code.map(|code| format!(", exit code {code}")).unwrap_or_default()),
            )
        }));
        evidence.extend(self.stop.map(|event| of_event(event, "stop")));
        evidence
    }
}

/// ` SIGTERM`, where the number is that of a signal.
pub(super) fn name(signal: i64) -> String {
    exit::signal(128 + signal).map(|name| format!(" {name}")).unwrap_or_default()
}

pub(super) fn of_event(event: &Event, text: &str) -> Evidence {
    Evidence::new(Origin::Event(event.time), text)
}

/// Engines write signals as numbers; people and images as names, too.
pub(super) fn number(signal: &str) -> Option<i64> {
    let signal = signal.trim().trim_start_matches("SIG");
    signal.parse().ok().or_else(|| {
        (1..32).find(|number| {
            exit::signal(128 + number).is_some_and(|name| name.trim_start_matches("SIG") == signal)
        })
    })
}

/// The signal that a stop sends.
pub(super) fn stop_signal(facts: &Facts) -> i64 {
    facts.config.stop_signal.as_deref().and_then(number).unwrap_or(15)
}

/// Whether an event is of the run that is diagnosed.
fn belongs(facts: &Facts, event: &Event) -> bool {
    let Some(time) = event.time else { return false };
    let Some(started) = facts.state.started else { return false };
    let ended =
        facts.state.finished.filter(|finished| *finished >= started && !facts.state.status.is_alive());
    // A kill that ended the run before comes before this start; a stop is reported a moment after the end.
    let from = started.checked_sub(SignedDuration::from_millis(200)).unwrap_or(started);
    time >= from && ended.is_none_or(|ended| time.duration_since(ended) <= SLACK * 3)
}

/// Whether nothing of the end of the run can be missing among the events. Podman leaves stops out now and then.
fn observed(facts: &Facts) -> bool {
    if facts.engine.podman {
        return false;
    }
    let end = facts.state.finished.or(facts.state.started);
    let covered = |time: Timestamp| facts.events.covers_since.is_some_and(|since| since <= time);
    end.is_some_and(|end| covered(end.checked_sub(SLACK).unwrap_or(end)))
}

fn phase(case: &Case<'_>, story: &Story<'_>) -> Phase {
    let state = &case.facts.state;
    if !state.error.is_empty() && !state.status.is_alive() {
        return Phase::Refused;
    }
    if state.status == State::Created || state.started.is_none() {
        return Phase::NeverStarted;
    }
    if state.status.is_alive() {
        return Phase::Running;
    }
    if story.exec.is_some() {
        return Phase::ExecFailed;
    }
    if state.exit_code == 255 && lost(case.facts, story) {
        return Phase::Lost;
    }
    let host_failure = case.know.runtimes(case.facts).contains(&"dotnet")
        && case.last_line(&["A fatal error occurred", "You must install", "was not found."]).is_some();
    match story.signal {
        Some(_) if !host_failure => Phase::Killed,
        _ => Phase::Exited,
    }
}

/// Whether the engine rather than the program made the 255 up: nothing was seen of its end, and its log just stops; or
/// others went at the same moment.
fn lost(facts: &Facts, story: &Story<'_>) -> bool {
    if story.die.is_some() {
        return false;
    }
    let Some(finished) = facts.state.finished else { return false };
    let together = facts.peers.iter().any(|peer| {
        peer.exit_code == Some(255)
            && peer.finished.is_some_and(|other| other.duration_since(finished).abs() <= SLACK)
    });
    let booted = facts
        .engine
        .booted
        .is_some_and(|booted| booted > facts.state.started.unwrap_or(finished) && booted <= finished);
    let quiet = facts.log.lines.last().is_none_or(|line| {
        let lower = line.text.to_ascii_lowercase();
        let stale = line.time.is_some_and(|time| finished.duration_since(time) > SLACK * 2);
        stale || !["error", "fatal", "exception", "failed", "panic"].iter().any(|word| lower.contains(word))
    });
    (story.observed || together || booted) && quiet
}

fn patterns() -> &'static [(Regex, bool)] {
    static PATTERNS: OnceLock<Vec<(Regex, bool)>> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        const WHY: &str = r"(?P<why>(?i:no such file or directory|permission denied|exec format error|is a directory|not a directory|argument list too long|text file busy|operation not permitted|executable file not found in \$PATH|invalid argument|input/output error))";
        [
            (format!("^exec (?P<program>.+?): {WHY}$"), false),
            (format!("standard_init_linux\\.go:\\d+: exec user process caused:? \"?{WHY}"), false),
            (format!("exec container process:? [`'(]?(?P<program>[^`'):]*?)[`')]?:? ?{WHY}"), false),
            (format!("^\\[FATAL tini \\(\\d+\\)\\] exec (?P<program>.+?) failed: {WHY}"), true),
            (format!("^\\[dumb-init\\] (?P<program>.+?): {WHY}"), true),
            (format!("^error: exec: \"(?P<program>[^\"]+)\": {WHY}"), true),
            (format!("^(?:su-exec|catatonit|setpriv|exec|timeout|nice|nohup|chroot|stdbuf): (?:failed to (?:execute|run command|exec pid1)[: ]*)?['‘`]?(?P<program>[^'’`]+?)['’`]?: {WHY}$"), true),
        ]
        .into_iter()
        .filter_map(|(pattern, wrapper)| Some((Regex::new(&pattern).ok()?, wrapper)))
        .collect()
    })
}

fn exec_line(facts: &Facts) -> Option<ExecLine<'_>> {
    if !facts.state.error.is_empty()
        || facts.state.exit_code == 0
        || facts.ran_for().is_some_and(|life| life > AT_ONCE)
    {
        return None;
    }
    // A wrapper may have said something before; a program that ran says more.
    if facts.log.lines.len() > 20 {
        return None;
    }
    let lines = facts.log.lines.iter().enumerate();
    lines.rev().take(3).find_map(|(at, line)| {
        patterns().iter().find_map(|(regex, wrapper)| {
            let found = regex.captures(&line.text)?;
            let named = |name| found.name(name).map(|text| text.as_str().to_owned());
            // A runtime's line is the only one that there is.
            if !wrapper && facts.log.lines.len() > 2 {
                return None;
            }
            Some(ExecLine {
                at,
                line,
                program: named("program").unwrap_or_default(),
                why: named("why")?,
                wrapper: *wrapper,
            })
        })
    })
}
