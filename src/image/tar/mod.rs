//! Reading layer tars: headers by the rules that container runtimes follow (Go's `archive/tar`), within bounds.
//!
//! The `tar` crate reads the outer archives, whose writers are few. Layers come from everywhere, and there a
//! reader that loses an entry, splits an extended attribute at a newline or believes a stated size would make
//! the tree wrong or the program huge. So layers have a parser of their own: extension records are limited to
//! 1 MiB, entries without content have none whatever their header says, all sparse forms are understood, and a
//! content that nobody asks for is skipped where the input can seek.

mod content;
mod header;
mod layer;
mod pax;
mod reader;
mod sparse;

pub use content::ContentHasher;
pub use layer::{LayerRead, read_entries, read_layer};
pub use reader::{Fault, Header, Reader};

use std::io;
use std::ops::Range;

/// Whether this block can open a tar: a header whose checksum is right.
pub fn is_header(block: &[u8; BLOCK]) -> bool {
    header::checksum_matches(block) && block.iter().any(|byte| *byte != 0)
}

/// Bytes of a tar block.
pub const BLOCK: usize = 512;

/// Where a tar comes from: a forward stream, or a range of a file in which skipping is free.
pub trait Input {
    /// At least `want` bytes from the current position on, less only at the end; `want` is at most 64 KiB.
    fn fill(&mut self, want: usize) -> io::Result<&[u8]>;
    /// Steps over `count` bytes of what [`Input::fill`] returned.
    fn consume(&mut self, count: usize);
    /// Steps over `count` bytes; returns how many there were.
    fn skip(&mut self, count: u64) -> io::Result<u64>;
    /// How many bytes there still are, where that is known without reading them: contents can then be stepped
    /// over. `None`: every byte passes by anyway, so that looking at contents costs nothing extra.
    fn left(&self) -> Option<u64>;
}

/// What becomes of the bytes of a [`Stream`] that have been read.
pub trait Spent {
    /// Makes room: of the buffer everything before `left` has been read for good, what is there moves to its start, and
    /// the rest may be overwritten. The buffer may be exchanged for another one as long.
    fn turn(&mut self, buffer: &mut Vec<u8>, left: Range<usize>);
}

/// Nobody wants them.
impl Spent for () {
    fn turn(&mut self, buffer: &mut Vec<u8>, left: Range<usize>) {
        buffer.copy_within(left, 0);
    }
}

/// A stream in memory or from anywhere, read forward.
#[derive(Debug)]
pub struct Stream<R, S = ()> {
    inner: R,
    spent: S,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

/// Bytes of a buffer: large enough that handing it over costs nothing, small enough to stay in a core's cache.
pub const BUFFER: usize = 256 * 1024;
/// What is read at once is not cut for less room than this.
const ROOM: usize = 64 * 1024;

impl<R: io::Read> Stream<R> {
    pub fn new(inner: R) -> Stream<R> {
        Stream::spending(inner, ())
    }
}

impl<R: io::Read, S: Spent> Stream<R, S> {
    /// A stream whose bytes `spent` gets when they have been read, without a copy.
    pub fn spending(inner: R, spent: S) -> Stream<R, S> {
        Stream { inner, spent, buffer: vec![0; BUFFER], start: 0, end: 0 }
    }

    /// Reads whatever follows to its end; returns whether any of it was not zero.
    pub fn drain(&mut self) -> io::Result<bool> {
        let mut rest = false;
        loop {
            let chunk = self.fill(1)?;
            if chunk.is_empty() {
                return Ok(rest);
            }
            rest = rest || chunk.iter().any(|byte| *byte != 0);
            let count = chunk.len();
            self.consume(count);
        }
    }

    /// Who got all bytes that have been read.
    pub fn into_spent(mut self) -> S {
        self.turn();
        self.spent
    }

    fn turn(&mut self) {
        self.spent.turn(&mut self.buffer, self.start..self.end);
        (self.start, self.end) = (0, self.end - self.start);
    }
}

impl<R: io::Read, S: Spent> Input for Stream<R, S> {
    fn fill(&mut self, want: usize) -> io::Result<&[u8]> {
        while self.end - self.start < want {
            let room = self.buffer.len() - self.end;
            if self.start + want > self.buffer.len() || self.start == self.end && room < ROOM {
                self.turn();
            }
            match self.inner.read(&mut self.buffer[self.end..]) {
                Ok(0) => break,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut left = count;
        while left > 0 {
            let have = self.fill(1)?.len() as u64;
            if have == 0 {
                break;
            }
            let step = have.min(left);
            self.consume(step as usize);
            left -= step;
        }
        Ok(count - left)
    }

    fn left(&self) -> Option<u64> {
        None
    }
}
