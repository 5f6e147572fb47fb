//! Which lines of which containers are shown, in one order: by time, those of one time by container and number.

use std::collections::VecDeque;
use std::ops::Range;

use super::store::nanoseconds;
use super::{LogLine, LogStore};

/// One line of one of several stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Which store.
    pub source: u16,
    /// The line's number there.
    pub number: i64,
}

/// The lines that are shown, top to bottom. Looks only at lines it has not seen yet.
#[derive(Clone, Debug, Default)]
pub struct LogView {
    rows: VecDeque<Row>,
    seen: Vec<Seen>,
    /// Rows that went at the top, since the view was made.
    gone: u64,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    /// Never less than that of the line before it in its store: the order within one store is kept.
    time: i64,
    at: At,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    range: Range<i64>,
    /// The largest time so far.
    time: i64,
}

impl Row {
    fn key(&self) -> (i64, u16, i64) {
        (self.time, self.at.source, self.at.number)
    }
}

impl LogView {
    /// Everything anew: after another filter, another choice of stores.
    pub fn reset(&mut self) {
        *self = LogView::default();
    }

    /// Takes in what has changed in the stores: `shows` is asked once for each line. A store that grew at its old end
    /// makes the view begin anew.
    pub fn update(&mut self, stores: &[&LogStore], mut shows: impl FnMut(At, &LogLine<'_>) -> bool) {
        let grew_back =
            |seen: &Seen, store: &LogStore| !seen.range.is_empty() && store.range().start < seen.range.start;
        let cleared = |seen: &Seen, store: &LogStore| store.range().end < seen.range.end;
        let mut pairs = self.seen.iter().zip(stores);
        if self.seen.len() != stores.len()
            || pairs.any(|(seen, store)| grew_back(seen, store) || cleared(seen, store))
        {
            self.reset();
            self.seen = vec![Seen { range: 0..0, time: i64::MIN }; stores.len()];
        }
        self.forget(stores);
        let mut new = Vec::new();
        for (source, (seen, store)) in self.seen.iter_mut().zip(stores).enumerate() {
            let kept = store.range();
            let from = if seen.range.is_empty() { kept.start } else { seen.range.end.max(kept.start) };
            for (number, line) in store.lines(from..kept.end) {
                seen.time = line.time.map_or(seen.time, nanoseconds).max(seen.time);
                let at = At { source: source as u16, number };
                if shows(at, &line) {
                    new.push(Row { time: seen.time, at });
                }
            }
            seen.range = kept;
        }
        self.merge(new);
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The line in this row.
    pub fn get(&self, row: usize) -> Option<At> {
        self.rows.get(row).map(|row| row.at)
    }

    /// Rows that went at the top so far: a position that counts them too stays with its line.
    pub fn gone(&self) -> u64 {
        self.gone
    }

    /// The row of a line; where it would be, were it shown.
    pub fn row_of(&self, at: At, line: &LogLine<'_>) -> usize {
        let time = line.time.map_or(i64::MIN, nanoseconds);
        let found = self.rows.iter().position(|row| row.at == at);
        found.unwrap_or_else(|| self.rows.partition_point(|row| row.key() < (time, at.source, at.number)))
    }

    /// The next row behind `from`, or before it, of which the line `matches`.
    pub fn find(
        &self,
        stores: &[&LogStore],
        from: usize,
        backwards: bool,
        mut matches: impl FnMut(At, &LogLine<'_>) -> bool,
    ) -> Option<usize> {
        let mut test = |row: &usize| {
            let Some(at) = self.get(*row) else { return false };
            stores
                .get(usize::from(at.source))
                .and_then(|store| store.get(at.number))
                .is_some_and(|line| matches(at, &line))
        };
        if backwards {
            (0..from.min(self.len())).rev().find(&mut test)
        } else {
            (from.saturating_add(1)..self.len()).find(&mut test)
        }
    }

    /// Rows of lines that the stores dropped.
    fn forget(&mut self, stores: &[&LogStore]) {
        let starts: Vec<Range<i64>> = stores.iter().map(|store| store.range()).collect();
        if self
            .seen
            .iter()
            .zip(&starts)
            .all(|(seen, kept)| seen.range.is_empty() || seen.range.start == kept.start)
        {
            return;
        }
        let before = self.rows.len();
        let lost = |row: &Row| !starts[usize::from(row.at.source)].contains(&row.at.number);
        if starts.len() == 1 {
            while self.rows.front().is_some_and(lost) {
                self.rows.pop_front();
            }
        } else {
            self.rows.retain(|row| !lost(row));
        }
        self.gone += (before - self.rows.len()) as u64;
    }

    fn merge(&mut self, mut new: Vec<Row>) {
        new.sort_by_key(Row::key);
        let Some(first) = new.first() else { return };
        let from = self.rows.partition_point(|row| row.key() < first.key());
        let mut old = self.rows.split_off(from).into_iter().peekable();
        for row in new {
            while let Some(before) = old.next_if(|old| old.key() < row.key()) {
                self.rows.push_back(before);
            }
            self.rows.push_back(row);
        }
        self.rows.extend(old);
    }
}
