//! The one way for foreign text to reach a terminal.
//!
//! Names, labels and build steps come from strangers. Whatever could steer a terminal or deceive the eye
//! (control characters, escape sequences, direction marks, invisible characters) becomes a visible escape.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with everything misleading made visible. Invalid UTF-8 shows as `\xNN`.
pub fn sanitise(text: &[u8]) -> Cow<'_, str> {
    if let Ok(plain) = std::str::from_utf8(text)
        && !plain.chars().any(misleading)
    {
        return Cow::Borrowed(plain);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                _ if !misleading(character) => out.push(character),
                _ if (character as u32) < 0x100 => drop(write!(out, "\\x{:02x}", character as u32)),
                _ => drop(write!(out, "\\u{{{:x}}}", character as u32)),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    Cow::Owned(out)
}

/// Control characters, direction marks, and characters that show as nothing.
pub fn misleading(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_misleading_survives() {
        for (raw, shown) in [
            (&b"plain/\xc3\xbc\xe6\xbc\xa2"[..], "plain/ü漢"),
            (b"\x1b]0;pwned\x07", "\\x1b]0;pwned\\x07"),
            (b"a\nb\tc\rd", "a\\nb\\tc\\rd"),
            (b"\xc2\x9b31m", "\\x9b31m"),
            (b"\xff\xfe", "\\xff\\xfe"),
            ("gpj\u{202e}exe".as_bytes(), "gpj\\u{202e}exe"),
            ("zero\u{200b}width\u{feff}".as_bytes(), "zero\\u{200b}width\\u{feff}"),
            (b"C:\\x", "C:\\x"),
            (b"", ""),
        ] {
            assert_eq!(sanitise(raw), shown);
        }
    }
}
