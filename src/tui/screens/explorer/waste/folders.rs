//! The folders with hidden bytes, as a tree.

use rustc_hash::FxHashSet;

use super::{Place, Row, Waste};
use crate::analysis::advice::Finding;
use crate::analysis::{Facts, Fate, Folders};
use crate::image::tree::{NodeId, Tree};
use crate::tui::action::Action;

impl Waste {
    pub(super) fn act_on_path(
        &mut self,
        place: Place,
        action: Action,
        facts: &Facts,
        tree: &Tree,
    ) -> Option<&'static str> {
        let node = place.node;
        let open = self.unfolded.contains(&node);
        match action {
            Action::Mark => return Some("mistakes are marked, not folders: b lists them"),
            Action::OpenWaste | Action::Fold if open => drop(self.unfolded.remove(&node)),
            Action::Fold => {
                let above = |row: &Row| matches!(row, Row::Path(other) if other.node == place.above);
                self.cursor.at = self.rows.iter().position(above).unwrap_or(self.cursor.at);
                return None;
            }
            Action::Unfold if open => {
                self.cursor.step(1, self.rows.len());
                return None;
            }
            Action::OpenWaste | Action::Unfold if !facts.hidden.below(node).is_empty() => {
                self.unfolded.insert(node);
            }
            Action::UnfoldAll => self.unfolded = tree.all().collect(),
            Action::FoldAll => self.unfolded.clear(),
            _ => return None,
        }
        self.arrange(facts, tree);
        // What was folded away is in one of these.
        let mut nodes = std::iter::successors(Some(node), |node| tree.parent(*node));
        let at = nodes.find_map(|node| self.rows.iter().position(|row| is_at(row, node)));
        self.cursor.at = at.unwrap_or(0);
        None
    }
}

fn is_at(row: &Row, node: NodeId) -> bool {
    matches!(row, Row::Path(place) if place.node == node)
}

/// What is listed, from the top of the tree down.
pub(super) fn places(folders: &Folders, unfolded: &FxHashSet<NodeId>, tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    let mut waiting = below(folders, tree.root(), 0);
    while let Some(place) = waiting.pop() {
        places.push(place);
        if unfolded.contains(&place.node) {
            waiting.extend(below(folders, place.node, place.depth + 1));
        }
    }
    places
}

/// What is listed below a folder, the last first. Folders that lead to one place only share its line.
fn below(folders: &Folders, above: NodeId, depth: u16) -> Vec<Place> {
    let lead = |node: &NodeId| {
        let mut node = *node;
        while let (None, [only]) = (folders.own(node), folders.below(node)) {
            node = *only;
        }
        Place { node, above, depth }
    };
    folders.below(above).iter().rev().map(lead).collect()
}

/// The mistake behind what hides the most at a path or below it: that of the nearest heap.
pub(super) fn finding<'f>(node: NodeId, facts: &'f Facts, tree: &Tree) -> Option<&'f Finding> {
    let most = |node: &NodeId| facts.hidden.below(*node).first().copied();
    let node = std::iter::successors(Some(node), most).last()?;
    let hidden = tree.versions(node).filter_map(|version| version.hidden()).max_by_key(|one| one.bytes)?;
    let fate = Some(Fate { by: hidden.hidden_by, cause: hidden.cause });
    let distance = |finding: &Finding| {
        let its = finding.heaps.iter().filter(|heap| (heap.layer, heap.fate) == (hidden.layer, fate));
        let steps = |to: NodeId| {
            std::iter::successors(Some(node), |node| tree.parent(*node)).position(|above| above == to)
        };
        its.filter_map(|heap| steps(heap.node)).min()
    };
    let near = facts.findings.iter().filter_map(|finding| Some((distance(finding)?, finding)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, finding)| finding)
}
