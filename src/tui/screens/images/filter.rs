//! The filter of the images: which terms there are, and what they mean in this world.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::image::LocalImage;
use crate::tui::screens::query::{Known, Query, Term, labelled};
use crate::world::World;

/// Terms of the filter.
pub(super) const KNOWN: [Known; 5] = [
    Known { key: "is", values: &["dangling", "used", "unused"], example: "" },
    Known { key: "label", values: &[], example: "label:team or label:team=shop" },
    Known { key: "before", values: &[], example: "before:debian:12" },
    Known { key: "since", values: &[], example: "since:debian:12" },
    Known { key: "id", values: &[], example: "id:3f2a" },
];

/// The terms of a query, resolved.
pub(super) struct Wanted<'q> {
    terms: Vec<(&'q Term, Option<Timestamp>)>,
}

impl<'q> Wanted<'q> {
    /// Finds what the terms name; the error says in one line what there is not.
    pub(super) fn of(query: &'q Query, world: &World) -> Result<Wanted<'q>, String> {
        let mut terms = Vec::with_capacity(query.terms.len());
        for term in &query.terms {
            terms.push((term, resolve(term, world)?));
        }
        Ok(Wanted { terms })
    }

    /// Whether all terms hold; `used` are the ids that containers name.
    pub(super) fn holds(&self, image: &LocalImage, used: &HashSet<&str>) -> bool {
        self.terms.iter().all(|(term, then)| {
            let value = term.value.as_str();
            let holds = match (term.key, value) {
                ("is", "dangling") => image.dangling(),
                ("is", "used") => used.contains(image.id.as_str()),
                ("is", _) => !used.contains(image.id.as_str()),
                ("label", _) => labelled(&image.labels, value),
                // As the engines' own filters mean it: what is exactly as old is neither.
                ("before", _) => image.created.is_some_and(|created| then.is_some_and(|then| created < then)),
                ("since", _) => image.created.is_some_and(|created| then.is_some_and(|then| created > then)),
                _ => has_id(image, value),
            };
            holds != term.not
        })
    }
}

/// The time that a term speaks of, if it does; the error says in one line what there is not.
pub(in crate::tui::screens) fn resolve(term: &Term, world: &World) -> Result<Option<Timestamp>, String> {
    match term.key {
        "before" | "since" => created(&term.value, world).map(Some),
        _ => Ok(None),
    }
}

pub(in crate::tui::screens) fn has_id(image: &LocalImage, digits: &str) -> bool {
    let hex = image.id.strip_prefix("sha256:").unwrap_or(&image.id);
    hex.starts_with(digits) || image.id.starts_with(digits)
}

/// When an image was made that is named by a tag, or by the first digits of its id.
fn created(name: &str, world: &World) -> Result<Timestamp, String> {
    let latest = format!("{name}:latest");
    let named = |image: &&LocalImage| image.tags.iter().any(|tag| tag == name || *tag == latest);
    let image = world.images.values().find(named).or_else(|| {
        let mut found = world.images.values().filter(|image| has_id(image, name));
        found.next().filter(|_| name.len() >= 4 && found.next().is_none())
    });
    let Some(image) = image else { return Err(format!("there is no image {name}")) };
    image.created.ok_or_else(|| format!("nobody knows when {name} was made"))
}
