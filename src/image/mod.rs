//! What an image is: names, configuration, layers, and the tree of all their files.
//!
//! Pure: bytes in, values out. Nothing here opens a file, asks a daemon, reads a clock or knows a terminal.

pub mod base;
pub mod changeset;
pub mod choice;
pub mod config;
pub mod digest;
pub mod history;
pub mod json;
pub mod local;
pub mod manifest;
pub mod path;
pub mod platform;
pub mod reference;
pub mod size;
pub mod tar;
pub mod tree;
pub mod writable;

pub use base::{Base, Basis};
pub use choice::Choice;
pub use config::Config;
pub use digest::Digest;
pub use history::Step;
pub use local::{ImageStore, LocalImage, LocalStep};
pub use platform::Platform;
pub use reference::Reference;
pub use tree::{Problem, Tree};

/// An image that has been read: what it says about itself, its layers and their files.
#[derive(Clone, Debug)]
pub struct Image {
    pub head: Head,
    pub layers: Vec<Layer>,
    pub tree: Tree,
}

/// What is known of an image before any layer is read.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// How the user named it.
    pub reference: String,
    /// Which kind of source it came from, in the words of the command line (`docker-archive`, `oci-dir`, …).
    pub source: &'static str,
    /// Digest of the config: the image ID of engines with a graph-driver store.
    pub id: Option<Digest>,
    /// What the engine that holds it prints as its id.
    pub engine_id: Option<String>,
    /// Digest of the manifest, where the source has one.
    pub digest: Option<Digest>,
    /// Digest of the index that lists the manifest, where there is one.
    pub index: Option<Digest>,
    pub tags: Vec<String>,
    pub config: Config,
    /// Build steps, oldest first, paired with layers.
    pub history: Vec<Step>,
    /// What it was built on, as far as that is known.
    pub base: Option<Base>,
    /// Layers that it shares with the base image that the user stated, all of that image's.
    pub stated_layers: Option<usize>,
    /// What that image says about itself.
    pub stated_config: Option<Box<Config>>,
    /// What is odd about the image as a whole.
    pub problems: Vec<Problem>,
    /// Of these, what keeps parts of the image from being read.
    pub damage: Vec<String>,
}

/// One layer of an image.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    /// SHA-256 of the uncompressed tar, as the config states it or as computed.
    pub diff_id: Option<Digest>,
    /// Digest of the blob as stored.
    pub digest: Option<Digest>,
    pub media_type: Option<String>,
    /// Bytes of the blob as stored.
    pub blob_bytes: Option<u64>,
    /// Index into [`Head::history`] of the step that made it.
    pub step: Option<usize>,
    pub totals: tree::LayerTotals,
    /// Whether stated digests match the bytes; `None` when they were not checked.
    pub verified: Option<bool>,
    /// Why the layer could not be read whole.
    pub problem: Option<String>,
}

impl Image {
    /// Bytes that all layers store together.
    pub fn bytes(&self) -> u64 {
        self.layers.iter().map(|layer| layer.totals.bytes).sum()
    }

    /// Bytes that no path of the final tree leads to.
    pub fn wasted_bytes(&self) -> u64 {
        self.layers.iter().map(|layer| layer.totals.wasted_bytes).sum()
    }

    /// Bytes of all contents in the final tree.
    pub fn visible_bytes(&self) -> u64 {
        self.bytes() - self.wasted_bytes()
    }

    /// The build step that made layer `index`, if the history can tell.
    pub fn step(&self, index: usize) -> Option<&Step> {
        self.head.history.get(self.layers.get(index)?.step?)
    }

    /// Everything that is odd, the image as a whole first, then by layer.
    pub fn problems(&self) -> Vec<Problem> {
        let mut all = self.head.problems.clone();
        for (index, layer) in self.layers.iter().enumerate() {
            let text = layer.problem.clone();
            all.extend(text.map(|text| Problem { layer: Some(index), text }));
            all.extend(self.tree.problems().iter().filter(|problem| problem.layer == Some(index)).cloned());
        }
        all
    }
}
