//! Finding paths in the tree under construction, the way an unpacker would: parents through symbolic links,
//! the last name literally.

use rustc_hash::FxHashSet;

use super::build::Builder;
use super::record::{EXPLICIT, NONE, Node};
use crate::image::changeset::{Entry, Kind};
use crate::image::path;

/// Symbolic links followed for one path before it counts as a loop.
const MAX_LINKS: u32 = 255;
/// Bytes of paths that one layer's entries may walk because of links: a maze of them costs time with every entry.
const MAX_DETOURS: usize = 64 << 20;

/// Where the parent of an entry turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub node: u32,
    /// A symbolic link was followed on the way: runtimes differ here.
    pub through_link: bool,
    /// Something that is no directory had to make room.
    pub replaced: bool,
}

impl Builder {
    /// The child of `parent` called `name`, existing or not any more.
    pub(super) fn child(&self, parent: u32, name: &[u8]) -> Option<u32> {
        let hash = hash_of(parent, name);
        let same =
            |node: &u32| self.store.nodes[*node as usize].parent == parent && self.store.name(*node) == name;
        self.index.find(hash, same).copied()
    }

    /// The child of `parent` called `name`, made when it never existed. The new node has no version yet.
    pub(super) fn child_or_new(&mut self, parent: u32, name: &[u8]) -> u32 {
        match self.child(parent, name) {
            Some(node) => node,
            None => self.add_node(parent, name),
        }
    }

    /// The directory at the clean path `dir` among what exists now; nothing is made.
    /// `replaced` names nodes that are about to make room and must not be looked through.
    pub(super) fn existing_dir(&self, dir: &[u8], replaced: &FxHashSet<u32>) -> Option<u32> {
        let mut walk = Walk::new(dir);
        let mut at = 0;
        while let Some(name) = walk.next_name() {
            match &*name {
                b".." => at = self.store.nodes[at as usize].parent,
                name => {
                    let child = self.child(at, name)?;
                    match self.existing_kind(child)? {
                        Kind::Directory => at = child,
                        Kind::Symlink if !replaced.contains(&child) => {
                            let target = self.symlink_target(child)?;
                            if target.first() == Some(&b'/') {
                                at = 0;
                            }
                            self.detour(walk.follow(&target)?)?;
                        }
                        _ => return None,
                    }
                }
            }
        }
        Some(at)
    }

    /// The directory at the clean path `dir` below `start`, made with all its parents where missing.
    /// `None` when links lead in a circle.
    pub(super) fn make_dir(&mut self, start: u32, dir: &[u8]) -> Option<Found> {
        let mut found = Found { node: start, through_link: false, replaced: false };
        let mut walk = Walk::new(dir);
        while let Some(name) = walk.next_name() {
            if name == b".." {
                found.node = self.store.nodes[found.node as usize].parent;
                continue;
            }
            let child = self.child_or_new(found.node, &name);
            match self.existing_kind(child) {
                Some(Kind::Directory) => found.node = child,
                Some(Kind::Symlink) => {
                    let target = self.symlink_target(child)?;
                    if target.first() == Some(&b'/') {
                        found.node = 0;
                    }
                    found.through_link = true;
                    self.detour(walk.follow(&target)?)?;
                }
                other => {
                    found.replaced |= other.is_some();
                    self.imply_directory(child);
                    found.node = child;
                }
            }
        }
        Some(found)
    }

    /// Counts a way that a link made longer; `None` when the layer has walked enough of them.
    fn detour(&self, length: usize) -> Option<()> {
        self.detours.set(self.detours.get().saturating_add(length));
        (self.detours.get() <= MAX_DETOURS).then_some(())
    }

    /// What `node` is now; `None` when it does not exist.
    pub(super) fn existing_kind(&self, node: u32) -> Option<Kind> {
        let newest = self.store.nodes[node as usize].newest;
        let record = self.store.records.get(newest as usize)?;
        (!record.dead()).then_some(record.kind)
    }

    fn symlink_target(&self, node: u32) -> Option<Vec<u8>> {
        let record = &self.store.records[self.store.nodes[node as usize].newest as usize];
        self.store.link_target(record).map(<[u8]>::to_vec)
    }

    fn add_node(&mut self, parent: u32, name: &[u8]) -> u32 {
        let node = self.store.nodes.len() as u32;
        let name_at = self.store.text.len() as u32;
        self.store.text.extend_from_slice(name);
        let next = std::mem::replace(&mut self.store.nodes[parent as usize].first, node);
        self.store.nodes.push(Node {
            parent,
            name_at,
            name_len: name.len() as u16,
            first: NONE,
            next,
            newest: NONE,
        });
        let store = &self.store;
        let rehash = |node: &u32| hash_of(store.nodes[*node as usize].parent, store.name(*node));
        self.index.insert_unique(hash_of(parent, name), node, rehash);
        node
    }

    /// Makes `node` a directory that no entry of the layer describes.
    fn imply_directory(&mut self, node: u32) {
        let mut implied = Entry::new(b"", Kind::Directory);
        implied.attributes.mode = 0o755;
        self.implied_dirs += 1;
        self.set(node, &implied, 0, NONE);
        let newest = self.store.nodes[node as usize].newest as usize;
        self.store.records[newest].flags &= !EXPLICIT;
    }
}

fn hash_of(parent: u32, name: &[u8]) -> u64 {
    use std::hash::Hasher as _;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write_u32(parent);
    hasher.write(name);
    hasher.finish()
}

/// The names still to go, with link targets put in front as they are met.
struct Walk {
    rest: Vec<u8>,
    at: usize,
    links: u32,
}

impl Walk {
    fn new(path: &[u8]) -> Walk {
        Walk { rest: path.to_vec(), at: 0, links: 0 }
    }

    fn next_name(&mut self) -> Option<Vec<u8>> {
        loop {
            let rest = self.rest.get(self.at..).filter(|rest| !rest.is_empty())?;
            let length = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
            let name = rest[..length].to_vec();
            self.at += length + 1;
            if !matches!(&*name, b"" | b".") {
                return Some(name);
            }
        }
    }

    /// Goes on at `target`; returns how long the way is now.
    fn follow(&mut self, target: &[u8]) -> Option<usize> {
        self.links += 1;
        let rest = self.rest.get(self.at..).unwrap_or_default();
        let length = target.len() + 1 + rest.len();
        (self.links <= MAX_LINKS && length <= path::MAX_PATH).then_some(())?;
        let mut joined = Vec::with_capacity(length);
        joined.extend_from_slice(target);
        joined.push(b'/');
        joined.extend_from_slice(rest);
        (self.rest, self.at) = (joined, 0);
        Some(length)
    }
}
