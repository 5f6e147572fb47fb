//! Which layers the build cache holds beside images.
//!
//! `BuildKit` keeps what a step made as a record of its cache, and an image that is built of it takes the same files. Such
//! a record says that an image shares it, but not which. What it stands on, its bytes and its description tell the
//! step, and so the layer; where they do not, nobody can say that a layer goes.

use rustc_hash::{FxHashMap, FxHashSet};

use super::layers::{Layers, ROOT};
use super::steps::{makers, verb};
use crate::image::{LocalImage, LocalStep};
use crate::world::CacheRecord;

/// How `BuildKit` ends what it writes into a history.
const MARK: &str = "# buildkit";
/// How it describes the record of a command.
const COMMAND: &str = "mount / from exec ";
/// How it describes the record of a copy, where it does not tell the instruction.
const FILES: &str = "fileop target";

/// Layers by what holds them.
#[derive(Debug, Default)]
pub(super) struct Pins {
    held: FxHashSet<u32>,
    unclear: FxHashSet<u32>,
}

/// What is known of the layers and the records, while they are put together.
struct Match<'a> {
    layers: &'a Layers,
    /// The steps of `BuildKit` by the layer that they made.
    steps: FxHashMap<u32, &'a LocalStep>,
    cache: FxHashMap<&'a str, &'a CacheRecord>,
}

impl Pins {
    /// `stays` says of a record whether it stays.
    pub(super) fn new(
        images: &[&LocalImage],
        layers: &Layers,
        cache: &[CacheRecord],
        stays: impl Fn(&CacheRecord) -> bool,
    ) -> Pins {
        let mut pins = Pins::default();
        let shared: Vec<&CacheRecord> =
            cache.iter().filter(|record| record.shared && stays(record)).collect();
        if shared.is_empty() {
            return pins;
        }
        let mut puzzle = Match {
            layers,
            steps: FxHashMap::default(),
            cache: shared.iter().map(|record| (record.id.as_str(), *record)).collect(),
        };
        for (at, image) in images.iter().enumerate() {
            let Some(tip) = layers.tip(at) else { continue };
            let chain: Vec<u32> = layers.upto(tip, ROOT).collect();
            let steps = image.steps.as_deref().unwrap_or_default();
            match makers(steps, chain.len()) {
                Some(makers) => {
                    let made = chain.iter().rev().zip(makers).filter(|(_, step)| step.buildkit);
                    puzzle.steps.extend(made.map(|(node, step)| (*node, step)));
                }
                None if steps.iter().any(|step| step.buildkit) => pins.unclear.extend(chain),
                None => {}
            }
        }
        let like: Vec<(u32, Vec<&str>)> = puzzle
            .steps
            .keys()
            .map(|node| {
                (
                    *node,
                    shared.iter().filter(|one| puzzle.fits(*node, one)).map(|one| one.id.as_str()).collect(),
                )
            })
            .collect();
        let mut wanted: FxHashMap<&str, usize> = FxHashMap::default();
        like.iter().flat_map(|(_, ids)| ids).for_each(|id| *wanted.entry(*id).or_default() += 1);
        for (node, ids) in &like {
            // Several layers may look alike; with a record for each of them all are held.
            let rivals = ids.iter().map(|id| wanted[id]).max().unwrap_or(0);
            if !ids.is_empty() && ids.len() >= rivals {
                pins.held.insert(*node);
            } else if !ids.is_empty() {
                pins.unclear.insert(*node);
            }
        }
        pins.held = below(&pins.held, layers);
        // Records that no layer is known for may hold any layer that none is known for.
        let is_base = |one: &&&CacheRecord| one.parents.is_empty();
        let strangers =
            shared.iter().filter(|one| !is_base(one)).any(|one| !wanted.contains_key(one.id.as_str()));
        let bases: FxHashSet<u32> = like
            .iter()
            .filter(|(_, ids)| !ids.is_empty())
            .map(|(node, _)| layers.below(*node))
            .filter(|below| *below != ROOT && !puzzle.steps.contains_key(below))
            .collect();
        if strangers {
            pins.unclear.extend(puzzle.steps.keys());
        }
        if shared.iter().filter(is_base).count() > bases.len() {
            let tips = (0..images.len()).filter_map(|image| layers.tip(image));
            pins.unclear.extend(tips);
        }
        pins.unclear = below(&pins.unclear, layers);
        pins
    }

    /// Whether something holds it for sure, or nobody can say that nothing does.
    pub(super) fn may_hold(&self, node: u32) -> bool {
        self.held.contains(&node) || self.unclear.contains(&node)
    }

    pub(super) fn is_unclear(&self, node: u32) -> bool {
        self.unclear.contains(&node) && !self.held.contains(&node)
    }
}

impl Match<'_> {
    /// Whether a record can be that of the layer, down to where the build began.
    fn fits(&self, node: u32, record: &CacheRecord) -> bool {
        let (mut node, mut record) = (node, record);
        loop {
            let Some(step) = self.steps.get(&node) else { return true };
            if !describes(record, step) {
                return false;
            }
            node = self.layers.below(node);
            if !self.steps.contains_key(&node) {
                return true;
            }
            // What is merged from several places stands on more than one, and is no single layer.
            let [parent] = &record.parents[..] else { return false };
            let Some(below) = self.cache.get(parent.as_str()) else { return false };
            record = below;
        }
    }
}

/// Who holds a layer holds everything below it.
fn below(nodes: &FxHashSet<u32>, layers: &Layers) -> FxHashSet<u32> {
    nodes.iter().flat_map(|node| layers.upto(*node, ROOT)).collect()
}

/// Whether a record can be of the step that a history tells: `mount / from exec /bin/sh -c make` of
/// `RUN |1 A=b /bin/sh -c make # buildkit`, `[2/3] COPY . /app` of `COPY . /app # buildkit`, `fileop target` of any copy
/// with the same bytes.
fn describes(record: &CacheRecord, step: &LocalStep) -> bool {
    let text = step.created_by.trim_end();
    let text = text.strip_suffix(MARK).map_or(text, str::trim_end);
    if let Some(command) = record.description.strip_prefix(COMMAND) {
        let own = text.strip_prefix("RUN ").unwrap_or(text);
        return own == command || own.starts_with('|') && own.ends_with(&format!(" {command}"));
    }
    if record.description == FILES {
        return matches!(verb(text), "COPY" | "ADD" | "WORKDIR") && record.bytes == step.bytes;
    }
    let bare = match record.description.split_once("] ") {
        Some((place, bare)) if place.starts_with('[') => bare,
        _ => record.description.as_str(),
    };
    bare == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_of_the_steps_that_made_them() {
        for (description, step, expected) in [
            ("mount / from exec /bin/sh -c make", "RUN /bin/sh -c make # buildkit", true),
            ("mount / from exec /bin/sh -c make", "RUN |1 A=b /bin/sh -c make # buildkit", true),
            ("mount / from exec /bin/sh -c make", "RUN /bin/sh -c remake # buildkit", false),
            ("mount / from exec sh -c make", "RUN /bin/sh -c make # buildkit", false),
            ("fileop target", "COPY . /app # buildkit", true),
            ("fileop target", "RUN cp a b # buildkit", false),
            ("[2/3] COPY . /app", "COPY . /app # buildkit", true),
            ("[stage-1 2/3] WORKDIR /app", "WORKDIR /app", true),
            ("[2/3] COPY . /app", "COPY . /app2 # buildkit", false),
            ("pulled from docker.io/library/debian:12", "RUN x # buildkit", false),
        ] {
            let record =
                CacheRecord { description: description.to_owned(), bytes: 5, ..CacheRecord::default() };
            let step =
                LocalStep { created_by: step.to_owned(), bytes: 5, buildkit: true, ..LocalStep::default() };
            assert_eq!(describes(&record, &step), expected, "{description:?} {step:?}");
            let other = CacheRecord { bytes: 6, ..record };
            assert_eq!(describes(&other, &step), expected && description != FILES);
        }
    }
}
