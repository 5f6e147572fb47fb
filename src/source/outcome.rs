//! What reading a layer came to.

use super::range::Range;
use crate::image::Digest;
use crate::image::tar::LayerRead;

/// The bytes of an uncompressed layer.
pub type Plain = Range;

/// What became of a layer.
#[derive(Debug, Default)]
pub struct LayerOutcome {
    pub read: LayerRead,
    /// Bytes of the blob as stored.
    pub blob_bytes: Option<u64>,
    /// Computed where the bytes passed anyway.
    pub blob_digest: Option<Digest>,
    pub diff_id: Option<Digest>,
    /// Why the layer could not be read whole.
    pub problem: Option<String>,
    /// Its content can be read again at any offset, without decompressing.
    pub plain: Option<Plain>,
    /// The member of the archive that it was, where it passed by in one.
    pub member: Option<String>,
}

impl LayerOutcome {
    pub(super) fn failed(problem: impl Into<String>) -> LayerOutcome {
        LayerOutcome { problem: Some(problem.into()), ..LayerOutcome::default() }
    }

    pub(super) fn finish(mut self) -> LayerOutcome {
        if self.problem.is_none() {
            self.problem = self.read.fault.as_ref().map(ToString::to_string);
        }
        self
    }
}
