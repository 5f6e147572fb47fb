//! What is known of an engine, as it changes.
#![allow(clippy::unwrap_used)]

#[path = "common/screen.rs"]
mod screen;

use hadal::container::{Container, State};
use hadal::image::LocalImage;
use hadal::tui::model::{At, Opened};
use hadal::tui::msg::{Ask, Effect, Msg};
use hadal::world::{About, Connection, Kind, Tried, Update, World};
use jiff::Timestamp;
use screen::Screen;

fn container(id: &str, state: State) -> Container {
    Container { id: id.to_owned(), name: format!("hadal-test-{id}"), state, ..Container::default() }
}

fn about(url: &str) -> Update {
    let about =
        About { kind: Kind::Docker, version: "20.10".to_owned(), url: url.to_owned(), ..About::default() };
    Update::Connected(Box::new(about))
}

fn absent() -> Update {
    let tried =
        Tried { name: "default socket".to_owned(), url: "unix:///x".to_owned(), why: "no".to_owned() };
    Update::Connection(Connection::Absent { tried: vec![tried] })
}

#[test]
fn what_is_known_in_detail_outlives_a_list() {
    let mut world = World::default();
    let detailed = LocalImage {
        id: "sha256:a".to_owned(),
        layers: Some(vec!["sha256:1".to_owned()]),
        platform: "linux/arm64".to_owned(),
        ..LocalImage::default()
    };
    world.apply(Update::Image(Box::new(detailed.clone())));
    let listed = LocalImage {
        tags: vec!["a:1".to_owned()],
        layers: None,
        platform: String::new(),
        ..detailed.clone()
    };
    world.apply(Update::Images(vec![
        listed,
        LocalImage { id: "sha256:b".to_owned(), ..LocalImage::default() },
    ]));
    let image = &world.images["sha256:a"];
    assert_eq!((&image.layers, &*image.platform, &*image.tags[0]), (&detailed.layers, "linux/arm64", "a:1"));
    world.apply(Update::Images(Vec::new()));
    assert!(world.images.is_empty() && world.images_listed);
}

#[test]
fn a_list_does_not_take_the_end_of_a_run_back() {
    let mut world = World::default();
    let ended = Container {
        exit_code: Some(137),
        oom_killed: true,
        restart_policy: "always".to_owned(),
        inspected: true,
        ..container("a", State::Exited)
    };
    world.apply(Update::Container(Box::new(ended.clone())));
    world.apply(Update::Containers(vec![Container {
        name: "renamed".to_owned(),
        exit_code: Some(137),
        ..container("a", State::Exited)
    }]));
    let known = &world.containers["a"];
    assert_eq!((known.exit_code, known.oom_killed, &*known.name), (Some(137), true, "renamed"));
    // A new run: what was known of the last one's end no longer holds, its settings do.
    world.apply(Update::Containers(vec![container("a", State::Running)]));
    let known = &world.containers["a"];
    assert_eq!((known.exit_code, known.oom_killed, &*known.restart_policy), (None, false, "always"));
}

#[test]
fn losing_the_engine_empties_nothing() {
    let mut world = World::default();
    world.apply(about("unix:///a"));
    world.apply(Update::Containers(vec![container("a", State::Running)]));
    let lost = Connection::Lost { since: Timestamp::UNIX_EPOCH, why: "gone".to_owned() };
    world.apply(Update::Connection(lost));
    assert_eq!(world.containers.len(), 1);
    // The same engine again keeps what is known; another one begins anew.
    world.apply(about("unix:///a"));
    assert_eq!(world.containers.len(), 1);
    world.apply(about("unix:///b"));
    assert!(world.containers.is_empty() && !world.containers_listed);
}

fn at_the_desk() -> Screen {
    let mut screen = Screen::start(80, 24);
    screen.model = screen.model.at_the_desk();
    assert_eq!(screen.model.start(), [Effect::Engine(Ask::Connect)]);
    screen
}

#[test]
fn without_an_engine_the_sample_is_shown_until_there_is_one() {
    let mut screen = at_the_desk();
    let effects = screen.send(Msg::World(vec![absent()]));
    assert!(matches!(effects[..], [Effect::Open(_)]), "{effects:?}");
    assert_eq!((screen.model.at, screen.model.opened), (At::Explorer, Opened::Sample));
    assert!(screen.lines()[0].contains("no engine"), "{}", screen.lines()[0]);
    // Looking again and finding nothing changes nothing.
    assert!(screen.send(Msg::World(vec![absent()])).is_empty());
    screen.send(Msg::World(vec![about("unix:///x")]));
    assert_eq!(screen.model.at, At::Desk);
}

#[test]
fn an_engine_that_appears_does_not_take_the_screen_from_somebody() {
    let mut screen = at_the_desk();
    screen.send(Msg::World(vec![absent()]));
    screen.keys("j");
    screen.send(Msg::World(vec![about("unix:///x")]));
    assert_eq!(screen.model.at, At::Explorer);
    assert!(screen.text().contains("docker 20.10 is there"), "{}", screen.text());
    screen.keys("1");
    assert_eq!(screen.model.at, At::Desk);
    screen.keys("0");
    assert_eq!(screen.model.at, At::Explorer);
}

#[test]
fn the_engine_side_of_a_named_image_connects_when_it_is_looked_at() {
    let mut screen = Screen::start(80, 24);
    assert_eq!(screen.keys("1"), [Effect::Engine(Ask::Connect)]);
    assert!(screen.keys("2 1").is_empty(), "once is enough");
}
