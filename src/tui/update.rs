//! What happened → new state and what is to be done. Pure.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::action::Action;
use super::area::areas;
use super::model::Model;
use super::msg::{Answer, Effect, Msg};
use super::overlays::{Kind, Overlay};
use super::screens::explorer::{Load, Pane};
use super::theme::Theme;
use super::widgets::popup;

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
        // Nothing is clicked yet; and an answer to a question that is no longer asked.
        Msg::Mouse(_) | Msg::Job(..) => Vec::new(),
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
    match (action, model.overlay) {
        (Action::Quit, _) => return vec![Effect::Quit],
        (Action::Suspend, _) => return vec![Effect::Suspend],
        (Action::NextTheme, _) => model.theme = model.theme.next(model.own_theme.as_ref()),
        (Action::Mouse, _) => {
            model.mouse = !model.mouse;
            return vec![Effect::Mouse(model.mouse)];
        }
        (Action::Back, Some(_)) => model.overlay = None,
        (Action::Help, open) => model.overlay = toggle(open, Kind::Help),
        (Action::Problems, open) => model.overlay = toggle(open, Kind::Problems),
        (_, Some(open)) => model.overlay = Some(Overlay { offset: scroll(model, action, open), ..open }),
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

/// The key that opened an overlay closes it too.
fn toggle(open: Option<Overlay>, kind: Kind) -> Option<Overlay> {
    if open.is_some_and(|open| open.kind == kind) { None } else { Some(Overlay { kind, offset: 0 }) }
}

fn scroll(model: &Model, action: Action, open: Overlay) -> usize {
    let screen = Rect::new(0, 0, model.width, model.height);
    // How many lines there are does not depend on their styles.
    let (lines, area) = open.kind.lines(model.subject(), screen, &Theme::default());
    let last = popup::last_offset(area, lines.len());
    let page = (model.height as usize).saturating_sub(4).max(1);
    let offset = open.offset;
    let moved = match action {
        Action::Down => offset + 1,
        Action::Up => offset.saturating_sub(1),
        Action::PageDown => offset + page,
        Action::PageUp => offset.saturating_sub(page),
        Action::HalfDown => offset + page / 2,
        Action::HalfUp => offset.saturating_sub(page / 2),
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
