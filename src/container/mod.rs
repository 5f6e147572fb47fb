//! What a container is: its state, how it ended, what it publishes. Values only; engines fill them in.

pub mod exit;
pub mod log;
mod port;
mod state;
pub mod stats;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use port::Port;
pub use state::{Health, State};

/// The label by which Compose says which project a container belongs to.
const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";

/// A container as an engine describes it. What a list does not tell is known once `inspected` is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Bare hex, in full.
    pub id: String,
    /// Without the slash that engines put before it.
    pub name: String,
    /// The image as it was named when the container was created.
    pub image: String,
    /// `sha256:…`; empty when the engine does not say.
    pub image_id: String,
    pub command: String,
    pub state: State,
    pub health: Option<Health>,
    /// `None` while it runs, and when it never ran.
    pub exit_code: Option<i64>,
    pub oom_killed: bool,
    /// The engine's own words on why it could not be started.
    pub error: String,
    pub created: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub restarts: u64,
    /// `no`, `always`, `unless-stopped`, `on-failure:3`; empty when not known.
    pub restart_policy: String,
    pub ports: Vec<Port>,
    pub labels: BTreeMap<String, String>,
    pub networks: Vec<String>,
    pub mounts: Vec<Mount>,
    /// It has a terminal: its output is one stream, not two.
    pub tty: bool,
    /// Bytes of memory it may use; `None` without a limit.
    pub memory_limit: Option<u64>,
    /// Bytes of its writable layer, where the engine was asked for them.
    pub writable_bytes: Option<u64>,
    /// Bytes of the layers below that, where the engine was asked for them.
    pub below_bytes: Option<u64>,
    /// By what names the engine keeps these layers, base first; none where it does not tell.
    pub folders: Vec<String>,
    /// Whether all of this is known, not only what lists tell.
    pub inspected: bool,
}

/// Something of the host, or a volume, inside a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// `bind`, `volume`, `tmpfs`, or whatever the engine calls it.
    pub kind: String,
    /// The volume's name; empty for other kinds.
    pub name: String,
    /// Path on the engine's host.
    pub source: String,
    /// Path in the container.
    pub destination: String,
    pub writable: bool,
}

impl Container {
    /// The Compose project it belongs to.
    pub fn project(&self) -> Option<&str> {
        self.labels.get(PROJECT).or_else(|| self.labels.get("io.podman.compose.project")).map(String::as_str)
    }

    /// The Compose service it is a part of.
    pub fn service(&self) -> Option<&str> {
        self.labels.get(SERVICE).map(String::as_str)
    }

    /// Twelve hex digits, as engines print ids.
    pub fn short_id(&self) -> &str {
        self.id.get(..12).unwrap_or(&self.id)
    }

    /// Whether it ended, or keeps ending, in a way nobody asked for. One that was stopped with an exit code of its
    /// own making counts: lists cannot tell who stopped it.
    pub fn failed(&self) -> bool {
        match self.state {
            State::Exited | State::Dead => {
                self.exit_code.is_some_and(|code| code != 0) || !self.error.is_empty()
            }
            State::Created => !self.error.is_empty(),
            State::Restarting => true,
            _ => self.health == Some(Health::Unhealthy),
        }
    }
}
