//! What containers wrote: all of it, dead or alive, one container or several merged by time.
//!
//! The newest lines are read first and followed; older ones when somebody goes there. Lines are kept within the
//! bounds of their stores, taken apart only where they are in sight, and looked through in small parts.

mod acts;
mod details;
mod draw;
pub mod hits;
mod layout;
pub mod source;
pub mod text;
mod typing;
pub mod window;
pub mod words;

use crossterm::event::KeyEvent;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::{Sheet, Watcher};
use crate::container::log::{At, LogLine, LogStore, LogView};
use crate::tui::action::{Action, Context};
use crate::tui::msg::{Feed, Seen, Watch};
use crate::tui::widgets::frame::inside;
use crate::tui::wish::{Scene, Wish};
use details::Details;
use hits::Hits;
use source::Source;
use text::Text;
use typing::Typing;
use window::Window;

/// Which of the two streams are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Streams {
    #[default]
    Both,
    Errors,
    Output,
}

/// How times are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Times {
    #[default]
    Off,
    OfDay,
    Ago,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Logs {
    sources: Vec<Source>,
    view: LogView,
    window: Window,
    /// The newest line stays in sight.
    following: bool,
    streams: Streams,
    times: Times,
    wrap: bool,
    plain: bool,
    /// Cells by which lines are shifted to the left.
    shift: usize,
    /// The other end of a range of lines.
    mark: Option<At>,
    /// What is typed is a regular expression.
    expression: bool,
    search: Option<Hits>,
    /// The search is new: go to what it finds.
    landing: Option<At>,
    filter: Option<Hits>,
    typing: Option<Typing>,
    details: Option<Details>,
    /// A time that is gone to, through lines that are still to be read.
    goal: Option<Timestamp>,
    /// Somebody went up since older lines were read.
    upward: bool,
    feed: Feed,
    /// A part of the work is under way.
    again: bool,
    asks: Vec<Watch>,
    /// Where lines were drawn last.
    area: Rect,
    now: Timestamp,
}

impl Logs {
    /// The logs of these containers.
    pub fn new(ids: &[String], scene: Scene<'_>) -> Logs {
        let (mut feed, mut asks) = (Feed::default(), Vec::new());
        let mut sources: Vec<Source> = Vec::new();
        for id in ids.iter().take(usize::from(u16::MAX)) {
            if !sources.iter().any(|source| source.id == *id) {
                feed.0 += 1;
                sources.push(Source::new(id, feed, scene.world, &mut asks));
            }
        }
        Logs {
            sources,
            view: LogView::default(),
            window: Window::default(),
            following: true,
            streams: Streams::default(),
            times: Times::default(),
            wrap: false,
            plain: false,
            shift: 0,
            mark: None,
            expression: false,
            search: None,
            landing: None,
            filter: None,
            typing: None,
            details: None,
            goal: None,
            upward: false,
            feed,
            again: false,
            asks,
            area: Rect::new(0, 0, 80, 20),
            now: scene.now,
        }
    }

    fn stores(sources: &[Source]) -> Vec<&LogStore> {
        sources.iter().map(|source| &source.store).collect()
    }

    fn source(&self, at: At) -> Option<&Source> {
        self.sources.get(usize::from(at.source))
    }

    fn line(&self, at: At) -> Option<LogLine<'_>> {
        self.source(at)?.store.get(at.number)
    }

    /// The selected line.
    fn selected(&self) -> Option<At> {
        self.view.get(self.window.at)
    }

    /// The text of a line, and how much of it was not kept.
    fn text(&self, line: &LogLine<'_>) -> Text {
        let mut text = Text::of(line.text, !self.plain);
        if line.cut() > 0 {
            text.note(&format!(" … {} more", crate::report::size::human(line.cut())));
        }
        text
    }

    /// Brings what is listed up to date with what is known, and stays on the lines that are in sight.
    fn refresh(&mut self) {
        let (selected, top) = (self.selected(), self.view.get(self.window.top));
        let stores = Logs::stores(&self.sources);
        if let Some(filter) = &mut self.filter
            && filter.look(&stores)
        {
            self.view.reset();
        }
        if let Some(search) = &mut self.search {
            search.look(&stores);
        }
        let (streams, filter) = (self.streams, &self.filter);
        self.view.update(&stores, |at, line| {
            let stream = match streams {
                Streams::Both => true,
                Streams::Errors => line.stderr,
                Streams::Output => !line.stderr,
            };
            stream && filter.as_ref().is_none_or(|filter| filter.contains(at))
        });
        let row = |at: At| {
            let line = stores.get(usize::from(at.source)).and_then(|store| store.get(at.number));
            line.map_or(0, |line| self.view.row_of(at, &line))
        };
        self.window.at = match self.following {
            true => self.view.len().saturating_sub(1),
            false => selected.map_or(0, row),
        };
        // Where the top is gone, it is where it would be relative to the selected line.
        self.window.top = top.map_or(0, row);
        let looked = |hits: &Option<Hits>| hits.as_ref().is_none_or(|hits| hits.is_done(&stores));
        let done = looked(&self.filter) && looked(&self.search);
        if !done && !self.again {
            self.again = true;
            self.asks.push(Watch::Again);
        }
        self.land();
    }

    /// Goes to the find that is nearest to where the search began, once all are known.
    fn land(&mut self) {
        let stores = Logs::stores(&self.sources);
        let Some(from) = self.landing else { return };
        let Some(search) = self.search.as_ref().filter(|search| search.is_done(&stores)) else { return };
        self.landing = None;
        let row = self.line(from).map_or(0, |line| self.view.row_of(from, &line));
        let hit = |at: At, _: &LogLine<'_>| search.contains(at);
        let here = self.view.get(row).is_some_and(|at| search.contains(at)).then_some(row);
        let next = here
            .or_else(|| self.view.find(&stores, row, false, hit))
            .or_else(|| self.view.find(&stores, row, true, hit));
        match next {
            Some(row) => self.go_to(row),
            None => self.window.at = row,
        }
    }

    /// Selects a row; away from the end nothing is followed.
    fn go_to(&mut self, row: usize) {
        self.window.at = row;
        self.following &= row + 1 == self.view.len();
    }

    /// What the filter or the choice of streams leaves has changed.
    fn list_anew(&mut self) {
        let (selected, top) = (self.selected(), self.window.top);
        self.view.reset();
        // Rows of a view that is gone: the selected line is found again by its number.
        self.window.top = top;
        self.refresh_from(selected);
    }

    fn refresh_from(&mut self, selected: Option<At>) {
        self.refresh();
        if let Some(at) = selected.filter(|_| !self.following)
            && let Some(line) = self.line(at)
        {
            self.window.at = self.view.row_of(at, &line).min(self.view.len().saturating_sub(1));
            self.window.top = self.window.at.saturating_sub(usize::from(self.area.height) / 2);
        }
    }

    /// Asks for older lines when somebody has gone to the top.
    fn page(&mut self) {
        let near = self.window.at <= usize::from(self.area.height) / 2;
        if !self.following && self.upward && near {
            self.upward = false;
            self.sources.iter_mut().for_each(|source| source.page(&mut self.asks));
        }
    }

    /// What is to be written to a file: the range or all that is listed, as it was written.
    pub fn written(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for row in self.range().unwrap_or(0..self.view.len()) {
            let Some((at, line)) = self.view.get(row).and_then(|at| Some((at, self.line(at)?))) else {
                continue;
            };
            if let Some(time) = line.time.filter(|_| self.times != Times::Off) {
                bytes.extend_from_slice(format!("{time} ").as_bytes());
            }
            if let Some(source) = self.source(at).filter(|_| self.sources.len() > 1) {
                bytes.extend_from_slice(format!("{} ", source.name).as_bytes());
            }
            bytes.extend_from_slice(line.text);
            bytes.push(b'\n');
        }
        bytes
    }

    /// The rows of the range that is marked.
    fn range(&self) -> Option<std::ops::Range<usize>> {
        let mark = self.mark?;
        let row = self.line(mark).map(|line| self.view.row_of(mark, &line))?;
        Some(row.min(self.window.at)..row.max(self.window.at) + 1)
    }
}

impl Sheet for Logs {
    fn context(&self) -> Context {
        if self.typing.is_some() { Context::Input } else { Context::Logs }
    }

    fn act(&mut self, action: Action, _: usize, scene: Scene<'_>) -> Vec<Wish> {
        self.now = scene.now;
        self.perform(action)
    }

    fn key(&mut self, event: &KeyEvent, _: Scene<'_>) -> Vec<Wish> {
        if self.typing.as_mut().is_some_and(|typing| typing.key(event)) {
            self.typed();
        }
        Vec::new()
    }

    fn paste(&mut self, text: &str, _: Scene<'_>) {
        if let Some(typing) = &mut self.typing {
            typing.input.paste(text);
            self.typed();
        }
    }

    fn click(&mut self, at: Position, area: Rect, _: Scene<'_>) -> Vec<Wish> {
        if self.details.take().is_some() || !inside(area).contains(at) {
            return Vec::new();
        }
        let row = usize::from(at.y - inside(area).y);
        match self.in_window(|window, room| window.line_at(row, room)) {
            Some(line) if line == self.window.at => self.show_details(),
            Some(line) => {
                self.following = false;
                self.window.at = line;
            }
            None => {}
        }
        Vec::new()
    }

    fn wheel(&mut self, by: isize, _: Position, _: Rect, _: Scene<'_>) {
        match &mut self.details {
            Some(details) => details.scroll(by, self.area),
            None => self.scroll(by),
        }
    }

    fn follow(&mut self, area: Rect, scene: Scene<'_>) {
        self.now = scene.now;
        self.area = inside(area);
        for source in &mut self.sources {
            source.follow(&mut self.feed, scene.world, &mut self.asks);
        }
        let following = self.following;
        self.in_window(|window, room| {
            if following && room.lines > 0 {
                window.at = room.lines - 1;
                window.end_with(window.at, room);
            }
            window.follow(room);
        });
        self.page();
    }

    fn draw(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) {
        self.draw_all(area, scene, frame);
    }

    fn typing(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) -> bool {
        self.draw_typing(scene.theme, area, frame)
    }

    fn state(&self, _: Scene<'_>) -> Option<String> {
        let failed = self.sources.iter().find_map(|source| Some((source, source.failure()?)));
        match failed {
            Some((source, why)) if !self.view.is_empty() => Some(format!("! {}: {why}", source.name)),
            _ if self.sources.iter().any(Source::is_paging) => Some("reading older lines …".to_owned()),
            _ => None,
        }
    }
}

impl Watcher for Logs {
    fn seen(&mut self, seen: Seen, _: Scene<'_>) {
        let of = |feed: Feed| move |source: &&mut Source| source.is_of(feed);
        match seen {
            Seen::LogRun { feed, run } => {
                let Some(source) = self.sources.iter_mut().find(of(feed)) else { return };
                source.started(&run);
            }
            Seen::Lines { feed, lines, open } => {
                let Some(source) = self.sources.iter_mut().find(of(feed)) else { return };
                source.lines(&lines, open);
            }
            Seen::LogEnd { feed, run } => {
                let Some(source) = self.sources.iter_mut().find(of(feed)) else { return };
                source.ended(run.as_ref());
            }
            Seen::LogLost { feed, why } => {
                let Some(source) = self.sources.iter_mut().find(of(feed)) else { return };
                source.lost(why);
            }
            Seen::LogPage { feed, result } => {
                let Some(source) = self.sources.iter_mut().find(of(feed)) else { return };
                source.paged(result);
                self.refresh();
                self.seek();
                return;
            }
            Seen::Again => self.again = false,
            _ => return,
        }
        self.refresh();
    }

    fn asks(&mut self) -> Vec<Watch> {
        std::mem::take(&mut self.asks)
    }
}
