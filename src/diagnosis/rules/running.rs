//! It runs, and is sick: health checks that fail, restarts without end, standing still.

use std::sync::OnceLock;

use regex::Regex;

use super::super::case::Case;
use super::super::facts::Probe;
use super::super::verdict::{Evidence, Finding, Grade, Role};
use crate::container::{Health, State, exit};

/// Restarts from which on it is a loop.
const LOOP: u64 = 3;

pub(super) fn sick(case: &Case<'_>) -> Vec<Finding> {
    let state = &case.facts.state;
    let mut findings = Vec::new();
    if state.status == State::Paused {
        let seen = case.facts.events.list.iter().rev().find(|event| event.action == "pause");
        let text = "it is paused by request: its processes stand still and answer nothing";
        let finding = Finding::new("paused-by-request", Grade::Proven, text)
            .with(Evidence::inspect("/State/Status", "paused"));
        let finding = finding.all(seen.map(|event| super::super::story::of_event(event, "pause")));
        findings.push(finding.command(format!("docker unpause {}", case.facts.name)));
    }
    if state.health == Some(Health::Unhealthy) {
        findings.push(unhealthy(case));
    }
    findings
}

/// What a container keeps doing, beside why.
pub(super) fn looping(case: &Case<'_>) -> Option<Finding> {
    let facts = case.facts;
    let state = &facts.state;
    if state.status == State::Dead {
        let text = "the engine could not remove it whole, and keeps it as dead";
        let finding = Finding::new("container-dead", Grade::Proven, text)
            .with(Evidence::inspect("/State/Dead", "Status dead"));
        return Some(finding.command(format!("docker rm -f {}", facts.name)));
    }
    let restarting = state.status == State::Restarting;
    let fresh = facts.ran_for().is_some_and(|seconds| seconds < 60.0) && state.status == State::Running;
    let gave_up = !state.status.is_alive() && state.restarts > 0 && facts.host.restart_policy == "on-failure";
    if !(restarting || gave_up || (fresh && state.restarts >= LOOP)) {
        return None;
    }
    let mut lives: Vec<f64> = facts
        .runs
        .iter()
        .filter_map(|run| Some(run.finished?.duration_since(run.started?).as_secs_f64()))
        .chain(facts.ran_for().filter(|_| !state.status.is_alive()))
        .collect();
    lives.sort_by(f64::total_cmp);
    let median = lives
        .get(lives.len() / 2)
        .map(|life| format!(", and lives for {} in the median", seconds(*life)))
        .unwrap_or_default();
    // 100 ms, doubled each time and at most a minute; a run of ten seconds begins anew.
    let wait = 0.1 * f64::from(2u32.saturating_pow(u32::try_from(state.restarts.min(20)).unwrap_or(20)));
    let wait = format!("; the engine waits up to {} before the next start", seconds(wait.min(60.0)));
    let times = match state.restarts {
        1 => "once".to_owned(),
        times => format!("{times} times"),
    };
    let title = if gave_up {
        format!("the engine has started it again {times} and gave up{median}")
    } else {
        format!("the engine has started it again {times}{median}{wait}")
    };
    let policy = match facts.host.restart_limit {
        0 => facts.host.restart_policy.clone(),
        limit => format!("{}:{limit}", facts.host.restart_policy),
    };
    let mut finding = Finding::new("restart-loop", Grade::Proven, title)
        .role(Role::Amplifier)
        .with(Evidence::inspect("/RestartCount", format!("RestartCount {}", state.restarts)))
        .with(Evidence::inspect("/HostConfig/RestartPolicy", format!("RestartPolicy {policy}")));
    let codes: Vec<String> =
        facts.runs.iter().rev().take(5).filter_map(|run| run.exit_code).map(exit::words).collect();
    if !codes.is_empty() {
        let text = format!("earlier runs ended with {}", codes.join(", "));
        finding = finding.with(Evidence::new(super::super::verdict::Origin::Event(None), text));
    }
    Some(finding.command(format!("docker update --restart=no {}", facts.name)))
}

/// Seconds for people.
pub(in crate::diagnosis) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1000.0),
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3600.0),
        s => format!("{:.0} d", s / 86_400.0),
    }
}

fn patterns() -> &'static (Option<Regex>, Option<Regex>) {
    static PATTERNS: OnceLock<(Option<Regex>, Option<Regex>)> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let command = r#"exec: "(?P<a>[^"]+)": (?:executable file not found|stat [^:]+: no such file)|(?:sh|bash|ash): (?:\d+: |line \d+: )?(?P<b>[^\s:]+): (?:command )?not found|executable file `(?P<c>[^`']+)[`'] not found|exec(?:ing)? (?P<d>/\S+)[^:]*: no such file"#;
        let port = r"(?i)(?:port |:)(?P<port>\d{2,5})\b[^\n]*(?:connection refused|couldn't connect|could not connect|failed to connect)|(?:connect(?:ing)? to|can't connect to|connection refused)[^\n]*?[ :(](?P<other>\d{2,5})\b[^\n]*";
        (Regex::new(command).ok(), Regex::new(port).ok())
    })
}

fn unhealthy(case: &Case<'_>) -> Finding {
    let facts = case.facts;
    let probe = facts.state.probes.last().cloned().unwrap_or_default();
    let said = probe_evidence(&probe, facts.state.probes.len());
    let test = Evidence::inspect(
        "/Config/Healthcheck/Test",
        super::super::redact::text(&facts.config.healthcheck.join(" ")),
    );
    let streak = format!("failed {} times in a row", facts.state.failing_streak);
    let (command, port) = patterns();
    let lost = command.as_ref().and_then(|regex| regex.captures(&probe.output));
    if let Some(found) = lost.as_ref().and_then(|found| found.iter().skip(1).flatten().next()) {
        let name = found.as_str();
        let absent = match super::super::program::search(case, name) {
            super::super::program::Search::Nowhere => {
                Some(Evidence::file("/", None, format!("no directory of PATH has {name}")))
            }
            _ => None,
        };
        let grade = if absent.is_some() { Grade::Proven } else { Grade::Likely };
        let title = format!(
            "its health check runs {name}, which the image has not: the check says nothing about the service"
        );
        return Finding::new("healthcheck-command-not-in-image", grade, title)
            .with(said)
            .with(test)
            .all(absent)
            .weight(70);
    }
    let refused = probe.output.to_ascii_lowercase();
    let refused =
        ["connection refused", "couldn't connect", "failed to connect", "could not connect", "can't connect"]
            .iter()
            .any(|words| refused.contains(words));
    if refused {
        let command = facts.config.healthcheck.join(" ");
        let asked = port_in(&command).or_else(|| {
            let found = port.as_ref()?.captures(&probe.output)?;
            found.name("port").or(found.name("other"))?.as_str().parse().ok()
        });
        let exposed: Vec<u16> =
            facts.config.exposed.iter().filter_map(|port| port.split('/').next()?.parse().ok()).collect();
        if let Some(asked) = asked {
            let other = !exposed.is_empty() && !exposed.contains(&asked);
            let listens: Vec<String> = exposed.iter().map(u16::to_string).collect();
            let (grade, title) = if other {
                (
                    Grade::Proven,
                    format!(
                        "its health check asks port {asked}, where nothing listens; the image says it serves {}",
                        listens.join(", ")
                    ),
                )
            } else {
                (
                    Grade::Likely,
                    format!("its health check asks port {asked}, where nothing listens ({streak})"),
                )
            };
            let finding =
                Finding::new("healthcheck-wrong-port", grade, title).with(said).with(test).weight(66);
            return if other {
                finding.with(Evidence::inspect(
                    "/Config/ExposedPorts",
                    format!("exposed: {}", facts.config.exposed.join(", ")),
                ))
            } else {
                finding
            };
        }
    }
    let output =
        probe.output.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it printed nothing");
    let title = format!("its health check {streak}: {}", super::super::redact::text(output.trim()));
    let finding = Finding::new("healthcheck-failing", Grade::Likely, super::super::verdict::quoted(&title))
        .with(said)
        .with(test);
    finding.command(format!("docker exec {} sh -c '…the health check…'", facts.name)).weight(40)
}

/// A port in a command line: `http://localhost:8081/health`, `nc -z localhost 8081`.
fn port_in(command: &str) -> Option<u16> {
    let behind =
        command.split("://").nth(1).map(|rest| rest.split(['/', ' ', '"', '\'']).next().unwrap_or(rest));
    let named = behind.and_then(|place| place.rsplit_once(':')).and_then(|(_, port)| port.parse().ok());
    let scheme =
        behind.filter(|_| named.is_none()).map(|_| if command.contains("https://") { 443 } else { 80 });
    named.or(scheme).or_else(|| {
        let word = command
            .split(|c: char| c.is_whitespace() || c == ':')
            .find(|word| word.len() >= 2 && word.parse::<u16>().is_ok());
        word?.parse().ok()
    })
}

fn probe_evidence(probe: &Probe, count: usize) -> Evidence {
    let last = probe.output.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let pointer = format!("/State/Health/Log/{}", count.saturating_sub(1));
    let how = if probe.exit_code == -1 {
        "could not run or took too long".to_owned()
    } else {
        format!("exit code {}", probe.exit_code)
    };
    Evidence::inspect(&pointer, format!("{how}: {}", super::super::redact::text(last.trim())))
}
