//! Everything that is odd about the image, in full.

use ratatui::text::Line;

use crate::tui::screens::explorer::{Explorer, Load};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::text::Text;

/// The list, at most `cells` wide.
pub(super) fn lines(explorer: &Explorer, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let mut text = Text::new(theme, cells);
    match &explorer.load {
        Load::Failed(why) => text.say(&format!("! {why}"), Role::Text),
        _ if explorer.image.is_none() => text.say("no image has been read yet", Role::Dim),
        _ if explorer.facts.problems.is_empty() => text.say("nothing is odd about this image", Role::Dim),
        _ => {}
    }
    for problem in &explorer.facts.problems {
        text.say(&format!("! {problem}"), Role::Text);
    }
    text.lines
}
