//! Which paths a pane lists: a view of the tree, the kinds of change that are wanted, and a filter.

use std::cell::Cell;
use std::cmp::Reverse;
use std::sync::atomic::{AtomicBool, Ordering};

use super::changed::Changed;
use super::outline::Outline;
use crate::analysis::View;
use crate::image::changeset::Kind;
use crate::image::tree::{Change, NodeId, Tree};

/// Kinds of change that are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    pub added: bool,
    /// Contents or attributes.
    pub modified: bool,
    pub removed: bool,
    pub unmodified: bool,
}

impl Shown {
    pub const ALL: Shown = Shown { added: true, modified: true, removed: true, unmodified: true };

    pub fn has(self, change: Change) -> bool {
        match change {
            Change::Added => self.added,
            Change::Modified | Change::Metadata => self.modified,
            Change::Removed => self.removed,
            Change::Unmodified => self.unmodified,
        }
    }
}

/// How siblings are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Name,
    /// Largest first.
    Bytes,
}

/// What there is to list, as plain data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub view: View,
    pub shown: Shown,
    pub order: Order,
    /// Directories tell what the layer stored below them, not all that is there.
    pub layer_only: bool,
}

impl Wanted {
    /// Bytes to show and to order by.
    pub fn bytes(self, tree: &Tree, node: NodeId) -> u64 {
        self.view.look(tree, node).map_or(0, |look| match self.layer_only && look.version.exists() {
            true => look.version.layer_bytes(),
            false => look.version.bytes(),
        })
    }
}

/// How many paths may be looked at. Keys have to be answered at once; what takes longer is left to a worker,
/// which may be told to stop.
#[derive(Debug)]
pub struct Limit<'s> {
    left: Cell<usize>,
    stop: Option<&'s AtomicBool>,
}

/// Paths between two looks at whether to stop.
const PORTION: usize = 4096;

impl<'s> Limit<'s> {
    pub fn paths(count: usize) -> Limit<'static> {
        Limit { left: Cell::new(count), stop: None }
    }

    /// No limit but a word from elsewhere.
    pub fn until(stop: &'s AtomicBool) -> Limit<'s> {
        Limit { left: Cell::new(PORTION), stop: Some(stop) }
    }

    /// Counts one path; false once there may be no more.
    pub fn spend(&self) -> bool {
        let Some(left) = self.left.get().checked_sub(1) else { return self.renew() };
        self.left.set(left);
        true
    }

    fn renew(&self) -> bool {
        let goes_on = self.stop.is_some_and(|stop| !stop.load(Ordering::Relaxed));
        if goes_on {
            self.left.set(PORTION);
        }
        goes_on
    }

    /// Whether anything was left out.
    pub fn is_spent(&self) -> bool {
        self.left.get() == 0 && !self.renew()
    }
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'t> {
    pub tree: &'t Tree,
    pub wanted: Wanted,
    /// What changed, where that is listed; otherwise it has to be looked for.
    pub changed: Option<&'t Changed>,
    /// What a filter found.
    pub outline: Option<&'t Outline>,
    pub limit: &'t Limit<'t>,
}

impl<'t> Scope<'t> {
    /// The children of a directory that are listed, by name.
    pub fn children(self, node: NodeId) -> impl Iterator<Item = NodeId> + 't {
        // What is found keeps everything below it within reach, unless there are finds below too.
        let outline = self.outline.filter(|outline| outline.is_above(node) || node == self.tree.root());
        let changed = self.changed.filter(|_| outline.is_none());
        let listed = changed.map(|changed| changed.below(node));
        let sought = if listed.is_none() { Some(self.tree.children(node)) } else { None };
        let sought = sought.into_iter().flatten();
        let sought = sought.take_while(move |_| self.limit.spend()).filter(move |child| match outline {
            Some(outline) => outline.lists(*child),
            None => self.shows(*child),
        });
        listed.unwrap_or_default().iter().copied().take_while(move |_| self.limit.spend()).chain(sought)
    }

    /// The same in the order that is wanted.
    pub fn ordered(self, node: NodeId, into: &mut Vec<NodeId>) {
        let start = into.len();
        into.extend(self.children(node));
        if self.wanted.order == Order::Bytes {
            into[start..].sort_by_cached_key(|child| Reverse(self.wanted.bytes(self.tree, *child)));
        }
    }

    pub fn has_children(self, node: NodeId) -> bool {
        self.children(node).next().is_some()
    }

    /// Whether a path is listed, filters aside.
    pub fn shows(self, node: NodeId) -> bool {
        let Some(look) = self.wanted.view.look(self.tree, node) else { return false };
        // Some views look back on paths that are neither there nor taken away by their layers.
        if !look.version.exists() && look.change != Change::Removed {
            return false;
        }
        self.wanted.shown.has(look.change)
            || look.version.exists() && look.version.kind() == Kind::Directory && self.shows_below(node)
    }

    /// Whether anything below a directory is listed. Not recursive: images nest deeper than stacks.
    fn shows_below(self, node: NodeId) -> bool {
        let Wanted { view, shown, .. } = self.wanted;
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            for child in self.tree.children(node) {
                if !shown.unmodified && !view.touches(self.tree, child) {
                    continue;
                }
                if !self.limit.spend() {
                    return false;
                }
                match view.look(self.tree, child) {
                    Some(look) if shown.has(look.change) => return true,
                    Some(look) if look.version.exists() && look.version.kind() == Kind::Directory => {
                        waiting.push(child);
                    }
                    _ => {}
                }
            }
        }
        false
    }
}
