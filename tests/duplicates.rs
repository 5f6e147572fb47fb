//! Equal contents, through the real program: against a plain model, in every form and compression.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common {
    pub mod archive;
    pub mod layers;
    pub mod place;
}

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use common::archive::{self, Image, PACKINGS};
use common::place::Place;
use proptest::prelude::*;
use serde_json::{Value, json};

fn analyze(image: &str) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hadal"));
    let output =
        command.args(["analyze", image, "--duplicates", "--json"]).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Of each group: bytes, redundant bytes, paths.
type Groups = Vec<(u64, u64, Vec<String>)>;

fn groups(document: &Value) -> Groups {
    let paths = |one: &Value| {
        one["paths"].as_array().unwrap().iter().map(|path| path.as_str().unwrap().to_owned()).collect()
    };
    let all = document["duplicates"].as_array().unwrap();
    all.iter()
        .map(|one| (one["bytes"].as_u64().unwrap(), one["redundant_bytes"].as_u64().unwrap(), paths(one)))
        .collect()
}

/// What one layer does to a path.
#[derive(Clone, Debug)]
enum Act {
    Write { bytes: usize, letter: char },
    Link { to: &'static str },
    Remove,
}

const PATHS: [&str; 6] = ["/a", "/b", "/c", "/d", "/e", "/f"];

fn text(layers: &[BTreeMap<&'static str, Act>]) -> String {
    let line = |(path, act): (&&str, &Act)| match act {
        Act::Write { bytes, letter } => format!("f {path} {bytes}*{letter}"),
        Act::Link { to } => format!("h {path} {to}"),
        Act::Remove => format!("w {path}"),
    };
    layers
        .iter()
        .map(|layer| layer.iter().map(line).collect::<Vec<_>>().join("\n"))
        .collect::<Vec<_>>()
        .join("\n---\n")
}

/// The final tree by hand: each path with the number of its content and the content itself.
fn model(layers: &[BTreeMap<&'static str, Act>]) -> Groups {
    let mut tree: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    for layer in layers {
        for path in layer.iter().filter(|(_, act)| matches!(act, Act::Remove)).map(|(path, _)| *path) {
            tree.remove(path);
        }
        for (path, act) in layer {
            let number = tree.len() + layers.len() * 100 + tree.values().map(|one| one.0).max().unwrap_or(0);
            match act {
                Act::Write { bytes, letter } => {
                    tree.insert(path, (number + 1, letter.to_string().repeat(*bytes)));
                }
                Act::Link { to } => match tree.get(to).cloned() {
                    Some(target) => drop(tree.insert(path, target)),
                    None => drop(tree.remove(path)),
                },
                Act::Remove => {}
            }
        }
    }
    let mut alike: BTreeMap<String, BTreeMap<usize, Vec<&str>>> = BTreeMap::new();
    for (path, (number, content)) in &tree {
        alike.entry(content.clone()).or_default().entry(*number).or_default().push(path);
    }
    let group = |(content, contents): (String, BTreeMap<usize, Vec<&str>>)| {
        let mut paths: Vec<String> = contents.values().flatten().map(|path| (*path).to_owned()).collect();
        paths.sort();
        let bytes = content.len() as u64;
        (bytes, bytes * (contents.len() as u64 - 1), paths)
    };
    let several = alike.into_iter().filter(|(content, contents)| !content.is_empty() && contents.len() > 1);
    let mut groups: Groups = several.map(group).collect();
    groups.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.2.cmp(&b.2)));
    groups
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (prop::sample::select(vec![0, 1, 5, 700]), prop::sample::select(vec!['x', 'y'])).prop_map(|(bytes, letter)| Act::Write { bytes, letter }),
        1 => prop::sample::select(PATHS.to_vec()).prop_map(|to| Act::Link { to }),
        1 => Just(Act::Remove),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn what_is_equal_is_found(layers in prop::collection::vec(prop::collection::btree_map(prop::sample::select(PATHS.to_vec()), act(), 1..6), 1..4)) {
        // A link to nothing, or to itself, is another matter.
        let links = |layer: &BTreeMap<&'static str, Act>| layer.values().any(|act| matches!(act, Act::Link { .. }));
        let mut layers = layers;
        for layer in &mut layers {
            if links(layer) {
                let targets: Vec<&str> = layer.values().filter_map(|act| if let Act::Link { to } = act { Some(*to) } else { None }).collect();
                // So that each target is written in the same layer, before its links.
                layer.retain(|_, act| matches!(act, Act::Write { .. }));
                layer.insert(PATHS[0], Act::Write { bytes: 5, letter: 'x' });
                for (at, _) in targets.iter().enumerate() {
                    layer.insert(PATHS[at % 5 + 1], Act::Link { to: PATHS[0] });
                }
            }
        }
        let place = Place::new();
        let path = place.file("image.tar", &archive::docker_v12(&[&Image::new(&text(&layers))]).tar());
        prop_assert_eq!(groups(&analyze(&path)), model(&layers));
    }
}

const SHOP: &str = "f /a/lib/x 5000*x\nf /a/lib/y 3000*y\nf /a/z 3000*z\nf /gone 5000*x
    ---
    f /b/lib/x 5000*x\nf /b/lib/y 3000*y\nh /b/link /b/lib/x\nw /gone";

#[test]
fn every_compression_gives_the_same_answer() {
    let place = Place::new();
    let wanted = vec![
        (5000, 5000, vec!["/a/lib/x".to_owned(), "/b/lib/x".to_owned(), "/b/link".to_owned()]),
        (3000, 3000, vec!["/a/lib/y".to_owned(), "/b/lib/y".to_owned()]),
    ];
    for packing in PACKINGS {
        let image = Image::new(SHOP).packed(packing);
        let path = place.file("image.tar", &archive::oci(&[&image]).tar());
        let document = analyze(&path);
        assert_eq!(groups(&document), wanted, "{packing:?}");
        let twins: Vec<&Value> = document["advice"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["id"] == "duplicated-tree")
            .collect();
        assert_eq!(twins.len(), 1, "one mistake for the whole tree: {twins:#?}");
        assert_eq!((&twins[0]["bytes"], &twins[0]["proven"]), (&json!(8000), &json!(true)));
    }
}

#[test]
fn people_are_told_what_is_redundant() {
    let place = Place::new();
    let path = place.file("image.tar", &archive::oci(&[&Image::new(SHOP)]).tar());
    let mut command = Command::new(env!("CARGO_BIN_EXE_hadal"));
    let output = command.args(["analyze", &path, "--duplicates"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("equal contents, 8 kB more than once"), "{text}");
    assert!(text.contains("/a/lib/x\n           /b/lib/x"), "{text}");
    let plain =
        Command::new(env!("CARGO_BIN_EXE_hadal")).args(["analyze", &path, "--json"]).output().unwrap();
    let plain: Value = serde_json::from_slice(&plain.stdout).unwrap();
    assert_eq!(plain.get("duplicates"), None, "only where it was asked for");
}
