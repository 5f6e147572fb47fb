//! SHA-256 of contents as they pass.

use sha2::{Digest as _, Sha256};

use super::contents::Taker;

/// Holes that one thread hashes as zeros in one pass, in bytes.
const MAX_HOLES: u64 = 4 << 30;

/// Hashes contents; `None` for one with more holes than can be walked through.
#[derive(Debug)]
pub(super) struct Hasher {
    sha256: Sha256,
    holes: u64,
    hollow: bool,
}

impl Default for Hasher {
    fn default() -> Self {
        Hasher { sha256: Sha256::new(), holes: MAX_HOLES, hollow: false }
    }
}

impl Taker for Hasher {
    type Yield = Option<[u8; 32]>;

    fn begin(&mut self, _: usize) {
        self.sha256.reset();
        self.hollow = false;
    }

    fn take(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
    }

    fn hole(&mut self, bytes: u64) {
        self.hollow |= bytes > self.holes;
        let mut left = if self.hollow { 0 } else { bytes };
        self.holes -= left;
        let zeros = [0; 16 * 1024];
        while left > 0 {
            let step = left.min(zeros.len() as u64);
            self.sha256.update(&zeros[..step as usize]);
            left -= step;
        }
    }

    fn end(&mut self) -> Option<[u8; 32]> {
        let sum = self.sha256.finalize_reset();
        (!self.hollow).then(|| sum.into())
    }
}
