//! What never goes by itself: what has a name like one of some patterns, or says so in a label.

use std::collections::BTreeMap;

use globset::GlobMatcher;

use super::filter::fits;
use super::plan::repository;
use super::{Replaced, Wish};
use crate::image::LocalImage;

/// The label that keeps what carries it; with the value `false` it does not.
pub const LABEL: &str = "hadal.keep";

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

    /// What protects an image: its names count, and the one that has taken its place.
    pub(super) fn image(&self, image: &LocalImage, replaced: Option<&Replaced>) -> Option<String> {
        let whose = |glob: &GlobMatcher| {
            replaced.is_some_and(|replaced| {
                glob.is_match(&replaced.tag) || glob.is_match(repository(&replaced.tag))
            })
        };
        let found = self.patterns.iter().find(|(_, glob)| fits(glob, image) || whose(glob));
        found.map(|(text, _)| text.clone()).or_else(|| labelled(&image.labels))
    }

    /// What protects something with a name.
    pub(super) fn named(&self, name: &str, labels: &BTreeMap<String, String>) -> Option<String> {
        let found = self.patterns.iter().find(|(_, glob)| glob.is_match(name));
        found.map(|(text, _)| text.clone()).or_else(|| labelled(labels))
    }
}

/// Whether labels ask for something to stay.
pub(super) fn is_kept(labels: &BTreeMap<String, String>) -> bool {
    labels.get(LABEL).is_some_and(|value| value != "false")
}

fn labelled(labels: &BTreeMap<String, String>) -> Option<String> {
    is_kept(labels).then(|| format!("the label {LABEL}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_protect() {
        let protect = Protect::new(&["shop/*".to_owned(), "db".to_owned()]).unwrap();
        let image = |tag: &str| LocalImage { tags: vec![tag.to_owned()], ..LocalImage::default() };
        let why = |image: &LocalImage| protect.image(image, None);
        assert_eq!(why(&image("shop/api:1")).as_deref(), Some("shop/*"));
        assert_eq!(why(&image("other/api:1")), None);
        let replaced =
            Replaced { tag: "shop/api:1".to_owned(), image: 0, basis: crate::cleanup::Basis::History };
        assert_eq!(protect.image(&LocalImage::default(), Some(&replaced)).as_deref(), Some("shop/*"));
        for (value, kept) in [("", true), ("true", true), ("false", false)] {
            let labels = [(LABEL.to_owned(), value.to_owned())].into();
            assert_eq!(protect.named("cache", &labels).is_some(), kept, "{value:?}");
        }
        assert_eq!(protect.named("db", &BTreeMap::new()).as_deref(), Some("db"));
        assert!(Protect::new(&["[".to_owned()]).unwrap_err().contains("is no pattern"));
    }
}
