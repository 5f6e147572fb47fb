//! What the pane lists, as a question and its answer. A key is answered within a limit; when that is not enough,
//! a worker answers the same question in full.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::changed::Changed;
use super::folds::Folds;
use super::outline::Outline;
use super::rows::{Row, flatten};
use super::scope::{Limit, Scope, Wanted};
use crate::analysis::Pattern;
use crate::image::Image;
use crate::image::tree::Tree;

/// Tells the answer that is waited for from those that come too late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u32);

/// What is to be listed.
#[derive(Clone, Debug)]
pub struct Question {
    pub wanted: Wanted,
    pub pattern: Option<Arc<Pattern>>,
    pub folds: Folds,
    /// What starts out unfolded is to be found anew.
    pub start: bool,
    /// What the filter found, when that is known already.
    pub outline: Option<Arc<Outline>>,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Listing {
    pub rows: Vec<Row>,
    pub folds: Folds,
    pub changed: Option<Changed>,
    pub outline: Option<Arc<Outline>>,
    /// Nothing was left out.
    pub complete: bool,
}

/// A question on its way to a worker.
#[derive(Clone, Debug)]
pub struct Errand {
    pub ticket: Ticket,
    pub image: Arc<Image>,
    pub question: Question,
}

impl Errand {
    /// Blocking. `None` when it was stopped.
    pub fn answer(self, threads: usize, stop: &AtomicBool) -> Option<Listing> {
        let limit = Limit::until(stop);
        let listing = self.question.list(&self.image.tree, &limit, &mut |scope, pattern| {
            Outline::whole(scope, pattern, threads, stop)
        });
        // A search that was stopped has found less than there is, and cannot tell.
        (listing.complete && !stop.load(Ordering::Relaxed)).then_some(listing)
    }
}

/// Paths that may be looked at for a key.
pub(super) const AT_ONCE: usize = 20_000;

impl Question {
    /// As much of the answer as can be had at once.
    pub fn at_once(self, tree: &Tree) -> Listing {
        self.list(tree, &Limit::paths(AT_ONCE), &mut Outline::first)
    }

    fn list(
        mut self,
        tree: &Tree,
        limit: &Limit<'_>,
        find: &mut dyn FnMut(Scope<'_>, &Pattern) -> Outline,
    ) -> Listing {
        let changed = Changed::of(tree, self.wanted);
        let bare = Scope { tree, wanted: self.wanted, changed: changed.as_ref(), outline: None, limit };
        let mut complete = true;
        if self.pattern.is_none() {
            self.outline = None;
        } else if let (Some(pattern), None) = (&self.pattern, &self.outline) {
            self.outline = Some(Arc::new(find(bare, pattern)));
            complete = !limit.is_spent();
        }
        // What was found is to be shown, even if finding it took all there was.
        let rest = Limit::paths(AT_ONCE);
        let limit = if complete { limit } else { &rest };
        let scope = Scope { outline: self.outline.as_deref(), limit, ..bare };
        if self.start {
            self.folds.start(scope);
        }
        let rows = flatten(scope, &self.folds, tree.root(), 0);
        complete &= !limit.is_spent();
        Listing { rows, folds: self.folds, changed, outline: self.outline, complete }
    }
}
