//! What a person types to find a place in a text: plain characters or a regular expression.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};

use super::pattern::compile;

/// A compiled text. Letters match regardless of case as long as the text has no capital.
#[derive(Clone, Debug)]
pub struct Needle(Regex);

impl Needle {
    /// `text` as it stands, or as an expression; the error says in one line what is wrong with it.
    pub fn new(text: &str, expression: bool) -> Result<Needle, String> {
        let any_case = !text.chars().any(char::is_uppercase);
        let text = if expression { text.to_owned() } else { regex::escape(text) };
        Ok(Needle(compile(RegexBuilder::new(&text).case_insensitive(any_case))?))
    }

    pub fn is_in(&self, text: &[u8]) -> bool {
        self.0.is_match(text)
    }

    /// Where it is found, from the left to the right, in bytes. Places without any length are left out.
    pub fn places(&self, text: &[u8]) -> impl Iterator<Item = Range<usize>> {
        self.0.find_iter(text).map(|found| found.range()).filter(|range| !range.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_and_expressions_mean_what_people_expect() {
        for (needle, expression, text, expected) in [
            ("error", false, "an ERROR, errors", &["ERROR", "error"][..]),
            ("Error", false, "an ERROR, Errors", &["Error"]),
            ("a.b", false, "axb a.b", &["a.b"]),
            ("a.b", true, "axb a.b", &["axb", "a.b"]),
            ("x*", true, "aax", &["x"]),
            ("ü", false, "Über", &["Ü"]),
        ] {
            let needle = Needle::new(needle, expression).unwrap();
            assert!(needle.is_in(text.as_bytes()));
            assert_eq!(
                needle.places(text.as_bytes()).map(|place| &text[place]).collect::<Vec<_>>(),
                expected
            );
        }
        assert!(!Needle::new("(", true).unwrap_err().contains('\n'));
    }
}
