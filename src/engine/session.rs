//! A terminal into a container: a command run in it, or its own main process.
//!
//! Over our own wire: bollard takes output that begins with a byte below three for a header, and waits for ever.

use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt as _};
use hyper::Method;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWrite};
use tokio::time::{Duration, sleep};

use super::wire::escape;
use super::{Engine, EngineError, PATIENCE};

/// Bytes read at once.
const PIECE: usize = 16 << 10;
/// A process that has closed its output is waited for this often, so long each time.
const WAITS: usize = 40;
const WAIT: Duration = Duration::from_millis(50);
/// Bytes of the header before each piece of output without a terminal.
const HEADER: usize = 8;

/// A running terminal. Letting go of it leaves the container's main process running; a command ends when it next
/// reads or writes.
pub struct Session {
    /// Bytes as the process writes them; without a terminal both streams, and lines end in `\n` alone.
    pub output: Pin<Box<dyn Stream<Item = Result<Bytes, EngineError>> + Send>>,
    /// What the process reads. Shutting it down is the end of its input.
    pub input: Pin<Box<dyn AsyncWrite + Send>>,
    control: Control,
}

/// What can be done to a session beside reading and writing. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Control {
    engine: Engine,
    /// `/exec/…` or `/containers/…`.
    object: String,
    tty: bool,
}

/// How `/exec/…/json` and `/containers/…/json` tell the end, in one.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Ending {
    running: bool,
    exit_code: Option<i64>,
    state: Option<Box<Ending>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Created {
    id: String,
}

impl Engine {
    /// Runs `command` in a running container, with a terminal of its own. `user`: as in `docker exec --user`.
    pub async fn exec(
        &self,
        id: &str,
        command: &[String],
        user: Option<&str>,
    ) -> Result<Session, EngineError> {
        let wish = json!({
            "AttachStdin": true, "AttachStdout": true, "AttachStderr": true, "Tty": true,
            "Cmd": command, "User": user.unwrap_or_default(),
        });
        let path = format!("/containers/{}/exec", escape(id));
        let created = self.wire.send(Method::POST, &path, Some(wish), Some(PATIENCE)).await?;
        let created: Created = super::wire::understood(created, "run a command in the container").await?;
        let object = format!("/exec/{}", escape(&created.id));
        let start = json!({ "Detach": false, "Tty": true });
        self.session(format!("{object}/start"), Some(start), object, true).await
    }

    /// Connects to the main process of a container.
    pub async fn attach(&self, id: &str) -> Result<Session, EngineError> {
        let object = format!("/containers/{}", escape(id));
        let tty = self.container(id).await?.tty;
        let path = format!("{object}/attach?stream=1&stdin=1&stdout=1&stderr=1");
        self.session(path, None, object, tty).await
    }

    async fn session(
        &self,
        path: String,
        body: Option<serde_json::Value>,
        object: String,
        tty: bool,
    ) -> Result<Session, EngineError> {
        let stream = TokioIo::new(self.wire.upgrade(&path, body).await?);
        let (read, write) = tokio::io::split(stream);
        let raw = unfold((read, BytesMut::new()), |(mut read, mut buffer)| async move {
            buffer.reserve(PIECE);
            match read.read_buf(&mut buffer).await {
                Ok(0) => None,
                Ok(_) => Some((Ok(buffer.split().freeze()), (read, buffer))),
                Err(error) => {
                    // Only once: a connection that broke says nothing more.
                    buffer.clear();
                    Some((Err(EngineError::broken("read from the container", error)), (read, buffer)))
                }
            }
        });
        let mut frames = Unframed::default();
        let output: Pin<Box<dyn Stream<Item = _> + Send>> = if tty {
            Box::pin(raw)
        } else {
            Box::pin(raw.map(move |piece| piece.map(|piece| frames.strip(&piece))))
        };
        let control = Control { engine: self.clone(), object, tty };
        Ok(Session { output, input: Box::pin(write), control })
    }
}

impl Session {
    /// For what goes on beside reading and writing.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Output, input and control on their own.
    #[allow(clippy::type_complexity, reason = "the three parts have no other name")]
    pub fn split(
        self,
    ) -> (
        Pin<Box<dyn Stream<Item = Result<Bytes, EngineError>> + Send>>,
        Pin<Box<dyn AsyncWrite + Send>>,
        Control,
    ) {
        (self.output, self.input, self.control)
    }
}

impl Control {
    /// Whether there is a terminal on the other side: without one, no resizing, no line editing, no `\r\n`.
    pub fn has_terminal(&self) -> bool {
        self.tty
    }

    /// Tells the terminal its size in columns and rows.
    pub async fn resize(&self, columns: u16, rows: u16) -> Result<(), EngineError> {
        if self.tty {
            let path = format!("{}/resize?h={rows}&w={columns}", self.object);
            self.engine.wire.send(Method::POST, &path, None, Some(PATIENCE)).await?;
        }
        Ok(())
    }

    /// How the process ended; `None` while it runs. To be asked once the output is over.
    pub async fn exit_code(&self) -> Result<Option<i64>, EngineError> {
        for _ in 0..WAITS {
            let now: Ending = self.engine.wire.json(&format!("{}/json", self.object)).await?;
            let now = now.state.map_or_else(|| Ending { state: None, ..now }, |state| *state);
            if !now.running {
                return Ok(now.exit_code);
            }
            sleep(WAIT).await;
        }
        Ok(None)
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("control", &self.control).finish_non_exhaustive()
    }
}

/// Takes the headers out of the output of a process without a terminal.
#[derive(Debug, Default)]
struct Unframed {
    header: Vec<u8>,
    left: usize,
}

impl Unframed {
    fn strip(&mut self, mut piece: &[u8]) -> Bytes {
        let mut out = BytesMut::new();
        while !piece.is_empty() {
            if self.left > 0 {
                let (text, rest) = piece.split_at(piece.len().min(self.left));
                out.extend_from_slice(text);
                self.left -= text.len();
                piece = rest;
                continue;
            }
            let (header, rest) = piece.split_at(piece.len().min(HEADER - self.header.len()));
            self.header.extend_from_slice(header);
            piece = rest;
            if let [_, _, _, _, a, b, c, d] = self.header[..] {
                self.left = u32::from_be_bytes([a, b, c, d]) as usize;
                self.header.clear();
            }
        }
        out.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_taken_out_wherever_pieces_end() {
        let bytes = b"\x01\0\0\0\0\0\0\x03one\x02\0\0\0\0\0\0\x00\x02\0\0\0\0\0\0\x04two\n";
        for size in 1..bytes.len() {
            let mut unframed = Unframed::default();
            let text: Vec<u8> = bytes.chunks(size).flat_map(|piece| unframed.strip(piece)).collect();
            assert_eq!(text, b"onetwo\n", "{size}");
        }
    }
}
