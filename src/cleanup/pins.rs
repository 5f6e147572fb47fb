//! Which layers the build cache holds beside images.
//!
//! `BuildKit` keeps what a step made as a record of its cache, and an image that is built of it takes the same files; what
//! a build began with has a record for each of its layers, too. Such a record says that an image shares it, but not
//! which. As records stand on each other like layers do, and tell of their steps, most can be of one layer only; where
//! that leaves several, nobody can say which of them goes.

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

impl Pins {
    /// `stays` says of a record whether it stays.
    pub(super) fn new(
        images: &[&LocalImage],
        layers: &Layers,
        cache: &[CacheRecord],
        stays: impl Fn(&CacheRecord) -> bool,
    ) -> Pins {
        let shared: Vec<&CacheRecord> =
            cache.iter().filter(|record| record.shared && stays(record)).collect();
        if shared.is_empty() {
            return Pins::default();
        }
        let trie = Trie::new(images, layers);
        let mut puzzle = Puzzle::new(&shared);
        puzzle.lay_out(&trie);
        while puzzle.fit(layers) || puzzle.settle() {}
        puzzle.pins(layers)
    }

    /// Whether something holds it for sure, or nobody can say that nothing does.
    pub(super) fn may_hold(&self, node: u32) -> bool {
        self.held.contains(&node) || self.unclear.contains(&node)
    }

    pub(super) fn is_unclear(&self, node: u32) -> bool {
        self.unclear.contains(&node) && !self.held.contains(&node)
    }
}

/// Layers, from the lowest ones up, with the steps that made them, where these are known.
struct Trie<'a> {
    above: FxHashMap<u32, Vec<u32>>,
    steps: FxHashMap<u32, &'a LocalStep>,
}

impl<'a> Trie<'a> {
    fn new(images: &[&'a LocalImage], layers: &Layers) -> Trie<'a> {
        let mut trie = Trie { above: FxHashMap::default(), steps: FxHashMap::default() };
        let mut met = FxHashSet::default();
        for (at, image) in images.iter().enumerate() {
            let Some(tip) = layers.tip(at) else { continue };
            let chain: Vec<u32> = layers.upto(tip, ROOT).collect();
            for node in chain.iter().filter(|node| met.insert(**node)) {
                trie.above.entry(layers.below(*node)).or_default().push(*node);
            }
            let makers = makers(image.steps.as_deref().unwrap_or_default(), chain.len());
            trie.steps.extend(chain.iter().rev().copied().zip(makers.into_iter().flatten()));
        }
        trie
    }

    /// Layers that stand on one of these; all without them.
    fn on(&self, below: Option<&FxHashSet<u32>>) -> Vec<u32> {
        let on = |node: &u32| self.above.get(node).into_iter().flatten().copied();
        match below {
            Some(below) => below.iter().flat_map(on).collect(),
            None => self.above.values().flatten().copied().collect(),
        }
    }

    /// Whether a record can be that of a layer, by what it tells of its step.
    fn suits(&self, record: &CacheRecord, node: u32) -> bool {
        let made = |step: &&LocalStep| step.buildkit && describes(record, step);
        record.is_base() || self.steps.get(&node).is_none_or(made)
    }
}

/// Records in an order in which they stand behind those that they stand on, with the layers that each can be of.
struct Puzzle<'a> {
    records: Vec<&'a CacheRecord>,
    /// What each stands on; `None` where that is not known, or is more than one.
    parents: Vec<Option<usize>>,
    nodes: Vec<FxHashSet<u32>>,
    /// Records that can be of any layer.
    strangers: Vec<bool>,
    /// Records whose layer no other one was kept from yet.
    settled: Vec<bool>,
}

impl<'a> Puzzle<'a> {
    fn new(shared: &[&'a CacheRecord]) -> Puzzle<'a> {
        let by_id: FxHashMap<&str, usize> =
            shared.iter().enumerate().map(|(at, record)| (record.id.as_str(), at)).collect();
        let parent = |at: usize| match &shared[at].parents[..] {
            [one] => by_id.get(one.as_str()).copied(),
            _ => None,
        };
        let mut order = Vec::with_capacity(shared.len());
        let mut placed: FxHashMap<usize, usize> = FxHashMap::default();
        let mut way = Vec::new();
        for start in 0..shared.len() {
            let mut next = Some(start);
            // What stands in a circle stands on what is not known.
            while let Some(at) = next.filter(|at| !placed.contains_key(at) && !way.contains(at)) {
                way.push(at);
                next = parent(at);
            }
            while let Some(at) = way.pop() {
                placed.insert(at, order.len());
                order.push(at);
            }
        }
        let parents = order.iter().enumerate().map(|(place, at)| {
            parent(*at).and_then(|parent| placed.get(&parent).copied()).filter(|parent| *parent < place)
        });
        Puzzle {
            parents: parents.collect(),
            records: order.iter().map(|at| shared[*at]).collect(),
            nodes: vec![FxHashSet::default(); order.len()],
            strangers: vec![false; order.len()],
            settled: vec![false; order.len()],
        }
    }

    /// Finds the layers that each record can be of: those that stand on what its parent can be of.
    fn lay_out(&mut self, trie: &Trie<'_>) {
        for (at, record) in self.records.iter().enumerate() {
            let lowest = FxHashSet::from_iter([ROOT]);
            let below = match self.parents[at] {
                Some(parent) => Some(&self.nodes[parent]),
                None => record.parents.is_empty().then_some(&lowest),
            };
            let near = trie.on(below);
            let mut nodes: FxHashSet<u32> =
                near.iter().copied().filter(|node| trie.suits(record, *node)).collect();
            // An image holds it, so there is a layer of it, made by whatever step.
            if nodes.is_empty() {
                self.strangers[at] = true;
                nodes = near.into_iter().collect();
            }
            self.nodes[at] = nodes;
        }
    }

    /// Drops layers that nothing above or below goes with. Whether there were any.
    fn fit(&mut self, layers: &Layers) -> bool {
        let mut dropped = false;
        for at in (0..self.records.len()).rev() {
            let Some(parent) = self.parents[at] else { continue };
            let below: FxHashSet<u32> = self.nodes[at].iter().map(|node| layers.below(*node)).collect();
            dropped |= keep(&mut self.nodes[parent], |node| below.contains(node));
        }
        for at in 0..self.records.len() {
            let Some(parent) = self.parents[at] else { continue };
            let mut own = std::mem::take(&mut self.nodes[at]);
            dropped |= keep(&mut own, |node| self.nodes[parent].contains(&layers.below(*node)));
            self.nodes[at] = own;
        }
        dropped
    }

    /// Keeps other records of the same kind off a layer that one is of for sure. Whether that changed anything.
    fn settle(&mut self) -> bool {
        let mut taken: [FxHashSet<u32>; 2] = Default::default();
        for at in 0..self.records.len() {
            if !self.strangers[at] && !self.settled[at] && self.nodes[at].len() == 1 {
                self.settled[at] = true;
                taken[self.kind(at)].extend(&self.nodes[at]);
            }
        }
        let mut dropped = false;
        for at in 0..self.records.len() {
            let taken = &taken[self.kind(at)];
            if self.nodes[at].len() > 1 {
                dropped |= keep(&mut self.nodes[at], |node| !taken.contains(node));
            }
        }
        dropped
    }

    /// What a build began with has records of its own, even where steps made the same layers.
    fn kind(&self, at: usize) -> usize {
        usize::from(self.records[at].is_base())
    }

    fn pins(&self, layers: &Layers) -> Pins {
        let mut pins = Pins::default();
        // Several layers may look alike; with a record for each of them all are held.
        let mut rivals: FxHashMap<(usize, Vec<u32>), usize> = FxHashMap::default();
        for (at, nodes) in self.nodes.iter().enumerate() {
            let mut nodes: Vec<u32> = nodes.iter().copied().collect();
            pins.unclear.extend(&nodes);
            if !self.strangers[at] {
                nodes.sort_unstable();
                *rivals.entry((self.kind(at), nodes)).or_default() += 1;
            }
        }
        for ((_, nodes), records) in rivals {
            if records >= nodes.len() {
                pins.held.extend(nodes);
            }
        }
        pins.held = below(&pins.held, layers);
        pins.unclear = below(&pins.unclear, layers);
        pins
    }
}

/// Keeps what is wanted, unless that is nothing. Whether anything was dropped.
fn keep(nodes: &mut FxHashSet<u32>, wanted: impl Fn(&u32) -> bool) -> bool {
    let left = nodes.iter().filter(|node| wanted(node)).count();
    let drops = left > 0 && left < nodes.len();
    if drops {
        nodes.retain(|node| wanted(node));
    }
    drops
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
mod tests;
