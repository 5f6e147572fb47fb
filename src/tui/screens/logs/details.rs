//! All of one line, laid out where it is JSON.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use serde::de::IgnoredAny;

use super::{Logs, text, words};
use crate::report::size::human;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{foreign, wrap};
use crate::tui::widgets::popup;

/// Rows that are laid out at most.
const MOST: usize = 5_000;
/// Cells that the box takes where there is room.
const WIDE: u16 = 110;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Details {
    title: String,
    /// Name and value of what is known about the line.
    facts: Vec<(&'static str, String)>,
    text: Vec<String>,
    offset: usize,
}

impl Details {
    pub(super) fn scroll(&mut self, by: isize, around: Rect) {
        let last = popup::last_offset(self.area(around), self.rows(around).len());
        self.offset = self.offset.saturating_add_signed(by).min(last);
    }

    fn area(&self, around: Rect) -> Rect {
        let area = popup::area(around, WIDE, self.rows(around).len());
        Rect { x: around.x + area.x, y: around.y + area.y, ..area }
    }

    fn rows(&self, around: Rect) -> Vec<Line<'static>> {
        self.lines(&Theme::default(), usize::from(popup::area(around, WIDE, 0).width).saturating_sub(2))
    }

    fn lines(&self, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
        let fact = |(name, value): &(&'static str, String)| {
            let value = foreign(value.as_bytes()).into_owned();
            Line::from(vec![Span::styled(format!(" {name:>9}  "), theme.of(Role::Dim)), Span::raw(value)])
        };
        let mut lines: Vec<Line<'_>> = self.facts.iter().map(fact).collect();
        lines.push(Line::raw(""));
        for text in &self.text {
            let text = foreign(text.as_bytes());
            let indent = text.len() - text.trim_start_matches(' ').len();
            let rows = wrap(&text, cells.saturating_sub(indent + 2), MOST);
            lines.extend(rows.into_iter().map(|row| Line::raw(format!(" {:indent$}{row}", ""))));
            if lines.len() > MOST {
                break;
            }
        }
        lines
    }

    pub(super) fn draw(&self, theme: &Theme, around: Rect, frame: &mut Frame<'_>) {
        let area = self.area(around);
        let lines = self.lines(theme, usize::from(area.width).saturating_sub(2));
        let title = Span::styled(format!(" {} ", self.title), theme.of(Role::Title));
        popup::view(title, theme, lines, area, self.offset, frame);
    }
}

impl Logs {
    pub(super) fn show_details(&mut self) {
        let Some((at, line)) = self.selected().and_then(|at| Some((at, self.line(at)?))) else { return };
        let mut facts = Vec::new();
        if let Some(time) = line.time {
            facts.push(("time", format!("{time} · {}", words::ago(time, self.now))));
        }
        facts.push(("stream", if line.stderr { "standard error" } else { "standard output" }.to_owned()));
        if let Some(source) = self.source(at) {
            facts.push(("container", source.name.clone()));
        }
        let kept = if line.cut() > 0 {
            format!(", {} of them kept", human(line.text.len() as u64))
        } else {
            String::new()
        };
        facts.push(("length", format!("{}{kept}", human(line.length))));
        let plain = text::plain(line.text);
        let (title, text) = match laid_out(&plain) {
            Some(rows) => ("Line, laid out as JSON", rows),
            None => ("Line", vec![plain]),
        };
        self.details = Some(Details { title: title.to_owned(), facts, text, offset: 0 });
    }
}

/// JSON with a row for each value, in the order and the spelling in which it stands there. What stands before it, as
/// many loggers write a time there, gets a row of its own.
fn laid_out(text: &str) -> Option<Vec<String>> {
    let start = text.find(['{', '['])?;
    let (before, json) = (text[..start].trim(), text[start..].trim_end());
    serde_json::from_str::<IgnoredAny>(json).ok()?;
    let mut rows: Vec<String> = Vec::new();
    rows.extend((!before.is_empty()).then(|| before.to_owned()));
    let (mut row, mut depth, mut quoted, mut escaped) = (String::new(), 0_usize, false, false);
    let mut letters = json.chars().peekable();
    while let Some(letter) = letters.next() {
        if quoted {
            row.push(letter);
            quoted = escaped || letter != '"';
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '"' => {
                quoted = true;
                row.push(letter);
            }
            '{' | '[' => {
                row.push(letter);
                while letters.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = letters.next_if(|next| "}]".contains(*next)) {
                    row.push(end);
                } else {
                    rows.push(std::mem::take(&mut row));
                    depth += 1;
                    row = "  ".repeat(depth.min(40));
                }
            }
            '}' | ']' => {
                rows.push(std::mem::take(&mut row));
                depth = depth.saturating_sub(1);
                row = format!("{}{letter}", "  ".repeat(depth.min(40)));
            }
            ',' => {
                row.push(letter);
                rows.push(std::mem::take(&mut row));
                row = "  ".repeat(depth.min(40));
            }
            ':' => row.push_str(": "),
            letter if letter.is_ascii_whitespace() => {}
            letter => row.push(letter),
        }
    }
    rows.push(row);
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_order_and_its_spelling() {
        let rows = laid_out(r#"12:00 {"b": 1.50,"a":["x, \"y\"",{}],"c":[ ]}"#).unwrap();
        assert_eq!(
            rows,
            [
                "12:00",
                "{",
                "  \"b\": 1.50,",
                "  \"a\": [",
                "    \"x, \\\"y\\\"\",",
                "    {}",
                "  ],",
                "  \"c\": []",
                "}"
            ]
        );
        for line in ["plain", "{broken", "[info] started", "\u{7b}\"a\":1} and more"] {
            assert_eq!(laid_out(line), None, "{line}");
        }
    }
}
