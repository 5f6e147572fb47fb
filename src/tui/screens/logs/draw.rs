//! The log, drawn: only lines in sight are taken apart.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::source::Source;
use super::text::Finds;
use super::{Logs, Streams, Times, words};
use crate::container::exit;
use crate::container::log::{At, LogLine};
use crate::report::age::age;
use crate::report::status;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{cut, fit, foreign, width, wrap};
use crate::tui::widgets::frame::{self, inside};
use crate::tui::widgets::list::select;
use crate::tui::wish::Scene;

/// Colours of names; the glyphs of a name tell containers apart without them.
const NAMES: [Role; 6] =
    [Role::Bar, Role::Added, Role::Metadata, Role::Modified, Role::Directory, Role::Waste];

impl Logs {
    pub(super) fn draw_all(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) {
        let theme = scene.theme;
        let edge = frame::Frame {
            title: self.title(scene),
            position: self.position(),
            selected: self.about_line(),
            totals: self.totals(scene),
            focused: true,
        };
        frame.render_widget(edge.foreign().block(area.width, theme), area);
        let rows = inside(area);
        if self.view.is_empty() && self.open().next().is_none() {
            self.draw_empty(theme, rows, frame);
        } else {
            frame.render_widget(Paragraph::new(self.rows(theme, rows)), rows);
        }
        if let Some(details) = &self.details {
            details.draw(theme, rows, frame);
        }
    }

    /// The rows in sight, top to bottom.
    fn rows(&self, theme: &Theme, area: Rect) -> Vec<Line<'static>> {
        let height = usize::from(area.height);
        let range = self.range();
        let mut rows: Vec<Line<'static>> = Vec::new();
        if self.view.is_empty() {
            rows = self.behind(theme, area.width.into());
        }
        let mut row = self.window.top;
        while rows.len() < height + self.window.skipped {
            let Some(at) = self.view.get(row) else { break };
            let Some(line) = self.line(at) else { break };
            let marked = range.as_ref().is_some_and(|range| range.contains(&row));
            // Of a line above the window there may be more rows than anybody will see.
            let skip = if row == self.window.top { self.window.skipped } else { 0 };
            self.line_rows(row, at, &line, marked, skip + height, theme, area.width, &mut rows);
            row += 1;
        }
        rows.drain(..self.window.skipped.min(rows.len()));
        rows.truncate(height);
        rows
    }

    #[allow(clippy::too_many_arguments, reason = "one line in all its aspects")]
    fn line_rows(
        &self,
        row: usize,
        at: At,
        line: &LogLine<'_>,
        marked: bool,
        most: usize,
        theme: &Theme,
        cells: u16,
        rows: &mut Vec<Line<'static>>,
    ) {
        let cells = usize::from(cells);
        let begins = line.time.and_then(|time| self.source(at)?.begins(at.number, time));
        if let Some((run, before)) = begins {
            rows.push(rule(&self.named(at, &words::begins(run, before)), theme, cells));
        }
        let text = self.text(line);
        let finds = self.finds(&text.plain, theme);
        let room = self.text_cells();
        let selected = row == self.window.at;
        let mut push = |prefix: Vec<Span<'static>>, spans: Vec<Span<'static>>| {
            let line = Line::from(prefix.into_iter().chain(spans).collect::<Vec<_>>());
            rows.push(if selected { select(line, cells, true, theme) } else { line });
        };
        if self.wrap {
            for (part, spans) in text.wrapped(0..most, room, &finds).into_iter().enumerate() {
                push(self.before(at, line, marked, part == 0, theme), spans);
            }
        } else {
            let (mut spans, more) = text.cut(self.shift, room - 1, &finds);
            if more {
                spans.push(Span::styled("…", theme.of(Role::Dim)));
            }
            push(self.before(at, line, marked, true, theme), spans);
        }
        if row + 1 == self.view.len() {
            rows.extend(self.behind(theme, cells));
        }
    }

    /// What follows the last line: lines without an end, and that of the container.
    fn behind(&self, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
        let mut rows = Vec::new();
        for (at, line) in self.open() {
            let (spans, _) = self.text(&line).cut(self.shift, self.text_cells(), &Finds::default());
            let before = self.before(at, &line, false, true, theme);
            rows.push(Line::from(before.into_iter().chain(spans).collect::<Vec<_>>()));
        }
        if let Some((time, code)) = self.end() {
            let code = code.map(|code| format!(": exit {}", exit::words(code))).unwrap_or_default();
            let text = format!("ended {}, {}{code}", words::clock(time), words::ago(time, self.now));
            rows.push(rule(&text, theme, cells));
        }
        rows
    }

    /// What stands before the text: whether it is marked, which stream, when, whose.
    fn before(
        &self,
        at: At,
        line: &LogLine<'_>,
        marked: bool,
        first: bool,
        theme: &Theme,
    ) -> Vec<Span<'static>> {
        let mark = if marked { "•" } else { " " };
        let stream = if line.stderr { "▎" } else { " " };
        let mut spans =
            vec![Span::styled(mark, theme.of(Role::Range)), Span::styled(stream, theme.of(Role::Error))];
        let time = match (line.time.filter(|_| first), self.times) {
            (_, Times::Off) => String::new(),
            (Some(time), Times::OfDay) => format!("{} ", words::of_day(time)),
            (Some(time), Times::Ago) => {
                format!("{:>6} ", age(time, self.now))
            }
            (None, Times::OfDay) => " ".repeat(13),
            (None, Times::Ago) => " ".repeat(7),
        };
        if !time.is_empty() {
            spans.push(Span::styled(time, theme.of(Role::Dim)));
        }
        if let Some(source) = self.source(at).filter(|_| self.sources.len() > 1) {
            let name = if first { foreign(source.name.as_bytes()).into_owned() } else { String::new() };
            let role = NAMES[usize::from(at.source) % NAMES.len()];
            spans.push(Span::styled(format!("{} ", fit(&name, self.name_cells())), theme.of(role)));
        }
        spans
    }

    fn finds(&self, plain: &str, theme: &Theme) -> Finds {
        let search = self.search.as_ref().or(self.filter.as_ref());
        let ranges = search.map(|hits| hits.needle.places(plain.as_bytes()).collect()).unwrap_or_default();
        Finds { ranges, style: theme.of(Role::Match) }
    }

    fn named(&self, at: At, text: &str) -> String {
        match self.source(at).filter(|_| self.sources.len() > 1) {
            Some(source) => format!("{} {text}", foreign(source.name.as_bytes())),
            None => text.to_owned(),
        }
    }

    /// Whose log it is, how they are, and what is not as usual.
    fn title(&self, scene: Scene<'_>) -> String {
        let title = match &self.sources[..] {
            [source] => {
                let state =
                    source.container(scene.world).map(|container| status::words(container, scene.now));
                format!("Logs · {} · {}", source.name, state.unwrap_or_else(|| "gone".to_owned()))
            }
            sources => {
                let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
                format!("Logs · {} containers: {}", sources.len(), names.join(", "))
            }
        };
        let mut extras: Vec<String> = Vec::new();
        extras.extend(match self.streams {
            Streams::Both => None,
            Streams::Errors => Some("stderr only".to_owned()),
            Streams::Output => Some("stdout only".to_owned()),
        });
        if let Some(filter) = self.filter.as_ref().filter(|_| self.typing.is_none()) {
            extras.push(format!("&{} {}", filter.text, self.place(filter)));
        }
        if let Some(search) = self.search.as_ref().filter(|_| self.typing.is_none()) {
            extras.push(format!("/{} {}", search.text, self.place(search)));
        }
        extras.extend((self.shift > 0).then(|| format!("shifted by {}", self.shift)));
        extras.extend(self.plain.then(|| "no colours".to_owned()));
        extras.extend(self.goal.map(|goal| format!("reading back to {}", words::clock(goal))));
        [title].into_iter().chain(extras).collect::<Vec<_>>().join(" · ")
    }

    fn position(&self) -> String {
        let (at, count) = (self.window.at + 1, self.view.len());
        match (count, self.following) {
            (0, _) => String::new(),
            (_, true) if self.sources.iter().any(Source::is_running) => format!("{at}/{count} following"),
            (_, false) if self.sources.iter().any(Source::is_running) => {
                format!("{at}/{count} not following")
            }
            _ => format!("{at}/{count}"),
        }
    }

    /// When the selected line was written, and where to.
    fn about_line(&self) -> String {
        let Some(line) = self.selected().and_then(|at| self.line(at)) else { return String::new() };
        let time = line.time.map(|time| format!("{} {} · ", time.strftime("%Y-%m-%d"), words::of_day(time)));
        let stream = if line.stderr { "▎stderr" } else { "stdout" };
        format!("{}{stream}", time.unwrap_or_default())
    }

    /// What is kept, and what is not.
    fn totals(&self, scene: Scene<'_>) -> String {
        let sum = |of: &dyn Fn(&Source) -> u64| self.sources.iter().map(of).sum::<u64>();
        let lines = sum(&|source| source.store.len() as u64);
        let (dropped, newer) = (sum(&|source| source.store.dropped()), sum(&|source| source.store.missing()));
        let rate = sum(&|source| source.rate(scene.now));
        let mut parts = vec![format!("{lines} line{}", if lines == 1 { "" } else { "s" })];
        match (newer, dropped) {
            (0, 0) if self.sources.iter().all(Source::is_whole) => {}
            (0, 0) => parts.push("older ones at the top".to_owned()),
            (0, dropped) => parts.push(format!("{dropped} older ones let go")),
            (newer, _) => parts.push(format!("{newer} newer ones not here, G reads them")),
        }
        if rate > 0 {
            parts.push(format!("{rate}/s"));
        }
        parts.join(" · ")
    }

    /// Why there is nothing to see.
    fn draw_empty(&self, theme: &Theme, area: Rect, frame: &mut Frame<'_>) {
        let nothing = self.sources.iter().all(|source| source.store.is_empty());
        let failed = self.sources.iter().find_map(Source::failure).filter(|_| nothing);
        let (text, role) = match failed {
            Some(why) => (why, Role::Error),
            None if nothing && self.sources.iter().all(Source::is_read) => {
                ("it has written nothing", Role::Dim)
            }
            None if nothing => ("nothing written yet", Role::Dim),
            None if self.filter.as_ref().is_some_and(|hits| !hits.is_done(&Logs::stores(&self.sources))) => {
                ("looking …", Role::Dim)
            }
            None => ("no line is left to show; Esc shows all of them", Role::Dim),
        };
        let lines = wrap(&foreign(text.as_bytes()), usize::from(area.width).saturating_sub(2), 8);
        let lines = lines.into_iter().map(|line| Line::styled(format!(" {line}"), theme.of(role)));
        frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
    }
}

/// A line from edge to edge with words on it.
fn rule(text: &str, theme: &Theme, cells: usize) -> Line<'static> {
    let text = cut(text, cells.saturating_sub(6)).into_owned();
    let rest = cells.saturating_sub(width(&text) + 4);
    Line::from(vec![
        Span::styled("── ", theme.of(Role::Border)),
        Span::styled(text, theme.of(Role::Base)),
        Span::styled(format!(" {}", "─".repeat(rest)), theme.of(Role::Border)),
    ])
}
