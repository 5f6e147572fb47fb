//! Whether dive reads an image as it is: which names and packings it knows in an archive with a `manifest.json`.

use super::super::blobs::{Blobs, Slot};
use super::super::codec::Codec;
use crate::image::manifest::Listed;

/// Whether dive 0.13 finds the config and every layer of an image that `manifest.json` lists, and reads each whole.
/// It goes by names as they stand there, and takes a link to a layer for an empty one.
pub(super) fn reads(blobs: &Blobs, listed: &Listed) -> bool {
    blobs.as_stored && listed.config.as_deref().is_some_and(is_document) && {
        listed.layers.iter().all(|name| reads_layer(blobs, name))
    }
}

/// Capital letters are other letters to dive.
fn ends(name: &str, end: &str) -> bool {
    name.ends_with(end)
}

fn is_document(name: &str) -> bool {
    !is_tar(name) && !is_gzip(name) && {
        ends(name, ".json") || name.starts_with("sha256:") || name.starts_with("blobs/")
    }
}

fn is_tar(name: &str) -> bool {
    ends(name, ".tar")
}

fn is_gzip(name: &str) -> bool {
    ends(name, ".tar.gz") || ends(name, "tgz")
}

fn reads_layer(blobs: &Blobs, name: &str) -> bool {
    let Some(codec) = blobs.member(name).and_then(|slot| codec(blobs, slot)) else { return false };
    match codec {
        Codec::Plain if is_tar(name) => true,
        Codec::Gzip if is_gzip(name) => true,
        Codec::Plain | Codec::Gzip | Codec::Zstd => {
            let other = is_tar(name) || is_gzip(name) || ends(name, ".json");
            name.starts_with("blobs/") && !other
        }
        _ => false,
    }
}

fn codec(blobs: &Blobs, slot: &Slot) -> Option<Codec> {
    if let Slot::Layer(outcome) = slot {
        // Of a layer that has passed, a plain one is its own blob; engines write no others.
        return (outcome.blob_digest == outcome.diff_id).then_some(Codec::Plain);
    }
    let mut head = [0; 6];
    let count = blobs.range(slot).ok()?.peek(&mut head).ok()?;
    Some(Codec::sniff(&head[..count]))
}
