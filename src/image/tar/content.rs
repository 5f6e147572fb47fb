//! The identity of a content, to answer "are these the same bytes?".

use xxhash_rust::xxh3::Xxh3;

/// Holes of one file up to this many bytes are hashed as the zeros they stand for.
const MAX_HOLES: u64 = 64 << 20;
/// The same for all files of a layer together: holes cost nothing to claim.
const MAX_ALL_HOLES: u64 = 2 << 30;

/// Hashes a content as a reader of the file would see it, holes being zeros. Not a digest: two versions of one
/// path are compared with it, nothing is trusted because of it.
pub struct ContentHasher {
    state: Box<Xxh3>,
    at: u64,
    holes: u64,
    all_holes: u64,
}

impl std::fmt::Debug for ContentHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContentHasher").field("at", &self.at).finish_non_exhaustive()
    }
}

impl Default for ContentHasher {
    fn default() -> Self {
        ContentHasher { state: Box::new(Xxh3::new()), at: 0, holes: 0, all_holes: 0 }
    }
}

impl ContentHasher {
    /// Makes ready for the next content.
    pub fn reset(&mut self) {
        self.state.reset();
        (self.at, self.holes) = (0, 0);
    }

    /// Takes the bytes that follow.
    pub fn update(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
        self.at += bytes.len() as u64;
    }

    /// Takes a hole up to `offset`. Holes too large to walk through count by their position instead, so such a
    /// file equals only one with the very same holes.
    pub fn hole_until(&mut self, offset: u64) {
        let zeros = [0; 8 * 1024];
        let mut left = offset.saturating_sub(self.at);
        self.holes = self.holes.saturating_add(left);
        if self.holes > MAX_HOLES || self.all_holes > MAX_ALL_HOLES {
            self.state.update(&offset.to_le_bytes());
            left = 0;
        }
        self.all_holes += left;
        while left > 0 {
            let step = left.min(zeros.len() as u64);
            self.state.update(&zeros[..step as usize]);
            left -= step;
        }
        self.at = self.at.max(offset);
    }

    /// The identity of all bytes taken since the last reset.
    pub fn finish(&self) -> u64 {
        self.state.digest()
    }

    /// The identity of bytes that are at hand.
    pub fn of(bytes: &[u8]) -> u64 {
        xxhash_rust::xxh3::xxh3_64(bytes)
    }
}
