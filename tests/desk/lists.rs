//! Rows, cursor and marks, while the world changes under them.

use hadal::tui::msg::Msg;
use hadal::world::{Connection, Update};

use super::{SHOP, Screen, desk, marked, rows, selected, shop, table, world};

/// The same world, with some lines changed.
fn changed(screen: &mut Screen, world: &str) {
    screen.send(Msg::World(world::updates(world)));
}

fn without(name: &str) -> String {
    SHOP.lines().filter(|line| !line.contains(name)).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_cursor_stays_on_its_object() {
    let mut screen = shop((120, 35), "j j");
    assert_eq!(selected(&screen), "shop/api:1.4");
    changed(&mut screen, &format!("{SHOP}\nimage fresh:1 5s 3MB\nimage newer:1 9s 3MB"));
    assert_eq!((selected(&screen).as_str(), table(&screen).cursor.at), ("shop/api:1.4", 4));
    changed(&mut screen, &without("shop/api:1.4,"));
    assert_eq!(selected(&screen), "dadada", "the neighbour, when it is gone");
    changed(&mut screen, "");
    assert!(rows(&screen).is_empty());
    changed(&mut screen, SHOP);
    assert_eq!(rows(&screen).len(), 7);
}

#[test]
fn before_a_key_the_first_row_is_selected() {
    let mut screen = shop((120, 35), "");
    changed(&mut screen, &format!("{SHOP}\nimage fresh:1 5s 3MB"));
    assert_eq!(selected(&screen), "fresh:1");
}

#[test]
fn marks_survive_what_the_engine_tells() {
    let mut screen = shop((120, 35), "space space");
    assert_eq!(marked(&screen), ["builder:1", "shop/web:7"]);
    changed(&mut screen, &format!("{SHOP}\nimage fresh:1 5s 3MB layers=fresh:3MB"));
    assert_eq!(marked(&screen), ["builder:1", "shop/web:7"]);
    assert!(screen.text().contains("2 marked · 1.3 GB"), "{}", screen.text());
    changed(&mut screen, &without("builder"));
    assert_eq!(marked(&screen), ["shop/web:7"], "what is gone loses its mark");
    screen.keys("/ r e d i s enter *");
    assert_eq!(marked(&screen), ["redis:7", "shop/web:7"], "all that is listed, and what was marked before");
    screen.keys("* esc");
    assert_eq!(marked(&screen), ["shop/web:7"]);
    screen.keys("esc");
    assert!(marked(&screen).is_empty());
}

#[test]
fn every_column_sorts() {
    let order = |keys: &str| rows(&shop((120, 35), keys)).join(" ");
    for (keys, expected) in [
        ("", "builder:1 shop/web:7 shop/api:1.4 dadada shop/api:1.3 redis:7 debian:12"),
        ("R", "debian:12 redis:7 shop/api:1.3 dadada shop/api:1.4 shop/web:7 builder:1"),
        (">", "builder:1 shop/api:1.4 dadada shop/api:1.3 redis:7 shop/web:7 debian:12"),
        ("> >", "builder:1 shop/api:1.4 dadada shop/api:1.3 shop/web:7 redis:7 debian:12"),
        ("> > >", "shop/api:1.4 shop/web:7 redis:7 dadada shop/api:1.3 builder:1 debian:12"),
        ("< <", "builder:1 debian:12 redis:7 shop/api:1.3 shop/api:1.4 shop/web:7 dadada"),
        ("2", "loop worker cache api web new migrate"),
        ("2 >", "loop api cache migrate new web worker"),
        ("2 > >", "api cache web worker loop migrate new"),
        ("2 > > >", "web api cache loop migrate new worker"),
        ("2 > > > >", "loop new api worker cache web migrate"),
        ("2 > > > > >", "api migrate cache loop new web worker"),
        ("2 <", "loop cache new migrate api worker web"),
        ("2 < <", "api cache loop migrate new web worker"),
    ] {
        assert_eq!(order(keys), expected, "{keys}");
    }
}

#[test]
fn groups_and_families() {
    let listed = |keys: &str| rows(&shop((120, 35), keys)).join(" ");
    assert_eq!(
        listed("b"),
        "[repository:builder] builder:1 [repository:shop/web] shop/web:7 [repository:shop/api] shop/api:1.4 \
         shop/api:1.3 [repository:] dadada [repository:redis] redis:7 [repository:debian] debian:12"
    );
    let family = listed("b b");
    let family: Vec<&str> = family.split(' ').collect();
    assert_eq!(family[..3], ["builder:1", "shop/web:7", "debian:12"]);
    assert!(family[3].starts_with("[branch:2:"), "layers that only others have: {family:?}");
    assert_eq!(family[4..], ["shop/api:1.4", "dadada", "shop/api:1.3", "redis:7"]);
    let filtered = listed("b b / w e b enter");
    assert_eq!(filtered, "shop/web:7");
    let filtered = listed("b b / i d : d a d a enter");
    assert!(filtered.starts_with("(debian:12) [branch:2:") && filtered.ends_with("] dadada"), "{filtered}");
    assert_eq!(listed("2 b"), "[project:shop] worker cache api web [project:] loop new migrate");
    assert_eq!(listed("2 b enter"), "[project:shop] [project:] loop new migrate", "Enter folds a group");
    assert_eq!(listed("2 b j left left"), "[project:shop] [project:] loop new migrate");
    assert_eq!(listed("b b b"), listed(""), "a round of groupings");
}

#[test]
fn intermediate_images_are_shown_when_asked_for() {
    assert!(!rows(&shop((120, 35), "")).contains(&"feed00".to_owned()));
    assert!(rows(&shop((120, 35), "a")).contains(&"feed00".to_owned()));
    assert!(shop((120, 35), "a").text().contains("intermediate"));
}

#[test]
fn losing_the_engine_takes_nothing_away() {
    let mut screen = shop((120, 35), "j j");
    let since = world::now();
    let lost = Connection::Lost { since, why: "connection refused".to_owned() };
    let before = rows(&screen);
    screen.send(Msg::World(vec![Update::Connection(lost)]));
    assert_eq!(rows(&screen), before);
    assert_eq!(selected(&screen), "shop/api:1.4");
    assert!(screen.text().contains("connection refused"));
    let effects = screen.keys("2 j s");
    assert!(effects.is_empty(), "nothing is done without an engine: {effects:?}");
}

#[test]
fn before_anything_was_listed() {
    for keys in ["", "2"] {
        let mut screen = Screen::desk(Vec::new(), world::now(), (80, 24));
        screen.keys(keys);
        assert!(screen.text().contains("asking the engine …"));
        assert!(desk("", (80, 24), keys).text().contains("no "), "and an empty list says what to do");
    }
}

#[test]
fn hundreds_of_tags_are_one_row() {
    let tags: Vec<String> = (0..200).map(|number| format!("ci/build:{number}")).collect();
    let screen = desk(&format!("image {} 1h 5MB", tags.join(",")), (80, 24), "");
    let text = screen.text();
    assert!(text.contains("ci/build:0, 1, 2") && text.contains(" +19"), "{text}");
    let mut screen = desk(&format!("image {} 1h 5MB", tags.join(",")), (80, 24), "i G");
    assert!(screen.text().contains("used by"), "the details scroll to their end: {}", screen.text());
    screen.keys("g");
    assert!(screen.text().contains("ci/build:0 "), "{}", screen.text());
}

#[test]
fn hostile_names_stay_text() {
    let long = "l".repeat(3000);
    let world = format!(
        "image evil\\x1b[2J:1,\\u{{202e}}gpj:exe,漢字漢字漢字漢字漢字漢字漢字漢字:e\u{301} 1h 5MB label=\\x1b]0;x\\x07={long}
         container \\x1b[31mred evil\\x1b[2J:1 \\x07bell 1h project=\\u{{202e}}p error=\\x1b[1m label={long}={long}"
    );
    for keys in
        ["", "b", "b b", "i", "x", "d", "2", "2 b", "2 i", "2 x", "2 d", "2 s", "2 n", "2 j K", "P", "u", "n"]
    {
        for size in [(60, 14), (80, 24), (120, 35), (240, 70)] {
            let text = desk(&world, size, keys).text();
            let raw = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            assert!(!text.chars().any(raw), "{keys} {size:?}: {text:?}");
        }
    }
}
