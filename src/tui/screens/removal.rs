//! The plan of a removal, as the dialog shows it.

use crate::cleanup::plan::{Blocker, Item, Kept, Kind};
use crate::cleanup::{Doubt, Marks, Plan, Stock};
use crate::container::State;
use crate::report::size::human;
use crate::report::status::words;
use crate::tui::desk::dialogs::{Offer, Removal, Row};
use crate::tui::wish::Scene;

/// What goes and what stays of what is marked, in the world as it is.
pub(super) fn plan(marks: &Marks, scene: Scene<'_>) -> Plan {
    Stock::new(scene.world.images.values(), scene.world.containers.values()).plan(marks)
}

/// The removal of what is marked. Containers that do not run, and keep some of it, can go along.
pub(super) fn offered(marks: &Marks, scene: Scene<'_>, plan: impl Fn(&Marks) -> Plan) -> Removal {
    let mut shown = removal(plan(marks), scene);
    let stopped = |blocker: &Blocker| {
        let container = scene.world.containers.get(&blocker.id);
        container.is_some_and(|one| matches!(one.state, State::Created | State::Exited | State::Dead))
    };
    let mut more = marks.clone();
    for kept in &shown.plan.keep {
        let containers = || kept.blocked_by.iter().filter(|blocker| blocker.kind == Kind::Container);
        // While one of them runs, the removal of the others frees nothing.
        if containers().all(stopped) {
            let reason = |blocker: &Blocker| (blocker.id.clone(), "uses something that goes".to_owned());
            more.containers.extend(containers().map(reason));
        }
    }
    let says = match more.containers.len() - marks.containers.len() {
        0 => return shown,
        1 => "remove the stopped container that uses them, too".to_owned(),
        many => format!("remove the {many} stopped containers that use them, too"),
    };
    shown.offer = Some(Box::new(Offer { says, instead: removal(plan(&more), scene) }));
    shown
}

/// Bytes that a plan frees: `1.2 GB`, with `≈` where not all is known.
pub(super) fn frees(plan: &Plan) -> String {
    match (plan.exact, plan.frees_bytes) {
        (true, bytes) => human(bytes),
        (false, 0) => "an unknown amount".to_owned(),
        (false, bytes) => format!("≈ {}", human(bytes)),
    }
}

/// A plan as the dialog shows it.
pub(super) fn removal(plan: Plan, scene: Scene<'_>) -> Removal {
    let world = scene.world;
    let mut removal = Removal {
        goes: plan.remove.iter().map(|item| going(item, scene)).collect(),
        stays: plan.keep.iter().map(|kept| staying(kept, scene)).collect(),
        frees: frees(&plan),
        kind: scene.kind(),
        ..Removal::default()
    };
    let gone = |kind: Kind| plan.remove.iter().filter(move |item| item.kind == kind);
    let containers: Vec<_> =
        gone(Kind::Container).filter_map(|item| world.containers.get(&item.id)).collect();
    let mut volumes: Vec<&str> = containers
        .iter()
        .flat_map(|one| &one.mounts)
        .filter(|mount| mount.kind == "volume")
        .map(|mount| mount.name.as_str())
        .filter(|name| !gone(Kind::Volume).any(|item| item.id == *name))
        .collect();
    volumes.sort_unstable();
    volumes.dedup();
    if !volumes.is_empty() {
        removal.notes.push(format!("Volumes stay: {}.", volumes.join(", ")));
    }
    for doubt in &plan.doubts {
        removal.notes.push(match doubt {
            Doubt::Written => "What containers wrote is not measured, and comes free as well.".to_owned(),
            doubt => format!("≈: it is this much or more, as {}.", doubt.text()),
        });
    }
    if plan.to_cache_bytes > 0 {
        let bytes = human(plan.to_cache_bytes);
        removal.notes.push(format!("{bytes} of layers stay, as the build cache holds them too."));
    }
    removal.plan = plan;
    removal
}

fn going(item: &Item, scene: Scene<'_>) -> Row {
    let why = match scene.world.containers.get(&item.id) {
        Some(container) => words(container, scene.now),
        None => item.reason.clone(),
    };
    let bytes = if item.frees_bytes == 0 { String::new() } else { human(item.frees_bytes) };
    Row { name: called(item.kind, &item.name, &item.id), bytes, why: vec![why] }
}

fn staying(kept: &Kept, scene: Scene<'_>) -> Row {
    let blockers = kept.blocked_by.iter().map(|blocker| blocked(blocker, scene));
    let why = std::iter::once(kept.reason.clone()).chain(blockers).collect();
    Row { name: called(kept.kind, &kept.name, &kept.id), bytes: String::new(), why }
}

fn blocked(blocker: &Blocker, scene: Scene<'_>) -> String {
    let name = called(blocker.kind, &blocker.name, &blocker.id);
    match scene.world.containers.get(&blocker.id) {
        Some(container) => format!("{name}: {}", words(container, scene.now)),
        None => name,
    }
}

/// `tag shop/api:1.4`; without a name, twelve digits of the id.
fn called(kind: Kind, name: &str, id: &str) -> String {
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    let name = if name.is_empty() { hex.get(..12).unwrap_or(hex) } else { name };
    format!("{} {name}", kind.name())
}
