//! How a container is, in a few words: `up 2 h (healthy)`, `exited 1, 3 h ago`, `137 SIGKILL, 2 d ago`.

use jiff::Timestamp;

use super::age::age;
use crate::container::{Container, Health, State, exit};

/// What the words amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// It runs as it should.
    Good,
    /// It failed, or keeps failing.
    Bad,
    /// It is on its way to something else.
    Busy,
    /// It rests.
    Quiet,
}

/// What a container's state amounts to.
pub fn tone(container: &Container) -> Tone {
    match container.state {
        _ if container.failed() => Tone::Bad,
        State::Running if container.health == Some(Health::Starting) => Tone::Busy,
        State::Running => Tone::Good,
        State::Stopping | State::Removing | State::Restarting | State::Paused => Tone::Busy,
        State::Created | State::Exited | State::Dead | State::Other(_) => Tone::Quiet,
    }
}

/// A sign for the state, so that it does not rest on colour.
pub fn sign(container: &Container) -> &'static str {
    match (tone(container), &container.state) {
        (_, State::Restarting) => "↻",
        (Tone::Bad, _) => "✗",
        (_, State::Running) => "●",
        (_, State::Paused) => "‖",
        (Tone::Busy, _) => "…",
        _ => "○",
    }
}

/// State, health, how it ended and when. Engines' own words in it are not sanitised.
pub fn words(container: &Container, now: Timestamp) -> String {
    let since = |then: Option<Timestamp>| then.map(|then| age(then, now));
    let up = || match since(container.started_at) {
        Some(age) => format!("up {age}"),
        None => "up".to_owned(),
    };
    match &container.state {
        State::Running => match container.health {
            Some(health) => format!("{} ({})", up(), health.name()),
            None => up(),
        },
        State::Paused => format!("paused, {}", up()),
        State::Restarting => match (container.restarts, container.exit_code) {
            (0, None | Some(0)) => "restarting".to_owned(),
            (0, Some(code)) => format!("restarting after {}", exit::words(code)),
            (1, _) => "restarting, once".to_owned(),
            (times, _) => format!("restarting, {times} times"),
        },
        State::Exited | State::Dead => ended(container, since(container.finished_at)),
        State::Created if !container.error.is_empty() => "could not be started".to_owned(),
        State::Created | State::Stopping | State::Removing | State::Other(_) => {
            container.state.name().to_owned()
        }
    }
}

fn ended(container: &Container, age: Option<String>) -> String {
    let dead = container.state == State::Dead;
    let how = match container.exit_code {
        _ if dead => "dead".to_owned(),
        None => container.state.name().to_owned(),
        Some(code) if exit::signal(code).is_some() => exit::words(code),
        Some(code) => format!("exited {code}"),
    };
    let memory = if container.oom_killed { " (OOM)" } else { "" };
    let ago = age.map(|age| format!(", {age} ago")).unwrap_or_default();
    format!("{how}{memory}{ago}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_780_000_000;

    fn container(state: &str, seconds: i64) -> Container {
        let then = Timestamp::from_second(NOW - seconds).ok();
        let state = State::parse(state);
        let alive = state.is_alive();
        Container {
            state,
            started_at: then.filter(|_| alive),
            finished_at: then.filter(|_| !alive),
            ..Container::default()
        }
    }

    #[test]
    fn states_in_words() {
        let exited = |code: i64| Container { exit_code: Some(code), ..container("exited", 3 * 3600) };
        let healthy = |health| Container { health: Some(health), ..container("running", 2 * 3600) };
        for (container, sign_shown, says, amounts) in [
            (container("running", 7200), "●", "up 2 h", Tone::Good),
            (healthy(Health::Healthy), "●", "up 2 h (healthy)", Tone::Good),
            (healthy(Health::Unhealthy), "✗", "up 2 h (unhealthy)", Tone::Bad),
            (healthy(Health::Starting), "●", "up 2 h (starting)", Tone::Busy),
            (container("paused", 7200), "‖", "paused, up 2 h", Tone::Busy),
            (exited(0), "○", "exited 0, 3 h ago", Tone::Quiet),
            (exited(1), "✗", "exited 1, 3 h ago", Tone::Bad),
            (exited(137), "✗", "137 SIGKILL, 3 h ago", Tone::Bad),
            (Container { oom_killed: true, ..exited(137) }, "✗", "137 SIGKILL (OOM), 3 h ago", Tone::Bad),
            (container("exited", 60), "○", "exited, 1 min ago", Tone::Quiet),
            (Container { finished_at: None, ..exited(2) }, "✗", "exited 2", Tone::Bad),
            (Container { restarts: 7, ..container("restarting", 5) }, "↻", "restarting, 7 times", Tone::Bad),
            (
                Container { exit_code: Some(1), ..container("restarting", 5) },
                "↻",
                "restarting after 1",
                Tone::Bad,
            ),
            (container("created", 5), "○", "created", Tone::Quiet),
            (
                Container { error: "no such file".to_owned(), ..container("created", 5) },
                "✗",
                "could not be started",
                Tone::Bad,
            ),
            (container("dead", 172_800), "○", "dead, 2 d ago", Tone::Quiet),
            (container("stopping", 9), "…", "stopping", Tone::Busy),
            (container("hibernating", 9), "○", "hibernating", Tone::Quiet),
        ] {
            let now = Timestamp::from_second(NOW).unwrap();
            assert_eq!((sign(&container), words(&container, now).as_str()), (sign_shown, says));
            assert_eq!(tone(&container), amounts, "{says}");
        }
    }
}
