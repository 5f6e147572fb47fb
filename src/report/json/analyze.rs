//! `hadal.analyze/1`: an image in numbers, layer by layer, with every hidden content.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Raw, found, lossy};
use crate::analysis::advice::Finding;
use crate::analysis::{Judgement, Totals, waste};
use crate::image::tree::NodeId;
use crate::image::{Digest, Image, Step};
use crate::report::advice as words;

/// The document.
#[derive(Debug, Serialize)]
pub struct Analyze<'a> {
    schema: &'static str,
    image: About<'a>,
    layers: Vec<Layer<'a>>,
    history: Vec<History<'a>>,
    size_bytes: u64,
    visible_bytes: u64,
    wasted_bytes: u64,
    efficiency: f64,
    files: u64,
    directories: u64,
    waste: Vec<Waste>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicates: Option<Vec<found::Alike<'a>>>,
    advice: Vec<Advice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<Vec<found::Secret>>,
    privileged: Vec<found::Privileged>,
    /// Where contents were looked into.
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<found::Read>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dive: Option<Dive>,
    problems: Vec<String>,
}

#[derive(Debug, Serialize)]
struct About<'a> {
    reference: &'a str,
    source: &'a str,
    id: Option<&'a str>,
    digest: Option<&'a str>,
    engine_id: Option<&'a str>,
    tags: &'a [String],
    os: Option<&'a str>,
    architecture: Option<&'a str>,
    variant: Option<&'a str>,
    created: Option<&'a str>,
    base: Option<Base<'a>>,
    config: Config<'a>,
}

#[derive(Debug, Serialize)]
struct Base<'a> {
    layers: usize,
    basis: &'static str,
    name: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Config<'a> {
    entrypoint: &'a [String],
    cmd: &'a [String],
    user: Option<&'a str>,
    working_dir: Option<&'a str>,
    env: &'a [String],
    exposed_ports: &'a [String],
    volumes: &'a [String],
    labels: BTreeMap<&'a str, &'a str>,
    healthcheck: &'a [String],
    stop_signal: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Layer<'a> {
    index: usize,
    diff_id: Option<&'a str>,
    digest: Option<&'a str>,
    media_type: Option<&'a str>,
    created: Option<&'a str>,
    created_by: Option<&'a str>,
    comment: Option<&'a str>,
    size_bytes: u64,
    blob_bytes: Option<u64>,
    entries: u64,
    added: u64,
    modified: u64,
    removed: u64,
    wasted_bytes: u64,
    verified: Option<bool>,
    problem: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct History<'a> {
    created_by: Option<&'a str>,
    created: Option<&'a str>,
    comment: Option<&'a str>,
    empty_layer: bool,
    layer: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Waste {
    #[serde(serialize_with = "lossy")]
    path: Raw,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    bytes: u64,
    layer: usize,
    hidden_by: usize,
    cause: &'static str,
}

#[derive(Debug, Serialize)]
struct Dive {
    efficiency: f64,
    wasted_bytes: u64,
    user_wasted_percent: Option<f64>,
    comparable: bool,
}

/// One mistake: what is wrong, and the change to make.
#[derive(Debug, Serialize)]
struct Advice {
    id: &'static str,
    /// The kind of files, as in `assets/junk.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<String>,
    proven: bool,
    bytes: Option<u64>,
    contents: u64,
    layers: Vec<usize>,
    hidden_by: Option<usize>,
    in_base: bool,
    paths: Vec<Path>,
    steps: Vec<Behind>,
    title: String,
    fix: String,
}

/// A path as text, or with its exact bytes beside it where it is none.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Path {
    Text(String),
    Raw { path: String, path_base64: String },
}

impl Path {
    pub(super) fn of(image: &Image, node: NodeId) -> Path {
        let raw = Raw(image.tree.path(node));
        let text = raw.lossy().into_owned();
        match raw.base64() {
            Some(path_base64) => Path::Raw { path: text, path_base64 },
            None => Path::Text(text),
        }
    }
}

/// A build step with the layer that it made.
#[derive(Debug, Serialize)]
struct Behind {
    layer: usize,
    instruction: String,
}

/// Paths of one finding; they are where most of its bytes lie.
const PATHS: usize = 50;

impl<'a> Analyze<'a> {
    pub fn new(image: &'a Image, judgement: &Judgement<'a>) -> Analyze<'a> {
        let Judgement { findings, privileged, inspection, dive } = *judgement;
        let secrets = inspection.and_then(|found| found.secrets.as_ref());
        let mut problems = image.problems();
        problems.extend(inspection.iter().flat_map(|found| found.problems.iter().cloned()));
        let totals = Totals::of(image);
        let head = &image.head;
        Analyze {
            schema: "hadal.analyze/1",
            image: about(image),
            layers: (0..image.layers.len()).map(|index| layer(image, index)).collect(),
            history: head.history.iter().map(history).collect(),
            size_bytes: totals.bytes,
            visible_bytes: totals.visible_bytes,
            wasted_bytes: totals.wasted_bytes,
            efficiency: totals.efficiency,
            files: totals.files,
            directories: totals.directories,
            waste: hidden(image),
            duplicates: judgement
                .duplicates()
                .map(|all| all.iter().map(|one| found::alike(image, one)).collect()),
            advice: findings.iter().map(|finding| advice(image, finding)).collect(),
            secrets: secrets.map(|all| all.iter().map(|one| found::secret(image, one)).collect()),
            privileged: privileged.iter().map(|one| found::privileged(image, one)).collect(),
            read: inspection.map(found::read),
            dive: dive.map(|figures| Dive {
                efficiency: figures.efficiency,
                wasted_bytes: figures.wasted_bytes,
                user_wasted_percent: Some(figures.user_wasted).filter(|share| share.is_finite()),
                comparable: figures.comparable,
            }),
            problems: problems.iter().map(ToString::to_string).collect(),
        }
    }
}

fn advice(image: &Image, finding: &Finding) -> Advice {
    let behind = words::steps(finding, image);
    Advice {
        id: finding.kind.id(),
        files: finding.junk.as_ref().map(|junk| junk.id.clone()),
        proven: finding.bytes.is_some(),
        bytes: finding.bytes,
        contents: finding.contents,
        layers: finding.layers.clone(),
        hidden_by: finding.by,
        in_base: finding.in_base,
        paths: finding.heaps.iter().take(PATHS).map(|heap| Path::of(image, heap.node)).collect(),
        steps: behind.into_iter().map(|(layer, instruction)| Behind { layer, instruction }).collect(),
        title: words::title(finding, image),
        fix: words::fix(finding, image),
    }
}

fn about(image: &Image) -> About<'_> {
    let head = &image.head;
    let config = &head.config;
    let platform = config.platform.as_ref();
    let present = |text: &'_ String| !text.is_empty();
    About {
        reference: &head.reference,
        source: head.source,
        id: head.id.as_ref().map(Digest::as_str),
        digest: head.digest.as_ref().map(Digest::as_str),
        engine_id: head.engine_id.as_deref(),
        tags: &head.tags,
        os: platform.map(|platform| &platform.os).filter(|os| present(os)).map(String::as_str),
        architecture: platform
            .map(|platform| &platform.architecture)
            .filter(|a| present(a))
            .map(String::as_str),
        variant: platform.and_then(|platform| platform.variant.as_deref()),
        created: config.created.as_deref(),
        base: head.base.as_ref().map(|base| Base {
            layers: base.layers,
            basis: base.basis.name(),
            name: base.name.as_deref(),
        }),
        config: Config {
            entrypoint: &config.entrypoint,
            cmd: &config.cmd,
            user: config.user.as_deref(),
            working_dir: config.working_dir.as_deref(),
            env: &config.env,
            exposed_ports: &config.exposed_ports,
            volumes: &config.volumes,
            labels: config.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect(),
            healthcheck: &config.healthcheck,
            stop_signal: config.stop_signal.as_deref(),
        },
    }
}

fn layer(image: &Image, index: usize) -> Layer<'_> {
    let layer = &image.layers[index];
    let step = image.step(index).map(|step| &step.entry);
    Layer {
        index,
        diff_id: layer.diff_id.as_ref().map(Digest::as_str),
        digest: layer.digest.as_ref().map(Digest::as_str),
        media_type: layer.media_type.as_deref(),
        created: step.and_then(|step| step.created.as_deref()),
        created_by: step.and_then(|step| step.created_by.as_deref()),
        comment: step.and_then(|step| step.comment.as_deref()),
        size_bytes: layer.totals.bytes,
        blob_bytes: layer.blob_bytes,
        entries: layer.totals.entries,
        added: layer.totals.added,
        modified: layer.totals.modified,
        removed: layer.totals.removed,
        wasted_bytes: layer.totals.wasted_bytes,
        verified: layer.verified,
        problem: layer.problem.as_deref(),
    }
}

fn history(step: &Step) -> History<'_> {
    History {
        created_by: step.entry.created_by.as_deref(),
        created: step.entry.created.as_deref(),
        comment: step.entry.comment.as_deref(),
        empty_layer: step.entry.empty_layer,
        layer: step.layer,
    }
}

fn hidden(image: &Image) -> Vec<Waste> {
    waste(&image.tree)
        .into_iter()
        .map(|hidden| {
            let path = Raw(image.tree.path(hidden.node));
            Waste {
                path_base64: path.base64(),
                path,
                bytes: hidden.bytes,
                layer: hidden.layer,
                hidden_by: hidden.hidden_by,
                cause: hidden.cause.name(),
            }
        })
        .collect()
}
