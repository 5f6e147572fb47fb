//! Cuts the bytes of a log into lines, however they arrive.
//!
//! Without a terminal an engine sends frames: eight bytes that name the stream and the length, then the text. Frames
//! are records, not lines: a long line comes in several, each with a time of its own, and those of the two streams
//! stand between each other. With a terminal the text comes as it is, one record in each piece of the answer.

use jiff::Timestamp;

use super::{KEPT, LogLine, stamp};

/// Bytes of a frame's header.
const HEADER: usize = 8;
/// Streams: standard input, output, error, and the engine's own complaints.
const STREAMS: u8 = 4;

/// How the bytes are packed. A container's inspection tells, the headers of an answer do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Without a terminal.
    Frames,
    /// With a terminal.
    Raw,
}

/// See the module. Holds at most [`KEPT`] bytes for each stream, whatever arrives.
#[derive(Debug)]
pub struct LogSplitter {
    framing: Framing,
    stamps: bool,
    header: [u8; HEADER],
    header_bytes: usize,
    /// Bytes of the frame that are still to come.
    left: u32,
    stderr: bool,
    /// A time is expected here; the bytes that may be one.
    stamp: Option<Vec<u8>>,
    partial: [Partial; 2],
    /// Lines that were read before: how many with this time are left to be skipped.
    known: Option<(Timestamp, usize)>,
    damaged: bool,
}

/// A line of which the end is not here yet.
#[derive(Debug, Default)]
struct Partial {
    text: Vec<u8>,
    length: u64,
    time: Option<Timestamp>,
    /// There is a record of it, were it empty.
    begun: bool,
    /// There is no room left, and no carriage return in it.
    settled: bool,
    /// There is no room left, and the newest byte was a carriage return.
    returned: bool,
}

impl LogSplitter {
    /// `stamps`: times were asked for.
    pub fn new(framing: Framing, stamps: bool) -> LogSplitter {
        LogSplitter {
            framing,
            stamps,
            header: [0; HEADER],
            header_bytes: 0,
            left: 0,
            stderr: false,
            stamp: None,
            partial: [Partial::default(), Partial::default()],
            known: None,
            damaged: false,
        }
    }

    /// For an answer that was asked for `since` the time of the newest line: that many lines with this time are known.
    #[must_use]
    pub fn resuming(mut self, newest: Option<(Timestamp, usize)>) -> LogSplitter {
        self.known = newest;
        self
    }

    /// Whether there were no frames where frames should be; the rest was taken as it is.
    pub fn damaged(&self) -> bool {
        self.damaged
    }

    /// One piece of the engine's answer, as it arrived.
    pub fn feed(&mut self, piece: &[u8], out: &mut impl FnMut(LogLine<'_>)) {
        if self.framing == Framing::Frames {
            return self.frames(piece, out);
        }
        if self.stamps && self.stamp.is_none() && !piece.is_empty() {
            self.stamp = Some(Vec::new());
        }
        self.record(piece, out);
    }

    /// The answer is over: lines without an end are lines too.
    pub fn finish(&mut self, out: &mut impl FnMut(LogLine<'_>)) {
        if self.header_bytes > 0 {
            self.give_up(out);
        }
        self.end_stamp();
        for stream in [0, 1] {
            if self.partial[stream].begun {
                self.stderr = stream == 1;
                self.end_line(&[], out);
            }
        }
    }

    /// What stands of a line that has no end yet, such as a prompt or a progress bar.
    pub fn pending(&self) -> impl Iterator<Item = LogLine<'_>> {
        let partials = self.partial.iter().enumerate().filter(|(_, partial)| partial.length > 0);
        partials.map(|(stream, partial)| LogLine {
            time: partial.time,
            stderr: stream == 1,
            text: &partial.text,
            length: partial.length,
        })
    }

    fn frames(&mut self, mut piece: &[u8], out: &mut impl FnMut(LogLine<'_>)) {
        while !piece.is_empty() {
            if self.left > 0 {
                let here = piece.len().min(self.left as usize);
                self.left -= here as u32;
                self.record(&piece[..here], out);
                piece = &piece[here..];
                if self.left == 0 {
                    self.end_stamp();
                }
                continue;
            }
            let here = piece.len().min(HEADER - self.header_bytes);
            self.header[self.header_bytes..][..here].copy_from_slice(&piece[..here]);
            self.header_bytes += here;
            piece = &piece[here..];
            let [stream, a, b, c, length @ ..] = self.header;
            let seen = &[stream, a, b, c][..self.header_bytes.min(4)];
            if seen[0] >= STREAMS || seen[1..].iter().any(|byte| *byte != 0) {
                self.give_up(out);
                return self.record(piece, out);
            }
            if self.header_bytes == HEADER {
                self.header_bytes = 0;
                self.left = u32::from_be_bytes(length);
                self.stderr = stream >= 2;
                self.stamp = (self.stamps && self.left > 0).then(Vec::new);
            }
        }
    }

    /// What should be a header is none: from here on everything is text.
    fn give_up(&mut self, out: &mut impl FnMut(LogLine<'_>)) {
        (self.framing, self.damaged) = (Framing::Raw, true);
        let (header, bytes) = (self.header, std::mem::take(&mut self.header_bytes));
        self.stamp = self.stamps.then(Vec::new);
        self.record(&header[..bytes], out);
    }

    /// Text of one record, or a part of it.
    fn record(&mut self, mut text: &[u8], out: &mut impl FnMut(LogLine<'_>)) {
        while !text.is_empty() {
            if let Some(held) = &mut self.stamp {
                let held_before = held.len();
                let room = &text[..text.len().min(stamp::LONGEST - held_before)];
                let end = room.iter().position(|byte| *byte == b' ');
                held.extend_from_slice(&room[..end.unwrap_or(room.len())]);
                let time = end.and_then(|_| stamp::parse(held));
                if let Some(time) = time {
                    text = &text[end.unwrap_or(0) + 1..];
                    self.stamp = None;
                    let partial = &mut self.partial[usize::from(self.stderr)];
                    if !partial.begun {
                        (partial.time, partial.begun) = (Some(time), true);
                    }
                    continue;
                }
                if end.is_none() && held.len() < stamp::LONGEST && stamp::may_begin(held) {
                    return;
                }
                // No time after all: what is held from earlier pieces comes first.
                held.truncate(held_before);
                let held = self.stamp.take().unwrap_or_default();
                self.text(&held);
                continue;
            }
            let Some(end) = text.iter().position(|byte| *byte == b'\n') else {
                return self.text(text);
            };
            self.end_line(&text[..end], out);
            text = &text[end + 1..];
            self.stamp = self.stamps.then(Vec::new);
        }
    }

    /// No time came where one was expected.
    fn end_stamp(&mut self) {
        if let Some(held) = self.stamp.take() {
            self.text(&held);
        }
    }

    /// Text of a line that does not end here.
    fn text(&mut self, text: &[u8]) {
        let partial = &mut self.partial[usize::from(self.stderr)];
        partial.begun |= !text.is_empty();
        partial.keep(text);
    }

    fn end_line(&mut self, text: &[u8], out: &mut impl FnMut(LogLine<'_>)) {
        let partial = &mut self.partial[usize::from(self.stderr)];
        let mut length = partial.length + text.len() as u64;
        let mut whole = text;
        if partial.length > 0 || text.len() > KEPT {
            partial.keep(text);
            whole = &partial.text;
        }
        // A terminal ends its lines like this, and adds another to that of a program.
        if self.framing == Framing::Raw && length == whole.len() as u64 {
            while let Some(shorter) = whole.strip_suffix(b"\r") {
                (whole, length) = (shorter, length - 1);
            }
        }
        let line = LogLine { time: partial.time, stderr: self.stderr, text: whole, length };
        match &mut self.known {
            Some((time, left)) if line.time == Some(*time) && *left > 0 => *left -= 1,
            _ => out(line),
        }
        partial.text.clear();
        (partial.length, partial.begun, partial.settled, partial.returned) = (0, false, false, false);
    }
}

impl Partial {
    /// Adds to the beginning of a line. Of a progress bar that overwrites itself for days the newest state stays:
    /// once there is no room left, what was overwritten goes.
    fn keep(&mut self, mut text: &[u8]) {
        self.length += text.len() as u64;
        while !text.is_empty() {
            let room = KEPT - self.text.len();
            if room > 0 {
                let (here, rest) = text.split_at(text.len().min(room));
                self.text.extend_from_slice(here);
                text = rest;
            } else if !self.settled {
                match self.text.iter().rposition(|byte| *byte == b'\r') {
                    Some(at) => drop(self.text.drain(..=at)),
                    None => self.settled = true,
                }
            } else if self.returned {
                // Only what stands behind it shows whether it overwrites or ends the line.
                self.text.clear();
                (self.settled, self.returned) = (false, false);
            } else {
                let Some(at) = text.iter().position(|byte| *byte == b'\r') else { return };
                self.returned = true;
                text = &text[at + 1..];
            }
        }
    }
}
