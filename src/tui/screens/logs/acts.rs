//! What keys do in the log.

use jiff::Timestamp;

use super::hits::Hits;
use super::typing::Purpose;
use super::{Logs, Streams, Times, text};
use crate::container::log::{At, LogLine};
use crate::tui::action::Action;
use crate::tui::desk::dialogs::{Ask, Body, Dialog, Question};
use crate::tui::msg::COPY_LIMIT;
use crate::tui::wish::{Page, Wish};

/// Cells of one step to the side.
const SHIFT: usize = 16;

impl Logs {
    pub(super) fn perform(&mut self, action: Action) -> Vec<Wish> {
        if self.details.is_some() {
            return self.in_details(action);
        }
        let rows = usize::from(self.area.height).max(1) as isize;
        match action {
            Action::Accept | Action::Back | Action::Complete if self.typing.is_some() => self.finish(action),
            Action::Back => return self.back(),
            Action::Down => self.step(true),
            Action::Up => self.step(false),
            Action::PageDown => self.scroll_to_end(rows),
            Action::HalfDown => self.scroll_to_end(rows / 2),
            Action::PageUp => self.scroll_to_end(-rows),
            Action::HalfUp => self.scroll_to_end(-rows / 2),
            Action::First => {
                (self.following, self.upward) = (false, true);
                self.window.at = 0;
            }
            Action::Follow if self.following => self.following = false,
            Action::Last | Action::Follow => self.go_to_end(),
            Action::Search => self.ask(Purpose::Search),
            Action::Filter => self.ask(Purpose::Filter),
            Action::GoToTime => self.ask(Purpose::Time),
            Action::NextMatch => return self.next_match(false),
            Action::PreviousMatch => return self.next_match(true),
            Action::NextError => return self.next_error(false),
            Action::PreviousError => return self.next_error(true),
            Action::Streams => {
                self.streams = match self.streams {
                    Streams::Both => Streams::Errors,
                    Streams::Errors => Streams::Output,
                    Streams::Output => Streams::Both,
                };
                self.list_anew();
            }
            Action::Times => {
                self.times = match self.times {
                    Times::Off => Times::OfDay,
                    Times::OfDay => Times::Ago,
                    Times::Ago => Times::Off,
                };
            }
            Action::Wrap => (self.wrap, self.shift) = (!self.wrap, 0),
            Action::Colors => self.plain ^= true,
            Action::ShiftRight if self.wrap => {
                return vec![Wish::Notice("lines are wrapped; W cuts them".to_owned())];
            }
            Action::ShiftRight => self.shift = (self.shift + SHIFT).min(self.widest()),
            Action::ShiftLeft => self.shift = self.shift.saturating_sub(SHIFT),
            Action::MarkRange => {
                self.mark = if self.mark.is_some() { None } else { self.selected() };
                self.following &= self.mark.is_none();
            }
            Action::Copy => return self.copy(),
            Action::WriteFile => return self.write(),
            Action::Details => self.show_details(),
            Action::Inspect => return self.page_about(Page::InspectContainer),
            Action::Stats => return self.page_about(Page::Stats),
            Action::Processes => return self.page_about(Page::Processes),
            _ => {}
        }
        Vec::new()
    }

    fn in_details(&mut self, action: Action) -> Vec<Wish> {
        let (area, page) = (self.area, usize::from(self.area.height) as isize);
        let Some(details) = &mut self.details else { return Vec::new() };
        match action {
            Action::Down => details.scroll(1, area),
            Action::Up => details.scroll(-1, area),
            Action::PageDown => details.scroll(page, area),
            Action::PageUp => details.scroll(-page, area),
            Action::HalfDown => details.scroll(page / 2, area),
            Action::HalfUp => details.scroll(-page / 2, area),
            Action::First => details.scroll(isize::MIN, area),
            Action::Last => details.scroll(isize::MAX, area),
            Action::Copy => return self.copy(),
            Action::Back | Action::Details => self.details = None,
            _ => {}
        }
        Vec::new()
    }

    /// Esc drops what is under way, one thing after the other.
    fn back(&mut self) -> Vec<Wish> {
        if self.goal.take().is_some() || self.mark.take().is_some() || self.search.take().is_some() {
            self.landing = None;
        } else if self.filter.take().is_some() || self.streams != Streams::Both {
            self.streams = Streams::Both;
            self.list_anew();
        } else {
            return vec![Wish::Back];
        }
        Vec::new()
    }

    fn step(&mut self, down: bool) {
        self.upward |= !down;
        self.in_window(|window, room| window.step(down, room));
        let last = self.window.at + 1 == self.view.len();
        self.following = down && last && (self.following || self.window.skipped == 0 && !self.wrap);
    }

    /// The wheel: the window moves.
    pub(super) fn scroll(&mut self, by: isize) {
        self.upward |= by < 0;
        let before = self.window;
        self.in_window(|window, room| window.scroll(by, room));
        if by < 0 {
            self.following &= before == self.window;
        }
    }

    /// Pages: where the window cannot go further, the selected line goes to the end.
    fn scroll_to_end(&mut self, by: isize) {
        let before = self.window;
        self.scroll(by);
        if self.window.top == before.top && self.window.skipped == before.skipped {
            self.window.at = if by < 0 { 0 } else { self.view.len().saturating_sub(1) };
            self.following &= by > 0;
        }
    }

    /// To the newest line, which may have to be read again.
    fn go_to_end(&mut self) {
        (self.following, self.goal) = (true, None);
        for source in &mut self.sources {
            if source.is_back() {
                self.feed.0 += 1;
                source.read_end(self.feed, &mut self.asks);
            }
        }
        self.refresh();
    }

    fn next_match(&mut self, backwards: bool) -> Vec<Wish> {
        let notice = |text: String| vec![Wish::Notice(text)];
        let Some(search) = self.search.as_ref() else {
            return notice("nothing is searched for: / does".to_owned());
        };
        let stores = Logs::stores(&self.sources);
        let hit = |at: At, _: &LogLine<'_>| search.contains(at);
        let done = search.is_done(&stores);
        let (at, last) = (self.window.at, self.view.len());
        let found = self.view.find(&stores, at, backwards, hit);
        let round = || {
            let from = if backwards { last } else { 0 };
            let first = self.view.get(0).is_some_and(|first| !backwards && search.contains(first));
            if first { Some(0) } else { self.view.find(&stores, from, backwards, hit) }
        };
        let (row, word) = match found {
            Some(row) => (row, None),
            None => match round() {
                None if done => return notice(format!("{:?} is in none of these lines", search.text)),
                None => return notice("still looking …".to_owned()),
                Some(row) if backwards => (row, Some("from the end again")),
                Some(row) => (row, Some("from the start again")),
            },
        };
        self.upward |= backwards;
        self.go_to(row);
        word.map(|word| Wish::Notice(word.to_owned())).into_iter().collect()
    }

    fn next_error(&mut self, backwards: bool) -> Vec<Wish> {
        let stores = Logs::stores(&self.sources);
        let found = self.view.find(&stores, self.window.at, backwards, |_, line| line.stderr);
        self.upward |= backwards;
        let Some(row) = found else {
            let place = if backwards { "before" } else { "after" };
            return vec![Wish::Notice(format!("no line of standard error {place} this one"))];
        };
        self.go_to(row);
        Vec::new()
    }

    /// Goes to the first line that is not older than a time, reading older lines until there is one before it.
    pub(in crate::tui) fn go_to_time(&mut self, time: Timestamp) {
        self.goal = Some(time);
        self.following = false;
        self.seek();
    }

    /// Goes on to the time that is wanted, as far as lines have come.
    pub(super) fn seek(&mut self) {
        let Some(goal) = self.goal else { return };
        let oldest =
            |source: &super::Source| source.store.get(source.store.range().start).and_then(|line| line.time);
        let early =
            |source: &super::Source| source.is_whole() || oldest(source).is_none_or(|time| time < goal);
        for source in self.sources.iter_mut().filter(|source| !early(source)) {
            source.page(&mut self.asks);
        }
        let row = self.first_at(goal);
        self.window.at = row;
        if !self.sources.iter().any(super::Source::is_paging) {
            self.goal = None;
        }
    }

    /// The first row whose line is not older than a time. Rows stand by time.
    fn first_at(&self, time: Timestamp) -> usize {
        let (mut low, mut high) = (0, self.view.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let line = self.view.get(middle).and_then(|at| self.line(at)?.time);
            if line.is_some_and(|line| line >= time) { high = middle } else { low = middle + 1 }
        }
        low.min(self.view.len().saturating_sub(1))
    }

    /// How far lines may be shifted with something of the longest in sight still to be seen.
    fn widest(&self) -> usize {
        let rows = self.window.top..self.window.top + usize::from(self.area.height);
        let lines = rows.filter_map(|row| self.line(self.view.get(row)?));
        lines.map(|line| self.text(&line).cells()).max().unwrap_or(0).saturating_sub(SHIFT)
    }

    fn copy(&mut self) -> Vec<Wish> {
        let rows = self.range().unwrap_or(self.window.at..self.window.at + 1);
        let count = rows.len();
        let mut copied = String::new();
        for line in rows.filter_map(|row| self.line(self.view.get(row)?)) {
            if !copied.is_empty() {
                copied.push('\n');
            }
            copied.push_str(&text::plain(line.text));
            if copied.len() > COPY_LIMIT {
                let text =
                    format!("! {count} lines are more than terminals take to the clipboard; w writes them");
                return vec![Wish::Notice(text)];
            }
        }
        self.mark = None;
        if count > 1 {
            return vec![Wish::Copy(copied), Wish::Notice(format!("copied {count} lines"))];
        }
        vec![Wish::Copy(copied)]
    }

    fn write(&self) -> Vec<Wish> {
        let count = self.range().map_or(self.view.len(), |range| range.len());
        if count == 0 {
            return vec![Wish::Notice("there is nothing to write".to_owned())];
        }
        let name = match &self.sources[..] {
            [source] => source.name.replace('/', "-"),
            _ => "containers".to_owned(),
        };
        let ask = Ask::new(Question::Log { lines: count }, &format!("{name}.log"));
        vec![Wish::Ask(Box::new(Dialog::new("Write lines to a file", Body::Ask(ask))))]
    }

    fn page_about(&self, page: Page) -> Vec<Wish> {
        let source = self.selected().and_then(|at| self.source(at)).or(self.sources.first());
        let wish =
            |source: &super::Source| Wish::Page { page, id: source.id.clone(), title: source.name.clone() };
        match (page, source) {
            (Page::Stats, _) if self.sources.len() > 1 => {
                vec![Wish::Stats { ids: self.sources.iter().map(|source| source.id.clone()).collect() }]
            }
            (_, source) => source.map(wish).into_iter().collect(),
        }
    }

    /// What is searched for and where among the finds the selected line is: `3/14`.
    pub(super) fn place(&self, hits: &Hits) -> String {
        let more = if hits.is_done(&Logs::stores(&self.sources)) { "" } else { "+" };
        match self.selected().filter(|at| self.sources.len() == 1 && hits.contains(*at)) {
            Some(at) => format!("{}/{}{more}", hits.before(at) + 1, hits.count()),
            None => format!("{}{more}", hits.count()),
        }
    }
}
