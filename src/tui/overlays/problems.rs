//! Everything that is odd about the image, in full.

use ratatui::text::Line;

use crate::image::tree::Problem;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{foreign, wrap};

/// Lines for one problem: more than any that is worth reading takes.
const MAX_LINES: usize = 8;

/// The list, at most `cells` wide.
pub fn lines(problems: &[Problem], theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    if problems.is_empty() {
        return vec![Line::styled(" nothing is odd about this image", theme.of(Role::Dim))];
    }
    let mut lines = Vec::new();
    for problem in problems {
        let text = wrap(&foreign(problem.to_string().as_bytes()), cells.saturating_sub(4), MAX_LINES);
        for (at, text) in text.into_iter().enumerate() {
            let mark = if at == 0 { "! " } else { "  " };
            lines.push(Line::styled(format!(" {mark}{text}"), theme.of(Role::Text)));
        }
    }
    lines
}
