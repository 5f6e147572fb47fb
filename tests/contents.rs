//! Equal contents against a naive model, and files with privileges by the layer that brought them.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/archive.rs"]
mod archive;
#[path = "common/layers.rs"]
mod layers;

use std::collections::{BTreeMap, BTreeSet};

use archive::{Image, Packing};
use hadal::analysis::privileged::privileged;
use hadal::image::Digest;
use hadal::image::tree::{NoContents, Tree};
use hadal::jobs::{self, OpenRequest, Opened, Task, Wishes};
use layers::{Line, tar_of};
use proptest::prelude::*;
use tar::EntryType;

fn open(image: &Image) -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    std::fs::write(&path, archive::docker_v12(&[image]).tar()).unwrap();
    let request = OpenRequest { image: Some(path.display().to_string()), ..OpenRequest::default() };
    jobs::open_keeping(&request, &Task::new(), &mut |_| {}).unwrap()
}

/// What a layer does to one of a few paths.
#[derive(Clone, Debug)]
enum Step {
    Write { path: usize, letter: u8, size: usize },
    Link { path: usize, to: usize },
    Remove { path: usize },
}

const PATHS: usize = 8;

fn step() -> impl Strategy<Value = Step> {
    // Some contents are larger than what travels in parcels.
    let size = prop_oneof![8 => 0usize..4, 1 => Just(1_100_000usize)];
    prop_oneof![
        5 => (0..PATHS, b'a'..b'c', size).prop_map(|(path, letter, size)| Step::Write { path, letter, size }),
        2 => (0..PATHS, 0..PATHS).prop_map(|(path, to)| Step::Link { path, to }),
        1 => (0..PATHS).prop_map(|path| Step::Remove { path }),
    ]
}

/// SHA-256, bytes, copies, paths, redundant bytes.
type Group = (String, u64, usize, Vec<String>, u64);

/// The layers' archives, and the groups of equal contents that they leave.
fn play(image: &[Vec<Step>]) -> (Vec<Vec<u8>>, BTreeSet<Group>) {
    let mut contents: Vec<Vec<u8>> = Vec::new();
    let mut tree: BTreeMap<usize, usize> = BTreeMap::new();
    let mut tars = Vec::new();
    for steps in image {
        let (below, mut touched, mut lines) = (tree.clone(), BTreeSet::new(), Vec::new());
        for step in steps {
            // Once in a layer, so that every unpacker would agree on what is meant.
            let (Step::Write { path, .. } | Step::Link { path, .. } | Step::Remove { path }) = step;
            if !touched.insert(*path) {
                continue;
            }
            match step {
                Step::Write { letter, size, .. } => {
                    let mut line = Line::new(EntryType::Regular, format!("p{path}").as_bytes());
                    line.content = vec![*letter; *size];
                    tree.insert(*path, contents.len());
                    contents.push(line.content.clone());
                    lines.push(line);
                }
                Step::Link { to, .. } => {
                    let Some(content) = tree.get(to).copied().filter(|_| to != path) else { continue };
                    let mut line = Line::new(EntryType::Link, format!("p{path}").as_bytes());
                    line.link = format!("p{to}").into_bytes();
                    tree.insert(*path, content);
                    // What this layer links to must stay what it is.
                    touched.insert(*to);
                    lines.push(line);
                }
                Step::Remove { .. } if below.contains_key(path) => {
                    tree.remove(path);
                    lines.push(Line::new(EntryType::Regular, format!(".wh.p{path}").as_bytes()));
                }
                Step::Remove { .. } => {}
            }
        }
        tars.push(tar_of(&lines));
    }
    let mut equal: BTreeMap<&[u8], BTreeSet<usize>> = BTreeMap::new();
    for content in tree.values().filter(|content| !contents[**content].is_empty()) {
        equal.entry(&contents[*content]).or_default().insert(*content);
    }
    let group = |(bytes, copies): (&[u8], BTreeSet<usize>)| {
        let paths = tree.iter().filter(|(_, content)| copies.contains(content));
        let paths = paths.map(|(path, _)| format!("/p{path}")).collect();
        let length = bytes.len() as u64;
        let redundant = length * (copies.len() as u64 - 1);
        (Digest::of(bytes).hex().to_owned(), length, copies.len(), paths, redundant)
    };
    let groups = equal.into_iter().filter(|(_, copies)| copies.len() > 1).map(group).collect();
    (tars, groups)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn duplicates_are_those_of_the_model(
        image in prop::collection::vec(prop::collection::vec(step(), 0..10), 1..4),
        packing in prop::sample::select(vec![Packing::Plain, Packing::Gzip, Packing::Zstd]),
    ) {
        let (tars, expected) = play(&image);
        let opened = open(&Image::of(tars).packed(packing));
        let wishes = Wishes { duplicates: true, secrets: None };
        let found = jobs::inspect(&opened, wishes, &Task::new()).unwrap().0;
        prop_assert!(found.problems.is_empty());
        let found = found.duplicates.unwrap();
        let redundant: Vec<u64> = found.iter().map(|one| one.redundant_bytes).collect();
        prop_assert!(redundant.is_sorted_by(|a, b| a >= b));
        let path = |node: &hadal::image::tree::NodeId| String::from_utf8(opened.image.tree.path(*node)).unwrap();
        let told: BTreeSet<Group> = found
            .iter()
            .map(|one| {
                let paths = one.paths.iter().map(path).collect();
                (one.sha256.clone(), one.bytes, one.contents.len(), paths, one.redundant_bytes)
            })
            .collect();
        prop_assert_eq!(told, expected);
    }
}

/// Path, layer, kinds, mode of each privileged file.
fn told(tree: &Tree) -> Vec<(String, usize, String, u16)> {
    privileged(tree)
        .into_iter()
        .map(|one| {
            let kinds = one.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" ");
            (String::from_utf8(tree.path(one.node)).unwrap(), one.layer, kinds, one.mode)
        })
        .collect()
}

#[test]
fn privileged_files_are_known_by_the_layer_that_brought_them() {
    let image = Image::new(
        "d /tmp 1777
        d /open 777
        f /bin/su 10 4755
        f /bin/old 10 4755
        f /bin/later 10 755
        f /bin/gone 10 6755
        l /bin/link su
        c /dev/null 1:3 666
        d /srv 2775
        p /fifo 666
        ---
        f /bin/su 10 4755 1000:1000
        f /bin/old 11*b 4755
        f /bin/later 10 6755
        f /open/x 1
        w /bin/gone
        ---
        f /bin/later 10 2755
        h /bin/also /bin/su
        f /bin/su2 1 666",
    );
    let expected = [
        ("/bin/su", 0, "setuid", 0o4755),
        ("/fifo", 0, "world-writable", 0o666),
        ("/open", 0, "world-writable", 0o777),
        // Other contents are another program; a later chown of the same ones is not.
        ("/bin/later", 1, "setgid", 0o2755),
        ("/bin/old", 1, "setuid", 0o4755),
        ("/bin/su2", 2, "world-writable", 0o666),
    ];
    let opened = open(&image);
    let found = told(&opened.image.tree);
    let found: Vec<_> = found.iter().filter(|one| one.0 != "/bin/also").collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(path, layer, kinds, mode)| ((*path).to_owned(), *layer, (*kinds).to_owned(), *mode))
        .collect();
    assert_eq!(found, expected.iter().collect::<Vec<_>>());
}

#[test]
fn capabilities_come_from_extended_attributes() {
    let ping = |prefix: &str, name: &str| {
        let key = format!("{prefix}.xattr.{name}");
        let records = layers::pax(&[(&key, b"\x01\0\0\x02\0\x20\n\0\0\0\0\0\0\0\0\0\0\0\0\0")]);
        [records, layers::entry(&Line::new(EntryType::Regular, b"bin/ping"))].concat()
    };
    for (prefix, name, kinds) in [
        ("SCHILY", "security.capability", "capability"),
        ("LIBARCHIVE", "security.capability", "capability"),
        ("SCHILY", "user.capability", ""),
    ] {
        let opened = open(&Image::of(vec![layers::raw(&[ping(prefix, name)])]));
        let found: Vec<String> = told(&opened.image.tree).into_iter().map(|one| one.2).collect();
        assert_eq!(found, Vec::from_iter((!kinds.is_empty()).then(|| kinds.to_owned())), "{prefix} {name}");
    }
    let mut bare = hadal::image::tree::Builder::new();
    assert!(
        privileged(&{
            bare.apply(Vec::new(), &mut NoContents);
            bare.finish()
        })
        .is_empty()
    );
}
