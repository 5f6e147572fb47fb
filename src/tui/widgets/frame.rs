//! The frame around a pane.

use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};

use super::cells::{cut, cut_start, width};
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

impl Frame {
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
