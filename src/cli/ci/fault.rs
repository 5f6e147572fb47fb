//! A mistake in a file of rules.

use std::fmt;

/// Where it is and what is wrong, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    line: usize,
    /// Empty where it is about the file as a whole.
    key: String,
    what: String,
}

impl Fault {
    /// A mistake in a line, counted from 1.
    pub(super) fn at(line: usize, key: &str, what: &str) -> Fault {
        let what = what.lines().collect::<Vec<_>>().join(", ");
        Fault { line, key: key.to_owned(), what }
    }

    /// The same for a byte of the text.
    pub(super) fn at_byte(text: &str, byte: usize, key: &str, what: &str) -> Fault {
        let before = text.as_bytes().iter().take(byte);
        Fault::at(1 + before.filter(|byte| **byte == b'\n').count(), key, what)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gap = if self.key.is_empty() { "" } else { ": " };
        write!(f, "line {}: {}{gap}{}", self.line, self.key, self.what)
    }
}
