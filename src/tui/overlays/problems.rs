//! Everything that is odd about the image, in full.

use ratatui::text::Line;

use super::text::Text;
use crate::image::tree::Problem;
use crate::tui::theme::{Role, Theme};

/// The list, at most `cells` wide.
pub(super) fn lines(problems: &[Problem], theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let mut text = Text::new(theme, cells);
    if problems.is_empty() {
        text.say("nothing is odd about this image", Role::Dim);
    }
    for problem in problems {
        text.say(&format!("! {problem}"), Role::Text);
    }
    text.lines
}
