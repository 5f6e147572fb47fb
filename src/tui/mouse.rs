//! Clicks, drags and the wheel. A click selects, a second one on the same row is Enter.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::action::Action;
use super::area::bounded;
use super::model::{At, Model};
use super::msg::Effect;
use super::overlays::Overlay;
use super::screens::explorer::{Pane, choosing};
use super::theme::Theme;
use super::update::grant;

/// Rows that one notch of the wheel scrolls.
const NOTCH: isize = 3;

/// Reacts to the mouse.
pub(super) fn mouse(model: &mut Model, event: MouseEvent) -> Vec<Effect> {
    let at = Position { x: event.column, y: event.row };
    let Some(areas) = model.areas() else { return Vec::new() };
    model.dirty = true;
    if model.at == At::Desk && model.overlay.is_none() {
        return desk(model, at, event.kind);
    }
    match event.kind {
        MouseEventKind::ScrollDown => wheel(model, at, NOTCH),
        MouseEventKind::ScrollUp => wheel(model, at, -NOTCH),
        MouseEventKind::Down(MouseButton::Left) if model.overlay.is_some() => {
            let open =
                model.overlay.map(|open| open.kind.lines(model.subject(), model.screen(), &Theme::default()));
            if open.is_some_and(|(_, area)| !area.contains(at)) {
                model.overlay = None;
            }
        }
        MouseEventKind::Down(MouseButton::Left)
            if areas.is_border(at) && model.explorer.choosing.is_none() =>
        {
            model.dragging = true;
        }
        MouseEventKind::Down(MouseButton::Left) => return click(model, at),
        MouseEventKind::Drag(MouseButton::Left) if model.dragging => {
            let percent = u32::from(at.x) * 100 / u32::from(areas.body.width.max(1));
            model.split = Some(bounded(u16::try_from(percent).unwrap_or(u16::MAX)));
        }
        MouseEventKind::Up(_) => model.dragging = false,
        _ => model.dirty = false,
    }
    Vec::new()
}

fn desk(model: &mut Model, at: Position, kind: MouseEventKind) -> Vec<Effect> {
    let Some(place) = model.place() else { return Vec::new() };
    match kind {
        MouseEventKind::ScrollDown => model.desk.wheel(NOTCH, at, place, &model.theme),
        MouseEventKind::ScrollUp => model.desk.wheel(-NOTCH, at, place, &model.theme),
        MouseEventKind::Down(MouseButton::Left) => {
            let outcome = model.desk.click(at, place, &model.theme);
            return grant(model, outcome);
        }
        _ => model.dirty = false,
    }
    Vec::new()
}

fn wheel(model: &mut Model, at: Position, by: isize) {
    let Some(areas) = model.areas() else { return };
    if let Some(open) = model.overlay {
        let offset = open.offset.saturating_add_signed(by).min(model.last_line(open));
        model.overlay = Some(Overlay { offset, ..open });
    } else if let Some(cursor) = &mut model.explorer.choosing {
        let height = usize::from(choosing::rows(areas.body).height);
        cursor.scroll(by, model.explorer.choices.len(), height);
    } else if let Some(pane) = areas.pane_at(at) {
        model.explorer.scroll(pane, by, areas.rows(pane).height.into());
    }
}

fn click(model: &mut Model, at: Position) -> Vec<Effect> {
    let Some(areas) = model.areas() else { return Vec::new() };
    let explorer = &mut model.explorer;
    explorer.notice = None;
    if let Some(cursor) = &mut explorer.choosing {
        let rows = choosing::rows(areas.body);
        let row = cursor.offset + usize::from(at.y.saturating_sub(rows.y));
        if rows.contains(at) && row < explorer.choices.len() {
            if cursor.at == row {
                return model.choose();
            }
            cursor.at = row;
        }
        return Vec::new();
    }
    let Some(pane) = areas.pane_at(at) else { return Vec::new() };
    let rows = areas.rows(pane);
    if !rows.contains(at) {
        explorer.pane = pane;
        return Vec::new();
    }
    let offset = match pane {
        Pane::Layers => explorer.list.cursor.offset,
        Pane::Files => explorer.files.cursor.offset,
        Pane::Waste => explorer.waste.cursor.offset,
    };
    // A second click on a row is Enter.
    if !explorer.point(pane, offset + usize::from(at.y - rows.y)) {
        return Vec::new();
    }
    let action = match pane {
        Pane::Layers => Action::OpenLayer,
        Pane::Files => Action::ToggleFold,
        Pane::Waste => Action::OpenWaste,
    };
    explorer.act(action, 1).into_iter().collect()
}
