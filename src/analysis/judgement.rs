//! What was found about an image beyond its tree, as far as it was looked for.

use super::Inspection;
use super::advice::Finding;
use super::dive::Figures;
use super::privileged::Privileged;

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Judgement<'a> {
    /// What could be done better.
    pub findings: &'a [Finding],
    /// Files that give more rights than others.
    pub privileged: &'a [Privileged],
    /// What contents hold.
    pub inspection: Option<&'a Inspection>,
    /// What dive would say.
    pub dive: Option<&'a Figures>,
}

impl<'a> Judgement<'a> {
    /// Equal contents, where they were looked for.
    pub fn duplicates(&self) -> Option<&'a [super::Duplicate]> {
        self.inspection.and_then(|found| found.duplicates.as_deref())
    }
}
