//! What can be done with what could go: a plan of exactly what is marked, and looking closer.

use super::Cleanup;
use super::columns::title;
use crate::cleanup::plan::Kind as Object;
use crate::cleanup::{Candidate, Marks, Plan};
use crate::tui::action::{Action, Context};
use crate::tui::desk::dialogs::{Body, Dialog, Item};
use crate::tui::screens::obstacles;
use crate::tui::screens::protecting::{self, Ward};
use crate::tui::screens::removal::offered;
use crate::tui::wish::{Page, Scene, Wish};

/// Builds of each repository that can be kept at most.
const MOST_KEPT: usize = 99;

impl Cleanup {
    /// What is selected, where it is no group.
    pub(super) fn selected(&self) -> Option<&Candidate> {
        self.reckoning.of(&self.list.table.selected()?.id)
    }

    /// What a key asks for.
    pub(super) fn wish(&mut self, action: Action, scene: Scene<'_>) -> Vec<Wish> {
        match action {
            Action::KeepMore => self.keep((self.keep_last + 1).min(MOST_KEPT)),
            Action::KeepFewer => self.keep(self.keep_last.saturating_sub(1).max(1)),
            Action::Refresh | Action::Measure => {
                self.ask();
                Vec::new()
            }
            Action::Remove | Action::ToggleFold => self.plan_chosen(scene),
            Action::Protect => self.protect(),
            Action::Group => {
                self.list.table.fold_heads();
                Vec::new()
            }
            action => self.single(action, scene),
        }
    }

    /// Protects what is marked, else what is selected, or asks whether that is to end.
    fn protect(&self) -> Vec<Wish> {
        let chosen = self.list.table.chosen();
        let wards: Vec<Ward> = chosen.iter().filter_map(|row| self.reckoning.of(row)).map(ward).collect();
        let listed = self.reckoning.rows.iter().filter_map(|row| self.reckoning.of(row)).map(ward);
        protecting::wishes(&wards, listed)
    }

    fn keep(&mut self, count: usize) -> Vec<Wish> {
        self.keep_last = count;
        let builds = if count == 1 { "build" } else { "builds" };
        vec![Wish::Notice(format!("the newest {count} {builds} of each repository are not superseded"))]
    }

    /// What is done with one thing.
    fn single(&self, action: Action, scene: Scene<'_>) -> Vec<Wish> {
        let Some(candidate) = self.selected() else {
            return vec![Wish::Notice("nothing but a group is selected".to_owned())];
        };
        let id = candidate.id.clone();
        let image = scene.world.images.get(&id).filter(|_| candidate.kind == Object::Image);
        match (action, candidate.kind) {
            (Action::Copy, _) => vec![Wish::Copy(id)],
            (Action::Inspect, Object::Image) => {
                vec![Wish::Page { page: Page::InspectImage, id, title: title(candidate) }]
            }
            (Action::Inspect, Object::Container) => {
                vec![Wish::Page { page: Page::InspectContainer, id, title: title(candidate) }]
            }
            (Action::Why, _) => {
                let Some(image) = image else {
                    return vec![Wish::Notice(
                        "i shows what is in its way; W is for images, which more than one thing can keep"
                            .to_owned(),
                    )];
                };
                let stock = self.reckoning.stock(scene.world, &self.answer);
                let dialog = obstacles::dialog(image, &stock, scene);
                dialog.into_iter().map(|dialog| Wish::Ask(Box::new(dialog))).collect()
            }
            (Action::Menu, _) => vec![Wish::Ask(Box::new(self.menu(candidate, scene)))],
            (Action::Inspect, _) => vec![Wish::Notice("i shows all that is known of it".to_owned())],
            _ => Vec::new(),
        }
    }

    /// What can be done with one thing, with the keys for it.
    fn menu(&self, candidate: &Candidate, scene: Scene<'_>) -> Dialog {
        let is_image = candidate.kind == Object::Image;
        let inspected = is_image || candidate.kind == Object::Container;
        let rows = [
            ("Plan a removal", Action::Remove, true),
            ("Protect it, or no longer", Action::Protect, true),
            ("Why it cannot go", Action::Why, is_image),
            ("Everything the engine says", Action::Inspect, inspected),
            ("Copy the id", Action::Copy, true),
        ];
        let items = rows.into_iter().filter(|(_, _, valid)| *valid).map(|(label, action, _)| {
            let wishes = match action {
                Action::Remove => self.plan_chosen(scene),
                Action::Protect => self.protect(),
                action => self.single(action, scene),
            };
            let action = Some((Context::Cleanup, action));
            Item { label: label.to_owned(), action, command: String::new(), wishes }
        });
        Dialog::new(title(candidate), Body::Menu(items.collect()))
    }

    /// The plan for what is marked, else for what is selected.
    fn plan_chosen(&self, scene: Scene<'_>) -> Vec<Wish> {
        let chosen = self.list.table.chosen();
        if chosen.is_empty() {
            return Vec::new();
        }
        let title = match &chosen[..] {
            [one] => self.reckoning.of(one).map(title).unwrap_or_default(),
            many => format!("{} things", many.len()),
        };
        let (marks, _) = self.reckoning.marks_of(chosen.iter().map(String::as_str));
        let removal = offered(&marks, scene, |marks| self.plan(marks, &chosen, scene));
        vec![Wish::Ask(Box::new(Dialog::new(format!("Remove {title}?"), Body::Plan(removal))))]
    }

    /// What goes and what stays by some marks; what is protected stays, whoever asks.
    fn plan(&self, marks: &Marks, chosen: &[String], scene: Scene<'_>) -> Plan {
        let mut marks = marks.clone();
        marks.containers.retain(|id, _| !self.reckoning.protects(id));
        let mut plan = self.reckoning.stock(scene.world, &self.answer).plan(&marks);
        plan.keep.extend(self.reckoning.marks_of(chosen.iter().map(String::as_str)).1);
        plan
    }
}

/// What can protect something: its name, or the tag that took the place of that; the build cache has no names.
fn ward(candidate: &Candidate) -> Ward {
    let image = candidate.kind == Object::Image;
    let name = if candidate.name.contains('@') { None } else { Some(&candidate.name) };
    let name = name.filter(|name| !name.is_empty()).or(candidate.replaced.as_ref());
    // Of a name by digest that nothing has replaced, the repository is left.
    let name = name.map(String::as_str).or_else(|| candidate.name.split_once('@').map(|(name, _)| name));
    Ward {
        title: title(candidate),
        name: name.filter(|_| candidate.kind != Object::BuildCache).map(str::to_owned),
        image,
        guard: candidate.protected.clone(),
    }
}
