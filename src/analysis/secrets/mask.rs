//! Secrets as they may be shown: a beginning, and how long they are.

use crate::image::Head;

/// Characters that are shown of a secret, at most, and which part of it.
const SHOWN: usize = 6;
const PART: usize = 4;

/// The beginning of a secret and its length. Of a key the first line, which says what kind it is.
pub(super) fn preview(secret: &[u8]) -> String {
    let text = String::from_utf8_lossy(secret);
    let header = text.strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----"));
    let start = match header {
        Some((kind, _)) => format!("-----BEGIN {kind}-----"),
        None => text.chars().take(SHOWN.min(text.chars().count() / PART)).collect(),
    };
    let count = text.chars().count();
    format!("{start}… ({count} characters)")
}

/// Hides the secrets that were found in what an image says about itself, wherever in it they occur.
#[derive(Clone, Default)]
pub struct Veil(Vec<String>);

impl std::fmt::Debug for Veil {
    /// Without the secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Veil").field(&self.0.len()).finish()
    }
}

impl Veil {
    pub(super) fn new(mut secrets: Vec<String>) -> Veil {
        // The longest first: one may be part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Veil(secrets)
    }

    /// Whether nothing was found there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `text` with previews in place of secrets.
    pub fn over(&self, text: &mut String) {
        for secret in self.0.iter().filter(|secret| !secret.is_empty()) {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), &preview(secret.as_bytes()));
            }
        }
    }

    /// Hides them in all texts of an image's config and history.
    pub fn cover(&self, head: &mut Head) {
        let config = &mut head.config;
        let lists = [&mut config.env, &mut config.entrypoint, &mut config.cmd, &mut config.healthcheck];
        lists.into_iter().flatten().for_each(|text| self.over(text));
        config.labels.iter_mut().for_each(|(_, value)| self.over(value));
        let entries = head.history.iter_mut().map(|step| &mut step.entry).chain(&mut config.history);
        for entry in entries {
            [&mut entry.created_by, &mut entry.comment]
                .into_iter()
                .flatten()
                .for_each(|text| self.over(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_shown() {
        for (secret, shown) in [
            ("hunter2", "h… (7 characters)"),
            ("abc", "… (3 characters)"),
            ("0123456789012345678901234567890123456789", "012345… (40 characters)"),
            ("-----BEGIN EC PRIVATE KEY-----\nMHcC", "-----BEGIN EC PRIVATE KEY-----… (35 characters)"),
            ("-----BEGIN ", "--… (11 characters)"),
        ] {
            assert_eq!(preview(secret.as_bytes()), shown);
        }
    }

    #[test]
    fn a_veil_covers_every_occurrence() {
        let veil = Veil::new(vec!["hunter2".into(), "hunter2hunter3".into()]);
        let mut text = "a=hunter2 b=hunter2hunter3".to_owned();
        veil.over(&mut text);
        assert_eq!(text, "a=h… (7 characters) b=hun… (14 characters)");
        assert_eq!(format!("{veil:?}"), "Veil(2)");
    }
}
