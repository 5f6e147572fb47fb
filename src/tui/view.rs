//! The state as a picture. Only reads.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use super::action::Context;
use super::area::{Areas, MIN_HEIGHT, MIN_WIDTH};
use super::desk;
use super::model::{At, Model};
use super::msg::Progress;
use super::screens::explorer::prompt::{Prompt, Purpose};
use super::screens::explorer::{Explorer, Load, choosing, files, layers, waste};
use super::theme::{Role, Theme};
use super::widgets::cells::{cut, foreign, width, wrap};
use super::widgets::input::Around;
use super::widgets::popup;
use crate::analysis::Syntax;
use crate::report::size::{human, percent};

/// Draws everything.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let (explorer, theme) = (&model.explorer, &model.theme);
    let screen = frame.area();
    // A theme may bring its own background.
    frame.buffer_mut().set_style(screen, theme.of(Role::Text));
    let Some(areas) = model.areas() else {
        too_small(screen, frame);
        return;
    };
    match model.at {
        At::Desk => engine_side(model, &areas, frame),
        At::Explorer => image_side(model, &areas, frame),
    }
    if let Some(open) = model.overlay {
        let (lines, area) = open.kind.lines(model.subject(), screen, theme);
        let title = Span::styled(open.kind.title(explorer, theme, model.mouse), theme.of(Role::Title));
        popup::view(title, theme, lines, area, open.offset, frame);
    }
}

fn engine_side(model: &Model, areas: &Areas, frame: &mut Frame<'_>) {
    let (engine, theme) = (&model.desk, &model.theme);
    desk::view::header(engine, theme, areas.header, frame);
    desk::view::body(engine, theme, areas.body, frame);
    if engine.dialog.is_some() || !engine.sheet().typing(areas.footer, engine.scene(theme), frame) {
        footer(model, desk::view::notice(engine, theme), areas.footer, frame);
    }
    if let Some(dialog) = &engine.dialog {
        dialog.draw(&engine.tasks, &model.keymap, theme, model.screen(), frame);
    }
}

fn image_side(model: &Model, areas: &Areas, frame: &mut Frame<'_>) {
    let (explorer, theme) = (&model.explorer, &model.theme);
    header(explorer, theme, areas.header, frame);
    match &explorer.load {
        _ if explorer.choosing.is_some() => choosing::draw(explorer, theme, areas.body, frame),
        Load::Failed(why) => failed(why, theme, areas, frame),
        _ => panes(explorer, theme, areas, frame),
    }
    match &explorer.prompt {
        Some(prompt) => typing(explorer, prompt, theme, areas.footer, frame),
        None => footer(model, state(explorer), areas.footer, frame),
    }
}

fn too_small(screen: Rect, frame: &mut Frame<'_>) {
    let text = format!(
        "hadal needs a terminal of at least {MIN_WIDTH}×{MIN_HEIGHT}; this one has {}×{}",
        screen.width, screen.height
    );
    let lines = wrap(&text, screen.width.into(), screen.height.into());
    frame.render_widget(Paragraph::new(lines.into_iter().map(Line::from).collect::<Vec<_>>()), screen);
}

fn panes(explorer: &Explorer, theme: &Theme, areas: &Areas, frame: &mut Frame<'_>) {
    if !areas.layers_frame.is_empty() {
        layers::draw::draw(explorer, theme, areas, frame);
    }
    if !areas.files_frame.is_empty() {
        files::draw(explorer, theme, areas, frame);
    }
    if !areas.waste_frame.is_empty() {
        waste::draw::draw(explorer, theme, areas, frame);
    }
}

fn header(explorer: &Explorer, theme: &Theme, area: Rect, frame: &mut Frame<'_>) {
    let room = area.width as usize;
    let right = totals(explorer, room);
    let note = explorer.note.as_ref().map(|note| format!(" · {note}")).unwrap_or_default();
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
    frame.render_widget(line, area);
}

/// The image in numbers; on a narrow screen the least telling ones go first.
fn totals(explorer: &Explorer, room: usize) -> String {
    let Some(head) = &explorer.head else { return String::new() };
    let layers = explorer.layers.len();
    let mut parts = vec![head.source.to_owned()];
    parts.extend(
        head.config.platform.as_ref().map(|platform| foreign(platform.to_string().as_bytes()).into_owned()),
    );
    parts.push(format!("{layers} layer{}", if layers == 1 { "" } else { "s" }));
    if let (Some(image), Load::Ready) = (&explorer.image, &explorer.load) {
        let (bytes, wasted) = (image.bytes(), image.wasted_bytes());
        parts.push(human(bytes));
        parts.push(format!("{} wasted ({})", human(wasted), percent(wasted, bytes)));
        let problems = explorer.facts.problems.len();
        if problems > 0 {
            parts.push(format!("! {problems} problem{}", if problems == 1 { "" } else { "s" }));
        }
    }
    let mut first = 0;
    let join = |first: usize| format!("{} ", parts[first..].join(" · "));
    while first + 1 < parts.len() && width(&join(first)) * 2 > room {
        first += 1;
    }
    join(first)
}

fn failed(why: &str, theme: &Theme, areas: &Areas, frame: &mut Frame<'_>) {
    let area = areas.body;
    let inner = area.width.saturating_sub(6) as usize;
    let mut lines = vec![
        Line::raw(""),
        Line::styled("  The image could not be opened.", theme.of(Role::Error)),
        Line::raw(""),
    ];
    for line in why.lines() {
        let wrapped = wrap(&foreign(line.as_bytes()), inner, 20).into_iter();
        lines.extend(wrapped.map(|line| Line::raw(format!("  {line}"))));
    }
    let block = Block::bordered().border_style(theme.of(Role::Error));
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// The line that is typed into, what it is understood as, and what it finds.
fn typing(explorer: &Explorer, prompt: &Prompt, theme: &Theme, area: Rect, frame: &mut Frame<'_>) {
    let filter = &explorer.files.filter;
    let (label, state, keys) = match prompt.purpose {
        Purpose::Filter => {
            let count = explorer.files.outline.as_ref().map_or(0, |outline| outline.count);
            let more = if explorer.files.pending().is_some() { "+" } else { "" };
            let state = match &filter.mistake {
                Some(mistake) => format!("! {mistake}"),
                None if filter.text.is_empty() => match filter.syntax() {
                    Syntax::Fuzzy => "words of the name, with / of the path".to_owned(),
                    Syntax::Glob => "like *.so or /etc/**".to_owned(),
                    Syntax::Regex => "anywhere in the path".to_owned(),
                },
                None => format!("{count}{more} match{}", if count == 1 { "" } else { "es" }),
            };
            (format!(" {} / ", filter.syntax().name()), state, "Tab syntax  ⏎ keep  Esc drop ")
        }
        Purpose::Path => {
            let mistake = prompt.mistake.as_ref().map(|mistake| format!("! {mistake}"));
            let state = mistake.or_else(|| prompt.hint.clone()).unwrap_or_default();
            let state = foreign(state.as_bytes()).into_owned();
            (" go to ".to_owned(), state, "Tab complete  ⏎ go  Esc back ")
        }
    };
    let mistake = state.starts_with('!');
    let around = Around { label: &label, state: &state, mistake, keys };
    prompt.input.draw(&around, theme, area, frame);
}

fn footer(model: &Model, said: Option<String>, area: Rect, frame: &mut Frame<'_>) {
    let theme = &model.theme;
    let mut room = area.width as usize;
    let mut spans = Vec::new();
    // The way out and the way to all other keys stay, whatever else there is to say.
    let kept = hints(model).filter(|(kept, ..)| *kept).map(|(_, key, hint)| width(&key) + width(&hint)).sum();
    room = room.saturating_sub(kept);
    if let Some(text) = said {
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
    frame.render_widget(Line::from(spans), area);
}

/// Keys for the footer: whether it stays, the key, the word.
fn hints(model: &Model) -> impl Iterator<Item = (bool, String, String)> {
    model.keymap.valid(model.context()).filter_map(|binding| {
        let (hint, key) = (binding.hint.as_ref()?, binding.keys.first()?);
        let kept = binding.context == Context::Global;
        Some((kept, format!(" {key}"), format!(" {hint} ")))
    })
}

/// What the last key came to, how far reading is, or how it ended when not well.
fn state(explorer: &Explorer) -> Option<String> {
    if let Some(notice) = &explorer.notice {
        return Some(notice.clone());
    }
    if let Some(progress) = explorer.looking {
        let doing = match (explorer.of_engine(), progress.done) {
            (true, 0) => "looking inside: the engine prepares another export".to_owned(),
            (true, _) => format!("looking inside another export: {}", read(progress)),
            (false, _) => format!("looking inside: {}", read(progress)),
        };
        return Some(format!("{doing} · Esc stops"));
    }
    match &explorer.load {
        Load::Reading(_) if explorer.preparing => {
            Some("the engine is preparing the image · Esc stops".to_owned())
        }
        Load::Reading(progress) => Some(format!("reading {} · Esc stops", read(*progress))),
        Load::Cancelled => Some("stopped: what was read so far is shown".to_owned()),
        Load::Ready | Load::Failed(_) => None,
    }
}

/// How much of how much, and how fast.
fn read(progress: Progress) -> String {
    let total = if progress.total > 0 { format!(" of {}", human(progress.total)) } else { String::new() };
    let rate = (progress.done * 1000).checked_div(progress.millis).unwrap_or(0);
    let rate = if rate > 0 { format!(", {}/s", human(rate)) } else { String::new() };
    format!("{}{total}{rate}", human(progress.done))
}
