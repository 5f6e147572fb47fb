//! The log viewer as pictures and by what it does: what containers wrote and some keys → what is drawn.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/desk.rs"]
mod desk;
#[path = "common/screen.rs"]
mod screen;

use std::fmt::Write as _;

use desk::{desk, ended, line_of, lines, open, run, running, time, watches, wrote};
use hadal::container::log::{Limits, LogStore};
use hadal::tui::msg::{Effect, Feed, Msg, Seen, Watch, WatchId};
use hadal::tui::wish::{Page, Wish};
use hadal::world::{Connection, Event, Update};
use screen::Screen;

const FIRST: WatchId = WatchId(1);

const API: &str = r#"
    10:00:01.100 listening on :8080
    10:00:02.250 GET /health 200 1ms
    10:00:03.500 ! \e[33mwarning\e[0m: slow query (1240 ms)
    10:00:03.600 {"level":"info","msg":"paid","order":1042,"tags":["a","b"]}
    10:00:04.000 ! Traceback (most recent call last):
    10:00:04.000 !   File "/app/pay.py", line 88, in charge
    10:00:04.001 ! TimeoutError: gateway did not answer within 30 s while the order 1042 was being paid for by card
    11:59:30.000 listening on :8080
    11:59:31.000 GET /health 200 1ms
"#;

/// A container that was started twice, its log open.
fn api(width: u16, height: u16, keys: &str) -> Screen {
    let container = running("api", "11:59:29");
    let id = container.id.clone();
    let mut screen = desk(width, height, vec![container]);
    let asked = open(&mut screen, Wish::Logs { ids: vec![id.clone()] });
    assert_eq!(asked, [(FIRST, Watch::Log { feed: Feed(1), id, tail: Some(5000), newest: None })]);
    tell(&mut screen, Seen::LogRun { feed: Feed(1), run: run("10:00:00", Some(("10:00:04.5", 137))) });
    tell(&mut screen, Seen::LogRun { feed: Feed(1), run: run("11:59:29", None) });
    wrote(&mut screen, FIRST, 1, API);
    screen.keys(keys);
    screen
}

fn tell(screen: &mut Screen, seen: Seen) -> Vec<Effect> {
    screen.send(Msg::Seen(FIRST, seen))
}

/// The selected row, as it is drawn.
fn selected(screen: &Screen) -> String {
    use ratatui::style::Modifier;
    let terminal = screen.terminal();
    let cells = &terminal.backend().buffer().content;
    let mut rows =
        cells.chunks(screen.width.into()).filter(|row| row[1].modifier.contains(Modifier::REVERSED));
    let row = rows.next().unwrap();
    row[1..row.len() - 1].iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim().to_owned()
}

fn shows(screen: &Screen, text: &str) -> bool {
    screen.lines().iter().any(|line| line.contains(text))
}

#[test]
fn a_log_of_two_runs() {
    insta::assert_snapshot!("log_80x24", api(80, 24, "").text());
    insta::assert_snapshot!("log_120x20", api(120, 20, "s").text());
    insta::assert_snapshot!("log_wrapped", api(80, 20, "W k k k").text());
}

#[test]
fn a_container_that_ended_shows_all_it_ever_wrote() {
    let container = ended("job", "08:59:00", "09:00:00", 1);
    let id = container.id.clone();
    let mut screen = desk(80, 20, vec![container]);
    open(&mut screen, Wish::Logs { ids: vec![id] });
    tell(&mut screen, Seen::LogRun { feed: Feed(1), run: run("08:59:00", Some(("09:00:00", 1))) });
    wrote(&mut screen, FIRST, 1, "08:59:01 begun\n08:59:59 ! out of disk");
    tell(&mut screen, Seen::LogEnd { feed: Feed(1), run: Some(run("08:59:00", Some(("09:00:00", 1)))) });
    insta::assert_snapshot!("log_ended", screen.text());
    // It is started again while somebody looks.
    tell(&mut screen, Seen::LogRun { feed: Feed(1), run: run("11:59:50", None) });
    wrote(&mut screen, FIRST, 1, "11:59:51 begun again");
    assert!(shows(&screen, "started 2026-11-21 11:59:50 · run before: exit 1, 09:00:00"));
    assert!(!shows(&screen, "── ended"));
}

#[test]
fn several_containers_are_merged_by_time() {
    let containers = vec![running("web", "10:00:00"), running("db", "10:00:00")];
    let ids: Vec<String> = containers.iter().map(|container| container.id.clone()).collect();
    let mut screen = desk(80, 16, containers);
    let asked = open(&mut screen, Wish::Logs { ids });
    assert_eq!(asked.len(), 2);
    wrote(&mut screen, FIRST, 1, "10:00:01 web 1\n10:00:03 web 2\n10:00:05 ! web 3");
    wrote(&mut screen, FIRST, 2, "10:00:02 db 1\n10:00:04 db 2\n10:00:06 db 3");
    insta::assert_snapshot!("log_merged", screen.text());
    // A stale reading is nobody's.
    wrote(&mut screen, FIRST, 7, "10:00:07 nobody's");
    wrote(&mut screen, WatchId(99), 1, "10:00:07 nobody's");
    assert!(!shows(&screen, "nobody"));
}

#[test]
fn following_ends_by_going_up_and_begins_at_the_end() {
    let mut screen = api(80, 14, "");
    assert!(shows(&screen, "9/9 following"), "{}", screen.text());
    screen.keys("k");
    assert!(shows(&screen, "8/9 not following"));
    wrote(&mut screen, FIRST, 1, "11:59:40 new line");
    assert!(shows(&screen, "8/10 not following"));
    screen.keys("G");
    wrote(&mut screen, FIRST, 1, "11:59:41 newer line");
    assert!(shows(&screen, "11/11 following"));
    assert_eq!(selected(&screen), "newer line");
    screen.keys("F");
    wrote(&mut screen, FIRST, 1, "11:59:42 newest line");
    assert!(shows(&screen, "11/12 not following"));
    screen.keys("j");
    assert!(shows(&screen, "12/12 not following") || shows(&screen, "12/12 following"));
}

#[test]
fn searching_goes_to_what_is_found() {
    let mut screen = api(80, 20, "/");
    screen.types("health");
    assert!(shows(&screen, "2 matches"), "{}", screen.text());
    screen.keys("enter");
    assert!(shows(&screen, "/health 2/2"), "{}", screen.text());
    screen.keys("n");
    assert!(shows(&screen, "/health 1/2") && shows(&screen, "from the start again"));
    screen.keys("N");
    assert!(shows(&screen, "/health 2/2"));
    // What is found under colours counts as it is seen.
    screen.keys("/ ctrl-u");
    screen.types("warning: slow");
    screen.keys("enter");
    assert_eq!(selected(&screen), "▎warning: slow query (1240 ms)");
    // A regular expression, and a wrong one.
    screen.keys("/ ctrl-u tab");
    screen.types("GET .* 2\\d\\d");
    assert!(shows(&screen, "2 matches"));
    screen.types("(");
    assert!(shows(&screen, "! unclosed group"), "{}", screen.text());
    screen.keys("esc");
    assert!(!shows(&screen, "regex"));
    screen.keys("n");
    assert!(shows(&screen, "nothing is searched for"));
}

#[test]
fn a_filter_leaves_only_what_matches_and_stays_live() {
    let mut screen = api(80, 20, "&");
    screen.types("health");
    screen.keys("enter");
    assert!(shows(&screen, "2/2") && !shows(&screen, "Traceback"), "{}", screen.text());
    wrote(&mut screen, FIRST, 1, "11:59:40 GET /pay 500\n11:59:41 GET /health 503");
    assert!(shows(&screen, "3/3") && shows(&screen, "/health 503") && !shows(&screen, "/pay 500"));
    screen.keys("esc");
    assert!(shows(&screen, "11/11") && shows(&screen, "/pay 500"));
    screen.keys("o");
    assert!(shows(&screen, "stderr only") && shows(&screen, "4/4"), "{}", screen.text());
    screen.keys("o");
    assert!(shows(&screen, "stdout only") && shows(&screen, "7/7"));
    screen.keys("& ctrl-u");
    screen.types("no such thing");
    screen.keys("enter");
    assert!(shows(&screen, "no line is left to show"));
    screen.keys("esc");
    assert!(shows(&screen, "11/11"), "{}", screen.text());
}

#[test]
fn standard_error_is_gone_through() {
    let mut screen = api(80, 20, "g ]");
    assert!(selected(&screen).contains("warning"), "{}", selected(&screen));
    screen.keys("] ] ]");
    assert!(selected(&screen).contains("TimeoutError"));
    screen.keys("]");
    assert!(shows(&screen, "no line of standard error after this one"));
    screen.keys("[");
    assert!(selected(&screen).contains("pay.py"));
}

#[test]
fn a_time_is_gone_to() {
    let mut screen = api(80, 20, "@");
    screen.types("10:00:03.6");
    screen.keys("enter");
    assert!(selected(&screen).contains("paid"), "{}", screen.text());
    screen.keys("@");
    screen.types("soon");
    screen.keys("enter");
    assert!(shows(&screen, "! no time"));
    screen.keys("esc @");
    screen.types("1m");
    screen.keys("enter");
    assert!(selected(&screen).contains("listening"));
}

#[test]
fn lines_are_copied_and_written() {
    let mut screen = api(80, 20, "g j j");
    let copied = |effects: Vec<Effect>| {
        effects.into_iter().find_map(|effect| match effect {
            Effect::Copy(text) => Some(text),
            _ => None,
        })
    };
    assert_eq!(copied(screen.keys("y")).unwrap(), "warning: slow query (1240 ms)");
    screen.keys("k space j");
    assert!(screen.text().matches('•').count() == 2, "{}", screen.text());
    assert_eq!(copied(screen.keys("y")).unwrap(), "GET /health 200 1ms\nwarning: slow query (1240 ms)");
    screen.keys("space j w");
    assert!(shows(&screen, "2 lines") && shows(&screen, "api.log"), "{}", screen.text());
    let effects = screen.keys("enter");
    let [Effect::Write { path, bytes }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(path, "api.log");
    assert!(
        bytes.starts_with(b"\x1b[33mwarning\x1b[0m: slow query (1240 ms)\n{\"level\""),
        "as it was written"
    );
    screen
        .send(Msg::Wrote { path: "api.log".to_owned(), result: Err("api.log is there already".to_owned()) });
    assert!(shows(&screen, "! api.log is there already"));
}

#[test]
fn details_lay_json_out() {
    let mut screen = api(80, 24, "g j j j enter");
    insta::assert_snapshot!("log_details", screen.text());
    screen.keys("esc");
    assert!(!shows(&screen, "laid out"));
    assert!(shows(&screen, "4/9"));
}

#[test]
fn older_lines_are_read_when_somebody_goes_there() {
    let mut screen = desk(80, 20, vec![running("api", "09:00:00")]);
    let id = running("api", "09:00:00").id;
    open(&mut screen, Wish::Logs { ids: vec![id] });
    let batch = |from: u32, to: u32| {
        let mut text = String::new();
        (from..to).for_each(|at| writeln!(text, "10:{:02}:{:02} line {at}", at / 60 % 60, at % 60).unwrap());
        lines(&text)
    };
    let older = |screen: &mut Screen, result| tell(screen, Seen::LogPage { feed: Feed(1), result });
    let end = LogStore::default();
    // More than are read at once, so that there may be older ones.
    let mut newest = LogStore::new(Limits::default());
    for at in 0..5000 {
        newest.push(&line_of(time("11:00:00") + jiff::SignedDuration::from_millis(at), false, b"x"));
    }
    tell(&mut screen, Seen::Lines { feed: Feed(1), lines: newest, open: end });
    assert!(shows(&screen, "older ones at the top"), "{}", screen.text());
    let asked = watches(screen.keys("g"));
    assert!(matches!(&asked[..], [(FIRST, Watch::LogPage { feed: Feed(1), .. })]), "{asked:?}");
    assert_eq!(watches(screen.keys("g")), [], "once is enough");
    assert!(shows(&screen, "reading older lines"));
    older(&mut screen, Ok(batch(0, 100)));
    assert!(shows(&screen, "101/5100"), "{}", screen.text());
    screen.keys("g");
    older(&mut screen, Err("the engine is away".to_owned()));
    assert!(shows(&screen, "the engine is away"));
    screen.keys("g");
    older(&mut screen, Ok(LogStore::default()));
    assert!(!shows(&screen, "older ones at the top"), "{}", screen.text());
    assert_eq!(watches(screen.keys("g")), [], "there are no older ones");
}

#[test]
fn losing_the_engine_loses_no_line() {
    let mut screen = api(80, 20, "");
    let since = jiff::Timestamp::UNIX_EPOCH;
    tell(&mut screen, Seen::LogLost { feed: Feed(1), why: "the engine went away".to_owned() });
    let lost = Connection::Lost { since, why: "the engine went away".to_owned() };
    screen.send(Msg::World(vec![Update::Connection(lost)]));
    assert!(shows(&screen, "GET /health"));
    let asked = watches(screen.send(Msg::World(vec![Update::Connection(Connection::Live)])));
    let newest = Some((time("11:59:31"), 1));
    let [(FIRST, Watch::Log { feed: Feed(2), newest: known, tail: None, .. })] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!(*known, newest);
    wrote(&mut screen, FIRST, 2, "11:59:50 back");
    assert!(shows(&screen, "10/10"));
}

#[test]
fn events_tell_how_a_run_ended() {
    let mut screen = api(100, 20, "");
    let id = running("api", "11:59:29").id;
    let event = |action: &str, at: &str, attributes: Vec<(String, String)>| {
        let (kind, action, id) = ("container".to_owned(), action.to_owned(), id.clone());
        Update::Event(Event { time: Some(time(at)), kind, action, id, attributes })
    };
    let code = vec![("exitCode".to_owned(), "3".to_owned())];
    screen.send(Msg::World(vec![event("die", "11:59:45", code), event("start", "11:59:46", Vec::new())]));
    wrote(&mut screen, FIRST, 1, "11:59:47 third run");
    assert!(
        shows(&screen, "started 2026-11-21 11:59:46 · run before: exit 3, 11:59:45"),
        "{}",
        screen.text()
    );
}

#[test]
fn esc_goes_back_step_by_step_and_ends_what_was_watched() {
    let mut screen = api(80, 20, "/");
    screen.types("health");
    screen.keys("enter space I");
    let page = screen.text();
    assert!(page.contains("Inspect · api"), "{page}");
    assert_eq!(screen.keys("esc"), [Effect::Unwatch(WatchId(2))]);
    assert_eq!(screen.keys("esc"), [], "drops the range");
    assert_eq!(screen.keys("esc"), [], "drops the search");
    assert_eq!(screen.keys("esc"), [Effect::Unwatch(FIRST)]);
    assert!(screen.model.desk.pile.is_empty());
    assert_eq!(screen.keys("esc"), []);
    let ids = vec![running("api", "11:59:29").id];
    open(&mut screen, Wish::Logs { ids });
    open(&mut screen, Wish::Page { page: Page::Stats, id: "x".to_owned(), title: "x".to_owned() });
    let effects = screen.keys("2");
    assert_eq!(
        effects,
        [Effect::Unwatch(WatchId(3)), Effect::Unwatch(WatchId(4))],
        "a tab closes all of them"
    );
}

#[test]
fn hostile_lines_never_reach_the_terminal() {
    let evil = "10:00:01 \\e]0;title\x07\\e[2J\\e[31mred \u{202e}reversed \u{9b}5n\x08\x07 \\e]52;c;cHduZWQ=\x07end\n\
                10:00:02 ! \\e[999999999999;1Hnowhere \\e[?1049h\\ePq~\\e\\\\ \\e";
    for keys in ["", "W", "c", "s s", "enter"] {
        let mut screen = api(80, 24, "");
        wrote(&mut screen, FIRST, 1, evil);
        screen.keys(keys);
        let text: String = screen.lines().concat();
        let bad = text.chars().find(|letter| letter.is_control() || *letter == '\u{202e}');
        assert_eq!(bad, None, "{keys}: {text}");
        assert!(text.contains("nowhere"), "{text}");
    }
}

#[test]
fn long_lines_are_cut_and_shifted() {
    let mut screen = api(80, 14, "");
    let long: String = (0..2000).fold(String::new(), |text, at| text + &format!("{at:07} "));
    wrote(&mut screen, FIRST, 1, &format!("11:59:50 {long}"));
    assert!(selected(&screen).ends_with('…'));
    screen.keys("> >");
    assert!(selected(&screen).starts_with("0000004"), "{}", selected(&screen));
    screen.keys("< < F W");
    let before = screen.text();
    assert!(before.contains("0000000"), "{before}");
    // A line that is higher than the screen is gone through row by row.
    screen.keys("j j j");
    assert!(!screen.text().contains("0000000 0000001"), "{}", screen.text());
}

/// A flood as the engine's side sends it: batches of lines.
fn flood(lines: usize, each: usize) -> impl Iterator<Item = LogStore> {
    let batches = lines / each;
    (0..batches).map(move |batch| {
        let mut store = LogStore::default();
        for at in batch * each..(batch + 1) * each {
            let time = time("10:00:00") + jiff::SignedDuration::from_micros(at as i64);
            let text = format!("line {at} of the flood, {} of all of them an error", at % 97);
            store.push(&line_of(time, at % 10 == 0, text.as_bytes()));
        }
        store
    })
}

#[test]
fn a_flood_stays_within_bounds_and_keeps_keys_quick() {
    let mut screen = api(120, 40, "");
    for batch in flood(1_000_000, 4000) {
        screen.only(Msg::Seen(FIRST, Seen::Lines { feed: Feed(1), lines: batch, open: LogStore::default() }));
    }
    assert!(shows(&screen, "50000 lines"), "{}", screen.text());
    assert!(shows(&screen, "950009 older ones let go"), "{}", screen.text());
    // A clock says little on a machine that others use too; what is allocated says how much was looked at.
    for keys in ["k", "pageup", "g", "j", "G", "W", "ctrl-u", "s", "]", "[", "n", "space", "c", "i", "esc"] {
        let cost = allocation_counter::measure(|| drop(screen.keys(keys)));
        assert!(cost.bytes_total < 1 << 20, "{keys} allocates {} bytes", cost.bytes_total);
        let cost = allocation_counter::measure(|| drop(screen.text()));
        assert!(cost.bytes_total < 4 << 20, "a frame after {keys} allocates {} bytes", cost.bytes_total);
    }
}

#[test]
fn searching_a_full_store_is_done_in_parts() {
    let mut screen = api(120, 40, "");
    for batch in flood(100_000, 4000) {
        screen.only(Msg::Seen(FIRST, Seen::Lines { feed: Feed(1), lines: batch, open: LogStore::default() }));
    }
    screen.only(Msg::Key(screen::event("/")));
    let mut effects = Vec::new();
    for letter in "97 of".chars() {
        effects.extend(screen.only(Msg::Key(screen::event(&letter.to_string()))));
    }
    effects.extend(screen.only(Msg::Key(screen::event("backspace"))));
    // One part is under way, whatever was typed meanwhile.
    assert_eq!(effects, [Effect::Watch(FIRST, Watch::Again)]);
    let mut parts = 0;
    while !effects.is_empty() {
        effects = screen.only(Msg::Seen(FIRST, Seen::Again));
        parts += 1;
    }
    assert!(parts > 1, "{parts}");
    assert!(!shows(&screen, "+ match"), "{}", screen.text());
}

#[test]
fn anything_in_any_order_leaves_it_sound() {
    let keys = "j k g G pageup pagedown ctrl-d ctrl-u / & n N F ] [ o s @ W c > < space y w enter i esc tab x a 1 0 r";
    let keys: Vec<&str> = keys.split(' ').collect();
    let mut seed: u64 = 42;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    for round in 0..12 {
        let mut screen = api(60 + next() as u16 % 80, 14 + next() as u16 % 30, "");
        let (mut id, mut feed) = (FIRST, 1);
        for step in 0..150 {
            match next() % 12 {
                0 => drop(wrote(&mut screen, id, feed, "11:59:59 more \\e[31mof it\n11:59:59 ! and more")),
                1 => drop(screen.send(Msg::Seen(
                    id,
                    Seen::LogPage { feed: Feed(feed), result: Ok(lines("09:00:00 old")) },
                ))),
                2 => screen.resize(40 + next() as u16 % 120, 10 + next() as u16 % 40),
                3 => drop(screen.send(Msg::Paste("pasted \u{1b}[31m".to_owned()))),
                _ => drop(screen.keys(keys[next() % keys.len()])),
            }
            screen.text();
            if screen.model.desk.pile.is_empty() {
                let ids = vec![running("api", "11:59:29").id];
                (id, feed) = (open(&mut screen, Wish::Logs { ids })[0].0, 1);
                wrote(&mut screen, id, feed, API);
            }
            assert!(screen.model.desk.pile.len() < 50, "{round} {step}");
        }
    }
}
