//! Secrets in what an image says about itself: build history with its arguments, environment, labels.

use super::mask::{Veil, preview};
use super::rules::{Hit, Rules};
use super::{Place, Secret};
use crate::image::Head;
use crate::image::config::HistoryEntry;

/// Findings listed of all texts.
const MAX_FOUND: usize = 200;

/// Which text a secret was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    History,
    Env,
    Labels,
}

impl Where {
    /// The word for it in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Where::History => "history",
            Where::Env => "env",
            Where::Labels => "labels",
        }
    }
}

/// Where in the texts a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextSecret {
    pub place: Where,
    /// The name of the variable, argument or label; of a build step, the instruction where there is no name.
    pub detail: String,
    /// Which build step, from 0.
    pub step: Option<usize>,
    /// The layer that the build step made.
    pub layer: Option<usize>,
    /// The base image that the user stated says the very same.
    pub in_base: bool,
}

/// The secrets in the texts, and what hides them there.
pub fn in_texts(rules: &Rules, head: &Head) -> (Vec<Secret>, Veil) {
    let (mut secrets, mut values) = (Vec::new(), Vec::new());
    let base = head.stated_config.as_deref();
    let same = |one: &HistoryEntry, other: &HistoryEntry| {
        (&one.created_by, &one.comment) == (&other.created_by, &other.comment)
    };
    let mut look = |text: &str, fixed: Option<&str>, place: TextSecret| {
        for (rule, hit) in hits(rules, text.as_bytes()) {
            values.push(text.get(hit.secret.clone()).unwrap_or_default().to_owned());
            if secrets.len() < MAX_FOUND {
                let called = hit.name.and_then(|name| text.get(name));
                let detail = fixed.or(called).map_or_else(|| place.detail.clone(), str::to_owned);
                secrets.push(Secret {
                    rule: rules.all[rule].id.clone(),
                    title: rules.all[rule].title.clone(),
                    place: Place::Text(TextSecret { detail, ..place.clone() }),
                    preview: preview(&text.as_bytes()[hit.secret]),
                });
            }
        }
    };
    for (index, step) in head.history.iter().enumerate() {
        let detail = step.verb().to_owned();
        let in_base =
            base.and_then(|base| base.history.get(index)).is_some_and(|entry| same(entry, &step.entry));
        let place =
            TextSecret { place: Where::History, detail, step: Some(index), layer: step.layer, in_base };
        for text in [&step.entry.created_by, &step.entry.comment].into_iter().flatten() {
            look(text, None, place.clone());
        }
    }
    let plain =
        |place, in_base| TextSecret { place, detail: String::new(), step: None, layer: None, in_base };
    for text in &head.config.env {
        let in_base = base.is_some_and(|base| base.env.contains(text));
        look(text, text.split('=').next(), plain(Where::Env, in_base));
    }
    for label in &head.config.labels {
        let in_base = base.is_some_and(|base| base.labels.contains(label));
        let (key, value) = label;
        look(&format!("{key}={value}"), Some(key), plain(Where::Labels, in_base));
    }
    (secrets, Veil::new(values))
}

/// All secrets in one text; where several rules find the same, the first of them.
fn hits(rules: &Rules, text: &[u8]) -> Vec<(usize, Hit)> {
    let mut found: Vec<(usize, Hit)> = Vec::new();
    let mut note = |rule: usize, hit: Hit| {
        let same = |(_, other): &(usize, Hit)| {
            other.secret.start < hit.secret.end && hit.secret.start < other.secret.end
        };
        if !found.iter().any(same) && found.len() < MAX_FOUND {
            found.push((rule, hit));
        }
    };
    let mut from = 0;
    while let Some(stem) = rules.keywords.stem(text, from) {
        from = stem.0 + 1;
        for (start, rule) in rules.keywords.around(stem, text) {
            if let Some(hit) = rules.all[rule].at_keyword(text, start).filter(|_| rules.all[rule].texts) {
                note(rule, hit);
            }
        }
    }
    for (at, rule) in rules.all.iter().enumerate().filter(|(_, rule)| rule.texts && !rule.keyed()) {
        rule.anywhere(text).for_each(|hit| note(at, hit));
    }
    found.sort_by_key(|(_, hit)| hit.secret.start);
    found
}
