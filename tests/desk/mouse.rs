//! Clicks and the wheel.

use crossterm::event::{MouseButton, MouseEventKind};
use hadal::tui::msg::Effect;

use super::{Screen, rows, selected, shop, table};

const CLICK: MouseEventKind = MouseEventKind::Down(MouseButton::Left);

/// Where a text is on the screen.
fn place(screen: &Screen, text: &str) -> (u16, u16) {
    let lines = screen.lines();
    let found = lines.iter().enumerate().find_map(|(y, line)| Some((line.find(text)?, y, line)));
    let (x, y, line) = found.unwrap_or_else(|| panic!("no {text}"));
    (line[..x].chars().count() as u16, y as u16)
}

#[test]
fn a_click_selects_and_a_second_one_opens() {
    let mut screen = shop((120, 35), "");
    let at = place(&screen, "redis:7");
    assert!(screen.mouse(CLICK, at).is_empty());
    assert_eq!(selected(&screen), "redis:7");
    let effects = screen.mouse(CLICK, at);
    assert!(matches!(&effects[..], [Effect::Explore(..)]), "{effects:?}");
    let mut screen = shop((120, 35), "2 b");
    let at = place(&screen, "▾ shop");
    screen.mouse(CLICK, at);
    screen.mouse(CLICK, at);
    assert_eq!(rows(&screen).len(), 5, "a second click folds a group");
}

#[test]
fn a_click_on_a_head_sorts_and_turns() {
    let mut screen = shop((120, 35), "");
    let at = place(&screen, "size");
    screen.mouse(CLICK, at);
    assert_eq!(rows(&screen)[0], "builder:1");
    assert!(screen.text().contains("size▼"), "{}", screen.text());
    screen.mouse(CLICK, at);
    assert_eq!(rows(&screen)[0], "debian:12");
    assert!(screen.text().contains("size▲"));
    let at = place(&screen, "image ");
    screen.mouse(CLICK, at);
    assert_eq!(rows(&screen)[1], "debian:12");
    let outside = (3, 33);
    screen.mouse(CLICK, outside);
    assert!(screen.text().contains("image▲"));
}

#[test]
fn the_wheel_scrolls() {
    let lines: Vec<String> = (0..50).map(|number| format!("image many:{number} {number}h 5MB")).collect();
    let world = lines.join("\n");
    let mut screen = super::desk(&world, (80, 24), "");
    screen.mouse(MouseEventKind::ScrollDown, (5, 5));
    assert_eq!((table(&screen).cursor.offset, table(&screen).cursor.at), (3, 3));
    for _ in 0..40 {
        screen.mouse(MouseEventKind::ScrollDown, (5, 5));
    }
    assert!(screen.text().contains("many:49"));
    screen.keys("i");
    screen.mouse(CLICK, (1, 1));
    assert!(screen.model.desk.images.list.details.is_none(), "a click closes the details");
}
