//! The columns of the images, and what stands in them.

use super::names::tags;
use super::{Images, facts::Fact};
use crate::image::LocalImage;
use crate::report::age::age;
use crate::report::size::human;
use crate::tui::theme::Role;
use crate::tui::widgets::cells::foreign;
use crate::tui::widgets::table::{Cell, Cells, Column};
use crate::tui::wish::Scene;

pub(super) const NAME: usize = 0;
pub(super) const ID: usize = 1;
pub(super) const AGE: usize = 2;
pub(super) const SIZE: usize = 3;
pub(super) const EXCLUSIVE: usize = 4;
pub(super) const USERS: usize = 5;

/// All columns, in their order.
pub(super) const COLUMNS: [Column; 6] = [
    Column::text("image", 24, 34).grows(1),
    Column::text("id", 12, 12).drop(2),
    Column::amount("created", 8).drop(1),
    Column::amount("size", 8),
    Column::amount("exclusive", 10),
    Column::text("used by", 8, 9).falling(),
];

/// The cells of the rows in sight.
pub(super) struct Drawn<'a> {
    pub(super) screen: &'a Images,
    pub(super) scene: Scene<'a>,
}

impl Cells for Drawn<'_> {
    fn cell(&self, id: &str, column: usize, room: usize) -> Cell {
        let Some(image) = self.scene.world.images.get(id) else { return Cell::new() };
        let fact = self.screen.facts.of(id);
        let nothing = || vec![("·".to_owned(), Role::Dim)];
        match column {
            NAME => name(image, fact, room),
            ID => vec![(image.short_id().to_owned(), Role::Dim)],
            AGE => match image.created {
                Some(then) => vec![(age(then, self.scene.now), Role::Text)],
                None => nothing(),
            },
            SIZE => vec![(human(image.bytes), Role::Text)],
            EXCLUSIVE => exclusive(fact),
            USERS if fact.running + fact.stopped == 0 => nothing(),
            USERS => {
                let mut cell = Cell::new();
                if fact.running > 0 {
                    cell.push((format!("●{} ", fact.running), Role::Added));
                }
                if fact.stopped > 0 {
                    cell.push((format!("○{}", fact.stopped), Role::Text));
                }
                cell
            }
            _ => Cell::new(),
        }
    }

    fn head(&self, id: &str) -> (Cell, Cell) {
        let Some(group) = self.screen.groups.get(id) else { return (Cell::new(), Cell::new()) };
        let name = foreign(group.name.as_bytes()).into_owned();
        (vec![(name, Role::Directory)], vec![(group.sums.clone(), Role::Dim)])
    }
}

/// All tags, or why there are none.
fn name(image: &LocalImage, fact: &Fact, room: usize) -> Cell {
    if !image.tags.is_empty() {
        return vec![(tags(&image.tags, room), Role::Text)];
    }
    if image.intermediate {
        return vec![("intermediate".to_owned(), Role::Dim)];
    }
    let mut cell = vec![("dangling".to_owned(), Role::Waste)];
    let now = fact.replaced.as_ref().map(|(tag, basis)| format!(" → {tag} by {}", basis.name()));
    let digest = || image.digests.first().map(|digest| format!(" {digest}"));
    if let Some(text) = now.or_else(digest) {
        cell.push((foreign(text.as_bytes()).into_owned(), Role::Dim));
    }
    cell
}

/// Bytes that go with it alone.
fn exclusive(fact: &Fact) -> Cell {
    let role = match fact.exclusive.bytes {
        Some(bytes) if bytes > 0 => Role::Text,
        _ => Role::Dim,
    };
    vec![(fact.exclusive.words(), role)]
}
