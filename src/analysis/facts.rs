//! What only a walk over the whole image can tell: found once, never while drawing.

use super::advice::{Equal, Finding, findings};
use super::folders::Folders;
use super::heaps::Content;
use super::inspection::Inspection;
use super::junk::JunkList;
use super::privileged::{Privileged, privileged};
use super::secrets::Secret;
use super::waste::by_cause;
use crate::image::Image;
use crate::image::tree::{Cause, Problem};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    causes: Vec<Vec<(Cause, u64)>>,
    /// Everything that is odd about the image.
    pub problems: Vec<Problem>,
    /// Hidden contents, folder by folder.
    pub hidden: Folders,
    /// What could be done better.
    pub findings: Vec<Finding>,
    /// Files and directories that the final tree shows.
    pub totals: super::Totals,
    /// Files that give more rights than others, by the layer that brought them.
    pub privileged: Vec<Privileged>,
    /// What contents hold, where they were looked into.
    pub inside: Option<Inspection>,
}

impl Facts {
    pub fn of(image: &Image, junk: &JunkList) -> Facts {
        Facts {
            causes: by_cause(&image.tree),
            problems: image.problems(),
            hidden: Folders::of(&image.tree, image.tree.hidden().map(Content::from)),
            findings: findings(image, junk, &[]),
            totals: super::Totals::of(image),
            privileged: privileged(&image.tree),
            inside: None,
        }
    }

    /// The same with what contents hold: equal ones bring findings of their own, and secrets of the base image, about
    /// which a build can do the least, come last.
    #[must_use]
    pub fn with(mut self, image: &Image, junk: &JunkList, mut inside: Inspection) -> Facts {
        let equal: Vec<Equal> =
            inside.duplicates.iter().flatten().map(|alike| alike.contents.clone()).collect();
        self.findings = findings(image, junk, &equal);
        // What could not be read the first time cannot be read now either.
        let new = inside.problems.iter().filter(|problem| !self.problems.contains(problem));
        let new: Vec<Problem> = new.cloned().collect();
        self.problems.extend(new);
        let base = image.head.base.as_ref();
        inside.secrets.iter_mut().for_each(|all| all.sort_by_key(|secret| secret.in_base(base)));
        self.inside = Some(inside);
        self
    }

    /// Privileged files that are so since a layer.
    pub fn privileged_since(&self, layer: usize) -> impl Iterator<Item = &Privileged> {
        self.privileged.iter().filter(move |one| one.layer == layer)
    }

    /// Secrets, where they were looked for.
    pub fn secrets(&self) -> &[Secret] {
        self.inside.as_ref().and_then(|inside| inside.secrets.as_deref()).unwrap_or_default()
    }

    /// Hidden bytes of a layer by cause, largest first.
    pub fn causes(&self, layer: usize) -> &[(Cause, u64)] {
        self.causes.get(layer).map_or(&[], Vec::as_slice)
    }

    /// What is odd about one layer.
    pub fn problems_of(&self, layer: usize) -> impl Iterator<Item = &str> {
        self.problems.iter().filter(move |problem| problem.layer == Some(layer)).map(|problem| &*problem.text)
    }
}
