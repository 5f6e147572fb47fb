//! Images as an engine keeps them: names, bytes and layers, without their files.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// How an engine keeps images, and so what it reckons into their sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImageStore {
    /// Layers, unpacked: Docker's own stores.
    #[default]
    Layers,
    /// Layers, and documents that are each image's own: Podman.
    Documents,
    /// Layers, unpacked and as they came, compressed, which is once for all images that have them: the containerd
    /// store. What came is of several platforms, maybe, of which only one is told.
    Blobs,
}

/// An image of an engine. What a list does not tell is `None` until the image has been inspected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalImage {
    /// `sha256:…`, also where the engine leaves the prefix out.
    pub id: String,
    /// All its tags, `name:tag`; none when it is dangling or named by a digest alone.
    pub tags: Vec<String>,
    /// `name@sha256:…`, as it was pulled or pushed.
    pub digests: Vec<String>,
    pub created: Option<Timestamp>,
    /// When a name was last given to it.
    pub last_tagged: Option<Timestamp>,
    /// Bytes as the engine reckons them.
    pub bytes: u64,
    pub store: ImageStore,
    /// Bytes of what came compressed for the one platform that is told, and its documents, where they are told apart.
    pub content_bytes: Option<u64>,
    /// Bytes of layers that other images hold too, by the engine's own reckoning, where it tells.
    pub shared_bytes: Option<u64>,
    /// The image that the classic builder made this one from.
    pub parent: Option<String>,
    pub labels: BTreeMap<String, String>,
    /// `linux/amd64`; empty until inspected.
    pub platform: String,
    /// Diff IDs, base first.
    pub layers: Option<Vec<String>>,
    /// By what names the engine keeps these layers, base first; none where it does not tell.
    pub folders: Vec<String>,
    /// Build steps, oldest first.
    pub steps: Option<Vec<LocalStep>>,
    /// An untagged image that only stands behind others: engines leave it out unless asked for all.
    pub intermediate: bool,
}

/// A build step as an engine tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalStep {
    pub created_by: String,
    pub created: Option<Timestamp>,
    /// Bytes of the layer it made, as the engine reckons them; 0 also when it made none.
    pub bytes: u64,
    /// The image that ended with this step, where the classic builder kept it.
    pub image: Option<String>,
    /// `BuildKit` made it.
    pub buildkit: bool,
}

impl LocalImage {
    /// Whether it has no tag and nothing stands on it; a digest alone does not keep an engine from pruning it.
    pub fn dangling(&self) -> bool {
        self.tags.is_empty() && !self.intermediate
    }

    /// Bytes that are not of the platform that is told: of other ones, and what attests to a build.
    pub fn foreign_bytes(&self) -> u64 {
        if self.store != ImageStore::Blobs {
            return 0;
        }
        let unpacked = self.steps.iter().flatten().fold(0, |sum: u64, step| sum.saturating_add(step.bytes));
        let told = self.content_bytes.unwrap_or(0).saturating_add(unpacked);
        self.bytes.saturating_sub(told)
    }

    /// Takes over what a list says better than an inspection: it reckons bytes in its own way, and knows what stands
    /// on what.
    pub fn keep_from_list(&mut self, row: &LocalImage) {
        self.bytes = row.bytes;
        self.shared_bytes = row.shared_bytes;
        self.intermediate = row.intermediate;
        if self.parent.is_none() {
            self.parent.clone_from(&row.parent);
        }
    }

    /// Twelve hex digits, as engines print ids.
    pub fn short_id(&self) -> &str {
        let hex = self.id.strip_prefix("sha256:").unwrap_or(&self.id);
        hex.get(..12).unwrap_or(hex)
    }
}

/// What stands before the tag or the digest of a name.
pub fn repository(name: &str) -> &str {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    match name.rsplit_once(':') {
        // A colon before a slash belongs to a port.
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}
