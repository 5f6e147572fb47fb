//! One of several images that a source holds.

use super::{Digest, Platform};

/// What is known of an image before it is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub names: Vec<String>,
    pub platform: Option<Platform>,
    /// Digest of the manifest, where the source has one.
    pub digest: Option<Digest>,
    /// Digest of the config.
    pub id: Option<Digest>,
    pub created: Option<String>,
    /// Bytes of all layers as stored; `None` when one is not known.
    pub stored_bytes: Option<u64>,
    pub layers: usize,
    /// Whether all its layers are there.
    pub complete: bool,
    /// What `--image` must be given, together with `platform` as `--platform`, to get this one and no other.
    pub select: String,
}
