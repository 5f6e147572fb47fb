//! Files that are shipped and seen, and that nobody will miss.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::{Finding, Group, Junk, JunkMap, Kind, is_dead_weight};
use crate::analysis::heaps::Content;
use crate::image::Image;
use crate::image::changeset::Kind as FileKind;
use crate::image::tree::NodeId;

pub(super) fn findings(image: &Image, junk: &JunkMap<'_>) -> Vec<Finding> {
    let mut found: BTreeMap<&str, (&Junk, Vec<Content>)> = BTreeMap::new();
    let elsewhere = linked_elsewhere(image, junk);
    let mut seen = FxHashSet::default();
    let mut waiting: Vec<NodeId> = junk.places().collect();
    while let Some(node) = waiting.pop() {
        let Some(version) = image.tree.in_final(node).filter(|_| seen.insert(node)) else { continue };
        if version.kind() == FileKind::Directory {
            waiting.extend(image.tree.children(node));
            continue;
        }
        let stored = version.stored_bytes() > 0 && !elsewhere.contains(&(node, version.layer()));
        let Some(junk) = junk.junk(&image.tree, node).filter(|junk| stored && wanted(junk)) else { continue };
        let content = Content { node, bytes: version.stored_bytes(), layer: version.layer(), fate: None };
        found.entry(&junk.id).or_insert_with(|| (junk, Vec::new())).1.push(content);
    }
    let finding = |(junk, contents): (&Junk, Vec<Content>)| {
        let proven = Finding::saving(image, Kind::Leftovers, Some(junk), None, &contents);
        match is_dead_weight(junk) {
            true => proven,
            // Somebody may want them; so nothing is promised.
            false => Finding { bytes: None, visible: Vec::new(), ..proven },
        }
    };
    found.into_values().map(finding).collect()
}

/// Contents to which a hard link leads that is no junk: removing the junk would not free them.
fn linked_elsewhere(image: &Image, junk: &JunkMap<'_>) -> FxHashSet<(NodeId, usize)> {
    let tree = &image.tree;
    let links = tree.all().filter_map(|node| Some((node, tree.in_final(node)?)));
    let links = links
        .filter(|(node, version)| version.kind() == FileKind::Hardlink && junk.junk(tree, *node).is_none());
    links.filter_map(|(_, version)| version.content()).map(|stored| (stored.node, stored.layer)).collect()
}

/// Version control has a hint of its own, and the package manager's records are wanted.
fn wanted(junk: &Junk) -> bool {
    !matches!(junk.group, Group::Vcs | Group::Database)
}
