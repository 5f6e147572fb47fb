//! docker-archive: `manifest.json` names the config and the layers of each image inside.

use std::collections::HashMap;

use super::super::blobs::Blobs;
use super::super::location::Form;
use super::{Candidate, Found, LayerRef, dive, oci};
use crate::image::Digest;
use crate::image::json;
use crate::image::manifest::{Document, Listed};

pub(super) fn find(blobs: &Blobs) -> Result<Found, String> {
    let slot = blobs.slot("manifest.json").ok_or("it has no manifest.json")?;
    let bytes = blobs.read(&slot).map_err(|error| format!("its manifest.json cannot be read: {error}"))?;
    let value = json::parse(&bytes).map_err(|error| format!("its manifest.json is {error}"))?;
    let listed = match Document::from_json(&value) {
        Ok(Document::Archive(listed)) => listed,
        Ok(_) => return Err("its manifest.json is not a docker-archive's (no list of images)".to_owned()),
        Err(why) => return Err(format!("its manifest.json cannot be used: {why}")),
    };
    if listed.is_empty() {
        return Err("its manifest.json lists no image".to_owned());
    }
    let mut found = Found { form: Form::DockerArchive.name(), ..Found::default() };
    // Docker 25 and later write an OCI layout beside it: manifests of the same images, with digests.
    let twins = if blobs.has("index.json") { oci::find(blobs).ok() } else { None };
    let twins: Vec<Candidate> =
        twins.map(|found| found.images.into_iter().flatten().collect()).unwrap_or_default();
    let mut seen: HashMap<(Option<Digest>, Vec<String>), usize> = HashMap::new();
    for (position, listed) in listed.into_iter().enumerate() {
        let mut image = candidate(blobs, &listed, &twins);
        // dive knows no other image than the first.
        image.dive_reads &= position == 0;
        // Several tags of one image may be listed one by one.
        let key = (image.id.clone(), listed.layers.clone());
        if let Some(index) = seen.get(&key).filter(|_| image.id.is_some()) {
            found.images[*index][0].names.extend(image.names);
        } else {
            seen.insert(key, found.images.len());
            found.images.push(vec![image]);
        }
    }
    Ok(found)
}

fn candidate(blobs: &Blobs, listed: &Listed, twins: &[Candidate]) -> Candidate {
    let mut image = Candidate { names: listed.tags.clone(), ..Candidate::default() };
    let slot = listed.config.as_deref().and_then(|name| blobs.slot(name));
    let stated = listed.config.as_deref().and_then(digest_in_name);
    image.take_config(blobs, slot, stated.as_ref());
    image.layers = listed.layers.iter().map(|name| layer(blobs, name)).collect();
    let order = order_by_diff_ids(&image, &listed.layers);
    let in_order = order.is_none();
    if let Some(order) = order {
        image.problems.push(
            "manifest.json lists the layers in another order than the config; \
            the config's order is used"
                .to_owned(),
        );
        image.layers = order.into_iter().map(|at| image.layers[at].clone()).collect();
    }
    image.dive_reads = in_order && dive::reads(blobs, listed);
    image.pair_diff_ids();
    match twins.iter().find(|twin| twin.id.is_some() && twin.id == image.id) {
        Some(twin) => image.take_digests(twin),
        None if !twins.is_empty() => {
            image
                .problems
                .push("index.json describes another image than manifest.json, which is shown".to_owned());
        }
        None => {}
    }
    image
}

impl Candidate {
    /// Takes manifest digest, media types and blob digests from the OCI manifest of the same image.
    fn take_digests(&mut self, twin: &Candidate) {
        // Docker 25.0 wrote such manifests with layers missing or in a wrong order: only what fits is taken.
        let fits = twin.layers.len() == self.layers.len()
            && self.layers.iter().zip(&twin.layers).all(|(own, other)| {
                own.digest.is_none() || other.digest.is_none() || own.digest == other.digest
            });
        if !fits {
            self.problems.push("the OCI manifest beside manifest.json lists other layers".to_owned());
            return;
        }
        self.digest.clone_from(&twin.digest);
        self.index.clone_from(&twin.index);
        for (own, other) in self.layers.iter_mut().zip(&twin.layers) {
            own.digest.clone_from(&other.digest);
            own.media_type.clone_from(&other.media_type);
            own.bytes = other.bytes;
            own.lazy |= other.lazy;
        }
    }
}

fn layer(blobs: &Blobs, name: &str) -> LayerRef {
    let slot = blobs.slot(name);
    let missing = slot.is_none().then(|| format!("{name} is missing from the archive"));
    // Only the layout below `blobs` promises that the name is the digest of these bytes.
    let digest = name.strip_prefix("blobs/").and_then(|name| Digest::parse(&name.replacen('/', ":", 1)));
    LayerRef { slot, missing, digest, ..LayerRef::default() }
}

/// `<hex>.json`, `sha256:<hex>` and `blobs/sha256/<hex>` name the config's own digest.
fn digest_in_name(name: &str) -> Option<Digest> {
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.strip_suffix(".json").unwrap_or(name);
    let hex = name.strip_prefix("sha256:").unwrap_or(name);
    Digest::parse(&format!("sha256:{hex}"))
}

/// Docker 25.0.x could write the layers in a wrong order. Where blobs are stated by digest and all of them are
/// diff IDs of the config, the config's order is known to be right.
fn order_by_diff_ids(image: &Candidate, names: &[String]) -> Option<Vec<usize>> {
    let stated: Vec<&Digest> = image.layers.iter().filter_map(|layer| layer.digest.as_ref()).collect();
    let ordered: Vec<&Digest> = image.config.diff_ids.iter().flatten().collect();
    if stated.len() != names.len() || ordered.len() != names.len() || stated == ordered {
        return None;
    }
    let mut free: Vec<Option<&Digest>> = stated.into_iter().map(Some).collect();
    ordered
        .into_iter()
        .map(|digest| {
            let at = free.iter().position(|have| *have == Some(digest))?;
            free[at] = None;
            Some(at)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::digest;

    #[test]
    fn config_names() {
        let hex = digest::hex(&[7; 32]);
        for name in [format!("{hex}.json"), format!("sha256:{hex}"), format!("blobs/sha256/{hex}")] {
            assert_eq!(
                digest_in_name(&name).map(|digest| digest.hex().to_owned()),
                Some(hex.clone()),
                "{name}"
            );
        }
        assert_eq!(digest_in_name("config.json"), None);
    }
}
