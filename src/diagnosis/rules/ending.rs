//! Who ended it: the kernel for memory, somebody through the engine, a fault of its own, or nobody knows.

use super::super::case::Case;
use super::super::confirm::{heap_bytes, script_text};
use super::super::story::{Story, name, stop_signal};
use super::super::verdict::{Evidence, Finding, Grade, Phase};
use super::crash;
use crate::container::exit;
use crate::image::size::human;

/// Whether it ended as somebody wished: then what its log complains about is of no interest.
pub(super) fn at_peace(case: &Case<'_>, story: &Story<'_>) -> bool {
    story.requested(case.facts) && !case.facts.state.oom_killed
}

/// What its end itself tells.
pub(super) fn ended(case: &Case<'_>, story: &Story<'_>) -> Vec<Finding> {
    let code = case.facts.state.exit_code;
    if story.requested(case.facts)
        && !(case.facts.state.oom_killed && code == 137 && !story.forced(case.facts))
    {
        return vec![stopped(case, story)];
    }
    let mut findings = Vec::new();
    if case.facts.state.oom_killed || story.oom.is_some() {
        findings.push(out_of_memory(case, story));
        if code == 137 {
            return findings;
        }
    }
    match story.phase {
        Phase::Lost => findings.push(lost(case)),
        Phase::Killed => findings.extend(killed(case, story)),
        _ => {}
    }
    findings
}

pub(super) fn code_evidence(case: &Case<'_>) -> Evidence {
    let code = case.facts.state.exit_code;
    Evidence::inspect("/State/ExitCode", format!("exit code {}", exit::words(code)))
}

/// Somebody asked for it.
fn stopped(case: &Case<'_>, story: &Story<'_>) -> Finding {
    let code = case.facts.state.exit_code;
    let asked = story.kills.first().map_or(stop_signal(case.facts), |(signal, _)| *signal);
    let sign = name(asked).trim().to_owned();
    // A stop signal that cannot be handled needs no patience.
    if !(story.forced(case.facts) && code == 137) {
        let how = if code == 0 || code == 128 + asked {
            String::new()
        } else {
            format!(", and exited with {code}")
        };
        let text = format!("it was stopped by request: {sign} was sent, and it ended{how}");
        return Finding::new("stopped-on-request", Grade::Proven, text)
            .all(story.evidence())
            .with(code_evidence(case));
    }
    let waited = story
        .kills
        .first()
        .zip(story.kills.last())
        .and_then(|((_, first), (_, last))| Some(last.time?.duration_since(first.time?).as_secs_f64()));
    let waited = waited.map(|seconds| format!(" after {seconds:.0} s")).unwrap_or_default();
    let text = script_text(case);
    let argv = &case.facts.config.argv;
    let shown = Evidence::inspect("/Path", super::super::redact::text(&argv.join(" ")));
    let base = |cause: &str, grade, title: String| {
        Finding::new(cause, grade, title).all(story.evidence()).with(shown.clone())
    };
    let script = text.as_ref().map(|text| text.body.as_str()).unwrap_or_default();
    let traps = ["trap ''", "trap \"\"", "SIG_IGN"].iter().any(|trap| script.contains(trap));
    if traps {
        let title = format!("it was stopped by request, but its script ignores {sign}; SIGKILL{waited}");
        return base("stop-timeout-sigterm-ignored", Grade::Proven, title)
            .all(text.map(|text| text.evidence));
    }
    if case.facts.host.init {
        let title = format!("it was stopped by request, and did not end on {sign}; SIGKILL{waited}");
        return base("stop-timeout-sigterm-ignored", Grade::Likely, title)
            .with(Evidence::inspect("/HostConfig/Init", "Init passes signals on"));
    }
    if let Some(text) = text.filter(super::super::confirm::ScriptText::waits) {
        let shell = argv.first().map_or("a shell", String::as_str);
        let title = format!(
            "it was stopped by request, but process 1 is {shell}, which does not pass {sign} on; SIGKILL{waited}"
        );
        return base("stop-timeout-shell-does-not-forward", Grade::Proven, title).with(text.evidence);
    }
    let heard = case.last_line(&[
        "SIGTERM",
        "shutting down",
        "Shutting down",
        "graceful",
        "Received signal",
        "signal 15",
    ]);
    if let Some((at, line)) = heard {
        let title =
            format!("it was stopped by request and heard {sign}, but did not end in time; SIGKILL{waited}");
        return base("stop-timeout-sigterm-ignored", Grade::Likely, title).with(Evidence::log(at, line));
    }
    let title = format!(
        "it was stopped by request, but as process 1 it has no handler for {sign}, which the kernel then drops; SIGKILL{waited}"
    );
    base("stop-timeout-pid1-default-ignored", Grade::Likely, title)
        .with(Evidence::inspect("/HostConfig/Init", "Init false: the program is process 1"))
}

fn out_of_memory(case: &Case<'_>, story: &Story<'_>) -> Finding {
    let facts = case.facts;
    let limit = facts.host.memory;
    let mut evidence: Vec<Evidence> = Vec::new();
    if facts.state.oom_killed {
        evidence.push(Evidence::inspect("/State/OOMKilled", "OOMKilled true"));
    }
    evidence.extend(
        limit.map(|bytes| {
            Evidence::inspect("/HostConfig/Memory", format!("Memory {bytes} ({})", human(bytes)))
        }),
    );
    evidence.extend(story.oom.map(|event| super::super::story::of_event(event, "oom")));
    let at = limit.map_or_else(
        || "when memory ran out".to_owned(),
        |bytes| format!("at the limit of {}", human(bytes)),
    );
    let grade = if limit.is_some() { Grade::Proven } else { Grade::Likely };
    let code = facts.state.exit_code;
    let child = case.last_line(&["Killed", "signal 9", "status 137", "SIGKILL", "signal: killed"]);
    // A shell that is process 1 passes the code of its child on.
    let shell = facts
        .config
        .argv
        .first()
        .is_some_and(|program| case.know.shells.iter().any(|shell| shell == program))
        || script_text(case).is_some();
    if code != 137 || (child.is_some() && shell) {
        let title =
            format!("the kernel killed a process of it {at}; process 1 went on and exited with {code}");
        let mut finding = Finding::new("oom-kill-of-child-process", grade, title).all(evidence).weight(88);
        finding.evidence.extend(child.map(|(at, line)| Evidence::log(at, line)));
        finding.evidence.push(code_evidence(case));
        return finding;
    }
    if let (Some(limit), Some((bytes, said))) = (limit, heap_bytes(case))
        && bytes > limit / 100 * 90
    {
        let title = format!("the kernel killed it {at}: its heap alone may take {}", human(bytes));
        let fix = format!(
            "let the heap be about {}, or raise the limit above {}",
            human(limit / 4 * 3),
            human(bytes / 3 * 4)
        );
        return Finding::new("oom-kill-heap-larger-than-limit", Grade::Proven, title)
            .all(evidence)
            .with(said)
            .with(code_evidence(case))
            .fix(fix)
            .weight(89);
    }
    let title = format!("the kernel killed process 1 {at}");
    let finding = Finding::new("oom-kill-container-limit", grade, title)
        .all(evidence)
        .with(code_evidence(case))
        .weight(88);
    finding.command(format!(
        "docker update --memory {} --memory-swap -1 {}",
        human_flag(limit.unwrap_or(0) * 2),
        facts.name
    ))
}

/// Bytes as the engine's flags take them.
fn human_flag(bytes: u64) -> String {
    format!("{}m", (bytes >> 20).max(64))
}

fn lost(case: &Case<'_>) -> Finding {
    let facts = case.facts;
    let text =
        "the engine lost sight of it: the engine or the host went down while it ran, and 255 is made up";
    let together: Vec<&str> = facts
        .peers
        .iter()
        .filter(|peer| {
            peer.exit_code == Some(255)
                && peer
                    .finished
                    .zip(facts.state.finished)
                    .is_some_and(|(a, b)| a.duration_since(b).abs().as_secs() <= 2)
        })
        .map(|peer| peer.name.as_str())
        .collect();
    let grade =
        if together.is_empty() && facts.engine.booted.is_none() { Grade::Possible } else { Grade::Likely };
    let mut finding = Finding::new("lost-by-the-engine", grade, text).with(code_evidence(case)).weight(60);
    if !together.is_empty() {
        finding.evidence.push(Evidence::engine(format!(
            "others ended with 255 at the same moment: {}",
            together.join(", ")
        )));
    }
    if let Some(booted) = facts.engine.booted {
        finding.evidence.push(Evidence::engine(format!("the engine's machine was started at {booted}")));
    }
    finding.command(format!("docker start {}", facts.name))
}

/// A signal, and nobody asked the engine for a stop.
fn killed(case: &Case<'_>, story: &Story<'_>) -> Vec<Finding> {
    let signal = story.signal.unwrap_or(0);
    let sent = story.kills.iter().find(|(sent, _)| *sent == signal);
    if signal == 9
        && let Some((_, event)) = sent
    {
        let when = event.time.map(|time| format!(" at {}", time.strftime("%H:%M:%S"))).unwrap_or_default();
        let title = format!(
            "somebody killed it through the engine{when} (docker kill or rm -f), without asking it to end first"
        );
        return vec![
            Finding::new("killed-by-docker-kill", Grade::Proven, title)
                .all(story.evidence())
                .with(code_evidence(case))
                .weight(80),
        ];
    }
    match signal {
        1 => vec![asked(case, story, "hangup-signal", "SIGHUP", sent.is_some())],
        2 | 3 => vec![asked(case, story, "interrupted-by-signal", name(signal).trim(), sent.is_some())],
        4 => vec![crash::illegal(case)],
        5 | 6 => vec![crash::aborted(case, story)],
        7 => vec![crash::bus(case)],
        8 => vec![crash::fault(
            case,
            "integer-division-fault",
            "an arithmetic fault (SIGFPE) ended it: mostly a division of integers by zero",
            50,
        )],
        11 => crash::segfault(case),
        13 => vec![crash::pipe(case)],
        15 => vec![terminated(case, story)],
        9 => vec![unknown(case, story, 9)],
        _ => vec![unknown(case, story, signal)],
    }
}

fn asked(case: &Case<'_>, story: &Story<'_>, id: &str, sign: &str, observed: bool) -> Finding {
    let grade = if observed { Grade::Proven } else { Grade::Possible };
    let title = if observed {
        format!("{sign} was sent through the engine, and it ended")
    } else {
        format!("{sign} ended it; nobody observed who sent it")
    };
    Finding::new(id, grade, title).all(story.evidence()).with(code_evidence(case)).weight(50)
}

/// SIGTERM, without anybody seen who sent it: engines and hosts that go down send it.
fn terminated(case: &Case<'_>, story: &Story<'_>) -> Finding {
    if story.observed {
        return unknown(case, story, 15);
    }
    let title =
        "it ended on SIGTERM, as a stop or a host that goes down sends it; no record covers that time";
    Finding::new("stopped-on-request", Grade::Likely, title).with(code_evidence(case)).weight(50)
}

/// Nobody knows who sent it.
fn unknown(case: &Case<'_>, story: &Story<'_>, signal: i64) -> Finding {
    let sign = name(signal).trim().to_owned();
    let facts = case.facts;
    let record = if story.observed {
        "no kill, stop or oom event; the record is complete for that time"
    } else if facts.engine.podman {
        "no kill or oom event; Podman does not always tell of a stop"
    } else {
        "no record of events covers that time"
    };
    let not = if signal == 9 {
        "; no evidence of a kill at the container's memory limit (OOMKilled is false)"
    } else {
        ""
    };
    let title = match story.observed {
        true => {
            format!("{sign} ended it, and it did not come through the engine: the sender is unknown{not}")
        }
        false => format!("{sign} ended it, and nobody observed who sent it{not}"),
    };
    let mut finding = Finding::new("killed-by-unknown-sender", Grade::Possible, title)
        .with(code_evidence(case))
        .with(Evidence::new(super::super::verdict::Origin::Event(None), record));
    if signal == 9 {
        finding.evidence.push(Evidence::inspect("/State/OOMKilled", "OOMKilled false"));
        let at = facts
            .state
            .finished
            .map(|time| format!(" around {}", time.strftime("%H:%M:%S")))
            .unwrap_or_default();
        finding.remedy = format!(
            "look into the kernel's log of the host{at} for its out-of-memory killer, and for who ran kill -9; hadal left open records who asks the engine"
        );
        finding.commands.push("dmesg -T | grep -i -E 'killed process|out of memory'".to_owned());
    }
    finding.weight(30)
}
