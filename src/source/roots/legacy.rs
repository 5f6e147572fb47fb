//! docker-archive as written before Docker 1.10: a folder per layer with `json` and `layer.tar`, chained by
//! `parent`, tags in `repositories`, and no manifest.

use std::collections::HashMap;

use serde_json::Value;

use super::super::blobs::Blobs;
use super::super::location::Form;
use super::{Candidate, Found, LayerRef};
use crate::image::config::HistoryEntry;
use crate::image::{Config, json, manifest};

/// Whether the names look like such an archive.
pub(super) fn recognise(blobs: &Blobs) -> bool {
    let layer = |name: &str| name.strip_suffix("/layer.tar").is_some_and(|id| !id.contains('/'));
    blobs.names().any(layer)
}

pub(super) fn find(blobs: &Blobs) -> Result<Found, String> {
    let mut documents = HashMap::new();
    for name in blobs.names() {
        let Some(id) = name.strip_suffix("/layer.tar").filter(|id| !id.contains('/')) else { continue };
        let document = blobs.slot(&format!("{id}/json")).and_then(|slot| blobs.read(&slot).ok());
        let document = document.and_then(|bytes| json::parse(&bytes).ok()).unwrap_or_default();
        documents.insert(id.to_owned(), document);
    }
    if documents.is_empty() {
        return Err("it has neither a manifest.json nor layer folders".to_owned());
    }
    let mut tops = tagged(blobs);
    tops.retain(|(id, _)| documents.contains_key(id));
    if tops.is_empty() {
        tops = untagged(&documents).into_iter().map(|id| (id, Vec::new())).collect();
    }
    tops.sort();
    let images: Result<Vec<_>, String> =
        tops.into_iter().map(|(id, names)| Ok(vec![candidate(blobs, &documents, &id, names)?])).collect();
    Ok(Found { form: Form::DockerArchive.name(), images: images?, ..Found::default() })
}

/// Top layers with their tags, from `repositories`.
fn tagged(blobs: &Blobs) -> Vec<(String, Vec<String>)> {
    let document = blobs.slot("repositories").and_then(|slot| blobs.read(&slot).ok());
    let document = document.and_then(|bytes| json::parse(&bytes).ok()).unwrap_or_default();
    let mut tops: Vec<(String, Vec<String>)> = Vec::new();
    for (name, tags) in document.as_object().into_iter().flatten() {
        for (tag, id) in tags.as_object().into_iter().flatten() {
            let Some(id) = id.as_str() else { continue };
            let name = format!("{name}:{tag}");
            match tops.iter_mut().find(|(top, _)| top == id) {
                Some((_, names)) => names.push(name),
                None => tops.push((id.to_owned(), vec![name])),
            }
        }
    }
    tops
}

/// Layers that are nobody's parent.
fn untagged(documents: &HashMap<String, Value>) -> Vec<String> {
    let parents: Vec<&str> =
        documents.values().filter_map(|json| json::get(json, "parent")?.as_str()).collect();
    documents.keys().filter(|id| !parents.contains(&id.as_str())).cloned().collect()
}

fn candidate(
    blobs: &Blobs,
    documents: &HashMap<String, Value>,
    top: &str,
    names: Vec<String>,
) -> Result<Candidate, String> {
    let mut chain = Vec::new();
    let mut at = Some(top.to_owned());
    let mut problems = Vec::new();
    while let Some(id) = at {
        if chain.len() >= manifest::MAX_ITEMS || chain.contains(&id) {
            return Err("its layers name each other as parents in a circle".to_owned());
        }
        let Some(document) = documents.get(&id) else {
            problems.push(format!("layer {id} is missing from the archive"));
            break;
        };
        at = json::text(document, "parent");
        chain.push(id);
    }
    chain.reverse();
    let mut config = Config::from_json(&documents[top]);
    config.history = chain.iter().map(|id| history(&documents[id])).collect();
    let layer =
        |id: &String| LayerRef { slot: blobs.slot(&format!("{id}/layer.tar")), ..LayerRef::default() };
    let platform = config.platform.clone();
    Ok(Candidate {
        names,
        platform,
        config,
        layers: chain.iter().map(layer).collect(),
        problems,
        ..Candidate::default()
    })
}

/// The build step that a v1 layer document holds.
pub(super) fn history(document: &Value) -> HistoryEntry {
    let container = json::get(document, "container_config").unwrap_or(&Value::Null);
    let command = json::texts(container, "Cmd").join(" ");
    HistoryEntry {
        created: json::text(document, "created").and_then(crate::image::config::time),
        created_by: Some(command).filter(|command| !command.is_empty()),
        comment: json::text(document, "comment"),
        empty_layer: json::get(document, "throwaway").and_then(Value::as_bool).unwrap_or(false),
    }
}
