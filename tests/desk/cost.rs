//! What a key and the frame after it cost does not grow with the list. Allocations are counted, not time, so a busy
//! machine changes nothing.

use std::fmt::Write as _;
use std::time::Instant;

use allocation_counter::measure;
use hadal::tui::msg::Msg;
use hadal::tui::view::view;

use super::{Screen, desk, world};

/// Images of forty layers, each family of ten on a base of its own, and containers of some of them.
fn many(images: usize, containers: usize) -> String {
    let mut text = String::new();
    for image in 0..images {
        let family = image / 10;
        let _ = write!(
            text,
            "image shop/part{family}:{image} {}h {}MB layers=",
            image % 5000 + 1,
            40 + image % 7
        );
        for layer in 0..39 {
            let _ = write!(text, "base{family}-{layer}:1MB,");
        }
        let _ = writeln!(text, "own{image}:{}MB label=team=t{}", 1 + image % 7, image % 13);
    }
    for container in 0..containers {
        let image = container * 3 % images;
        let _ = writeln!(
            text,
            "container c{container} shop/part{}:{image} running {}min project=p{} port={}:80",
            image / 10,
            container + 1,
            container % 9,
            1024 + container
        );
    }
    text
}

/// What is done, the keys that lead there, and the keys that are counted; each draws a frame.
const SCENARIOS: [(&str, &str, &str); 7] = [
    ("moving", "j", "j k j k"),
    ("paging", "j", "pagedown pageup ctrl-d ctrl-u"),
    ("from end to end", "j", "G g G k g j"),
    ("marking", "j", "space space space"),
    ("moving in a family", "b b j", "j j k pagedown"),
    ("details", "j", "i j k i"),
    ("drawing again", "j", "Z Z"),
];

/// Bytes and allocations of the dearest key.
fn dearest(screen: &mut Screen, before: &str, keys: &str) -> (u64, u64) {
    screen.keys(before);
    let mut terminal = screen.terminal();
    let costs = keys.split(' ').map(|key| {
        let info = measure(|| {
            screen.keys(key);
            terminal.draw(|frame| view(&screen.model, frame)).unwrap();
        });
        (info.count_total, info.bytes_total)
    });
    costs.fold((0, 0), |most, cost| (most.0.max(cost.0), most.1.max(cost.1)))
}

#[test]
fn a_key_and_a_frame_allocate_no_more_in_a_long_list() {
    for (tab, sizes) in [("1", [(40, 10), (2000, 10)]), ("2", [(40, 30), (40, 500)])] {
        let worlds = sizes.map(|(images, containers)| many(images, containers));
        for (what, before, keys) in SCENARIOS {
            let costs = worlds.each_ref().map(|world| {
                let mut screen = desk(world, (120, 35), tab);
                dearest(&mut screen, before, keys)
            });
            let [few, many] = costs;
            let grows = many.0 > few.0 * 3 / 2 + 32 || many.1 > few.1 * 3 / 2 + 4096;
            assert!(
                !grows,
                "{what} in tab {tab}: {few:?} (allocations, bytes) in a short list, {many:?} in a long one"
            );
        }
    }
}

/// Both are measured in one run, and differ by orders of magnitude.
#[test]
fn a_key_takes_a_small_part_of_a_rebuild() {
    let text = many(2000, 500);
    let mut screen = desk(&text, (120, 35), "b j");
    let again = world::updates(&text);
    let start = Instant::now();
    screen.send(Msg::World(again));
    let rebuild = start.elapsed();
    let mut costs: Vec<_> = "j k j j space k G g j j"
        .split(' ')
        .map(|key| {
            let start = Instant::now();
            screen.keys(key);
            screen.terminal();
            start.elapsed()
        })
        .collect();
    costs.sort();
    let key = costs[costs.len() / 2];
    println!("a key and a frame {key:?}, a rebuild {rebuild:?}");
    assert!(key * 4 < rebuild, "a key and a frame {key:?}, a rebuild {rebuild:?}");
}
