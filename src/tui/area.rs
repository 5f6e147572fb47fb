//! Where everything is on the screen: one answer for drawing, for scrolling and for the mouse.

use ratatui::layout::{Position, Rect};

use super::screens::explorer::Pane;

/// Smallest screen that can be worked with.
pub const MIN_WIDTH: u16 = 60;
pub const MIN_HEIGHT: u16 = 14;
/// From here on the panes stand side by side.
const SIDE_BY_SIDE: u16 = 100;
/// The layers' share of the width where panes stand side by side, in percent.
const LEFT: u16 = 44;
/// How far the border may be moved, in percent.
const NARROWEST: u16 = 20;
const WIDEST: u16 = 80;
/// Rows of details, with the rule above them, where panes stand one above the other; and from which height on.
const STACKED_DETAILS: u16 = 5;
const DETAILS_FROM: u16 = 18;
/// Rows of what to do about waste, with the rule above them; and from how many rows of waste on.
const REMEDY: u16 = 3;
const REMEDY_FROM: u16 = 7;
/// From which height on files and waste fit one above the other.
const BOTH_FROM: u16 = 20;

/// From here on there is room for all panes at once.
const ROOMY_WIDTH: u16 = 160;
const ROOMY_HEIGHT: u16 = 50;

/// Whether a screen has room for all panes at once.
pub fn is_roomy(width: u16, height: u16) -> bool {
    width >= ROOMY_WIDTH && height >= ROOMY_HEIGHT
}

/// What the division of the screen depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows of the layers pane.
    pub layers: usize,
    /// The pane that has the keys.
    pub pane: Pane,
    pub waste: bool,
    /// The pane with the keys takes the whole screen.
    pub zoom: bool,
    /// The share of the layers pane in percent, when it was set by hand.
    pub split: Option<u16>,
}

/// The parts of the screen. Frames are panes with their borders, empty when a pane is not in sight; the other
/// areas are the rows inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    pub header: Rect,
    pub body: Rect,
    pub footer: Rect,
    pub layers_frame: Rect,
    pub files_frame: Rect,
    pub waste_frame: Rect,
    pub layers: Rect,
    pub details: Rect,
    pub files: Rect,
    pub waste: Rect,
    /// The change that the selected waste calls for, below a rule; empty where there is no room.
    pub remedy: Rect,
    pub side_by_side: bool,
}

/// Divides a screen; `None` when it is too small.
pub fn areas(width: u16, height: u16, shape: Shape) -> Option<Areas> {
    if width < MIN_WIDTH || height < MIN_HEIGHT {
        return None;
    }
    let body = Rect { x: 0, y: 1, width, height: height - 2 };
    let mut areas = Areas {
        header: Rect { x: 0, y: 0, width, height: 1 },
        body,
        footer: Rect { x: 0, y: height - 1, width, height: 1 },
        side_by_side: width >= SIDE_BY_SIDE && !shape.zoom,
        ..Areas::default()
    };
    let rest;
    if shape.zoom {
        (areas.layers_frame, rest) = match shape.pane {
            Pane::Layers => (body, Rect::default()),
            Pane::Files | Pane::Waste => (Rect::default(), body),
        };
    } else if areas.side_by_side {
        (areas.layers_frame, rest) = beside(body, shape.split.unwrap_or(LEFT));
    } else {
        (areas.layers_frame, rest) = above(body, shape);
    }
    (areas.files_frame, areas.waste_frame) = match shape.pane {
        _ if rest.is_empty() => (rest, rest),
        _ if shape.waste && !shape.zoom && rest.height >= BOTH_FROM && areas.side_by_side => {
            let lower = (rest.height * 2 / 5).max(6);
            (
                Rect { height: rest.height - lower, ..rest },
                Rect { y: rest.bottom() - lower, height: lower, ..rest },
            )
        }
        Pane::Waste if shape.waste => (Rect::default(), rest),
        _ => (rest, Rect::default()),
    };
    inner(&mut areas, shape);
    Some(areas)
}

/// A share of the layers pane that leaves room for both sides.
pub fn bounded(percent: u16) -> u16 {
    percent.clamp(NARROWEST, WIDEST)
}

fn beside(body: Rect, percent: u16) -> (Rect, Rect) {
    let percent = bounded(percent);
    let left = (u32::from(body.width) * u32::from(percent) / 100) as u16;
    (Rect { width: left, ..body }, Rect { x: left, width: body.width - left, ..body })
}

fn above(body: Rect, shape: Shape) -> (Rect, Rect) {
    let top = if let Some(percent) = shape.split {
        body.height * bounded(percent) / 100
    } else {
        // The pane that has the keys gets the room, as far as it can use it.
        let rows = u16::try_from(shape.layers).unwrap_or(u16::MAX);
        let (limit, extra) = match shape.pane {
            Pane::Layers if body.height >= DETAILS_FROM && shape.layers > 0 => {
                (body.height * 3 / 5, 3 + STACKED_DETAILS)
            }
            Pane::Layers => (body.height / 2, 3),
            Pane::Files | Pane::Waste => (body.height / 3, 3),
        };
        rows.saturating_add(extra).min(limit)
    };
    let top = top.clamp(5, body.height - 5);
    (Rect { height: top, ..body }, Rect { y: body.y + top, height: body.height - top, ..body })
}

fn inner(areas: &mut Areas, shape: Shape) {
    let layers = inside(areas.layers_frame);
    let rows = below_head(layers);
    let details = match shape.pane {
        _ if shape.layers == 0 => 0,
        _ if areas.side_by_side || shape.zoom => (layers.height / 3).clamp(4, 12).min(layers.height / 2),
        Pane::Layers if areas.body.height >= DETAILS_FROM => STACKED_DETAILS.min(layers.height / 2),
        _ => 0,
    };
    areas.layers = Rect { height: rows.height - details.min(rows.height), ..rows };
    let left = rows.height - areas.layers.height;
    areas.details = Rect { y: areas.layers.bottom(), height: left, ..rows };
    areas.files = below_head(inside(areas.files_frame));
    let waste = below_head(inside(areas.waste_frame));
    let remedy = if waste.height >= REMEDY_FROM { REMEDY } else { 0 };
    areas.waste = Rect { height: waste.height - remedy, ..waste };
    areas.remedy = Rect { y: areas.waste.bottom(), height: remedy, ..waste };
}

/// Rows below the column heads.
fn below_head(pane: Rect) -> Rect {
    Rect { y: pane.y + 1, height: pane.height.saturating_sub(1), ..pane }
}

fn inside(frame: Rect) -> Rect {
    Rect {
        x: frame.x + 1,
        y: frame.y + 1,
        width: frame.width.saturating_sub(2),
        height: frame.height.saturating_sub(2),
    }
}

impl Areas {
    /// The rows of a pane.
    pub fn rows(&self, pane: Pane) -> Rect {
        match pane {
            Pane::Layers => self.layers,
            Pane::Files => self.files,
            Pane::Waste => self.waste,
        }
    }

    /// The pane at a place of the screen.
    pub fn pane_at(&self, at: Position) -> Option<Pane> {
        let frames = [
            (self.layers_frame, Pane::Layers),
            (self.files_frame, Pane::Files),
            (self.waste_frame, Pane::Waste),
        ];
        frames.into_iter().find(|(frame, _)| frame.contains(at)).map(|(_, pane)| pane)
    }

    /// Whether a place is on the border between the panes that stand side by side.
    pub fn is_border(&self, at: Position) -> bool {
        let border = self.layers_frame.right();
        self.side_by_side && self.body.contains(at) && (at.x == border || at.x + 1 == border)
    }
}
