//! A layer, a range of them, or a step that made none: the full command and all numbers.

use ratatui::text::Line;

use crate::analysis::privileged::Privileged;
use crate::image::Step;
use crate::report::found;
use crate::report::mode::mode;
use crate::report::size::human;
use crate::tui::screens::explorer::Explorer;
use crate::tui::screens::explorer::layers::Subject;
use crate::tui::screens::explorer::layers::draw::{oddities, step, waste};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::foreign;
use crate::tui::widgets::text::Text;

/// Privileged files of a layer that are listed.
const MAX_PRIVILEGED: usize = 200;

/// The text, at most `cells` wide.
pub(super) fn lines(explorer: &Explorer, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let mut text = Text::new(theme, cells);
    match explorer.subject() {
        Some(Subject::Layers { first, last }) => {
            (first..=last).for_each(|index| layer(explorer, index, &mut text));
        }
        Some(Subject::Step { step, .. }) => {
            text.heading("A step that made no layer");
            if let Some(step) = explorer.head.as_ref().and_then(|head| head.history.get(step)) {
                history(step, &mut text);
            }
        }
        None => text.say("no layers", Role::Dim),
    }
    text.lines
}

fn layer(explorer: &Explorer, index: usize, text: &mut Text<'_>) {
    let Some(layer) = explorer.layers.get(index) else { return };
    text.heading(&format!("Layer {index}"));
    match explorer.head.as_ref().and_then(|head| head.history.get(layer.step?)) {
        Some(step) => history(step, text),
        None => text.say(&step(explorer, index), Role::Text),
    }
    text.say(" ", Role::Text);
    let totals = &layer.totals;
    let exact = |bytes: u64| format!("{} ({bytes} bytes)", human(bytes));
    text.pair("bytes", &exact(totals.bytes));
    text.pair("stored", &layer.blob_bytes.map_or("unknown".to_owned(), exact));
    text.maybe("waste", waste(explorer, index, index).as_deref());
    let changes = format!("{} added, {} modified, {} removed", totals.added, totals.modified, totals.removed);
    text.pair("changes", &changes);
    text.pair("entries", &totals.entries.to_string());
    text.maybe("diff ID", layer.diff_id.as_ref().map(crate::image::digest::Digest::as_str));
    text.maybe("digest", layer.digest.as_ref().map(crate::image::digest::Digest::as_str));
    text.maybe("media type", layer.media_type.as_deref());
    let verified =
        layer.verified.map(|good| if good { "the bytes have it" } else { "the bytes have another" });
    text.maybe("checked", verified);
    for problem in oddities(explorer, index) {
        text.pair("problem", problem);
    }
    privileged(explorer, index, text);
}

/// Files that give more rights than others since this layer.
fn privileged(explorer: &Explorer, index: usize, text: &mut Text<'_>) {
    let Some(image) = &explorer.image else { return };
    let facts = &explorer.facts;
    let own: Vec<&Privileged> = facts.privileged_since(index).collect();
    let lines = own.iter().take(MAX_PRIVILEGED).filter_map(|one| {
        let mode = mode(image.tree.in_final(one.node)?.kind(), one.mode);
        Some(format!("{mode} {:<14} {}", found::why(one), foreign(&image.tree.path(one.node))))
    });
    let more = match own.len().saturating_sub(MAX_PRIVILEGED) {
        0 => None,
        more => Some(format!("and {more} more: `hadal analyze --json` lists all")),
    };
    let lines: Vec<String> = lines.chain(more).collect();
    text.maybe("privileged", Some(&lines.join("\n")));
}

fn history(step: &Step, text: &mut Text<'_>) {
    text.say(&step.text(), Role::Text);
    text.maybe("created", step.entry.created.as_deref());
    text.maybe("comment", step.entry.comment.as_deref());
}
