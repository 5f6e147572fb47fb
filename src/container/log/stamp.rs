//! The times that engines put before each record of a log.

use jiff::Timestamp;

/// Bytes of the longest: nanoseconds and an offset, and the space behind it.
pub(super) const LONGEST: usize = 36;

/// Where these fixed bytes stand in `2026-11-21T10:35:28`.
const SHAPE: [(usize, u8); 5] = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];

/// Whether `text` may be the beginning of a time in the form that engines write.
pub(super) fn may_begin(text: &[u8]) -> bool {
    text.iter().enumerate().take(19).all(|(at, byte)| match SHAPE.iter().find(|(place, _)| *place == at) {
        Some((_, fixed)) => byte == fixed,
        None => byte.is_ascii_digit(),
    }) && text.iter().skip(19).all(|byte| byte.is_ascii_digit() || b".Z+-:".contains(byte))
}

/// A whole time, without the space behind it.
pub(super) fn parse(text: &[u8]) -> Option<Timestamp> {
    if text.len() < 20 || !may_begin(text) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_engines_write_is_a_time() {
        for (text, expected) in [
            ("2026-11-21T10:35:28.130820689Z", Some("2026-11-21T10:35:28.130820689Z")),
            ("2026-11-21T10:36:14Z", Some("2026-11-21T10:36:14Z")),
            ("2026-11-21T10:36:14+02:00", Some("2026-11-21T08:36:14Z")),
            ("2026-11-21T10:36:14.5-02:30", Some("2026-11-21T13:06:14.5Z")),
            ("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00Z")),
            ("2026-11-21T10:36:14", None),
            ("2026-11-21 10:36:14Z", None),
            ("2026-13-21T10:36:14Z", None),
            ("20261121T103614Z0000", None),
            ("-009999-01-02T01:59:59Z", None),
            ("", None),
        ] {
            assert_eq!(parse(text.as_bytes()).map(|time| time.to_string()).as_deref(), expected, "{text}");
        }
    }
}
