//! The lists of an engine: a world of a few lines and some keys → what is drawn, what is selected, what is done.

#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is made by these tests")]

#[path = "common/screen.rs"]
mod screen;
#[path = "common/world.rs"]
mod world;

#[path = "desk/acts.rs"]
mod acts;
#[path = "desk/cleanup.rs"]
mod cleanup;
#[path = "desk/cost.rs"]
mod cost;
#[path = "desk/filters.rs"]
mod filters;
#[path = "desk/lists.rs"]
mod lists;
#[path = "desk/mouse.rs"]
mod mouse;
#[path = "desk/narrowing.rs"]
mod narrowing;
#[path = "desk/pictures.rs"]
mod pictures;
#[path = "desk/protecting.rs"]
mod protecting;
#[path = "desk/random.rs"]
mod random;
#[path = "desk/saving.rs"]
mod saving;

use hadal::tui::widgets::table::{Kind, Table};
use screen::Screen;

/// A shop with a base image, two builds of it, one that lost its name, and what runs.
const SHOP: &str = "
    image debian:12 90d 75MB layers=debian:75MB
    image shop/api:1.3 20d 690MB layers=debian:75MB,python:203MB,venv:412MB label=team=shop
    image shop/api:1.4,shop/api:latest,registry.example:5000/shop/api:1.4 3d 720MB layers=debian:75MB,python:203MB,venv4:442MB label=team=shop label=stage=live
    image - 4d 715MB layers=debian:75MB,python:203MB,venv3:437MB label=team=shop id=dadada
    image shop/web:7 2d 92MB layers=alpine:8MB,web:84MB label=team=web
    image redis:7 40d 117MB layers=debian:75MB,redis:42MB
    image builder:1 1h 1.2GB layers=rust:1.2GB
    image - 5d 278MB layers=debian:75MB,python:203MB intermediate id=feed
    container api shop/api:1.4 running 2h health=healthy project=shop port=8080:80 wrote=1.2MB
    container worker shop/api:1.4 exited 3h exit=1 project=shop volume=queue
    container web shop/web:7 running 3d project=shop port=80:80 port=443:443
    container cache redis:7 exited 2d exit=137 oom project=shop volume=cache
    container migrate shop/api:1.3 exited 20d exit=0 wrote=48kB
    container loop dadada restarting 5s restarts=7 exit=2
    container new redis:7 created 1min
";

fn desk(world: &str, size: (u16, u16), keys: &str) -> Screen {
    let mut screen = Screen::desk(world::updates(world), world::now(), size);
    screen.keys(keys);
    screen
}

fn shop(size: (u16, u16), keys: &str) -> Screen {
    desk(SHOP, size, keys)
}

/// The table that is shown.
fn table(screen: &Screen) -> &Table {
    let desk = &screen.model.desk;
    match desk.tab {
        hadal::tui::desk::Tab::Images => &desk.images.list.table,
        hadal::tui::desk::Tab::Containers => &desk.containers.list.table,
        hadal::tui::desk::Tab::Cleanup => &desk.cleanup.list.table,
    }
}

/// What an object is called in these tests: its first name, or a few digits.
fn name(screen: &Screen, id: &str) -> String {
    let world = &screen.model.desk.world;
    // Rows of what could go say what kind of thing it is.
    let id = id.strip_prefix("image:").or_else(|| id.strip_prefix("container:")).unwrap_or(id);
    let image = world
        .images
        .get(id)
        .map(|image| image.tags.first().cloned().unwrap_or_else(|| image.short_id()[..6].to_owned()));
    image.or_else(|| world.containers.get(id).map(|one| one.name.clone())).unwrap_or_else(|| id.to_owned())
}

/// The names of the rows, heads in brackets, what is listed only for what stands below it in parentheses.
fn rows(screen: &Screen) -> Vec<String> {
    let row = |entry: &hadal::tui::widgets::table::Entry| {
        let name = name(screen, &entry.id);
        match entry.kind {
            Kind::Item => name,
            Kind::Context => format!("({name})"),
            Kind::Head => format!("[{name}]"),
        }
    };
    table(screen).rows().map(row).collect()
}

fn selected(screen: &Screen) -> String {
    table(screen).selected().map(|entry| name(screen, &entry.id)).unwrap_or_default()
}

fn marked(screen: &Screen) -> Vec<String> {
    table(screen).marks().iter().map(|id| name(screen, id)).collect()
}

fn footer(screen: &Screen) -> String {
    screen.lines().pop().unwrap()
}
