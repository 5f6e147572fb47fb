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
use std::process::Stdio;

use super::engine::Engine;

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

/// Bytes of what lies in the layers' own directories of overlay2, each file once and links by the length of what they
/// point to, as Docker has it. `None` with another driver.
pub fn stored(engine: &Engine) -> Option<u64> {
    let mut seen = BTreeSet::new();
    let mut bytes = 0;
    for layer in fs::read_dir(engine.data().join("overlay2")).ok()? {
        let layer = layer.unwrap().path();
        // What Docker puts beneath a container's own layer is in no figure of its.
        if layer.to_string_lossy().ends_with("-init") {
            continue;
        }
        let mut waiting = vec![layer.join("diff")];
        while let Some(path) = waiting.pop() {
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            if metadata.is_dir() {
                waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            } else if seen.insert((metadata.dev(), metadata.ino())) {
                bytes += metadata.len();
            }
        }
    }
    Some(bytes)
}
