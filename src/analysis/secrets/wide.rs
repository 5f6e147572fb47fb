//! Text in UTF-16, as Windows writes it, narrowed so that rules can read it.

/// How the bytes of a content are to be understood, which its first two say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Width {
    /// Too early to tell; the first byte, if it came alone.
    #[default]
    Unknown,
    First(u8),
    /// As they are.
    Narrow,
    /// UTF-16, the high byte first or last, and the half of a unit that came last.
    Wide {
        high_first: bool,
        half: Option<u8>,
    },
}

impl Width {
    /// Takes the next bytes; what to look at instead of them, if that is something else.
    pub(super) fn narrow(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut given: Vec<u8>;
        let mut bytes = bytes;
        let mut instead = false;
        if let (Width::First(first), false) = (*self, bytes.is_empty()) {
            given = vec![first];
            given.extend_from_slice(bytes);
            (bytes, instead, *self) = (&given, true, Width::Unknown);
        }
        if *self == Width::Unknown {
            *self = match bytes {
                [] => return None,
                [one @ (0xfe | 0xff)] => Width::First(*one),
                [0xfe, 0xff, ..] => Width::Wide { high_first: true, half: None },
                [0xff, 0xfe, ..] => Width::Wide { high_first: false, half: None },
                _ => Width::Narrow,
            };
            if matches!(self, Width::Wide { .. }) {
                bytes = &bytes[2..];
            }
        }
        match self {
            Width::Wide { high_first, half } => Some(units(bytes, *high_first, half)),
            Width::First(_) => Some(Vec::new()),
            _ => instead.then(|| bytes.to_vec()),
        }
    }

    /// The byte that is held back at the end of a content.
    pub(super) fn rest(self) -> Option<u8> {
        if let Width::First(byte) = self { Some(byte) } else { None }
    }
}

/// Letters of ASCII as they are, one byte that no rule asks for in place of others.
fn units(bytes: &[u8], high_first: bool, half: &mut Option<u8>) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() / 2 + 1);
    for byte in bytes {
        let Some(first) = half.take() else {
            *half = Some(*byte);
            continue;
        };
        let (high, low) = if high_first { (first, *byte) } else { (*byte, first) };
        text.push(if high == 0 && low < 0x80 { low } else { 0x80 });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_text_becomes_narrow_wherever_it_is_cut() {
        let wide = |high_first: bool| -> Vec<u8> {
            let unit = |unit: u16| if high_first { unit.to_be_bytes() } else { unit.to_le_bytes() };
            "\u{feff}käse\n".encode_utf16().flat_map(unit).collect()
        };
        for (bytes, wanted) in [
            (wide(true), &b"k\x80se\n"[..]),
            (wide(false), b"k\x80se\n"),
            (b"\xffabc".to_vec(), b"\xffabc"),
            (b"abc".to_vec(), b"abc"),
            (b"\xff".to_vec(), b"\xff"),
            (Vec::new(), b""),
        ] {
            for cut in 0..=bytes.len() {
                let (mut width, mut seen) = (Width::default(), Vec::new());
                for piece in [&bytes[..cut], &bytes[cut..]] {
                    let narrow = width.narrow(piece);
                    seen.extend(narrow.unwrap_or_else(|| piece.to_vec()));
                }
                seen.extend(width.rest());
                assert_eq!(seen, wanted, "{bytes:?} {cut}");
            }
        }
    }
}
