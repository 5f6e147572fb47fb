//! Paths inside an image: raw bytes, cleaned lexically, never trusted.

/// Prefix that marks a whiteout (OCI image-spec, layer.md, "Whiteouts").
pub const WHITEOUT: &[u8] = b".wh.";
/// Prefix of names that AUFS reserved for itself; all but the opaque marker are ignored.
pub const AUFS: &[u8] = b".wh..wh.";
/// Name of the opaque marker (OCI image-spec, layer.md, "Opaque Whiteout").
pub const OPAQUE: &[u8] = b".wh..wh..opq";

/// Longest path that is taken into the tree, in bytes.
pub const MAX_PATH: usize = 64 * 1024;

/// Cleans `raw` into `out`: no leading or doubled `/`, no `.`; `..` steps back but never above the root.
/// Returns whether a `..` was met.
pub fn clean(raw: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    let mut dotdot = false;
    for part in raw.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                dotdot = true;
                let cut = out.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                out.truncate(cut);
            }
            _ => {
                if !out.is_empty() {
                    out.push(b'/');
                }
                out.extend_from_slice(part);
            }
        }
    }
    dotdot
}

/// [`clean`] into a new buffer.
pub fn cleaned(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    clean(raw, &mut out);
    out
}

/// Splits a clean path into its parent (empty for the root) and its last name.
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}

/// The names of a clean path from the root down.
pub fn names(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning() {
        for (raw, clean, dotdot) in [
            ("", "", false),
            ("./", "", false),
            ("/", "", false),
            ("./a//b/./c/", "a/b/c", false),
            ("/etc/passwd", "etc/passwd", false),
            ("../../etc/passwd", "etc/passwd", true),
            ("a/../../b", "b", true),
            ("a/b/..", "a", true),
        ] {
            let mut out = Vec::new();
            assert_eq!(super::clean(raw.as_bytes(), &mut out), dotdot, "{raw}");
            assert_eq!(String::from_utf8_lossy(&out), clean, "{raw}");
        }
        assert_eq!(split(b"a/b/c"), (&b"a/b"[..], &b"c"[..]));
        assert_eq!(split(b"a"), (&b""[..], &b"a"[..]));
        assert_eq!(names(b"").count(), 0);
    }
}
