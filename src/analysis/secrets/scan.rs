//! Contents as they pass, looked through for secrets in linear time and bounded memory.
//!
//! One automaton finds the keywords of all rules; only where one stands is a rule's expression tried, on no more than
//! its own length. What is kept of a content is that much, so that a secret on the border of two pieces is found as
//! any other. Rules for certain paths see the first mebibyte of their files whole.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::keywords;
use super::mask::preview;
use super::rules::{Hit, Rules};
use super::wide::Width;

/// Findings listed of one content; the rest is counted.
const MAX_MATCHES: usize = 20;
/// Bytes gathered before they are looked at.
const PIECE: usize = 256 << 10;
/// What rules for certain paths see of a file.
const MAX_WHOLE: usize = 1 << 20;
/// A zero among the first so many bytes makes a file binary.
const HEAD: usize = 8 << 10;

/// One secret in a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The rule's id and title.
    pub rule: String,
    pub title: String,
    /// From 1; `None` in a binary file.
    pub line: Option<u64>,
    pub preview: String,
}

/// What a content holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// By place in the content.
    pub matches: Vec<Match>,
    /// Secrets beyond those.
    pub more: u64,
}

/// See the module. One content after the other.
#[derive(Debug)]
pub struct Scanner<'r> {
    rules: &'r Rules,
    path: Vec<u8>,
    width: Width,
    /// Rules whose paths match.
    placed: Vec<usize>,
    /// Bytes that were not looked at yet, and the one before them.
    buffer: Vec<u8>,
    /// In `buffer`: keywords before this place have been seen.
    seen: usize,
    /// Before `buffer`: bytes and line breaks.
    base: u64,
    lines: u64,
    /// The beginning, for rules that see files whole.
    whole: Vec<u8>,
    binary: Option<bool>,
    /// Rules that have nothing to say about this path, as far as that was asked.
    quiet: FxHashMap<usize, bool>,
    found: Vec<Found>,
    more: u64,
}

#[derive(Debug)]
struct Found {
    place: Range<u64>,
    one: Match,
}

impl<'r> Scanner<'r> {
    pub fn new(rules: &'r Rules) -> Scanner<'r> {
        Scanner {
            rules,
            path: Vec::new(),
            width: Width::default(),
            placed: Vec::new(),
            buffer: Vec::with_capacity(PIECE + 2 * rules.longest),
            seen: 0,
            base: 0,
            lines: 0,
            whole: Vec::new(),
            binary: None,
            quiet: FxHashMap::default(),
            found: Vec::new(),
            more: 0,
        }
    }

    /// Begins with a content, known by the path that stores it.
    pub fn begin(&mut self, path: &[u8]) {
        self.path.clear();
        self.path.extend_from_slice(path);
        self.placed = self.rules.at(path);
        self.width = Width::default();
        self.buffer.clear();
        self.whole.clear();
        self.found.clear();
        self.quiet.clear();
        (self.seen, self.base, self.lines, self.binary, self.more) = (0, 0, 0, None, 0);
    }

    /// The next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        match self.width.narrow(bytes) {
            Some(narrow) => self.gather(&narrow),
            None => self.gather(bytes),
        }
    }

    fn gather(&mut self, mut bytes: &[u8]) {
        if self.placed.iter().any(|rule| !self.rules.all[*rule].keyed()) {
            let room = MAX_WHOLE.saturating_sub(self.whole.len());
            self.whole.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        while !bytes.is_empty() {
            let room = (PIECE + self.rules.longest).saturating_sub(self.buffer.len()).max(1);
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() >= PIECE + self.rules.longest {
                self.look(false);
            }
        }
    }

    /// The end of the content; what was found in it.
    pub fn end(&mut self) -> Scan {
        if let Some(byte) = self.width.rest() {
            self.gather(&[byte]);
        }
        self.look(true);
        let rules = self.rules;
        let whole = std::mem::take(&mut self.whole);
        if self.binary == Some(false) {
            for number in self.placed.clone().into_iter().filter(|rule| !rules.all[*rule].keyed()) {
                let (mut at, mut lines) = (0, 0);
                for hit in rules.all[number].anywhere(&whole) {
                    lines += breaks(&whole[at..hit.secret.start]);
                    at = hit.secret.start;
                    self.note(number, &hit, &whole, 0, lines);
                }
            }
        }
        self.whole = whole;
        self.found.sort_by_key(|found| found.place.start);
        let matches = self.found.drain(..).map(|found| found.one).collect();
        Scan { matches, more: std::mem::take(&mut self.more) }
    }

    /// Tries the rules wherever a keyword stands whose surroundings are at hand.
    fn look(&mut self, last: bool) {
        let rules = self.rules;
        let buffer = std::mem::take(&mut self.buffer);
        let binary = *self.binary.get_or_insert_with(|| buffer[..buffer.len().min(HEAD)].contains(&0));
        let horizon = if last { buffer.len() } else { buffer.len().saturating_sub(rules.longest) };
        let (mut from, mut at, mut lines) = (self.seen, 0, self.lines);
        let stem = |from| rules.keywords.stem(&buffer, from).filter(|(found, _)| *found < horizon);
        while let Some(stem) = stem(from) {
            from = stem.0 + 1;
            for (start, number) in rules.keywords.around(stem, &buffer) {
                let rule = &rules.all[number];
                let placed = !rule.placed || self.placed.contains(&number);
                if !placed || !rule.files || binary && !rule.binary {
                    continue;
                }
                if let Some(hit) = rule.at_keyword(&buffer, start) {
                    // Only forward: a secret may begin where another one does.
                    if hit.secret.start > at {
                        lines += breaks(&buffer[at..hit.secret.start]);
                        at = hit.secret.start;
                    }
                    let back = breaks(&buffer[hit.secret.start..at]);
                    self.note(number, &hit, &buffer, self.base, lines - back);
                }
            }
        }
        self.buffer = buffer;
        if !last {
            // A keyword may begin before what is searched for, and what stands before it matters.
            let done = horizon.saturating_sub(keywords::LONGEST + 1);
            self.lines += breaks(&self.buffer[..done]);
            self.base += done as u64;
            self.buffer.drain(..done);
            self.seen = horizon.max(self.seen) - done;
        }
    }

    fn note(&mut self, number: usize, hit: &Hit, bytes: &[u8], base: u64, lines: u64) {
        let place = hit.secret.start as u64 + base..hit.secret.end as u64 + base;
        let same = |found: &Found| found.place.start < place.end && place.start < found.place.end;
        if self.found.iter().any(same) {
            return;
        }
        let rule = &self.rules.all[number];
        let (rules, path) = (self.rules, &self.path);
        if *self.quiet.entry(number).or_insert_with(|| rules.is_quiet(rule, path)) {
            return;
        }
        if self.found.len() >= MAX_MATCHES {
            self.more += 1;
            return;
        }
        let one = Match {
            rule: rule.id.clone(),
            title: rule.title.clone(),
            line: (self.binary == Some(false)).then_some(lines + 1),
            preview: preview(&bytes[hit.secret.clone()]),
        };
        self.found.push(Found { place, one });
    }
}

// It is compiled into vector instructions, and no crate is needed for it.
#[allow(clippy::naive_bytecount)]
fn breaks(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
