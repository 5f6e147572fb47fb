//! Where an image without a name comes from: which tag has taken its place, and how that is known.
//!
//! Nothing is guessed: when two tagged images fit equally well, none is named.

use std::hash::{Hash, Hasher};

use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHasher};

use super::Stock;
use super::plan::repository;
use super::steps::{may_make_layer, verb};
use crate::image::{LocalImage, LocalStep};

/// Labels that say what an image is, rather than which edition of it. All that are there must be the same.
const IDENTITY: [&str; 8] = [
    "org.opencontainers.image.title",
    "org.opencontainers.image.source",
    "org.opencontainers.image.url",
    "org.label-schema.name",
    "org.label-schema.vcs-url",
    "io.openshift.build.name",
    "com.docker.compose.project",
    "com.docker.compose.service",
];
const PROJECT: usize = 6;
const SERVICE: usize = 7;

/// The tag that has taken the place of a dangling image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    pub tag: String,
    /// Position of the image that has this tag now.
    pub image: usize,
    pub basis: Basis,
}

/// How it is known; the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// A digest still names its repository.
    RepoDigest,
    /// Labels that say what it is are the same.
    Label,
    /// Its build began with the same steps.
    History,
}

impl Basis {
    pub fn name(self) -> &'static str {
        match self {
            Basis::RepoDigest => "repo-digest",
            Basis::Label => "label",
            Basis::History => "history",
        }
    }
}

/// How much a tagged image looks like a later build of a dangling one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Likeness {
    labels: usize,
    steps: usize,
}

/// What an image was built from, made comparable.
#[derive(Debug, Default)]
struct Trail<'a> {
    /// Each step as it was written, without what changes with its sources.
    texts: Vec<u64>,
    /// The step and all before it, with their times: equal only where both took it from the same build.
    prefixes: Vec<u64>,
    /// Whether it says more of an image than that there is one.
    telling: Vec<bool>,
    /// How many steps there are up to the last command before each step.
    commands: Vec<usize>,
    /// How many steps at the start some other tagged image has too.
    common: usize,
    /// The labels in [`IDENTITY`].
    labels: [Option<&'a str>; IDENTITY.len()],
}

impl Stock<'_> {
    /// For each image, in the order of [`Stock::images`]: what replaced it, where it is dangling and that is known.
    pub fn lineage(&self) -> Vec<Option<Replaced>> {
        let dangling = |image: &&LocalImage| image.dangling();
        if !self.images.iter().any(dangling) {
            return vec![None; self.images.len()];
        }
        let mut trails: Vec<Trail> = self.images.iter().map(|image| Trail::of(image)).collect();
        let tagged: Vec<usize> =
            (0..self.images.len()).filter(|image| !self.images[*image].tags.is_empty()).collect();
        let mut holders: FxHashMap<u64, u32> = FxHashMap::default();
        let mut repositories: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for image in &tagged {
            for prefix in &trails[*image].prefixes {
                *holders.entry(*prefix).or_default() += 1;
            }
            for tag in &self.images[*image].tags {
                let images = repositories.entry(repository(tag)).or_default();
                if images.last() != Some(image) {
                    images.push(*image);
                }
            }
        }
        for trail in &mut trails {
            let is_common = |prefix: &u64| holders.get(prefix).is_some_and(|count| *count > 1);
            trail.common = trail.prefixes.iter().take_while(|prefix| is_common(prefix)).count();
        }
        let like = |old: usize, new: usize| {
            let (trail, other) = (&trails[old], &trails[new]);
            let base = trail.base(other);
            Likeness {
                labels: trail.same_labels(other, |key| came_with_base(self.images[old], key, base)),
                steps: trail.same_steps(other, base),
            }
        };
        let replaced = |old: usize| {
            let image = self.images[old];
            if !image.dangling() {
                return None;
            }
            let later = |new: &usize| is_later(self.images[*new], image);
            for name in &image.digests {
                let there = repositories.get(repository(name)).into_iter().flatten().copied();
                if let Some(new) = best(there.filter(later), |new| like(old, new), |_| true) {
                    let of = |tag: &&String| repository(tag) == repository(name);
                    let tag = main_tag(self.images[new].tags.iter().filter(of));
                    return Some(Replaced { tag, image: new, basis: Basis::RepoDigest });
                }
            }
            let told = |likeness: Likeness| likeness != Likeness::default();
            let new = best(tagged.iter().copied().filter(later), |new| like(old, new), told)?;
            let basis = if like(old, new).labels > 0 { Basis::Label } else { Basis::History };
            let both_dated = image.created.is_some() && self.images[new].created.is_some();
            let tag = main_tag(self.images[new].tags.iter());
            (basis == Basis::Label || both_dated).then_some(Replaced { tag, image: new, basis })
        };
        (0..self.images.len()).map(replaced).collect()
    }
}

/// The only one that is most alike, among those that are alike at all.
fn best(
    images: impl Iterator<Item = usize>,
    like: impl Fn(usize) -> Likeness,
    enough: impl Fn(Likeness) -> bool,
) -> Option<usize> {
    let mut best: Option<(Likeness, Option<usize>)> = None;
    for image in images {
        let likeness = like(image);
        if !enough(likeness) {
            continue;
        }
        best = match best {
            Some((most, _)) if most == likeness => Some((most, None)),
            Some((most, image)) if most > likeness => Some((most, image)),
            _ => Some((likeness, Some(image))),
        };
    }
    best?.1
}

/// Whether an image was made, or given a name, after another one was made. What is not known does not speak against it.
fn is_later(new: &LocalImage, old: &LocalImage) -> bool {
    let renewed: Option<Timestamp> = new.created.max(new.last_tagged);
    renewed.zip(old.created).is_none_or(|(renewed, created)| renewed >= created)
}

/// Of several tags of one image: `latest` says least about an edition, and so most about what moves.
fn main_tag<'a>(mut tags: impl Iterator<Item = &'a String> + Clone) -> String {
    let latest = tags.clone().find(|tag| tag.ends_with(":latest"));
    latest.or_else(|| tags.next()).cloned().unwrap_or_default()
}

fn came_with_base(image: &LocalImage, key: &str, base: usize) -> bool {
    let steps = image.steps.as_deref().unwrap_or_default();
    steps.iter().rposition(|step| step.created_by.contains(key)).is_some_and(|last| last < base)
}

impl<'a> Trail<'a> {
    fn of(image: &'a LocalImage) -> Trail<'a> {
        let mut trail = Trail::default();
        let mut all = FxHasher::default();
        let mut command = 0;
        for (index, step) in image.steps.iter().flatten().enumerate() {
            let mut own = FxHasher::default();
            for part in without_checksums(&step.created_by) {
                part.hash(&mut own);
            }
            trail.texts.push(own.finish());
            (&step.created_by, step.created, step.bytes).hash(&mut all);
            trail.prefixes.push(all.finish());
            trail.telling.push(is_telling(step));
            trail.commands.push(command);
            if matches!(verb(&step.created_by), "CMD" | "ENTRYPOINT") {
                command = index + 1;
            }
        }
        trail.labels = IDENTITY.map(|key| image.labels.get(key).map(String::as_str));
        trail
    }

    /// How many steps at the start both have from elsewhere. What a third image has too is a base, and so is what lies
    /// before the last command of the steps they share: images end with a command, and builds go on from there.
    fn base(&self, other: &Trail<'_>) -> usize {
        let both = self.prefixes.len().min(other.prefixes.len());
        let (mut shared, mut differs) = (0, both + 1);
        // Where one prefix is the same, all shorter ones are.
        while shared + 1 < differs {
            let middle = usize::midpoint(shared, differs);
            if self.prefixes[middle - 1] == other.prefixes[middle - 1] {
                shared = middle;
            } else {
                differs = middle;
            }
        }
        let command = self.commands.get(shared).copied().unwrap_or(0);
        self.common.min(shared).max(command).max(shared.min(1))
    }

    /// How many of the labels that say what an image is are the same; none when one of them is not. Labels that came
    /// with the base say what the base is.
    fn same_labels(&self, other: &Trail<'_>, came_with_base: impl Fn(&str) -> bool) -> usize {
        let mut same: usize = 0;
        for (index, pair) in self.labels.iter().zip(other.labels).enumerate() {
            match pair {
                (Some(one), Some(other)) if *one != other => return 0,
                (Some(_), Some(_)) if !came_with_base(IDENTITY[index]) => same += 1,
                _ => {}
            }
        }
        // A service's name alone is everybody's: web, db, app.
        let service_alone = self.labels[SERVICE].is_some() && self.labels[PROJECT].is_none();
        if service_alone { same.saturating_sub(1) } else { same }
    }

    /// How many steps after the base are the same, when these tell something, and are no less than half of what the
    /// older image has.
    fn same_steps(&self, other: &Trail<'_>, base: usize) -> usize {
        let end = self.texts.iter().zip(&other.texts).take_while(|(one, other)| one == other).count();
        // Bases that are built alike, edition by edition, end with a command too.
        let base = base.max(self.commands.get(end).copied().unwrap_or(0));
        let same = end.saturating_sub(base);
        let told = self.telling[base.min(end)..end].contains(&true);
        if told && 2 * same >= self.texts.len() - base { same } else { 0 }
    }
}

/// Whether a step says more of an image than that there is one: not what only sets metadata, and not the root file
/// system that every image begins with.
fn is_telling(step: &LocalStep) -> bool {
    let text = step.created_by.trim();
    let begins =
        matches!(verb(text), "ADD" | "COPY") && (text.ends_with(" in /") || text.ends_with(" / # buildkit"));
    !text.is_empty() && may_make_layer(step) && !begins
}

/// The words of a step without the checksums by which the classic builder and Podman tell what was copied.
fn without_checksums(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().map(|word| match word.split_once(':') {
        Some((kind @ ("file" | "dir" | "multi"), sum)) if sum.len() >= 32 && is_hex(sum) => kind,
        _ => word,
    })
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
