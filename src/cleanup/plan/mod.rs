//! What goes and what stays when marked images and containers are to be removed: a value, to be shown before anything
//! is done.
//!
//! Nothing here is forced. An image goes when every container made from it goes, and every image that stands on it; a
//! container goes when it does not run. What stays says why, with everything that is in its way.

use std::collections::{BTreeMap, BTreeSet};

mod save;
mod stores;

use super::pins::Pins;
use super::{Bytes, Doubt, Stock};
use crate::container::{Container, State};
pub(super) use crate::image::local::repository;
use crate::image::{ImageStore, LocalImage};
use crate::world::{Act, CacheRecord, LastRun};

/// What is to be removed, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Reasons by the ids of images.
    pub images: BTreeMap<String, String>,
    /// Reasons by the ids of containers.
    pub containers: BTreeMap<String, String>,
    /// Reasons by the ids of networks.
    pub networks: BTreeMap<String, String>,
    /// Reasons by the names of volumes.
    pub volumes: BTreeMap<String, String>,
    /// Reasons by the ids of records of the build cache.
    pub cache: BTreeMap<String, String>,
    /// Marked containers that run are stopped first.
    pub stop: bool,
}

/// See the module. Made by [`Stock::plan`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In the order in which it has to go: containers first, names before their image, children before parents.
    pub remove: Vec<Item>,
    pub keep: Vec<Kept>,
    /// Bytes that all of it frees together: layers that nothing else holds, each once, what containers wrote, and what
    /// volumes and the build cache hold alone.
    pub frees_bytes: u64,
    /// Bytes of layers that no image holds any more afterwards, and the build cache still does.
    pub to_cache_bytes: u64,
    /// Whether the engine tells enough to know these bytes exactly.
    pub exact: bool,
    /// Why not.
    pub doubts: BTreeSet<Doubt>,
}

/// Kinds of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Container,
    Tag,
    Image,
    BuildCache,
    Network,
    Volume,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Container => "container",
            Kind::Tag => "tag",
            Kind::Image => "image",
            Kind::BuildCache => "build-cache",
            Kind::Network => "network",
            Kind::Volume => "volume",
        }
    }
}

/// Something that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub kind: Kind,
    /// Of a tag: that of its image.
    pub id: String,
    /// Empty when it has none.
    pub name: String,
    pub reason: String,
    /// Bytes that it would free if it went alone.
    pub frees_bytes: u64,
    /// What has to be done; nothing when it goes by itself.
    pub acts: Vec<Act>,
}

/// Something that was marked and stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub kind: Kind,
    pub id: String,
    pub name: String,
    pub reason: String,
    /// All that is in the way.
    pub blocked_by: Vec<Blocker>,
}

/// Something that is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    pub kind: Kind,
    pub id: String,
    pub name: String,
}

impl Plan {
    /// All that has to be done, in order.
    pub fn acts(&self) -> Vec<Act> {
        self.remove.iter().flat_map(|item| item.acts.iter().cloned()).collect()
    }
}

impl Stock<'_> {
    /// What goes and what stays when the marked objects are to be removed.
    pub fn plan(&self, marks: &Marks) -> Plan {
        let mut plan = Plan::default();
        let going = self.plan_containers(marks, &mut plan);
        let (order, goes) = self.going_images(marks, &going);
        for image in order {
            self.remove_image(image, marks, &mut plan);
        }
        for (index, image) in self.images.iter().enumerate() {
            if marks.images.contains_key(&image.id) && !goes[index] {
                plan.keep.push(self.kept_image(index, &going, &goes));
            }
        }
        self.plan_cache(marks, &mut plan);
        self.plan_networks(marks, &going, &mut plan);
        self.plan_volumes(marks, &going, &mut plan);
        plan.keep.extend(self.absent(marks));
        let freed = self.freed(&goes, &plan.remove);
        let leaving = self.leaving(&goes, &plan.remove);
        let all = self.haunted(self.layers.freed(&leaving, |_| false), &plan.remove);
        plan.to_cache_bytes = all.bytes.saturating_sub(freed.bytes);
        let twice = self.counted_twice(&plan.remove);
        let orphans_go = (0..going.len()).any(|at| going[at] && self.is_orphan(at));
        if goes.contains(&true) || orphans_go {
            plan.doubts.extend((!freed.exact).then(|| self.doubt(&goes)));
        }
        plan.doubts.extend((twice > 0).then_some(Doubt::Cache));
        plan.exact = plan.doubts.is_empty();
        plan.frees_bytes = plan.frees_bytes.saturating_add(freed.bytes).saturating_sub(twice);
        plan
    }

    /// Bytes of the layers that leave the disk with what was removed of a plan.
    pub fn freed_by(&self, gone: &[Item]) -> Bytes {
        let images: BTreeSet<&str> =
            gone.iter().filter(|item| item.kind == Kind::Image).map(|item| item.id.as_str()).collect();
        let goes: Vec<bool> = self.images.iter().map(|image| images.contains(image.id.as_str())).collect();
        self.freed(&goes, gone)
    }

    /// Bytes that leave the disk with what was removed of a plan and is no layer.
    pub fn freed_beside(&self, gone: &[Item]) -> u64 {
        let written = |id: &str| self.containers.iter().find(|container| container.id == id)?.writable_bytes;
        let beside = gone.iter().map(|item| match item.kind {
            Kind::Container => written(&item.id).unwrap_or(0),
            Kind::Volume | Kind::BuildCache => item.frees_bytes,
            Kind::Tag | Kind::Image | Kind::Network => 0,
        });
        beside.sum::<u64>().saturating_sub(self.counted_twice(gone))
    }

    /// Bytes that leave the disk with these images, when what of the build cache is among `gone` goes too.
    pub(super) fn freed(&self, goes: &[bool], gone: &[Item]) -> Bytes {
        let cache = gone.iter().filter(|item| item.kind == Kind::BuildCache);
        let cache: BTreeSet<&str> = cache.map(|item| item.id.as_str()).collect();
        let stays = |record: &CacheRecord| !cache.contains(record.id.as_str());
        let left =
            (!cache.is_empty()).then(|| Pins::new(&self.images, &self.layers, self.stores.cache, stays));
        let pins = left.as_ref().unwrap_or(&*self.pins);
        let goes = self.leaving(goes, gone);
        // Records do not say that they share layers with images that are gone.
        let cached = self.stores.cache.iter().any(|record| record.kind == "regular" && stays(record));
        let may_be_cached = |node| cached && self.layers.is_hidden(node);
        let least = self.layers.freed(&goes, |node| pins.may_hold(node) || may_be_cached(node));
        let most = self.layers.freed(&goes, |node| pins.may_hold(node) && !pins.is_unclear(node));
        let bytes = least.bytes.max(self.layers.unpacked(&goes));
        self.haunted(Bytes { bytes, exact: least.exact && least == most }, gone)
    }

    /// Bytes that leave the disk when an image goes alone, with the untagged parents that go with it.
    pub(super) fn alone(&self, image: usize) -> Bytes {
        if self.stores.cache.is_empty() && !self.has_hidden() {
            let follower = |at: &usize| self.follower(*at);
            let along = std::iter::successors(self.follower(image), follower).take(self.images.len());
            let own: u64 = along.map(|parent| self.layers.own(parent)).sum();
            let exclusive = self.exclusive(image);
            return Bytes { bytes: exclusive.bytes + own, ..exclusive };
        }
        let mut goes = vec![false; self.images.len()];
        let mut next = Some(image);
        while let Some(image) = next.filter(|image| !std::mem::replace(&mut goes[*image], true)) {
            next = self.follower(image);
        }
        self.freed(&goes, &[])
    }

    /// Decides on the containers. Which of them go, by position.
    fn plan_containers(&self, marks: &Marks, plan: &mut Plan) -> Vec<bool> {
        let mut going = vec![false; self.containers.len()];
        for (index, container) in self.containers.iter().enumerate() {
            let Some(reason) = marks.containers.get(&container.id) else { continue };
            let remove = |last_run| Act::RemoveContainer { id: container.id.clone(), force: false, last_run };
            // What is stopped first may run anew until then.
            let last_run = container.inspected.then_some(LastRun(container.started_at));
            let acts = match standing(&container.state) {
                Standing::Still => vec![remove(last_run)],
                Standing::Runs if marks.stop => {
                    vec![Act::Stop { id: container.id.clone() }, remove(None)]
                }
                stays => {
                    plan.keep.push(Kept {
                        kind: Kind::Container,
                        id: container.id.clone(),
                        name: container.name.clone(),
                        reason: stays.reason(&container.state),
                        blocked_by: Vec::new(),
                    });
                    continue;
                }
            };
            going[index] = true;
            plan.doubts.extend(match container.writable_bytes {
                None => Some(Doubt::Written),
                // What each one begins with is a layer of its own there, and in nobody's reckoning.
                Some(_) => self.layers.blobs().then_some(Doubt::Container),
            });
            let bytes = container.writable_bytes.unwrap_or(0);
            plan.frees_bytes = plan.frees_bytes.saturating_add(bytes);
            plan.remove.push(Item {
                kind: Kind::Container,
                id: container.id.clone(),
                name: container.name.clone(),
                reason: reason.clone(),
                frees_bytes: bytes.saturating_add(self.hidden_alone(index).bytes),
                acts,
            });
        }
        going
    }

    /// The images that go, children before parents, and whether each one does.
    fn going_images(&self, marks: &Marks, going: &[bool]) -> (Vec<usize>, Vec<bool>) {
        let mut goes = vec![false; self.images.len()];
        let mut order = Vec::new();
        // Images whose children have all been decided on. Parents in a circle never get here, and stay.
        let mut open: Vec<usize> = self.children.iter().map(Vec::len).collect();
        let mut ready: Vec<usize> = (0..self.images.len()).rev().filter(|image| open[*image] == 0).collect();
        while let Some(image) = ready.pop() {
            let wanted = marks.images.contains_key(&self.images[image].id) || self.is_carried(image);
            let used = self.users[image].iter().any(|user| !going[*user]);
            let stood_on = self.children[image].iter().any(|child| !goes[*child]);
            if wanted && !used && !stood_on {
                goes[image] = true;
                order.push(image);
            }
            if let Some(parent) = self.parents[image] {
                open[parent] -= 1;
                if open[parent] == 0 {
                    ready.push(parent);
                }
            }
        }
        (order, goes)
    }

    /// Whether it goes with the last image that stands on it, as most engines see to by themselves.
    pub(super) fn is_carried(&self, image: usize) -> bool {
        !self.children[image].is_empty() && self.is_nameless(image)
    }

    fn remove_image(&self, index: usize, marks: &Marks, plan: &mut Plan) {
        let image = self.images[index];
        let names = names(image);
        let item = |kind, name: &str, reason: &str, frees_bytes, acts| Item {
            kind,
            id: image.id.clone(),
            name: name.to_owned(),
            reason: reason.to_owned(),
            frees_bytes,
            acts,
        };
        let marked = marks.images.get(&image.id);
        let reason = marked.map_or("an untagged parent, which goes with its last child", String::as_str);
        if self.is_carried(index) {
            // Where the engine would take along more than these, each is removed by itself.
            let acts = if prunes(image) { Vec::new() } else { vec![removal(image)] };
            plan.remove.push(item(Kind::Image, "", reason, 0, acts));
            return;
        }
        // Tags go with their image, at once. Of names by digest alone engines take one away with it, and no more.
        let (last, others) = names.split_last().map_or(("", &[][..]), |(last, others)| (last, others));
        for name in others {
            let apart = name.contains('@');
            let acts = apart.then(|| Act::Untag { reference: (*name).to_owned() }).into_iter().collect();
            plan.remove.push(item(Kind::Tag, name, "one of several names of an image that goes", 0, acts));
        }
        let remove = removal(image);
        plan.remove.push(item(Kind::Image, last, reason, self.alone(index).bytes, vec![remove]));
    }

    fn kept_image(&self, index: usize, going: &[bool], goes: &[bool]) -> Kept {
        let image = self.images[index];
        let users = self.users[index].iter().filter(|user| !going[**user]).map(|user| self.containers[*user]);
        let mut blocked_by: Vec<Blocker> = users.map(container_blocker).collect();
        let containers = blocked_by.len();
        let standing = self.standing_on(index, goes);
        blocked_by.extend(standing.into_iter().map(|image| image_blocker(self.images[image])));
        let count = |number: usize, one: &str, many: &str| match number {
            0 => None,
            1 => Some(one.to_owned()),
            _ => Some(format!("{number} {many}")),
        };
        let users = count(containers, "a container that stays uses it", "containers that stay use it");
        let images = count(
            blocked_by.len() - containers,
            "an image that stays stands on it",
            "images that stay stand on it",
        );
        let reason = users.into_iter().chain(images).collect::<Vec<_>>().join("; ");
        Kept { kind: Kind::Image, id: image.id.clone(), name: main_name(image), reason, blocked_by }
    }

    /// The images that stay and stand on one, those left out that are only in between.
    fn standing_on(&self, image: usize, goes: &[bool]) -> BTreeSet<usize> {
        let mut met = BTreeSet::from([image]);
        let mut found = BTreeSet::new();
        let mut open = vec![image];
        while let Some(next) = open.pop() {
            let mut stays = self.children[next].iter().filter(|child| !goes[**child]).peekable();
            if next != image && (stays.peek().is_none() || !self.images[next].intermediate) {
                found.insert(next);
            } else {
                open.extend(stays.copied().filter(|child| met.insert(*child)));
            }
        }
        found
    }

    /// Marks on what is not there.
    fn absent(&self, marks: &Marks) -> Vec<Kept> {
        let kept = |kind, id: &String| Kept {
            kind,
            id: id.clone(),
            name: String::new(),
            reason: "it is not there".to_owned(),
            blocked_by: Vec::new(),
        };
        let there: BTreeSet<&str> = self.containers.iter().map(|container| container.id.as_str()).collect();
        let containers = marks.containers.keys().filter(|id| !there.contains(id.as_str()));
        let images = marks.images.keys().filter(|id| !self.by_id.contains_key(id.as_str()));
        let containers = containers.map(|id| kept(Kind::Container, id));
        containers.chain(images.map(|id| kept(Kind::Image, id))).collect()
    }
}

/// How a container stands in the way of its removal.
#[derive(Clone, Copy)]
enum Standing {
    Still,
    Runs,
    Leaves,
    Unknown,
}

fn standing(state: &State) -> Standing {
    match state {
        State::Created | State::Exited | State::Dead => Standing::Still,
        State::Running | State::Paused | State::Restarting | State::Stopping => Standing::Runs,
        State::Removing => Standing::Leaves,
        State::Other(_) => Standing::Unknown,
    }
}

impl Standing {
    fn reason(self, state: &State) -> String {
        match self {
            Standing::Still | Standing::Runs => format!("it is {state}: stop it first"),
            Standing::Leaves => "it is being removed already".to_owned(),
            Standing::Unknown => format!("nobody knows whether one that is {state} can go"),
        }
    }
}

/// Whether an image's untagged parents go with it by themselves, and no others.
pub(super) fn prunes(image: &LocalImage) -> bool {
    image.store != ImageStore::Blobs
}

pub(super) fn removal(image: &LocalImage) -> Act {
    Act::RemoveImage { id: image.id.clone(), tags: image.tags.clone(), prune: prunes(image) }
}

/// All names of an image: its tags, and digests of repositories in which it has no tag. Engines take the digests of a
/// repository away with its last tag.
pub(super) fn names(image: &LocalImage) -> Vec<&str> {
    let mut names: Vec<&str> = image.tags.iter().map(String::as_str).collect();
    let mut told: Vec<&str> = names.iter().map(|tag| repository(tag)).collect();
    for digest in &image.digests {
        let repository = repository(digest);
        if !told.contains(&repository) {
            told.push(repository);
            names.push(digest);
        }
    }
    names
}

pub(super) fn main_name(image: &LocalImage) -> String {
    names(image).first().map(|name| (*name).to_owned()).unwrap_or_default()
}

fn container_blocker(container: &Container) -> Blocker {
    Blocker { kind: Kind::Container, id: container.id.clone(), name: container.name.clone() }
}

fn image_blocker(image: &LocalImage) -> Blocker {
    Blocker { kind: Kind::Image, id: image.id.clone(), name: main_name(image) }
}
