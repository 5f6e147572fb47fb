//! Bytes that are shipped and never seen.

use crate::image::tree::{Cause, Hidden, NodeId, Tree};

/// One content that the final tree does not show.
pub type Waste = Hidden;

/// Every hidden content, largest first, then by path and layer.
pub fn waste(tree: &Tree) -> Vec<Waste> {
    let mut all: Vec<Waste> = tree.hidden().collect();
    let path = |node: NodeId| tree.path(node);
    all.sort_by(|a, b| {
        b.bytes.cmp(&a.bytes).then_with(|| path(a.node).cmp(&path(b.node))).then(a.layer.cmp(&b.layer))
    });
    all
}

/// Hidden bytes of each layer by cause, largest first.
pub fn by_cause(tree: &Tree) -> Vec<Vec<(Cause, u64)>> {
    let mut layers: Vec<Vec<(Cause, u64)>> = vec![Vec::new(); tree.layers()];
    for hidden in tree.hidden() {
        let sums = &mut layers[hidden.layer];
        match sums.iter_mut().find(|(cause, _)| *cause == hidden.cause) {
            Some((_, sum)) => *sum += hidden.bytes,
            None => sums.push((hidden.cause, hidden.bytes)),
        }
    }
    layers.iter_mut().for_each(|sums| sums.sort_by_key(|(cause, sum)| (std::cmp::Reverse(*sum), *cause)));
    layers
}
