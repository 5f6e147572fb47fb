//! The layers pane: ranges, empty steps, the base image; and the division of the screen.

use hadal::analysis::View;
use hadal::tui::screens::explorer::layers::{Row, Subject};
use hadal::tui::screens::explorer::{Mode, Pane};

use super::{Screen, based, rows, shop};

fn on_base(keys: &str) -> Screen {
    let mut screen = Screen::with(based(), (120, 35).0, 35);
    screen.keys(keys);
    screen
}

fn row(screen: &Screen) -> Row {
    screen.model.explorer.list.row().unwrap()
}

#[test]
fn a_range_of_layers_is_looked_at_as_one() {
    let mut screen = shop("j space j j");
    let explorer = &screen.model.explorer;
    assert_eq!(explorer.subject(), Some(Subject::Layers { first: 1, last: 3 }));
    assert_eq!(explorer.view(), Some(View::Range { first: 1, last: 3 }));
    let text = screen.text();
    assert!(text.contains("Layers · 1 to 3 selected") && text.contains("changed by layers 1 to 3"), "{text}");
    assert!(text.contains("3 layers, 176 kB, "), "{text}");
    // What one of them added and another removed was not there before nor after.
    let all =
        ["/app", "/app/app.py", "/app/model.bin", "/usr", "/usr/bin", "/usr/bin/python", "/var", "/var/lib"];
    assert_eq!(rows(&screen), all);
    let ranged = screen.lines().iter().filter(|line| line.contains('▌')).count();
    assert!(ranged >= 3, "{text}");
    screen.keys("c");
    assert!(screen.text().contains("as of layer 3, changes since layer 1 marked"));
    screen.keys("c esc");
    assert_eq!(screen.model.explorer.view(), Some(View::Layer(3)));
    assert!(!screen.text().contains("selected"));
}

#[test]
fn a_range_may_be_marked_from_its_end_and_given_up() {
    let mut screen = shop("j j j space k k");
    assert_eq!(screen.model.explorer.view(), Some(View::Range { first: 1, last: 3 }));
    screen.keys("tab tab");
    assert_eq!(screen.model.explorer.list.anchor, Some(3), "it outlives a look at the files");
    screen.keys("space");
    assert_eq!(screen.model.explorer.view(), Some(View::Layer(1)));
    screen.keys("space tab");
    assert!(screen.keys("esc").is_empty());
    assert_eq!(screen.model.explorer.list.anchor, None);
    assert_eq!(screen.model.explorer.pane, Pane::Files, "one thing at a time");
}

#[test]
fn a_range_through_steps_counts_layers() {
    let mut screen = on_base("e space G");
    let list = &screen.model.explorer.list;
    assert_eq!(list.row(), Some(Row::Step(7)));
    screen.keys("k k");
    assert_eq!(screen.model.explorer.subject(), Some(Subject::Layers { first: 0, last: 3 }));
}

#[test]
fn empty_steps_are_shown_in_their_places_and_hidden_again() {
    let mut screen = on_base("");
    let layers = |at: &[usize]| at.iter().map(|layer| Row::Layer(*layer)).collect::<Vec<_>>();
    let plain = [layers(&[0, 1]), vec![Row::Base], layers(&[2, 3])].concat();
    assert_eq!(screen.model.explorer.list.rows, plain);
    screen.keys("e");
    let all = [
        Row::Layer(0),
        Row::Step(1),
        Row::Layer(1),
        Row::Base,
        Row::Step(3),
        Row::Layer(2),
        Row::Layer(3),
        Row::Step(6),
        Row::Step(7),
    ];
    assert_eq!(screen.model.explorer.list.rows, all);
    assert!(screen.text().contains("·") && screen.text().contains("EXPOSE 8080"));
    screen.keys("e");
    assert_eq!(screen.model.explorer.list.rows, plain);
}

#[test]
fn showing_steps_keeps_what_is_selected() {
    for (keys, shown, hidden) in [
        ("", Row::Layer(0), Row::Layer(0)),
        ("j", Row::Layer(1), Row::Layer(1)),
        ("j j", Row::Base, Row::Base),
        ("j j j", Row::Layer(2), Row::Layer(2)),
        ("j j j j", Row::Layer(3), Row::Layer(3)),
    ] {
        let mut screen = on_base(keys);
        screen.keys("e");
        assert_eq!(row(&screen), shown);
        screen.keys("e");
        assert_eq!(row(&screen), hidden);
    }
    for (keys, near) in [("e j", 0), ("e j j j j", 1), ("e G", 3), ("e G k", 3)] {
        let mut screen = on_base(keys);
        assert!(matches!(row(&screen), Row::Step(_)), "{keys}");
        screen.keys("e");
        assert_eq!(row(&screen), Row::Layer(near), "the layer before, after {keys}");
    }
}

#[test]
fn a_step_shows_no_files_of_its_own() {
    let mut screen = on_base("e j");
    let text = screen.text();
    assert!(rows(&screen).is_empty());
    assert!(
        text.contains("this step made no layer") && text.contains("this step changed no files"),
        "{text}"
    );
    screen.keys("m");
    assert!(screen.text().contains("as of layer 0"));
    assert_eq!(screen.model.explorer.view(), Some(View::Layer(0)));
    screen.keys("m");
    assert!(screen.text().contains("final image"));
    let before = "layer FROM a\n+ /a 1";
    let mut image = super::sketch::image("x", before);
    let mut step = image.head.history[0].clone();
    (step.layer, step.entry.empty_layer) = (None, true);
    image.head.history.insert(0, step);
    image.layers[0].step = Some(1);
    let mut screen = Screen::with(image, 120, 35);
    screen.keys("e k m");
    assert_eq!(screen.model.explorer.mode, Mode::AsOf);
    assert!(screen.text().contains("before any layer"), "{}", screen.text());
}

#[test]
fn the_base_stands_for_all_its_layers() {
    let mut screen = on_base("j j");
    let explorer = &screen.model.explorer;
    assert_eq!(explorer.subject(), Some(Subject::Layers { first: 0, last: 1 }));
    assert_eq!(explorer.view(), Some(View::Range { first: 0, last: 1 }));
    let text = screen.text();
    assert!(text.contains("── base image python:3.12 · 70.5 kB ──"), "{text}");
    assert!(rows(&screen).contains(&"/usr/bin/python".to_owned()));
    assert!(text.contains("changed by layers 0 to 1"), "{text}");
    // Above it, changes count from the base up.
    screen.keys("j m");
    assert_eq!(screen.model.explorer.view(), Some(View::Range { first: 2, last: 2 }));
    screen.keys("j");
    assert_eq!(screen.model.explorer.view(), Some(View::Range { first: 2, last: 3 }));
    screen.keys("c");
    assert!(screen.text().contains("changed since the base image up to layer 3"));
    let lists = ["/var", "/var/lib", "/var/lib/lists", "/var/lib/lists/index", "/var/lib/lists/packages"];
    assert_eq!(rows(&screen), [&["/app", "/app/app.py", "/app/model.bin"][..], &lists].concat());
    screen.keys("k k k");
    assert_eq!(screen.model.explorer.view(), Some(View::Range { first: 1, last: 1 }));
}

#[test]
fn a_base_that_was_guessed_is_said_to_be() {
    let mut image = based();
    let base = image.head.base.as_mut().unwrap();
    (base.basis, base.name) = (hadal::image::Basis::Command, None);
    let mut screen = Screen::with(image, 120, 35);
    assert!(screen.text().contains("── base image · 70.5 kB, guessed ──"), "{}", screen.text());
    screen.keys("I");
    assert!(screen.text().contains("guessed: its last CMD or ENTRYPOINT"), "{}", screen.text());
}

#[test]
fn a_pane_takes_the_screen_and_gives_it_back() {
    let mut screen = shop("j j j");
    let before = screen.text();
    screen.keys("z");
    assert!(!screen.text().contains("Files ·") && screen.text().contains("Layers"));
    screen.keys("tab");
    assert!(screen.text().contains("Files ·") && !screen.text().contains("Layers"));
    screen.keys("w");
    assert!(screen.text().contains("Waste ·") && !screen.text().contains("Files ·"));
    screen.keys("w tab tab z");
    assert!(screen.text().contains("Files ·") && screen.text().contains("Layers"));
    screen.keys("shift-tab shift-tab");
    let mut again = shop("j j j z");
    again.keys("esc");
    assert_eq!(again.text(), before, "Esc gives the screen back when there is nothing else to leave");
}

#[test]
fn the_border_moves_as_far_as_both_panes_can_be_used() {
    for (width, height) in [(120, 35), (80, 40), (60, 14)] {
        let mut screen = super::drawn(super::SHOP, (width, height), "");
        let share = |screen: &Screen| {
            let areas = screen.model.areas().unwrap();
            let (part, whole) = match areas.side_by_side {
                true => (areas.layers_frame.width, areas.body.width),
                false => (areas.layers_frame.height, areas.body.height),
            };
            u32::from(part) * 100 / u32::from(whole)
        };
        let start = share(&screen);
        screen.keys("+");
        let wider = share(&screen);
        assert!(wider >= start, "{width}: {start} {wider}");
        screen.keys("- -");
        assert!(share(&screen) <= wider, "{width}");
        (0..30).for_each(|_| drop(screen.keys("+")));
        assert_eq!(screen.model.split, Some(80));
        assert!(share(&screen) <= 80, "{width}: {}", share(&screen));
        screen.terminal();
        screen.keys("-");
        assert_eq!(screen.model.split, Some(75), "no key is lost at the end");
        (0..30).for_each(|_| drop(screen.keys("-")));
        assert_eq!(screen.model.split, Some(20));
        assert!(screen.model.areas().unwrap().layers.height > 0);
        screen.terminal();
    }
}

#[test]
fn the_border_does_not_move_while_it_is_not_in_sight() {
    let mut screen = shop("");
    let before = screen.text();
    screen.keys("z + z");
    assert_eq!(screen.text(), before);
}
