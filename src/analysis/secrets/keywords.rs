//! Keywords of all rules, found in one pass.
//!
//! Of each keyword three letters are searched for, those that are rarest in text: short as they are, and few, vector
//! instructions find them, several times as fast as an automaton. The rest is compared where they stand.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, Input, Span, packed};

/// Letters of a keyword that are searched for.
pub(super) const STEM: usize = 3;
/// More stems than these would go to the automaton.
#[cfg(test)]
const VECTORS: usize = 64;
/// How much less rare a stem may be that other keywords have, too.
const SHARED: u32 = 2;
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
        let mut left: Vec<(&[u8], usize)> = all.map(|(text, rule)| (text.as_bytes(), rule)).collect();
        let mut by_stem: BTreeMap<&[u8], Vec<Keyword>> = BTreeMap::new();
        // The fewer stems the better: the one that most keywords could have goes first.
        while !left.is_empty() {
            let mut votes: BTreeMap<&[u8], usize> = BTreeMap::new();
            for (letters, _) in &left {
                rare_stems(letters)
                    .into_iter()
                    .for_each(|offset| *votes.entry(at(letters, offset)).or_default() += 1);
            }
            let Some((stem, _)) = votes.into_iter().max_by_key(|(stem, votes)| (*votes, rarity(stem))) else {
                break;
            };
            let kept = by_stem.entry(stem).or_default();
            left.retain(|(letters, rule)| {
                let offset = rare_stems(letters).into_iter().find(|offset| at(letters, *offset) == stem);
                kept.extend(offset.map(|offset| Keyword { letters: letters.to_vec(), offset, rule: *rule }));
                offset.is_none()
            });
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

fn at(letters: &[u8], offset: usize) -> &[u8] {
    letters.get(offset..offset + STEM).unwrap_or_default()
}

/// Where the stems of a keyword are that are nearly as rare as its rarest.
fn rare_stems(letters: &[u8]) -> Vec<usize> {
    let offsets = 0..=letters.len().saturating_sub(STEM);
    let most = offsets.clone().map(|offset| rarity(at(letters, offset))).max().unwrap_or(0);
    offsets.filter(|offset| rarity(at(letters, *offset)) + SHARED >= most).collect()
}

/// How rarely these letters stand side by side in text and programs, roughly: measured on packages of Debian, Python and
/// npm, where letters of different kinds are rarer neighbours than letters of one.
fn rarity(letters: &[u8]) -> u32 {
    let alone = |byte: &u8| match byte {
        b'j' | b'q' | b'x' | b'z' | b'J' | b'Q' | b'X' | b'Z' => 5,
        b'A'..=b'Z' | b'0'..=b'9' | b'k' | b'v' | b'w' | b'y' | b'b' => 3,
        b' ' => 0,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b'l' | b'"' | b'.' | b'/' | b':' | b'-'
        | b'=' => 1,
        _ => 2,
    };
    let kind = |byte: &u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let changes = letters.windows(2).filter(|pair| kind(&pair[0]) != kind(&pair[1])).count() as u32;
    letters.iter().map(alone).sum::<u32>() + changes
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

    #[test]
    fn built_in_rules_are_few_enough_for_vectors() {
        let rules = super::super::Rules::embedded().unwrap();
        let stems = rules.keywords.by_stem.len();
        assert!(stems <= VECTORS, "{stems} stems");
        // With them, where the machine has any.
        assert!(cfg!(not(target_arch = "x86_64")) || matches!(rules.keywords.finder, Finder::Vectors(_)));
    }
}
