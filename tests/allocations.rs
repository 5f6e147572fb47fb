//! What a key and the frame after it allocate does not grow with the image. Counted, not timed, so a busy machine
//! changes nothing.

#[path = "common/large.rs"]
mod large;
#[path = "common/screen.rs"]
mod screen;

use allocation_counter::measure;
use hadal::tui::view::view;
use screen::Screen;

const FEW: u32 = 1_000;
const MANY: u32 = 1_000_000;

/// What is done, the keys that lead there, and the keys that are counted; each draws a frame.
#[rustfmt::skip]
const SCENARIOS: [(&str, &str, &str); 10] = [
    // Not the layer that changed a million files: of those, some are listed before it is given up.
    ("moving among layers", "j", "j k j k"),
    ("moving in a folded outline", "tab", "j k j k"),
    ("moving in an unfolded directory", "tab l", "j j j k k j"),
    ("paging in an unfolded directory", "tab l", "pagedown pagedown pageup ctrl-d ctrl-u"),
    ("from end to end of an unfolded directory", "tab l", "G g G k g j"),
    ("scrolling in an unfolded directory", "tab l G", "k k k k k k k k k k k k k k k k k k k k k k k k k k k k k k k k k k k k"),
    ("moving among everything, unfolded", "m m tab E", "j j k pagedown pageup"),
    ("moving by bytes", "m m tab s E", "j j k pagedown pageup"),
    ("from find to find", "m m tab / 9 9 enter n n", "n n N N j k"),
    // A key that means nothing: only the frame is left.
    ("drawing again", "tab l", "Z Z Z"),
];

fn screen(files: u32) -> Screen {
    Screen::with(large::flat(files), 120, 35)
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cost {
    count: u64,
    bytes: u64,
}

fn cost(work: impl FnOnce()) -> Cost {
    let info = measure(work);
    Cost { count: info.count_total, bytes: info.bytes_total }
}

/// Half as much again, and a little for longer numbers.
fn grows(few: Cost, many: Cost) -> bool {
    let grows = |few: u64, many: u64, little: u64| many > few + few / 2 + little;
    grows(few.count, many.count, 16) || grows(few.bytes, many.bytes, 2_048)
}

/// The dearest key of a scenario that starts at `screen`.
fn dearest(screen: &Screen, (_, before, keys): (&str, &str, &str)) -> Cost {
    let mut screen = Screen { model: screen.model.clone(), ..*screen };
    screen.keys(before);
    let mut terminal = screen.terminal();
    let costs = keys.split(' ').map(|key| {
        cost(|| {
            screen.keys(key);
            let drawn = terminal.draw(|frame| view(&screen.model, frame));
            assert!(drawn.is_ok());
        })
    });
    costs.fold(Cost::default(), |most, cost| Cost {
        count: most.count.max(cost.count),
        bytes: most.bytes.max(cost.bytes),
    })
}

#[test]
fn a_key_and_a_frame_allocate_no_more_in_a_large_image() {
    let (small, large) = (screen(FEW), screen(MANY));
    for scenario in SCENARIOS {
        let (few, many) = (dearest(&small, scenario), dearest(&large, scenario));
        println!("{}: {few:?} with {FEW} entries, {many:?} with {MANY}", scenario.0);
        assert!(!grows(few, many), "{}: {few:?} with {FEW} entries, {many:?} with {MANY}", scenario.0);
        assert!(few.count > 0, "{}: a frame that allocates nothing was not counted", scenario.0);
    }
}

/// The scenarios with a large directory are about a large directory.
#[test]
fn the_directory_is_unfolded() {
    let mut screen = screen(FEW);
    screen.keys("tab l");
    assert!(screen.text().contains("1/1001"), "{}", screen.text());
}

#[test]
fn what_grows_is_seen() {
    let listed = |entries: u32| cost(|| drop(std::hint::black_box(vec![0_u32; entries as usize])));
    assert!(grows(listed(FEW), listed(MANY)));
    let named = |entries: u32| cost(|| drop((0..entries).map(Box::new).collect::<Vec<_>>()));
    assert!(grows(named(FEW), named(MANY)));
    assert!(!grows(listed(FEW), listed(FEW + 400)));
}
