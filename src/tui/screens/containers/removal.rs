//! The plan of removing containers: what runs stays, unless it is stopped first; volumes stay anyway.

use super::acts::title;
use crate::cleanup::Marks;
use crate::container::Container;
use crate::tui::desk::dialogs::{Body, Dialog, Offer};
use crate::tui::screens::removal::{plan, removal};
use crate::tui::wish::Scene;

/// The dialog that plans to remove them.
pub(super) fn dialog(chosen: &[&Container], scene: Scene<'_>) -> Dialog {
    let containers = chosen.iter().map(|one| (one.id.clone(), "chosen".to_owned())).collect();
    let mut marks = Marks { containers, ..Marks::default() };
    let mut shown = removal(plan(&marks, scene), scene);
    if !shown.stays.is_empty() {
        marks.stop = true;
        let instead = removal(plan(&marks, scene), scene);
        let more = instead.goes.len() - shown.goes.len().min(instead.goes.len());
        let says = match more {
            1 => "stop the one that runs, and remove it too".to_owned(),
            _ => format!("stop the {more} that run, and remove them too"),
        };
        shown.offer = (more > 0).then(|| Box::new(Offer { says, instead }));
    }
    Dialog::new(format!("Remove {}?", title(chosen)), Body::Plan(shown))
}
