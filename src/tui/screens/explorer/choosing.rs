//! The list of a source's images and platforms.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::Explorer;
use crate::image::Choice;
use crate::report::size::human;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{cut_middle, fit, foreign, width};
use crate::tui::widgets::frame;
use crate::tui::widgets::list::select;

/// From here on digests and dates fit beside names.
const WIDE: u16 = 90;

/// Rows in sight of a list that takes `body`.
pub fn rows(body: Rect) -> Rect {
    Rect {
        x: body.x + 1,
        y: body.y + 2,
        width: body.width.saturating_sub(2),
        height: body.height.saturating_sub(3),
    }
}

/// Draws the list over the panes.
pub fn draw(explorer: &Explorer, theme: &Theme, body: Rect, frame: &mut Frame<'_>) {
    let Some(cursor) = explorer.choosing else { return };
    let edge = frame::Frame {
        title: format!(
            "{} images and platforms in {}",
            explorer.choices.len(),
            foreign(explorer.source.as_bytes())
        ),
        position: cursor.position(explorer.choices.len()),
        focused: true,
        ..frame::Frame::default()
    };
    frame.render_widget(edge.block(body.width, theme), body);
    let area = rows(body);
    let head = Rect { y: area.y - 1, height: 1, ..area };
    let more = if area.width >= WIDE { "digest        created     " } else { "" };
    let heads = format!("  platform           stored  layers  {more}name");
    frame.render_widget(Line::styled(fit(&heads, area.width.into()), theme.of(Role::Dim)), head);
    let shown = explorer.choices.iter().enumerate().skip(cursor.offset).take(area.height.into());
    let lines: Vec<Line<'_>> = shown
        .map(|(at, choice)| {
            let line = line(choice, explorer.chosen == Some(at), area.width, theme);
            if at == cursor.at { select(line, area.width.into(), true, theme) } else { line }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn line(choice: &Choice, current: bool, cells: u16, theme: &Theme) -> Line<'static> {
    let platform = choice.platform.as_ref().map_or("unknown".to_owned(), ToString::to_string);
    let bytes = choice.stored_bytes.map_or("·".to_owned(), human);
    let digest =
        choice.digest.as_ref().or(choice.id.as_ref()).map_or("·".to_owned(), |id| id.short().to_owned());
    let created = choice.created.as_deref().and_then(|time| time.get(..10)).unwrap_or("·").to_owned();
    let mut spans = vec![
        Span::styled(if current { "▸ " } else { "  " }, theme.of(Role::Focus)),
        Span::raw(format!("{} {bytes:>8}  {:>6}  ", fit(&foreign(platform.as_bytes()), 16), choice.layers)),
    ];
    if cells >= WIDE {
        let text = format!("{}  {}  ", fit(&digest, 12), fit(&foreign(created.as_bytes()), 10));
        spans.push(Span::styled(text, theme.of(Role::Dim)));
    }
    let missing = if choice.complete { "" } else { "  layers missing" };
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    let room = usize::from(cells).saturating_sub(used + width(missing));
    let names = if choice.names.is_empty() { "(no name)".to_owned() } else { choice.names.join(", ") };
    spans.push(Span::raw(cut_middle(&foreign(names.as_bytes()), room).into_owned()));
    spans.push(Span::styled(missing, theme.of(Role::Error)));
    Line::from(spans)
}
