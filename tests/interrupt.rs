//! `hadal clean` on a real Docker, stopped in the middle: by a key, by a signal, by a terminal that is closed, by an
//! engine that hangs. What was done is told whatever happens, and what is told is true.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is made by this test")]

mod common {
    pub mod engine;
    pub mod gate;
}

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};

use common::engine::Engine;
use common::gate::Gate;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const IMAGES: usize = 5;

/// Images, each of which goes with one request, and nothing else.
fn fill(engine: &Engine) {
    // Children go before their parents, in whatever order they are listed.
    while let images = engine.run(&["images", "-aq"])
        && !images.is_empty()
    {
        let ids: Vec<&str> = images.lines().collect();
        engine.attempt(&[&["rmi", "-f"], &ids[..]].concat());
    }
    let names: Vec<String> = (0..IMAGES).map(|at| format!("hadal-test-cut-{at}:1")).collect();
    engine.load_busybox(&names[0]);
    engine.run(&["create", "--name", "hadal-test-cut", &names[0]]);
    for name in &names[1..] {
        let change = format!("LABEL name={name}");
        engine.run(&["commit", "--change", &change, "hadal-test-cut", name]);
    }
    engine.run(&["rm", "hadal-test-cut"]);
}

fn clean(url: &str, args: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hadal"));
    for variable in ["DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST"] {
        program.env_remove(variable);
    }
    program.args(["clean", "--unused", "--yes", "--engine", url]).args(args);
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

fn send(program: &Child, signal: Signal) {
    kill_process(Pid::from_child(program), signal).unwrap();
}

/// What became of each image, in the order in which they were to go: its id, `removed` or `failed`, and why.
fn told(document: &str) -> Vec<(String, String, String)> {
    let document: Value =
        serde_json::from_str(document).unwrap_or_else(|error| panic!("{error}: {document}"));
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let done = document["done"].as_array().unwrap();
    assert_eq!(done.len(), document["remove"].as_array().unwrap().len());
    let images = done.iter().filter(|one| one["kind"] == "image");
    images.map(|one| (text(one, "id"), text(one, "status"), text(one, "error"))).collect()
}

fn assert_true(engine: &Engine, told: &[(String, String, String)]) {
    for (id, status, why) in told {
        let there = engine.attempt(&["inspect", id]).status.success();
        match (status.as_str(), why.as_str()) {
            ("removed", "") => assert!(!there, "{id} is there"),
            ("failed", "not tried: it was interrupted") => assert!(there, "{id} is gone"),
            ("failed", why) if why.contains("is not known") => {}
            other => panic!("{id}: {other:?}"),
        }
    }
}

#[test]
fn the_first_interruption_waits_for_what_has_begun() {
    let Some(engine) = Engine::docker() else { return };
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        fill(&engine);
        let gate = Gate::before(engine.socket(), 2);
        let program = clean(&gate.url(), &["--json"]).spawn().unwrap();
        gate.wait_for(3);
        send(&program, signal);
        // Long enough that a program that does not wait would have ended.
        std::thread::sleep(std::time::Duration::from_millis(500));
        gate.open();
        let output = program.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{signal:?} {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "hadal: interrupted\n");
        let told = told(&String::from_utf8(output.stdout).unwrap());
        let removed = told.iter().filter(|(_, status, _)| status == "removed").count();
        assert_eq!((told.len(), removed), (IMAGES, 3), "{told:?}");
        assert_true(&engine, &told);
    }
}

#[test]
fn the_second_interruption_waits_for_nothing() {
    let Some(engine) = Engine::docker() else { return };
    fill(&engine);
    let gate = Gate::before(engine.socket(), 1);
    let program = clean(&gate.url(), &["--json"]).spawn().unwrap();
    gate.wait_for(2);
    engine.pause();
    send(&program, Signal::INT);
    std::thread::sleep(std::time::Duration::from_millis(200));
    send(&program, Signal::TERM);
    let output = program.wait_with_output().unwrap();
    engine.resume();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let told = told(&String::from_utf8(output.stdout).unwrap());
    let why: Vec<&str> = told.iter().map(|(_, _, why)| why.as_str()).collect();
    let unknown = "whether it was done is not known: interrupted before the engine answered";
    assert_eq!(why[..3], ["", unknown, "not tried: it was interrupted"], "{told:?}");
    assert_true(&engine, &told);
    gate.open();

    // The same as text: whole lines, each of what was not done.
    fill(&engine);
    let gate = Gate::before(engine.socket(), 0);
    let program = clean(&gate.url(), &[]).spawn().unwrap();
    gate.wait_for(1);
    send(&program, Signal::INT);
    std::thread::sleep(std::time::Duration::from_millis(200));
    send(&program, Signal::INT);
    let output = program.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130), "{text}");
    assert_eq!(text.matches(" failed: ").count(), IMAGES, "{text}");
    assert!(text.contains(unknown) && text.contains("\n0 of 5 removed, 0 B freed"), "{text}");
}

#[test]
fn what_was_ignored_from_the_start_stays_ignored() {
    let Some(engine) = Engine::docker() else { return };
    fill(&engine);
    let gate = Gate::before(engine.socket(), 1);
    let mut program = Command::new("sh");
    let script = "trap '' HUP; exec \"$0\" clean --unused --yes --json --engine \"$1\"";
    program.args(["-c", script, env!("CARGO_BIN_EXE_hadal"), &gate.url()]).stdout(Stdio::piped());
    let program = program.spawn().unwrap();
    gate.wait_for(2);
    send(&program, Signal::HUP);
    gate.open();
    let output = program.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        told(&String::from_utf8(output.stdout).unwrap()).iter().all(|(_, status, _)| status == "removed")
    );
}

#[test]
fn the_work_goes_on_when_nobody_reads_of_it() {
    let Some(engine) = Engine::docker() else { return };
    for args in [&["--json"][..], &[]] {
        // Before anything is told, and in the middle.
        for read in [0, 1] {
            fill(&engine);
            let gate = Gate::before(engine.socket(), 1);
            let mut program = clean(&gate.url(), args).spawn().unwrap();
            let mut stdout = program.stdout.take().unwrap();
            if read > 0 && args.is_empty() {
                stdout.read_exact(&mut [0; 1]).unwrap();
            }
            drop(stdout);
            gate.wait_for(2);
            gate.open();
            let mut complaint = String::new();
            program.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
            let status = program.wait().unwrap();
            assert_eq!((status.code(), status.signal(), complaint.as_str()), (Some(0), None, ""), "{args:?}");
            assert!(engine.run(&["images", "-aq"]).is_empty(), "{args:?}: the work was not done");
        }
    }
}

#[test]
fn a_terminal_that_is_closed_ends_the_work_after_what_has_begun() {
    let Some(engine) = Engine::docker() else { return };
    fill(&engine);
    let gate = Gate::before(engine.socket(), 1);
    let pair = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).unwrap();
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_hadal"));
    command.args(["clean", "--unused", "--yes", "--engine", &gate.url()]);
    let mut program = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    gate.wait_for(2);
    drop(pair.master);
    std::thread::sleep(std::time::Duration::from_millis(300));
    gate.open();
    assert_eq!(program.wait().unwrap().exit_code(), 130);
    let left = engine.run(&["images", "-aq"]).lines().count();
    assert_eq!(left, IMAGES - 2, "what had begun was done, and nothing else");
}
