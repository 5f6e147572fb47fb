//! Files of the final tree that give more rights than others: by their mode, or by capabilities.

use crate::image::changeset::Kind;
use crate::image::tree::{Change, NodeId, Tree, Version};

/// Why a file is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Privilege {
    /// Runs as its owner.
    Setuid,
    /// Runs as its group.
    Setgid,
    /// Everybody may write it, or, of a directory, take away what others put there.
    WorldWritable,
    /// Runs with rights of root's.
    Capability,
}

impl Privilege {
    pub const ALL: [Privilege; 4] =
        [Privilege::Setuid, Privilege::Setgid, Privilege::WorldWritable, Privilege::Capability];

    /// The word for it in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Privilege::Setuid => "setuid",
            Privilege::Setgid => "setgid",
            Privilege::WorldWritable => "world-writable",
            Privilege::Capability => "capability",
        }
    }
}

/// A file with privileges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privileged {
    pub node: NodeId,
    /// The layer since which it has had them, in a row and with these contents.
    pub layer: usize,
    pub kinds: Vec<Privilege>,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u16,
}

/// All files with privileges in the final tree, by the layer that brought them, then by path.
pub fn privileged(tree: &Tree) -> Vec<Privileged> {
    let one = |node: NodeId| {
        let version = tree.in_final(node)?;
        let kinds = kinds(&version);
        let mode = version.attributes().mode;
        (!kinds.is_empty()).then(|| Privileged { node, layer: since(tree, node, &kinds), kinds, mode })
    };
    let mut found: Vec<Privileged> = tree.all().filter_map(one).collect();
    found.sort_by_cached_key(|one| (one.layer, tree.path(one.node)));
    found
}

fn kinds(version: &Version<'_>) -> Vec<Privilege> {
    let attributes = version.attributes();
    let has = |bits: u16| attributes.mode & bits != 0;
    let file = version.kind().has_content();
    // Links have no mode that counts; devices are guarded elsewhere.
    let written = file || matches!(version.kind(), Kind::Directory | Kind::Fifo);
    let sticky = version.kind() == Kind::Directory && has(0o1000);
    let all = [
        (Privilege::Setuid, file && has(0o4000)),
        (Privilege::Setgid, file && has(0o2000)),
        (Privilege::WorldWritable, written && has(0o002) && !sticky),
        (Privilege::Capability, file && attributes.capability),
    ];
    all.into_iter().filter(|(_, is)| *is).map(|(kind, _)| kind).collect()
}

/// The first layer of those that, up to the last one, left the file with these privileges.
fn since(tree: &Tree, node: NodeId, wanted: &[Privilege]) -> usize {
    let mut layer = 0;
    for version in tree.versions(node) {
        let own = kinds(&version);
        if !version.exists() || !wanted.iter().all(|kind| own.contains(kind)) {
            break;
        }
        layer = version.layer();
        if matches!(version.change(), Change::Added | Change::Modified) {
            break;
        }
    }
    layer
}
