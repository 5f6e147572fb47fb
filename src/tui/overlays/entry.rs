//! A path in full: what it is in this view, and every version it had.

use ratatui::text::Line;

use crate::analysis::blame;
use crate::image::changeset::Kind;
use crate::image::tree::{Change, NodeId, Tree, Version};
use crate::report::mode::mode;
use crate::report::size::human;
use crate::report::text::glyph;
use crate::tui::screens::explorer::layers::draw::step;
use crate::tui::screens::explorer::{Explorer, Pane};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::foreign;
use crate::tui::widgets::text::Text;

/// The text, at most `cells` wide.
pub(super) fn lines(explorer: &Explorer, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let mut text = Text::new(theme, cells);
    let node = match explorer.pane {
        Pane::Waste => explorer.waste.heap(&explorer.facts).map(|heap| heap.node),
        Pane::Layers | Pane::Files => explorer.files.selected(),
    };
    let Some((image, node)) = explorer.image.as_ref().zip(node) else {
        text.say("no path is selected", Role::Dim);
        return text.lines;
    };
    let tree = &image.tree;
    text.say(&foreign(&tree.path(node)), Role::Title);
    if let Some(look) = explorer.view().and_then(|view| view.look(tree, node)) {
        present(tree, look.version, look.change, &mut text);
    }
    versions(explorer, tree, node, &mut text);
    text.lines
}

fn present(tree: &Tree, version: Version<'_>, change: Change, text: &mut Text<'_>) {
    text.heading("In this view");
    let kind = match version.kind() {
        Kind::File => "regular file",
        Kind::Hardlink => "hard link",
        Kind::Directory => "directory",
        Kind::Symlink => "symbolic link",
        Kind::Char => "character device",
        Kind::Block => "block device",
        Kind::Fifo => "named pipe",
    };
    text.pair("change", change.name());
    text.pair("kind", kind);
    let attributes = version.attributes();
    text.pair(
        "mode",
        &format!("{} ({:04o})", mode(version.kind(), attributes.mode), attributes.mode & 0o7777),
    );
    text.pair("owner", &format!("{}:{}", attributes.uid, attributes.gid));
    let bytes = format!("{} ({} bytes)", human(version.bytes()), version.bytes());
    text.pair(if version.kind() == Kind::Directory { "bytes below" } else { "bytes" }, &bytes);
    if let Some(logical) = version.logical_bytes() {
        text.pair("with holes", &format!("{} ({logical} bytes)", human(logical)));
    }
    if let Some(target) = version.link_target() {
        text.pair("leads to", &foreign(target));
    }
    if let Some((major, minor)) = version.device() {
        text.pair("device", &format!("{major}:{minor}"));
    }
    if let Some(stored) = version.content().filter(|_| version.kind() == Kind::Hardlink) {
        text.pair(
            "content",
            &format!("stored by {} in layer {}", foreign(&tree.path(stored.node)), stored.layer),
        );
    }
    if version.bookkeeping() {
        text.pair("note", "an index of a lazy-pulling layer format, which counts no bytes");
    }
    if let Some(hidden) = version.hidden() {
        let what = format!("by layer {}: {}", hidden.hidden_by, hidden.cause.name());
        text.pair("hidden", &what);
    }
}

fn versions(explorer: &Explorer, tree: &Tree, node: NodeId, text: &mut Text<'_>) {
    let versions = blame::versions(tree, node);
    text.heading(&format!("Versions: {}", versions.len()));
    for version in versions {
        let attributes = version.attributes();
        let facts = match version.exists() {
            true => format!(
                "{} {}:{}  {}",
                mode(version.kind(), attributes.mode),
                attributes.uid,
                attributes.gid,
                human(version.bytes())
            ),
            false => "gone".to_owned(),
        };
        let change = version.change();
        let line =
            format!("{} {}  {facts}\n{}", glyph(change), change.name(), step(explorer, version.layer()));
        text.pair(&format!("layer {}", version.layer()), &line);
    }
}
