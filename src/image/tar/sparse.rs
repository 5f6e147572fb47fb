//! Maps of sparse files: where the stored segments belong.

use super::BLOCK;
use super::header::numeric;
use super::pax::PaxSparse;

/// Segments beyond this count as an attack.
const MAX_SEGMENTS: usize = 100_000;

/// The stored segments of a sparse file, as offset and length in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Map {
    pub segments: Vec<(u64, u64)>,
    /// Length with the holes.
    pub logical: u64,
}

impl Map {
    /// Bytes that are stored, `None` when the map makes no sense.
    pub(super) fn stored(&self) -> Option<u64> {
        let mut end = 0u64;
        let mut stored = 0u64;
        for (offset, length) in &self.segments {
            if *offset < end {
                return None;
            }
            end = offset.checked_add(*length).filter(|end| *end <= self.logical)?;
            stored = stored.checked_add(*length)?;
        }
        Some(stored)
    }

    fn push(&mut self, offset: u64, length: u64) -> Result<(), &'static str> {
        if self.segments.len() >= MAX_SEGMENTS {
            return Err("a sparse file with more than 100,000 segments");
        }
        self.segments.push((offset, length));
        Ok(())
    }

    /// Takes entries of the old GNU form; true when more may follow.
    pub(super) fn take_gnu(&mut self, table: &[u8], extended: u8) -> Result<bool, &'static str> {
        for entry in table.chunks_exact(24) {
            if entry[0] == 0 {
                return Ok(false);
            }
            let number = |field| numeric(field).and_then(|value| u64::try_from(value).ok());
            let (Some(offset), Some(length)) = (number(&entry[..12]), number(&entry[12..])) else {
                return Err("a sparse map that is no number");
            };
            self.push(offset, length)?;
        }
        Ok(extended != 0)
    }

    /// The map that PAX records of the forms 0.0 and 0.1 hold.
    pub(super) fn from_records(sparse: &PaxSparse) -> Result<Map, &'static str> {
        let mut map = Map { segments: Vec::new(), logical: sparse.real_size.unwrap_or(0) };
        if !sparse.map.len().is_multiple_of(2) {
            return Err("a sparse map with an odd count of numbers");
        }
        for pair in sparse.map.chunks_exact(2) {
            map.push(pair[0], pair[1])?;
        }
        Ok(map)
    }
}

/// Reads the map at the head of the content (PAX form 1.0): decimal numbers, one a line, the first the count.
#[derive(Debug, Default)]
pub(super) struct InlineMap {
    numbers: Vec<u64>,
    digits: Option<u64>,
}

impl InlineMap {
    /// Takes one block; true when the map is complete.
    pub(super) fn take(&mut self, block: &[u8]) -> Result<bool, &'static str> {
        for byte in block {
            match byte {
                b'0'..=b'9' => {
                    let value = self.digits.unwrap_or(0).checked_mul(10);
                    let value = value.and_then(|value| value.checked_add(u64::from(byte - b'0')));
                    self.digits = Some(value.ok_or("a sparse map with a number too large")?);
                }
                b'\n' => {
                    self.numbers.push(self.digits.take().ok_or("a sparse map with an empty line")?);
                    if self.numbers[0] as usize > MAX_SEGMENTS {
                        return Err("a sparse file with more than 100,000 segments");
                    }
                    if self.complete() {
                        return Ok(true);
                    }
                }
                _ => return Err("a sparse map that is no number"),
            }
        }
        Ok(false)
    }

    fn complete(&self) -> bool {
        self.numbers.first().is_some_and(|count| self.numbers.len() as u64 == 1 + 2 * count)
    }

    pub(super) fn into_map(self, logical: u64) -> Map {
        let segments = self.numbers[1..].chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        Map { segments, logical }
    }
}

/// Offsets of the sparse table in an old GNU header and in its extension blocks.
pub(super) const GNU_TABLE: std::ops::Range<usize> = 386..482;
pub(super) const GNU_EXTENDED: usize = 482;
pub(super) const GNU_REAL_SIZE: std::ops::Range<usize> = 483..495;
pub(super) const EXTENSION_TABLE: std::ops::Range<usize> = 0..504;
pub(super) const EXTENSION_MORE: usize = 504;

const _: () = assert!(EXTENSION_MORE < BLOCK);
