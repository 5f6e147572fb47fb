//! `hadal.clean/1`: what goes and what stays, and what came of it. `hadal.why/1`: what blocks a removal.

use serde::Serialize;

use crate::cleanup::plan::{Item, Kept};
use crate::cleanup::{self, Plan};
use crate::image::LocalImage;
use crate::report::clean::Fate;

/// The document of a plan.
#[derive(Debug, Serialize)]
pub struct Clean<'a> {
    schema: &'static str,
    remove: Vec<Goes<'a>>,
    keep: Vec<Stays<'a>>,
    frees_bytes: u64,
    to_cache_bytes: u64,
    exact: bool,
    inexact_because: Vec<&'static str>,
    saved: Option<&'a Saved>,
    done: Option<Vec<Done<'a>>>,
    freed_bytes: Option<u64>,
}

/// The archive that holds the images, from before any of them went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Saved {
    pub path: String,
    pub bytes: u64,
}

#[derive(Debug, Serialize)]
struct Goes<'a> {
    kind: &'static str,
    id: &'a str,
    name: &'a str,
    reason: &'a str,
    frees_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Stays<'a> {
    kind: &'static str,
    id: &'a str,
    name: &'a str,
    reason: &'a str,
    blocked_by: Vec<InTheWay<'a>>,
}

#[derive(Debug, Serialize)]
struct InTheWay<'a> {
    kind: &'static str,
    id: &'a str,
    name: &'a str,
}

#[derive(Debug, Serialize)]
struct Done<'a> {
    kind: &'static str,
    id: &'a str,
    name: &'a str,
    status: &'static str,
    error: Option<&'a str>,
}

impl<'a> Clean<'a> {
    /// `done` is what came of each item, in order, and what that freed; `None` when nothing was to be done.
    pub fn new(plan: &'a Plan, done: Option<(Vec<Fate<'a>>, u64)>) -> Clean<'a> {
        let freed_bytes = done.as_ref().map(|(_, freed)| *freed);
        let done = done.map(|(fates, _)| {
            plan.remove.iter().zip(fates).map(|(item, fate)| Done::new(item, fate)).collect()
        });
        Clean {
            schema: "hadal.clean/1",
            remove: plan.remove.iter().map(goes).collect(),
            keep: plan.keep.iter().map(stays).collect(),
            frees_bytes: plan.frees_bytes,
            to_cache_bytes: plan.to_cache_bytes,
            exact: plan.exact,
            inexact_because: plan.doubts.iter().map(|doubt| doubt.text()).collect(),
            saved: None,
            done,
            freed_bytes,
        }
    }

    /// The same, after what goes was saved.
    #[must_use]
    pub fn saved(self, saved: Option<&'a Saved>) -> Clean<'a> {
        Clean { saved, ..self }
    }
}

impl<'a> Done<'a> {
    fn new(item: &'a Item, fate: Fate<'a>) -> Done<'a> {
        Done { kind: item.kind.name(), id: &item.id, name: &item.name, status: fate.status, error: fate.why }
    }
}

fn goes(item: &Item) -> Goes<'_> {
    Goes {
        kind: item.kind.name(),
        id: &item.id,
        name: &item.name,
        reason: &item.reason,
        frees_bytes: item.frees_bytes,
    }
}

fn stays(kept: &Kept) -> Stays<'_> {
    Stays {
        kind: kept.kind.name(),
        id: &kept.id,
        name: &kept.name,
        reason: &kept.reason,
        blocked_by: kept
            .blocked_by
            .iter()
            .map(|blocker| InTheWay { kind: blocker.kind.name(), id: &blocker.id, name: &blocker.name })
            .collect(),
    }
}

/// The document of what blocks a removal.
#[derive(Debug, Serialize)]
pub struct Why<'a> {
    schema: &'static str,
    image: &'a str,
    removable: bool,
    blockers: Vec<Block<'a>>,
    frees_bytes: u64,
    exact: bool,
    inexact_because: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Block<'a> {
    kind: &'static str,
    id: &'a str,
    name: &'a str,
    hard: bool,
    lift: &'a str,
}

impl<'a> Why<'a> {
    pub fn new(image: &'a LocalImage, why: &'a cleanup::Why) -> Why<'a> {
        let block = |block: &'a cleanup::why::Block| Block {
            kind: block.kind.name(),
            id: &block.id,
            name: &block.name,
            hard: block.kind.is_hard(),
            lift: &block.lift,
        };
        Why {
            schema: "hadal.why/1",
            image: &image.id,
            removable: why.blockers.is_empty(),
            blockers: why.blockers.iter().map(block).collect(),
            frees_bytes: why.frees.bytes,
            exact: why.frees.exact,
            inexact_because: why.doubt.map(cleanup::Doubt::text),
        }
    }
}
