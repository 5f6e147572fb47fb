//! What the explorer does at keys, mouse and paste: state and words are looked at, not whole screens.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::format_push_string,
    reason = "everything here is made by these tests"
)]

#[path = "common/screen.rs"]
mod screen;
#[path = "common/sketch.rs"]
mod sketch;

#[path = "explorer/changes.rs"]
mod changes;
#[path = "explorer/chooser.rs"]
mod chooser;
#[path = "explorer/filter.rs"]
mod filter;
#[path = "explorer/inside.rs"]
mod inside;
#[path = "explorer/layers.rs"]
mod layers;
#[path = "explorer/mouse.rs"]
mod mouse;
#[path = "explorer/overlays.rs"]
mod overlays;
#[path = "explorer/paths.rs"]
mod paths;
#[path = "explorer/random.rs"]
mod random;
#[path = "explorer/waste.rs"]
mod waste;

use hadal::image::config::HistoryEntry;
use hadal::image::tree::{NodeId, Tree};
use hadal::image::{Base, Basis, Image, history};
use hadal::tui::screens::explorer::Explorer;
use hadal::tui::screens::explorer::files::rows::Row;
use screen::Screen;

const SHOP: &str = "
    layer FROM debian:12
    d /etc
    + /etc/passwd 900
    + /etc/shadow 600
    + /usr/bin/python 100 old
    + /usr/bin/sudo 23000
    layer RUN apt-get install -y python
    + /usr/bin/python 5900 new
    + /var/lib/lists/index 2000
    + /var/lib/lists/packages 38000
    layer COPY . /app
    + /app/app.py 2200 first
    + /app/cache/a.pyc 1000
    + /app/cache/b.pyc 2000
    + /app/model.bin 61200
    layer RUN chown -R app /app && rm -rf /app/cache /var/lib/lists
    + /app/app.py 2300 second
    + /app/model.bin 61200 1000:1000
    - /app/cache
    - /var/lib/lists
";

/// An image and the keys that were typed.
fn drawn(sketch: &str, (width, height): (u16, u16), keys: &str) -> Screen {
    let mut screen = Screen::with(sketch::image("shop/api:1.4", sketch), width, height);
    screen.keys(keys);
    screen
}

fn shop(keys: &str) -> Screen {
    drawn(SHOP, (120, 35), keys)
}

/// The same image with steps that made no layer, built on a base of two layers.
fn based() -> Image {
    let mut image = sketch::image("shop/api:1.4", SHOP);
    let step = |text: &str, empty_layer| {
        let created_by = Some(text.to_owned());
        HistoryEntry { created_by, empty_layer, ..HistoryEntry::default() }
    };
    let steps = [
        step("FROM debian:12", false),
        step("CMD [\"bash\"]", true),
        step("RUN apt-get install -y python", false),
        step("ENV MODE=fast", true),
        step("COPY . /app", false),
        step("RUN chown -R app /app && rm -rf /app/cache /var/lib/lists", false),
        step("EXPOSE 8080", true),
        step("CMD [\"serve\"]", true),
    ];
    (image.head.history, _) = history::pair(&steps, image.layers.len());
    for (at, step) in image.head.history.iter().enumerate() {
        if let Some(layer) = step.layer {
            image.layers[layer].step = Some(at);
        }
    }
    let name = Some("python:3.12".to_owned());
    image.head.base = Some(Base { layers: 2, steps: 3, basis: Basis::Comment, name });
    image
}

fn tree(explorer: &Explorer) -> &Tree {
    &explorer.image.as_ref().unwrap().tree
}

fn path(explorer: &Explorer, node: NodeId) -> String {
    String::from_utf8(tree(explorer).path(node)).unwrap()
}

/// The paths of the files pane.
fn rows(screen: &Screen) -> Vec<String> {
    let explorer = &screen.model.explorer;
    explorer.files.rows.iter().map(|row: &Row| path(explorer, row.node)).collect()
}

fn selected(screen: &Screen) -> String {
    let explorer = &screen.model.explorer;
    explorer.files.selected().map(|node| path(explorer, node)).unwrap_or_default()
}

/// The paths that the filter found, in the order of the rows.
fn hits(screen: &Screen) -> Vec<String> {
    let explorer = &screen.model.explorer;
    let outline = explorer.files.outline.as_ref();
    let hit = |row: &&Row| outline.is_some_and(|outline| outline.is_hit(row.node));
    explorer.files.rows.iter().filter(hit).map(|row| path(explorer, row.node)).collect()
}

fn footer(screen: &Screen) -> String {
    screen.lines().pop().unwrap()
}

fn notice(screen: &Screen) -> &str {
    screen.model.explorer.notice.as_deref().unwrap_or_default()
}

/// The selected layer, or the one before the selected row.
fn layer(screen: &Screen) -> usize {
    screen.model.explorer.list.layer().unwrap()
}
