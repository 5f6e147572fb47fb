//! Layers that no list shows, on real engines: an image is removed by force, and a container of it is still there.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is made by this test")]

mod common {
    pub mod builds;
    pub mod engine;
}

use std::process::{Command, Output, Stdio};

use common::builds::{build, stored};
use common::engine::{Engine, keeps_blobs};
use serde_json::Value;

const BASE: &str = "hadal-test-base:1";

fn program(engine: &Engine, args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hadal"));
    for variable in ["DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST"] {
        program.env_remove(variable);
    }
    program.args(args).args(["--engine", &engine.url()]).stdin(Stdio::null()).output().unwrap()
}

/// What would be freed, and whether that is exact.
fn dry(engine: &Engine, args: &[&str]) -> (u64, bool) {
    let output = program(engine, &[&["clean"], args, &["--dry-run", "--json"]].concat());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    (document["frees_bytes"].as_u64().unwrap(), document["exact"].as_bool().unwrap())
}

/// Does it: what was predicted, whether exactly, what the program says that it freed, and what left the disk.
fn done(engine: &Engine, args: &[&str]) -> (u64, bool, u64, u64) {
    let before = stored(engine);
    let output = program(engine, &[&["clean"], args, &["--yes", "--json"]].concat());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{args:?}: {document:#}");
    let left = before - stored(engine);
    let number = |key: &str| document[key].as_u64().unwrap();
    (number("frees_bytes"), document["exact"].as_bool().unwrap(), number("freed_bytes"), left)
}

/// An image, one made from it, and a stopped container of each; the images are gone then.
fn haunt(engine: &Engine) {
    engine.load_busybox(BASE);
    build(engine, "hadal-test-one:1", &format!("FROM {BASE}\nCOPY one /one\n"), &[("one", 100_000)], false);
    build(engine, "hadal-test-two:1", "FROM hadal-test-one:1\nCOPY two /two\n", &[("two", 50_000)], false);
    let write = "head -c 10000 /dev/zero > /written";
    let run =
        ["run", "--network", "none", "--name", "hadal-test-wrote", "hadal-test-two:1", "sh", "-c", write];
    engine.run(&run);
    engine.run(&["create", "--name", "hadal-test-created", "hadal-test-one:1", "none"]);
    engine.run(&["rmi", "--force", "hadal-test-two:1"]);
    engine.run(&["rmi", "--force", "hadal-test-one:1"]);
}

/// One that tells on which layers a container stands; the containerd store does not.
fn docker() -> Option<Engine> {
    Engine::docker().filter(|_| !keeps_blobs())
}

#[test]
fn docker_keeps_layers_of_removed_images_for_stopped_containers() {
    let Some(engine) = docker() else { return };
    haunt(&engine);
    assert!(!engine.run(&["images", "-a"]).contains("hadal-test-one"));
    // Everything is told before anything is done.
    assert_eq!(dry(&engine, &["--stopped"]), (160_000, true));
    assert_eq!(dry(&engine, &["--container", "hadal-test-created"]), (0, true), "the other one holds it too");
    assert_eq!(dry(&engine, &["--container", "hadal-test-wrote"]), (60_000, true));
    assert_eq!(dry(&engine, &["--unused"]), (0, true), "both stand on the base");
    let all = dry(&engine, &["--stopped", "--unused"]);
    assert!(all.1 && all.0 > 160_000, "{all:?}");
    let text = String::from_utf8(program(&engine, &["clean", "--stopped", "--dry-run"]).stdout).unwrap();
    assert!(text.contains("keeps 50 kB of an image that is gone"), "{text}");
    let why = program(&engine, &["why", "hadal-test-two:1"]);
    assert_eq!(why.status.code(), Some(2));
    let why = String::from_utf8(why.stderr).unwrap();
    assert!(why.contains("hadal clean --container hadal-test-wrote"), "{why}");
    // And what is told is what leaves the disk.
    assert_eq!(done(&engine, &["--container", "hadal-test-created"]), (0, true, 0, 0));
    assert_eq!(done(&engine, &["--unused"]), (0, true, 0, 0));
    let (told, exact, freed, left) = done(&engine, &["--stopped"]);
    assert!(exact && told > 160_000, "with the base, which nothing else holds any more: {told}");
    assert_eq!((told, freed), (left, told));
}

#[test]
fn what_the_build_cache_may_hold_too_is_not_promised() {
    let Some(engine) = docker() else { return };
    engine.load_busybox(BASE);
    let steps = format!("FROM {BASE}\nCOPY one /one\nRUN cp /one /again\n");
    build(&engine, "hadal-test-kit:1", &steps, &[("one", 100_000)], true);
    engine.run(&["create", "--name", "hadal-test-kit", "hadal-test-kit:1", "none"]);
    engine.run(&["rmi", "--force", "hadal-test-kit:1"]);
    for args in [&["--stopped"][..], &["--build-cache"], &["--stopped", "--build-cache"]] {
        let (told, exact) = dry(&engine, args);
        assert!(!exact, "{args:?}: {told}");
    }
    // The cache first: the container still holds the two layers.
    let (told, exact, freed, left) = done(&engine, &["--build-cache"]);
    assert!(!exact && told <= left && freed <= left, "{told} {freed} {left}");
    let (told, exact, freed, left) = done(&engine, &["--stopped"]);
    assert_eq!((told, exact, freed, left), (200_000, true, 200_000, 200_000));
}
