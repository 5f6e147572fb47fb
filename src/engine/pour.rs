//! An image's archive straight from a local engine's socket, for a reader that has a thread of its own.
//!
//! HTTP's own machinery costs as much as all else that is done with such bytes: chunks that each take an engine three
//! writes, a queue between threads, and buffers that are never used twice. So the question is asked in HTTP/1.0, where
//! nothing but the end of the connection ends an answer, and every read is a read of the socket. Anything out of the
//! ordinary is left to the other way, which has words for it.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::{Endpoint, Engine, EngineError};

/// Headers that are longer belong to no engine's answer, in bytes.
const LONGEST: usize = 16 * 1024;
/// Nor are there more of them.
const MOST: usize = 64;

/// See the module. Its end says nothing about whether all has come.
#[derive(Debug)]
pub struct Pour {
    stream: UnixStream,
    /// What was read with the headers, and how much of it was handed on.
    early: Vec<u8>,
    at: usize,
    /// Bytes to come, where the engine said so.
    left: u64,
}

impl Engine {
    /// [`Engine::export`], for a thread that may block. `None` where the engine is not reached over a socket of this
    /// machine, or answers in a way that has to be looked at. Reading fails with
    /// [`TimedOut`](io::ErrorKind::TimedOut) or [`WouldBlock`](io::ErrorKind::WouldBlock) when nothing came for
    /// `patience`, and can go on; the same holds while the engine prepares, when `wait` decides.
    pub fn pour(
        &self,
        images: &[String],
        patience: Duration,
        wait: impl Fn() -> io::Result<()>,
    ) -> Result<Option<Pour>, EngineError> {
        let Endpoint::Unix(path) = &self.endpoint else { return Ok(None) };
        let Some(version) = self.wire.version() else { return Ok(None) };
        let question = format!("/v{version}{}", super::acts::export_path(images)?);
        let asked = UnixStream::connect(path).and_then(|mut stream| {
            stream.set_read_timeout(Some(patience))?;
            write!(stream, "GET {question} HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
            Pour::answer(stream, wait)
        });
        // What failed here fails there as well, and is told there.
        Ok(asked.unwrap_or_default())
    }
}

impl Pour {
    /// Waits for the headers.
    fn answer(mut stream: UnixStream, wait: impl Fn() -> io::Result<()>) -> io::Result<Option<Pour>> {
        let mut early = vec![0; LONGEST];
        let mut end = 0;
        loop {
            if let Some((body, left)) = head(&early[..end])? {
                early.truncate(end);
                return Ok(left.map(|left| Pour { stream, early, at: body, left }));
            }
            match stream.read(&mut early[end..]) {
                Ok(0) => return Ok(None),
                Ok(count) => end += count,
                Err(error) if is_silence(&error) => wait()?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whether only nothing came in time.
pub fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// Where the body begins, and how long it is at most; `None` as long as the headers are not there. The length is
/// missing where the answer is not what was asked for.
fn head(bytes: &[u8]) -> io::Result<Option<(usize, Option<u64>)>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST];
    let mut answer = httparse::Response::new(&mut headers);
    let body = match answer.parse(bytes).map_err(io::Error::other)? {
        httparse::Status::Complete(body) => body,
        httparse::Status::Partial => return Ok(None),
    };
    let value = |name: &str| {
        let header = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| String::from_utf8_lossy(header.value).trim().to_owned())
    };
    let plain = answer.code == Some(200) && value("transfer-encoding").is_none();
    let left = value("content-length").map_or(Some(u64::MAX), |length| length.parse().ok());
    Ok(Some((body, left.filter(|_| plain))))
}

impl Read for Pour {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let early = &self.early[self.at..];
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let buffer = &mut buffer[..most];
        let count = if early.is_empty() {
            self.stream.read(buffer)?
        } else {
            let count = early.len().min(buffer.len());
            buffer[..count].copy_from_slice(&early[..count]);
            self.at += count;
            count
        };
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(text: &'static [u8], piece: usize) -> Option<Vec<u8>> {
        let (here, mut there) = UnixStream::pair().unwrap();
        here.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let writer = std::thread::spawn(move || {
            for bytes in text.chunks(piece) {
                // Nobody may want to hear more.
                let _ = there.write_all(bytes);
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let pour = Pour::answer(here, || Ok(())).unwrap_or_default();
        let bytes = pour.map(|mut pour| {
            let mut bytes = Vec::new();
            let mut buffer = [0; 5];
            loop {
                match pour.read(&mut buffer) {
                    Ok(0) => return bytes,
                    Ok(count) => bytes.extend_from_slice(&buffer[..count]),
                    Err(error) => assert!(is_silence(&error), "{error}"),
                }
            }
        });
        writer.join().unwrap();
        bytes
    }

    #[test]
    fn what_follows_the_headers_is_the_archive() {
        let cases: [(&[u8], Option<&[u8]>); 7] = [
            (
                b"HTTP/1.0 200 OK\r\nContent-Type: application/x-tar\r\n\r\nall the bytes",
                Some(b"all the bytes"),
            ),
            (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", Some(b"")),
            (b"HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nabcdef", Some(b"abc")),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", None),
            (b"HTTP/1.0 404 Not Found\r\n\r\n{\"message\":\"no such image\"}", None),
            (b"HTTP/1.0 200 OK\r\nContent-", None),
            (b"SSH-2.0-OpenSSH_9.2\r\n", None),
        ];
        for (text, expected) in cases {
            for piece in [1000, 7] {
                let shown = String::from_utf8_lossy(text);
                assert_eq!(answered(text, piece).as_deref(), expected, "{shown:?} by {piece}");
            }
        }
    }

    #[test]
    fn waiting_for_an_engine_that_prepares_can_be_given_up() {
        let (here, _there) = UnixStream::pair().unwrap();
        here.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let tired = || Err(io::Error::other("cancelled"));
        assert_eq!(Pour::answer(here, tired).unwrap_err().to_string(), "cancelled");
    }
}
