//! What cannot be done with less: walking the headers of a plain archive, or decompressing and hashing its
//! layers, with the same libraries on the same number of threads as hadal.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

pub fn run(work: &str, path: &Path) {
    match work {
        "headers" => println!("{}", headers(path)),
        "codec" => println!("{}", codec(path)),
        "contents" => println!("{}", contents(path)),
        other => panic!("no baseline {other}"),
    }
}

/// Members of the outer archive: offset and length of each regular file.
fn members(path: &Path) -> Vec<(u64, u64)> {
    let mut archive = tar::Archive::new(File::open(path).unwrap());
    let entries = archive.entries_with_seek().unwrap();
    entries
        .map(Result::unwrap)
        .filter(|entry| entry.header().entry_type().is_file())
        .map(|entry| (entry.raw_file_position(), entry.size()))
        .collect()
}

fn threads<T: Sync>(items: &[T], work: impl Fn(&T) -> u64 + Sync) -> u64 {
    let next = AtomicUsize::new(0);
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let run = || {
            let mut sum = 0;
            while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                sum += work(item);
            }
            sum
        };
        let handles: Vec<_> = (0..count).map(|_| scope.spawn(run)).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).sum()
    })
}

/// Reads each header of each layer, and nothing else.
fn headers(path: &Path) -> u64 {
    let file = File::open(path).unwrap();
    threads(&members(path), |(start, length)| {
        let (mut at, end, mut count) = (*start, start + length, 0);
        let mut block = [0; 512];
        while at + 512 <= end && file.read_at(&mut block, at).unwrap() == 512 && block[0] != 0 {
            let mut header = tar::Header::new_old();
            header.as_mut_bytes().copy_from_slice(&block);
            let Ok(size) = header.entry_size() else { break };
            at += 512 + size.next_multiple_of(512);
            count += 1;
        }
        count
    })
}

/// Decompresses each layer and hashes what comes out.
fn codec(path: &Path) -> u64 {
    threads(&members(path), |(start, length)| {
        let file = Part { file: File::open(path).unwrap(), at: *start, end: start + length };
        let mut head = [0; 4];
        file.file.read_at(&mut head, *start).unwrap();
        let file = std::io::BufReader::with_capacity(128 * 1024, file);
        match head {
            [0x1f, 0x8b, ..] => hash(flate2::bufread::MultiGzDecoder::new(file)),
            [0x28, 0xb5, 0x2f, 0xfd] => hash(zstd::stream::read::Decoder::with_buffer(file).unwrap()),
            _ => 0,
        }
    })
}

/// Reads every byte of the layers and hashes it, in parts that keep all threads busy.
fn contents(path: &Path) -> u64 {
    const PART: u64 = 8 << 20;
    let parts: Vec<(u64, u64)> = members(path)
        .into_iter()
        .flat_map(|(start, length)| {
            let end = start + length;
            (start..end).step_by(PART as usize).map(move |at| (at, (at + PART).min(end)))
        })
        .collect();
    threads(&parts, |(start, end)| hash(Part { file: File::open(path).unwrap(), at: *start, end: *end }))
}

struct Part {
    file: File,
    at: u64,
    end: u64,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let want = buffer.len().min((self.end - self.at) as usize);
        let count = self.file.read_at(&mut buffer[..want], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

fn hash(mut reader: impl Read) -> u64 {
    let mut sha256 = Sha256::new();
    let mut buffer = vec![0; 128 * 1024];
    let mut length = 0;
    loop {
        let count = reader.read(&mut buffer).unwrap();
        if count == 0 {
            let digest = sha256.finalize();
            return length ^ u64::from(digest[0]);
        }
        sha256.update(&buffer[..count]);
        length += count as u64;
    }
}
