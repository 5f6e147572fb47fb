//! The gate: rules about an image, and what came of each. Facts go in as plain data, a verdict comes out.

pub mod amount;
mod judge;
mod sums;
#[cfg(test)]
mod tests;

use super::dive::Figures;
use super::secrets::Secret;
use super::{Globs, Inspection};
use crate::image::Image;
use crate::image::tree::Cause;

pub use judge::judge;
pub use sums::Sums;

/// A rule with its limit. A rule of dive's may be there and disabled.
#[derive(Clone, Debug)]
pub enum Rule {
    /// dive's efficiency must not be below this.
    LowestEfficiency(Option<f64>),
    /// dive's wasted bytes must not be above this.
    HighestWastedBytes(Option<u64>),
    /// dive's share of wasted bytes must not be above this.
    HighestUserWastedPercent(Option<f64>),
    /// Bytes that nobody can see must not be more.
    MaxWastedBytes(u64),
    /// The share of bytes that can be seen must not be less.
    MinEfficiency(f64),
    /// Bytes of all layers must not be more.
    MaxSize(u64),
    /// Layers must not be more.
    MaxLayers(u64),
    /// No layer may ship a path that a glob matches.
    Forbid(Globs),
    /// No layer, and nothing that is recorded, may hold a secret.
    ForbidSecrets,
    /// The image must not have this many bytes more than its baseline.
    MaxGrowth(u64),
}

impl Rule {
    /// Its key in files, which is also its flag.
    pub fn name(&self) -> &'static str {
        match self {
            Rule::LowestEfficiency(_) => "lowestEfficiency",
            Rule::HighestWastedBytes(_) => "highestWastedBytes",
            Rule::HighestUserWastedPercent(_) => "highestUserWastedPercent",
            Rule::MaxWastedBytes(_) => "max-wasted-bytes",
            Rule::MinEfficiency(_) => "min-efficiency",
            Rule::MaxSize(_) => "max-size",
            Rule::MaxLayers(_) => "max-layers",
            Rule::Forbid(_) => "forbid",
            Rule::ForbidSecrets => "forbid-secrets",
            Rule::MaxGrowth(_) => "max-growth",
        }
    }
}

/// What the rules are about.
#[derive(Debug)]
pub struct Facts<'a> {
    pub image: &'a Image,
    pub dive: Figures,
    pub sums: Sums,
    pub baseline: Option<Baseline>,
    /// What contents hold, where a rule asks for secrets.
    pub inspection: Option<&'a Inspection>,
}

/// The image that another is compared with.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// As the user named it.
    pub name: String,
    /// Bytes of all its layers, without the paths that are ignored.
    pub bytes: u64,
    /// The same of the image itself, its base image included.
    pub own_bytes: u64,
    /// Why the baseline could not be read whole.
    pub problem: Option<String>,
}

/// What came of all rules.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub passed: bool,
    pub rules: Vec<Checked>,
}

/// What came of one rule.
#[derive(Clone, Debug)]
pub struct Checked {
    pub name: &'static str,
    pub limit: Amount,
    pub actual: Amount,
    pub status: Status,
    /// One line: what is wrong and by how much. May hold raw text of the image.
    pub detail: String,
    /// Of a rule that failed, what weighs most: the largest first, and not all.
    pub parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Pass,
    Fail,
    Skip,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Status::Pass => "pass",
            Status::Fail => "fail",
            Status::Skip => "skip",
        }
    }
}

/// A limit, or what is held against it.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// There is none.
    None,
    Bytes(u64),
    /// Bytes more, or fewer.
    Growth(i64),
    /// From 0 to 1, or beyond where dive goes beyond; may be no finite number.
    Share(f64),
    Count(u64),
    Text(String),
}

/// Something that a rule failed over.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// A path, raw bytes; `None` where it is the layer as a whole.
    pub path: Option<Vec<u8>>,
    pub bytes: u64,
    /// How many contents are below the path.
    pub contents: u64,
    /// The layer that ships it, where a layer does.
    pub layer: Option<usize>,
    /// The layer that took the last path to it away.
    pub hidden_by: Option<usize>,
    pub cause: Option<Cause>,
    /// What is there, where it is a secret; never its value.
    pub secret: Option<Secret>,
}
