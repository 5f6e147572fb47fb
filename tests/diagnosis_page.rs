//! The verdict on a container as a page: what stands there, and where it leads.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/desk.rs"]
mod desk;
#[path = "common/screen.rs"]
mod screen;

use desk::{desk, ended, open, time, watches};
use hadal::container::Container;
use hadal::diagnosis::facts::Line;
use hadal::diagnosis::{
    Diagnosis, Evidence, Facts, Finding, Grade, Moment, Origin, Since, Source, Undecided,
};
use hadal::tui::msg::{Effect, Msg, Seen, Verdict, Watch, WatchId};
use hadal::tui::wish::{Page, Wish};
use hadal::world::Update;
use screen::Screen;
use serde_json::json;

const FIRST: WatchId = WatchId(1);
const SECOND: WatchId = WatchId(2);

fn failed() -> Container {
    Container {
        image: "shop/api:1.4".to_owned(),
        image_id: format!("sha256:{}", "a".repeat(64)),
        ..ended("api", "11:00:00", "11:00:01", 127)
    }
}

fn verdict() -> Verdict {
    let mut found = Finding::new(
        "entrypoint-deleted-in-layer",
        Grade::Proven,
        "/app/server was added in layer 3 and deleted in layer 5 by: RUN rm -rf /app/server\u{1b}[2J",
    );
    found.evidence = vec![
        Evidence::inspect(
            "/State/Error",
            "exec: \"/app/server\": stat /app/server: no such file or directory",
        ),
        Evidence::file("/app/server", Some(5), "whiteout /app/.wh.server"),
        Evidence::new(
            Origin::Log { line: 0, time: Some(time("11:00:01")), stderr: true },
            "exec /app/server: no such file or directory",
        ),
        Evidence::change("/app/data", "added"),
    ];
    found.contradictions = vec!["the tag has moved since".to_owned()];
    "remove that rm, or COPY after it".clone_into(&mut found.remedy);
    found.commands = vec!["hadal blame shop/api:1.4 /app/server".to_owned()];
    let facts = Facts {
        id: failed().id,
        name: "api".to_owned(),
        image: "shop/api:1.4".to_owned(),
        image_id: failed().image_id,
        ..Facts::default()
    };
    let diagnosis = Diagnosis {
        failed: true,
        outcome: "never started (127)".to_owned(),
        exit_code: Some(127),
        exit_meaning: "the command was not found".to_owned(),
        findings: vec![found],
        timeline: vec![Moment { time: time("11:00:00"), what: "created".to_owned() }],
        since: Some(Since {
            name: "api-old".to_owned(),
            how: "which runs".to_owned(),
            changes: vec!["image shop/api:1.3 → shop/api:1.4".to_owned()],
        }),
        sources: vec![
            (Source::Inspect, None),
            (Source::Events, Some("hadal listens since 11:30 only".to_owned())),
        ],
        ..Diagnosis::default()
    };
    Verdict { facts, diagnosis }
}

/// The page, with the verdict on it.
fn page(width: u16, height: u16) -> Screen {
    let mut screen = desk(width, height, vec![failed()]);
    screen.keys("2");
    let effects = screen.keys("w");
    let asked = watches(effects);
    assert!(matches!(&asked[..], [(FIRST, Watch::Diagnose { id, .. })] if *id == failed().id), "{asked:?}");
    assert!(screen.text().contains("looking at how it ended"), "{}", screen.text());
    tell(&mut screen, Ok(Box::new(verdict())));
    screen
}

fn tell(screen: &mut Screen, result: Result<Box<Verdict>, String>) -> Vec<Effect> {
    screen.send(Msg::Seen(FIRST, Seen::Diagnosed(result)))
}

/// To the first row that holds this text.
fn go_to(screen: &mut Screen, text: &str) {
    screen.keys("g");
    for _ in 0..60 {
        let lines = screen.lines();
        let at = lines.iter().position(|line| line.contains(text)).unwrap_or_else(|| panic!("no {text}"));
        let row = screen.model.desk.pile.len();
        assert!(row > 0);
        if selected(screen) == Some(at) {
            return;
        }
        screen.keys("j");
    }
    panic!("{text} is never selected: {}", screen.text());
}

/// The screen's line of the selected row, by its position in the frame's edge.
fn selected(screen: &Screen) -> Option<usize> {
    let text = screen.lines();
    let edge = text.iter().find(|line| line.contains("Diagnosis · "))?;
    let position = edge.rsplit(' ').find(|word| word.contains('/'))?;
    let at: usize = position.split('/').next()?.parse().ok()?;
    let top = text.iter().position(|line| line.contains("Diagnosis · "))?;
    Some(top + at)
}

#[test]
fn the_verdict_is_a_page() {
    insta::assert_snapshot!("diagnosis_80x24", page(80, 24).text());
    insta::assert_snapshot!("diagnosis_120x35", page(120, 35).text());
}

#[test]
fn evidence_leads_to_where_it_is_from() {
    let mut screen = page(120, 35);
    go_to(&mut screen, "inspect State.Error");
    let asked = watches(screen.keys("enter"));
    assert!(matches!(&asked[..], [(SECOND, Watch::Container { .. })]), "{asked:?}");
    let told =
        json!({ "Id": "x", "State": { "Status": "created", "Error": "stat /app/server" }, "Args": [1, 2] });
    screen.send(Msg::Seen(SECOND, Seen::Inspected(Ok(Box::new(told)))));
    let text = screen.text();
    assert!(text.contains("Inspect · api") && text.contains(".State.Error"), "the cursor is there: {text}");
    screen.keys("esc");
    assert!(screen.text().contains("Diagnosis · api"), "{}", screen.text());

    let mut screen = page(120, 35);
    go_to(&mut screen, "log stderr");
    let asked = watches(screen.keys("enter"));
    assert!(asked.iter().any(|(_, watch)| matches!(watch, Watch::Log { .. })), "{asked:?}");

    let mut screen = page(120, 35);
    go_to(&mut screen, "changed files");
    let asked = watches(screen.keys("enter"));
    assert!(matches!(&asked[..], [(SECOND, Watch::Changes { .. })]), "{asked:?}");

    let mut screen = page(120, 35);
    go_to(&mut screen, "image layer 5");
    let effects = screen.keys("enter");
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Explore(_, id) if *id == failed().image_id))
    );
    assert_eq!(screen.model.explorer.goal, Some(("/app/server".to_owned(), Some(5))));
}

#[test]
fn a_ticket_and_a_command_are_copied() {
    let mut screen = page(120, 35);
    let copied = |effects: Vec<Effect>| match &effects[..] {
        [Effect::Copy(text)] => text.clone(),
        other => panic!("{other:?}"),
    };
    let ticket = copied(screen.keys("y"));
    assert!(ticket.starts_with("### api: never started (127)"), "{ticket}");
    assert!(!ticket.contains('\u{1b}'));
    assert!(screen.text().contains("copied the verdict, as Markdown"), "{}", screen.text());
    go_to(&mut screen, "$ hadal blame");
    assert_eq!(copied(screen.keys("Y")), "hadal blame shop/api:1.4 /app/server");
    assert_eq!(copied(screen.keys("enter")), "hadal blame shop/api:1.4 /app/server");
}

#[test]
fn what_to_do_next_begins_here() {
    let mut screen = page(120, 35);
    assert_eq!(screen.keys("e"), []);
    assert!(screen.text().contains("docker run --rm -it --entrypoint sh"), "{}", screen.text());
    assert!(matches!(&screen.keys("enter")[..], [Effect::Try(id)] if *id == failed().id));
    let mut screen = page(120, 35);
    assert_eq!(screen.keys("s"), [], "a restart is asked for first");
    assert!(matches!(&screen.keys("enter")[..], [Effect::Act(_, hadal::world::Act::Restart { .. })]));
    let mut screen = page(120, 35);
    let asked = watches(screen.keys("l"));
    assert!(asked.iter().any(|(_, watch)| matches!(watch, Watch::Log { .. })), "{asked:?}");
}

#[test]
fn undecided_shows_what_would_decide() {
    let mut told = verdict();
    told.diagnosis.findings.clear();
    told.diagnosis.undecided = Some(Undecided {
        checked: vec!["no line of its log names a cause".to_owned()],
        next: vec!["run it with sh -x".to_owned()],
    });
    told.diagnosis.last_lines =
        vec![Line { text: "bye \u{1b}]0;x\u{7}".to_owned(), stderr: true, ..Line::default() }];
    let mut screen = desk(80, 24, vec![failed()]);
    open(&mut screen, Wish::Page { page: Page::Diagnosis, id: failed().id, title: "api".to_owned() });
    tell(&mut screen, Ok(Box::new(told)));
    for part in ["Undecided", "no line of its log names a cause", "! bye ", "→ run it with sh -x"] {
        assert!(screen.text().contains(part), "{part}: {}", screen.text());
    }
    assert!(!screen.text().contains('\u{1b}'));
    // An error leaves what is there, and says so.
    tell(&mut screen, Err("the engine is away".to_owned()));
    assert!(screen.text().contains("shown is what was known before"), "{}", screen.text());
}

#[test]
fn every_failed_container_has_a_line_in_the_list() {
    let healthy = desk::running("db", "11:00:00");
    let mut screen = desk(160, 24, vec![failed(), healthy]);
    let effects = screen.keys("2");
    let [Effect::Judge { ids, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*ids, [failed().id]);
    assert_eq!(screen.keys("j"), [], "once is enough while it is under way");
    let line = "127 · /app/server was deleted in layer 5".to_owned();
    screen.send(Msg::Judged(vec![(failed().id, Some(line.clone()))]));
    assert!(screen.text().contains("127 · /app/server was deleted"), "{}", screen.text());
    assert_eq!(screen.keys("k"), [], "it is known now");
    // Another run is another verdict.
    let again = Container { finished_at: Some(time("11:30:00")), ..failed() };
    let effects = screen.send(Msg::World(vec![Update::Container(Box::new(again))]));
    assert!(matches!(&effects[..], [Effect::Judge { .. }]), "{effects:?}");
    // On a narrow screen the selected one has it below.
    screen.send(Msg::Judged(vec![(failed().id, Some(line.clone()))]));
    screen.resize(80, 24);
    screen.keys("g");
    assert!(screen.text().contains("why: 127 · /app/server"), "{}", screen.text());
}
