//! A row of the files pane, cell by cell.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::rows::{Fold, Row};
use super::scope::Wanted;
use crate::analysis::{Look, View};
use crate::image::changeset::Kind;
use crate::image::tree::{Change, Tree};
use crate::report::mode::mode;
use crate::report::size::human;
use crate::report::text::glyph;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{bar, cut, cut_middle, fit, foreign, skip, width};

/// Where attributes, and then bars too, fit beside a readable name.
const WIDE: u16 = 56;
const WIDER: u16 = 64;
const BAR: usize = 5;

fn owner(look: &Look<'_>) -> String {
    let attributes = look.version.attributes();
    format!("{}:{}", attributes.uid, attributes.gid)
}

/// How the cells of the pane's lines are divided.
pub(super) struct Columns {
    width: usize,
    /// Cells for the owner; `None` where attributes do not fit or are not wanted.
    owners: Option<usize>,
    bars: bool,
    shift: usize,
    /// The bytes that a full bar stands for.
    total: u64,
}

impl Columns {
    /// Columns for a pane of `width` cells in which `looks` are in sight.
    pub(super) fn new<'t>(
        width: u16,
        attributes: bool,
        shift: usize,
        total: u64,
        looks: impl Iterator<Item = Look<'t>>,
    ) -> Columns {
        let owners = looks.map(|look| owner(&look).len()).max().unwrap_or_default();
        let owners = (attributes && width >= WIDE).then(|| owners.clamp("owner".len(), 13));
        let bars = width >= if attributes { WIDER } else { WIDE };
        Columns { width: width as usize, owners, bars, shift, total }
    }

    /// Kept beside the cells so that both agree.
    pub(super) fn header(&self) -> String {
        let bars = if self.bars { " ".repeat(BAR + 1) } else { String::new() };
        let attributes = self.owners.map(|cells| format!("mode       {:>cells$}  ", "owner"));
        fit(&format!("      size {bars} {}name", attributes.unwrap_or_default()), self.width)
    }

    /// A row of the pane.
    pub(super) fn line(
        &self,
        tree: &Tree,
        row: Row,
        look: &Look<'_>,
        wanted: Wanted,
        hit: bool,
        theme: &Theme,
    ) -> Line<'static> {
        let version = &look.version;
        let style = theme.of(role(look.change));
        let dim = theme.of(Role::Dim);
        let mut spans = vec![Span::styled(format!("{} ", glyph(look.change)), style)];
        let bytes = wanted.bytes(tree, row.node);
        let size = match version.kind() {
            _ if version.bookkeeping() => "index".to_owned(),
            Kind::File | Kind::Directory => human(bytes),
            Kind::Hardlink if bytes > 0 => human(bytes),
            _ => "·".to_owned(),
        };
        spans.push(Span::styled(format!("{size:>8} "), if bytes == 0 { dim } else { style }));
        if self.bars {
            let share = if self.total == 0 { 0.0 } else { bytes as f64 / self.total as f64 };
            let share = if version.exists() { share } else { 0.0 };
            spans.push(Span::styled(format!("{} ", bar(share, BAR)), theme.of(Role::Bar)));
        }
        spans.push(Span::raw(" "));
        if let Some(owners) = self.owners {
            let mode = mode(version.kind(), version.attributes().mode);
            let owner = cut(&owner(look), owners).into_owned();
            spans.push(Span::styled(format!("{mode} {owner:>owners$}  "), dim));
        }
        let used: usize = spans.iter().map(|span| width(&span.content)).sum();
        let room = self.width.saturating_sub(used);
        let named = self.name(tree, row, look, wanted, style, hit, room + self.shift, theme);
        spans.extend(skip(named, self.shift));
        Line::from(spans)
    }

    /// The last column, in `room` cells.
    #[allow(clippy::too_many_arguments, reason = "one row in all its aspects")]
    fn name(
        &self,
        tree: &Tree,
        row: Row,
        look: &Look<'_>,
        wanted: Wanted,
        style: Style,
        hit: bool,
        room: usize,
        theme: &Theme,
    ) -> Vec<Span<'static>> {
        let version = &look.version;
        // Deep paths must not push the name out of sight; who shifts the column wants to see them as they are.
        let indent = 2 * usize::from(row.depth);
        let indent = if self.shift == 0 { indent.min(room / 2) } else { indent };
        let fold = match row.fold {
            Fold::Leaf => "  ",
            Fold::Folded => "▸ ",
            Fold::Unfolded => "▾ ",
        };
        let mut spans = vec![Span::styled(format!("{:indent$}{fold}", ""), theme.of(Role::Dim))];
        let room = room.saturating_sub(indent + 2);
        let name = foreign(tree.name(row.node)).into_owned();
        let slash = if version.kind() == Kind::Directory { "/" } else { "" };
        let name = cut_middle(&format!("{name}{slash}"), room).into_owned();
        let left = room.saturating_sub(width(&name));
        let directory = version.kind() == Kind::Directory && look.change == Change::Unmodified;
        let mut name_style = if directory { theme.of(Role::Directory) } else { style };
        if hit {
            name_style = name_style.patch(theme.of(Role::Match));
        }
        spans.push(Span::styled(name, name_style));
        append(notes(look, wanted, style, theme), left, &mut spans);
        spans
    }
}

/// What is said behind a name.
struct Note {
    text: String,
    style: Style,
    /// Worth showing in part.
    cut: bool,
}

fn notes(look: &Look<'_>, wanted: Wanted, style: Style, theme: &Theme) -> Vec<Note> {
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
    // In the view of one layer it was that layer.
    if look.change == Change::Removed && !matches!(wanted.view, View::Layer(_)) {
        let text = format!("  removed by layer {}", version.layer());
        notes.push(Note { text, style, cut: false });
    } else if let Some(hidden) = version.hidden().filter(|_| look.change != Change::Removed) {
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
