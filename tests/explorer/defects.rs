//! Defects that were met: each of these failed as long as its defect was there.

use std::time::Instant;

use super::chooser::{asked, choices, opened};
use super::*;
use crossterm::event::{MouseButton, MouseEventKind};
use hadal::analysis::Facts;
use hadal::tui::msg::{Answer, Msg};
use hadal::tui::screens::explorer::Pane;

const NESTED: &str = "
    layer FROM base
    + /a/b/c/one 1
    + /a/b/c/two 1
    + /k/k 1
    + /x/y/three 1
    + /z 1
    layer RUN change
    + /a/b/c/two 2
    + /x/y/three 2
    + /z 2
";

fn typing(before: &str, text: &str) -> Screen {
    let mut screen = shop("j j m /");
    screen.keys(before);
    screen.types(text);
    screen
}

fn click(screen: &mut Screen, at: (u16, u16)) {
    screen.mouse(MouseEventKind::Down(MouseButton::Left), at);
    screen.mouse(MouseEventKind::Up(MouseButton::Left), at);
}

fn place(screen: &Screen, pane: Pane, row: u16) -> (u16, u16) {
    let area = screen.model.areas().unwrap().rows(pane);
    (area.x + 3, area.y + row)
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
fn next_change_reaches_into_folded_directories() {
    for keys in ["j tab C", "j tab c C", "j m tab C", "m m tab C"] {
        let mut screen = drawn(NESTED, (120, 35), keys);
        let mut seen = Vec::new();
        for _ in 0..4 {
            screen.keys(".");
            seen.push(selected(&screen));
        }
        assert_eq!(seen, ["/a/b/c/two", "/x/y/three", "/z", "/a/b/c/two"], "{keys}");
    }
}

#[test]
fn previous_change_reaches_into_folded_directories() {
    for keys in ["j tab C", "j tab c C", "j m tab C", "m m tab C"] {
        let mut screen = drawn(NESTED, (120, 35), keys);
        let mut seen = Vec::new();
        for _ in 0..4 {
            screen.keys(",");
            seen.push(selected(&screen));
        }
        assert_eq!(seen, ["/z", "/x/y/three", "/a/b/c/two", "/z"], "{keys}");
    }
}

#[test]
fn next_change_reaches_the_end_of_a_long_directory() {
    let mut sketch = "layer FROM base\n".to_owned();
    (0..200).for_each(|at| sketch.push_str(&format!("+ /d/{at:03} 1\n")));
    sketch.push_str("layer RUN change\n+ /d/150 2\n");
    for key in [".", ","] {
        let mut screen = drawn(&sketch, (120, 35), "j tab c C");
        screen.keys(key);
        assert_eq!(selected(&screen), "/d/150", "{key}");
    }
}

#[test]
fn esc_closes_the_list_before_it_stops_reading() {
    let mut screen = Screen::start(120, 35);
    screen.answer(Answer::Choices(choices()));
    screen.keys("o");
    assert!(screen.model.explorer.choosing.is_some());
    assert_eq!(screen.keys("esc"), []);
    assert!(screen.model.explorer.choosing.is_none() && screen.model.explorer.reading());
}

#[test]
fn keys_of_the_panes_mean_nothing_in_the_list() {
    for key in ["/", "p", "w", "m", "c", "tab", "z", "i", "y"] {
        let mut screen = asked(120, 35);
        let before = screen.text();
        assert!(screen.keys(key).is_empty());
        assert!(screen.model.explorer.prompt.is_none(), "{key}: there is nothing to type into");
        screen.keys("esc");
        assert_eq!(screen.text(), before, "{key}");
    }
}

#[test]
fn the_list_says_what_source_it_is_of() {
    let screen = opened("o");
    assert!(screen.text().contains("4 images and platforms in shop.tar"), "{}", screen.text());
}

#[test]
fn while_the_next_one_is_read_the_one_before_is_not_named() {
    let screen = opened("o G enter");
    assert!(screen.model.explorer.reading());
    assert!(!screen.lines()[0].contains("shop/api:1.4"), "{}", screen.lines()[0]);
}

#[test]
fn next_unfolds_what_hides_a_find() {
    let mut screen = typing("", "pyc");
    screen.keys("enter C");
    assert_eq!(rows(&screen), ["/app"]);
    screen.keys("n");
    assert_eq!(selected(&screen), "/app/cache/a.pyc");
    screen.keys("C N");
    assert_eq!(selected(&screen), "/app/cache/b.pyc");
}

#[test]
fn what_finds_nothing_says_so() {
    let mut screen = typing("", "nothing like this");
    assert!(rows(&screen).is_empty());
    assert!(screen.text().contains("nothing matches; Esc drops the filter"));
    assert!(footer(&screen).contains("0 matches"));
    screen.keys("esc");
    assert!(!rows(&screen).is_empty());
}

#[test]
fn a_click_selects_a_heap_of_waste_and_a_second_goes_there() {
    let mut screen = shop("j j j w tab");
    assert_eq!(screen.model.explorer.pane, Pane::Layers);
    let at = place(&screen, Pane::Waste, 1);
    click(&mut screen, at);
    assert_eq!((screen.model.explorer.pane, screen.model.explorer.waste.at), (Pane::Waste, 1));
    let heap = screen.model.explorer.facts.heaps[1];
    click(&mut screen, at);
    assert_eq!(screen.model.explorer.pane, Pane::Files);
    assert_eq!((screen.model.explorer.files.selected(), layer(&screen)), (Some(heap.node), heap.layer));
}

#[test]
fn images_are_chosen_by_clicks_in_every_column() {
    for x in 1..119 {
        let mut screen = chooser::asked(120, 35);
        click(&mut screen, (x, 4));
        assert_eq!(screen.model.explorer.choosing.unwrap().at, 1, "column {x}");
        assert!(!screen.model.dragging, "there is no border here");
    }
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

/// What is known of the image that comes next is told before it, and a frame may be drawn in between.
#[test]
fn facts_of_the_next_image_may_be_drawn_with_this_one() {
    let part = sketch::image("shop", SHOP.split("layer RUN").next().unwrap());
    let whole = sketch::image("shop", SHOP);
    let mut screen = super::Screen::start(120, 35);
    screen.answer(Answer::Head(Box::new(whole.head.clone()), whole.layers.clone()));
    screen.answer(Answer::Facts(std::sync::Arc::new(Facts::of(&part))));
    screen.answer(Answer::Partial(std::sync::Arc::new(part)));
    screen.keys("w");
    screen.answer(Answer::Facts(std::sync::Arc::new(Facts::of(&whole))));
    screen.terminal();
    for keys in ["j", "y", "i", "i", "enter", "b", "w"] {
        screen.keys(keys);
        screen.terminal();
    }
    screen.answer(Answer::Done(std::sync::Arc::new(whole)));
    screen.terminal();
}

#[test]
fn where_nothing_changed_next_says_so_among_unchanged_files_too() {
    let mut screen = drawn("layer FROM base\n+ /a 1\nlayer RUN true\n", (120, 35), "j tab c .");
    assert_eq!(rows(&screen), ["/a"]);
    assert_eq!(notice(&screen), "nothing changed here");
    screen.keys("j");
}

#[test]
fn what_is_left_out_is_told_on_usual_screens() {
    for (width, height) in [(120, 35), (100, 30), (80, 24)] {
        let mut screen = drawn(SHOP, (width, height), "j j m tab A M R");
        assert!(screen.text().contains("without added, modified, removed"), "{width}: {}", screen.text());
        screen.keys("A M R /");
        screen.types("pyc");
        screen.keys("enter");
        assert!(screen.text().contains("/pyc 2"), "{width}: {}", screen.text());
    }
}

#[test]
fn enter_on_a_mistake_stays_in_the_line() {
    let mut screen = shop("m m / tab tab");
    screen.types("(");
    screen.keys("enter");
    assert!(screen.model.explorer.prompt.is_some(), "{}", screen.text());
}

#[test]
fn a_dropped_filter_takes_its_syntax_with_it() {
    let mut screen = shop("m m / tab tab");
    screen.types("passwd");
    screen.keys("esc /");
    screen.types("*.py");
    assert!(footer(&screen).starts_with(" glob / *.py"), "{}", footer(&screen));
}

#[test]
fn the_best_find_is_selected_however_it_is_typed() {
    let mut screen = drawn("layer COPY\n+ /a/p-a-s-s-w-d 1\n+ /b/passwd 1", (120, 35), "/");
    screen.types("passwd");
    assert_eq!(selected(&screen), "/b/passwd");
}

#[test]
fn the_end_of_what_is_typed_is_in_sight() {
    for (text, end) in [("a".repeat(200) + "xyz", "xyz"), ("漢".repeat(60) + "字", "字")] {
        let mut screen = drawn(SHOP, (60, 14), "/");
        screen.types(&text);
        assert!(footer(&screen).contains(end), "{}", footer(&screen));
        let mut terminal = screen.terminal();
        let at = terminal.get_cursor_position().unwrap();
        assert!(at.y == 13 && at.x < 60, "{at:?}");
    }
}

#[test]
fn pasted_text_may_begin_with_a_line_break_and_may_be_long() {
    let mut screen = shop("m m /");
    screen.send(Msg::Paste("\npasswd\n".to_owned()));
    assert_eq!(screen.model.explorer.files.filter.text, "passwd");
}

#[test]
fn a_large_paste_is_taken_at_once() {
    let mut screen = shop("m m /");
    let start = Instant::now();
    screen.send(Msg::Paste("a".repeat(200_000)));
    screen.terminal();
    assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
}

#[test]
fn a_failure_ends_typing() {
    let mut screen = Screen::start(120, 35);
    screen.keys("/");
    screen.types("a");
    screen.answer(Answer::Failed("no".to_owned()));
    assert!(screen.model.explorer.prompt.is_none(), "{}", footer(&screen));
}

#[test]
fn a_question_ends_typing() {
    let mut screen = Screen::start(120, 35);
    screen.keys("/");
    screen.types("a");
    screen.answer(Answer::Choices(choices()));
    screen.answer(Answer::Ambiguous("several".to_owned()));
    assert!(screen.model.explorer.prompt.is_none(), "{}", footer(&screen));
}

#[test]
fn names_are_shifted_no_further_than_they_go() {
    let mut screen = shop("m m tab E");
    (0..100).for_each(|_| drop(screen.keys(">")));
    assert!(screen.text().contains("model.bin") || screen.model.explorer.files.shift < 80);
}

#[test]
fn the_border_does_not_move_while_it_is_not_in_sight() {
    let mut screen = shop("");
    let before = screen.text();
    screen.keys("z + z");
    assert_eq!(screen.text(), before);
}

#[test]
fn no_key_is_lost_after_an_overlay_grew() {
    let mut screen = drawn(SHOP, (60, 14), "I G");
    screen.resize(120, 20);
    let before = screen.text();
    screen.keys("k");
    assert_ne!(screen.text(), before);
}
