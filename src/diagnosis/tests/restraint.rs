//! What must never be claimed, and what must be covered.

use super::{at, env, event, exited, file, log, told, verdict};
use crate::container::State;
use crate::diagnosis::facts::{Line, Source, Unavailable};
use crate::diagnosis::{Grade, Knowledge};

#[test]
fn memory_is_blamed_by_proof_alone() {
    let alone = verdict(exited(137, &["/server"]));
    assert_eq!(told(&alone), "killed-by-unknown-sender possible");
    // Nor is it ruled out.
    assert!(
        alone.top().unwrap().title.contains("no evidence of a kill at the container's memory limit"),
        "{alone:#?}"
    );
    assert!(alone.top().unwrap().commands.iter().any(|command| command.contains("dmesg")));
    let mut child = exited(1, &["/server"]);
    child.state.oom_killed = true;
    child.host.memory = Some(64 << 20);
    assert!(verdict(child).top().unwrap().title.contains("a process of it"));
    // The first log line that says Killed proves nothing.
    let mut said = exited(1, &["sh", "-c", "a; exit 1"]);
    log(&mut said, &["Killed"]);
    assert_eq!(told(&verdict(said)), "killed-by-unknown-sender possible");
}

#[test]
fn a_sender_is_named_only_where_events_were_seen() {
    let mut unseen = exited(137, &["/server"]);
    unseen.events = crate::diagnosis::facts::EventFacts::default();
    let found = verdict(unseen);
    assert_eq!(found.top().unwrap().grade, Grade::Possible);
    assert!(found.top().unwrap().evidence.iter().any(|one| one.detail.contains("no record")), "{found:#?}");
}

#[test]
fn numbers_are_read_for_the_runtime_that_wrote_them() {
    for (code, argv, not) in [
        (9, &["node", "a.js"][..], "SIGKILL"),
        (13, &["node", "a.js"], "SIGPIPE"),
        (2, &["/server"], "builtin"),
        (255, &["/server"], "range"),
        (128, &["/server"], "argument"),
    ] {
        let found = verdict(exited(code, argv));
        assert!(
            !found.exit_meaning.contains(not) && found.signal.is_none(),
            "{code}: {}",
            found.exit_meaning
        );
    }
    let mut dotnet = exited(131, &["dotnet", "app.dll"]);
    log(&mut dotnet, &["A fatal error occurred. The required library libhostfxr.so could not be found."]);
    let found = verdict(dotnet);
    assert_eq!((told(&found).as_str(), found.signal), ("dotnet-framework-missing likely", None));
}

#[test]
fn what_exists_is_not_called_missing() {
    let mut facts = exited(1, &["/entry.sh"]);
    facts.state.finished = Some(at(0.01));
    file(&mut facts, "/entry.sh", 0o755, b"#!/bin/sh\r\n");
    log(&mut facts, &["exec /entry.sh: no such file or directory"]);
    let title = verdict(facts).top().unwrap().title.clone();
    assert!(title.starts_with("/entry.sh exists"), "{title}");
}

#[test]
fn earlier_runs_are_no_reason() {
    let mut facts = exited(1, &["/server"]);
    facts.log.earlier.push(Line { text: "KeyError: 'DATABASE_URL'".to_owned(), ..Line::default() });
    assert_eq!(told(&verdict(facts)), "undecided");
    // A start that was refused wrote nothing, whatever stands in the log.
    let mut refused = exited(127, &["/gone"]);
    refused.state.error = "exec: \"/gone\": stat /gone: no such file or directory".to_owned();
    assert_eq!(told(&verdict(refused)), "entrypoint-not-in-image likely");
}

#[test]
fn a_created_container_has_not_succeeded() {
    let mut facts = exited(0, &["/server"]);
    file(&mut facts, "/server", 0o755, &super::elf(62, None));
    facts.state.status = State::Created;
    (facts.state.started, facts.state.finished) = (None, None);
    facts.events.list.clear();
    let found = verdict(facts);
    assert_eq!((found.exit_code, found.outcome.as_str()), (None, "never started"));
    assert_eq!(told(&found), "created-never-started proven");
}

#[test]
fn a_requested_stop_is_no_failure_whatever_the_log_says() {
    let mut facts = exited(1, &["python", "a.py"]);
    event(&mut facts, 1.0, "kill", &[("signal", "15")]);
    event(&mut facts, 3.0, "stop", &[]);
    log(&mut facts, &["Traceback (most recent call last):", "KeyError: 'DATABASE_URL'"]);
    let found = verdict(facts);
    assert_eq!(
        (told(&found).as_str(), found.failed, found.findings.len()),
        ("stopped-on-request proven", false, 1)
    );
}

#[test]
fn what_could_not_be_read_is_said() {
    let mut facts = exited(1, &["/server"]);
    facts
        .unavailable
        .push(Unavailable { source: Source::Logs, why: "the log driver none keeps nothing".to_owned() });
    facts.host.log_driver = "none".to_owned();
    let found = verdict(facts);
    let undecided = found.undecided.clone().unwrap();
    assert!(undecided.checked.iter().any(|line| line.contains("log driver none")), "{found:#?}");
    assert!(!undecided.checked.iter().any(|line| line.contains("nothing was printed")), "{found:#?}");
    assert_eq!(undecided.next.len(), 1);
}

#[test]
fn values_and_credentials_are_not_shown() {
    let mut facts = exited(1, &["sh", "-c", "run --password=hunter2; x"]);
    env(&mut facts, "DB_URL", "\"postgres://a:hunter2@db/x\"");
    log(
        &mut facts,
        &[
            "could not connect to postgres://a:hunter2@db:5432/x",
            "ValueError: invalid literal for int() with base 10: '\"hunter2\"'",
            "password=hunter2",
        ],
    );
    let text = format!("{:?}", verdict(facts));
    let shown: Vec<&str> =
        text.match_indices("hunter2").map(|(place, _)| &text[place.saturating_sub(60)..place]).collect();
    // The value at fault is the log's own words.
    assert!(shown.iter().all(|before| before.contains("base 10")), "{shown:#?}");
}

#[test]
fn rubbish_in_logs_is_no_trouble() {
    let mut facts = exited(1, &["/server"]);
    let long = "x".repeat(100_000);
    log(&mut facts, &["\u{fffd}\u{fffd}\u{fffd}", &long, "(((((((((", "%s%n", ""]);
    assert_eq!(told(&verdict(facts)), "undecided");
    let nothing = verdict(crate::diagnosis::Facts::default());
    assert!(!nothing.outcome.is_empty());
}

/// Every cause of the vocabulary is named by a rule or a signature.
#[test]
fn every_cause_is_found_by_something() {
    let sources = [
        include_str!("../../../assets/diagnosis/signatures.toml"),
        include_str!("../confirm/access.rs"),
        include_str!("../confirm/env.rs"),
        include_str!("../confirm/files.rs"),
        include_str!("../confirm/limits.rs"),
        include_str!("../confirm/loader.rs"),
        include_str!("../confirm/network.rs"),
        include_str!("../preflight.rs"),
        include_str!("../program/absent.rs"),
        include_str!("../program/contents.rs"),
        include_str!("../program/mod.rs"),
        include_str!("../rules/crash.rs"),
        include_str!("../rules/ending.rs"),
        include_str!("../rules/exec.rs"),
        include_str!("../rules/lines.rs"),
        include_str!("../rules/never.rs"),
        include_str!("../rules/quiet.rs"),
        include_str!("../rules/running.rs"),
        include_str!("../rules/start.rs"),
    ];
    let missed: Vec<&str> = Knowledge::embedded()
        .causes()
        .map(|cause| cause.id.as_str())
        .filter(|id| !sources.iter().any(|source| source.contains(&format!("\"{id}\""))))
        .collect();
    assert_eq!(missed, [""; 0]);
}
