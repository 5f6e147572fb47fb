//! Reading more of a log than what is kept: older lines while going back, newer ones while coming forward again.
//!
//! Engines cannot be asked for "a thousand lines before this one". They count lines from the end and leave out by
//! time afterwards, so the end of what they answer is known already and has to be cut off. Podman tells whole
//! seconds, in which many lines have one time: what is known is found by comparing lines.

use jiff::{SignedDuration, Timestamp};

use super::{LogLine, LogStore, LogWish};

/// Lines that are compared to be sure of a place.
const ENOUGH: usize = 16;

impl LogStore {
    /// What to ask the engine for to get `more` lines that are older than those here; `None` without times.
    pub fn older_wish(&self, more: u64) -> Option<LogWish> {
        let oldest = self.get(self.range().start)?.time?;
        Some(LogWish {
            tail: Some(self.records_to_end().saturating_add(more)),
            // Lines of the two streams do not stand strictly by time: engines stop at the first that is too new.
            until: Some(later(oldest)),
            timestamps: true,
            ..LogWish::default()
        })
    }

    /// What to ask for to go on behind the newest line here. The answer goes through a splitter that is
    /// [resuming](super::LogSplitter::resuming) from [`newest`](Self::newest).
    pub fn newer_wish(&self) -> LogWish {
        LogWish { since: self.newest().map(|(time, _)| time), timestamps: true, ..LogWish::default() }
    }

    /// Puts the answer to [`older_wish`](Self::older_wish) before what is here. Returns how many lines were not known:
    /// none when there is nothing older.
    pub fn join_older(&mut self, mut page: LogStore) -> usize {
        let known = self.overlap(&page);
        page.truncate(known);
        // What is being looked at stays.
        page.keep_newest(self.limits());
        let added = page.len();
        self.prepend(page);
        added
    }

    /// Puts the answer to [`newer_wish`](Self::newer_wish) behind what is here; `end` when it was read to its end.
    pub fn join_newer(&mut self, page: &LogStore, end: bool) {
        self.append_missing(page, end);
    }

    /// How many lines at the end of `page` are those at the beginning of this store.
    fn overlap(&self, page: &LogStore) -> usize {
        let (own, other) = (self.range(), page.range());
        let Some(first) = self.get(own.start) else { return 0 };
        let newest = page.get(other.end - 1).and_then(|line| line.time);
        // Where it should be, were lines strictly in the order of their times.
        let expected = self.lines(own.clone()).take_while(|(_, line)| line.time <= newest).count();
        let place = |known: i64| other.end - known;
        let fits = |known: i64| {
            let theirs = page.lines(place(known)..other.end).take(ENOUGH).map(|(_, line)| line);
            known > 0
                && place(known) >= other.start
                && theirs.zip(self.lines(own.clone())).all(|(a, (_, b))| same(&a, &b))
        };
        let expected = expected as i64;
        let reach = (other.end - other.start).max(expected);
        let mut near = (0..=reach).flat_map(|away| [expected + away, expected - away]);
        match near.find(|known| fits(*known)) {
            Some(known) => known as usize,
            // Rather miss a line than show one twice.
            None => page.lines(other).rev().take_while(|(_, line)| line.time >= first.time).count(),
        }
    }
}

/// Whether both are one line. The first line of an answer can be the rest of one that engines keep in parts.
fn same(theirs: &LogLine<'_>, ours: &LogLine<'_>) -> bool {
    (theirs.time, theirs.stderr) == (ours.time, ours.stderr)
        && (theirs.text == ours.text || theirs.length > ours.length && theirs.text.ends_with(ours.text))
}

fn later(time: Timestamp) -> Timestamp {
    time.checked_add(SignedDuration::from_secs(1)).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::log::{Framing, Limits, LogSplitter};

    /// A log as an engine keeps it, and how it answers: `tail` counts first, then times leave out.
    struct Log(Vec<(Timestamp, bool, String)>);

    impl Log {
        /// `each`: milliseconds from line to line; `seconds`: only whole ones are told.
        fn new(lines: usize, each: i64, seconds: bool, text: impl Fn(usize) -> String) -> Log {
            let start: Timestamp = "2026-11-21T10:00:00.25Z".parse().unwrap();
            let line = |at: usize| {
                let time = start.as_millisecond() + at as i64 * each;
                let time = if seconds { time / 1000 * 1000 } else { time };
                (Timestamp::from_millisecond(time).unwrap(), at.is_multiple_of(3), text(at))
            };
            Log((0..lines).map(line).collect())
        }

        fn read(&self, wish: &LogWish, newest: Option<(Timestamp, usize)>, limits: Limits) -> LogStore {
            let tail = wish.tail.map_or(self.0.len(), |tail| (tail as usize).min(self.0.len()));
            let mut splitter = LogSplitter::new(Framing::Frames, true).resuming(newest);
            let mut store = LogStore::new(limits);
            for (time, stderr, text) in &self.0[self.0.len() - tail..] {
                if wish.since.is_some_and(|since| *time < since) {
                    continue;
                }
                if wish.until.is_some_and(|until| *time > until) {
                    break;
                }
                let record = format!("{time} {text}\n");
                let mut frame = vec![1 + u8::from(*stderr), 0, 0, 0];
                frame.extend_from_slice(&(record.len() as u32).to_be_bytes());
                frame.extend_from_slice(record.as_bytes());
                splitter.feed(&frame, &mut |line| store.push(&line));
            }
            splitter.finish(&mut |line| store.push(&line));
            store
        }

        fn texts(&self) -> Vec<String> {
            self.0.iter().map(|(_, _, text)| text.clone()).collect()
        }
    }

    fn texts(store: &LogStore) -> Vec<String> {
        store.lines(store.range()).map(|(_, line)| String::from_utf8(line.text.to_vec()).unwrap()).collect()
    }

    const ALL: Limits = Limits { lines: usize::MAX, bytes: usize::MAX };

    fn tail(tail: u64) -> LogWish {
        LogWish { tail: Some(tail), timestamps: true, ..LogWish::default() }
    }

    #[test]
    fn going_back_shows_every_line_once() {
        for (each, seconds) in [(7, false), (7, true), (1000, true), (0, false), (1, true)] {
            for same_text in [false, true] {
                let text = |at: usize| if same_text { "tick".to_owned() } else { format!("line {at}") };
                let log = Log::new(1000, each, seconds, text);
                let mut store = log.read(&tail(50), None, ALL);
                let mut pages = 0;
                loop {
                    let wish = store.older_wish(100).unwrap();
                    if store.join_older(log.read(&wish, None, ALL)) == 0 {
                        break;
                    }
                    pages += 1;
                }
                assert_eq!(texts(&store), log.texts(), "{each} {seconds} {same_text}");
                assert!(pages <= 11, "{pages}");
            }
        }
    }

    #[test]
    fn a_store_that_is_full_walks_over_the_whole_log_and_back() {
        let log = Log::new(2000, 7, true, |at| format!("line {at}"));
        let limits = Limits { lines: 300, bytes: usize::MAX };
        let mut store = log.read(&tail(200), None, limits);
        while store.join_older(log.read(&store.older_wish(100).unwrap(), None, ALL)) > 0 {}
        assert_eq!(texts(&store), log.texts()[..300]);
        assert_eq!(store.missing(), 1700);
        // A new line is not put behind a gap.
        store.push(&LogLine { time: None, stderr: false, text: b"new", length: 3 });
        assert_eq!((store.len(), store.missing()), (300, 1701));
        let page = log.read(&store.newer_wish(), store.newest(), ALL);
        assert_eq!(page.len(), 1700);
        store.join_newer(&page, true);
        assert_eq!(texts(&store), log.texts()[1700..]);
        assert_eq!(store.missing(), 0);
    }
}
