//! Equal contents under different paths of the final tree.

use std::collections::HashMap;

use crate::image::tree::{NodeId, Stored, Tree};

/// Contents that are the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    pub sha256: String,
    /// Bytes that one of them stores; the least, where holes make them differ.
    pub bytes: u64,
    /// Contents, each counted once however many hard links it has.
    pub copies: usize,
    /// Every path that leads to one of them, by the bytes of paths.
    pub paths: Vec<NodeId>,
    /// Bytes that all but one of them store.
    pub redundant_bytes: u64,
}

/// A content that may have a twin, with its paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub stored: Stored,
    pub paths: Vec<NodeId>,
}

/// Visible contents whose length another one has, too; by layer and place. Empty ones are left out.
pub fn candidates(tree: &Tree) -> Vec<Candidate> {
    let mut contents: HashMap<(usize, u64), Candidate> = HashMap::new();
    for node in tree.all() {
        let Some(stored) = tree.in_final(node).and_then(|version| version.content()) else { continue };
        if stored.bytes > 0 {
            let candidate = || Candidate { stored, paths: Vec::new() };
            contents.entry((stored.layer, stored.offset)).or_insert_with(candidate).paths.push(node);
        }
    }
    let mut lengths: HashMap<u64, usize> = HashMap::new();
    for candidate in contents.values() {
        *lengths.entry(candidate.stored.length()).or_default() += 1;
    }
    let mut found: Vec<Candidate> =
        contents.into_values().filter(|candidate| lengths[&candidate.stored.length()] > 1).collect();
    found.sort_by_key(|candidate| (candidate.stored.layer, candidate.stored.offset));
    found
}

/// The candidates that are equal, by what their copies cost, then by path. `sums` are SHA-256 of the candidates, in
/// their order; `None` where one could not be read.
pub fn duplicates(tree: &Tree, candidates: &[Candidate], sums: &[Option<[u8; 32]>]) -> Vec<Duplicate> {
    let mut groups: HashMap<[u8; 32], Vec<&Candidate>> = HashMap::new();
    for (candidate, sum) in candidates.iter().zip(sums) {
        if let Some(sum) = sum {
            groups.entry(*sum).or_default().push(candidate);
        }
    }
    let group = |(sum, group): ([u8; 32], Vec<&Candidate>)| {
        let stored = group.iter().map(|candidate| candidate.stored.bytes);
        let bytes = stored.clone().min().unwrap_or(0);
        let mut paths: Vec<NodeId> =
            group.iter().flat_map(|candidate| candidate.paths.iter().copied()).collect();
        paths.sort_by_cached_key(|node| tree.path(*node));
        Duplicate {
            sha256: crate::image::digest::hex(&sum),
            bytes,
            copies: group.len(),
            paths,
            redundant_bytes: stored.fold(0, u64::saturating_add) - bytes,
        }
    };
    let mut found: Vec<Duplicate> =
        groups.into_iter().filter(|(_, group)| group.len() > 1).map(group).collect();
    found.sort_by_cached_key(|one| {
        (std::cmp::Reverse(one.redundant_bytes), one.paths.first().map(|node| tree.path(*node)))
    });
    found
}
