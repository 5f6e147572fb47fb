//! Whether an image can start, from its own files: archives and layouts too, without any engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::layers::history;
use crate::diagnosis::facts::{ConfigFacts, EngineFacts, Facts, ImageFacts, MountFact};
use crate::diagnosis::files::{HEAD, Layers, Look, Node, WHOLE};
use crate::diagnosis::{self, Knowledge, Preflight, Want, elf};
use crate::image::Image;
use crate::image::changeset::Kind;
use crate::image::tree::{Stored, Version};
use crate::jobs::engine_image::EngineImage;
use crate::jobs::open::{OpenError, OpenEvent, OpenRequest};
use crate::jobs::place::Place;
use crate::jobs::source::{Contents, Source};
use crate::source::{Task, Wanted, excerpts};

/// Questions about files, each answered before the next is asked.
const ROUNDS: usize = 40;

/// How it would be run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub user: Option<String>,
    pub workdir: Option<String>,
    /// Takes the place of the image's entrypoint, and its command goes with that.
    pub entrypoint: Option<Vec<String>>,
    /// Takes the place of the image's command.
    pub command: Option<Vec<String>>,
    /// `KEY=value`.
    pub env: Vec<String>,
    pub mounts: Vec<PlannedMount>,
}

/// Something that would lie over the image's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedMount {
    /// `bind`, `volume`, `tmpfs`.
    pub kind: String,
    /// A path of this machine, or the name of a volume.
    pub source: String,
    pub destination: String,
    pub options: String,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Preflighted {
    pub facts: Facts,
    pub verdict: Preflight,
}

/// Examines an image. Blocking; cancelling through `task` makes it fail soon. An engine's image is kept on disk, in a file
/// without a name, for as long as this takes.
pub fn preflight(
    request: &OpenRequest,
    settings: &Settings,
    task: &Task,
    on: &mut dyn FnMut(OpenEvent),
) -> Result<Preflighted, OpenError> {
    let place = request.image.as_deref().map(Place::parse).transpose()?;
    let (source, engine) = match place {
        Some(Place::Engine(wanted)) => {
            let image = EngineImage::find(&wanted, &request.engines, task)?;
            on(OpenEvent::Preparing);
            let engine = image.facts();
            (image.kept(task)?, engine)
        }
        _ => (Source::open(request, task)?, EngineFacts::default()),
    };
    let opened = source.read(request, task, on)?;
    Ok(examine(&opened.image, &opened.contents, settings, engine, task))
}

/// Whether an image that is open can start as it says itself. Of an engine's image that was only streamed no contents are
/// looked at: what is not there, or may not be executed, is seen all the same.
pub fn preflight_open(image: &Image, contents: &Contents, task: &Task) -> Preflight {
    examine(image, contents, &Settings::default(), EngineFacts::default(), task).verdict
}

fn examine(
    image: &Image,
    contents: &Contents,
    settings: &Settings,
    engine: EngineFacts,
    task: &Task,
) -> Preflighted {
    let know = Knowledge::embedded();
    let mut facts = planned(image, settings, engine);
    for _ in 0..ROUNDS {
        let (verdict, asked) = diagnosis::preflight(&facts, know);
        if asked.0.is_empty() || task.is_cancelled() {
            return Preflighted { facts, verdict };
        }
        answer((image, contents), &mut facts, asked.0.into_iter().collect(), task);
    }
    let verdict = diagnosis::preflight(&facts, know).0;
    Preflighted { facts, verdict }
}

/// What would be run, as facts.
fn planned(image: &Image, settings: &Settings, mut engine: EngineFacts) -> Facts {
    let (head, config) = (&image.head, &image.head.config);
    let entrypoint = settings.entrypoint.clone().unwrap_or_else(|| config.entrypoint.clone());
    let own_command = if settings.entrypoint.is_some() { Vec::new() } else { config.cmd.clone() };
    let cmd = settings.command.clone().unwrap_or(own_command);
    let variable = |text: &String| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (name.to_owned(), value.to_owned())
    };
    let architecture =
        config.platform.as_ref().map(|platform| platform.architecture.clone()).unwrap_or_default();
    if engine.architecture.is_empty() {
        // Without an engine the image is held against itself.
        engine.architecture.clone_from(&architecture);
    }
    let mount = |(index, planned): (usize, &PlannedMount)| MountFact {
        kind: planned.kind.clone(),
        name: if planned.kind == "volume" { planned.source.clone() } else { String::new() },
        source: planned.source.clone(),
        destination: planned.destination.clone(),
        writable: !planned.options.split(',').any(|option| option == "ro" || option == "readonly"),
        options: planned.options.clone(),
        index,
        source_exists: None,
    };
    let mut facts = Facts {
        image: head.reference.clone(),
        image_id: head.id.as_ref().map(ToString::to_string).unwrap_or_default(),
        config: ConfigFacts {
            argv: entrypoint.iter().chain(&cmd).cloned().collect(),
            entrypoint,
            cmd,
            workdir: settings.workdir.clone().or(config.working_dir.clone()).unwrap_or_default(),
            user: settings.user.clone().or(config.user.clone()).unwrap_or_default(),
            env: config.env.iter().chain(&settings.env).map(variable).collect(),
            exposed: config.exposed_ports.clone(),
            healthcheck: config.healthcheck.clone(),
            stop_signal: config.stop_signal.clone(),
            ..ConfigFacts::default()
        },
        // A new volume takes over what the image has in its place: it hides nothing.
        mounts: settings
            .mounts
            .iter()
            .filter(|mount| mount.kind != "volume")
            .enumerate()
            .map(mount)
            .collect(),
        engine,
        image_facts: Some(ImageFacts { architecture, ..ImageFacts::default() }),
        ..Facts::default()
    };
    facts.host.tmpfs = settings
        .mounts
        .iter()
        .filter(|mount| mount.kind == "tmpfs")
        .map(|mount| (mount.destination.clone(), mount.options.clone()))
        .collect();
    facts.files.layers = Layers::Read;
    // Nothing has run yet.
    facts.changes = Some(Vec::new());
    facts
}

/// Answers from the tree, contents from the layers, and what is mounted from this machine's disk.
fn answer((image, held): (&Image, &Contents), facts: &mut Facts, wants: Vec<Want>, task: &Task) {
    let mut contents: Vec<(Want, Node, Stored)> = Vec::new();
    for want in wants {
        let path = want.path().to_owned();
        if let Want::History(_) = want {
            facts.files.learn_history(&path, history(image, &path));
            continue;
        }
        if let Some(mount) =
            facts.mount_over(&path).filter(|mount| mount.destination != path || mount.kind == "bind").cloned()
        {
            facts.files.learn(&path, mounted(&mount, &path, &want));
            continue;
        }
        let tree = &image.tree;
        let Some(version) = tree.find(path.as_bytes()).and_then(|node| tree.in_final(node)) else {
            // The root is there, and so is a place that something is mounted on.
            let place = path == "/"
                || facts.mounts.iter().any(|mount| {
                    mount.destination == path || mount.destination.starts_with(&format!("{path}/"))
                });
            facts.files.learn(
                &path,
                if place { Look::Is(Box::new(Node::new(Kind::Directory, 0o755))) } else { Look::Absent },
            );
            continue;
        };
        let node = node(&version);
        match (&want, version.content()) {
            (Want::Head(_) | Want::Whole(_), Some(stored)) if node.kind == Kind::File => {
                contents.push((want, node, stored));
            }
            _ => facts.files.learn(&path, Look::Is(Box::new(node))),
        }
    }
    for (layer, wanted) in by_layer(&contents) {
        let found = match held.candidate.layers.get(layer) {
            Some(layer) => excerpts(&held.blobs, layer, &wanted, task).map_err(|error| error.to_string()),
            None => Err("there is no such layer".to_owned()),
        };
        for (want, node, stored) in contents.iter().filter(|(_, _, stored)| stored.layer == layer) {
            let look = match &found {
                Ok(found) => match found.get(&stored.offset) {
                    Some(bytes) => with_contents(node.clone(), want, bytes.clone(), stored.bytes),
                    None => Look::Unknown("its contents are not where they were".to_owned()),
                },
                Err(why) => Look::Unknown(why.clone()),
            };
            facts.files.learn(want.path(), look);
        }
    }
}

fn by_layer(contents: &[(Want, Node, Stored)]) -> BTreeMap<usize, BTreeMap<u64, Wanted>> {
    let mut layers: BTreeMap<usize, BTreeMap<u64, Wanted>> = BTreeMap::new();
    for (want, _, stored) in contents {
        let most = if matches!(want, Want::Whole(_)) { WHOLE } else { HEAD };
        let wanted = layers
            .entry(stored.layer)
            .or_default()
            .entry(stored.offset)
            .or_insert(Wanted { bytes: stored.bytes, most });
        wanted.most = wanted.most.max(most);
    }
    layers
}

fn node(version: &Version<'_>) -> Node {
    let attributes = version.attributes();
    let kind = if version.kind().has_content() { Kind::File } else { version.kind() };
    let mut node = Node::new(kind, attributes.mode);
    node.owner = Some((attributes.uid as u32, attributes.gid as u32));
    node.bytes = version.content().map_or(0, |stored| stored.bytes);
    if kind == Kind::Symlink {
        node.target = String::from_utf8_lossy(version.link_target().unwrap_or_default()).into_owned();
    }
    node
}

fn with_contents(mut node: Node, want: &Want, mut bytes: Vec<u8>, length: u64) -> Look {
    if matches!(want, Want::Whole(_)) {
        node.elf = Some(elf::parse(&bytes, length));
    }
    bytes.truncate(HEAD);
    node.head = Some(bytes);
    Look::Is(Box::new(node))
}

/// What is at a path below a mount: of this machine's own files, or nothing in a new file system.
fn mounted(mount: &MountFact, path: &str, want: &Want) -> Look {
    if mount.kind != "bind" {
        return Look::Absent;
    }
    let inner = path
        .strip_prefix(mount.destination.trim_end_matches('/'))
        .unwrap_or_default()
        .trim_start_matches('/');
    let real: PathBuf =
        if inner.is_empty() { PathBuf::from(&mount.source) } else { Path::new(&mount.source).join(inner) };
    // The mount's own source is followed, as the engine follows it.
    let metadata = if inner.is_empty() { std::fs::metadata(&real) } else { std::fs::symlink_metadata(&real) };
    let metadata = match metadata {
        Ok(metadata) => metadata,
        // Engines make a directory of a source that is missing.
        Err(error) if inner.is_empty() && error.kind() == std::io::ErrorKind::NotFound => {
            return Look::Is(Box::new(Node::new(Kind::Directory, 0o755)));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Look::Absent,
        Err(error) => return Look::Unknown(error.to_string()),
    };
    let kind = match metadata.file_type() {
        kind if kind.is_dir() => Kind::Directory,
        kind if kind.is_symlink() => Kind::Symlink,
        _ => Kind::File,
    };
    let (mode, owner) = rights(&metadata);
    let mut node = Node::new(kind, mode);
    node.owner = owner;
    node.bytes = if kind == Kind::File { metadata.len() } else { 0 };
    if kind == Kind::Symlink {
        node.target =
            std::fs::read_link(&real).map(|target| target.to_string_lossy().into_owned()).unwrap_or_default();
    }
    let most = match want {
        Want::Head(_) => HEAD,
        Want::Whole(_) => WHOLE,
        _ => 0,
    };
    if most == 0 || kind != Kind::File {
        return Look::Is(Box::new(node));
    }
    let mut bytes = Vec::new();
    let done = std::fs::File::open(&real)
        .and_then(|file| std::io::Read::read_to_end(&mut std::io::Read::take(file, most as u64), &mut bytes));
    match done {
        Ok(_) => {
            let length = node.bytes;
            with_contents(node, want, bytes, length)
        }
        Err(error) => Look::Unknown(error.to_string()),
    }
}

#[cfg(unix)]
fn rights(metadata: &std::fs::Metadata) -> (u16, Option<(u32, u32)>) {
    use std::os::unix::fs::MetadataExt as _;
    ((metadata.mode() & 0o7777) as u16, Some((metadata.uid(), metadata.gid())))
}

#[cfg(not(unix))]
fn rights(_: &std::fs::Metadata) -> (u16, Option<(u32, u32)>) {
    (0o755, None)
}
