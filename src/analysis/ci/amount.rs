//! Amounts as people write them in rules: `20MB`, `1.5 GiB`, `0.95`.

/// Decimal and binary units, in lower case; a bare letter is decimal.
const UNITS: [(&str, f64); 14] = [
    ("", 1.0),
    ("b", 1.0),
    ("k", 1e3),
    ("kb", 1e3),
    ("m", 1e6),
    ("mb", 1e6),
    ("g", 1e9),
    ("gb", 1e9),
    ("t", 1e12),
    ("tb", 1e12),
    ("p", 1e15),
    ("pb", 1e15),
    ("e", 1e18),
    ("eb", 1e18),
];

/// Bytes: a number, which may have a fraction and commas between its digits, and a unit. Fractions of a byte are cut.
pub fn bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let wrong = || format!("{text:?} is no number of bytes; write one like 20MB or 1.5GiB");
    let end = text.find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, '.' | ','));
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let number = number.replace(',', "");
    let unit = unit.trim().to_ascii_lowercase();
    // `kib` and `ki` are 1024 where `kb` and `k` are 1000.
    let (unit, binary) = match unit.replacen('i', "", 1) {
        decimal if decimal != unit && unit.find('i') == Some(1) => (decimal, true),
        _ => (unit, false),
    };
    let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
    let size = if binary { 1024_f64.powf(size.log10() / 3.0).round() } else { *size };
    // Whole numbers stay exact beyond what a fraction can hold.
    if let (Ok(number), true) = (number.parse::<u64>(), size < 1e19) {
        return number.checked_mul(size as u64).ok_or_else(wrong);
    }
    let bytes = number.parse::<f64>().map_err(|_| wrong())? * size;
    if bytes < 1.8e19 { Ok(bytes as u64) } else { Err(wrong()) }
}

/// A share from 0 to 1.
pub fn share(text: &str) -> Result<f64, String> {
    let wrong = || format!("{text:?} is no share; write a number from 0 to 1, like 0.95");
    let share = text.trim().parse::<f64>().map_err(|_| wrong())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn bytes_with_units() {
        for (text, bytes) in [
            ("0", 0),
            ("20MB", 20_000_000),
            ("20 mb", 20_000_000),
            ("20M", 20_000_000),
            ("1.5GiB", 3 << 29),
            ("1KiB", 1024),
            ("2ki", 2048),
            ("1,000", 1000),
            ("0.5k", 500),
            ("1.2345", 1),
            ("3TiB", 3 << 40),
            ("9007199254740993", 9_007_199_254_740_993),
        ] {
            assert_eq!(super::bytes(text), Ok(bytes), "{text}");
        }
        for text in ["", "MB", "-1", "1e3", "12 parsecs", "1..5", "99EB", "1ib", "1mib2", "nan", "1 i"] {
            assert!(super::bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shares() {
        assert_eq!(super::share(" 0.95 "), Ok(0.95));
        for text in ["", "95%", "1.1", "-0.1", "nan", "inf"] {
            assert!(super::share(text).is_err(), "{text}");
        }
    }
}
