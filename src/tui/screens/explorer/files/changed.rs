//! The paths that a view's layers changed, by directory: a directory of a million files then costs only what
//! changed in it.

use std::collections::HashMap;

use rustc_hash::{FxBuildHasher, FxHashSet};

use super::scope::{Shown, Wanted};
use crate::analysis::View;
use crate::image::tree::{NodeId, Tree};

/// Layers that touched more are looked at directory by directory: an outline of them needs few.
const MAX_TOUCHED: usize = 20_000;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Changed(HashMap<NodeId, Vec<NodeId>, FxBuildHasher>);

impl Changed {
    /// What is wanted of what the view's layers changed, with the directories on the way there; `None` when that
    /// is too much to list, or when more than changes is wanted.
    pub fn of(tree: &Tree, wanted: Wanted) -> Option<Changed> {
        let Wanted { view, shown, .. } = wanted;
        let layers = match view {
            _ if shown.unmodified => return None,
            View::Layer(layer) => layer..layer + 1,
            View::Range { first, last } => first..last + 1,
            View::Final => 0..0,
        };
        let touched = layers.flat_map(|layer| tree.touched(layer)).map(|(node, _)| node);
        let touched: Vec<NodeId> = touched.take(MAX_TOUCHED + 1).collect();
        if touched.len() > MAX_TOUCHED {
            return None;
        }
        Some(Changed(outline(tree, view, shown, &touched)))
    }

    /// What is to be shown directly below `node`, by name.
    pub fn below(&self, node: NodeId) -> &[NodeId] {
        self.0.get(&node).map_or(&[], Vec::as_slice)
    }
}

fn outline(
    tree: &Tree,
    view: View,
    shown: Shown,
    touched: &[NodeId],
) -> HashMap<NodeId, Vec<NodeId>, FxBuildHasher> {
    let mut below: HashMap<NodeId, Vec<NodeId>, FxBuildHasher> = HashMap::default();
    let mut seen: FxHashSet<NodeId> = FxHashSet::default();
    for node in touched {
        if view.look(tree, *node).is_none_or(|look| !shown.has(look.change)) {
            continue;
        }
        let mut at = *node;
        while seen.insert(at) {
            let Some(parent) = tree.parent(at) else { break };
            below.entry(parent).or_default().push(at);
            at = parent;
        }
    }
    for children in below.values_mut() {
        children.sort_unstable_by(|a, b| tree.name(*a).cmp(tree.name(*b)));
    }
    below
}
