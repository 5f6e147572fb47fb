//! What containers use: graphs of the last minutes for one, a table with bars for several. Streams run only while the
//! page is open.

mod draw;
pub mod series;

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::container::Container;
use crate::tui::action::{Action, Context};
use crate::tui::msg::{Seen, Watch};
use crate::tui::screens::{Sheet, Watcher};
use crate::tui::widgets::frame::inside;
use crate::tui::widgets::list::Cursor;
use crate::tui::wish::{Page, Scene, Wish};
use crate::world::{Connection, World};
use series::Series;

/// One container.
#[derive(Clone, Debug)]
struct One {
    id: String,
    name: String,
    series: Series,
    /// Nothing comes any more, and why, where that is not because it stopped.
    ended: Option<Result<(), String>>,
    /// The engine was away since it was asked.
    lost: bool,
    /// State of the world when it was asked.
    asked: u64,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Stats {
    containers: Vec<One>,
    cursor: Cursor,
    asks: Vec<Watch>,
}

impl Stats {
    pub fn new(ids: Vec<String>) -> Stats {
        let asks = ids.iter().map(|id| Watch::Usage { id: id.clone() }).collect();
        let one = |id: String| One {
            name: id.get(..12).unwrap_or(&id).to_owned(),
            id,
            series: Series::default(),
            ended: None,
            lost: false,
            asked: 0,
        };
        Stats { containers: ids.into_iter().map(one).collect(), cursor: Cursor::default(), asks }
    }

    /// The rows of the table, below the names of the columns.
    fn rows(area: Rect) -> Rect {
        let area = inside(area);
        Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
    }
}

impl One {
    fn container<'w>(&self, world: &'w World) -> Option<&'w Container> {
        world.containers.get(&self.id)
    }

    /// Asks again when it runs anew or the engine is back.
    fn follow(&mut self, world: &World, asks: &mut Vec<Watch>) {
        let live = world.connection == Connection::Live;
        self.lost |= !live;
        let Some(container) = world.containers.get(&self.id) else { return };
        self.name.clone_from(&container.name);
        let anew = self.lost || self.ended.is_some() && self.asked != world.revision;
        if live && anew && container.state.is_alive() {
            (self.lost, self.ended, self.asked) = (false, None, world.revision);
            asks.push(Watch::Usage { id: self.id.clone() });
        }
    }
}

impl Sheet for Stats {
    fn context(&self) -> Context {
        Context::Pages
    }

    fn act(&mut self, action: Action, page: usize, scene: Scene<'_>) -> Vec<Wish> {
        let selected = self.containers.get(self.cursor.at);
        match action {
            Action::Back => return vec![Wish::Back],
            Action::Copy => return selected.map(|one| Wish::Copy(one.words(scene))).into_iter().collect(),
            Action::Details if self.containers.len() > 1 => {
                let page =
                    |one: &One| Wish::Page { page: Page::Stats, id: one.id.clone(), title: one.name.clone() };
                return selected.map(page).into_iter().collect();
            }
            Action::Refresh => {
                for one in &mut self.containers {
                    (one.ended, one.lost) = (None, false);
                    self.asks.push(Watch::Usage { id: one.id.clone() });
                }
            }
            action => self.cursor.act(action, self.containers.len(), page),
        }
        Vec::new()
    }

    fn key(&mut self, _: &KeyEvent, _: Scene<'_>) -> Vec<Wish> {
        Vec::new()
    }

    fn paste(&mut self, _: &str, _: Scene<'_>) {}

    fn click(&mut self, at: Position, area: Rect, scene: Scene<'_>) -> Vec<Wish> {
        let rows = Stats::rows(area);
        let row = self.cursor.offset + usize::from(at.y.saturating_sub(rows.y));
        if !rows.contains(at) || row >= self.containers.len() {
            return Vec::new();
        }
        if self.cursor.at == row {
            return self.act(Action::Details, 1, scene);
        }
        self.cursor.at = row;
        Vec::new()
    }

    fn wheel(&mut self, by: isize, _: Position, area: Rect, _: Scene<'_>) {
        self.cursor.scroll(by, self.containers.len(), Stats::rows(area).height.into());
    }

    fn follow(&mut self, area: Rect, scene: Scene<'_>) {
        for one in &mut self.containers {
            one.follow(scene.world, &mut self.asks);
        }
        self.cursor.follow(self.containers.len(), Stats::rows(area).height.into());
    }

    fn draw(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) {
        self.draw_all(area, scene, frame);
    }
}

impl Watcher for Stats {
    fn seen(&mut self, seen: Seen, _: Scene<'_>) {
        match seen {
            Seen::Usage { id, usage } => {
                if let Some(one) = self.containers.iter_mut().find(|one| one.id == id) {
                    one.series.push(*usage);
                }
            }
            Seen::UsageEnd { id, result } => {
                if let Some(one) = self.containers.iter_mut().find(|one| one.id == id) {
                    one.ended = Some(result);
                }
            }
            _ => {}
        }
    }

    fn asks(&mut self) -> Vec<Watch> {
        std::mem::take(&mut self.asks)
    }
}
