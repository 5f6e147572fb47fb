//! Cleaning up by hand: everything that could go, in groups, with what it frees; what is marked is planned before it
//! is done.

mod acts;
mod answer;
mod columns;
mod details;
mod filter;
mod head;
mod last;
mod order;
mod reckon;

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::list::{self, Done, List, draw_pane, inside, split, unlisted};
use super::{Sheet, Watcher};
use crate::tui::action::{Action, Context};
use crate::tui::msg::{Seen, Watch};
use crate::tui::theme::Role;
use crate::tui::widgets::cells::foreign;
use crate::tui::widgets::{frame, table};
use crate::tui::wish::{Scene, Wish};
use crate::world::CacheRecord;
use answer::Answer;
use columns::{COLUMNS, Drawn, FREES, title};
use filter::{Around, KNOWN, check};
use order::order;
use reckon::Reckoning;

/// Builds of each repository that are not superseded, unless somebody says otherwise.
const KEEP_LAST: usize = 3;

/// The screen's state.
#[derive(Clone, Debug)]
pub struct Cleanup {
    pub list: List,
    /// So many of the newest builds of each repository are not superseded.
    pub keep_last: usize,
    answer: Answer,
    /// The engine is to be asked.
    wanted: bool,
    reckoning: Reckoning,
}

impl Default for Cleanup {
    fn default() -> Cleanup {
        Cleanup {
            list: List::new(FREES),
            keep_last: KEEP_LAST,
            answer: Answer::default(),
            wanted: false,
            reckoning: Reckoning::default(),
        }
    }
}

impl Cleanup {
    /// Asks the engine anew for what it keeps beside images and containers.
    pub fn ask(&mut self) {
        self.wanted = true;
    }

    /// Whether the engine has not answered the last question yet.
    pub fn is_waiting(&self) -> bool {
        self.wanted || self.answer.open > 0
    }

    /// Another engine is looked at.
    pub fn forget(&mut self) {
        self.answer.forget();
        self.wanted = true;
    }

    /// The build cache, and the bytes of all layers by the engine, as they were told last.
    pub fn store(&self) -> (&[CacheRecord], Option<u64>) {
        (self.answer.stores().cache, self.answer.layers())
    }

    /// How many plans were made so far: one for each change, none for drawing.
    pub fn plans(&self) -> usize {
        self.reckoning.plans
    }

    /// Makes the rows and the sums anew, where something changed that they depend on.
    fn refresh(&mut self, scene: Scene<'_>) {
        let anew = self.reckoning.refresh(scene.world, &self.answer, self.keep_last, scene.protect);
        if anew {
            self.list.table.touch();
        }
        let table = &mut self.list.table;
        if table.is_stale(scene.world.revision) {
            let around = Around { world: scene.world, stores: self.answer.stores(), now: scene.now };
            let filter = &mut self.list.filter;
            let entries =
                order(&self.reckoning, &filter.query, table.sort, around).unwrap_or_else(|mistake| {
                    // What the filter names was there when it was typed.
                    filter.mistake = Some(mistake);
                    Vec::new()
                });
            self.reckoning.sum(&entries, filter.text(), scene.world, &self.answer);
            table.set(entries, scene.world.revision, |row| self.reckoning.of(row).is_some());
            self.list.settle();
        }
        let table = &self.list.table;
        self.reckoning.follow(table.marks(), &table.below(), anew, scene.world, &self.answer);
    }

    /// A word for an empty list.
    fn empty(&self, scene: Scene<'_>) -> Option<String> {
        let world = scene.world;
        if !self.list.table.is_empty() {
            return None;
        }
        Some(match (world.images_listed && world.containers_listed, &self.list.filter.mistake) {
            (false, _) => unlisted(&world.connection),
            (true, Some(mistake)) => format!("{mistake}; Esc drops the filter"),
            (true, None) if self.reckoning.rows.is_empty() => "nothing could go".to_owned(),
            (true, None) => "nothing matches; Esc drops the filter".to_owned(),
        })
    }

    fn details_title(&self) -> String {
        self.selected().map_or_else(|| "Details".to_owned(), title)
    }
}

impl Sheet for Cleanup {
    fn context(&self) -> Context {
        if self.list.filter.is_typing() { Context::Input } else { Context::Cleanup }
    }

    fn act(&mut self, action: Action, page: usize, scene: Scene<'_>) -> Vec<Wish> {
        let enters = matches!(action, Action::ToggleFold | Action::Unfold);
        if enters && self.list.details.is_none() && self.list.table.toggle_head(action == Action::ToggleFold)
        {
            return Vec::new();
        }
        match action {
            Action::Unfold => Vec::new(),
            Action::Complete => {
                self.list.complete(&KNOWN, |term| check(term, scene));
                Vec::new()
            }
            action => match self.list.act(action, page, &COLUMNS) {
                Done::Yes => Vec::new(),
                Done::Left => vec![Wish::Back],
                Done::Unknown => {
                    self.list.details = None;
                    self.wish(action, scene)
                }
            },
        }
    }

    fn key(&mut self, event: &KeyEvent, scene: Scene<'_>) -> Vec<Wish> {
        self.list.key(event, &KNOWN, |term| check(term, scene));
        Vec::new()
    }

    fn paste(&mut self, text: &str, scene: Scene<'_>) {
        self.list.paste(text, &KNOWN, |term| check(term, scene));
    }

    fn click(&mut self, at: Position, area: Rect, scene: Scene<'_>) -> Vec<Wish> {
        if self.list.click(at, head::split(area).1, &COLUMNS, &[]) {
            return self.act(Action::ToggleFold, 1, scene);
        }
        Vec::new()
    }

    fn wheel(&mut self, by: isize, _: Position, area: Rect, _: Scene<'_>) {
        self.list.wheel(by, head::split(area).1);
    }

    fn follow(&mut self, area: Rect, scene: Scene<'_>) {
        self.refresh(scene);
        let area = head::split(area).1;
        let lines = self.list.details.map_or(0, |_| self.details(scene, list::cells(area)).len());
        self.list.follow(area, lines);
    }

    fn draw(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) {
        let (lines, area) = head::split(area);
        self.draw_head(lines, scene, frame);
        let (list, pane) = split(area);
        let theme = scene.theme;
        let edge = frame::Frame {
            title: format!("Clean up{}", self.list.title(&COLUMNS, &[], area)),
            position: self.list.table.position(),
            selected: self.selected().map(title).unwrap_or_default(),
            totals: String::new(),
            focused: true,
        };
        frame.render_widget(edge.block(list.width, theme), list);
        let rows = inside(list);
        let look = table::Look { columns: &COLUMNS, hidden: &[], theme, focused: true };
        table::draw(&self.list.table, &Drawn { screen: self, scene }, look, rows, frame);
        if let Some(text) = self.empty(scene) {
            let line = Rect { y: rows.y + 1, height: 1, ..rows };
            let text = format!("  {}", foreign(text.as_bytes()));
            frame.render_widget(Line::styled(text, theme.of(Role::Dim)), line);
        }
        let title = self.details_title();
        if let Some(pane) = pane {
            draw_pane(&title, |cells| self.details(scene, cells), pane, theme, frame);
        }
        self.list.draw_details(&title, |cells| self.details(scene, cells), area, theme, frame);
    }

    fn typing(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) -> bool {
        self.list.draw_typing(&KNOWN, area, scene.theme, frame)
    }
}

impl Watcher for Cleanup {
    fn seen(&mut self, seen: Seen, _: Scene<'_>) {
        if let Seen::Stores(stores) = seen {
            self.answer.take(*stores);
        }
    }

    fn asks(&mut self) -> Vec<Watch> {
        if !std::mem::take(&mut self.wanted) {
            return Vec::new();
        }
        self.answer.open += 1;
        vec![Watch::Stores]
    }
}
