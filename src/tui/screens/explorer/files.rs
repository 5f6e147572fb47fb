//! The files pane: a tree of which only the unfolded part is flattened and only the rows in sight are drawn.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::changed::Changed;
use super::rows::{Fold, Folds, Row, Scope, flatten};
use super::{Explorer, Mode};
use crate::analysis::{Look, View};
use crate::image::changeset::Kind;
use crate::image::tree::{Change, NodeId, Tree};
use crate::report::mode::mode;
use crate::report::size::human;
use crate::report::text::glyph;
use crate::tui::action::Action;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{cut, fit, foreign, width};
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

/// Where attributes fit beside a readable name.
const WIDE: u16 = 56;

impl Files {
    /// Stays on the same paths when the tree is replaced: node numbers mean other paths in the next one.
    pub(super) fn carry(&mut self, old: &Tree, new: &Tree) {
        self.folds.carry(old, new);
        self.kept = self.selected().and_then(|node| new.find(&old.path(node)));
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
    let owners = owner_width(&image.tree, view, files, area.height as usize);
    let columns = Columns { width: area.width as usize, owners: (area.width >= WIDE).then_some(owners) };
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

fn owner_width(tree: &Tree, view: View, files: &Files, height: usize) -> usize {
    let rows = files.rows.iter().skip(files.cursor.offset).take(height);
    let owners = rows.filter_map(|row| view.look(tree, row.node)).map(|look| owner(&look).len());
    owners.max().unwrap_or_default().clamp("owner".len(), 13)
}

fn owner(look: &Look<'_>) -> String {
    let attributes = look.version.attributes();
    format!("{}:{}", attributes.uid, attributes.gid)
}

struct Columns {
    width: usize,
    /// Cells for the owner; `None` where attributes do not fit.
    owners: Option<usize>,
}

impl Columns {
    fn line(&self, tree: &Tree, row: Row, look: &Look<'_>, layer_only: bool, theme: &Theme) -> Line<'static> {
        let version = &look.version;
        let style = theme.of(role(look.change));
        let dim = theme.of(Role::Dim);
        let mut spans = vec![Span::styled(format!("{} ", glyph(look.change)), style)];
        let bytes = if layer_only && version.exists() { version.layer_bytes() } else { version.bytes() };
        let size = match version.kind() {
            _ if version.bookkeeping() => "index".to_owned(),
            Kind::File | Kind::Directory => human(bytes),
            Kind::Hardlink if bytes > 0 => human(bytes),
            _ => "·".to_owned(),
        };
        spans.push(Span::styled(format!("{size:>8}  "), if bytes == 0 { dim } else { style }));
        if let Some(owners) = self.owners {
            let mode = mode(version.kind(), version.attributes().mode);
            let owner = cut(&owner(look), owners).into_owned();
            spans.push(Span::styled(format!("{mode} {owner:>owners$}  "), dim));
        }
        self.name(tree, row, look, style, theme, &mut spans);
        Line::from(spans)
    }

    fn name(
        &self,
        tree: &Tree,
        row: Row,
        look: &Look<'_>,
        style: Style,
        theme: &Theme,
        spans: &mut Vec<Span<'static>>,
    ) {
        let version = &look.version;
        let used: usize = spans.iter().map(|span| width(&span.content)).sum();
        let room = self.width.saturating_sub(used);
        // Deep paths must not push the name out of sight.
        let indent = (2 * usize::from(row.depth)).min(room / 2);
        let fold = match row.fold {
            Fold::Leaf => "  ",
            Fold::Folded => "▸ ",
            Fold::Unfolded => "▾ ",
        };
        spans.push(Span::styled(format!("{:indent$}{fold}", ""), theme.of(Role::Dim)));
        let room = room.saturating_sub(indent + 2);
        let name = foreign(tree.name(row.node)).into_owned();
        let slash = if version.kind() == Kind::Directory { "/" } else { "" };
        let name = cut(&format!("{name}{slash}"), room).into_owned();
        let left = room.saturating_sub(width(&name));
        let directory = version.kind() == Kind::Directory && look.change == Change::Unmodified;
        spans.push(Span::styled(name, if directory { theme.of(Role::Directory) } else { style }));
        append(notes(look, style, theme), left, spans);
    }
}

/// What is said behind a name.
struct Note {
    text: String,
    style: Style,
    /// Worth showing in part.
    cut: bool,
}

fn notes(look: &Look<'_>, style: Style, theme: &Theme) -> Vec<Note> {
    let version = &look.version;
    let dim = theme.of(Role::Dim);
    let mut notes = Vec::new();
    if let Some(target) = version.link_target() {
        let arrow = if version.kind() == Kind::Hardlink { "⇒" } else { "→" };
        notes.push(Note { text: format!(" {arrow} {}", foreign(target)), style: dim, cut: true });
    }
    if let Some((major, minor)) = version.device() {
        notes.push(Note { text: format!(" device {major}:{minor}"), style: dim, cut: true });
    }
    if let Some(hidden) = version.hidden().filter(|_| look.change != Change::Removed) {
        let text = format!("  hidden by layer {}", hidden.hidden_by);
        notes.push(Note { text, style: theme.of(Role::Waste), cut: false });
    }
    if look.change == Change::Metadata {
        notes.push(Note { text: "  metadata only".to_owned(), style, cut: false });
    }
    notes
}

fn append(notes: Vec<Note>, mut left: usize, spans: &mut Vec<Span<'static>>) {
    for note in notes {
        let text = match note.cut && left > 3 {
            true => cut(&note.text, left).into_owned(),
            false if width(&note.text) <= left => note.text,
            false => continue,
        };
        left -= width(&text);
        spans.push(Span::styled(text, note.style));
    }
}

fn role(change: Change) -> Role {
    match change {
        Change::Unmodified => Role::Text,
        Change::Added => Role::Added,
        Change::Modified => Role::Modified,
        Change::Metadata => Role::Metadata,
        Change::Removed => Role::Removed,
    }
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

/// Kept beside the columns above so that both agree.
pub fn header(area: Rect) -> String {
    let attributes = if area.width >= WIDE { "  mode       owner" } else { "" };
    fit(&format!("      size{attributes}"), area.width as usize)
}
