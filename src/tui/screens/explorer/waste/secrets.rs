//! Secrets in the waste pane: before everything else, but not so many that mistakes are out of sight.

use super::{Row, Waste};
use crate::analysis::Facts;
use crate::analysis::secrets::{Place, Secret};
use crate::image::tree::{NodeId, Tree};
use crate::tui::action::Action;

/// So many are listed at first.
const FIRST: usize = 5;

/// How many are folded away at first.
pub(super) fn rest(facts: &Facts) -> usize {
    facts.secrets().len().saturating_sub(FIRST)
}

/// Their rows; those beyond the first few can be folded away below a row of their own.
pub(super) fn rows(facts: &Facts, unfolded: bool) -> Vec<Row> {
    let mut rows: Vec<Row> = (0..facts.secrets().len()).map(Row::Secret).collect();
    if rest(facts) > 0 {
        rows.insert(FIRST, Row::Rest);
        rows.truncate(if unfolded { rows.len() } else { FIRST + 1 });
    }
    rows
}

/// The path of a secret in a file.
pub(super) fn node(secret: &Secret) -> Option<NodeId> {
    match secret.place {
        Place::File { node, .. } => Some(node),
        Place::Text(_) => None,
    }
}

impl Waste {
    /// The secret that is selected.
    pub fn secret<'f>(&self, facts: &'f Facts) -> Option<&'f Secret> {
        match self.row()? {
            Row::Secret(at) => facts.secrets().get(at),
            _ => None,
        }
    }

    pub(super) fn act_on_secret(
        &mut self,
        action: Action,
        facts: &Facts,
        tree: &Tree,
    ) -> Option<&'static str> {
        let rest = self.row() == Some(Row::Rest);
        match action {
            Action::Mark => return Some("a secret is no matter of bytes: only mistakes are marked"),
            Action::Unfold if rest && self.all_secrets => self.cursor.step(1, self.rows.len()),
            Action::OpenWaste if rest => self.all_secrets ^= true,
            Action::Unfold if rest => self.all_secrets = true,
            Action::Fold => self.all_secrets = false,
            _ => {}
        }
        let row = self.row();
        self.arrange(facts, tree);
        // What was folded away is in this one.
        let place = |wanted: Row| self.rows.iter().position(|row| *row == wanted);
        self.cursor.at = row.and_then(place).or_else(|| place(Row::Rest)).unwrap_or(self.cursor.at);
        None
    }
}
