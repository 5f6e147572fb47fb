//! The layers pane: one row a layer, and what is known of the selected one below.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::files::select;
use super::{Explorer, Load, Pane};
use crate::image::{Layer, Step};
use crate::report::size::human;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{bar, cut, foreign, wrap};

const BAR: usize = 6;
/// Problems of a layer told beside it; an overlay has all of them.
const MAX_PROBLEMS: usize = 3;

/// The lines in sight.
pub fn lines(explorer: &Explorer, theme: &Theme, area: Rect) -> Vec<Line<'static>> {
    let largest = explorer.layers.iter().map(|layer| layer.totals.bytes).max().unwrap_or(0);
    let shown = explorer.layers.iter().enumerate().skip(explorer.selected.offset).take(area.height as usize);
    shown
        .map(|(index, _)| {
            let line = line(explorer, index, largest, theme, area.width as usize);
            match index == explorer.selected.at {
                true => select(line, area.width as usize, explorer.pane == Pane::Layers, theme),
                false => line,
            }
        })
        .collect()
}

fn line(explorer: &Explorer, index: usize, largest: u64, theme: &Theme, width: usize) -> Line<'static> {
    let layer = &explorer.layers[index];
    let read = explorer.image.as_ref().is_some_and(|image| index < image.tree.layers())
        || layer.totals.entries > 0
        || layer.problem.is_some();
    let dim = theme.of(Role::Dim);
    let size = if read { human(layer.totals.bytes) } else { "…".to_owned() };
    let share = if largest == 0 { 0.0 } else { layer.totals.bytes as f64 / largest as f64 };
    // Waste is known once the whole image is.
    let waste = match layer.totals.wasted_bytes {
        _ if explorer.load != Load::Ready => String::new(),
        0 => "·".to_owned(),
        bytes => human(bytes),
    };
    let mark = if oddities(explorer, index).is_empty() { " " } else { "!" };
    let mut spans = vec![
        Span::styled(format!("{index:>3}"), dim),
        Span::styled(mark, theme.of(Role::Error)),
        Span::raw(format!("{size:>8} ")),
        Span::styled(bar(share, BAR), theme.of(Role::Bar)),
        Span::styled(format!("{waste:>8} "), theme.of(Role::Waste)),
    ];
    let room = width.saturating_sub(4 + 9 + BAR + 9 + 1);
    spans.push(Span::raw(format!(" {}", cut(&foreign(step(explorer, index).as_bytes()), room))));
    Line::from(spans)
}

/// The build step of a layer, or what stands in for one.
fn step(explorer: &Explorer, index: usize) -> String {
    let step = explorer.head.as_ref().and_then(|head| head.history.get(explorer.layers[index].step?));
    let text = step.map(Step::instruction).unwrap_or_default();
    if !text.is_empty() {
        return text;
    }
    let layer = &explorer.layers[index];
    let id = layer.diff_id.as_ref().or(layer.digest.as_ref());
    id.map_or_else(|| "no build step known".to_owned(), |id| format!("layer {}", id.short()))
}

/// Column heads over the rows.
pub fn header() -> &'static str {
    "  #     size           waste  step"
}

/// What is known of the selected layer, in at most `area.height` lines; the most telling first.
pub fn details(explorer: &Explorer, theme: &Theme, area: Rect) -> Vec<Line<'static>> {
    let index = explorer.selected.at;
    let Some(layer) = explorer.layers.get(index) else { return Vec::new() };
    let (width, height) = (area.width as usize, area.height as usize);
    let mut lines = vec![counts(layer, theme)];
    let odd = oddities(explorer, index);
    for problem in odd.iter().take(MAX_PROBLEMS) {
        let text = wrap(&format!("! {}", foreign(problem.as_bytes())), width, 2);
        lines.extend(text.into_iter().map(|line| Line::styled(line, theme.of(Role::Error))));
    }
    if odd.len() > MAX_PROBLEMS {
        let text = format!("! {} more: the key ! lists all", odd.len() - MAX_PROBLEMS);
        lines.push(Line::styled(text, theme.of(Role::Error)));
    }
    if let Some(text) = waste(explorer, index) {
        lines.extend(wrap(&text, width, 2).into_iter().map(|line| Line::styled(line, theme.of(Role::Waste))));
    }
    let step = step(explorer, index);
    let room = height.saturating_sub(lines.len());
    lines.extend(wrap(&foreign(step.as_bytes()), width, room).into_iter().map(Line::from));
    if let Some(id) = layer.diff_id.as_ref().filter(|_| lines.len() < height) {
        let text = cut(&format!("diff ID {id}"), width).into_owned();
        lines.push(Line::styled(text, theme.of(Role::Dim)));
    }
    lines
}

fn counts(layer: &Layer, theme: &Theme) -> Line<'static> {
    let totals = layer.totals;
    let count =
        |glyph: &'static str, count: u64, role| Span::styled(format!("{glyph}{count}  "), theme.of(role));
    let stored = layer.blob_bytes.map(|bytes| format!(", {} stored", human(bytes))).unwrap_or_default();
    let entries = if totals.entries == 1 { "entry" } else { "entries" };
    Line::from(vec![
        count("+", totals.added, Role::Added),
        count("~", totals.modified, Role::Modified),
        count("-", totals.removed, Role::Removed),
        Span::styled(format!("{} {entries}{stored}", totals.entries), theme.of(Role::Dim)),
    ])
}

/// What is odd about a layer: why it could not be read whole comes first.
fn oddities(explorer: &Explorer, index: usize) -> Vec<&str> {
    let Some(layer) = explorer.layers.get(index) else { return Vec::new() };
    let mut all: Vec<&str> = layer.problem.as_deref().into_iter().collect();
    if layer.verified == Some(false) {
        all.push("stated digest and bytes differ");
    }
    all.extend(explorer.facts.problems_of(index).filter(|text| Some(*text) != layer.problem.as_deref()));
    all
}

/// `38 MB wasted: 30 MB removed, 8 MB overwritten`; nothing as long as that cannot be known.
fn waste(explorer: &Explorer, index: usize) -> Option<String> {
    let causes = explorer.facts.causes(index);
    let total: u64 = causes.iter().map(|(_, bytes)| bytes).sum();
    let parts: Vec<String> =
        causes.iter().map(|(cause, bytes)| format!("{} {}", human(*bytes), cause.name())).collect();
    (total > 0 && explorer.load == Load::Ready)
        .then(|| format!("{} wasted: {}", human(total), parts.join(", ")))
}
