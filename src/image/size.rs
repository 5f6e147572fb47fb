//! Sizes for people: decimal units, at most three significant digits.

use humansize::{DECIMAL, FormatSizeOptions};

/// `612 MB`, `3.1 MB`, `220 B`.
pub fn human(bytes: u64) -> String {
    let mut leading = bytes as f64;
    while leading >= 999.5 {
        leading /= 1000.0;
    }
    let places = usize::from(bytes >= 1000 && leading < 99.95);
    humansize::format_size(bytes, FormatSizeOptions::from(DECIMAL).decimal_places(places).decimal_zeroes(0))
}

/// A share in whole percent, `<1 %` where it is something but less than that.
pub fn percent(part: u64, whole: u64) -> String {
    let percent = if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 };
    if part > 0 && percent < 1.0 { "<1 %".to_owned() } else { format!("{percent:.0} %") }
}

#[cfg(test)]
mod tests {
    #[test]
    fn shares() {
        for (part, whole, shown) in [(0, 0, "0 %"), (1, 1000, "<1 %"), (650, 1500, "43 %"), (3, 3, "100 %")] {
            assert_eq!(super::percent(part, whole), shown);
        }
    }

    #[test]
    fn sizes() {
        for (bytes, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1 kB"),
            (1_234, "1.2 kB"),
            (99_900, "99.9 kB"),
            (612_345_678, "612 MB"),
            (1_500_000_000, "1.5 GB"),
        ] {
            assert_eq!(super::human(bytes), shown);
        }
    }
}
