//! One image in every form that tools write must give one answer, through the real program; and how the program
//! chooses, fails and writes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::similar_names,
    clippy::format_push_string,
    clippy::unused_self,
    clippy::implicit_clone,
    clippy::too_many_lines,
    clippy::format_collect
)]

mod common {
    pub mod archive;
    pub mod layers;
    pub mod place;
}

use common::place::Place;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::archive::{self, Archive, Image, Layout, Member, PACKINGS, Packing};
use hadal::jobs::{self, OpenRequest, Task};
use serde_json::{Value, json};

const SAMPLE: &str = "\
    d /bin 755\nf /bin/sh 4000 755\nl /bin/bash sh\nh /bin/dash /bin/sh\nf /etc/passwd \"root:x:0\"\nc /dev/null 1:3
    ---
    f /[ 12*c\nf /etc/passwd \"root:x:0\" 600\nf /tmp/cache 9000*b
    ---
    w /tmp/cache\nd /bin\no /bin\nf /bin/sh 4000 755\np /run/pipe\nf /a/b/c/d 7
    ---
    d /bin 755\nf /bin/sh 4000 755\nl /bin/bash sh\nh /bin/dash /bin/sh\nf /etc/passwd \"root:x:0\"\nc /dev/null 1:3";

fn hadal(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hadal")).args(args).stdin(Stdio::null()).output().unwrap()
}

fn piped(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hadal"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The program may have seen enough before all is written.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn json_of(output: &Output, what: &str) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {stderr}");
    assert_eq!(stderr, "", "{what}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{what}: {error}"))
}

fn analyze(image: &str) -> Value {
    json_of(&hadal(&["analyze", image, "--json"]), image)
}

/// What does not depend on the form: names, digests of manifests and what is known of blobs are left out.
fn essence(mut value: Value) -> Value {
    for key in ["reference", "source", "id", "digest", "tags"] {
        value["image"].as_object_mut().unwrap().remove(key);
    }
    // Not every form is one that dive reads.
    value["dive"].as_object_mut().map(|dive| dive.remove("comparable"));
    for layer in value["layers"].as_array_mut().unwrap() {
        for key in ["digest", "media_type", "blob_bytes", "verified", "diff_id"] {
            layer.as_object_mut().unwrap().remove(key);
        }
    }
    value
}

impl Place {
    fn folder(&self, name: &str, archive: &Archive) -> String {
        archive.folder(Path::new(&self.path(name)));
        self.path(name)
    }
}

/// The same image, as many ways as tools write it.
fn forms(image: &Image) -> Vec<(String, Archive)> {
    let mut forms = vec![
        ("docker 1.10".to_owned(), archive::docker_v12(&[image])),
        ("docker 25".to_owned(), archive::docker_v25(image)),
        ("kaniko".to_owned(), archive::bare_docker(image)),
        ("oci".to_owned(), archive::oci(&[image])),
        ("skopeo dir in a tar".to_owned(), archive::docker_dir(image)),
    ];
    for packing in PACKINGS {
        let image = image.clone().packed(packing);
        forms.push((format!("oci {packing:?}"), archive::oci(&[&image])));
        forms.push((format!("docker {packing:?}"), archive::docker_v12(&[&image])));
    }
    let mut mixed = image.clone();
    mixed.layers.iter_mut().zip(PACKINGS).for_each(|((_, own), packing)| *own = packing);
    forms.push(("mixed".to_owned(), archive::oci(&[&mixed])));
    let mut layout = Layout::default();
    let descriptor = layout.manifest(image);
    let attestation = layout.attestation(&descriptor);
    let mut absent = descriptor.clone();
    absent["digest"] = json!(format!("sha256:{}", "ab".repeat(32)));
    absent["platform"]["architecture"] = json!("s390x");
    let inner = layout.index(&[absent, attestation, descriptor]);
    let outer = layout.index(&[inner]);
    forms.push(("nested indexes with an attestation".to_owned(), layout.finish(&[outer])));
    forms
}

#[test]
fn every_form_gives_one_answer() {
    let place = Place::new();
    let image = Image::new(SAMPLE);
    let wanted = essence(analyze(&place.file("first.tar", &archive::docker_v12(&[&image]).tar())));
    assert_eq!(wanted["problems"], json!([]));
    assert_eq!(wanted["layers"].as_array().unwrap().len(), 4);
    assert!(wanted["wasted_bytes"].as_u64().unwrap() > 9000);
    for (at, (form, archive)) in forms(&image).into_iter().enumerate() {
        let names = [
            ("as it is", archive.clone()),
            ("with ./", archive.clone().prefixed("./")),
            ("in a folder", archive.clone().prefixed("image/")),
            ("in a folder with ./", archive.clone().prefixed("./some/image/")),
            ("with junk", archive.clone().with_junk("")),
            ("in a folder with junk", archive.clone().prefixed("image/").with_junk("image/")),
        ];
        for (way, archive) in names {
            let path = place.file("image.tar", &archive.tar());
            assert_eq!(essence(analyze(&path)), wanted, "{form}, {way}");
        }
        let folder = place.folder(&format!("folder-{at}"), &archive);
        assert_eq!(essence(analyze(&folder)), wanted, "{form}, as a folder");
        let output = piped(&["analyze", "-", "--json"], &archive.tar());
        assert_eq!(essence(json_of(&output, &form)), wanted, "{form}, on standard input");
    }
}

#[test]
fn version_1_archives() {
    let place = Place::new();
    let image = Image::new(SAMPLE);
    let wanted = essence(analyze(&place.file("first.tar", &archive::docker_v12(&[&image]).tar())));
    let old = archive::docker_v10(&image);
    let value = analyze(&place.file("old.tar", &old.tar()));
    assert_eq!(value["image"]["tags"], json!(["example.com/app:1"]));
    let got = essence(value);
    for key in ["layers", "waste", "size_bytes", "visible_bytes", "wasted_bytes", "files", "problems"] {
        assert_eq!(got[key], wanted[key], "{key}");
    }
    // No tag either: the layer that is nobody's parent is the image.
    let untagged = analyze(&place.file("untagged.tar", &old.without("repositories").tar()));
    assert_eq!(essence(untagged)["waste"], wanted["waste"]);
}

#[test]
fn compressed_as_a_whole() {
    let place = Place::new();
    let image = Image::new(SAMPLE);
    for archive in [archive::docker_v12(&[&image]), archive::oci(&[&image.clone().packed(Packing::Gzip)])] {
        let tar = archive.tar();
        let wanted = essence(analyze(&place.file("plain.tar", &tar)));
        let mut outer = archive::outer(&tar);
        let path = place.file("plain.tar", &tar);
        match Command::new("xz").args(["-1", "-c", "-T1", &path]).output() {
            Ok(output) => outer.push(("xz", output.stdout)),
            Err(_) => eprintln!("skipped: no xz"),
        }
        for (codec, bytes) in outer {
            let path = place.file("image.bin", &bytes);
            assert_eq!(essence(analyze(&path)), wanted, "{codec}");
            let forced = analyze(&format!("{}:{path}", wanted_scheme(&archive)));
            assert_eq!(essence(forced), wanted, "{codec}, by scheme");
            let output = piped(&["analyze", "-", "--json"], &bytes);
            assert_eq!(essence(json_of(&output, codec)), wanted, "{codec}, on standard input");
        }
    }
}

fn wanted_scheme(archive: &Archive) -> &'static str {
    let docker = archive.0.iter().any(|(name, _)| name == "manifest.json");
    if docker { "docker-archive" } else { "oci-archive" }
}

#[test]
fn schemes() {
    let place = Place::new();
    let image = Image::new(SAMPLE);
    let docker = place.file("docker.tar", &archive::docker_v12(&[&image]).tar());
    let both = place.file("both.tar", &archive::docker_v25(&image).tar());
    let oci = place.file("oci.tar", &archive::oci(&[&image]).tar());
    let layout = place.folder("layout", &archive::oci(&[&image]));
    let dir = place.folder("dir", &archive::docker_dir(&image));
    for (scheme, path, source) in [
        ("docker-archive:", &docker, "docker-archive"),
        ("docker-archive://", &docker, "docker-archive"),
        ("docker-archive:", &both, "docker-archive"),
        ("oci-archive:", &both, "oci-archive"),
        ("oci-archive:", &oci, "oci-archive"),
        ("oci-dir:", &layout, "oci-dir"),
        ("oci://", &layout, "oci-dir"),
        ("docker-dir:", &dir, "docker-dir"),
        ("dir:", &dir, "docker-dir"),
        ("", &dir, "docker-dir"),
        ("", &layout, "oci-dir"),
        ("", &oci, "oci-archive"),
        ("", &both, "docker-archive"),
    ] {
        let value = analyze(&format!("{scheme}{path}"));
        assert_eq!(value["image"]["source"], source, "{scheme}{path}");
        assert_eq!(value["wasted_bytes"], analyze(&docker)["wasted_bytes"], "{scheme}{path}");
    }
    let rootfs =
        place.file("rootfs.tar", &common::layers::layer("d /etc\nf /etc/x 5\nf /manifest.json \"[]\""));
    for image in [rootfs.clone(), format!("rootfs:{rootfs}")] {
        let value = analyze(&image);
        assert_eq!(value["image"]["source"], "rootfs", "{image}");
        assert_eq!((value["size_bytes"].as_u64(), value["files"].as_u64()), (Some(7), Some(2)), "{image}");
    }
    let input = archive::docker_v25(&image).tar();
    for (form, source) in
        [("oci-archive", "oci-archive"), ("docker-archive", "docker-archive"), ("rootfs", "rootfs")]
    {
        let output = piped(&["analyze", &format!("{form}:-"), "--json"], &input);
        assert_eq!(json_of(&output, form)["image"]["source"], source, "{form}:-");
    }
    // A file that is called like a scheme is a file.
    let odd = place.file("docker-archive:x", &archive::docker_v12(&[&image]).tar());
    assert_eq!(analyze(&odd)["image"]["source"], "docker-archive");
    fails(&["analyze", &format!("docker-archive:{oci}")], &["manifest.json"]);
    fails(&["analyze", &format!("oci-archive:{docker}")], &["index.json"]);
    fails(&["analyze", "docker-archive:/no/such/file"], &["no such file", "/no/such/file"]);
    fails(&["analyze", "docker-daemon:x"], &["docker-daemon:x"]);
}

/// Exit status 2, nothing on standard output, one or a few plain lines that hold these words.
fn fails(args: &[&str], words: &[&str]) -> String {
    let output = hadal(args);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
    assert!(output.stdout.is_empty(), "{args:?}");
    assert!(text.lines().count() < 10 && !text.contains("panicked"), "{args:?}: {text}");
    for word in words {
        assert!(text.contains(word), "{args:?}: {word} not in: {text}");
    }
    text
}

#[test]
fn choosing_an_image() {
    let place = Place::new();
    let one = Image::new("f /a 1").named(Some("docker.io/library/one:latest"));
    let two = Image::new("f /a 2").named(Some("example.com/two:3"));
    let nameless = Image::new("f /a 3").named(None);
    let all = [&one, &two, &nameless];
    for archive in [archive::docker_v12(&all), archive::oci(&all)] {
        let path = place.file("three.tar", &archive.tar());
        let text = fails(&["analyze", &path], &["--image", "one:latest", "example.com/two:3"]);
        assert_eq!(text.lines().count(), 4, "{text}");
        for (wish, size) in [
            ("one", 1),
            ("one:latest", 1),
            ("docker.io/library/one:latest", 1),
            ("0", 1),
            ("example.com/two:3", 2),
            ("1", 2),
            ("2", 3),
        ] {
            let output = hadal(&["analyze", &path, "--json", "--image", wish]);
            assert_eq!(json_of(&output, wish)["size_bytes"], size, "{wish}");
        }
        let id = json_of(&hadal(&["analyze", &path, "--json", "--image", "2"]), "2");
        let id = id["image"]["id"].as_str().unwrap().to_owned();
        for wish in [&id, &id["sha256:".len()..], &id["sha256:".len()..][..12]] {
            let output = hadal(&["analyze", &path, "--json", "--image", wish]);
            assert_eq!(json_of(&output, wish)["size_bytes"], 3, "{wish}");
        }
        for wish in ["7", "three", "-1", ""] {
            fails(&["analyze", &path, &format!("--image={wish}")], &["example.com/two:3"]);
        }
    }
    // Several tags of one image are one image.
    let (mut layout, image) = (Layout::default(), Image::new("f /a 1"));
    let first = layout.manifest(&image);
    let mut second = first.clone();
    second["annotations"] = json!({"org.opencontainers.image.ref.name": "other:2"});
    let path = place.file("tags.tar", &layout.finish(&[first, second]).tar());
    assert_eq!(analyze(&path)["image"]["tags"], json!(["example.com/app:1", "other:2"]));
}

#[test]
fn choosing_a_platform() {
    let place = Place::new();
    let size = |path: &str, platform: &str| {
        let output = hadal(&["analyze", path, "--json", "--platform", platform]);
        json_of(&output, platform)["size_bytes"].as_u64().unwrap()
    };
    let on = |platform: &str, size: u64| Image::new(&format!("f /a {size}")).on(platform);
    let mut layout = Layout::default();
    let mut manifests: Vec<Value> = [
        on("linux/amd64/v3", 30),
        on("linux/amd64", 1),
        on("linux/arm/v6", 6),
        on("linux/arm/v7", 7),
        on("linux/arm64/v8", 8),
        on("windows/amd64", 9),
    ]
    .iter()
    .map(|image| layout.manifest(image))
    .collect();
    let bare = layout.manifest(&on("plan9/mips", 5));
    let mut from_config = bare.clone();
    from_config.as_object_mut().unwrap().remove("platform");
    manifests.push(from_config);
    let attestation = layout.attestation(&manifests[0]);
    manifests.push(attestation);
    let index = layout.index(&manifests);
    let nested = layout.finish(&[index]);
    let path = place.file("many.tar", &nested.tar());
    for (platform, wanted) in [
        ("linux/amd64", 1),
        ("linux/x86_64", 1),
        ("linux/amd64/v3", 30),
        ("linux/amd64/v2", 1),
        ("linux/arm/v7", 7),
        ("linux/arm/v6", 6),
        ("linux/arm/v8", 7),
        ("linux/arm", 7),
        ("linux/arm64", 8),
        ("linux/aarch64", 8),
        ("linux/arm64/v8", 8),
        ("windows/amd64", 9),
        ("plan9/mips", 5),
    ] {
        assert_eq!(size(&path, platform), wanted, "{platform}");
    }
    let text = fails(
        &["analyze", &path, "--platform", "linux/riscv64"],
        &["linux/riscv64", "linux/arm/v6", "plan9/mips"],
    );
    assert!(!text.contains("unknown"), "{text}");
    fails(&["analyze", &path, "--platform", "linux"], &["--platform"]);
    // What is there comes before what would fit better.
    let mut layout = Layout::default();
    let (mut gone, here) = (layout.manifest(&on("linux/arm/v7", 7)), layout.manifest(&on("linux/arm/v6", 6)));
    gone["digest"] = json!(format!("sha256:{}", "cd".repeat(32)));
    let index = layout.index(&[gone, here]);
    let path = place.file("absent.tar", &layout.finish(&[index]).tar());
    assert_eq!(size(&path, "linux/arm/v7"), 6);
    assert_eq!(analyze(&path)["size_bytes"], 6, "the only one there is");
    let mut layout = Layout::default();
    let (cut, whole) = (layout.manifest(&on("linux/arm/v7", 7)), layout.manifest(&on("linux/arm/v6", 6)));
    let layer = hadal::image::Digest::of(&on("linux/arm/v7", 7).layers[0].0);
    let index = layout.index(&[cut, whole]);
    let archive = layout.finish(&[index]).without(&format!("blobs/sha256/{}", layer.hex()));
    assert_eq!(size(&place.file("cut.tar", &archive.tar()), "linux/arm/v7"), 6, "its layers are there");
    // The same platform twice: not the zstd one, wherever it stands.
    for zstd_first in [false, true] {
        let mut layout = Layout::default();
        let gzip = layout.manifest(&on("linux/amd64", 1).packed(Packing::Gzip));
        let mut zstd = layout.manifest(&on("linux/amd64", 2).packed(Packing::Zstd));
        zstd["annotations"]["io.github.containers.compression.zstd"] = json!("true");
        let both = if zstd_first { [zstd, gzip] } else { [gzip, zstd] };
        let index = layout.index(&both);
        let path = place.file("twice.tar", &layout.finish(&[index]).tar());
        assert_eq!(size(&path, "linux/amd64"), 1, "zstd first: {zstd_first}");
    }
}

#[test]
fn data_carried_inline() {
    use base64::Engine as _;
    let place = Place::new();
    let image = Image::new("f /a 5\nf /b 7");
    let mut layout = Layout::default();
    layout.manifest(&image);
    let name = layout.0.find("blobs");
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let config = image.config();
    let tar = &image.layers[0].0;
    let digest = |bytes: &[u8]| hadal::image::Digest::of(bytes).to_string();
    let manifest = json!({
        "schemaVersion": 2,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(&config),
            "size": config.len(), "data": encode(&config)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest(tar),
            "size": tar.len(), "data": encode(tar)}],
    });
    let mut layout = Layout::default();
    let descriptor =
        layout.blob("application/vnd.oci.image.manifest.v1+json", manifest.to_string().into_bytes());
    let archive = layout.finish(&[descriptor]);
    assert!(!archive.0.iter().any(|(have, _)| *have == name), "no blob of the layer");
    let value = analyze(&place.file("inline.tar", &archive.tar()));
    assert_eq!((&value["size_bytes"], &value["problems"]), (&json!(12), &json!([])), "{value}");
    let blame = hadal(&["blame", &place.path("inline.tar"), "/a", "--json"]);
    let sha256 = digest(b"aaaaa");
    assert_eq!(json_of(&blame, "blame")["versions"][0]["sha256"], sha256["sha256:".len()..]);
}

#[test]
fn what_lacks_or_lies_is_a_problem() {
    let place = Place::new();
    let image = Image::new("f /a 5\n---\nf /b 7").packed(Packing::Gzip);
    let whole = archive::oci(&[&image]);
    let layer = |at: usize| {
        let blob = Packing::Gzip.pack(&image.layers[at].0);
        format!("blobs/sha256/{}", hadal::image::Digest::of(&blob).hex())
    };
    let value = analyze(&place.file("missing.tar", &whole.clone().without(&layer(1)).tar()));
    assert_eq!(value["size_bytes"], 5);
    assert!(value["layers"][1]["problem"].as_str().unwrap().contains("missing"), "{value}");
    assert_eq!(value["problems"].as_array().unwrap().len(), 1);
    let mut lies = whole.clone();
    lies.replace(&layer(1), Packing::Gzip.pack(&common::layers::layer("f /b 8")));
    let value = analyze(&place.file("lies.tar", &lies.tar()));
    assert_eq!((&value["size_bytes"], &value["layers"][1]["verified"]), (&json!(13), &json!(false)));
    assert_eq!(value["layers"][0]["verified"], json!(true));
    assert!(value["problems"].to_string().contains("digest"), "{value}");
    let mut page = whole.clone();
    page.replace(&layer(0), "<!DOCTYPE html><html>not found</html>".repeat(20));
    let value = analyze(&place.file("page.tar", &page.tar()));
    assert!(value["layers"][0]["problem"].as_str().unwrap().contains("web page"), "{value}");
    assert_eq!(value["size_bytes"], 7);
    // A plain layer is only checked when asked to.
    let plain = Image::new("f /a 5");
    let mut lies = archive::oci(&[&plain]);
    let name = format!("blobs/sha256/{}", hadal::image::Digest::of(&plain.layers[0].0).hex());
    lies.replace(&name, common::layers::layer("f /a 6"));
    let path = place.file("plain.tar", &lies.tar());
    assert_eq!(analyze(&path)["layers"][0]["verified"], json!(null));
    let checked = json_of(&hadal(&["analyze", &path, "--json", "--verify"]), "verify");
    assert_eq!(checked["layers"][0]["verified"], json!(false));
    assert_eq!(checked["size_bytes"], 6);
}

/// Layers cut short anywhere: what is whole is shown, however the layer is stored.
#[test]
fn a_layer_cut_short_counts_what_is_there() {
    let place = Place::new();
    let tar = common::layers::layer("f /a 700\nf /b 9000\nf /c 5");
    for (cut, whole) in [(512 + 300, 0), (512 + 1024, 700), (512 + 1024 + 100, 700), (4096, 700)] {
        for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
            let image = Image::of(vec![tar[..cut].to_vec()]).packed(packing);
            let value = analyze(&place.file("cut.tar", &archive::oci(&[&image]).tar()));
            assert_eq!(value["size_bytes"], whole, "{packing:?} cut at {cut}");
            let problem = value["layers"][0]["problem"].as_str();
            assert_eq!(problem.is_some(), cut != 512 + 1024, "{packing:?} cut at {cut}: {problem:?}");
        }
    }
}

#[test]
fn streams_in_any_order() {
    let request = OpenRequest { select: None, ..OpenRequest::default() };
    let json = |image: &hadal::image::Image| {
        let mut out = Vec::new();
        hadal::report::json::write(
            &hadal::report::json::Analyze::new(image, &hadal::analysis::Judgement::default()),
            &mut out,
        )
        .unwrap();
        let mut value = essence(serde_json::from_slice(&out).unwrap());
        for layer in value["layers"].as_array_mut().unwrap() {
            layer.as_object_mut().unwrap().remove("verified");
        }
        value
    };
    let image = Image::new(SAMPLE);
    let place = Place::new();
    for (form, archive) in forms(&image) {
        let path = place.file("image.tar", &archive.tar());
        let request = OpenRequest { image: Some(path), ..request.clone() };
        let wanted = json(&jobs::open(&request, &Task::new(), &mut |_| {}).unwrap());
        for by in 0..archive.0.len() {
            for backwards in [false, true] {
                let mut archive = archive.clone().rotated(by);
                if backwards {
                    archive.0.reverse();
                }
                let tar = archive.tar();
                let opened = jobs::open_stream(
                    tar.as_slice(),
                    "stream",
                    &OpenRequest::default(),
                    &Task::new(),
                    &mut |_| {},
                )
                .unwrap_or_else(|error| panic!("{form}, from {by}: {error}"));
                assert_eq!(json(&opened.image), wanted, "{form}, from {by}, backwards: {backwards}");
            }
        }
    }
}

/// Archives packed again by others: hard links between members, folders as members.
#[test]
fn repacked_archives() {
    let place = Place::new();
    let image = Image::new(SAMPLE);
    let mut hard = archive::docker_v12(&[&image]);
    for (name, member) in &mut hard.0 {
        if let Member::Symlink(target) = member {
            assert!(name.ends_with("layer.tar"));
            *member = Member::Hardlink(target.trim_start_matches("../").to_owned());
        }
    }
    let wanted = essence(analyze(&place.file("a.tar", &archive::docker_v12(&[&image]).tar())));
    assert_eq!(essence(analyze(&place.file("b.tar", &hard.tar()))), wanted);
    let folder = place.folder("unpacked", &archive::docker_v12(&[&image]));
    // With holes left out the members' bytes are not in one piece: said, and not taken for something else.
    let big = Image::new("f /a 5\nf /zeros 1048576*\u{0}");
    let holes = place.folder("holes", &archive::bare_docker(&big));
    let script = format!("for f in {holes}/*; do cp --sparse=always \"$f\" x && mv x \"$f\"; done");
    assert!(
        Command::new("bash").args(["-ec", &script]).current_dir(place.path("")).status().unwrap().success()
    );
    for format in ["gnu", "posix"] {
        let path = place.path("holes.tar");
        let mut tar = Command::new("tar");
        tar.args(["-C", &holes, "--sparse", "--format", format, "-cf", &path, "."]);
        assert!(tar.status().unwrap().success(), "GNU tar");
        let value = analyze(&path);
        assert_eq!(value["image"]["source"], "docker-archive", "{format}");
        assert!(value["problems"].to_string().contains("sparse"), "{format}: {value}");
    }
    for format in ["gnu", "posix", "ustar", "v7"] {
        let path = place.path("repacked.tar");
        let mut tar = Command::new("tar");
        tar.args(["-C", &folder, "--format", format, "-cf", &path, "."]);
        assert!(tar.status().is_ok_and(|status| status.success()), "GNU tar");
        assert_eq!(essence(analyze(&path)), wanted, "{format}");
    }
}

#[test]
fn errors_are_plain_and_output_is_clean() {
    let place = Place::new();
    let sample = place.file("a.tar", &archive::docker_v12(&[&Image::new(SAMPLE)]).tar());
    fails(&["analyze", "no-such-image:1"], &["no-such-image:1"]);
    fails(&["analyze", &place.file("empty", b"")], &["empty"]);
    fails(&["analyze", &place.file("text", &b"hello\n".repeat(500))], &["text", "no tar"]);
    let mut nothing = Archive::default();
    nothing.file("x", "y");
    fails(&["analyze", &place.folder("nothing", &nothing)], &["nothing"]);
    fails(&["analyze"], &["Usage"]);
    fails(&["no-such-command", "x", "y"], &[]);
    fails(&["tree", &sample, "--layer", "9"], &["9", "0 to 3"]);
    fails(&["tree", &sample, "--layers", "2..1"], &["2..1"]);
    fails(&["tree", &sample, "--layers", "2..9"], &["9"]);
    fails(&["tree", &sample, "--layer", "1", "--final"], &["--layer"]);
    fails(&["blame", &sample, "/no/such"], &["/no/such"]);
    let text = fails(&[&sample], &["analyze"]);
    assert!(text.contains(&sample), "{text}");
    fails(&[], &["analyze"]);
    // Ill names from the archive must not steer the terminal.
    let evil = Image::new("f /a 1").named(Some("evil\u{1b}[31m\u{7}:1"));
    let other = Image::new("f /a 2").named(Some("other:1"));
    let path = place.file("evil.tar", &archive::docker_v12(&[&evil, &other]).tar());
    let text = fails(&["analyze", &path], &["other:1"]);
    assert!(!text.contains(['\u{1b}', '\u{7}']), "{text:?}");
    let ok = hadal(&["analyze", &sample]);
    assert!(ok.status.success() && ok.stderr.is_empty());
    assert!(!String::from_utf8(ok.stdout).unwrap().contains('\u{1b}'), "no colour in a pipe");
    assert!(hadal(&["--version"]).status.success() && hadal(&["--help"]).status.success());
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = Place::new();
    let many: String = (0..20_000).map(|at| format!("f /dir-{}/file-{at} 1\n", at % 100)).collect();
    let path = place.file("many.tar", &archive::docker_v12(&[&Image::new(&many)]).tar());
    for command in [format!("tree {path}"), format!("tree {path} --json"), format!("analyze {path}")] {
        let script =
            format!("{} {command} | head -n 1; exit ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_hadal"));
        let output = Command::new("bash").args(["-c", &script]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{command}");
        assert!(output.stderr.is_empty(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn trees_and_histories() {
    let place = Place::new();
    let path = place.file("a.tar", &archive::docker_v12(&[&Image::new(SAMPLE)]).tar());
    let entries = |args: &[&str]| {
        let args = [&["tree", &path, "--json"], args].concat();
        json_of(&hadal(&args), "tree")["entries"].as_array().unwrap().clone()
    };
    let paths = |entries: &[Value]| -> Vec<String> {
        entries.iter().map(|entry| entry["path"].as_str().unwrap().to_owned()).collect()
    };
    let last = entries(&[]);
    assert_eq!(last, entries(&["--final"]));
    let mut sorted = paths(&last);
    sorted.sort();
    assert_eq!(paths(&last), sorted);
    assert!(last.iter().all(|entry| entry["change"] == "unmodified"));
    let removed = entries(&["--layer", "2", "--changes"]);
    let find = |entries: &[Value], path: &str| {
        entries.iter().find(|entry| entry["path"] == path).cloned().unwrap_or(Value::Null)
    };
    assert_eq!(find(&removed, "/tmp/cache")["change"], "removed");
    assert_eq!(find(&removed, "/tmp/cache")["layer"], 2);
    assert_eq!(find(&removed, "/bin/bash")["change"], "removed");
    assert_eq!(find(&removed, "/bin/sh")["change"], "metadata");
    assert_eq!(find(&removed, "/bin"), Value::Null, "a directory whose children alone changed");
    assert_eq!(find(&entries(&["--layer", "2"]), "/tmp/cache"), Value::Null);
    let range = entries(&["--layers", "1..2", "--changes"]);
    assert_eq!(find(&range, "/tmp/cache"), Value::Null, "came and went");
    assert_eq!(find(&range, "/bin/dash")["change"], "removed");
    let device = find(&entries(&["--layer", "0"]), "/dev/null");
    assert_eq!((&device["type"], &device["mode"]), (&json!("char"), &json!("0644")));
    let blame = json_of(&hadal(&["blame", &path, "etc/passwd", "--json"]), "blame");
    let changes: Vec<&Value> = blame["versions"].as_array().unwrap().iter().map(|v| &v["change"]).collect();
    assert_eq!(changes, ["added", "metadata", "metadata"]);
    assert_eq!(blame["versions"][0]["created_by"], "step 0");
    let raw =
        common::layers::tar_of(&[common::layers::Line::new(tar::EntryType::Regular, b"bad\xff\xfename")]);
    let path = place.file("raw.tar", &archive::docker_v12(&[&Image::of(vec![raw])]).tar());
    let entry = json_of(&hadal(&["tree", &path, "--json"]), "raw")["entries"][0].clone();
    assert_eq!(entry["path"], "/bad\u{fffd}\u{fffd}name");
    assert_eq!(entry["path_base64"], "L2JhZP/+bmFtZQ==");
}

/// Large plain layers are read in pieces by several threads: what looks like a header at a cut must not be taken
/// for one.
#[test]
fn large_layers() {
    use common::layers::{Line, entry, header, raw};
    let place = Place::new();
    let file = |name: &str, content: Vec<u8>| Line {
        content,
        ..Line::new(tar::EntryType::Regular, name.as_bytes())
    };
    // A tar inside the layer, entry after entry, in the middle and wherever the layer may be cut.
    let decoy = entry(&file("decoy", vec![b'd'; 700]));
    let inner = decoy.repeat((65 << 20) / decoy.len());
    // Headers that belong together and may be cut apart: a long name, then the entry.
    let many: Vec<Vec<u8>> = (0..30_000u32)
        .map(|at| {
            let name = format!("many/{at}/{}", "n".repeat(120));
            let tar = common::layers::tar_of(&[file(&name, at.to_string().into_bytes())]);
            tar[..tar.len() - 1024].to_vec()
        })
        .collect();
    let mut v7 = header(&file("v7", b"old".to_vec()));
    v7.as_mut_bytes()[257..265].fill(0);
    v7.set_cksum();
    let old = [v7.as_bytes().to_vec(), [&b"old"[..], &[0; 509]].concat()].concat();
    for (what, tar) in [
        (
            "a tar inside",
            raw(&[
                entry(&file("a", vec![1; 9])),
                entry(&file("inner.tar", inner)),
                entry(&file("z", vec![2; 5])),
            ]),
        ),
        ("long names", raw(&[many.concat(), entry(&file("z", vec![2; 5]))])),
        (
            "no magic",
            raw(&[entry(&file("a", vec![0; 40 << 20])), old.repeat(26_000), entry(&file("z", vec![2; 5]))]),
        ),
        ("zeros behind the end", {
            let mut tar = raw(&[entry(&file("a", vec![1; 9]))]);
            tar.resize(40 << 20, 0);
            [tar, raw(&[entry(&file("hidden", vec![1; 9]))]).repeat(12_000)].concat()
        }),
    ] {
        let plain = Image::of(vec![tar]);
        let packed = plain.clone().packed(Packing::Gzip);
        let value = analyze(&place.file("plain.tar", &archive::oci(&[&plain]).tar()));
        let wanted = analyze(&place.file("packed.tar", &archive::oci(&[&packed]).tar()));
        assert_eq!(essence(value), essence(wanted), "{what}");
        let tree = |name: &str| hadal(&["tree", &place.path(name), "--json"]).stdout;
        assert!(tree("plain.tar") == tree("packed.tar"), "{what}");
    }
}
