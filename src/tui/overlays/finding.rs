//! A mistake in full: what is wrong, the change to make, the build steps behind it and where its files are.

use ratatui::text::Line;

use crate::report::advice;
use crate::report::size::human;
use crate::tui::screens::explorer::Explorer;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::foreign;
use crate::tui::widgets::text::Text;

/// Places that are listed; the pane has all of them.
const PLACES: usize = 30;

/// The text, at most `cells` wide.
pub(super) fn lines(explorer: &Explorer, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let mut text = Text::new(theme, cells);
    let Some((finding, image)) = explorer.waste.finding(&explorer.facts).zip(explorer.image.as_ref()) else {
        text.say("nothing is wasted", Role::Dim);
        return text.lines;
    };
    text.say(&foreign(advice::title(finding, image).as_bytes()), Role::Title);
    match finding.bytes {
        Some(bytes) => text.pair("saves", &format!("{} ({bytes} bytes)", human(bytes))),
        None => text.pair("saves", "a hint: what usually is a mistake, with no promise"),
    }
    text.pair("files", &finding.contents.to_string());
    text.heading("What to change");
    text.say(&foreign(advice::fix(finding, image).as_bytes()), Role::Text);
    text.heading("Build steps");
    for (layer, step) in advice::steps(finding, image) {
        text.pair(&format!("layer {layer}"), &foreign(step.as_bytes()));
    }
    if finding.heaps.is_empty() {
        return text.lines;
    }
    text.heading("Where");
    for heap in finding.heaps.iter().take(PLACES) {
        let path = image.tree.path(heap.node);
        text.pair(&human(heap.bytes), &foreign(&path));
    }
    if finding.heaps.len() > PLACES {
        text.say(&format!("and {} more places: Enter lists them", finding.heaps.len() - PLACES), Role::Dim);
    }
    text.lines
}
