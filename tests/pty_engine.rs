//! The real program in a pseudo-terminal on a real Docker and a real Podman: what people do with it all day, and an
//! engine that goes away and comes back meanwhile.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/engine.rs"]
mod engine;
#[path = "common/terminal.rs"]
mod terminal;

use std::time::Duration;

use engine::{Engine, Kind, fresh};
use terminal::Session;

const IMAGE: &str = "hadal-test-pty:1";
/// Nothing is to be found in the terminal but what the program wrote there.
const NOTED: &str = "noted by the shell";

/// An engine of one's own with one image and two containers, and the program on it.
struct Scene {
    engine: Engine,
    session: Session,
    running: String,
}

impl Scene {
    fn set(kind: Kind) -> Option<Scene> {
        let engine = match kind {
            Kind::Docker => Engine::docker(),
            Kind::Podman => Engine::podman(),
        }?;
        engine.load_busybox(IMAGE);
        let running = fresh("runs");
        let script = "echo it begins; while :; do sleep 1; done";
        let options = ["run", "-d", "--network", "none", "--stop-signal", "KILL", "--name"];
        engine.run(&[&options[..], &[&running, IMAGE, "sh", "-c", script]].concat());
        let ended = ["--name", "hadal-test-ended", IMAGE, "sh", "-c", "echo it breaks >&2; exit 3"];
        engine.attempt(&[&["run", "--network", "none"], &ended[..]].concat());
        let session = Session::on(&engine.url(), 120, 35);
        session.wait_for("hadal-test-pty");
        session.wait_for("live");
        Some(Scene { engine, session, running })
    }

    /// To the containers, with the cursor on the one that runs: what failed stands above it.
    fn go_to_running(&mut self) {
        self.session.send("2");
        self.session.wait_for("exited 3");
        self.session.send("gj");
        self.session.wait_for("2/2");
    }
}

#[test]
fn docker_all_day() {
    if let Some(scene) = Scene::set(Kind::Docker) {
        all_day(scene);
    }
}

#[test]
fn podman_all_day() {
    if let Some(scene) = Scene::set(Kind::Podman) {
        all_day(scene);
    }
}

fn all_day(mut scene: Scene) {
    let running = scene.running.clone();
    // An image: its layers and files, and back.
    let session = &mut scene.session;
    session.send("\r");
    session.wait_for("Layers");
    session.wait_for("passwd");
    session.send("1");
    session.wait_for("Images");
    // The log of what failed.
    session.send("2");
    session.wait_for("exited 3");
    session.send("g\r");
    session.wait_for("it breaks");
    session.send("\x1b");
    session.wait_for("exited 3");
    // What others do is seen.
    scene.engine.run(&["tag", IMAGE, "hadal-test-elsewhere:7"]);
    session.send("1");
    session.wait_for("hadal-test-elsewhere");
    scene.engine.run(&["rename", &running, "hadal-test-renamed"]);
    session.send("2");
    session.wait_for("hadal-test-renamed");
    // A shell inside has the terminal to itself, and gives it back.
    scene.go_to_running();
    let session = &mut scene.session;
    session.send("e");
    session.wait_until("the shell's prompt", |text| text.contains('#') && !text.contains("Containers"));
    session.send("echo noted by the shell; stty size\n");
    session.wait_for("35 120");
    session.send("exit\n");
    session.wait_for("Containers");
    assert!(!session.text().contains(NOTED), "{}", session.text());
    // A removal is a plan first: Esc removes nothing, Enter does what was shown.
    session.send("gd");
    session.wait_for("hadal-test-ended");
    session.wait_for("Esc");
    session.send("\x1b");
    assert!(scene.engine.run(&["ps", "-a", "--format", "{{.Names}}"]).contains("hadal-test-ended"));
    std::thread::sleep(Duration::from_millis(1200));
    session.send("d");
    session.wait_for("1 goes");
    assert!(!session.text().contains("exited 3, 0 s ago"), "ages are those of now:\n{}", session.text());
    session.send("\r");
    session.wait_until("the container is gone", |text| !text.contains("exited 3"));
    assert!(!scene.engine.run(&["ps", "-a", "--format", "{{.Names}}"]).contains("hadal-test-ended"));
    session.send("q");
    session.assert_restored("ended 0");
}

#[test]
fn a_build_is_seen_and_then_explored() {
    let engines = [engine::shared_docker(), engine::shared_podman()];
    for engine in engines.into_iter().flatten() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("one"), vec![b'1'; 3000]).unwrap();
        let dockerfile = "FROM scratch\nCOPY one /shipped\nCOPY one /again\n";
        std::fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
        let tag = fresh("built");
        let script = format!(
            "cd '{}'; DOCKER_CONFIG=/nonexistent DOCKER_BUILDKIT=0 '{}' build --engine {} -t {tag} .; \
             echo \"ended $?\"; stty -a; read line",
            folder.path().display(),
            env!("CARGO_BIN_EXE_hadal"),
            engine.url()
        );
        let mut session = Session::script(&script, 120, 35);
        session.wait_for("Layers");
        session.wait_for("shipped");
        session.wait_until("which image it is", |text| text.contains(&tag) && text.contains("2 layers"));
        session.send("j");
        session.wait_for("again");
        session.send("w");
        session.wait_for("nothing is wasted");
        session.send("q");
        session.assert_restored("ended 0");
        engine.run(&["rmi", &tag]);
    }
}

#[test]
fn an_engine_goes_and_comes_back() {
    let Some(mut scene) = Scene::set(Kind::Docker) else { return };
    scene.go_to_running();
    // It hangs: keys are answered, and nothing is emptied.
    scene.engine.pause();
    scene.session.send("1");
    scene.session.wait_for("hadal-test-pty");
    scene.session.send("2?");
    scene.session.wait_for("Keys · theme");
    scene.session.send("\x1b");
    scene.engine.resume();
    // It ends: the lists stay, and the screen says so.
    scene.engine.stop();
    scene.session.wait_until("it is away", |text| !text.contains("● live"));
    scene.session.wait_for(&scene.running);
    scene.session.send("1");
    scene.session.wait_for("hadal-test-pty");
    // It comes back, and everything is right without a key.
    scene.session.send("2");
    scene.engine.start();
    scene.session.wait_for("● live");
    scene.session.wait_until("what the stop did", |text| {
        text.lines().any(|line| line.contains("hadal-test-pty") && line.contains("137 SIGKILL"))
    });
    scene.session.send("q");
    scene.session.assert_restored("ended 0");
}
