//! Which lines match, found in small parts: a key never waits for all of a log.

use std::collections::VecDeque;
use std::ops::Range;

use crate::analysis::Needle;
use crate::container::log::{At, LogStore};
use crate::report::ansi::visible;

/// Bytes that are looked through at once, and what each line counts besides.
const AT_ONCE: usize = 2 << 20;
const EACH: usize = 64;

/// See the module.
#[derive(Clone, Debug)]
pub struct Hits {
    /// As it was typed.
    pub text: String,
    pub needle: Needle,
    sources: Vec<Scan>,
}

/// How far one log is looked through, and what was found.
#[derive(Clone, Debug, Default)]
struct Scan {
    done: Option<Range<i64>>,
    found: VecDeque<i64>,
    /// New lines were left for later.
    late: bool,
}

impl Hits {
    pub fn new(text: &str, needle: Needle) -> Hits {
        Hits { text: text.to_owned(), needle, sources: Vec::new() }
    }

    /// Looks on: first at what is new, then further back. True when lines were looked at that are not new: who has
    /// seen them before has to look again.
    pub fn look(&mut self, stores: &[&LogStore]) -> bool {
        self.sources.resize_with(stores.len(), Scan::default);
        let mut left = AT_ONCE;
        let scans = self.sources.iter_mut().zip(stores);
        scans.fold(false, |old, (scan, store)| scan.look(store, &self.needle, &mut left) || old)
    }

    pub fn is_done(&self, stores: &[&LogStore]) -> bool {
        self.sources.len() == stores.len()
            && self.sources.iter().zip(stores).all(|(scan, store)| scan.done.as_ref() == Some(&store.range()))
    }

    /// Whether a line was found.
    pub fn contains(&self, at: At) -> bool {
        self.sources
            .get(usize::from(at.source))
            .is_some_and(|scan| scan.found.binary_search(&at.number).is_ok())
    }

    /// How many of the lines before this one in its log were found.
    pub fn before(&self, at: At) -> usize {
        let scan = self.sources.get(usize::from(at.source));
        scan.map_or(0, |scan| scan.found.partition_point(|number| *number < at.number))
    }

    pub fn count(&self) -> usize {
        self.sources.iter().map(|scan| scan.found.len()).sum()
    }
}

impl Scan {
    fn look(&mut self, store: &LogStore, needle: &Needle, left: &mut usize) -> bool {
        let mut text = String::new();
        let kept = store.range();
        let mut done = self.done.clone().unwrap_or(kept.end..kept.end);
        // The newest lines make room while older ones are read.
        while self.found.back().is_some_and(|last| *last >= kept.end) {
            self.found.pop_back();
        }
        done = done.start.min(kept.end)..done.end.min(kept.end);
        if done.end < kept.start {
            // The log was begun anew.
            done = kept.end..kept.end;
        }
        while self.found.front().is_some_and(|first| *first < kept.start) {
            self.found.pop_front();
        }
        done.start = done.start.max(kept.start);
        for (number, line) in store.lines(done.end..kept.end) {
            if *left == 0 {
                break;
            }
            *left = left.saturating_sub(line.text.len() + EACH);
            visible(line.text, &mut text);
            if needle.is_in(text.as_bytes()) {
                self.found.push_back(number);
            }
            done.end = number + 1;
        }
        let late = std::mem::replace(&mut self.late, done.end < kept.end);
        let before = done.start;
        for (number, line) in store.lines(kept.start..done.start).rev() {
            if *left == 0 {
                break;
            }
            *left = left.saturating_sub(line.text.len() + EACH);
            visible(line.text, &mut text);
            if needle.is_in(text.as_bytes()) {
                self.found.push_front(number);
            }
            done.start = number;
        }
        let old = late || self.late || done.start < before;
        self.done = Some(done);
        old
    }
}
