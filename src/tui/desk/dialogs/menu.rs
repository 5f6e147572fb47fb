//! What can be done with what is selected. Each row runs, and shows the command that does the same.

use ratatui::text::{Line, Span};

use crate::tui::action::{Action, Context};
use crate::tui::keymap::Keymap;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{cut, fit, foreign, width};
use crate::tui::wish::Wish;

/// One row.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it does, in a few words.
    pub label: String,
    /// What does it without the menu, and where; `None` where nothing does.
    pub action: Option<(Context, Action)>,
    /// The command that does the same; empty where there is none.
    pub command: String,
    pub wishes: Vec<Wish>,
}

pub(super) fn lines(
    items: &[Item],
    keymap: Option<&Keymap>,
    theme: &Theme,
    cells: usize,
) -> Vec<Line<'static>> {
    let labels = items.iter().map(|item| width(&item.label)).max().unwrap_or(0).min(cells / 2);
    let line = |item: &Item| {
        let bound = item.action.zip(keymap).and_then(|((place, action), keymap)| {
            let binding = keymap.valid(place).find(|binding| binding.action == action)?;
            Some(binding.keys.first()?.to_string())
        });
        let key = fit(&bound.unwrap_or_default(), 5);
        let label = fit(&item.label, labels);
        let room = cells.saturating_sub(labels + 10);
        Line::from(vec![
            Span::styled(format!(" {key} "), theme.of(Role::Key)),
            Span::raw(format!("{label}  ")),
            Span::styled(cut(&foreign(item.command.as_bytes()), room).into_owned(), theme.of(Role::Dim)),
        ])
    };
    items.iter().map(line).collect()
}
