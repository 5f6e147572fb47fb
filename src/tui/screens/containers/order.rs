//! Which containers are listed, in which order and in which groups.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use super::columns::{AGE, COLUMNS, IMAGE, NAME, PORTS, PROJECT, RESTARTS, SIZE, STATE, image, name};
use crate::container::{Container, Health, State};
use crate::tui::screens::query::{Known, Query, labelled};
use crate::tui::widgets::table::{Entry, Kind, Sort};
use crate::world::World;

/// Terms of the filter.
pub(super) const KNOWN: [Known; 5] = [
    Known {
        key: "is",
        values: &["failed", "running", "stopped", "paused", "healthy", "unhealthy"],
        example: "",
    },
    Known { key: "image", values: &[], example: "image:shop/api" },
    Known { key: "project", values: &[], example: "project:shop" },
    Known { key: "label", values: &[], example: "label:team or label:team=shop" },
    Known { key: "id", values: &[], example: "id:3f2a" },
];

/// A group, and what its head says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    /// `None` for what is in no group.
    pub(super) name: Option<String>,
    pub(super) count: usize,
    pub(super) running: usize,
    pub(super) failed: usize,
}

/// The rows, and the groups by the ids of their heads.
pub(super) fn order(
    world: &World,
    query: &Query,
    by: Sort,
    by_project: bool,
) -> (Vec<Entry>, BTreeMap<String, Group>) {
    let mut has_words = query.named();
    let mut listed: Vec<&Container> = world
        .containers
        .values()
        .filter(|container| holds(container, query))
        .filter(|container| {
            let names = [name(container), &container.image, container.project().unwrap_or_default()];
            has_words(&names)
        })
        .collect();
    let falls = by.falls(&COLUMNS);
    listed.sort_by(|a, b| {
        let order = compare(a, b, by.column);
        let order = if falls { order.reverse() } else { order };
        order.then_with(|| name(a).cmp(name(b))).then_with(|| a.id.cmp(&b.id))
    });
    if by_project {
        grouped(&listed)
    } else {
        (listed.into_iter().map(|one| item(one, 0)).collect(), BTreeMap::new())
    }
}

fn item(container: &Container, depth: u16) -> Entry {
    Entry { id: container.id.clone(), depth, kind: Kind::Item }
}

/// Groups come in the order of their first containers; what is in none comes last.
fn grouped(listed: &[&Container]) -> (Vec<Entry>, BTreeMap<String, Group>) {
    let mut places: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    let mut groups: Vec<(Option<&str>, Vec<&Container>)> = Vec::new();
    for container in listed {
        let project = container.project();
        let place = *places.entry(project).or_insert_with(|| {
            groups.push((project, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(container);
    }
    groups.sort_by_key(|(project, _)| project.is_none());
    let (mut entries, mut heads) = (Vec::new(), BTreeMap::new());
    for (project, members) in groups {
        let id = format!("project:{}", project.unwrap_or_default());
        let count = |is: fn(&Container) -> bool| members.iter().filter(|member| is(member)).count();
        let group = Group {
            name: project.map(str::to_owned),
            count: members.len(),
            running: count(|member| member.state.is_alive()),
            failed: count(Container::failed),
        };
        entries.push(Entry { id: id.clone(), depth: 0, kind: Kind::Head });
        entries.extend(members.into_iter().map(|member| item(member, 1)));
        heads.insert(id, group);
    }
    (entries, heads)
}

/// Whether all terms hold.
fn holds(container: &Container, query: &Query) -> bool {
    query.terms.iter().all(|term| {
        let value = term.value.as_str();
        let holds = match (term.key, value) {
            ("is", "failed") => container.failed(),
            ("is", "running") => container.state == State::Running,
            ("is", "stopped") => !container.state.is_alive() && container.state != State::Restarting,
            ("is", "paused") => container.state == State::Paused,
            ("is", "healthy") => container.health == Some(Health::Healthy),
            ("is", _) => container.health == Some(Health::Unhealthy),
            ("image", _) => {
                let id = container.image_id.strip_prefix("sha256:").unwrap_or(&container.image_id);
                container.image.contains(value)
                    || id.starts_with(value)
                    || container.image_id.starts_with(value)
            }
            ("project", _) => container.project().is_some_and(|project| project.contains(value)),
            ("label", _) => labelled(&container.labels, value),
            _ => container.id.starts_with(value),
        };
        holds != term.not
    })
}

/// The smallest first; what is not known is smaller than anything.
fn compare(a: &Container, b: &Container, column: usize) -> Ordering {
    match column {
        NAME => name(a).cmp(name(b)),
        IMAGE => image(a).cmp(image(b)),
        STATE => rank(a).cmp(&rank(b)),
        RESTARTS => a.restarts.cmp(&b.restarts),
        PROJECT => {
            let project = |one: &Container| (one.project().is_none(), one.project().map(str::to_owned));
            project(a).cmp(&project(b))
        }
        PORTS => {
            let first =
                |one: &Container| one.ports.iter().map(|port| port.public.unwrap_or(port.private)).min();
            let none_last = |one: &Container| (first(one).is_none(), first(one));
            none_last(a).cmp(&none_last(b))
        }
        AGE => a.created.cmp(&b.created),
        SIZE => a.writable_bytes.cmp(&b.writable_bytes),
        _ => Ordering::Equal,
    }
}

/// Failed first, then what is on its way, then what runs, then what rests; the latest change first in each.
fn rank(container: &Container) -> (u8, Reverse<Option<jiff::Timestamp>>) {
    let class = match container.state {
        _ if container.failed() => 0,
        State::Stopping | State::Removing | State::Paused => 1,
        State::Running | State::Restarting => 2,
        State::Created | State::Exited | State::Dead | State::Other(_) => 3,
    };
    let alive = container.state.is_alive();
    let then = if alive { container.started_at } else { container.finished_at };
    (class, Reverse(then.or(container.created)))
}
