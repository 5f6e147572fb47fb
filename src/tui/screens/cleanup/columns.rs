//! The columns of what could go, and what stands in them.

use super::Cleanup;
use super::order::{group_of, short};
use crate::cleanup::plan::Kind;
use crate::cleanup::{Candidate, Group};
use crate::report::age::age;
use crate::report::clean::keeps;
use crate::report::size::human;
use crate::report::status::words;
use crate::tui::screens::containers::name;
use crate::tui::theme::Role;
use crate::tui::widgets::cells::foreign;
use crate::tui::widgets::table::{Cell, Cells, Column};
use crate::tui::wish::Scene;

pub(super) const NAME: usize = 0;
pub(super) const AGE: usize = 1;
pub(super) const FREES: usize = 2;
const WHY: usize = 3;

/// All columns, in their order.
pub(super) const COLUMNS: [Column; 4] = [
    Column::text("what", 22, 30).grows(1),
    Column::amount("age", 6).drop(1),
    Column::amount("frees", 9),
    Column::text("why", 20, 34).grows(2),
];

/// The cells of the rows in sight.
pub(super) struct Drawn<'a> {
    pub(super) screen: &'a Cleanup,
    pub(super) scene: Scene<'a>,
}

impl Cells for Drawn<'_> {
    fn cell(&self, id: &str, column: usize, _: usize) -> Cell {
        let Some(candidate) = self.screen.reckoning.of(id) else { return Cell::new() };
        match column {
            NAME => vec![(title(candidate), Role::Text)],
            AGE => match candidate.date {
                Some(then) => vec![(age(then, self.scene.now), Role::Text)],
                None => vec![("·".to_owned(), Role::Dim)],
            },
            FREES => vec![(frees(candidate), Role::Text)],
            WHY => why(candidate, self.scene),
            _ => Cell::new(),
        }
    }

    fn head(&self, id: &str) -> (Cell, Cell) {
        let Some(group) = group_of(id) else { return (Cell::new(), Cell::new()) };
        let reckoning = &self.screen.reckoning;
        let all = reckoning.rows.iter().filter_map(|row| reckoning.of(row));
        let count = all.filter(|candidate| candidate.group == group).count();
        let (shown, frees) = reckoning.groups.get(&group).copied().unwrap_or_default();
        let name = heading(group, self.screen.keep_last);
        let of = if shown == count { String::new() } else { format!(" of {count}") };
        (vec![(name, Role::Directory)], vec![(format!("{shown}{of} · {}", frees.words()), Role::Dim)])
    }
}

/// What a group is called.
pub(super) fn heading(group: Group, keep_last: usize) -> String {
    match group {
        Group::Dangling => "Dangling images".to_owned(),
        Group::Superseded => format!("Superseded builds, the newest {keep_last} kept (+ -)"),
        Group::Unused => "Unused images".to_owned(),
        Group::Stopped => "Stopped containers".to_owned(),
        Group::BuildCache => "Build cache".to_owned(),
        Group::Networks => "Unused networks".to_owned(),
        Group::Volumes => "Anonymous volumes".to_owned(),
    }
}

/// What a candidate is called: its name, else twelve digits of its id.
pub(super) fn title(candidate: &Candidate) -> String {
    let anonymous = candidate.kind == Kind::Volume;
    let name = if candidate.name.is_empty() || anonymous { short(&candidate.id) } else { &candidate.name };
    foreign(name.as_bytes()).into_owned()
}

/// What it frees alone.
pub(super) fn frees(candidate: &Candidate) -> String {
    match (candidate.frees.exact, candidate.frees.bytes) {
        (true, 0) => "·".to_owned(),
        (true, bytes) => human(bytes),
        (false, 0) => "…".to_owned(),
        (false, bytes) => format!("≈ {}", human(bytes)),
    }
}

/// What holds it comes first: it is in the way.
fn why(candidate: &Candidate, scene: Scene<'_>) -> Cell {
    let mut cell = Cell::new();
    if let Some(why) = &candidate.protected {
        cell.push((format!("protected by {}; ", foreign(why.to_string().as_bytes())), Role::Notice));
    }
    if let Some(holders) = holders(candidate, scene) {
        cell.push((format!("{holders}; "), Role::Notice));
    }
    cell.push((reason(candidate, scene), Role::Dim));
    cell
}

/// `held by worker` or `held by 3 stopped containers`.
pub(super) fn holders(candidate: &Candidate, scene: Scene<'_>) -> Option<String> {
    match &candidate.held_by[..] {
        [] => None,
        [one] => {
            let holder = scene.world.containers.get(one).map_or(short(one), name);
            Some(format!("held by {}", foreign(holder.as_bytes())))
        }
        many => Some(format!("held by {} stopped containers", many.len())),
    }
}

/// Why it is listed; of a container how it ended, and what it keeps.
pub(super) fn reason(candidate: &Candidate, scene: Scene<'_>) -> String {
    let container = scene.world.containers.get(&candidate.id).filter(|_| candidate.kind == Kind::Container);
    let text = match (container, &candidate.pins) {
        (Some(container), Some(image)) => {
            let image = scene.world.images.get(image);
            let image = image.map_or("", |image| image.tags.first().map_or(image.short_id(), String::as_str));
            format!("{}, keeps {image}", words(container, scene.now))
        }
        (Some(container), None) => match candidate.hidden {
            Some(hidden) => format!("{}, {}", words(container, scene.now), keeps(hidden)),
            None => words(container, scene.now),
        },
        (None, _) => candidate.reason.clone(),
    };
    foreign(text.as_bytes()).into_owned()
}
