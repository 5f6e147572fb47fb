//! Facts and rules → the verdict.

use super::{Amount, Baseline, Checked, Facts, Part, Rule, Status, Verdict};
use crate::analysis::Globs;
use crate::analysis::heaps::{Content, heaps};
use crate::analysis::secrets::{Place, Secret};
use crate::image::Image;
use crate::image::size::human;
use crate::image::tree::{Change, NodeId, Tree, Version};

/// What weighs most is listed up to here.
const MAX_PARTS: usize = 5;
/// Secrets do not weigh anything: each wants to be looked at.
const MAX_SECRETS: usize = 50;

/// Holds the facts against the rules. What could not be read whole fails whatever the rules are.
pub fn judge(rules: &[Rule], facts: &Facts<'_>) -> Verdict {
    let mut all: Vec<Checked> = readable(facts.image).into_iter().collect();
    all.extend(rules.iter().map(|rule| check(rule, facts)));
    Verdict { passed: all.iter().all(|checked| checked.status != Status::Fail), rules: all }
}

/// Fails an image of which something is missing.
fn readable(image: &Image) -> Option<Checked> {
    let mut faults = image.head.damage.clone();
    for (index, layer) in image.layers.iter().enumerate() {
        if let Some(problem) = &layer.problem {
            faults.push(format!("layer {index}: {problem}"));
        } else if layer.verified == Some(false) {
            faults.push(format!("layer {index}: its bytes do not have the digest that is stated"));
        }
    }
    let detail = faults.first()?.clone();
    let more = faults.len() - 1;
    let detail = if more > 0 { format!("{detail}, and {more} more") } else { detail };
    let actual = Amount::Count(faults.len() as u64);
    let status = Status::Fail;
    Some(Checked { name: "readable", limit: Amount::Count(0), actual, status, detail, parts: Vec::new() })
}

fn check(rule: &Rule, facts: &Facts<'_>) -> Checked {
    let (dive, sums) = (&facts.dive, &facts.sums);
    let mut checked = match rule {
        Rule::LowestEfficiency(limit) => at_least(*limit, dive.efficiency),
        Rule::HighestWastedBytes(limit) => at_most(*limit, dive.wasted_bytes),
        Rule::HighestUserWastedPercent(limit) => share_at_most(*limit, dive.user_wasted),
        Rule::MaxWastedBytes(limit) => at_most(Some(*limit), sums.wasted_bytes()),
        Rule::MinEfficiency(limit) => at_least(Some(*limit), sums.efficiency()),
        Rule::MaxSize(limit) => at_most(Some(*limit), sums.bytes()),
        Rule::MaxLayers(limit) => layers(*limit, facts),
        Rule::Forbid(globs) => forbid(globs, facts),
        Rule::ForbidSecrets => secrets(facts),
        Rule::MaxGrowth(limit) => growth(*limit, facts.baseline.as_ref()),
    };
    checked.name = rule.name();
    if checked.status == Status::Fail && checked.parts.is_empty() {
        checked.parts = match rule {
            Rule::MaxSize(_) | Rule::MaxGrowth(_) => largest_layers(facts),
            Rule::MaxLayers(_) | Rule::ForbidSecrets => Vec::new(),
            _ => waste(facts),
        };
    }
    checked
}

fn checked(limit: Amount, actual: Amount, failed: bool, detail: String) -> Checked {
    let status = if failed { Status::Fail } else { Status::Pass };
    Checked { name: "", limit, actual, status, detail, parts: Vec::new() }
}

fn skipped(actual: Amount) -> Checked {
    let detail = "disabled".to_owned();
    Checked { name: "", limit: Amount::None, actual, status: Status::Skip, detail, parts: Vec::new() }
}

fn at_least(limit: Option<f64>, actual: f64) -> Checked {
    let Some(limit) = limit else { return skipped(Amount::Share(actual)) };
    let failed = limit > actual;
    let detail = if failed { format!("too low by {}", shown(limit - actual)) } else { String::new() };
    checked(Amount::Share(limit), Amount::Share(actual), failed, detail)
}

fn share_at_most(limit: Option<f64>, actual: f64) -> Checked {
    let Some(limit) = limit else { return skipped(Amount::Share(actual)) };
    // As dive does: what is no number passes, what has no bound fails.
    let failed = actual > limit;
    let detail = match (failed, actual.is_finite()) {
        (true, true) => format!("too high by {}", shown(actual - limit)),
        (true, false) => "there is waste, and nothing above the lowest layer to hold it against".to_owned(),
        (false, true) => String::new(),
        (false, false) => {
            "nothing above the lowest layer, so there is no share: passes, as in dive".to_owned()
        }
    };
    checked(Amount::Share(limit), Amount::Share(actual), failed, detail)
}

fn at_most(limit: Option<u64>, actual: u64) -> Checked {
    let Some(limit) = limit else { return skipped(Amount::Bytes(actual)) };
    let over = actual.saturating_sub(limit);
    let detail = if over > 0 { format!("{} too many", human(over)) } else { String::new() };
    checked(Amount::Bytes(limit), Amount::Bytes(actual), over > 0, detail)
}

fn layers(limit: u64, facts: &Facts<'_>) -> Checked {
    let count = facts.image.layers.len().saturating_sub(facts.sums.from) as u64;
    let over = count.saturating_sub(limit);
    let detail = if over > 0 { format!("{over} too many") } else { String::new() };
    checked(Amount::Count(limit), Amount::Count(count), over > 0, detail)
}

fn growth(limit: u64, baseline: Option<&Baseline>) -> Checked {
    let limited = Amount::Bytes(limit);
    let Some(baseline) = baseline else {
        return checked(limited, Amount::None, true, "there is no baseline to compare with".to_owned());
    };
    if let Some(problem) = &baseline.problem {
        let detail = format!("the baseline {} cannot be read whole: {problem}", baseline.name);
        return checked(limited, Amount::None, true, detail);
    }
    let more = i128::from(baseline.own_bytes) - i128::from(baseline.bytes);
    let over = u64::try_from(more - i128::from(limit)).unwrap_or(0);
    let detail = match over {
        0 => String::new(),
        over => format!("{} too many, against {}", human(over), baseline.name),
    };
    checked(limited, Amount::Growth(i64::try_from(more).unwrap_or(i64::MAX)), over > 0, detail)
}

/// Every path that a glob matches, in whatever layer; of a directory the directory alone.
fn forbid(globs: &Globs, facts: &Facts<'_>) -> Checked {
    let tree = &facts.image.tree;
    let (mut count, mut parts) = (0_u64, Vec::new());
    let mut waiting: Vec<(NodeId, Vec<u8>)> = vec![(tree.root(), Vec::new())];
    while let Some((node, path)) = waiting.pop() {
        let there = if node == tree.root() { None } else { shipped(tree, node, facts.sums.from) };
        if let Some((layer, hidden_by, bytes)) = there
            && globs.find(&path).is_some()
            && !facts.sums.ignores(node)
        {
            count += 1;
            if parts.len() < MAX_PARTS {
                let path = Some(path);
                parts.push(Part {
                    path,
                    bytes,
                    contents: 1,
                    layer: Some(layer),
                    hidden_by,
                    cause: None,
                    secret: None,
                });
            }
            continue;
        }
        // Backwards, so that the first path comes off first.
        for child in tree.children(node).rev() {
            waiting.push((child, [&path, &b"/"[..], tree.name(child)].concat()));
        }
    }
    let limit = Amount::Text(globs.texts().collect::<Vec<_>>().join(" "));
    let detail = match count {
        0 => String::new(),
        1 => "1 path matches".to_owned(),
        count => format!("{count} paths match"),
    };
    Checked { parts, ..checked(limit, Amount::Count(count), count > 0, detail) }
}

/// The layer that last shipped a path, at or above `from`, the one that took it away since, and its bytes.
fn shipped(tree: &Tree, node: NodeId, from: usize) -> Option<(usize, Option<usize>, u64)> {
    let versions: Vec<_> = tree.versions(node).collect();
    let there = versions.iter().filter(|version| version.exists());
    let wrote = there.filter(|version| version.change() != Change::Unmodified || version.explicit());
    let version = wrote.into_iter().find(|version| version.layer() >= from)?;
    let gone = versions.first().filter(|newest| !newest.exists()).map(Version::layer);
    Some((version.layer(), gone, version.bytes()))
}

/// Every secret that a layer ships or the image says of itself, but for those that are left out.
fn secrets(facts: &Facts<'_>) -> Checked {
    let limit = Amount::Count(0);
    let Some(found) = facts.inspection else {
        return checked(limit, Amount::None, true, "contents were not looked into".to_owned());
    };
    let counts = |secret: &&Secret| match &secret.place {
        Place::File { node, layer, .. } => *layer >= facts.sums.from && !facts.sums.ignores(*node),
        Place::Text(text) => !text.in_base || facts.sums.from == 0,
    };
    let own: Vec<&Secret> = found.secrets.iter().flatten().filter(counts).collect();
    let more = |secret: &&Secret| if let Place::File { more, .. } = secret.place { more } else { 0 };
    let count = own.len() as u64 + own.iter().map(more).sum::<u64>();
    let detail = match (own.as_slice(), found.problems.first()) {
        ([], Some(problem)) => problem.to_string(),
        ([], None) => String::new(),
        ([one], _) if count == 1 => format!("1 secret: {}", one.title),
        ([first, ..], _) => format!("{count} secrets, the first: {}", first.title),
    };
    let part = |secret: &&Secret| {
        let (path, layer, hidden_by) = match &secret.place {
            Place::File { node, layer, deleted_in, .. } => {
                (Some(facts.image.tree.path(*node)), Some(*layer), *deleted_in)
            }
            Place::Text(text) => (None, text.layer, None),
        };
        let secret = Some((*secret).clone());
        Part { path, bytes: 0, contents: 0, layer, hidden_by, cause: None, secret }
    };
    // What could not be looked into may hold anything.
    let failed = count > 0 || !found.problems.is_empty();
    let parts = own.iter().take(MAX_SECRETS).map(part).collect();
    Checked { parts, ..checked(limit, Amount::Count(count), failed, detail) }
}

fn waste(facts: &Facts<'_>) -> Vec<Part> {
    let heaps = heaps(&facts.image.tree, facts.sums.hidden.iter().copied().map(Content::from));
    let part = |heap: &crate::analysis::Heap| Part {
        path: Some(facts.image.tree.path(heap.node)),
        bytes: heap.bytes,
        contents: heap.contents,
        layer: Some(heap.layer),
        hidden_by: heap.fate.map(|fate| fate.by),
        cause: heap.fate.map(|fate| fate.cause),
        secret: None,
    };
    heaps.iter().take(MAX_PARTS).map(part).collect()
}

fn largest_layers(facts: &Facts<'_>) -> Vec<Part> {
    let mut layers: Vec<(usize, u64)> = facts.sums.layers.iter().copied().enumerate().collect();
    layers.retain(|(_, bytes)| *bytes > 0);
    layers.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    let part = |(layer, bytes): &(usize, u64)| Part {
        path: None,
        bytes: *bytes,
        contents: 0,
        layer: Some(*layer),
        hidden_by: None,
        cause: None,
        secret: None,
    };
    layers.iter().take(MAX_PARTS).map(part).collect()
}

/// A share with as many digits as it takes to see that it is something.
fn shown(share: f64) -> String {
    if share < 0.0001 { format!("{share:.1e}") } else { format!("{share:.4}") }
}
