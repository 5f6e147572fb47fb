//! `hadal clean` and `hadal why` with real engines: what is predicted is what leaves the disk, what is not in the plan
//! stays, and what changed meanwhile is left alone.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is made by this test")]

mod common {
    pub mod builds;
    pub mod engine;
}
#[allow(dead_code, reason = "which fields occur is another test's question")]
#[path = "schemas/validate.rs"]
mod validate;

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use common::builds::{build, stored};
use common::engine::{Engine, keeps_blobs};
use hadal::cleanup::plan::Kind;
use hadal::cleanup::{Marks, Wish};
use hadal::jobs::{Ask, Cleaning, Engines, Status, Surroundings, Task};
use serde_json::Value;
use validate::Schema;

const BASE: &str = "hadal-test-base:1";

fn program(engine: &Engine, args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hadal"));
    for variable in ["DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST"] {
        program.env_remove(variable);
    }
    program.args(args).args(["--engine", &engine.url()]).stdin(Stdio::null()).output().unwrap()
}

/// The document of a command, which is as its schema says, and its exit status.
fn document(engine: &Engine, args: &[&str]) -> (Value, i32) {
    let output = program(engine, &[args, &["--json"]].concat());
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.is_empty(), "{args:?}: {complaint}");
    let schema = match args[0] {
        "why" => include_str!("../assets/schemas/why.json"),
        _ => include_str!("../assets/schemas/clean.json"),
    };
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(Schema::parse(schema).complaints(&document), [""; 0], "{document:#}");
    (document, output.status.code().unwrap())
}

/// Bytes that left the store since it had `before`. The containerd store takes its time to let go of what it must: as
/// many as are expected are waited for.
fn left(engine: &Engine, before: u64, expected: u64) -> u64 {
    let mut left = 0;
    for _ in 0..100 {
        left = before.saturating_sub(stored(engine));
        if left >= expected {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    left
}

fn number(document: &Value, key: &str) -> u64 {
    document[key].as_u64().unwrap_or_else(|| panic!("no {key} in {document:#}"))
}

fn names(list: &Value) -> Vec<String> {
    let entry =
        |item: &Value| format!("{} {}", item["kind"].as_str().unwrap(), item["name"].as_str().unwrap());
    list.as_array().unwrap().iter().map(entry).collect()
}

/// Images that share layers in every way, one of several names, and containers that ended.
fn fill(engine: &Engine) {
    engine.load_busybox(BASE);
    let on = |base: &str, rest: &str| format!("FROM {base}\n{rest}\n");
    build(engine, "hadal-test-one:1", &on(BASE, "COPY one /srv/one"), &[("one", 100_000)], false);
    build(engine, "hadal-test-two:1", &on("hadal-test-one:1", "COPY two /two"), &[("two", 50_000)], false);
    build(
        engine,
        "hadal-test-three:1",
        &on("hadal-test-one:1", "COPY three /x\nENV A=b"),
        &[("three", 70_000)],
        false,
    );
    build(engine, "hadal-test-four:1", &on("scratch", "COPY four /four"), &[("four", 30_000)], false);
    build(engine, "hadal-test-five:1", &on("hadal-test-two:1", "ENV LIKE=two"), &[], false);
    engine.run(&["tag", "hadal-test-three:1", "hadal-test-alias:7"]);
}

fn put_containers(engine: &Engine) {
    let write = "head -c 10000 /dev/zero > /written";
    engine.run(&[
        "run",
        "--network",
        "none",
        "--name",
        "hadal-test-wrote",
        "hadal-test-two:1",
        "sh",
        "-c",
        write,
    ]);
    engine.run(&["create", "--name", "hadal-test-created", "hadal-test-four:1", "none"]);
}

/// Random sets of images and containers: what is called exact is what leaves the store, and what is not is no more.
fn marked_sets(engine: &Engine, rounds: u32) {
    fill(engine);
    let folder = tempfile::tempdir().unwrap();
    let images =
        ["one:1", "two:1", "three:1", "four:1", "five:1", "alias:7"].map(|name| format!("hadal-test-{name}"));
    let all: Vec<&str> = images.iter().map(String::as_str).chain([BASE]).collect();
    // Each by itself: of layers that images saved together share Docker since 26 keeps the files for good.
    let archive = |image: &str| folder.path().join(image.replace(':', "-")).to_str().unwrap().to_owned();
    for image in &all {
        engine.run(&["save", "-o", &archive(image), image]);
    }
    let mut state = 7_u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut freed_something = 0;
    for round in 0..rounds {
        engine.attempt(&["rm", "-f", "hadal-test-wrote", "hadal-test-created"]);
        engine.attempt(&[&["rmi", "-f"], &all[..]].concat());
        // What an archive brings back has no parents; every tenth time they are built anew, and have.
        if round % 10 == 0 {
            fill(engine);
        } else {
            for image in &all {
                engine.run(&["load", "-i", &archive(image)]);
            }
        }
        put_containers(engine);
        let mut args = vec!["clean"];
        let chosen: Vec<&str> = all.iter().copied().filter(|_| random(2) == 0).collect();
        if !chosen.is_empty() {
            args.push("--image");
            args.extend(&chosen);
        }
        match random(4) {
            0 => args.push("--stopped"),
            1 => args.extend(["--container", "hadal-test-wrote"]),
            2 if chosen.is_empty() => args.push("--unused"),
            _ => {}
        }
        let (plan, _) = document(engine, &[&args[..], &["--dry-run"]].concat());
        let before = stored(engine);
        let (done, status) = document(engine, &[&args[..], &["--yes"]].concat());
        assert_eq!(done["remove"], plan["remove"], "{args:?}");
        assert_eq!(status, 0, "{args:?} {done:#}");
        let goes = |kind: &str| plan["remove"].as_array().unwrap().iter().any(|item| item["kind"] == kind);
        let inexact = keeps_blobs() && (goes("image") || goes("container"));
        assert_eq!((&plan["exact"], &done["exact"]), (&Value::Bool(!inexact), &Value::Bool(!inexact)));
        let reasons = plan["inexact_because"].as_array().unwrap().len();
        assert_eq!(reasons > 0, inexact, "{plan:#}");
        let (predicted, told) = (number(&plan, "frees_bytes"), number(&done, "freed_bytes"));
        let left = left(engine, before, predicted);
        if inexact {
            assert!(predicted <= left && told <= left, "{predicted}, {told}, {left}: {args:?} {plan:#}");
        } else {
            assert_eq!((predicted, told), (left, left), "{args:?} {plan:#}");
        }
        // Nothing is left of what went, and all of what stayed is there.
        for item in plan["remove"].as_array().unwrap().iter().filter(|item| item["kind"] != "tag") {
            let gone = engine.attempt(&["inspect", item["id"].as_str().unwrap()]);
            assert!(!gone.status.success(), "{args:?}: still there: {item:#}");
        }
        for item in plan["keep"].as_array().unwrap() {
            engine.run(&["inspect", item["id"].as_str().unwrap()]);
        }
        freed_something += u32::from(predicted > 0);
    }
    assert!(freed_something > rounds * 2 / 5, "{freed_something} of {rounds}");
}

#[test]
fn what_is_predicted_is_what_leaves_dockers_disk() {
    if let Some(engine) = Engine::docker() {
        marked_sets(&engine, 50);
    }
}

#[test]
fn what_is_predicted_is_what_leaves_podmans_disk() {
    if let Some(engine) = Engine::podman() {
        marked_sets(&engine, 50);
    }
}

#[test]
fn layers_that_the_build_cache_holds_move_there() {
    let Some(engine) = Engine::docker() else { return };
    engine.load_busybox(BASE);
    let on = |rest: &str| format!("FROM {BASE}\n{rest}\n");
    let steps = "COPY one /srv/one\nRUN cp /srv/one /srv/again\nWORKDIR /srv\nCOPY two /two";
    build(&engine, "hadal-test-kit:1", &on(steps), &[("one", 100_000), ("two", 50_000)], true);
    build(&engine, "hadal-test-kit:2", &on("COPY one /srv/one"), &[("one", 100_000)], true);
    build(&engine, "hadal-test-classic:1", &on("COPY three /three"), &[("three", 70_000)], false);
    let images = ["hadal-test-kit:1", "hadal-test-kit:2", "hadal-test-classic:1"];
    let chosen = [&["clean", "--image"][..], &images].concat();
    let dry = |more: &[&str]| document(&engine, &[&chosen[..], more, &["--dry-run"]].concat()).0;
    let (plan, both) = (dry(&[]), dry(&["--build-cache"]));
    let exact = Value::Bool(!keeps_blobs());
    assert_eq!((&plan["exact"], &both["exact"]), (&exact, &exact), "{plan:#} {both:#}");
    let clean = |args: &[&str], expected: u64| {
        let before = stored(&engine);
        let (done, status) = document(&engine, &[args, &["--yes"]].concat());
        assert_eq!(status, 0, "{done:#}");
        let (predicted, told) = (number(&done, "frees_bytes"), number(&done, "freed_bytes"));
        assert_eq!(predicted, expected, "{done:#}");
        let left = left(&engine, before, predicted);
        if keeps_blobs() {
            // What images unpack is not what the cache holds; both have what came compressed.
            assert!(predicted > 0 && predicted <= left && told <= left, "{left}: {done:#}");
        } else {
            assert_eq!((predicted, told), (left, left), "{done:#}");
        }
        predicted
    };
    if !keeps_blobs() {
        let told = (number(&plan, "frees_bytes"), number(&plan, "to_cache_bytes"));
        assert_eq!(told, (70_000, 250_000), "{plan:#}");
        assert_eq!(number(&both, "to_cache_bytes"), 0, "{both:#}");
    }
    let images_freed = clean(&chosen, number(&plan, "frees_bytes"));
    let (cache, _) = document(&engine, &["clean", "--build-cache", "--dry-run"]);
    let cache_freed = clean(&["clean", "--build-cache"], number(&cache, "frees_bytes"));
    if !keeps_blobs() {
        assert_eq!(number(&both, "frees_bytes"), images_freed + cache_freed, "in one go or in two");
    }
    engine.run(&["inspect", BASE]);
}

fn kinds_and_narrowing(engine: &Engine) {
    engine.load_busybox(BASE);
    let on = |base: &str, rest: &str| format!("FROM {base}\n{rest}\n");
    for version in 1..=3_usize {
        let size = 300_000 + version;
        let steps = format!("LABEL org.opencontainers.image.title=app v={version}\nCOPY x /srv/x");
        build(engine, "hadal-test-app:1", &on(BASE, &steps), &[("x", size)], false);
    }
    build(
        engine,
        "hadal-test-child:1",
        &on("hadal-test-app:1", "LABEL org.opencontainers.image.title=child\nCOPY y /y"),
        &[("y", 1000)],
        false,
    );
    // Where bridges cannot be made, as in some containers, there are no networks of one's own.
    let create = |name: &str| engine.attempt(&["network", "create", name]).status.success();
    let networks = create("hadal-test-idle") && create("hadal-test-busy");
    if !networks {
        eprintln!("skipped: networks cannot be made here");
    }
    let busy = if networks { "hadal-test-busy" } else { "none" };
    engine.run(&["volume", "create", "hadal-test-named"]);
    let run = ["run", "--network", busy, "-v", "/data", "-v", "hadal-test-named:/named"];
    let output =
        engine.attempt(&[&run[..], &["--name", "hadal-test-ended", "hadal-test-child:1", "true"]].concat());
    if !output.status.success() {
        // Where networks cannot be set up, it is enough to be made for one.
        engine.attempt(&["rm", "-f", "-v", "hadal-test-ended"]);
        let create = ["create", "--network", busy, "-v", "/data", "-v", "hadal-test-named:/named"];
        engine.run(&[&create[..], &["--name", "hadal-test-ended", "hadal-test-child:1", "true"]].concat());
    }
    let short = |text: &str| text.replace("localhost/", "");
    let dry = |args: &[&str]| document(engine, &[&["clean"], args, &["--dry-run"]].concat()).0;
    let listed = |list: &Value| short(&names(list).join(", "));

    // Parents without a name go along, and are no wish of anybody.
    let wanted = |plan: &Value| -> Vec<Value> {
        let items = plan["remove"].as_array().unwrap().iter();
        items.filter(|item| item["reason"].as_str().unwrap().starts_with("dangling")).cloned().collect()
    };
    let dangling = dry(&[]);
    assert_eq!(wanted(&dangling).len(), 2, "{dangling:#}");
    assert!(
        wanted(&dangling).iter().all(|item| item["reason"].as_str().unwrap().ends_with("hadal-test-app:1"))
    );
    assert!(dangling["done"].is_null() && dangling["freed_bytes"].is_null());
    let oldest = wanted(&dry(&["--keep-last", "2"]));
    assert_eq!(oldest.len(), 1, "of three builds two stay: {oldest:#?}");
    assert_eq!(wanted(&dry(&["--filter", "label=v=1"])), oldest);
    assert_eq!(wanted(&dry(&["--filter", "label=nothing"])), [Value::Null; 0]);
    assert_eq!(wanted(&dry(&["--keep", "*hadal-test-app*"])), [Value::Null; 0]);
    let young = dry(&["--older-than", "1h"]);
    assert_eq!(listed(&young["remove"]), "", "{young:#}");
    assert!(young["keep"].as_array().unwrap().iter().all(|kept| kept["reason"] == "not old enough"));
    // Each kind is judged on what the ones before it leave.
    let unused = dry(&["--unused", "--networks", "--anonymous-volumes"]);
    assert!(!listed(&unused["remove"]).contains("child"), "{unused:#}");
    assert_eq!(listed(&unused["remove"]).contains("network hadal-test-idle"), networks, "{unused:#}");
    assert!(!listed(&unused["remove"]).contains("network hadal-test-busy"), "{unused:#}");
    assert!(!listed(&unused["remove"]).contains("volume"), "{unused:#}");
    let with = dry(&["--unused", "--networks", "--anonymous-volumes", "--stopped"]);
    let text = listed(&with["remove"]);
    assert_eq!(text.contains("network hadal-test-busy"), networks, "{text}");
    for part in ["container hadal-test-ended, ", "image hadal-test-child:1", "volume "] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("hadal-test-named"), "what has a name is only removed by it: {text}");

    // Everything in the way at once, with what lifts it.
    let (why, status) = document(engine, &["why", "hadal-test-app:1"]);
    assert_eq!((status, &why["removable"]), (0, &Value::Bool(false)));
    let blockers = why["blockers"].as_array().unwrap();
    let kinds: Vec<&str> = blockers.iter().map(|block| block["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"stopped-container"), "{why:#}");
    assert!(blockers.iter().any(|block| block["lift"].as_str().unwrap().ends_with(" rm hadal-test-ended")));
    assert!(document(engine, &["why", BASE]).0["frees_bytes"].as_u64().unwrap() > 300_000);

    // Nothing without a yes, and nothing at all where that is forbidden.
    for args in [&["clean", "--unused"][..], &["clean", "--unused", "--yes", "--read-only"]] {
        let refused = program(engine, args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("nothing was removed"), "{refused:?}");
    }
    let missing = program(engine, &["clean", "--image", "hadal-test-none:1", "--yes"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("no such image: hadal-test-none:1"));
    assert_eq!(program(engine, &["why", "hadal-test-none:1"]).status.code(), Some(2));

    // What stays by itself is told, and only what was asked for goes.
    let (done, status) = document(
        engine,
        &["clean", "--image", "hadal-test-child:1", "--container", "hadal-test-ended", "--yes"],
    );
    assert_eq!(status, 0, "{done:#}");
    assert!(done["done"].as_array().unwrap().iter().all(|done| done["status"] == "removed"), "{done:#}");
    let (done, status) = document(
        engine,
        &["clean", "--networks", "--volume", "hadal-test-named", "--anonymous-volumes", "--yes"],
    );
    assert_eq!(status, 0, "{done:#}");
    assert!(engine.run(&["volume", "ls", "-q"]).is_empty());
    assert!(!engine.run(&["network", "ls", "--format", "{{.Name}}"]).contains("hadal-test"));
    let (done, status) = document(engine, &["clean", "--unused", "--yes"]);
    assert_eq!((status, listed(&done["keep"])), (0, String::new()), "{done:#}");
    let (nothing, status) = document(engine, &["clean", "--unused", "--yes"]);
    assert_eq!(
        (status, &nothing["done"], number(&nothing, "freed_bytes")),
        (0, &Value::Array(Vec::new()), 0)
    );
}

#[test]
fn docker_is_cleaned_as_asked() {
    if let Some(engine) = Engine::docker() {
        kinds_and_narrowing(&engine);
    }
}

#[test]
fn podman_is_cleaned_as_asked() {
    if let Some(engine) = Engine::podman() {
        kinds_and_narrowing(&engine);
    }
}

/// Everything as the plan was made, then somebody else is faster.
fn others_are_at_work(engine: &Engine) {
    fill(engine);
    put_containers(engine);
    let around = Surroundings { engine: Some(engine.url()), ..Surroundings::default() };
    let (task, ask) = (Task::new(), Ask { written: true, ..Ask::default() });
    let cleaning = Cleaning::look(&Engines::LookedFor(around), ask, &task).unwrap();
    let stock = cleaning.stock();
    let wish = Wish { unused: true, stopped: true, ..Wish::default() };
    let marks: Marks = stock.select(&wish).marks;
    let plan = stock.plan(&marks);
    assert!(plan.keep.is_empty(), "{plan:#?}");
    engine.run(&["start", "hadal-test-wrote"]);
    engine.attempt(&["wait", "hadal-test-wrote"]);
    engine.run(&["tag", "hadal-test-three:1", "hadal-test-new:1"]);
    engine.run(&["rm", "hadal-test-created"]);
    engine.run(&["create", "--name", "hadal-test-late", "hadal-test-four:1", "none"]);
    let report = cleaning.carry_out(&plan, &task, &mut |_, _| {});
    let of = |kind: Kind, name: &str| {
        let at = plan.remove.iter().position(|item| item.kind == kind && item.name.ends_with(name));
        report.statuses[at.unwrap_or_else(|| panic!("no {name} in {plan:#?}"))].clone()
    };
    assert!(matches!(of(Kind::Container, "wrote"), Status::Changed(why) if why == "it has run since"));
    assert_eq!(of(Kind::Container, "created"), Status::AlreadyGone);
    assert!(matches!(of(Kind::Image, "two:1"), Status::Changed(why) if why.contains("hadal-test-wrote")));
    assert!(matches!(of(Kind::Image, "four:1"), Status::Changed(why) if why.contains("hadal-test-late")));
    assert_eq!(of(Kind::Image, "five:1"), Status::Removed);
    let changed = plan.remove.iter().zip(&report.statuses);
    let three = changed.filter(|(item, _)| item.name.contains("three:1") || item.name.contains("alias:7"));
    assert!(
        three.clone().count() == 2 && three.clone().all(|(_, status)| matches!(status, Status::Changed(_)))
    );
    for still in [
        "hadal-test-new:1",
        "hadal-test-three:1",
        "hadal-test-two:1",
        "hadal-test-four:1",
        "hadal-test-wrote",
    ] {
        engine.run(&["inspect", still]);
    }
}

#[test]
fn what_changed_on_docker_is_left_alone() {
    if let Some(engine) = Engine::docker() {
        others_are_at_work(&engine);
    }
}

#[test]
fn an_engine_that_dies_leaves_a_truthful_report() {
    let Some(mut engine) = Engine::docker() else { return };
    fill(&engine);
    let around = Surroundings { engine: Some(engine.url()), ..Surroundings::default() };
    let task = Task::new();
    let cleaning = Cleaning::look(&Engines::LookedFor(around), Ask::default(), &task).unwrap();
    let stock = cleaning.stock();
    let plan = stock.plan(&stock.select(&Wish { unused: true, ..Wish::default() }).marks);
    let acting = plan.remove.iter().filter(|item| !item.acts.is_empty()).count();
    assert!(acting > 3);
    let mut seen = 0;
    let report = cleaning.carry_out(&plan, &task, &mut |_, _| {
        seen += 1;
        if seen == 3 {
            engine.kill();
        }
    });
    assert_eq!(report.statuses.len(), plan.remove.len());
    assert_eq!(seen, 3, "nothing is tried on an engine that is away");
    engine.start();
    for (item, status) in
        plan.remove.iter().zip(&report.statuses).filter(|(item, _)| item.kind == Kind::Image)
    {
        let there = engine.attempt(&["inspect", &item.id]).status.success();
        match status {
            Status::Removed => assert!(!there, "{item:?}"),
            Status::Failed(why) if why.starts_with("not tried") => assert!(there, "{item:?}"),
            // In the middle of it nobody knows.
            Status::Failed(_) => {}
            other => panic!("{item:?}: {other:?}"),
        }
    }
}
