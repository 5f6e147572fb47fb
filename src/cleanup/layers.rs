//! The layers of all images as one tree of chains, and what is known of their bytes.
//!
//! An engine stores a layer once for each chain: the layer together with all those below it. So images share a layer
//! exactly when they share everything below it too, and the chains of all images grow like a tree from its root.
//!
//! What a chain takes up to some layer is narrowed down from two sides. Each image that holds it has build steps, whose
//! bytes add up to something at that layer. And an image that ends with that layer has a size.

use rustc_hash::FxHashMap;

use super::Bytes;
use super::steps::{Span, sums};
use crate::image::{ImageStore, LocalImage};

/// What every chain begins with: no layer at all.
pub(super) const ROOT: u32 = 0;

/// The layer of a step that changed nothing. It is nearly everywhere, and takes nothing.
const EMPTY_LAYER: &str = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

/// A layer on top of all those below it.
#[derive(Clone, Copy, Debug)]
struct Node {
    below: u32,
    depth: u32,
    /// Images whose chain leads through here, and images that are gone.
    holders: u32,
    ghosts: u32,
    diff: u32,
    /// Bytes of the chain up to here, by the steps alone.
    stepped: Span,
    /// The same as sizes of images reckon it, with what comes on top of the steps' bytes.
    sized: Span,
}

/// What goes with some images, reckoned in two ways: both are the least that it can be.
struct Tally {
    /// By the sizes of images.
    sized: i128,
    /// By their steps.
    stepped: i128,
    exact: bool,
    /// Whether a layer among it occurs in other chains, too.
    elsewhere: bool,
}

/// See the module. Images are known by their position, and those that are gone by theirs after all images.
#[derive(Debug)]
pub(super) struct Layers {
    nodes: Vec<Node>,
    /// Where each image's chain ends; `None` when its layers are not known.
    tips: Vec<Option<u32>>,
    /// Bytes of each image, without what is its own beside its layers.
    sizes: Vec<u64>,
    /// Bytes beside the layers that no other image has.
    own: Vec<u64>,
    /// Whether an image's steps add up to its size.
    adds_up: Vec<bool>,
    /// Whether layers are kept compressed, too: that part of their bytes is not told.
    blobs: bool,
    /// Bytes of other platforms that all images have together: their layers are not told, and may be anybody's.
    foreign: u64,
    /// By layer: how many chains it occurs in, for layers that can be stored once for all of them.
    occurrences: Vec<u32>,
    /// Whether the layers of all images are known.
    complete: bool,
}

impl Layers {
    /// `gone` are images of which only the folders of their layers are known, and their bytes, if at all.
    pub(super) fn new<'a>(images: &[&'a LocalImage], gone: &[(&'a [String], Option<u64>)]) -> Layers {
        let root = Node {
            below: ROOT,
            depth: 0,
            holders: 0,
            ghosts: 0,
            diff: 0,
            stepped: Span::NONE,
            sized: Span::NONE,
        };
        let mut layers = Layers {
            nodes: vec![root],
            tips: Vec::with_capacity(images.len()),
            sizes: images.iter().map(|image| image.bytes).collect(),
            own: vec![0; images.len()],
            adds_up: Vec::with_capacity(images.len()),
            occurrences: Vec::new(),
            blobs: images.iter().any(|image| image.store == ImageStore::Blobs),
            foreign: images.iter().fold(0, |sum, image| sum.saturating_add(image.foreign_bytes())),
            complete: true,
        };
        let mut diffs: FxHashMap<&str, u32> = FxHashMap::default();
        let mut next: FxHashMap<(u32, &str), u32> = FxHashMap::default();
        let mut by_folder: FxHashMap<&str, u32> = FxHashMap::default();
        let mut chain = Vec::new();
        for (index, image) in images.iter().enumerate() {
            let Some(ids) = &image.layers else {
                layers.complete = false;
                layers.tips.push(None);
                layers.adds_up.push(false);
                continue;
            };
            chain.clear();
            chain.push(ROOT);
            let mut at = ROOT;
            for id in ids {
                at = *next.entry((at, id)).or_insert_with(|| {
                    let fresh = layers.occurrences.len() as u32;
                    layers.push(at, *diffs.entry(id).or_insert(fresh))
                });
                chain.push(at);
            }
            for node in &chain {
                layers.nodes[*node as usize].holders += 1;
            }
            if !gone.is_empty() {
                by_folder.extend(image.folders.iter().map(String::as_str).zip(chain[1..].iter().copied()));
            }
            layers.tips.push(Some(at));
            let rest = layers.measure(image, &chain);
            if image.store == ImageStore::Documents {
                layers.own[index] = rest.unwrap_or(0);
                layers.sizes[index] -= layers.own[index];
            }
            let told = image.store != ImageStore::Blobs;
            layers.adds_up.push(told && rest == Some(layers.own[index]));
        }
        for (folders, bytes) in gone {
            let mut at = ROOT;
            for folder in *folders {
                at = *by_folder.entry(folder).or_insert_with(|| {
                    let fresh = layers.occurrences.len() as u32;
                    layers.push(at, fresh)
                });
                layers.nodes[at as usize].ghosts += 1;
            }
            layers.tips.push(Some(at));
            layers.sizes.push(bytes.unwrap_or(0));
            layers.own.push(0);
            layers.adds_up.push(bytes.is_some());
            if let Some(bytes) = bytes.filter(|_| at != ROOT) {
                let node = &mut layers.nodes[at as usize];
                let all = Span { low: bytes, high: bytes };
                node.stepped.narrow(all);
                node.sized.narrow(all);
            }
        }
        if let Some(empty) = diffs.get(EMPTY_LAYER) {
            layers.occurrences[*empty as usize] = 0;
        }
        layers.even_out();
        layers
    }

    fn push(&mut self, below: u32, diff: u32) -> u32 {
        let depth = self.nodes[below as usize].depth + 1;
        match self.occurrences.get_mut(diff as usize) {
            Some(count) => *count += 1,
            None => self.occurrences.push(1),
        }
        self.nodes.push(Node {
            below,
            depth,
            holders: 0,
            ghosts: 0,
            diff,
            stepped: Span::ANY,
            sized: Span::ANY,
        });
        self.nodes.len() as u32 - 1
    }

    /// Takes in what an image says about the bytes of its chain. How many more it has than its steps tell of.
    fn measure(&mut self, image: &LocalImage, chain: &[u32]) -> Option<u64> {
        let tip = chain[chain.len() - 1];
        if tip != ROOT {
            self.nodes[tip as usize].sized.narrow(Span { low: 0, high: image.bytes });
        }
        let sums = image.steps.as_ref().and_then(|steps| sums(steps, chain.len() - 1))?;
        let total = sums.last().map_or(0, |all| all.high);
        let rest = image.bytes.checked_sub(total)?;
        // What an image has beyond its steps may belong to any of its layers, where it is not its own.
        let more = if image.store == ImageStore::Documents { 0 } else { rest };
        for (node, sum) in chain.iter().zip(sums).skip(1) {
            let node = &mut self.nodes[*node as usize];
            node.stepped.narrow(sum);
            node.sized.narrow(Span { low: sum.low, high: sum.high + more });
        }
        Some(rest)
    }

    /// A chain never takes less than a part of it.
    fn even_out(&mut self) {
        for index in 1..self.nodes.len() {
            let below = self.nodes[self.nodes[index].below as usize];
            let node = &mut self.nodes[index];
            node.stepped.low = node.stepped.low.max(below.stepped.low);
            node.sized.low = node.sized.low.max(below.sized.low);
        }
        for index in (1..self.nodes.len()).rev() {
            let node = self.nodes[index];
            let below = &mut self.nodes[node.below as usize];
            if node.below != ROOT {
                below.stepped.high = below.stepped.high.min(node.stepped.high);
                below.sized.high = below.sized.high.min(node.sized.high);
            }
        }
    }

    /// Whether layers are kept compressed, too.
    pub(super) fn blobs(&self) -> bool {
        self.blobs
    }

    /// Bytes beside its layers that no other image has.
    pub(super) fn own(&self, image: usize) -> u64 {
        self.own[image]
    }

    /// Whether the steps of an image tell where all its bytes are.
    pub(super) fn adds_up(&self, image: usize) -> bool {
        self.adds_up[image]
    }

    pub(super) fn tip(&self, image: usize) -> Option<u32> {
        self.tips[image]
    }

    pub(super) fn below(&self, node: u32) -> u32 {
        self.nodes[node as usize].below
    }

    pub(super) fn depth(&self, node: u32) -> u32 {
        self.nodes[node as usize].depth
    }

    pub(super) fn holders(&self, node: u32) -> u32 {
        self.nodes[node as usize].holders
    }

    /// Whether no image that is there holds it, only some that are gone.
    pub(super) fn is_hidden(&self, node: u32) -> bool {
        let node = self.nodes[node as usize];
        node.holders == 0 && node.ghosts > 0
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Bytes of a chain, at most.
    pub(super) fn most(&self, node: u32) -> u64 {
        self.nodes[node as usize].sized.high
    }

    /// Bytes of an image above a layer that it shares.
    pub(super) fn above(&self, image: usize, shared: u32) -> Bytes {
        let Some(tip) = self.tips[image] else { return Bytes::default() };
        let size = self.sizes[image];
        let at = self.nodes[shared as usize];
        if self.adds_up[image] {
            let exact = self.complete && at.sized.is_exact();
            let bytes = size.saturating_sub(at.sized.high).saturating_add(self.own[image]);
            return Bytes { bytes, exact };
        }
        if tip == shared {
            return Bytes::default();
        }
        let stepped = self.nodes[tip as usize].stepped.low.saturating_sub(at.stepped.high);
        let sized = size.saturating_sub(at.sized.high);
        let bytes = if self.upto(tip, shared).any(|node| self.is_elsewhere(node)) {
            stepped
        } else {
            sized.max(stepped)
        };
        Bytes { bytes: bytes.saturating_sub(self.foreign), exact: false }
    }

    /// The chain from a layer down to one below it, which is left out.
    pub(super) fn upto(&self, from: u32, end: u32) -> impl Iterator<Item = u32> + '_ {
        let next = move |node: &u32| Some(self.below(*node));
        std::iter::successors(Some(from), next).take_while(move |node| *node != end && *node != ROOT)
    }

    /// Whether a layer occurs in other chains too: some engines store its compressed form once for all of them.
    fn is_elsewhere(&self, node: u32) -> bool {
        node != ROOT && self.occurrences[self.nodes[node as usize].diff as usize] > 1
    }

    /// Bytes that go when all images for which `goes` holds do: of layers that nothing else holds, each once. `pinned`
    /// is what holds a layer beside images.
    pub(super) fn freed(&self, goes: &[bool], pinned: impl Fn(u32) -> bool) -> Bytes {
        let Tally { sized, stepped, exact, elsewhere } = self.tally(goes, pinned);
        let bytes = if exact || !elsewhere { sized.max(stepped) } else { stepped };
        let bytes = u64::try_from(bytes.max(0)).unwrap_or(u64::MAX).saturating_sub(self.foreign);
        let own: u64 = goes.iter().zip(&self.own).filter(|(goes, _)| **goes).map(|(_, own)| own).sum();
        Bytes { bytes: bytes.saturating_add(own), exact }
    }

    /// The part of these bytes that goes whatever the build cache holds: the containerd store unpacks layers for
    /// images and for builds apart, and only what came compressed is the same.
    pub(super) fn unpacked(&self, goes: &[bool]) -> u64 {
        if !self.blobs {
            return 0;
        }
        u64::try_from(self.tally(goes, |_| false).stepped).unwrap_or(0).saturating_sub(self.foreign)
    }

    fn tally(&self, goes: &[bool], pinned: impl Fn(u32) -> bool) -> Tally {
        let gone = || goes.iter().enumerate().filter(|(_, goes)| **goes).map(|(image, _)| image);
        let mut left: FxHashMap<u32, u32> = FxHashMap::default();
        for tip in gone().filter_map(|image| self.tips[image]) {
            for node in self.upto(tip, ROOT) {
                let ghosts = self.nodes[node as usize].ghosts;
                let holders = || self.holders(node) + ghosts + u32::from(pinned(node));
                *left.entry(node).or_insert_with(holders) -= 1;
            }
        }
        // How many freed chains grow out of a layer.
        let mut grow: FxHashMap<u32, u32> = FxHashMap::default();
        for (node, _) in left.iter().filter(|(_, left)| **left == 0) {
            *grow.entry(self.below(*node)).or_default() += 1;
        }
        let mut exact = self.complete && gone().all(|image| self.adds_up[image]);
        // Of what ends with the same layer only the largest counts.
        let mut ends: FxHashMap<u32, u64> = FxHashMap::default();
        // Images without layers have nothing to share.
        let mut bare = 0;
        for image in gone() {
            match self.tips[image] {
                Some(ROOT) => bare += i128::from(self.sizes[image]),
                Some(tip) if left.get(&tip) == Some(&0) && !grow.contains_key(&tip) => {
                    let end = ends.entry(tip).or_default();
                    *end = self.sizes[image].max(*end);
                }
                _ => {}
            }
        }
        let mut sized: i128 = ends.values().map(|bytes| i128::from(*bytes)).sum();
        let mut stepped: i128 =
            ends.keys().map(|tip| i128::from(self.nodes[*tip as usize].stepped.low)).sum();
        for (node, count) in grow {
            // Something that goes itself is counted by the first chain that grows out of it.
            let times = i128::from(count) - i128::from(left.get(&node) == Some(&0));
            let at = self.nodes[node as usize];
            exact &= times == 0 || at.sized.is_exact();
            sized -= times * i128::from(at.sized.high);
            stepped -= times * i128::from(at.stepped.high);
        }
        let elsewhere = left.iter().any(|(node, left)| *left == 0 && self.is_elsewhere(*node));
        Tally { sized: sized + bare, stepped: stepped + bare, exact, elsewhere }
    }
}
