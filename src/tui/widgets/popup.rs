//! A bordered box in the middle of the screen, with lines that scroll.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use crate::tui::theme::{Role, Theme};

/// Where a popup with `lines` lines stands.
pub fn area(screen: Rect, width: u16, lines: usize) -> Rect {
    let width = width.min(screen.width.saturating_sub(4));
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    let height = lines.saturating_add(2).min(screen.height.saturating_sub(2));
    Rect { x: (screen.width - width) / 2, y: (screen.height - height) / 2, width, height }
}

/// The last offset that still fills the box.
pub fn last_offset(area: Rect, lines: usize) -> usize {
    lines.saturating_sub(area.height.saturating_sub(2) as usize)
}

/// Draws the lines from `offset` on.
pub fn view(
    title: Span<'static>,
    theme: &Theme,
    lines: Vec<Line<'static>>,
    area: Rect,
    offset: usize,
    frame: &mut Frame<'_>,
) {
    let last = last_offset(area, lines.len());
    let hint = if last > 0 { " ↑↓ scroll  Esc close " } else { " Esc close " };
    let block = Block::bordered().title(title).title_bottom(Line::from(hint).right_aligned());
    let lines: Vec<Line<'_>> = lines.into_iter().skip(offset.min(last)).collect();
    frame.render_widget(Clear, area);
    let block = block.border_style(theme.of(Role::Focus));
    frame.render_widget(Paragraph::new(lines).style(theme.of(Role::Text)).block(block), area);
}
