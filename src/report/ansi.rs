//! The way for lines of a log to reach a terminal: colours stay, everything else that could steer it goes.
//!
//! What remains is what a terminal would show of the line: escape sequences gone, tabs expanded, and behind a
//! carriage return the line begins anew.

use super::sanitise::misleading;

/// Columns from one tab stop to the next.
const TAB: usize = 8;
/// Numbers in one sequence that are looked at.
const PARAMETERS: usize = 32;

/// A colour as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Colour {
    /// One of the sixteen that belong to the terminal's theme.
    Named(u8),
    /// One of the other 240.
    Indexed(u8),
    Rgb(u8, u8, u8),
}

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Style {
    pub foreground: Option<Colour>,
    pub background: Option<Colour>,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underline: bool,
    pub reverse: bool,
}

/// The visible text of a line in pieces of one style each. Bytes that are not UTF-8 show as `\xNN`.
pub fn spans(line: &[u8]) -> Vec<(Style, String)> {
    let mut spans: Vec<(Style, String)> = Vec::new();
    walk(line, |piece| match piece {
        Piece::Restart => spans.clear(),
        Piece::Text(style, text) => match spans.last_mut() {
            Some((last, so_far)) if *last == style => so_far.push_str(text),
            _ => spans.push((style, text.to_owned())),
        },
    });
    spans
}

/// The visible text of a line, put into `text` in place of what was there: to search in many lines.
pub fn visible(line: &[u8], text: &mut String) {
    text.clear();
    if let Ok(plain) = std::str::from_utf8(line)
        && plain.bytes().all(|byte| (b' '..0x7f).contains(&byte))
    {
        return text.push_str(plain);
    }
    walk(line, |piece| match piece {
        Piece::Restart => text.clear(),
        Piece::Text(_, more) => text.push_str(more),
    });
}

enum Piece<'a> {
    /// What came so far is overwritten.
    Restart,
    Text(Style, &'a str),
}

/// Where the walk through a line stands.
struct Walk<F> {
    style: Style,
    column: usize,
    /// There was a carriage return; only what follows shows whether it overwrites.
    returned: bool,
    out: F,
}

impl<F: FnMut(Piece<'_>)> Walk<F> {
    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.returned) {
            self.column = 0;
            (self.out)(Piece::Restart);
        }
        self.column += text.chars().count();
        (self.out)(Piece::Text(self.style, text));
    }
}

fn walk(line: &[u8], out: impl FnMut(Piece<'_>)) {
    let mut walk = Walk { style: Style::default(), column: 0, returned: false, out };
    let mut rest = line;
    while let Some(&byte) = rest.first() {
        let plain = rest.iter().position(|byte| !(b' '..0x7f).contains(byte)).unwrap_or(rest.len());
        let (text, behind) = rest.split_at(plain);
        if plain > 0 {
            walk.text(std::str::from_utf8(text).unwrap_or_default());
            rest = behind;
            continue;
        }
        rest = &rest[1..];
        match byte {
            0x1b => rest = &rest[sequence(rest, &mut walk.style)..],
            b'\r' => walk.returned = true,
            b'\t' => {
                let column = if walk.returned { 0 } else { walk.column };
                walk.text(&"        "[..TAB - column % TAB]);
            }
            ..0x80 => {}
            _ => rest = beyond_ascii(byte, rest, &mut walk),
        }
    }
}

/// A character of several bytes, of which the first is taken already. Returns what is left.
fn beyond_ascii<'a, F: FnMut(Piece<'_>)>(first: u8, rest: &'a [u8], walk: &mut Walk<F>) -> &'a [u8] {
    let mut bytes = [first, 0, 0, 0];
    let more = rest.len().min(3);
    bytes[1..=more].copy_from_slice(&rest[..more]);
    let valid = bytes[..=more].utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let Some(character) = valid.chars().next() else {
        walk.text(&format!("\\x{first:02x}"));
        return rest;
    };
    let rest = &rest[character.len_utf8() - 1..];
    if let '\u{80}'..='\u{9f}' = character {
        // The eight-bit form of ESC and a letter.
        return &rest[sequence_of(character as u8 - 0x40, rest, &mut walk.style)..];
    }
    if !misleading(character) {
        walk.text(character.encode_utf8(&mut [0; 4]));
    }
    rest
}

/// Bytes behind an ESC that belong to it.
fn sequence(rest: &[u8], style: &mut Style) -> usize {
    match rest.first() {
        Some(letter) => {
            let used = sequence_of(*letter, &rest[1..], style);
            // A control character ends a sequence before it has begun.
            if (b' '..0x7f).contains(letter) { 1 + used } else { 0 }
        }
        None => 0,
    }
}

/// Bytes behind ESC and `letter` that belong to them. A string without an end does not hide what follows.
fn sequence_of(letter: u8, rest: &[u8], style: &mut Style) -> usize {
    match letter {
        b'[' => {
            let end = rest.iter().position(|byte| !(b' '..=b'?').contains(byte)).unwrap_or(rest.len());
            match rest.get(end) {
                Some(b'm') => {
                    style.apply(&rest[..end]);
                    end + 1
                }
                Some(b'@'..=b'~') => end + 1,
                _ => end,
            }
        }
        b']' | b'P' | b'X' | b'^' | b'_' => {
            let end = |at: &usize| {
                let text = &rest[*at..];
                rest[*at] == 7 || text.starts_with(b"\x1b\\") || text.starts_with(b"\xc2\x9c")
            };
            (0..rest.len()).find(end).map_or(0, |at| at + if rest[at] == 7 { 1 } else { 2 })
        }
        b' '..=b'/' => {
            let end = rest.iter().position(|byte| !(b' '..=b'/').contains(byte)).unwrap_or(rest.len());
            end + usize::from(rest.get(end).is_some_and(|byte| (b'0'..0x7f).contains(byte)))
        }
        _ => 0,
    }
}

impl Style {
    /// Numbers of a sequence that ends with `m`; those that mean something else here are left out.
    fn apply(&mut self, parameters: &[u8]) {
        if parameters.iter().any(|byte| !byte.is_ascii_digit() && !b";:".contains(byte)) {
            return;
        }
        let mut words = parameters.split(|byte| *byte == b';').take(PARAMETERS);
        while let Some(word) = words.next() {
            let mut parts = word.split(|byte| *byte == b':').map(number);
            match parts.next().unwrap_or(0) {
                kind @ (38 | 48) => {
                    let colour = if word.contains(&b':') {
                        extended(&parts.collect::<Vec<_>>())
                    } else {
                        let mut next = || words.next().map_or(0, number);
                        match next() {
                            5 => extended(&[5, next()]),
                            2 => extended(&[2, next(), next(), next()]),
                            _ => None,
                        }
                    };
                    let ground = if kind == 38 { &mut self.foreground } else { &mut self.background };
                    *ground = colour.or(*ground);
                }
                0 => *self = Style::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                3 => self.italic = true,
                4 => self.underline = parts.next() != Some(0),
                21 => self.underline = true,
                7 => self.reverse = true,
                22 => (self.bold, self.dim) = (false, false),
                23 => self.italic = false,
                24 => self.underline = false,
                27 => self.reverse = false,
                colour @ 30..=37 => self.foreground = Some(Colour::Named(colour as u8 - 30)),
                39 => self.foreground = None,
                colour @ 40..=47 => self.background = Some(Colour::Named(colour as u8 - 40)),
                49 => self.background = None,
                colour @ 90..=97 => self.foreground = Some(Colour::Named(colour as u8 - 82)),
                colour @ 100..=107 => self.background = Some(Colour::Named(colour as u8 - 92)),
                _ => {}
            }
        }
    }
}

/// What stands behind 38 and 48: `5;n`, `2;r;g;b`, and with colons perhaps a colour space before the red.
fn extended(numbers: &[u16]) -> Option<Colour> {
    let byte = |number: u16| u8::try_from(number).ok();
    match *numbers {
        [5, index] | [5, index, ..] => Some(match byte(index)? {
            index @ ..16 => Colour::Named(index),
            index => Colour::Indexed(index),
        }),
        [2, r, g, b] | [2, _, r, g, b, ..] => Some(Colour::Rgb(byte(r)?, byte(g)?, byte(b)?)),
        _ => None,
    }
}

fn number(digits: &[u8]) -> u16 {
    digits
        .iter()
        .fold(0, |number: u16, digit| number.saturating_mul(10).saturating_add(u16::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &[u8]) -> String {
        let mut text = String::from("old");
        visible(line, &mut text);
        let spans: String = spans(line).into_iter().map(|(_, text)| text).collect();
        assert_eq!(spans, text, "{line:?}");
        text
    }

    #[test]
    fn only_text_is_shown() {
        for (line, expected) in [
            (&b"plain"[..], "plain"),
            (b"", ""),
            (b"\x1b[31mred\x1b[0m and \x1b[1;4mmore", "red and more"),
            (b"\x1b[2J\x1b[10;20Hmoved\x1b[K\x1b[?25l", "moved"),
            (b"\x1b]0;title\x07text", "text"),
            (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
            (b"\x1bP1$r0m\x1b\\\x1b(B\x1b#8\x1b7\x1b=x", "x"),
            (b"\x1b]52;c;evil without an end", "52;c;evil without an end"),
            (b"\x1b", ""),
            (b"\x1b[", ""),
            (b"\x1b[31", ""),
            (b"\x1b\x1b[31mx", "x"),
            (b"\x1b\rx", "x"),
            (b"\x1b[3\x1b[1mx", "x"),
            ("\u{9b}31mx\u{9d}0;t\u{9c}y".as_bytes(), "xy"),
            (b"\x9b31m \xff\xfe", "\\x9b31m \\xff\\xfe"),
            ("gpj\u{202e}exe \u{200b}ü漢\u{e0041}".as_bytes(), "gpjexe ü漢"),
            (b"\xe6\xbc", "\\xe6\\xbc"),
            (b"a\tb\t", "a       b       "),
            (b"12345678\tx", "12345678        x"),
            (b"bell\x07back\x08\x00\x7fspace", "bellbackspace"),
            (b"10%\r50%\r100%", "100%"),
            (b"10%\r100%\r", "100%"),
            (b"line\r\r", "line"),
            (b"long one\r\tx", "        x"),
            (b"\rx", "x"),
        ] {
            assert_eq!(shown(line), expected, "{line:?}");
        }
    }

    #[test]
    fn colours_and_looks_stay() {
        let plain = Style::default();
        let foreground = |colour| Style { foreground: Some(colour), ..plain };
        for (line, expected) in [
            ("\x1b[31mx", foreground(Colour::Named(1))),
            ("\x1b[97mx", foreground(Colour::Named(15))),
            ("\x1b[38;5;208mx", foreground(Colour::Indexed(208))),
            ("\x1b[38;5;9mx", foreground(Colour::Named(9))),
            ("\x1b[38;2;1;2;3mx", foreground(Colour::Rgb(1, 2, 3))),
            ("\x1b[38:2::1:2:3mx", foreground(Colour::Rgb(1, 2, 3))),
            ("\x1b[38:2:1:2:3mx", foreground(Colour::Rgb(1, 2, 3))),
            ("\x1b[38:5:208mx", foreground(Colour::Indexed(208))),
            ("\x1b[38;5;999mx", plain),
            ("\x1b[38;5mx", foreground(Colour::Named(0))),
            ("\x1b[48;5;17mx", Style { background: Some(Colour::Indexed(17)), ..plain }),
            ("\x1b[103mx", Style { background: Some(Colour::Named(11)), ..plain }),
            (
                "\x1b[1;2;3;4;7mx",
                Style { bold: true, dim: true, italic: true, underline: true, reverse: true, ..plain },
            ),
            ("\x1b[1;2;3;4;7;31;41m\x1b[22;23;24;27;39;49mx", plain),
            ("\x1b[1m\x1b[mx", plain),
            ("\x1b[4:3mx", Style { underline: true, ..plain }),
            ("\x1b[4:0mx", plain),
            ("\x1b[99999999999999999999mx", plain),
            ("\x1b[>4;2mx", plain),
            ("\x1b[32mgone\rx", foreground(Colour::Named(2))),
            ("\x1b]0;t\x07\u{9b}31mx", foreground(Colour::Named(1))),
        ] {
            assert_eq!(spans(line.as_bytes()), [(expected, "x".to_owned())], "{line:?}");
        }
        assert_eq!(spans(b"a\x1b[1mb\x1b[1mc").len(), 2);
    }
}
