//! Images in every form that tools write, made in memory from layer tars.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::similar_names,
    clippy::format_push_string,
    clippy::unused_self,
    clippy::implicit_clone,
    clippy::too_many_lines
)]

use std::io::Write as _;
use std::path::Path;

use hadal::image::Digest;
use serde_json::{Value, json};
use tar::{Builder, EntryType};

use super::layers::{Line, append};

/// How a layer's blob is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Plain,
    Gzip,
    /// Several gzip members, cut anywhere.
    Members,
    Zstd,
    /// Several zstd frames with skippable ones before, between and behind.
    Frames,
    /// gzip with the footer by which eStargz is known.
    Estargz,
}

pub const PACKINGS: [Packing; 5] =
    [Packing::Plain, Packing::Gzip, Packing::Members, Packing::Zstd, Packing::Frames];

impl Packing {
    pub fn pack(self, tar: &[u8]) -> Vec<u8> {
        let half = tar.len() / 2 + 3.min(tar.len() / 2);
        match self {
            Packing::Plain => tar.to_vec(),
            Packing::Gzip => gzip(tar),
            Packing::Members => [gzip(&tar[..half]), gzip(b""), gzip(&tar[half..])].concat(),
            Packing::Zstd => zstd::encode_all(tar, 1).unwrap(),
            Packing::Frames => {
                let skippable = [&[0x5a, 0x2a, 0x4d, 0x18, 5, 0, 0, 0][..], b"hello"].concat();
                let frame = |bytes| zstd::encode_all(bytes, 1).unwrap();
                let (first, last) = (frame(&tar[..half]), frame(&tar[half..]));
                [skippable.clone(), first, skippable.clone(), last, skippable].concat()
            }
            Packing::Estargz => [gzip(tar), estargz_footer()].concat(),
        }
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An empty gzip member whose extra field holds the offset of the index (estargz.md, "Footer").
fn estargz_footer() -> Vec<u8> {
    let mut extra = b"SG\x16\x00".to_vec();
    extra.extend_from_slice(b"00000000000003e8STARGZ");
    flate2::GzBuilder::new().extra(extra).write(Vec::new(), flate2::Compression::none()).finish().unwrap()
}

/// An image to be put into some form.
#[derive(Clone, Debug)]
pub struct Image {
    pub name: Option<String>,
    pub platform: (String, String, Option<String>),
    pub layers: Vec<(Vec<u8>, Packing)>,
    pub media_type: Option<String>,
    /// Annotations of each layer's descriptor.
    pub annotations: Value,
    /// Changes to the config, made last.
    pub edit: Option<fn(&mut Value)>,
}

impl Image {
    /// Layers as in [`super::layers::layers`].
    pub fn new(text: &str) -> Image {
        Image::of(super::layers::layers(text))
    }

    pub fn of(tars: Vec<Vec<u8>>) -> Image {
        Image {
            name: Some("example.com/app:1".to_owned()),
            platform: ("linux".to_owned(), std::env::consts::ARCH.replace("x86_64", "amd64"), None),
            layers: tars.into_iter().map(|tar| (tar, Packing::Plain)).collect(),
            media_type: None,
            annotations: Value::Null,
            edit: None,
        }
    }

    pub fn named(mut self, name: Option<&str>) -> Image {
        self.name = name.map(str::to_owned);
        self
    }

    pub fn packed(mut self, packing: Packing) -> Image {
        self.layers.iter_mut().for_each(|(_, own)| *own = packing);
        self
    }

    pub fn on(mut self, platform: &str) -> Image {
        let mut parts = platform.split('/').map(str::to_owned);
        self.platform = (parts.next().unwrap(), parts.next().unwrap(), parts.next());
        self
    }

    pub fn with_config(mut self, edit: fn(&mut Value)) -> Image {
        self.edit = Some(edit);
        self
    }

    pub fn config(&self) -> Vec<u8> {
        let diff_ids: Vec<String> = self.layers.iter().map(|(tar, _)| Digest::of(tar).to_string()).collect();
        let step = |at: usize| json!({"created": "2024-05-06T07:08:09Z", "created_by": format!("step {at}")});
        let mut config = json!({
            "os": self.platform.0, "architecture": self.platform.1, "created": "2024-05-06T07:08:09Z",
            "config": {"Env": ["PATH=/bin"], "Cmd": ["sh"]},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": (0..self.layers.len()).map(step).collect::<Vec<_>>(),
        });
        if let Some(variant) = &self.platform.2 {
            config["variant"] = json!(variant);
        }
        if let Some(edit) = self.edit {
            edit(&mut config);
        }
        config.to_string().into_bytes()
    }

    fn blobs(&self) -> impl Iterator<Item = Vec<u8>> {
        self.layers.iter().map(|(tar, packing)| packing.pack(tar))
    }
}

/// A member of an archive.
#[derive(Clone, Debug)]
pub enum Member {
    File(Vec<u8>),
    Symlink(String),
    Hardlink(String),
}

/// Members by name, in their order.
#[derive(Clone, Debug, Default)]
pub struct Archive(pub Vec<(String, Member)>);

impl Archive {
    pub fn file(&mut self, name: impl Into<String>, content: impl Into<Vec<u8>>) {
        let name = name.into();
        if !self.0.iter().any(|(have, _)| *have == name) {
            self.0.push((name, Member::File(content.into())));
        }
    }

    pub fn document(&mut self, name: impl Into<String>, value: &Value) {
        self.file(name, value.to_string());
    }

    pub fn replace(&mut self, name: &str, content: impl Into<Vec<u8>>) {
        self.0.retain(|(have, _)| have != name);
        self.file(name, content);
    }

    pub fn without(mut self, name: &str) -> Archive {
        self.0.retain(|(have, _)| have != name);
        self
    }

    /// The name of the first member whose name holds `part`.
    pub fn find(&self, part: &str) -> String {
        self.0.iter().find(|(name, _)| name.contains(part)).unwrap_or_else(|| panic!("no {part}")).0.clone()
    }

    /// Every name with `prefix` before it (`./`, `image/`).
    pub fn prefixed(mut self, prefix: &str) -> Archive {
        self.0.iter_mut().for_each(|(name, member)| {
            *name = format!("{prefix}{name}");
            if let Member::Hardlink(target) = member {
                *target = format!("{prefix}{target}");
            }
        });
        self
    }

    /// With what file managers leave behind.
    pub fn with_junk(mut self, prefix: &str) -> Archive {
        self.0.insert(0, (format!("{prefix}._manifest.json"), Member::File(b"\0\x05\x16\x07".to_vec())));
        self.0.insert(0, ("._image".to_owned(), Member::File(b"\0\x05\x16\x07".to_vec())));
        self.0.push((".DS_Store".to_owned(), Member::File(b"\0\0\0\x01Bud1".to_vec())));
        self
    }

    /// The same members, starting with another one.
    pub fn rotated(mut self, by: usize) -> Archive {
        let count = self.0.len();
        self.0.rotate_left(by % count);
        self
    }

    pub fn tar(&self) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        for (name, member) in &self.0 {
            let (kind, content, link) = match member {
                Member::File(content) => (EntryType::Regular, content.clone(), ""),
                Member::Symlink(target) => (EntryType::Symlink, Vec::new(), target.as_str()),
                Member::Hardlink(target) => (EntryType::Link, Vec::new(), target.as_str()),
            };
            let mut line = Line::new(kind, name.as_bytes());
            (line.content, line.link) = (content, link.into());
            append(&mut builder, &line);
        }
        builder.into_inner().unwrap()
    }

    /// Written out as files.
    pub fn folder(&self, root: &Path) {
        for (name, member) in &self.0 {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            match member {
                Member::File(content) => std::fs::write(path, content).unwrap(),
                Member::Symlink(target) => std::os::unix::fs::symlink(target, path).unwrap(),
                Member::Hardlink(target) => std::fs::hard_link(root.join(target), path).unwrap(),
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    Digest::of(bytes).hex().to_owned()
}

/// `docker save` from 1.10 to 24: a folder per layer, a repeated layer as a symbolic link to the first.
pub fn docker_v12(images: &[&Image]) -> Archive {
    let mut archive = Archive::default();
    let mut manifest = Vec::new();
    for image in images {
        let config = image.config();
        let mut layers: Vec<String> = Vec::new();
        for (at, blob) in image.blobs().enumerate() {
            let id = hex(format!("{at}{:?}{}", image.platform, hex(&blob)).as_bytes());
            let name = format!("{id}/layer.tar");
            let bytes = Member::File(blob.clone());
            let first =
                archive.0.iter().find(|(_, member)| matches!(member, Member::File(have) if *have == blob));
            let member = first.map_or(bytes, |(first, _)| Member::Symlink(format!("../{first}")));
            archive.file(format!("{id}/VERSION"), "1.0");
            archive.document(format!("{id}/json"), &json!({"id": id, "os": "linux"}));
            if !archive.0.iter().any(|(have, _)| *have == name) {
                archive.0.push((name.clone(), member));
            }
            layers.push(name);
        }
        let name = format!("{}.json", hex(&config));
        archive.file(&name, config);
        let tags: Vec<&String> = image.name.iter().collect();
        manifest.push(json!({"Config": name, "RepoTags": tags, "Layers": layers}));
    }
    archive.document("manifest.json", &json!(manifest));
    archive.document("repositories", &json!({}));
    archive
}

/// `docker save` from 25 on: an OCI layout with a `manifest.json` beside.
pub fn docker_v25(image: &Image) -> Archive {
    let mut layout = Layout::default();
    let descriptor = layout.manifest(image);
    let mut archive = layout.finish(&[descriptor]);
    let blob = |bytes: &[u8]| format!("blobs/sha256/{}", hex(bytes));
    let layers: Vec<String> = image.blobs().map(|layer| blob(&layer)).collect();
    let tags: Vec<&String> = image.name.iter().collect();
    let manifest = json!([{"Config": blob(&image.config()), "RepoTags": tags, "Layers": layers}]);
    archive.document("manifest.json", &manifest);
    archive
}

/// kaniko, jib, crane: only a `manifest.json`, free names.
pub fn bare_docker(image: &Image) -> Archive {
    let mut archive = Archive::default();
    let config = image.config();
    let name = format!("sha256:{}", hex(&config));
    archive.file(&name, config);
    let mut layers = Vec::new();
    for blob in image.blobs() {
        let name = format!("{}.tar.gz", hex(&blob));
        archive.file(&name, blob);
        layers.push(name);
    }
    let tags: Vec<&String> = image.name.iter().collect();
    archive.document("manifest.json", &json!([{"Config": name, "RepoTags": tags, "Layers": layers}]));
    archive
}

/// `docker save` before 1.10: no manifest, layers chained by `parent`.
pub fn docker_v10(image: &Image) -> Archive {
    let mut archive = Archive::default();
    let mut parent = None;
    for (at, blob) in image.blobs().enumerate() {
        let id = hex(format!("v1 {at}").as_bytes());
        let mut document = json!({
            "id": id, "os": image.platform.0, "architecture": image.platform.1,
            "created": "2024-05-06T07:08:09Z", "container_config": {"Cmd": [format!("step {at}")]},
            "config": {"Env": ["PATH=/bin"], "Cmd": ["sh"]},
        });
        if let Some(parent) = &parent {
            document["parent"] = json!(parent);
        }
        archive.file(format!("{id}/VERSION"), "1.0");
        archive.document(format!("{id}/json"), &document);
        archive.file(format!("{id}/layer.tar"), blob);
        parent = Some(id);
    }
    let (name, tag) = image.name.as_deref().and_then(|name| name.rsplit_once(':')).unwrap_or(("app", "1"));
    let mut tags = json!({});
    tags[name] = json!({ tag: parent });
    archive.document("repositories", &tags);
    archive
}

/// skopeo's `dir:`.
pub fn docker_dir(image: &Image) -> Archive {
    let mut archive = Archive::default();
    archive.file("version", "Directory Transport Version: 1.1\n");
    let mut layout = Layout::default();
    layout.manifest(image);
    for (name, member) in layout.0.0 {
        if let Member::File(bytes) = member {
            let hex = name.rsplit('/').next().unwrap();
            let manifest =
                serde_json::from_slice::<Value>(&bytes).is_ok_and(|value| value["layers"].is_array());
            archive.file(if manifest { "manifest.json" } else { hex }, bytes);
        }
    }
    archive
}

/// An OCI layout with one manifest per image.
pub fn oci(images: &[&Image]) -> Archive {
    let mut layout = Layout::default();
    let descriptors: Vec<Value> = images.iter().map(|image| layout.manifest(image)).collect();
    layout.finish(&descriptors)
}

/// An OCI layout under construction.
#[derive(Debug, Default)]
pub struct Layout(pub Archive);

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

impl Layout {
    pub fn blob(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let descriptor =
            json!({"mediaType": media_type, "digest": Digest::of(&bytes).as_str(), "size": bytes.len()});
        self.0.file(format!("blobs/sha256/{}", hex(&bytes)), bytes);
        descriptor
    }

    /// Adds an image; the descriptor says gzip of every layer, whatever it is.
    pub fn manifest(&mut self, image: &Image) -> Value {
        let media_type = image.media_type.as_deref().unwrap_or(LAYER);
        let layers: Vec<Value> = image
            .blobs()
            .map(|blob| {
                let mut layer = self.blob(media_type, blob);
                if !image.annotations.is_null() {
                    layer["annotations"] = image.annotations.clone();
                }
                layer
            })
            .collect();
        let config = self.blob("application/vnd.oci.image.config.v1+json", image.config());
        let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
        let mut descriptor = self.blob(MANIFEST, manifest.to_string().into_bytes());
        descriptor["platform"] = json!({"os": image.platform.0, "architecture": image.platform.1});
        if let Some(variant) = &image.platform.2 {
            descriptor["platform"]["variant"] = json!(variant);
        }
        if let Some(name) = &image.name {
            descriptor["annotations"] = json!({"org.opencontainers.image.ref.name": name});
        }
        descriptor
    }

    /// What BuildKit puts beside an image to say how it was built.
    pub fn attestation(&mut self, of: &Value) -> Value {
        let statement = self.blob("application/vnd.in-toto+json", b"{\"predicate\":{}}".to_vec());
        let config = self.blob("application/vnd.oci.image.config.v1+json", b"{\"rootfs\":{}}".to_vec());
        let manifest =
            json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [statement]});
        let mut descriptor = self.blob(MANIFEST, manifest.to_string().into_bytes());
        descriptor["platform"] = json!({"os": "unknown", "architecture": "unknown"});
        descriptor["annotations"] = json!({
            "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": of["digest"],
        });
        descriptor
    }

    pub fn index(&mut self, manifests: &[Value]) -> Value {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        self.blob(INDEX, index.to_string().into_bytes())
    }

    pub fn finish(mut self, manifests: &[Value]) -> Archive {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        self.0.document("index.json", &index);
        self.0.document("oci-layout", &json!({"imageLayoutVersion": "1.0.0"}));
        self.0
    }
}

/// An archive compressed as a whole: name of the codec and the bytes.
pub fn outer(tar: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(tar).unwrap();
    vec![
        ("gz", gzip(tar)),
        ("gz of two members", Packing::Members.pack(tar)),
        ("zst", Packing::Zstd.pack(tar)),
        ("zst of several frames", Packing::Frames.pack(tar)),
        ("bz2", bzip2.finish().unwrap()),
    ]
}

/// An OCI layout of one image, written below `root`: what other tools read as well.
pub fn oci_folder(image: &Image, root: &Path) {
    let mut image = image.clone();
    image.name = Some("t".to_owned());
    oci(&[&image]).folder(root);
}
