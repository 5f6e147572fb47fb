//! The mouse: clicks, the wheel, and the border.

use crossterm::event::{MouseButton, MouseEventKind};
use hadal::tui::msg::{Effect, JobId};
use hadal::tui::screens::explorer::Pane;

use super::{Screen, chooser, layer, rows, selected, shop};

const DOWN: MouseEventKind = MouseEventKind::Down(MouseButton::Left);
const UP: MouseEventKind = MouseEventKind::Up(MouseButton::Left);
const DRAG: MouseEventKind = MouseEventKind::Drag(MouseButton::Left);

/// A click, pressed and released.
fn click(screen: &mut Screen, at: (u16, u16)) -> Vec<Effect> {
    let effects = screen.mouse(DOWN, at);
    screen.mouse(UP, at);
    effects
}

/// Where a row of a pane is drawn.
fn place(screen: &Screen, pane: Pane, row: u16) -> (u16, u16) {
    let area = screen.model.areas().unwrap().rows(pane);
    (area.x + 3, area.y + row)
}

#[test]
fn a_click_selects_a_row_and_focuses_its_pane() {
    for (width, height) in [(120, 35), (80, 24), (60, 14)] {
        let mut screen = super::drawn(super::SHOP, (width, height), "");
        let at = place(&screen, Pane::Layers, 2);
        click(&mut screen, at);
        assert_eq!((layer(&screen), screen.model.explorer.pane), (2, Pane::Layers));
        let at = place(&screen, Pane::Files, 1);
        click(&mut screen, at);
        assert_eq!(screen.model.explorer.pane, Pane::Files);
        assert_eq!(selected(&screen), rows(&screen)[1]);
        let (at, first) = (place(&screen, Pane::Layers, 0), screen.model.explorer.list.cursor.offset);
        click(&mut screen, at);
        assert_eq!((layer(&screen), screen.model.explorer.pane), (first, Pane::Layers));
    }
}

#[test]
fn a_second_click_is_enter() {
    let mut screen = shop("j j j");
    let app = place(&screen, Pane::Files, 0);
    click(&mut screen, app);
    let all = rows(&screen);
    click(&mut screen, app);
    assert!(rows(&screen).len() < all.len(), "folded");
    click(&mut screen, app);
    assert_eq!(rows(&screen), all, "and unfolded");
    let at = place(&screen, Pane::Layers, 1);
    click(&mut screen, at);
    assert_eq!(screen.model.explorer.pane, Pane::Layers);
    click(&mut screen, at);
    assert_eq!((layer(&screen), screen.model.explorer.pane), (1, Pane::Files));
}

#[test]
fn a_click_on_no_row_only_focuses() {
    let mut screen = shop("j j j");
    let frame = screen.model.areas().unwrap().files_frame;
    let before = selected(&screen);
    for at in [(frame.x + 4, frame.y), (frame.x + 4, frame.bottom() - 1), (frame.x + 4, frame.bottom() - 3)] {
        screen.keys("shift-tab");
        screen.model.explorer.pane = Pane::Layers;
        click(&mut screen, at);
        assert_eq!((screen.model.explorer.pane, selected(&screen)), (Pane::Files, before.clone()));
    }
}

#[test]
fn header_footer_and_other_buttons_do_nothing() {
    let mut screen = shop("j j j tab j");
    let before = screen.text();
    for at in [(0, 0), (60, 0), (119, 0), (3, 34), (119, 34)] {
        for kind in [DOWN, UP, DRAG, MouseEventKind::ScrollDown, MouseEventKind::ScrollUp] {
            assert!(screen.mouse(kind, at).is_empty());
        }
    }
    let row = place(&screen, Pane::Layers, 0);
    for button in [MouseButton::Right, MouseButton::Middle] {
        screen.mouse(MouseEventKind::Down(button), row);
        screen.mouse(MouseEventKind::Drag(button), (40, 20));
        screen.mouse(MouseEventKind::Up(button), row);
    }
    for kind in [MouseEventKind::ScrollLeft, MouseEventKind::ScrollRight, MouseEventKind::Moved] {
        screen.mouse(kind, row);
    }
    assert_eq!(screen.text(), before);
}

fn long() -> Screen {
    let mut sketch = String::new();
    for layer in 0..60 {
        sketch.push_str(&format!("layer RUN {layer}\n"));
        (0..50).for_each(|file| sketch.push_str(&format!("+ /f{file:02} {} t{layer}\n", 10 + layer)));
    }
    super::drawn(&sketch, (120, 35), "")
}

#[test]
fn the_wheel_scrolls_what_is_under_the_pointer() {
    let mut screen = long();
    screen.keys("w tab");
    let offsets = |screen: &Screen| {
        let explorer = &screen.model.explorer;
        (explorer.list.cursor.offset, explorer.files.cursor.offset, explorer.waste.cursor.offset)
    };
    assert_eq!(offsets(&screen), (0, 0, 0));
    let [layers, files, waste] = [Pane::Layers, Pane::Files, Pane::Waste].map(|pane| place(&screen, pane, 1));
    screen.mouse(MouseEventKind::ScrollDown, files);
    assert_eq!(offsets(&screen), (0, 3, 0));
    screen.mouse(MouseEventKind::ScrollDown, waste);
    screen.mouse(MouseEventKind::ScrollDown, waste);
    assert_eq!(offsets(&screen), (0, 3, 6));
    assert_eq!(screen.model.explorer.pane, Pane::Layers, "the keys stay where they were");
    screen.mouse(MouseEventKind::ScrollUp, waste);
    assert_eq!(offsets(&screen), (0, 3, 3));
    screen.mouse(MouseEventKind::ScrollDown, layers);
    assert_eq!(offsets(&screen).0, 3);
    assert_eq!(layer(&screen), 3, "the selected row stays in sight");
    (0..99).for_each(|_| drop(screen.mouse(MouseEventKind::ScrollDown, layers)));
    let height = usize::from(screen.model.areas().unwrap().layers.height);
    assert_eq!(offsets(&screen).0, 60 - height, "no emptiness below the last row");
    (0..99).for_each(|_| drop(screen.mouse(MouseEventKind::ScrollUp, layers)));
    assert_eq!(offsets(&screen).0, 0);
}

#[test]
fn overlays_scroll_and_close() {
    let mut screen = long();
    screen.resize(60, 14);
    screen.keys("?");
    screen.mouse(MouseEventKind::ScrollDown, (0, 0));
    assert_eq!(screen.model.overlay.unwrap().offset, 3);
    (0..99).for_each(|_| drop(screen.mouse(MouseEventKind::ScrollDown, (30, 7))));
    let last = screen.model.overlay.unwrap().offset;
    screen.keys("G");
    assert_eq!(screen.model.overlay.unwrap().offset, last);
    (0..99).for_each(|_| drop(screen.mouse(MouseEventKind::ScrollUp, (30, 7))));
    assert_eq!(screen.model.overlay.unwrap().offset, 0);
    click(&mut screen, (30, 7));
    assert!(screen.model.overlay.is_some(), "inside");
    let (layer_before, pane) = (layer(&screen), screen.model.explorer.pane);
    click(&mut screen, (0, 5));
    assert!(screen.model.overlay.is_none(), "outside");
    assert_eq!((layer(&screen), screen.model.explorer.pane), (layer_before, pane), "and nothing else");
}

#[test]
fn the_border_is_dragged_within_limits() {
    let mut screen = shop("");
    for back in [1, 0] {
        let x = screen.model.areas().unwrap().layers_frame.right() - back;
        screen.mouse(DOWN, (x, 10));
        assert!(screen.model.dragging);
        for (to, percent) in [(70, 58), (0, 20), (119, 80), (40, 33)] {
            screen.mouse(DRAG, (to, 10));
            assert_eq!(screen.model.split, Some(percent));
            screen.terminal();
        }
        screen.mouse(UP, (40, 10));
        screen.mouse(DRAG, (70, 10));
        assert_eq!(screen.model.split, Some(33), "the button is up");
    }
    let mut screen = super::drawn(super::SHOP, (80, 24), "");
    screen.mouse(DOWN, (40, 10));
    screen.mouse(DRAG, (60, 10));
    assert_eq!(screen.model.split, None, "one above the other there is no border to drag");
}

#[test]
fn images_are_chosen_by_clicks() {
    let mut screen = chooser::asked(120, 35);
    screen.mouse(MouseEventKind::ScrollDown, (10, 10));
    assert_eq!(click(&mut screen, (10, 5)), []);
    assert_eq!(screen.model.explorer.choosing.unwrap().at, 2);
    assert_eq!(click(&mut screen, (10, 20)), [], "below the last");
    assert_eq!(click(&mut screen, (10, 5)), [Effect::Cancel(JobId(1)), Effect::Choose(JobId(2), 2)]);
}

#[test]
fn on_a_screen_that_is_too_small_nothing_happens() {
    let mut screen = shop("");
    screen.resize(20, 5);
    for kind in [DOWN, DRAG, UP, MouseEventKind::ScrollDown] {
        assert!(screen.mouse(kind, (5, 2)).is_empty());
    }
    screen.terminal();
}

#[test]
fn the_mouse_may_be_left_to_the_terminal() {
    let mut screen = shop("");
    assert_eq!(screen.keys("T"), [Effect::Mouse(false)]);
    assert!(super::notice(&screen).contains("selecting text"));
    assert_eq!(screen.keys("T"), [Effect::Mouse(true)]);
}

#[test]
fn a_click_selects_a_heap_of_waste_and_a_second_goes_there() {
    let mut screen = shop("j j j w E tab");
    assert_eq!(screen.model.explorer.pane, Pane::Layers);
    let at = place(&screen, Pane::Waste, 1);
    click(&mut screen, at);
    assert_eq!((screen.model.explorer.pane, screen.model.explorer.waste.cursor.at), (Pane::Waste, 1));
    let heap = screen.model.explorer.facts.findings[0].heaps[0];
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
