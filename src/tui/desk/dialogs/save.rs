//! A plan is to save its images first: where to, and back to the plan.

use jiff::Timestamp;

use super::{Ask, Body, Dialog, Question};

impl Dialog {
    /// Asks where the images of a plan are to be saved; what was asked for already is dropped.
    pub(in crate::tui::desk) fn save_first(&mut self, now: Timestamp) {
        let Body::Plan(removal) = &mut self.body else { return };
        let images = removal.plan.images_to_save();
        if images == 0 || removal.save.take().is_some() {
            return;
        }
        let path = format!("hadal-saved-{}.tar", now.strftime("%F-%H%M"));
        let ask = Ask::new(Question::SaveFirst { images }, &path);
        let title = self.title.clone();
        let behind = std::mem::replace(self, Dialog::new(title, Body::Tasks));
        self.body = Body::Ask(Ask { behind: Some(Box::new(behind)), ..ask });
    }
}

impl Ask {
    /// The plan behind it, which saves to what was typed.
    pub(super) fn back_to_plan(&mut self, path: Option<String>) -> Option<Dialog> {
        let mut dialog = *self.behind.take()?;
        if let Body::Plan(removal) = &mut dialog.body {
            removal.save = path;
        }
        Some(dialog)
    }
}
