//! Generated images: the tree against a naive model, and against what umoci unpacks.
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

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::process::Command;

use common::archive::{self, Packing};
use common::layers::{self, Line};
use hadal::analysis::{self, Totals, View};
use hadal::image::Image;
use hadal::image::changeset::Kind;
use hadal::jobs::{self, OpenRequest, Task};
use proptest::prelude::*;
use tar::EntryType;

/// Names are few, so that layers meet.
const NAMES: [&str; 5] = ["a", "b", "c", "d", "é-ü"];

/// One thing a build step may do; made legal against the state of then.
#[derive(Clone, Debug)]
enum Step {
    Write { path: Vec<usize>, size: usize, letter: u8, mode: usize },
    Directory { path: Vec<usize>, mode: usize },
    Symlink { path: Vec<usize>, target: usize },
    Hardlink { path: Vec<usize>, which: usize },
    Fifo { path: Vec<usize> },
    Remove { which: usize },
    Opaque { which: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let path = || prop::collection::vec(0..NAMES.len(), 1..4);
    prop_oneof![
        6 => (path(), 0usize..6, 0u8..2, 0usize..2).prop_map(|(path, size, letter, mode)| Step::Write {
            path, size, letter, mode
        }),
        2 => (path(), 0usize..2).prop_map(|(path, mode)| Step::Directory { path, mode }),
        1 => (path(), 0..NAMES.len()).prop_map(|(path, target)| Step::Symlink { path, target }),
        3 => (path(), any::<usize>()).prop_map(|(path, which)| Step::Hardlink { path, which }),
        1 => path().prop_map(|path| Step::Fifo { path }),
        3 => any::<usize>().prop_map(|which| Step::Remove { which }),
        1 => any::<usize>().prop_map(|which| Step::Opaque { which }),
    ]
}

fn image() -> impl Strategy<Value = Vec<Vec<Step>>> {
    prop::collection::vec(prop::collection::vec(step(), 0..14), 1..6)
}

/// A content, as the model keeps it.
#[derive(Clone, Debug, PartialEq)]
struct Inode {
    path: String,
    layer: usize,
    bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Content { inode: usize, mode: u32, owner: u64, link: bool },
    Directory { mode: u32, owner: u64 },
    Symlink(String),
    Fifo,
}

/// Paths without the leading slash → what is there.
type State = BTreeMap<String, Node>;

/// What the model expects.
#[derive(Debug, Default)]
struct Model {
    inodes: Vec<Inode>,
    /// After each layer.
    states: Vec<State>,
    /// Of each layer: added, modified, removed.
    counts: Vec<(u64, u64, u64)>,
    /// inode → layer that hid it and the causes that can be given for it.
    hidden: HashMap<usize, (usize, BTreeSet<&'static str>)>,
    /// Paths with an entry in each layer.
    explicit: Vec<BTreeSet<String>>,
    /// The layers' entries, legal for every unpacker.
    tars: Vec<Vec<Line>>,
}

fn below(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}

fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

fn inode_of(node: &Node) -> Option<usize> {
    if let Node::Content { inode, .. } = node { Some(*inode) } else { None }
}

impl Model {
    /// Plays the steps of one layer: chooses what is legal, writes the tar, and merges it as the rules say.
    fn layer(&mut self, steps: &[Step], markers_last: bool) {
        let lower = self.states.last().cloned().unwrap_or_default();
        let (mut markers, mut entries): (Vec<Line>, Vec<Line>) = Default::default();
        // Legal: every path once, whiteouts for what exists below, hard links to what exists by then.
        let mut removed: BTreeSet<String> = BTreeSet::new();
        let mut opaque: BTreeSet<String> = BTreeSet::new();
        for step in steps {
            let gone = |path: &str| {
                removed.iter().any(|gone| gone == path || below(path, gone))
                    || opaque.iter().any(|dir| below(path, dir))
            };
            let alive: Vec<&String> = lower.keys().filter(|path| !gone(path)).collect();
            match step {
                Step::Remove { which } if !alive.is_empty() => {
                    let path = alive[which % alive.len()].clone();
                    markers.push(marker(&path));
                    removed.insert(path);
                }
                Step::Opaque { which } => {
                    let is_dir = |path: &&&String| matches!(lower[path.as_str()], Node::Directory { .. });
                    let dirs: Vec<&&String> = alive.iter().filter(is_dir).collect();
                    if !dirs.is_empty() {
                        let path = dirs[which % dirs.len()].to_string();
                        markers.push(marker(&format!("{path}/.wh..opq")));
                        opaque.insert(path);
                    }
                }
                _ => {}
            }
        }
        // The state after the markers, with why each inode went, if it was the last of its names.
        let mut state: State = lower.clone();
        let mut why: HashMap<usize, BTreeSet<&'static str>> = HashMap::new();
        let mut explicit: BTreeSet<String> = BTreeSet::new();
        for (path, node) in &lower {
            let by_name = removed.iter().any(|gone| gone == path || below(path, gone));
            let by_opaque = opaque.iter().any(|dir| below(path, dir));
            if by_name || by_opaque {
                state.remove(path);
                if let Some(inode) = inode_of(node) {
                    why.entry(inode).or_default().insert(if by_name { "removed" } else { "opaque" });
                }
            }
        }
        let mut here: BTreeSet<String> = BTreeSet::new();
        for step in steps {
            let Some(line) = self.entry(step, &state, &here) else { continue };
            let path = String::from_utf8(line.name.clone()).unwrap();
            here.insert(path.clone());
            explicit.insert(path.clone());
            for parent in parents(&path).map(str::to_owned).collect::<Vec<_>>() {
                state.entry(parent).or_insert(Node::Directory { mode: 0o755, owner: 0 });
            }
            self.place(&line, &path, &mut state, &mut why);
            entries.push(line);
        }
        self.judge(&lower, &state, &explicit, &why);
        self.states.push(state);
        self.explicit.push(explicit);
        // Where the markers stand does not matter to the rules; umoci wants them first.
        let tar = if markers_last { [entries, markers].concat() } else { [markers, entries].concat() };
        self.tars.push(tar);
    }

    /// The entry for a step, if it can be made.
    fn entry(&self, step: &Step, state: &State, here: &BTreeSet<String>) -> Option<Line> {
        let path = match step {
            Step::Write { path, .. }
            | Step::Directory { path, .. }
            | Step::Symlink { path, .. }
            | Step::Hardlink { path, .. }
            | Step::Fifo { path } => path.iter().map(|at| NAMES[*at]).collect::<Vec<_>>().join("/"),
            Step::Remove { .. } | Step::Opaque { .. } => return None,
        };
        // Parents are directories or not there; a path is written once, and nothing of this layer replaced.
        let parents_fit =
            parents(&path).all(|parent| matches!(state.get(parent), None | Some(Node::Directory { .. })));
        let tramples = here.iter().any(|own| own == &path || below(own, &path));
        if !parents_fit || tramples {
            return None;
        }
        let modes = [0o644, 0o4755];
        let mut line = Line::new(EntryType::Regular, path.as_bytes());
        match step {
            Step::Write { size, letter, mode, .. } => {
                line.content = vec![b'a' + letter; *size];
                (line.mode, line.uid) = (modes[*mode], *mode as u64 * 7);
            }
            Step::Directory { mode, .. } => {
                (line.kind, line.mode) = (EntryType::Directory, [0o755, 0o1777][*mode]);
            }
            Step::Symlink { target, .. } => {
                (line.kind, line.link) = (EntryType::Symlink, format!("nowhere/{}", NAMES[*target]).into());
                line.mode = 0o777;
            }
            Step::Fifo { .. } => line.kind = EntryType::Fifo,
            Step::Hardlink { which, .. } => {
                let targets: Vec<(&String, u32, u64)> = state
                    .iter()
                    .filter(|(target, _)| **target != path && !below(target, &path))
                    .filter_map(|(target, node)| match node {
                        Node::Content { mode, owner, .. } => Some((target, *mode, *owner)),
                        _ => None,
                    })
                    .collect();
                let (target, mode, owner) = targets.get(which % targets.len().max(1))?;
                line.kind = EntryType::Link;
                line.link = target.as_bytes().to_vec();
                // As a real writer would: the attributes are the inode's.
                (line.mode, line.uid) = (*mode, *owner);
            }
            Step::Remove { .. } | Step::Opaque { .. } => return None,
        }
        Some(line)
    }

    fn place(
        &mut self,
        line: &Line,
        path: &str,
        state: &mut State,
        why: &mut HashMap<usize, BTreeSet<&'static str>>,
    ) {
        let node = match line.kind {
            EntryType::Regular => {
                let layer = self.states.len();
                self.inodes.push(Inode { path: path.to_owned(), layer, bytes: line.content.clone() });
                let inode = self.inodes.len() - 1;
                Node::Content { inode, mode: line.mode, owner: line.uid, link: false }
            }
            EntryType::Directory => Node::Directory { mode: line.mode, owner: line.uid },
            EntryType::Symlink => Node::Symlink(String::from_utf8(line.link.clone()).unwrap()),
            EntryType::Fifo => Node::Fifo,
            _ => {
                let inode = inode_of(&state[std::str::from_utf8(&line.link).unwrap()]).unwrap();
                Node::Content { inode, mode: line.mode, owner: line.uid, link: true }
            }
        };
        let keeps_children = matches!(node, Node::Directory { .. });
        let gone: Vec<String> =
            state.keys().filter(|other| !keeps_children && below(other, path)).cloned().collect();
        for other in gone {
            if let Some(inode) = state.remove(&other).as_ref().and_then(inode_of) {
                why.entry(inode).or_default().insert("type-replaced");
            }
        }
        if let Some(inode) = state.insert(path.to_owned(), node).as_ref().and_then(inode_of) {
            let cause =
                if matches!(state[path], Node::Content { .. }) { "overwritten" } else { "type-replaced" };
            why.entry(inode).or_default().insert(cause);
        }
    }

    /// Compares the states before and after the layer.
    fn judge(
        &mut self,
        lower: &State,
        state: &State,
        explicit: &BTreeSet<String>,
        why: &HashMap<usize, BTreeSet<&'static str>>,
    ) {
        let layer = self.states.len();
        let mut counts = (0, 0, 0);
        for path in explicit {
            match change(&self.inodes, lower.get(path), state.get(path), true) {
                "added" => counts.0 += 1,
                "modified" | "metadata" => counts.1 += 1,
                _ => {}
            }
        }
        for path in lower.keys().filter(|path| !state.contains_key(*path)) {
            let parent = path.rsplit_once('/').map(|(parent, _)| parent);
            let stays = parent.is_none_or(|parent| matches!(state.get(parent), Some(Node::Directory { .. })));
            counts.2 += u64::from(stays);
        }
        self.counts.push(counts);
        let alive = |state: &State| state.values().filter_map(inode_of).collect::<BTreeSet<_>>();
        for inode in alive(lower).difference(&alive(state)) {
            let mut causes = why.get(inode).cloned().unwrap_or_default();
            for (path, before) in lower.iter().filter(|(_, node)| inode_of(node) == Some(*inode)) {
                match (change(&self.inodes, Some(before), state.get(path), true), state.get(path)) {
                    ("metadata", _) => drop(causes.insert("metadata-only")),
                    (_, Some(Node::Content { .. })) => drop(causes.insert("overwritten")),
                    (_, Some(_)) => drop(causes.insert("type-replaced")),
                    _ => {}
                }
                // Made again by the removing layer: that is what counts.
                if lower.values().filter(|node| inode_of(node) == Some(*inode)).count() == 1
                    && state.contains_key(path)
                {
                    let made = causes.clone();
                    causes.retain(|cause| !matches!(*cause, "removed" | "opaque"));
                    if made.contains("metadata-only") {
                        causes.remove("overwritten");
                    }
                }
            }
            self.hidden.insert(*inode, (layer, causes));
        }
    }
}

fn marker(path: &str) -> Line {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = if name == ".wh..opq" { ".wh..wh..opq".to_owned() } else { format!(".wh.{name}") };
    Line::new(EntryType::Regular, format!("{dir}/{name}").trim_start_matches('/').as_bytes())
}

/// What a layer did to a path; `explicit`: it has an entry for it.
fn change(inodes: &[Inode], before: Option<&Node>, after: Option<&Node>, explicit: bool) -> &'static str {
    let same = |equal: bool| if equal { "metadata" } else { "modified" };
    match (before, after) {
        (None, None) => "-",
        (None, Some(_)) => "added",
        (Some(_), None) => "removed",
        (Some(Node::Directory { mode: a, owner: b }), Some(Node::Directory { mode: c, owner: d })) => {
            if (a, b) == (c, d) { "unmodified" } else { "metadata" }
        }
        (Some(before), Some(after)) if !explicit && before == after => "unmodified",
        (Some(Node::Content { inode: a, .. }), Some(Node::Content { inode: b, .. })) => {
            same(inodes[*a].bytes == inodes[*b].bytes)
        }
        (Some(Node::Symlink(a)), Some(Node::Symlink(b))) => same(a == b),
        (Some(Node::Fifo), Some(Node::Fifo)) => "metadata",
        _ => "modified",
    }
}

fn model(steps: &[Vec<Step>], markers_last: bool) -> Model {
    let mut model = Model::default();
    steps.iter().for_each(|steps| model.layer(steps, markers_last));
    model
}

fn open(tar: &[u8]) -> Image {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), tar).unwrap();
    let image = Some(file.path().to_str().unwrap().to_owned());
    jobs::open(&OpenRequest { image, ..OpenRequest::default() }, &Task::new(), &mut |_| {}).unwrap()
}

fn made(model: &Model, packing: Packing) -> archive::Image {
    archive::Image::of(model.tars.iter().map(|lines| layers::tar_of(lines)).collect()).packed(packing)
}

/// One line per path of the file system after `layer`, as the program sees it.
fn seen(image: &Image, layer: usize) -> Vec<String> {
    let mut lines = Vec::new();
    View::Layer(layer).walk(&image.tree, false, &mut |node, look| {
        let version = look.version;
        let path = String::from_utf8(image.tree.path(node)).unwrap();
        let attributes = version.attributes();
        let owner = format!("{:o} {}", attributes.mode, attributes.uid);
        let target = || String::from_utf8_lossy(version.link_target().unwrap()).into_owned();
        let what = match version.kind() {
            Kind::Directory => format!("directory {owner}"),
            Kind::Symlink => format!("symlink {}", target()),
            Kind::File => format!("file {owner} {:?}", version.content().map(|at| (at.layer, at.bytes))),
            Kind::Hardlink => {
                format!("hardlink {owner} {:?}", version.content().map(|at| (at.layer, at.bytes)))
            }
            _ => "fifo".to_owned(),
        };
        lines.push(format!("{path} {what} {}", look.change.name()));
    });
    lines
}

/// The same by the model.
fn expected(model: &Model, layer: usize) -> Vec<String> {
    let none = State::new();
    let before = if layer == 0 { &none } else { &model.states[layer - 1] };
    let mut lines: Vec<(String, String)> = Vec::new();
    for (path, node) in &model.states[layer] {
        let what = match node {
            Node::Directory { mode, owner } => format!("directory {mode:o} {owner}"),
            Node::Symlink(target) => format!("symlink {target}"),
            Node::Fifo => "fifo".to_owned(),
            Node::Content { inode, mode, owner, link } => {
                let kind = if *link { "hardlink" } else { "file" };
                let inode = &model.inodes[*inode];
                format!("{kind} {mode:o} {owner} {:?}", Some((inode.layer, inode.bytes.len() as u64)))
            }
        };
        let explicit = model.explicit[layer].contains(path);
        let change = change(&model.inodes, before.get(path), Some(node), explicit);
        lines.push((format!("/{path}"), format!("/{path} {what} {change}")));
    }
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

fn agrees(model: &Model, image: &Image) -> Result<(), TestCaseError> {
    for layer in 0..model.states.len() {
        prop_assert_eq!(seen(image, layer), expected(model, layer), "layer {}", layer);
        let totals = image.layers[layer].totals;
        let counts = (totals.added, totals.modified, totals.removed);
        prop_assert_eq!(counts, model.counts[layer], "counts of layer {}", layer);
        let stored = |inode: &&Inode| inode.layer == layer;
        let bytes: usize = model.inodes.iter().filter(stored).map(|inode| inode.bytes.len()).sum();
        prop_assert_eq!(totals.bytes, bytes as u64, "bytes of layer {}", layer);
    }
    let mut waste: Vec<(String, u64, usize, usize)> = Vec::new();
    for (inode, (by, _)) in &model.hidden {
        let inode = &model.inodes[*inode];
        if !inode.bytes.is_empty() {
            waste.push((format!("/{}", inode.path), inode.bytes.len() as u64, inode.layer, *by));
        }
    }
    waste.sort();
    let mut have = Vec::new();
    for hidden in analysis::waste(&image.tree) {
        let path = String::from_utf8(image.tree.path(hidden.node)).unwrap();
        let find = |inode: &Inode| inode.layer == hidden.layer && format!("/{}", inode.path) == path;
        let inode = model.inodes.iter().position(find).unwrap();
        let causes = model.hidden.get(&inode).map(|(_, causes)| causes.clone()).unwrap_or_default();
        prop_assert!(
            causes.contains(hidden.cause.name()),
            "{path} of layer {}: {} not in {causes:?}",
            hidden.layer,
            hidden.cause.name()
        );
        have.push((path, hidden.bytes, hidden.layer, hidden.hidden_by));
    }
    have.sort();
    prop_assert_eq!(have, waste);
    let totals = Totals::of(image);
    let last = model.states.last().unwrap();
    let visible: BTreeSet<usize> = last.values().filter_map(inode_of).collect();
    let visible: usize = visible.iter().map(|inode| model.inodes[*inode].bytes.len()).sum();
    prop_assert_eq!(totals.visible_bytes, visible as u64);
    let root = image.tree.in_final(image.tree.root()).unwrap().bytes();
    prop_assert_eq!(root, totals.visible_bytes);
    blames(model, image)
}

/// The history of each path is the list of layers whose own view shows a change.
fn blames(model: &Model, image: &Image) -> Result<(), TestCaseError> {
    let paths: BTreeSet<&String> = model.states.iter().flat_map(BTreeMap::keys).collect();
    for path in paths {
        let mut wanted = Vec::new();
        for layer in 0..model.states.len() {
            let before = layer.checked_sub(1).and_then(|below| model.states[below].get(path));
            let explicit = model.explicit[layer].contains(path);
            match change(&model.inodes, before, model.states[layer].get(path), explicit) {
                "-" | "unmodified" => {}
                change => wanted.push((layer, change)),
            }
        }
        let versions = analysis::blame(&image.tree, path.as_bytes()).unwrap_or_default();
        let have: Vec<(usize, &str)> =
            versions.iter().map(|version| (version.layer(), version.change().name())).collect();
        prop_assert_eq!(have, wanted, "blame of {}", path);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tree_agrees_with_a_naive_model(steps in image(), markers_last in any::<bool>(), packed in any::<bool>()) {
        let model = model(&steps, markers_last);
        let packing = if packed { Packing::Gzip } else { Packing::Plain };
        let image = open(&archive::oci(&[&made(&model, packing)]).tar());
        agrees(&model, &image)?;
    }
}

/// What is on disk, in the words of `seen`: kind, mode, owner, target; and the bytes of all inodes.
fn on_disk(root: &std::path::Path) -> (Vec<String>, u64) {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
    let (mut lines, mut inodes) = (Vec::new(), HashMap::new());
    let mut stack = vec![root.to_owned()];
    while let Some(dir) = stack.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let kind = metadata.file_type();
            let owner = format!("{:o} {}", metadata.mode() & 0o7777, metadata.uid());
            let what = if kind.is_dir() {
                stack.push(path.clone());
                format!("directory {owner}")
            } else if kind.is_symlink() {
                format!("symlink {}", std::fs::read_link(&path).unwrap().display())
            } else if kind.is_fifo() {
                "fifo".to_owned()
            } else {
                inodes.insert(metadata.ino(), metadata.len());
                format!("content {owner} {}", metadata.len())
            };
            lines.push(format!("/{} {what}", path.strip_prefix(root).unwrap().display()));
        }
    }
    lines.sort();
    (lines, inodes.values().sum())
}

/// The final tree in the same words.
fn in_tree(image: &Image) -> Vec<String> {
    let mut lines = Vec::new();
    View::Final.walk(&image.tree, false, &mut |node, look| {
        let version = look.version;
        let path = String::from_utf8(image.tree.path(node)).unwrap();
        let owner = format!("{:o} {}", version.attributes().mode, version.attributes().uid);
        let what = match version.kind() {
            Kind::Directory => format!("directory {owner}"),
            Kind::Symlink => format!("symlink {}", String::from_utf8_lossy(version.link_target().unwrap())),
            Kind::File | Kind::Hardlink => format!("content {owner} {}", version.content().unwrap().bytes),
            _ => "fifo".to_owned(),
        };
        lines.push(format!("{path} {what}"));
    });
    lines.sort();
    lines
}

/// Whether umoci can be compared with; loud where not.
fn have_umoci() -> bool {
    let required = std::env::var_os("HADAL_REQUIRE_ENGINE").is_some_and(|value| value == "1");
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    let have = root && Command::new("umoci").arg("--version").output().is_ok();
    assert!(have || !required, "umoci (as root) is required but not there");
    if !have {
        eprintln!("skipped: no umoci, or not root");
    }
    have
}

/// Lines about each path, and the bytes of all contents.
type Files = (Vec<String>, u64);

/// What umoci makes of an image, and what the program does.
fn both(made: &archive::Image) -> Result<(Files, Files), String> {
    let folder = tempfile::tempdir().unwrap();
    let layout = folder.path().join("layout");
    archive::oci_folder(made, &layout);
    let bundle = folder.path().join("rootfs");
    let mut umoci = Command::new("umoci");
    umoci.args(["raw", "unpack", "--image"]).arg(format!("{}:t", layout.display())).arg(&bundle);
    let output = umoci.output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let request = OpenRequest { image: layout.to_str().map(str::to_owned), ..OpenRequest::default() };
    let image = jobs::open(&request, &Task::new(), &mut |_| {}).unwrap();
    Ok((on_disk(&bundle), (in_tree(&image), Totals::of(&image).visible_bytes)))
}

/// Rules that generated images do not reach, since other unpackers refuse them or differ.
#[test]
fn umoci_agrees_on_odd_layers() {
    if !have_umoci() {
        return;
    }
    for text in [
        "d /d\nl /s d\n---\nf /s/new 5",
        "d /d\nl /s /d\n---\nf /s/new 5",
        "l /s ../../../e\n---\nf /s/n 5",
        "l /s nowhere/deep\n---\nf /s/n 5",
        "d /d\nf /d/x 5\nl /s d\n---\nw /s/x",
        "d /d\nf /d/x 5\nl /s d\n---\no /s\nf /s/y 1",
        "d /t\nf /t/x 10\nl /d t\n---\nd /d\no /d\nf /d/y 1",
        "f /d 10\n---\nd /d\no /d\nf /d/y 1",
        "l /a b\nd /b\nf /b/x 4\n---\nd /a\nf /a/x 2",
        "d /d\nf /d/a 10\nl /e d\nh /b /e/a",
        "l /a x\nh /b /a",
        "d /a\nf /a/x 10\nd /b\n---\nl /a b\nf /a/z 3",
        "d /d\nf /d/x 1\nf /d/y 1\n---\nw /d\nf /d/z 1",
        "d /d\nf /d/x 1\n---\nf /d/z 1\nw /d",
        "f /a 1\nd /d\nf /d/x 1\n---\no /\nf /b 1",
        "f /a 1\n---\nf /a 2\nw /a",
        "d /a\nf /a/x 1\n---\nf /a 1\nd /a\nf /a/y 1",
        "f /a 1\nd /a\nf /a/x 1",
        "d /d\nl /s d\n---\nw /s\nf /s/n 1",
        "d /d\nd /d/e\nf /d/e/x 1\n---\nf /d/e/z 1\no /d",
        "d /d\nf /d/x 1\n---\no /d\nw /d/x\nf /d/x 2",
        "f /a/b/c 1\n---\nw /a/b\n---\nf /a/b/d 1",
    ] {
        let (umoci, hadal) = both(&archive::Image::new(text).packed(Packing::Gzip)).unwrap();
        assert_eq!(hadal, umoci, "{text}");
    }
}

#[test]
fn umoci_unpacks_the_same() {
    if !have_umoci() {
        return;
    }
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 25,
        failure_persistence: None,
        max_shrink_iters: 100,
        ..ProptestConfig::default()
    });
    let outcome = runner.run(&image(), |steps| {
        let model = model(&steps, false);
        let (umoci, hadal) = both(&made(&model, Packing::Gzip)).map_err(TestCaseError::fail)?;
        prop_assert_eq!(hadal, umoci);
        Ok(())
    });
    assert!(outcome.is_ok(), "{outcome:?}");
}
