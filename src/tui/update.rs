//! What happened → new state and what is to be done. Pure.

use crossterm::event::KeyEvent;

use super::action::{Action, Context};
use super::area::{bounded, is_roomy};
use super::desk::acts::Outcome;
use super::model::{At, Model, Opened};
use super::mouse;
use super::msg::{Effect, Msg};
use super::overlays::{Kind, Overlay};
use super::screens::explorer::{Load, Pane, choosing};
use crate::world::{About, Connection, Tried, Update};

/// Percent by which a key moves the border between the panes.
const SPLIT: i16 = 5;

/// Applies a message.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = match msg {
        Msg::Key(event) => key(model, &event),
        Msg::Mouse(event) => mouse::mouse(model, event),
        Msg::Paste(text) => paste(model, &text),
        Msg::Resize { width, height } => {
            (model.width, model.height) = (width, height);
            model.explorer.resized(is_roomy(width, height));
            model.dirty = true;
            Vec::new()
        }
        Msg::Resumed => {
            model.dirty = true;
            Vec::new()
        }
        Msg::Listed(ticket, listing) => {
            model.dirty = true;
            model.explorer.listed(ticket, listing.map(|listing| *listing));
            Vec::new()
        }
        Msg::Clock(now) => {
            model.dirty |= model.at == At::Desk;
            model.desk.now = now;
            Vec::new()
        }
        Msg::World(updates) => world(model, updates),
        Msg::Candidates(found) => {
            model.dirty = true;
            model.desk.found(found);
            Vec::new()
        }
        Msg::Step(task, step) => {
            model.dirty |= model.at == At::Desk;
            model.desk.step(task, step);
            Vec::new()
        }
        Msg::End(task, result) => {
            model.dirty = true;
            model.desk.end(task, result)
        }
        Msg::Seen(id, seen) => {
            model.dirty |= model.at == At::Desk;
            model.desk.seen(id, seen, &model.theme);
            Vec::new()
        }
        Msg::Judged(lines) => {
            model.dirty |= model.at == At::Desk;
            model.desk.verdicts.take(lines);
            Vec::new()
        }
        Msg::Wrote { path, result } => {
            model.dirty = true;
            model.desk.wrote(&path, result);
            Vec::new()
        }
        Msg::Protected { change, result } => {
            model.dirty = true;
            model.desk.protected(&change, result);
            Vec::new()
        }
        Msg::Left(text) => {
            model.dirty = true;
            model.say(text);
            Vec::new()
        }
        Msg::Job(job, answer) if job == model.job => {
            model.dirty = true;
            model.explorer.take(answer);
            Vec::new()
        }
        // An answer to a question that is no longer asked.
        Msg::Job(..) => Vec::new(),
    };
    follow(model);
    effects.extend(model.explorer.effects());
    effects.extend(model.desk.asks());
    effects
}

fn key(model: &mut Model, event: &KeyEvent) -> Vec<Effect> {
    let context = model.context();
    let action = model.keymap.action(context, event);
    if context == Context::Input && model.overlay.is_none() {
        return match model.at {
            At::Desk => desk_typed(model, action, event),
            At::Explorer => typed(model, action, event),
        };
    }
    let Some(action) = action else { return Vec::new() };
    model.dirty = true;
    model.touched = true;
    model.hush();
    let page = page(model);
    match (action, model.overlay) {
        (Action::Quit, _) => return vec![Effect::Quit],
        (Action::Suspend, _) => return vec![Effect::Suspend],
        (Action::NextTheme, _) => {
            model.theme = model.theme.next(model.own_theme.as_ref());
            model.say(format!("theme {}", model.theme.name()));
        }
        (Action::Mouse, _) => {
            model.mouse = !model.mouse;
            let text = if model.mouse { "the mouse is for hadal" } else { "the mouse is for selecting text" };
            model.say(text);
            return vec![Effect::Mouse(model.mouse)];
        }
        (Action::Back, Some(_)) => model.overlay = None,
        (Action::Help, open) => model.overlay = toggle(open, Kind::Help),
        (Action::ShowExplorer, None) if model.opened != Opened::Nothing && model.desk.dialog.is_none() => {
            model.at = At::Explorer;
        }
        (Action::ShowExplorer, None) => model.say("no image was opened yet"),
        (Action::ShowImages | Action::ShowContainers | Action::ShowCleanup | Action::Tasks, None) => {
            let effects = model.go_to_desk();
            return effects.into_iter().chain(desk_act(model, action)).collect();
        }
        (_, None) if model.at == At::Desk => return desk_act(model, action),
        (Action::Problems, open) => model.overlay = toggle(open, Kind::Problems),
        (Action::ImageDetails, open) => model.overlay = toggle(open, Kind::Image),
        (Action::Dockerfile, open) => model.overlay = toggle(open, Kind::Dockerfile),
        (Action::Details, open) => model.overlay = toggle(open, Kind::Details),
        (_, Some(open)) => model.overlay = Some(Overlay { offset: scroll(model, action, open), ..open }),
        (Action::Back, None) => return back(model),
        (Action::ChooseImage, None) => return model.choose(),
        (Action::LookInside, None) => return model.look_inside(),
        (Action::Zoom, None) => model.zoom ^= true,
        (Action::Widen, None) => split(model, SPLIT),
        (Action::Narrow, None) => split(model, -SPLIT),
        (action, None) => return model.explorer.act(action, page).into_iter().collect(),
    }
    Vec::new()
}

/// A key while something is typed: what is bound there is a command, all else is text.
fn typed(model: &mut Model, action: Option<Action>, event: &KeyEvent) -> Vec<Effect> {
    model.explorer.notice = None;
    let page = page(model);
    match action {
        Some(Action::Quit) => return vec![Effect::Quit],
        Some(action @ (Action::Accept | Action::Back | Action::Complete)) => model.explorer.finish(action),
        Some(action) => {
            // Moving goes on in the files, which is what the filter is about.
            model.explorer.pane = Pane::Files;
            model.explorer.prompt.iter_mut().for_each(|prompt| prompt.moved = true);
            model.dirty = true;
            return model.explorer.act(action, page).into_iter().collect();
        }
        None => {
            let Some(prompt) = &mut model.explorer.prompt else { return Vec::new() };
            let before = prompt.text().to_owned();
            if !prompt.key(event) {
                return Vec::new();
            }
            if prompt.text() != before {
                model.explorer.typed();
            }
        }
    }
    model.dirty = true;
    Vec::new()
}

/// A key on the engine side.
fn desk_act(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(place) = model.place() else { return Vec::new() };
    let outcome = model.desk.act(action, place, &model.theme);
    grant(model, outcome)
}

/// A key while something is typed on the engine side.
fn desk_typed(model: &mut Model, action: Option<Action>, event: &KeyEvent) -> Vec<Effect> {
    model.dirty = true;
    match action {
        Some(Action::Quit) => vec![Effect::Quit],
        Some(action) => desk_act(model, action),
        None => {
            let outcome = model.desk.key(event, &model.theme);
            grant(model, outcome)
        }
    }
}

/// Does what goes beyond the engine side.
pub(super) fn grant(model: &mut Model, outcome: Outcome) -> Vec<Effect> {
    let mut effects = outcome.effects;
    if let Some((id, title)) = outcome.explore {
        effects.extend(model.explore(id, title));
        model.explorer.goal = outcome.goal;
    }
    effects
}

/// What the engine told. Without one the sample is shown, until there is one or a key was pressed.
fn world(model: &mut Model, updates: Vec<Update>) -> Vec<Effect> {
    let was = matches!(model.desk.world.connection, Connection::Absent { .. });
    model.desk.learn(updates);
    let now = &model.desk.world.connection;
    model.dirty |= model.at == At::Desk;
    match now {
        Connection::Absent { tried } if model.opened == Opened::Nothing => {
            let tried = without_engine(tried);
            model.dirty = true;
            let effects = model.open_sample("the embedded sample, for there is no engine".to_owned());
            model.say(tried);
            effects
        }
        Connection::Live if was && model.opened == Opened::Sample => {
            model.dirty = true;
            let found = model.desk.world.about.as_ref().map(About::title).unwrap_or_default();
            if !model.touched {
                model.at = At::Desk;
            }
            model.say(format!("{found} is there: 1 shows its images"));
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// What was tried, on one line.
fn without_engine(tried: &[Tried]) -> String {
    let tried: Vec<String> = tried.iter().map(|tried| format!("{}: {}", tried.name, tried.why)).collect();
    let tried = if tried.is_empty() { "nothing to try".to_owned() } else { tried.join("; ") };
    format!("! no engine: {tried}")
}

/// Pasted text goes into a line that is typed into, and is no sequence of commands anywhere else.
fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if model.at == At::Desk {
        model.desk.paste(text, &model.theme);
        model.dirty = true;
        return Vec::new();
    }
    if let Some(prompt) = &mut model.explorer.prompt {
        prompt.paste(text);
        model.explorer.typed();
        model.dirty = true;
    }
    Vec::new()
}

/// Esc leaves what is under way, step by step, and never the program.
fn back(model: &mut Model) -> Vec<Effect> {
    if model.explorer.reading() && model.explorer.choosing.is_none() {
        model.explorer.load = Load::Cancelled;
        return vec![Effect::Cancel(model.job)];
    }
    if model.explorer.choosing.is_none() && model.explorer.stop_looking() {
        return vec![Effect::Cancel(model.job)];
    }
    if !model.explorer.back() && !std::mem::take(&mut model.zoom) && model.opened == Opened::Local {
        return model.go_to_desk();
    }
    Vec::new()
}

/// The key that opened an overlay closes it too.
fn toggle(open: Option<Overlay>, kind: Kind) -> Option<Overlay> {
    if open.is_some_and(|open| open.kind == kind) { None } else { Some(Overlay { kind, offset: 0 }) }
}

fn split(model: &mut Model, by: i16) {
    let Some(areas) = model.areas().filter(|_| !model.zoom) else { return };
    let now = model.split.unwrap_or_else(|| {
        let (part, whole) = match areas.side_by_side {
            true => (areas.layers_frame.width, areas.body.width),
            false => (areas.layers_frame.height, areas.body.height),
        };
        u16::try_from(u32::from(part) * 100 / u32::from(whole.max(1))).unwrap_or(50)
    });
    model.split = Some(bounded(now.saturating_add_signed(by)));
}

fn scroll(model: &Model, action: Action, open: Overlay) -> usize {
    let last = model.last_line(open);
    let page = (model.height as usize).saturating_sub(4).max(1);
    // The screen may have grown since.
    let offset = open.offset.min(last);
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
    model.areas().map_or(1, |areas| match explorer.choosing {
        Some(_) => choosing::rows(areas.body).height.into(),
        None => areas.rows(explorer.pane).height.into(),
    })
}

/// Scroll positions belong to the state, so that drawing only reads.
fn follow(model: &mut Model) {
    let Some(areas) = model.areas() else { return };
    if model.at == At::Desk {
        model.desk.follow(areas.body, model.screen(), &model.theme);
    }
    let explorer = &mut model.explorer;
    let [layers, files, waste] =
        [Pane::Layers, Pane::Files, Pane::Waste].map(|pane| areas.rows(pane).height.into());
    explorer.follow(layers, files, waste);
    let height = choosing::rows(areas.body).height.into();
    let count = explorer.choices.len();
    explorer.choosing.iter_mut().for_each(|cursor| cursor.follow(count, height));
}
