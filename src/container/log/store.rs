//! The lines of one container that are kept: the newest of them within two limits, packed.
//!
//! Lines stand one behind the other in a few large pieces of memory, so a line costs its text and thirteen bytes.
//! Each has a number that stays its own: newer lines count up, older ones that are read later count down.

use std::collections::VecDeque;
use std::ops::Range;

use jiff::Timestamp;

use super::LogLine;

/// Bytes of text, and lines, after which another piece of memory begins.
const CHUNK: usize = 256 << 10;
const CHUNK_LINES: usize = 4096;
/// Bytes that a line costs beside its text.
const OVERHEAD: usize = 12;
/// In place of a time.
const NO_TIME: i64 = i64::MIN;
/// The bit beside a start that says: standard error.
const STDERR: u32 = 1 << 31;

/// What is kept at most, whichever is reached first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub lines: usize,
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { lines: 50_000, bytes: 32 << 20 }
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct LogStore {
    limits: Limits,
    chunks: VecDeque<Chunk>,
    /// Lines of the first chunk that are dropped already.
    skipped: usize,
    lines: usize,
    bytes: usize,
    /// What an engine counts as lines here: it keeps long ones in parts.
    records: u64,
    older: u64,
    newer: u64,
    newer_records: u64,
}

#[derive(Clone, Debug, Default)]
struct Chunk {
    /// Number of its first line.
    first: i64,
    text: Vec<u8>,
    /// Where each line starts, with [`STDERR`].
    starts: Vec<u32>,
    /// Nanoseconds since 1970.
    times: Vec<i64>,
    /// Whole lengths of the lines that were cut: line and bytes.
    cut: Vec<(u32, u64)>,
}

impl Chunk {
    fn span(&self, at: usize) -> Range<usize> {
        let start =
            |at: usize| self.starts.get(at).map_or(self.text.len(), |start| (start & !STDERR) as usize);
        start(at)..start(at + 1)
    }

    fn line(&self, at: usize) -> LogLine<'_> {
        let text = &self.text[self.span(at)];
        let cut = self.cut.binary_search_by_key(&(at as u32), |(line, _)| *line);
        LogLine {
            time: time(self.times[at]),
            stderr: self.starts[at] & STDERR != 0,
            text,
            length: cut.map_or(text.len() as u64, |found| self.cut[found].1),
        }
    }

    fn push(&mut self, line: &LogLine<'_>) {
        let at = self.starts.len() as u32;
        self.starts.push(self.text.len() as u32 | if line.stderr { STDERR } else { 0 });
        self.times.push(line.time.map_or(NO_TIME, nanoseconds));
        self.text.extend_from_slice(line.text);
        if line.cut() > 0 {
            self.cut.push((at, line.length));
        }
    }

    fn pop(&mut self) {
        let at = self.starts.len() - 1;
        self.text.truncate(self.span(at).start);
        self.starts.truncate(at);
        self.times.truncate(at);
        self.cut.retain(|(line, _)| (*line as usize) < at);
    }

    fn memory(&self) -> usize {
        self.text.capacity()
            + self.starts.capacity() * 4
            + self.times.capacity() * 8
            + self.cut.capacity() * 16
    }

    /// Nothing comes any more: gives back what only growing needs.
    fn seal(&mut self) {
        self.text.shrink_to_fit();
        self.starts.shrink_to_fit();
        self.times.shrink_to_fit();
        self.cut.shrink_to_fit();
    }
}

/// Nanoseconds since 1970; what lies beyond some centuries is as far away as can be said.
pub(super) fn nanoseconds(time: Timestamp) -> i64 {
    time.as_nanosecond().clamp(i128::from(NO_TIME + 1), i128::from(i64::MAX)) as i64
}

fn time(nanoseconds: i64) -> Option<Timestamp> {
    (nanoseconds != NO_TIME).then(|| Timestamp::from_nanosecond(i128::from(nanoseconds)).ok()).flatten()
}

/// How an engine counts a line: Docker keeps it in parts of 16 KiB.
fn records(line: &LogLine<'_>) -> u64 {
    1 + line.length / (16 << 10)
}

fn cost(line: &LogLine<'_>) -> usize {
    line.text.len() + OVERHEAD
}

impl Default for LogStore {
    fn default() -> LogStore {
        LogStore::new(Limits::default())
    }
}

impl LogStore {
    pub fn new(limits: Limits) -> LogStore {
        LogStore {
            limits,
            chunks: VecDeque::new(),
            skipped: 0,
            lines: 0,
            bytes: 0,
            records: 0,
            older: 0,
            newer: 0,
            newer_records: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.lines
    }

    pub fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// The numbers of the lines that are kept.
    pub fn range(&self) -> Range<i64> {
        let first = self.chunks.front().map_or(0, |chunk| chunk.first + self.skipped as i64);
        first..first + self.lines as i64
    }

    /// Lines that were here once and are not any more, at the old end.
    pub fn dropped(&self) -> u64 {
        self.older
    }

    /// Lines that are missing at the new end, because older ones were read in their place. While there are any,
    /// [`push`](Self::push) only counts: [`clear`](Self::clear) and read the end again to get there.
    pub fn missing(&self) -> u64 {
        self.newer
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        self.chunks.iter().map(Chunk::memory).sum()
    }

    /// How many records an engine counts from the oldest line here to the end of its log, at least.
    pub(super) fn records_to_end(&self) -> u64 {
        self.records + self.newer_records
    }

    /// The line of this number.
    pub fn get(&self, number: i64) -> Option<LogLine<'_>> {
        if !self.range().contains(&number) {
            return None;
        }
        let chunk = self.chunks.partition_point(|chunk| chunk.first <= number).checked_sub(1)?;
        let chunk = self.chunks.get(chunk)?;
        Some(chunk.line((number - chunk.first) as usize))
    }

    /// Lines with their numbers, of those in `numbers` that are kept. Can be walked from both ends.
    pub fn lines(&self, numbers: Range<i64>) -> impl DoubleEndedIterator<Item = (i64, LogLine<'_>)> {
        let kept = self.range();
        let (start, end) = (numbers.start.max(kept.start), numbers.end.min(kept.end));
        (start..end.max(start)).filter_map(|number| Some((number, self.get(number)?)))
    }

    /// Looks from the line `from` on, itself not included, for the next one that `matches`; backwards for one before.
    pub fn find(
        &self,
        from: i64,
        backwards: bool,
        mut matches: impl FnMut(&LogLine<'_>) -> bool,
    ) -> Option<i64> {
        let kept = self.range();
        let found = if backwards {
            self.lines(kept.start..from).rev().find(|(_, line)| matches(line))
        } else {
            self.lines(from.saturating_add(1)..kept.end).find(|(_, line)| matches(line))
        };
        found.map(|(number, _)| number)
    }

    /// The newest time, and how many lines have it: with both, reading can go on without gap and doublet.
    pub fn newest(&self) -> Option<(Timestamp, usize)> {
        let mut newest = (NO_TIME, 0);
        for (at, chunk) in self.chunks.iter().enumerate() {
            let skipped = if at == 0 { self.skipped } else { 0 };
            for time in chunk.times.iter().skip(skipped) {
                match time.cmp(&newest.0) {
                    std::cmp::Ordering::Greater => newest = (*time, 1),
                    std::cmp::Ordering::Equal => newest.1 += 1,
                    std::cmp::Ordering::Less => {}
                }
            }
        }
        Some((time(newest.0)?, newest.1))
    }

    /// Adds a line at the new end; the oldest go when there are too many.
    pub fn push(&mut self, line: &LogLine<'_>) {
        if self.newer > 0 {
            self.newer += 1;
            self.newer_records += records(line);
            return;
        }
        let next = self.range().end;
        let fits = |chunk: &Chunk| {
            chunk.text.len() + line.text.len() <= CHUNK && chunk.starts.len() < CHUNK_LINES
                || chunk.starts.is_empty()
        };
        if !self.chunks.back().is_some_and(fits) {
            if let Some(full) = self.chunks.back_mut() {
                full.seal();
            }
            self.chunks.push_back(Chunk { first: next, ..Chunk::default() });
        }
        if let Some(chunk) = self.chunks.back_mut() {
            chunk.push(line);
        }
        self.lines += 1;
        self.bytes += cost(line);
        self.records += records(line);
        while self.too_much() {
            self.drop_first();
        }
    }

    /// Adds lines at the new end.
    pub fn append(&mut self, newer: &LogStore) {
        newer.lines(newer.range()).for_each(|(_, line)| self.push(&line));
    }

    /// Adds lines that are missing at the new end; `complete` when none are missing any more.
    pub(super) fn append_missing(&mut self, newer: &LogStore, complete: bool) {
        let (lines, records) = (std::mem::take(&mut self.newer), std::mem::take(&mut self.newer_records));
        self.append(newer);
        if !complete {
            self.newer = lines.saturating_sub(newer.lines as u64).max(1);
            self.newer_records = records.saturating_sub(newer.records).max(1);
        }
    }

    /// Adds lines at the old end; the newest go when there are too many.
    pub(super) fn prepend(&mut self, mut older: LogStore) {
        if older.is_empty() {
            return;
        }
        if let Some(chunk) = older.chunks.front_mut()
            && older.skipped > 0
        {
            let mut kept = Chunk { first: chunk.first + older.skipped as i64, ..Chunk::default() };
            (older.skipped..chunk.starts.len()).for_each(|at| kept.push(&chunk.line(at)));
            *chunk = kept;
        }
        // What is not kept of the first chunk would stand in the way.
        let own_first = self.range().start;
        if self.skipped > 0
            && let Some(chunk) = self.chunks.front_mut()
        {
            let mut kept = Chunk { first: own_first, ..Chunk::default() };
            (self.skipped..chunk.starts.len()).for_each(|at| kept.push(&chunk.line(at)));
            *chunk = kept;
            self.skipped = 0;
        }
        self.older = self.older.saturating_sub(older.lines as u64);
        let mut first = own_first;
        for mut chunk in older.chunks.into_iter().rev() {
            first -= chunk.starts.len() as i64;
            chunk.first = first;
            chunk.seal();
            self.chunks.push_front(chunk);
        }
        self.lines += older.lines;
        self.bytes += older.bytes;
        self.records += older.records;
        while self.too_much() {
            let dropped = self.drop_last();
            self.newer += 1;
            self.newer_records += dropped;
        }
    }

    /// Forgets the newest `count` lines, as if they had never been here.
    pub(super) fn truncate(&mut self, count: usize) {
        for _ in 0..count.min(self.lines) {
            self.drop_last();
        }
    }

    /// Forgets the oldest lines, until these are half of what a store with such limits keeps.
    pub(super) fn keep_newest(&mut self, limits: Limits) {
        while self.lines > (limits.lines / 2).max(1) || self.lines > 1 && self.bytes > limits.bytes / 2 {
            self.drop_first();
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Forgets everything, and that anything was ever dropped. Numbers go on.
    pub fn clear(&mut self) {
        let next = self.range().end;
        *self = LogStore::new(self.limits);
        self.chunks.push_back(Chunk { first: next, ..Chunk::default() });
    }

    fn too_much(&self) -> bool {
        self.lines > 1 && (self.lines > self.limits.lines || self.bytes > self.limits.bytes)
    }

    fn drop_first(&mut self) {
        let Some(chunk) = self.chunks.front() else { return };
        let line = chunk.line(self.skipped);
        let (bytes, count) = (cost(&line), records(&line));
        self.forget(bytes, count);
        self.older += 1;
        self.skipped += 1;
        if self.chunks.front().is_some_and(|chunk| self.skipped == chunk.starts.len())
            && self.chunks.len() > 1
        {
            self.chunks.pop_front();
            self.skipped = 0;
        }
    }

    /// Returns how many records the line was.
    fn drop_last(&mut self) -> u64 {
        while self.chunks.len() > 1 && self.chunks.back().is_some_and(|chunk| chunk.starts.is_empty()) {
            self.chunks.pop_back();
        }
        let Some(chunk) = self.chunks.back_mut() else { return 0 };
        let Some(last) = chunk.starts.len().checked_sub(1) else { return 0 };
        let line = chunk.line(last);
        let (bytes, count) = (cost(&line), records(&line));
        chunk.pop();
        self.forget(bytes, count);
        count
    }

    fn forget(&mut self, bytes: usize, records: u64) {
        self.lines -= 1;
        self.bytes -= bytes;
        self.records -= records;
    }
}
