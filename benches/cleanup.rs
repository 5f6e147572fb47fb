//! Cleaning up large engines: `cargo bench --bench cleanup`.
//!
//! For each engine: what its objects have to do with each other together with everything that could go (the graph), a
//! plan of all of that (what marking everything costs), and on the screen the dearest of some keys until its frame is
//! drawn. Beside it, in the same run, the plain way to find what images hold alone: the layers of each pair, compared as
//! sets.

// A benchmark that cannot run has nothing better to do than to stop.
#![allow(clippy::unwrap_used)]

#[path = "../tests/common/desk.rs"]
mod desk;
#[path = "../tests/common/screen.rs"]
mod screen;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use desk::desk;
use hadal::cleanup::{Marks, Protect, Stock, Stores};
use hadal::container::{Container, State};
use hadal::image::{LocalImage, LocalStep};
use hadal::tui::msg::{self, Msg, Seen, WatchId};
use hadal::tui::view::view;
use hadal::world::{CacheRecord, Update, Usage};
use screen::Screen;

const ROUNDS: usize = 9;
/// What is allowed for the graph, and for everything that marks change.
const GRAPH: Duration = Duration::from_millis(50);
const FRAME: Duration = Duration::from_millis(16);
/// A large terminal: more rows to draw.
const SIZE: (u16, u16) = (240, 70);
const KEEP_LAST: usize = 3;

/// What an engine holds.
struct Held {
    name: &'static str,
    images: Vec<LocalImage>,
    containers: Vec<Container>,
    cache: Vec<CacheRecord>,
}

fn main() {
    println!(
        "{:<44} {:>9} {:>9} {:>9} {:>11} {:>12} {:>12}",
        "", "graph", "marks", "a key", "pairs", "pairs/graph", "pairs/marks"
    );
    let mut missed = 0;
    for held in [usual(), deep(), chain(), cached(), forsaken()] {
        missed += usize::from(!measure(&held));
    }
    println!(
        "\ngoals: the graph within {}, marks and a key within {}: {}",
        millis(GRAPH),
        millis(FRAME),
        if missed == 0 { "reached" } else { "MISSED" }
    );
}

/// Prints a row. Whether the goals were reached.
fn measure(held: &Held) -> bool {
    let (images, containers) = (&held.images, &held.containers);
    let stores = Stores { cache: &held.cache, ..Stores::default() };
    let protect = Protect::default();
    let made = || Stock::new(images, containers).with(stores);
    let graph = median(|| made().candidates(KEEP_LAST, &protect).len());
    let stock = made();
    let mut marks = Marks::default();
    stock.candidates(KEEP_LAST, &protect).iter().for_each(|candidate| marks.add(candidate));
    let kept = stock.graph();
    let marked = median(|| Stock::again(images, containers, stores, &kept).plan(&marks).remove.len());
    let key = dearest_key(held);
    let start = Instant::now();
    std::hint::black_box(pairs(images));
    let pairs = start.elapsed();
    let ratio = |cost: Duration| format!("{:.0}×", pairs.as_secs_f64() / cost.as_secs_f64());
    println!(
        "{:<44} {:>9} {:>9} {:>9} {:>11} {:>12} {:>12}",
        held.name,
        millis(graph),
        millis(marked),
        millis(key),
        millis(pairs),
        ratio(graph),
        ratio(marked)
    );
    graph <= GRAPH && marked.max(key) <= FRAME
}

/// Moving, marking one, marking all, inverting, more builds kept: each with the frame after it.
fn dearest_key(held: &Held) -> Duration {
    let mut screen = desk(SIZE.0, SIZE.1, Vec::new());
    screen.send(Msg::World(vec![
        Update::Images(held.images.clone()),
        Update::Containers(held.containers.clone()),
    ]));
    screen.keys("3");
    let usage = Usage { cache: held.cache.clone(), ..Usage::default() };
    let stores = msg::Stores { reckoning: Ok(usage), networks: Ok(Vec::new()) };
    screen.send(Msg::Seen(WatchId(0), Seen::Stores(Box::new(stores))));
    let mut terminal = screen.terminal();
    let mut key = |screen: &mut Screen, key: &str| {
        let start = Instant::now();
        screen.keys(key);
        terminal.draw(|frame| view(&screen.model, frame)).unwrap();
        start.elapsed()
    };
    let mut costs = Vec::new();
    for name in "j space j space * j k space v G space g * j".split(' ') {
        costs.push(key(&mut screen, name));
    }
    costs.into_iter().max().unwrap()
}

/// Bytes that each image holds alone, as one would reckon them without a graph. A layer is the same only on the same
/// ones.
fn pairs(images: &[LocalImage]) -> usize {
    let chains: Vec<Vec<String>> = images
        .iter()
        .map(|image| {
            let mut below = String::new();
            let step = |id: &String| {
                below = format!("{:x}", hash(&(below.as_str(), id)));
                below.clone()
            };
            image.layers.iter().flatten().map(step).collect()
        })
        .collect();
    let mut alone = 0;
    for (at, chain) in chains.iter().enumerate() {
        let mut own: HashSet<&str> = chain.iter().map(String::as_str).collect();
        for other in chains.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other) {
            let other: HashSet<&str> = other.iter().map(String::as_str).collect();
            own.retain(|layer| !other.contains(layer));
        }
        alone += own.len();
    }
    alone
}

fn hash(value: &impl std::hash::Hash) -> u64 {
    use std::hash::{DefaultHasher, Hasher as _};
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The median of some rounds.
fn median(work: impl Fn() -> usize) -> Duration {
    let mut costs: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed()
        })
        .collect();
    costs.sort_unstable();
    costs[ROUNDS / 2]
}

fn millis(cost: Duration) -> String {
    format!("{:.1} ms", cost.as_secs_f64() * 1e3)
}

fn digest(what: &str, number: usize) -> String {
    let text = format!("{what}{number}");
    format!("sha256:{:016x}{:016x}{:032x}", hash(&text), hash(&(&text, 1)), number)
}

fn folder(layer: &str) -> String {
    layer.trim_start_matches("sha256:").to_owned()
}

/// An image of these layers; every third step has no bytes.
fn image(number: usize, layers: Vec<String>, tags: usize, buildkit: bool) -> LocalImage {
    let step = |layer: &String| LocalStep {
        created_by: format!("RUN /bin/sh -c make {} # buildkit", &layer[7..19]),
        bytes: hash(layer) % 3 * 1000,
        buildkit,
        ..LocalStep::default()
    };
    let steps: Vec<LocalStep> = layers.iter().map(step).collect();
    let created = jiff::Timestamp::from_second(1_700_000_000 + number as i64 * 60).ok();
    LocalImage {
        id: digest("image", number),
        tags: (0..tags).map(|tag| format!("host:5000/team/part{}:{number}.{tag}", number / 10)).collect(),
        created,
        bytes: steps.iter().map(|step| step.bytes).sum(),
        folders: layers.iter().map(|layer| folder(layer)).collect(),
        layers: Some(layers),
        steps: Some(steps),
        ..LocalImage::default()
    }
}

/// Layers on one of twenty bases, the upper third of one's own.
fn layers(number: usize, count: usize) -> Vec<String> {
    let base = |depth: usize| digest("base", number % 20 * 1000 + depth);
    let own = |depth: usize| digest("own", number * 1000 + depth);
    (0..count).map(|depth| if depth < count * 2 / 3 { base(depth) } else { own(depth) }).collect()
}

fn containers(count: usize, images: &[LocalImage]) -> Vec<Container> {
    let container = |number: usize| {
        let image = &images[number * 7 % images.len()];
        Container {
            id: digest("container", number).split_off("sha256:".len()),
            name: format!("part-{number}"),
            image_id: image.id.clone(),
            state: if number.is_multiple_of(9) { State::Running } else { State::Exited },
            writable_bytes: Some(number as u64),
            below_bytes: Some(image.bytes),
            folders: image.folders.clone(),
            inspected: true,
            ..Container::default()
        }
    };
    (0..count).map(container).collect()
}

fn usual() -> Held {
    let images: Vec<_> =
        (0..500).map(|at| image(at, layers(at, 24), usize::from(at % 4 > 0), false)).collect();
    let containers = containers(1000, &images);
    Held { name: "500 images of 24 layers, 1,000 containers", images, containers, cache: Vec::new() }
}

fn deep() -> Held {
    let images: Vec<_> = (0..500).map(|at| image(at, layers(at, 60), 20, false)).collect();
    let containers = containers(1000, &images);
    Held { name: "500 images of 60 layers and 20 tags", images, containers, cache: Vec::new() }
}

/// Each image is the parent of the next, as the classic builder leaves them, and few steps make a layer.
fn chain() -> Held {
    let mut images: Vec<LocalImage> = Vec::new();
    for number in 0..2000 {
        let layers = (0..=number / 20).map(|depth| digest("chain", depth)).collect();
        let mut image = image(number, layers, usize::from(number % 50 == 49), false);
        image.parent = images.last().map(|parent| parent.id.clone());
        image.intermediate = image.tags.is_empty() && number < 1999;
        images.push(image);
    }
    let containers = containers(1000, &images);
    Held { name: "2,000 images in one chain, 1,000 containers", images, containers, cache: Vec::new() }
}

/// `BuildKit`'s images and its records, most of them of layers that images hold too.
fn cached() -> Held {
    let images: Vec<_> = (0..500).map(|at| image(at, layers(at, 24), 1, true)).collect();
    let mut cache: Vec<CacheRecord> = Vec::new();
    let mut known = HashSet::new();
    for image in &images {
        let mut below = String::new();
        for (layer, step) in image.layers.iter().flatten().zip(image.steps.iter().flatten()) {
            let id = format!("{:x}", hash(&(&below, layer)));
            if cache.len() < 5000 && known.insert(id.clone()) {
                let command = step.created_by.trim_start_matches("RUN ").trim_end_matches(" # buildkit");
                cache.push(CacheRecord {
                    id: id.clone(),
                    parents: vec![below.clone()].into_iter().filter(|below| !below.is_empty()).collect(),
                    kind: "regular".to_owned(),
                    description: format!("mount / from exec {command}"),
                    shared: true,
                    bytes: step.bytes,
                    ..CacheRecord::default()
                });
            }
            below = id;
        }
    }
    while cache.len() < 5000 {
        let id = digest("record", cache.len());
        cache.push(CacheRecord { id, kind: "source.local".to_owned(), bytes: 7, ..CacheRecord::default() });
    }
    let containers = containers(1000, &images);
    Held { name: "the same by BuildKit, with 5,000 records", images, containers, cache }
}

/// Half of the images are gone, and containers stand on what is left of them.
fn forsaken() -> Held {
    let mut held = usual();
    held.images.truncate(250);
    Held { name: "250 of 500 images gone, 1,000 containers", ..held }
}
