//! The clean-up screen of the real program in a pseudo-terminal, on a real Docker and a real Podman: what others do
//! between the plan and its confirmation, an engine that dies there, and a program that may change nothing.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common {
    pub mod builds;
    pub mod engine;
    pub mod terminal;
}

use common::builds::build;
use common::engine::{Engine, Kind};
use common::terminal::Session;

const GOES: &str = "hadal-test-goes:1";
const USED: &str = "hadal-test-used:1";

/// An engine with two images that nobody uses.
fn engine(kind: Kind) -> Option<Engine> {
    let engine = match kind {
        Kind::Docker => Engine::docker(),
        Kind::Podman => Engine::podman(),
    }?;
    for (tag, bytes) in [(GOES, 100_000), (USED, 50_000)] {
        build(&engine, tag, "FROM scratch\nCOPY file /file\n", &[("file", bytes)], false);
    }
    Some(engine)
}

/// The program on its clean-up screen, with the plan for everything.
fn planned(engine: &Engine, wanted: &str) -> Session {
    let mut session = Session::on(&engine.url(), 120, 35);
    session.wait_for("live");
    session.send("3");
    session.wait_for(GOES);
    session.wait_for("all of this together frees");
    session.send("*");
    session.wait_for("marked: free together");
    session.send("d");
    session.wait_for("do exactly this");
    session.wait_for(wanted);
    session
}

fn tags(engine: &Engine) -> String {
    engine.run(&["images", "--format", "{{.Repository}}:{{.Tag}}"])
}

fn what_others_do_meanwhile(engine: &Engine) {
    let mut session = planned(engine, USED);
    // A container from one of the images appears while the plan is on the screen, and is nobody's to break.
    engine.run(&["create", "--name", "hadal-test-late", USED, "none"]);
    session.send("\r");
    session.wait_until("it is told what was not done", |text| {
        text.contains("removed 1 of 2") && text.contains("predicted") && text.contains("1 not")
    });
    assert!(!tags(engine).contains(GOES) && tags(engine).contains(USED));
    // Why is at hand.
    session.send("#");
    session.wait_for("changed, skipped");
    session.send("\x1b");
    session.wait_until("the list alone", |text| !text.contains("changed, skipped"));
    session.send("q");
    session.assert_restored("ended 0");
}

#[test]
fn docker_changes_between_a_plan_and_its_confirmation() {
    if let Some(engine) = engine(Kind::Docker) {
        what_others_do_meanwhile(&engine);
    }
}

#[test]
fn podman_changes_between_a_plan_and_its_confirmation() {
    if let Some(engine) = engine(Kind::Podman) {
        what_others_do_meanwhile(&engine);
    }
}

#[test]
fn the_build_cache_goes_with_what_was_built() {
    let Some(engine) = Engine::docker() else { return };
    build(&engine, GOES, "FROM scratch\nCOPY file /file\n", &[("file", 100_000)], true);
    let mut session = planned(&engine, "build-cache");
    session.send("\r");
    session.wait_until("all of it is gone", |text| {
        text.contains("nothing could go") && text.contains("removed") && !text.contains("not: #")
    });
    assert!(!tags(&engine).contains(GOES));
    let usage = engine.run(&["system", "df", "--format", "{{.Type}} {{.Size}}"]);
    assert!(usage.lines().any(|line| line == "Build Cache 0B"), "{usage}");
    session.send("q");
    session.assert_restored("ended 0");
}

#[test]
fn an_engine_that_dies_under_a_plan_loses_nothing() {
    let Some(mut engine) = engine(Kind::Docker) else { return };
    let mut session = planned(&engine, USED);
    engine.kill();
    session.send("\r");
    session.wait_for("nothing was done");
    engine.start();
    session.wait_for("● live");
    session.wait_for(GOES);
    assert!(tags(&engine).contains(GOES) && tags(&engine).contains(USED));
    session.send("q");
    session.assert_restored("ended 0");
}

#[test]
fn who_may_only_read_removes_nothing() {
    let Some(engine) = engine(Kind::Docker) else { return };
    let mut session = Session::start(&["--read-only", "--engine", &engine.url()], 120, 35);
    session.wait_for("live");
    session.send("3");
    session.wait_for(GOES);
    session.send("*d");
    session.wait_for("do exactly this");
    session.send("\r");
    session.wait_for("--read-only forbids it");
    session.send("q");
    session.assert_restored("ended 0");
    assert!(tags(&engine).contains(GOES) && tags(&engine).contains(USED));
}
