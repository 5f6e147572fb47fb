//! What usually is a mistake: nothing here promises a saving.

use rustc_hash::FxHashSet;

use super::{Finding, Group, JunkMap, Kind};
use crate::image::tree::NodeId;
use crate::image::{Image, Step};

/// Programs that build others; one of a group is enough to say so.
const TOOLS: [&str; 14] = [
    "/usr/bin/gcc",
    "/usr/bin/g++",
    "/usr/bin/clang",
    "/usr/bin/make",
    "/usr/bin/cmake",
    "/usr/bin/ninja",
    "/usr/bin/cargo",
    "/usr/bin/rustc",
    "/usr/local/cargo/bin/rustc",
    "/usr/local/go/bin/go",
    "/usr/bin/go",
    "/usr/bin/javac",
    "/opt/java/openjdk/bin/javac",
    "/usr/bin/mvn",
];
/// What base images that are made for building bring, and slim ones do not.
const FULL: [&str; 8] = [
    "/usr/bin/hg",
    "/usr/bin/svn",
    "/usr/bin/bzr",
    "/usr/bin/autoconf",
    "/usr/bin/mysql_config",
    "/usr/bin/mariadb_config",
    "/usr/include/curl/curl.h",
    "/usr/include/x86_64-linux-gnu/curl/curl.h",
];
/// Commands that install what a project needs; the second word must be there, too.
const INSTALLS: [(&str, &[&str]); 16] = [
    ("npm", &["ci", "install", "i"]),
    ("yarn", &["install"]),
    ("pnpm", &["install", "i"]),
    ("pip", &["install"]),
    ("pip3", &["install"]),
    ("poetry", &["install"]),
    ("uv", &["sync", "pip"]),
    ("bundle", &["install"]),
    ("composer", &["install"]),
    ("go", &["mod"]),
    ("cargo", &["fetch", "build", "install"]),
    ("dotnet", &["restore"]),
    ("apt-get", &["install", "update"]),
    ("apt", &["install", "update"]),
    ("apk", &["add"]),
    ("dnf", &["install"]),
];

pub(super) fn findings(image: &Image, junk: &JunkMap<'_>) -> Vec<Finding> {
    let all = [build_tools(image), full_base(image), step_order(image)];
    all.into_iter().flatten().chain(copied(image, junk)).collect()
}

/// Those of the paths that the final tree shows.
fn present(image: &Image, paths: &[&str]) -> Vec<NodeId> {
    let visible = |node: &NodeId| image.tree.in_final(*node).is_some();
    paths.iter().filter_map(|path| image.tree.find(path.as_bytes())).filter(visible).collect()
}

fn build_tools(image: &Image) -> Option<Finding> {
    let config = &image.head.config;
    let runs = |node: &NodeId| {
        let name = String::from_utf8_lossy(image.tree.name(*node)).into_owned();
        let words = config.entrypoint.iter().chain(&config.cmd).flat_map(|word| word.split([' ', '/']));
        words.into_iter().any(|word| word == name)
    };
    let tools = present(image, &TOOLS);
    // An image that exists to build has them on purpose.
    if tools.iter().any(runs) {
        return None;
    }
    (!tools.is_empty()).then(|| Finding::hint(image, Kind::BuildTools, None, None, &tools))
}

fn full_base(image: &Image) -> Option<Finding> {
    let base = image.head.base.as_ref()?;
    let mut marks = present(image, &FULL);
    marks.retain(|node| image.tree.written(*node, image.layers.len().saturating_sub(1)) < base.layers);
    (marks.len() > 1).then(|| Finding::hint(image, Kind::FullBase, None, None, &marks))
}

/// A step that copies everything, and above it one that installs what rarely changes.
fn step_order(image: &Image) -> Option<Finding> {
    let above = image.head.base.as_ref().map_or(0, |base| base.steps);
    let steps = image.head.history.iter().skip(above);
    let mut copied = None;
    for step in steps {
        match (step.verb(), step.layer, copied) {
            ("COPY" | "ADD", Some(layer), None) if copies_everything(step) => copied = Some(layer),
            ("RUN", Some(layer), Some(copy)) if installs(&step.instruction()) => {
                let mut finding = Finding::hint(image, Kind::StepOrder, None, Some(copy), &[]);
                finding.layers = vec![copy, layer];
                return Some(finding);
            }
            _ => {}
        }
    }
    None
}

/// `COPY . …`, or a whole directory as older builders record it. Never the root file system of a base image.
fn copies_everything(step: &Step) -> bool {
    let text = step.instruction();
    let mut words = text.split_whitespace().skip(1).filter(|word| !word.starts_with("--"));
    let source = words.next().unwrap_or_default();
    let target = text.split_whitespace().last().unwrap_or_default();
    (matches!(source, "." | "./" | "./." | "*") || source.starts_with("dir:")) && target != "/"
}

fn installs(text: &str) -> bool {
    let mut words =
        text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')')).peekable();
    while let Some(word) = words.next() {
        let name = word.rsplit('/').next().unwrap_or_default();
        let Some((_, verbs)) = INSTALLS.iter().find(|(command, _)| *command == name) else { continue };
        let mut next =
            words.clone().take_while(|word| !word.is_empty()).filter(|word| !word.starts_with('-'));
        if next.next().is_some_and(|verb| verbs.contains(&verb)) {
            return true;
        }
    }
    false
}

/// A repository's history, and dependencies that came with the sources instead of being installed.
fn copied(image: &Image, junk: &JunkMap<'_>) -> Option<Finding> {
    let tree = &image.tree;
    let last = image.layers.len().checked_sub(1)?;
    let from_context = |node: NodeId| {
        let step = image.step(tree.written(node, last));
        tree.in_final(node).is_some() && step.is_some_and(|step| matches!(step.verb(), "COPY" | "ADD"))
    };
    let vcs = |node: &NodeId| junk.junk(tree, *node).is_some_and(|junk| junk.group == Group::Vcs);
    let mut places: Vec<NodeId> = junk.places().filter(vcs).filter(|node| from_context(*node)).collect();
    places.extend(tree.all().filter(|node| {
        tree.name(*node) == b"node_modules" && from_context(*node) && beside_its_project(image, *node)
    }));
    places.sort_unstable_by_key(|node| tree.path(*node));
    // What lies in one of them goes with it.
    let all: FxHashSet<NodeId> = places.iter().copied().collect();
    places.retain(|node| {
        let mut above = std::iter::successors(tree.parent(*node), |node| tree.parent(*node));
        !above.any(|node| all.contains(&node))
    });
    (!places.is_empty()).then(|| Finding::hint(image, Kind::CopiedExtras, None, None, &places))
}

/// Whether the layer that brought these dependencies also brought the project that names them: then both were copied, not
/// one installed for the other.
fn beside_its_project(image: &Image, node: NodeId) -> bool {
    let last = image.layers.len().saturating_sub(1);
    let project = image.tree.parent(node).and_then(|folder| image.tree.child(folder, b"package.json"));
    project.is_some_and(|project| {
        image.tree.in_final(project).is_some()
            && image.tree.written(project, last) == image.tree.written(node, last)
    })
}
