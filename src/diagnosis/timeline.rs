//! The life of a container as far as it is known, oldest first.

use super::facts::Facts;
use super::story::name;
use super::verdict::Moment;
use crate::container::exit;

/// Moments that are told at most; of more, the newest.
const MOST: usize = 40;

pub(super) fn timeline(facts: &Facts) -> Vec<Moment> {
    let state = &facts.state;
    let mut moments: Vec<Moment> = Vec::new();
    let mut push = |time, what: String| {
        if let Some(time) = time {
            moments.push(Moment { time, what });
        }
    };
    push(state.created, "created".to_owned());
    for event in &facts.events.list {
        let what = match event.action.as_str() {
            // State tells the first of these more exactly; the rest is Podman's own housekeeping.
            "create" | "start" | "attach" | "init" | "sync" | "cleanup" | "mount" | "unmount" => continue,
            "kill" => {
                let signal = event.attribute("signal").unwrap_or_default();
                format!("kill, signal {signal}{}", super::story::number(signal).map(name).unwrap_or_default())
            }
            "oom" => "out of memory: the kernel killed a process of it".to_owned(),
            "die" | "died" => {
                match event.attribute("exitCode").or_else(|| event.attribute("containerExitCode")) {
                    Some(code) => {
                        format!("ended with {}", code.parse().map_or_else(|_| code.to_owned(), exit::words))
                    }
                    None => "ended".to_owned(),
                }
            }
            "stop" => "stopped by request".to_owned(),
            other => other.to_owned(),
        };
        push(event.time, what);
    }
    for run in &facts.runs {
        push(run.started, "started".to_owned());
        let seen = facts.events.list.iter().any(|event| {
            event.action.starts_with("die") && event.time.is_some() && event.time == run.finished
        });
        if !seen {
            push(
                run.finished,
                format!(
                    "ended{}",
                    run.exit_code.map(|code| format!(" with {}", exit::words(code))).unwrap_or_default()
                ),
            );
        }
    }
    push(state.started, "started".to_owned());
    if let (false, Some(finished)) = (state.status.is_alive(), state.finished) {
        let near = |moment: &Moment| {
            moment.what.starts_with("ended") && moment.time.duration_since(finished).abs().as_secs() <= 1
        };
        if state.started.is_some() && !moments.iter().any(near) {
            moments.push(Moment {
                time: finished,
                what: format!("ended with {}", exit::words(state.exit_code)),
            });
        }
    }
    if let Some(line) = facts.log.lines.last()
        && let Some(time) = line.time
    {
        let text = super::verdict::quoted(&super::redact::text(&line.text));
        moments.push(Moment { time, what: format!("last line: {text}") });
    }
    moments.sort_by_key(|moment| moment.time);
    moments.dedup();
    let surplus = moments.len().saturating_sub(MOST);
    moments.split_off(surplus)
}
