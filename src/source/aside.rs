//! SHA-256 of what passes by: by the thread that reads it, or by one of its own.
//!
//! Of a stream only one thread can read, and hashing would take more than half of its time. So the buffers in which it
//! was read go on to another thread and come back when they are hashed: a few go round, so that neither side waits for
//! the other long, nor gets ahead far.

use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use sha2::{Digest as _, Sha256};

use crate::image::Digest;
use crate::image::tar::{BUFFER, Spent};

/// Buffers that go round.
const ROUND: usize = 6;

/// Which thread hashes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hashing {
    /// The one that reads: other cores read other layers.
    Here,
    /// One of its own: nothing else can be read meanwhile.
    Aside,
}

/// See the module.
pub(super) enum Sum {
    Here(Sha256),
    /// A thread is started when there is something to hash.
    Soon,
    Thread {
        full: SyncSender<(Vec<u8>, usize)>,
        empty: Receiver<Vec<u8>>,
        thread: JoinHandle<Sha256>,
    },
}

impl Sum {
    pub(super) fn new(hashing: Hashing) -> Sum {
        match hashing {
            Hashing::Here => Sum::Here(Sha256::new()),
            Hashing::Aside => Sum::Soon,
        }
    }

    /// Of all that came.
    pub(super) fn digest(self) -> Digest {
        let sum = match self {
            Sum::Here(sum) => sum,
            Sum::Soon => Sha256::new(),
            Sum::Thread { full, thread, .. } => {
                drop(full);
                // A thread that hashes has nothing to fail at, and would be heard of here.
                thread.join().unwrap_or_default()
            }
        };
        Digest::sha256(&sum.finalize())
    }

    fn start() -> Sum {
        let (full, filled) = sync_channel(ROUND);
        let (emptied, empty) = channel();
        for _ in 1..ROUND {
            let _ = emptied.send(vec![0; BUFFER]);
        }
        let thread = std::thread::Builder::new().name("sha256".to_owned());
        match thread.spawn(move || hash(&filled, &emptied)) {
            Ok(thread) => Sum::Thread { full, empty, thread },
            // No thread can be had.
            Err(_) => Sum::new(Hashing::Here),
        }
    }
}

impl Spent for Sum {
    fn turn(&mut self, buffer: &mut Vec<u8>, left: Range<usize>) {
        if matches!(self, Sum::Soon) {
            // What does not even fill a buffer is not worth a thread.
            *self = if left.start < BUFFER / 2 { Sum::new(Hashing::Here) } else { Sum::start() };
        }
        match self {
            Sum::Thread { full, empty, .. } => {
                let mut next = empty.recv().unwrap_or_else(|_| vec![0; BUFFER]);
                next[..left.len()].copy_from_slice(&buffer[left.clone()]);
                let _ = full.send((std::mem::replace(buffer, next), left.start));
            }
            Sum::Here(sum) => {
                sum.update(&buffer[..left.start]);
                buffer.copy_within(left, 0);
            }
            Sum::Soon => {}
        }
    }
}

fn hash(filled: &Receiver<(Vec<u8>, usize)>, emptied: &Sender<Vec<u8>>) -> Sha256 {
    let mut sum = Sha256::new();
    for (buffer, count) in filled {
        sum.update(&buffer[..count]);
        let _ = emptied.send(buffer);
    }
    sum
}

/// A sum of bytes that are only lent: for another thread they are copied.
pub(super) struct Copying {
    sum: Sum,
    buffer: Vec<u8>,
    end: usize,
}

impl Copying {
    pub(super) fn new(hashing: Hashing) -> Copying {
        Copying { sum: Sum::new(hashing), buffer: Vec::new(), end: 0 }
    }

    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        if let Sum::Here(sum) = &mut self.sum {
            return sum.update(bytes);
        }
        self.buffer.resize(BUFFER, 0);
        while !bytes.is_empty() {
            let count = bytes.len().min(BUFFER - self.end);
            self.buffer[self.end..self.end + count].copy_from_slice(&bytes[..count]);
            self.end += count;
            bytes = &bytes[count..];
            if self.end == BUFFER {
                self.turn();
            }
        }
    }

    pub(super) fn digest(mut self) -> Digest {
        self.turn();
        self.sum.digest()
    }

    fn turn(&mut self) {
        self.sum.turn(&mut self.buffer, self.end..self.end);
        self.end = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tar::{Input as _, Stream};

    #[test]
    fn digests_are_those_of_the_same_bytes_at_once() {
        for length in [0, 1, BUFFER - 1, BUFFER, BUFFER + 1, 20 * BUFFER + 7] {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 31 % 251) as u8).collect();
            let expected = Digest::sha256(&Sha256::digest(&bytes));
            for hashing in [Hashing::Here, Hashing::Aside] {
                let mut copying = Copying::new(hashing);
                for piece in bytes.chunks(70_001) {
                    copying.update(piece);
                }
                assert_eq!(copying.digest(), expected, "{length} {hashing:?}");
                // Read in steps that leave something over at the end of each buffer.
                let mut stream = Stream::spending(&bytes[..], Sum::new(hashing));
                let mut read = Vec::new();
                loop {
                    let piece = stream.fill(60_001).unwrap();
                    let piece = &piece[..piece.len().min(60_001)];
                    read.extend_from_slice(piece);
                    let count = piece.len();
                    stream.consume(count);
                    if count == 0 {
                        break;
                    }
                }
                assert!(read == bytes, "{length} {hashing:?}");
                assert_eq!(stream.into_spent().digest(), expected, "{length} {hashing:?}");
            }
        }
    }
}
