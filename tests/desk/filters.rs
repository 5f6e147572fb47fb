//! What a filter leaves in sight.

use super::{footer, marked, rows, selected, shop};

/// The rows after a text was typed and kept, in the order of their names.
fn found(list: &str, text: &str) -> Vec<String> {
    let mut screen = shop((160, 35), list);
    screen.keys("/");
    screen.types(text);
    screen.keys("enter");
    let mut rows = rows(&screen);
    rows.sort();
    rows
}

#[test]
fn images() {
    for (text, expected) in [
        ("shop", "shop/api:1.3 shop/api:1.4 shop/web:7"),
        ("api 1.3", "shop/api:1.3"),
        ("registry", "shop/api:1.4"),
        ("!shop", "builder:1 dadada debian:12 redis:7"),
        ("dangling", "dadada"),
        ("is:dangling", "dadada"),
        ("!is:dangling shop", "shop/api:1.3 shop/api:1.4 shop/web:7"),
        ("is:unused", "builder:1 debian:12"),
        ("is:used label:team=shop", "dadada shop/api:1.3 shop/api:1.4"),
        ("label:team", "dadada shop/api:1.3 shop/api:1.4 shop/web:7"),
        ("label:stage=live", "shop/api:1.4"),
        ("label:stage=dead", ""),
        ("before:shop/api:1.3", "debian:12 redis:7"),
        ("since:shop/api:1.3 before:shop/web:7", "dadada shop/api:1.4"),
        ("since:dadada", "builder:1 shop/api:1.4 shop/web:7"),
        ("id:dada", "dadada"),
        ("id:sha256:dadada", "dadada"),
        ("*:7", "redis:7 shop/web:7"),
        ("shop/*:1.*", "shop/api:1.3 shop/api:1.4"),
    ] {
        assert_eq!(found("", text).join(" "), expected, "{text}");
    }
}

#[test]
fn containers() {
    for (text, expected) in [
        ("is:failed", "cache loop worker"),
        ("is:running", "api web"),
        ("is:stopped", "cache migrate new worker"),
        ("is:healthy", "api"),
        ("image:redis", "cache new"),
        ("image:dadada", "loop"),
        ("project:shop !is:failed", "api web"),
        ("label:com.docker.compose.project=shop worker", "worker"),
        ("shop/api", "api migrate worker"),
    ] {
        assert_eq!(found("2", text).join(" "), expected, "{text}");
    }
}

#[test]
fn mistakes_are_told_while_typing() {
    for (text, says) in [
        ("is:dang", "is: knows dangling, used, unused"),
        ("label:", "label: needs a value"),
        ("before:nothing", "there is no image nothing"),
    ] {
        let mut screen = shop((120, 35), "/");
        screen.types(text);
        assert!(footer(&screen).contains(says), "{text}: {}", footer(&screen));
    }
    let mut screen = shop((120, 35), "/");
    screen.types("is:dangling ");
    assert_eq!(rows(&screen), ["dadada"]);
    screen.types("is:us");
    assert_eq!(rows(&screen), ["dadada"], "the last sound filter holds meanwhile");
    screen.types("ed");
    assert_eq!(rows(&screen), ["dadada"]);
    assert!(footer(&screen).contains("1 match "), "{}", footer(&screen));
}

#[test]
fn what_a_filter_names_may_go() {
    let mut screen = shop((120, 35), "/");
    screen.types("since:debian:12");
    screen.keys("enter");
    assert_eq!(rows(&screen).len(), 6);
    let world = super::SHOP.replace("debian:12", "debian:13");
    screen.send(hadal::tui::msg::Msg::World(super::world::updates(&world)));
    let text = screen.text();
    assert!(text.contains("there is no image debian:12; Esc drops the filter"), "{text}");
    screen.keys("esc");
    assert_eq!(rows(&screen).len(), 7);
}

#[test]
fn typing_moves_and_completes() {
    let mut screen = shop((120, 35), "j j / i s tab");
    assert_eq!(rows(&screen), ["dadada"], "is:dangling");
    screen.keys("tab");
    assert!(footer(&screen).contains("is:used"), "{}", footer(&screen));
    screen.keys("down");
    assert_eq!(selected(&screen), "shop/api:1.3", "the one after the dangling one");
    let mut screen = shop((120, 35), "j j / r e d esc");
    assert_eq!(selected(&screen), "shop/api:1.4", "back to where it was before the filter");
    screen.keys("/");
    screen.types("q d space");
    assert!(marked(&screen).is_empty(), "letters are text");
}
