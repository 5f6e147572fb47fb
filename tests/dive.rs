//! dive's figures are dive's: equal to what was recorded of dive 0.13.1 and, where dive is there, to what it says now,
//! on written, generated and real archives.
//!
//! dive is looked for in `HADAL_TEST_DIVE` and on the path. `HADAL_REQUIRE_DIVE=1` makes its absence a failure.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/archive.rs"]
mod archive;
#[path = "common/layers.rs"]
mod layers;

use std::path::{Path, PathBuf};
use std::process::Command;

use archive::{Image, Member, Packing, docker_v12, docker_v25, outer};
use hadal::analysis::dive::Figures;
use hadal::jobs::{self, OpenRequest, Reckoning, Task};
use layers::Line;
use tar::EntryType;

/// Layers, and what dive 0.13.1 said: efficiency, wasted bytes, and the percentage with four places.
const RECORDED: [(&str, &str, f64, u64, &str); 28] = [
    ("files of one layer", "d /a\nf /a/x 3000\nf /y 10", 1.0, 0, "NaN"),
    ("nothing at all", "", 1.0, 0, "NaN"),
    ("only directories", "d /a\nd /a/b\n---\nd /a 700", 1.0, 0, "NaN"),
    (
        "a file written twice",
        "f /x 3000\n---\nf /x 3000 600\nf /y 500",
        0.538_461_538_461_538_4,
        6000,
        "171.4286",
    ),
    ("a file that grows", "f /x 1000\n---\nf /x 10000", 0.090_909_090_909_090_91, 11000, "110.0000"),
    (
        "a file removed",
        "f /x 3000\nf /y 100\n---\nw /x\nf /z 5",
        0.033_816_425_120_772_944,
        3000,
        "60000.0000",
    ),
    ("a directory removed", "d /a\nf /a/x 3000\nf /a/y 700\nf /z 10\n---\nw /a", 1.0, 0, "NaN"),
    ("an implied directory removed", "f /a/x 3000\n---\nw /a\nf /b 1", 1.0, 0, "0.0000"),
    (
        "a directory that an upper layer only implies, removed",
        "d /a\nf /a/x 3000\n---\nf /a/y 7\n---\nw /a",
        1.0,
        0,
        "0.0000",
    ),
    ("an opaque directory", "d /a\nf /a/x 3000\n---\nd /a\no /a\nf /a/y 7", 1.0, 0, "0.0000"),
    ("an opaque marker alone", "f /a/x 3000\n---\no /a\nf /y 1", 1.0, 0, "0.0000"),
    (
        "a whiteout of nothing",
        "f /x 3000\nf /b 70\n---\nf /!first 20\nw /none\nf /x 3000\nf /b 70",
        0.999_676_375_404_530_7,
        0,
        "0.0000",
    ),
    (
        "a whiteout of nothing in the lowest layer",
        "f /a 3000\nw /gone\nf /x 40\n---\nf /x 40\nf /a 20",
        0.983_333_333_333_333_3,
        0,
        "0.0000",
    ),
    (
        "a whiteout in the lowest layer of what it holds",
        "d /a\nf /a/x 3000\nw /a\nf /z 40\n---\nf /a/x 5\nw /z",
        0.497_105_045_492_142_24,
        3045,
        "60900.0000",
    ),
    ("removed and written in one layer", "f /x 3000\n---\nw /x\nf /x 4000", 0.0, 7000, "175.0000"),
    (
        "removed before it is written, in the order of names",
        "f /+x 3000\n---\nw /+x\nf /+x 20\n---\nw /+x\nf /z 3",
        0.0,
        3020,
        "13130.4348",
    ),
    (
        "removed, written again, removed",
        "f /x 3000\n---\nw /x\n---\nf /x 50\n---\nw /x",
        0.0,
        3050,
        "6100.0000",
    ),
    (
        "a directory becomes a file",
        "d /a\nf /a/x 3000\n---\nf /a 20\n---\nw /a",
        0.993_377_483_443_708_6,
        20,
        "100.0000",
    ),
    (
        "a file becomes a directory",
        "f /a 3000\n---\nd /a\nf /a/x 20\n---\nw /a",
        0.013_157_894_736_842_105,
        3020,
        "15100.0000",
    ),
    ("links", "f /x 3000\nl /s x\nh /h /x\n---\nl /s y\nh /h /x\nw /x", 0.0, 3000, "+Inf"),
    (
        "a path twice in one layer",
        "f /x 3000\nf /x 20\n---\nf /x 7\nf /x 9",
        0.310_344_827_586_206_9,
        29,
        "181.2500",
    ),
    (
        "a marker under a marked directory",
        "d /a\nf /a/b 3000\n---\nf /a/.wh.b/c 10\n---\nw /a/b\nf /a/b 4",
        1.0,
        0,
        "0.0000",
    ),
    (
        "deep below",
        "f /a/b/c/d/e 3000\n---\nw /a/b/c/d/e\n---\nf /a/b/c/d/e 20\nf /a/b/c/d/f 3\n---\nw /a/b",
        0.000_992_391_663_910_023_1,
        3020,
        "13130.4348",
    ),
    (
        "nested removals",
        "d /a\nd /a/b\nd /a/b/c\nf /a/b/c/x 3000\n---\nw /a/b/c\nw /a/b\nw /a",
        1.0,
        0,
        "NaN",
    ),
    (
        "a marker without a name",
        "d /a\nf /a/x 3000\n---\nf /a/.wh. 9\nf /z 2\n---\nf /a/y 4",
        1.0,
        0,
        "0.0000",
    ),
    ("a marker with a size", "f /x 3000\n---\nf /.wh.x 500\n---\nf /x 5", 0.0, 3005, "595.0495"),
    ("an empty upper layer", "f /x 3000\nw /none\n---\nd /a", 1.0, 0, "NaN"),
    ("waste in the base alone", "f /x 3000\nf /.wh.x 5\n---\nd /q", 0.0, 3000, "+Inf"),
];

fn reckoned(file: &Path, select: Option<&str>) -> Figures {
    let request = OpenRequest {
        image: file.to_str().map(str::to_owned),
        select: select.map(str::to_owned),
        dive: Some(Reckoning::default()),
        ..OpenRequest::default()
    };
    jobs::open_keeping(&request, &Task::new(), &mut |_| {}).unwrap().dive.unwrap()
}

fn written(folder: &Path, tar: &[u8]) -> PathBuf {
    let file = folder.join("image.tar");
    std::fs::write(&file, tar).unwrap();
    file
}

/// A share as Go prints it, in percent.
fn percent(share: f64) -> String {
    match share {
        share if share.is_nan() => "NaN".to_owned(),
        share if share.is_infinite() => "+Inf".to_owned(),
        share => format!("{:.4}", share * 100.0),
    }
}

fn dive() -> Option<PathBuf> {
    let named = std::env::var_os("HADAL_TEST_DIVE").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("dive")).find(|file| file.is_file());
    let found = named.or(on_path);
    if found.is_none() {
        let required = std::env::var_os("HADAL_REQUIRE_DIVE").is_some_and(|value| value == "1");
        assert!(!required, "dive is required but not there");
        eprintln!("skipped: no dive to compare with (HADAL_TEST_DIVE); recorded figures alone were compared");
    }
    found
}

/// What dive says of an archive; `None` where it refuses it. Efficiency, wasted bytes, percentage.
fn told(dive: &Path, file: &Path) -> Option<(f64, u64, String)> {
    let json = file.with_extension("json");
    let _ = std::fs::remove_file(&json);
    let run = |more: &[&str]| {
        let mut command = Command::new(dive);
        command.args(["--source", "docker-archive"]).arg(file).args(more).env("CI", "true");
        command.current_dir(file.parent().unwrap());
        String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
    };
    run(&["--json", json.to_str().unwrap()]);
    let text = std::fs::read_to_string(&json).ok()?;
    // By hand: the digits are to be compared, and a number is read exactly only by itself.
    let number = |key: &str| {
        let (_, rest) = text.split_once(&format!("\"{key}\": "))?;
        Some(rest[..rest.find([',', '\n']).unwrap()].to_owned())
    };
    let said = run(&[]);
    let (_, share) = said.split_once("userWastedPercent: ")?;
    let share = share.split_whitespace().next()?.to_owned();
    Some((number("efficiencyScore")?.parse().ok()?, number("inefficientBytes")?.parse().ok()?, share))
}

fn compare(what: &str, ours: &Figures, (efficiency, wasted, share): &(f64, u64, String)) {
    assert_eq!(ours.efficiency.to_bits(), efficiency.to_bits(), "{what}: {ours:?}, dive {efficiency}");
    assert_eq!(ours.wasted_bytes, *wasted, "{what}: {ours:?}");
    assert_eq!(&percent(ours.user_wasted), share, "{what}: {ours:?}");
}

#[test]
fn figures_are_those_that_were_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let dive = dive();
    for (name, text, efficiency, wasted, share) in RECORDED {
        let image = Image::new(text);
        let packed = image.clone().packed(Packing::Gzip);
        let recorded = (efficiency, wasted, share.to_owned());
        // The layout that Docker writes since version 25, with layers as they come, and the one before.
        for archive in [docker_v25(&packed), docker_v25(&image), docker_v12(&[&image])] {
            let file = written(folder.path(), &archive.tar());
            let ours = reckoned(&file, None);
            compare(name, &ours, &recorded);
            // Docker used to save a layer that occurs again as a link, which dive takes for an empty one.
            let links = archive.0.iter().any(|(_, member)| matches!(member, Member::Symlink(_)));
            assert_eq!(ours.comparable, !links, "{name}");
            if let Some(dive) = dive.as_ref().filter(|_| !links) {
                compare(name, &ours, &told(dive, &file).unwrap());
            }
        }
    }
}

/// Numbers that look like chance and are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    fn path(&mut self, seen: &mut Vec<String>) -> String {
        if !seen.is_empty() && self.below(5) < 2 {
            return seen[self.below(seen.len())].clone();
        }
        // Names on both sides of the marker's dot, in the order of bytes.
        let names = ["a", "b", "+c", ".h", "zz", "Z"];
        let depth = 1 + self.below(4);
        let path: Vec<&str> = (0..depth).map(|_| names[self.below(names.len())]).collect();
        let path = format!("/{}", path.join("/"));
        seen.push(path.clone());
        path
    }

    fn line(&mut self, seen: &mut Vec<String>) -> Line {
        let path = self.path(seen);
        let beside = |marker: &str| {
            let (folder, name) = path.rsplit_once('/').unwrap();
            format!("{folder}/{marker}{name}")
        };
        let (kind, name) = match self.below(20) {
            0..=7 => (EntryType::Regular, path),
            8..=10 => (EntryType::Directory, path),
            11..=14 => (EntryType::Regular, beside(".wh.")),
            15 => (EntryType::Regular, format!("{path}/.wh..wh..opq")),
            16 => (EntryType::Symlink, path),
            17 => (EntryType::Link, path),
            18 => (EntryType::Regular, [format!("{path}/.wh."), beside(".wh..wh.")][self.below(2)].clone()),
            _ => (EntryType::Regular, format!("{}/x", beside(".wh."))),
        };
        let mut line = Line::new(kind, name.as_bytes());
        match kind {
            EntryType::Regular if self.below(4) > 0 => line.content = vec![b'a'; self.below(5000)],
            EntryType::Symlink | EntryType::Link => line.link = b"a".to_vec(),
            _ => {}
        }
        line
    }

    /// A layer; links may state a length that they do not have.
    fn layer(&mut self, seen: &mut Vec<String>) -> Vec<u8> {
        let mut entries = Vec::new();
        for _ in 0..self.below(10) {
            let line = self.line(seen);
            let mut header = layers::header(&line);
            if line.kind == EntryType::Link && self.below(2) == 0 {
                header.set_size(77);
                header.set_cksum();
            }
            let mut entry = header.as_bytes().to_vec();
            entry.extend_from_slice(&line.content);
            entry.resize(entry.len().next_multiple_of(512), 0);
            entries.push(entry);
        }
        layers::raw(&entries)
    }
}

#[test]
fn figures_are_dives_on_generated_archives() {
    let Some(dive) = dive() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut chance = Dice(0x9e37_79b9_7f4a_7c15);
    let mut compared = 0;
    for round in 0..120 {
        let mut seen = Vec::new();
        let count = 1 + chance.below(5);
        let image = Image::of((0..count).map(|_| chance.layer(&mut seen)).collect());
        let tar = if round % 2 == 0 { docker_v12(&[&image]) } else { docker_v25(&image) }.tar();
        let ours = reckoned(&written(folder.path(), &tar), None);
        if ours.comparable {
            compared += 1;
            let theirs = told(&dive, &folder.path().join("image.tar"));
            compare(&format!("round {round}"), &ours, &theirs.unwrap());
        }
    }
    // Only layers that Docker saved as links to equal ones are left out.
    assert!(compared > 90, "{compared}");
}

#[test]
fn what_dive_does_not_read_so_is_not_comparable() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::new("f /x 300\n---\nf /x 20\n---\nw /x");
    let comparable = |tar: &[u8], select| reckoned(&written(folder.path(), tar), select).comparable;
    let v12 = docker_v12(&[&image]);
    assert!(comparable(&v12.tar(), None));
    assert!(!comparable(&v12.clone().prefixed("./").tar(), None), "dive takes names as they are");
    assert!(!comparable(&outer(&v12.tar())[0].1, None), "a compressed archive");
    assert!(!comparable(&archive::oci(&[&image]).tar(), None), "no manifest.json");
    let twice = Image::new("f /x 300\n---\nf /x 300");
    assert!(!comparable(&docker_v12(&[&twice]).tar(), None), "a link to a layer is empty to dive");
    assert!(comparable(&docker_v25(&twice).tar(), None));
    let other = Image::new("f /other 3").named(Some("example.com/other:1"));
    let both = docker_v12(&[&image, &other]);
    assert!(comparable(&both.tar(), image.name.as_deref()));
    assert!(!comparable(&both.tar(), other.name.as_deref()), "dive knows the first image alone");
    let zstd = docker_v12(&[&image.clone().packed(Packing::Zstd)]);
    assert!(!comparable(&zstd.tar(), None), "dive knows zstd only below blobs/");
    assert!(comparable(&docker_v25(&image.clone().packed(Packing::Zstd)).tar(), None));
    let mut cut = v12.clone();
    let layer = cut.find("layer.tar");
    cut.replace(&layer, b"f".repeat(700));
    assert!(!comparable(&cut.tar(), None), "a damaged layer");
    let mut global = Line::new(EntryType::XGlobalHeader, b"pax_global_header");
    global.content = b"52 comment=0123456789012345678901234567890123456789\n".to_vec();
    let file = layers::entry(&Line::new(EntryType::Regular, b"x"));
    let image = Image::of(vec![layers::raw(&[layers::entry(&global), file])]);
    assert!(!comparable(&docker_v12(&[&image]).tar(), None), "a global header");
}

/// dive stacks all lower layers for each of these, which would take it hours.
#[test]
fn thousands_of_whiteouts_take_no_time() {
    let lines =
        |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<Vec<_>>().join("\n");
    let files = lines(24_000, &|at| format!("f /lib/{}/{at} 10", at % 300));
    let gone = lines(24_000, &|at| format!("w /lib/{}/{at}", at % 300));
    let folders = lines(300, &|at| format!("w /lib/{at}"));
    let image = Image::new(&format!("{files}\n---\n{gone}\n---\n{folders}"));
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), &docker_v12(&[&image]).tar());
    let since = std::time::Instant::now();
    let ours = reckoned(&file, None);
    assert!(since.elapsed() < std::time::Duration::from_secs(20), "{:?}", since.elapsed());
    assert_eq!((ours.efficiency, ours.wasted_bytes), (0.0, 240_000));
    assert!(ours.user_wasted.is_infinite());
}
