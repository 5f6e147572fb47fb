//! Whom a program runs as, and what the modes of files allow that user.

use super::super::case::Case;
use super::walk::{Reached, Walk, walk};

/// Whom the container's program runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::diagnosis) enum Whom {
    User(User),
    /// The name is in no passwd file, or the group in no group file.
    Nobody {
        what: &'static str,
        name: String,
        near: Vec<String>,
    },
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::diagnosis) struct User {
    pub uid: u32,
    pub gid: u32,
    pub groups: Vec<u32>,
}

impl User {
    pub(in crate::diagnosis) fn root() -> User {
        User { uid: 0, gid: 0, groups: Vec::new() }
    }

    /// The bits of `mode` that count for this user: three of them.
    pub(in crate::diagnosis) fn bits(&self, mode: u16, owner: (u32, u32)) -> u16 {
        let shift = if owner.0 == self.uid {
            6
        } else if owner.1 == self.gid || self.groups.contains(&owner.1) {
            3
        } else {
            0
        };
        mode >> shift & 7
    }
}

/// Contents of a file that a path leads to, links followed.
pub(in crate::diagnosis) fn contents(case: &Case<'_>, path: &str) -> Read {
    match walk(case, path) {
        Walk::Found(Reached { path, node, .. }) => {
            if node.bytes == 0 {
                return Read::Text(String::new());
            }
            case.text(&path).map_or(Read::Unknown, Read::Text)
        }
        Walk::Missing(_) | Walk::NotFolder(_) | Walk::Loop => Read::Absent,
        Walk::Unknown => Read::Unknown,
    }
}

pub(in crate::diagnosis) enum Read {
    Text(String),
    Absent,
    Unknown,
}

/// Reads `USER` as the engine does: `name`, `uid`, each with `:group` behind it.
pub(in crate::diagnosis) fn whom(case: &Case<'_>) -> Whom {
    let stated = case.facts.config.user.as_str();
    if stated.is_empty() || stated == "0" || stated == "root" {
        return Whom::User(User::root());
    }
    let (name, group) = stated.split_once(':').map_or((stated, None), |(name, group)| (name, Some(group)));
    let passwd = match contents(case, "/etc/passwd") {
        Read::Text(text) => text,
        Read::Unknown if name.parse::<u32>().is_err() => return Whom::Unknown,
        Read::Absent | Read::Unknown => String::new(),
    };
    let rows = |text: &str| -> Vec<Vec<String>> {
        text.lines().map(|line| line.split(':').map(str::to_owned).collect()).collect()
    };
    let users = rows(&passwd);
    let found = users
        .iter()
        .find(|row| row.first().is_some_and(|own| own == name) || row.get(2).is_some_and(|uid| uid == name));
    let (login, uid, gid) = match (found, name.parse::<u32>()) {
        (Some(row), _) => {
            let number = |at: usize| row.get(at).and_then(|text| text.parse().ok()).unwrap_or(0);
            (row.first().cloned(), number(2), number(3))
        }
        (None, Ok(uid)) => (None, uid, 0),
        (None, Err(_)) => {
            let names = users.iter().filter_map(|row| row.first()).filter(|name| !name.is_empty());
            return Whom::Nobody { what: "user", name: name.to_owned(), near: nearest(name, names) };
        }
    };
    if login.is_none() && group.is_none() {
        return Whom::User(User { uid, gid, groups: Vec::new() });
    }
    let groups = match contents(case, "/etc/group") {
        Read::Text(text) => rows(&text),
        Read::Absent => Vec::new(),
        Read::Unknown => return Whom::Unknown,
    };
    let number = |row: &Vec<String>| row.get(2).and_then(|gid| gid.parse::<u32>().ok());
    let Some(group) = group else {
        let member = |row: &&Vec<String>| {
            login.as_ref().is_some_and(|login| {
                row.get(3).is_some_and(|members| members.split(',').any(|member| member.trim() == login))
            })
        };
        let own = groups.iter().filter(member).filter_map(number).collect();
        return Whom::User(User { uid, gid, groups: own });
    };
    if let Some(gid) =
        group.parse().ok().or_else(|| groups.iter().find(|row| row[0] == group).and_then(number))
    {
        return Whom::User(User { uid, gid, groups: Vec::new() });
    }
    let names = groups.iter().filter_map(|row| row.first()).filter(|name| !name.is_empty());
    Whom::Nobody { what: "group", name: group.to_owned(), near: nearest(group, names) }
}

/// The names most like another, at most three.
fn nearest<'a>(name: &str, all: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut close: Vec<(usize, &String)> = all.map(|other| (distance(name, other), other)).collect();
    close.retain(|(distance, _)| *distance <= 2.max(name.len() / 3));
    close.sort();
    close.into_iter().take(3).map(|(_, other)| other.clone()).collect()
}

/// Letters to change, add or drop from one to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let change = corner + usize::from(left != right);
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
