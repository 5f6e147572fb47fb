//! All that is known of one container before anything is concluded, each fact with where it is from. What could not be
//! learned is a fact as well.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::files::Files;
use crate::container::{Health, State};
use crate::image::writable::Happened;
use crate::world::Event;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Bare hex, in full; empty for an image that never ran.
    pub id: String,
    pub name: String,
    /// The image as it was named when the container was created.
    pub image: String,
    /// `sha256:…`.
    pub image_id: String,
    pub state: StateFacts,
    pub config: ConfigFacts,
    pub host: HostFacts,
    pub mounts: Vec<MountFact>,
    pub networks: Vec<NetworkFact>,
    pub log: LogFacts,
    pub events: EventFacts,
    /// What the container's files are, as far as anybody asked; mounts included where an engine answered.
    pub files: Files,
    /// What the writable layer changed: path, and what happened to it. `None` when nobody asked, or could tell.
    pub changes: Option<Vec<(String, Happened)>>,
    /// Other containers of the engine.
    pub peers: Vec<Peer>,
    /// Earlier runs, oldest first, as far as events and logs tell them.
    pub runs: Vec<PastRun>,
    pub engine: EngineFacts,
    /// What the image says of itself; `None` when it is gone.
    pub image_facts: Option<ImageFacts>,
    pub unavailable: Vec<Unavailable>,
    /// When the facts were gathered, by the engine's clock where it tells it.
    pub now: Option<Timestamp>,
}

/// `State` of an inspection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateFacts {
    pub status: State,
    /// As the engine stores it: 0 also when it never ran.
    pub exit_code: i64,
    pub oom_killed: bool,
    /// The engine's own words on why it could not be started.
    pub error: String,
    pub created: Option<Timestamp>,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub restarts: u64,
    pub health: Option<Health>,
    pub failing_streak: u64,
    /// The last probes, oldest first.
    pub probes: Vec<Probe>,
}

/// One run of a health check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    pub time: Option<Timestamp>,
    /// -1 when it could not run or took too long.
    pub exit_code: i64,
    pub output: String,
}

/// `Config` of an inspection, with the command that results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigFacts {
    /// What is executed: entrypoint and command, put together by the engine.
    pub argv: Vec<String>,
    pub entrypoint: Vec<String>,
    pub cmd: Vec<String>,
    /// Empty: the root.
    pub workdir: String,
    pub user: String,
    pub env: Vec<(String, String)>,
    pub stop_signal: Option<String>,
    pub stop_timeout: Option<u64>,
    /// `CMD …` or `CMD-SHELL …`; empty without one.
    pub healthcheck: Vec<String>,
    pub tty: bool,
    pub open_stdin: bool,
    /// `80/tcp`.
    pub exposed: Vec<String>,
    pub labels: BTreeMap<String, String>,
}

impl ConfigFacts {
    /// The value that counts: of one name that stands twice, the last.
    pub fn env(&self, name: &str) -> Option<&str> {
        self.env.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn workdir(&self) -> &str {
        if self.workdir.is_empty() { "/" } else { &self.workdir }
    }
}

/// `HostConfig` of an inspection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostFacts {
    /// Bytes; `None` without a limit.
    pub memory: Option<u64>,
    pub pids: Option<u64>,
    /// `nofile` → soft limit.
    pub ulimits: Vec<(String, i64)>,
    /// Bytes of `/dev/shm`.
    pub shm_bytes: Option<u64>,
    pub readonly_rootfs: bool,
    pub privileged: bool,
    /// In capitals, without `CAP_`.
    pub cap_add: Vec<String>,
    pub cap_drop: Vec<String>,
    pub security: Vec<String>,
    /// An init of the engine runs as process 1.
    pub init: bool,
    /// `no`, `always`, `unless-stopped`, `on-failure`.
    pub restart_policy: String,
    pub restart_limit: u64,
    pub log_driver: String,
    pub network_mode: String,
    pub ipc_mode: String,
    /// Path → options.
    pub tmpfs: Vec<(String, String)>,
    /// `8080` on which address for which port of the container.
    pub published: Vec<Published>,
    pub devices: Vec<String>,
    /// A GPU or another device was asked for by capability.
    pub device_requests: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    pub host_port: u16,
    pub address: String,
    /// `80/tcp`.
    pub container_port: String,
}

/// Something that lies over the image's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountFact {
    /// `bind`, `volume`, `tmpfs`.
    pub kind: String,
    /// A volume's name.
    pub name: String,
    /// On the engine's host.
    pub source: String,
    pub destination: String,
    pub writable: bool,
    /// Options as they were given: `ro,noexec`.
    pub options: String,
    /// Its place in the inspection's list.
    pub index: usize,
    /// Of a bind mount on an engine of this machine: whether its source is there.
    pub source_exists: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkFact {
    pub name: String,
    pub aliases: Vec<String>,
}

/// What the container wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFacts {
    /// Of the run that is diagnosed, oldest first.
    pub lines: Vec<Line>,
    /// Of runs before it: shown where they help, and never a reason.
    pub earlier: Vec<Line>,
    /// Lines between the first and the last ones were passed over.
    pub gap: bool,
}

/// One line without escape sequences and control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub time: Option<Timestamp>,
    pub stderr: bool,
    pub text: String,
}

/// What the engine reported while it happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFacts {
    /// Of this container, oldest first; health checks left out.
    pub list: Vec<Event>,
    /// Nothing is missing from this time on. `None`: anything may be missing.
    pub covers_since: Option<Timestamp>,
}

/// Another container, as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    pub id: String,
    pub name: String,
    pub state: State,
    pub exit_code: Option<i64>,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub networks: Vec<NetworkFact>,
    /// Ports of the host that it publishes now.
    pub published: Vec<u16>,
    /// Ports of its own that it says it listens on.
    pub ports: Vec<u16>,
    /// Its Compose service.
    pub service: Option<String>,
}

/// A run before the one that is diagnosed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PastRun {
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub exit_code: Option<i64>,
}

/// The engine and its machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineFacts {
    /// `Docker 20.10.24`.
    pub title: String,
    pub podman: bool,
    /// As images say it: `amd64`.
    pub architecture: String,
    pub kernel: String,
    pub cgroup: String,
    /// Bytes.
    pub memory: Option<u64>,
    /// The engine runs on the machine of this program.
    pub local: bool,
    /// When the engine's machine was started, where that can be known.
    pub booted: Option<Timestamp>,
    /// Id and name of its networks.
    pub networks: Option<Vec<(String, String)>>,
}

/// What the image says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFacts {
    /// As images say it: `arm64`.
    pub architecture: String,
    pub os: String,
    /// The image's own settings, to tell what the container was given.
    pub env: Vec<(String, String)>,
    pub entrypoint: Vec<String>,
    pub cmd: Vec<String>,
    /// Build steps on one line, oldest first, with the layer each made.
    pub steps: Vec<(String, Option<usize>)>,
    /// Bytes of all layers.
    pub bytes: u64,
}

/// What a fact is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    Inspect,
    Logs,
    Events,
    Image,
    Changes,
    Engine,
}

impl Source {
    pub fn name(self) -> &'static str {
        match self {
            Source::Inspect => "inspect",
            Source::Logs => "logs",
            Source::Events => "events",
            Source::Image => "image",
            Source::Changes => "changes",
            Source::Engine => "engine",
        }
    }
}

/// A source that told nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    pub source: Source,
    /// One line: `log driver none keeps nothing`.
    pub why: String,
}

/// Capabilities that engines give to root.
const DEFAULT: [&str; 14] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "FSETID",
    "FOWNER",
    "MKNOD",
    "NET_RAW",
    "SETGID",
    "SETUID",
    "SETFCAP",
    "SETPCAP",
    "NET_BIND_SERVICE",
    "SYS_CHROOT",
    "KILL",
    "AUDIT_WRITE",
];

impl Facts {
    /// How long the last run took, in seconds.
    pub fn ran_for(&self) -> Option<f64> {
        let started = self.state.started?;
        let end = if self.state.status.is_alive() { self.now? } else { self.state.finished? };
        // A process that ended at once can have ended before its engine noted the start.
        Some(end.duration_since(started).as_secs_f64().max(0.0))
    }

    /// What lies over the image at a path: the mount with the longest destination above it.
    pub fn mount_over(&self, path: &str) -> Option<&MountFact> {
        let over = self.mounts.iter().filter(|mount| below(path, &mount.destination));
        over.max_by_key(|mount| mount.destination.len())
    }

    /// The tmpfs at a path and its options.
    pub fn tmpfs_over(&self, path: &str) -> Option<(&str, &str)> {
        let over = self.host.tmpfs.iter().filter(|(at, _)| below(path, at));
        over.max_by_key(|(at, _)| at.len()).map(|(at, options)| (at.as_str(), options.as_str()))
    }

    /// Whether a capability that engines give by default, or one that was added, is there for root.
    pub fn may(&self, capability: &str) -> bool {
        let has = |list: &[String], name: &str| list.iter().any(|own| own == name);
        if self.host.privileged || has(&self.host.cap_add, capability) || has(&self.host.cap_add, "ALL") {
            return true;
        }
        DEFAULT.contains(&capability)
            && !has(&self.host.cap_drop, capability)
            && !has(&self.host.cap_drop, "ALL")
    }

    /// Whether its loopback address is its own.
    pub fn own_network(&self) -> bool {
        !(self.host.network_mode == "host" || self.host.network_mode.starts_with("container:"))
    }

    /// Id and name of the engine's networks; `None` when it did not tell.
    pub fn engine_networks(&self) -> Option<&[(String, String)]> {
        self.engine.networks.as_deref()
    }
}

/// Whether `path` is `folder` or lies in it.
pub fn below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
