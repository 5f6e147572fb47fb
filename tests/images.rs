//! `hadal images` and `hadal containers` against real engines: what they say is what the engine says, and what images
//! hold alone is what is freed when they go.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is made by this test")]

mod common {
    pub mod engine;
}
#[allow(dead_code, reason = "which fields occur is another test's question")]
#[path = "schemas/validate.rs"]
mod validate;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Output};

use common::engine::{Engine, Kind, keeps_blobs};
use hadal::cleanup::{Marks, Stock};
use hadal::jobs::{self, Engines, Surroundings, Task};
use hadal::world;
use serde_json::Value;
use validate::Schema;

const BASE: &str = "hadal-test-base:1";

fn program(engine: &str, args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hadal"));
    for variable in ["DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST"] {
        program.env_remove(variable);
    }
    program.args(args).env("DOCKER_HOST", engine).output().unwrap()
}

fn text(engine: &Engine, args: &[&str]) -> String {
    let output = program(&engine.url(), args);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "{args:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// A document that is as its schema says.
fn document(engine: &Engine, schema: &str, args: &[&str]) -> Vec<Value> {
    let document: Value = serde_json::from_str(&text(engine, args)).unwrap();
    assert_eq!(Schema::parse(schema).complaints(&document), [""; 0], "{document:#}");
    let list = document.as_object().unwrap().values().find_map(Value::as_array);
    list.unwrap().clone()
}

fn images(engine: &Engine, args: &[&str]) -> Vec<Value> {
    document(engine, include_str!("../assets/schemas/images.json"), &[&["images", "--json"], args].concat())
}

fn containers(engine: &Engine, args: &[&str]) -> Vec<Value> {
    let schema = include_str!("../assets/schemas/containers.json");
    document(engine, schema, &[&["containers", "--json"], args].concat())
}

/// The engine's own answer.
fn raw(engine: &Engine, path: &str) -> Value {
    let mut stream = UnixStream::connect(engine.url().strip_prefix("unix://").unwrap()).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: engine\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// Builds an image from files of so many bytes each.
fn build(engine: &Engine, tag: &str, dockerfile: &str, files: &[(&str, usize)]) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
    for (seed, (name, bytes)) in files.iter().enumerate() {
        // Nothing that compresses, so that no store can make it less.
        let mut state = (seed * 7919 + bytes) as u64 + 1;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
        fs::write(folder.path().join(name), noise.take(*bytes).collect::<Vec<u8>>()).unwrap();
    }
    engine.run(&["build", "--network", "none", "-q", "-t", tag, &path(folder.path())]);
}

fn path(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// A base, what stands on it, a build that was replaced, and containers.
fn fill(engine: &Engine) {
    engine.load_busybox(BASE);
    engine.run(&["tag", BASE, "hadal-test-alias:2"]);
    let on = |base: &str, rest: &str| format!("FROM {base}\n{rest}\n");
    build(engine, "hadal-test-parent:1", &on(BASE, "COPY one /srv/one"), &[("one", 1_000_000)]);
    let child = on("hadal-test-parent:1", "COPY two /srv/two\nENV A=b\nCMD [\"false\"]");
    build(engine, "hadal-test-child:1", &child, &[("two", 500_000)]);
    for version in [1, 2] {
        let labels =
            format!("LABEL org.opencontainers.image.title=app org.opencontainers.image.version={version}");
        let size = 300_000 + version;
        build(engine, "hadal-test-app:1", &on(BASE, &format!("{labels}\nCOPY x /srv/x")), &[("x", size)]);
    }
    build(engine, "hadal-test-scratch:1", "FROM scratch\nCOPY x /x", &[("x", 200_000)]);
    engine.attempt(&["run", "--name", "hadal-test-failed", "hadal-test-child:1"]);
    engine.run(&[
        "run",
        "-d",
        "--stop-signal",
        "KILL",
        "--name",
        "hadal-test-sleeper",
        BASE,
        "sleep",
        "1000",
    ]);
    engine.run(&["create", "--name", "hadal-test-created", BASE, "true"]);
}

fn tagged<'a>(images: &'a [Value], tag: &str) -> &'a Value {
    let has = |image: &&Value| {
        let tags = image["tags"].as_array().unwrap();
        tags.iter().any(|own| own.as_str().unwrap().trim_start_matches("localhost/") == tag)
    };
    images.iter().find(has).unwrap_or_else(|| panic!("no {tag} among {images:#?}"))
}

fn full(id: &str) -> String {
    if id.contains(':') { id.to_owned() } else { format!("sha256:{id}") }
}

fn sorted(names: &Value) -> Vec<String> {
    let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut names: Vec<String> =
        names.filter(|name| !name.starts_with("<none>")).map(str::to_owned).collect();
    names.sort();
    names
}

/// Every image that the engine lists is there, with the engine's own figures, and every container at its image.
fn lists_are_the_engines(engine: &Engine) {
    let users = raw(engine, "/containers/json?all=1");
    for (args, path) in [(&[][..], "/images/json"), (&["--all"], "/images/json?all=1")] {
        let ours: BTreeMap<String, Value> = images(engine, args)
            .into_iter()
            .map(|image| (image["id"].as_str().unwrap().to_owned(), image))
            .collect();
        let theirs = raw(engine, path);
        let theirs = theirs.as_array().unwrap();
        let ids: BTreeSet<String> = theirs.iter().map(|image| full(image["Id"].as_str().unwrap())).collect();
        assert_eq!(ours.keys().cloned().collect::<BTreeSet<_>>(), ids);
        for row in theirs {
            let image = &ours[&full(row["Id"].as_str().unwrap())];
            assert_eq!(image["size_bytes"], row["Size"]);
            assert_eq!(sorted(&image["tags"]), sorted(&row["RepoTags"]));
            let (told, listed) = (sorted(&image["digests"]), sorted(&row["RepoDigests"]));
            // Lists of the containerd store tell one of several.
            let same = told == listed || keeps_blobs() && listed.iter().all(|one| told.contains(one));
            assert!(same, "{told:?} {listed:?}");
            let second = row["Created"].as_i64().unwrap();
            let created: jiff::Timestamp = image["created"].as_str().unwrap().parse().unwrap();
            assert_eq!(created.as_second(), second);
            let bytes = |key: &str| image[key].as_u64().unwrap();
            assert_eq!(bytes("exclusive_bytes") + bytes("shared_bytes"), bytes("size_bytes"));
            let own = users
                .as_array()
                .unwrap()
                .iter()
                .filter(|user| full(user["ImageID"].as_str().unwrap()) == image["id"]);
            let own: BTreeSet<&str> = own.map(|user| user["Id"].as_str().unwrap()).collect();
            let told = image["containers"].as_array().unwrap().iter();
            assert_eq!(told.map(|user| user["id"].as_str().unwrap()).collect::<BTreeSet<_>>(), own);
        }
    }
}

/// What `containers` says is what an inspection says.
fn containers_are_the_engines(engine: &Engine) {
    let ours = containers(engine, &["--size"]);
    assert_eq!(ours.len(), raw(engine, "/containers/json?all=1").as_array().unwrap().len());
    for container in &ours {
        let theirs = raw(engine, &format!("/containers/{}/json", container["id"].as_str().unwrap()));
        assert_eq!(theirs["Name"].as_str().unwrap().trim_start_matches('/'), container["name"]);
        assert_eq!(theirs["State"]["Status"], container["state"]);
        assert_eq!(full(theirs["Image"].as_str().unwrap()), container["image_id"]);
        assert_eq!(theirs["State"]["OOMKilled"], container["oom_killed"]);
        if container["state"] == "exited" {
            assert_eq!(theirs["State"]["ExitCode"], container["exit_code"]);
        } else {
            assert!(container["exit_code"].is_null(), "{container:#}");
        }
        assert!(container["writable_bytes"].is_u64());
    }
    let states = ours.iter().map(|container| {
        let word = |key: &str| container[key].as_str().unwrap().trim_start_matches("hadal-test-").to_owned();
        (word("name"), word("state"))
    });
    let expected = [("created", "created"), ("failed", "exited"), ("sleeper", "running")];
    let expected = expected.map(|(name, state)| (name.to_owned(), state.to_owned()));
    assert_eq!(states.collect::<BTreeSet<_>>(), expected.into());
    assert!(containers(engine, &[]).iter().all(|container| container["writable_bytes"].is_null()));
}

/// What everyone who looks at a list sees, whatever the engine's way of reckoning.
fn relations_are_told(engine: &Engine) {
    let all = images(engine, &[]);
    let base = tagged(&all, BASE);
    assert_eq!(base["tags"].as_array().unwrap().len(), 2);
    assert_eq!(base["containers"][0]["state"], "running", "what runs comes first");
    let (parent, child) = (tagged(&all, "hadal-test-parent:1"), tagged(&all, "hadal-test-child:1"));
    let children = |image: &Value| image["children"].as_array().unwrap().clone();
    assert_eq!(children(parent), [child["id"].clone()], "what lies in between is left out");
    assert_eq!(children(child), [Value::Null; 0]);
    assert_eq!(child["containers"][0]["name"], "hadal-test-failed");
    let dangling: Vec<&Value> = all.iter().filter(|image| image["dangling"] == true).collect();
    assert_eq!(dangling.len(), 1, "{all:#?}");
    let replaced = &dangling[0]["replaced_by"];
    assert_eq!(replaced["tag"].as_str().unwrap().trim_start_matches("localhost/"), "hadal-test-app:1");
    assert_eq!(replaced["basis"], "label");
    assert_eq!(images(engine, &["--filter", "dangling=true"]), [dangling[0].clone()]);
    let apps = images(engine, &["--filter", "label=org.opencontainers.image.title=app", "--sort", "created"]);
    assert_eq!(apps.len(), 2);
    assert_eq!(apps[1]["id"], dangling[0]["id"], "the newest first");
    let since = images(engine, &["--filter", "since=hadal-test-child:1", "--filter", "name=hadal-test-a*"]);
    assert_eq!(since.len(), 1);
    let sizes = images(engine, &["--sort", "size"]);
    assert!(sizes.is_sorted_by_key(|image| std::cmp::Reverse(image["size_bytes"].as_u64())));

    let table = text(engine, &["images"]);
    for word in [
        "hadal-test-alias:2",
        "dangling → ",
        "hadal-test-app:1 (label)",
        "hadal-test-failed (exited)",
        "1 running, 1 stopped",
        "6 images",
    ] {
        assert!(table.contains(word), "{word} is missing in\n{table}");
    }
    assert!(!table.contains('\u{1b}'));
    let coloured = text(engine, &["--color", "always", "containers"]);
    assert!(coloured.contains("\u{1b}[31m✗ exited 1, "), "{coloured}");
    assert!(coloured.contains("\u{1b}[32m● up "), "{coloured}");
}

/// Bytes of all layers, as the engine reckons them.
fn layers(engine: &Engine) -> u64 {
    raw(engine, "/system/df")["LayersSize"].as_u64().unwrap()
}

/// Carries a plan out with the engine's own program, and sees what it freed.
fn everything_goes_as_planned(engine: &Engine) -> (hadal::cleanup::Plan, u64) {
    let around = Surroundings { engine: Some(engine.url()), ..Surroundings::default() };
    let holdings = jobs::image_holdings(&Engines::LookedFor(around), &Task::new()).unwrap();
    let stock = Stock::new(&holdings.images, &holdings.containers);
    let mark = |id: &String| (id.clone(), "wanted".to_owned());
    let mut marks =
        Marks { images: holdings.images.iter().map(|image| mark(&image.id)).collect(), ..Marks::default() };
    // While containers stay, their images do.
    let kept: BTreeSet<String> = stock.plan(&marks).keep.into_iter().map(|kept| kept.name).collect();
    let kept: BTreeSet<&str> = kept.iter().map(|name| name.trim_start_matches("localhost/")).collect();
    assert!(kept.contains("hadal-test-child:1") && kept.contains("hadal-test-parent:1"), "{kept:?}");
    assert!(!kept.contains("hadal-test-app:1") && !kept.contains("hadal-test-scratch:1"), "{kept:?}");

    marks.containers = holdings.containers.iter().map(|container| mark(&container.id)).collect();
    marks.stop = true;
    let plan = stock.plan(&marks);
    assert!(plan.keep.is_empty(), "{plan:#?}");
    let before = if engine.kind == Kind::Docker { layers(engine) } else { 0 };
    let kind = if engine.kind == Kind::Docker { world::Kind::Docker } else { world::Kind::Podman };
    for act in plan.acts() {
        let command = act.command(kind);
        engine.run(&command.split(' ').skip(1).collect::<Vec<_>>());
    }
    assert_eq!(raw(engine, "/images/json?all=1").as_array().map(Vec::len), Some(0));
    assert_eq!(raw(engine, "/containers/json?all=1").as_array().map(Vec::len), Some(0));
    assert_eq!(images(engine, &["--all"]), [Value::Null; 0]);
    let after = if engine.kind == Kind::Docker { layers(engine) } else { 0 };
    (plan, before - after)
}

#[test]
fn docker_is_told_as_it_is() {
    let Some(engine) = Engine::docker() else { return };
    fill(&engine);
    lists_are_the_engines(&engine);
    containers_are_the_engines(&engine);
    relations_are_told(&engine);

    let all = images(&engine, &["--all"]);
    let exclusive = |tag: &str| {
        let image = tagged(&all, tag);
        assert_eq!(image["exact"], !keeps_blobs(), "{image:#}");
        image["exclusive_bytes"].as_u64().unwrap()
    };
    for (tag, bytes) in [
        (BASE, 0),
        ("hadal-test-parent:1", 0),
        ("hadal-test-child:1", 500_000),
        ("hadal-test-app:1", 300_002),
        ("hadal-test-scratch:1", 200_000),
    ] {
        let told = exclusive(tag);
        // In blocks, and compressed besides.
        assert!(if keeps_blobs() { told >= bytes } else { told == bytes }, "{tag}: {told}");
    }
    // Each frees exactly that.
    engine.run(&["rm", "hadal-test-failed"]);
    for tag in ["hadal-test-child:1", "hadal-test-app:1", "hadal-test-scratch:1"] {
        let before = layers(&engine);
        engine.run(&["rmi", tag]);
        let (freed, told) = (before - layers(&engine), exclusive(tag));
        // What is compressed is not reckoned by the engine.
        assert!(if keeps_blobs() { freed <= told } else { freed == told }, "{tag}: {freed} {told}");
    }
    if keeps_blobs() {
        return;
    }
    // And what Docker says is not shared, as long as it does not take an image's own parents for others.
    let images = images(&engine, &[]);
    for row in raw(&engine, "/system/df")["Images"].as_array().unwrap() {
        let image = images.iter().find(|image| image["id"] == row["Id"]).unwrap();
        let unshared = row["Size"].as_u64().unwrap() - row["SharedSize"].as_u64().unwrap();
        assert!(image["exclusive_bytes"].as_u64().unwrap() >= unshared, "{image:#} {row:#}");
    }
}

#[test]
fn a_plan_for_all_of_docker_frees_what_it_says() {
    let Some(engine) = Engine::docker() else { return };
    fill(&engine);
    let (plan, freed) = everything_goes_as_planned(&engine);
    assert!(if keeps_blobs() { plan.frees_bytes > freed } else { plan.frees_bytes == freed }, "{freed}");
}

#[test]
fn podman_is_told_as_it_is() {
    let Some(engine) = Engine::podman() else { return };
    fill(&engine);
    lists_are_the_engines(&engine);
    containers_are_the_engines(&engine);
    relations_are_told(&engine);
    let all = images(&engine, &[]);
    for (tag, bytes) in
        [("hadal-test-child:1", 500_000), ("hadal-test-app:1", 300_002), ("hadal-test-scratch:1", 200_000)]
    {
        let image = tagged(&all, tag);
        let exclusive = image["exclusive_bytes"].as_u64().unwrap();
        // Podman reckons with archives, and with documents that are the image's own.
        assert_eq!(image["exact"], true);
        assert!((bytes..bytes + 10_000).contains(&exclusive), "{image:#}");
    }
    everything_goes_as_planned(&engine);
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let nowhere = "unix:///nonexistent/hadal-test.sock";
    for (engine, args, words) in [
        (nowhere, &["images"][..], "cannot reach the engine"),
        (nowhere, &["containers", "--json"], "cannot reach the engine"),
        ("unix:///also-not", &["images", "--engine", nowhere], nowhere),
        ("unix:///also-not", &["--engine", nowhere, "images"], nowhere),
    ] {
        let output = program(engine, args);
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty() && complaint.lines().count() == 1, "{complaint}");
        assert!(complaint.contains(words), "{complaint}");
    }
    for args in [&["images", "--filter", "size=3"][..], &["images", "--sort", "colour"], &["containers", "x"]]
    {
        let output = program(nowhere, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty());
    }
}
