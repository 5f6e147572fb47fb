//! An engine's images and containers as tables.

use std::io::{self, Write};

use jiff::Timestamp;

use super::age::age;
use super::size::human;
use super::status::{Tone, sign, tone, words};
use super::table::{self, Cell, Column, Look, Paint};
use crate::cleanup::{Bytes, ImageUsage, Replaced, Stock};
use crate::container::{Container, Port};
use crate::image::LocalImage;

/// Containers that are named beside an image; the others are counted.
const NAMED: usize = 2;

/// What is to be told of an engine's images.
#[derive(Debug)]
pub struct Images<'a> {
    pub stock: &'a Stock<'a>,
    pub usage: &'a [ImageUsage],
    pub lineage: &'a [Option<Replaced>],
    /// Positions of the images that are wanted, in their order.
    pub chosen: &'a [usize],
}

const IMAGES: [Column; 7] = [
    Column { title: "IMAGE", right: false, least: Some(20) },
    Column { title: "ID", right: false, least: None },
    Column { title: "AGE", right: true, least: None },
    Column { title: "SIZE", right: true, least: None },
    Column { title: "ONLY HERE", right: true, least: None },
    Column { title: "USED BY", right: false, least: Some(10) },
    Column { title: "", right: false, least: Some(12) },
];

/// Images, one tag a line, and what they take together.
pub fn images(list: &Images<'_>, now: Timestamp, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = Vec::new();
    for position in list.chosen {
        let image = list.stock.images()[*position];
        let usage = &list.usage[*position];
        let mut names = image.tags.iter().map(|tag| Cell::new(tag));
        let unnamed =
            || Cell::new(image.digests.first().map_or("<none>", String::as_str)).painted(Paint::Faint);
        let exclusive = Bytes { bytes: usage.exclusive_bytes, exact: usage.exact };
        rows.push(vec![
            names.next().unwrap_or_else(unnamed),
            Cell::new(image.short_id()),
            Cell::new(&image.created.map(|created| age(created, now)).unwrap_or_default()),
            Cell::new(&human(image.bytes)),
            Cell::new(&at_least(exclusive)),
            Cell::new(&users(list, usage)),
            Cell::new(&note(image, list.lineage[*position].as_ref())).painted(Paint::Busy),
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

fn users(list: &Images<'_>, usage: &ImageUsage) -> String {
    let container = |user: &usize| list.stock.containers()[*user];
    let named = |user| format!("{} {}", container(user).name, container(user).state);
    let mut words: Vec<String> = usage.users.iter().take(NAMED).map(named).collect();
    if usage.users.len() > NAMED {
        words.push(format!("+{}", usage.users.len() - NAMED));
    }
    words.join(", ")
}

fn note(image: &LocalImage, replaced: Option<&Replaced>) -> String {
    match replaced {
        _ if image.intermediate => "intermediate".to_owned(),
        Some(replaced) => format!("dangling, replaced by {} ({})", replaced.tag, replaced.basis.name()),
        None if image.dangling() => "dangling".to_owned(),
        None => String::new(),
    }
}

const CONTAINERS: [Column; 6] = [
    Column { title: "CONTAINER", right: false, least: Some(16) },
    Column { title: "STATE", right: false, least: Some(16) },
    Column { title: "IMAGE", right: false, least: Some(14) },
    Column { title: "PORTS", right: false, least: Some(8) },
    Column { title: "PROJECT", right: false, least: Some(8) },
    Column { title: "WRITTEN", right: true, least: None },
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
