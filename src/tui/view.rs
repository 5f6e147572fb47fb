//! The state as a picture. Only reads.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph};

use super::action::Context;
use super::area::{Areas, MIN_HEIGHT, MIN_WIDTH, areas};
use super::model::Model;
use super::screens::explorer::{Explorer, Load, Pane, columns, files, layers};
use super::theme::{Role, Theme};
use super::widgets::cells::{cut, foreign, width, wrap};
use super::widgets::popup;
use crate::report::size::human;

/// Draws everything.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let (explorer, theme) = (&model.explorer, &model.theme);
    let screen = frame.area();
    // A theme may bring its own background.
    frame.buffer_mut().set_style(screen, theme.of(Role::Text));
    let Some(areas) = areas(screen.width, screen.height, explorer.layers.len(), explorer.pane) else {
        let text = format!(
            "hadal needs a terminal of at least {MIN_WIDTH}×{MIN_HEIGHT}; this one has {}×{}",
            screen.width, screen.height
        );
        let lines: Vec<Line<'_>> =
            wrap(&text, screen.width as usize, screen.height as usize).into_iter().map(Line::from).collect();
        frame.render_widget(Paragraph::new(lines), screen);
        return;
    };
    header(explorer, theme, areas.header, frame);
    if let Load::Failed(why) = &explorer.load {
        failed(why, theme, &areas, frame);
    } else {
        layers_pane(explorer, theme, &areas, frame);
        files_pane(explorer, theme, &areas, frame);
    }
    footer(model, theme, areas.footer, frame);
    if let Some(open) = model.overlay {
        let (lines, area) = open.kind.lines(model.subject(), screen, theme);
        let title = Span::styled(open.kind.title(theme, model.mouse), theme.of(Role::Title));
        popup::view(title, theme, lines, area, open.offset, frame);
    }
}

fn header(explorer: &Explorer, theme: &Theme, area: Rect, frame: &mut Frame<'_>) {
    let room = area.width as usize;
    let right = totals(explorer, room);
    let note = explorer.note.map(|note| format!(" · {note}")).unwrap_or_default();
    let left_room = room.saturating_sub(width(&right) + 9);
    let title = cut(&foreign(explorer.title.as_bytes()), left_room).into_owned();
    let note = cut(&note, left_room.saturating_sub(width(&title))).into_owned();
    let gap = left_room.saturating_sub(width(&title) + width(&note));
    let line = Line::from(vec![
        Span::styled(" hadal  ", theme.of(Role::Focus)),
        Span::styled(title, theme.of(Role::Title)),
        Span::styled(note, theme.of(Role::Notice)),
        Span::raw(" ".repeat(gap)),
        Span::raw(right),
    ]);
    frame.render_widget(Paragraph::new(line), area);
}

/// The image in numbers; on a narrow screen the least telling ones go first.
fn totals(explorer: &Explorer, room: usize) -> String {
    let source = explorer.head.as_ref().map_or(String::new(), |head| head.source.to_owned());
    let layers = explorer.layers.len();
    let mut parts = vec![source, format!("{layers} layer{}", if layers == 1 { "" } else { "s" })];
    if let (Some(image), Load::Ready) = (&explorer.image, &explorer.load) {
        let (bytes, wasted) = (image.bytes(), image.wasted_bytes());
        let percent = if bytes == 0 { 0.0 } else { 100.0 * wasted as f64 / bytes as f64 };
        parts.push(human(bytes));
        parts.push(format!("{} wasted ({percent:.0} %)", human(wasted)));
        let problems = explorer.facts.problems.len();
        if problems > 0 {
            parts.push(format!("! {problems} problem{}", if problems == 1 { "" } else { "s" }));
        }
    } else if explorer.layers.is_empty() {
        return String::new();
    }
    let mut first = 0;
    let join = |first: usize| format!("{} ", parts[first..].join(" · "));
    while first + 1 < parts.len() && width(&join(first)) * 2 > room {
        first += 1;
    }
    join(first)
}

fn block<'a>(title: &str, position: &str, focused: bool, theme: &Theme) -> Block<'a> {
    let style = theme.of(if focused { Role::Focus } else { Role::Border });
    // The pane with the keys has a heavier frame: focus must not rest on colour alone.
    let kind = if focused { BorderType::Thick } else { BorderType::Plain };
    let title = Span::styled(format!(" {title} "), theme.of(if focused { Role::Focus } else { Role::Title }));
    let block = Block::bordered().border_type(kind).border_style(style).title(title);
    match position.is_empty() {
        true => block,
        false => block.title(Line::from(format!(" {position} ")).right_aligned()),
    }
}

fn layers_pane(explorer: &Explorer, theme: &Theme, areas: &Areas, frame: &mut Frame<'_>) {
    let focused = explorer.pane == Pane::Layers;
    let position = explorer.selected.position(explorer.layers.len());
    frame.render_widget(block("Layers", &position, focused, theme), areas.layers_frame);
    let head = Rect { y: areas.layers.y - 1, height: 1, ..areas.layers };
    frame.render_widget(Paragraph::new(Line::styled(layers::header(), theme.of(Role::Dim))), head);
    if explorer.layers.is_empty() {
        let text = if explorer.reading() { "looking for layers …" } else { "no layers" };
        frame.render_widget(Paragraph::new(Line::styled(text, theme.of(Role::Dim))), areas.layers);
    }
    frame.render_widget(Paragraph::new(layers::lines(explorer, theme, areas.layers)), areas.layers);
    if areas.details.height > 1 {
        let rule = Rect { height: 1, ..areas.details };
        let line = Line::styled("─".repeat(rule.width as usize), theme.of(Role::Border));
        frame.render_widget(Paragraph::new(line), rule);
        let area = Rect { y: rule.y + 1, height: areas.details.height - 1, ..areas.details };
        frame.render_widget(Paragraph::new(layers::details(explorer, theme, area)), area);
    }
}

fn files_pane(explorer: &Explorer, theme: &Theme, areas: &Areas, frame: &mut Frame<'_>) {
    let focused = explorer.pane == Pane::Files;
    let position = explorer.files.cursor.position(explorer.files.rows.len());
    let room = (areas.files_frame.width as usize).saturating_sub(width(&position) + 8);
    let title = cut(&files::title(explorer), room).into_owned();
    frame.render_widget(block(&title, &position, focused, theme), areas.files_frame);
    let head = Rect { y: areas.files.y - 1, height: 1, ..areas.files };
    frame
        .render_widget(Paragraph::new(Line::styled(columns::header(areas.files), theme.of(Role::Dim))), head);
    if let Some(text) = files::empty(explorer) {
        frame.render_widget(Paragraph::new(Line::styled(text, theme.of(Role::Dim))), areas.files);
    }
    frame.render_widget(Paragraph::new(files::lines(explorer, theme, areas.files)), areas.files);
}

fn failed(why: &str, theme: &Theme, areas: &Areas, frame: &mut Frame<'_>) {
    let area = areas.layers_frame.union(areas.files_frame);
    let inner = area.width.saturating_sub(6) as usize;
    let mut lines = vec![
        Line::raw(""),
        Line::styled("  The image could not be opened.", theme.of(Role::Error)),
        Line::raw(""),
    ];
    for line in why.lines() {
        lines.extend(
            wrap(&foreign(line.as_bytes()), inner, 20).into_iter().map(|line| Line::raw(format!("  {line}"))),
        );
    }
    frame.render_widget(
        Paragraph::new(lines).block(Block::bordered().border_style(theme.of(Role::Error))),
        area,
    );
}

fn footer(model: &Model, theme: &Theme, area: Rect, frame: &mut Frame<'_>) {
    let mut room = area.width as usize;
    let mut spans = Vec::new();
    // The way out and the way to all other keys stay, whatever else there is to say.
    let kept = hints(model).filter(|(kept, ..)| *kept).map(|(_, key, hint)| width(&key) + width(&hint)).sum();
    room = room.saturating_sub(kept);
    if let Some(text) = state(&model.explorer) {
        let text = cut(&format!(" {text} "), room).into_owned();
        room -= width(&text);
        spans.push(Span::styled(text, theme.of(Role::Notice)));
    }
    for (kept, key, hint) in hints(model) {
        if !kept {
            let Some(left) = room.checked_sub(width(&key) + width(&hint)) else { continue };
            room = left;
        }
        spans.push(Span::styled(key, theme.of(Role::Key)));
        spans.push(Span::raw(hint));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// Keys for the footer: whether it stays, the key, the word.
fn hints(model: &Model) -> impl Iterator<Item = (bool, String, String)> {
    model.keymap.valid(model.explorer.context()).filter_map(|binding| {
        let (hint, key) = (binding.hint.as_ref()?, binding.keys.first()?);
        Some((binding.context == Context::Global, format!(" {key}"), format!(" {hint} ")))
    })
}

/// How far reading is, or how it ended when not well.
fn state(explorer: &Explorer) -> Option<String> {
    match &explorer.load {
        Load::Reading(progress) => {
            let total =
                if progress.total > 0 { format!(" of {}", human(progress.total)) } else { String::new() };
            let rate = (progress.done * 1000).checked_div(progress.millis).unwrap_or(0);
            let rate = if rate > 0 { format!(", {}/s", human(rate)) } else { String::new() };
            Some(format!("reading {}{total}{rate} · Esc stops", human(progress.done)))
        }
        Load::Cancelled => Some("stopped: what was read so far is shown".to_owned()),
        Load::Ready | Load::Failed(_) => None,
    }
}
