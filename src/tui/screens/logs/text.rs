//! One line of a log as it is looked at: its visible text, its colours, and the part of it that is in sight.

use std::ops::Range;

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;
use unicode_width::UnicodeWidthChar as _;

use crate::report::ansi::{self, Colour};

/// What a line says, and in which style from which byte on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pub plain: String,
    styles: Vec<(usize, Style)>,
}

/// What a line says, for copying.
pub fn plain(line: &[u8]) -> String {
    let mut text = String::new();
    ansi::visible(line, &mut text);
    text
}

impl Text {
    /// Takes a line apart.
    pub fn of(line: &[u8], colours: bool) -> Text {
        if !colours {
            return Text { plain: plain(line), styles: Vec::new() };
        }
        let mut text = Text::default();
        for (look, part) in ansi::spans(line) {
            text.styles.push((text.plain.len(), style(look)));
            text.plain.push_str(&part);
        }
        text
    }

    /// Says something behind the line that is no part of it.
    pub fn note(&mut self, words: &str) {
        self.styles.push((self.plain.len(), Style::new().add_modifier(Modifier::DIM)));
        self.plain.push_str(words);
    }

    /// Each character with its byte and its cells.
    fn letters(&self) -> impl Iterator<Item = (usize, char, usize)> {
        self.plain.char_indices().map(|(at, letter)| (at, letter, letter.width().unwrap_or(0)))
    }

    /// Cells of all of it.
    pub fn cells(&self) -> usize {
        if self.plain.is_ascii() { self.plain.len() } else { self.letters().map(|(_, _, cells)| cells).sum() }
    }

    /// Rows of `width` cells that it takes; one at least.
    pub fn rows(&self, width: usize) -> usize {
        let width = width.max(2);
        if self.plain.is_ascii() {
            return self.plain.len().div_ceil(width).max(1);
        }
        let (mut rows, mut used) = (1, 0);
        for (_, _, cells) in self.letters() {
            if used + cells > width {
                (rows, used) = (rows + 1, 0);
            }
            used += cells;
        }
        rows
    }

    /// Some rows of the wrapped line.
    pub fn wrapped(&self, rows: Range<usize>, width: usize, finds: &Finds) -> Vec<Vec<Span<'static>>> {
        let width = width.max(2);
        let (mut row, mut used) = (0, 0);
        let mut out = Vec::new();
        let mut writer = Writer::new(self, finds);
        for (at, letter, cells) in self.letters() {
            if used + cells > width {
                if rows.contains(&row) {
                    out.push(std::mem::take(&mut writer.spans));
                }
                (row, used) = (row + 1, 0);
            }
            used += cells;
            if row >= rows.end {
                return out;
            }
            if row >= rows.start {
                writer.push(at, letter);
            }
        }
        if rows.contains(&row) {
            out.push(writer.spans);
        }
        out
    }

    /// The cut of the line from a cell on that is in sight, and whether there is more behind it.
    pub fn cut(&self, from: usize, width: usize, finds: &Finds) -> (Vec<Span<'static>>, bool) {
        let mut column = 0;
        let mut writer = Writer::new(self, finds);
        for (at, letter, cells) in self.letters() {
            if column + cells > from + width {
                return (writer.spans, true);
            }
            if column >= from {
                writer.push(at, letter);
            } else if column + cells > from {
                // Half of a wide character is a gap.
                (from..column + cells).for_each(|_| writer.push(at, ' '));
            }
            column += cells;
        }
        (writer.spans, false)
    }
}

/// Bytes that a search found, in their order, and how they are shown.
#[derive(Clone, Debug, Default)]
pub struct Finds {
    pub ranges: Vec<Range<usize>>,
    pub style: Style,
}

/// Puts characters of one style together.
struct Writer<'t> {
    text: &'t Text,
    finds: &'t Finds,
    spans: Vec<Span<'static>>,
}

impl<'t> Writer<'t> {
    fn new(text: &'t Text, finds: &'t Finds) -> Writer<'t> {
        Writer { text, finds, spans: Vec::new() }
    }

    fn push(&mut self, byte: usize, letter: char) {
        let at = self.text.styles.partition_point(|(start, _)| *start <= byte);
        let mut style = at.checked_sub(1).map(|at| self.text.styles[at].1).unwrap_or_default();
        let find = self.finds.ranges.partition_point(|range| range.end <= byte);
        if self.finds.ranges.get(find).is_some_and(|range| range.contains(&byte)) {
            style = style.patch(self.finds.style);
        }
        match self.spans.last_mut() {
            Some(span) if span.style == style => span.content.to_mut().push(letter),
            _ => self.spans.push(Span::styled(letter.to_string(), style)),
        }
    }
}

/// A look as the terminal is asked for it.
fn style(look: ansi::Style) -> Style {
    let colour = |colour: Colour| match colour {
        Colour::Named(index) | Colour::Indexed(index) => Color::Indexed(index),
        Colour::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    };
    // Letters in the colour of what is behind them hide.
    let hides = look.foreground.is_some() && look.foreground == look.background;
    let mut style =
        Style { fg: look.foreground.map(colour), bg: look.background.map(colour), ..Style::new() };
    if hides {
        style = Style::new();
    }
    for (is, modifier) in [
        (look.bold, Modifier::BOLD),
        (look.dim, Modifier::DIM),
        (look.italic, Modifier::ITALIC),
        (look.underline, Modifier::UNDERLINED),
        (look.reverse, Modifier::REVERSED),
    ] {
        if is {
            style = style.add_modifier(modifier);
        }
    }
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(spans: &[Span<'static>]) -> String {
        spans.iter().map(|span| &*span.content).collect()
    }

    #[test]
    fn rows_and_cuts_keep_columns() {
        let text = |line: &str| Text::of(line.as_bytes(), true);
        let none = Finds::default();
        for (line, width, rows) in [
            ("", 4, vec![""]),
            ("abcd", 4, vec!["abcd"]),
            ("abcde", 4, vec!["abcd", "e"]),
            ("a漢字", 4, vec!["a漢", "字"]),
            ("aaaabbbbcccc", 4, vec!["aaaa", "bbbb", "cccc"]),
        ] {
            assert_eq!(text(line).rows(width), rows.len(), "{line}");
            let all = text(line).wrapped(0..99, width, &none);
            assert_eq!(all.iter().map(|row| words(row)).collect::<Vec<_>>(), rows);
            let last = text(line).wrapped(rows.len() - 1..rows.len(), width, &none);
            assert_eq!(last.iter().map(|row| words(row)).collect::<Vec<_>>(), rows[rows.len() - 1..]);
        }
        let cut = |from| {
            let (spans, more) = text("a漢字bc").cut(from, 3, &none);
            (words(&spans), more)
        };
        assert_eq!(cut(0), ("a漢".to_owned(), true));
        assert_eq!(cut(2), (" 字".to_owned(), true));
        assert_eq!(cut(5), ("bc".to_owned(), false));
        assert_eq!(cut(99), (String::new(), false));
        assert_eq!(text("a漢字bc").cells(), 7);
    }

    #[test]
    fn finds_are_shown_within_colours() {
        let text = Text::of(b"\x1b[31man error", true);
        let finds = Finds { ranges: std::iter::once(3..8).collect(), style: Style::new().bold() };
        let red = Style::new().fg(Color::Indexed(1));
        let expected = [Span::styled("an ", red), Span::styled("error", red.bold())];
        assert_eq!(text.cut(0, 80, &finds).0, expected);
        assert_eq!(Text::of(b"\x1b[31mx", false).cut(0, 9, &Finds::default()).0, [Span::raw("x")]);
    }

    #[test]
    fn what_would_hide_is_seen() {
        let text = Text::of(b"\x1b[30;40mhidden\x1b[0;7mx", true);
        let (spans, _) = text.cut(0, 80, &Finds::default());
        assert_eq!(spans[0], Span::raw("hidden"));
        assert_eq!(spans[1].style, Style::new().reversed());
    }
}
