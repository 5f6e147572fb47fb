//! A cursor in a list of which only a window is drawn.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::cells::{is_bar, width};
use crate::tui::action::Action;
use crate::tui::theme::{Role, Theme};

/// The line of the selected row. Where that is reversed, only the first cells, where the mark stands, keep their
/// colour.
pub fn select(mut line: Line<'static>, cells: usize, focused: bool, theme: &Theme) -> Line<'static> {
    let style = theme.of(if focused { Role::Selected } else { Role::SelectedUnfocused });
    let used: usize = line.spans.iter().map(|span| width(&span.content)).sum();
    line.spans.push(Span::raw(" ".repeat(cells.saturating_sub(used))));
    // Reversed, each colour would be a patch of its own, and dim text could hardly be read.
    let plain = style.add_modifier.contains(Modifier::REVERSED);
    line.style = if plain { Style::new() } else { line.style.patch(style) };
    for (at, span) in line.spans.iter_mut().enumerate() {
        let mut own = span.style;
        // A bar drawn in reverse would be a hole.
        if plain && at > 0 && span.content.contains(is_bar) {
            continue;
        }
        if plain && at > 0 {
            own = Style::new().add_modifier(own.add_modifier);
        }
        if plain {
            own = own.remove_modifier(theme.of(Role::Dim).add_modifier);
        }
        span.style = own.patch(style);
    }
    line
}

/// Which row is selected, and which row is the first in sight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub at: usize,
    pub offset: usize,
}

impl Cursor {
    /// Moves by rows, stopping at the ends.
    pub fn step(&mut self, by: isize, rows: usize) {
        self.at = self.at.saturating_add_signed(by).min(rows.saturating_sub(1));
    }

    /// Moves as a key means; `page` rows are in sight.
    pub fn act(&mut self, action: Action, rows: usize, page: usize) {
        let page = page.max(2) as isize;
        let by = match action {
            Action::Down => 1,
            Action::Up => -1,
            Action::PageDown => page,
            Action::PageUp => -page,
            Action::HalfDown => page / 2,
            Action::HalfUp => -page / 2,
            Action::First => isize::MIN,
            Action::Last => isize::MAX,
            _ => return,
        };
        self.step(by, rows);
    }

    /// Keeps the selected row in a window of `height` rows, and no emptiness below the last one.
    pub fn follow(&mut self, rows: usize, height: usize) {
        self.at = self.at.min(rows.saturating_sub(1));
        if height == 0 {
            return;
        }
        self.offset = self.offset.min(rows.saturating_sub(height));
        if self.at < self.offset {
            self.offset = self.at;
        } else if self.at >= self.offset + height {
            self.offset = self.at + 1 - height;
        }
    }

    /// Moves the window and takes the selected row along as far as it must stay in sight.
    pub fn scroll(&mut self, by: isize, rows: usize, height: usize) {
        let last = rows.saturating_sub(height);
        self.offset = self.offset.saturating_add_signed(by).min(last);
        self.at = self.at.clamp(
            self.offset,
            (self.offset + height.max(1) - 1).min(rows.saturating_sub(1)).max(self.offset),
        );
    }

    /// `3/14`, or nothing in an empty list.
    pub fn position(&self, rows: usize) -> String {
        if rows == 0 { String::new() } else { format!("{}/{rows}", self.at + 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_follows() {
        let mut cursor = Cursor::default();
        cursor.step(7, 10);
        cursor.follow(10, 4);
        assert_eq!(cursor, Cursor { at: 7, offset: 4 });
        cursor.step(-6, 10);
        cursor.follow(10, 4);
        assert_eq!(cursor, Cursor { at: 1, offset: 1 });
        cursor.step(99, 10);
        cursor.follow(10, 4);
        assert_eq!(cursor, Cursor { at: 9, offset: 6 });
        cursor.follow(2, 4);
        assert_eq!(cursor, Cursor { at: 1, offset: 0 });
        cursor.follow(0, 4);
        assert_eq!(cursor, Cursor::default());
    }
}
