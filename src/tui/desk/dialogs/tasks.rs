//! What is under way and how it ended, the latest first.

use ratatui::text::{Line, Span};

use crate::report::step::{progress, told};
use crate::tui::desk::tasks::{Task, Tasks};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{bar, cut, foreign, width, wrap};
use crate::world::Part;

/// Cells of a progress bar.
const BAR: usize = 20;

/// One row a task, for rows are what is chosen; what belongs to a task follows in rows of its own.
pub(super) fn lines(tasks: &Tasks, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    if tasks.is_empty() {
        return vec![Line::raw(" Nothing was done yet.")];
    }
    tasks.iter().rev().flat_map(|task| task_lines(task, theme, cells)).collect()
}

/// The task that a row is about, counted as [`lines`] does.
pub(super) fn at(tasks: &Tasks, row: usize, cells: usize) -> Option<&Task> {
    let mut left = row;
    tasks.iter().rev().find(|task| {
        let rows = task_lines(task, &Theme::default(), cells).len();
        let here = left < rows;
        left = left.saturating_sub(rows);
        here
    })
}

fn task_lines(task: &Task, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let command = foreign(task.command.as_bytes()).into_owned();
    let (mark, role, text) = match &task.result {
        None => ("…", Role::Notice, told(&task.step)),
        Some(Ok(text)) => ("✓", Role::Added, text.clone()),
        Some(Err(why)) => ("✗", Role::Error, why.clone()),
    };
    let mut lines = vec![Line::from(vec![
        Span::styled(format!(" {mark} "), theme.of(role)),
        Span::raw(cut(&command, cells.saturating_sub(4)).into_owned()),
    ])];
    let text = wrap(&foreign(text.as_bytes()), cells.saturating_sub(4), 8);
    lines.extend(text.into_iter().map(|line| Line::styled(format!("   {line}"), theme.of(role))));
    if task.result.is_none() {
        lines.extend(task.step.parts.iter().map(|part| part_line(part, theme, cells)));
    }
    lines
}

fn part_line(part: &Part, theme: &Theme, cells: usize) -> Line<'static> {
    let text =
        format!("   {}  {}", foreign(part.id.as_bytes()), progress(part.done, part.total, &part.status));
    let room = cells.saturating_sub(BAR + 2);
    let text = cut(&text, room).into_owned();
    let gap = " ".repeat(room.saturating_sub(width(&text)));
    let share = if part.total > 0 { part.done as f64 / part.total as f64 } else { 0.0 };
    Line::from(vec![
        Span::styled(text, theme.of(Role::Dim)),
        Span::raw(gap),
        Span::styled(bar(share.min(1.0), BAR), theme.of(Role::Bar)),
    ])
}
