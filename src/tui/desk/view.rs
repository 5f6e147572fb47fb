//! The engine side as a picture.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Desk, Tab};
use crate::report::size::human;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{cut, foreign, width};
use crate::world::{Connection, World};

/// What there is in a tab, for the header: `Images 14 · 3.4 GB`.
fn tabs(world: &World) -> [(Tab, &'static str, String); 3] {
    let bytes: u64 = world.images.values().filter(|image| !image.intermediate).map(|image| image.bytes).sum();
    let images = world.images.values().filter(|image| !image.intermediate).count();
    let failed = world.containers.values().filter(|container| container.failed()).count();
    let failed = if failed > 0 { format!(" · {failed} failed") } else { String::new() };
    let listed = |listed: bool, text: String| if listed { text } else { "…".to_owned() };
    [
        (Tab::Images, "1 Images", listed(world.images_listed, format!("{images} · {}", human(bytes)))),
        (
            Tab::Containers,
            "2 Containers",
            listed(world.containers_listed, format!("{}{failed}", world.containers.len())),
        ),
        (Tab::Cleanup, "3 Clean up", String::new()),
    ]
}

/// Which engine it is and how it is; what is in it.
pub fn header(desk: &Desk, theme: &Theme, area: Rect, frame: &mut Frame<'_>) {
    let room = usize::from(area.width);
    let (mark, role, state) = state(&desk.world.connection);
    let right = format!("{mark} {state} ");
    let used = |spans: &[Span<'_>]| -> usize { spans.iter().map(|span| width(&span.content)).sum() };
    let mut spans = names(desk, true, theme);
    // How the engine is must be seen, whatever else is.
    if used(&spans) + width(&right) > room {
        spans = names(desk, false, theme);
    }
    let used = used(&spans);
    let left = room.saturating_sub(used + width(&right));
    let engine = desk.world.about.as_ref().map(|about| format!("{} · {}", about.title(), about.url));
    let engine = foreign(engine.unwrap_or_default().as_bytes()).into_owned();
    let engine = cut(&engine, left.saturating_sub(2)).into_owned();
    let gap = left.saturating_sub(width(&engine) + 2);
    spans.push(Span::raw(format!("{}{engine}{}", " ".repeat(gap), " ".repeat(left.min(2)))));
    spans.push(Span::styled(right, theme.of(role)));
    frame.render_widget(Line::from(spans), area);
}

/// The tabs by name, with what is in them, or with what is in the one that is shown.
fn names(desk: &Desk, counts: bool, theme: &Theme) -> Vec<Span<'static>> {
    let mut spans = vec![Span::styled(" hadal  ", theme.of(Role::Focus))];
    for (tab, name, count) in tabs(&desk.world) {
        let here = tab == desk.tab;
        let style = theme.of(if here { Role::Title } else { Role::Text });
        let name = if here { format!("▸{name} ") } else { format!(" {name} ") };
        spans.push(Span::styled(name, style));
        let count = if counts || here { format!("{count}  ") } else { String::new() };
        spans.push(Span::styled(count, theme.of(Role::Dim)));
    }
    spans
}

fn state(connection: &Connection) -> (&'static str, Role, &'static str) {
    match connection {
        Connection::Idle => ("○", Role::Dim, "no engine"),
        Connection::Connecting => ("◌", Role::Notice, "connecting"),
        Connection::Live => ("●", Role::Added, "live"),
        Connection::Lost { .. } => ("○", Role::Error, "lost"),
        Connection::Absent { .. } => ("○", Role::Error, "no engine"),
    }
}

/// What there is to say beside the keys: what came of the last one, what is under way, what is wrong.
pub fn notice(desk: &Desk, theme: &Theme) -> Option<String> {
    if let Some(notice) = &desk.notice {
        return Some(foreign(notice.as_bytes()).into_owned());
    }
    if let Connection::Lost { why, .. } = &desk.world.connection {
        let why = foreign(why.as_bytes()).into_owned();
        return Some(format!("! the engine is away: {why}; this is what was known, and hadal keeps trying"));
    }
    let under_way = desk.tasks.under_way().count();
    if under_way > 0 {
        return Some(format!("{under_way} under way: # shows"));
    }
    if desk.tasks.unseen > 0 {
        return Some(format!("! {} failed: # shows why", desk.tasks.unseen));
    }
    desk.sheet().state(desk.scene(theme))
}

/// Draws what is between header and footer, and what lies over it.
pub fn body(desk: &Desk, theme: &Theme, area: Rect, frame: &mut Frame<'_>) {
    desk.sheet().draw(area, desk.scene(theme), frame);
}
