//! An engine's images and containers as tables.

use std::io::{self, Write};

use jiff::Timestamp;

use super::age::age;
use super::size::human;
use super::status::{Tone, sign, tone, words};
use super::table::{self, Cell, Column, Kind, Look, Paint};
use crate::cleanup::{Bytes, ImageUsage, Replaced, Stock};
use crate::container::{Container, Port};
use crate::image::LocalImage;

/// What is to be told of an engine's images.
#[derive(Debug)]
pub struct Images<'a> {
    pub stock: &'a Stock<'a>,
    pub usage: &'a [ImageUsage],
    pub lineage: &'a [Option<Replaced>],
    /// Positions of the images that are wanted, in their order.
    pub chosen: &'a [usize],
}

const IMAGES: [Column; 6] = [
    Column { title: "IMAGE", kind: Kind::Name, least: Some(20) },
    Column { title: "ID", kind: Kind::Words, least: None },
    Column { title: "AGE", kind: Kind::Number, least: None },
    Column { title: "SIZE", kind: Kind::Number, least: None },
    Column { title: "ONLY HERE", kind: Kind::Number, least: None },
    Column { title: "USED BY", kind: Kind::Words, least: Some(12) },
];

/// Images, one tag a line, and what they take together.
pub fn images(list: &Images<'_>, now: Timestamp, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = Vec::new();
    for position in list.chosen {
        let image = list.stock.images()[*position];
        let usage = &list.usage[*position];
        let exclusive = Bytes { bytes: usage.exclusive_bytes, exact: usage.exact };
        let mut names = image.tags.iter().map(|tag| Cell::new(tag));
        let unnamed = || {
            let paint = if image.dangling() { Paint::Busy } else { Paint::Faint };
            Cell::new(&unnamed(image, list.lineage[*position].as_ref())).painted(paint)
        };
        rows.push(vec![
            names.next().unwrap_or_else(unnamed),
            Cell::new(image.short_id()),
            Cell::new(&image.created.map(|created| age(created, now)).unwrap_or_default()),
            Cell::new(&human(image.bytes)),
            Cell::new(&at_least(exclusive)),
            Cell::new(&users(list, usage)),
        ]);
        rows.extend(names.map(|name| vec![name]));
    }
    table::write(&IMAGES, &rows, look, out)?;
    let count = list.chosen.len();
    let plural = if count == 1 { "" } else { "s" };
    let all = at_least(list.stock.bytes());
    let there = list.stock.images().iter().filter(|image| !image.intermediate).count();
    let of = if count < there { format!(" of {there}") } else { String::new() };
    writeln!(out, "\n{count}{of} image{plural}; all of them take {all}, what they share counted once")
}

/// `31 MB`, `≥ 31 MB` where the engine withholds what is missing.
fn at_least(bytes: Bytes) -> String {
    let sign = if bytes.exact { "" } else { "≥ " };
    format!("{sign}{}", human(bytes.bytes))
}

/// The name of the only container, or how many there are.
fn users(list: &Images<'_>, usage: &ImageUsage) -> String {
    let containers: Vec<&Container> = usage.users.iter().map(|user| list.stock.containers()[*user]).collect();
    let alive = containers.iter().filter(|container| container.state.is_alive()).count();
    match (&containers[..], alive) {
        ([], _) => String::new(),
        ([only], _) => format!("{} ({})", only.name, only.state),
        (all, 0) => format!("{} stopped", all.len()),
        (all, alive) if alive == all.len() => format!("{alive} running"),
        (all, alive) => format!("{alive} running, {} stopped", all.len() - alive),
    }
}

/// What stands where a tag would: `dangling → shop/api:latest (label)`.
fn unnamed(image: &LocalImage, replaced: Option<&Replaced>) -> String {
    let kind = if image.intermediate { "intermediate" } else { "dangling" };
    match (replaced, image.digests.first()) {
        (Some(replaced), _) => format!("{kind} → {} ({})", replaced.tag, replaced.basis.name()),
        (None, Some(digest)) => format!("{kind}, {digest}"),
        (None, None) => kind.to_owned(),
    }
}

const CONTAINERS: [Column; 6] = [
    Column { title: "CONTAINER", kind: Kind::Name, least: Some(16) },
    Column { title: "STATE", kind: Kind::Words, least: Some(22) },
    Column { title: "IMAGE", kind: Kind::Name, least: Some(12) },
    Column { title: "PORTS", kind: Kind::Words, least: Some(6) },
    Column { title: "PROJECT", kind: Kind::Name, least: Some(7) },
    Column { title: "WRITTEN", kind: Kind::Number, least: None },
];

/// Containers, with how they are in words. With `bytes` also what they wrote.
pub fn containers(
    list: &[&Container],
    bytes: bool,
    now: Timestamp,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let row = |container: &&Container| {
        let paint = match tone(container) {
            Tone::Good => Paint::Good,
            Tone::Bad => Paint::Bad,
            Tone::Busy => Paint::Busy,
            Tone::Quiet => Paint::Plain,
        };
        let state = format!("{} {}", sign(container), words(container, now));
        let written = container.writable_bytes.filter(|_| bytes).map(human).unwrap_or_default();
        vec![
            Cell::new(&container.name),
            Cell::new(&state).painted(paint),
            Cell::new(&container.image),
            Cell::new(&Port::list(&container.ports)),
            Cell::new(container.project().unwrap_or_default()),
            Cell::new(&written),
        ]
    };
    let rows: Vec<Vec<Cell>> = list.iter().map(row).collect();
    let columns = if bytes { &CONTAINERS[..] } else { &CONTAINERS[..CONTAINERS.len() - 1] };
    table::write(columns, &rows, look, out)
}
