//! The screens, each with its state, its reactions and its drawing.

pub mod cleanup;
pub mod containers;
pub mod explorer;
pub mod images;
pub mod list;
pub mod logs;
mod obstacles;
pub mod pages;
mod protecting;
pub mod query;
mod removal;

use std::fmt::Debug;

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::action::{Action, Context};
use super::msg::{Seen, Watch};
use super::wish::{Scene, Wish};

/// A screen of the engine side. All of them are treated alike.
pub trait Sheet: Debug {
    /// Where keys go.
    fn context(&self) -> Context;

    /// Does what a key means. `page` is the number of rows in sight.
    fn act(&mut self, action: Action, page: usize, scene: Scene<'_>) -> Vec<Wish>;

    /// Takes a key as text, where something is typed.
    fn key(&mut self, event: &KeyEvent, scene: Scene<'_>) -> Vec<Wish>;

    /// Takes pasted text, where something is typed.
    fn paste(&mut self, text: &str, scene: Scene<'_>);

    /// A click; the second one on a row is Enter.
    fn click(&mut self, at: Position, area: Rect, scene: Scene<'_>) -> Vec<Wish>;

    /// The wheel, in rows.
    fn wheel(&mut self, by: isize, at: Position, area: Rect, scene: Scene<'_>);

    /// Takes in what changed: the world, the size of the screen. `area` is where it will be drawn.
    fn follow(&mut self, area: Rect, scene: Scene<'_>);

    fn draw(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>);

    /// The line that is typed into, drawn in place of the footer; false when nothing is typed.
    fn typing(&self, _area: Rect, _scene: Scene<'_>, _frame: &mut Frame<'_>) -> bool {
        false
    }

    /// Something to say in the footer beside the keys.
    fn state(&self, _scene: Scene<'_>) -> Option<String> {
        None
    }
}

/// A sheet that is told what the engine's side sees of its objects for as long as it is open.
pub trait Watcher: Sheet {
    /// Takes in what was seen.
    fn seen(&mut self, seen: Seen, scene: Scene<'_>);

    /// What it asks for that it has not asked for yet.
    fn asks(&mut self) -> Vec<Watch>;
}
