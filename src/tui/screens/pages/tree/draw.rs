//! The tree, drawn: only the rows in sight.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{Kind, Node, Tree};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{cut, cut_middle, foreign, skip, width};
use crate::tui::widgets::input::Around;
use crate::tui::widgets::list::select;

impl Tree {
    /// Draws the rows.
    pub fn draw(&self, theme: &Theme, area: Rect, frame: &mut Frame<'_>) {
        let cells = usize::from(area.width);
        let shown = self.rows.iter().enumerate().skip(self.cursor.offset).take(area.height.into());
        let lines: Vec<Line<'_>> = shown
            .map(|(row, at)| {
                let line = self.line(*at as usize, theme, cells);
                if row == self.cursor.at { select(line, cells, true, theme) } else { line }
            })
            .collect();
        frame.render_widget(Paragraph::new(lines), area);
    }

    fn line(&self, at: usize, theme: &Theme, cells: usize) -> Line<'static> {
        let node = &self.nodes[at];
        let hit = self.found.as_ref().is_some_and(|found| found.nodes.binary_search(&(at as u32)).is_ok());
        let dim = theme.of(Role::Dim);
        let (glyph, role) = look(node.kind);
        let mut spans = vec![Span::styled(format!(" {glyph} "), theme.of(role))];
        let indent = 2 * usize::from(node.depth);
        let indent = if self.shift == 0 { indent.min(cells / 2) } else { indent };
        let branch = self.is_branch(at);
        let fold = match (branch, node.open) {
            (false, _) => "  ",
            (true, false) => "▸ ",
            (true, true) => "▾ ",
        };
        let room = cells.saturating_sub(indent + 5) + self.shift;
        let mut named = vec![Span::styled(format!("{:indent$}{fold}", ""), dim)];
        let key = cut_middle(&foreign(node.key.as_bytes()), (room * 2 / 3).max(8)).into_owned();
        let mut style = theme.of(if branch { Role::Directory } else { role });
        if hit {
            style = style.patch(theme.of(Role::Match));
        }
        let mut room = room.saturating_sub(width(&key));
        named.push(Span::styled(key, style));
        if let Some(text) = self.value_text(at, branch) {
            let gap = if node.key.is_empty() { "" } else { "  " };
            room = room.saturating_sub(2);
            named.push(Span::raw(gap));
            let role = if branch || node.kind == Kind::Nothing { Role::Dim } else { Role::Text };
            named.push(Span::styled(cut(&text, room).into_owned(), theme.of(role)));
        }
        spans.extend(skip(named, self.shift));
        Line::from(spans)
    }

    fn value_text(&self, at: usize, branch: bool) -> Option<String> {
        let node = &self.nodes[at];
        let below = || {
            let direct = |below: &&Node| below.depth == node.depth + 1;
            self.nodes[at + 1..node.end as usize].iter().filter(direct).count()
        };
        Some(match node.kind {
            Kind::Object | Kind::Array if branch && node.open => return None,
            Kind::Object if branch => format!("{{{}}}", below()),
            Kind::Array if branch => format!("[{}]", below()),
            Kind::Object => "{}".to_owned(),
            Kind::Array => "[]".to_owned(),
            Kind::Text if node.value.is_empty() => "\"\"".to_owned(),
            Kind::Text | Kind::Plain | Kind::Nothing => self.shown(node),
            _ if !branch => return (!node.value.is_empty()).then(|| self.shown(node)),
            _ if !node.open => {
                let count = self.nodes[at + 1..node.end as usize]
                    .iter()
                    .filter(|node| node.kind != Kind::Above)
                    .count();
                format!("{count} below")
            }
            _ => return None,
        })
    }

    /// The line that is typed into; false when nothing is typed.
    pub fn draw_typing(&self, theme: &Theme, area: Rect, frame: &mut Frame<'_>) -> bool {
        let Some(typing) = &self.typing else { return false };
        let state = match (&typing.mistake, &self.found) {
            (Some(mistake), _) => format!("! {mistake}"),
            (None, Some(found)) => {
                let count = found.nodes.len();
                format!("{count} match{}", if count == 1 { "" } else { "es" })
            }
            (None, None) => "a name or a part of a value".to_owned(),
        };
        let label = if self.expression { " regex / " } else { " text / " };
        let mistake = typing.mistake.is_some();
        let around = Around { label, state: &state, mistake, keys: "Tab text or regex  ⏎ keep  Esc drop " };
        typing.input.draw(&around, theme, area, frame);
        true
    }
}

/// What a node begins with: meaning must not rest on colour alone.
fn look(kind: Kind) -> (&'static str, Role) {
    match kind {
        Kind::Added => ("+", Role::Added),
        Kind::Modified => ("~", Role::Modified),
        Kind::Removed => ("-", Role::Removed),
        Kind::Above => (" ", Role::Directory),
        _ => (" ", Role::Key),
    }
}
