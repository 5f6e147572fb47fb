//! Ages for people: one unit, rounded down.

use jiff::Timestamp;

/// Seconds of a unit, and what it is called.
const UNITS: [(i64, &str); 6] =
    [(31_557_600, "y"), (2_629_800, "mo"), (86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];

/// `3 h`, `2 d`, `0 s`; what lies ahead counts as now.
pub fn age(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(then.as_second()).max(0);
    let unit = UNITS.iter().find(|(length, _)| seconds >= *length).unwrap_or(&(1, "s"));
    format!("{} {}", seconds / unit.0, unit.1)
}

#[cfg(test)]
mod tests {
    use super::*;

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
