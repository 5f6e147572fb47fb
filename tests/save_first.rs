//! `hadal clean --save` with real engines: what was saved comes back as it was, and where saving fails nothing goes.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is made by this test")]

mod common {
    pub mod engine;
}
#[allow(dead_code, reason = "which fields occur is another test's question")]
#[path = "schemas/validate.rs"]
mod validate;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use common::engine::{Engine, Kind};
use hadal::cleanup::Wish;
use hadal::jobs::{Ask, Cleaning, Engines, Surroundings, Task};
use serde_json::Value;
use validate::Schema;

fn command(engine: &Engine, args: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hadal"));
    for variable in ["DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST"] {
        program.env_remove(variable);
    }
    program.arg("clean").args(args).args(["--engine", &engine.url()]).stdin(Stdio::null());
    program
}

fn clean(engine: &Engine, args: &[&str]) -> Output {
    command(engine, args).output().unwrap()
}

fn document(output: &Output) -> Value {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "{:?}: {complaint}", output.status);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut schema = Schema::parse(include_str!("../assets/schemas/clean.json"));
    assert_eq!(schema.complaints(&document), [""; 0], "{document:#}");
    document
}

/// What a failed command says; it removed nothing, and left nothing in the folder.
fn refused(engine: &Engine, output: &Output, folder: &Path, files: usize) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    assert!(text.ends_with("; nothing was removed") && text.lines().count() == 1, "{text}");
    for name in NAMES {
        engine.run(&["inspect", name]);
    }
    assert_eq!(fs::read_dir(folder).map_or(0, Iterator::count), files, "{text}");
    text
}

const NAMES: [&str; 4] =
    ["hadal-test-one:1", "hadal-test-one:also", "hadal-test-alias:7", "hadal-test-two:1"];

/// An image of three names, one of one name on top of it, and one without a name; what the last one is called.
fn fill(engine: &Engine) -> String {
    let id = |name: &str| {
        let id = engine.run(&["inspect", "--format", "{{.Id}}", name]);
        if id.starts_with("sha256:") { id } else { format!("sha256:{id}") }
    };
    let commit = |of: &str, script: &str, name: &str| {
        engine.run(&["run", "--network", "none", "--name", "hadal-test-made", of, "sh", "-c", script]);
        engine.run(&["commit", "hadal-test-made", name]);
        engine.run(&["rm", "hadal-test-made"]);
    };
    engine.load_busybox("hadal-test-one:1");
    engine.run(&["tag", "hadal-test-one:1", "hadal-test-one:also"]);
    engine.run(&["tag", "hadal-test-one:1", "hadal-test-alias:7"]);
    commit("hadal-test-one:1", "head -c 300000 /dev/urandom > /lost", "hadal-test-two:1");
    let lost = id("hadal-test-two:1");
    commit("hadal-test-one:1", "head -c 400000 /dev/urandom > /two", "hadal-test-two:1");
    lost
}

fn comes_back(engine: &Engine) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let lost = fill(engine);
    let ids = |engine: &Engine| NAMES.map(|name| engine.run(&["inspect", "--format", "{{.Id}}", name]));
    let before = ids(engine);

    // Nothing to save where no image goes, and nothing is saved where nothing is to be done.
    let archive = path("none.tar");
    let nothing = document(&clean(engine, &["--stopped", "--save", &archive, "--yes", "--json"]));
    let planned = document(&clean(engine, &["--unused", "--save", &archive, "--dry-run", "--json"]));
    assert!(nothing["saved"].is_null() && planned["saved"].is_null() && planned["done"].is_null());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let shown = clean(engine, &["--unused", "--save", &archive, "--dry-run"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let by_hand = shown.lines().skip_while(|line| *line != "the same by hand:").nth(1).unwrap();
    assert!(by_hand.contains(&format!(" save -o {archive} ")), "{shown}");

    fs::write(path("mine.tar"), "precious").unwrap();
    let taken = clean(engine, &["--unused", "--save", &path("mine.tar"), "--yes"]);
    assert!(refused(engine, &taken, folder.path(), 1).contains("it is there already"));
    assert_eq!(fs::read_to_string(path("mine.tar")).unwrap(), "precious");
    let nowhere = clean(engine, &["--unused", "--save", &path("no/such.tar"), "--yes"]);
    assert!(refused(engine, &nowhere, folder.path(), 1).contains("there is no such folder"));
    // A disk with room for some of it.
    let full = folder.path().join("full");
    fs::create_dir(&full).unwrap();
    let mut small = Command::new("unshare");
    let archive = full.join("x.tar");
    let inner = command(engine, &["--unused", "--yes", "--save", archive.to_str().unwrap()]);
    small.args([
        "--mount",
        "sh",
        "-c",
        "mount -t tmpfs -o size=200k none \"$0\" && \"$@\"; s=$?; ls -A \"$0\"; exit $s",
    ]);
    small.arg(&full).arg(inner.get_program()).args(inner.get_args()).stdin(Stdio::null());
    let small = small.output().unwrap();
    assert!(refused(engine, &small, &full, 0).contains("the disk is full"));
    let listed = String::from_utf8_lossy(&small.stdout).into_owned();
    assert!(!listed.lines().last().unwrap().starts_with(".hadal-"), "nothing is left there: {listed}");

    let archive = path("all.tar");
    let done = document(&clean(engine, &["--unused", "--save", &archive, "--yes", "--json"]));
    assert_eq!(done["saved"]["path"], archive);
    assert_eq!(done["saved"]["bytes"], fs::metadata(&archive).unwrap().len());
    assert!(done["done"].as_array().unwrap().iter().all(|one| one["status"] == "removed"), "{done:#}");
    assert!(engine.run(&["images", "-q"]).is_empty());
    engine.run(&["load", "-i", &archive]);
    assert_eq!(ids(engine), before);
    engine.run(&["inspect", &lost]);
}

#[test]
fn what_docker_saved_comes_back() {
    if let Some(engine) = Engine::docker() {
        comes_back(&engine);
    }
}

#[test]
fn what_podman_saved_comes_back() {
    if let Some(engine) = Engine::podman() {
        comes_back(&engine);
    }
}

#[test]
fn an_engine_that_dies_while_it_saves_loses_nothing() {
    let Some(mut engine) = Engine::docker() else { return };
    fill(&engine);
    let large = "head -c 40000000 /dev/urandom > /large";
    engine.run(&["run", "--network", "none", "--name", "hadal-test-made", NAMES[0], "sh", "-c", large]);
    engine.run(&["commit", "hadal-test-made", "hadal-test-large:1"]);
    engine.run(&["rm", "hadal-test-made"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.tar");
    let (url, kind) = (engine.url(), engine.kind);
    assert_eq!(kind, Kind::Docker);
    let around = Surroundings { engine: Some(url), ..Surroundings::default() };
    let task = Task::new();
    let cleaning = Cleaning::look(&Engines::LookedFor(around), Ask::default(), &task).unwrap();
    let stock = cleaning.stock();
    let plan = stock.plan(&stock.select(&Wish { unused: true, ..Wish::default() }).marks);
    let act = plan.save(path.to_str().unwrap()).unwrap();
    // Stopped by whoever waits for it, in the middle.
    let stopped = Task::new();
    let told = cleaning.save(&act, &stopped, &|step| {
        if step.text == "saving" {
            stopped.cancel();
        }
    });
    assert!(told.unwrap_err().to_string().contains("interrupted"));
    let there = || fs::read_dir(folder.path()).unwrap().count();
    // The thread that writes notices a moment later.
    for _ in 0..200 {
        if there() == 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(there(), 0);
    let shared = Mutex::new((&mut engine, false));
    let told = cleaning.save(&act, &task, &|step| {
        let (engine, dead) = &mut *shared.lock().unwrap();
        if step.text == "saving" && !*dead {
            engine.kill();
            *dead = true;
        }
    });
    assert!(shared.into_inner().unwrap().1, "{told:?}");
    assert!(told.is_err(), "{told:?}");
    assert_eq!(there(), 0);
    engine.start();
    for name in NAMES {
        engine.run(&["inspect", name]);
    }
}
