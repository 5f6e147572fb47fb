//! Saving what a plan removes before it is carried out: nothing goes unless the archive is there.

use ratatui::text::{Line, Span};

use super::Desk;
use super::dialogs::{Body, Dialog};
use super::tasks::{TaskId, Tasks};
use crate::cleanup::Plan;
use crate::report::step::told;
use crate::tui::msg::Effect;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{bar, cut, foreign, width, wrap};
use crate::world::Act;

/// Cells of the progress bar.
const BAR: usize = 20;

/// A plan that waits for its archive.
#[derive(Clone, Debug)]
pub struct Saving {
    task: TaskId,
    path: String,
    plan: Plan,
    /// Whatever comes of the archive, nothing is removed any more.
    stopped: bool,
}

impl Desk {
    /// Begins to save; what `plan` says comes after that.
    pub(super) fn save_first(&mut self, plan: Plan, act: Act) -> Option<Effect> {
        if self.saving.is_some() {
            let text = "! something is being saved already: # shows it; nothing was removed";
            self.notice = Some(text.to_owned());
            return None;
        }
        if self.read_only {
            self.refuse();
            return None;
        }
        let path = act.object().to_owned();
        let (task, act) = self.begin(act)?;
        self.saving = Some(Saving { task, path, plan, stopped: false });
        self.dialog = Some(Dialog::new("Saving first", Body::Saving(task)));
        Some(Effect::Act(task, act))
    }

    /// The archive is there, or will not be. `None` where this is about something else.
    pub(super) fn saved(&mut self, id: TaskId, result: &Result<String, String>) -> Option<Vec<Effect>> {
        let saving = self.saving.take_if(|saving| saving.task == id)?;
        self.tasks.end(id, result.clone());
        if matches!(self.dialog, Some(Dialog { body: Body::Saving(task), .. }) if task == id) {
            self.dialog = None;
        }
        let text = match (result, saving.stopped) {
            (Ok(_), false) => {
                let effect = self.carry_out(saving.plan, Some(saving.path));
                return Some(effect.into_iter().collect());
            }
            (Ok(saved), true) => format!("{saved}; nothing was removed"),
            (Err(_), true) => "stopped: nothing was saved, and nothing was removed".to_owned(),
            (Err(why), false) => format!("! {why}; nothing was removed"),
        };
        self.notice = Some(text);
        Some(Vec::new())
    }

    /// Nobody wants it any more, and so nothing is removed.
    pub(super) fn stop_saving(&mut self, id: TaskId) -> Effect {
        self.saving.iter_mut().filter(|saving| saving.task == id).for_each(|saving| saving.stopped = true);
        Effect::StopAct(id)
    }
}

/// How far it is.
pub(super) fn lines(tasks: &Tasks, id: TaskId, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let Some(task) = tasks.iter().find(|task| task.id == id) else { return Vec::new() };
    let room = cells.saturating_sub(2);
    let paragraph = |text: &str, role: Role| -> Vec<Line<'static>> {
        let lines = wrap(&foreign(text.as_bytes()), room, 6).into_iter();
        lines.map(|line| Line::styled(format!(" {line}"), theme.of(role))).collect()
    };
    let step = &task.step;
    let share = if step.total > 0 { step.done as f64 / step.total as f64 } else { 0.0 };
    let text = cut(&told(step), room.saturating_sub(BAR + 1)).into_owned();
    let gap = " ".repeat(room.saturating_sub(width(&text) + BAR));
    let mut lines = paragraph(&task.command, Role::Dim);
    lines.push(Line::raw(""));
    lines.push(Line::from(vec![
        Span::styled(format!(" {text}{gap}"), theme.of(Role::Notice)),
        Span::styled(bar(share.min(1.0), BAR), theme.of(Role::Bar)),
    ]));
    lines.push(Line::raw(""));
    lines.extend(paragraph("Nothing is removed before the archive is whole and was read back.", Role::Text));
    lines
}
