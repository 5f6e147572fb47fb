//! What containers use, drawn: four graphs, or a table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, RenderDirection, Sparkline};

use super::series::Of;
use super::{One, Stats};
use crate::container::stats::Usage;
use crate::report::size::{human, percent};
use crate::tui::screens::pages::Heard;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{bar, fit, foreign, width};
use crate::tui::widgets::frame::{self, inside};
use crate::tui::widgets::list::select;
use crate::tui::wish::Scene;

/// From here on graphs stand two beside each other.
const TWO: u16 = 70;
/// Cells of a bar in the table.
const BAR: usize = 10;
/// Memory beyond this share of its limit is worth a warning.
const FULL: f64 = 0.9;
/// Graphs of bytes a second are no higher than this for a trickle.
const TRICKLE: u64 = 10_000;

impl Stats {
    pub(super) fn draw_all(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) {
        match &self.containers[..] {
            [one] => one.draw(area, scene, frame),
            _ => self.table(area, scene, frame),
        }
    }

    fn table(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) {
        let theme = scene.theme;
        let sum = |of| self.containers.iter().filter_map(|one| one.series.now(of)).sum::<u64>();
        let edge = frame::Frame {
            title: format!("Usage · {} containers", self.containers.len()),
            position: self.cursor.position(self.containers.len()),
            selected: self.containers.get(self.cursor.at).map(|one| one.words(scene)).unwrap_or_default(),
            totals: format!("{} · {}", cpu_words(sum(Of::Cpu)), human(sum(Of::Memory))),
            focused: true,
        };
        frame.render_widget(edge.foreign().block(area.width, theme), area);
        let rows = Stats::rows(area);
        let names = self.containers.iter().map(|one| width(&foreign(one.name.as_bytes()))).max();
        let names = names.unwrap_or(0).clamp(4, 24);
        let head = format!(
            " {}  {:>7} {:BAR$}  {:>8} {:BAR$} {:>5}  {:>9} {:>9}  {:>9} {:>9}",
            fit("NAME", names),
            "CPU",
            "",
            "MEMORY",
            "",
            "",
            "↓ NET/s",
            "↑ NET/s",
            "READ/s",
            "WRITE/s"
        );
        let line = Rect { y: rows.y.saturating_sub(1), height: 1, ..rows };
        frame.render_widget(Line::styled(head, theme.of(Role::Dim)), line);
        let shown = self.containers.iter().enumerate().skip(self.cursor.offset).take(rows.height.into());
        let lines: Vec<Line<'_>> = shown
            .map(|(at, one)| {
                let line = one.row(names, scene);
                if at == self.cursor.at { select(line, rows.width.into(), true, theme) } else { line }
            })
            .collect();
        frame.render_widget(Paragraph::new(lines), rows);
    }
}

impl One {
    fn row(&self, names: usize, scene: Scene<'_>) -> Line<'static> {
        let theme = scene.theme;
        let name = Span::raw(format!(" {}  ", fit(&foreign(self.name.as_bytes()), names)));
        let Some(usage) = self.series.last().filter(|_| self.ended.is_none()) else {
            return Line::from(vec![name, Span::styled(self.silence(scene), theme.of(Role::Dim))]);
        };
        let cpu = self.series.now(Of::Cpu);
        let memory = usage.memory_share().unwrap_or(0.0);
        let of_limit = usage.memory.zip(usage.memory_limit).map(|(memory, limit)| percent(memory, limit));
        let of_limit = of_limit.unwrap_or_default();
        let rate = |of| self.series.now(of).filter(|rate| *rate > 0).map_or("·".to_owned(), human);
        let role = if memory > FULL { Role::Error } else { Role::Bar };
        Line::from(vec![
            name,
            Span::raw(format!("{:>7} ", cpu.map_or("·".to_owned(), cpu_percent))),
            Span::styled(bar(usage.cpu_share().unwrap_or(0.0), BAR), theme.of(Role::Bar)),
            Span::raw(format!("  {:>8} ", usage.memory.map_or("·".to_owned(), human))),
            Span::styled(bar(memory, BAR), theme.of(role)),
            Span::raw(format!(" {of_limit:>5}  {:>9} {:>9}  ", rate(Of::Received), rate(Of::Sent))),
            Span::raw(format!("{:>9} {:>9}", rate(Of::Read), rate(Of::Written))),
        ])
    }

    /// Why there are no numbers.
    fn silence(&self, scene: Scene<'_>) -> String {
        match (&self.ended, self.container(scene.world)) {
            (Some(Err(why)), _) => why.clone(),
            (_, None) => "gone".to_owned(),
            (_, Some(container)) if !container.state.is_alive() => container.state.to_string(),
            _ => "the first numbers take a second …".to_owned(),
        }
    }

    /// All of it on one line.
    pub(super) fn words(&self, scene: Scene<'_>) -> String {
        let Some(usage) = self.series.last().filter(|_| self.ended.is_none()) else {
            return format!("{}: {}", self.name, self.silence(scene));
        };
        let processes = usage.processes.map(|count| format!(" · {count} processes")).unwrap_or_default();
        let cpu = self.series.now(Of::Cpu).map(cpu_words).unwrap_or_default();
        format!("{}: {cpu} · memory {}{processes}", self.name, self.memory())
    }

    fn memory(&self) -> String {
        let Some(usage) = self.series.last() else { return String::new() };
        match (usage.memory, usage.memory_limit) {
            (None, _) => "not told".to_owned(),
            (Some(memory), Some(limit)) => {
                format!("{} of {} ({})", human(memory), human(limit), percent(memory, limit))
            }
            (Some(memory), None) => format!("{}, no limit", human(memory)),
        }
    }

    fn draw(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) {
        let theme = scene.theme;
        let state = self.container(scene.world).map(|container| container.state.to_string());
        let processes = self.series.last().and_then(|usage| usage.processes);
        let edge = frame::Frame {
            title: format!("Usage · {} · {}", self.name, state.unwrap_or_else(|| "gone".to_owned())),
            position: processes.map(|count| format!("{count} processes")).unwrap_or_default(),
            totals: "the last 5 minutes, newest at the right".to_owned(),
            focused: true,
            ..frame::Frame::default()
        };
        frame.render_widget(edge.foreign().block(area.width, theme), area);
        let body = inside(area);
        if self.series.last().is_none() || matches!(self.ended, Some(Err(_))) {
            let heard = match &self.ended {
                Some(Err(why)) => Heard::Failed(why.clone()),
                _ => Heard::Nothing,
            };
            heard.draw(&self.silence(scene), "", theme, body, frame);
            return;
        }
        let columns = if body.width >= TWO { 2 } else { 1 };
        let (wide, high) = (body.width / columns, body.height / (4 / columns));
        for (at, of) in [Of::Cpu, Of::Memory, Of::Received, Of::Read].into_iter().enumerate() {
            let at = at as u16;
            let place = Rect {
                x: body.x + at % columns * wide,
                y: body.y + at / columns * high,
                width: wide,
                height: high,
            };
            self.panel(of, place, theme, frame);
        }
    }

    /// One graph under its numbers, or two where bytes go both ways.
    fn panel(&self, of: Of, area: Rect, theme: &Theme, frame: &mut Frame<'_>) {
        let now = |of| self.series.now(of).unwrap_or(0);
        let usage = self.series.last();
        match of {
            Of::Cpu => {
                let allowed = usage.and_then(|usage| usage.cores_allowed);
                let allowed =
                    allowed.map(|cores| format!(" of {} %", (cores * 100.0).round())).unwrap_or_default();
                let text = format!("{}{allowed}", cpu_words(now(Of::Cpu)));
                self.graph(of, &text, 1000, Role::Bar, area, theme, frame);
            }
            Of::Memory => {
                let limit = usage.and_then(|usage| usage.memory_limit);
                let text = format!("memory {}", self.memory());
                let full = usage.and_then(Usage::memory_share).is_some_and(|share| share > FULL);
                let role = if full { Role::Error } else { Role::Bar };
                self.graph(of, &text, limit.unwrap_or(1), role, area, theme, frame);
            }
            Of::Received | Of::Sent => {
                let (upper, lower) = halves(area);
                let text = format!("network ↓ {}/s", human(now(Of::Received)));
                self.graph(Of::Received, &text, TRICKLE, Role::Added, upper, theme, frame);
                let text = format!("        ↑ {}/s", human(now(Of::Sent)));
                self.graph(Of::Sent, &text, TRICKLE, Role::Modified, lower, theme, frame);
            }
            Of::Read | Of::Written => {
                let (upper, lower) = halves(area);
                let text = format!("disk read {}/s", human(now(Of::Read)));
                self.graph(Of::Read, &text, TRICKLE, Role::Added, upper, theme, frame);
                let text = format!("   written {}/s", human(now(Of::Written)));
                self.graph(Of::Written, &text, TRICKLE, Role::Modified, lower, theme, frame);
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one graph in all its aspects")]
    fn graph(
        &self,
        of: Of,
        text: &str,
        least: u64,
        role: Role,
        area: Rect,
        theme: &Theme,
        frame: &mut Frame<'_>,
    ) {
        if area.height == 0 || area.width < 4 {
            return;
        }
        let line = Rect { x: area.x + 1, width: area.width - 2, height: 1, ..area };
        frame.render_widget(Line::styled(text.to_owned(), theme.of(Role::Title)), line);
        let graph = Rect { y: area.y + 1, height: area.height - 1, ..line };
        let values = self.series.columns(of, usize::from(graph.width));
        let most = values.iter().copied().max().unwrap_or(0).max(least);
        let sparkline = Sparkline::default().data(values).max(most).direction(RenderDirection::RightToLeft);
        frame.render_widget(sparkline.style(theme.of(role)), graph);
    }
}

fn halves(area: Rect) -> (Rect, Rect) {
    let upper = area.height / 2;
    (Rect { height: upper, ..area }, Rect { y: area.y + upper, height: area.height - upper, ..area })
}

/// Thousandths of a processor in percent of one, as engines print it.
fn cpu_percent(thousandths: u64) -> String {
    if thousandths < 1000 {
        format!("{}.{} %", thousandths / 10, thousandths % 10)
    } else {
        format!("{} %", thousandths / 10)
    }
}

fn cpu_words(thousandths: u64) -> String {
    format!("CPU {}", cpu_percent(thousandths))
}
