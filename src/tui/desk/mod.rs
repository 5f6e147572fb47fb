//! The engine side of the program: what an engine holds in tabs, what was opened over them, what is asked, and what
//! is under way.

pub mod acts;
pub mod dialogs;
pub mod over;
pub mod saving;
pub mod tasks;
pub mod undertaking;
pub mod verdicts;
pub mod view;

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::action::Context;
use super::screens::Sheet;
use super::screens::cleanup::Cleanup;
use super::screens::containers::Containers;
use super::screens::images::Images;
use super::theme::Theme;
use super::wish::Scene;
use crate::cleanup::Protect;
use crate::world::World;
use dialogs::Dialog;
use over::Pile;
use saving::Saving;
use tasks::Tasks;
use undertaking::Undertaking;
use verdicts::Verdicts;

/// The lists of an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Images,
    Containers,
    /// What could go.
    Cleanup,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Desk {
    pub world: World,
    /// The time that ages are told against.
    pub now: Timestamp,
    pub tab: Tab,
    pub images: Images,
    pub containers: Containers,
    pub cleanup: Cleanup,
    /// What was opened over the lists.
    pub pile: Pile,
    pub dialog: Option<Dialog>,
    pub tasks: Tasks,
    /// Why containers failed.
    pub verdicts: Verdicts,
    /// Since when nothing that happened is missing in the journal.
    pub(super) listening_since: Option<Timestamp>,
    /// The plan that was agreed to last, until it is summed up.
    pub undertaking: Option<Undertaking>,
    /// A plan that waits until what it removes is saved.
    pub saving: Option<Saving>,
    /// What never goes by itself.
    pub protect: Protect,
    /// Nothing of the engine may be changed.
    pub read_only: bool,
    /// What the last key came to, where that is not to be seen.
    pub notice: Option<String>,
}

impl Default for Desk {
    fn default() -> Desk {
        Desk {
            world: World::default(),
            now: Timestamp::UNIX_EPOCH,
            tab: Tab::default(),
            images: Images::default(),
            containers: Containers::default(),
            cleanup: Cleanup::default(),
            pile: Pile::default(),
            dialog: None,
            tasks: Tasks::default(),
            verdicts: Verdicts::default(),
            listening_since: None,
            undertaking: None,
            saving: None,
            protect: Protect::default(),
            read_only: false,
            notice: None,
        }
    }
}

impl Desk {
    /// Where keys go.
    pub fn context(&self) -> Context {
        match &self.dialog {
            Some(dialog) => dialog.context(),
            None => self.sheet().context(),
        }
    }

    /// What has the keys when nothing is asked.
    pub fn sheet(&self) -> &dyn Sheet {
        if let Some(over) = self.pile.top() {
            return over.sheet();
        }
        match self.tab {
            Tab::Images => &self.images,
            Tab::Containers => &self.containers,
            Tab::Cleanup => &self.cleanup,
        }
    }

    /// The same, to be changed, beside what it needs to know.
    fn parts<'a>(&'a mut self, theme: &'a Theme) -> (&'a mut dyn Sheet, Scene<'a>) {
        let scene = Scene {
            world: &self.world,
            now: self.now,
            theme,
            verdicts: &self.verdicts,
            protect: &self.protect,
        };
        let sheet: &mut dyn Sheet = match (self.pile.top_mut(), self.tab) {
            (Some(over), _) => over.watcher(),
            (None, Tab::Images) => &mut self.images,
            (None, Tab::Containers) => &mut self.containers,
            (None, Tab::Cleanup) => &mut self.cleanup,
        };
        (sheet, scene)
    }

    pub fn scene<'a>(&'a self, theme: &'a Theme) -> Scene<'a> {
        Scene { world: &self.world, now: self.now, theme, verdicts: &self.verdicts, protect: &self.protect }
    }

    /// Takes in what changed; `area` is where the sheet is drawn.
    pub fn follow(&mut self, area: Rect, screen: Rect, theme: &Theme) {
        let scene = Scene {
            world: &self.world,
            now: self.now,
            theme,
            verdicts: &self.verdicts,
            protect: &self.protect,
        };
        // The list beneath a sheet goes on: what is marked there must exist when it is seen again.
        match self.tab {
            Tab::Images => self.images.follow(area, scene),
            Tab::Containers => self.containers.follow(area, scene),
            Tab::Cleanup => self.cleanup.follow(area, scene),
        }
        if let Some(over) = self.pile.top_mut() {
            over.watcher().follow(area, scene);
        }
        if let Some(dialog) = &mut self.dialog {
            dialog.follow(&self.tasks, screen);
        }
    }
}
