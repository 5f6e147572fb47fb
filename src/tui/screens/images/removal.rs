//! The plan of removing images: what containers or other images need stays.

use std::collections::BTreeMap;

use super::acts::called;
use crate::cleanup::Marks;
use crate::container::{Container, State};
use crate::image::LocalImage;
use crate::tui::desk::dialogs::{Body, Dialog, Offer};
use crate::tui::screens::removal::removal;
use crate::tui::wish::Scene;

/// The dialog that plans to remove them. Containers that do not run, and keep an image, can go along.
pub(super) fn dialog(chosen: &[&LocalImage], scene: Scene<'_>) -> Dialog {
    let reason = || "chosen".to_owned();
    let images = chosen.iter().map(|image| (image.id.clone(), reason())).collect();
    let mut marks = Marks { images, ..Marks::default() };
    let mut plan = removal(&marks, scene);
    marks.containers = stopped_users(chosen, scene);
    if !marks.containers.is_empty() {
        let says = match marks.containers.len() {
            1 => "remove the stopped container that uses them, too".to_owned(),
            many => format!("remove the {many} stopped containers that use them, too"),
        };
        plan.offer = Some(Box::new(Offer { says, instead: removal(&marks, scene) }));
    }
    Dialog::new(format!("Remove {}?", called(chosen)), Body::Plan(plan))
}

/// Containers without whose images could go, as none of their users runs; with the reason for them to go.
fn stopped_users(chosen: &[&LocalImage], scene: Scene<'_>) -> BTreeMap<String, String> {
    let stopped = |user: &&Container| matches!(user.state, State::Created | State::Exited | State::Dead);
    let idle = chosen.iter().filter(|image| scene.world.users(&image.id).all(|user| stopped(&user)));
    let users = idle.flat_map(|image| scene.world.users(&image.id));
    users.map(|user| (user.id.clone(), "uses an image that goes".to_owned())).collect()
}
