//! A Dockerfile put together from the history, with the layer that each step made.

use ratatui::text::Line;

use crate::analysis::dockerfile::{Part, dockerfile};
use crate::report::size::human;
use crate::tui::screens::explorer::Explorer;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::text::Text;

/// The text, at most `cells` wide.
pub(super) fn lines(explorer: &Explorer, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let mut text = Text::new(theme, cells);
    let Some(head) = &explorer.head else {
        text.say("nothing is known of the image yet", Role::Dim);
        return text.lines;
    };
    for part in dockerfile(head, &explorer.layers).iter().filter(|part| !part.base) {
        if let Some(made) = made(explorer, part) {
            text.say(" ", Role::Text);
            text.say(&made, Role::Dim);
        }
        for line in &part.lines {
            text.say(line, if line.starts_with('#') { Role::Dim } else { Role::Text });
        }
    }
    text.lines
}

/// What a step amounts to, as a comment.
fn made(explorer: &Explorer, part: &Part) -> Option<String> {
    let index = part.layer?;
    let totals = &explorer.layers.get(index)?.totals;
    let wasted = match totals.wasted_bytes {
        0 => String::new(),
        bytes => format!(", {} of it wasted", human(bytes)),
    };
    Some(format!("# layer {index}: {}{wasted}", human(totals.bytes)))
}
