//! `hadal.analyze/1`: an image in numbers, layer by layer, with every hidden content.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Raw, found, lossy};
use crate::analysis::{Inspection, Totals, waste};
use crate::image::{Digest, Image, Step};

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
    privileged: Vec<found::Privileged>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicates: Option<Vec<found::Duplicate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<Vec<found::Secret>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<found::Read>,
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

impl<'a> Analyze<'a> {
    pub fn new(image: &'a Image) -> Analyze<'a> {
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
            privileged: found::privileged(image),
            duplicates: None,
            secrets: None,
            read: None,
            problems: image.problems().iter().map(ToString::to_string).collect(),
        }
    }

    /// With what was found in the contents.
    #[must_use]
    pub fn with(mut self, image: &Image, found: &Inspection) -> Analyze<'a> {
        let duplicates = found.duplicates.as_ref();
        self.duplicates = duplicates.map(|all| all.iter().map(|one| found::duplicate(image, one)).collect());
        let secrets = found.secrets.as_ref();
        self.secrets = secrets.map(|all| all.iter().map(|one| found::secret(image, one)).collect());
        self.read =
            Some(found::Read { bytes: found.bytes, seconds: found.seconds, bytes_per_second: found.rate() });
        self.problems.extend(found.problems.iter().map(ToString::to_string));
        self
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
