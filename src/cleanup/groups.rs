//! Everything that could go, in groups and each thing once: what somebody chooses from who cleans up by hand.
//!
//! Nothing is listed that something which runs needs. What only stopped containers hold is: it goes with them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::plan::{Kind, Marks, main_name, repository};
use super::select::ended;
use super::{Bytes, Guard, Hidden, Protect, Stock};
use crate::container::Container;

/// Why something is listed. In the order in which groups are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Images without a tag.
    Dangling,
    /// Images that newer builds of their repository have followed.
    Superseded,
    /// Other images that nothing which runs was made from.
    Unused,
    /// Containers without a process.
    Stopped,
    BuildCache,
    /// Networks that nothing which runs is in.
    Networks,
    /// Volumes that nobody named, and nothing that runs mounts.
    Volumes,
}

impl Group {
    pub const ALL: [Group; 7] = [
        Group::Dangling,
        Group::Superseded,
        Group::Unused,
        Group::Stopped,
        Group::BuildCache,
        Group::Networks,
        Group::Volumes,
    ];
}

/// Something that could go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub group: Group,
    pub kind: Kind,
    /// Of a volume its name.
    pub id: String,
    /// Empty when it has none.
    pub name: String,
    /// When it was made; of a container, when it ended; of a record of the build cache, when it was last used.
    pub date: Option<Timestamp>,
    /// What it frees alone, once nothing holds it any more.
    pub frees: Bytes,
    pub reason: String,
    /// Ids of the containers, none of which runs, that have to go before it.
    pub held_by: Vec<String>,
    /// The id of the image that a container keeps, where it is there.
    pub pins: Option<String>,
    /// Of an image without a tag: the one that took its place, where that is known.
    pub replaced: Option<String>,
    /// What a container keeps of an image that is gone.
    pub hidden: Option<Hidden>,
    /// What says that it is to stay.
    pub protected: Option<Guard>,
}

impl Stock<'_> {
    /// All that could go, in the order of the groups. `keep_last` builds of each repository are not superseded.
    pub fn candidates(&self, keep_last: usize, protect: &Protect) -> Vec<Candidate> {
        let mut all = Vec::new();
        self.image_candidates(keep_last, protect, &mut all);
        self.container_candidates(protect, &mut all);
        self.store_candidates(protect, &mut all);
        all.sort_by_key(|candidate| candidate.group);
        all
    }

    fn image_candidates(&self, keep_last: usize, protect: &Protect, all: &mut Vec<Candidate>) {
        let lineage = self.lineage();
        let newest = self.newest_builds(keep_last, &lineage);
        for (at, image) in self.images.iter().enumerate().filter(|(_, image)| !image.intermediate) {
            let users: Vec<&Container> = self.users[at].iter().map(|user| self.containers[*user]).collect();
            if !users.iter().all(|user| ended(user)) {
                continue;
            }
            let replaced = lineage[at].as_ref();
            let names = image.tags.iter().chain(&image.digests).map(String::as_str);
            let of = names.chain(replaced.map(|replaced| replaced.tag.as_str())).map(repository).next();
            let older = of.filter(|_| !newest.contains(&at));
            let now = replaced.map(|replaced| format!("replaced by {}", replaced.tag));
            let (group, reason) = match (older, image.dangling()) {
                (Some(of), true) => {
                    let now = now.unwrap_or_else(|| "no tag".to_owned());
                    (Group::Superseded, format!("older than the newest {keep_last} of {of}; {now}"))
                }
                (Some(of), false) => {
                    (Group::Superseded, format!("older than the newest {keep_last} of {of}"))
                }
                (None, true) => {
                    (Group::Dangling, now.unwrap_or_else(|| "what replaced it is unknown".to_owned()))
                }
                (None, false) if users.is_empty() => (Group::Unused, "no container uses it".to_owned()),
                (None, false) => (Group::Unused, ONLY_STOPPED.to_owned()),
            };
            all.push(Candidate {
                group,
                kind: Kind::Image,
                id: image.id.clone(),
                name: main_name(image),
                date: image.created,
                frees: self.alone(at),
                reason,
                held_by: ids(&users),
                pins: None,
                replaced: replaced.map(|replaced| replaced.tag.clone()),
                hidden: None,
                protected: protect.image(image, replaced.map(|replaced| replaced.tag.as_str())),
            });
        }
    }

    fn container_candidates(&self, protect: &Protect, all: &mut Vec<Candidate>) {
        for (at, container) in self.containers.iter().enumerate().filter(|(_, one)| ended(one)) {
            let alone = self.hidden_alone(at);
            let written = known(container.writable_bytes);
            let pins = self.position(&container.image_id).map(|at| self.images[at].id.clone());
            all.push(Candidate {
                group: Group::Stopped,
                kind: Kind::Container,
                id: container.id.clone(),
                name: container.name.clone(),
                date: container.finished_at.or(container.created),
                frees: Bytes {
                    bytes: written.bytes.saturating_add(alone.bytes),
                    exact: written.exact && alone.exact,
                },
                reason: container.state.to_string(),
                held_by: Vec::new(),
                pins,
                replaced: None,
                hidden: self.hidden(at),
                protected: protect.named(&container.name, &container.labels),
            });
        }
    }

    fn store_candidates(&self, protect: &Protect, all: &mut Vec<Candidate>) {
        let no_labels = BTreeMap::new();
        for record in self.stores.cache.iter().filter(|record| !record.in_use) {
            let shared = if record.shared { "; an image holds it too" } else { "" };
            all.push(Candidate {
                group: Group::BuildCache,
                kind: Kind::BuildCache,
                id: record.id.clone(),
                name: record.description.clone(),
                date: record.last_used.or(record.created),
                frees: known(Some(if record.shared { 0 } else { record.bytes })),
                reason: format!("{}{shared}", record.kind),
                held_by: Vec::new(),
                pins: None,
                replaced: None,
                hidden: None,
                protected: protect.named(&record.description, &no_labels),
            });
        }
        for network in self.stores.networks.iter().filter(|one| !one.is_builtin() && !one.swarm) {
            let users = self.using(|container| container.networks.contains(&network.name));
            if !users.iter().all(|user| ended(user)) {
                continue;
            }
            all.push(Candidate {
                group: Group::Networks,
                kind: Kind::Network,
                id: network.id.clone(),
                name: network.name.clone(),
                date: network.created,
                frees: known(Some(0)),
                reason: unused(&users, "no container is in it"),
                held_by: ids(&users),
                pins: None,
                replaced: None,
                hidden: None,
                protected: protect.named(&network.name, &network.labels),
            });
        }
        for volume in self.stores.volumes.iter().filter(|volume| volume.anonymous) {
            let mounts = |container: &Container| {
                container.mounts.iter().any(|mount| mount.kind == "volume" && mount.name == volume.name)
            };
            let users = self.using(mounts);
            if !users.iter().all(|user| ended(user)) {
                continue;
            }
            all.push(Candidate {
                group: Group::Volumes,
                kind: Kind::Volume,
                id: volume.name.clone(),
                name: volume.name.clone(),
                date: volume.created,
                frees: known(volume.bytes),
                reason: unused(&users, "no container mounts it, and nobody named it"),
                held_by: ids(&users),
                pins: None,
                replaced: None,
                hidden: None,
                protected: protect.named(&volume.name, &volume.labels),
            });
        }
    }

    fn using(&self, uses: impl Fn(&Container) -> bool) -> Vec<&Container> {
        self.containers.iter().copied().filter(|container| uses(container)).collect()
    }
}

impl Marks {
    /// Marks a candidate, for its reason.
    pub fn add(&mut self, candidate: &Candidate) {
        let marks = match candidate.kind {
            Kind::Image | Kind::Tag => &mut self.images,
            Kind::Container => &mut self.containers,
            Kind::BuildCache => &mut self.cache,
            Kind::Network => &mut self.networks,
            Kind::Volume => &mut self.volumes,
        };
        marks.insert(candidate.id.clone(), candidate.reason.clone());
    }
}

/// Why something can go that containers may use.
const ONLY_STOPPED: &str = "only stopped containers use it";

fn unused(users: &[&Container], by_none: &str) -> String {
    if users.is_empty() { by_none.to_owned() } else { ONLY_STOPPED.to_owned() }
}

fn known(bytes: Option<u64>) -> Bytes {
    Bytes { bytes: bytes.unwrap_or(0), exact: bytes.is_some() }
}

fn ids(users: &[&Container]) -> Vec<String> {
    users.iter().map(|user| user.id.clone()).collect()
}
