//! What is to be removed by some wish: everything that dangles, or is unused, or stopped. What the wish is narrowed by
//! keeps things, and is said.

use std::collections::{BTreeMap, BTreeSet};

use globset::{Glob, GlobMatcher};
use jiff::Timestamp;

use super::filter::fits;
use super::plan::{Kept, Kind, Marks, repository};
use super::protect::is_kept;
use super::{Replaced, Stock};
use crate::container::{Container, State};
use crate::image::LocalImage;

/// What somebody wants to be rid of.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Images without a tag on which nothing stands.
    pub dangling: bool,
    /// Images that no container was made from, or none that stays.
    pub unused: bool,
    /// Containers that were created only, have exited or are dead.
    pub stopped: bool,
    pub build_cache: bool,
    /// Networks that no container is in.
    pub networks: bool,
    /// Volumes that nobody named and no container mounts.
    pub anonymous_volumes: bool,
    /// Volumes by name.
    pub volumes: Vec<String>,
    /// Images by id; named ones are narrowed by nothing.
    pub images: Vec<String>,
    /// Containers by id.
    pub containers: Vec<String>,
    /// Only what is older than this: images by when they were made or last tagged, containers by when they ended. What
    /// has no date stays.
    pub before: Option<Timestamp>,
    /// What has a name like one of these stays.
    pub keep: Vec<GlobMatcher>,
    /// So many of the newest builds of each repository stay.
    pub keep_last: usize,
    /// Only what has all these labels, with these values where they are given.
    pub labels: Vec<(String, Option<String>)>,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub marks: Marks,
    /// What the wish is about, and was narrowed to leave.
    pub spared: Vec<Kept>,
}

/// A candidate, as far as what narrows a wish looks at it.
struct Candidate<'a> {
    kind: Kind,
    id: &'a str,
    names: Vec<&'a str>,
    labels: Option<&'a BTreeMap<String, String>>,
    date: Option<Timestamp>,
}

impl Stock<'_> {
    /// What a wish comes to, each kind judged on what the ones before it leave: containers, images, the rest.
    pub fn select(&self, wish: &Wish) -> Selection {
        let mut selection = Selection::default();
        self.select_containers(wish, &mut selection);
        self.select_images(wish, &mut selection);
        self.select_stores(wish, &mut selection);
        selection
    }

    fn select_containers(&self, wish: &Wish, selection: &mut Selection) {
        for container in &self.containers {
            if wish.containers.contains(&container.id) {
                selection.marks.containers.insert(container.id.clone(), "named".to_owned());
                continue;
            }
            if !(wish.stopped && ended(container)) {
                continue;
            }
            let candidate = Candidate {
                kind: Kind::Container,
                id: &container.id,
                names: vec![&container.name],
                labels: Some(&container.labels),
                date: container_date(container),
            };
            if wish.takes(&candidate, selection) {
                let reason = container.state.to_string();
                selection.marks.containers.insert(container.id.clone(), reason);
            }
        }
    }

    fn select_images(&self, wish: &Wish, selection: &mut Selection) {
        for id in &wish.images {
            selection.marks.images.insert(id.clone(), "named".to_owned());
        }
        if !(wish.dangling || wish.unused) {
            return;
        }
        let lineage = self.lineage();
        let newest = self.newest_builds(wish.keep_last, &lineage);
        for (at, image) in self.images.iter().enumerate() {
            if image.intermediate || selection.marks.images.contains_key(&image.id) {
                continue;
            }
            let used = self.users[at]
                .iter()
                .any(|user| !selection.marks.containers.contains_key(&self.containers[*user].id));
            let reason = match (image.dangling(), &lineage[at]) {
                (true, Some(replaced)) => format!("dangling, replaced by {}", replaced.tag),
                (true, None) => "dangling".to_owned(),
                (false, _) if wish.unused && !used => "unused".to_owned(),
                (false, _) => continue,
            };
            let candidate = Candidate {
                kind: Kind::Image,
                id: &image.id,
                names: image.tags.iter().chain(&image.digests).map(String::as_str).collect(),
                labels: Some(&image.labels),
                date: image_date(image),
            };
            if newest.contains(&at) {
                selection.spare(&candidate, format!("among the newest {} of its repository", wish.keep_last));
            } else if wish.keeps_image(image, lineage[at].as_ref()) {
                selection.spare(&candidate, "a name that is to be kept".to_owned());
            } else if wish.takes(&candidate, selection) {
                selection.marks.images.insert(image.id.clone(), reason);
            }
        }
    }

    /// Positions of the newest builds of each repository, dangling ones among them where it is known whose they are.
    pub(super) fn newest_builds(&self, count: usize, lineage: &[Option<Replaced>]) -> BTreeSet<usize> {
        let mut builds: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, image) in self.images.iter().enumerate().filter(|_| count > 0) {
            let replaced = lineage[at].iter().map(|replaced| replaced.tag.as_str());
            let names: BTreeSet<&str> = image
                .tags
                .iter()
                .chain(&image.digests)
                .map(String::as_str)
                .chain(replaced)
                .map(repository)
                .collect();
            names.into_iter().for_each(|name| builds.entry(name).or_default().push(at));
        }
        let mut newest = BTreeSet::new();
        for mut builds in builds.into_values() {
            // The build that has the tag counts as newer than one of the same time.
            builds.sort_by_key(|at| {
                std::cmp::Reverse((self.images[*at].created, !self.images[*at].tags.is_empty()))
            });
            newest.extend(builds.into_iter().take(count));
        }
        newest
    }

    fn select_stores(&self, wish: &Wish, selection: &mut Selection) {
        let stays = |container: &&&Container| !selection.marks.containers.contains_key(&container.id);
        let staying: Vec<&Container> = self.containers.iter().filter(stays).copied().collect();
        for network in self.stores.networks.iter().filter(|_| wish.networks) {
            let used = staying.iter().any(|container| container.networks.contains(&network.name));
            if network.is_builtin() || network.swarm || used {
                continue;
            }
            let candidate = Candidate {
                kind: Kind::Network,
                id: &network.id,
                names: vec![&network.name],
                labels: Some(&network.labels),
                date: network.created,
            };
            if wish.takes(&candidate, selection) {
                selection.marks.networks.insert(network.id.clone(), "no container is in it".to_owned());
            }
        }
        for volume in self.stores.volumes {
            if wish.volumes.contains(&volume.name) {
                selection.marks.volumes.insert(volume.name.clone(), "named".to_owned());
                continue;
            }
            let mounted = staying.iter().any(|container| {
                container.mounts.iter().any(|mount| mount.kind == "volume" && mount.name == volume.name)
            });
            if !(wish.anonymous_volumes && volume.anonymous) || mounted {
                continue;
            }
            let candidate = Candidate {
                kind: Kind::Volume,
                id: &volume.name,
                names: vec![&volume.name],
                labels: Some(&volume.labels),
                date: volume.created,
            };
            if wish.takes(&candidate, selection) {
                let reason = "anonymous, and no container mounts it".to_owned();
                selection.marks.volumes.insert(volume.name.clone(), reason);
            }
        }
        for record in self.stores.cache.iter().filter(|_| wish.build_cache) {
            let candidate = Candidate {
                kind: Kind::BuildCache,
                id: &record.id,
                names: vec![&record.description],
                labels: None,
                date: record.last_used.or(record.created),
            };
            if wish.takes(&candidate, selection) {
                selection.marks.cache.insert(record.id.clone(), record.kind.clone());
            }
        }
    }
}

/// Since when an image is as it is: the later of when it was made and last tagged.
pub fn image_date(image: &LocalImage) -> Option<Timestamp> {
    image.created.map(|created| image.last_tagged.map_or(created, |tagged| tagged.max(created)))
}

/// When a container ended; what never ran ends when it was made.
pub fn container_date(container: &Container) -> Option<Timestamp> {
    container.finished_at.or(container.created.filter(|_| container.state == State::Created))
}

/// Whether it has no process and may go as it is.
pub(super) fn ended(container: &Container) -> bool {
    matches!(container.state, State::Created | State::Exited | State::Dead)
}

impl Wish {
    /// A pattern for names that stay. The error says what is wrong with it.
    pub fn pattern(text: &str) -> Result<GlobMatcher, String> {
        let glob = Glob::new(text).map_err(|error| format!("{text:?} is no pattern: {}", error.kind()))?;
        Ok(glob.compile_matcher())
    }

    /// Whether nothing keeps a candidate; if something does, that is noted.
    fn takes(&self, candidate: &Candidate<'_>, selection: &mut Selection) -> bool {
        let has = |(key, value): &(String, Option<String>)| {
            let own = candidate.labels.and_then(|labels| labels.get(key));
            own.is_some_and(|own| value.as_ref().is_none_or(|value| value == own))
        };
        if !self.labels.iter().all(has) {
            // It was not asked for at all.
            return false;
        }
        let kept = candidate.names.iter().any(|name| self.keep.iter().any(|glob| glob.is_match(name)));
        let why = match (self.before, candidate.date) {
            _ if kept => "a name that is to be kept",
            _ if candidate.labels.is_some_and(is_kept) => "its label hadal.keep",
            (Some(_), None) => "nobody knows how old it is",
            (Some(before), Some(date)) if date >= before => "not old enough",
            _ => return true,
        };
        selection.spare(candidate, why.to_owned());
        false
    }

    /// Whether a name of an image is to be kept, the one that its repository has now among them.
    fn keeps_image(&self, image: &LocalImage, replaced: Option<&Replaced>) -> bool {
        let whose = |glob: &GlobMatcher| {
            replaced.is_some_and(|replaced| {
                glob.is_match(&replaced.tag) || glob.is_match(repository(&replaced.tag))
            })
        };
        self.keep.iter().any(|glob| fits(glob, image) || whose(glob))
    }
}

impl Selection {
    fn spare(&mut self, candidate: &Candidate<'_>, reason: String) {
        self.spared.push(Kept {
            kind: candidate.kind,
            id: candidate.id.to_owned(),
            name: candidate.names.first().copied().unwrap_or_default().to_owned(),
            reason,
            blocked_by: Vec::new(),
        });
    }
}
