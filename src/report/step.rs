//! How far something long is, in words.

use super::sanitise::sanitise;
use super::size::human;
use crate::world::Step;

/// `saving 12 MB of 70 MB, 85 MB/s`, as far as it is known.
pub fn told(step: &Step) -> String {
    let rate = if step.rate > 0 { format!(", {}/s", human(step.rate)) } else { String::new() };
    format!("{}{rate}", progress(step.done, step.total, &step.text))
}

/// The same of one part, whose rate nobody knows.
pub fn progress(done: u64, total: u64, text: &str) -> String {
    let text = sanitise(text.as_bytes());
    match (done, total) {
        (0, 0) => text.into_owned(),
        (done, 0) => format!("{text} {}", human(done)),
        (done, total) => format!("{text} {} of {}", human(done), human(total)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_said() {
        let told = |done, total, rate| {
            told(&Step { text: "saving\x1b".to_owned(), done, total, rate, ..Step::default() })
        };
        assert_eq!(told(0, 0, 0), format!("{}", sanitise(b"saving\x1b")));
        assert!(told(1000, 0, 0).ends_with(" 1 kB"));
        assert!(told(1000, 2000, 500).ends_with(" 1 kB of 2 kB, 500 B/s"));
    }
}
