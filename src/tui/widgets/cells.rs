//! Text in terminal cells: wide and combining characters keep their columns, nothing foreign gets through raw.

use std::borrow::Cow;

use ratatui::text::Span;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

pub use crate::report::cells::{cut, cut_middle, cut_start, width};
use crate::report::sanitise::sanitise;

/// Foreign text, safe to draw.
pub fn foreign(text: &[u8]) -> Cow<'_, str> {
    sanitise(text)
}

/// What is left of a line when it is shifted to the left by `cells`.
pub fn skip(spans: Vec<Span<'static>>, mut cells: usize) -> Vec<Span<'static>> {
    let mut out = Vec::with_capacity(spans.len());
    for span in spans {
        let wide = width(&span.content);
        if cells == 0 {
            out.push(span);
        } else if wide <= cells {
            cells -= wide;
        } else {
            let mut used = 0;
            let end = span.content.char_indices().find(|(_, character)| {
                used += character.width().unwrap_or(0);
                used > cells
            });
            let rest = end.map_or("", |(at, _)| &span.content[at..]).to_owned();
            out.push(Span::styled(rest, span.style));
            cells = 0;
        }
    }
    out
}

/// [`cut`], then filled with spaces to exactly `cells`.
pub fn fit(text: &str, cells: usize) -> String {
    let text = cut(text, cells);
    let fill = cells.saturating_sub(text.width());
    format!("{text}{:fill$}", "")
}

/// Lines of at most `cells`, broken at spaces where there are any; at most `lines` of them.
pub fn wrap(text: &str, cells: usize, lines: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && cells > 0 {
        if out.len() + 1 >= lines {
            out.push(cut(rest, cells).into_owned());
            break;
        }
        if rest.width() <= cells {
            out.push(rest.to_owned());
            break;
        }
        let mut used = 0;
        let end = rest.char_indices().find(|(_, character)| {
            used += character.width().unwrap_or(0);
            used > cells
        });
        let end = end.map_or(rest.len(), |(at, _)| at);
        // A word that would leave too much of the line empty is broken instead.
        let space = rest[..end].rfind(' ').filter(|at| rest[..*at].width() * 3 > cells);
        // A character wider than the line still has to go somewhere.
        let at = space.unwrap_or(if end == 0 { rest.chars().next().map_or(1, char::len_utf8) } else { end });
        out.push(rest[..at].to_owned());
        rest = rest[at..].trim_start();
    }
    out
}

/// Whether a character is part of a bar.
pub fn is_bar(letter: char) -> bool {
    ('▁'..='▏').contains(&letter)
}

/// A bar of `cells` cells, filled to `share` (0 to 1) in eighths; anything above nothing shows.
pub fn bar(share: f64, cells: usize) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = (share.clamp(0.0, 1.0) * cells as f64 * 8.0).round() as usize;
    let eighths = if share > 0.0 { eighths.max(1) } else { 0 };
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8]);
    }
    fit(&bar, cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_keeps_columns() {
        for (text, cells, shown) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("漢字漢", 5, "漢字…"),
            ("漢字漢", 4, "漢…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
            ("e\u{301}tude", 3, "e\u{301}t…"),
        ] {
            assert_eq!(cut(text, cells), shown);
            assert_eq!(width(&fit(text, cells)), cells, "{text}");
        }
    }

    #[test]
    fn cutting_keeps_what_tells_most() {
        for (text, cells, middle, start) in [
            ("librust_std-9a8b7c6d.so", 14, "librust…7c6d.so", "…d-9a8b7c6d.so"),
            ("short", 14, "short", "short"),
            ("漢字漢字漢字漢字漢字", 11, "漢字漢…字漢字", "…字漢字漢字"),
        ] {
            assert!(width(&cut_middle(text, cells)) <= cells, "{}", cut_middle(text, cells));
            assert!(width(&cut_start(text, cells)) <= cells);
            assert_eq!(cut_start(text, cells), start);
            let (head, tail) = middle.split_once('…').unwrap_or((middle, middle));
            let cut = cut_middle(text, cells);
            assert!(cut.starts_with(&head[..3]) && cut.ends_with(&tail[tail.len() - 3..]), "{cut}");
        }
        assert_eq!(cut_start("abc", 0), "");
        let spans = || vec![Span::raw("ab漢"), Span::raw("cd")];
        let text =
            |cells| skip(spans(), cells).iter().map(|span| span.content.to_string()).collect::<String>();
        assert_eq!([text(0), text(2), text(4), text(5), text(9)], ["ab漢cd", "漢cd", "cd", "d", ""]);
    }

    #[test]
    fn wrapping() {
        assert_eq!(wrap("RUN apt-get update && make", 12, 9), ["RUN apt-get", "update &&", "make"]);
        assert_eq!(wrap("aaaaaaaaaa", 4, 9), ["aaaa", "aaaa", "aa"]);
        assert_eq!(wrap("ADD aaaaaaaaaaaaaaaa", 10, 9), ["ADD aaaaaa", "aaaaaaaaaa"]);
        assert_eq!(wrap("one two three four", 8, 2), ["one two", "three f…"]);
        assert_eq!(wrap("漢", 1, 3), ["漢"]);
        assert!(wrap("", 5, 3).is_empty());
    }

    #[test]
    fn bars() {
        assert_eq!(bar(0.0, 3), "   ");
        assert_eq!(bar(0.001, 3), "▏  ");
        assert_eq!(bar(0.5, 3), "█▌ ");
        assert_eq!(bar(1.0, 3), "███");
        assert_eq!(bar(f64::NAN, 2), "  ");
    }
}
