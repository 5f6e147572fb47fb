//! From the tree under construction to the finished one: children sorted, what only building needs let go.

use super::Tree;
use super::build::Builder;
use super::record::NONE;

impl Builder {
    /// The tree as it stands, while building goes on.
    pub fn snapshot(&self) -> Tree {
        self.clone().finish()
    }

    /// The finished tree.
    pub fn finish(mut self) -> Tree {
        self.index = hashbrown::HashTable::new();
        let mut tree = Tree {
            children: sorted_children(&mut self.store),
            store: self.store,
            totals: self.totals,
            problems: self.problems,
        };
        for hidden in tree.hidden().collect::<Vec<_>>() {
            tree.totals[hidden.layer].wasted_bytes += hidden.bytes;
        }
        tree
    }
}

/// Turns the chains of children into slices of one array, sorted by name.
fn sorted_children(store: &mut super::record::Store) -> Vec<u32> {
    let mut children = Vec::with_capacity(store.nodes.len().saturating_sub(1));
    for node in 0..store.nodes.len() {
        let start = children.len();
        let mut child = store.nodes[node].first;
        // Chains of nodes further on are still chains: a child's number is always higher than its parent's,
        // so its own `next` is needed until its parent has been passed, which is now.
        while child != NONE {
            children.push(child);
            child = store.nodes[child as usize].next;
        }
        let below = &mut children[start..];
        below.sort_unstable_by(|a, b| store.name(*a).cmp(store.name(*b)));
        let count = below.len() as u32;
        store.nodes[node].first = start as u32;
        store.nodes[node].next = count;
    }
    children
}
