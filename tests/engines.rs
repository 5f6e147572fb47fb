//! The engines that other tests use: each starts, runs containers, hangs, ends and comes back as an engine
//! does, and leaves nothing behind.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common {
    pub mod engine;
}

use std::path::PathBuf;
use std::time::{Duration, Instant};

use common::engine::{Engine, answers, fresh, shared_docker, shared_podman};

fn socket(engine: &Engine) -> PathBuf {
    PathBuf::from(engine.url().strip_prefix("unix://").unwrap())
}

/// Lines of `/proc` and of cgroups that name a folder.
fn traces(name: &str) -> Vec<String> {
    let mut traces = Vec::new();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(name) {
            traces.push(line);
        }
    }
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
    traces.extend(mounts.lines().filter(|line| line.contains(name)).map(str::to_owned));
    let mut folders = vec![PathBuf::from("/sys/fs/cgroup")];
    while let Some(folder) = folders.pop() {
        if folder.to_str().unwrap().contains(name) {
            traces.push(folder.display().to_string());
        }
        let inner = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        folders.extend(inner.filter(|entry| entry.file_type().unwrap().is_dir()).map(|entry| entry.path()));
    }
    traces
}

fn lives(mut engine: Engine) {
    let socket = socket(&engine);
    let folder = socket.parent().unwrap().to_owned();
    assert!(answers(&socket));

    engine.load_busybox("hadal-test-busybox:1");
    let sleeper = ["run", "-d", "--stop-signal", "KILL", "hadal-test-busybox:1", "sleep", "1000"];
    let container = engine.run(&sleeper);
    let greeting = engine.run(&["exec", &container, "sh", "-c", "echo hello from $(basename $0)"]);
    assert_eq!(greeting, "hello from sh");
    let failed = engine.attempt(&["run", "--name", "hadal-test-failed", "hadal-test-busybox:1", "false"]);
    assert_eq!(failed.status.code(), Some(1));

    engine.pause();
    let since = Instant::now();
    assert!(!answers(&socket), "a paused engine answers nothing");
    assert!(since.elapsed() > Duration::from_secs(1), "but it takes the connection");
    engine.resume();
    assert!(answers(&socket));

    engine.stop();
    assert!(!answers(&socket));
    engine.start();
    engine.kill();
    assert!(!answers(&socket));
    engine.start();
    let names = engine.run(&["ps", "-a", "--format", "{{.Names}}"]);
    assert!(names.contains("hadal-test-failed"), "what was there is there again: {names}");

    let running = engine.run(&sleeper);
    let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
    assert!(!traces(&name).is_empty());
    drop(engine);
    assert!(!folder.exists(), "{} is left", folder.display());
    for name in [&name, &container, &running] {
        assert_eq!(traces(name), Vec::<String>::new());
    }
}

#[test]
fn a_docker_lives_and_leaves_nothing() {
    let Some(engine) = Engine::docker() else { return };
    lives(engine);
}

#[test]
fn a_podman_lives_and_leaves_nothing() {
    let Some(engine) = Engine::podman() else { return };
    lives(engine);
}

#[test]
fn shared_engines_build_images() {
    for engine in [shared_docker(), shared_podman()].into_iter().flatten() {
        let (base, built) = (fresh("base"), fresh("built"));
        engine.load_busybox(&base);
        let folder = tempfile::tempdir().unwrap();
        let steps = format!("FROM {base}\nRUN echo made > /made\nCMD cat /made\n");
        std::fs::write(folder.path().join("Dockerfile"), steps).unwrap();
        let context = folder.path().to_str().unwrap();
        engine.run(&["build", "--network", "none", "--tag", &built, context]);
        assert_eq!(engine.run(&["run", "--rm", "--network", "none", &built]), "made");
        engine.run(&["rmi", &built, &base]);
    }
}
