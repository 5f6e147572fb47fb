//! JSON for programs, as the published schemas in `assets/schemas` describe it.
//!
//! Whatever a document holds, it is safe to print on a terminal: control characters beyond those that JSON
//! escapes anyway (C1, DEL, bidirectional marks) are written as `\u` escapes too.

mod analyze;
mod blame;
mod ci;
mod clean;
mod containers;
mod diagnose;
mod escape;
mod found;
mod images;
mod tree;

use std::io::{self, Write};

use base64::Engine as _;
use serde::{Serialize, Serializer};

pub use analyze::Analyze;
pub use blame::Blame;
pub use ci::Ci;
pub use clean::{Clean, Saved, Why};
pub use containers::Containers;
pub use diagnose::{Diagnose, PreflightDocument};
pub use images::Images;
pub use tree::TreeDocument;

/// Writes a document, readable and with a line break at its end.
pub fn write(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut escaped = io::BufWriter::with_capacity(64 * 1024, out);
    let mut serializer = serde_json::Serializer::with_formatter(&mut escaped, escape::Escaping::default());
    document.serialize(&mut serializer).map_err(io::Error::from)?;
    escaped.write_all(b"\n")?;
    escaped.flush()
}

/// Raw bytes that are text nearly always: as text, and exactly when they are not UTF-8.
#[derive(Clone, Debug)]
struct Raw(Vec<u8>);

impl Raw {
    fn lossy(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    fn base64(&self) -> Option<String> {
        let exact = std::str::from_utf8(&self.0).is_err();
        exact.then(|| base64::engine::general_purpose::STANDARD.encode(&self.0))
    }
}

fn lossy<S: Serializer>(raw: &Raw, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&raw.lossy())
}

/// Permission bits as four octal digits.
fn octal(mode: u16) -> String {
    format!("{mode:04o}")
}
