//! The filter of what could go, and what marks and sums mean while there is one.

use hadal::tui::msg::{Msg, Seen, Stores, WatchId};
use hadal::world::{CacheRecord, Network, Usage, Volume};

use super::{Screen, desk, footer, marked, rows, world};

const MANY: &str = "
    image debian:12,bookworm:latest 90d 75MB layers=debian:75MB label=team=base
    image shop/api:1 50d 175MB layers=debian:75MB,one:100MB label=team=shop
    image shop/api:2 8d 185MB layers=debian:75MB,two:110MB label=team=shop label=stage=old
    image - 10d 215MB layers=debian:75MB,lost:140MB id=dadada digest=shop/web@sha256:00
    image shop/web:7 2d 92MB layers=alpine:8MB,web:84MB
    image undated:1 ? 5MB layers=undated:5MB
    container web shop/web:7 running 3d wrote=1kB
    container old shop/api:1 exited 9d exit=0 wrote=3MB label=team=shop
    container made debian:12 created 49d wrote=0
";

fn stores() -> Stores {
    let ago = |days: i64| Some(world::now() - jiff::SignedDuration::from_hours(24 * days));
    let labels = || [("team".to_owned(), "shop".to_owned())].into();
    let (id, kind) = ("c1".to_owned(), "regular".to_owned());
    let cache = CacheRecord {
        id,
        kind,
        description: "step".to_owned(),
        last_used: ago(20),
        ..CacheRecord::default()
    };
    let network = Network {
        id: "n1".to_owned(),
        name: "shop_net".to_owned(),
        labels: labels(),
        created: ago(1),
        ..Network::default()
    };
    let volume = Volume {
        name: "aaaa".to_owned(),
        bytes: Some(7),
        anonymous: true,
        labels: labels(),
        created: None,
        ..Volume::default()
    };
    Stores {
        reckoning: Ok(Usage { volumes: vec![volume], cache: vec![cache], ..Usage::default() }),
        networks: Ok(vec![network]),
    }
}

fn many(keys: &str) -> Screen {
    let mut screen = desk(MANY, (120, 50), "3");
    screen.send(Msg::Seen(WatchId(0), Seen::Stores(Box::new(stores()))));
    screen.keys(keys);
    screen
}

fn typed(text: &str) -> Screen {
    let mut screen = many("/");
    screen.types(text);
    screen.keys("enter");
    screen
}

fn found(text: &str) -> String {
    let mut rows = rows(&typed(text));
    rows.retain(|row| !row.starts_with('['));
    rows.sort();
    rows.join(" ")
}

fn sorted(screen: &Screen) -> Vec<String> {
    let mut marked = marked(screen);
    marked.sort();
    marked
}

#[test]
fn terms_are_those_of_the_images_and_of_the_command() {
    for (text, expected) in [
        ("is:container", "made old"),
        ("is:dangling", "dadada"),
        ("is:image !is:dangling", "debian:12 shop/api:1 shop/api:2 undated:1"),
        ("group:stopped", "made old"),
        ("group:unused", "debian:12 shop/api:1 shop/api:2 undated:1"),
        ("group:cache", "build-cache:c1"),
        ("group:networks", "network:n1"),
        ("group:volumes", "volume:aaaa"),
        ("is:held", "debian:12 shop/api:1"),
        // What nobody knows the age of is never old.
        ("older:7d", "build-cache:c1 dadada debian:12 made old shop/api:1 shop/api:2"),
        ("older:1w2d1h is:image", "dadada debian:12 shop/api:1"),
        ("!older:9d is:image", "shop/api:2 undated:1"),
        ("label:team", "debian:12 network:n1 old shop/api:1 shop/api:2 volume:aaaa"),
        ("label:team=shop is:image", "shop/api:1 shop/api:2"),
        ("label:team=shop !label:stage", "network:n1 old shop/api:1 volume:aaaa"),
        ("before:shop/api:2", "dadada debian:12 shop/api:1"),
        ("since:shop/api:1 is:image", "dadada shop/api:2"),
        ("id:dada", "dadada"),
        // Every name counts, and the one that took its place.
        ("bookworm", "debian:12"),
        ("shop/web", "dadada"),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn mistakes_are_told_while_typing() {
    for (text, says) in [
        ("older:", "older: needs a value, such as older:7d"),
        ("older:7", "\"7\" is no age"),
        ("group:old", "group: knows dangling, superseded"),
        ("before:nothing", "there is no image nothing"),
    ] {
        let mut screen = many("/");
        screen.types(text);
        assert!(footer(&screen).contains(says), "{text}: {}", footer(&screen));
        assert!(rows(&screen).len() > 10, "what makes no sense leaves nothing out");
    }
    let mut screen = many("/ g r tab");
    assert!(footer(&screen).contains("group:dangling"), "{}", footer(&screen));
    screen.keys("tab");
    assert!(footer(&screen).contains("group:superseded"), "{}", footer(&screen));
    let mut screen = typed("since:debian:12");
    screen.send(Msg::World(world::updates("image shop/api:1 50d 175MB layers=one:100MB")));
    assert!(screen.text().contains("there is no image debian:12; Esc drops the filter"), "{}", screen.text());
}

#[test]
fn what_is_hidden_is_not_marked_and_not_counted() {
    let mut screen = typed("older:9d is:image");
    assert!(screen.lines()[3].contains("all that matches together frees"), "{}", screen.text());
    assert!(screen.text().contains("2 of 4 · "), "{}", screen.text());
    screen.keys("*");
    assert_eq!(sorted(&screen), ["dadada", "debian:12", "shop/api:1"]);
    screen.keys("esc");
    assert_eq!(marked(&screen).len(), 3, "marks outlive the filter");
    screen.keys("/");
    screen.types("group:unused older:9d");
    // The head of the group stands for what is listed of it.
    screen.keys("enter g space");
    assert_eq!(sorted(&screen), ["dadada"]);
    screen.keys("v");
    assert_eq!(sorted(&screen), ["dadada", "debian:12", "shop/api:1"]);
}
