//! The images of an engine: what each is called, what it takes, who uses it, and what can be done with it.

mod acts;
mod columns;
mod details;
mod facts;
mod family;
pub(super) mod filter;
mod names;
mod order;
mod removal;

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Sheet;
use super::list::{self, Done, List, draw_pane, inside, split, unlisted};
use super::query::Term;
use crate::tui::action::{Action, Context};
use crate::tui::theme::Role;
use crate::tui::widgets::cells::foreign;
use crate::tui::widgets::{frame, table};
use crate::tui::wish::{Scene, Wish};
use columns::{AGE, COLUMNS, Drawn};
use facts::Facts;
use filter::KNOWN;
use names::title;
pub use order::Grouping;
use order::{Groups, Order, order};

/// The screen's state.
#[derive(Clone, Debug)]
pub struct Images {
    pub list: List,
    pub grouping: Grouping,
    /// Intermediate images are listed too.
    pub all: bool,
    facts: Facts,
    /// Groups by the ids of their heads.
    groups: Groups,
}

impl Default for Images {
    fn default() -> Images {
        Images {
            list: List::new(AGE),
            grouping: Grouping::default(),
            all: false,
            facts: Facts::default(),
            groups: Groups::new(),
        }
    }
}

/// What is wrong with a term in this world.
fn check(term: &Term, scene: Scene<'_>) -> Result<(), String> {
    filter::resolve(term, scene.world).map(drop)
}

impl Images {
    /// Makes the rows anew, where something changed that they depend on.
    fn refresh(&mut self, scene: Scene<'_>) {
        let world = scene.world;
        if !self.list.table.is_stale(world.revision) {
            return;
        }
        self.facts.refresh(world);
        let wanted = Order {
            world,
            facts: &self.facts,
            query: &self.list.filter.query,
            sort: self.list.table.sort,
            grouping: self.grouping,
            all: self.all,
        };
        let (entries, groups) = order(wanted).unwrap_or_else(|mistake| {
            // What the filter names was there when it was typed.
            self.list.filter.mistake = Some(mistake);
            Default::default()
        });
        self.list.table.set(entries, world.revision, |id| world.images.contains_key(id));
        self.groups = groups;
        self.list.settle();
    }

    /// A word for an empty list.
    fn empty(&self, scene: Scene<'_>) -> Option<String> {
        if !self.list.table.is_empty() {
            return None;
        }
        Some(match (&self.list.filter.mistake, scene.world.images_listed) {
            (_, false) => unlisted(&scene.world.connection),
            (_, true) if scene.world.images.is_empty() => {
                "no images; p pulls one, L loads an archive".to_owned()
            }
            (Some(mistake), true) => format!("{mistake}; Esc drops the filter"),
            (None, true) => "nothing matches; Esc drops the filter".to_owned(),
        })
    }

    fn title(&self, area: Rect) -> String {
        let mut title = "Images".to_owned();
        title += match self.grouping {
            Grouping::None => "",
            Grouping::Repository => " · by repository",
            Grouping::Family => " · families",
        };
        if self.all {
            title += " · with intermediate ones";
        }
        title + &self.list.title(&COLUMNS, &[], area)
    }

    fn totals(&self, scene: Scene<'_>) -> String {
        let marks = self.list.table.marks();
        if marks.is_empty() {
            return String::new();
        }
        let marked = marks.iter().filter_map(|id| scene.world.images.get(id));
        let (bytes, alone) = self.facts.together(marked);
        format!("{} marked · {}, {} of it alone", marks.len(), bytes.words(), alone.words())
    }

    fn details_title(&self, scene: Scene<'_>) -> String {
        let image = self.selected(scene);
        image.map_or_else(|| "Details".to_owned(), |image| foreign(title(image).as_bytes()).into_owned())
    }
}

impl Sheet for Images {
    fn context(&self) -> Context {
        if self.list.filter.is_typing() { Context::Input } else { Context::Images }
    }

    fn act(&mut self, action: Action, page: usize, scene: Scene<'_>) -> Vec<Wish> {
        let enters = matches!(action, Action::Explore | Action::Unfold);
        if enters && self.list.details.is_none() && self.list.table.toggle_head(action == Action::Explore) {
            return Vec::new();
        }
        match action {
            Action::Group => {
                self.grouping = self.grouping.next();
                self.list.table.touch();
            }
            Action::ShowAll => {
                self.all ^= true;
                self.list.table.touch();
            }
            Action::Complete => self.list.complete(&KNOWN, |term| check(term, scene)),
            action => match self.list.act(action, page, &COLUMNS) {
                Done::Yes => {}
                Done::Left => return vec![Wish::Back],
                Done::Unknown => {
                    self.list.details = None;
                    return self.wish(action, scene);
                }
            },
        }
        Vec::new()
    }

    fn key(&mut self, event: &KeyEvent, scene: Scene<'_>) -> Vec<Wish> {
        self.list.key(event, &KNOWN, |term| check(term, scene));
        Vec::new()
    }

    fn paste(&mut self, text: &str, scene: Scene<'_>) {
        self.list.paste(text, &KNOWN, |term| check(term, scene));
    }

    fn click(&mut self, at: Position, area: Rect, scene: Scene<'_>) -> Vec<Wish> {
        if self.list.click(at, area, &COLUMNS, &[]) {
            return self.act(Action::Explore, 1, scene);
        }
        Vec::new()
    }

    fn wheel(&mut self, by: isize, _: Position, area: Rect, _: Scene<'_>) {
        self.list.wheel(by, area);
    }

    fn follow(&mut self, area: Rect, scene: Scene<'_>) {
        self.refresh(scene);
        let lines = self.list.details.map_or(0, |_| self.details(scene, list::cells(area)).len());
        self.list.follow(area, lines);
    }

    fn draw(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) {
        let (list, pane) = split(area);
        let theme = scene.theme;
        let selected = self.selected(scene).map(|image| foreign(title(image).as_bytes()).into_owned());
        let edge = frame::Frame {
            title: self.title(area),
            position: self.list.table.position(),
            selected: selected.unwrap_or_default(),
            totals: self.totals(scene),
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
        let title = self.details_title(scene);
        if let Some(pane) = pane {
            draw_pane(&title, |cells| self.details(scene, cells), pane, theme, frame);
        }
        self.list.draw_details(&title, |cells| self.details(scene, cells), area, theme, frame);
    }

    fn typing(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) -> bool {
        self.list.draw_typing(&KNOWN, area, scene.theme, frame)
    }
}
