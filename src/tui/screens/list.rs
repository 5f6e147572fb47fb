//! What lists of an engine's objects have in common: moving, marking, sorting, filtering, looking closer.

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::query::{Known, Query, Term, advice, complete};
use crate::tui::action::Action;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::foreign;
use crate::tui::widgets::input::{Around, TextInput};
use crate::tui::widgets::table::{self, Column, Table};
use crate::tui::widgets::{frame, popup};
use crate::world::Connection;

/// From this width on what is selected is told beside the list, or below it.
const DETAILS_FROM: u16 = 120;
const BESIDE_FROM: u16 = 170;
/// Rows that are needed for details below the list.
const BELOW_FROM: u16 = 24;
/// Cells that details in full take where there is room.
const WIDE: u16 = 110;

/// Why there is nothing to list yet.
pub(super) fn unlisted(connection: &Connection) -> String {
    match connection {
        Connection::Absent { tried } => match &tried[..] {
            [only] => format!("no engine at {}: {}", only.url, only.why),
            _ => format!("no engine; {} places were tried, E shows them", tried.len()),
        },
        Connection::Lost { why, .. } => format!("the engine is away: {why}"),
        _ => "asking the engine …".to_owned(),
    }
}

/// The state of a list, whatever it lists.
#[derive(Clone, Debug)]
pub struct List {
    pub table: Table,
    pub filter: Filter,
    /// Everything about what is selected is shown in full, from this line on.
    pub details: Option<usize>,
}

/// What is typed to see less.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// What it means, as far as it makes sense.
    pub query: Query,
    /// What is wrong with the text.
    pub mistake: Option<String>,
    text: String,
    typing: Option<Typing>,
    /// What was selected before it, when it was dropped again without a move.
    back_to: Option<String>,
}

#[derive(Clone, Debug)]
struct Typing {
    input: TextInput,
    /// What was selected before.
    from: Option<String>,
    /// The cursor was moved by hand since.
    moved: bool,
}

impl Filter {
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn is_typing(&self) -> bool {
        self.typing.is_some()
    }
}

/// What a key came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Nothing here knows it.
    Unknown,
    Yes,
    /// There was nothing left to close or to drop.
    Left,
}

impl List {
    /// A list that is sorted by a column.
    pub fn new(column: usize) -> List {
        List { table: Table::new(column), filter: Filter::default(), details: None }
    }

    /// Does what a key means, where all lists do the same.
    pub fn act(&mut self, action: Action, page: usize, columns: &[Column]) -> Done {
        let page = page.max(1) as isize;
        let by = match action {
            Action::Down => 1,
            Action::Up => -1,
            Action::PageDown => page,
            Action::PageUp => -page,
            Action::HalfDown => (page / 2).max(1),
            Action::HalfUp => -(page / 2).max(1),
            Action::First => isize::MIN,
            Action::Last => isize::MAX,
            _ => return self.other(action, columns),
        };
        self.go(by);
        Done::Yes
    }

    fn go(&mut self, by: isize) {
        if let Some(offset) = &mut self.details {
            *offset = offset.saturating_add_signed(by);
        } else {
            self.table.step(by);
            self.filter.typing.iter_mut().for_each(|typing| typing.moved = true);
        }
    }

    fn other(&mut self, action: Action, columns: &[Column]) -> Done {
        let table = &mut self.table;
        match action {
            Action::Details => self.details = if self.details.is_some() { None } else { Some(0) },
            Action::Back => return self.back(),
            Action::Accept => self.filter.typing = None,
            Action::Mark => table.mark(),
            Action::MarkAll => table.mark_all(),
            Action::InvertMarks => table.invert_marks(),
            Action::SortForward => table.sort_by(1, columns.len()),
            Action::SortBackward => table.sort_by(-1, columns.len()),
            Action::SortReverse => table.turn(),
            Action::Fold => table.fold(),
            Action::Filter => {
                self.details = None;
                let from = self.table.selected().map(|entry| entry.id.clone());
                let input = TextInput::new(self.filter.text.clone());
                self.filter.typing = Some(Typing { input, from, moved: false });
            }
            _ => return Done::Unknown,
        }
        Done::Yes
    }

    /// Esc: closes what is open, drops the filter, then the marks.
    fn back(&mut self) -> Done {
        if self.details.take().is_some() {
            return Done::Yes;
        }
        let typing = self.filter.typing.take();
        if typing.is_none() && self.filter.text.is_empty() {
            return if self.table.unmark() { Done::Yes } else { Done::Left };
        }
        let back_to = typing.filter(|typing| !typing.moved).and_then(|typing| typing.from);
        self.filter = Filter { back_to, ..Filter::default() };
        self.table.touch();
        Done::Yes
    }

    /// After the rows were made anew: back to where the cursor was before a filter that was dropped.
    pub fn settle(&mut self) {
        if let Some(id) = self.filter.back_to.take() {
            self.table.seek(&id);
        }
    }

    /// Takes a key as text. `check` says what is wrong with a term that reads well.
    pub fn key(&mut self, event: &KeyEvent, known: &[Known], check: impl Fn(&Term) -> Result<(), String>) {
        if let Some(typing) = &mut self.filter.typing
            && typing.input.key(event) == Some(true)
        {
            self.typed(known, check);
        }
    }

    pub fn paste(&mut self, text: &str, known: &[Known], check: impl Fn(&Term) -> Result<(), String>) {
        if let Some(typing) = &mut self.filter.typing {
            typing.input.paste(text);
            self.typed(known, check);
        }
    }

    /// Completes the last word of what is typed.
    pub fn complete(&mut self, known: &[Known], check: impl Fn(&Term) -> Result<(), String>) {
        if let Some(typing) = &mut self.filter.typing
            && let Some(text) = complete(typing.input.text(), known)
        {
            typing.input.set(text);
            self.typed(known, check);
        }
    }

    fn typed(&mut self, known: &[Known], check: impl Fn(&Term) -> Result<(), String>) {
        let Some(typing) = &self.filter.typing else { return };
        self.filter.text = typing.input.text().to_owned();
        (self.filter.query, self.filter.mistake) = Query::parse(&self.filter.text, known, check);
        self.table.touch();
    }

    /// The line that is typed into.
    pub fn draw_typing(&self, known: &[Known], area: Rect, theme: &Theme, frame: &mut Frame<'_>) -> bool {
        let Some(typing) = &self.filter.typing else { return false };
        let count = self.table.count();
        let state = match &self.filter.mistake {
            Some(mistake) => format!("! {mistake}"),
            None if self.filter.text.trim().is_empty() => advice(known),
            None => format!("{count} match{}", if count == 1 { "" } else { "es" }),
        };
        let mistake = self.filter.mistake.is_some();
        let keys = "Tab terms  ⏎ keep  Esc drop ";
        typing.input.draw(&Around { label: " filter / ", state: &state, mistake, keys }, theme, area, frame);
        true
    }

    /// A click: on a head it sorts, on a row it selects; true when the row was selected before.
    pub fn click(&mut self, at: Position, area: Rect, columns: &[Column], hidden: &[usize]) -> bool {
        if self.details.take().is_some() {
            return false;
        }
        let inside = inside(split(area).0);
        if let Some(column) = table::column_at(columns, hidden, inside, at) {
            self.table.sort_at(column);
            return false;
        }
        table::row_at(&self.table, inside, at).is_some_and(|row| self.table.point(row))
    }

    pub fn wheel(&mut self, by: isize, area: Rect) {
        if let Some(offset) = &mut self.details {
            *offset = offset.saturating_add_signed(by);
            return;
        }
        let height = rows(area);
        let count = self.table.len();
        self.table.cursor.scroll(by, count, height);
        self.table.step(0);
    }

    /// Keeps the selected row in sight, and the details on their `lines`.
    pub fn follow(&mut self, area: Rect, lines: usize) {
        let count = self.table.len();
        self.table.cursor.follow(count, rows(area));
        if let Some(offset) = &mut self.details {
            *offset = (*offset).min(popup::last_offset(popup::area(area, WIDE, lines), lines));
        }
    }

    /// What the title of the list says about its order and its filter.
    pub fn title(&self, columns: &[Column], hidden: &[usize], area: Rect) -> String {
        let mut title = String::new();
        let sort = self.table.sort.column;
        let room = usize::from(inside(split(area).0).width);
        // What the heads show need not be said.
        let shown = table::slots(columns, hidden, room).iter().any(|slot| slot.column == sort);
        if let Some(column) = columns.get(sort).filter(|_| !shown) {
            title.push_str(" · sorted by ");
            title.push_str(column.title);
        }
        if self.filter.text.is_empty() || self.filter.is_typing() {
            return title;
        }
        format!("{title} · /{} {}", foreign(self.filter.text.as_bytes()), self.table.count())
    }

    /// Draws details in full over the list.
    pub fn draw_details(
        &self,
        title: &str,
        lines: impl Fn(usize) -> Vec<Line<'static>>,
        area: Rect,
        theme: &Theme,
        frame: &mut Frame<'_>,
    ) {
        let Some(offset) = self.details else { return };
        let lines = lines(cells(area));
        let popup = popup::area(area, WIDE, lines.len());
        let title = Span::styled(format!(" {title} "), theme.of(Role::Title));
        popup::view(title, theme, lines, popup, offset, frame);
    }
}

/// Draws the pane that tells about what is selected, as far as it fits.
pub fn draw_pane(
    title: &str,
    lines: impl Fn(usize) -> Vec<Line<'static>>,
    area: Rect,
    theme: &Theme,
    frame: &mut Frame<'_>,
) {
    let edge = frame::Frame { title: title.to_owned(), ..frame::Frame::default() };
    let (mut edge, inner) = (edge, inside(area));
    let mut lines = lines(inner.width.into());
    let height = usize::from(inner.height);
    if lines.len() > height {
        let more = lines.len() - height;
        edge.totals = format!("{more} more line{}: i shows all", if more == 1 { "" } else { "s" });
        lines.truncate(height);
    }
    frame.render_widget(edge.block(area.width, theme), area);
    frame.render_widget(Paragraph::new(lines), inner);
}

/// The frame of the list, and that of the details where there is room for them.
pub fn split(area: Rect) -> (Rect, Option<Rect>) {
    if area.width >= BESIDE_FROM {
        let right = area.width * 2 / 5;
        let list = Rect { width: area.width - right, ..area };
        return (list, Some(Rect { x: list.right(), width: right, ..area }));
    }
    if area.width >= DETAILS_FROM && area.height >= BELOW_FROM {
        let below = (area.height * 2 / 5).clamp(9, 16);
        let list = Rect { height: area.height - below, ..area };
        return (list, Some(Rect { y: list.bottom(), height: below, ..area }));
    }
    (area, None)
}

/// What is inside a frame.
pub fn inside(frame: Rect) -> Rect {
    Rect {
        x: frame.x + 1,
        y: frame.y + 1,
        width: frame.width.saturating_sub(2),
        height: frame.height.saturating_sub(2),
    }
}

/// Rows of the list in sight, without the heads.
fn rows(area: Rect) -> usize {
    usize::from(inside(split(area).0).height).saturating_sub(1)
}

/// Cells for details in full.
pub fn cells(area: Rect) -> usize {
    usize::from(popup::area(area, WIDE, 0).width).saturating_sub(2)
}

/// Ids as a command has them, a few of them.
pub fn ids<'a>(mut ids: impl ExactSizeIterator<Item = &'a str>) -> String {
    let shown: Vec<&str> = ids.by_ref().take(3).collect();
    let more = if ids.len() > 0 { format!(" … ({} more)", ids.len()) } else { String::new() };
    format!("{}{more}", shown.join(" "))
}
