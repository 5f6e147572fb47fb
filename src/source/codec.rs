//! Compression, recognised by its first bytes and never by a name or a media type.

use std::io::{self, Read};

use super::range::read_full;
use crate::image::tar::{BLOCK, is_header};

/// How a blob or a whole archive is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Plain,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

/// Memory that an xz stream may ask for, in KiB.
const XZ_MEMORY: u32 = 128 * 1024;
/// Largest zstd window, as a power of two: the decoder's own default of 128 MiB.
const ZSTD_WINDOW: u32 = 27;

impl Codec {
    /// Tells the codec from the first bytes (6 suffice).
    pub(super) fn sniff(head: &[u8]) -> Codec {
        match head {
            [0x1f, 0x8b, ..] => Codec::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Codec::Zstd,
            // A skippable frame may come first.
            [low, 0x2a, 0x4d, 0x18, ..] if low & 0xf0 == 0x50 => Codec::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Codec::Xz,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Codec::Bzip2,
            _ => Codec::Plain,
        }
    }

    /// Wraps `reader` so that it yields the uncompressed bytes: all members, all frames.
    pub(super) fn decode<'a, R: Read + 'a>(self, reader: R) -> io::Result<Box<dyn Read + 'a>> {
        // The decoders read in their own steps; a large buffer keeps system calls rare.
        let buffered = |reader| io::BufReader::with_capacity(BUFFER, reader);
        Ok(match self {
            Codec::Plain => Box::new(reader),
            Codec::Gzip => Box::new(Patient::new(flate2::bufread::MultiGzDecoder::new(buffered(reader)))),
            Codec::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(buffered(reader))?;
                decoder.window_log_max(ZSTD_WINDOW)?;
                Box::new(Patient::new(decoder))
            }
            Codec::Xz => {
                Box::new(Patient::new(lzma_rust2::XzReader::new_mem_limit(buffered(reader), true, XZ_MEMORY)))
            }
            Codec::Bzip2 => Box::new(Patient::new(bzip2::bufread::MultiBzDecoder::new(buffered(reader)))),
        })
    }

    #[cfg(test)]
    pub(super) fn name(self) -> &'static str {
        match self {
            Codec::Plain => "plain",
            Codec::Gzip => "gzip",
            Codec::Zstd => "zstd",
            Codec::Xz => "xz",
            Codec::Bzip2 => "bzip2",
        }
    }
}

const BUFFER: usize = 128 * 1024;

/// Says that it was decompression that failed: the decoders' own words are terse.
struct Patient<R> {
    inner: R,
}

impl<R> Patient<R> {
    fn new(inner: R) -> Patient<R> {
        Patient { inner }
    }
}

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the compressed data is cut short"),
            kind => io::Error::new(kind, format!("decompression failed: {error}")),
        })
    }
}

/// What a compressed stream holds; a plain one as it is, and a gzip one where that will do.
pub fn unpacked<'a>(mut reader: impl Read + 'a, gzip_will_do: bool) -> io::Result<Box<dyn Read + 'a>> {
    let mut head = [0; 6];
    let count = read_full(&mut reader, &mut head)?;
    let codec = Codec::sniff(&head[..count]);
    let whole = io::Cursor::new(head).take(count as u64).chain(reader);
    if codec == Codec::Gzip && gzip_will_do { Ok(Box::new(whole)) } else { codec.decode(whole) }
}

/// Whether these bytes can open a tar: a header, or the zeros of an empty one.
pub(super) fn opens_tar(head: &[u8]) -> bool {
    head.iter().all(|byte| *byte == 0) || head.first_chunk::<BLOCK>().is_some_and(is_header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_by_content() {
        for (head, codec) in [
            (&b"\x1f\x8b\x08\0\0\0"[..], Codec::Gzip),
            (b"\x28\xb5\x2f\xfd\0\0", Codec::Zstd),
            (b"\x50\x2a\x4d\x18\0\0", Codec::Zstd),
            (b"\x5f\x2a\x4d\x18\0\0", Codec::Zstd),
            (b"\xfd7zXZ\0", Codec::Xz),
            (b"BZh91A", Codec::Bzip2),
            (b"bin/\0\0", Codec::Plain),
            (b"", Codec::Plain),
        ] {
            assert_eq!(Codec::sniff(head), codec, "{head:?}");
        }
    }

    #[test]
    fn every_member_and_frame_is_decoded() {
        use std::io::Write as _;
        let gzip = |text: &str| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        };
        let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
        for (codec, bytes) in [
            (Codec::Gzip, [gzip("one "), gzip("two")].concat()),
            (Codec::Zstd, [skippable.clone(), zstd("one "), skippable, zstd("two")].concat()),
        ] {
            assert_eq!(Codec::sniff(&bytes), codec);
            let mut text = String::new();
            codec.decode(&*bytes).unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "one two", "{}", codec.name());
        }
    }
}
