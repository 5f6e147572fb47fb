//! What is done once it is agreed to: what happens in words, and the commands that do the same.

use ratatui::text::Line;

use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{foreign, wrap};
use crate::tui::wish::Wish;
use crate::world::{Act, Kind};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Confirm {
    /// What will happen; one paragraph each.
    pub text: Vec<String>,
    pub acts: Vec<Act>,
    /// What is done beside them, and is no matter of the engine.
    pub also: Vec<Wish>,
    /// Whose commands are shown.
    pub kind: Kind,
}

impl Confirm {
    pub(super) fn wishes(&self) -> Vec<Wish> {
        self.acts.iter().cloned().map(Wish::Act).chain(self.also.iter().cloned()).collect()
    }

    pub(super) fn lines(&self, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
        let paragraph = |text: &str| wrap(&foreign(text.as_bytes()), cells.saturating_sub(2), 20);
        let texts = self.text.iter().flat_map(|text| paragraph(text));
        let mut lines: Vec<Line<'_>> = texts.map(|line| Line::raw(format!(" {line}"))).collect();
        lines.push(Line::raw(""));
        let commands = self.acts.iter().flat_map(|act| paragraph(&act.command(self.kind)));
        lines.extend(commands.map(|line| Line::styled(format!(" {line}"), theme.of(Role::Dim))));
        lines
    }
}
