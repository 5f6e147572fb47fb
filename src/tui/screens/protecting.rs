//! One key for what is never to go by itself: it asks for a pattern for names, and takes it away again.

use std::collections::BTreeSet;

use crate::cleanup::Guard;
use crate::cleanup::protect::{LABEL, all_of, exactly};
use crate::tui::desk::dialogs::{Ask, Body, Confirm, Dialog, Question};
use crate::tui::settings::Change;
use crate::tui::wish::Wish;

/// Names that a question lists.
const NAMED: usize = 5;

/// Something that may be protected.
#[derive(Clone, Debug, Default)]
pub(super) struct Ward {
    /// What it is called on the screen.
    pub(super) title: String,
    /// What a pattern can name it by, if anything.
    pub(super) name: Option<String>,
    /// Whether that is the name of an image, which stands in a repository.
    pub(super) image: bool,
    pub(super) guard: Option<Guard>,
}

/// Protects what is `chosen`, or, where all of it is protected, asks whether that is to end. `listed` is all that there is.
pub(super) fn wishes(chosen: &[Ward], listed: impl Iterator<Item = Ward>) -> Vec<Wish> {
    let open: Vec<&Ward> = chosen.iter().filter(|ward| ward.guard.is_none()).collect();
    let dialog = match (chosen.is_empty(), open.is_empty()) {
        (true, _) => return Vec::new(),
        (false, false) => protect(&open),
        (false, true) => release(chosen, listed),
    };
    vec![dialog.map_or_else(Wish::Notice, |dialog| Wish::Ask(Box::new(dialog)))]
}

fn protect(open: &[&Ward]) -> Result<Dialog, String> {
    let named: Vec<(&String, bool)> =
        open.iter().filter_map(|ward| Some((ward.name.as_ref()?, ward.image))).collect();
    if named.is_empty() {
        return Err(format!("it has no name to protect it by; the label {LABEL} protects what has none"));
    }
    let joined = |patterns: BTreeSet<String>| patterns.into_iter().collect::<Vec<_>>().join(" ");
    let exact = joined(named.iter().map(|(name, _)| exactly(name)).collect());
    let wide = |(name, image): &(&String, bool)| if *image { all_of(name) } else { exactly(name) };
    let wide = joined(named.iter().map(wide).collect());
    let title = match open {
        [one] => format!("Protect {}", one.title),
        many => format!("Protect {} things", many.len()),
    };
    let mut choices = vec![exact.clone(), wide];
    choices.dedup();
    let ask = Ask::new(Question::Protect { choices }, &exact);
    Ok(Dialog::new(title, Body::Ask(ask)))
}

fn release(chosen: &[Ward], listed: impl Iterator<Item = Ward>) -> Result<Dialog, String> {
    let patterns: BTreeSet<&String> = chosen
        .iter()
        .filter_map(|ward| match &ward.guard {
            Some(Guard::Pattern(pattern)) => Some(pattern),
            _ => None,
        })
        .collect();
    if patterns.is_empty() {
        return Err(format!(
            "the label {LABEL} protects it; only a new one without it, or with {LABEL}=false, is not protected"
        ));
    }
    let by = |ward: &Ward| matches!(&ward.guard, Some(Guard::Pattern(pattern)) if patterns.contains(pattern));
    let all: Vec<String> = listed.filter(by).map(|ward| ward.title).collect();
    let more = all.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let names = all.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let list = patterns.iter().map(|pattern| pattern.as_str()).collect::<Vec<_>>().join(" ");
    let text = vec![
        format!("Take {list} out of the settings: it protects {names}{more}."),
        "Nothing is removed by this; it could be, afterwards.".to_owned(),
    ];
    let remove = patterns.into_iter().cloned().collect();
    let also = vec![Wish::Protect(Change { remove, ..Change::default() })];
    Ok(Dialog::new(
        format!("Protect no longer by {list}?"),
        Body::Confirm(Confirm { text, also, ..Confirm::default() }),
    ))
}
