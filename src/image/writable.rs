//! What a container changed of its image's files, as a tree like those of layers.
//!
//! Engines tell paths and what happened to them, and of each path that still exists what it is. What they do not tell
//! is what it was before: the tree's layer 0 only says that it was there, its layer 1 is the writable layer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::changeset::{Attributes, Changeset, Entry, Kind};
use super::tree::{Builder, NoContents};
use super::{Tree, path};

/// The layers of such a tree.
pub const BEFORE: usize = 0;
pub const WRITABLE: usize = 1;

/// What happened to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Happened {
    Modified,
    Added,
    Deleted,
}

/// A path that differs from the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub path: Vec<u8>,
    pub happened: Happened,
    /// What it is now; `None` for what is deleted, and as long as the engine was not asked.
    pub stat: Option<Stat>,
}

/// What an engine tells of one path in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    pub kind: Kind,
    /// Of a regular file.
    pub bytes: u64,
    /// Permission bits with setuid, setgid and sticky. Owners are not told.
    pub mode: u16,
    /// Seconds since 1970.
    pub mtime: i64,
    /// Of a symbolic link.
    pub target: Vec<u8>,
}

/// The tree of these changes.
pub fn tree(changes: &[Written]) -> Tree {
    let mut by_path: BTreeMap<Vec<u8>, &Written> = BTreeMap::new();
    for change in changes {
        let clean = path::cleaned(&change.path);
        if !clean.is_empty() && clean.len() <= path::MAX_PATH {
            by_path.insert(clean, change);
        }
    }
    // What has changes below it is a directory.
    let parents: BTreeSet<&[u8]> = by_path.keys().map(|path| path::split(path).0).collect();
    let (mut before, mut after) = (Changeset::default(), Changeset::default());
    for (path, change) in &by_path {
        let kind = match &change.stat {
            Some(stat) => stat.kind,
            None if parents.contains(path.as_slice()) => Kind::Directory,
            None => Kind::File,
        };
        let mut entry = Entry::new(path, kind);
        if let Some(stat) = &change.stat {
            entry.attributes = Attributes { mode: stat.mode, ..Attributes::default() };
            (entry.mtime, entry.link) = (stat.mtime, &stat.target);
            entry.bytes = if kind == Kind::File { stat.bytes } else { 0 };
        }
        if change.happened != Happened::Added {
            // It was there; as what, nobody says. Directories are listed when only something in them changed. Of
            // other kinds the tree is to find a difference, which a pipe makes to all but pipes, at no bytes.
            let differs = change.happened == Happened::Modified && kind != Kind::Directory;
            let mut was = Entry::new(path, if differs { Kind::Fifo } else { kind });
            was.attributes = entry.attributes;
            (was.mtime, was.link) = (entry.mtime, entry.link);
            before.push(&was);
        }
        if change.happened == Happened::Deleted {
            let (dir, name) = path::split(path);
            let slash: &[u8] = if dir.is_empty() { b"" } else { b"/" };
            let marker = [dir, slash, path::WHITEOUT, name].concat();
            after.push(&Entry::new(&marker, Kind::File));
        } else {
            after.push(&entry);
        }
    }
    let mut builder = Builder::new();
    builder.apply(vec![Arc::new(before)], &mut NoContents);
    builder.apply(vec![Arc::new(after)], &mut NoContents);
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tree::Change;

    fn written(path: &str, happened: Happened, stat: Option<Stat>) -> Written {
        Written { path: path.as_bytes().to_vec(), happened, stat }
    }

    #[test]
    fn changes_are_a_layer_above_what_was_there() {
        let file = |bytes| Some(Stat { kind: Kind::File, bytes, mode: 0o644, mtime: 5, target: Vec::new() });
        let link =
            Some(Stat { kind: Kind::Symlink, bytes: 4, mode: 0o777, mtime: 5, target: b"/old".to_vec() });
        let tree = tree(&[
            written("/etc", Happened::Modified, None),
            written("/etc/passwd", Happened::Deleted, None),
            written("/etc/hosts", Happened::Modified, file(0)),
            written("/etc/link", Happened::Modified, link),
            written("/written", Happened::Added, file(5_000_000)),
            written("/new", Happened::Added, None),
            written("/new/empty", Happened::Added, None),
            written("/../..", Happened::Added, None),
        ]);
        assert_eq!(tree.layers(), 2);
        assert_eq!(tree.problems(), []);
        for (path, change, bytes) in [
            ("etc", Change::Unmodified, 0),
            ("etc/passwd", Change::Removed, 0),
            ("etc/hosts", Change::Modified, 0),
            ("etc/link", Change::Modified, 0),
            ("written", Change::Added, 5_000_000),
            ("new", Change::Added, 0),
            ("new/empty", Change::Added, 0),
        ] {
            let node = tree.find(path.as_bytes()).unwrap();
            let (found, version) = tree.change(node, WRITABLE, WRITABLE).unwrap();
            assert_eq!((found, version.bytes()), (change, bytes), "{path}");
        }
        assert_eq!(tree.totals(WRITABLE).bytes, 5_000_000);
        assert_eq!(tree.totals(BEFORE).bytes, 0);
    }
}
