//! Images that an engine builds, by either of Docker's builders, and what its store holds on the disk.
#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    dead_code,
    reason = "for tests, not all of which use all of it"
)]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use super::engine::{Engine, Kind as EngineKind, keeps_blobs};

/// Builds an image of a Dockerfile and files of noise, of so many bytes each.
pub fn build(engine: &Engine, tag: &str, dockerfile: &str, files: &[(&str, usize)], buildkit: bool) {
    let (folder, settings) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
    for (seed, (name, bytes)) in files.iter().enumerate() {
        let mut state = (seed * 7919 + bytes) as u64 + 1;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
        fs::write(folder.path().join(name), noise.take(*bytes).collect::<Vec<u8>>()).unwrap();
    }
    let mut client = engine.client();
    // BuildKit's client leaves a file in its settings.
    client.env("DOCKER_BUILDKIT", if buildkit { "1" } else { "0" });
    client.env("DOCKER_CONFIG", settings.path());
    if buildkit {
        // Newer programs need another one for it; Debian's has it built in.
        client.env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
    }
    let output = client
        .args(["build", "--network", "none", "-q", "-t", tag])
        .arg(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{tag}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Bytes that an engine's store takes, as the engine itself reckons: of files, of archives, of blocks.
pub fn stored(engine: &Engine) -> u64 {
    let data = engine.data();
    match engine.kind {
        EngineKind::Podman => {
            let version = engine.run(&["version", "--format", "{{.Server.Version}}"]);
            archives(&data, !version.starts_with("4."))
        }
        EngineKind::Docker if keeps_blobs() => {
            let containerd = data.join("containerd/daemon");
            let blobs = files(&containerd.join("io.containerd.content.v1.content/blobs/sha256"));
            let snapshots = containerd.join("io.containerd.snapshotter.v1.overlayfs/snapshots");
            blobs.bytes + children(&snapshots).iter().map(|one| files(&one.join("fs")).blocks).sum::<u64>()
        }
        EngineKind::Docker => {
            let layers = children(&data.join("overlay2"));
            // What each container begins with is empty files, and a link that Docker does not count.
            let own = layers.iter().filter(|layer| !layer.to_string_lossy().ends_with("-init"));
            own.map(|layer| files(&layer.join("diff")).bytes).sum()
        }
    }
}

/// What Podman reckons with: archives of layers, documents of images, files that containers wrote and, since 5, the
/// `papers` that it keeps of them.
fn archives(data: &Path, papers: bool) -> u64 {
    let (run, data) = (data.with_file_name("run"), data.to_owned());
    let images = children(&data.join("overlay-images")).into_iter().filter(|one| one.is_dir());
    let containers = [data.join("overlay-containers"), run.join("overlay-containers")];
    let containers = containers.iter().flat_map(|folder| children(folder)).map(|one| one.join("userdata"));
    let documents = images.chain(containers.filter(|_| papers));
    let list = |name: &str| -> Vec<Value> {
        let text = fs::read(data.join("overlay-layers").join(name)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    };
    let layers = [list("layers.json"), list("volatile-layers.json")].concat();
    let bytes = layers.iter().map(|layer| match layer["diff-digest"].is_string() {
        true => layer["diff-size"].as_u64().unwrap(),
        false => files(&data.join("overlay").join(layer["id"].as_str().unwrap()).join("diff")).bytes,
    });
    documents.map(|one| files(&one).bytes).sum::<u64>() + bytes.sum::<u64>()
}

/// What lies below a folder, each file once.
#[derive(Default)]
struct Files {
    bytes: u64,
    /// Of the blocks that files and folders take.
    blocks: u64,
}

fn files(folder: &Path) -> Files {
    let (mut found, mut seen) = (Files::default(), BTreeSet::new());
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if !seen.insert((metadata.dev(), metadata.ino())) {
            continue;
        }
        found.blocks += metadata.blocks() * 512;
        if metadata.is_dir() {
            waiting.extend(children(&path));
        } else if metadata.is_file() || metadata.is_symlink() {
            found.bytes += metadata.len();
        }
    }
    found
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}
