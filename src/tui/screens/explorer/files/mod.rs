//! The files pane: a tree of which only the unfolded part is flattened and only the rows in sight are drawn.

pub mod changed;
mod columns;
mod draw;
pub mod filter;
pub mod folds;
pub mod listing;
pub mod outline;
pub mod rows;
pub mod scope;

use std::sync::Arc;

use crate::analysis::Syntax;
use crate::image::tree::{Change, NodeId, Tree};
use crate::tui::action::Action;
use crate::tui::widgets::cells::{foreign, width};
use crate::tui::widgets::list::Cursor;
use changed::Changed;
pub use draw::draw;
use filter::Filter;
use folds::Folds;
use listing::{Listing, Question, Ticket};
use outline::Outline;
use rows::{Fold, Row, flatten};
use scope::{Limit, Scope, Shown, Wanted};

/// The pane's state.
#[derive(Clone, Debug, Default)]
pub struct Files {
    pub rows: Vec<Row>,
    pub cursor: Cursor,
    pub filter: Filter,
    /// Cells by which names are shifted to the left.
    pub shift: usize,
    pub hide_attributes: bool,
    /// What the filter found.
    pub outline: Option<Arc<Outline>>,
    folds: Folds,
    /// The path to stay on while the rows are replaced.
    kept: Option<NodeId>,
    changed: Option<Changed>,
    /// What the filter found is all there is to find.
    known: bool,
    asked: Ticket,
    /// The worker's answer is still to come.
    pending: bool,
    /// What starts out unfolded is part of the question.
    start: bool,
}

/// What "next" goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    Hit,
    Change,
}

/// Paths that may be looked at for one step from change to change.
const STEP_LIMIT: usize = 200_000;
/// Cells of one step to the side.
const SHIFT: usize = 8;
/// Rows around the window whose names count for how far they may be shifted.
const NEAR: usize = 100;

impl Files {
    /// Stays on the same paths when the tree is replaced: node numbers mean other paths in the next one.
    pub(super) fn carry(&mut self, old: &Tree, new: &Tree) {
        self.folds.carry(old, new);
        self.clear();
        self.kept = self.kept.and_then(|node| new.find(&old.path(node)));
        self.outline = None;
    }

    /// Wants a path to be selected when the rows are replaced.
    pub(super) fn stay_on(&mut self, node: Option<NodeId>) {
        self.kept = node.or(self.kept);
    }

    /// Shows nothing, until there is a view again.
    pub(super) fn clear(&mut self) {
        self.kept = self.kept.or(self.selected());
        self.rows.clear();
        self.cursor = Cursor::default();
        self.pending = false;
    }

    pub fn selected(&self) -> Option<NodeId> {
        self.rows.get(self.cursor.at).map(|row| row.node)
    }

    /// Whether a worker is still at it.
    pub fn pending(&self) -> Option<Ticket> {
        self.pending.then_some(self.asked)
    }

    /// Shows another view, staying on the path that is selected where it has a row.
    pub(super) fn show(&mut self, tree: &Tree, wanted: Wanted) {
        (self.outline, self.known) = (None, false);
        self.list(tree, wanted, true);
    }

    /// Shows what the filter finds now. With `stay`, what is selected stays so as long as it is a find.
    pub(super) fn refilter(&mut self, tree: &Tree, wanted: Wanted, stay: bool) {
        self.show(tree, wanted);
        self.land(tree, stay);
    }

    fn list(&mut self, tree: &Tree, wanted: Wanted, start: bool) {
        self.start = start || self.pending && self.start;
        let listing = self.question(wanted).at_once(tree);
        self.ask(!listing.complete);
        self.take(listing, tree);
    }

    /// Answers to earlier questions are stale from here on.
    fn ask(&mut self, pending: bool) {
        self.asked = Ticket(self.asked.0 + 1);
        self.pending = pending;
    }

    /// What a worker is to answer.
    pub(super) fn question(&self, wanted: Wanted) -> Question {
        let (pattern, folds) = (self.filter.pattern().cloned(), self.folds.clone());
        let outline = self.outline.clone().filter(|_| self.known);
        Question { wanted, pattern, folds, start: self.start, outline }
    }

    fn take(&mut self, listing: Listing, tree: &Tree) {
        let selected = self.kept.take().or_else(|| self.selected());
        self.known = listing.complete;
        (self.rows, self.folds, self.changed) = (listing.rows, listing.folds, listing.changed);
        self.outline = listing.outline;
        self.select(tree, selected);
    }

    /// Takes a worker's answer. Nothing is asked while it is on its way that would not make it stale.
    pub(super) fn answered(&mut self, ticket: Ticket, listing: Option<Listing>, tree: &Tree) {
        if self.pending() != Some(ticket) {
            return;
        }
        self.pending = false;
        let Some(listing) = listing else { return };
        let found = self.outline.as_ref().is_some_and(|outline| outline.count > 0);
        self.take(listing, tree);
        if !found {
            self.land(tree, false);
        }
    }

    /// Selects a path, or the nearest one above it that has a row.
    fn select(&mut self, tree: &Tree, wanted: Option<NodeId>) {
        let above: Vec<NodeId> = std::iter::successors(wanted, |node| tree.parent(*node)).collect();
        // The rows of the directories above come first, so the last row that is one of them is the nearest.
        let found = match above.is_empty() {
            true => None,
            false => self.rows.iter().rposition(|row| above.contains(&row.node)),
        };
        self.cursor.at = found.unwrap_or(0);
        if self.pending && wanted != self.selected() {
            self.kept = wanted;
        }
    }

    /// After a new filter: stays on a find, else goes to the best one.
    fn land(&mut self, tree: &Tree, stay: bool) {
        let Some(outline) = self.outline.clone() else { return };
        let hit = |node: NodeId| outline.is_hit(node);
        // The best of the words typed so far is not the best of all of them.
        if (stay || self.filter.syntax() != Syntax::Fuzzy) && self.selected().is_some_and(hit) {
            return;
        }
        self.kept = None;
        let best = outline.best.and_then(|best| self.rows.iter().position(|row| row.node == best));
        let first = || self.rows.iter().position(|row| hit(row.node));
        match best.or_else(first) {
            Some(at) => self.cursor.at = at,
            None => self.select(tree, outline.best),
        }
    }

    pub(super) fn step(&mut self, by: isize) {
        self.kept = None;
        self.cursor.step(by, self.rows.len());
    }

    /// Selects the row at a position, if there is one.
    pub(super) fn step_to(&mut self, at: usize) -> bool {
        let there = at < self.rows.len();
        if there {
            self.kept = None;
            self.cursor.at = at;
        }
        there
    }

    pub(super) fn follow(&mut self, height: usize) {
        self.cursor.follow(self.rows.len(), height);
    }

    /// Reacts to a verb; false when what it looks for is not there.
    pub(super) fn act(&mut self, action: Action, tree: &Tree, wanted: Wanted) -> bool {
        let at = self.cursor.at;
        let Some(row) = self.rows.get(at).copied() else { return false };
        match (action, row.fold) {
            (Action::ToggleFold | Action::Unfold, Fold::Folded) => self.folds.set(row.node, true),
            (Action::ToggleFold | Action::Fold, Fold::Unfolded) => self.folds.set(row.node, false),
            (Action::Unfold, Fold::Unfolded) => self.step(1),
            (Action::Fold, _) => {
                let above = self.rows[..self.cursor.at].iter().rposition(|above| above.depth < row.depth);
                self.cursor.at = above.unwrap_or(self.cursor.at);
            }
            (Action::UnfoldBelow, _) => {
                let above = tree.parent(row.node).filter(|_| row.fold == Fold::Leaf);
                self.folds.unfold_below(tree, above.unwrap_or(row.node));
                self.list(tree, wanted, false);
                return true;
            }
            (Action::UnfoldAll, _) => {
                self.folds.unfold_below(tree, tree.root());
                self.list(tree, wanted, false);
                return true;
            }
            (Action::FoldAll, _) => {
                self.folds.fold_all();
                self.list(tree, wanted, false);
                return true;
            }
            (Action::NextMatch, _) => return self.go(Goal::Hit, true, tree, wanted),
            (Action::PreviousMatch, _) => return self.go(Goal::Hit, false, tree, wanted),
            (Action::NextChange, _) => return self.go(Goal::Change, true, tree, wanted),
            (Action::PreviousChange, _) => return self.go(Goal::Change, false, tree, wanted),
            (Action::ShiftRight, _) => self.shift = (self.shift + SHIFT).min(self.widest(tree)),
            (Action::ShiftLeft, _) => self.shift = self.shift.saturating_sub(SHIFT),
            (Action::Attributes, _) => self.hide_attributes ^= true,
            _ => {}
        }
        // Where the cursor moved instead, nothing was folded.
        if self.folds.is_unfolded(tree, row.node) != (row.fold == Fold::Unfolded) && row.fold != Fold::Leaf {
            self.refold(at, tree, wanted);
        }
        true
    }

    /// How far names may be shifted with something of the longest one still in sight.
    fn widest(&self, tree: &Tree) -> usize {
        let near = self.rows.iter().skip(self.cursor.offset).take(NEAR);
        let cells = |row: &Row| 2 * usize::from(row.depth) + width(&foreign(tree.name(row.node)));
        near.map(cells).max().unwrap_or(0).saturating_sub(SHIFT)
    }

    /// Gives a row the rows below it that its directory has now; all others stay as they are.
    fn refold(&mut self, at: usize, tree: &Tree, wanted: Wanted) {
        let limit = Limit::paths(listing::AT_ONCE);
        let row = self.rows[at];
        let scope = self.scope(tree, wanted, &limit);
        let below = match self.folds.is_unfolded(tree, row.node) {
            true => flatten(scope, &self.folds, row.node, row.depth.saturating_add(1)),
            false => Vec::new(),
        };
        let start = at + 1;
        let shown = self.rows[start..].iter().take_while(|other| other.depth > row.depth).count();
        self.rows[at].fold = if below.is_empty() { Fold::Folded } else { Fold::Unfolded };
        self.rows.splice(start..start + shown, below);
        // What a worker is at does not know of this fold.
        let pending = self.pending || limit.is_spent();
        self.ask(pending);
    }

    fn scope<'t>(&'t self, tree: &'t Tree, wanted: Wanted, limit: &'t Limit<'t>) -> Scope<'t> {
        Scope { tree, wanted, changed: self.changed.as_ref(), outline: self.outline.as_deref(), limit }
    }

    /// Goes to the next row that is a find or a change, round the end, unfolding what hides it; false when there is
    /// none.
    fn go(&mut self, goal: Goal, forward: bool, tree: &Tree, wanted: Wanted) -> bool {
        self.kept = None;
        // In a view that shows everything, directories do not say what changed in them.
        let only = Shown { unmodified: false, ..wanted.shown };
        let changes = match goal {
            Goal::Change => Changed::of(tree, Wanted { shown: only, ..wanted }),
            Goal::Hit => None,
        };
        let mut at = self.cursor.at;
        // What lies below the selected row comes next, folded or not.
        let folded = self.rows.get(at).is_some_and(|row| row.fold == Fold::Folded);
        if forward && folded && self.leads(goal, at, changes.as_ref(), tree, wanted) {
            self.folds.set(self.rows[at].node, true);
            self.refold(at, tree, wanted);
        }
        let mut steps = 0;
        while steps <= self.rows.len().min(STEP_LIMIT) {
            steps += 1;
            let count = self.rows.len();
            at = if forward { (at + 1) % count } else { at.checked_sub(1).unwrap_or(count - 1) };
            while self.rows[at].fold == Fold::Folded && self.leads(goal, at, changes.as_ref(), tree, wanted) {
                self.folds.set(self.rows[at].node, true);
                let before = self.rows.len();
                self.refold(at, tree, wanted);
                let more = self.rows.len().saturating_sub(before);
                if forward || more == 0 {
                    break;
                }
                // Backwards, what has come to light lies ahead.
                at += more;
            }
            if self.is(goal, at, tree, wanted) {
                self.cursor.at = at;
                return true;
            }
        }
        false
    }

    fn is(&self, goal: Goal, at: usize, tree: &Tree, wanted: Wanted) -> bool {
        let node = self.rows[at].node;
        match goal {
            Goal::Hit => self.outline.as_ref().is_some_and(|outline| outline.is_hit(node)),
            Goal::Change => {
                wanted.view.look(tree, node).is_some_and(|look| look.change != Change::Unmodified)
            }
        }
    }

    /// Whether there is something to go to below a folded row.
    fn leads(&self, goal: Goal, at: usize, changes: Option<&Changed>, tree: &Tree, wanted: Wanted) -> bool {
        let node = self.rows[at].node;
        match (goal, changes) {
            (Goal::Hit, _) => self.outline.as_ref().is_some_and(|outline| outline.is_above(node)),
            (Goal::Change, Some(changes)) => !changes.below(node).is_empty(),
            (Goal::Change, None) => wanted.view.touches(tree, node),
        }
    }

    /// Unfolds all directories above a path and selects it.
    pub(super) fn reveal(&mut self, node: NodeId, tree: &Tree, wanted: Wanted) {
        for above in std::iter::successors(tree.parent(node), |above| tree.parent(*above)) {
            self.folds.set(above, true);
        }
        self.kept = Some(node);
        self.list(tree, wanted, false);
    }
}
