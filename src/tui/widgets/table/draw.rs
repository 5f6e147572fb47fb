//! A table as a picture: its heads, and of its rows those in sight.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::columns::{Align, Column, MARK, Slot, head, slots};
use super::{Entry, Fold, Kind, Table};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{cut, width};
use crate::tui::widgets::list::select;

/// What stands in a cell: pieces of text, each with its meaning. What is foreign in it is sanitised by who makes it.
pub type Cell = Vec<(String, Role)>;

/// Where the cells of a table come from.
pub trait Cells {
    /// What stands in a column, in at most `room` cells; what is longer is cut at its end.
    fn cell(&self, id: &str, column: usize, room: usize) -> Cell;

    /// The head of a group: its name, and its sums.
    fn head(&self, id: &str) -> (Cell, Cell);
}

/// How a table is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    pub columns: &'a [Column],
    /// Columns that are not shown at any width.
    pub hidden: &'a [usize],
    pub theme: &'a Theme,
    pub focused: bool,
}

/// The row at a place; `area` holds the heads and the rows.
pub fn row_at(table: &Table, area: Rect, at: Position) -> Option<usize> {
    if !area.contains(at) || at.y == area.y {
        return None;
    }
    let row = table.cursor.offset + usize::from(at.y - area.y - 1);
    (row < table.len()).then_some(row)
}

/// The column whose head is at a place.
pub fn column_at(columns: &[Column], hidden: &[usize], area: Rect, at: Position) -> Option<usize> {
    if !area.contains(at) || at.y != area.y {
        return None;
    }
    let x = usize::from(at.x - area.x);
    let slots = slots(columns, hidden, area.width.into());
    slots.iter().rev().find(|slot| slot.x <= x + 1).map(|slot| slot.column)
}

/// Draws the heads and the rows in sight.
pub fn draw(table: &Table, cells: &dyn Cells, look: Look<'_>, area: Rect, frame: &mut Frame<'_>) {
    let room = usize::from(area.width);
    let slots = slots(look.columns, look.hidden, room);
    let heads = Rect { height: area.height.min(1), ..area };
    frame.render_widget(heading(table, &slots, look), heads);
    let rows = Rect { y: area.y + heads.height, height: area.height - heads.height, ..area };
    let offset = table.cursor.offset;
    let lines = (offset..table.len()).take(rows.height.into()).filter_map(|row| {
        let entry = table.row(row)?;
        let line = match entry.kind {
            Kind::Head => group(table, row, entry, cells, look, room),
            Kind::Item | Kind::Context => line(table, row, entry, cells, look, &slots, room),
        };
        Some(if row == table.cursor.at { select(line, room, look.focused, look.theme) } else { line })
    });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), rows);
}

fn heading(table: &Table, slots: &[Slot], look: Look<'_>) -> Line<'static> {
    let mut spans: Vec<Span<'_>> = Vec::new();
    let mut used = 0;
    for slot in slots {
        let column = &look.columns[slot.column];
        let order = (table.sort.column == slot.column).then(|| table.sort.falls(look.columns));
        let role = if order.is_some() { Role::Title } else { Role::Dim };
        spans.push(Span::raw(" ".repeat(slot.x.saturating_sub(used))));
        spans.push(Span::styled(head(column, slot.cells, order), look.theme.of(role)));
        used = slot.x + slot.cells;
    }
    Line::from(spans)
}

fn line(
    table: &Table,
    row: usize,
    entry: &Entry,
    cells: &dyn Cells,
    look: Look<'_>,
    slots: &[Slot],
    room: usize,
) -> Line<'static> {
    let theme = look.theme;
    let mut spans = vec![mark(table.is_marked(&entry.id), theme)];
    let mut used = MARK;
    for (at, slot) in slots.iter().enumerate() {
        // A narrow table may not hold even what stays always.
        let cells_here = slot.cells.min(room.saturating_sub(slot.x));
        let gap = slot.x.saturating_sub(used);
        spans.push(Span::raw(" ".repeat(gap)));
        let tree = if at == 0 { tree(table, row, entry, cells_here) } else { String::new() };
        let left = cells_here.saturating_sub(width(&tree));
        if !tree.is_empty() {
            spans.push(Span::styled(tree, theme.of(Role::Dim)));
        }
        let mut cell = cells.cell(&entry.id, slot.column, left);
        if entry.kind == Kind::Context {
            cell.iter_mut().for_each(|(_, role)| *role = Role::Dim);
        }
        spans.extend(fitted(cell, left, look.columns[slot.column].align, theme));
        used = slot.x + cells_here;
    }
    Line::from(spans)
}

fn mark(marked: bool, theme: &Theme) -> Span<'static> {
    let text = if marked { "✓ " } else { "  " };
    Span::styled(text, theme.of(Role::Range))
}

/// What stands before the first cell of a row that stands below another one.
fn tree(table: &Table, row: usize, entry: &Entry, room: usize) -> String {
    let fold = table.fold_of(row);
    let sign = match fold {
        Fold::Leaf if entry.depth == 0 => return String::new(),
        Fold::Leaf => "  ",
        Fold::Folded => "▸ ",
        Fold::Unfolded => "▾ ",
    };
    // Deep families must not push the name out of sight.
    let indent = (2 * usize::from(entry.depth)).min(room / 2);
    format!("{:indent$}{sign}", "")
}

fn group(
    table: &Table,
    row: usize,
    entry: &Entry,
    cells: &dyn Cells,
    look: Look<'_>,
    room: usize,
) -> Line<'static> {
    let theme = look.theme;
    let sign = if table.fold_of(row) == Fold::Folded { "▸ " } else { "▾ " };
    let indent = (2 * usize::from(entry.depth)).min(room / 2);
    let (name, sums) = cells.head(&entry.id);
    let sums_cells: usize = sums.iter().map(|(text, _)| width(text)).sum();
    let left = room.saturating_sub(MARK + indent + width(sign));
    let sums_cells = sums_cells.min(left / 2);
    let mut spans =
        vec![Span::raw("  "), Span::styled(format!("{:indent$}{sign}", ""), theme.of(Role::Directory))];
    spans.extend(fitted(name, left.saturating_sub(sums_cells + 2), Align::Left, theme));
    spans.push(Span::raw("  "));
    spans.extend(fitted(sums, sums_cells, Align::Right, theme));
    Line::from(spans)
}

/// A cell in exactly `room` cells.
fn fitted(cell: Cell, room: usize, align: Align, theme: &Theme) -> Vec<Span<'static>> {
    let mut left = room;
    let mut spans: Vec<Span<'static>> = Vec::with_capacity(cell.len() + 1);
    for (text, role) in cell {
        let all = width(&text) <= left;
        let text = cut(&text, left).into_owned();
        left = left.saturating_sub(width(&text));
        spans.push(Span::styled(text, theme.of(role)));
        if !all {
            break;
        }
    }
    let fill = Span::raw(" ".repeat(left));
    match align {
        Align::Left => spans.push(fill),
        Align::Right => spans.insert(0, fill),
    }
    spans
}
