//! What keys, clicks and answers come to on the engine side.

use crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect};

use super::dialogs::{Body, Dialog, Reply, task_at};
use super::over::Over;
use super::tasks::TaskId;
use super::undertaking::Undertaking;
use super::{Desk, Tab};
use crate::cleanup::{Plan, Protect};
use crate::report::size::human;
use crate::tui::action::{Action, Context};
use crate::tui::msg::{Ask, Effect};
use crate::tui::screens::logs::Logs;
use crate::tui::screens::pages::{Pages, Stats};
use crate::tui::settings::Change;
use crate::tui::settings::file::Kept;
use crate::tui::theme::Theme;
use crate::tui::wish::Wish;
use crate::world::{Act, Candidate, Connection, Step, Update};

/// What is wanted beyond the engine side, after a key.
#[derive(Debug, Default)]
pub struct Outcome {
    pub effects: Vec<Effect>,
    /// An image of the engine to open: its id, and what to call it.
    pub explore: Option<(String, String)>,
    /// Where to go in it: a path, and the layer that is meant.
    pub goal: Option<(String, Option<usize>)>,
}

impl From<Vec<Effect>> for Outcome {
    fn from(effects: Vec<Effect>) -> Outcome {
        Outcome { effects, ..Outcome::default() }
    }
}

/// Where things are drawn: the whole screen, and the part of it between header and footer.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub screen: Rect,
    pub body: Rect,
}

impl Desk {
    /// Does what a key means.
    pub fn act(&mut self, action: Action, place: Place, theme: &Theme) -> Outcome {
        self.notice = None;
        if let Some(dialog) = &mut self.dialog {
            if action == Action::SaveTo {
                dialog.save_first(self.now);
                return Outcome::default();
            }
            let reply = dialog.act(action, &self.tasks, place.screen);
            return self.reply(reply, place);
        }
        match action {
            Action::ShowImages => self.go_to(Tab::Images),
            Action::ShowContainers => self.go_to(Tab::Containers),
            Action::ShowCleanup => {
                if self.tab != Tab::Cleanup {
                    self.cleanup.ask();
                }
                self.go_to(Tab::Cleanup);
            }
            Action::Engines => {
                self.dialog = Some(Dialog::new("Engines", Body::Engines(None)));
                return vec![Effect::Engine(Ask::Candidates)].into();
            }
            Action::Tasks => {
                self.tasks.unseen = 0;
                self.dialog = Some(Dialog::new("Under way and done", Body::Tasks));
            }
            action => {
                let page = usize::from(place.body.height.saturating_sub(3));
                let (sheet, scene) = self.parts(theme);
                let wishes = sheet.act(action, page, scene);
                return self.grant(wishes);
            }
        }
        Outcome::default()
    }

    /// Takes a key as text.
    pub fn key(&mut self, event: &KeyEvent, theme: &Theme) -> Outcome {
        if let Some(Dialog { body: Body::Ask(ask), .. }) = &mut self.dialog {
            ask.key(event);
            return Outcome::default();
        }
        let (sheet, scene) = self.parts(theme);
        let wishes = sheet.key(event, scene);
        self.grant(wishes)
    }

    /// Pasted text goes into a line that is typed into, and nowhere else.
    pub fn paste(&mut self, text: &str, theme: &Theme) {
        match &mut self.dialog {
            Some(Dialog { body: Body::Ask(ask), .. }) => ask.paste(text),
            Some(_) => {}
            None => {
                let (sheet, scene) = self.parts(theme);
                if sheet.context() == Context::Input {
                    sheet.paste(text, scene);
                }
            }
        }
    }

    pub fn click(&mut self, at: Position, place: Place, theme: &Theme) -> Outcome {
        self.notice = None;
        if let Some(dialog) = &mut self.dialog {
            let reply = dialog.click(at, &self.tasks, place.screen);
            return self.reply(reply, place);
        }
        let (sheet, scene) = self.parts(theme);
        let wishes = sheet.click(at, place.body, scene);
        self.grant(wishes)
    }

    pub fn wheel(&mut self, by: isize, at: Position, place: Place, theme: &Theme) {
        if let Some(dialog) = &mut self.dialog {
            dialog.wheel(by, &self.tasks, place.screen);
        } else {
            let (sheet, scene) = self.parts(theme);
            sheet.wheel(by, at, place.body, scene);
        }
    }

    /// Takes in what the engine told; true when it is gone or back, which the rest of the program wants to know.
    pub fn learn(&mut self, updates: Vec<Update>) {
        let before = self.world.about.as_ref().map(|about| about.url.clone());
        for update in updates {
            if matches!(update, Update::Connected(_)) {
                self.listening_since = Some(self.now);
            }
            self.world.apply(update);
        }
        // What is open is about objects of an engine that is not looked at any more.
        if before.is_some() && before != self.world.about.as_ref().map(|about| about.url.clone()) {
            self.pile.close_all();
            self.cleanup.forget();
            self.undertaking = None;
            self.saving = None;
        }
    }

    /// Shows recorded containers, for there is no engine that could show its own.
    pub fn show_recorded(&mut self) {
        if self.world.about.is_none() && self.world.containers.is_empty() {
            let containers = self.verdicts.recorded();
            self.world.apply(Update::Containers(containers));
        }
    }

    /// The engines that were found.
    pub fn found(&mut self, candidates: Vec<Candidate>) {
        if let Some(Dialog { body: Body::Engines(found), cursor, .. }) = &mut self.dialog {
            if found.is_none() {
                cursor.at = candidates.iter().position(|one| one.current).unwrap_or(0);
            }
            *found = Some(candidates);
        }
    }

    /// How far an act is.
    pub fn step(&mut self, id: TaskId, step: Step) {
        self.tasks.step(id, step);
    }

    /// How an act ended, and what that was waited for with.
    pub fn end(&mut self, id: TaskId, result: Result<String, String>) -> Vec<Effect> {
        if let Some(effects) = self.saved(id, &result) {
            return effects;
        }
        self.notice = Some(match &result {
            Ok(text) => text.clone(),
            Err(why) => format!("! {why}"),
        });
        let last = self.undertaking.as_mut().is_some_and(|plan| plan.end(id, result.is_ok()));
        self.tasks.end(id, result);
        if last {
            // What went is not told by events alone.
            self.cleanup.ask();
            if self.tab != Tab::Cleanup || self.undertaking.as_ref().is_some_and(|one| !one.can_be_measured())
            {
                self.sum_up(None);
            }
        }
        Vec::new()
    }

    /// Begins what a plan says, all of it in its order. `saved` is the archive that holds its images.
    pub(super) fn carry_out(&mut self, plan: Plan, saved: Option<String>) -> Option<Effect> {
        let mut all = Vec::new();
        let mut tasks = Vec::new();
        for item in &plan.remove {
            let begun: Vec<_> = item.acts.iter().filter_map(|act| self.begin(act.clone())).collect();
            tasks.push(begun.iter().map(|(id, _)| *id).collect());
            all.extend(begun);
        }
        if all.is_empty() {
            return None;
        }
        let (cache, layers) = self.cleanup.store();
        let mut undertaking = Undertaking::new(plan, tasks, &self.world, cache, layers);
        undertaking.saved = saved;
        self.undertaking = Some(undertaking);
        Some(Effect::ActInOrder(all))
    }

    /// Says what came of the plan that was carried out; `layers` are the bytes of all layers now.
    pub(super) fn sum_up(&mut self, layers: Option<u64>) {
        if let Some(plan) = self.undertaking.take() {
            self.notice = Some(plan.summary(layers));
        }
    }

    fn reply(&mut self, reply: Reply, place: Place) -> Outcome {
        match reply {
            Reply::Stay => {}
            Reply::Close(wishes) => {
                self.dialog = None;
                return self.grant(wishes);
            }
            Reply::Switch(url) => {
                self.dialog = None;
                return vec![Effect::Engine(Ask::Switch(url))].into();
            }
            Reply::StopSaving(id) => {
                self.dialog = None;
                return vec![self.stop_saving(id)].into();
            }
            Reply::Stop(row) => {
                let task = task_at(&self.tasks, row, place.screen);
                let stop = task.filter(|task| task.result.is_none()).map(|task| task.id);
                let stop = stop.map(|id| self.stop_saving(id));
                return stop.into_iter().collect::<Vec<_>>().into();
            }
        }
        Outcome::default()
    }

    /// Does what a screen or a dialog asks for.
    pub fn grant(&mut self, wishes: Vec<Wish>) -> Outcome {
        let mut outcome = Outcome::default();
        for wish in wishes {
            match wish {
                Wish::Shell { .. } | Wish::Attach { .. } | Wish::Try { .. } if self.read_only => {
                    self.refuse();
                }
                Wish::Act(act) => {
                    outcome.effects.extend(self.begin(act).map(|(id, act)| Effect::Act(id, act)));
                }
                Wish::CarryOut(plan) => outcome.effects.extend(self.carry_out(*plan, None)),
                Wish::SaveFirst { save, plan } => outcome.effects.extend(self.save_first(*plan, save)),
                Wish::Ask(dialog) => self.dialog = Some(*dialog),
                Wish::Explore { id, title } => outcome.explore = Some((id, title)),
                Wish::ExploreAt { id, title, path, layer } => {
                    (outcome.explore, outcome.goal) = (Some((id, title)), Some((path, layer)));
                }
                Wish::Notice(text) => self.notice = Some(text),
                Wish::Copy(text) => {
                    self.notice = Some(format!("copied {text}"));
                    outcome.effects.push(Effect::Copy(text));
                }
                Wish::CopyAs { text, what } => {
                    self.notice = Some(format!("copied {what}"));
                    outcome.effects.push(Effect::Copy(text));
                }
                Wish::Measure => outcome.effects.push(Effect::Engine(Ask::Measure)),
                Wish::Shell { id } => {
                    self.notice = Some("opening a shell …".to_owned());
                    outcome.effects.push(Effect::Shell(id));
                }
                Wish::Attach { id } => {
                    self.notice = Some("attaching …".to_owned());
                    outcome.effects.push(Effect::Attach(id));
                }
                Wish::Logs { ids } => {
                    let logs = Logs::new(&ids, self.scene(&Theme::default()));
                    self.pile.open(Over::Logs(Box::new(logs)));
                }
                Wish::LogsAt { ids, time } => {
                    let mut logs = Logs::new(&ids, self.scene(&Theme::default()));
                    logs.go_to_time(time);
                    self.pile.open(Over::Logs(Box::new(logs)));
                }
                Wish::PageAt { page, id, title, place } => {
                    let mut page = Pages::new(page, id, title);
                    page.go_to(place);
                    self.pile.open(Over::Page(Box::new(page)));
                }
                Wish::Try { id } => {
                    self.notice = Some("making a container like it …".to_owned());
                    outcome.effects.push(Effect::Try(id));
                }
                Wish::Page { page, id, title } => {
                    self.pile.open(Over::Page(Box::new(Pages::new(page, id, title))));
                }
                Wish::Stats { ids } => self.pile.open(Over::Page(Box::new(Pages::Stats(Stats::new(ids))))),
                Wish::Write { path } => outcome.effects.extend(self.write(path)),
                Wish::Protect(change) => outcome.effects.push(Effect::Protect(change)),
                Wish::Back => self.pile.close(),
            }
        }
        outcome
    }

    /// Shows a list, and nothing over it.
    fn go_to(&mut self, tab: Tab) {
        self.pile.close_all();
        self.tab = tab;
    }

    /// What the topmost sheet has to write to a file.
    fn write(&mut self, path: String) -> Option<Effect> {
        let Some(Over::Logs(logs)) = self.pile.top() else { return None };
        self.notice = Some(format!("writing {path} …"));
        Some(Effect::Write { path, bytes: logs.written() })
    }

    /// How writing a file ended.
    pub fn wrote(&mut self, path: &str, result: Result<u64, String>) {
        self.notice = Some(match result {
            Ok(bytes) => format!("wrote {} to {path}", human(bytes)),
            Err(why) => format!("! {why}"),
        });
    }

    /// How it was kept in the settings what is protected.
    pub fn protected(&mut self, change: &Change, result: Result<Kept, String>) {
        self.notice = Some(match result.and_then(|kept| Ok((Protect::new(&kept.patterns)?, kept.path))) {
            Err(why) => format!("! {why}"),
            Ok((protect, path)) => {
                self.protect = protect;
                let said = |what: &str, patterns: &[String], how: &str| {
                    (!patterns.is_empty()).then(|| format!("{what} {} {how} {path}", patterns.join(" ")))
                };
                let parts =
                    [said("protected:", &change.add, "stands in"), said("took", &change.remove, "out of")];
                parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
            }
        });
    }

    /// Takes an act up; without an engine nothing can be done, and that is said.
    pub(super) fn begin(&mut self, act: Act) -> Option<(TaskId, Act)> {
        if self.world.connection != Connection::Live {
            self.notice = Some("! there is no engine to do it; nothing was done".to_owned());
            return None;
        }
        if self.read_only && act.changes_engine() {
            self.refuse();
            return None;
        }
        let kind = self.world.about.as_ref().map(|about| about.kind).unwrap_or_default();
        let command = act.command(kind);
        let id = self.tasks.begin(act.clone(), command.clone());
        self.notice = Some(format!("{command} …"));
        Some((id, act))
    }

    pub(super) fn refuse(&mut self) {
        self.notice = Some("! --read-only forbids it; nothing was done".to_owned());
    }
}
