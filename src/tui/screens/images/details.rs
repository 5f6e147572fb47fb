//! Everything that is known of an image.

use ratatui::text::Line;

use super::Images;
use crate::cleanup::Basis;
use crate::image::{LocalImage, LocalStep};
use crate::report::age::age;
use crate::report::size::human;
use crate::report::status::words;
use crate::tui::screens::containers::name;
use crate::tui::theme::Role;
use crate::tui::widgets::text::Text;
use crate::tui::wish::Scene;

impl Images {
    /// The text, at most `cells` wide.
    pub(super) fn details(&self, scene: Scene<'_>, cells: usize) -> Vec<Line<'static>> {
        let mut text = Text::new(scene.theme, cells);
        match self.selected(scene) {
            Some(image) => self.tell(image, scene, &mut text),
            None => text.say("no image is selected", Role::Dim),
        }
        text.lines
    }

    fn tell(&self, image: &LocalImage, scene: Scene<'_>, text: &mut Text<'_>) {
        let fact = self.facts.of(&image.id);
        if image.dangling() {
            let says = match &fact.replaced {
                Some((tag, basis)) => {
                    format!("dangling: {tag} is another image now ({})", basis_words(*basis))
                }
                None => "dangling: it has no tag".to_owned(),
            };
            text.say(&says, Role::Waste);
        }
        if image.intermediate {
            text.say("intermediate: no tag, and other images stand on it", Role::Dim);
        }
        text.pair("tags", &image.tags.join("\n"));
        text.pair("id", &image.id);
        let time =
            |then: jiff::Timestamp| format!("{} ago, {}", age(then, scene.now), then.strftime("%F %T UTC"));
        text.maybe("created", image.created.map(time).as_deref());
        text.maybe("last tagged", image.last_tagged.map(time).as_deref());
        text.pair("size", &format!("{} ({} bytes)", human(image.bytes), image.bytes));
        let exclusive = fact.exclusive;
        let why =
            if exclusive.bytes.is_some() && !exclusive.exact { ", as far as layers are known" } else { "" };
        text.pair("exclusive", &format!("{}{why}", exclusive.words()));
        text.maybe("protected by", self.guard(image, scene).map(|guard| guard.to_string()).as_deref());
        text.maybe("platform", Some(&image.platform));
        let users: Vec<String> = scene
            .world
            .users(&image.id)
            .map(|one| format!("{}, {}", name(one), words(one, scene.now)))
            .collect();
        text.pair(
            "used by",
            if users.is_empty() { "no container".to_owned() } else { users.join("\n") }.as_str(),
        );
        text.maybe("made from it", Some(&fact.children.join("\n")));
        text.maybe("digests", Some(&image.digests.join("\n")));
        let labels: Vec<String> = image.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        text.maybe("labels", Some(&labels.join("\n")));
        if let Some(layers) = &image.layers {
            text.pair("layers", &layers.len().to_string());
        }
        if let Some(steps) = &image.steps {
            text.heading("Steps, the base first");
            steps.iter().for_each(|step| text.pair(&bytes(step), step.created_by.trim()));
        }
    }
}

fn basis_words(basis: Basis) -> &'static str {
    match basis {
        Basis::RepoDigest => "a digest still names the repository",
        Basis::Label => "their labels say they are the same",
        Basis::History => "their builds began alike",
    }
}

fn bytes(step: &LocalStep) -> String {
    if step.bytes == 0 { "·".to_owned() } else { human(step.bytes) }
}
