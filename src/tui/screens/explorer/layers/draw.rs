//! The layers pane, drawn: one row a layer, and what is known of the selected one below.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::super::{Explorer, Load, Pane};
use super::{Row, Subject};
use crate::image::{Basis, Layer, Step};
use crate::report::size::human;
use crate::tui::area::Areas;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{bar, cut, fit, foreign, width, wrap};
use crate::tui::widgets::frame;
use crate::tui::widgets::list::select;

const BAR: usize = 6;
/// From here on the counts of files fit beside a readable step.
const WIDE: u16 = 84;
/// Problems of a layer told beside it; an overlay has all of them.
const MAX_PROBLEMS: usize = 3;

/// Draws the pane.
pub fn draw(explorer: &Explorer, theme: &Theme, areas: &Areas, frame: &mut Frame<'_>) {
    let area = areas.layers;
    let bytes: u64 = explorer.layers.iter().map(|layer| layer.totals.bytes).sum();
    let title = match explorer.subject() {
        Some(Subject::Layers { first, last }) if explorer.list.anchor.is_some() => {
            format!("Layers · {first} to {last} selected")
        }
        _ => "Layers".to_owned(),
    };
    let edge = frame::Frame {
        title,
        position: explorer.list.cursor.position(explorer.list.rows.len()),
        selected: String::new(),
        totals: if bytes > 0 { human(bytes) } else { String::new() },
        focused: explorer.pane == Pane::Layers,
    };
    frame.render_widget(edge.block(areas.layers_frame.width, theme), areas.layers_frame);
    let head = Rect { y: area.y - 1, height: 1, ..area };
    let counts = if area.width >= WIDE { "   added  changed  removed" } else { "" };
    let heads = format!("   #     size           waste{counts}  step");
    frame.render_widget(Line::styled(fit(&heads, area.width.into()), theme.of(Role::Dim)), head);
    if explorer.list.rows.is_empty() {
        let text = if explorer.reading() { " looking for layers …" } else { " no layers" };
        frame.render_widget(Line::styled(text, theme.of(Role::Dim)), area);
    }
    frame.render_widget(Paragraph::new(lines(explorer, theme, area)), area);
    if areas.details.height > 1 {
        let rule = Rect { height: 1, ..areas.details };
        frame.render_widget(Line::styled("─".repeat(rule.width.into()), theme.of(Role::Border)), rule);
        let area = Rect { y: rule.y + 1, height: areas.details.height - 1, ..areas.details };
        frame.render_widget(Paragraph::new(details(explorer, theme, area)), area);
    }
}

/// The lines in sight.
fn lines(explorer: &Explorer, theme: &Theme, area: Rect) -> Vec<Line<'static>> {
    let largest = explorer.layers.iter().map(|layer| layer.totals.bytes).max().unwrap_or(0);
    let list = &explorer.list;
    let shown = list.rows.iter().enumerate().skip(list.cursor.offset).take(area.height.into());
    shown
        .map(|(at, row)| {
            let line = match *row {
                Row::Layer(index) => layer_line(explorer, index, largest, theme, area.width),
                Row::Step(step) => step_line(explorer, step, theme, area.width),
                Row::Base => base_line(explorer, theme, area.width),
            };
            match at == list.cursor.at {
                true => select(line, area.width.into(), explorer.pane == Pane::Layers, theme),
                false => line,
            }
        })
        .collect()
}

fn layer_line(explorer: &Explorer, index: usize, largest: u64, theme: &Theme, cells: u16) -> Line<'static> {
    let layer = &explorer.layers[index];
    let totals = &layer.totals;
    let read = explorer.image.as_ref().is_some_and(|image| index < image.tree.layers())
        || totals.entries > 0
        || layer.problem.is_some();
    let dim = theme.of(Role::Dim);
    let size = if read { human(totals.bytes) } else { "…".to_owned() };
    let share = if largest == 0 { 0.0 } else { totals.bytes as f64 / largest as f64 };
    // Waste is known once the whole image is.
    let waste = match totals.wasted_bytes {
        _ if explorer.load != Load::Ready => String::new(),
        0 => "·".to_owned(),
        bytes => human(bytes),
    };
    let ranged = explorer.list.anchor.is_some()
        && matches!(explorer.subject(), Some(Subject::Layers { first, last }) if (first..=last).contains(&index));
    let odd = match oddities(explorer, index).is_empty() {
        true => Span::raw(" "),
        false => Span::styled("!", theme.of(Role::Error)),
    };
    let number = if ranged { theme.of(Role::Range) } else { dim };
    let mut spans = vec![
        Span::styled(format!("{}{index:>3}", if ranged { "▌" } else { " " }), number),
        odd,
        Span::raw(format!("{size:>8} ")),
        Span::styled(bar(share, BAR), theme.of(Role::Bar)),
        Span::styled(format!("{waste:>8} "), theme.of(Role::Waste)),
    ];
    if cells >= WIDE {
        let count = |count: u64, glyph: char, cells: usize| match count {
            0 => format!("{:>cells$}", "·"),
            count => format!("{:>cells$}", format!("{glyph}{count}")),
        };
        spans.push(Span::styled(count(totals.added, '+', 7), theme.of(Role::Added)));
        spans.push(Span::styled(count(totals.modified, '~', 9), theme.of(Role::Modified)));
        spans.push(Span::styled(count(totals.removed, '-', 9), theme.of(Role::Removed)));
        spans.push(Span::raw(" "));
    }
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    let room = usize::from(cells).saturating_sub(used + 1);
    let below = explorer.base().is_some_and(|base| index < base.layers);
    let text = format!(" {}", cut(&foreign(step(explorer, index).as_bytes()), room));
    spans.push(Span::styled(text, if below { dim } else { theme.of(Role::Text) }));
    Line::from(spans)
}

/// A step that made no layer.
fn step_line(explorer: &Explorer, step: usize, theme: &Theme, cells: u16) -> Line<'static> {
    let counts = if cells >= WIDE { 26 } else { 0 };
    let text = explorer.head.as_ref().and_then(|head| head.history.get(step)).map(Step::instruction);
    let text = text.unwrap_or_default();
    let indent = 5 + 9 + BAR + 9 + counts + 1;
    let text = cut(&foreign(text.as_bytes()), usize::from(cells).saturating_sub(indent)).into_owned();
    Line::styled(format!("{:>4}{:indent$}{text}", "·", "", indent = indent - 4), theme.of(Role::Dim))
}

/// Where the base image ends.
fn base_line(explorer: &Explorer, theme: &Theme, cells: u16) -> Line<'static> {
    let Some(base) = explorer.base() else { return Line::default() };
    let bytes: u64 = explorer.layers.iter().take(base.layers).map(|layer| layer.totals.bytes).sum();
    let name = base
        .name
        .as_deref()
        .map_or("base image".to_owned(), |name| format!("base image {}", foreign(name.as_bytes())));
    let sure = if matches!(base.basis, Basis::Stated | Basis::Comment) { "" } else { ", guessed" };
    let text = format!("── {name} · {}{sure} ", human(bytes));
    let text = cut(&text, cells.into()).into_owned();
    let rest = usize::from(cells).saturating_sub(width(&text));
    Line::styled(format!("{text}{}", "─".repeat(rest)), theme.of(Role::Base))
}

/// The build step of a layer, or what stands in for one.
pub fn step(explorer: &Explorer, index: usize) -> String {
    let step = explorer.head.as_ref().and_then(|head| head.history.get(explorer.layers.get(index)?.step?));
    let text = step.map(Step::instruction).unwrap_or_default();
    if !text.is_empty() {
        return text;
    }
    let id = explorer.layers.get(index).and_then(|layer| layer.diff_id.as_ref().or(layer.digest.as_ref()));
    id.map_or_else(|| "no build step known".to_owned(), |id| format!("layer {}", id.short()))
}

/// What is known of the selected row, in at most `area.height` lines; the most telling first.
fn details(explorer: &Explorer, theme: &Theme, area: Rect) -> Vec<Line<'static>> {
    let (cells, height) = (usize::from(area.width), usize::from(area.height));
    let (first, last) = match explorer.subject() {
        Some(Subject::Layers { first, last }) => (first, last),
        Some(Subject::Step { step, .. }) => {
            let text = explorer.head.as_ref().and_then(|head| head.history.get(step)).map(Step::text);
            let mut lines = vec![Line::styled(" this step made no layer", theme.of(Role::Dim))];
            lines.extend(wrapped(&text.unwrap_or_default(), cells, height.saturating_sub(1)));
            return lines;
        }
        None => return Vec::new(),
    };
    let Some(layers) = explorer.layers.get(first..=last) else { return Vec::new() };
    let mut lines = vec![counts(layers, theme)];
    let odd: Vec<&str> = (first..=last).flat_map(|index| oddities(explorer, index)).collect();
    for problem in odd.iter().take(MAX_PROBLEMS) {
        let text = wrap(&format!("! {}", foreign(problem.as_bytes())), cells, 2);
        lines.extend(text.into_iter().map(|line| Line::styled(line, theme.of(Role::Error))));
    }
    if odd.len() > MAX_PROBLEMS {
        let text = format!("! {} more: the key ! lists all", odd.len() - MAX_PROBLEMS);
        lines.push(Line::styled(text, theme.of(Role::Error)));
    }
    if let Some(text) = waste(explorer, first, last) {
        lines.extend(wrap(&text, cells, 2).into_iter().map(|line| Line::styled(line, theme.of(Role::Waste))));
    }
    for index in first..=last {
        let room = height.saturating_sub(lines.len());
        let number = if first == last { String::new() } else { format!("{index}: ") };
        lines.extend(wrapped(&format!("{number}{}", step(explorer, index)), cells, room));
        if lines.len() >= height {
            break;
        }
    }
    if let [layer] = layers
        && let Some(id) = layer.diff_id.as_ref().filter(|_| lines.len() < height)
    {
        let text = cut(&format!("diff ID {id}"), cells).into_owned();
        lines.push(Line::styled(text, theme.of(Role::Dim)));
    }
    lines
}

/// Text of the image in lines of at most `cells`; its own line breaks are kept.
fn wrapped(text: &str, cells: usize, most: usize) -> Vec<Line<'static>> {
    let lines = text.lines().flat_map(|line| wrap(&foreign(line.as_bytes()), cells, most));
    lines.take(most).map(Line::from).collect()
}

fn counts(layers: &[Layer], theme: &Theme) -> Line<'static> {
    let sum = |of: fn(&Layer) -> u64| layers.iter().map(of).sum::<u64>();
    let count =
        |glyph: &'static str, count: u64, role| Span::styled(format!("{glyph}{count}  "), theme.of(role));
    let stored: Option<u64> = layers.iter().map(|layer| layer.blob_bytes).sum();
    let stored = stored.map(|bytes| format!(", {} stored", human(bytes))).unwrap_or_default();
    let entries = sum(|layer| layer.totals.entries);
    let word = if entries == 1 { "entry" } else { "entries" };
    let what = match layers {
        [_] => format!("{entries} {word}"),
        layers => format!("{} layers, {}", layers.len(), human(sum(|layer| layer.totals.bytes))),
    };
    Line::from(vec![
        count("+", sum(|layer| layer.totals.added), Role::Added),
        count("~", sum(|layer| layer.totals.modified), Role::Modified),
        count("-", sum(|layer| layer.totals.removed), Role::Removed),
        Span::styled(format!("{what}{stored}"), theme.of(Role::Dim)),
    ])
}

/// What is odd about a layer: why it could not be read whole comes first.
pub fn oddities(explorer: &Explorer, index: usize) -> Vec<&str> {
    let Some(layer) = explorer.layers.get(index) else { return Vec::new() };
    let mut all: Vec<&str> = layer.problem.as_deref().into_iter().collect();
    if layer.verified == Some(false) {
        all.push("stated digest and bytes differ");
    }
    all.extend(explorer.facts.problems_of(index).filter(|text| Some(*text) != layer.problem.as_deref()));
    all
}

/// `38 MB wasted: 30 MB removed, 8 MB overwritten`; nothing as long as that cannot be known.
pub fn waste(explorer: &Explorer, first: usize, last: usize) -> Option<String> {
    let mut sums: Vec<(crate::image::tree::Cause, u64)> = Vec::new();
    for (cause, bytes) in (first..=last).flat_map(|layer| explorer.facts.causes(layer)) {
        match sums.iter_mut().find(|(other, _)| other == cause) {
            Some((_, sum)) => *sum += bytes,
            None => sums.push((*cause, *bytes)),
        }
    }
    let total: u64 = sums.iter().map(|(_, bytes)| bytes).sum();
    let parts: Vec<String> =
        sums.iter().map(|(cause, bytes)| format!("{} {}", human(*bytes), cause.name())).collect();
    (total > 0 && explorer.load == Load::Ready)
        .then(|| format!("{} wasted: {}", human(total), parts.join(", ")))
}
