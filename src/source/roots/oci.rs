//! OCI layouts and skopeo's `dir:`: indexes, manifests and the blobs they point to.

use std::collections::{HashMap, HashSet};

use super::super::blobs::Blobs;
use super::super::location::Form;
use super::{Candidate, Found, LayerRef, legacy};
use crate::image::json;
use crate::image::manifest::{self, Descriptor, Document, Manifest};
use crate::image::{Config, Digest};

/// Indexes within indexes.
const MAX_DEPTH: usize = 8;

pub(super) fn find(blobs: &Blobs) -> Result<Found, String> {
    let form = if blobs.is_folder() { Form::OciDir } else { Form::OciArchive };
    let slot = blobs.slot("index.json").ok_or_else(|| match blobs.has("oci-layout") {
        true => "it is an OCI layout without an index.json",
        false => "it has neither an oci-layout nor an index.json nor a manifest.json",
    })?;
    let bytes = blobs.read(&slot).map_err(|error| format!("its index.json cannot be read: {error}"))?;
    let mut walk = Walk::new(blobs);
    match document(&bytes).map_err(|why| format!("its index.json cannot be used: {why}"))? {
        Document::Index(items) => walk.top(&items),
        // Some tools put the manifest itself there.
        Document::Manifest(manifest) => {
            walk.manifest(
                manifest,
                &Descriptor { digest: Some(Digest::of(&bytes)), ..Descriptor::default() },
            );
            walk.close();
        }
        _ => return Err("its index.json is no image index".to_owned()),
    }
    walk.finish(form)
}

pub(super) fn find_dir(blobs: &Blobs) -> Result<Found, String> {
    let slot = blobs.slot("manifest.json").ok_or("it has no manifest.json")?;
    let bytes = blobs.read(&slot).map_err(|error| format!("its manifest.json cannot be read: {error}"))?;
    let mut walk = Walk::new(blobs);
    let own = Descriptor { digest: Some(Digest::of(&bytes)), ..Descriptor::default() };
    match document(&bytes).map_err(|why| format!("its manifest.json cannot be used: {why}"))? {
        Document::Index(items) => walk.index(&items, &own, 0),
        Document::Manifest(manifest) => walk.manifest(manifest, &own),
        Document::Schema1 { layers, v1, names } => walk.schema1(&layers, &v1, names, &own),
        Document::Archive(_) => return Err("its manifest.json is a docker-archive's".to_owned()),
    }
    walk.close();
    walk.finish(Form::DockerDir)
}

fn document(bytes: &[u8]) -> Result<Document, String> {
    Document::from_json(&json::parse(bytes)?)
}

struct Walk<'a> {
    blobs: &'a Blobs,
    found: Found,
    /// Variants of the image under way.
    variants: Vec<Candidate>,
    visited: HashSet<Digest>,
    absent: Vec<String>,
    index: Option<Digest>,
}

impl<'a> Walk<'a> {
    fn new(blobs: &'a Blobs) -> Walk<'a> {
        let found = Found::default();
        Walk { blobs, found, variants: Vec::new(), visited: HashSet::new(), absent: Vec::new(), index: None }
    }

    /// The entries of `index.json`: each is an image of its own, except that manifests which differ in nothing
    /// but their platform are variants of one.
    fn top(&mut self, items: &[Descriptor]) {
        let mut made: HashMap<Digest, Option<usize>> = HashMap::new();
        for item in items {
            // One digest under several names is one image, and is read once.
            if let Some(image) = item.digest.as_ref().and_then(|digest| made.get(digest)) {
                let variants = image.and_then(|image| self.found.images.get_mut(image));
                for variant in variants.into_iter().flatten() {
                    variant.names.extend(item.names.iter().cloned());
                }
                continue;
            }
            let before = self.found.images.len();
            self.visited.clear();
            self.descriptor(item, 0);
            self.close();
            if let Some(digest) = &item.digest {
                made.insert(digest.clone(), (self.found.images.len() > before).then_some(before));
            }
        }
        for variant in self.found.images.iter_mut().flatten() {
            let mut seen = HashSet::new();
            variant.names.retain(|name| seen.insert(name.clone()));
        }
        self.join_platforms();
    }

    /// Ends the image under way.
    fn close(&mut self) {
        if !self.variants.is_empty() {
            self.found.images.push(std::mem::take(&mut self.variants));
        }
        self.index = None;
    }

    fn join_platforms(&mut self) {
        let mut joined: Vec<Vec<Candidate>> = Vec::new();
        let mut known: HashMap<Vec<Option<Digest>>, usize> = HashMap::new();
        for image in self.found.images.drain(..) {
            let first = &image[0];
            // An index and a manifest in it may both be listed: one image under several names.
            let digests: Vec<Option<Digest>> = image.iter().map(|variant| variant.digest.clone()).collect();
            if let Some(same) = known.get(&digests) {
                for (variant, other) in joined[*same].iter_mut().zip(&image) {
                    let new = other.names.iter().filter(|name| !variant.names.contains(name));
                    variant.names.extend(new.cloned().collect::<Vec<_>>());
                }
                continue;
            }
            let sibling = joined.iter_mut().find(|other| {
                let apart = |a: &Candidate| a.platform.is_some() && a.platform != first.platform;
                let recompressed = |a: &Candidate| a.platform == first.platform && a.zstd != first.zstd;
                image.len() == 1
                    && first.index.is_none()
                    && other[0].index.is_none()
                    && other[0].names == first.names
                    && first.platform.is_some()
                    && other.iter().all(|a| apart(a) || recompressed(a))
            });
            if let Some(sibling) = sibling {
                sibling.extend(image);
            } else {
                known.insert(digests, joined.len());
                joined.push(image);
            }
        }
        self.found.images = joined;
    }

    fn descriptor(&mut self, item: &Descriptor, depth: usize) {
        let Some(digest) = item.digest.clone() else {
            self.found.problems.push("an index entry names no digest".to_owned());
            return;
        };
        if item.attestation {
            return;
        }
        if !self.visited.insert(digest.clone()) {
            return;
        }
        let slot = self.blobs.blob(&digest);
        let bytes = match (slot, &item.data) {
            (Some(slot), _) => self.blobs.read(&slot).map_err(|error| error.to_string()),
            (None, Some(data)) => Ok(data.clone()),
            (None, None) => {
                let platform = item.platform.as_ref().map(|platform| format!(" ({platform})"));
                self.absent.push(format!("manifest {digest}{} is missing", platform.unwrap_or_default()));
                return;
            }
        };
        let read = bytes.and_then(|bytes| {
            if digest.matches(&bytes) == Some(false) {
                self.found.problems.push(format!("manifest {digest} does not match its digest"));
            }
            document(&bytes)
        });
        match read {
            Ok(Document::Index(items)) => self.index(&items, item, depth),
            Ok(Document::Manifest(manifest)) => self.manifest(manifest, item),
            Ok(Document::Schema1 { layers, v1, names }) => self.schema1(&layers, &v1, names, item),
            Ok(Document::Archive(_)) => {
                self.found.others.push(format!("{digest} is a docker-archive's manifest, not an image's"));
            }
            // An index may list anything; what is unknown is no error (image-index.md, "manifests").
            Err(why) => {
                let kind = item.media_type.as_deref().unwrap_or("blob");
                self.found.others.push(format!("{kind} {digest}: {why}"));
            }
        }
    }

    fn index(&mut self, items: &[Descriptor], own: &Descriptor, depth: usize) {
        if depth >= MAX_DEPTH {
            self.found.problems.push(format!("indexes nested deeper than {MAX_DEPTH} were not followed"));
            return;
        }
        let outermost = self.index.is_none();
        if outermost {
            self.index.clone_from(&own.digest);
        }
        let before = self.variants.len();
        for item in items {
            self.descriptor(item, depth + 1);
        }
        for variant in &mut self.variants[before..] {
            if variant.names.is_empty() {
                variant.names.clone_from(&own.names);
            }
        }
    }

    fn manifest(&mut self, manifest: Manifest, own: &Descriptor) {
        if let Some(what) = artifact(&manifest) {
            let digest = own.digest.as_ref().map(|digest| format!(" {}", digest.short()));
            let blobs = manifest.layers.len();
            self.found.others.push(format!("{what}{} with {blobs} blobs", digest.unwrap_or_default()));
            return;
        }
        let mut image = Candidate {
            names: if own.names.is_empty() { manifest.names } else { own.names.clone() },
            platform: own.platform.clone(),
            digest: own.digest.clone(),
            index: self.index.clone(),
            zstd: own.zstd,
            ..Candidate::default()
        };
        let config = &manifest.config;
        let slot = config.digest.as_ref().and_then(|digest| self.blobs.blob(digest));
        let inline = || config.data.as_deref().map(|data| super::Slot::Bytes(data.into()));
        image.take_config(self.blobs, slot.or_else(inline), config.digest.as_ref());
        image.layers =
            manifest.layers.iter().map(|item| LayerRef::from_descriptor(self.blobs, item)).collect();
        image.pair_diff_ids();
        self.variants.push(image);
    }

    fn schema1(
        &mut self,
        layers: &[Descriptor],
        v1: &[serde_json::Value],
        names: Vec<String>,
        own: &Descriptor,
    ) {
        let mut config = v1.last().map(Config::from_json).unwrap_or_default();
        config.history = v1.iter().map(legacy::history).collect();
        // Steps without a layer have an empty one here; history and layers pair one to one.
        config.history.iter_mut().for_each(|entry| entry.empty_layer = false);
        self.variants.push(Candidate {
            names,
            platform: own.platform.clone().or_else(|| config.platform.clone()),
            digest: own.digest.clone(),
            index: self.index.clone(),
            config,
            layers: layers.iter().map(|item| LayerRef::from_descriptor(self.blobs, item)).collect(),
            ..Candidate::default()
        });
    }

    fn finish(mut self, form: Form) -> Result<Found, String> {
        if self.found.images.is_empty() {
            let mut why = Vec::new();
            why.extend(self.found.others.iter().map(|other| format!("it holds {other}")));
            why.append(&mut self.absent);
            why.append(&mut self.found.problems);
            why.truncate(5);
            let why = if why.is_empty() { "its index lists nothing".to_owned() } else { why.join("; ") };
            return Err(why);
        }
        self.found.form = form.name();
        Ok(self.found)
    }
}

/// What a manifest is when it is no image.
fn artifact(manifest: &Manifest) -> Option<String> {
    let config = manifest.config.media_type.as_deref().unwrap_or_default();
    let image = config.contains("image.config")
        || config.contains("container.image.v1+json")
        || config.is_empty()
        || config == "application/octet-stream"
        || config == "application/json";
    let layers = manifest.layers.iter().all(Descriptor::is_layer);
    if image && manifest.artifact_type.is_none() && (layers || !config.is_empty()) && !attests(manifest) {
        return None;
    }
    let kind = manifest.artifact_type.clone().or_else(|| {
        let first = manifest.layers.first().and_then(|layer| layer.media_type.clone());
        Some(config.to_owned()).filter(|config| !config.is_empty() && !image).or(first)
    });
    let subject = if manifest.subject { " that describes another image" } else { "" };
    Some(format!("an artifact of type {}{subject}", kind.unwrap_or_else(|| "unknown".to_owned())))
}

fn attests(manifest: &manifest::Manifest) -> bool {
    let statement = |layer: &Descriptor| {
        layer.media_type.as_deref().is_some_and(|media_type| media_type.contains("in-toto"))
    };
    !manifest.layers.is_empty() && manifest.layers.iter().all(statement)
}
