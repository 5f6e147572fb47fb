//! From documents to images: which images the blobs make up, and which layers each has.

mod archive;
mod dive;
mod legacy;
mod oci;

use std::sync::Arc;

use super::blobs::{Blobs, Slot};
use super::location::Form;
use super::{LayerOutcome, SourceError, Task};
use crate::image::json;
use crate::image::manifest::{Descriptor, Document};
use crate::image::{Config, Digest, Platform};

/// Images found at one place.
#[derive(Debug, Default)]
pub struct Found {
    /// Which form the source has, in the words of the command line.
    pub form: &'static str,
    /// What the user called the place.
    pub what: String,
    /// Different images; each in one or more variants (platforms, compressions).
    pub images: Vec<Vec<Candidate>>,
    /// Things that are no images, one line each.
    pub others: Vec<String>,
    /// What was odd about the place as a whole.
    pub problems: Vec<String>,
    /// Why the place could not be read to its end; in `problems` too.
    pub damage: Option<String>,
}

impl Found {
    /// All variants of all images, in their order.
    pub fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.images.iter().flatten()
    }

    /// Whether there is anything to choose: several images, or several platforms of one.
    pub fn several(&self) -> bool {
        let mut platforms = self.candidates().map(|one| &one.platform);
        let first = platforms.next();
        self.images.len() > 1 || platforms.any(|platform| Some(platform) != first)
    }
}

/// An image that could be opened.
#[derive(Clone, Debug, Default)]
pub struct Candidate {
    pub names: Vec<String>,
    pub platform: Option<Platform>,
    /// Digest of the manifest.
    pub digest: Option<Digest>,
    /// Digest of the index that lists it.
    pub index: Option<Digest>,
    /// Digest of the config.
    pub id: Option<Digest>,
    pub config: Config,
    pub layers: Vec<LayerRef>,
    pub zstd: bool,
    /// dive finds this image here, and reads it whole if its layers are sound.
    pub dive_reads: bool,
    pub problems: Vec<String>,
    /// What keeps parts of the image from being read; in `problems` too.
    pub damage: Vec<String>,
}

/// A layer, not read yet.
#[derive(Clone, Debug, Default)]
pub struct LayerRef {
    pub slot: Option<Slot>,
    /// Why there is no slot.
    pub missing: Option<String>,
    /// What the config says the uncompressed tar's digest is.
    pub diff_id: Option<Digest>,
    /// What the manifest says the blob's digest is.
    pub digest: Option<Digest>,
    pub media_type: Option<String>,
    /// Length of the blob in bytes, as stated.
    pub bytes: Option<u64>,
    /// Made for lazy pulling.
    pub lazy: bool,
}

impl Candidate {
    /// Whether everything it names is there.
    pub fn complete(&self) -> bool {
        self.layers.iter().all(|layer| layer.slot.is_some())
    }

    /// Takes the config document and what follows from it.
    fn take_config(&mut self, blobs: &Blobs, slot: Option<Slot>, stated: Option<&Digest>) {
        let document = slot.ok_or_else(|| "it is missing".to_owned()).and_then(|slot| {
            let bytes = blobs.read(&slot).map_err(|error| error.to_string())?;
            Ok((json::parse(&bytes)?, bytes))
        });
        match document {
            Ok((value, bytes)) => {
                self.id = Some(Digest::of(&bytes));
                if stated.is_some_and(|stated| stated.matches(&bytes) == Some(false)) {
                    self.problems.push("the config does not match its digest".to_owned());
                }
                self.config = Config::from_json(&value);
            }
            Err(why) => {
                self.id = stated.cloned();
                self.damaged(format!("the image's config cannot be read: {why}"));
            }
        }
        if self.platform.is_none() {
            self.platform.clone_from(&self.config.platform);
        }
    }

    /// Gives each layer the diff ID of its place.
    fn pair_diff_ids(&mut self) {
        let (ids, layers) = (self.config.diff_ids.len(), self.layers.len());
        if ids == layers {
            for (layer, diff_id) in self.layers.iter_mut().zip(&self.config.diff_ids) {
                layer.diff_id.clone_from(diff_id);
            }
        } else if ids > 0 {
            self.damaged(format!("the config names {ids} layers but the manifest {layers}"));
        }
    }

    fn damaged(&mut self, why: String) {
        self.problems.push(why.clone());
        self.damage.push(why);
    }
}

impl LayerRef {
    /// What came of it, where it was read while its archive passed by.
    pub fn outcome(&self) -> Option<&Arc<LayerOutcome>> {
        match &self.slot {
            Some(Slot::Layer(outcome)) => Some(outcome),
            _ => None,
        }
    }

    /// Length of the blob where it is, if that is known without reading.
    pub(crate) fn slot_bytes(&self, blobs: &Blobs) -> Option<u64> {
        self.slot.as_ref().and_then(|slot| blobs.range(slot).ok()).map(|range| range.length())
    }

    fn from_descriptor(blobs: &Blobs, descriptor: &Descriptor) -> LayerRef {
        let slot = descriptor.digest.as_ref().and_then(|digest| blobs.blob(digest));
        let slot = slot.or_else(|| descriptor.data.as_deref().map(|data| Slot::Bytes(data.into())));
        let missing = slot.is_none().then(|| match &descriptor.digest {
            _ if descriptor.urls => "it is a foreign layer, which is kept elsewhere".to_owned(),
            Some(digest) => format!("its blob {digest} is missing"),
            None => "the manifest names no digest for it".to_owned(),
        });
        LayerRef {
            slot,
            missing,
            diff_id: None,
            digest: descriptor.digest.clone(),
            media_type: descriptor.media_type.clone(),
            bytes: descriptor.bytes,
            lazy: descriptor.lazy,
        }
    }
}

/// Follows the documents of a place to its images.
pub fn roots(blobs: &Blobs, task: &Task) -> Result<Found, SourceError> {
    let mut found = match form(blobs) {
        Form::DockerArchive if blobs.has("manifest.json") => archive::find(blobs),
        Form::DockerArchive => legacy::find(blobs),
        Form::OciArchive | Form::OciDir => oci::find(blobs),
        Form::DockerDir => oci::find_dir(blobs),
        Form::Rootfs => rootfs(blobs),
    }
    .map_err(|why| SourceError::NoImage { what: blobs.what.clone(), why })?;
    found.what.clone_from(&blobs.what);
    found.problems.splice(0..0, blobs.problems.iter().cloned());
    found.damage.clone_from(&blobs.damage);
    if task.is_cancelled() { Err(SourceError::Cancelled) } else { Ok(found) }
}

/// What the user asked for, else what the names say.
fn form(blobs: &Blobs) -> Form {
    if let Some(form) = blobs.form {
        return match (form, blobs.is_folder()) {
            // A folder can hold an unpacked archive as well; the documents say which.
            (Form::OciArchive, true) => Form::OciDir,
            (form, _) => form,
        };
    }
    let document = |name: &str| {
        let slot = blobs.slot(name)?;
        json::parse(&blobs.read(&slot).ok()?).ok()
    };
    let oci = if blobs.is_folder() { Form::OciDir } else { Form::OciArchive };
    let rootfs = blobs.whole.is_some() && looks_like_rootfs(blobs);
    if blobs.has("manifest.json") {
        match document("manifest.json") {
            Some(serde_json::Value::Array(images))
                if !rootfs || images.iter().any(|image| !json::items(image, "Layers").is_empty()) =>
            {
                return Form::DockerArchive;
            }
            Some(value) if value.is_object() && blobs.has("index.json") && blobs.has("oci-layout") => {
                return oci;
            }
            Some(value) if value.is_object() && Document::from_json(&value).is_ok() => {
                return Form::DockerDir;
            }
            // A program may ship a file of that name.
            _ if rootfs => return Form::Rootfs,
            _ if blobs.has("index.json") && blobs.has("oci-layout") => return oci,
            _ => return Form::DockerArchive,
        }
    }
    if blobs.has("oci-layout") {
        return oci;
    }
    if blobs.has("index.json") && (!rootfs || blobs.names().any(|name| name.starts_with("blobs/"))) {
        return oci;
    }
    if legacy::recognise(blobs) {
        return Form::DockerArchive;
    }
    if blobs.whole.is_some() { Form::Rootfs } else { oci }
}

fn looks_like_rootfs(blobs: &Blobs) -> bool {
    const USUAL: [&str; 8] = ["bin/", "etc/", "usr/", "lib/", "var/", "dev/", "sbin/", "root/"];
    blobs.names().any(|name| USUAL.iter().any(|usual| name.starts_with(usual)))
}

/// The archive as one anonymous layer, as `docker import` would take it.
fn rootfs(blobs: &Blobs) -> Result<Found, String> {
    let slot = blobs.whole.clone().ok_or("it is a folder; pack it with `tar -C FOLDER -c . > rootfs.tar`")?;
    let layer = LayerRef { slot: Some(slot), ..LayerRef::default() };
    let image = Candidate { layers: vec![layer], ..Candidate::default() };
    Ok(Found { form: Form::Rootfs.name(), images: vec![vec![image]], ..Found::default() })
}
