//! An image archive on its way into a file: copied as it is, and looked at, so that half of one is not taken for
//! whole.

use std::io::{self, Read, Write};

use super::Task;
use super::stream::entries;

/// Bytes of zeros that end every tar.
const END: u64 = 1024;

/// Copies an archive of images to `out`; returns its length in bytes. An error when it is cut short, when something
/// else stands behind its end, or when there is no image in it.
pub fn keep_archive(reader: impl Read, out: impl Write, task: &Task) -> io::Result<u64> {
    let mut tee = Tee { reader: task.meter(reader), out, length: 0, zeros: 0 };
    let mut documents = false;
    let fault = entries(&mut tee, &mut |header, _| {
        documents |= matches!(header.name.as_slice(), b"manifest.json" | b"index.json" | b"repositories");
        Ok(true)
    })?;
    io::copy(&mut tee, &mut io::sink())?;
    tee.out.flush()?;
    let damaged = |text: &str| Err(io::Error::other(format!("the engine's archive is not whole: {text}")));
    match fault {
        Some(fault) => damaged(&fault),
        None if tee.zeros < END => damaged("it has no end"),
        None if !documents => damaged("it names no image"),
        None => Ok(tee.length),
    }
}

/// Writes what is read.
struct Tee<R, W> {
    reader: R,
    out: W,
    length: u64,
    /// Zeros at the end of what has been read.
    zeros: u64,
}

impl<R: Read, W: Write> Read for Tee<R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        let bytes = &buffer[..count];
        self.out.write_all(bytes)?;
        self.length += count as u64;
        self.zeros = match bytes.iter().rposition(|byte| *byte != 0) {
            Some(last) => (count - last - 1) as u64,
            None => self.zeros + count as u64,
        };
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(name: &str) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in [("a/layer.tar", vec![b'x'; 3000]), (name, b"[]".to_vec())] {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, &*bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn keep(bytes: &[u8]) -> Result<u64, String> {
        let mut out = Vec::new();
        let kept = keep_archive(bytes, &mut out, &Task::new()).map_err(|error| error.to_string());
        assert!(kept.is_err() || out == bytes);
        kept
    }

    #[test]
    fn half_an_archive_is_not_taken_for_a_whole_one() {
        let whole = archive("manifest.json");
        assert_eq!(keep(&whole), Ok(whole.len() as u64));
        assert_eq!(keep(&[&whole[..], &[0; 8192]].concat()), Ok(whole.len() as u64 + 8192));
        for cut in [0, 512, 700, 1024, 4096, whole.len() - 1024] {
            assert!(keep(&whole[..cut]).is_err(), "cut at {cut}");
        }
        let said = b"{\"message\":\"no space left on device\"}";
        for start in [700, 4096, whole.len()] {
            assert!(keep(&[&whole[..start], said].concat()).is_err(), "after {start}");
        }
        assert!(keep(&archive("etc/passwd")).unwrap_err().contains("no image"));
    }
}
