//! What a filter of a list says: words that names are looked through for, and terms such as `is:used`.

use crate::analysis::pattern::Finder;
use crate::analysis::{Pattern, Syntax};

/// A kind of term: the word before the colon, and what may follow it.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub key: &'static str,
    /// All values, where they are few.
    pub values: &'static [&'static str],
    /// How it is meant, as an example.
    pub example: &'static str,
}

/// A term as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub key: &'static str,
    pub value: String,
    /// With `!` before it: whatever it is true of is left out.
    pub not: bool,
}

/// See the module. All of it has to hold.
#[derive(Clone, Debug, Default)]
pub struct Query {
    words: Option<Pattern>,
    /// Words that no name may have.
    unwanted: Vec<Pattern>,
    pub terms: Vec<Term>,
}

impl Query {
    /// Understands a text, as far as it makes sense; what does not is left out, and one line says what is wrong with
    /// it. `check` knows more than how a term is written.
    pub fn parse(
        text: &str,
        known: &[Known],
        check: impl Fn(&Term) -> Result<(), String>,
    ) -> (Query, Option<String>) {
        let mut query = Query::default();
        let mut mistake = None;
        let mut words: Vec<&str> = Vec::new();
        for word in text.split_whitespace() {
            let (not, bare) = word.strip_prefix('!').map_or((false, word), |bare| (true, bare));
            let term = bare.split_once(':');
            // Names have colons too, so what no term begins with is a word.
            let found =
                term.and_then(|(key, value)| Some((known.iter().find(|known| known.key == key)?, value)));
            let read = match found {
                None if not && bare.is_empty() => Ok(()),
                None if not => unwanted(bare).map(|word| query.unwanted.push(word)),
                None => {
                    words.push(word);
                    Ok(())
                }
                Some((known, value)) => known.term(value, not).and_then(|term| {
                    check(&term)?;
                    query.terms.push(term);
                    Ok(())
                }),
            };
            mistake = mistake.or(read.err());
        }
        if !words.is_empty() {
            let text = words.join(" ");
            match Pattern::new(&text, Syntax::guess(&text)) {
                Ok(words) => query.words = Some(words),
                Err(why) => mistake = mistake.or(Some(why)),
            }
        }
        (query, mistake)
    }

    /// What looks names through for the words: true where one of the names has all of them, and none has an unwanted
    /// one.
    pub fn named(&self) -> impl FnMut(&[&str]) -> bool {
        let mut finder_of_all = self.words.as_ref().map(looking);
        let mut unwanted: Vec<_> = self.unwanted.iter().map(looking).collect();
        move |names| {
            let has = |(finder, whole): &mut (Finder<'_>, bool)| {
                names.iter().any(|name| {
                    // Globs without a slash are about the last part of a path, fuzzy words about all of a name.
                    let last = name.rsplit('/').next().unwrap_or(name);
                    finder.score(name.as_bytes()).is_some()
                        || !*whole && finder.score(last.as_bytes()).is_some()
                })
            };
            !unwanted.iter_mut().any(has) && finder_of_all.as_mut().is_none_or(has)
        }
    }
}

fn looking(words: &Pattern) -> (Finder<'_>, bool) {
    (words.finder(), words.whole())
}

/// What is left out is meant literally.
fn unwanted(word: &str) -> Result<Pattern, String> {
    let plain =
        Syntax::guess(word) == Syntax::Fuzzy && !word.starts_with(['^', '\'']) && !word.ends_with('$');
    let word = if plain { format!("'{word}") } else { word.to_owned() };
    Pattern::new(&word, Syntax::guess(&word))
}

impl Known {
    fn term(&self, value: &str, not: bool) -> Result<Term, String> {
        if value.is_empty() || !self.values.is_empty() && !self.values.contains(&value) {
            return Err(self.advice());
        }
        Ok(Term { key: self.key, value: value.to_owned(), not })
    }

    fn advice(&self) -> String {
        match self.values {
            [] => format!("{}: needs a value, such as {}", self.key, self.example),
            values => format!("{}: knows {}", self.key, values.join(", ")),
        }
    }
}

/// All terms on one line, for a line that nothing is typed into yet.
pub fn advice(known: &[Known]) -> String {
    let terms: Vec<String> = known.iter().map(|known| format!("{}:", known.key)).collect();
    format!("words, {}", terms.join(" "))
}

/// The text with its last word completed to the next term or value that begins like it, round and round.
pub fn complete(text: &str, known: &[Known]) -> Option<String> {
    let (before, last) = text.rsplit_once(' ').map_or(("", text), |(before, last)| (before, last));
    let all: Vec<String> = known
        .iter()
        .flat_map(|known| match known.values {
            [] => vec![format!("{}:", known.key)],
            values => values.iter().map(|value| format!("{}:{value}", known.key)).collect(),
        })
        .collect();
    let at = all.iter().position(|term| term == last);
    let next = match at {
        Some(at) => {
            // After a whole term, the next one of the same kind; others begin differently.
            let kind = last.split_once(':').map_or(last, |(kind, _)| kind);
            let same = |term: &&String| term.split_once(':').is_some_and(|(other, _)| other == kind);
            all[at + 1..].iter().chain(&all[..at]).find(same)
        }
        None => all.iter().find(|term| term.starts_with(last)),
    }?;
    let gap = if before.is_empty() { "" } else { " " };
    Some(format!("{before}{gap}{next}"))
}

/// Whether labels have what a term `KEY` or `KEY=VALUE` asks for.
pub fn labelled(labels: &std::collections::BTreeMap<String, String>, wanted: &str) -> bool {
    match wanted.split_once('=') {
        // A key may contain an equals sign itself.
        _ if labels.contains_key(wanted) => true,
        Some((key, value)) => labels.get(key).is_some_and(|found| found == value),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Known; 2] = [
        Known { key: "is", values: &["used", "unused"], example: "" },
        Known { key: "label", values: &[], example: "label:team=shop" },
    ];

    #[test]
    fn words_and_terms_are_told_apart() {
        for (text, terms, name, found) in [
            ("shop", "", "registry:5000/shop/api:1.4", true),
            ("shp api", "", "shop/api:1.4", true),
            ("debian:12", "", "debian:12", true),
            ("!shop", "", "shop/api:1", false),
            ("api*", "", "registry/shop/api:1.4", true),
            ("shop/*", "", "registry/shop/api:1.4", true),
            ("api*", "", "registry/shop/web:1.4", false),
            ("is:used web !label:a=b", "is=used !label=a=b", "web", true),
            ("", "", "anything", true),
        ] {
            let (query, mistake) = Query::parse(text, &KNOWN, |_| Ok(()));
            assert_eq!(mistake, None);
            let said: Vec<String> = query
                .terms
                .iter()
                .map(|term| format!("{}{}={}", if term.not { "!" } else { "" }, term.key, term.value))
                .collect();
            assert_eq!((said.join(" ").as_str(), query.named()(&[name])), (terms, found), "{text}");
        }
    }

    #[test]
    fn mistakes_say_what_would_do() {
        for (text, says) in [
            ("is:usd", "is: knows used, unused"),
            ("is:", "is: knows used, unused"),
            ("web label:", "label: needs a value, such as label:team=shop"),
        ] {
            let (query, mistake) = Query::parse(text, &KNOWN, |_| Ok(()));
            assert_eq!(mistake.as_deref(), Some(says));
            assert!(query.terms.is_empty(), "what makes no sense leaves nothing out");
        }
        let (query, mistake) = Query::parse("label:a", &KNOWN, |term| Err(format!("no {}", term.value)));
        assert_eq!((query.terms.len(), mistake.as_deref()), (0, Some("no a")));
        {}
    }

    #[test]
    fn terms_complete() {
        for (text, completed) in [
            ("i", Some("is:used")),
            ("web is:us", Some("web is:used")),
            ("is:used", Some("is:unused")),
            ("is:unused", Some("is:used")),
            ("", Some("is:used")),
            ("la", Some("label:")),
            ("x", None),
        ] {
            assert_eq!(complete(text, &KNOWN).as_deref(), completed, "{text}");
        }
    }

    #[test]
    fn labels_are_found_by_key_and_value() {
        let labels = [("a", "b"), ("x=y", "z")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let labels = labels.into_iter().collect();
        for (wanted, found) in [("a", true), ("a=b", true), ("a=c", false), ("b", false), ("x=y", true)] {
            assert_eq!(labelled(&labels, wanted), found, "{wanted}");
        }
    }
}
