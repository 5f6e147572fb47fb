//! One 512-byte header block, decoded as Go's `archive/tar` does.

use super::BLOCK;

/// The fields of a header block, before extensions have their say.
#[derive(Debug, Clone, Default)]
pub(super) struct RawHeader {
    pub name: Vec<u8>,
    pub link: Vec<u8>,
    pub type_flag: u8,
    pub mode: i64,
    pub uid: i64,
    pub gid: i64,
    pub size: i64,
    pub mtime: i64,
    pub device: (u32, u32),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    V7,
    Ustar,
    Star,
    Gnu,
}

/// Whether this block can be a header: its checksum is right.
pub(super) fn checksum_matches(block: &[u8; BLOCK]) -> bool {
    let Some(stated) = octal(&block[148..156]) else { return false };
    // Whole-block sums are what the compiler turns into vector code; the field itself counts as spaces.
    let field = &block[148..156];
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let unsigned = sum(block) - sum(field) + 8 * u32::from(b' ');
    if stated == i64::from(unsigned) {
        return true;
    }
    // Some old writers summed signed bytes.
    let high = |bytes: &[u8]| bytes.iter().filter(|byte| **byte >= 0x80).count();
    stated == i64::from(unsigned) - 256 * (high(block) - high(field)) as i64
}

impl RawHeader {
    /// Decodes a block whose checksum is right; the error names the field that makes no sense.
    pub(super) fn parse(&mut self, block: &[u8; BLOCK]) -> Result<(), &'static str> {
        let format = format(block);
        let size = numeric(&block[124..136]).ok_or("size")?;
        if size < 0 {
            return Err("size");
        }
        self.type_flag = block[156];
        self.size = size;
        // Only the size decides what follows; an unreadable owner or time is no reason to lose the entry.
        self.mode = numeric(&block[100..108]).unwrap_or(0);
        self.uid = numeric(&block[108..116]).unwrap_or(0);
        self.gid = numeric(&block[116..124]).unwrap_or(0);
        self.mtime = numeric(&block[136..148]).unwrap_or(0);
        self.link.clear();
        self.link.extend_from_slice(text(&block[157..257]));
        self.device = (0, 0);
        self.name.clear();
        if format != Format::V7 {
            let number =
                |field: &[u8]| numeric(field).and_then(|value| u32::try_from(value).ok()).unwrap_or(0);
            self.device = (number(&block[329..337]), number(&block[337..345]));
            let prefix: &[u8] = match format {
                Format::Ustar => text(&block[345..500]),
                Format::Star => text(&block[345..476]),
                _ => gnu_prefix(block),
            };
            if !prefix.is_empty() {
                self.name.extend_from_slice(prefix);
                self.name.push(b'/');
            }
        }
        self.name.extend_from_slice(text(&block[0..100]));
        Ok(())
    }
}

fn format(block: &[u8; BLOCK]) -> Format {
    match (&block[257..263], &block[263..265], &block[508..512]) {
        (b"ustar\0", _, b"tar\0") => Format::Star,
        (b"ustar\0", _, _) => Format::Ustar,
        (b"ustar ", b" \0", _) => Format::Gnu,
        _ => Format::V7,
    }
}

/// GNU headers hold times where others hold a prefix, but old Go versions wrote a prefix there all the same.
fn gnu_prefix(block: &[u8; BLOCK]) -> &[u8] {
    let sound = |field: &[u8]| field[0] == 0 || numeric(field).is_some();
    if sound(&block[345..357]) && sound(&block[357..369]) {
        return b"";
    }
    let prefix = text(&block[345..500]);
    if prefix.is_ascii() { prefix } else { b"" }
}

/// A field up to its first NUL.
pub(super) fn text(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    &field[..end]
}

/// A number in octal or, with the top bit set, in base 256.
pub(super) fn numeric(field: &[u8]) -> Option<i64> {
    if field.first().is_none_or(|byte| byte & 0x80 == 0) {
        return octal(field);
    }
    let negative = field[0] & 0x40 != 0;
    let flip = if negative { 0xff } else { 0 };
    let mut value: u64 = 0;
    for (at, byte) in field.iter().enumerate() {
        let byte = byte ^ flip;
        let byte = if at == 0 { byte & 0x7f } else { byte };
        if value >> 56 > 0 {
            return None;
        }
        value = value << 8 | u64::from(byte);
    }
    let value = i64::try_from(value).ok()?;
    Some(if negative { !value } else { value })
}

fn octal(field: &[u8]) -> Option<i64> {
    let blank = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !blank(byte)).unwrap_or(field.len());
    let field = text(&field[start..]);
    let end = field.iter().rposition(|byte| *byte != b' ').map_or(0, |at| at + 1);
    if end == 0 {
        return Some(0);
    }
    field[..end].iter().try_fold(0i64, |value, byte| match byte {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(i64::from(byte - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (field, value) in [
            (&b"0000644\0"[..], Some(0o644)),
            (b"   644 \0", Some(0o644)),
            (b"\0\0\0\0", Some(0)),
            (b"        ", Some(0)),
            (b"12x", None),
            (b"8", None),
            (b"\x80\0\0\0\0\0\0\0\0\0\x01\0", Some(256)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", Some(-1)),
            (b"\x80\x01\0\0\0\0\0\0\0\0\0\0", None),
            (b"\xff\xff\xff\xff\xff\xff\xff\xfe", Some(-2)),
        ] {
            assert_eq!(numeric(field), value, "{field:?}");
        }
    }
}
