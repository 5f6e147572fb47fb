//! The pages about one object, as pictures and by what they do.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/desk.rs"]
mod desk;
#[path = "common/screen.rs"]
mod screen;

use desk::{desk, ended, open, running, watches};
use hadal::container::stats::Usage;
use hadal::image::changeset::Kind;
use hadal::image::writable::{Happened, Stat, Written};
use hadal::tui::msg::{Effect, Msg, Processes, Seen, Watch, WatchId};
use hadal::tui::wish::{Page, Wish};
use hadal::world::Update;
use screen::Screen;
use serde_json::{Value, json};

const FIRST: WatchId = WatchId(1);

fn page(page: Page, width: u16, height: u16) -> (Screen, String) {
    let container = running("api", "11:00:00");
    let id = container.id.clone();
    let mut screen = desk(width, height, vec![container]);
    open(&mut screen, Wish::Page { page, id: id.clone(), title: "api".to_owned() });
    (screen, id)
}

fn tell(screen: &mut Screen, seen: Seen) -> Vec<Effect> {
    screen.send(Msg::Seen(FIRST, seen))
}

fn shows(screen: &Screen, text: &str) -> bool {
    screen.lines().iter().any(|line| line.contains(text))
}

fn copied(effects: &[Effect]) -> Option<&str> {
    effects.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    })
}

fn document() -> Value {
    json!({
        "Id": "0a1b2c",
        "Config": {
            "Cmd": ["python3", "app.py"],
            "Env": ["PATH=/usr/bin:/bin", "DB_PASSWORD=hunter2", "DB_URL=postgres://shop:hunter2@db/shop"],
            "Labels": { "com.example.team": "shop", "evil": "\u{1b}[2Jgone\u{202e}" },
            "Tty": false,
        },
        "HostConfig": { "Memory": 536_870_912, "Binds": null, "PortBindings": {} },
    })
}

fn inspected(keys: &str) -> Screen {
    let (mut screen, _) = page(Page::InspectContainer, 80, 26);
    tell(&mut screen, Seen::Inspected(Ok(Box::new(document()))));
    screen.keys(keys);
    screen
}

#[test]
fn what_the_engine_says_is_a_tree() {
    insta::assert_snapshot!("inspect", inspected("").text());
    let screen = inspected("C");
    assert!(shows(&screen, "▸ Config  {4}") && !shows(&screen, "Env"), "{}", screen.text());
    assert_eq!(inspected("C E").text().lines().count(), 26);
    let screen = inspected("C l l l");
    assert!(shows(&screen, "Cmd"));
    // To what is above, then it folds.
    let screen = inspected("j j j h h");
    assert!(!shows(&screen, "app.py"), "{}", screen.text());
}

#[test]
fn secrets_are_masked_until_they_are_asked_for() {
    let mut screen = inspected("");
    assert!(!screen.text().contains("hunter2") && shows(&screen, "2 secrets masked"), "{}", screen.text());
    screen.keys("/");
    screen.types("DB_PASSWORD");
    let effects = screen.keys("enter y");
    assert_eq!(effects, [], "what is masked is not copied");
    assert!(shows(&screen, "m shows it"));
    // A search does not tell either.
    screen.keys("/ ctrl-u");
    screen.types("hunter2");
    assert!(shows(&screen, "0 matches"), "{}", screen.text());
    screen.keys("esc m");
    assert!(shows(&screen, "DB_PASSWORD=hunter2") && shows(&screen, "2 secrets shown"));
    screen.keys("/");
    screen.types("DB_PASSWORD");
    screen.keys("enter");
    assert_eq!(copied(&screen.keys("y")), Some("DB_PASSWORD=hunter2"));
    assert_eq!(copied(&screen.keys("Y")), Some(".Config.Env[1]"));
}

#[test]
fn searching_unfolds_what_is_found() {
    let mut screen = inspected("C /");
    screen.types("shop");
    assert!(shows(&screen, "2 matches"), "{}", screen.text());
    screen.keys("enter");
    assert!(shows(&screen, "postgres://shop:"), "{}", screen.text());
    screen.keys("n");
    assert!(shows(&screen, "com.example.team"));
    assert_eq!(copied(&screen.keys("Y")), Some(".Config.Labels[\"com.example.team\"]"));
    assert!(shows(&screen, "/shop 2/2") || shows(&screen, "copied"));
    // Esc drops the search, then leaves.
    assert_eq!(screen.keys("esc"), []);
    assert_eq!(screen.keys("esc"), [Effect::Unwatch(FIRST)]);
}

#[test]
fn a_page_that_is_asked_again_stays_where_it_was() {
    let mut screen = inspected("C j l");
    let before = screen.text();
    let asked = watches(screen.keys("r"));
    assert!(matches!(&asked[..], [(FIRST, Watch::Container { .. })]));
    tell(&mut screen, Seen::Inspected(Ok(Box::new(document()))));
    assert_eq!(screen.text(), before);
    tell(&mut screen, Seen::Inspected(Err("it is gone".to_owned())));
    assert!(shows(&screen, "! it is gone") && shows(&screen, "Config"));
}

#[test]
fn hostile_documents_stay_text() {
    let screen = inspected("E");
    let text = screen.lines().concat();
    assert!(!text.chars().any(|letter| letter.is_control() || letter == '\u{202e}'), "{text}");
    let (mut screen, _) = page(Page::InspectImage, 80, 24);
    let mut deep = Value::Null;
    (0..5000).for_each(|_| deep = Value::Array(vec![std::mem::take(&mut deep)]));
    // Taking such a value apart goes as deep as it does; a thread has the room.
    let nested = std::thread::Builder::new().stack_size(256 << 20);
    let run = nested.spawn(move || {
        tell(&mut screen, Seen::Inspected(Ok(Box::new(deep))));
        screen.keys("E G y /");
        screen.text()
    });
    assert!(run.unwrap().join().unwrap().contains("Inspect"));
}

#[test]
fn changes_are_a_tree_with_sizes() {
    let (mut screen, id) = page(Page::Changes, 80, 20);
    assert!(shows(&screen, "compares the container with its image"));
    let change = |path: &str, happened| Written { path: path.into(), happened, stat: None };
    let changes = vec![
        change("/etc", Happened::Modified),
        change("/etc/hosts", Happened::Modified),
        change("/etc/motd", Happened::Deleted),
        change("/var", Happened::Modified),
        change("/var/log", Happened::Modified),
        change("/var/log/app.log", Happened::Added),
        change("/var/log/evil\u{1b}[2J\n", Happened::Added),
    ];
    tell(&mut screen, Seen::Changes(Ok((changes, Some(5_000_220)))));
    let stat = Stat { kind: Kind::File, bytes: 5_000_000, mode: 0o644, mtime: 0, target: Vec::new() };
    tell(&mut screen, Seen::Stats(vec![(5, Some(stat)), (99, None)]));
    insta::assert_snapshot!("changes", screen.text());
    screen.keys("/");
    screen.types("app");
    screen.keys("enter");
    assert_eq!(copied(&screen.keys("y")), Some("/var/log/app.log"));
    assert_eq!(watches(screen.keys("r")), [(FIRST, Watch::Changes { id })]);
    tell(&mut screen, Seen::Changes(Ok((Vec::new(), None))));
    assert!(shows(&screen, "it changed nothing"), "{}", screen.text());
}

fn listed(count: usize) -> Processes {
    let titles = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"].map(str::to_owned).to_vec();
    let row = |at: usize| {
        let pid = (4200 + at).to_string();
        let command = format!("/usr/bin/python3 -m gunicorn app:server --workers 4 --worker-id {at}");
        vec![
            "1000".to_owned(),
            pid,
            "4199".to_owned(),
            "0".to_owned(),
            "11:00".to_owned(),
            "?".to_owned(),
            "00:00:03".to_owned(),
            command,
        ]
    };
    Processes { titles, rows: (0..count).map(row).collect() }
}

#[test]
fn processes_are_a_table() {
    let (mut screen, id) = page(Page::Processes, 80, 16);
    tell(&mut screen, Seen::Processes(Ok(listed(3))));
    insta::assert_snapshot!("processes", screen.text());
    assert_eq!(copied(&screen.keys("j y")), Some("4201"));
    screen.keys("> > > > >");
    assert!(shows(&screen, "--worker-id 2"), "{}", screen.text());
    assert_eq!(watches(screen.keys("r")), [(FIRST, Watch::Processes { id })]);
    tell(&mut screen, Seen::Processes(Err("the container does not run".to_owned())));
    assert!(shows(&screen, "does not run; shown is what ran before"), "{}", screen.text());
    // Rows that are shorter than the head, or hostile.
    let odd = Processes {
        titles: vec!["A\u{7}".to_owned(), "B".to_owned()],
        rows: vec![vec!["\u{1b}[2J".to_owned()], vec![]],
    };
    tell(&mut screen, Seen::Processes(Ok(odd)));
    assert!(!screen.lines().concat().contains('\u{1b}'));
}

fn usage(at: u32) -> Usage {
    let wave = f64::from(at % 60) / 60.0;
    Usage {
        cores: Some(0.2 + 1.3 * wave),
        cores_allowed: Some(2.0),
        memory: Some(200_000_000 + u64::from(at) * 1_100_000),
        memory_limit: Some(536_870_912),
        received: Some(250_000.0 * wave),
        sent: Some(1_900_000.0 * (1.0 - wave)),
        read: Some(if at.is_multiple_of(50) { 9_000_000.0 } else { 0.0 }),
        written: Some(12_000.0),
        processes: Some(9),
        ..Usage::default()
    }
}

fn used(screen: &mut Screen, id: &str, samples: u32) {
    for at in 0..samples {
        tell(screen, Seen::Usage { id: id.to_owned(), usage: Box::new(usage(at)) });
    }
}

#[test]
fn what_a_container_uses_is_four_graphs() {
    let (mut screen, id) = page(Page::Stats, 80, 24);
    assert!(shows(&screen, "the first numbers take a second"));
    used(&mut screen, &id, 270);
    insta::assert_snapshot!("stats_80x24", screen.text());
    screen.resize(60, 30);
    insta::assert_snapshot!("stats_60x30", screen.text());
    // It stops, and is started again.
    // One more try, for what is known of the container may be older than the end.
    let end = || Seen::UsageEnd { id: id.clone(), result: Ok(()) };
    assert_eq!(watches(tell(&mut screen, end())).len(), 1);
    assert_eq!(watches(tell(&mut screen, end())), []);
    let container = ended("api", "11:00:00", "11:59:00", 0);
    screen.send(Msg::World(vec![Update::Container(Box::new(container))]));
    assert!(shows(&screen, "exited"), "{}", screen.text());
    let again = running("api", "11:59:59");
    let asked = watches(screen.send(Msg::World(vec![Update::Container(Box::new(again))])));
    assert_eq!(asked, [(FIRST, Watch::Usage { id: id.clone() })]);
    tell(&mut screen, Seen::UsageEnd { id, result: Err("the engine went away".to_owned()) });
    assert!(shows(&screen, "the engine went away"), "{}", screen.text());
}

#[test]
fn several_containers_are_a_table_with_bars() {
    let containers = vec![
        running("api", "11:00:00"),
        running("worker", "11:00:00"),
        ended("job", "10:00:00", "10:00:09", 0),
    ];
    let ids: Vec<String> = containers.iter().map(|container| container.id.clone()).collect();
    let mut screen = desk(120, 14, containers);
    let asked = open(&mut screen, Wish::Stats { ids: ids.clone() });
    assert_eq!(asked.len(), 3);
    used(&mut screen, &ids[0], 30);
    used(&mut screen, &ids[1], 100);
    tell(&mut screen, Seen::UsageEnd { id: ids[2].clone(), result: Ok(()) });
    insta::assert_snapshot!("stats_table", screen.text());
    let asked = watches(screen.keys("j i"));
    assert_eq!(asked, [(WatchId(2), Watch::Usage { id: ids[1].clone() })]);
    assert!(shows(&screen, "Usage · worker"));
    assert_eq!(screen.keys("esc"), [Effect::Unwatch(WatchId(2))]);
    assert!(shows(&screen, "Usage · 3 containers"));
}

#[test]
fn anything_in_any_order_leaves_pages_sound() {
    let keys: Vec<&str> =
        "j k g G pageup ctrl-d / n N y Y m r space enter l h e E C < > i esc tab a 2".split(' ').collect();
    let mut seed: u64 = 7;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    for kind in [Page::InspectContainer, Page::InspectImage, Page::Processes, Page::Stats, Page::Changes] {
        let (mut screen, id) = page(kind, 80, 24);
        for _ in 0..250 {
            let top = WatchId(1 + next() as u32 % 4);
            match next() % 12 {
                0 => drop(screen.send(Msg::Seen(top, Seen::Inspected(Ok(Box::new(document())))))),
                1 => drop(screen.send(Msg::Seen(top, Seen::Inspected(Ok(Box::new(json!([1, null, {}]))))))),
                2 => drop(screen.send(Msg::Seen(top, Seen::Processes(Ok(listed(next() % 5)))))),
                3 => drop(screen.send(Msg::Seen(top, Seen::Usage { id: id.clone(), usage: Box::default() }))),
                4 => {
                    let path = format!("/a/{}/{}", next() % 3, next() % 9);
                    let change = Written { path: path.into(), happened: Happened::Added, stat: None };
                    screen.send(Msg::Seen(top, Seen::Changes(Ok((vec![change], None)))));
                }
                5 => screen.resize(40 + next() as u16 % 120, 10 + next() as u16 % 40),
                _ => drop(screen.keys(keys[next() % keys.len()])),
            }
            screen.text();
            if screen.model.desk.pile.is_empty() {
                open(&mut screen, Wish::Page { page: kind, id: id.clone(), title: "api".to_owned() });
            }
        }
    }
}
