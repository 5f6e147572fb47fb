//! The keys that are valid now.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use crate::tui::action::Context;
use crate::tui::keymap::{Binding, Keymap};
use crate::tui::theme::{Role, Theme};

/// Draws the overlay, scrolled by `offset` lines.
pub fn view(keymap: &Keymap, context: Context, offset: usize, theme: &Theme, frame: &mut Frame<'_>) {
    let lines: Vec<Line<'_>> = keymap.valid(context).map(|binding| line(binding, theme)).collect();
    let screen = frame.area();
    let height = (lines.len() as u16 + 2).min(screen.height.saturating_sub(2));
    let width = 64.min(screen.width.saturating_sub(4));
    let area = Rect { x: (screen.width - width) / 2, y: (screen.height - height) / 2, width, height };
    let last = lines.len().saturating_sub(height.saturating_sub(2) as usize);
    let block = Block::bordered()
        .title(Span::styled(" Keys ", theme.of(Role::Title)))
        .title_bottom(Line::from(" ↑↓ scroll  Esc close ").right_aligned())
        .border_style(theme.of(Role::Focus));
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(lines).scroll((offset.min(last) as u16, 0)).block(block), area);
}

/// How many lines there are to scroll through.
pub fn lines(keymap: &Keymap, context: Context) -> usize {
    keymap.valid(context).count()
}

fn line<'a>(binding: &'a Binding, theme: &Theme) -> Line<'a> {
    let keys: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
    Line::from(vec![
        Span::styled(format!(" {:>14}  ", keys.join(" ")), theme.of(Role::Key)),
        Span::raw(binding.help.as_str()),
    ])
}
