//! Equal contents under different paths of the final tree.

use std::collections::{BTreeMap, HashMap};

use rustc_hash::FxBuildHasher;

use crate::image::Image;
use crate::image::changeset::Kind;
use crate::image::digest::hex;
use crate::image::tree::{NodeId, Stored};

/// Contents that are equal, byte by byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// Digits of their SHA-256.
    pub sha256: String,
    /// Bytes that one of them stores.
    pub bytes: u64,
    /// Every path that leads to one of them, in the order of their bytes.
    pub paths: Vec<NodeId>,
    /// The first path of each content: hard links lead to one content.
    pub contents: Vec<NodeId>,
    /// Bytes beyond those of the first content.
    pub redundant_bytes: u64,
}

/// Contents that may be equal to others, because others are as long.
#[derive(Clone, Debug, Default)]
pub struct Candidates(Vec<Candidate>);

#[derive(Clone, Debug)]
struct Candidate {
    stored: Stored,
    paths: Vec<NodeId>,
}

impl Candidates {
    /// Those of the final tree; only their contents can tell whether they are equal.
    pub fn of(image: &Image) -> Candidates {
        let tree = &image.tree;
        let mut contents: HashMap<(usize, u64), Candidate, FxBuildHasher> = HashMap::default();
        for node in tree.all() {
            let Some(version) = tree.in_final(node) else { continue };
            let Some(stored) = version.content().filter(|stored| stored.bytes > 0) else { continue };
            if !matches!(version.kind(), Kind::File | Kind::Hardlink) || version.bookkeeping() {
                continue;
            }
            let new = || Candidate { stored, paths: Vec::new() };
            contents.entry((stored.layer, stored.offset)).or_insert_with(new).paths.push(node);
        }
        let mut lengths: HashMap<u64, u32, FxBuildHasher> = HashMap::default();
        // Files with holes are as long as they look.
        contents.values().for_each(|one| *lengths.entry(one.stored.length()).or_default() += 1);
        let several = |one: &Candidate| lengths.get(&one.stored.length()).is_some_and(|count| *count > 1);
        let mut found: Vec<Candidate> = contents.into_values().filter(several).collect();
        found.sort_unstable_by_key(|one| (one.stored.layer, one.stored.offset));
        Candidates(found)
    }

    /// What has to be read.
    pub fn stored(&self) -> Vec<Stored> {
        self.0.iter().map(|one| one.stored).collect()
    }

    /// Those that are equal, the most redundant bytes first. `sums` has the SHA-256 of each of [`Candidates::stored`]; one
    /// that could not be read equals nothing.
    pub fn duplicates(self, image: &Image, sums: &[Option<[u8; 32]>]) -> Vec<Duplicate> {
        let mut alike: BTreeMap<[u8; 32], Vec<Candidate>> = BTreeMap::new();
        for (mut one, sum) in self.0.into_iter().zip(sums) {
            let Some(sum) = *sum else { continue };
            one.paths.sort_by_cached_key(|node| image.tree.path(*node));
            alike.entry(sum).or_default().push(one);
        }
        let several = alike.into_iter().filter(|(_, contents)| contents.len() > 1);
        let mut all: Vec<Duplicate> = several
            .map(|(sum, mut contents)| {
                contents.sort_by_cached_key(|one| image.tree.path(one.paths[0]));
                let mut paths: Vec<NodeId> = contents.iter().flat_map(|one| one.paths.clone()).collect();
                paths.sort_by_cached_key(|node| image.tree.path(*node));
                Duplicate {
                    sha256: hex(&sum),
                    bytes: contents[0].stored.bytes,
                    paths,
                    contents: contents.iter().map(|one| one.paths[0]).collect(),
                    redundant_bytes: contents[1..].iter().map(|one| one.stored.bytes).sum(),
                }
            })
            .collect();
        let first = |one: &Duplicate| image.tree.path(one.paths[0]);
        all.sort_by(|a, b| b.redundant_bytes.cmp(&a.redundant_bytes).then_with(|| first(a).cmp(&first(b))));
        all
    }
}
