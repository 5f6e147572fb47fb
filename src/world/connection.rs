//! How hadal stands with the engine.

use jiff::Timestamp;

use crate::image::ImageStore;

/// State of the connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// Nobody asked for an engine yet.
    #[default]
    Idle,
    Connecting,
    /// Connected, and listening to its events.
    Live,
    /// It was there; what was known of it is shown.
    Lost {
        since: Timestamp,
        why: String,
    },
    /// None was found.
    Absent {
        tried: Vec<Tried>,
    },
}

/// A place where an engine was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// What it is called: `DOCKER_HOST`, `context desktop-linux`, `Podman (rootless)`.
    pub name: String,
    pub url: String,
    /// One line, with what to do where that is known.
    pub why: String,
}

/// A place where an engine may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    pub name: String,
    pub url: String,
    /// What came of asking: its version, or why there is none; `None` while it is being asked.
    pub answer: Option<Result<About, String>>,
    /// It is the one that is shown.
    pub current: bool,
}

/// Whose engine it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Docker,
    Podman,
    /// It speaks the same language.
    Other,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Docker => "docker",
            Kind::Podman => "podman",
            Kind::Other => "engine",
        }
    }

    /// The program whose commands do the same.
    pub fn program(self) -> &'static str {
        if self == Kind::Podman { "podman" } else { "docker" }
    }
}

/// What an engine says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub kind: Kind,
    /// `20.10.24`
    pub version: String,
    /// The version of the API that is spoken with it, `1.41`.
    pub api: String,
    /// `linux/amd64`
    pub platform: String,
    /// Where it listens, as a URL.
    pub url: String,
    /// How it was found: `context desktop-linux`, `DOCKER_HOST`, `default socket`.
    pub found_by: String,
    /// `overlay2`, `overlayfs` (the containerd store), …
    pub storage: String,
    pub store: ImageStore,
    /// `1` or `2`; empty when it does not say.
    pub cgroup: String,
    /// What the engine warns about, and what it cannot do.
    pub warnings: Vec<String>,
}

impl About {
    /// `docker 20.10.24`
    pub fn title(&self) -> String {
        format!("{} {}", self.kind.name(), self.version)
    }
}
