//! What each rule of merging layers means for the tree, for bytes and for waste, on images of a few entries.
//!
//! A case is layers as text and what must come out, one statement a line:
//!
//! ```text
//! waste /a 900 0 1 overwritten   # path, bytes, layer, hidden by, cause; all waste must be listed
//! final /a /d /d/x               # every path of the final tree
//! layer 1 +0 ~1 -0               # what the layer added, modified, removed
//! visible 900                    # bytes
//! change 1 /a modified           # as the layer's own view shows it (`-`: not at all)
//! range 0..1 /a added            # the same for a range of layers
//! blame /a 0:added 2:removed     # every version
//! problem text                   # some problem holds this text
//! links 2                        # regular files and hard links in the final tree
//! ```
//! Each case is read as a plain file, as a compressed one, and as a stream: the answers must be the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::similar_names,
    clippy::format_push_string,
    clippy::unused_self,
    clippy::implicit_clone,
    clippy::too_many_lines
)]

mod common {
    pub mod archive;
    pub mod layers;
}

use std::process::Command;

use common::archive::{self, Packing};
use common::layers::{self, Line};
use hadal::analysis::{self, Totals, View};
use hadal::image::Image;
use hadal::jobs::{self, OpenRequest, Task};

/// Opens an archive in memory as a file.
fn open(tar: &[u8]) -> Image {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), tar).unwrap();
    let image = Some(file.path().to_str().unwrap().to_owned());
    jobs::open(&OpenRequest { image, ..OpenRequest::default() }, &Task::new(), &mut |_| {}).unwrap()
}

fn open_stream(tar: &[u8]) -> Image {
    jobs::open_stream(tar, "stream", &OpenRequest::default(), &Task::new(), &mut |_| {}).unwrap().image
}

/// All that a case may state, as lines in the same words.
fn facts(image: &Image) -> Vec<String> {
    let tree = &image.tree;
    let text = |path: Vec<u8>| String::from_utf8(path).unwrap();
    let mut facts: Vec<String> = analysis::waste(tree)
        .into_iter()
        .map(|hidden| {
            let path = text(tree.path(hidden.node));
            format!(
                "waste {path} {} {} {} {}",
                hidden.bytes,
                hidden.layer,
                hidden.hidden_by,
                hidden.cause.name()
            )
        })
        .collect();
    facts.sort();
    let mut paths = String::from("final");
    View::Final.walk(tree, false, &mut |node, _| paths += &format!(" {}", text(tree.path(node))));
    facts.push(paths);
    for (index, layer) in image.layers.iter().enumerate() {
        let t = layer.totals;
        facts.push(format!("layer {index} +{} ~{} -{}", t.added, t.modified, t.removed));
    }
    let totals = Totals::of(image);
    facts.push(format!("visible {}", totals.visible_bytes));
    facts.push(format!("links {}", totals.files));
    facts
}

fn change(image: &Image, view: View, path: &str) -> String {
    let node = image.tree.find(path.as_bytes());
    let look = node.and_then(|node| view.look(&image.tree, node));
    look.map_or("-", |look| look.change.name()).to_owned()
}

/// What must hold of every image.
fn sound(image: &Image) {
    let totals = Totals::of(image);
    let waste: u64 = analysis::waste(&image.tree).iter().map(|hidden| hidden.bytes).sum();
    assert_eq!(totals.bytes - totals.visible_bytes, totals.wasted_bytes);
    assert_eq!(totals.wasted_bytes, waste, "the sum of the waste");
    for (index, layer) in image.layers.iter().enumerate() {
        let of_layer: u64 =
            analysis::waste(&image.tree).iter().filter(|h| h.layer == index).map(|h| h.bytes).sum();
        assert_eq!(layer.totals.wasted_bytes, of_layer, "layer {index}");
    }
    let root = image.tree.in_final(image.tree.root()).map_or(0, |root| root.bytes());
    assert_eq!(root, totals.visible_bytes, "bytes below the root");
    for layer in 0..image.tree.layers() {
        let root = image.tree.as_of(image.tree.root(), layer).unwrap();
        let stored = if root.layer() == layer { root.layer_bytes() } else { 0 };
        assert!(stored <= image.layers[layer].totals.bytes, "layer {layer}");
    }
}

fn holds(image: &Image, facts: &[String], fact: &str) -> Result<(), String> {
    let words: Vec<&str> = fact.split_whitespace().collect();
    let is = |have: String, want: &str| if have == want { Ok(()) } else { Err(have) };
    match words.as_slice() {
        ["change", layer, path, want] => is(change(image, View::Layer(layer.parse().unwrap()), path), want),
        ["range", range, path, want] => {
            let (first, last) = range.split_once("..").unwrap();
            let view = View::Range { first: first.parse().unwrap(), last: last.parse().unwrap() };
            is(change(image, view, path), want)
        }
        ["blame", path, want @ ..] => {
            let versions = analysis::blame(&image.tree, path.as_bytes()).unwrap_or_default();
            let have: Vec<String> = versions
                .iter()
                .map(|version| format!("{}:{}", version.layer(), version.change().name()))
                .collect();
            is(have.join(" "), &want.join(" "))
        }
        ["problem", ..] => {
            let wanted = fact.trim_start_matches("problem ");
            let all: Vec<String> = image.problems().iter().map(ToString::to_string).collect();
            if all.iter().any(|text| text.contains(wanted)) { Ok(()) } else { Err(all.join("; ")) }
        }
        _ if facts.iter().any(|have| have == fact) => Ok(()),
        _ => Err(facts.join("\n  ")),
    }
}

/// Checks one case in all its forms.
fn case(name: &str, text: &str, expected: &str) {
    let tars = layers::layers(text);
    check(name, tars, expected);
}

fn check(name: &str, tars: Vec<Vec<u8>>, expected: &str) {
    let made = archive::Image::of(tars);
    let forms = [
        ("plain", open(&archive::docker_v12(&[&made]).tar())),
        ("gzip", open(&archive::oci(&[&made.clone().packed(Packing::Gzip)]).tar())),
        ("stream", open_stream(&archive::docker_v12(&[&made]).tar())),
    ];
    for (form, image) in &forms {
        let facts = facts(image);
        let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        sound(image);
        for fact in &expected {
            let outcome = holds(image, &facts, fact);
            assert!(outcome.is_ok(), "{name}, {form}: {fact}\n  but: {}", outcome.unwrap_err());
        }
        for waste in facts.iter().filter(|fact| fact.starts_with("waste")) {
            assert!(expected.contains(&waste.as_str()), "{name}, {form}: not expected: {waste}");
        }
        let problems = image.problems();
        let silent = !expected.iter().any(|fact| fact.starts_with("problem"));
        assert!(!silent || problems.is_empty(), "{name}, {form}: {problems:?}");
    }
}

#[test]
fn causes() {
    case(
        "overwritten",
        "f /a 900\n---\nf /a 900*b",
        "waste /a 900 0 1 overwritten\nlayer 1 +0 ~1 -0\nvisible 900",
    );
    case(
        "chmod",
        "f /a 900\n---\nf /a 900 600",
        "waste /a 900 0 1 metadata-only
         layer 1 +0 ~1 -0
         change 1 /a metadata",
    );
    case(
        "chown",
        "f /a 900\n---\nf /a 900 644 5:6",
        "waste /a 900 0 1 metadata-only\nblame /a 0:added 1:metadata",
    );
    case("touch", "f /a 900\n---\nf /a 900 @7", "waste /a 900 0 1 metadata-only\nlayer 1 +0 ~1 -0");
    case(
        "removed",
        "f /a 900\n---\nw /a",
        "waste /a 900 0 1 removed
         layer 1 +0 ~0 -1
         final
         visible 0
         blame /a 0:added 1:removed",
    );
    case(
        "a removed directory counts once, each file of it is waste",
        "d /d\nd /d/e\nf /d/x 10\nf /d/e/y 20\n---\nw /d",
        "waste /d/x 10 0 1 removed
         waste /d/e/y 20 0 1 removed
         layer 1 +0 ~0 -1
         final",
    );
    case(
        "opaque",
        "d /d\nf /d/x 10\nf /d/y 20\n---\nd /d\no /d\nf /d/x 10*b",
        "waste /d/x 10 0 1 overwritten
         waste /d/y 20 0 1 opaque
         layer 1 +0 ~1 -1
         final /d /d/x",
    );
    case(
        "shadowed in the layer",
        "f /a 10\nf /a 20*b\n---\nf /b 1",
        "waste /a 10 0 0 shadowed-in-layer\nvisible 21\nfinal /a /b",
    );
    case(
        "a file between two of one layer",
        "f /a 10\n---\nf /a 20*b\nf /a 30*c",
        "waste /a 10 0 1 overwritten\nwaste /a 20 1 1 shadowed-in-layer\nlayer 1 +0 ~1 -0",
    );
    case(
        "contents of no bytes are no waste",
        "f /a \"\"\nd /d\nl /l x\n---\nw /a\nw /d\nw /l",
        "layer 1 +0 ~0 -3\nfinal\nvisible 0",
    );
}

#[test]
fn replaced_by_another_kind() {
    case(
        "file to link",
        "f /a 10\n---\nl /a b",
        "waste /a 10 0 1 type-replaced\nlayer 1 +0 ~1 -0\nchange 1 /a modified",
    );
    case("file to directory", "f /a 10\n---\nd /a", "waste /a 10 0 1 type-replaced\nlayer 1 +0 ~1 -0");
    case("file to pipe", "f /a 10\n---\np /a", "waste /a 10 0 1 type-replaced");
    case("file to device", "f /a 10\n---\nc /a 1:3", "waste /a 10 0 1 type-replaced");
    case(
        "directory to file",
        "d /a\nf /a/x 10\nd /a/b\nf /a/b/y 20\n---\nf /a 5",
        "waste /a/x 10 0 1 type-replaced
         waste /a/b/y 20 0 1 type-replaced
         layer 1 +0 ~1 -0
         final /a
         visible 5
         change 1 /a/x removed",
    );
    case(
        "directory to link, written through afterwards",
        "d /a\nf /a/x 10\nd /b\n---\nl /a b\nf /a/z 3",
        "waste /a/x 10 0 1 type-replaced
         final /a /b /b/z
         problem lies behind a symbolic link",
    );
    case(
        "link to directory",
        "l /a b\nf /b 4\n---\nd /a\nf /a/x 2",
        "final /a /a/x /b\nlayer 1 +1 ~1 -0\nvisible 6",
    );
    case("link to file", "l /a b\nf /b 4\n---\nf /a 2", "final /a /b\nlayer 1 +0 ~1 -0\nvisible 6");
    case("link to the same link", "l /a b\n---\nl /a b", "layer 1 +0 ~1 -0\nchange 1 /a metadata");
    case("link to another link", "l /a b\n---\nl /a c", "layer 1 +0 ~1 -0\nchange 1 /a modified");
    case(
        "a parent that is a file makes room",
        "f /a 10\n---\nf /a/x 2",
        "waste /a 10 0 1 type-replaced
         final /a /a/x
         problem needed a directory",
    );
    case(
        "to a file and back in one layer",
        "d /a\nf /a/x 10\n---\nf /a 5\nd /a\nf /a/x 10",
        "waste /a/x 10 0 1 metadata-only
         waste /a 5 1 1 shadowed-in-layer
         final /a /a/x
         visible 10",
    );
}

#[test]
fn markers() {
    for (name, order) in [("first", "w /a\nf /a 5"), ("last", "f /a 5\nw /a")] {
        case(
            &format!("whiteout {name}: the layer's own file stays"),
            &format!("f /a 10\n---\n{order}"),
            "waste /a 10 0 1 overwritten\nfinal /a\nlayer 1 +0 ~1 -0\nvisible 5",
        );
    }
    for order in ["w /d/x\nd /d\nf /d/y 1", "d /d\nf /d/y 1\nw /d/x"] {
        case(
            "whiteout beside siblings",
            &format!("d /d\nf /d/x 10\n---\n{order}"),
            "waste /d/x 10 0 1 removed\nfinal /d /d/y\nlayer 1 +1 ~0 -1",
        );
    }
    for order in ["o /d\nf /d/y 1", "f /d/y 1\no /d"] {
        case(
            "opaque beside siblings",
            &format!("d /d\nf /d/x 10\n---\n{order}"),
            "waste /d/x 10 0 1 opaque\nfinal /d /d/y\nlayer 1 +1 ~0 -1",
        );
    }
    case(
        "made again, the same, by the removing layer",
        "d /d\nf /d/x 10\n---\nw /d\nd /d\nf /d/x 10",
        "waste /d/x 10 0 1 metadata-only\nfinal /d /d/x\nlayer 1 +0 ~1 -0",
    );
    case(
        "made again without its children: they count as removed",
        "d /d\nf /d/x 10\nf /d/y 20\n---\nw /d\nd /d\nf /d/x 5*b",
        "waste /d/x 10 0 1 overwritten
         waste /d/y 20 0 1 removed
         final /d /d/x
         layer 1 +0 ~1 -1
         change 1 /d unmodified",
    );
    case(
        "opaque with all children made again",
        "d /d\nf /d/x 10\n---\no /d\nf /d/x 10",
        "waste /d/x 10 0 1 metadata-only\nlayer 1 +0 ~1 -0",
    );
    case(
        "opaque over a file",
        "f /d 10\n---\nd /d\no /d\nf /d/y 1",
        "waste /d 10 0 1 type-replaced\nfinal /d /d/y\nlayer 1 +1 ~1 -0",
    );
    case(
        "opaque over a link: what it leads to stays",
        "d /t\nf /t/x 10\nl /d t\n---\nd /d\no /d\nf /d/y 1",
        "final /d /d/y /t /t/x\nlayer 1 +1 ~1 -0",
    );
    case(
        "opaque at the root",
        "f /a 10\nd /d\nf /d/x 5\n---\no /\nf /b 1",
        "waste /a 10 0 1 opaque
         waste /d/x 5 0 1 opaque
         final /b
         layer 1 +1 ~0 -2
         problem Docker does not apply it",
    );
    case("a whiteout of nothing", "f /a 10\n---\nw /b\nw /c/d\no /e", "final /a\nlayer 1 +0 ~0 -0");
    case("a whiteout in the base layer", "f /a 10\nw /a\nw /b", "final /a\nlayer 0 +1 ~0 -0");
    case("of a link, not of what it leads to", "f /a 10\nl /b a\n---\nw /b", "final /a\nlayer 1 +0 ~0 -1");
    case(
        "removed and made again later",
        "f /a 10\n---\nw /a\n---\nf /a 10",
        "waste /a 10 0 1 removed
         blame /a 0:added 1:removed 2:added
         layer 2 +1 ~0 -0
         range 1..2 /a metadata
         range 0..1 /a -",
    );
    case(
        "twice removed",
        "f /a 10\n---\nw /a\n---\nw /a",
        "waste /a 10 0 1 removed\nlayer 2 +0 ~0 -0\nblame /a 0:added 1:removed",
    );
    let marker = Line { content: b"full".to_vec(), ..Line::new(tar::EntryType::Regular, b".wh.a") };
    check(
        "a marker with content",
        vec![layers::layer("f /a 10"), layers::tar_of(&[marker])],
        "waste /a 10 0 1 removed\nfinal\nvisible 0",
    );
    let hand = |name: &str| {
        let mut line = Line::new(tar::EntryType::Regular, name.as_bytes());
        line.content = b"with content".to_vec();
        layers::entry(&line)
    };
    check(
        "names that AUFS keeps for itself are passed over",
        vec![
            layers::layer("f /a 10"),
            layers::raw(&[hand(".wh..wh.plnk/1.2"), hand(".wh..wh.aufs"), hand("b")]),
        ],
        "final /a /b\nvisible 22",
    );
}

#[test]
fn hard_links() {
    case(
        "store nothing",
        "f /a 10\nh /b /a\nh /c /b",
        "final /a /b /c\nvisible 10\nlinks 3\nlayer 0 +3 ~0 -0",
    );
    case("keep a content in sight", "f /a 10\nh /b /a\n---\nw /a", "final /b\nvisible 10\nlayer 1 +0 ~0 -1");
    case(
        "the last one takes it along",
        "f /a 10\nh /b /a\n---\nw /a\n---\nw /b",
        "waste /a 10 0 2 removed\nfinal",
    );
    case(
        "the last one is overwritten",
        "f /a 10\nh /b /a\n---\nw /a\n---\nf /b 3*c",
        "waste /a 10 0 2 overwritten\nfinal /b\nvisible 3",
    );
    case(
        "the last one is rewritten as it was",
        "f /a 10\nh /b /a\n---\nw /a\n---\nf /b 10",
        "waste /a 10 0 2 metadata-only\nchange 2 /b metadata",
    );
    case("to a lower layer", "f /a 10\n---\nh /b /a", "final /a /b\nvisible 10\nlayer 1 +1 ~0 -0");
    case("to a lower layer, then removed there", "f /a 10\n---\nh /b /a\n---\nw /a", "final /b\nvisible 10");
    case(
        "to the path that the same layer writes later: the content of then",
        "f /a 10\n---\nh /b /a\nf /a 5*c",
        "final /a /b\nvisible 15\nlayer 1 +1 ~1 -0",
    );
    case(
        "replaced by a link to itself elsewhere",
        "f /a 10\nh /b /a\n---\nh /a /b",
        "final /a /b\nvisible 10\nlinks 2",
    );
    case(
        "a file replaced by a link",
        "f /a 10\nf /b 5*c\n---\nh /b /a",
        "waste /b 5 0 1 overwritten\nvisible 10",
    );
    case(
        "a file replaced by a link to the same bytes",
        "f /a 10\nf /b 10\n---\nh /b /a",
        "waste /b 10 0 1 metadata-only\nvisible 10",
    );
    case(
        "through a linked directory",
        "d /d\nf /d/a 10\nl /e d\nh /b /e/a",
        "final /b /d /d/a /e\nvisible 10",
    );
    case(
        "missing",
        "h /b /a\nf /c 1",
        "final /b /c\nvisible 1\nlinks 2\nproblem /b is a hard link to something that is not there",
    );
    case(
        "missing, since it comes later",
        "h /b /a\nf /a 10",
        "final /a /b\nvisible 10\nproblem is a hard link to something",
    );
    case(
        "to what the same layer removes",
        "f /a 10\n---\nw /a\nh /b /a",
        "waste /a 10 0 1 removed\nfinal /b\nvisible 0\nproblem is a hard link to something",
    );
    case("to a symbolic link: that link again", "l /a x\nh /b /a", "final /a /b\nlinks 0");
    case(
        "to itself",
        "f /a 10\n---\nh /a /a",
        "waste /a 10 0 1 overwritten\nproblem is a hard link to something",
    );
    case("within a removed directory", "d /d\nf /d/a 10\nh /k /d/a\n---\nw /d", "final /k\nvisible 10");
    case(
        "both in a removed directory",
        "d /d\nf /d/a 10\nh /d/b /d/a\n---\nw /d",
        "waste /d/a 10 0 1 removed\nfinal",
    );
    case(
        "shadowed in its own layer but kept by a link",
        "f /a 10\nh /b /a\nf /a 5*c",
        "final /a /b\nvisible 15",
    );
    case(
        "kept by a link that goes in a later layer",
        "f /a 10\nh /b /a\nf /a 5*c\n---\nw /b",
        "waste /a 10 0 1 removed\nvisible 5",
    );
}

#[test]
fn directories() {
    case(
        "listed again",
        "d /d\nf /d/x 1\n---\nd /d",
        "layer 1 +0 ~0 -0\nchange 1 /d unmodified\nblame /d 0:added",
    );
    case("time alone", "d /d\n---\nd /d @5", "layer 1 +0 ~0 -0\nchange 1 /d unmodified\nrange 0..1 /d added");
    case("mode", "d /d\nf /d/x 1\n---\nd /d 700", "layer 1 +0 ~1 -0\nchange 1 /d metadata\nfinal /d /d/x");
    case("owner", "d /d\n---\nd /d 755 1:1", "layer 1 +0 ~1 -0\nchange 1 /d metadata");
    case(
        "implied parents are made and not counted",
        "f /a/b/c 3\n---\nf /a/d/e 4",
        "final /a /a/b /a/b/c /a/d /a/d/e\nlayer 0 +1 ~0 -0\nlayer 1 +1 ~0 -0\nchange 0 /a/b added\nchange 1 /a unmodified",
    );
    case("described after its children", "f /a/b 3\nd /a 700", "final /a /a/b\nlayer 0 +2 ~0 -0");
    case(
        "the root is not counted",
        "d /\nf /a 1\n---\nd / 700",
        "layer 0 +1 ~0 -0\nlayer 1 +0 ~0 -0\nfinal /a",
    );
    case(
        "modified twice in one layer counts once",
        "f /a 1\n---\nf /a 2*b\nf /a 1 600",
        "waste /a 1 0 1 metadata-only\nwaste /a 2 1 1 shadowed-in-layer\nlayer 1 +0 ~1 -0",
    );
}

#[test]
fn ranges() {
    let text = "f /a 1\nf /b 2\n---\nf /a 1*b\nf /c 3\n---\nw /b\nf /a 1\n---\nw /c\nf /d 4";
    case(
        "several layers together",
        text,
        "waste /a 1 0 1 overwritten
         waste /a 1 1 2 overwritten
         waste /b 2 0 2 removed
         waste /c 3 1 3 removed
         final /a /d
         change 1 /a modified
         change 2 /a modified
         range 1..1 /a modified
         range 1..2 /a metadata
         range 1..2 /b removed
         range 0..2 /b -
         range 1..3 /c -
         range 2..3 /c removed
         range 2..3 /d added
         range 0..3 /a added
         range 3..3 /a unmodified
         blame /a 0:added 1:modified 2:modified
         blame /c 1:added 3:removed",
    );
    case(
        "restored to an older content in the very range",
        "f /a 9\n---\nf /a 9*b\n---\nf /a 9 600",
        "waste /a 9 0 1 overwritten\nwaste /a 9 1 2 overwritten\nrange 1..2 /a metadata\nrange 2..2 /a modified",
    );
    case(
        "below a directory that comes and goes",
        "f /k 1\n---\nd /d\nf /d/x 2\n---\nw /d\n---\nf /d 3",
        "waste /d/x 2 1 2 removed\nrange 1..2 /d -\nrange 1..2 /d/x -\nrange 2..3 /d modified\nrange 2..3 /d/x removed\nfinal /d /k",
    );
}

#[test]
fn a_layer_that_occurs_twice_counts_twice() {
    case(
        "the same tar again",
        "f /a 10\nd /d\n---\nf /b 1\n---\nf /a 10\nd /d",
        "waste /a 10 0 2 metadata-only\nlayer 2 +0 ~1 -0\nvisible 11",
    );
}

#[test]
fn writing_through_links() {
    case(
        "a parent that is a link of a lower layer",
        "d /d\nl /s d\n---\nf /s/new 5",
        "final /d /d/new /s\nvisible 5\nlayer 1 +1 ~0 -0\nproblem lies behind a symbolic link",
    );
    case("an absolute one", "d /d\nl /s /d\n---\nf /s/new 5", "final /d /d/new /s\nproblem lies behind");
    case(
        "one that leads upward",
        "d /d\nd /e\nl /d/s ../e\n---\nf /d/s/n 5",
        "final /d /d/s /e /e/n\nproblem lies behind",
    );
    case(
        "one out of the root stays in it",
        "l /s ../../../e\n---\nf /s/n 5",
        "final /e /e/n /s\nproblem lies behind",
    );
    case(
        "a loop",
        "l /s t\nl /t s\n---\nf /s/n 5\nf /k 1",
        "final /k /s /t\nvisible 1\nproblem maze of symbolic links",
    );
    case(
        "removed through a link",
        "d /d\nf /d/x 5\nl /s d\n---\nw /s/x",
        "waste /d/x 5 0 1 removed\nfinal /d /s",
    );
    case(
        "overwritten through a link",
        "d /d\nf /d/x 5\nl /s d\n---\nf /s/x 4*b",
        "waste /d/x 5 0 1 overwritten\nvisible 4\nproblem lies behind",
    );
}

#[test]
fn devices_and_names() {
    case("0/0", "f /a 5\n---\nc /a 0:0", "waste /a 5 0 1 type-replaced\nproblem is a 0/0 device");
    case(
        "another device",
        "c /n 1:3\nb /s 8:0\n---\nc /n 1:5\nb /s 8:0 600",
        "change 1 /n modified\nchange 1 /s metadata\nlayer 1 +0 ~2 -0",
    );
    let up = |name: &str| {
        layers::entry(&Line {
            content: b"12345".to_vec(),
            ..Line::new(tar::EntryType::Regular, name.as_bytes())
        })
    };
    check(
        "names are cleaned, never followed out",
        vec![layers::raw(&[up("./a"), up("b//c"), up("../../d"), up("/e/./f")])],
        "final /a /b /b/c /d /e /e/f\nvisible 20\nproblem steps out of its directory",
    );
    let name = "n".repeat(300);
    case(
        "long names",
        &format!("f /{name}/{name} 5\nl /l {name}\nh /h /{name}/{name}"),
        "visible 5\nlinks 2",
    );
    let strange = Line { content: b"12345".to_vec(), ..Line::new(tar::EntryType::new(b'Q'), b"q") };
    check(
        "a type that nothing unpacks",
        vec![layers::raw(&[layers::entry(&strange), up("a")])],
        "final /a\nvisible 5\nproblem which no runtime unpacks",
    );
}

#[test]
fn headers_of_entries_without_content_may_state_a_size() {
    for (letter, kind) in
        [("d", tar::EntryType::Directory), ("l", tar::EntryType::Symlink), ("h", tar::EntryType::Link)]
    {
        let mut line = Line::new(kind, b"x");
        line.link = b"a".to_vec();
        let mut header = layers::header(&line);
        header.set_size(4096);
        header.set_cksum();
        let file = |name: &[u8]| {
            layers::entry(&Line { content: vec![1; 5], ..Line::new(tar::EntryType::Regular, name) })
        };
        check(
            letter,
            vec![layers::raw(&[file(b"a"), header.as_bytes().to_vec(), file(b"z")])],
            "final /a /x /z\nvisible 10",
        );
    }
}

#[test]
fn pax_records() {
    let file = |name: &[u8]| Line { content: vec![b'q'; 5], ..Line::new(tar::EntryType::Regular, name) };
    let named = |records: &[(&str, &[u8])]| [layers::pax(records), layers::entry(&file(b"short"))].concat();
    check(
        "a path",
        vec![layers::raw(&[named(&[("path", b"the/long/one")])])],
        "final /the /the/long /the/long/one\nvisible 5",
    );
    check(
        "an empty path keeps the header's",
        vec![layers::raw(&[named(&[("path", b"")])])],
        "final /short\nvisible 5",
    );
    check(
        "the last of two headers counts",
        vec![layers::raw(&[layers::pax(&[("path", b"one")]), named(&[("path", b"two")])])],
        "final /two\nvisible 5",
    );
    let global = Line {
        content: b"14 comment=ab\n".to_vec(),
        ..Line::new(tar::EntryType::XGlobalHeader, b"pax_global_header")
    };
    check(
        "a global header",
        vec![layers::raw(&[layers::entry(&global), layers::entry(&file(b"a"))])],
        "final /a\nlayer 0 +1 ~0 -0",
    );
    let capable = named(&[("SCHILY.xattr.security.capability", b"a\nb\0c")]);
    check(
        "an extended attribute with a line break",
        vec![layers::raw(std::slice::from_ref(&capable))],
        "final /short",
    );
    check(
        "extended attributes alone",
        vec![layers::raw(&[layers::entry(&file(b"short"))]), layers::raw(&[capable])],
        "waste /short 5 0 1 metadata-only\nchange 1 /short metadata",
    );
    let directory = |value: &[u8]| {
        [
            layers::pax(&[("SCHILY.xattr.user.x", value)]),
            layers::entry(&Line::new(tar::EntryType::Directory, b"d")),
        ]
        .concat()
    };
    check(
        "those of a directory",
        vec![
            layers::raw(&[directory(b"1")]),
            layers::raw(&[directory(b"1")]),
            layers::raw(&[directory(b"2")]),
        ],
        "layer 1 +0 ~0 -0\nlayer 2 +0 ~1 -0",
    );
}

/// eStargz keeps its index in the layer: files nobody asked for.
#[test]
fn bookkeeping() {
    let text = "f /.no.prefetch.landmark 1\nf /a 10\nf /stargz.index.json 700\n---\nf /b 5\nf /stargz.index.json 700*b";
    let lazy = archive::Image::new(text).packed(Packing::Estargz);
    let mut annotated = archive::Image::new(text).packed(Packing::Gzip);
    annotated.annotations = serde_json::json!({"containerd.io/snapshot/stargz/toc.digest": "sha256:0"});
    let mut plain = annotated.clone().packed(Packing::Plain);
    plain.media_type = Some("application/vnd.oci.image.layer.v1.tar".to_owned());
    for (form, made) in [("footer", lazy), ("annotation", annotated), ("plain", plain)] {
        let tar = archive::oci(&[&made]).tar();
        for (way, image) in [("file", open(&tar)), ("stream", open_stream(&tar))] {
            sound(&image);
            let totals = Totals::of(&image);
            assert_eq!((totals.bytes, totals.wasted_bytes), (15, 0), "{form}, {way}");
            let node = image.tree.find(b"/stargz.index.json").unwrap();
            assert!(image.tree.in_final(node).unwrap().bookkeeping(), "{form}, {way}");
            assert_eq!(change(&image, View::Layer(1), "/stargz.index.json"), "modified", "{form}, {way}");
            let deeper = image.tree.find(b"/a").unwrap();
            assert!(!image.tree.in_final(deeper).unwrap().bookkeeping(), "{form}, {way}");
        }
    }
    // The names alone make no bookkeeping.
    let usual = open(&archive::oci(&[&archive::Image::new(text).packed(Packing::Gzip)]).tar());
    assert_eq!(Totals::of(&usual).wasted_bytes, 700);
}

/// All forms that GNU tar writes, made by GNU tar.
#[test]
fn sparse_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("holes");
    let data = vec![b'x'; 8192];
    let file = std::fs::File::create(&path).unwrap();
    for at in [0u64, 1 << 20, 3 << 20] {
        std::os::unix::fs::FileExt::write_at(&file, &data, at).unwrap();
    }
    file.set_len(5 << 20).unwrap();
    std::fs::File::create(folder.path().join("only")).unwrap().set_len(1 << 20).unwrap();
    let many = std::fs::File::create(folder.path().join("many")).unwrap();
    for at in 0..60u64 {
        std::os::unix::fs::FileExt::write_at(&many, b"1234", at * 65536).unwrap();
    }
    std::fs::write(folder.path().join("z"), "after").unwrap();
    let full = folder.path().join("full");
    std::fs::create_dir(&full).unwrap();
    std::fs::write(full.join("holes"), std::fs::read(&path).unwrap()).unwrap();

    let forms: [&[&str]; 5] = [
        &["--format=oldgnu"],
        &["--format=gnu"],
        &["--format=posix", "--sparse-version=0.0"],
        &["--format=posix", "--sparse-version=0.1"],
        &["--format=posix", "--sparse-version=1.0"],
    ];
    let pack = |options: &[&str], dir: &std::path::Path, names: &[&str]| {
        let mut tar = Command::new("tar");
        tar.args(["--sparse", "--hole-detection=raw", "-c", "-C"]).arg(dir).args(options).args(names);
        let output = tar.output().expect("GNU tar");
        assert!(output.status.success(), "{options:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    for options in forms {
        let tar = pack(options, folder.path(), &["holes", "only", "many", "z"]);
        let mut whole = Line::new(tar::EntryType::Regular, b"holes");
        whole.content = std::fs::read(full.join("holes")).unwrap();
        // The same file with its holes written out is the same file.
        let made = archive::Image::of(vec![tar, layers::tar_of(&[whole])]);
        for packing in [Packing::Plain, Packing::Gzip] {
            let image = open(&archive::oci(&[&made.clone().packed(packing)]).tar());
            let what = format!("{options:?} {packing:?}");
            sound(&image);
            assert_eq!(image.problems(), [], "{what}");
            let version = |path: &str, layer| {
                image.tree.as_of(image.tree.find(path.as_bytes()).expect(path), layer).unwrap()
            };
            let holes = version("/holes", 0);
            assert_eq!((holes.stored_bytes(), holes.logical_bytes()), (3 * 8192, Some(5 << 20)), "{what}");
            let only = version("/only", 0);
            assert_eq!((only.stored_bytes(), only.logical_bytes()), (0, Some(1 << 20)), "{what}");
            let many = version("/many", 0);
            assert_eq!(many.logical_bytes(), Some(59 * 65536 + 4), "{what}");
            assert!(many.stored_bytes() < 60 * 4096 + 1, "{what}");
            assert_eq!(version("/z", 0).stored_bytes(), 5, "{what}");
            assert_eq!(change(&image, View::Layer(1), "/holes"), "metadata", "{what}");
            let waste = analysis::waste(&image.tree);
            assert_eq!(waste.len(), 1, "{what}");
            assert_eq!((waste[0].bytes, waste[0].cause.name()), (3 * 8192, "metadata-only"), "{what}");
        }
    }
}
