//! Images that are gone while containers made from them are not: no list shows them, and their layers stay on the disk
//! until the last of these containers goes. `docker rmi --force` leaves such containers behind.

use rustc_hash::{FxHashMap, FxHashSet};

use super::plan::{Item, Kind};
use super::{Bytes, Stock};
use crate::container::Container;
use crate::image::LocalImage;

/// How `BuildKit` does not call the folders of layers, and everybody else does: 64 digits.
const DIGITS: usize = 64;
/// Fewer digits are nobody's id.
const ID_LEAST: usize = 4;

/// See the module. Containers are known by their positions.
#[derive(Debug, Default)]
pub(super) struct Ghosts {
    /// Those whose layers are known, in the order in which [`super::layers::Layers`] has them after the images.
    pub(super) known: Vec<Ghost>,
    /// Those of which the engine does not tell on which layers they stand.
    pub(super) unknown: Vec<Ghost>,
}

/// What some containers were made from.
#[derive(Debug, Default)]
pub(super) struct Ghost {
    pub(super) users: Vec<usize>,
    /// Bytes of all its layers, where the engine was asked for them.
    pub(super) bytes: Option<u64>,
    /// Some of its layers were made by `BuildKit`, so that the build cache may hold them too.
    built: bool,
}

/// What an image that is gone left behind because of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Bytes that nothing else holds: they go with the last container made from it.
    pub bytes: Bytes,
    /// How many other containers were made from it.
    pub others: usize,
}

impl Ghosts {
    /// The ghosts, and the folders of those whose layers are known.
    pub(super) fn find<'a>(
        images: &[&'a LocalImage],
        containers: &[&'a Container],
        is_there: impl Fn(&str) -> bool,
    ) -> (Ghosts, Vec<&'a [String]>) {
        // Where the folders of an image are missing nobody knows what a container shares with it.
        let told = images
            .iter()
            .all(|image| image.layers.as_ref().is_some_and(|layers| layers.len() == image.folders.len()));
        let mut ghosts = Ghosts::default();
        let mut folders: Vec<&[String]> = Vec::new();
        let mut by_folders: FxHashMap<&[String], usize> = FxHashMap::default();
        let mut by_image: FxHashMap<&str, usize> = FxHashMap::default();
        for (at, container) in containers.iter().enumerate() {
            // Containers without an image, as of pods or from a root file system, name none.
            if container.image_id.is_empty() || is_there(&container.image_id) {
                continue;
            }
            let ghost = if told && !container.folders.is_empty() {
                let next = ghosts.known.len();
                let index = *by_folders.entry(&container.folders).or_insert(next);
                if index == next {
                    folders.push(&container.folders);
                    ghosts.known.push(Ghost::default());
                }
                &mut ghosts.known[index]
            } else {
                let next = ghosts.unknown.len();
                let index = *by_image.entry(&container.image_id).or_insert(next);
                if index == next {
                    ghosts.unknown.push(Ghost::default());
                }
                &mut ghosts.unknown[index]
            };
            ghost.users.push(at);
            ghost.bytes = ghost.bytes.or(container.below_bytes);
            ghost.built |= container.folders.iter().any(|folder| folder.len() != DIGITS);
        }
        (ghosts, folders)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.unknown.is_empty()
    }

    /// Whether too little is known of one of them to say what it holds.
    pub(super) fn are_vague(&self) -> bool {
        !self.unknown.is_empty() || self.known.iter().any(|ghost| ghost.bytes.is_none())
    }
}

impl Stock<'_> {
    /// Whether containers hold layers of images that are gone: engines leave these out of their figures.
    pub fn has_hidden(&self) -> bool {
        !self.ghosts.is_empty()
    }

    /// Whether the image that a container, by its position, was made from is gone.
    pub(super) fn is_orphan(&self, container: usize) -> bool {
        let image = self.containers[container].image_id.as_str();
        !image.is_empty() && !self.by_id.contains_key(image)
    }

    /// What a container, by its position, keeps of an image that is gone; `None` where its image is there.
    pub fn hidden(&self, container: usize) -> Option<Hidden> {
        if !self.is_orphan(container) {
            return None;
        }
        let of = |ghosts: &[Ghost]| ghosts.iter().position(|ghost| ghost.users.contains(&container));
        if let Some(at) = of(&self.ghosts.known) {
            let ghost = &self.ghosts.known[at];
            let bytes = self.freed_by(&self.removal(&ghost.users));
            return Some(Hidden { bytes, others: ghost.users.len() - 1 });
        }
        let ghost = &self.ghosts.unknown[of(&self.ghosts.unknown)?];
        Some(Hidden { bytes: Bytes { bytes: 0, exact: false }, others: ghost.users.len() - 1 })
    }

    /// Names of the containers that an image left behind which is gone, by the name or the id that it had.
    pub fn left_behind(&self, image: &str) -> Vec<&str> {
        let start = image.strip_prefix("sha256:").unwrap_or(image);
        let is_it = |at: &usize| {
            let container = self.containers[*at];
            let id = container.image_id.strip_prefix("sha256:").unwrap_or(&container.image_id);
            let named = container.image == image || container.image.strip_suffix(":latest") == Some(image);
            named || start.len() >= ID_LEAST && id.starts_with(start)
        };
        let orphans = (0..self.containers.len()).filter(|at| self.is_orphan(*at)).filter(is_it);
        orphans.map(|at| self.containers[at].name.as_str()).collect()
    }

    /// Bytes of hidden layers that go when this container goes and no other one.
    pub(super) fn hidden_alone(&self, container: usize) -> Bytes {
        match self.hidden(container) {
            Some(Hidden { bytes, others: 0 }) => bytes,
            _ => Bytes { bytes: 0, exact: true },
        }
    }

    /// For each image, and for each ghost after them, whether all that keeps it goes. Ghosts of unknown size stay: what
    /// would go with them is not known either.
    pub(super) fn leaving(&self, images: &[bool], gone: &[Item]) -> Vec<bool> {
        let mut goes = images.to_vec();
        let gone = containers(gone);
        let known = self.ghosts.known.iter();
        goes.extend(known.map(|ghost| ghost.bytes.is_some() && self.is_left(ghost, &gone)));
        goes
    }

    /// What ghosts of whom little is known make of the bytes of layers that go.
    pub(super) fn haunted(&self, bytes: Bytes, gone: &[Item]) -> Bytes {
        let (gone, mut doubted) = (containers(gone), bytes);
        for ghost in &self.ghosts.unknown {
            let left = self.is_left(ghost, &gone);
            doubted.exact &= !left && bytes.bytes == 0;
            if !left {
                // It may stand on any of the layers that seem to go.
                let held = ghost.bytes.unwrap_or(u64::MAX);
                doubted.bytes = doubted.bytes.saturating_sub(held);
            }
        }
        let sizeless = self.ghosts.known.iter().filter(|ghost| ghost.bytes.is_none());
        doubted.exact &= !sizeless.into_iter().any(|ghost| self.is_left(ghost, &gone));
        doubted
    }

    /// Whether no container is left of those made from a ghost.
    fn is_left(&self, ghost: &Ghost, gone: &FxHashSet<&str>) -> bool {
        !gone.is_empty() && ghost.users.iter().all(|user| gone.contains(self.containers[*user].id.as_str()))
    }

    /// Bytes of records of the build cache that go, and may be those of hidden layers: engines do not count these as
    /// shared. At most so many are counted twice, or do not go at all.
    pub(super) fn counted_twice(&self, gone: &[Item]) -> u64 {
        let built: Vec<usize> = self
            .ghosts
            .known
            .iter()
            .filter(|ghost| ghost.built)
            .flat_map(|ghost| &ghost.users)
            .copied()
            .collect();
        let unknown = self.ghosts.unknown.iter().filter(|ghost| ghost.bytes.is_some());
        let unknown: u64 = unknown.map(|ghost| ghost.bytes.unwrap_or(0)).sum();
        let going = gone.iter().filter(|item| item.kind == Kind::BuildCache);
        let going: FxHashSet<&str> = going.map(|item| item.id.as_str()).collect();
        let records: u64 = self
            .stores
            .cache
            .iter()
            .filter(|record| !record.shared && record.kind == "regular")
            .filter(|record| going.contains(record.id.as_str()))
            .map(|record| record.bytes)
            .sum();
        if records == 0 || (built.is_empty() && unknown == 0) {
            return 0;
        }
        let hidden = self.leaving(&vec![false; self.images.len()], &self.removal(&built));
        records.min(self.layers.freed(&hidden, |_| false).bytes.saturating_add(unknown))
    }

    /// Containers as if they went.
    fn removal(&self, containers: &[usize]) -> Vec<Item> {
        let item = |at: &usize| Item {
            kind: Kind::Container,
            id: self.containers[*at].id.clone(),
            name: String::new(),
            reason: String::new(),
            frees_bytes: 0,
            acts: Vec::new(),
        };
        containers.iter().map(item).collect()
    }
}

/// Ids of the containers among what goes.
fn containers(gone: &[Item]) -> FxHashSet<&str> {
    gone.iter().filter(|item| item.kind == Kind::Container).map(|item| item.id.as_str()).collect()
}
