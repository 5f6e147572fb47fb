//! One image out of those that a place holds.

use super::roots::{Candidate, Found};
use super::{Blobs, SourceError};
use crate::image::{Choice, Platform};

/// Images among which each wish is tried: it takes a look at all of them.
const MAX_TRIED: usize = 1000;

/// What the user asked for.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// A tag, a digest, or a position from 0.
    pub image: Option<String>,
    pub platform: Option<Platform>,
}

/// Chooses an image and its variant. Errors list what there is.
pub fn choose<'a>(found: &'a Found, wish: &Wish) -> Result<&'a Candidate, SourceError> {
    let images = found.images.as_slice();
    let variants = match (&wish.image, images) {
        (Some(wanted), images) => {
            let at = select(images, wanted).ok_or_else(|| SourceError::NoSuchImage {
                what: found.what.clone(),
                wish: wanted.clone(),
                list: list_images(images),
            })?;
            &images[at]
        }
        (None, [only]) => only,
        (None, images) => {
            return Err(SourceError::Several { what: found.what.clone(), list: list_images(images) });
        }
    };
    // A digest may name one variant among several platforms.
    if let Some(wanted) = &wish.image
        && let Some(variant) = variants.iter().find(|variant| is_digest_of(variant.digest.as_ref(), wanted))
    {
        return Ok(variant);
    }
    variant(variants, wish.platform.as_ref()).ok_or_else(|| SourceError::NoPlatform {
        what: found.what.clone(),
        wish: wish.platform.clone().unwrap_or_else(Platform::host).to_string(),
        list: list_platforms(variants),
    })
}

/// Everything that can be chosen, in the order of [`Found::candidates`].
pub fn choices(found: &Found, blobs: &Blobs) -> Vec<Choice> {
    let stored = |one: &Candidate| -> Option<u64> {
        one.layers.iter().map(|layer| layer.bytes.or_else(|| layer.slot_bytes(blobs))).sum()
    };
    let choice = |one: &Candidate| Choice {
        names: one.names.clone(),
        platform: one.platform.clone(),
        digest: one.digest.clone(),
        id: one.id.clone(),
        created: one.config.created.clone(),
        stored_bytes: stored(one),
        layers: one.layers.len(),
        complete: one.complete(),
        select: selector(found, one),
    };
    found.candidates().map(choice).collect()
}

/// A wish that leads to `wanted`: a name where one will do, since people read it, else a digest, else the position.
fn selector(found: &Found, wanted: &Candidate) -> String {
    let position = found.images.iter().position(|image| image.iter().any(|one| std::ptr::eq(one, wanted)));
    let digests = [&wanted.digest, &wanted.id].into_iter().flatten().map(ToString::to_string);
    let position = position.map(|position| position.to_string());
    if found.candidates().nth(MAX_TRIED).is_some() {
        return position.unwrap_or_default();
    }
    let mut ways = wanted.names.iter().cloned().chain(digests).chain(position.clone());
    let leads = |way: &String| {
        let wish = Wish { image: Some(way.clone()), platform: wanted.platform.clone() };
        choose(found, &wish).is_ok_and(|chosen| std::ptr::eq(chosen, wanted))
    };
    ways.find(leads).or(position).unwrap_or_default()
}

fn select(images: &[Vec<Candidate>], wanted: &str) -> Option<usize> {
    let named = |name: &str| names_of(name).any(|short| short == wanted) || name == wanted;
    let by_name = images
        .iter()
        .position(|variants| variants.iter().any(|one| one.names.iter().any(|name| named(name))));
    let by_digest = || {
        images.iter().position(|variants| {
            variants.iter().any(|one| {
                [&one.digest, &one.id, &one.index]
                    .into_iter()
                    .any(|digest| is_digest_of(digest.as_ref(), wanted))
            })
        })
    };
    let by_position = || wanted.parse().ok().filter(|position| *position < images.len());
    by_name.or_else(by_position).or_else(by_digest)
}

/// Shorter spellings of a full name: without the default registry, without the default tag, the bare tag.
fn names_of(name: &str) -> impl Iterator<Item = &str> {
    let short = name.strip_prefix("docker.io/").unwrap_or(name);
    let shorter = short.strip_prefix("library/").unwrap_or(short);
    let tag = shorter.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
    let untagged = tag.filter(|(_, tag)| *tag == "latest").map(|(name, _)| name);
    [Some(short), Some(shorter), untagged, tag.map(|(_, tag)| tag)].into_iter().flatten()
}

fn is_digest_of(digest: Option<&crate::image::Digest>, wanted: &str) -> bool {
    let hex = wanted.strip_prefix("sha256:").unwrap_or(wanted);
    hex.len() >= 7
        && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
        && digest.is_some_and(|digest| digest.hex().starts_with(&hex.to_ascii_lowercase()))
}

/// The best variant for the platform: what is complete before what lacks layers, gzip before zstd, the first.
fn variant<'a>(variants: &'a [Candidate], wish: Option<&Platform>) -> Option<&'a Candidate> {
    let host = Platform::host();
    let target = wish.unwrap_or(&host);
    let rank = |one: &Candidate| {
        let serves = one.platform.as_ref()?.serves(target)?;
        Some((one.complete(), serves, !one.zstd))
    };
    // `max_by_key` takes the last of equals, hence the reversal.
    let best = variants.iter().rev().filter(|one| rank(one).is_some()).max_by_key(|one| rank(one));
    match (best, variants) {
        (Some(best), _) => Some(best),
        (None, [only]) if wish.is_none() || only.platform.is_none() => Some(only),
        (None, _) if wish.is_none() => {
            let mut complete = variants.iter().filter(|one| one.complete());
            complete.next().filter(|_| complete.next().is_none())
        }
        _ => None,
    }
}

fn list_images(images: &[Vec<Candidate>]) -> String {
    let line = |(at, variants): (usize, &Vec<Candidate>)| {
        let names = variants.first().map(|one| one.names.join(", ")).filter(|names| !names.is_empty());
        let id = variants.first().and_then(|one| one.digest.as_ref().or(one.id.as_ref()));
        let id = id.map(|id| format!("  {}", id.short())).unwrap_or_default();
        let mut platforms: Vec<String> =
            variants.iter().filter_map(|one| one.platform.as_ref().map(ToString::to_string)).collect();
        platforms.dedup();
        format!("  {at}  {}{id}  {}", names.unwrap_or_else(|| "(no name)".to_owned()), platforms.join(", "))
    };
    images.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

fn list_platforms(variants: &[Candidate]) -> String {
    let line = |one: &Candidate| {
        let platform = one.platform.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        format!("  {platform}{}", if one.complete() { "" } else { "  (layers missing)" })
    };
    variants.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Digest;

    fn image(names: &[&str], platform: &str) -> Candidate {
        Candidate {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            platform: Platform::parse(platform),
            digest: Some(Digest::of(format!("{names:?}{platform}").as_bytes())),
            ..Candidate::default()
        }
    }

    fn found(images: Vec<Vec<Candidate>>) -> Found {
        Found { images, what: "x.tar".to_owned(), ..Found::default() }
    }

    fn wish(image: Option<&str>, platform: Option<&str>) -> Wish {
        Wish { image: image.map(str::to_owned), platform: platform.and_then(Platform::parse) }
    }

    #[test]
    fn images() {
        let two = found(vec![
            vec![image(&["docker.io/library/a:latest"], "linux/amd64")],
            vec![image(&["b:1", "b:2"], "linux/amd64")],
        ]);
        let names = |wanted| choose(&two, &wish(Some(wanted), None)).map(|one| one.names[0].clone()).ok();
        for (wanted, first) in [
            ("a", Some("docker.io/library/a:latest")),
            ("a:latest", Some("docker.io/library/a:latest")),
            ("b:2", Some("b:1")),
            ("1", Some("b:1")),
            ("0", Some("docker.io/library/a:latest")),
            ("9", None),
            ("c", None),
        ] {
            assert_eq!(names(wanted).as_deref(), first, "{wanted}");
        }
        let digest = two.images[1][0].digest.clone().unwrap();
        assert_eq!(names(digest.as_str()).as_deref(), Some("b:1"));
        assert_eq!(names(digest.short()).as_deref(), Some("b:1"));
        let error = choose(&two, &wish(None, None)).unwrap_err().to_string();
        assert!(error.contains("--image") && error.contains("b:1, b:2"), "{error}");
    }

    #[test]
    fn platforms() {
        let arms = ["linux/arm/v6", "linux/arm/v7", "linux/arm64", "windows/amd64"];
        let one = found(vec![arms.iter().map(|platform| image(&["a:1"], platform)).collect()]);
        let chosen = |platform| {
            choose(&one, &wish(None, Some(platform)))
                .ok()
                .and_then(|one| one.platform.clone())
                .map(|p| p.to_string())
        };
        for (wanted, got) in [
            ("linux/arm/v7", Some("linux/arm/v7")),
            ("linux/arm/v8", Some("linux/arm/v7")),
            ("linux/arm", Some("linux/arm/v7")),
            ("linux/arm64/v8", Some("linux/arm64")),
            ("linux/riscv64", None),
        ] {
            assert_eq!(chosen(wanted).as_deref(), got, "{wanted}");
        }
        let foreign = found(vec![vec![image(&["a:1"], "plan9/mips")]]);
        assert!(choose(&foreign, &wish(None, None)).is_ok(), "the only one there is");
        assert!(choose(&foreign, &wish(None, Some("linux/amd64"))).is_err());
        let mut zstd = image(&["a:1"], "linux/amd64");
        zstd.zstd = true;
        let gzip = image(&["a:1", "gzip"], "linux/amd64");
        let both = found(vec![vec![zstd, gzip.clone()]]);
        let chosen = choose(&both, &wish(None, Some("linux/amd64"))).unwrap();
        assert_eq!(chosen.digest, gzip.digest);
    }
}
