//! What stands above the list: what the marked rows free together, what the selected one would add, and what the engine
//! says of itself.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::Cleanup;
use super::columns::holders;
use crate::report::size::human;
use crate::tui::theme::Role;
use crate::tui::widgets::cells::{cut, foreign};
use crate::tui::widgets::table::Kind;
use crate::tui::wish::Scene;

/// Lines above the list.
pub(super) const LINES: u16 = 3;

/// The lines above the list, and the rest of the area.
pub(super) fn split(area: Rect) -> (Rect, Rect) {
    let lines = LINES.min(area.height);
    let rest = Rect { y: area.y + lines, height: area.height - lines, ..area };
    (Rect { height: lines, ..area }, rest)
}

impl Cleanup {
    pub(super) fn draw_head(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) {
        let theme = scene.theme;
        let room = usize::from(area.width).saturating_sub(2);
        let lines = [(self.marked(), Role::Title), self.selected_adds(scene), self.engine_says(scene)];
        let lines = lines.into_iter().map(|(text, role)| {
            let text = cut(&foreign(text.as_bytes()), room).into_owned();
            Line::from(Span::styled(format!(" {text}"), theme.of(role)))
        });
        frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
    }

    /// `5 marked, and free 1.2 GB together; 84 MB of layers stay in the build cache`
    fn marked(&self) -> String {
        let reckoning = &self.reckoning;
        let count = self.list.table.marks().len();
        if count == 0 {
            return "Nothing is marked".to_owned();
        }
        let cached = match reckoning.marked.to_cache {
            0 => String::new(),
            bytes => format!("; {} of layers stay in the build cache", human(bytes)),
        };
        let frees = if count == 1 { "frees" } else { "free together" };
        format!("{count} marked: {frees} {}{cached}", reckoning.marked.words())
    }

    /// What it would mean to mark the selected row, or that it is marked.
    fn selected_adds(&self, scene: Scene<'_>) -> (String, Role) {
        let Some(entry) = self.list.table.selected() else { return (String::new(), Role::Dim) };
        let candidate = self.reckoning.of(&entry.id);
        if let Some(why) = candidate.and_then(|one| one.protected.as_ref()) {
            return (format!("this stays: it is protected by {why}; K tells more"), Role::Notice);
        }
        let Some(another) = self.reckoning.another else {
            return ("this is marked".to_owned(), Role::Dim);
        };
        let this = if entry.kind == Kind::Head { "all of this" } else { "this" };
        let none = self.list.table.marks().is_empty();
        let (too, more) = if none { ("", "") } else { (" too", "another ") };
        let cached = match another.to_cache {
            0 => String::new(),
            bytes => format!("; {} of layers stay in the build cache", human(bytes)),
        };
        let held = candidate.and_then(|one| holders(one, scene)).filter(|_| another.bytes == 0);
        let text = match (another.bytes, held) {
            (0, Some(held)) => format!("marking {this}{too} frees nothing: it is {held}"),
            (0, None) if another.exact => format!("marking {this}{too} frees nothing more{cached}"),
            _ => {
                let last = self.reckoning.last.as_ref().map(|last| format!(": {last}")).unwrap_or_default();
                format!("marking {this}{too} frees {more}{}{last}{cached}", another.words())
            }
        };
        (text, Role::Text)
    }

    /// What all of it frees beside the engine's own figures, or what keeps it from telling them.
    fn engine_says(&self, scene: Scene<'_>) -> (String, Role) {
        let answer = &self.answer;
        if answer.open > 0 || !answer.there {
            let text = "asking the engine for volumes, networks and the build cache …";
            return (text.to_owned(), Role::Notice);
        }
        if !answer.faults.is_empty() {
            return (format!("! {}", answer.faults.join("; ")), Role::Error);
        }
        let what = if self.list.filter.text().is_empty() { "all of this" } else { "all that matches" };
        let frees = format!("{what} together frees {}", self.reckoning.all.words());
        let layers = answer.layers().map(|bytes| format!("{} of layers", human(bytes)));
        let reclaimable = answer.reclaimable(scene.world).map(human);
        let said = match (reclaimable, layers) {
            (Some(reclaimable), Some(layers)) => format!("; the engine says {reclaimable} of {layers}"),
            (None, Some(layers)) => format!("; the engine has {layers}"),
            _ => String::new(),
        };
        (format!("{frees}{said}"), Role::Dim)
    }
}
