//! The columns of the containers, and what stands in them.

use super::Containers;
use crate::container::{Container, Port};
use crate::report::age::age;
use crate::report::size::human;
use crate::report::status::{Tone, sign, tone, words};
use crate::tui::theme::Role;
use crate::tui::widgets::cells::{cut_middle, foreign};
use crate::tui::widgets::table::{Cell, Cells, Column};
use crate::tui::wish::Scene;

pub(super) const NAME: usize = 0;
pub(super) const IMAGE: usize = 1;
pub(super) const STATE: usize = 2;
pub(super) const RESTARTS: usize = 3;
pub(super) const PROJECT: usize = 4;
pub(super) const PORTS: usize = 5;
pub(super) const AGE: usize = 6;
pub(super) const SIZE: usize = 7;
pub(super) const WHY: usize = 8;

/// All columns, in their order.
pub(super) const COLUMNS: [Column; 9] = [
    Column::text("container", 16, 22).grows(2),
    Column::text("image", 12, 21).grows(2).drop(3),
    Column::text("state", 24, 31).grows(1),
    Column::amount("restarts", 9).drop(6),
    Column::text("project", 10, 12).drop(4),
    Column::text("ports", 12, 20).grows(1).drop(7),
    Column::amount("created", 8).drop(2),
    Column::amount("size", 8).drop(1),
    Column::text("why", 24, 40).grows(3).drop(5),
];

/// Columns that would be empty, or say what heads of groups say.
pub(super) fn hidden(scene: Scene<'_>, by_project: bool) -> Vec<usize> {
    let some = |has: fn(&Container) -> bool| scene.world.containers.values().any(has);
    let mut hidden = Vec::new();
    if by_project || !some(|container| container.project().is_some()) {
        hidden.push(PROJECT);
    }
    if !scene.verdicts.any() {
        hidden.push(WHY);
    }
    if !some(|container| container.writable_bytes.is_some()) {
        hidden.push(SIZE);
    }
    hidden
}

/// The colour of a state.
pub(super) fn role(container: &Container) -> Role {
    match tone(container) {
        Tone::Good => Role::Added,
        Tone::Bad => Role::Error,
        Tone::Busy => Role::Notice,
        Tone::Quiet => Role::Text,
    }
}

/// The cells of the rows in sight.
pub(super) struct Drawn<'a> {
    pub(super) screen: &'a Containers,
    pub(super) scene: Scene<'a>,
}

impl Cells for Drawn<'_> {
    fn cell(&self, id: &str, column: usize, room: usize) -> Cell {
        let Some(container) = self.scene.world.containers.get(id) else { return Cell::new() };
        let text = |text: &str| foreign(text.as_bytes()).into_owned();
        let middle = |raw: &str| cut_middle(&text(raw), room).into_owned();
        let nothing = || vec![("·".to_owned(), Role::Dim)];
        match column {
            NAME => vec![(middle(name(container)), Role::Text)],
            IMAGE => vec![(middle(image(container)), Role::Dim)],
            STATE => {
                let role = role(container);
                vec![(format!("{} ", sign(container)), role), (text(&words(container, self.scene.now)), role)]
            }
            RESTARTS if container.restarts == 0 => nothing(),
            RESTARTS => vec![(container.restarts.to_string(), Role::Notice)],
            PROJECT => vec![(text(container.project().unwrap_or_default()), Role::Text)],
            PORTS => vec![(text(&Port::list(&container.ports)), Role::Dim)],
            AGE => match container.created {
                Some(then) => vec![(age(then, self.scene.now), Role::Text)],
                None => nothing(),
            },
            SIZE => match container.writable_bytes {
                Some(bytes) => vec![(human(bytes), Role::Text)],
                None => vec![("…".to_owned(), Role::Dim)],
            },
            WHY => match self.scene.verdicts.of(container) {
                Some(line) => vec![(text(line), Role::Text)],
                None => Cell::new(),
            },
            _ => Cell::new(),
        }
    }

    fn head(&self, id: &str) -> (Cell, Cell) {
        let Some(group) = self.screen.groups.get(id) else { return (Cell::new(), Cell::new()) };
        let name = match &group.name {
            Some(name) => foreign(name.as_bytes()).into_owned(),
            None => "no project".to_owned(),
        };
        let mut sums = vec![(format!("{} of {} run", group.running, group.count), Role::Dim)];
        if group.failed > 0 {
            sums.push((format!(", {} failed", group.failed), Role::Error));
        }
        (vec![(name, Role::Directory)], sums)
    }
}

/// What a container is called; some have no name.
pub(in crate::tui) fn name(container: &Container) -> &str {
    if container.name.is_empty() { container.short_id() } else { &container.name }
}

/// What its image is called; a bare id is shortened.
pub(super) fn image(container: &Container) -> &str {
    let hex = container.image.strip_prefix("sha256:").unwrap_or(&container.image);
    let whole = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if whole { &hex[..12] } else { &container.image }
}
