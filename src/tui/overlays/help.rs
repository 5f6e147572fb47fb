//! The keys that are valid now.

use ratatui::text::{Line, Span};

use crate::image::tree::Change;
use crate::report::text::glyph;
use crate::tui::action::Context;
use crate::tui::keymap::{Binding, Keymap};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::wrap;

/// One line a key, then what the marks in front of files mean.
pub fn lines(keymap: &Keymap, context: Context, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'_>> =
        keymap.valid(context).flat_map(|binding| binding_lines(binding, theme, cells)).collect();
    lines.push(Line::raw(""));
    lines.push(glyphs(theme));
    lines
}

fn glyphs(theme: &Theme) -> Line<'static> {
    let marks = [
        (Change::Added, "added", Role::Added),
        (Change::Modified, "modified", Role::Modified),
        (Change::Metadata, "metadata only", Role::Metadata),
        (Change::Removed, "removed", Role::Removed),
    ];
    let mark = |(change, word, role)| Span::styled(format!("  {} {word}", glyph(change)), theme.of(role));
    marks.into_iter().map(mark).collect()
}

fn binding_lines(binding: &Binding, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let keys: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
    let keys = keys.join(" ");
    let help = wrap(&binding.help, cells.saturating_sub(17), 3);
    let line = |(at, help): (usize, String)| {
        let keys = if at == 0 { keys.as_str() } else { "" };
        Line::from(vec![Span::styled(format!(" {keys:>14}  "), theme.of(Role::Key)), Span::raw(help)])
    };
    help.into_iter().enumerate().map(line).collect()
}
