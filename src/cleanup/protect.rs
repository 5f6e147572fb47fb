//! What never goes by itself: what has a name like one of some patterns, or says so in a label.

use std::collections::BTreeMap;
use std::fmt;

use globset::GlobMatcher;

use super::Wish;
use super::filter::fits;
use super::plan::repository;
use crate::image::LocalImage;

/// The label that keeps what carries it; with the value `false` it does not.
pub const LABEL: &str = "hadal.keep";

/// What protects something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// A pattern for names, as it was written.
    Pattern(String),
    /// Its own label.
    Label,
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Guard::Pattern(text) => f.write_str(text),
            Guard::Label => write!(f, "the label {LABEL}"),
        }
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Protect {
    patterns: Vec<(String, GlobMatcher)>,
}

impl Protect {
    /// The error names the pattern that is none.
    pub fn new(patterns: &[String]) -> Result<Protect, String> {
        let pattern = |text: &String| Ok((text.clone(), Wish::pattern(text)?));
        Ok(Protect { patterns: patterns.iter().map(pattern).collect::<Result<_, String>>()? })
    }

    /// All patterns, as they were written.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(|(text, _)| text.as_str())
    }

    /// What protects an image: its names count, and the tag that has taken its place.
    pub fn image(&self, image: &LocalImage, replaced: Option<&str>) -> Option<Guard> {
        let whose = |glob: &GlobMatcher| {
            replaced.is_some_and(|tag| glob.is_match(tag) || glob.is_match(repository(tag)))
        };
        let found = self.patterns.iter().find(|(_, glob)| fits(glob, image) || whose(glob));
        found.map(|(text, _)| Guard::Pattern(text.clone())).or_else(|| labelled(&image.labels))
    }

    /// What protects something with a name.
    pub(super) fn named(&self, name: &str, labels: &BTreeMap<String, String>) -> Option<Guard> {
        let found = self.patterns.iter().find(|(_, glob)| glob.is_match(name));
        found.map(|(text, _)| Guard::Pattern(text.clone())).or_else(|| labelled(labels))
    }
}

/// Whether labels ask for something to stay.
pub(super) fn is_kept(labels: &BTreeMap<String, String>) -> bool {
    labels.get(LABEL).is_some_and(|value| value != "false")
}

fn labelled(labels: &BTreeMap<String, String>) -> Option<Guard> {
    is_kept(labels).then_some(Guard::Label)
}

/// A pattern that fits one name and no other; a space in it is any letter, for patterns are told apart by spaces.
pub fn exactly(name: &str) -> String {
    globset::escape(name).replace(char::is_whitespace, "?")
}

/// A pattern for all that is in the repository of an image's name.
pub fn all_of(name: &str) -> String {
    format!("{}:*", exactly(repository(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_protect() {
        let protect = Protect::new(&["shop/*".to_owned(), "db".to_owned()]).unwrap();
        let image = |tag: &str| LocalImage { tags: vec![tag.to_owned()], ..LocalImage::default() };
        let why = |image: &LocalImage| protect.image(image, None).map(|guard| guard.to_string());
        assert_eq!(why(&image("shop/api:1")).as_deref(), Some("shop/*"));
        assert_eq!(why(&image("other/api:1")), None);
        let shop = Some(Guard::Pattern("shop/*".to_owned()));
        assert_eq!(protect.image(&LocalImage::default(), Some("shop/api:1")), shop);
        for (value, kept) in [("", true), ("true", true), ("false", false)] {
            let labels = [(LABEL.to_owned(), value.to_owned())].into();
            assert_eq!(protect.named("cache", &labels).is_some(), kept, "{value:?}");
        }
        assert_eq!(protect.named("db", &BTreeMap::new()), Some(Guard::Pattern("db".to_owned())));
        for (name, other) in [("shop/api:1", "shop/api:2"), ("odd[1]*", "odd1*"), ("a b", "ab")] {
            let protect = Protect::new(&[exactly(name)]).unwrap();
            let protects = |name: &str| protect.named(name, &BTreeMap::new()).is_some();
            assert!(protects(name) && !protects(other) && !exactly(name).contains(' '), "{name}");
        }
        assert_eq!(all_of("host:5000/shop/api:1"), "host:5000/shop/api:*");
        assert!(Protect::new(&["[".to_owned()]).unwrap_err().contains("is no pattern"));
    }
}
