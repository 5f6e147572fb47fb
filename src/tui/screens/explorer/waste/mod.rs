//! The waste pane: secrets, where they were looked for; mistakes, the most bytes first, and below each where its files are; or the folders with hidden
//! bytes as a tree, the most first. What would be left without the mistakes that are marked stands above.

pub mod draw;
mod folders;
mod secrets;

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use crate::analysis::advice::{Finding, bytes_after};
use crate::analysis::{Facts, Fate, Heap};
use crate::image::Image;
use crate::image::tree::{NodeId, Tree};
use crate::tui::action::Action;
use crate::tui::widgets::list::Cursor;

/// The pane's state.
#[derive(Clone, Debug, Default)]
pub struct Waste {
    pub cursor: Cursor,
    rows: Vec<Row>,
    /// Folders are listed, not mistakes.
    by_folder: bool,
    /// Findings whose heaps are listed, and those that are marked; by their places in the facts.
    open: BTreeSet<usize>,
    marked: BTreeSet<usize>,
    /// Secrets beyond the first few are listed too.
    all_secrets: bool,
    /// Folders that are unfolded.
    unfolded: FxHashSet<NodeId>,
}

/// A line of the list; secrets, findings and heaps by their places in the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    Secret(usize),
    /// Stands for the secrets that are too many to come first.
    Rest,
    Finding(usize),
    /// A finding's heap.
    Heap(usize, usize),
    Path(Place),
}

/// A path that hides bytes, or below which some are hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub node: NodeId,
    /// The folder it is listed below; what lies between leads nowhere else.
    pub above: NodeId,
    pub depth: u16,
}

impl Waste {
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub fn by_folder(&self) -> bool {
        self.by_folder
    }

    /// Starts anew with what was found; marks and folds were about something else.
    pub fn take(&mut self, facts: &Facts, tree: &Tree) {
        (self.open, self.marked, self.unfolded, self.all_secrets) = Default::default();
        self.arrange(facts, tree);
    }

    /// More was found about the same tree. Marks and folds stay with their mistakes; what is new comes first.
    pub fn learn(&mut self, old: &Facts, new: &Facts, tree: &Tree) {
        let place = |at: &usize| {
            let one = old.findings.get(*at)?;
            new.findings.iter().position(|other| other == one)
        };
        self.open = self.open.iter().filter_map(place).collect();
        self.marked = self.marked.iter().filter_map(place).collect();
        self.arrange(new, tree);
        if !self.by_folder {
            self.cursor = Cursor::default();
        }
    }

    fn row(&self) -> Option<Row> {
        self.rows.get(self.cursor.at).copied()
    }

    /// The finding that is selected, or whose heap is, or that is about the selected path.
    pub fn finding<'f>(&self, facts: &'f Facts, tree: &Tree) -> Option<&'f Finding> {
        match self.row()? {
            Row::Finding(at) | Row::Heap(at, _) => facts.findings.get(at),
            Row::Path(place) => folders::finding(place.node, facts, tree),
            Row::Secret(_) | Row::Rest => None,
        }
    }

    /// The heap that is selected; that of a finding is its largest, that of a path the largest of its versions.
    pub fn heap(&self, facts: &Facts, tree: &Tree) -> Option<Heap> {
        match self.row()? {
            Row::Finding(at) => facts.findings.get(at)?.heaps.first().copied(),
            Row::Heap(at, heap) => facts.findings.get(at)?.heaps.get(heap).copied(),
            Row::Path(place) => {
                let hidden = tree.versions(place.node).filter_map(|version| version.hidden());
                let largest = hidden.max_by_key(|hidden| hidden.bytes)?;
                let fate = Some(Fate { by: largest.hidden_by, cause: largest.cause });
                let (bytes, layer) = (largest.bytes, largest.layer);
                Some(Heap { node: place.node, bytes, contents: 1, layer, fate })
            }
            Row::Secret(_) | Row::Rest => None,
        }
    }

    /// The path that is selected, or where most of the selected mistake lies.
    pub fn node(&self, facts: &Facts) -> Option<NodeId> {
        match self.row()? {
            Row::Finding(at) => Some(facts.findings.get(at)?.heaps.first()?.node),
            Row::Heap(at, heap) => Some(facts.findings.get(at)?.heaps.get(heap)?.node),
            Row::Path(place) => Some(place.node),
            Row::Secret(at) => secrets::node(facts.secrets().get(at)?),
            Row::Rest => None,
        }
    }

    /// A place is selected, rather than a mistake.
    pub fn is_place(&self) -> bool {
        matches!(self.row(), Some(Row::Heap(..) | Row::Path(_)))
    }

    /// Whether Enter leads away from here, and does not fold or unfold.
    pub(super) fn leads_away(&self, facts: &Facts) -> bool {
        match self.row() {
            Some(Row::Finding(at)) => facts.findings.get(at).is_none_or(|finding| finding.heaps.is_empty()),
            Some(Row::Path(place)) => facts.hidden.below(place.node).is_empty(),
            Some(Row::Rest) => false,
            Some(Row::Heap(..) | Row::Secret(_)) | None => true,
        }
    }

    pub(super) fn is_marked(&self, finding: usize) -> bool {
        self.marked.contains(&finding)
    }

    pub(super) fn is_open(&self, finding: usize) -> bool {
        self.open.contains(&finding)
    }

    pub(super) fn is_unfolded(&self, node: NodeId) -> bool {
        self.unfolded.contains(&node)
    }

    /// How many are marked, and the bytes of all layers without what they save.
    pub fn what_if(&self, facts: &Facts, image: &Image) -> Option<(usize, u64)> {
        let marked = self.marked.iter().filter_map(|at| facts.findings.get(*at));
        (!self.marked.is_empty()).then(|| (self.marked.len(), bytes_after(image, marked)))
    }

    /// Folds, unfolds, marks and regroups; what is to be said about it.
    pub(super) fn act(&mut self, action: Action, facts: &Facts, tree: &Tree) -> Option<&'static str> {
        if action == Action::Group {
            self.by_folder ^= true;
            self.cursor = Cursor::default();
            self.arrange(facts, tree);
            return Some(if self.by_folder {
                "folders, by hidden bytes"
            } else {
                "mistakes, by what they cost"
            });
        }
        if action == Action::UnfoldAll && !self.by_folder {
            self.all_secrets = true;
            self.open = (0..facts.findings.len()).collect();
        }
        if action == Action::FoldAll && !self.by_folder {
            self.all_secrets = false;
            self.open.clear();
        }
        match self.row()? {
            Row::Secret(_) | Row::Rest => self.act_on_secret(action, facts, tree),
            Row::Finding(at) | Row::Heap(at, _) => self.act_on_finding(at, action, facts, tree),
            Row::Path(place) => self.act_on_path(place, action, facts, tree),
        }
    }

    fn act_on_finding(
        &mut self,
        at: usize,
        action: Action,
        facts: &Facts,
        tree: &Tree,
    ) -> Option<&'static str> {
        let row = self.row()?;
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
            _ => {}
        }
        if action != Action::Mark {
            self.arrange(facts, tree);
            let now = self.rows.iter().position(|other| *other == row);
            let now = now.or_else(|| self.rows.iter().position(|other| *other == Row::Finding(at)));
            let moved = action == Action::Unfold && now.is_some_and(|now| now < self.cursor.at);
            self.cursor.at = now.filter(|_| !moved).unwrap_or(self.cursor.at);
        }
        None
    }

    fn arrange(&mut self, facts: &Facts, tree: &Tree) {
        self.rows.clear();
        if self.by_folder {
            self.rows.extend(folders::places(&facts.hidden, &self.unfolded, tree).into_iter().map(Row::Path));
            return;
        }
        self.rows.extend(secrets::rows(facts, self.all_secrets));
        for (at, finding) in facts.findings.iter().enumerate() {
            self.rows.push(Row::Finding(at));
            if self.open.contains(&at) {
                self.rows.extend((0..finding.heaps.len()).map(|heap| Row::Heap(at, heap)));
            }
        }
    }
}
