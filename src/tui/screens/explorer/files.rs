//! The files pane: a tree of which only the unfolded part is flattened and only the rows in sight are drawn.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::changed::Changed;
use super::columns::Columns;
use super::rows::{Fold, Folds, Row, Scope, flatten};
use super::{Explorer, Load, Mode};
use crate::analysis::View;
use crate::image::tree::{NodeId, Tree};
use crate::tui::action::Action;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::width;
use crate::tui::widgets::list::Cursor;

/// The pane's state.
#[derive(Clone, Debug, Default)]
pub struct Files {
    pub rows: Vec<Row>,
    pub cursor: Cursor,
    folds: Folds,
    /// The path to stay on while the tree is replaced.
    kept: Option<NodeId>,
    /// What the view in sight changed, when only that is shown.
    changed: Option<Changed>,
}

impl Files {
    /// Stays on the same paths when the tree is replaced: node numbers mean other paths in the next one.
    pub(super) fn carry(&mut self, old: &Tree, new: &Tree) {
        self.folds.carry(old, new);
        self.clear();
        self.kept = self.kept.and_then(|node| new.find(&old.path(node)));
    }

    /// Shows nothing, until there is a view again.
    pub(super) fn clear(&mut self) {
        self.kept = self.selected().or(self.kept);
        self.rows.clear();
    }

    fn selected(&self) -> Option<NodeId> {
        self.rows.get(self.cursor.at).map(|row| row.node)
    }

    /// Shows another view, staying on the path that is selected where the view has it.
    pub(super) fn show(&mut self, tree: &Tree, view: View, changes_only: bool) {
        let selected = self.kept.take().or_else(|| self.selected());
        self.changed = if changes_only { Changed::of(tree, view) } else { None };
        let scope = Scope { tree, view, changes_only, changed: self.changed.as_ref() };
        self.folds.start(scope);
        self.rows = flatten(scope, &self.folds, tree.root(), 0);
        self.find(tree, selected);
    }

    /// Selects a path, or the nearest one above it that has a row.
    fn find(&mut self, tree: &Tree, wanted: Option<NodeId>) {
        let mut above = std::iter::successors(wanted, |node| tree.parent(*node));
        let found = above.find_map(|node| self.rows.iter().position(|row| row.node == node));
        self.cursor.at = found.unwrap_or(0);
    }

    pub(super) fn step(&mut self, by: isize) {
        self.cursor.step(by, self.rows.len());
    }

    pub(super) fn follow(&mut self, height: usize) {
        self.cursor.follow(self.rows.len(), height);
    }

    pub(super) fn act(&mut self, action: Action, tree: &Tree, view: View, changes_only: bool) {
        let scope = Scope { tree, view, changes_only, changed: self.changed.as_ref() };
        let Some(row) = self.rows.get(self.cursor.at).copied() else { return };
        match (action, row.fold) {
            (Action::ToggleFold | Action::Unfold, Fold::Folded) => self.folds.set(row.node, true),
            (Action::ToggleFold | Action::Fold, Fold::Unfolded) => self.folds.set(row.node, false),
            (Action::Unfold, Fold::Unfolded) => return self.step(1),
            (Action::Fold, _) => {
                let above = self.rows[..self.cursor.at].iter().rposition(|above| above.depth < row.depth);
                self.cursor.at = above.unwrap_or(self.cursor.at);
                return;
            }
            (Action::UnfoldBelow, _) => self.folds.unfold_below(scope, row.node),
            (Action::FoldAll, _) => {
                self.folds.fold_all();
                self.rows = flatten(scope, &self.folds, tree.root(), 0);
                return self.find(tree, Some(row.node));
            }
            _ => return,
        }
        if row.fold != Fold::Leaf {
            let below = match self.folds.is_unfolded(row.node) {
                true => flatten(scope, &self.folds, row.node, row.depth.saturating_add(1)),
                false => Vec::new(),
            };
            self.replace_below(row, below);
        }
    }

    /// Gives the selected row other rows below; all others stay as they are.
    fn replace_below(&mut self, row: Row, below: Vec<Row>) {
        let start = self.cursor.at + 1;
        let shown = self.rows[start..].iter().take_while(|other| other.depth > row.depth).count();
        self.rows[self.cursor.at].fold = if below.is_empty() { Fold::Folded } else { Fold::Unfolded };
        self.rows.splice(start..start + shown, below);
    }
}

/// What the pane shows, in words.
pub fn title(explorer: &Explorer) -> String {
    if explorer.layers.is_empty() {
        return "Files".to_owned();
    }
    let layer = explorer.selected.at;
    let what = match (explorer.mode, explorer.changes_only()) {
        (Mode::Layer, true) => format!("changed by layer {layer}"),
        (Mode::Layer, false) => format!("as of layer {layer}, its changes marked"),
        (Mode::AsOf, _) if layer == 0 => "as of layer 0".to_owned(),
        (Mode::AsOf, false) => format!("as of layer {layer}, changes since the base marked"),
        (Mode::AsOf, true) => format!("changed from the base up to layer {layer}"),
        (Mode::Final, _) if explorer.load != Load::Ready => "the layers read so far".to_owned(),
        (Mode::Final, false) => "final image".to_owned(),
        (Mode::Final, true) => "final image, changed since the base".to_owned(),
    };
    format!("Files · {what}")
}

/// The lines in sight.
pub fn lines(explorer: &Explorer, theme: &Theme, area: Rect) -> Vec<Line<'static>> {
    let (Some(image), Some(view)) = (&explorer.image, explorer.view()) else { return Vec::new() };
    let files = &explorer.files;
    let shown = files.rows.iter().enumerate().skip(files.cursor.offset).take(area.height as usize);
    let looks = shown.clone().filter_map(|(_, row)| view.look(&image.tree, row.node));
    let columns = Columns::new(area.width, looks);
    let layer_only = explorer.mode == Mode::Layer && explorer.changes_only();
    shown
        .filter_map(|(at, row)| {
            let look = view.look(&image.tree, row.node)?;
            let line = columns.line(&image.tree, *row, &look, layer_only, theme);
            let focused = explorer.pane == super::Pane::Files;
            Some(if at == files.cursor.at { select(line, area.width as usize, focused, theme) } else { line })
        })
        .collect()
}

/// The selected row keeps its colours: the glyph must stay readable.
pub(super) fn select(mut line: Line<'static>, cells: usize, focused: bool, theme: &Theme) -> Line<'static> {
    let style = theme.of(if focused { Role::Selected } else { Role::SelectedUnfocused });
    // Reversed, dim text would be a dark patch that can hardly be read.
    let dim = theme.of(Role::Dim);
    for span in line.spans.iter_mut().filter(|span| focused && span.style == dim) {
        span.style = Style::new();
    }
    let used: usize = line.spans.iter().map(|span| width(&span.content)).sum();
    line.spans.push(Span::raw(" ".repeat(cells.saturating_sub(used))));
    line.spans.iter_mut().for_each(|span| span.style = span.style.patch(style));
    line
}

/// A line for a pane that has nothing to list.
pub fn empty(explorer: &Explorer) -> Option<String> {
    if !explorer.files.rows.is_empty() {
        return None;
    }
    Some(match (&explorer.image, explorer.layers.is_empty()) {
        (None, _) if explorer.reading() => "files appear as layers are read".to_owned(),
        (None, _) => "no files were read".to_owned(),
        (Some(_), true) => "the image has no layers, and so no files".to_owned(),
        (Some(image), _) if explorer.selected.at >= image.tree.layers() => {
            "this layer has not been read yet".to_owned()
        }
        (Some(_), _) if explorer.changes_only() => "nothing changed here".to_owned(),
        (Some(_), _) => "no files".to_owned(),
    })
}
