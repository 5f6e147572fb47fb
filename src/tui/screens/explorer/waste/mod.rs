//! The waste pane: mistakes, the most bytes first; below each where its files are; and what would be left without
//! those that are marked.

pub mod draw;

use std::collections::BTreeSet;

use crate::analysis::advice::{Finding, bytes_after};
use crate::analysis::{Facts, Heap};
use crate::image::Image;
use crate::tui::action::Action;
use crate::tui::widgets::list::Cursor;

/// The pane's state.
#[derive(Clone, Debug, Default)]
pub struct Waste {
    pub cursor: Cursor,
    rows: Vec<Row>,
    /// Findings whose heaps are listed, and those that are marked; by their places in the facts.
    open: BTreeSet<usize>,
    marked: BTreeSet<usize>,
}

/// A line of the list, by places in the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    Finding(usize),
    /// A finding's heap.
    Heap(usize, usize),
}

impl Waste {
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Starts anew with what was found; marks and folds were about something else.
    pub fn take(&mut self, facts: &Facts) {
        (self.open, self.marked) = (BTreeSet::new(), BTreeSet::new());
        self.arrange(facts);
    }

    /// The finding that is selected, or whose heap is.
    pub fn finding<'f>(&self, facts: &'f Facts) -> Option<&'f Finding> {
        let (Row::Finding(at) | Row::Heap(at, _)) = self.rows.get(self.cursor.at)?;
        facts.findings.get(*at)
    }

    /// The heap that is selected; that of a finding is its largest.
    pub fn heap(&self, facts: &Facts) -> Option<Heap> {
        let at = if let Row::Heap(_, heap) = self.rows.get(self.cursor.at)? { *heap } else { 0 };
        self.finding(facts)?.heaps.get(at).copied()
    }

    pub fn is_heap(&self) -> bool {
        matches!(self.rows.get(self.cursor.at), Some(Row::Heap(..)))
    }

    pub(super) fn is_marked(&self, finding: usize) -> bool {
        self.marked.contains(&finding)
    }

    pub(super) fn is_open(&self, finding: usize) -> bool {
        self.open.contains(&finding)
    }

    /// How many are marked, and the bytes of all layers without what they save.
    pub fn what_if(&self, facts: &Facts, image: &Image) -> Option<(usize, u64)> {
        let marked = self.marked.iter().filter_map(|at| facts.findings.get(*at));
        (!self.marked.is_empty()).then(|| (self.marked.len(), bytes_after(image, marked)))
    }

    /// Folds, unfolds and marks; what is to be said about it.
    pub(super) fn act(&mut self, action: Action, facts: &Facts) -> Option<&'static str> {
        let row = *self.rows.get(self.cursor.at)?;
        let (Row::Finding(at) | Row::Heap(at, _)) = row;
        match action {
            Action::Mark if facts.findings[at].bytes.is_none() => {
                return Some("a hint promises no bytes: only what is proven can be marked");
            }
            Action::Mark => {
                if !self.marked.remove(&at) {
                    self.marked.insert(at);
                }
                self.cursor.step(1, self.rows.len());
            }
            Action::OpenWaste if !self.open.remove(&at) => drop(self.open.insert(at)),
            Action::Unfold if self.open.contains(&at) => self.cursor.step(1, self.rows.len()),
            Action::Unfold => drop(self.open.insert(at)),
            Action::Fold => drop(self.open.remove(&at)),
            Action::UnfoldAll => self.open = (0..facts.findings.len()).collect(),
            Action::FoldAll => self.open.clear(),
            _ => {}
        }
        if action != Action::Mark {
            self.arrange(facts);
            let now = self.rows.iter().position(|other| *other == row);
            let now = now.or_else(|| self.rows.iter().position(|other| *other == Row::Finding(at)));
            let moved = action == Action::Unfold && now.is_some_and(|now| now < self.cursor.at);
            self.cursor.at = now.filter(|_| !moved).unwrap_or(self.cursor.at);
        }
        None
    }

    fn arrange(&mut self, facts: &Facts) {
        self.rows.clear();
        for (at, finding) in facts.findings.iter().enumerate() {
            self.rows.push(Row::Finding(at));
            if self.open.contains(&at) {
                self.rows.extend((0..finding.heaps.len()).map(|heap| Row::Heap(at, heap)));
            }
        }
    }
}
