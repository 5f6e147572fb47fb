//! Why an image cannot go: all that is in the way at once, as a tree, each with the command that lifts it. Agreeing
//! plans the removal of the image with all of that.

use ratatui::text::{Line, Span};

use super::{Body, Dialog, Removal};
use crate::cleanup::Why;
use crate::cleanup::why::BlockKind;
use crate::report::size::human;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{cut, foreign, width, wrap};
use crate::tui::wish::Wish;

/// See the module.
#[derive(Clone, Debug)]
pub struct Obstacles {
    /// What people call the image.
    pub name: String,
    pub why: Why,
    /// What there is to say of each container in the way, by its id.
    pub states: Vec<(String, String)>,
    /// The removal of the image and of all that is in its way.
    pub cascade: Removal,
}

impl Obstacles {
    pub(super) fn wishes(&self) -> Vec<Wish> {
        let dialog = Dialog::new(format!("Remove {}?", self.name), Body::Plan(self.cascade.clone()));
        vec![Wish::Ask(Box::new(dialog))]
    }

    pub(super) fn lines(&self, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
        let frees = self.why.frees;
        let frees = format!("{}{}", if frees.exact { "" } else { "≈ " }, human(frees.bytes));
        let kinds = [
            (BlockKind::RunningContainer, "containers that run: nothing removes an image under them"),
            (BlockKind::StoppedContainer, "containers that do not run"),
            (BlockKind::ChildImage, "images that stand on it"),
            (BlockKind::ExtraTag, "other names, which keep it when one goes"),
        ];
        let mut lines = Vec::new();
        let count = self.why.blockers.len();
        let head = match count {
            0 => format!("Nothing is in its way; its removal frees {frees}."),
            1 => format!("One thing is in its way; once that is gone, its removal frees {frees}."),
            _ => format!("{count} things are in its way; once they are gone, its removal frees {frees}."),
        };
        let head = wrap(&head, cells.saturating_sub(2), 4).into_iter();
        lines.extend(head.map(|line| Line::styled(format!(" {line}"), theme.of(Role::Title))));
        let groups: Vec<_> =
            kinds.iter().filter(|(kind, _)| self.why.blockers.iter().any(|one| one.kind == *kind)).collect();
        for (at, (kind, says)) in groups.iter().enumerate() {
            let last = at + 1 == groups.len();
            let (branch, trunk) = if last { ("└─", "   ") } else { ("├─", "│  ") };
            let role = if kind.is_hard() { Role::Error } else { Role::Notice };
            lines.push(Line::from(vec![
                Span::styled(format!(" {branch} "), theme.of(Role::Dim)),
                Span::styled((*says).to_owned(), theme.of(role)),
            ]));
            let blocks: Vec<_> = self.why.blockers.iter().filter(|one| one.kind == *kind).collect();
            for (at, block) in blocks.iter().enumerate() {
                let leaf = if at + 1 == blocks.len() { "└─" } else { "├─" };
                let hex = block.id.strip_prefix("sha256:").unwrap_or(&block.id);
                let name = if block.name.is_empty() { hex.get(..12).unwrap_or(hex) } else { &block.name };
                let state = self.states.iter().find(|(id, _)| *id == block.id);
                let state = state.map(|(_, state)| format!(" ({state})")).unwrap_or_default();
                let text = format!("{name}{state}");
                let text = cut(&foreign(text.as_bytes()), cells / 2).into_owned();
                let room = cells.saturating_sub(width(&text) + 12);
                let lift = cut(&foreign(block.lift.as_bytes()), room).into_owned();
                lines.push(Line::from(vec![
                    Span::styled(format!(" {trunk}{leaf} "), theme.of(Role::Dim)),
                    Span::raw(text),
                    Span::styled(format!("  {lift}"), theme.of(Role::Dim)),
                ]));
            }
        }
        lines
    }
}
