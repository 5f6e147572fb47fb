//! SHA-256 of many contents of an image whose bytes are there: work for all cores.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest as _, Sha256};

use crate::image::digest::hex;
use crate::image::tree::Stored;
use crate::source::{Blobs, Candidate, Task, layer};

/// A layer that many contents are wanted of is read in pieces of about this many bytes: enough to be worth the walk to
/// where a piece begins.
const PIECE: u64 = 64 << 20;

/// A content by its layer and where in its tar it begins.
type Key = (usize, u64);

/// The sums of those contents that can be read.
pub(super) fn of(
    blobs: &Blobs,
    candidate: &Candidate,
    wanted: &[Stored],
    task: &Task,
) -> HashMap<Key, String> {
    let pieces = pieces(blobs, candidate, wanted);
    let (next, found) = (AtomicUsize::new(0), Mutex::new(HashMap::new()));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(pieces.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, offsets)) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let sums = read(blobs, candidate, *index, offsets, task);
                    if let Ok(mut found) = found.lock() {
                        found.extend(sums.into_iter().map(|(offset, sum)| ((*index, offset), sum)));
                    }
                }
            });
        }
    });
    found.into_inner().unwrap_or_default()
}

/// What one thread reads at a time. A compressed layer passes by once, whatever is wanted of it.
fn pieces(blobs: &Blobs, candidate: &Candidate, wanted: &[Stored]) -> Vec<(usize, BTreeSet<u64>)> {
    let mut layers: BTreeMap<usize, BTreeMap<u64, u64>> = BTreeMap::new();
    for stored in wanted {
        layers.entry(stored.layer).or_default().insert(stored.offset, stored.bytes);
    }
    let mut pieces = Vec::new();
    for (index, contents) in layers {
        let Some(layer) = candidate.layers.get(index) else { continue };
        let whole = !layer::is_plain(blobs, layer);
        let (mut piece, mut bytes) = (BTreeSet::new(), 0);
        for (offset, length) in contents {
            piece.insert(offset);
            bytes += length;
            if bytes >= PIECE && !whole {
                pieces.push((index, std::mem::take(&mut piece)));
                bytes = 0;
            }
        }
        if !piece.is_empty() {
            pieces.push((index, piece));
        }
    }
    pieces
}

fn read(
    blobs: &Blobs,
    candidate: &Candidate,
    index: usize,
    offsets: &BTreeSet<u64>,
    task: &Task,
) -> Vec<(u64, String)> {
    let Some(layer) = candidate.layers.get(index) else { return Vec::new() };
    // A content may be empty, and then no bytes of it come.
    let mut sums: BTreeMap<u64, Sha256> = offsets.iter().map(|offset| (*offset, Sha256::new())).collect();
    let mut last = None;
    let read = layer::contents(blobs, layer, offsets, task, &mut |offset, bytes| {
        last = Some(offset);
        if let Some(sum) = sums.get_mut(&offset) {
            sum.update(bytes);
        }
    });
    // Contents come in order: from the one at which reading failed on, none is whole.
    let whole = |offset: u64| read.is_ok() || last.is_some_and(|last| offset < last);
    sums.into_iter()
        .filter(|(offset, _)| whole(*offset))
        .map(|(offset, sum)| (offset, hex(&sum.finalize())))
        .collect()
}
