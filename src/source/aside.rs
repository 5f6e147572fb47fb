//! SHA-256 computed by a thread of its own.
//!
//! Of a stream only one thread can read, and hashing would take more than half of its time. Bytes are handed over in
//! a few buffers that go round, so that neither side waits for the other long, nor gets ahead far.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use sha2::{Digest as _, Sha256};

/// Bytes of a buffer: large enough that handing it over costs nothing, small enough to stay in a core's cache.
const BUFFER: usize = 256 * 1024;
/// Buffers that go round.
const ROUND: usize = 6;

/// See the module.
pub(super) struct Aside {
    filling: Vec<u8>,
    place: Place,
}

/// Where hashing happens.
enum Place {
    /// Nowhere yet: what fits into one buffer is not worth a thread.
    Open,
    Thread {
        full: SyncSender<Vec<u8>>,
        empty: Receiver<Vec<u8>>,
        thread: JoinHandle<Sha256>,
    },
    /// No thread could be had.
    Here(Sha256),
}

impl Aside {
    pub(super) fn new() -> Aside {
        Aside { filling: Vec::new(), place: Place::Open }
    }

    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let count = bytes.len().min(BUFFER - self.filling.len());
            self.filling.extend_from_slice(&bytes[..count]);
            bytes = &bytes[count..];
            if self.filling.len() == BUFFER {
                self.pass();
            }
        }
    }

    /// The SHA-256 of all that came.
    pub(super) fn finalize(self) -> Sha256 {
        let mut sum = match self.place {
            Place::Open => Sha256::new(),
            Place::Here(sum) => sum,
            Place::Thread { full, thread, .. } => {
                // A thread that hashes has nothing to fail at, and would be heard of here.
                let _ = full.send(self.filling);
                drop(full);
                return thread.join().unwrap_or_default();
            }
        };
        sum.update(&self.filling);
        sum
    }

    fn pass(&mut self) {
        if matches!(self.place, Place::Open) {
            self.place = Place::find();
        }
        match &mut self.place {
            Place::Thread { full, empty, .. } => {
                let next = empty.recv().unwrap_or_default();
                let _ = full.send(std::mem::replace(&mut self.filling, next));
            }
            Place::Here(sum) => {
                sum.update(&self.filling);
                self.filling.clear();
            }
            Place::Open => {}
        }
    }
}

impl Place {
    fn find() -> Place {
        let (full, filled) = sync_channel::<Vec<u8>>(ROUND);
        let (emptied, empty) = channel();
        for _ in 1..ROUND {
            let _ = emptied.send(Vec::with_capacity(BUFFER));
        }
        let thread = std::thread::Builder::new().name("sha256".to_owned());
        match thread.spawn(move || hash(&filled, &emptied)) {
            Ok(thread) => Place::Thread { full, empty, thread },
            Err(_) => Place::Here(Sha256::new()),
        }
    }
}

fn hash(filled: &Receiver<Vec<u8>>, emptied: &Sender<Vec<u8>>) -> Sha256 {
    let mut sum = Sha256::new();
    for mut buffer in filled {
        sum.update(&buffer);
        buffer.clear();
        let _ = emptied.send(buffer);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_same_bytes_at_once() {
        for length in [0, 1, BUFFER - 1, BUFFER, BUFFER + 1, 20 * BUFFER + 7] {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 31 % 251) as u8).collect();
            let mut aside = Aside::new();
            for piece in bytes.chunks(70_001) {
                aside.update(piece);
            }
            assert_eq!(aside.finalize().finalize(), Sha256::digest(&bytes), "{length}");
        }
    }
}
