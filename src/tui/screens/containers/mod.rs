//! The containers of an engine: how each is, and what can be done with it.

mod acts;
mod columns;
mod details;
mod order;
mod removal;

use std::collections::BTreeMap;

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Sheet;
use super::list::{self, Done, List, draw_pane, inside, split, unlisted};
use crate::report::size::human;
use crate::tui::action::{Action, Context};
use crate::tui::theme::Role;
use crate::tui::widgets::cells::foreign;
use crate::tui::widgets::{frame, table};
use crate::tui::wish::{Scene, Wish};
pub(super) use columns::name;
use columns::{COLUMNS, Drawn, STATE, hidden};
use order::{Group, KNOWN, order};

/// The screen's state.
#[derive(Clone, Debug)]
pub struct Containers {
    pub list: List,
    pub by_project: bool,
    /// Groups by the ids of their heads.
    groups: BTreeMap<String, Group>,
    /// Columns that would be empty.
    hidden: Vec<usize>,
    /// The verdicts that are known to that.
    judged: u64,
}

impl Default for Containers {
    fn default() -> Containers {
        Containers {
            list: List::new(STATE),
            by_project: false,
            groups: BTreeMap::new(),
            hidden: Vec::new(),
            judged: 0,
        }
    }
}

impl Containers {
    /// Makes the rows anew, where something changed that they depend on.
    fn refresh(&mut self, scene: Scene<'_>) {
        let world = scene.world;
        let table = &mut self.list.table;
        if self.judged != scene.verdicts.revision {
            self.judged = scene.verdicts.revision;
            self.hidden = hidden(scene, self.by_project);
        }
        if !table.is_stale(world.revision) {
            return;
        }
        let (entries, groups) = order(world, &self.list.filter.query, table.sort, self.by_project);
        table.set(entries, world.revision, |id| world.containers.contains_key(id));
        self.groups = groups;
        self.hidden = hidden(scene, self.by_project);
        self.list.settle();
    }

    /// A word for an empty list.
    fn empty(&self, scene: Scene<'_>) -> Option<String> {
        if !self.list.table.is_empty() {
            return None;
        }
        Some(match scene.world.containers_listed {
            false => unlisted(&scene.world.connection),
            true if scene.world.containers.is_empty() => {
                "no containers; one that is made appears here, `docker run …` makes one".to_owned()
            }
            true => "nothing matches; Esc drops the filter".to_owned(),
        })
    }

    fn title(&self, area: Rect, scene: Scene<'_>) -> String {
        let mut title = "Containers".to_owned();
        if scene.world.about.is_none() && !scene.world.containers.is_empty() {
            title += " · recorded, for there is no engine";
        }
        if self.by_project {
            title += " · by project";
        }
        title + &self.list.title(&COLUMNS, &self.hidden, area)
    }

    fn totals(&self, scene: Scene<'_>) -> String {
        let containers = &scene.world.containers;
        let marks = self.list.table.marks();
        let measured = |ids: &mut dyn Iterator<Item = &String>| {
            let bytes: Vec<u64> = ids.filter_map(|id| containers.get(id)?.writable_bytes).collect();
            if bytes.is_empty() { String::new() } else { format!(" · {}", human(bytes.iter().sum())) }
        };
        if marks.is_empty() {
            return String::new();
        }
        format!("{} marked{}", marks.len(), measured(&mut marks.iter()))
    }

    fn details_title(&self, scene: Scene<'_>) -> String {
        let container = self.selected(scene);
        container.map_or_else(|| "Details".to_owned(), |one| foreign(name(one).as_bytes()).into_owned())
    }
}

impl Sheet for Containers {
    fn context(&self) -> Context {
        if self.list.filter.is_typing() { Context::Input } else { Context::Containers }
    }

    fn act(&mut self, action: Action, page: usize, scene: Scene<'_>) -> Vec<Wish> {
        let enters = matches!(action, Action::Logs | Action::Unfold);
        if enters && self.list.details.is_none() && self.list.table.toggle_head(action == Action::Logs) {
            return Vec::new();
        }
        match action {
            Action::Group => {
                self.by_project ^= true;
                self.list.table.touch();
            }
            Action::Complete => self.list.complete(&KNOWN, |_| Ok(())),
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

    fn key(&mut self, event: &KeyEvent, _: Scene<'_>) -> Vec<Wish> {
        self.list.key(event, &KNOWN, |_| Ok(()));
        Vec::new()
    }

    fn paste(&mut self, text: &str, _: Scene<'_>) {
        self.list.paste(text, &KNOWN, |_| Ok(()));
    }

    fn click(&mut self, at: Position, area: Rect, scene: Scene<'_>) -> Vec<Wish> {
        if self.list.click(at, area, &COLUMNS, &self.hidden) {
            return self.act(Action::Logs, 1, scene);
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
        let selected = self.selected(scene).map(|one| foreign(name(one).as_bytes()).into_owned());
        let edge = frame::Frame {
            title: self.title(area, scene),
            position: self.list.table.position(),
            selected: selected.unwrap_or_default(),
            totals: self.totals(scene),
            focused: true,
        };
        frame.render_widget(edge.block(list.width, theme), list);
        let rows = inside(list);
        let look = table::Look { columns: &COLUMNS, hidden: &self.hidden, theme, focused: true };
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

    fn state(&self, scene: Scene<'_>) -> Option<String> {
        // Where there is no room for it among the columns, the selected one has its verdict below.
        let verdict = scene.verdicts.of(self.selected(scene)?)?;
        Some(format!("why: {verdict}"))
    }

    fn typing(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) -> bool {
        self.list.draw_typing(&KNOWN, area, scene.theme, frame)
    }
}
