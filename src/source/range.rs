//! A range of a file, read by position: no shared cursor, no memory map (a file that shrinks must not kill us).

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::Task;
use crate::image::tar::Input;

/// Bytes `start..end` of a file, as a reader.
#[derive(Clone, Debug)]
pub struct Range {
    pub(super) file: Arc<File>,
    pub(super) start: u64,
    pub(super) end: u64,
    at: u64,
}

impl Range {
    pub(super) fn new(file: Arc<File>, start: u64, length: u64) -> Range {
        Range { file, start, end: start.saturating_add(length), at: start }
    }

    pub(crate) fn length(&self) -> u64 {
        self.end - self.start
    }

    /// Part of this range.
    pub(super) fn part(&self, offset: u64, length: u64) -> Range {
        let start = self.start.saturating_add(offset).min(self.end);
        Range::new(Arc::clone(&self.file), start, length.min(self.end - start))
    }

    /// The first bytes, up to `buffer`'s length; returns how many there are.
    pub(super) fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        read_full(&mut self.part(0, buffer.len() as u64), buffer)
    }
}

/// Reads until `buffer` is full or the end is reached.
pub(super) fn read_full(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

impl Read for Range {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let want = left.min(buffer.len());
        let count = read_at(&self.file, &mut buffer[..want], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Range {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(self.start.saturating_add(offset)),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
        };
        match target.filter(|target| *target >= self.start) {
            Some(target) => self.at = target,
            None => return Err(io::Error::new(io::ErrorKind::InvalidInput, "seek before the start")),
        }
        Ok(self.at - self.start)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// A header alone: contents between headers are stepped over, not read.
const HEADER_READ: usize = 512;
/// Contents up to about this many bytes are cheaper to read through than to step over.
const SMALL: u64 = 2 * 1024;
/// Read at once while contents are small.
const DENSE_READ: usize = 16 * 1024;
const BUFFER: usize = 64 * 1024;

/// A plain tar inside a file: skipping is free.
#[derive(Debug)]
pub(super) struct RangeInput {
    range: Range,
    task: Task,
    buffer: Vec<u8>,
    from: usize,
    to: usize,
    /// Bytes consumed since the task was told.
    untold: u64,
    /// The last step was a skip, so that a header comes next.
    skipped: bool,
    /// Running mean of the distances between headers, in bytes.
    gap: u64,
}

impl RangeInput {
    pub(super) fn new(range: Range, task: &Task) -> RangeInput {
        let task = task.clone();
        RangeInput { range, task, buffer: vec![0; BUFFER], from: 0, to: 0, untold: 0, skipped: true, gap: 0 }
    }

    fn tell(&mut self, bytes: u64) -> io::Result<()> {
        self.untold += bytes;
        if self.untold < 1 << 20 {
            return Ok(());
        }
        self.task.advance(std::mem::take(&mut self.untold))
    }
}

impl Drop for RangeInput {
    fn drop(&mut self) {
        // Whatever was not walked to the end is done with all the same.
        let _ = self.task.advance(self.untold);
    }
}

impl Input for RangeInput {
    fn fill(&mut self, want: usize) -> io::Result<&[u8]> {
        if self.to - self.from < want {
            self.buffer.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, self.to - self.from);
            let size = match self.skipped {
                true if self.gap <= SMALL => DENSE_READ,
                true => HEADER_READ.max(want),
                false => BUFFER,
            };
            self.skipped = false;
            let space = &mut self.buffer[self.to..size.max(self.to)];
            self.to += read_full(&mut self.range, space)?;
        }
        Ok(&self.buffer[self.from..self.to])
    }

    fn consume(&mut self, count: usize) {
        self.from += count;
        self.untold += count as u64;
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let buffered = (self.to - self.from) as u64;
        self.gap = (self.gap * 7 + count) / 8;
        if count <= buffered {
            self.from += count as usize;
            self.tell(count)?;
            self.skipped = true;
            return Ok(count);
        }
        let beyond = (count - buffered).min(self.range.end.saturating_sub(self.range.at));
        (self.from, self.to) = (0, 0);
        self.range.at += beyond;
        self.skipped = true;
        self.tell(buffered + beyond)?;
        Ok(buffered + beyond)
    }

    fn left(&self) -> Option<u64> {
        Some(self.range.end.saturating_sub(self.range.at) + (self.to - self.from) as u64)
    }
}
