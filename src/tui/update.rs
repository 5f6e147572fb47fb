//! What happened → new state and what is to be done. Pure.

use crossterm::event::KeyEvent;

use super::action::Action;
use super::area::areas;
use super::model::Model;
use super::msg::{Answer, Effect, Msg};
use super::overlays::help;
use super::screens::explorer::{Load, Pane};

/// Applies a message.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let effects = match msg {
        Msg::Key(event) => key(model, &event),
        Msg::Resize { width, height } => {
            (model.width, model.height) = (width, height);
            model.dirty = true;
            Vec::new()
        }
        Msg::Resumed => {
            model.dirty = true;
            Vec::new()
        }
        Msg::Job(job, answer) if job == model.job => {
            model.dirty = true;
            answered(model, answer)
        }
        // An answer to a question that is no longer asked.
        Msg::Job(..) => Vec::new(),
    };
    follow(model);
    effects
}

fn answered(model: &mut Model, answer: Answer) -> Vec<Effect> {
    model.explorer.take(answer);
    Vec::new()
}

fn key(model: &mut Model, event: &KeyEvent) -> Vec<Effect> {
    let Some(action) = model.keymap.action(model.explorer.context(), event) else { return Vec::new() };
    model.dirty = true;
    match (action, model.help) {
        (Action::Quit, _) => return vec![Effect::Quit],
        (Action::Suspend, _) => return vec![Effect::Suspend],
        (Action::Help | Action::Back, Some(_)) => model.help = None,
        (_, Some(offset)) => model.help = Some(scroll(model, action, offset)),
        (Action::Help, None) => model.help = Some(0),
        (Action::Back, None) => return back(model),
        (action, None) => {
            let page = page(model);
            model.explorer.act(action, page);
        }
    }
    Vec::new()
}

/// Esc leaves what is under way, step by step, and never the program.
fn back(model: &mut Model) -> Vec<Effect> {
    if model.explorer.reading() {
        model.explorer.load = Load::Cancelled;
        return vec![Effect::Cancel(model.job)];
    }
    model.explorer.pane = Pane::Layers;
    Vec::new()
}

fn scroll(model: &Model, action: Action, offset: usize) -> usize {
    let lines = help::lines(&model.keymap, model.explorer.context());
    let last = lines.saturating_sub((model.height as usize).saturating_sub(4));
    let page = (model.height as usize).saturating_sub(4).max(1);
    let moved = match action {
        Action::Down => offset + 1,
        Action::Up => offset.saturating_sub(1),
        Action::PageDown | Action::HalfDown => offset + page / 2,
        Action::PageUp | Action::HalfUp => offset.saturating_sub(page / 2),
        Action::First => 0,
        Action::Last => last,
        _ => offset,
    };
    moved.min(last)
}

fn page(model: &Model) -> usize {
    let explorer = &model.explorer;
    let Some(areas) = areas(model.width, model.height, explorer.layers.len(), explorer.pane) else {
        return 1;
    };
    match explorer.pane {
        Pane::Layers => areas.layers.height as usize,
        Pane::Files => areas.files.height as usize,
    }
}

/// Scroll positions belong to the state, so that drawing only reads.
fn follow(model: &mut Model) {
    let explorer = &mut model.explorer;
    if let Some(areas) = areas(model.width, model.height, explorer.layers.len(), explorer.pane) {
        explorer.follow(areas.layers.height as usize, areas.files.height as usize);
    }
}
