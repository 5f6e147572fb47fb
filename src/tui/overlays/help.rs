//! The keys that are valid now.

use ratatui::text::{Line, Span};

use crate::image::tree::Change;
use crate::report::text::glyph;
use crate::tui::action::Context;
use crate::tui::keymap::{Binding, Keymap};
use crate::tui::theme::{Role, Theme};

/// One line a key, then what the marks in front of files mean.
pub fn lines(keymap: &Keymap, context: Context, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'_>> = keymap.valid(context).map(|binding| line(binding, theme)).collect();
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

fn line(binding: &Binding, theme: &Theme) -> Line<'static> {
    let keys: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
    Line::from(vec![
        Span::styled(format!(" {:>14}  ", keys.join(" ")), theme.of(Role::Key)),
        Span::raw(binding.help.clone()),
    ])
}
