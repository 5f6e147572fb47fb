//! Trees out of what engines tell: a document, or the paths that changed.

use serde_json::Value;

use super::{Kind, Node};
use crate::image::changeset;
use crate::image::writable::{Happened, Stat, Written};
use crate::report::size::human;

/// Deeper nesting than any document has that means well.
const DEEPEST: u16 = 100;

/// Branches with more below them start folded.
const UNFOLDED: u32 = 60;

impl Node {
    pub(super) fn new(depth: u16, kind: Kind, key: impl Into<String>, value: impl Into<String>) -> Node {
        Node { depth, kind, open: true, end: 0, key: key.into(), value: value.into(), secret: None }
    }

    /// A document. What its variables and labels say is a secret when their names say so.
    pub fn document(value: &Value) -> Vec<Node> {
        let mut nodes = Vec::new();
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(key, value)| push(key, value, None, 0, &mut nodes));
            }
            value => push("", value, None, 0, &mut nodes),
        }
        let count = nodes.len() as u32;
        for (at, node) in nodes.iter_mut().enumerate() {
            node.open = node.end - (at as u32) <= UNFOLDED || count <= UNFOLDED;
        }
        nodes
    }

    /// Paths and what happened to each, as a tree of directories.
    pub fn paths(changes: &[Written]) -> Vec<Node> {
        let mut sorted: Vec<(Vec<&[u8]>, &Written)> = changes
            .iter()
            .map(|change| {
                (change.path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).collect(), change)
            })
            .collect();
        // Names one by one, so that what is below a directory follows it at once.
        sorted.sort_by(|one, other| one.0.cmp(&other.0));
        let mut nodes: Vec<Node> = Vec::new();
        let mut open: Vec<(&[u8], usize)> = Vec::new();
        for (names, change) in &sorted {
            let same = open.iter().zip(names).take_while(|((open, _), name)| open == *name).count();
            close(&mut open, same, &mut nodes);
            for (depth, name) in names.iter().enumerate().skip(same) {
                let last = depth + 1 == names.len();
                let kind = if last { kind(change) } else { Kind::Above };
                let value = change.stat.as_ref().filter(|_| last).map(described).unwrap_or_default();
                open.push((name, nodes.len()));
                let name = String::from_utf8_lossy(name);
                nodes.push(Node::new(u16::try_from(depth).unwrap_or(u16::MAX), kind, name, value));
            }
        }
        close(&mut open, 0, &mut nodes);
        // What is below a directory that is new goes without saying.
        for (at, node) in nodes.iter_mut().enumerate() {
            let many = node.end - (at as u32) > UNFOLDED;
            node.open = matches!(node.kind, Kind::Above | Kind::Modified) && !many;
        }
        nodes
    }
}

fn kind(change: &Written) -> Kind {
    match change.happened {
        Happened::Added => Kind::Added,
        Happened::Modified => Kind::Modified,
        Happened::Deleted => Kind::Removed,
    }
}

/// What a path is, in a word.
fn described(stat: &Stat) -> String {
    match stat.kind {
        changeset::Kind::File => human(stat.bytes),
        changeset::Kind::Symlink => format!("→ {}", String::from_utf8_lossy(&stat.target)),
        _ => String::new(),
    }
}

/// Ends the directories below the first `keep`.
fn close(open: &mut Vec<(&[u8], usize)>, keep: usize, nodes: &mut [Node]) {
    let end = nodes.len() as u32;
    for (_, at) in open.drain(keep..) {
        nodes[at].end = end;
    }
}

/// A value and all below it. `variable` says that texts are `NAME=value`.
fn push(key: &str, value: &Value, above: Option<&str>, depth: u16, nodes: &mut Vec<Node>) {
    let at = nodes.len();
    let (kind, text) = match value {
        Value::Object(_) => (Kind::Object, String::new()),
        Value::Array(_) => (Kind::Array, String::new()),
        Value::String(text) => (Kind::Text, text.clone()),
        Value::Null => (Kind::Nothing, "null".to_owned()),
        other => (Kind::Plain, other.to_string()),
    };
    let mut node = Node::new(depth, kind, key, text);
    node.secret = secret(key, &node.value, above).filter(|_| kind == Kind::Text);
    nodes.push(node);
    if depth < DEEPEST {
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| push(name, value, Some(key), depth + 1, nodes));
            }
            Value::Array(values) => values.iter().enumerate().for_each(|(index, value)| {
                push(&index.to_string(), value, Some(key), depth + 1, nodes);
            }),
            _ => {}
        }
    }
    nodes[at].end = nodes.len() as u32;
}

/// Words in names whose values nobody should see over a shoulder.
const SECRET: [&str; 9] =
    ["PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "CREDENTIAL", "PRIVATE", "API_KEY", "APIKEY"];

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
    let words = ["KEY", "PWD", "AUTH", "PAT"];
    SECRET.iter().any(|word| name.contains(word))
        || name.split('_').next_back().is_some_and(|last| words.contains(&last) && last != name)
}

/// The byte from which on a text is a secret.
fn secret(key: &str, text: &str, above: Option<&str>) -> Option<usize> {
    if above == Some("Env") {
        let (name, value) = text.split_once('=')?;
        let from = name.len() + 1;
        return match is_secret(name) && !value.is_empty() {
            true => Some(from),
            false => password(value).map(|at| from + at),
        };
    }
    if above == Some("Labels") && is_secret(key) && !text.is_empty() { Some(0) } else { None }
}

/// Where the password of a URL begins: `postgres://user:password@host`.
fn password(value: &str) -> Option<usize> {
    let scheme = value.find("://")? + 3;
    let rest = &value[scheme..];
    let host = rest.find('@')?;
    let colon = rest[..host].find(':')?;
    (!rest[..host].contains('/') && colon + 1 < host).then_some(scheme + colon + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for (text, shown) in [
            ("DB_PASSWORD=hunter2", Some("DB_PASSWORD=")),
            ("AWS_SECRET_ACCESS_KEY=x", Some("AWS_SECRET_ACCESS_KEY=")),
            ("STRIPE_KEY=sk_live", Some("STRIPE_KEY=")),
            ("github-token=x", Some("github-token=")),
            ("URL=postgres://shop:hunter2@db/shop", Some("URL=postgres://shop:")),
            ("URL=http://host/a:b@c", None),
            ("PWD=/app", None),
            ("KEY=a", None),
            ("KEYBOARD=us", None),
            ("MONKEY=1", None),
            ("EMPTY_TOKEN=", None),
            ("PATH=/bin", None),
        ] {
            assert_eq!(secret("0", text, Some("Env")).map(|at| &text[..at]), shown, "{text}");
        }
        assert_eq!(secret("api.token", "x", Some("Labels")), Some(0));
        assert_eq!(secret("Password", "x", Some("Other")), None);
    }

    #[test]
    fn paths_become_a_tree() {
        let change = |path: &str, happened| Written { path: path.into(), happened, stat: None };
        let nodes = Node::paths(&[
            change("/var", Happened::Modified),
            change("/var-old", Happened::Deleted),
            change("/var/log/app.log", Happened::Added),
            change("/etc/a", Happened::Modified),
        ]);
        let shown: Vec<(u16, &str, u32)> =
            nodes.iter().map(|node| (node.depth, node.key.as_str(), node.end)).collect();
        assert_eq!(
            shown,
            [(0, "etc", 2), (1, "a", 2), (0, "var", 5), (1, "log", 5), (2, "app.log", 5), (0, "var-old", 6)]
        );
        assert!(Node::paths(&[]).is_empty());
    }

    #[test]
    fn nesting_without_end_ends() {
        let mut value = Value::Null;
        for _ in 0..400 {
            value = Value::Array(vec![value]);
        }
        let nodes = Node::document(&value);
        assert_eq!(nodes.len(), usize::from(DEEPEST) + 1);
    }
}
