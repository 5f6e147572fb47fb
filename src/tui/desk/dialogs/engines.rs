//! The engines that there are to choose from, each with what it says.

use ratatui::text::{Line, Span};

use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{cut, fit, foreign, width};
use crate::world::Candidate;

pub(super) fn lines(found: Option<&[Candidate]>, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let Some(found) = found else {
        return vec![Line::styled(" looking for engines …", theme.of(Role::Notice))];
    };
    if found.is_empty() {
        return vec![Line::raw(" No context and no socket was found.")];
    }
    let text = |text: &str| foreign(text.as_bytes()).into_owned();
    let names = found.iter().map(|one| width(&text(&one.name))).max().unwrap_or(0).min(cells / 3);
    let line = |one: &Candidate| {
        let (state, role) = match &one.answer {
            None => ("…".to_owned(), Role::Dim),
            Some(Ok(about)) => (about.title(), Role::Added),
            Some(Err(why)) => (why.clone(), Role::Error),
        };
        let mark = if one.current { "▸ " } else { "  " };
        let url = text(&one.url);
        let room = cells.saturating_sub(names + width(&url) + 7);
        Line::from(vec![
            Span::styled(mark, theme.of(Role::Focus)),
            Span::raw(format!("{}  ", fit(&text(&one.name), names))),
            Span::styled(format!("{}  ", cut(&url, cells / 2)), theme.of(Role::Dim)),
            Span::styled(cut(&text(&state), room.max(12)).into_owned(), theme.of(role)),
        ])
    };
    found.iter().map(line).collect()
}
