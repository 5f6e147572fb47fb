//! The waste pane: the largest heaps of bytes that are shipped and never seen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{Explorer, Load, Pane};
use crate::analysis::Heap;
use crate::report::size::{human, percent};
use crate::tui::area::Areas;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{bar, cut_start, fit, foreign, width};
use crate::tui::widgets::frame;
use crate::tui::widgets::list::select;

const BAR: usize = 5;
/// From here on the number of files is told.
const WIDE: u16 = 70;

/// Draws the pane.
pub fn draw(explorer: &Explorer, theme: &Theme, areas: &Areas, frame: &mut Frame<'_>) {
    let heaps = &explorer.facts.heaps;
    let cursor = &explorer.waste;
    let bytes = explorer.image.as_ref().map_or(0, |image| image.bytes());
    let wasted: u64 = heaps.iter().map(|heap| heap.bytes).sum();
    let title = match explorer.load {
        Load::Ready => format!("Waste · {} of {} ({})", human(wasted), human(bytes), percent(wasted, bytes)),
        _ => "Waste · of the layers read so far".to_owned(),
    };
    let edge = frame::Frame {
        title,
        position: cursor.position(heaps.len()),
        selected: heaps.get(cursor.at).map(|heap| path(explorer, heap)).unwrap_or_default(),
        totals: String::new(),
        focused: explorer.pane == Pane::Waste,
    };
    frame.render_widget(edge.block(areas.waste_frame.width, theme), areas.waste_frame);
    let area = areas.waste;
    let head = Rect { y: area.y - 1, height: 1, ..area };
    let files = if area.width >= WIDE { "    files" } else { "" };
    let text = format!("    size {}{files}  layers  {}where", " ".repeat(BAR), fit("why", why(area.width)));
    frame.render_widget(Line::styled(fit(&text, area.width.into()), theme.of(Role::Dim)), head);
    if heaps.is_empty() {
        let text = match explorer.load {
            Load::Ready => " nothing is wasted: every byte that is shipped can be seen",
            _ => " what is wasted is known when all layers are read",
        };
        frame.render_widget(Line::styled(text, theme.of(Role::Dim)), area);
        return;
    }
    let largest = heaps.first().map_or(0, |heap| heap.bytes);
    let shown = heaps.iter().enumerate().skip(cursor.offset).take(area.height.into());
    let lines: Vec<Line<'_>> = shown
        .map(|(at, heap)| {
            let line = line(explorer, heap, largest, area.width, theme);
            let focused = explorer.pane == Pane::Waste;
            if at == cursor.at { select(line, area.width.into(), focused, theme) } else { line }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

/// Cells for the cause: narrow panes need them for paths.
fn why(cells: u16) -> usize {
    if cells >= WIDE { 19 } else { 14 }
}

fn line(explorer: &Explorer, heap: &Heap, largest: u64, cells: u16, theme: &Theme) -> Line<'static> {
    let share = if largest == 0 { 0.0 } else { heap.bytes as f64 / largest as f64 };
    let files = if cells >= WIDE { format!(" {:>8}", heap.contents) } else { String::new() };
    let layers = match heap.layer == heap.hidden_by {
        true => format!("{}", heap.layer),
        false => format!("{}→{}", heap.layer, heap.hidden_by),
    };
    let mut spans = vec![
        Span::styled(format!("{:>8} ", human(heap.bytes)), theme.of(Role::Waste)),
        Span::styled(bar(share, BAR), theme.of(Role::Bar)),
        Span::styled(files, theme.of(Role::Dim)),
        Span::raw(format!("  {layers:>6}  ")),
        Span::styled(fit(heap.cause.name(), why(cells)), theme.of(Role::Notice)),
    ];
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    let room = usize::from(cells).saturating_sub(used);
    spans.push(Span::raw(cut_start(&path(explorer, heap), room).into_owned()));
    Line::from(spans)
}

fn path(explorer: &Explorer, heap: &Heap) -> String {
    let Some(image) = &explorer.image else { return String::new() };
    let path = image.tree.path(heap.node);
    let slash = if heap.contents > 1 { "/…" } else { "" };
    format!("{}{slash}", foreign(path.strip_suffix(b"/").unwrap_or(&path)))
}
