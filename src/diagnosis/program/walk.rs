//! From a path to what it leads to, one component after the other and through symbolic links, as the kernel goes.

use std::collections::VecDeque;

use super::super::case::{Case, Seen};
use super::super::files::Node;
use crate::image::changeset::Kind;

/// Links that are followed; the kernel's own limit.
const MAX_LINKS: usize = 40;

/// Where a path led.
#[derive(Clone, Debug)]
pub(in crate::diagnosis) enum Walk<'f> {
    Found(Reached<'f>),
    Missing(Missing),
    /// A component that is not the last is a file.
    NotFolder(String),
    Loop,
    /// Not known, or not yet.
    Unknown,
}

#[derive(Clone, Debug)]
pub(in crate::diagnosis) struct Reached<'f> {
    /// Without links.
    pub path: String,
    pub node: &'f Node,
    /// The directories on the way, root first.
    pub folders: Vec<(String, &'f Node)>,
}

#[derive(Clone, Debug)]
pub(in crate::diagnosis) struct Missing {
    /// The first component that is not there.
    pub at: String,
    /// Links on the way: where and whereto.
    pub links: Vec<(String, String)>,
}

/// Walks an absolute path.
pub(in crate::diagnosis) fn walk<'f>(case: &Case<'f>, path: &str) -> Walk<'f> {
    let mut rest: VecDeque<String> = names(path).collect();
    ask_ahead(case, path);
    let (mut at, mut folders, mut links) = (String::new(), Vec::new(), Vec::new());
    while let Some(name) = rest.pop_front() {
        match name.as_str() {
            "." => continue,
            ".." => {
                at.truncate(at.rfind('/').unwrap_or(0));
                continue;
            }
            _ => {}
        }
        let next = format!("{at}/{name}");
        let node = match case.look(&next) {
            Seen::Is(node) => node,
            Seen::Absent => return Walk::Missing(Missing { at: next, links }),
            Seen::Unknown => return Walk::Unknown,
        };
        match node.kind {
            Kind::Symlink => {
                if links.len() == MAX_LINKS {
                    return Walk::Loop;
                }
                links.push((next.clone(), node.target.clone()));
                if node.target.starts_with('/') {
                    at.clear();
                }
                for name in names(&node.target).collect::<Vec<_>>().into_iter().rev() {
                    rest.push_front(name);
                }
                continue;
            }
            Kind::Directory if !rest.is_empty() => folders.push((next.clone(), node)),
            _ if !rest.is_empty() => return Walk::NotFolder(next),
            _ => return Walk::Found(Reached { path: next, node, folders }),
        }
        at = next;
    }
    // The path ended in a link to a directory, or is the root itself.
    match case.look(if at.is_empty() { "/" } else { &at }) {
        Seen::Is(node) => Walk::Found(Reached { path: at, node, folders }),
        Seen::Absent => Walk::Missing(Missing { at, links }),
        Seen::Unknown => Walk::Unknown,
    }
}

/// All that the path names is asked for at once; only links take another round.
fn ask_ahead(case: &Case<'_>, path: &str) {
    let mut at = String::new();
    for name in names(path).take(32) {
        at = format!("{at}/{name}");
        if let Seen::Absent = case.look(&at) {
            return;
        }
    }
}

fn names(path: &str) -> impl Iterator<Item = String> + '_ {
    path.split('/').filter(|name| !name.is_empty()).map(str::to_owned)
}
