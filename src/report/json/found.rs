//! The parts of `hadal.analyze/1` about what contents hold and who may use them.

use serde::Serialize;

use super::analyze::Path;
use super::{Raw, lossy, octal};
use crate::analysis::secrets::{self, Place};
use crate::analysis::{Duplicate, Inspection, privileged};
use crate::image::Image;
use crate::image::tree::NodeId;

/// Equal contents.
#[derive(Debug, Serialize)]
pub(super) struct Alike<'a> {
    sha256: &'a str,
    bytes: u64,
    paths: Vec<Path>,
    redundant_bytes: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Secret {
    rule: String,
    title: String,
    #[serde(flatten)]
    place: Spot,
    preview: String,
}

/// Where a secret is.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Spot {
    File {
        #[serde(serialize_with = "lossy")]
        path: Raw,
        #[serde(skip_serializing_if = "Option::is_none")]
        path_base64: Option<String>,
        layer: usize,
        deleted_in: Option<usize>,
        line: Option<u64>,
        #[serde(skip_serializing_if = "is_zero")]
        more: u64,
    },
    Text {
        r#where: &'static str,
        detail: String,
        step: Option<usize>,
        layer: Option<usize>,
        deleted_in: Option<usize>,
        line: Option<u64>,
    },
}

#[derive(Debug, Serialize)]
pub(super) struct Privileged {
    #[serde(serialize_with = "lossy")]
    path: Raw,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    layer: usize,
    kinds: Vec<&'static str>,
    mode: String,
}

/// How much was read of contents, and how fast.
#[derive(Debug, Serialize)]
pub(super) struct Read {
    bytes: u64,
    seconds: f64,
    bytes_per_second: f64,
}

// serde hands out references.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn path(image: &Image, node: NodeId) -> (Raw, Option<String>) {
    let raw = Raw(image.tree.path(node));
    let exact = raw.base64();
    (raw, exact)
}

pub(super) fn alike<'a>(image: &Image, one: &'a Duplicate) -> Alike<'a> {
    Alike {
        sha256: &one.sha256,
        bytes: one.bytes,
        paths: one.paths.iter().map(|node| Path::of(image, *node)).collect(),
        redundant_bytes: one.redundant_bytes,
    }
}

pub(super) fn secret(image: &Image, one: &secrets::Secret) -> Secret {
    let place = match &one.place {
        Place::File { node, layer, deleted_in, line, more } => {
            let (path, path_base64) = path(image, *node);
            Spot::File { path, path_base64, layer: *layer, deleted_in: *deleted_in, line: *line, more: *more }
        }
        Place::Text(text) => Spot::Text {
            r#where: text.place.name(),
            detail: text.detail.clone(),
            step: text.step,
            layer: text.layer,
            deleted_in: None,
            line: None,
        },
    };
    Secret { rule: one.rule.clone(), title: one.title.clone(), place, preview: one.preview.clone() }
}

pub(super) fn privileged(image: &Image, one: &privileged::Privileged) -> Privileged {
    let (path, path_base64) = path(image, one.node);
    let kinds = one.kinds.iter().map(|kind| kind.name()).collect();
    Privileged { path, path_base64, layer: one.layer, kinds, mode: octal(one.mode) }
}

pub(super) fn read(found: &Inspection) -> Read {
    Read { bytes: found.bytes, seconds: found.seconds, bytes_per_second: found.rate() }
}
