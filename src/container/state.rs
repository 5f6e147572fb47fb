//! The states a container can be in. Engines know more than any list of them, so unknown ones keep their name.

use std::fmt;

/// State of a container, in the words of the Docker API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    #[default]
    Created,
    Running,
    Paused,
    Restarting,
    Stopping,
    Removing,
    Exited,
    Dead,
    /// What only this engine knows.
    Other(String),
}

impl State {
    /// Podman's own words are put into Docker's.
    pub fn parse(text: &str) -> State {
        match text.to_ascii_lowercase().as_str() {
            "created" | "configured" | "initialized" => State::Created,
            "running" | "up" => State::Running,
            "paused" => State::Paused,
            "restarting" => State::Restarting,
            "stopping" => State::Stopping,
            "removing" => State::Removing,
            "exited" | "stopped" => State::Exited,
            "dead" => State::Dead,
            _ => State::Other(text.to_owned()),
        }
    }

    pub fn name(&self) -> &str {
        match self {
            State::Created => "created",
            State::Running => "running",
            State::Paused => "paused",
            State::Restarting => "restarting",
            State::Stopping => "stopping",
            State::Removing => "removing",
            State::Exited => "exited",
            State::Dead => "dead",
            State::Other(name) => name,
        }
    }

    /// Whether there is a process.
    pub fn is_alive(&self) -> bool {
        matches!(self, State::Running | State::Paused | State::Stopping)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the health check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    Starting,
    Healthy,
    Unhealthy,
}

impl Health {
    /// `None` for `none`, for nothing, and for what nobody knows.
    pub fn parse(text: &str) -> Option<Health> {
        match text {
            "starting" => Some(Health::Starting),
            "healthy" => Some(Health::Healthy),
            "unhealthy" => Some(Health::Unhealthy),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Health::Starting => "starting",
            Health::Healthy => "healthy",
            Health::Unhealthy => "unhealthy",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_of_every_engine_are_understood() {
        for (text, state, alive) in [
            ("running", State::Running, true),
            ("stopped", State::Exited, false),
            ("configured", State::Created, false),
            ("hibernating", State::Other("hibernating".to_owned()), false),
        ] {
            let parsed = State::parse(text);
            assert_eq!((parsed.is_alive(), &parsed), (alive, &state), "{text}");
        }
        assert_eq!(State::parse("hibernating").name(), "hibernating");
        assert_eq!(Health::parse("none"), None);
        assert_eq!(Health::parse("unhealthy").map(Health::name), Some("unhealthy"));
    }
}
