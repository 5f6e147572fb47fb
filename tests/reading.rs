//! What is read from an engine about its objects: the recorded answers of five engines, served over a real socket.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/fake.rs"]
mod fake;
#[path = "common/place.rs"]
mod place;

use std::collections::BTreeSet;
use std::fs;

use fake::Fake;
use futures_util::StreamExt as _;
use hadal::cleanup::{Doubt, Marks, Stock};
use hadal::container::{Container, Health, Port, State};
use hadal::engine::{Endpoint, Engine};
use hadal::image::{ImageStore, LocalImage};
use hadal::world::{CacheRecord, Event, Kind};
use serde_json::Value;

const ENGINES: [&str; 5] = ["docker-20.10", "docker-26", "docker-26-containerd", "podman-4.3", "podman-5.4"];

/// A recorded engine, and a connection to it.
struct Recorded {
    fake: Fake,
    engine: Engine,
}

fn recorded(engine: &str, file: &str) -> Option<String> {
    fs::read_to_string(format!("{}/tests/engine/recorded/{engine}/{file}", env!("CARGO_MANIFEST_DIR"))).ok()
}

impl Recorded {
    async fn open(name: &'static str) -> Recorded {
        let fake = Fake::new();
        let pages = [
            ("/version", "version.json"),
            ("/info", "info.json"),
            ("/images/json", "images-all.json"),
            ("/containers/json", "containers.json"),
            ("/containers/json?all=1&size=1", "containers-size.json"),
            ("/system/df", "system-df.json"),
        ];
        for (path, file) in pages {
            fake.answer(path, &recorded(name, file).unwrap());
        }
        let folder = format!("{}/tests/engine/recorded/{name}", env!("CARGO_MANIFEST_DIR"));
        for file in fs::read_dir(folder).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            let Some(object) = file.strip_suffix(".json") else { continue };
            for (prefix, path) in [("container-", "/containers/NAME/json"), ("image-", "/images/NAME/json")] {
                let object = object.strip_prefix(prefix).map(|object| path.replace("NAME", object));
                object.into_iter().for_each(|path| fake.answer(&path, &recorded(name, &file).unwrap()));
            }
            let history = object.strip_prefix("history-").map(|object| format!("/images/{object}/history"));
            history.into_iter().for_each(|path| fake.answer(&path, &recorded(name, &file).unwrap()));
        }
        let endpoint = Endpoint::parse(&fake.url(), None).unwrap();
        let engine = Engine::connect(&endpoint, "test").await.unwrap();
        Recorded { fake, engine }
    }

    fn is_podman(&self) -> bool {
        self.engine.about().kind == Kind::Podman
    }

    async fn images(&self) -> Vec<LocalImage> {
        self.engine.images().await.unwrap()
    }
}

fn tagged<'a>(images: &'a [LocalImage], tag: &str) -> &'a LocalImage {
    let has = |image: &&LocalImage| {
        image.tags.iter().any(|known| known.strip_prefix("localhost/").unwrap_or(known) == tag)
    };
    images.iter().find(has).unwrap_or_else(|| panic!("no image is called {tag}"))
}

#[tokio::test]
async fn images_of_every_engine_are_listed() {
    for name in ENGINES {
        let recorded_engine = Recorded::open(name).await;
        let images = recorded_engine.images().await;
        let rows: Value = serde_json::from_str(&recorded(name, "images-all.json").unwrap()).unwrap();
        assert_eq!(images.len(), rows.as_array().unwrap().len(), "{name}");
        assert!(images.iter().all(|image| image.id.starts_with("sha256:") && image.id.len() == 71), "{name}");
        assert!(images.iter().all(|image| image.parent.as_ref().is_none_or(|id| id.starts_with("sha256:"))));
        assert!(images.iter().all(|image| image.created.is_some() && image.bytes > 0), "{name}");
        let names = images.iter().flat_map(|image| image.tags.iter().chain(&image.digests));
        assert!(
            names.clone().count() > 10 && names.into_iter().all(|name| !name.contains("<none>")),
            "{name}"
        );

        // Engines leave out intermediate images unless they are asked for all.
        let shown: Value = serde_json::from_str(&recorded(name, "images.json").unwrap()).unwrap();
        let shown: BTreeSet<String> = shown
            .as_array()
            .unwrap()
            .iter()
            .map(|row| format!("sha256:{}", row["Id"].as_str().unwrap().trim_start_matches("sha256:")))
            .collect();
        let ours: BTreeSet<String> =
            images.iter().filter(|image| !image.intermediate).map(|image| image.id.clone()).collect();
        assert_eq!(ours, shown, "{name}");
        assert!(images.iter().any(LocalImage::dangling), "{name}");

        let busybox = tagged(&images, "hadal-test-busybox:1");
        assert_eq!(busybox.tags.len(), 4, "{name}");
        assert!(busybox.tags.contains(&"localhost:5000/hadal-test/name:1".to_owned()), "{name}");
        // Docker 20.10 cannot be asked what images share, and Podman answers nothing but zeros.
        assert_eq!(busybox.shared_bytes.is_some(), name.starts_with("docker-26"), "{name}");
        assert!(images.iter().any(|image| !image.labels.is_empty()), "{name}");
    }
}

/// Some images as a list and inspections together tell them.
async fn known(engine: &Recorded, names: &[&str]) -> Vec<LocalImage> {
    let rows = engine.images().await;
    let mut images = Vec::new();
    for name in names {
        let mut image = engine.engine.image(name).await.unwrap();
        image.keep_from_list(rows.iter().find(|row| row.id == image.id).unwrap());
        images.push(image);
    }
    images
}

#[tokio::test]
async fn bytes_are_exact_where_an_engine_tells_enough() {
    for name in ENGINES {
        let engine = Recorded::open(name).await;
        let store = match name {
            "docker-26-containerd" => ImageStore::Blobs,
            _ if engine.is_podman() => ImageStore::Documents,
            _ => ImageStore::Layers,
        };
        let images = known(&engine, &["busybox", "parent", "child"]).await;
        assert!(images.iter().all(|image| image.store == store), "{name}");
        // Of some layers that the classic builder made the containerd store tells no bytes.
        let most = if store == ImageStore::Blobs { 32_768 } else { 0 };
        assert!(images.iter().all(|image| image.foreign_bytes() <= most), "{name}");
        let stock = Stock::new(&images, []);
        for (usage, image) in stock.usage().iter().zip(&images) {
            assert_eq!(usage.exact, store != ImageStore::Blobs, "{name} {image:#?}");
        }
        let marks = images.iter().map(|image| (image.id.clone(), String::new())).collect();
        let plan = stock.plan(&Marks { images: marks, ..Marks::default() });
        let doubts: Vec<Doubt> = plan.doubts.iter().copied().collect();
        let expected: &[Doubt] = if store == ImageStore::Blobs { &[Doubt::Compressed] } else { &[] };
        assert_eq!((plan.exact, &doubts[..]), (expected.is_empty(), expected), "{name}");
        // The containerd store would take along what only happens to have the same layers.
        let alone = |command: &String| command.contains(" rmi --no-prune ");
        let commands: Vec<String> = plan.acts().iter().map(|act| act.command(Kind::Docker)).collect();
        assert!(
            commands.iter().all(|command| alone(command) == (store == ImageStore::Blobs)),
            "{commands:?}"
        );
    }
}

/// An image for two platforms, of which lists reckon all and inspections one, and an image of the second alone.
#[tokio::test]
async fn what_is_there_for_other_platforms_is_not_promised() {
    let engine = Recorded::open("../platforms/docker-28-containerd").await;
    let images = known(&engine, &["base", "kit", "multi", "arm"]).await;
    let foreign: Vec<u64> = images.iter().map(LocalImage::foreign_bytes).collect();
    // What attests to a build is nothing of its platform either.
    assert_eq!(foreign, [0, 897, 505_231, 0]);
    let stock = Stock::new(&images, []);
    let frees = |name: &str| {
        let image = images.iter().find(|image| image.tags == [name]).unwrap();
        let marks = [(image.id.clone(), String::new())].into();
        stock.plan(&Marks { images: marks, ..Marks::default() })
    };
    // All but one layer of 50,000 bytes, and documents, is there for the other image as well.
    let arm = frees("arm:1");
    assert!(!arm.exact && arm.frees_bytes <= 54_000, "{arm:#?}");
    // Its layer of 300,000 bytes is nobody else's; what it has for the second platform is the other image's.
    let multi = frees("multi:1");
    assert!(!multi.exact && (200_000..=620_000).contains(&multi.frees_bytes), "{multi:#?}");
}

#[tokio::test]
async fn an_image_is_known_with_layers_and_steps() {
    for name in ENGINES {
        let recorded_engine = Recorded::open(name).await;
        let image = recorded_engine.engine.image("child").await.unwrap();
        let listed = recorded_engine.images().await;
        let row = tagged(&listed, "hadal-test-child:1");
        assert_eq!((&image.id, &image.tags), (&row.id, &row.tags), "{name}");
        assert_eq!(image.platform, "linux/amd64", "{name}");
        let layers = image.layers.as_ref().unwrap();
        assert!(layers.len() >= 3 && layers.iter().all(|layer| layer.starts_with("sha256:")), "{name}");
        let steps = image.steps.as_ref().unwrap();
        assert!(steps.len() > 3, "{name}");
        let times: Vec<_> = steps.iter().map(|step| step.created.unwrap()).collect();
        assert!(times.is_sorted(), "{name}: oldest first");
        assert!(steps.first().unwrap().bytes > 1_000_000 && steps.last().unwrap().bytes == 0, "{name}");
        assert!(steps.last().unwrap().created_by.contains("CMD") || steps.len() > 3, "{name}");
        // Docker's steps name images that can be asked for; Podman's name others.
        let last = steps.last().unwrap().image.as_ref();
        assert_eq!(last == Some(&image.id), !recorded_engine.is_podman(), "{name}");
        assert_eq!(image.last_tagged.is_some(), !recorded_engine.is_podman(), "{name}");

        let dangling = recorded_engine.engine.image("dangling").await.unwrap();
        assert!(dangling.tags.is_empty(), "{name}");
        let missing = recorded_engine.engine.image("no-such").await.unwrap_err();
        assert!(missing.is_missing(), "{name}: {missing}");
        let raw = recorded_engine.engine.inspect_image("child").await.unwrap();
        assert_eq!(raw["Architecture"], "amd64");
    }
}

/// The facts of a container that lists and inspections both tell.
fn facts(container: &Container) -> (State, Option<i64>, bool) {
    (container.state.clone(), container.exit_code, container.failed())
}

#[tokio::test]
async fn containers_of_every_engine_are_listed() {
    for name in ENGINES {
        let recorded_engine = Recorded::open(name).await;
        let containers = recorded_engine.engine.containers(false).await.unwrap();
        assert!(containers.len() > 10, "{name}");
        for container in &containers {
            assert_eq!((container.id.len(), container.image_id.len()), (64, 71), "{name}");
            assert!(
                container.name.starts_with("hadal-test-") || container.name.ends_with("-infra"),
                "{name}"
            );
            assert!(container.created.is_some() && !container.inspected, "{name}");
            assert_eq!(container.writable_bytes, None, "{name}: nobody asked");
        }
        let sized = recorded_engine.engine.containers(true).await.unwrap();
        assert!(
            !sized.is_empty() && sized.iter().all(|container| container.writable_bytes.is_some()),
            "{name}"
        );
        assert!(sized.iter().any(|container| container.writable_bytes > Some(1_000_000)), "{name}");
    }
}

#[tokio::test]
async fn containers_of_every_engine_are_known_in_full() {
    for name in ENGINES {
        let recorded_engine = Recorded::open(name).await;
        let podman = recorded_engine.is_podman();
        let mut known = 0;
        for (object, state, code, failed) in [
            ("running", State::Running, None, false),
            ("exited-0", State::Exited, Some(0), false),
            ("exited-1", State::Exited, Some(1), true),
            ("killed", State::Exited, Some(137), true),
            ("term", State::Exited, Some(143), true),
            ("created", State::Created, None, false),
            ("paused", State::Paused, None, false),
            // It says 127, but it never ran.
            ("not-found", State::Created, None, name != "podman-4.3"),
        ] {
            let Ok(container) = recorded_engine.engine.container(object).await else { continue };
            known += 1;
            assert_eq!(facts(&container), (state, code, failed), "{name} {object}");
            assert!(container.inspected && !container.command.is_empty(), "{name} {object}");
            assert_eq!(container.name, format!("hadal-test-{object}"));
            assert_eq!(container.started_at.is_some(), container.state != State::Created, "{name} {object}");
            let over = container.finished_at.is_some();
            assert_eq!(over, container.state == State::Exited, "{name} {object}");
        }
        // Of the older engines everything was recorded.
        assert!(
            known >= if matches!(name, "docker-20.10" | "podman-4.3") { 7 } else { 1 },
            "{name}: {known}"
        );
        let missing = recorded_engine.engine.container("no-such").await.unwrap_err();
        assert!(missing.is_missing(), "{name}: {missing}");
        let get = async |object: &str| recorded_engine.engine.container(object).await.ok();
        if let Some(gave_up) = get("gave-up").await {
            assert_eq!((&*gave_up.restart_policy, gave_up.restarts), ("on-failure:2", 2), "{name}");
        }
        if let Some(restarting) = get("restarting").await {
            assert_eq!(restarting.restart_policy, "always", "{name}");
            assert_eq!(restarting.exit_code, if podman { None } else { Some(7) }, "{name}");
        }
        if let Some(oom) = get("oom").await {
            assert!(oom.memory_limit.is_some_and(|bytes| bytes >= 1 << 20), "{name}");
        }
        if let Some(tty) = get("tty").await {
            assert!(tty.tty && tty.memory_limit.is_none() && tty.restart_policy == "no", "{name}");
        }
        for (object, health) in [
            ("healthy", Health::Healthy),
            ("unhealthy", Health::Unhealthy),
            ("health-starting", Health::Starting),
        ] {
            if let Some(container) = get(object).await {
                assert_eq!(container.health, Some(health), "{name} {object}");
            }
        }
        if let Some(ports) = get("ports").await {
            let listed = Port::list(&ports.ports);
            for port in ["127.0.0.1:18080→80", "18081→81/udp", "18082→8000", "18084→8002", "9000"] {
                assert!(listed.contains(port), "{name}: {listed}");
            }
            assert_eq!(ports.networks.len(), 1, "{name}");
        }
        if let Some(volumes) = get("volumes").await {
            let mounts: Vec<_> = volumes
                .mounts
                .iter()
                .map(|mount| (&*mount.kind, &*mount.destination, mount.writable))
                .collect();
            let expected =
                [("volume", "/anonymous", true), ("bind", "/bind", false), ("volume", "/data", true)];
            assert_eq!(mounts, expected, "{name}");
        }
        if let Some(web) = get("shop-web-1").await {
            assert!(web.project().is_some() && web.service().is_some(), "{name}");
        }
    }
}

#[tokio::test]
async fn lists_and_inspections_agree() {
    for name in ENGINES {
        let recorded_engine = Recorded::open(name).await;
        let mut compared = 0;
        for row in recorded_engine.engine.containers(false).await.unwrap() {
            let object = row.name.strip_prefix("hadal-test-").unwrap_or(&row.name);
            let Ok(container) = recorded_engine.engine.container(object).await else { continue };
            if container.id != row.id || matches!(object, "restarting" | "health-starting") {
                continue;
            }
            assert_eq!(
                (&row.state, row.exit_code),
                (&container.state, container.exit_code),
                "{name} {object}"
            );
            assert_eq!(row.image_id, container.image_id, "{name} {object}");
            assert_eq!(row.labels, container.labels, "{name} {object}");
            if !recorded_engine.is_podman() {
                assert_eq!(row.health, container.health, "{name} {object}");
                assert_eq!(row.networks, container.networks, "{name} {object}");
                assert_eq!(row.command, container.command, "{name} {object}");
            }
            compared += 1;
        }
        assert!(compared > 0, "{name}");
    }
}

#[tokio::test]
async fn events_of_every_engine_are_told() {
    for name in ENGINES {
        let recorded_engine = Recorded::open(name).await;
        let events = heard(&recorded_engine, &recorded(name, "events.jsonl").unwrap(), usize::MAX).await;
        let has = |kind: &str, action: &str| {
            events.iter().any(|event| event.kind == kind && event.action == action)
        };
        assert!(
            events.iter().all(|event| event.time.is_some() && !event.action.starts_with("exec")),
            "{name}"
        );
        for action in ["create", "start", "die", "rename", "kill", "pause", "unpause"] {
            assert!(has("container", action), "{name}: {action}");
        }
        assert!(has("image", "tag") && has("volume", "create"), "{name}");
        assert_eq!(has("pod", "create"), recorded_engine.is_podman(), "{name}");
        let health = events.iter().find_map(|event| event.action.strip_prefix("health_status: "));
        assert!(matches!(health, Some("healthy" | "starting")), "{name}: {health:?}");
        let died = events.iter().find(|event| event.action == "die").unwrap();
        assert!(died.attribute("exitCode").is_some() && died.id.len() == 64, "{name}");
        // Podman does not say which volume by its id, but by its name.
        let volume = events.iter().find(|event| event.kind == "volume").unwrap();
        assert_eq!(volume.id.is_empty(), recorded_engine.is_podman(), "{name}");
    }
}

/// Lets the engine tell a text in chunks of a size, and a last event; returns what came before that.
async fn heard(recorded: &Recorded, text: &str, size: usize) -> Vec<Event> {
    let mut stream = recorded.engine.events(None).await.unwrap();
    recorded.fake.wait_for_listener();
    let bytes = text.as_bytes();
    for chunk in bytes.chunks(size.min(bytes.len())) {
        recorded.fake.tell(&String::from_utf8_lossy(chunk));
    }
    recorded.fake.tell("\n{\"Type\":\"end\",\"Action\":\"end\"}");
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        match event.unwrap() {
            event if event.kind == "end" => break,
            event => events.push(event),
        }
    }
    events
}

#[tokio::test]
async fn events_are_cut_out_of_the_stream_however_it_comes() {
    let recorded_engine = Recorded::open("docker-20.10").await;
    let event = |number: u32| {
        format!(
            r#"{{"Type":"container","Action":"a{number}","Actor":{{"ID":"x","Attributes":{{"l":"}}{{\"\\"}}}}}}"#
        )
    };
    let garbage = "not json\n{\"Type\": tru\n{]}\n[1,2]\n\u{feff}\n\n";
    let text = [&event(1), "\n", garbage, &event(2), &event(3), "\r\n", &event(4)].concat();
    for size in [1, 2, 7, 64, usize::MAX] {
        let events = heard(&recorded_engine, &text, size).await;
        let actions: Vec<&str> = events.iter().map(|event| &*event.action).collect();
        assert_eq!(actions, ["a1", "a2", "a3", "a4"], "in chunks of {size}");
        assert_eq!(events[0].attribute("l"), Some("}{\"\\"));
    }
}

#[tokio::test]
async fn odd_events_are_events_and_none_can_hide() {
    let recorded_engine = Recorded::open("docker-20.10").await;
    let large = format!(r#"{{"Type":"container","Action":"large","l":"{}"}}"#, "x".repeat(2 << 20));
    let lines = [
        r#"{"Type":"moon","Action":"rise","time":1700000000,"timeNano":1700000000123456789}"#,
        // A label that looks like the run of a command.
        r#"{"status":"die","Type":"container","Action":"die","Actor":{"ID":"x","Attributes":{"Action":"exec_die"}}}"#,
        r#"{"status":"exec_die","Type":"container","Action":"exec_die","Actor":{"ID":"x"}}"#,
        r#"{"Action":"exec_start: sh","Type":"container"}"#,
        r#"{"Type":null,"Action":"bare","Actor":null,"time":0}"#,
        r#"{"Type":"container"}"#,
        &large,
        r#"{"Type":"image","Action":"after","Actor":{"Attributes":{"n":5}}}"#,
    ];
    let events = heard(&recorded_engine, &lines.join("\n"), usize::MAX).await;
    let actions: Vec<&str> = events.iter().map(|event| &*event.action).collect();
    assert_eq!(actions, ["rise", "die", "bare", "after"]);
    assert_eq!(events[0].time.unwrap().to_string(), "2023-11-14T22:13:20.123456789Z");
    assert_eq!(events[2].time, None);
    assert_eq!(events[3].attribute("n"), Some("5"));
}

#[tokio::test]
async fn events_are_asked_for_since_a_time() {
    let recorded_engine = Recorded::open("docker-20.10").await;
    recorded_engine.fake.asked();
    let since = "2023-11-14T22:13:20.000456789Z".parse().unwrap();
    let _stream = recorded_engine.engine.events(Some(since)).await.unwrap();
    assert_eq!(recorded_engine.fake.asked(), ["/events?since=1700000000.000456789"]);
}

#[tokio::test]
async fn what_takes_room_is_told_by_every_engine() {
    for name in ENGINES {
        let recorded_engine = Recorded::open(name).await;
        let usage = recorded_engine.engine.usage().await.unwrap();
        assert!(usage.shared.keys().all(|id| id.starts_with("sha256:")), "{name}");
        assert!(usage.shared.len() >= 10 && usage.shared.values().any(|bytes| *bytes > 0), "{name}");
        assert!(usage.writable.values().any(|bytes| *bytes > 1_000_000), "{name}: what was written");
        assert!(
            usage.volumes.iter().any(|volume| volume.users == Some(1) && volume.bytes.is_some()),
            "{name}"
        );
        assert_eq!(usage.layers.is_some(), name != "podman-4.3", "{name}");
        assert_eq!(usage.cache.is_empty(), !name.starts_with("docker-26"), "{name}");
        // What a build began with stands on nothing.
        let mut regular = usage.cache.iter().filter(|record| record.kind == "regular").peekable();
        let whole =
            |record: &CacheRecord| !record.parents.is_empty() && record.created.is_some() && record.uses > 0;
        assert!(regular.peek().is_none() || regular.any(whole), "{name}");
    }
}

#[tokio::test]
async fn the_newer_form_of_what_takes_room_is_understood_and_asked_for_once() {
    let mut recorded_engine = Recorded::open("docker-26").await;
    let version = recorded("docker-26", "version.json").unwrap().replace("1.45", "1.53");
    recorded_engine.fake.answer("/version", &version);
    recorded_engine.fake.answer(
        "/system/df",
        r#"{"ImageUsage":{"TotalSize":7,"Items":[{"Id":"sha256:aa","SharedSize":5}]},
            "ContainerUsage":{"Items":[{"Id":"c","SizeRw":3},{"Id":"d"}]},"VolumeUsage":{"Items":null},
            "BuildCacheUsage":{"Items":[{"ID":"b","Parents":["a"],"Size":1}]}}"#,
    );
    recorded_engine.engine = recorded_engine.engine.again().await.unwrap();
    recorded_engine.fake.asked();
    let engine = &recorded_engine.engine;
    let (first, second, third) = tokio::join!(engine.usage(), engine.usage(), engine.usage());
    assert_eq!(recorded_engine.fake.asked(), ["/system/df?verbose=1"]);
    let usage = first.unwrap();
    assert_eq!((usage.layers, usage.shared["sha256:aa"]), (Some(7), 5));
    assert_eq!(usage.writable.into_iter().collect::<Vec<_>>(), [("c".to_owned(), 3), ("d".to_owned(), 0)]);
    assert_eq!((&*usage.cache[0].id, &usage.cache[0].parents), ("b", &vec!["a".to_owned()]));
    assert_eq!(second.unwrap(), third.unwrap());
}

#[tokio::test]
async fn nothing_that_an_engine_says_loses_a_list() {
    let recorded_engine = Recorded::open("docker-20.10").await;
    recorded_engine.fake.answer(
        "/containers/json",
        r#"[{"Id":"a","State":"hibernating","Status":"Asleep (x","Ports":[{"PrivatePort":99999},{}],"Names":null},
            {"Id":"b","State":7,"Labels":"odd","Mounts":{},"Created":"soon","NetworkSettings":{"Networks":null}},
            {"State":"running"},null,"odd",
            {"Id":"c","Names":["/web/db","/db"],"State":"exited","Status":"Exited (-1) 3 weeks ago"}]"#,
    );
    let containers = recorded_engine.engine.containers(false).await.unwrap();
    let ids: Vec<&str> = containers.iter().map(|container| &*container.id).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!(containers[0].state, State::Other("hibernating".to_owned()));
    assert_eq!((&*containers[2].name, containers[2].exit_code), ("db", Some(-1)));
    recorded_engine
        .fake
        .answer("/images/json", r#"[{"Id":"aa"},{"Id":"sha256:aa","RepoTags":["b:1","a:1"]},{},3]"#);
    let images = recorded_engine.images().await;
    assert_eq!(images.len(), 1);
    assert_eq!((&*images[0].id, images[0].tags.len()), ("sha256:aa", 2));
    for nothing in ["null", "[]"] {
        recorded_engine.fake.answer("/containers/json", nothing);
        assert_eq!(recorded_engine.engine.containers(false).await.unwrap(), []);
    }
}
