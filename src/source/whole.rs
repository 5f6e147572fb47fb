//! Whether an archive that was written holds what it was written for: read back, before anybody relies on it.

use std::collections::HashSet;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::blobs::Blobs;
use super::codec::unpacked;
use super::roots::{Candidate, LayerRef, roots};
use super::{SourceError, Task};
use crate::image::Digest;

/// Bytes that are hashed between two looks at whether to go on.
const PIECE: usize = 256 << 10;

/// An image that an archive has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// What the engine calls it: the digest of its config, of its manifest or of its index.
    pub id: String,
    /// Names that it has to have there.
    pub names: Vec<String>,
}

/// Fails, and says what is missing, unless each image is listed with its names, its config is the one that the id says,
/// and every byte of its layers has the digest that it should have.
pub fn check_archive(path: &Path, wanted: &[Held], task: &Task) -> Result<(), String> {
    let words = |error: SourceError| error.to_string();
    let quiet = Task::new();
    let blobs = Blobs::from_path(path, None, &quiet).map_err(words)?;
    let found = roots(&blobs, &quiet).map_err(words)?;
    if let Some(damage) = &found.damage {
        return Err(format!("the archive is not whole: {damage}"));
    }
    let mut sound = HashSet::new();
    for held in wanted {
        let named = held.names.first().unwrap_or(&held.id);
        let its: Vec<&Candidate> = found.candidates().filter(|one| is(one, &held.id)).collect();
        if its.is_empty() {
            return Err(format!("the archive does not hold {named}"));
        }
        let missing = |name: &&String| !its.iter().any(|one| one.names.iter().any(|own| same(own, name)));
        if let Some(name) = held.names.iter().find(missing) {
            return Err(format!("the archive does not have the name {name}"));
        }
        // Of an image for several platforms engines keep, and save, those that they have.
        let Some(image) = its.iter().find(|one| one.complete() && one.damage.is_empty()) else {
            let why = its[0].layers.iter().find_map(|layer| layer.missing.clone());
            let why = why.or_else(|| its[0].damage.first().cloned()).unwrap_or_default();
            return Err(format!("the archive does not hold all of {named}: {why}"));
        };
        for (at, layer) in image.layers.iter().enumerate() {
            let expected = layer.digest.as_ref().or(layer.diff_id.as_ref());
            if expected.is_none_or(|digest| sound.contains(digest)) {
                continue;
            }
            let digest =
                hashed(&blobs, layer, task).map_err(|error| format!("layer {at} of {named}: {error}"))?;
            if Some(&digest) != expected {
                return Err(format!("layer {at} of {named} is damaged in the archive"));
            }
            sound.insert(digest);
        }
    }
    Ok(())
}

fn is(image: &Candidate, id: &str) -> bool {
    [&image.id, &image.digest, &image.index].into_iter().flatten().any(|digest| digest.as_str() == id)
}

/// Whether two names are the same but for the registry that people leave out.
fn same(one: &str, other: &str) -> bool {
    let within =
        |long: &str, short: &str| long.strip_suffix(short).is_some_and(|before| before.ends_with('/'));
    one == other || within(one, other) || within(other, one)
}

/// The digest of a blob as it is stored, or, where only that of the tar is known, of what is packed in it.
fn hashed(blobs: &Blobs, layer: &LayerRef, task: &Task) -> io::Result<Digest> {
    let slot = layer.slot.as_ref().ok_or_else(|| io::Error::other("it is missing"))?;
    let range = blobs.range(slot)?;
    let mut reader: Box<dyn Read> =
        if layer.digest.is_some() { Box::new(range) } else { Box::new(unpacked(range, false)?) };
    let (mut hasher, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        match reader.read(&mut piece)? {
            0 => return Ok(Digest::sha256(&hasher.finalize())),
            count => hasher.update(&piece[..count]),
        }
        if task.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of one image with one layer, as docker writes it, and the image's id.
    fn archive(
        tags: &str,
        contents: &[u8],
        layer: &[u8],
        with_layer: bool,
    ) -> (tempfile::NamedTempFile, String) {
        let diff_id = Digest::of(contents);
        let config = format!(r#"{{"os":"linux","rootfs":{{"type":"layers","diff_ids":["{diff_id}"]}}}}"#);
        let id = Digest::of(config.as_bytes());
        let name = format!("{}.json", id.hex());
        let manifest = format!(r#"[{{"Config":"{name}","RepoTags":{tags},"Layers":["a/layer.tar"]}}]"#);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let mut builder = tar::Builder::new(file.as_file_mut());
        let mut members: Vec<(&str, &[u8])> =
            vec![(&name, config.as_bytes()), ("manifest.json", manifest.as_bytes())];
        if with_layer {
            members.insert(0, ("a/layer.tar", layer));
        }
        for (name, bytes) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, bytes).unwrap();
        }
        builder.finish().unwrap();
        drop(builder);
        (file, id.to_string())
    }

    #[test]
    fn everything_has_to_be_there_and_sound() {
        let contents = vec![0; 2048];
        let other = [vec![0; 1024], vec![1; 1024]].concat();
        let both = r#"["localhost/app:1","app:2"]"#;
        for (tags, layer, with_layer, wanted, complaint) in [
            (both, &contents, true, &["app:1", "app:2"][..], None),
            (both, &contents, true, &[], None),
            ("null", &contents, true, &[], None),
            (both, &contents, true, &["app:3"], Some("does not have the name app:3")),
            (both, &contents, true, &["pp:2"], Some("does not have the name pp:2")),
            ("null", &contents, true, &["app:1"], Some("does not have the name app:1")),
            (both, &other, true, &["app:1"], Some("layer 0 of app:1 is damaged")),
            (both, &contents, false, &["app:1"], Some("does not hold all of app:1")),
        ] {
            let (file, id) = archive(tags, &contents, layer, with_layer);
            let names = wanted.iter().map(|name| (*name).to_owned()).collect();
            let checked = check_archive(file.path(), &[Held { id, names }], &Task::new());
            match complaint {
                None => assert_eq!(checked, Ok(()), "{tags} {wanted:?}"),
                Some(complaint) => {
                    assert!(checked.as_ref().is_err_and(|why| why.contains(complaint)), "{checked:?}");
                }
            }
        }
        let (file, id) = archive(both, &contents, &contents, true);
        let missing = Held { id: format!("sha256:{}", "0".repeat(64)), names: vec!["gone:1".to_owned()] };
        let held = Held { id: id.clone(), names: Vec::new() };
        let checked = check_archive(file.path(), &[held.clone(), missing], &Task::new());
        assert!(checked.unwrap_err().contains("does not hold gone:1"));
        let stopped = Task::new();
        stopped.cancel();
        assert!(check_archive(file.path(), &[held], &stopped).is_err());
    }
}
