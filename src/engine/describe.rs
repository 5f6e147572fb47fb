//! What an engine knows of an image without reading it: enough to show its layers and build steps at once.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::acts::named;
use super::wire::{Wire, escape};
use super::{Endpoint, Engine, EngineError};
use crate::image::config::HistoryEntry;
use crate::image::json::{items, number, text, texts};
use crate::image::{Config, Digest};

/// Instructions that make no layer.
const NO_LAYER: [&str; 14] = [
    "ARG",
    "CMD",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "FROM",
];

/// An image as an engine describes it.
#[derive(Clone, Debug, Default)]
pub struct Described {
    /// What the engine prints, `sha256:…`.
    pub id: String,
    pub tags: Vec<String>,
    /// Digests under which registries know it.
    pub digests: Vec<Digest>,
    /// Bytes as the engine reckons them: about as many as its archive has.
    pub bytes: u64,
    /// The config as far as engines tell it. Which step made which layer is a reading of sizes and instructions.
    pub config: Config,
}

impl Engine {
    /// Finds an image by name, digest or the beginning of its id.
    pub async fn describe(&self, name: &str) -> Result<Described, EngineError> {
        let name = named(name)?.to_string();
        let inspected: Value = self.wire.json(&format!("/images/{}/json", escape(&name))).await?;
        let id = text(&inspected, "Id").unwrap_or_default();
        let id = if id.contains(':') { id } else { format!("sha256:{id}") };
        let history = self.wire.json::<Value>(&format!("/images/{}/history", escape(&id))).await;
        // An engine that cannot tell it is none the worse for opening: the archive has it too.
        Ok(described(id, &inspected, &history.unwrap_or_default()))
    }
}

/// Whether the engine at a place has an image of that name; one question, without getting to know the engine.
pub async fn has_image(endpoint: &Endpoint, name: &str) -> Result<bool, EngineError> {
    let name = named(name)?.to_string();
    match Wire::new(endpoint).json::<serde::de::IgnoredAny>(&format!("/images/{}/json", escape(&name))).await
    {
        Ok(_) => Ok(true),
        Err(error) if error.is_missing() => Ok(false),
        Err(error) => Err(error),
    }
}

fn described(id: String, inspected: &Value, history: &Value) -> Described {
    let layers = inspected.get("RootFS").map(|root| texts(root, "Layers")).unwrap_or_default();
    let config = json!({
        "os": inspected["Os"], "architecture": inspected["Architecture"], "variant": inspected["Variant"],
        "created": inspected["Created"], "author": inspected["Author"], "config": inspected["Config"],
        "rootfs": {"diff_ids": layers},
    });
    let mut config = Config::from_json(&config);
    config.history = steps(history.as_array().map_or(&[], Vec::as_slice), layers.len());
    let tags = texts(inspected, "RepoTags").into_iter().filter(|tag| !tag.starts_with('<'));
    let digests = items(inspected, "RepoDigests").iter().filter_map(Value::as_str);
    let digests = digests.filter_map(|name| Digest::parse(name.split_once('@')?.1));
    Described {
        id,
        tags: tags.collect(),
        digests: digests.collect(),
        bytes: number(inspected, "Size").unwrap_or(0),
        config,
    }
}

/// Build steps, oldest first, from what engines list newest first and without saying which of them made a layer.
fn steps(history: &[Value], layers: usize) -> Vec<HistoryEntry> {
    let mut steps: Vec<(HistoryEntry, u64)> = history
        .iter()
        .rev()
        .map(|step| {
            let seconds = step["Created"].as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok());
            let entry = HistoryEntry {
                created: seconds.map(|time| time.to_string()).and_then(crate::image::config::time),
                created_by: text(step, "CreatedBy"),
                comment: text(step, "Comment"),
                empty_layer: false,
            };
            (entry, number(step, "Size").unwrap_or(0))
        })
        .collect();
    // Builders record which instructions make no layer, or drop what stayed empty: whichever comes out even.
    let by_instruction: Vec<bool> = steps.iter().map(|(entry, _)| makes_none(entry)).collect();
    let by_bytes: Vec<bool> = steps.iter().map(|(_, bytes)| *bytes == 0).collect();
    let even = |empty: &Vec<bool>| empty.iter().filter(|empty| !**empty).count() == layers;
    match [by_instruction, by_bytes].into_iter().find(even) {
        Some(empty) => {
            steps.iter_mut().zip(empty).for_each(|((entry, _), empty)| entry.empty_layer = empty);
        }
        // Nothing is guessed.
        None => steps.clear(),
    }
    steps.into_iter().map(|(entry, _)| entry).collect()
}

fn makes_none(entry: &HistoryEntry) -> bool {
    let recorded = crate::image::history::instruction(entry.created_by.as_deref().unwrap_or_default());
    NO_LAYER.contains(&recorded.split(' ').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_made_layers_are_told_by_instruction_or_by_size() {
        let history = json!([
            {"CreatedBy": "/bin/sh -c #(nop)  CMD [\"sh\"]", "Size": 0, "Created": 1_795_257_313},
            {"CreatedBy": "/bin/sh -c true", "Size": 0, "Created": 1_795_257_312},
            {"CreatedBy": "COPY a /a # buildkit", "Size": 10, "Created": 0},
            {"CreatedBy": "/bin/sh -c #(nop) ADD file:ab in / ", "Size": 99, "Created": -1},
        ]);
        let history = history.as_array().unwrap();
        let made =
            |layers| -> Vec<bool> { steps(history, layers).iter().map(|step| !step.empty_layer).collect() };
        assert_eq!(made(3), [true, true, true, false], "RUN true makes an empty layer");
        assert_eq!(made(2), [true, true, false, false], "or none, where its builder drops it");
        assert_eq!(made(1), [false; 0], "nothing is guessed");
        assert_eq!(steps(history, 3)[3].created.as_deref(), Some("2026-11-21T10:35:13Z"));
        assert_eq!(steps(history, 3)[1].created, None);
    }

    #[test]
    fn odd_answers_describe_as_much_as_they_say() {
        let inspected =
            json!({"Size": -1, "RepoTags": null, "RepoDigests": ["x", "a@sha256:12", 3], "RootFS": null});
        let described = described("sha256:1".to_owned(), &inspected, &json!("no"));
        assert_eq!((described.bytes, described.tags.len(), described.digests.len()), (0, 0, 0));
        assert_eq!(described.config, Config::default());
    }
}
