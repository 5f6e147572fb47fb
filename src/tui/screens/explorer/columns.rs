//! A row of the files pane, cell by cell.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::rows::{Fold, Row};
use crate::analysis::Look;
use crate::image::changeset::Kind;
use crate::image::tree::{Change, Tree};
use crate::report::mode::mode;
use crate::report::size::human;
use crate::report::text::glyph;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{cut, fit, foreign, width};

/// Where attributes fit beside a readable name.
const WIDE: u16 = 56;

fn owner(look: &Look<'_>) -> String {
    let attributes = look.version.attributes();
    format!("{}:{}", attributes.uid, attributes.gid)
}

/// How the cells of the pane's lines are divided.
pub(super) struct Columns {
    width: usize,
    /// Cells for the owner; `None` where attributes do not fit.
    owners: Option<usize>,
}

impl Columns {
    /// Columns for a pane of `width` cells in which `looks` are in sight.
    pub(super) fn new<'t>(width: u16, looks: impl Iterator<Item = Look<'t>>) -> Columns {
        let owners = looks.map(|look| owner(&look).len()).max().unwrap_or_default();
        let owners = (width >= WIDE).then(|| owners.clamp("owner".len(), 13));
        Columns { width: width as usize, owners }
    }

    /// A row of the pane. With `layer_only`, directories tell what the layer stored below them.
    pub(super) fn line(
        &self,
        tree: &Tree,
        row: Row,
        look: &Look<'_>,
        layer_only: bool,
        theme: &Theme,
    ) -> Line<'static> {
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

/// Kept beside the columns so that both agree.
pub fn header(area: Rect) -> String {
    let attributes = if area.width >= WIDE { "  mode       owner" } else { "" };
    fit(&format!("      size{attributes}"), area.width as usize)
}
