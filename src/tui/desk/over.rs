//! What was opened over the lists: a pile of sheets. The topmost has the keys; each is told what it watches.

use super::undertaking::Undertaking;
use super::{Desk, Tab};
use crate::tui::msg::{Ask, Effect, Seen, Watch, WatchId};
use crate::tui::screens::logs::Logs;
use crate::tui::screens::pages::Pages;
use crate::tui::screens::{Sheet, Watcher};
use crate::tui::theme::Theme;
use crate::tui::wish::Scene;
use crate::world::Connection;

/// What the list of what could go watches; sheets count from one.
const CLEANUP: WatchId = WatchId(0);

/// A sheet over the lists.
#[derive(Clone, Debug)]
pub enum Over {
    Logs(Box<Logs>),
    Page(Box<Pages>),
}

impl Over {
    pub fn sheet(&self) -> &dyn Sheet {
        match self {
            Over::Logs(logs) => logs.as_ref(),
            Over::Page(page) => page.sheet(),
        }
    }

    pub fn watcher(&mut self) -> &mut dyn Watcher {
        match self {
            Over::Logs(logs) => logs.as_mut(),
            Over::Page(page) => page.watcher(),
        }
    }
}

/// The pile, lowest first.
#[derive(Clone, Debug, Default)]
pub struct Pile {
    sheets: Vec<(WatchId, Over)>,
    last: WatchId,
    /// What was closed and is still to be told to the engine's side.
    closed: Vec<WatchId>,
}

impl Pile {
    pub fn top(&self) -> Option<&Over> {
        self.sheets.last().map(|(_, over)| over)
    }

    pub fn top_mut(&mut self) -> Option<&mut Over> {
        self.sheets.last_mut().map(|(_, over)| over)
    }

    pub fn len(&self) -> usize {
        self.sheets.len()
    }

    pub fn is_empty(&self) -> bool {
        self.sheets.is_empty()
    }

    pub(super) fn open(&mut self, over: Over) {
        self.last.0 += 1;
        self.sheets.push((self.last, over));
    }

    /// Closes the topmost sheet.
    pub(super) fn close(&mut self) {
        self.closed.extend(self.sheets.pop().map(|(id, _)| id));
    }

    pub(super) fn close_all(&mut self) {
        self.closed.extend(self.sheets.drain(..).map(|(id, _)| id));
    }
}

impl Desk {
    /// What a sheet watches was heard of; of a sheet that is closed nothing is left to tell.
    pub fn seen(&mut self, id: WatchId, seen: Seen, theme: &Theme) {
        let scene = Scene {
            world: &self.world,
            now: self.now,
            theme,
            verdicts: &self.verdicts,
            protect: &self.protect,
        };
        if id == CLEANUP {
            self.cleanup.seen(seen, scene);
            // An answer to a question from before the end says nothing of it.
            if !self.cleanup.is_waiting() && self.undertaking.as_ref().is_some_and(Undertaking::is_over) {
                self.sum_up(self.cleanup.store().1);
            }
            return;
        }
        if let Some((_, over)) = self.pile.sheets.iter_mut().find(|(open, _)| *open == id) {
            over.watcher().seen(seen, scene);
        }
    }

    /// What the open sheets ask for, and what is not wanted any more.
    pub fn asks(&mut self) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self.pile.closed.drain(..).map(Effect::Unwatch).collect();
        if self.tab == Tab::Cleanup && self.world.connection == Connection::Live {
            for watch in self.cleanup.asks() {
                // What containers wrote comes with the same answer of the engine.
                effects.extend([Effect::Watch(CLEANUP, watch), Effect::Engine(Ask::Measure)]);
            }
        }
        for (id, over) in &mut self.pile.sheets {
            for mut watch in over.watcher().asks() {
                if let Watch::Diagnose { journal, since, .. } = &mut watch {
                    *journal = self.world.journal.events().cloned().collect();
                    *since = self.listening_since;
                }
                effects.push(Effect::Watch(*id, watch));
            }
        }
        if self.tab == Tab::Containers && self.world.connection == Connection::Live {
            effects.extend(self.verdicts.ask(&self.world, self.listening_since));
        }
        effects
    }
}
