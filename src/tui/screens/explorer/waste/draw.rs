//! What the waste pane shows.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::Row;
use crate::analysis::Heap;
use crate::analysis::advice::Finding;
use crate::report::advice;
use crate::report::size::{human, percent};
use crate::tui::area::Areas;
use crate::tui::screens::explorer::{Explorer, Load, Pane};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{bar, cut, cut_start, fit, foreign, width, wrap};
use crate::tui::widgets::frame;
use crate::tui::widgets::list::select;

const BAR: usize = 5;
/// From here on the number of files is told.
const WIDE: u16 = 70;

/// Draws the pane.
pub fn draw(explorer: &Explorer, theme: &Theme, areas: &Areas, frame: &mut Frame<'_>) {
    let (waste, facts) = (&explorer.waste, &explorer.facts);
    let rows = waste.rows();
    let edge = frame::Frame {
        title: title(explorer),
        position: waste.cursor.position(rows.len()),
        selected: waste.heap(facts).map(|heap| path(explorer, &heap)).unwrap_or_default(),
        totals: String::new(),
        focused: explorer.pane == Pane::Waste,
    };
    frame.render_widget(edge.block(areas.waste_frame.width, theme), areas.waste_frame);
    let area = areas.waste;
    let columns = Rect { y: area.y - 1, height: 1, ..area };
    let text = format!("      size {}  what is wrong", " ".repeat(BAR));
    frame.render_widget(Line::styled(fit(&text, area.width.into()), theme.of(Role::Dim)), columns);
    if rows.is_empty() {
        let text = match explorer.load {
            Load::Ready => " nothing is wasted: every byte that is shipped can be seen",
            _ => " what is wasted is known when all layers are read",
        };
        frame.render_widget(Line::styled(text, theme.of(Role::Dim)), area);
        return;
    }
    let largest = facts.findings.iter().filter_map(|finding| finding.bytes).max().unwrap_or(0);
    let shown = rows.iter().enumerate().skip(waste.cursor.offset).take(area.height.into());
    let lines: Vec<Line<'_>> = shown
        .filter_map(|(at, row)| {
            let line = match row {
                Row::Finding(finding) => line(explorer, *finding, largest, area.width, theme),
                Row::Heap(finding, heap) => {
                    let heap = facts.findings.get(*finding)?.heaps.get(*heap)?;
                    heap_line(explorer, heap, area.width, theme)
                }
            };
            let focused = explorer.pane == Pane::Waste;
            let selected = at == waste.cursor.at;
            Some(if selected { select(line, area.width.into(), focused, theme) } else { line })
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
    if let Some((finding, image)) = waste.finding(facts).zip(explorer.image.as_ref()) {
        foot(&advice::fix(finding, image), areas.remedy, theme, frame);
    }
}

/// What is wasted of what, and what would be left.
fn title(explorer: &Explorer) -> String {
    let Some(image) = explorer.image.as_ref().filter(|_| explorer.load == Load::Ready) else {
        return "Waste · of the layers read so far".to_owned();
    };
    let (wasted, bytes) = (image.wasted_bytes(), image.bytes());
    match explorer.waste.what_if(&explorer.facts, image) {
        Some((1, left)) => format!("Waste · 1 marked leaves {} of {}", human(left), human(bytes)),
        Some((marked, left)) => format!("Waste · {marked} marked leave {} of {}", human(left), human(bytes)),
        None => format!("Waste · {} of {} ({})", human(wasted), human(bytes), percent(wasted, bytes)),
    }
}

/// The change to make, below a rule.
fn foot(fix: &str, area: Rect, theme: &Theme, frame: &mut Frame<'_>) {
    if area.height < 2 {
        return;
    }
    let cells = usize::from(area.width);
    let texts = wrap(&foreign(fix.as_bytes()), cells.saturating_sub(3), usize::from(area.height) - 1);
    let rule = Line::styled("─".repeat(cells), theme.of(Role::Border));
    let text = |(at, text): (usize, String)| {
        let arrow = if at == 0 { " → " } else { "   " };
        Line::styled(format!("{arrow}{text}"), theme.of(Role::Text))
    };
    let lines: Vec<Line<'_>> = std::iter::once(rule).chain(texts.into_iter().enumerate().map(text)).collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn line(explorer: &Explorer, at: usize, largest: u64, cells: u16, theme: &Theme) -> Line<'static> {
    let waste = &explorer.waste;
    let Some((finding, image)) = explorer.facts.findings.get(at).zip(explorer.image.as_ref()) else {
        return Line::default();
    };
    let mark = if waste.is_marked(at) { "*" } else { " " };
    let fold = match (finding.heaps.is_empty(), waste.is_open(at)) {
        (true, _) => " ",
        (false, true) => "▾",
        (false, false) => "▸",
    };
    let share = match finding.bytes {
        Some(bytes) if largest > 0 => bytes as f64 / largest as f64,
        _ => 0.0,
    };
    let size = finding.bytes.map_or("hint".to_owned(), human);
    let mut spans = vec![
        Span::styled(mark, theme.of(Role::Key)),
        Span::raw(fold),
        Span::styled(format!("{size:>8} "), theme.of(role(finding))),
        Span::styled(bar(share, BAR), theme.of(Role::Bar)),
        Span::raw("  "),
    ];
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    let title = advice::title(finding, image);
    let title = foreign(title.as_bytes());
    spans.push(Span::raw(cut(&title, usize::from(cells).saturating_sub(used)).into_owned()));
    Line::from(spans)
}

fn role(finding: &Finding) -> Role {
    if finding.bytes.is_some() && !finding.in_base { Role::Waste } else { Role::Dim }
}

fn heap_line(explorer: &Explorer, heap: &Heap, cells: u16, theme: &Theme) -> Line<'static> {
    let files = if cells >= WIDE { format!(" {:>8}", heap.contents) } else { String::new() };
    let (layers, why) = match heap.fate {
        Some(fate) if fate.by == heap.layer => (format!("{}", heap.layer), fate.cause.name()),
        Some(fate) => (format!("{}→{}", heap.layer, fate.by), fate.cause.name()),
        None => (format!("{}", heap.layer), "visible"),
    };
    let mut spans = vec![
        Span::raw("   "),
        Span::styled(format!("{:>8} ", human(heap.bytes)), theme.of(Role::Dim)),
        Span::styled(files, theme.of(Role::Dim)),
        Span::raw(format!("  {layers:>6}  ")),
        Span::styled(fit(why, why_cells(cells)), theme.of(Role::Notice)),
    ];
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    let room = usize::from(cells).saturating_sub(used);
    spans.push(Span::raw(cut_start(&path(explorer, heap), room).into_owned()));
    Line::from(spans)
}

/// Cells for the cause: narrow panes need them for paths.
fn why_cells(cells: u16) -> usize {
    if cells >= WIDE { 19 } else { 14 }
}

fn path(explorer: &Explorer, heap: &Heap) -> String {
    let Some(image) = &explorer.image else { return String::new() };
    let path = image.tree.path(heap.node);
    let slash = if heap.contents > 1 { "/…" } else { "" };
    format!("{}{slash}", foreign(path.strip_suffix(b"/").unwrap_or(&path)))
}
