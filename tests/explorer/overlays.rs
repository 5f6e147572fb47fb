//! Overlays: everything in them can be read, on every screen.

use hadal::image::Image;
use hadal::image::config::HistoryEntry;
use hadal::image::tree::Problem;
use hadal::tui::overlays::Kind;
use ratatui::layout::Rect;

use super::{SHOP, Screen, chooser, drawn, sketch};

/// 2,000 characters in words that are all different.
fn step() -> String {
    let mut text = "RUN".to_owned();
    let mut at = 0;
    while text.len() < 2_000 {
        text.push_str(&format!(" word-{at:03}"));
        at += 1;
    }
    text
}

/// A path of 300 characters.
fn path() -> String {
    let name = |at: usize| format!("/directory-{at:02}-of-a-long-path");
    let path: String = (0..11).map(name).collect();
    path[..300].to_owned()
}

fn image() -> Image {
    let mut image = sketch::image(
        "long:1",
        &format!("layer {}\n+ {} 10\nlayer RUN rm\n- {}\n+ /z 1", step(), path(), path()),
    );
    image.head.config.env = (0..60)
        .map(|at| format!("VARIABLE_{at:02}=value of number {at:02} {}", "x".repeat(at * 3)))
        .collect();
    image.head.config.labels = vec![("label".to_owned(), step())];
    image.head.problems = vec![Problem { layer: None, text: step() }];
    image.layers[1].problem = Some("the last layer is odd".to_owned());
    let empty = HistoryEntry {
        created_by: Some(step().replace("RUN", "ENV A=")),
        empty_layer: true,
        ..HistoryEntry::default()
    };
    let mut step = image.head.history[0].clone();
    (step.layer, step.entry) = (None, empty);
    image.head.history.push(step);
    image
}

/// What is drawn of the lines inside the overlay.
fn inside(screen: &Screen) -> Vec<String> {
    let open = screen.model.overlay.unwrap();
    let whole = Rect::new(0, 0, screen.width, screen.height);
    let (_, area) = open.kind.lines(screen.model.subject(), whole, &screen.model.theme);
    let buffer = screen.terminal().backend().buffer().clone();
    let line = |y| (area.x + 1..area.right() - 1).map(|x| buffer[(x, y)].symbol().to_owned()).collect();
    (area.y + 1..area.bottom() - 1).map(line).collect()
}

/// Every line, as it is seen by scrolling down one by one.
fn scrolled(screen: &mut Screen) -> Vec<String> {
    let mut all = inside(screen);
    loop {
        let before = screen.model.overlay.unwrap().offset;
        screen.keys("j");
        if screen.model.overlay.unwrap().offset == before {
            return all;
        }
        all.push(inside(screen).pop().unwrap());
    }
}

fn compact(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

fn all_lines(screen: &Screen) -> usize {
    let open = screen.model.overlay.unwrap();
    let whole = Rect::new(0, 0, screen.width, screen.height);
    open.kind.lines(screen.model.subject(), whole, &screen.model.theme).0.len()
}

#[test]
fn everything_in_an_overlay_can_be_reached() {
    let variables: Vec<String> = image().head.config.env;
    let labels = vec![format!("label={}", step())];
    for (keys, kind, wanted) in [
        ("i", Kind::Details, vec![step(), "diff ID".to_owned(), "entries".to_owned()]),
        ("e G i", Kind::Details, vec![step().replace("RUN", "")]),
        ("space j i", Kind::Details, vec![step(), "the last layer is odd".to_owned()]),
        ("tab G i", Kind::Details, vec![path(), step(), "gone".to_owned()]),
        ("w i", Kind::Details, vec![path(), step()]),
        ("I", Kind::Image, [variables, labels].concat()),
        ("D", Kind::Dockerfile, vec![step()]),
        ("!", Kind::Problems, vec![step(), "the last layer is odd".to_owned()]),
        ("?", Kind::Help, vec!["Quit".to_owned(), "metadata only".to_owned()]),
    ] {
        for (width, height) in [(60, 14), (80, 24), (240, 70)] {
            let mut screen = Screen::with(image(), width, height);
            screen.keys(keys);
            assert_eq!(screen.model.overlay.unwrap().kind, kind);
            let lines = scrolled(&mut screen);
            assert_eq!(lines.len(), all_lines(&screen), "{keys}");
            let text = compact(&lines.concat());
            // A continued command has a sign at the end of its lines.
            let plain = |text: &str| text.replace('\\', "");
            for part in &wanted {
                let found = plain(&text).contains(&plain(&compact(part)));
                assert!(found, "{keys} {width}×{height}: no {part}\n{}", lines.join("\n"));
            }
            let last = lines.last().unwrap().clone();
            screen.keys("g G");
            assert_eq!(inside(&screen).pop().unwrap(), last);
            screen.keys("g pagedown pageup ctrl-d ctrl-u");
            assert_eq!(screen.model.overlay.unwrap().offset, 0);
        }
    }
}

#[test]
fn the_key_that_opens_closes_and_another_changes() {
    for key in ["?", "!", "I", "D", "i"] {
        let mut screen = Screen::with(image(), 80, 24);
        let before = screen.text();
        screen.keys(key);
        assert!(screen.model.overlay.is_some());
        screen.keys(key);
        assert_eq!(screen.text(), before, "{key}");
        screen.keys(key);
        screen.keys("j j esc");
        assert_eq!(screen.text(), before, "{key} esc");
        screen.keys(key);
        screen.keys("?");
        screen.keys("I");
        assert_eq!(screen.model.overlay.unwrap().kind, Kind::Image);
        assert_eq!(screen.model.overlay.unwrap().offset, 0);
    }
}

/// A state of the program: the keys that lead there, from an image, from a list of images, or from nothing.
fn states() -> Vec<(String, Screen)> {
    let mut states: Vec<(String, Screen)> = Vec::new();
    for keys in [
        "",
        "tab",
        "m m tab E",
        "w",
        "w tab",
        "z",
        "tab z",
        "w z",
        "?",
        "tab ?",
        "!",
        "I",
        "D",
        "i",
        "tab i G",
        "w i",
        "I G",
        "/",
        "tab / a",
        "/ a enter",
        "/ z z z z",
        "/ tab tab (",
        "p",
        "p ( enter",
        "p tab",
        "space j",
        "e G",
        "e G k i",
        "tab > > > >",
        "tab s a",
        "j tab A M R",
        "+ + + + + + + +",
        "- - - - - - - -",
    ] {
        let mut screen = Screen::with(image(), 120, 40);
        screen.keys(keys);
        states.push((keys.to_owned(), screen));
    }
    let mut screen = Screen::with(super::based(), 120, 40);
    screen.keys("e j j j");
    states.push(("base".to_owned(), screen));
    states.push(("nothing yet".to_owned(), Screen::start(120, 40)));
    states.push(("no layers".to_owned(), Screen::with(sketch::image("scratch", ""), 120, 40)));
    states.push(("choosing".to_owned(), chooser::asked(120, 40)));
    states.push(("choosing again".to_owned(), chooser::opened("o G")));
    let mut failed = Screen::start(120, 40);
    failed.answer(hadal::tui::msg::Answer::Failed(step()));
    states.push(("failed".to_owned(), failed));
    states
}

#[test]
fn no_size_is_too_odd_in_any_state() {
    let widths = [1, 2, 3, 20, 59, 60, 61, 79, 80, 99, 100, 101, 130];
    let heights = [1, 2, 3, 9, 13, 14, 15, 18, 19, 20, 22, 24, 40];
    for (name, mut screen) in states() {
        for width in widths {
            for height in heights {
                screen.resize(width, height);
                let lines = screen.lines();
                assert_eq!(lines.len(), usize::from(height), "{name}");
                // What is at the edge of the screen is not cut: the frame is closed.
                if let Some(areas) = screen.model.areas()
                    && screen.model.overlay.is_none()
                {
                    let bottom = &lines[usize::from(areas.body.bottom()) - 1];
                    assert!(
                        bottom.contains(['┘', '┛', '╯']),
                        "{name} {width}×{height}\n{}",
                        lines.join("\n")
                    );
                }
            }
        }
        // From the smallest to a large one, with keys in between.
        screen.resize(1, 1);
        screen.keys("j k pagedown");
        screen.resize(240, 70);
        screen.terminal();
    }
}

#[test]
fn an_overlay_stays_on_its_lines_when_the_screen_grows() {
    let mut screen = drawn(super::SHOP, (60, 14), "I G");
    screen.resize(240, 70);
    screen.terminal();
    let lines = inside(&screen);
    assert!(lines[0].contains("Identity"), "{}", lines.join("\n"));
}

#[test]
fn every_word_of_the_help_can_be_read() {
    for (width, height) in [(60, 14), (80, 24), (240, 70)] {
        for keys in ["?", "tab ?", "w ?"] {
            let mut screen = drawn(SHOP, (width, height), "");
            screen.keys(keys);
            let text = overlay(&mut screen);
            for binding in screen.model.keymap.valid(screen.model.explorer.context()) {
                // Wrapped lines stand between other things, so word by word.
                let all = binding.help.split(' ').all(|word| text.contains(word));
                assert!(all, "{keys} {width}×{height}: {}", binding.help);
            }
        }
    }
}

#[test]
fn no_key_is_lost_after_an_overlay_grew() {
    let mut screen = drawn(SHOP, (60, 14), "I G");
    screen.resize(120, 20);
    let before = screen.text();
    screen.keys("k");
    assert_ne!(screen.text(), before);
}

/// All lines of an overlay of this size, one after the other.
fn overlay(screen: &mut Screen) -> String {
    let mut all = screen.lines().concat();
    for _ in 0..200 {
        screen.keys("j");
        all += &screen.lines().concat();
    }
    all
}

#[test]
fn whether_it_can_start_is_among_the_details() {
    use hadal::diagnosis::{Finding, Grade, Preflight};
    let config = hadal::image::Config { entrypoint: vec!["/app/serve".to_owned()], ..Default::default() };
    let told = |verdict: Preflight| {
        let mut screen = super::shop("");
        screen.model.explorer.head.as_mut().unwrap().config = config.clone();
        screen.send(hadal::tui::msg::Msg::Job(
            screen.model.job,
            hadal::tui::msg::Answer::Preflight(Box::new(verdict)),
        ));
        screen.keys("I");
        screen.text()
    };
    let fine =
        Preflight { can_start: Some(true), program: Some("/app/serve".to_owned()), ..Preflight::default() };
    assert!(told(fine).contains("yes: /app/serve is there"));
    let finding = Finding::new("entrypoint-not-in-image", Grade::Proven, "no layer has /app/serve");
    let broken = Preflight { can_start: Some(false), findings: vec![finding], program: None };
    assert!(told(broken).contains("no: no layer has /app/serve"));
    assert!(told(Preflight::default()).contains("not all that decides it was looked at"));
}
