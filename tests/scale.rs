//! A million files in one directory: what is done at each key must not grow with the image.

#![allow(clippy::unwrap_used)]

#[path = "common/large.rs"]
mod large;
#[path = "common/screen.rs"]
mod screen;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hadal::analysis::View;
use hadal::tui::keymap::Keymap;
use hadal::tui::model::Model;
use hadal::tui::msg::{Answer, JobId, Msg};
use hadal::tui::screens::explorer::Explorer;
use hadal::tui::theme::Theme;
use hadal::tui::update::update;
use hadal::tui::view::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use screen::Screen;

const FILES: u32 = 1_000_000;

/// Both sides are measured in one run and differ by orders of magnitude, so a busy machine changes nothing.
#[test]
fn keys_and_frames_cost_less_than_one_walk_over_the_image() {
    let image = Arc::new(large::flat(FILES));
    let start = Instant::now();
    let mut visited = 0;
    View::Final.walk(&image.tree, false, &mut |_, _| visited += 1);
    let walk = start.elapsed();
    assert_eq!(visited, FILES + 3);

    let mut model = Model::new(
        Explorer::new(String::new(), None),
        Keymap::embedded().unwrap(),
        Theme::default(),
        120,
        35,
    );
    update(&mut model, Msg::Job(JobId(1), Answer::Done(Arc::clone(&image))));
    let mut terminal = Terminal::new(TestBackend::new(120, 35)).unwrap();
    let mut costs: Vec<Duration> = Vec::new();
    // Through all layers and views and back, folding on the way.
    for key in "jjkkjmjjkkcjjkkcmmjlCEhjkGg[]?jj?m".chars() {
        let start = Instant::now();
        let event = KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE);
        update(&mut model, Msg::Key(event));
        terminal.draw(|frame| view(&model, frame)).unwrap();
        costs.push(start.elapsed());
        assert!(model.explorer.files.rows.len() < 200, "the large directory starts folded, after {key:?}");
    }
    costs.sort_unstable();
    let (usual, slowest) = (costs[costs.len() / 2], costs[costs.len() - 1]);
    assert!(slowest < walk / 4, "a key took {slowest:?}, a walk over the image {walk:?}");
    assert!(usual < walk / 200, "a key usually takes {usual:?}, a walk over the image {walk:?}");
}

/// What is done, the keys that lead there, and the keys that are timed.
#[rustfmt::skip]
const SCENARIOS: [(&str, &str, &str); 6] = [
    ("filtering by words", "m m /", "7 7 7 backspace backspace 9"),
    ("filtering by a glob", "m m /", "* 7 7 * backspace"),
    ("filtering by an expression", "m m / tab tab", "7 7 $ backspace"),
    ("from find to find", "m m / 7 7 7 enter", "n n n N N N N j k"),
    ("by bytes", "m m tab", "s s s l j j k G g"),
    ("everything unfolded", "m m tab", "E j j G k g pagedown C E"),
];

/// What is too much for a key is left to a worker, however long that takes; the key is answered at once, and so is
/// the worker's answer.
#[test]
fn what_takes_a_walk_keeps_no_key_waiting() {
    let start = Screen::with(large::flat(FILES), 120, 35);
    let image = start.model.explorer.image.clone().unwrap();
    let now = Instant::now();
    let mut visited = 0;
    View::Final.walk(&image.tree, false, &mut |_, _| visited += 1);
    let walk = now.elapsed();
    for (name, before, keys) in SCENARIOS {
        let mut screen = Screen { model: start.model.clone(), ..start };
        screen.keys(before);
        let mut terminal = screen.terminal();
        let mut asked = 0;
        for key in keys.split(' ') {
            let now = Instant::now();
            let effects = screen.only(Msg::Key(screen::event(key)));
            terminal.draw(|frame| view(&screen.model, frame)).unwrap();
            let took = now.elapsed();
            assert!(took < walk / 2, "{name}, {key}: {took:?}, a walk over the image {walk:?}");
            for answer in screen.worker(&effects) {
                asked += 1;
                let now = Instant::now();
                screen.only(answer);
                terminal.draw(|frame| view(&screen.model, frame)).unwrap();
                let took = now.elapsed();
                assert!(took < walk / 2, "{name}, answer to {key}: {took:?}, a walk over the image {walk:?}");
            }
            assert_eq!(screen.model.explorer.files.pending(), None, "{name}, {key}");
        }
        println!("{name}: {asked} questions, {} rows", screen.model.explorer.files.rows.len());
    }
}
