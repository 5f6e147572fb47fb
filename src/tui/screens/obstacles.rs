//! Why an image cannot go, as the dialog shows it.

use super::removal::removal;
use crate::cleanup::why::BlockKind;
use crate::cleanup::{Marks, Stock};
use crate::image::LocalImage;
use crate::report::status::words;
use crate::tui::desk::dialogs::{Body, Dialog, Obstacles};
use crate::tui::wish::Scene;

/// All that is in the way of an image, and the plan that removes it with all of that.
pub(super) fn dialog(image: &LocalImage, stock: &Stock<'_>, scene: Scene<'_>) -> Option<Dialog> {
    let why = stock.why(stock.position(&image.id)?, None, scene.kind());
    let mut marks = Marks { stop: true, ..Marks::default() };
    marks.images.insert(image.id.clone(), "chosen".to_owned());
    for block in &why.blockers {
        let (marks, reason) = match block.kind {
            BlockKind::RunningContainer | BlockKind::StoppedContainer => (&mut marks.containers, "uses it"),
            BlockKind::ChildImage => (&mut marks.images, "stands on it"),
            BlockKind::ExtraTag => continue,
        };
        marks.insert(block.id.clone(), reason.to_owned());
    }
    let state = |block: &crate::cleanup::why::Block| {
        let container = scene.world.containers.get(&block.id)?;
        Some((block.id.clone(), words(container, scene.now)))
    };
    let name = image.tags.first().map_or(image.short_id(), String::as_str).to_owned();
    let states = why.blockers.iter().filter_map(state).collect();
    let cascade = removal(stock.plan(&marks), scene);
    let title = format!("What keeps {name}");
    Some(Dialog::new(title, Body::Why(Box::new(Obstacles { name, why, states, cascade }))))
}
