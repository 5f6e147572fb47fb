//! The plan of removing images: what containers or other images need stays.

use super::acts::called;
use crate::cleanup::Marks;
use crate::image::LocalImage;
use crate::tui::desk::dialogs::{Body, Dialog};
use crate::tui::screens::removal::{offered, plan};
use crate::tui::wish::Scene;

/// The dialog that plans to remove them. Containers that do not run, and keep an image, can go along.
pub(super) fn dialog(chosen: &[&LocalImage], scene: Scene<'_>) -> Dialog {
    let reason = || "chosen".to_owned();
    let images = chosen.iter().map(|image| (image.id.clone(), reason())).collect();
    let marks = Marks { images, ..Marks::default() };
    let removal = offered(&marks, scene, |marks| plan(marks, scene));
    Dialog::new(format!("Remove {}?", called(chosen)), Body::Plan(removal))
}
