//! The documents that tie an image together: docker-archive `manifest.json`, OCI and Docker manifests, indexes,
//! schema 1 (OCI image-spec manifest.md and image-index.md), all read leniently.

use serde_json::Value;

use super::{Digest, Platform, json};

/// More layers or manifests than this in one document count as an attack.
pub const MAX_ITEMS: usize = 10_000;

const REF_NAME: &str = "org.opencontainers.image.ref.name";
const IMAGE_NAME: &str = "io.containerd.image.name";
const ATTESTATION: &str = "vnd.docker.reference.type";
const ZSTD: &str = "io.github.containers.compression.zstd";

/// A pointer to a blob.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Descriptor {
    pub digest: Option<Digest>,
    pub media_type: Option<String>,
    /// Stated length of the blob in bytes.
    pub bytes: Option<u64>,
    pub platform: Option<Platform>,
    /// Names that annotations give it.
    pub names: Vec<String>,
    /// It describes another manifest (provenance, SBOM), it is no image.
    pub attestation: bool,
    /// Its layers are zstd beside an older form of the same image.
    pub zstd: bool,
    /// Its layer is meant for lazy pulling: index files at its root are bookkeeping.
    pub lazy: bool,
    /// The blob lies elsewhere by licence (foreign layers).
    pub urls: bool,
    /// The blob itself, carried inline.
    pub data: Option<Vec<u8>>,
}

/// An image manifest.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    pub config: Descriptor,
    pub layers: Vec<Descriptor>,
    pub artifact_type: Option<String>,
    /// It describes another manifest.
    pub subject: bool,
    pub names: Vec<String>,
}

/// One image of a docker-archive's `manifest.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Name of the config inside the archive.
    pub config: Option<String>,
    pub tags: Vec<String>,
    /// Names of the layers inside the archive, base first.
    pub layers: Vec<String>,
}

/// What a document turned out to be.
#[derive(Clone, Debug)]
pub enum Document {
    /// `manifest.json` of a docker-archive.
    Archive(Vec<Listed>),
    Index(Vec<Descriptor>),
    Manifest(Manifest),
    /// Docker schema 1: layers base first, with the v1 config texts of the top one.
    Schema1 {
        layers: Vec<Descriptor>,
        v1: Vec<Value>,
        names: Vec<String>,
    },
}

impl Document {
    /// Recognises and reads a document. The error says in a few words what is wrong with it.
    pub fn from_json(value: &Value) -> Result<Document, String> {
        let has = |key| json::get(value, key).is_some_and(Value::is_array);
        match value {
            Value::Array(items) => {
                check_count(items.len(), "images")?;
                items.iter().map(Listed::from_json).collect::<Result<_, _>>().map(Document::Archive)
            }
            Value::Object(_) if has("layers") && has("manifests") => {
                Err("it has both layers and manifests, so its meaning is ambiguous".to_owned())
            }
            Value::Object(_) if has("fsLayers") => schema1(value),
            Value::Object(_) if has("manifests") || is_index(value) => {
                let items = json::items(value, "manifests");
                check_count(items.len(), "manifests")?;
                Ok(Document::Index(items.iter().map(Descriptor::from_json).collect()))
            }
            Value::Object(_) if has("layers") || json::get(value, "config").is_some_and(Value::is_object) => {
                let layers = json::items(value, "layers");
                check_count(layers.len(), "layers")?;
                Ok(Document::Manifest(Manifest {
                    config: json::get(value, "config").map(Descriptor::from_json).unwrap_or_default(),
                    layers: layers.iter().map(Descriptor::from_json).collect(),
                    artifact_type: json::text(value, "artifactType"),
                    subject: json::get(value, "subject").is_some_and(Value::is_object),
                    names: names(value),
                }))
            }
            _ => Err("it is no manifest and no index".to_owned()),
        }
    }
}

impl Listed {
    fn from_json(value: &Value) -> Result<Listed, String> {
        if !value.is_object() {
            return Err("an image in it is no object".to_owned());
        }
        let layers = json::texts(value, "Layers");
        check_count(layers.len(), "layers")?;
        Ok(Listed { config: json::text(value, "Config"), tags: json::texts(value, "RepoTags"), layers })
    }
}

impl Descriptor {
    fn from_json(value: &Value) -> Descriptor {
        use base64::Engine as _;
        let annotations = json::get(value, "annotations").unwrap_or(&Value::Null);
        let platform = json::get(value, "platform").filter(|platform| platform.is_object()).map(|platform| {
            let part = |key| json::text(platform, key).unwrap_or_default();
            Platform::new(&part("os"), &part("architecture"), json::text(platform, "variant"))
        });
        let unknown = platform
            .as_ref()
            .is_some_and(|platform| platform.os == "unknown" && platform.architecture == "unknown");
        let decode = |text: String| base64::engine::general_purpose::STANDARD.decode(text).ok();
        let lazy = json::pairs(value, "annotations").iter().any(|(key, _)| {
            key.starts_with("containerd.io/snapshot/stargz/") || key.contains("zstd-chunked.manifest")
        });
        Descriptor {
            digest: json::text(value, "digest").and_then(|text| Digest::parse(&text)),
            media_type: json::text(value, "mediaType"),
            bytes: json::number(value, "size"),
            platform: platform.filter(|_| !unknown),
            names: names(value),
            attestation: unknown || json::get(annotations, ATTESTATION).is_some(),
            zstd: json::text(annotations, ZSTD).as_deref() == Some("true"),
            lazy,
            urls: !json::items(value, "urls").is_empty(),
            data: json::text(value, "data").and_then(decode),
        }
    }

    /// Whether this could be a layer of a file system (and not a chart, an SBOM or a signature).
    pub fn is_layer(&self) -> bool {
        let Some(media_type) = &self.media_type else { return true };
        let media_type = media_type.to_ascii_lowercase();
        media_type.contains("layer") && !media_type.contains("helm") && !media_type.contains("wasm")
            || media_type.contains("rootfs")
            || media_type.contains("tar")
    }
}

fn names(value: &Value) -> Vec<String> {
    let annotations = json::get(value, "annotations").unwrap_or(&Value::Null);
    // containerd writes the full name and, beside it, the bare tag under the OCI key: one name is enough.
    let full = json::text(annotations, IMAGE_NAME);
    full.or_else(|| json::text(annotations, REF_NAME)).into_iter().collect()
}

fn is_index(value: &Value) -> bool {
    json::text(value, "mediaType").is_some_and(|media_type| {
        media_type.ends_with("image.index.v1+json") || media_type.ends_with("manifest.list.v2+json")
    })
}

fn schema1(value: &Value) -> Result<Document, String> {
    let blobs = json::items(value, "fsLayers");
    check_count(blobs.len(), "layers")?;
    let digest = |blob: &Value| json::text(blob, "blobSum").and_then(|text| Digest::parse(&text));
    let mut layers: Vec<Descriptor> =
        blobs.iter().map(|blob| Descriptor { digest: digest(blob), ..Descriptor::default() }).collect();
    layers.reverse();
    let compatibility = |entry: &Value| json::text(entry, "v1Compatibility");
    let mut v1: Vec<Value> = json::items(value, "history")
        .iter()
        .map(|entry| {
            compatibility(entry).and_then(|text| json::parse(text.as_bytes()).ok()).unwrap_or_default()
        })
        .collect();
    v1.reverse();
    let name = json::text(value, "name").zip(json::text(value, "tag"));
    let names = name.map(|(name, tag)| format!("{name}:{tag}")).into_iter().collect();
    Ok(Document::Schema1 { layers, v1, names })
}

fn check_count(count: usize, of: &str) -> Result<(), String> {
    if count > MAX_ITEMS {
        return Err(format!("it lists {count} {of}; more than {MAX_ITEMS} are not read"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Document, String> {
        Document::from_json(&json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn documents_are_told_apart() {
        assert!(matches!(read(r#"[{"Config":"c.json","Layers":["a"]}]"#), Ok(Document::Archive(_))));
        assert!(matches!(read(r#"{"manifests":[]}"#), Ok(Document::Index(_))));
        assert!(matches!(read(r#"{"config":{},"layers":[]}"#), Ok(Document::Manifest(_))));
        assert!(matches!(read(r#"{"fsLayers":[]}"#), Ok(Document::Schema1 { .. })));
        assert!(read(r#"{"layers":[],"manifests":[]}"#).unwrap_err().contains("ambiguous"));
        assert!(read(r#"{"a":1}"#).is_err());
        assert!(read("null").is_err());
        assert!(read("[null]").is_err());
    }

    #[test]
    fn attestations_are_marked() {
        let Ok(Document::Index(items)) = read(
            r#"{"manifests":[
            {"platform":{"os":"unknown","architecture":"unknown"}},
            {"annotations":{"vnd.docker.reference.type":"attestation-manifest"}},
            {"platform":{"os":"linux","architecture":"amd64"}}]}"#,
        ) else {
            panic!("no index")
        };
        assert_eq!(items.iter().map(|item| item.attestation).collect::<Vec<_>>(), [true, true, false]);
    }
}
