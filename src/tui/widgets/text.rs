//! Headings, and names with values, in lines that wrap.

use ratatui::text::{Line, Span};

use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{foreign, width, wrap};

/// Lines for one value: more than any that is worth reading takes.
const MAX_LINES: usize = 400;
/// Cells for names.
const NAME: usize = 15;

/// Lines that grow.
#[derive(Debug)]
pub struct Text<'t> {
    pub lines: Vec<Line<'static>>,
    theme: &'t Theme,
    cells: usize,
}

impl<'t> Text<'t> {
    pub fn new(theme: &'t Theme, cells: usize) -> Text<'t> {
        Text { lines: Vec::new(), theme, cells }
    }

    pub fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Line::raw(""));
        }
        self.lines.push(Line::styled(format!(" {text}"), self.theme.of(Role::Title)));
    }

    /// A name and its value, which may come from the image.
    pub fn pair(&mut self, name: &str, value: &str) {
        let room = self.cells.saturating_sub(NAME + 4);
        let mut values: Vec<String> =
            value.lines().flat_map(|line| wrap(&foreign(line.as_bytes()), room, MAX_LINES)).collect();
        if values.is_empty() {
            values.push(String::new());
        }
        for (at, value) in values.into_iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            let fill = NAME.saturating_sub(width(name));
            let name = Span::styled(format!("  {name}{:fill$}  ", ""), self.theme.of(Role::Dim));
            self.lines.push(Line::from(vec![name, Span::raw(value)]));
        }
    }

    /// The same, where there is a value.
    pub fn maybe(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.pair(name, value);
        }
    }

    /// Text that may come from the image.
    pub fn say(&mut self, text: &str, role: Role) {
        let room = self.cells.saturating_sub(3);
        for line in text.lines() {
            let indent = line.len() - line.trim_start_matches(' ').len();
            let indent = indent.min(room / 2);
            for part in wrap(&foreign(line.as_bytes()), room - indent, MAX_LINES) {
                self.lines.push(Line::styled(format!("  {:indent$}{part}", ""), self.theme.of(role)));
            }
            if line.trim().is_empty() {
                self.lines.push(Line::raw(""));
            }
        }
    }
}
