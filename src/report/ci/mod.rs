//! A verdict for people and for the programs that run gates.

mod markup;
mod text;

pub use markup::{github, junit, markdown};
pub use text::text;

use super::found;
use super::size::human;
use crate::analysis::ci::{Amount, Checked, Part, Status, Verdict};
use crate::image::{Image, Step};

/// A limit, or what was held against it, in words.
fn amount(amount: &Amount) -> String {
    match amount {
        Amount::None => "-".to_owned(),
        Amount::Bytes(bytes) => human(*bytes),
        Amount::Growth(bytes) => {
            format!("{}{}", if *bytes < 0 { '-' } else { '+' }, human(bytes.unsigned_abs()))
        }
        Amount::Share(share) if share.is_nan() => "no number".to_owned(),
        Amount::Share(share) if share.is_infinite() => "infinite".to_owned(),
        // As many digits as are needed to tell it from a limit.
        Amount::Share(share) => {
            let text = format!("{share:.4}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        Amount::Count(count) => count.to_string(),
        Amount::Text(text) => text.clone(),
    }
}

/// `3.1 MB, limit 2 MB: 1.1 MB too many`
fn sentence(checked: &Checked) -> String {
    let limit = match &checked.limit {
        Amount::None => String::new(),
        limit => format!(", limit {}", amount(limit)),
    };
    let gap = if checked.detail.is_empty() { "" } else { ": " };
    format!("{}{limit}{gap}{}", amount(&checked.actual), checked.detail)
}

/// What a part is, which step ships it, and what became of it.
fn part(image: &Image, part: &Part) -> [String; 3] {
    let step = |layer: usize| {
        let step = image.step(layer).map(Step::instruction).unwrap_or_default();
        format!("layer {layer}  {step}").trim_end().to_owned()
    };
    let secret = part.secret.as_ref().map(|secret| {
        let (title, preview) = (&secret.title, &secret.preview);
        format!("{}: {title} {preview}", found::place(image, secret))
    });
    let path = part.path.as_deref().map(|path| super::sanitise::sanitise(path).into_owned());
    let path = match (secret.or(path), part.contents) {
        (Some(path), count) if count > 1 => format!("{path} ({count} files)"),
        (Some(path), _) => path,
        (None, _) => String::new(),
    };
    let fate = match (part.cause, part.hidden_by) {
        (Some(cause), Some(by)) => format!("{} by {}", cause.name(), step(by)),
        (None, Some(by)) => format!("removed by {}", step(by)),
        _ => String::new(),
    };
    [path, part.layer.map(step).unwrap_or_default(), fate]
}

/// The parts of each rule that failed; several may fail over the same, which is said once.
fn parts(verdict: &Verdict) -> Vec<(&Checked, &[Part])> {
    let mut said: Vec<&[Part]> = Vec::new();
    let failed = verdict.rules.iter().filter(|rule| rule.status == Status::Fail);
    failed
        .map(|rule| {
            let fresh = !said.contains(&rule.parts.as_slice());
            said.push(&rule.parts);
            (rule, if fresh { rule.parts.as_slice() } else { &[] })
        })
        .collect()
}

/// What the parts of a rule have in common.
fn heading(rule: &Checked) -> &'static str {
    match rule.parts.iter().all(|part| part.secret.is_some()) {
        true => "where they are",
        false => "what weighs most",
    }
}

/// How the image is called.
fn name(image: &Image) -> String {
    let name = image.head.tags.first().unwrap_or(&image.head.reference);
    super::sanitise::sanitise(name.as_bytes()).into_owned()
}

/// `passed: 3 rules`, `failed: 1 of 3 rules`
fn summary(verdict: &Verdict) -> String {
    let held = verdict.rules.iter().filter(|rule| rule.status != Status::Skip).count();
    let failed = verdict.rules.iter().filter(|rule| rule.status == Status::Fail).count();
    let rules = if held == 1 { "rule" } else { "rules" };
    if verdict.passed {
        format!("passed: {held} {rules}")
    } else {
        format!("failed: {failed} of {held} {rules}")
    }
}
