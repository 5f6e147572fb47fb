//! What runs in a container, as its engine lists it.

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::Heard;
use crate::tui::action::{Action, Context};
use crate::tui::msg::{Processes as Listed, Seen, Watch};
use crate::tui::screens::{Sheet, Watcher};
use crate::tui::theme::Role;
use crate::tui::widgets::cells::{fit, foreign, skip, width};
use crate::tui::widgets::frame::{self, inside};
use crate::tui::widgets::list::{Cursor, select};
use crate::tui::wish::{Scene, Wish};

/// Cells of one step to the side.
const SHIFT: usize = 8;
/// Cells of a column at most; the last one takes what it needs.
const WIDEST: usize = 24;
/// Names of columns whose values are numbers.
const NUMBERS: [&str; 8] = ["PID", "PPID", "C", "%CPU", "%MEM", "VSZ", "RSS", "HPID"];

/// See the module.
#[derive(Clone, Debug)]
pub struct Processes {
    id: String,
    title: String,
    listed: Listed,
    heard: Heard,
    cursor: Cursor,
    shift: usize,
    asks: Vec<Watch>,
}

impl Processes {
    pub fn new(id: String, title: String) -> Processes {
        let asks = vec![Watch::Processes { id: id.clone() }];
        let (cursor, heard) = (Cursor::default(), Heard::Nothing);
        Processes { id, title, listed: Listed::default(), heard, cursor, shift: 0, asks }
    }

    /// Cells of each column.
    fn widths(&self) -> Vec<usize> {
        let widest = |at: usize| {
            let rows = self.listed.rows.iter().filter_map(|row| row.get(at));
            let cells = rows.chain(self.listed.titles.get(at)).map(|text| width(&foreign(text.as_bytes())));
            cells.max().unwrap_or(0).min(WIDEST)
        };
        (0..self.listed.titles.len()).map(widest).collect()
    }

    fn line(&self, row: &[String], widths: &[usize]) -> Vec<Span<'static>> {
        let last = widths.len().saturating_sub(1);
        let cell = |(at, cells): (usize, &usize)| {
            let text = foreign(row.get(at).map_or("", String::as_str).as_bytes()).into_owned();
            let number = self.listed.titles.get(at).is_some_and(|title| NUMBERS.contains(&title.as_str()));
            let text = match at == last {
                true => text,
                false if number => format!("{:>cells$}  ", fit(&text, width(&text).min(*cells))),
                false => format!("{}  ", fit(&text, *cells)),
            };
            Span::raw(text)
        };
        let cells = skip(widths.iter().enumerate().map(cell).collect(), self.shift);
        [Span::raw(" ")].into_iter().chain(cells).collect()
    }

    /// The value of a column in the selected row.
    fn value(&self, column: &str) -> Option<&String> {
        let at = self.listed.titles.iter().position(|title| title == column)?;
        self.listed.rows.get(self.cursor.at)?.get(at)
    }

    /// The rows, below the names of the columns.
    fn rows(area: Rect) -> Rect {
        let area = inside(area);
        Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
    }
}

impl Sheet for Processes {
    fn context(&self) -> Context {
        Context::Pages
    }

    fn act(&mut self, action: Action, page: usize, _: Scene<'_>) -> Vec<Wish> {
        let rows = self.listed.rows.len();
        match action {
            Action::Back => return vec![Wish::Back],
            Action::Refresh => self.asks.push(Watch::Processes { id: self.id.clone() }),
            Action::Copy => {
                return self.value("PID").map(|pid| Wish::Copy(pid.clone())).into_iter().collect();
            }
            Action::ShiftRight => self.shift += SHIFT,
            Action::ShiftLeft => self.shift = self.shift.saturating_sub(SHIFT),
            action => self.cursor.act(action, rows, page),
        }
        Vec::new()
    }

    fn key(&mut self, _: &KeyEvent, _: Scene<'_>) -> Vec<Wish> {
        Vec::new()
    }

    fn paste(&mut self, _: &str, _: Scene<'_>) {}

    fn click(&mut self, at: Position, area: Rect, _: Scene<'_>) -> Vec<Wish> {
        let rows = Processes::rows(area);
        let row = self.cursor.offset + usize::from(at.y.saturating_sub(rows.y));
        if rows.contains(at) && row < self.listed.rows.len() {
            self.cursor.at = row;
        }
        Vec::new()
    }

    fn wheel(&mut self, by: isize, _: Position, area: Rect, _: Scene<'_>) {
        self.cursor.scroll(by, self.listed.rows.len(), Processes::rows(area).height.into());
    }

    fn follow(&mut self, area: Rect, _: Scene<'_>) {
        let rows = self.listed.rows.iter();
        let widest = rows.filter_map(|row| row.last()).map(|text| width(&foreign(text.as_bytes()))).max();
        let columns: usize = self.widths().iter().map(|cells| cells + 2).sum();
        self.shift = self.shift.min((columns + widest.unwrap_or(0)).saturating_sub(SHIFT));
        self.cursor.follow(self.listed.rows.len(), Processes::rows(area).height.into());
    }

    fn draw(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) {
        let count = self.listed.rows.len();
        let edge = frame::Frame {
            title: format!("Processes · {}", self.title),
            position: self.cursor.position(count),
            selected: self.value("CMD").or(self.value("COMMAND")).cloned().unwrap_or_default(),
            totals: format!("{count} process{}", if count == 1 { "" } else { "es" }),
            focused: true,
        };
        frame.render_widget(edge.foreign().block(area.width, scene.theme), area);
        let rows = Processes::rows(area);
        if self.listed.rows.is_empty() {
            self.heard.draw("asking the engine …", "nothing runs in it", scene.theme, rows, frame);
            return;
        }
        let (widths, cells) = (self.widths(), usize::from(rows.width));
        let head = Rect { y: rows.y.saturating_sub(1), height: 1, ..rows };
        let line = Line::from(self.line(&self.listed.titles, &widths));
        frame.render_widget(line.style(scene.theme.of(Role::Dim)), head);
        let shown = self.listed.rows.iter().enumerate().skip(self.cursor.offset).take(rows.height.into());
        let lines: Vec<Line<'_>> = shown
            .map(|(at, row)| {
                let line = Line::from(self.line(row, &widths));
                if at == self.cursor.at { select(line, cells, true, scene.theme) } else { line }
            })
            .collect();
        frame.render_widget(Paragraph::new(lines), rows);
    }

    fn state(&self, _: Scene<'_>) -> Option<String> {
        match &self.heard {
            Heard::Failed(why) if !self.listed.rows.is_empty() => {
                Some(format!("! {why}; shown is what ran before"))
            }
            _ => None,
        }
    }
}

impl Watcher for Processes {
    fn seen(&mut self, seen: Seen, _: Scene<'_>) {
        match seen {
            Seen::Processes(Ok(listed)) => (self.listed, self.heard) = (listed, Heard::All),
            Seen::Processes(Err(why)) => self.heard = Heard::Failed(why),
            _ => {}
        }
    }

    fn asks(&mut self) -> Vec<Watch> {
        std::mem::take(&mut self.asks)
    }
}
