//! What was found about an image beyond its tree, as far as it was looked for.

use super::Duplicate;
use super::advice::Finding;
use super::dive::Figures;

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Judgement<'a> {
    /// What could be done better.
    pub findings: &'a [Finding],
    /// Equal contents.
    pub duplicates: Option<&'a [Duplicate]>,
    /// What dive would say.
    pub dive: Option<&'a Figures>,
}
