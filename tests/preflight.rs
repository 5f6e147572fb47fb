//! Whether an image can start, found out from archives alone: every form, compressed or not, without any engine.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::too_many_lines)]

mod common {
    pub mod archive;
    pub mod layers;
}

use std::path::Path;
use std::process::Command;

use common::archive::{Image, Packing, docker_v12, oci};
use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

/// A static program for this machine, as small as one can be.
fn program() -> Vec<u8> {
    let machine: u16 = if cfg!(target_arch = "aarch64") { 183 } else { 62 };
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(64, 0);
    bytes[16] = 2;
    bytes[18..20].copy_from_slice(&machine.to_le_bytes());
    bytes
}

fn foreign() -> Vec<u8> {
    let mut bytes = program();
    bytes[18] = 22;
    bytes
}

/// A layer of files: path, mode, contents; a path that ends in a slash is a directory, contents of a path behind `->`
/// make a link.
fn layer(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (path, mode, contents) in files {
        let mut header = Header::new_gnu();
        header.set_mode(*mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(0);
        if path.ends_with('/') {
            header.set_entry_type(EntryType::Directory);
            tar.append_data(&mut header, path, &[][..]).unwrap();
        } else if let Some(target) = contents.strip_prefix(b"-> ") {
            header.set_entry_type(EntryType::Symlink);
            tar.append_link(&mut header, path, std::str::from_utf8(target).unwrap()).unwrap();
        } else {
            header.set_entry_type(EntryType::Regular);
            header.set_size(contents.len() as u64);
            tar.append_data(&mut header, path, *contents).unwrap();
        }
    }
    tar.into_inner().unwrap()
}

type Edit = fn(&mut Value);

/// What the program says of an archive: exit status, whether it can start, cause and grade of the first finding.
fn told(archive: &Path, settings: &[&str]) -> (i32, Value, String, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hadal"));
    let output = command
        .arg("preflight")
        .arg(archive)
        .arg("--json")
        .args(settings)
        .env("DOCKER_HOST", "unix:///nonexistent")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(errors.is_empty(), "{errors}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let first = &document["findings"][0];
    let finding = match first["cause"].as_str() {
        Some(cause) => format!("{cause} {}", first["grade"].as_str().unwrap()),
        None => "nothing".to_owned(),
    };
    (output.status.code().unwrap(), document["can_start"].clone(), finding, document)
}

/// Name, layers, config, settings, whether it can start, the finding.
type Row<'r> = (&'r str, Vec<Vec<u8>>, Edit, &'r [&'r str], Option<bool>, &'r str);

fn server(edit: &mut Value) {
    edit["config"]["Entrypoint"] = json!(["/app/server"]);
}

#[test]
fn images_are_examined_without_an_engine() {
    let elf = program();
    let good = || layer(&[("app/", 0o755, b""), ("app/server", 0o755, &elf)]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let mount = format!("{}:/app", folder.path().join("empty").display());
    let mounted = ["--mount", mount.as_str()];
    let script = |text: &'static [u8]| layer(&[("app/server", 0o755, text), ("bin/sh", 0o755, &elf)]);
    let rows: Vec<Row<'_>> = vec![
        ("good", vec![good()], server, &[], Some(true), "nothing"),
        ("script", vec![script(b"#!/bin/sh\necho\n")], server, &[], Some(true), "nothing"),
        (
            "by link",
            vec![layer(&[("usr/bin/srv", 0o755, &elf), ("bin", 0o777, b"-> usr/bin")])],
            |config| {
                config["config"]["Cmd"] = json!(["srv"]);
                config["config"]["Env"] = json!(["PATH=/bin"]);
            },
            &[],
            Some(true),
            "nothing",
        ),
        (
            "removed",
            vec![good(), layer(&[("app/.wh.server", 0, b"")])],
            server,
            &[],
            Some(false),
            "entrypoint-deleted-in-layer proven",
        ),
        (
            "never there",
            vec![layer(&[("app/", 0o755, b"")])],
            server,
            &[],
            Some(false),
            "entrypoint-not-in-image proven",
        ),
        (
            "mode",
            vec![layer(&[("app/server", 0o644, &elf)])],
            server,
            &[],
            Some(false),
            "entrypoint-not-executable proven",
        ),
        ("user", vec![good()], server, &["--user", "nobody"], Some(false), "user-not-in-image proven"),
        ("number", vec![good()], server, &["--user", "1000:1000"], Some(true), "nothing"),
        (
            "closed to it",
            vec![layer(&[("app/server", 0o700, &elf)])],
            server,
            &["--user", "1000"],
            Some(false),
            "entrypoint-mode-excludes-user proven",
        ),
        ("hidden", vec![good()], server, &mounted, Some(false), "entrypoint-hidden-by-mount proven"),
        ("volume", vec![good()], server, &["--mount", "data:/app"], Some(true), "nothing"),
        (
            "tmpfs",
            vec![good()],
            server,
            &["--mount", "type=tmpfs,target=/app"],
            Some(false),
            "entrypoint-hidden-by-mount proven",
        ),
        (
            "carriage return",
            vec![script(b"#!/bin/sh\r\necho\r\n")],
            server,
            &[],
            Some(false),
            "crlf-line-endings proven",
        ),
        (
            "interpreter",
            vec![script(b"#!/bin/bash\necho\n")],
            server,
            &[],
            Some(false),
            "shebang-interpreter-missing proven",
        ),
        (
            "machine",
            vec![layer(&[("app/server", 0o755, &foreign())])],
            server,
            &[],
            Some(false),
            "wrong-architecture-binary proven",
        ),
        (
            "entrypoint",
            vec![good()],
            server,
            &["--entrypoint", "/app/other"],
            Some(false),
            "entrypoint-not-in-image proven",
        ),
        ("command", vec![good()], |_| {}, &["--", "/app/server"], Some(true), "nothing"),
        (
            "nothing to run",
            vec![good()],
            |config| config["config"]["Cmd"] = json!(null),
            &[],
            Some(false),
            "no-command proven",
        ),
        (
            "workdir",
            vec![good()],
            server,
            &["--workdir", "/app/server/x"],
            Some(false),
            "working-directory-is-a-file proven",
        ),
        (
            "shell form",
            vec![good()],
            |config| config["config"]["Cmd"] = json!(["/bin/sh", "-c", "/app/server"]),
            &[],
            Some(false),
            "shell-form-without-shell proven",
        ),
    ];
    for (name, layers, edit, settings, can_start, expected) in rows {
        let architecture = if cfg!(target_arch = "aarch64") { "linux/arm64" } else { "linux/amd64" };
        for packing in [Packing::Plain, Packing::Gzip] {
            let image = Image::of(layers.clone()).on(architecture).packed(packing).with_config(edit);
            for (form, archive) in [("docker", docker_v12(&[&image]).tar()), ("oci", oci(&[&image]).tar())] {
                if form == "docker" && packing != Packing::Plain {
                    continue;
                }
                let path = folder.path().join("image.tar");
                std::fs::write(&path, archive).unwrap();
                let (status, can, finding, document) = told(&path, settings);
                let wanted = (i32::from(can_start == Some(false)), json!(can_start), expected.to_owned());
                assert_eq!((status, can, finding), wanted, "{name}, {form}: {document:#}");
            }
        }
    }
}

#[test]
fn a_real_program_is_examined_with_its_libraries() {
    // The program of this very test, in an image without any library, and with those of this machine.
    let path = std::env::current_exe().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let elf = hadal::diagnosis::elf::parse(&bytes, bytes.len() as u64).unwrap();
    assert!(
        elf.needed.iter().any(|name| name.starts_with("libc.so")) && elf.glibc.is_some() && !elf.truncated,
        "{elf:?}"
    );
    let loader = elf.interpreter.clone().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("image.tar");
    let mut files: Vec<(String, Vec<u8>)> = vec![("app/server".to_owned(), bytes)];
    let write = |files: &[(String, Vec<u8>)]| {
        let entries: Vec<(&str, u32, &[u8])> =
            files.iter().map(|(path, bytes)| (path.as_str(), 0o755, &bytes[..])).collect();
        let architecture = if cfg!(target_arch = "aarch64") { "linux/arm64" } else { "linux/amd64" };
        let image = Image::of(vec![layer(&entries)]).on(architecture).with_config(server);
        std::fs::write(&archive, docker_v12(&[&image]).tar()).unwrap();
        let (_, can, finding, document) = told(&archive, &[]);
        (can, finding, document)
    };
    assert_eq!(write(&files).1, "dynamic-loader-missing proven");
    files.push((loader.trim_start_matches('/').to_owned(), std::fs::read(&loader).unwrap()));
    assert_eq!(write(&files).1, "shared-library-missing proven");
    let listed = Command::new("ldd").arg(&path).output().unwrap().stdout;
    for line in String::from_utf8(listed).unwrap().lines() {
        let Some(library) = line.split(" => ").nth(1).and_then(|rest| rest.split(' ').next()) else {
            continue;
        };
        let name = library.rsplit('/').next().unwrap();
        files.push((format!("lib/{name}"), std::fs::read(library).unwrap()));
    }
    let (can, finding, document) = write(&files);
    assert_eq!((can, finding.as_str()), (json!(true), "nothing"), "{document:#}");
}

#[test]
fn what_is_asked_wrongly_is_said() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample.tar.gz");
    for (arguments, expected) in [
        (&["preflight", "/nothing/there"][..], "/nothing/there"),
        (&["preflight", sample, "--mount", "a"], "--mount a: expected SOURCE:DESTINATION"),
        (
            &["diagnose", "web", "--engine", "unix:///nonexistent"],
            "cannot reach the engine at unix:///nonexistent",
        ),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_hadal")).args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(2) && output.stdout.is_empty() && errors.contains(expected),
            "{errors}"
        );
    }
}
