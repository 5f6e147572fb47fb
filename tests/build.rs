//! `hadal build` with real engines: what is built is held against rules, and what fails is said.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/engine.rs"]
mod engine;

use std::path::Path;
use std::process::{Command, Output};

use engine::{Engine, fresh, shared_docker, shared_podman};
use serde_json::Value;

fn hadal(engine: &Engine, folder: &Path, args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hadal"));
    program.args(["build", "--engine", &engine.url()]).args(args).current_dir(folder);
    // BuildKit's client is a program of its own that is not always there.
    program.env("DOCKER_CONFIG", "/nonexistent").env("DOCKER_BUILDKIT", "0");
    for variable in ["DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST"] {
        program.env_remove(variable);
    }
    program.output().unwrap()
}

fn error(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned()
}

fn build_and_look(engine: &Engine) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("one"), vec![b'1'; 3000]).unwrap();
    std::fs::write(folder.join("two"), vec![b'2'; 500]).unwrap();
    std::fs::write(folder.join("Dockerfile"), "FROM scratch\nCOPY one /x\nCOPY two /x\n").unwrap();
    std::fs::write(folder.join("Broken"), "FROM scratch\nCOPY none /x\n").unwrap();
    let tag = fresh("build");

    // What the build says stays aside, and the verdict is the document.
    let output = hadal(engine, folder, &["--ci", "--max-wasted-bytes", "2kB", "--json", "-t", &tag, "."]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("COPY two /x"), "{said}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["rules"][0]["actual"], &document["passed"]), (&3000.into(), &false.into()));
    assert_eq!(
        document["rules"][0]["parts"][0]["created_by"].as_str().unwrap().split(' ').next(),
        Some("COPY")
    );

    // Everything behind `--` is the build's, its own file for the id too.
    let args = ["--ci", "--max-size", "1MB", "--", "--iidfile", "id", "-f", "Dockerfile", "-t", &tag, "."];
    let output = hadal(engine, folder, &args);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("passed: 1 rule\n"));
    let id = std::fs::read_to_string(folder.join("id")).unwrap();
    assert!(
        engine
            .run(&["inspect", "--format", "{{.Id}}", &tag])
            .contains(id.trim().trim_start_matches("sha256:"))
    );

    let failed = error(&hadal(engine, folder, &["--ci", "-f", "Broken", "."]));
    assert!(
        failed.starts_with("hadal: the build failed: `") && failed.contains(" build` ended with status "),
        "{failed}"
    );
    engine.run(&["rmi", &tag]);
}

#[test]
fn docker_builds() {
    if let Some(docker) = shared_docker() {
        build_and_look(docker);
        let folder = tempfile::tempdir().unwrap();
        let help = error_after_output(&hadal(docker, folder.path(), &["--ci", "-t", "x", "--help"]));
        assert!(help.contains("left no image to open: it only showed help"), "{help}");
    }
}

#[test]
fn podman_builds() {
    if let Some(podman) = shared_podman() {
        build_and_look(podman);
    }
}

/// The last line of an error that follows what the engine's program said.
fn error_after_output(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn no_engine_is_said_before_anything_is_built() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_hadal"));
    let output = program
        .args(["build", "--engine", "unix:///nonexistent/socket", "--ci", "."])
        .current_dir(folder.path())
        .output();
    let said = error(&output.unwrap());
    assert!(said.contains("/nonexistent/socket"), "{said}");
}
