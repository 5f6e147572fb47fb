//! What can be done with images: at once where nothing is lost by it, else after a question.

use super::names::title;
use super::{Images, removal};
use crate::cleanup::{Guard, Stock};
use crate::image::LocalImage;
use crate::tui::action::{Action, Context};
use crate::tui::desk::dialogs::{Ask, Body, Confirm, Dialog, Item, Question};
use crate::tui::screens::list::ids;
use crate::tui::screens::obstacles;
use crate::tui::screens::protecting::{self, Ward};
use crate::tui::widgets::table::Kind;
use crate::tui::wish::{Page, Scene, Wish};
use crate::world::Act;

impl Images {
    /// The selected image.
    pub(super) fn selected<'a>(&self, scene: Scene<'a>) -> Option<&'a LocalImage> {
        let entry = self.list.table.selected().filter(|entry| entry.kind != Kind::Head)?;
        scene.world.images.get(&entry.id)
    }

    /// What is marked, else what is selected.
    fn chosen<'a>(&self, scene: Scene<'a>) -> Vec<&'a LocalImage> {
        self.list.table.chosen().iter().filter_map(|id| scene.world.images.get(id)).collect()
    }

    /// What a key asks for.
    pub(super) fn wish(&self, action: Action, scene: Scene<'_>) -> Vec<Wish> {
        match action {
            Action::Pull => {
                let tag = self.selected(scene).and_then(|image| image.tags.first());
                return question(Question::Pull, "Pull an image".to_owned(), tag.map_or("", String::as_str));
            }
            Action::Load => return question(Question::Load, "Load an archive".to_owned(), ""),
            Action::Measure => {
                return vec![Wish::Measure, Wish::Notice("measuring what images share …".to_owned())];
            }
            _ => {}
        }
        let chosen = self.chosen(scene);
        if chosen.is_empty() {
            return Vec::new();
        }
        match action {
            Action::SaveTo => {
                let images = chosen.iter().map(|image| reference(image)).collect();
                question(Question::Save { images }, format!("Save {}", called(&chosen)), "")
            }
            Action::Push => push(&chosen, scene),
            Action::Protect => self.protect(&chosen, scene),
            Action::Remove => vec![Wish::Ask(Box::new(removal::dialog(&chosen, scene)))],
            Action::Menu => vec![Wish::Ask(Box::new(self.menu(&chosen, scene)))],
            action => self.single(action, scene),
        }
    }

    /// What is done with one at a time: the selected one, whatever is marked.
    fn single(&self, action: Action, scene: Scene<'_>) -> Vec<Wish> {
        let Some(image) = self.selected(scene) else {
            return vec![Wish::Notice("no image is selected".to_owned())];
        };
        let id = image.id.clone();
        match action {
            Action::Explore | Action::Unfold => vec![Wish::Explore { id, title: title(image) }],
            Action::Inspect => vec![Wish::Page { page: Page::InspectImage, id, title: title(image) }],
            Action::Copy => vec![Wish::Copy(id)],
            Action::Tag => {
                let text = image.tags.first().map_or("", String::as_str);
                question(Question::Tag { source: id }, format!("Another name for {}", title(image)), text)
            }
            Action::Untag => untag(image, scene),
            Action::Why => {
                let world = scene.world;
                let stock = Stock::new(world.images.values(), world.containers.values());
                let dialog = obstacles::dialog(image, &stock, scene);
                dialog.into_iter().map(|dialog| Wish::Ask(Box::new(dialog))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Protects images, or asks whether that is to end.
    fn protect(&self, chosen: &[&LocalImage], scene: Scene<'_>) -> Vec<Wish> {
        let chosen: Vec<Ward> = chosen.iter().map(|image| self.ward(image, scene)).collect();
        let listed = scene.world.images.values().filter(|image| !image.intermediate);
        protecting::wishes(&chosen, listed.map(|image| self.ward(image, scene)))
    }

    fn ward(&self, image: &LocalImage, scene: Scene<'_>) -> Ward {
        let replaced = self.facts.of(&image.id).replaced.as_ref().map(|(tag, _)| tag);
        let digest = || image.digests.first().and_then(|name| name.split_once('@')).map(|(name, _)| name);
        let name = image.tags.first().or(replaced).map(String::as_str).or_else(digest);
        Ward {
            title: title(image),
            name: name.map(str::to_owned),
            image: true,
            guard: self.guard(image, scene),
        }
    }

    /// What protects an image.
    pub(super) fn guard(&self, image: &LocalImage, scene: Scene<'_>) -> Option<Guard> {
        let replaced = self.facts.of(&image.id).replaced.as_ref().map(|(tag, _)| tag.as_str());
        scene.protect.image(image, replaced)
    }

    /// Everything that can be done, with the keys and the commands for it.
    fn menu(&self, chosen: &[&LocalImage], scene: Scene<'_>) -> Dialog {
        let program = scene.kind().program();
        let first = chosen.first().map_or("", |image| image.short_id());
        let selected = self.selected(scene);
        let single =
            chosen.len() == 1 && selected.map(|image| &image.id) == chosen.first().map(|image| &image.id);
        let tagged = chosen.iter().any(|image| !image.tags.is_empty());
        let tag = chosen.iter().find_map(|image| image.tags.first()).map_or("", String::as_str);
        let ids = ids(chosen.iter().map(|image| image.short_id()));
        // What it does, its action, its command, and whether it makes sense for what is chosen.
        let rows: [(&str, Action, String, bool); 13] = [
            ("Its layers and files", Action::Explore, String::new(), single),
            ("Everything the engine says", Action::Inspect, format!("inspect {first}"), single),
            ("Give it another name", Action::Tag, format!("tag {first} NAME"), single),
            ("Take a name away", Action::Untag, format!("rmi {tag}"), single && tagged),
            ("Push", Action::Push, format!("push {tag}"), tagged),
            ("Pull", Action::Pull, "pull NAME".to_owned(), true),
            ("Save to an archive", Action::SaveTo, format!("save -o FILE {ids}"), true),
            ("Load an archive", Action::Load, "load -i FILE".to_owned(), true),
            ("Copy the id", Action::Copy, String::new(), single),
            ("Measure what images share", Action::Measure, "system df -v".to_owned(), true),
            ("Why it cannot go", Action::Why, String::new(), single),
            ("Protect it, or no longer", Action::Protect, String::new(), true),
            ("Plan a removal", Action::Remove, format!("rmi {ids}"), true),
        ];
        let items = rows.into_iter().filter(|(_, _, _, valid)| *valid).map(|(label, action, command, _)| {
            let command = if command.is_empty() { command } else { format!("{program} {command}") };
            let wishes = self.wish(action, scene);
            Item { label: label.to_owned(), action: Some((Context::Images, action)), command, wishes }
        });
        Dialog::new(called(chosen), Body::Menu(items.collect()))
    }
}

/// What a dialog about images is called.
pub(super) fn called(chosen: &[&LocalImage]) -> String {
    match chosen {
        [one] => title(one),
        many => format!("{} images", many.len()),
    }
}

/// What an archive calls an image: its name where it has one, so that it still has it when it is loaded.
fn reference(image: &LocalImage) -> String {
    image.tags.first().unwrap_or(&image.id).clone()
}

fn question(question: Question, title: String, text: &str) -> Vec<Wish> {
    vec![Wish::Ask(Box::new(Dialog::new(title, Body::Ask(Ask::new(question, text)))))]
}

/// Pushing tells the world, so it is asked for; what has no name cannot be pushed.
fn push(chosen: &[&LocalImage], scene: Scene<'_>) -> Vec<Wish> {
    let tags: Vec<&String> = chosen.iter().flat_map(|image| &image.tags).collect();
    if tags.is_empty() {
        return vec![Wish::Notice("without a name it cannot be pushed; t gives it one".to_owned())];
    }
    if chosen.len() == 1 && tags.len() > 1 {
        return choose("Push which name?", &tags, scene, |reference| Act::Push { reference });
    }
    let acts = tags.into_iter().map(|tag| Act::Push { reference: tag.clone() }).collect();
    let text = vec!["Push these names to their registries.".to_owned()];
    let confirm = Confirm { text, acts, kind: scene.kind(), ..Confirm::default() };
    vec![Wish::Ask(Box::new(Dialog::new("Push?", Body::Confirm(confirm))))]
}

/// One of several names to be chosen, each with its command.
fn choose(title: &str, tags: &[&String], scene: Scene<'_>, act: impl Fn(String) -> Act) -> Vec<Wish> {
    let item = |tag: &&String| {
        let act = act((*tag).clone());
        let command = act.command(scene.kind());
        Item { label: (*tag).clone(), action: None, command, wishes: vec![Wish::Act(act)] }
    };
    let items = tags.iter().map(item).collect();
    vec![Wish::Ask(Box::new(Dialog::new(title, Body::Menu(items))))]
}

/// One name is taken away; the last one would take the image along, which is a removal and is planned as one.
fn untag(image: &LocalImage, scene: Scene<'_>) -> Vec<Wish> {
    match &image.tags[..] {
        [] => vec![Wish::Notice("it has no name".to_owned())],
        [_] => vec![Wish::Notice("its last name goes only with the image: d plans that".to_owned())],
        tags => {
            let tags: Vec<&String> = tags.iter().collect();
            choose("Take which name away?", &tags, scene, |reference| Act::Untag { reference })
        }
    }
}
