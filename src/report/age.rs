//! Ages: for people one unit, rounded down; from people, as they type them.

use jiff::{SignedDuration, Timestamp};

/// Seconds of a unit, and what it is called.
const UNITS: [(i64, &str); 6] =
    [(31_557_600, "y"), (2_629_800, "mo"), (86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];

/// `3 h`, `2 d`, `0 s`; what lies ahead counts as now.
pub fn age(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(then.as_second()).max(0);
    let unit = UNITS.iter().find(|(length, _)| seconds >= *length).unwrap_or(&(1, "s"));
    format!("{} {}", seconds / unit.0, unit.1)
}

/// Parts of an age, from seconds to weeks: `7d`, `1h30m`.
pub fn parse(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("{text:?} is no age: a number with s, m, h, d or w, like 7d or 1h30m");
    let mut seconds = 0_i64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = rest[digits..].chars().next().ok_or_else(wrong)?;
        let each = match unit {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            'd' => 24 * 60 * 60,
            'w' => 7 * 24 * 60 * 60,
            _ => return Err(wrong()),
        };
        seconds = number.checked_mul(each).and_then(|part| seconds.checked_add(part)).ok_or_else(wrong)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    if text.is_empty() { Err(wrong()) } else { Ok(SignedDuration::from_secs(seconds)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_ages_have_any_units() {
        for (text, seconds) in [
            ("7d", Some(604_800)),
            ("1h30m", Some(5400)),
            ("2w", Some(1_209_600)),
            ("90s", Some(90)),
            ("0d", Some(0)),
            ("", None),
            ("7", None),
            ("d", None),
            ("-7d", None),
            ("7y", None),
            ("7 d", None),
            ("99999999999999999d", None),
        ] {
            let parsed = parse(text);
            assert_eq!(parsed.as_ref().ok().map(SignedDuration::as_secs), seconds, "{text}");
            assert!(parsed.is_ok() || parsed.unwrap_err().contains("like 7d or 1h30m"));
        }
    }

    #[test]
    fn ages_have_one_unit() {
        let now = Timestamp::from_second(1_780_000_000).unwrap();
        for (seconds, shown) in [
            (-5, "0 s"),
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (7199, "1 h"),
            (86_400, "1 d"),
            (29 * 86_400, "29 d"),
            (31 * 86_400, "1 mo"),
            (364 * 86_400, "11 mo"),
            (800 * 86_400, "2 y"),
        ] {
            assert_eq!(age(Timestamp::from_second(now.as_second() - seconds).unwrap(), now), shown);
        }
        assert_eq!(age(Timestamp::MIN, Timestamp::MAX), "19998 y");
    }
}
