//! A secret in full, but for its value: what it is, where it is shipped, what became of it, what to do.

use ratatui::text::Line;

use crate::analysis::secrets::{Place, Secret};
use crate::image::Image;
use crate::report::leak;
use crate::tui::screens::explorer::Explorer;
use crate::tui::screens::explorer::layers::draw::step;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::foreign;
use crate::tui::widgets::text::Text;

/// The text, at most `cells` wide.
pub(super) fn lines(explorer: &Explorer, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let mut text = Text::new(theme, cells);
    let Some((image, secret)) = explorer.image.as_ref().zip(explorer.waste.secret(&explorer.facts)) else {
        text.say("no secret is selected", Role::Dim);
        return text.lines;
    };
    text.say(&leak::title(secret), Role::Title);
    text.pair("begins with", &secret.preview);
    text.pair("rule", &secret.rule);
    whereabouts(explorer, image, secret, &mut text);
    text.heading("What to do");
    text.say(&leak::fix(image, secret), Role::Text);
    text.say(&leak::why(secret), Role::Dim);
    text.lines
}

fn whereabouts(explorer: &Explorer, image: &Image, secret: &Secret, text: &mut Text<'_>) {
    text.heading("Where");
    match &secret.place {
        Place::File { node, layer, deleted_in, line, more } => {
            text.pair("path", &foreign(&image.tree.path(*node)));
            text.maybe("line", line.map(|line| line.to_string()).as_deref());
            if *more > 0 {
                text.pair("more", &format!("{more} more in the same file, not listed"));
            }
            text.pair("shipped by", &format!("layer {layer}\n{}", step(explorer, *layer)));
            if let Some(by) = deleted_in {
                text.pair("deleted in", &format!("layer {by}, and still shipped\n{}", step(explorer, *by)));
            }
        }
        Place::Text(found) => {
            text.pair(found.place.name(), &found.detail);
            if let Some(step) = found.step {
                text.pair("build step", &step.to_string());
                let step = image.head.history.get(step);
                text.maybe("", step.map(crate::image::Step::instruction).as_deref());
            }
            if let Some(layer) = found.layer {
                text.pair("made", &format!("layer {layer}"));
            }
            if found.in_base {
                text.pair("note", "the base image says the very same");
            }
        }
    }
}
