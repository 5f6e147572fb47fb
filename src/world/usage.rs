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
    pub created: Option<Timestamp>,
    pub last_used: Option<Timestamp>,
    /// How often it was used.
    pub uses: u64,
}
