//! Everything that is known of something that could go.

use ratatui::text::Line;

use super::Cleanup;
use super::columns::{frees, heading, holders, reason, title};
use super::order::group_of;
use crate::cleanup::plan::Kind;
use crate::cleanup::{Candidate, Guard};
use crate::report::age::age;
use crate::report::status::words;
use crate::tui::screens::containers::name;
use crate::tui::theme::Role;
use crate::tui::widgets::text::Text;
use crate::tui::wish::Scene;

impl Cleanup {
    /// The text, at most `cells` wide.
    pub(super) fn details(&self, scene: Scene<'_>, cells: usize) -> Vec<Line<'static>> {
        let mut text = Text::new(scene.theme, cells);
        let row = self.list.table.selected().map(|entry| entry.id.as_str());
        match row.map(|row| (self.reckoning.of(row), group_of(row))) {
            Some((Some(candidate), _)) => tell(candidate, scene, &mut text),
            Some((None, Some(group))) => {
                let (_, frees) = self.reckoning.groups.get(&group).copied().unwrap_or_default();
                text.pair("group", &heading(group, self.keep_last));
                text.pair("frees", &format!("{}, all of it together and nothing else", frees.words()));
            }
            _ => text.say("nothing is selected", Role::Dim),
        }
        text.lines
    }
}

fn tell(candidate: &Candidate, scene: Scene<'_>, text: &mut Text<'_>) {
    text.pair(candidate.kind.name(), &title(candidate));
    if candidate.id != candidate.name {
        text.pair("id", &candidate.id);
    }
    text.pair("listed because", &reason(candidate, scene));
    text.maybe("protected by", candidate.protected.as_ref().map(Guard::to_string).as_deref());
    let time =
        |then: jiff::Timestamp| format!("{} ago, {}", age(then, scene.now), then.strftime("%F %T UTC"));
    let since = match candidate.kind {
        Kind::Container => "ended",
        Kind::BuildCache => "last used",
        _ => "made",
    };
    text.maybe(since, candidate.date.map(time).as_deref());
    let tagged = scene.world.images.get(&candidate.id).and_then(|image| image.last_tagged);
    text.maybe("last tagged", tagged.map(time).as_deref());
    text.pair("frees alone", &frees(candidate));
    if holders(candidate, scene).is_some() {
        let held = candidate.held_by.iter().filter_map(|id| scene.world.containers.get(id));
        let held: Vec<String> = held.map(|one| format!("{}, {}", name(one), words(one, scene.now))).collect();
        text.pair("held by", &held.join("\n"));
    }
    if let Some(image) = scene.world.images.get(&candidate.id) {
        text.maybe("tags", Some(&image.tags.join("\n")));
        text.maybe("digests", Some(&image.digests.join("\n")));
        let labels: Vec<String> = image.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        text.maybe("labels", Some(&labels.join("\n")));
    }
}
