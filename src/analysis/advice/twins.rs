//! Trees that are shipped twice: equal contents under two folders.

use std::collections::BTreeMap;

use super::{Equal, Finding, Kind};
use crate::analysis::heaps::Content;
use crate::image::Image;
use crate::image::tree::NodeId;

/// Pairs of folders below this share of the image say nothing that anybody would act on.
const SHARE: u64 = 1_000;

pub(super) fn findings(image: &Image, equal: &[Equal]) -> Vec<Finding> {
    let mut pairs: BTreeMap<(NodeId, NodeId), Vec<Content>> = BTreeMap::new();
    for alike in equal {
        let Some((first, others)) = alike.split_first() else { continue };
        for other in others {
            let Some(version) = image.tree.in_final(*other) else { continue };
            let content =
                Content { node: *other, bytes: version.stored_bytes(), layer: version.layer(), fate: None };
            pairs.entry(roots(image, *first, *other)).or_default().push(content);
        }
    }
    let enough = |contents: &Vec<Content>| {
        contents.iter().map(|content| content.bytes).sum::<u64>() * SHARE >= image.bytes().max(1)
    };
    let finding = |((first, _), contents): ((NodeId, NodeId), Vec<Content>)| {
        let mut finding = Finding::saving(image, Kind::Twins, None, None, &contents);
        // The other place, where they stay.
        let kept = Finding::hint(image, Kind::Twins, None, None, &[first]);
        finding.heaps.extend(kept.heaps);
        finding
    };
    pairs.into_iter().filter(|(_, contents)| enough(contents)).map(finding).collect()
}

/// The folders from which on two paths are the same.
fn roots(image: &Image, mut one: NodeId, mut other: NodeId) -> (NodeId, NodeId) {
    while image.tree.name(one) == image.tree.name(other)
        && let (Some(above), Some(above_other)) = (image.tree.parent(one), image.tree.parent(other))
        && above != above_other
    {
        (one, other) = (above, above_other);
    }
    (one, other)
}
