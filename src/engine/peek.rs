//! A look at a single file of a container: what it is, whose it is, and its first bytes. Works on what does not run.

use futures_util::StreamExt as _;

use super::{Engine, EngineError};
use crate::image::changeset::Kind;
use crate::image::tar::{Reader, Stream};

/// Bytes that headers of one entry may take, names and attributes included.
const HEADERS: usize = 16 << 10;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peek {
    pub kind: Kind,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u16,
    pub uid: u32,
    pub gid: u32,
    pub bytes: u64,
    /// Of a symbolic link.
    pub target: Vec<u8>,
    /// The first bytes of a regular file.
    pub head: Vec<u8>,
}

impl Engine {
    /// Looks at a path, and at no more than the first `most` bytes of a file. What the engine would send beyond that
    /// is not waited for.
    pub async fn peek(&self, id: &str, path: &str, most: usize) -> Result<Peek, EngineError> {
        let mut chunks = self.copy_out(id, path).await?;
        let mut bytes = Vec::new();
        while bytes.len() < most.saturating_add(HEADERS)
            && let Some(chunk) = chunks.next().await
        {
            bytes.extend_from_slice(&chunk?);
            // The rest of a folder is of no interest, and neither is padding.
            if most == 0 && bytes.len() >= 2048 {
                break;
            }
        }
        understood(&bytes, most).map_err(|why| EngineError::broken(format!("look at {path}"), why))
    }
}

fn understood(bytes: &[u8], most: usize) -> Result<Peek, String> {
    let mut reader = Reader::new(Stream::new(bytes));
    let header = reader.next().map_err(|fault| fault.to_string())?.ok_or("the engine sent nothing")?;
    let mut peek = Peek {
        kind: header.kind.unwrap_or(Kind::File),
        mode: header.attributes.mode,
        uid: header.attributes.uid as u32,
        gid: header.attributes.gid as u32,
        bytes: header.bytes,
        target: header.link.clone(),
        head: Vec::new(),
    };
    if peek.kind == Kind::File && most > 0 {
        let head = &mut peek.head;
        // A content that was cut off ends where it was cut off.
        let _ = reader.content(&mut |_, piece| {
            let room = most - head.len().min(most);
            head.extend_from_slice(&piece[..piece.len().min(room)]);
        });
    }
    Ok(peek)
}
