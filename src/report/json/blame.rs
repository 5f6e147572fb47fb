//! `hadal.blame/1`: every version of one path.

use serde::Serialize;

use super::{Raw, lossy};
use crate::image::Image;
use crate::image::tree::{Stored, Version};

/// The document.
#[derive(Debug, Serialize)]
pub struct Blame<'a> {
    schema: &'static str,
    #[serde(serialize_with = "lossy")]
    path: Raw,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    versions: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    layer: usize,
    change: &'static str,
    r#type: &'static str,
    bytes: u64,
    mode: Option<String>,
    uid: Option<u64>,
    gid: Option<u64>,
    link_target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_target_base64: Option<String>,
    sha256: Option<String>,
    created_by: Option<&'a str>,
}

impl<'a> Blame<'a> {
    /// `sha256` tells the digest of a content in hexadecimal.
    pub fn new(
        image: &'a Image,
        path: &[u8],
        versions: &[Version<'a>],
        sha256: &mut dyn FnMut(&Stored) -> Option<String>,
    ) -> Blame<'a> {
        let path = Raw([b"/", crate::image::path::cleaned(path).as_slice()].concat());
        let entry = |version: &Version<'a>| {
            let exists = version.exists();
            let attributes = version.attributes();
            let step = image.step(version.layer()).map(|step| &step.entry);
            let target = version.link_target().filter(|_| exists).map(|target| Raw(target.to_vec()));
            Entry {
                layer: version.layer(),
                change: version.change().name(),
                r#type: version.kind().name(),
                bytes: if exists { version.stored_bytes() } else { 0 },
                mode: exists.then(|| super::octal(attributes.mode)),
                uid: exists.then_some(attributes.uid),
                gid: exists.then_some(attributes.gid),
                link_target: target.as_ref().map(|target| target.lossy().into_owned()),
                link_target_base64: target.as_ref().and_then(Raw::base64),
                sha256: version.content().filter(|_| exists).and_then(|stored| sha256(&stored)),
                created_by: step.and_then(|step| step.created_by.as_deref()),
            }
        };
        let versions = versions.iter().map(entry).collect();
        Blame { schema: "hadal.blame/1", path_base64: path.base64(), path, versions }
    }
}
