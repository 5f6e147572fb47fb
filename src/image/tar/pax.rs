//! PAX extended headers: length-prefixed `key=value` records (POSIX.1-2001 pax).

use xxhash_rust::xxh3::xxh3_64;

/// The records of one extended header that matter here.
#[derive(Debug, Clone, Default)]
pub(super) struct Pax {
    pub path: Option<Vec<u8>>,
    pub link: Option<Vec<u8>>,
    pub size: Option<u64>,
    pub uid: Option<u64>,
    pub gid: Option<u64>,
    pub mtime: Option<i64>,
    /// Order-independent hash over extended attributes and ACLs, 0 when there are none.
    pub xattrs: u64,
    /// `trusted.overlay.opaque=y` is among them.
    pub overlay_opaque: bool,
    /// `security.capability` is among them, and not empty.
    pub capability: bool,
    pub sparse: PaxSparse,
    /// A record that could not be understood, and was passed over.
    pub odd: Option<&'static str>,
}

/// What the records say about holes (GNU tar, "Sparse Formats", PAX 0.0 to 1.0).
#[derive(Debug, Clone, Default)]
pub(super) struct PaxSparse {
    pub major: Option<u64>,
    pub minor: Option<u64>,
    pub name: Option<Vec<u8>>,
    pub real_size: Option<u64>,
    /// Offsets and lengths of the stored segments, in turn.
    pub map: Vec<u64>,
}

impl Pax {
    /// Reads all records. Parsing stops at the first one that is damaged; what came before holds.
    pub(super) fn parse(mut data: &[u8]) -> Pax {
        let mut pax = Pax::default();
        while data.first().is_some_and(|byte| *byte != 0) {
            let Some((key, value, rest)) = record(data) else {
                pax.odd = Some("a PAX record with a wrong length");
                break;
            };
            pax.take(key, value);
            data = rest;
        }
        pax
    }

    fn take(&mut self, key: &[u8], value: &[u8]) {
        let number = || std::str::from_utf8(value).ok().and_then(|text| text.trim().parse::<u64>().ok());
        match key {
            b"path" => self.path = self.name(value),
            b"linkpath" => self.link = self.name(value),
            b"size" => self.size = number(),
            b"uid" => self.uid = number(),
            b"gid" => self.gid = number(),
            b"mtime" => self.mtime = seconds(value),
            b"GNU.sparse.major" => self.sparse.major = number(),
            b"GNU.sparse.minor" => self.sparse.minor = number(),
            b"GNU.sparse.name" => self.sparse.name = self.name(value),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => self.sparse.real_size = number(),
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => self.sparse.map.extend(number()),
            b"GNU.sparse.map" => {
                let parts = value.split(|byte| *byte == b',');
                let parse = |part: &[u8]| std::str::from_utf8(part).ok()?.parse().ok();
                self.sparse.map = parts.map_while(parse).collect();
            }
            _ => self.take_attribute(key, value),
        }
    }

    fn take_attribute(&mut self, key: &[u8], value: &[u8]) {
        let prefixes: [&[u8]; 3] = [b"SCHILY.xattr.", b"LIBARCHIVE.xattr.", b"SCHILY.acl."];
        let Some(prefix) = prefixes.into_iter().find(|prefix| key.starts_with(prefix)) else { return };
        let mut record = key.to_vec();
        record.push(b'=');
        record.extend_from_slice(value);
        self.xattrs = self.xattrs.wrapping_add(xxh3_64(&record).max(1));
        let name = &key[prefix.len()..];
        self.overlay_opaque |= name == b"trusted.overlay.opaque" && value == b"y";
        self.capability |= name == b"security.capability" && !value.is_empty();
    }

    /// A name with a NUL in it is refused by runtimes and would hide what follows.
    fn name(&mut self, value: &[u8]) -> Option<Vec<u8>> {
        if value.contains(&0) {
            self.odd = Some("a PAX name with a NUL in it");
            return None;
        }
        // An empty value takes the record back: the header's own name holds.
        Some(value.to_vec()).filter(|name| !name.is_empty())
    }
}

/// Splits off the first record: `LENGTH SPACE KEY = VALUE NEWLINE`, where LENGTH counts all of it.
fn record(data: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = data.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&data[..space]).ok()?.parse().ok()?;
    if length <= space + 1 || length > data.len() || data[length - 1] != b'\n' {
        return None;
    }
    let body = &data[space + 1..length - 1];
    let equals = body.iter().position(|byte| *byte == b'=')?;
    Some((&body[..equals], &body[equals + 1..], &data[length..]))
}

/// Whole seconds of `[-]SECONDS[.FRACTION]`, rounded down.
fn seconds(value: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(value).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = whole.parse().ok()?;
    let rounded = whole.starts_with('-') && fraction.bytes().any(|digit| digit != b'0');
    seconds.checked_sub(i64::from(rounded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_by_length() {
        let pax = Pax::parse(b"29 SCHILY.xattr.user.x=a\nb=c\n12 path=a/b\n14 mtime=-1.5\n".as_slice());
        assert_ne!(pax.xattrs, 0);
        assert_eq!(pax.path.as_deref(), Some(&b"a/b"[..]));
        assert_eq!(seconds(b"-1.5"), Some(-2));
        assert_eq!(seconds(b"1700000000.999"), Some(1_700_000_000));
    }

    #[test]
    fn capabilities_are_known_by_name() {
        let capability = |data: &[u8]| Pax::parse(data).capability;
        assert!(capability(b"39 SCHILY.xattr.security.capability=\x01\n\n"));
        assert!(capability(b"43 LIBARCHIVE.xattr.security.capability=AQ\n"));
        assert!(!capability(b"37 SCHILY.xattr.security.capability=\n"));
        assert!(!capability(b"37 SCHILY.xattr.user.capability=abcd\n"));
    }

    #[test]
    fn damage_keeps_what_came_before() {
        let pax = Pax::parse(b"12 path=a/b\n99 size=3\n");
        assert_eq!(pax.path.as_deref(), Some(&b"a/b"[..]));
        assert!(pax.odd.is_some() && pax.size.is_none());
    }

    #[test]
    fn attribute_order_does_not_matter() {
        let one = Pax::parse(b"21 SCHILY.xattr.a=1\n\n21 SCHILY.xattr.b=2\n\n");
        let two = Pax::parse(b"21 SCHILY.xattr.b=2\n\n21 SCHILY.xattr.a=1\n\n");
        assert_eq!(one.xattrs, two.xattrs);
        assert_ne!(one.xattrs, 0);
    }
}
