//! Which candidates are listed, in which order, below the heads of their groups.

use std::cmp::Ordering;

use super::columns::{AGE, COLUMNS, FREES, NAME};
use super::filter::{Around, Wanted};
use super::reckon::Reckoning;
use crate::cleanup::{Candidate, Group};
use crate::tui::screens::query::Query;
use crate::tui::widgets::table::{Entry, Kind, Sort};

/// The row of a group's head.
pub(super) fn head(group: Group) -> String {
    format!("group:{group:?}")
}

/// The group whose head a row is.
pub(super) fn group_of(row: &str) -> Option<Group> {
    Group::ALL.into_iter().find(|group| head(*group) == row)
}

/// The rows of all groups that have any. The error says what the filter names that there is not.
pub(super) fn order(
    reckoning: &Reckoning,
    query: &Query,
    by: Sort,
    around: Around<'_>,
) -> Result<Vec<Entry>, String> {
    let wanted = Wanted::of(query, around)?;
    let mut has_words = query.named();
    let mut listed: Vec<(&String, &Candidate)> = reckoning
        .rows
        .iter()
        .filter_map(|row| Some((row, reckoning.of(row)?)))
        .filter(|(_, one)| wanted.holds(one) && has_words(&wanted.names(one)))
        .collect();
    let falls = by.falls(&COLUMNS);
    listed.sort_by(|(_, a), (_, b)| {
        let order = compare(a, b, by.column);
        let order = if falls { order.reverse() } else { order };
        a.group.cmp(&b.group).then(order).then_with(|| a.name.cmp(&b.name)).then_with(|| a.id.cmp(&b.id))
    });
    let mut entries: Vec<Entry> = Vec::new();
    let mut last = None;
    for (row, candidate) in listed {
        if last != Some(candidate.group) {
            last = Some(candidate.group);
            entries.push(Entry { id: head(candidate.group), depth: 0, kind: Kind::Head });
        }
        entries.push(Entry { id: row.clone(), depth: 1, kind: Kind::Item });
    }
    Ok(entries)
}

fn compare(a: &Candidate, b: &Candidate, column: usize) -> Ordering {
    match column {
        NAME => a.name.is_empty().cmp(&b.name.is_empty()).then_with(|| a.name.cmp(&b.name)),
        AGE => a.date.cmp(&b.date),
        FREES => a.frees.bytes.cmp(&b.frees.bytes),
        _ => a.reason.cmp(&b.reason),
    }
}

/// Twelve digits of an id.
pub(super) fn short(id: &str) -> &str {
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    hex.get(..12).unwrap_or(hex)
}
