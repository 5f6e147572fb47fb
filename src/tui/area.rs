//! Where everything is on the screen: one answer for drawing and for scrolling.

use ratatui::layout::Rect;

use super::screens::explorer::Pane;

/// Smallest screen that can be worked with.
pub const MIN_WIDTH: u16 = 60;
pub const MIN_HEIGHT: u16 = 14;
/// From here on the panes stand side by side.
const SIDE_BY_SIDE: u16 = 100;
/// Rows of details, with the rule above them, where panes stand one above the other; and from which height on.
const STACKED_DETAILS: u16 = 5;
const DETAILS_FROM: u16 = 18;

/// The parts of the screen; panes are given without their borders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    pub header: Rect,
    pub footer: Rect,
    /// Panes with their borders.
    pub layers_frame: Rect,
    pub files_frame: Rect,
    pub layers: Rect,
    pub details: Rect,
    pub files: Rect,
}

/// Divides a screen; `None` when it is too small.
pub fn areas(width: u16, height: u16, layers: usize, pane: Pane) -> Option<Areas> {
    if width < MIN_WIDTH || height < MIN_HEIGHT {
        return None;
    }
    let header = Rect { x: 0, y: 0, width, height: 1 };
    let footer = Rect { x: 0, y: height - 1, width, height: 1 };
    let body = Rect { x: 0, y: 1, width, height: height - 2 };
    let side_by_side = width >= SIDE_BY_SIDE;
    let (layers_frame, files_frame) = if side_by_side {
        let left = (u32::from(width) * 44 / 100) as u16;
        (Rect { width: left, ..body }, Rect { x: left, width: width - left, ..body })
    } else {
        // The pane that has the keys gets the room, as far as it can use it.
        let rows = u16::try_from(layers).unwrap_or(u16::MAX);
        let (limit, extra) = match pane {
            Pane::Layers if body.height >= DETAILS_FROM && layers > 0 => {
                (body.height * 3 / 5, 3 + STACKED_DETAILS)
            }
            Pane::Layers => (body.height / 2, 3),
            Pane::Files => (body.height / 3, 3),
        };
        let top = rows.saturating_add(extra).clamp(6, limit.max(6));
        (Rect { height: top, ..body }, Rect { y: body.y + top, height: body.height - top, ..body })
    };
    let inner = inside(layers_frame);
    let rows = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    let details_height = match pane {
        _ if layers == 0 => 0,
        _ if side_by_side => (inner.height / 3).clamp(4, 12).min(inner.height / 2),
        Pane::Layers if body.height >= DETAILS_FROM => STACKED_DETAILS.min(inner.height / 2),
        _ => 0,
    };
    let list = Rect { height: rows.height - details_height.min(rows.height), ..rows };
    let files = inside(files_frame);
    Some(Areas {
        header,
        footer,
        layers_frame,
        files_frame,
        layers: list,
        details: Rect { y: list.y + list.height, height: rows.height - list.height, ..rows },
        files: Rect { y: files.y + 1, height: files.height.saturating_sub(1), ..files },
    })
}

fn inside(frame: Rect) -> Rect {
    Rect {
        x: frame.x + 1,
        y: frame.y + 1,
        width: frame.width.saturating_sub(2),
        height: frame.height.saturating_sub(2),
    }
}
