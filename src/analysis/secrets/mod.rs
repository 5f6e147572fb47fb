//! Secrets in contents and texts: private keys, tokens, passwords. Rules are data (`assets/secrets.toml`); what they
//! find is masked before anybody sees it.

mod checks;
mod guess;
mod keywords;
mod mask;
mod rules;
mod scan;
mod texts;
mod wide;

pub use mask::Veil;
pub use rules::{Rules, RulesError};
pub use scan::{Match, Scan, Scanner};
pub use texts::{TextSecret, Where, in_texts};

use crate::image::Base;
use crate::image::tree::NodeId;

/// A secret, and where it is shipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The rule's id.
    pub rule: String,
    /// What it is, for people.
    pub title: String,
    pub place: Place,
    /// The secret's beginning and its length, never the whole of it.
    pub preview: String,
}

impl Secret {
    /// Whether it came with the base image, so that this build can only take another one.
    pub fn in_base(&self, base: Option<&Base>) -> bool {
        let below = |layer: usize| base.is_some_and(|base| layer < base.layers);
        match &self.place {
            Place::File { layer, .. } => below(*layer),
            Place::Text(text) => {
                let early = text.step.is_some_and(|step| base.is_some_and(|base| step < base.steps));
                text.in_base || early || text.layer.is_some_and(below)
            }
        }
    }
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a content.
    File {
        /// A path that leads to it in the final tree, or else the path that stored it.
        node: NodeId,
        /// The layer that ships it.
        layer: usize,
        /// The layer that hid it; `None` while it is visible.
        deleted_in: Option<usize>,
        /// From 1; `None` in a binary file.
        line: Option<u64>,
        /// Findings in the same content that are not listed, noted at its last one.
        more: u64,
    },
    /// In what the image says about itself.
    Text(TextSecret),
}
