//! Images that mean harm, through the real program under a limit of memory and time: it ends soon, with an answer
//! or with one clear error, and never with a crash.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::similar_names,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::too_many_lines
)]

mod common {
    pub mod archive;
    pub mod layers;
    pub mod place;
}

use common::place::Place;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::archive::{self, Archive, Image, Layout, Member, Packing, gzip};
use common::layers::{self, Line};
use hadal::image::Digest;
use hadal::jobs::{self, OpenRequest, Task};
use serde_json::{Value, json};
use tar::EntryType;

/// Address space that the program gets, in KiB.
const MEMORY: u64 = 600_000;
/// Seconds that it gets. Generous: the tests run unoptimised and beside each other.
const SECONDS: u64 = 30;

struct Outcome {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Outcome {
    fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }

    /// Why the image could not be opened.
    fn error(&self, words: &[&str]) -> &Outcome {
        assert_eq!(self.code, Some(2), "{}", self.out);
        words.iter().for_each(|word| assert!(self.err.contains(word), "{word} not in: {}", self.err));
        self
    }

    /// The image was opened, with a problem that says this.
    fn problem(&self, words: &[&str]) -> &Outcome {
        let problems = self.json()["problems"].to_string();
        words.iter().for_each(|word| assert!(problems.contains(word), "{word} not in: {problems}"));
        self
    }
}

/// Runs the program within the limits; whatever the input, some things must hold.
fn run(args: &[&str]) -> Outcome {
    let began = Instant::now();
    let script = format!("ulimit -v {MEMORY}; ulimit -c 0; exec timeout {SECONDS} \"$@\"");
    let output = Command::new("bash")
        .args(["-c", &script, "bash", env!("CARGO_BIN_EXE_hadal")])
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr).into_owned());
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 2)), "{args:?}: {code:?} after {:?}: {err}", began.elapsed());
    assert!(!err.contains("panicked") && err.lines().count() <= 12, "{args:?}: {err}");
    assert!(err.len() < 20_000, "{args:?}: {} bytes of error", err.len());
    assert!(code == Some(0) || out.is_empty(), "{args:?}: output and an error");
    assert_eq!(code == Some(2), !err.is_empty(), "{args:?}: {err}");
    for text in [&out, &err] {
        let bad = |c: char| {
            c.is_control() && c != '\n'
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
        };
        let at = text.find(bad);
        assert!(
            at.is_none(),
            "{args:?}: raw control characters: {:?}",
            &text[at.unwrap_or(0)..][..8.min(text.len())]
        );
    }
    Outcome { code, out, err }
}

impl Place {
    /// Analyzes an archive made of these bytes.
    fn analyze(&self, bytes: &[u8]) -> Outcome {
        run(&["analyze", &self.file("image.tar", bytes), "--json"])
    }

    /// Analyzes an image with one layer, stored as this blob.
    fn layer(&self, blob: Vec<u8>) -> Outcome {
        self.analyze(&around(vec![blob]).tar())
    }
}

/// An image around layer blobs that are stored as they are.
fn around(blobs: Vec<Vec<u8>>) -> Archive {
    let mut archive = Archive::default();
    let mut names = Vec::new();
    for (at, blob) in blobs.into_iter().enumerate() {
        archive.file(format!("{at}.tar"), blob);
        names.push(format!("{at}.tar"));
    }
    archive.document("config.json", &json!({"os": "linux"}));
    archive.document("manifest.json", &json!([{"Config": "config.json", "Layers": names}]));
    archive
}

/// gzip of `mebibytes` zeros, made quickly from members that are all alike.
fn zeros(mebibytes: usize) -> Vec<u8> {
    gzip(&vec![0; 16 << 20]).repeat(mebibytes / 16)
}

fn file(name: &str, content: &[u8]) -> Line {
    Line { content: content.to_vec(), ..Line::new(EntryType::Regular, name.as_bytes()) }
}

/// A header that claims a size, alone.
fn claiming(kind: EntryType, name: &str, size: u64) -> Vec<u8> {
    let mut header = layers::header(&Line::new(kind, name.as_bytes()));
    header.set_size(size);
    header.set_cksum();
    header.as_bytes().to_vec()
}

fn sample() -> Image {
    Image::new(
        "d /d\nf /d/x 700\nf /d/y 3000\nl /l d/x\nh /h /d/x\n---\nw /d/x\nf /d/y 3000 600\nc /n 1:3\n---\no /d\nf /z 9",
    )
}

#[test]
fn cut_short_anywhere() {
    let place = Place::new();
    for tar in [
        archive::docker_v12(&[&sample()]).tar(),
        archive::oci(&[&sample().packed(Packing::Gzip)]).tar(),
        archive::oci(&[&sample().packed(Packing::Zstd)]).tar(),
        gzip(&archive::docker_v25(&sample()).tar()),
    ] {
        let step = tar.len() / 24;
        for cut in (0..tar.len()).step_by(step).chain([1, 511, 512, 513, tar.len() - 1024, tar.len() - 1]) {
            let outcome = place.analyze(&tar[..cut]);
            assert!(outcome.code == Some(0) || outcome.err.contains("image.tar"), "{cut}: {}", outcome.err);
        }
    }
}

/// A small generator of numbers, the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

#[test]
fn flipped_bytes() {
    let place = Place::new();
    let mut numbers = Numbers(7);
    let archives = [
        archive::docker_v12(&[&sample()]).tar(),
        archive::docker_v25(&sample()).tar(),
        archive::oci(&[&sample().packed(Packing::Members)]).tar(),
        archive::oci(&[&sample().packed(Packing::Frames)]).tar(),
        gzip(&archive::oci(&[&sample()]).tar()),
        archive::docker_v10(&sample()).tar(),
    ];
    let spoil = |tar: &[u8], numbers: &mut Numbers| {
        let mut tar = tar.to_vec();
        for _ in 0..=numbers.below(6) {
            let at = numbers.below(tar.len());
            tar[at] = [numbers.below(256) as u8, 0, 0xff, b'7', tar[at] ^ 1][numbers.below(5)];
        }
        tar
    };
    for round in 0..90 {
        let tar = spoil(&archives[round % archives.len()], &mut numbers);
        place.analyze(&tar);
    }
    // Many more in this process: a crash fails the test as well.
    let path = place.path("image.tar");
    for round in 0..3000 {
        let tar = spoil(&archives[round % archives.len()], &mut numbers);
        std::fs::write(&path, &tar).unwrap();
        let request = OpenRequest { image: Some(path.clone()), ..OpenRequest::default() };
        let check = |image: &hadal::image::Image| {
            let waste: u64 = hadal::analysis::waste(&image.tree).iter().map(|hidden| hidden.bytes).sum();
            assert_eq!(image.wasted_bytes(), waste, "round {round}");
            assert!(image.bytes() >= waste, "round {round}");
        };
        let opened = jobs::open(&request, &Task::new(), &mut |_| {});
        opened.iter().for_each(check);
        let stream = jobs::open_stream(&*tar, "stream", &OpenRequest::default(), &Task::new(), &mut |_| {});
        stream.iter().for_each(|opened| check(&opened.image));
    }
}

#[test]
fn extension_headers_that_claim_a_gibibyte() {
    let place = Place::new();
    for kind in [EntryType::XHeader, EntryType::GNULongName, EntryType::GNULongLink, EntryType::XGlobalHeader]
    {
        let claim = claiming(kind, "x", 1 << 30);
        let before = layers::entry(&file("before", b"12345"));
        let layer = [gzip(&before), gzip(&claim), zeros(1024)].concat();
        let outcome = place.layer(layer);
        outcome.problem(&["extended header", "after entry before"]);
        assert_eq!(outcome.json()["size_bytes"], 5);
        // The same in the outer archive, as a file with a hole.
        let path = place.file("image.tar", &[before, claim].concat());
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
        let outcome = run(&["analyze", &path, "--json"]);
        assert!(outcome.code == Some(2) || outcome.json()["problems"] != json!([]), "{}", outcome.out);
    }
    let endless: Vec<u8> = layers::pax(&[("comment", b"x")]).repeat(100_000);
    place.layer(gzip(&endless));
    // A million records in one header.
    let mut many = Line::new(EntryType::XHeader, b"x");
    many.content = b"6 a=b\n".repeat(170_000);
    place.layer(gzip(&layers::raw(&[layers::entry(&many), layers::entry(&file("a", b"1"))])));
}

#[test]
fn files_of_eight_exbibytes() {
    let place = Place::new();
    let huge = (i64::MAX as u64).to_string();
    // Old GNU: a data segment of 512 bytes, then nothing but a hole.
    let mut header = layers::header(&file("holes", &[7; 512]));
    header.set_entry_type(EntryType::GNUSparse);
    let gnu = header.as_gnu_mut().unwrap();
    gnu.sparse[0].offset.copy_from_slice(b"00000000000\0");
    gnu.sparse[0].numbytes.copy_from_slice(b"00000001000\0");
    gnu.realsize = [0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    header.set_cksum();
    let old = [header.as_bytes().to_vec(), vec![7; 512]].concat();
    let mut map = b"1\n0\n512\n".to_vec();
    map.resize(512, 0);
    map.extend_from_slice(&[7; 512]);
    let posix = [
        layers::pax(&[
            ("GNU.sparse.major", b"1"),
            ("GNU.sparse.minor", b"0"),
            ("GNU.sparse.name", b"holes"),
            ("GNU.sparse.realsize", huge.as_bytes()),
        ]),
        layers::entry(&file("GNUSparseFile.0/holes", &map)),
    ]
    .concat();
    for entry in [old, posix] {
        let tar = layers::raw(&[entry]);
        for packing in [Packing::Plain, Packing::Gzip] {
            let archive = around(vec![packing.pack(&tar), packing.pack(&tar)]);
            let value = place.analyze(&archive.tar()).json();
            assert_eq!((&value["size_bytes"], &value["problems"]), (&json!(1024), &json!([])), "{packing:?}");
            assert_eq!(value["waste"][0]["cause"], "metadata-only");
            let path = place.path("image.tar");
            let entry = run(&["tree", &path, "--json"]).json()["entries"][0].clone();
            assert_eq!(entry["logical_bytes"].as_u64(), Some(i64::MAX as u64));
            run(&["blame", &path, "/holes", "--json"]).json();
        }
    }
    // A plain header that claims it: nothing of it is there.
    for size in [1u64 << 33, 1 << 62, i64::MAX as u64] {
        let tar = [layers::entry(&file("a", b"12345")), claiming(EntryType::Regular, "b", size)].concat();
        for blob in [tar.clone(), gzip(&tar)] {
            assert_eq!(place.layer(blob).problem(&["after entry b"]).json()["size_bytes"], 5, "{size}");
        }
        let mut outer = claiming(EntryType::Regular, "manifest.json", size);
        outer.resize(4096, b' ');
        place.analyze(&outer).error(&["image.tar"]);
    }
    // Maps that make no sense.
    for (count, numbers) in [
        ("1", "9\n9\n"),
        ("2", "0\n512\n0\n512\n"),
        ("99999999", "0\n1\n"),
        ("1", "x\n1\n"),
        ("1", "18446744073709551615\n18446744073709551615\n"),
    ] {
        let mut map = format!("{count}\n{numbers}").into_bytes();
        map.resize(1024, 0);
        let records: [(&str, &[u8]); 3] =
            [("GNU.sparse.major", b"1"), ("GNU.sparse.minor", b"0"), ("GNU.sparse.realsize", b"512")];
        place.layer(layers::raw(&[layers::pax(&records), layers::entry(&file("s", &map))])).json();
    }
}

#[test]
fn bombs() {
    let place = Place::new();
    let bomb =
        [gzip(&claiming(EntryType::Regular, "zeros", 1 << 30)), zeros(1024), gzip(&[0; 1024])].concat();
    assert_eq!(place.layer(bomb).json()["size_bytes"], 1u64 << 30);
    let tail = [gzip(&layers::layer("f /a 5")), zeros(1024)].concat();
    assert_eq!(place.layer(tail).json()["size_bytes"], 5);
}

#[test]
fn more_entries_than_anybody_needs() {
    let place = Place::new();
    let header = layers::header(&file("d/0000000", b""));
    let many = |count: u32| {
        let mut tar = Vec::with_capacity(count as usize * 512);
        for at in 0..count {
            let mut header = header.clone();
            header.as_gnu_mut().unwrap().name[2..9].copy_from_slice(format!("{at:07}").as_bytes());
            header.set_cksum();
            tar.extend_from_slice(header.as_bytes());
        }
        tar
    };
    let tar = many(400_000);
    assert_eq!(place.layer(gzip(&tar)).json()["files"], 400_000);
    // The same directory emptied again and again.
    let opaque = layers::header(&file("d/.wh..wh..opq", b"")).as_bytes().repeat(50_000);
    let archive = around(vec![gzip(&many(50_000)), gzip(&opaque)]);
    assert_eq!(place.analyze(&archive.tar()).json()["layers"][1]["removed"], 50_000);
}

#[test]
fn links_in_masses() {
    let place = Place::new();
    let lines: String = (0..60_000).map(|at| format!("h /h{at} /a\n")).collect();
    let base = format!("f /a 10\n{lines}");
    let over: String = (0..60_000).map(|at| format!("f /h{at} 1\n")).collect();
    let image = Image::new(&format!("{base}---\nw /a\n{over}")).packed(Packing::Gzip);
    let value = place.analyze(&archive::oci(&[&image]).tar()).json();
    assert_eq!(value["wasted_bytes"], 10);
    // Symbolic links replaced by directories, with a whiteout in each.
    let links: String = (0..40_000).map(|at| format!("l /l{at} d\n")).collect();
    let replaced: String = (0..40_000).map(|at| format!("d /l{at}\nw /l{at}/x\n")).collect();
    let image = Image::new(&format!("d /d\nf /d/x 5\n{links}---\n{replaced}")).packed(Packing::Gzip);
    assert_eq!(place.analyze(&archive::oci(&[&image]).tar()).json()["wasted_bytes"], 0);
    // A chain of links with long targets, walked by every entry.
    let around_about = "a/../".repeat(400);
    let mut chain: String = (0..250).map(|at| format!("l /s{at} {around_about}s{}\n", at + 1)).collect();
    chain += "d /a\nd /s250\n";
    chain += &(0..2000).map(|at| format!("f /s0/d{at}/f 1\n")).collect::<String>();
    let image = Image::new(&chain).packed(Packing::Gzip);
    place.analyze(&archive::oci(&[&image]).tar()).json();
}

#[test]
fn names_too_deep_and_too_long() {
    let place = Place::new();
    let deep = "d/".repeat(20_000);
    let blob = gzip(&layers::layer(&format!("f /{deep}x 5\nf /{deep}y 6")));
    assert_eq!(place.layer(blob).json()["directories"], 20_000);
    run(&["blame", &place.path("image.tar"), &format!("/{deep}x")]);
    let nested: String = (1..2_500).map(|depth| format!("d /{}\n", "e/".repeat(depth))).collect();
    assert_eq!(place.layer(gzip(&layers::layer(&nested))).json()["directories"], 2_499);
    run(&["tree", &place.path("image.tar"), "--changes", "--layer", "0"]);
    run(&["tree", &place.path("image.tar"), "--json"]);
    // Nested and removed again, level by level.
    let image = Image::new(&format!("{nested}---\nw /e")).packed(Packing::Gzip);
    assert_eq!(place.analyze(&archive::oci(&[&image]).tar()).json()["layers"][1]["removed"], 1);
    for (length, words) in [(1_000_000, "64 KiB"), (1_100_000, "extended header")] {
        let name = "n".repeat(length);
        place.layer(gzip(&layers::layer(&format!("f /before 1\nf /{name} 5\nf /after 1")))).problem(&[words]);
    }
    // Short ones that imply millions of directories.
    let implied: String = (0..300u32).map(|at| format!("f /{at}{}x 1\n", "/d".repeat(16_000))).collect();
    place.layer(gzip(&layers::layer(&implied)));
    // Long ones that fill the memory.
    let fill: Vec<u8> = (0..8_000u32).flat_map(|at| gzip(&whole_entry(at))).collect();
    place.layer(fill);
}

/// An entry with a long name of its own, without an end mark.
fn whole_entry(at: u32) -> Vec<u8> {
    let tar = layers::tar_of(&[file(&format!("{at}{}", "n".repeat(60_000)), b"")]);
    tar[..tar.len() - 1024].to_vec()
}

#[test]
fn documents_too_large_or_too_deep() {
    let place = Place::new();
    let with = |name: &str, content: &[u8]| {
        let mut archive = around(vec![layers::layer("f /a 5")]);
        archive.replace(name, content);
        archive.tar()
    };
    let deep = "[".repeat(200_000);
    let outcome = place.analyze(&with("config.json", deep.as_bytes()));
    assert_eq!(outcome.problem(&["config", "JSON"]).json()["size_bytes"], 5);
    place.analyze(&with("manifest.json", deep.as_bytes())).error(&["manifest.json", "JSON"]);
    let half = format!("{}{}", "{\"a\":".repeat(100), "1");
    place.analyze(&with("config.json", half.as_bytes())).problem(&["config"]);
    // A config of 512 MB, most of it a hole in the file.
    let mut archive = around(vec![layers::layer("f /a 5")]).without("config.json").tar();
    archive.truncate(archive.len() - 1024);
    let at = archive.len() as u64 + 512;
    archive.extend_from_slice(&claiming(EntryType::Regular, "config.json", 512 << 20));
    let path = place.file("image.tar", &archive);
    let out = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    out.write_at(b"{\"a\":1", at).unwrap();
    out.set_len(at + (512 << 20) + 1024).unwrap();
    let outcome = run(&["analyze", &path, "--json"]);
    assert_eq!(outcome.problem(&["config", "more than"]).json()["size_bytes"], 5);
    for manifest in [
        format!("[{{\"Layers\":[{}\"a\"]}}]", "\"a\",".repeat(999_999)),
        format!("[{}{{}}]", "{},".repeat(999_999)),
    ] {
        place.analyze(&with("manifest.json", manifest.as_bytes())).error(&["manifest.json", "more than"]);
    }
    for index in ["{\"manifests\":[", "{\"config\":{},\"layers\":["] {
        let index = format!("{index}{}{{}}]}}", "{},".repeat(999_999));
        let mut archive = archive::oci(&[&sample()]);
        archive.replace("index.json", index);
        place.analyze(&archive.tar()).error(&["index.json", "more than"]);
    }
    // Few bytes, many layers: each of them is read.
    let layers: Vec<&str> = vec!["0.tar"; 9_000];
    let mut archive = around(vec![layers::layer("d /d\nf /d/a 5\nf /b 1\nl /c b")]);
    archive.replace("manifest.json", json!([{"Config": "config.json", "Layers": layers}]).to_string());
    assert_eq!(place.analyze(&archive.tar()).json()["size_bytes"], 9_000 * 6);
}

#[test]
fn indexes_in_circles() {
    let place = Place::new();
    let name = |at: usize| format!("{at:064x}");
    let index = |to: &[usize]| {
        let items: Vec<Value> =
            to.iter().map(|at| json!({"digest": format!("sha256:{}", name(*at))})).collect();
        json!({"schemaVersion": 2, "manifests": items})
    };
    let layout = |top: &Value, blobs: &[(usize, Value)]| {
        let mut archive = Archive::default();
        archive.document("oci-layout", &json!({"imageLayoutVersion": "1.0.0"}));
        archive.document("index.json", top);
        blobs.iter().for_each(|(at, value)| archive.document(format!("blobs/sha256/{}", name(*at)), value));
        archive.tar()
    };
    place.analyze(&layout(&index(&[1]), &[(1, index(&[1]))])).error(&[]);
    place.analyze(&layout(&index(&[1, 2]), &[(1, index(&[2])), (2, index(&[1]))])).error(&[]);
    let mut nested = Layout::default();
    let innermost = nested.manifest(&sample());
    let outermost = (0..2_000).fold(innermost, |inner, _| nested.index(&[inner]));
    place.analyze(&nested.finish(&[outermost]).tar()).error(&["nested"]);
    // Each level lists the next one many times over.
    let wide: Vec<(usize, Value)> = (1..8).map(|at| (at, index(&vec![at + 1; 1_000]))).collect();
    place.analyze(&layout(&index(&vec![1; 1_000]), &wide)).error(&[]);
    // Layers that are each other's parents.
    let mut archive = Archive::default();
    for (id, parent) in [("a", "b"), ("b", "a")] {
        archive.document(format!("{id}/json"), &json!({"id": id, "parent": parent}));
        archive.file(format!("{id}/layer.tar"), layers::layer("f /a 1"));
    }
    archive.document("repositories", &json!({"x": {"y": "a"}}));
    place.analyze(&archive.tar()).error(&["circle"]);
    // Members that are links to each other.
    let mut archive = around(vec![]);
    archive.0.push(("x".to_owned(), Member::Symlink("y".to_owned())));
    archive.0.push(("y".to_owned(), Member::Symlink("x".to_owned())));
    archive.replace("manifest.json", json!([{"Config": "y", "Layers": ["x"]}]).to_string());
    place.analyze(&archive.tar()).problem(&["missing"]);
}

/// Nothing outside of the image is ever read.
#[test]
fn ways_out() {
    let place = Place::new();
    let secret = layers::layer("f /secret 4242");
    place.file("secret.tar", &secret);
    let digest = Digest::of(&secret);
    let absolute = place.path("secret.tar");
    let is_safe = |outcome: &Outcome| {
        assert!(!outcome.out.contains("4242"), "{}", outcome.out);
        assert!(!outcome.out.contains(digest.hex()), "{}", outcome.out);
    };
    for layer in ["../secret.tar", absolute.as_str(), "./../secret.tar", "x/../../secret.tar"] {
        let mut archive = around(vec![layers::layer("f /a 5")]);
        archive.replace("manifest.json", json!([{"Config": layer, "Layers": [layer]}]).to_string());
        is_safe(place.analyze(&archive.tar()).problem(&["missing"]));
        let folder = place.path("folder");
        let _ = std::fs::remove_dir_all(&folder);
        archive.folder(Path::new(&folder));
        is_safe(&run(&["analyze", &folder, "--json"]));
    }
    for target in ["../secret.tar", absolute.as_str()] {
        let mut archive = around(vec![layers::layer("f /a 5")]).without("0.tar").without("config.json");
        archive.0.push(("0.tar".to_owned(), Member::Symlink(target.to_owned())));
        archive.0.push(("config.json".to_owned(), Member::Symlink("/etc/passwd".to_owned())));
        let outcome = place.analyze(&archive.tar());
        is_safe(&outcome);
        assert!(!outcome.out.contains("root:"));
        let folder = place.path("folder");
        let _ = std::fs::remove_dir_all(&folder);
        archive.folder(Path::new(&folder));
        is_safe(run(&["analyze", &folder, "--json"]).problem(&["leads out"]));
    }
    for digest in ["sha256:../../secret.tar", "sha256:..", "../..:aa", "sha256:", "", "sha512:../x"] {
        let mut layout = Layout::default();
        let manifest =
            json!({"schemaVersion": 2, "config": {"digest": digest}, "layers": [{"digest": digest}]});
        let descriptor =
            layout.blob("application/vnd.oci.image.manifest.v1+json", manifest.to_string().into_bytes());
        let archive = layout.finish(&[descriptor]);
        is_safe(&place.analyze(&archive.tar()));
        let folder = place.path("folder");
        let _ = std::fs::remove_dir_all(&folder);
        archive.folder(Path::new(&folder));
        is_safe(&run(&["analyze", &folder, "--json"]));
    }
}

#[test]
fn pipes_and_devices_in_a_folder() {
    let place = Place::new();
    let image = sample();
    let layer = format!("blobs/sha256/{}", Digest::of(&image.layers[0].0).hex());
    for (name, kind) in [(layer.as_str(), "layer"), ("index.json", "index.json"), ("oci-layout", "")] {
        let folder = place.path("folder");
        let _ = std::fs::remove_dir_all(&folder);
        archive::oci(&[&image]).folder(Path::new(&folder));
        let path = format!("{folder}/{name}");
        std::fs::remove_file(&path).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let outcome = run(&["analyze", &folder, "--json"]);
        match kind {
            "layer" => drop(outcome.problem(&["not a regular file"])),
            "index.json" => drop(outcome.error(&["index.json", "not a regular file"])),
            _ => drop(outcome.json()),
        }
        let _ = std::fs::remove_file(&path);
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        run(&["analyze", &folder, "--json"]);
    }
}

#[test]
fn decoders_that_want_all_memory() {
    let place = Place::new();
    // A frame with a window of 2 GiB, then an empty last block.
    let window = [&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3][..], &[1, 0, 0]].concat();
    place.layer(window.clone()).problem(&["decompression failed"]);
    place.analyze(&window).error(&["decompression failed"]);
    // A dictionary of 4 GiB: the header of a real file, changed.
    let path = place.file("plain", &layers::layer("f /a 5"));
    let Ok(output) = Command::new("xz").args(["-1", "-c", &path]).output() else {
        eprintln!("skipped: no xz");
        return;
    };
    let mut xz = output.stdout;
    assert_eq!((xz[12], xz[14], xz[15]), (2, 0x21, 1), "a block header with LZMA2 alone");
    xz[16] = 40;
    let mut crc = flate2::Crc::new();
    crc.update(&xz[12..20]);
    xz[20..24].copy_from_slice(&crc.sum().to_le_bytes());
    place.layer(xz.clone()).problem(&["decompression failed"]);
    place.analyze(&xz).error(&["decompression failed"]);
}

/// `run` looks for raw control characters in everything that is written.
#[test]
fn texts_that_steer_a_terminal() {
    let place = Place::new();
    let evil = "\u{1b}]0;pwned\u{7}\u{1b}[2J\u{9b}31m\u{202e}\r\n\t\u{8}\u{7f}\u{200f}x";
    let raw = |name: &[u8]| Line { content: b"123".to_vec(), ..Line::new(EntryType::Regular, name) };
    let mut link = Line::new(EntryType::Symlink, b"link");
    link.link = evil.as_bytes().to_vec();
    let lower = layers::tar_of(&[raw(evil.as_bytes()), raw(b"\xff\xfe\x9b31m"), link]);
    let upper = layers::tar_of(&[
        raw(format!(".wh.{evil}").as_bytes()),
        raw(format!("../{evil}/\u{1b}").as_bytes()),
        Line { link: evil.into(), ..Line::new(EntryType::Link, evil.as_bytes()) },
    ]);
    let mut archive = around(vec![lower, upper]);
    let config = json!({
        "os": evil, "architecture": evil, "created": evil,
        "config": {"Env": [evil], "Labels": {evil: evil}, "User": evil, "Cmd": [evil]},
        "history": [{"created_by": evil, "comment": evil}, {"created_by": evil}],
    });
    archive.replace("config.json", config.to_string());
    let manifest = json!([{"Config": "config.json", "RepoTags": [evil], "Layers": ["0.tar", "1.tar", evil]}]);
    archive.replace("manifest.json", manifest.to_string());
    let path = place.file("image.tar", &archive.tar());
    for args in [
        vec!["analyze", &path, "--json"],
        vec!["analyze", &path],
        vec!["tree", &path],
        vec!["tree", &path, "--json"],
        vec!["tree", &path, "--layer", "1", "--changes"],
        vec!["blame", &path, evil],
        vec!["blame", &path, evil, "--json"],
        vec!["blame", &path, "\u{1b}[31m"],
        vec!["analyze", &path, "--image", evil],
        vec!["analyze", &path, "--platform", "a/\u{1b}[31m"],
        vec!["analyze", evil],
    ] {
        run(&args);
    }
    // A damaged archive whose last name is evil.
    let cut = layers::tar_of(&[raw(evil.as_bytes())]);
    place.layer(gzip(&cut[..600])).json();
    run(&["analyze", &place.path("image.tar")]);
    place.analyze(&cut[..600]);
}

/// Endless input that is no archive is told by its first bytes.
#[test]
fn endless_input() {
    let began = Instant::now();
    let script = format!("yes | timeout 20 {} analyze -", env!("CARGO_BIN_EXE_hadal"));
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("standard input") && err.contains("no tar"), "{err}");
    assert!(began.elapsed() < Duration::from_secs(10));
}
