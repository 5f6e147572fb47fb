//! The frame around a pane.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};

use super::cells::{cut, cut_start, foreign, width};
use crate::tui::theme::{Role, Theme};

/// What stands on a pane's frame.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub title: String,
    /// Where in the list the cursor is.
    pub position: String,
    /// The selected thing in full, on the lower edge.
    pub selected: String,
    /// Sums, on the lower edge.
    pub totals: String,
    pub focused: bool,
}

/// What is within a frame.
pub fn inside(frame: Rect) -> Rect {
    Rect {
        x: frame.x + 1,
        y: frame.y + 1,
        width: frame.width.saturating_sub(2),
        height: frame.height.saturating_sub(2),
    }
}

impl Frame {
    /// The same, with nothing in its words that a terminal would obey.
    #[must_use]
    pub fn foreign(self) -> Frame {
        let safe = |text: String| foreign(text.as_bytes()).into_owned();
        Frame { title: safe(self.title), selected: safe(self.selected), ..self }
    }

    /// The frame of a pane that is `cells` wide.
    pub fn block(self, cells: u16, theme: &Theme) -> Block<'static> {
        let cells = usize::from(cells);
        let style = theme.of(if self.focused { Role::Focus } else { Role::Border });
        // The pane with the keys has a heavier frame: focus must not rest on colour alone.
        let kind = if self.focused { BorderType::Thick } else { BorderType::Plain };
        let title_style = theme.of(if self.focused { Role::Focus } else { Role::Title });
        let room = cells.saturating_sub(width(&self.position) + 8);
        let title = Span::styled(format!(" {} ", cut(&self.title, room)), title_style);
        let mut block = Block::bordered().border_type(kind).border_style(style).title(title);
        if !self.position.is_empty() {
            block = block.title(Line::from(format!(" {} ", self.position)).right_aligned());
        }
        let room = cells.saturating_sub(width(&self.totals) + 8);
        if !self.selected.is_empty() {
            let text = format!(" {} ", cut_start(&self.selected, room));
            block = block.title_bottom(Span::styled(text, theme.of(Role::Title)));
        }
        if !self.totals.is_empty() {
            block = block.title_bottom(Line::from(format!(" {} ", self.totals)).right_aligned());
        }
        block
    }
}
