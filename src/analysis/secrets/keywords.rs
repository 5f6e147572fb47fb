//! Keywords of all rules, found in one pass.
//!
//! Of each keyword three letters are searched for, those that are rarest in text: short as they are, and few, vector
//! instructions find them, several times as fast as an automaton. The rest is compared where they stand.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, Input, Span, packed};

/// Letters of a keyword that are searched for.
pub(super) const STEM: usize = 3;
/// The longest keyword, in bytes.
pub(super) const LONGEST: usize = 64;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Keywords {
    finder: Finder,
    /// For each stem the keywords that have it.
    by_stem: Vec<Vec<Keyword>>,
}

#[derive(Clone, Debug)]
struct Keyword {
    letters: Vec<u8>,
    /// Where the stem is in it.
    offset: usize,
    /// The number of the rule.
    rule: usize,
}

#[derive(Clone, Debug)]
enum Finder {
    Vectors(packed::Searcher),
    /// For more stems than vectors take, or machines without them.
    Automaton(AhoCorasick),
}

impl Keywords {
    /// Keywords with the numbers of their rules.
    pub(super) fn new<'k>(all: impl Iterator<Item = (&'k str, usize)>) -> Result<Keywords, String> {
        let mut by_stem: BTreeMap<&[u8], Vec<Keyword>> = BTreeMap::new();
        for (text, rule) in all {
            let letters = text.as_bytes();
            let rarity = |offset: &usize| letters[*offset..][..STEM].iter().copied().map(rarity).sum::<u32>();
            // Of equally rare ones the first.
            let offsets = (0..=letters.len().saturating_sub(STEM)).rev();
            let offset = offsets.max_by_key(rarity).unwrap_or(0);
            let keyword = Keyword { letters: letters.to_vec(), offset, rule };
            by_stem.entry(&letters[offset..][..STEM]).or_default().push(keyword);
        }
        let finder = match packed::Config::new().builder().extend(by_stem.keys()).build() {
            Some(searcher) => Finder::Vectors(searcher),
            None => Finder::Automaton(AhoCorasick::new(by_stem.keys()).map_err(|error| error.to_string())?),
        };
        Ok(Keywords { finder, by_stem: by_stem.into_values().collect() })
    }

    pub(super) fn count(&self) -> usize {
        self.by_stem.iter().map(Vec::len).sum()
    }

    /// Where the first of all stems stands at or behind `from`, and which it is.
    pub(super) fn stem(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        let found = match &self.finder {
            Finder::Vectors(searcher) => searcher.find_in(bytes, Span { start: from, end: bytes.len() }),
            Finder::Automaton(automaton) => automaton.find(Input::new(bytes).range(from..)),
        };
        found.map(|found| (found.start(), found.pattern().as_usize()))
    }

    /// The keywords whose stem stands at `at`: where each begins, and its rule.
    pub(super) fn around<'t>(
        &'t self,
        (at, stem): (usize, usize),
        bytes: &'t [u8],
    ) -> impl Iterator<Item = (usize, usize)> + 't {
        self.by_stem[stem].iter().filter_map(move |keyword| {
            let start = at.checked_sub(keyword.offset)?;
            bytes[start..].starts_with(&keyword.letters).then_some((start, keyword.rule))
        })
    }
}

/// How rarely a letter occurs in text and programs, roughly.
fn rarity(byte: u8) -> u32 {
    match byte {
        b'j' | b'q' | b'x' | b'z' | b'J' | b'Q' | b'X' | b'Z' => 5,
        b'A'..=b'Z' | b'0'..=b'9' => 4,
        b'k' | b'v' | b'w' | b'y' | b'b' => 3,
        b'_' | b'"' | b'.' | b'/' | b':' | b'-' | b'=' => 1,
        b' ' => 0,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_found_by_their_rarest_letters() {
        let keywords = Keywords::new([("-----BEGIN ", 0), ("BEG", 1), ("://", 2)].into_iter()).unwrap();
        let text = b"a://b -----BEGIN BEG";
        let (mut from, mut found) = (0, Vec::new());
        while let Some((at, stem)) = keywords.stem(text, from) {
            from = at + 1;
            found.extend(keywords.around((at, stem), text));
        }
        assert_eq!(found, [(1, 2), (6, 0), (11, 1), (17, 1)]);
        assert_eq!(keywords.count(), 3);
    }
}
