//! The filter of what could go: which terms there are, and what they mean. Words are those of the images' filter and
//! of `hadal clean`.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::order::short;
use crate::cleanup::plan::Kind as Object;
use crate::cleanup::select::{container_date, image_date};
use crate::cleanup::{Candidate, Group, Stores};
use crate::report::age;
use crate::tui::screens::images::filter::{has_id, resolve};
use crate::tui::screens::query::{Known, Query, Term, labelled};
use crate::tui::wish::Scene;
use crate::world::World;

/// Terms of the filter.
pub(super) const KNOWN: [Known; 7] = [
    Known {
        key: "is",
        values: &["image", "container", "cache", "network", "volume", "dangling", "held", "protected"],
        example: "",
    },
    Known {
        key: "group",
        values: &["dangling", "superseded", "unused", "stopped", "cache", "networks", "volumes"],
        example: "",
    },
    Known { key: "older", values: &[], example: "older:7d or older:12h" },
    Known { key: "label", values: &[], example: "label:team or label:team=shop" },
    Known { key: "before", values: &[], example: "before:debian:12" },
    Known { key: "since", values: &[], example: "since:debian:12" },
    Known { key: "id", values: &[], example: "id:3f2a" },
];

/// What terms are about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around<'a> {
    pub(super) world: &'a World,
    pub(super) stores: Stores<'a>,
    pub(super) now: Timestamp,
}

/// The terms of a query, resolved.
pub(super) struct Wanted<'a> {
    terms: Vec<(&'a Term, Option<Timestamp>)>,
    around: Around<'a>,
}

/// What is wrong with a term that reads well.
pub(super) fn check(term: &Term, scene: Scene<'_>) -> Result<(), String> {
    limit(term, scene.world, scene.now).map(drop)
}

/// The time that a term speaks of, if it does.
fn limit(term: &Term, world: &World, now: Timestamp) -> Result<Option<Timestamp>, String> {
    match term.key {
        "older" => {
            let age = age::parse(&term.value)?;
            Ok(Some(now.checked_sub(age).unwrap_or(Timestamp::MIN)))
        }
        _ => resolve(term, world),
    }
}

impl<'a> Wanted<'a> {
    /// Finds what the terms name; the error says in one line what there is not.
    pub(super) fn of(query: &'a Query, around: Around<'a>) -> Result<Wanted<'a>, String> {
        let limit = |term: &'a Term| Ok((term, limit(term, around.world, around.now)?));
        Ok(Wanted { terms: query.terms.iter().map(limit).collect::<Result<_, String>>()?, around })
    }

    /// Whether all terms hold.
    pub(super) fn holds(&self, one: &Candidate) -> bool {
        self.terms.iter().all(|(term, limit)| self.has(one, term, *limit) != term.not)
    }

    fn has(&self, one: &Candidate, term: &Term, limit: Option<Timestamp>) -> bool {
        let image = || self.around.world.images.get(&one.id).filter(|_| one.kind == Object::Image);
        let value = term.value.as_str();
        match (term.key, value) {
            ("group", group) => one.group == group_called(group),
            ("is", "image") => one.kind == Object::Image,
            ("is", "container") => one.kind == Object::Container,
            ("is", "cache") => one.kind == Object::BuildCache,
            ("is", "network") => one.kind == Object::Network,
            ("is", "volume") => one.kind == Object::Volume,
            ("is", "dangling") => image().is_some_and(crate::image::LocalImage::dangling),
            ("is", "held") => !one.held_by.is_empty(),
            ("is", _) => one.protected.is_some(),
            ("label", _) => self.labels(one).is_some_and(|labels| labelled(labels, value)),
            // What nobody knows the age of is not old.
            ("older", _) => self.date(one).zip(limit).is_some_and(|(date, limit)| date < limit),
            // Of images alone: these are compared with one.
            ("before", _) => made(image(), limit).is_some_and(|(made, limit)| made < limit),
            ("since", _) => made(image(), limit).is_some_and(|(made, limit)| made > limit),
            _ => image().map_or_else(|| one.id.starts_with(value), |image| has_id(image, value)),
        }
    }

    /// Since when it is as it is, as `hadal clean --older-than` means it.
    fn date(&self, one: &Candidate) -> Option<Timestamp> {
        let world = self.around.world;
        match one.kind {
            Object::Image | Object::Tag => world.images.get(&one.id).and_then(image_date),
            Object::Container => world.containers.get(&one.id).and_then(container_date),
            Object::BuildCache | Object::Network | Object::Volume => one.date,
        }
    }

    fn labels(&self, one: &Candidate) -> Option<&'a BTreeMap<String, String>> {
        let Around { world, stores, .. } = self.around;
        match one.kind {
            Object::Image | Object::Tag => world.images.get(&one.id).map(|image| &image.labels),
            Object::Container => world.containers.get(&one.id).map(|container| &container.labels),
            Object::Network => stores.networks.iter().find(|own| own.id == one.id).map(|own| &own.labels),
            Object::Volume => stores.volumes.iter().find(|own| own.name == one.id).map(|own| &own.labels),
            Object::BuildCache => None,
        }
    }

    /// What words look a candidate through for: every name, the one that took its place, and the id.
    pub(super) fn names(&self, one: &'a Candidate) -> Vec<&'a str> {
        let image = self.around.world.images.get(&one.id).filter(|_| one.kind == Object::Image);
        let tags = image.into_iter().flat_map(|image| &image.tags).map(String::as_str);
        let own = [one.name.as_str(), short(&one.id)];
        own.into_iter().chain(one.replaced.as_deref()).chain(tags).collect()
    }
}

fn made(
    image: Option<&crate::image::LocalImage>,
    limit: Option<Timestamp>,
) -> Option<(Timestamp, Timestamp)> {
    image.and_then(|image| image.created).zip(limit)
}

fn group_called(name: &str) -> Group {
    match name {
        "dangling" => Group::Dangling,
        "superseded" => Group::Superseded,
        "unused" => Group::Unused,
        "stopped" => Group::Stopped,
        "cache" => Group::BuildCache,
        "networks" => Group::Networks,
        _ => Group::Volumes,
    }
}
