//! A plan of a removal, what came of it, and what blocks one, for people.

use std::io::{self, Write};

use jiff::Timestamp;

use super::json::Saved;
use super::sanitise::sanitise;
use super::size::human;
use super::status::words;
use super::table::{self, Cell, Column, Kind as Align, Look, Paint};
use crate::cleanup::plan::{Blocker, Item, Kept, Kind};
use crate::cleanup::{Bytes, Hidden, Plan, Stock, Why};
use crate::image::LocalImage;
use crate::world::{self, Act};

/// What a plan is told with.
#[derive(Debug)]
pub struct Texts<'a> {
    pub plan: &'a Plan,
    /// What is done before any of it.
    pub first: Option<&'a Act>,
    /// What the plan was made of.
    pub stock: &'a Stock<'a>,
    pub kind: world::Kind,
}

/// What came of one item.
#[derive(Clone, Copy, Debug)]
pub struct Fate<'a> {
    pub status: &'static str,
    /// Why it was not removed.
    pub why: Option<&'a str>,
}

const GOES: [Column; 4] = [
    Column { title: "GOES", kind: Align::Words, least: None },
    Column { title: "NAME", kind: Align::Name, least: Some(20) },
    Column { title: "FREES", kind: Align::Number, least: None },
    Column { title: "BECAUSE", kind: Align::Words, least: Some(16) },
];
const STAYS: [Column; 3] = [
    Column { title: "STAYS", kind: Align::Words, least: None },
    Column { title: "NAME", kind: Align::Name, least: Some(20) },
    Column { title: "BECAUSE", kind: Align::Words, least: Some(24) },
];

/// What goes, what stays, what that frees, and the commands that do the same.
pub fn plan(texts: &Texts<'_>, now: Timestamp, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let plan = texts.plan;
    if plan.remove.is_empty() {
        writeln!(out, "nothing to remove")?;
    } else {
        let rows: Vec<Vec<Cell>> = plan.remove.iter().map(|item| goes(texts, item, now)).collect();
        table::write(&GOES, &rows, look, out)?;
    }
    if !plan.keep.is_empty() {
        writeln!(out)?;
        let rows: Vec<Vec<Cell>> = plan.keep.iter().map(|kept| stays(texts, kept, now)).collect();
        table::write(&STAYS, &rows, look, out)?;
    }
    if !plan.remove.is_empty() {
        writeln!(out, "\n{}", sum(plan))?;
        for doubt in &plan.doubts {
            writeln!(out, "at least, because {}", doubt.text())?;
        }
        let volumes = volumes(texts);
        if !volumes.is_empty() {
            writeln!(out, "volumes stay: {}", sanitise(volumes.join(", ").as_bytes()))?;
        }
        writeln!(out, "the same by hand:")?;
        for act in texts.first.into_iter().chain(&plan.acts()) {
            writeln!(out, "  {}", sanitise(act.command(texts.kind).as_bytes()))?;
        }
    }
    Ok(())
}

/// `frees 412 MB; 31 MB more stay in the build cache`.
fn sum(plan: &Plan) -> String {
    let frees = at_least(Bytes { bytes: plan.frees_bytes, exact: plan.exact });
    match plan.to_cache_bytes {
        0 => format!("frees {frees}"),
        bytes => {
            let cached = human(bytes);
            format!("frees {frees}; {cached} of layers stay in the build cache, --build-cache removes it")
        }
    }
}

/// `Remove 3 images and 2 tags, and free 412 MB?`
pub fn question(plan: &Plan) -> String {
    let kinds = [Kind::Container, Kind::Image, Kind::Tag, Kind::BuildCache, Kind::Network, Kind::Volume];
    let counts: Vec<String> = kinds
        .into_iter()
        .filter_map(|kind| {
            let count = plan.remove.iter().filter(|item| item.kind == kind).count();
            let (one, many) = match kind {
                Kind::Container => ("container", "containers"),
                Kind::Image => ("image", "images"),
                Kind::Tag => ("tag", "tags"),
                Kind::BuildCache => ("cache record", "cache records"),
                Kind::Network => ("network", "networks"),
                Kind::Volume => ("volume", "volumes"),
            };
            (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { many }))
        })
        .collect();
    let freed = at_least(Bytes { bytes: plan.frees_bytes, exact: plan.exact });
    format!("Remove {}, and free {freed}?", counts.join(", "))
}

/// Where images were saved before they went, if they were.
pub fn saved(saved: Option<&Saved>, out: &mut dyn Write) -> io::Result<()> {
    let Some(Saved { path, bytes }) = saved else { return Ok(()) };
    writeln!(out, "saved {} to {}", human(*bytes), sanitise(path.as_bytes()))
}

/// What was removed, what was not and why, and what that freed.
pub fn report<'a>(
    plan: &Plan,
    fates: impl Iterator<Item = Fate<'a>>,
    freed_bytes: u64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut removed = 0;
    for (item, fate) in plan.remove.iter().zip(fates) {
        match fate.why {
            None => removed += 1,
            Some(why) => {
                let line = format!("{} {}: {why}", called(item), fate.status);
                writeln!(out, "{}", sanitise(line.as_bytes()))?;
            }
        }
    }
    let predicted = at_least(Bytes { bytes: plan.frees_bytes, exact: plan.exact });
    let (all, freed) = (plan.remove.len(), at_least(Bytes { bytes: freed_bytes, exact: plan.exact }));
    writeln!(out, "{removed} of {all} removed, {freed} freed ({predicted} predicted)")
}

/// Everything in the way of an image, and what lifts it.
pub fn why(image: &LocalImage, why: &Why, look: Look, out: &mut dyn Write) -> io::Result<()> {
    const BLOCKS: [Column; 3] = [
        Column { title: "IN THE WAY", kind: Align::Words, least: None },
        Column { title: "NAME", kind: Align::Name, least: Some(16) },
        Column { title: "WHAT LIFTS IT", kind: Align::Words, least: Some(30) },
    ];
    let name = if why.name.is_empty() { image.short_id() } else { &why.name };
    let name = sanitise(name.as_bytes());
    let freed = at_least(why.frees);
    if why.blockers.is_empty() {
        writeln!(out, "nothing is in the way of {name}; removing it frees {freed}")?;
        return because(why, out);
    }
    let row = |block: &crate::cleanup::why::Block| {
        let paint = if block.kind.is_hard() { Paint::Bad } else { Paint::Busy };
        let name = if block.name.is_empty() { short(&block.id) } else { &block.name };
        vec![Cell::new(block.kind.name()).painted(paint), Cell::new(name), Cell::new(&block.lift)]
    };
    table::write(&BLOCKS, &why.blockers.iter().map(row).collect::<Vec<_>>(), look, out)?;
    let with = why.blockers.iter().any(|block| block.kind == crate::cleanup::why::BlockKind::ChildImage);
    let with = if with { ", with what stands on it," } else { "" };
    writeln!(out, "\nremoving {name}{with} then frees {freed}")?;
    because(why, out)
}

fn because(why: &Why, out: &mut dyn Write) -> io::Result<()> {
    why.doubt.map_or(Ok(()), |doubt| writeln!(out, "at least, because {}", doubt.text()))
}

fn goes(texts: &Texts<'_>, item: &Item, now: Timestamp) -> Vec<Cell> {
    let containers = texts.stock.containers();
    let container = containers.iter().position(|container| container.id == item.id);
    let because = container.map_or_else(
        || item.reason.clone(),
        |at| {
            let hidden = texts.stock.hidden(at).map(|hidden| format!(", {}", keeps(hidden)));
            format!("{}{}", words(containers[at], now), hidden.unwrap_or_default())
        },
    );
    let frees = if item.frees_bytes == 0 { String::new() } else { human(item.frees_bytes) };
    vec![
        Cell::new(item.kind.name()),
        Cell::new(name(&item.name, &item.id)),
        Cell::new(&frees),
        Cell::new(&because),
    ]
}

fn stays(texts: &Texts<'_>, kept: &Kept, now: Timestamp) -> Vec<Cell> {
    let blocker = |blocker: &Blocker| {
        let container = texts.stock.containers().iter().find(|container| container.id == blocker.id);
        let state = container.map(|container| format!(" ({})", words(container, now))).unwrap_or_default();
        format!("{}{state}", name(&blocker.name, &blocker.id))
    };
    let blockers: Vec<String> = kept.blocked_by.iter().map(blocker).collect();
    let because = match blockers.is_empty() {
        true => kept.reason.clone(),
        false => format!("{}: {}", kept.reason, blockers.join(", ")),
    };
    vec![Cell::new(kept.kind.name()), Cell::new(name(&kept.name, &kept.id)), Cell::new(&because)]
}

/// That there is no image of this name, and which containers keep what is left of it.
pub fn no_such_image(stock: &Stock<'_>, name: &str) -> String {
    let none = format!("no such image: {name}");
    let left = stock.left_behind(name);
    let Some(first) = left.first() else { return none };
    let (verb, others) = match left.len() {
        1 => ("keeps", String::new()),
        2 => ("keep", " and another container".to_owned()),
        many => ("keep", format!(" and {} other containers", many - 1)),
    };
    format!(
        "{none}; it was removed, but {first}{others} {verb} its layers: hadal clean --container {}",
        left.join(" ")
    )
}

/// `keeps 31 MB of an image that is gone`, where an engine's lists show nothing of it.
pub fn keeps(hidden: Hidden) -> String {
    let bytes = match hidden.bytes {
        Bytes { bytes: 0, exact: true } => return "its image is gone".to_owned(),
        Bytes { bytes: 0, exact: false } => "layers".to_owned(),
        bytes => at_least(bytes),
    };
    let with = match hidden.others {
        0 => String::new(),
        1 => ", with another container".to_owned(),
        others => format!(", with {others} other containers"),
    };
    format!("keeps {bytes} of an image that is gone{with}")
}

/// Volumes of containers that go.
fn volumes(texts: &Texts<'_>) -> Vec<String> {
    let going = |id: &str| texts.plan.remove.iter().any(|item| item.kind == Kind::Container && item.id == id);
    let containers = texts.stock.containers().iter().filter(|container| going(&container.id));
    let mounts = containers.flat_map(|container| &container.mounts).filter(|mount| mount.kind == "volume");
    let gone = |name: &str| texts.plan.remove.iter().any(|item| item.kind == Kind::Volume && item.id == name);
    let mut names: Vec<String> = mounts.map(|mount| mount.name.clone()).filter(|name| !gone(name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// `tag shop/api:1.4`; without a name, twelve digits of the id.
pub fn called(item: &Item) -> String {
    sanitise(format!("{} {}", item.kind.name(), name(&item.name, &item.id)).as_bytes()).into_owned()
}

fn name<'a>(name: &'a str, id: &'a str) -> &'a str {
    if name.is_empty() { short(id) } else { name }
}

fn short(id: &str) -> &str {
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    hex.get(..12).unwrap_or(hex)
}

/// `31 MB`, `≥ 31 MB` where the engine withholds what exactness needs.
fn at_least(bytes: Bytes) -> String {
    let sign = if bytes.exact { "" } else { "≥ " };
    format!("{sign}{}", human(bytes.bytes))
}
