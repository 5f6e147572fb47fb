//! What takes room in an engine, by its own reckoning.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Bytes of what an engine keeps. What it did not reckon is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of all layers together, each once; `None` where the engine does not say.
    pub layers: Option<u64>,
    /// By id of the image: of layers that other images hold too.
    pub shared: BTreeMap<String, u64>,
    /// By id of the container: of its writable layer.
    pub writable: BTreeMap<String, u64>,
    /// By id of the container: of the layers below that.
    pub below: BTreeMap<String, u64>,
    pub volumes: Vec<Volume>,
    pub cache: Vec<CacheRecord>,
}

/// A volume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    /// `None` where the engine did not reckon it.
    pub bytes: Option<u64>,
    /// Containers that mount it; `None` where the engine did not count them.
    pub users: Option<u64>,
    pub created: Option<Timestamp>,
    /// Nobody gave it a name: it was made along with a container.
    pub anonymous: bool,
}

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    pub id: String,
    pub name: String,
    pub driver: String,
    pub labels: BTreeMap<String, String>,
    pub created: Option<Timestamp>,
    /// Swarm's, which services use; they are no concern of one engine.
    pub swarm: bool,
}

impl Network {
    /// The ones that every engine brings along and keeps.
    pub fn is_builtin(&self) -> bool {
        matches!(self.name.as_str(), "bridge" | "host" | "none" | "podman" | "docker_gwbridge" | "ingress")
    }
}

/// Something that the builder keeps for the next build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheRecord {
    pub id: String,
    pub parents: Vec<String>,
    /// `regular`, `source.local`, `exec.cachemount`, …
    pub kind: String,
    pub description: String,
    /// A build uses it now.
    pub in_use: bool,
    /// An image holds it too.
    pub shared: bool,
    pub bytes: u64,
    /// The engine keeps more for it than these.
    pub more: bool,
    pub created: Option<Timestamp>,
    pub last_used: Option<Timestamp>,
    /// How often it was used.
    pub uses: u64,
}

impl CacheRecord {
    /// Whether it is a layer that a build began with, rather than what a step made.
    pub fn is_base(&self) -> bool {
        ["from local", "pulled from"].iter().any(|start| self.description.starts_with(start))
    }
}
