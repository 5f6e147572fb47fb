//! How much room lines take: what stands before their text, how many rows they have, which of them are in sight.

use jiff::Timestamp;

use super::window::{Room, Window};
use super::{Logs, Streams, Times};
use crate::container::log::{At, LogLine};
use crate::tui::widgets::cells::{foreign, width};

impl Logs {
    /// Cells of what stands before the text of a line.
    pub(super) fn prefix(&self) -> usize {
        let times = match self.times {
            Times::Off => 0,
            Times::OfDay => 13,
            Times::Ago => 7,
        };
        let names = if self.sources.len() > 1 { self.name_cells() + 1 } else { 0 };
        2 + times + names
    }

    pub(super) fn name_cells(&self) -> usize {
        let names = self.sources.iter().map(|source| width(&foreign(source.name.as_bytes())));
        names.max().unwrap_or(0).min(16)
    }

    pub(super) fn text_cells(&self) -> usize {
        usize::from(self.area.width).saturating_sub(self.prefix()).max(8)
    }

    /// Rows of a line, with the marks before and behind it.
    pub(super) fn height(&self, row: usize) -> usize {
        let Some(at) = self.view.get(row) else { return 1 };
        let Some(line) = self.line(at) else { return 1 };
        let text = if self.wrap { self.text(&line).rows(self.text_cells()) } else { 1 };
        let begins = line.time.is_some_and(|time| self.begins(at, time));
        let last = row + 1 == self.view.len();
        let behind = if last { self.open().count() + usize::from(self.end().is_some()) } else { 0 };
        text + usize::from(begins) + behind
    }

    pub(super) fn begins(&self, at: At, time: Timestamp) -> bool {
        self.source(at).is_some_and(|source| source.begins(at.number, time).is_some())
    }

    /// What stands of lines that have no end yet, below the last line.
    pub(super) fn open(&self) -> impl Iterator<Item = (At, LogLine<'_>)> {
        let shown = self.filter.is_none() && self.streams == Streams::Both;
        let sources = self.sources.iter().enumerate().filter(move |(_, source)| shown && !source.is_back());
        sources.flat_map(|(at, source)| {
            let at = At { source: at as u16, number: i64::MAX };
            source.open.lines(source.open.range()).map(move |(_, line)| (at, line))
        })
    }

    /// When a container that is alone and has ended did so.
    pub(super) fn end(&self) -> Option<(Timestamp, Option<i64>)> {
        let [source] = &self.sources[..] else { return None };
        let run = source.runs.last().filter(|_| !source.is_back() && self.filter.is_none())?;
        run.finished.map(|finished| (finished, run.exit_code))
    }

    /// Does something with the window, which needs to know how high lines are.
    pub(super) fn in_window<T>(&mut self, act: impl FnOnce(&mut Window, Room<'_>) -> T) -> T {
        let mut window = self.window;
        let height = |row: usize| self.height(row);
        let room =
            Room { lines: self.view.len(), rows: usize::from(self.area.height).max(1), height: &height };
        let result = act(&mut window, room);
        self.window = window;
        result
    }
}
