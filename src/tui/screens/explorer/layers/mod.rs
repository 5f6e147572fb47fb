//! The layers pane: one row a layer, with the end of the base image and, if wanted, the steps that made no layer.

pub mod draw;

use crate::image::{Base, Head};
use crate::tui::widgets::list::Cursor;

/// A line of the pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    Layer(usize),
    /// A step that made no layer, by its place in the history.
    Step(usize),
    /// Where the base image ends; stands for all of it.
    Base,
}

/// The pane's state.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    pub rows: Vec<Row>,
    pub cursor: Cursor,
    pub empty_steps: bool,
    /// The layer at the other end of a selected range.
    pub anchor: Option<usize>,
}

/// What the selected row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The layers `first..=last`.
    Layers { first: usize, last: usize },
    /// A step that made no layer; the file system is that of the layer before, if there is one.
    Step { step: usize, after: Option<usize> },
}

impl Layers {
    /// Makes the rows anew and stays on the one that is selected.
    pub(super) fn arrange(&mut self, head: Option<&Head>, layers: usize) {
        let selected = self.row();
        self.rows.clear();
        let mut next = 0;
        let steps = head.map_or(&[][..], |head| &head.history);
        for (index, step) in steps.iter().enumerate() {
            match step.layer.filter(|layer| *layer < layers) {
                Some(layer) => {
                    self.rows.extend((next..=layer).map(Row::Layer));
                    next = next.max(layer + 1);
                }
                None if step.entry.empty_layer && self.empty_steps => self.rows.push(Row::Step(index)),
                None => {}
            }
        }
        self.rows.extend((next..layers).map(Row::Layer));
        if let Some(base) = head.and_then(|head| head.base.as_ref()) {
            let at = self.rows.iter().rposition(|row| belongs(*row, base));
            self.rows.insert(at.map_or(0, |at| at + 1), Row::Base);
        }
        let same = |row: &Row| Some(*row) == selected;
        // A step that is not shown any more: the layer before it.
        let near = match selected {
            Some(Row::Step(step)) => steps[..step.min(steps.len())].iter().rev().find_map(|step| step.layer),
            _ => None,
        };
        let at = self.rows.iter().position(same);
        let at = at.or_else(|| self.rows.iter().position(|row| Some(*row) == near.map(Row::Layer)));
        self.cursor.at = at.unwrap_or(0);
    }

    pub fn row(&self) -> Option<Row> {
        self.rows.get(self.cursor.at).copied()
    }

    /// The selected layer; on other rows the one before.
    pub fn layer(&self) -> Option<usize> {
        let upto = self.rows.get(..=self.cursor.at)?;
        upto.iter().rev().find_map(|row| match row {
            Row::Layer(layer) => Some(*layer),
            _ => None,
        })
    }

    pub(super) fn select_layer(&mut self, layer: usize) -> bool {
        let at = self.rows.iter().position(|row| *row == Row::Layer(layer));
        self.cursor.at = at.unwrap_or(self.cursor.at);
        at.is_some()
    }

    /// What the selected row is about, the range included.
    pub fn subject(&self, base: Option<&Base>) -> Option<Subject> {
        match (self.row()?, self.anchor) {
            (Row::Layer(layer), anchor) => {
                let anchor = anchor.unwrap_or(layer);
                Some(Subject::Layers { first: anchor.min(layer), last: anchor.max(layer) })
            }
            (Row::Step(_), Some(anchor)) => {
                let layer = self.layer().unwrap_or(anchor);
                Some(Subject::Layers { first: anchor.min(layer), last: anchor.max(layer) })
            }
            (Row::Base, _) => Some(Subject::Layers { first: 0, last: base?.layers.checked_sub(1)? }),
            (Row::Step(step), _) => Some(Subject::Step { step, after: self.layer() }),
        }
    }

    /// Starts a range at the selected layer, or gives it up.
    pub(super) fn mark(&mut self) {
        self.anchor = match (self.anchor, self.row()) {
            (None, Some(Row::Layer(layer))) => Some(layer),
            _ => None,
        };
    }
}

fn belongs(row: Row, base: &Base) -> bool {
    match row {
        Row::Layer(layer) => layer < base.layers,
        Row::Step(step) => step < base.steps,
        Row::Base => false,
    }
}
