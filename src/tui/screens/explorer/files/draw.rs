//! The files pane, drawn: only the rows in sight.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::super::layers::Subject;
use super::super::{Explorer, Load, Mode, Pane};
use super::columns::Columns;
use super::scope::{Order, Shown, Wanted};
use crate::analysis::View;
use crate::report::size::human;
use crate::tui::area::Areas;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::foreign;
use crate::tui::widgets::frame;
use crate::tui::widgets::list::select;

/// Draws the pane.
pub fn draw(explorer: &Explorer, theme: &Theme, areas: &Areas, frame: &mut Frame<'_>) {
    let files = &explorer.files;
    let more = if files.pending().is_some() { "+" } else { "" };
    let position = files.cursor.position(files.rows.len());
    let edge = frame::Frame {
        title: title(explorer),
        position: if position.is_empty() { position } else { format!("{position}{more}") },
        selected: selected(explorer),
        totals: totals(explorer),
        focused: explorer.pane == Pane::Files,
    };
    frame.render_widget(edge.block(areas.files_frame.width, theme), areas.files_frame);
    rows(explorer, theme, areas.files, frame);
    if let Some(text) = empty(explorer) {
        frame.render_widget(Line::styled(format!(" {text}"), theme.of(Role::Dim)), areas.files);
    }
}

fn rows(explorer: &Explorer, theme: &Theme, area: Rect, frame: &mut Frame<'_>) {
    let (Some(image), Some(wanted)) = (&explorer.image, explorer.wanted()) else { return };
    let (files, tree, view) = (&explorer.files, &image.tree, wanted.view);
    let shown = files.rows.iter().enumerate().skip(files.cursor.offset).take(area.height.into());
    let looks = shown.clone().filter_map(|(_, row)| view.look(tree, row.node));
    let total = wanted.bytes(tree, tree.root());
    let columns = Columns::new(area.width, !files.hide_attributes, files.shift, total, looks);
    let head = Rect { y: area.y - 1, height: 1, ..area };
    frame.render_widget(Line::styled(columns.header(), theme.of(Role::Dim)), head);
    let focused = explorer.pane == Pane::Files;
    let lines: Vec<Line<'_>> = shown
        .filter_map(|(at, row)| {
            let look = view.look(tree, row.node)?;
            let hit = files.outline.as_ref().is_some_and(|outline| outline.is_hit(row.node));
            let line = columns.line(tree, *row, &look, wanted, hit, theme);
            let line =
                if at == files.cursor.at { select(line, area.width.into(), focused, theme) } else { line };
            Some(line)
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

/// What the pane shows, in words.
fn title(explorer: &Explorer) -> String {
    let what = match (explorer.mode, explorer.subject()) {
        (_, None) => return "Files".to_owned(),
        (Mode::Final, _) => whole(explorer),
        (Mode::Layer, Some(Subject::Step { .. })) => "this step made no layer".to_owned(),
        (Mode::AsOf, Some(Subject::Step { after: None, .. })) => "before any layer".to_owned(),
        (_, Some(Subject::Layers { first, last })) if first < last => match explorer.changes_only() {
            true => format!("changed by layers {first} to {last}"),
            false => format!("as of layer {last}, changes since layer {first} marked"),
        },
        (Mode::Layer, Some(Subject::Layers { last, .. })) => match explorer.changes_only() {
            true => format!("changed by layer {last}"),
            false => format!("as of layer {last}, its changes marked"),
        },
        (Mode::AsOf, Some(Subject::Layers { last, .. } | Subject::Step { after: Some(last), .. })) => {
            match explorer.changes_only() {
                _ if last == 0 => "as of layer 0".to_owned(),
                false => format!("as of layer {last}, changes since {} marked", since(explorer)),
                true => format!("changed since {} up to layer {last}", since(explorer)),
            }
        }
    };
    format!("Files{} · {what}", extras(explorer))
}

/// What changes of a whole file system are counted from.
fn since(explorer: &Explorer) -> &'static str {
    if explorer.base().is_some() { "the base image" } else { "layer 0" }
}

fn whole(explorer: &Explorer) -> String {
    match explorer.changes_only() {
        _ if explorer.load != Load::Ready => "the layers read so far".to_owned(),
        false if explorer.layers.len() < 2 => "final image".to_owned(),
        false => format!("final image, changes since {} marked", since(explorer)),
        true => format!("final image, changed since {}", since(explorer)),
    }
}

/// What is not as usual: nobody should miss files without being told why.
fn extras(explorer: &Explorer) -> String {
    let mut extras: Vec<String> = Vec::new();
    let shown = explorer.shown;
    let kinds = [(shown.added, "added"), (shown.modified, "modified"), (shown.removed, "removed")];
    let hidden: Vec<&str> = kinds.iter().filter(|(shown, _)| !shown).map(|(_, kind)| *kind).collect();
    if !hidden.is_empty() {
        extras.push(format!("without {}", hidden.join(", ")));
    }
    if explorer.order == Order::Bytes {
        extras.push("by size".to_owned());
    }
    let files = &explorer.files;
    if files.shift > 0 {
        extras.push("names shifted".to_owned());
    }
    if !files.filter.text.is_empty() && explorer.prompt.is_none() {
        let count = files.outline.as_ref().map_or(0, |outline| outline.count);
        let more = if files.pending().is_some() { "+" } else { "" };
        extras.push(format!("/{} {count}{more}", foreign(files.filter.text.as_bytes())));
    }
    extras.iter().flat_map(|extra| [" · ", extra]).collect()
}

/// The selected path in full: rows may cut it.
fn selected(explorer: &Explorer) -> String {
    let node = explorer.image.as_ref().zip(explorer.files.selected());
    node.map(|(image, node)| foreign(&image.tree.path(node)).into_owned()).unwrap_or_default()
}

fn totals(explorer: &Explorer) -> String {
    let (Some(image), Some(wanted)) = (&explorer.image, explorer.wanted()) else { return String::new() };
    if explorer.files.rows.is_empty() {
        return String::new();
    }
    let Wanted { layer_only, .. } = wanted;
    let bytes = human(wanted.bytes(&image.tree, image.tree.root()));
    match wanted.view {
        _ if layer_only => format!("{bytes} in this layer"),
        View::Range { last, .. } => format!("{bytes} as of layer {last}"),
        _ => bytes,
    }
}

/// A line for a pane that has nothing to list.
fn empty(explorer: &Explorer) -> Option<String> {
    if !explorer.files.rows.is_empty() {
        return None;
    }
    let last = explorer.subject().and_then(|subject| match subject {
        Subject::Layers { last, .. } => Some(last),
        Subject::Step { .. } => None,
    });
    let filtered = !explorer.files.filter.text.is_empty();
    Some(match (&explorer.image, explorer.layers.is_empty()) {
        (None, _) if explorer.reading() => "files appear as layers are read".to_owned(),
        (None, _) => "no files were read".to_owned(),
        (Some(_), true) => "the image has no layers, and so no files".to_owned(),
        (Some(image), _) if last.is_some_and(|last| last >= image.tree.layers()) => {
            "this layer has not been read yet".to_owned()
        }
        (Some(_), _) if explorer.files.pending().is_some() => "looking …".to_owned(),
        (Some(_), _) if filtered => "nothing matches; Esc drops the filter".to_owned(),
        (Some(_), _) if explorer.view().is_none() => "this step changed no files".to_owned(),
        (Some(_), _) if explorer.shown != Shown::ALL => {
            "nothing is left to list: A, M and R show again what they hide".to_owned()
        }
        (Some(_), _) if explorer.changes_only() => "nothing changed here; c shows all files".to_owned(),
        (Some(_), _) => "no files".to_owned(),
    })
}
