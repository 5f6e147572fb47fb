//! What lies over a screen and wants an answer: a title, rows, and what Enter does.

mod ask;
mod confirm;
mod engines;
mod menu;
mod plan;
mod save;
mod tasks;
mod why;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use crate::tui::action::{Action, Context};
use crate::tui::keymap::Keymap;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::list::{Cursor, select};
use crate::tui::widgets::popup;
use crate::tui::wish::Wish;
use crate::world::Candidate;
pub use ask::{Ask, Question};
pub use confirm::Confirm;
pub use menu::Item;
pub use plan::{Offer, Removal, Row};
pub use why::Obstacles;

use super::saving;
use super::tasks::{Task, TaskId, Tasks};

/// Cells that a dialog takes where there is room.
const WIDE: u16 = 110;

/// See the module.
#[derive(Clone, Debug)]
pub struct Dialog {
    pub title: String,
    pub body: Body,
    pub cursor: Cursor,
}

/// What it is about.
#[derive(Clone, Debug)]
pub enum Body {
    /// What can be done with something, and the commands that do the same.
    Menu(Vec<Item>),
    /// What is done once it is agreed to.
    Confirm(Confirm),
    /// What is removed once it is agreed to, and what is not.
    Plan(Removal),
    /// What is in the way of a removal.
    Why(Box<Obstacles>),
    /// A line to type.
    Ask(Ask),
    /// Engines to choose from; `None` while they are looked for.
    Engines(Option<Vec<Candidate>>),
    /// What is under way, and how it ended.
    Tasks,
    /// How far this task is, which saves what a plan removes.
    Saving(TaskId),
}

/// What an answer comes to.
#[derive(Debug)]
pub enum Reply {
    Stay,
    /// It is closed, and this is wished for.
    Close(Vec<Wish>),
    /// It is closed, and the engine with this URL is wanted.
    Switch(String),
    /// The task in this row is to be stopped.
    Stop(usize),
    /// It is closed, and what it shows is to be stopped.
    StopSaving(TaskId),
}

impl Dialog {
    pub fn new(title: impl Into<String>, body: Body) -> Dialog {
        Dialog { title: title.into(), body, cursor: Cursor::default() }
    }

    pub fn context(&self) -> Context {
        match self.body {
            Body::Ask(_) => Context::Input,
            _ => Context::Dialog,
        }
    }

    /// Does what a key means.
    pub fn act(&mut self, action: Action, tasks: &Tasks, screen: Rect) -> Reply {
        let rows = self.lines(tasks, None, &Theme::default(), screen).len();
        let height = usize::from(area(screen, rows).height.saturating_sub(2)).max(1);
        let page = height as isize;
        let by = match action {
            Action::Back => return self.back(),
            Action::Confirm | Action::Accept => return self.confirm(),
            Action::Remove if matches!(self.body, Body::Tasks) => return Reply::Stop(self.cursor.at),
            Action::Complete => {
                if let Body::Ask(ask) = &mut self.body {
                    ask.complete();
                }
                0
            }
            Action::Mark => {
                if let Body::Plan(removal) = &mut self.body {
                    removal.switch();
                }
                0
            }
            Action::Down => 1,
            Action::Up => -1,
            Action::PageDown => page,
            Action::PageUp => -page,
            Action::HalfDown => (page / 2).max(1),
            Action::HalfUp => -(page / 2).max(1),
            Action::First => isize::MIN,
            Action::Last => isize::MAX,
            _ => 0,
        };
        if self.selects() {
            self.cursor.step(by, rows);
        } else {
            self.cursor.scroll(by, rows, height);
        }
        Reply::Stay
    }

    fn back(&mut self) -> Reply {
        match &mut self.body {
            Body::Saving(id) => Reply::StopSaving(*id),
            Body::Ask(ask) => {
                let plan = ask.back_to_plan(None).map(|plan| Wish::Ask(Box::new(plan)));
                Reply::Close(plan.into_iter().collect())
            }
            _ => Reply::Close(Vec::new()),
        }
    }

    fn confirm(&mut self) -> Reply {
        match &mut self.body {
            Body::Menu(items) => match items.get(self.cursor.at) {
                Some(item) => Reply::Close(item.wishes.clone()),
                None => Reply::Stay,
            },
            Body::Confirm(confirm) => Reply::Close(confirm.wishes()),
            Body::Plan(removal) => Reply::Close(removal.wishes()),
            Body::Why(why) => Reply::Close(why.wishes()),
            Body::Ask(ask) => ask.answer().map_or(Reply::Stay, Reply::Close),
            Body::Engines(found) => {
                let chosen = found.iter().flatten().nth(self.cursor.at);
                chosen.map_or(Reply::Stay, |chosen| Reply::Switch(chosen.url.clone()))
            }
            Body::Tasks | Body::Saving(_) => Reply::Close(Vec::new()),
        }
    }

    /// A click: inside it selects, a second one is Enter; outside it closes.
    pub fn click(&mut self, at: Position, tasks: &Tasks, screen: Rect) -> Reply {
        let rows = self.lines(tasks, None, &Theme::default(), screen).len();
        let area = area(screen, rows);
        if !area.contains(at) {
            return Reply::Close(Vec::new());
        }
        let row = self.cursor.offset + usize::from(at.y.saturating_sub(area.y + 1));
        if at.y <= area.y || row >= rows || !self.selects() {
            return Reply::Stay;
        }
        if self.cursor.at == row {
            return self.confirm();
        }
        self.cursor.at = row;
        Reply::Stay
    }

    /// The wheel: the window moves, and the selected row with it as far as it must.
    pub fn wheel(&mut self, by: isize, tasks: &Tasks, screen: Rect) {
        let rows = self.lines(tasks, None, &Theme::default(), screen).len();
        let height = area(screen, rows).height.saturating_sub(2);
        self.cursor.scroll(by, rows, height.into());
    }

    /// Keeps the selected row in sight.
    pub fn follow(&mut self, tasks: &Tasks, screen: Rect) {
        let rows = self.lines(tasks, None, &Theme::default(), screen).len();
        let height = area(screen, rows).height.saturating_sub(2);
        self.cursor.follow(rows, height.into());
    }

    pub fn draw(&self, tasks: &Tasks, keymap: &Keymap, theme: &Theme, screen: Rect, frame: &mut Frame<'_>) {
        let lines = self.lines(tasks, Some(keymap), theme, screen);
        let area = area(screen, lines.len());
        let cells = usize::from(area.width.saturating_sub(2));
        let keys = match &self.body {
            Body::Menu(_) => " ⏎ do it  Esc close ",
            Body::Confirm(_) => " ⏎ yes, do it  Esc no ",
            Body::Plan(removal) if removal.is_idle() => " Esc close ",
            Body::Plan(_) => " ⏎ do exactly this  Esc no ",
            Body::Saving(_) => " ⏎ go on behind the lists  Esc stop, and remove nothing ",
            Body::Why(_) => " ⏎ plan it  Esc close ",
            Body::Ask(Ask { question: Question::SaveFirst { .. }, .. }) => " ⏎ to the plan  Esc do not save ",
            Body::Ask(Ask { question: Question::Protect { .. }, .. }) => {
                " ⏎ keep it in the settings  Esc drop "
            }
            Body::Ask(_) => " ⏎ do it  Esc drop ",
            Body::Engines(_) => " ⏎ switch  Esc close ",
            Body::Tasks => " d stop  Esc close ",
        };
        let more = lines.len() > usize::from(area.height.saturating_sub(2));
        let keys = format!("{}{keys}", if more && !self.selects() { " ↑↓ scroll " } else { "" });
        let role =
            if matches!(self.body, Body::Confirm(_) | Body::Plan(_)) { Role::Error } else { Role::Focus };
        let title = Span::styled(format!(" {} ", self.title), theme.of(Role::Title));
        let block = Block::bordered().title(title).title_bottom(Line::from(keys).right_aligned());
        let shown = lines.into_iter().enumerate().skip(self.cursor.offset).map(|(at, line)| {
            if at == self.cursor.at && self.selects() { select(line, cells, true, theme) } else { line }
        });
        let lines: Vec<Line<'_>> = shown.take(area.height.into()).collect();
        frame.render_widget(Clear, area);
        let block = block.border_style(theme.of(role));
        frame.render_widget(Paragraph::new(lines).style(theme.of(Role::Text)).block(block), area);
        if let Body::Ask(ask) = &self.body {
            let line = Rect { x: area.x + 1, y: area.bottom() - 2, width: area.width - 2, height: 1 };
            ask.draw(theme, line, frame);
        }
    }

    /// Whether its rows can be chosen from.
    fn selects(&self) -> bool {
        matches!(self.body, Body::Menu(_) | Body::Engines(_) | Body::Tasks)
    }

    fn lines(
        &self,
        tasks: &Tasks,
        keymap: Option<&Keymap>,
        theme: &Theme,
        screen: Rect,
    ) -> Vec<Line<'static>> {
        let cells = cells(screen);
        match &self.body {
            Body::Menu(items) => menu::lines(items, keymap, theme, cells),
            Body::Confirm(confirm) => confirm.lines(theme, cells),
            Body::Plan(removal) => removal.lines(theme, cells),
            Body::Why(why) => why.lines(theme, cells),
            Body::Ask(ask) => ask.lines(theme, cells),
            Body::Engines(found) => engines::lines(found.as_deref(), theme, cells),
            Body::Tasks => tasks::lines(tasks, theme, cells),
            Body::Saving(id) => saving::lines(tasks, *id, theme, cells),
        }
    }
}

/// The task that a row of their list is about.
pub(super) fn task_at(tasks: &Tasks, row: usize, screen: Rect) -> Option<&Task> {
    tasks::at(tasks, row, cells(screen))
}

fn area(screen: Rect, lines: usize) -> Rect {
    popup::area(screen, WIDE, lines)
}

/// Cells of a row.
fn cells(screen: Rect) -> usize {
    usize::from(area(screen, 0).width).saturating_sub(2)
}
