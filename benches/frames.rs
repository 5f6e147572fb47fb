//! From a key to its frame, in an image of a million files: `cargo bench --bench frames`.
//!
//! Each scenario starts from the image as it was opened and counts every key until its frame is drawn. What is too
//! much for a key is answered by a worker meanwhile: taking its answer and drawing it counts as a frame of its own,
//! and the last column says how long it took from the key until everything was there. Beside it, in the same run,
//! one walk over the whole tree: what a key would cost that looks at everything. Words name scenarios:
//! `cargo bench --bench frames -- filter`.

// A benchmark that cannot run has nothing better to do than to stop.
#![allow(clippy::unwrap_used)]

#[path = "../tests/common/large.rs"]
mod large;
#[path = "../tests/common/screen.rs"]
mod screen;

use std::time::{Duration, Instant};

use hadal::analysis::View;
use hadal::image::tree::Tree;
use hadal::tui::msg::Msg;
use hadal::tui::view::view;
use screen::Screen;

/// A large terminal: more rows to draw.
const SIZE: (u16, u16) = (240, 70);

/// What is done, the keys that lead there, and the keys that are measured; `50*j` is fifty times `j`. Layer 3 is
/// the directory of 300,000 files, two levels down.
#[rustfmt::skip]
const SCENARIOS: [(&str, &str, &str); 16] = [
    ("moving among files", "5*j tab", "60*j 60*k 60*j 60*k 60*j 60*k"),
    ("moving among layers", "", "7*j 7*k 7*j 7*k 7*j 7*k 7*j 7*k"),
    ("layers, as of each", "m", "7*j 7*k 7*j 7*k"),
    ("switching views", "5*j", "12*m j 12*m j 12*m"),
    ("changes only and everything", "m", "c c j c c j c c j c c j c c j c c"),
    ("folding and unfolding", "2*j m m tab C", "l l l l h h h h j space space e C G space space C"),
    ("unfolding 300,000 files", "3*j tab C", "l l l h space space space space"),
    ("moving in 300,000 files", "3*j tab C l l l", "200*j G 200*k g 100*j"),
    ("paging in 300,000 files", "3*j tab C l l l", "200*pagedown 100*pageup 100*ctrl-d 100*ctrl-u"),
    ("unfolding everything", "m m tab", "E 20*j G 20*k g 20*pagedown C"),
    ("by bytes", "m m tab", "s E 20*j G 20*k s"),
    ("filter that finds much", "m m /", "f 1 2 backspace backspace backspace"),
    ("filter that finds little", "m m /", "9 9 8 8 7 7 6"),
    ("filter by a glob", "m m /", "* 7 7 . *"),
    ("filter by a regex", "m m / tab tab", "7 7 $"),
    ("from find to find", "m m / 7 7 7 enter", "100*n 100*N 50*. 50*,"),
];

fn main() {
    let only: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| name.contains(only.as_str()));
    let image = large::grown();
    let layers = image.layers.len();
    let opened = Screen::with(image, SIZE.0, SIZE.1);
    let tree = &opened.model.explorer.image.as_ref().unwrap().tree;
    let mut walks = Vec::new();
    let mut measured = Vec::new();
    let mut entries = 0;
    for (name, before, keys) in SCENARIOS.into_iter().filter(|(name, ..)| wanted(name)) {
        let (visited, walk) = walk(tree);
        entries = visited;
        walks.push(walk);
        let (costs, whole) = run(&opened, before, keys);
        measured.push((name, costs, whole));
    }
    let walk = share(&mut walks, 50);
    println!(
        "{entries} paths in {layers} layers, {}×{}; one walk over all: {}",
        SIZE.0,
        SIZE.1,
        millis(walk)
    );
    println!(
        "\n{:<30} {:>6} {:>11} {:>11} {:>11}  walk/p99  walk/max  complete",
        "", "frames", "p50", "p99", "max"
    );
    let mut all = Vec::new();
    let mut slowest = Duration::ZERO;
    for (name, mut costs, whole) in measured {
        all.extend_from_slice(&costs);
        slowest = slowest.max(whole);
        row(name, &mut costs, walk, whole);
    }
    row("all of them", &mut all, walk, slowest);
}

fn walk(tree: &Tree) -> (usize, Duration) {
    let start = Instant::now();
    let mut visited = 0;
    View::Final.walk(tree, false, &mut |_, _| visited += 1);
    (visited, start.elapsed())
}

/// What each frame took, and the longest time from a key until its answer was complete.
fn run(opened: &Screen, before: &str, keys: &str) -> (Vec<Duration>, Duration) {
    let mut screen = Screen { model: opened.model.clone(), ..*opened };
    for key in typed(before) {
        screen.keys(key);
    }
    let mut terminal = screen.terminal();
    let (mut costs, mut slowest) = (Vec::new(), Duration::ZERO);
    for key in typed(keys) {
        let start = Instant::now();
        let mut frame = |screen: &mut Screen, msg| {
            let start = Instant::now();
            let effects = screen.only(msg);
            terminal.draw(|frame| view(&screen.model, frame)).unwrap();
            costs.push(start.elapsed());
            effects
        };
        let mut effects = frame(&mut screen, Msg::Key(screen::event(key)));
        while !effects.is_empty() {
            let answers = screen.worker(&effects);
            effects = answers.into_iter().flat_map(|answer| frame(&mut screen, answer)).collect();
        }
        slowest = slowest.max(start.elapsed());
    }
    (costs, slowest)
}

fn typed(keys: &str) -> impl Iterator<Item = &str> {
    keys.split_whitespace().flat_map(|word| {
        let times = word.split_once('*').and_then(|(times, key)| Some((times.parse().ok()?, key)));
        let (times, key) = times.unwrap_or((1, word));
        std::iter::repeat_n(key, times)
    })
}

/// The duration that `percent` of all do not exceed.
fn share(costs: &mut [Duration], percent: usize) -> Duration {
    costs.sort_unstable();
    costs.get((costs.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
}

fn row(name: &str, costs: &mut [Duration], walk: Duration, whole: Duration) {
    let [p50, p99, max] = [50, 99, 100].map(|percent| share(costs, percent));
    let ratio = |cost: Duration| walk.as_secs_f64() / cost.as_secs_f64().max(1e-9);
    println!(
        "{name:<30} {:>6} {:>11} {:>11} {:>11} {:>8.1}× {:>8.1}× {:>9}",
        costs.len(),
        millis(p50),
        millis(p99),
        millis(max),
        ratio(p99),
        ratio(max),
        millis(whole)
    );
}

fn millis(cost: Duration) -> String {
    format!("{:.3} ms", cost.as_secs_f64() * 1e3)
}
