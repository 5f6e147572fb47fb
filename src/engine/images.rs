//! Images of an engine: all of them as a list tells them, and one with its layers and build steps.
//!
//! Answers are read as loose JSON: engines leave fields out, write `null` for nothing, and add words of their own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::answer::{bytes, full_id, moment, words};
use super::wire::escape;
use super::{Engine, EngineError, folders};
use crate::image::{ImageStore, LocalImage, LocalStep, Platform, json};
use crate::world::Kind;

/// How engines write that there is no name.
const NO_NAME: &str = "<none>";
/// How engines write that a step's image is not there.
const MISSING: &str = "<missing>";
/// Since this version a list can tell what images share.
const SHARED_SINCE: (u32, u32) = (1, 42);

impl Engine {
    /// All images, intermediate ones too, by one request. Layers and steps stay unknown.
    pub async fn images(&self) -> Result<Vec<LocalImage>, EngineError> {
        let tells_shared = self.speaks(SHARED_SINCE) && self.about.kind != Kind::Podman;
        let shared = if tells_shared { "&shared-size=1" } else { "" };
        let answer: Value = self.wire.json(&format!("/images/json?all=1{shared}")).await?;
        Ok(list(&answer, tells_shared, self.about.store))
    }

    /// One image with its layers and build steps, by two requests. `id` may be a name. What other images have to do
    /// with it stays unknown: whether it is intermediate, and the bytes that it shares.
    pub async fn image(&self, id: &str) -> Result<LocalImage, EngineError> {
        let history = format!("/images/{}/history", escape(id));
        let (inspected, history) = tokio::join!(self.inspect_image(id), self.wire.json::<Value>(&history));
        let mut image = LocalImage { store: self.about.store, ..inspected_image(&inspected?) };
        if image.store == ImageStore::Blobs {
            // Lists add up everything that is there, and inspections only what came for one platform.
            image.content_bytes = Some(image.bytes);
        }
        match history {
            Ok(history) => image.steps = Some(steps(&history, self.about.kind)),
            // Layers without their steps are better than nothing, as long as the engine is there.
            Err(error) if error.is_away() => return Err(error),
            Err(_) => {}
        }
        Ok(image)
    }

    /// All that the engine says about an image. `id` may be a name.
    pub async fn inspect_image(&self, id: &str) -> Result<Value, EngineError> {
        self.wire.json(&format!("/images/{}/json", escape(id))).await
    }
}

fn list(answer: &Value, tells_shared: bool, store: ImageStore) -> Vec<LocalImage> {
    let mut images: BTreeMap<String, LocalImage> = BTreeMap::new();
    for row in answer.as_array().into_iter().flatten() {
        let mut image = LocalImage { store, ..row_image(row) };
        if !tells_shared {
            image.shared_bytes = None;
        }
        // Stores that keep names apart from contents may list an image once for each of its names.
        match images.get_mut(&image.id) {
            Some(known) => {
                known.tags.append(&mut image.tags);
                known.digests.append(&mut image.digests);
            }
            None => drop(images.insert(image.id.clone(), image)),
        }
    }
    let mut images: Vec<LocalImage> = images.into_values().filter(|image| !image.id.is_empty()).collect();
    for image in &mut images {
        tidy(&mut image.tags);
        tidy(&mut image.digests);
    }
    mark_intermediate(images.iter_mut());
    images
}

/// Says which images only stand behind others: those without a tag that another one was made from. Every engine that
/// was asked (see `tests/engine/recorded`) leaves out exactly these when it is not asked for all.
pub fn mark_intermediate<'a>(images: impl Iterator<Item = &'a mut LocalImage>) {
    let images: Vec<&mut LocalImage> = images.collect();
    let parents: BTreeSet<String> = images.iter().filter_map(|image| image.parent.clone()).collect();
    for image in images {
        image.intermediate = image.tags.is_empty() && parents.contains(&image.id);
    }
}

fn row_image(row: &Value) -> LocalImage {
    LocalImage {
        id: full_id(&words(row, "Id")),
        tags: names(row, "RepoTags"),
        digests: names(row, "RepoDigests"),
        created: json::get(row, "Created").and_then(Value::as_i64).and_then(seconds),
        bytes: bytes(row, "Size"),
        shared_bytes: json::number(row, "SharedSize"),
        parent: parent(row, "ParentId"),
        labels: json::pairs(row, "Labels").into_iter().collect(),
        ..LocalImage::default()
    }
}

fn inspected_image(answer: &Value) -> LocalImage {
    let null = Value::Null;
    let config = json::get(answer, "Config").unwrap_or(&null);
    let metadata = json::get(answer, "Metadata").unwrap_or(&null);
    let root = json::get(answer, "RootFS").unwrap_or(&null);
    let (os, architecture) = (words(answer, "Os"), words(answer, "Architecture"));
    let platform = Platform::new(&os, &architecture, json::text(answer, "Variant"));
    let known = !os.is_empty() || !architecture.is_empty();
    let layers = json::texts(root, "Layers");
    LocalImage {
        id: full_id(&words(answer, "Id")),
        tags: names(answer, "RepoTags"),
        digests: names(answer, "RepoDigests"),
        created: moment(answer, "Created"),
        last_tagged: moment(metadata, "LastTagTime"),
        bytes: bytes(answer, "Size"),
        parent: parent(answer, "Parent"),
        labels: json::pairs(config, "Labels").into_iter().collect(),
        platform: if known { platform.to_string() } else { String::new() },
        folders: folders::of_image(answer, layers.len()),
        layers: Some(layers),
        ..LocalImage::default()
    }
}

/// Oldest first; engines tell them newest first.
fn steps(answer: &Value, kind: Kind) -> Vec<LocalStep> {
    let step = |row: &Value| LocalStep {
        created_by: words(row, "CreatedBy"),
        created: json::get(row, "Created").and_then(Value::as_i64).and_then(seconds),
        bytes: bytes(row, "Size"),
        // Podman names an image that happens to end with the same layer, and not the one of the step.
        image: json::text(row, "Id")
            .filter(|id| kind != Kind::Podman && !id.ends_with(MISSING))
            .map(|id| full_id(&id)),
        buildkit: words(row, "Comment").starts_with("buildkit"),
    };
    answer.as_array().into_iter().flatten().rev().map(step).collect()
}

/// Names without those that stand for none, each once, sorted.
fn names(row: &Value, key: &str) -> Vec<String> {
    let mut names = json::texts(row, key);
    names.retain(|name| !name.starts_with(NO_NAME));
    tidy(&mut names);
    names
}

fn tidy(names: &mut Vec<String>) {
    names.sort();
    names.dedup();
}

fn parent(row: &Value, key: &str) -> Option<String> {
    json::text(row, key).map(|id| full_id(&id))
}

/// Builds that can be repeated write the beginning of time for no time.
fn seconds(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok().filter(|_| seconds > 0)
}
