//! Mistakes that hide bytes: each hidden content belongs to exactly one of them.

use std::collections::BTreeMap;

use super::{Finding, Group, Junk, JunkMap, Kind, is_dead_weight};
use crate::analysis::heaps::Content;
use crate::image::Image;
use crate::image::tree::{Cause, Hidden};

/// What makes contents part of one mistake: its kind, the files' kind, the layer whose step it is, and whether all of
/// that lies in the base image.
type Mistake<'j> = (Kind, Option<&'j str>, Option<usize>, bool);

pub(super) fn findings(image: &Image, junk: &JunkMap<'_>) -> Vec<Finding> {
    let base = image.head.base.as_ref().map_or(0, |base| base.layers);
    let mut mistakes: BTreeMap<Mistake<'_>, (Option<&Junk>, Vec<Content>)> = BTreeMap::new();
    for hidden in image.tree.hidden() {
        let known = junk.junk(&image.tree, hidden.node);
        let (kind, junk, by) = mistake(&hidden, known);
        let key = (kind, junk.map(|junk| junk.id.as_str()), by, hidden.hidden_by < base);
        mistakes.entry(key).or_insert_with(|| (junk, Vec::new())).1.push(hidden.into());
    }
    let finding = |((kind, _, by, _), (junk, contents)): (Mistake<'_>, (Option<&Junk>, Vec<Content>))| {
        Finding::saving(image, kind, junk, by, &contents)
    };
    mistakes.into_iter().map(finding).collect()
}

/// One step is one mistake, whatever it touched; what package managers leave is one over all steps.
fn mistake<'j>(hidden: &Hidden, junk: Option<&'j Junk>) -> (Kind, Option<&'j Junk>, Option<usize>) {
    let by = Some(hidden.hidden_by);
    match (hidden.cause, junk) {
        (Cause::MetadataOnly, _) => (Kind::MetadataCopy, None, by),
        (Cause::ShadowedInLayer, _) => (Kind::Shadowed, None, by),
        (_, Some(junk)) if junk.group == Group::Database => (Kind::Database, Some(junk), None),
        (_, Some(junk)) if is_dead_weight(junk) => (Kind::HiddenLeftovers, Some(junk), None),
        (Cause::Removed, _) => (Kind::DeletedLater, None, by),
        (Cause::Overwritten, _) => (Kind::Overwritten, None, by),
        (Cause::Opaque | Cause::TypeReplaced, _) => (Kind::Replaced, None, by),
    }
}
