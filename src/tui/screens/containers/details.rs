//! Everything that is known of a container.

use ratatui::text::Line;

use super::Containers;
use super::columns::role;
use crate::container::{Container, Mount, Port};
use crate::report::age::age;
use crate::report::size::human;
use crate::report::status::words;
use crate::tui::theme::Role;
use crate::tui::widgets::text::Text;
use crate::tui::wish::Scene;

impl Containers {
    /// The text, at most `cells` wide.
    pub(super) fn details(&self, scene: Scene<'_>, cells: usize) -> Vec<Line<'static>> {
        let mut text = Text::new(scene.theme, cells);
        match self.selected(scene) {
            Some(container) => tell(container, scene, &mut text),
            None => text.say("no container is selected", Role::Dim),
        }
        text.lines
    }
}

fn tell(container: &Container, scene: Scene<'_>, text: &mut Text<'_>) {
    text.say(&words(container, scene.now), role(container));
    if !container.error.is_empty() {
        text.say(&container.error, Role::Error);
    }
    if let Some(verdict) = scene.verdicts.of(container) {
        text.pair("why", verdict);
    }
    text.pair("id", &container.id);
    text.pair("image", &container.image);
    if container.image_id != container.image {
        text.maybe("image id", Some(&container.image_id));
    }
    if let Some(image) = scene.world.images.get(&container.image_id) {
        text.maybe("its tags now", Some(&image.tags.join("\n")));
    }
    text.maybe("command", Some(&container.command));
    let time = |then: Option<jiff::Timestamp>| {
        then.map(|then| format!("{} ago, {}", age(then, scene.now), then.strftime("%F %T UTC")))
    };
    text.maybe("created", time(container.created).as_deref());
    text.maybe("started", time(container.started_at).as_deref());
    text.maybe("ended", time(container.finished_at).as_deref());
    if container.restarts > 0 {
        text.pair("restarts", &container.restarts.to_string());
    }
    text.maybe("restart policy", Some(&container.restart_policy));
    text.maybe("project", container.project());
    text.maybe("service", container.service());
    text.maybe("ports", Some(&Port::list(&container.ports)));
    text.maybe("networks", Some(&container.networks.join(", ")));
    let mounts: Vec<String> = container.mounts.iter().map(mount).collect();
    text.maybe("mounts", Some(&mounts.join("\n")));
    text.maybe("memory limit", container.memory_limit.map(human).as_deref());
    text.pair("wrote", &container.writable_bytes.map_or_else(|| "not measured yet: S".to_owned(), human));
    let labels: Vec<String> = container.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    text.maybe("labels", Some(&labels.join("\n")));
}

fn mount(mount: &Mount) -> String {
    let from = if mount.name.is_empty() { &mount.source } else { &mount.name };
    let way = if mount.writable { "" } else { ", read only" };
    format!("{} {from} → {}{way}", mount.kind, mount.destination)
}
