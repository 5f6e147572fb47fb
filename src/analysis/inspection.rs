//! What was found in the contents of an image.

use super::duplicates::Duplicate;
use super::secrets::Secret;
use crate::image::tree::Problem;

/// See the module. What was not looked for is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspection {
    /// By what the copies cost.
    pub duplicates: Option<Vec<Duplicate>>,
    /// Those in files by layer, path and line, then those in texts.
    pub secrets: Option<Vec<Secret>>,
    /// Contents that could not be read, and findings that were too many to list.
    pub problems: Vec<Problem>,
    /// Bytes of contents that were read.
    pub bytes: u64,
    /// How long that took.
    pub seconds: f64,
}

impl Inspection {
    /// Bytes a second; 0 when nothing was read.
    pub fn rate(&self) -> f64 {
        if self.seconds > 0.0 { self.bytes as f64 / self.seconds } else { 0.0 }
    }
}
