//! The keeper on real engines: what happens there is seen, and what is seen is what the engine's own program tells.

use std::collections::BTreeMap;

use super::engine::Engine;
use super::{Watched, millis, pace};
use hadal::container::{Container, State};
use hadal::jobs::live::{Order, Pace};
use hadal::world::{Connection, World};

const IMAGE: &str = "hadal-test-busybox:1";

fn watch(engine: &Engine) -> Watched {
    // Soon noticed when it hangs, and patient with a busy machine.
    let pace = Pace { reconcile: millis(3000), answer: millis(3000), ping: millis(3000), ..pace() };
    Watched::at(engine.url(), pace)
}

/// Name and state of each container, as the engine's own program tells them.
fn states(engine: &Engine) -> BTreeMap<String, String> {
    let ids = engine.run(&["ps", "-aq"]);
    let inspect = ["inspect", "--type", "container", "--format", "{{.Name}} {{.State.Status}}"];
    let lines = engine.run(&inspect.into_iter().chain(ids.lines()).collect::<Vec<_>>());
    let pairs = lines.lines().filter_map(|line| line.trim_start_matches('/').split_once(' '));
    pairs.map(|(name, state)| (name.to_owned(), State::parse(state).name().to_owned())).collect()
}

fn ours(world: &World) -> BTreeMap<String, String> {
    let pair = |container: &Container| (container.name.clone(), container.state.name().to_owned());
    world.containers.values().map(pair).collect()
}

fn named<'a>(world: &'a World, name: &str) -> Option<&'a Container> {
    world.containers.values().find(|container| container.name == name)
}

fn tagged<'a>(world: &'a World, tag: &str) -> Option<&'a hadal::image::LocalImage> {
    let short = |known: &String| known.strip_prefix("localhost/").unwrap_or(known) == tag;
    world.images.values().find(|image| image.tags.iter().any(short))
}

async fn lives(mut engine: Engine) {
    engine.load_busybox(IMAGE);
    let run = |name: &str, command: &[&str]| {
        let base = ["run", "-d", "--stop-signal", "KILL", "--name", name, IMAGE];
        engine.run(&[&base, command].concat())
    };
    run("hadal-test-runs", &["sleep", "1000"]);
    run("hadal-test-failed", &["sh", "-c", "exit 3"]);
    let mut watched = watch(&engine);
    watched.settle().await;
    watched
        .until("it has failed", |world| named(world, "hadal-test-failed").unwrap().exit_code == Some(3))
        .await;
    assert_eq!(ours(&watched.world), states(&engine));
    let image = tagged(&watched.world, IMAGE).unwrap();
    assert_eq!((image.layers.as_ref().unwrap().len(), image.steps.as_ref().unwrap().len()), (1, 1));
    assert_eq!(watched.world.users(&image.id.clone()).count(), 2);

    // The life of a container.
    run("hadal-test-life", &["sleep", "1000"]);
    watched
        .until("it runs", |world| {
            named(world, "hadal-test-life").is_some_and(|life| life.state == State::Running)
        })
        .await;
    engine.run(&["rename", "hadal-test-life", "hadal-test-renamed"]);
    watched.until("it is renamed", |world| named(world, "hadal-test-renamed").is_some()).await;
    engine.run(&["kill", "hadal-test-renamed"]);
    watched
        .until("it is killed", |world| named(world, "hadal-test-renamed").unwrap().exit_code == Some(137))
        .await;
    engine.run(&["rm", "hadal-test-renamed"]);
    watched.until("it is gone", |world| world.containers.len() == 2).await;

    // The names of images.
    engine.run(&["tag", IMAGE, "hadal-test-other:1"]);
    watched.until("it has another name", |world| tagged(world, "hadal-test-other:1").is_some()).await;
    engine.run(&["rmi", "hadal-test-other:1"]);
    watched.until("the name is gone", |world| tagged(world, "hadal-test-other:1").is_none()).await;
    assert!(tagged(&watched.world, IMAGE).is_some());
    engine.load_busybox(IMAGE);
    watched
        .until("the old image is dangling", |world| {
            world.images.values().any(hadal::image::LocalImage::dangling)
        })
        .await;
    watched.until("the new one has its name", |world| tagged(world, IMAGE).is_some()).await;
    watched.settle().await;
    watched.live.order(Order::Bytes);
    watched
        .until("bytes are known", |world| {
            world.containers.values().all(|known| known.writable_bytes.is_some())
        })
        .await;
    assert!(watched.world.journal.events().any(|event| event.action == "die"));
    assert!(watched.world.trouble.is_none());

    // It hangs.
    engine.pause();
    watched.until("it is lost", |world| matches!(world.connection, Connection::Lost { .. })).await;
    assert_eq!(watched.world.containers.len(), 2);
    engine.resume();
    watched.until("it is back", |world| world.connection == Connection::Live).await;

    // It ends, things change, and it comes back.
    engine.kill();
    watched.until("it is lost", |world| matches!(world.connection, Connection::Lost { .. })).await;
    assert_eq!(watched.world.containers.len(), 2);
    engine.start();
    engine.run(&["rm", "-f", "hadal-test-failed"]);
    watched.until("it is back", |world| world.connection == Connection::Live).await;
    let expected = states(&engine);
    watched.until("all is as the engine tells", |world| ours(world) == expected).await;
    watched.settle().await;
    engine.attempt(&["rm", "-f", "hadal-test-runs"]);
    watched.until("nothing is left", |world| world.containers.is_empty()).await;
}

#[tokio::test]
async fn docker_is_kept_fresh_through_everything() {
    if let Some(engine) = Engine::docker() {
        lives(engine).await;
    }
}

#[tokio::test]
async fn podman_is_kept_fresh_through_everything() {
    if let Some(engine) = Engine::podman() {
        lives(engine).await;
    }
}
