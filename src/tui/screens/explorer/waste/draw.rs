//! What the waste pane shows.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{Place, Row, secrets};
use crate::analysis::Heap;
use crate::analysis::advice::Finding;
use crate::analysis::secrets::{Place as Found, Secret};
use crate::image::tree::NodeId;
use crate::report::advice;
use crate::report::leak;
use crate::report::size::{human, percent};
use crate::tui::area::Areas;
use crate::tui::screens::explorer::{Explorer, Load, Pane};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{bar, cut, cut_start, fit, foreign, width, wrap};
use crate::tui::widgets::frame;
use crate::tui::widgets::list::select;

const BAR: usize = 5;
/// Cells that a secret's place has at least, or what became of it is not told.
const PLACE: usize = 24;
/// From here on the number of files is told.
const WIDE: u16 = 70;

/// Draws the pane.
pub fn draw(explorer: &Explorer, theme: &Theme, areas: &Areas, frame: &mut Frame<'_>) {
    let (waste, facts) = (&explorer.waste, &explorer.facts);
    let rows = waste.rows();
    let edge = frame::Frame {
        title: title(explorer),
        position: waste.cursor.position(rows.len()),
        selected: selected(explorer),
        totals: String::new(),
        focused: explorer.pane == Pane::Waste,
    };
    frame.render_widget(edge.block(areas.waste_frame.width, theme), areas.waste_frame);
    let area = areas.waste;
    let columns = Rect { y: area.y - 1, height: 1, ..area };
    let what = match waste.by_folder() {
        true if area.width >= WIDE => "   files  where",
        true => "  where",
        false => "  what is wrong",
    };
    let text = format!("      size {}{what}", " ".repeat(BAR));
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
                Row::Secret(secret) => {
                    secret_line(explorer, facts.secrets().get(*secret)?, area.width, theme)?
                }
                Row::Rest => rest_line(explorer, theme),
                Row::Path(place) => place_line(explorer, *place, area.width, theme)?,
            };
            let focused = explorer.pane == Pane::Waste;
            let selected = at == waste.cursor.at;
            Some(if selected { select(line, area.width.into(), focused, theme) } else { line })
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
    let Some(image) = &explorer.image else { return };
    let fix = waste.finding(facts, &image.tree).map(|finding| advice::fix(finding, image));
    if let Some(fix) = fix.or_else(|| Some(leak::fix(image, waste.secret(facts)?))) {
        foot(&fix, areas.remedy, theme, frame);
    }
}

/// The path that is selected, in full.
fn selected(explorer: &Explorer) -> String {
    let Some(image) = &explorer.image else { return String::new() };
    if let Some(Row::Path(place)) = explorer.waste.rows().get(explorer.waste.cursor.at) {
        return foreign(&image.tree.path(place.node)).into_owned();
    }
    if let Some(secret) = explorer.waste.secret(&explorer.facts) {
        return leak::place(image, secret);
    }
    explorer.waste.heap(&explorer.facts, &image.tree).map(|heap| path(explorer, &heap)).unwrap_or_default()
}

/// What is wasted of what, and what would be left.
fn title(explorer: &Explorer) -> String {
    let Some(image) = explorer.image.as_ref().filter(|_| explorer.load == Load::Ready) else {
        return "Waste · of the layers read so far".to_owned();
    };
    let (wasted, bytes) = (image.wasted_bytes(), image.bytes());
    let secrets = match (&explorer.facts.inside, explorer.facts.secrets().len()) {
        (None, _) => "",
        (Some(_), 0) => "no secrets · ",
        (Some(_), 1) => "1 secret · ",
        (Some(_), count) => &format!("{count} secrets · "),
    };
    match explorer.waste.what_if(&explorer.facts, image) {
        Some((1, left)) => format!("Waste · {secrets}1 marked leaves {} of {}", human(left), human(bytes)),
        Some((marked, left)) => {
            format!("Waste · {secrets}{marked} marked leave {} of {}", human(left), human(bytes))
        }
        None => {
            let share = percent(wasted, bytes);
            format!("Waste · {secrets}{} of {} ({share})", human(wasted), human(bytes))
        }
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

/// Layers, what it is and where, what became of it, and its beginning; on a narrow screen paths lose theirs, and what
/// comes last goes first.
fn secret_line(explorer: &Explorer, secret: &Secret, cells: u16, theme: &Theme) -> Option<Line<'static>> {
    let image = explorer.image.as_ref()?;
    let mut spans = vec![
        Span::raw("  "),
        Span::styled(format!("{:>8} ", "secret"), theme.of(Role::Error)),
        Span::raw(format!("{} ", fit(&leak::layers(secret), BAR + 1))),
    ];
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    let room = usize::from(cells).saturating_sub(used);
    let (title, place) = (format!("{}: ", leak::title(secret)), leak::place(image, secret));
    let fates = match secret.place {
        Found::File { deleted_in: Some(by), .. } => {
            vec![format!("  deleted in layer {by}, still shipped"), "  still shipped".to_owned()]
        }
        _ => Vec::new(),
    };
    // Of a place enough has to be left to be read.
    let taken = width(&title) + width(&place).min(PLACE);
    let fate = fates.into_iter().find(|fate| taken + width(fate) <= room).unwrap_or_default();
    let place_room = room.saturating_sub(width(&title) + width(&fate));
    let place = cut_start(&place, place_room).into_owned();
    let preview = format!("  {}", foreign(secret.preview.as_bytes()));
    let left = place_room.saturating_sub(width(&place));
    let preview = if width(&preview) <= left { preview } else { String::new() };
    spans.push(Span::raw(cut(&title, room).into_owned()));
    spans.push(Span::raw(place));
    spans.push(Span::styled(fate, theme.of(Role::Notice)));
    spans.push(Span::styled(preview, theme.of(Role::Dim)));
    Some(Line::from(spans))
}

fn rest_line(explorer: &Explorer, theme: &Theme) -> Line<'static> {
    let count = secrets::rest(&explorer.facts);
    let fold = if explorer.waste.all_secrets { "▾" } else { "▸" };
    let text = format!(" {fold}{count:>8} more secrets");
    Line::styled(text, theme.of(Role::Error))
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

fn place_line(explorer: &Explorer, place: Place, cells: u16, theme: &Theme) -> Option<Line<'static>> {
    let tree = &explorer.image.as_ref()?.tree;
    let hidden = &explorer.facts.hidden;
    let (sum, all) = (hidden.total(place.node), hidden.total(tree.root()));
    let share = if all.bytes > 0 { sum.bytes as f64 / all.bytes as f64 } else { 0.0 };
    let files = if cells >= WIDE { format!(" {:>7}", sum.contents) } else { String::new() };
    let folder = !hidden.below(place.node).is_empty();
    let fold = match (folder, explorer.waste.is_unfolded(place.node)) {
        (false, _) => "  ",
        (true, true) => "▾ ",
        (true, false) => "▸ ",
    };
    let mut spans = vec![
        Span::styled(format!("  {:>8} ", human(sum.bytes)), theme.of(Role::Waste)),
        Span::styled(bar(share, BAR), theme.of(Role::Bar)),
        Span::styled(files, theme.of(Role::Dim)),
        Span::raw(format!("  {}{fold}", "  ".repeat(usize::from(place.depth)))),
    ];
    let path = tree.path(place.node);
    let above = tree.path(place.above).len();
    let short = path.get(above..).unwrap_or_default();
    let short = foreign(short.strip_prefix(b"/").unwrap_or(short)).into_owned();
    let (role, slash) = if folder { (Role::Directory, "/") } else { (Role::Text, "") };
    let fate = if folder { String::new() } else { fates(explorer, place.node) };
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    let room = usize::from(cells).saturating_sub(used);
    let name = format!("{short}{slash}");
    // What became of it gives way to the name.
    let fate = if width(&name) + 2 + width(&fate) <= room { fate } else { String::new() };
    spans.push(Span::styled(cut(&name, room).into_owned(), theme.of(role)));
    spans.push(Span::styled(format!("  {fate}"), theme.of(Role::Notice)));
    Some(Line::from(spans))
}

/// Which layers shipped a path in vain, and what hid it there.
fn fates(explorer: &Explorer, node: NodeId) -> String {
    let Some(image) = &explorer.image else { return String::new() };
    let hidden = image.tree.versions(node).filter_map(|version| version.hidden());
    let mut texts: Vec<String> = hidden.map(|one| went(one.layer, one.hidden_by, one.cause.name())).collect();
    texts.reverse();
    texts.join(", ")
}

fn went(layer: usize, by: usize, why: &str) -> String {
    if by == layer { format!("{layer} {why}") } else { format!("{layer}→{by} {why}") }
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
