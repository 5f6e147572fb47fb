//! What is known of the files that a container sees: of single paths, as they are asked for.
//!
//! Rules ask for paths; what is not known yet becomes a [`Want`], which whoever gathers
//! the facts answers from an engine's archive call or from an image's tree. So the rules alone say what is looked at.

use std::collections::BTreeMap;

use super::elf::Elf;
use crate::image::changeset::Kind;

/// Bytes that are read of the beginning of a file, and of a program whose libraries matter.
pub const HEAD: usize = 64 << 10;
pub const WHOLE: usize = 64 << 20;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Files {
    known: BTreeMap<String, Look>,
    histories: BTreeMap<String, History>,
    /// Whether layers can be asked, and why not.
    pub layers: Layers,
}

/// What is known of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    Absent,
    Is(Box<Node>),
    /// Nobody can tell, and why.
    Unknown(String),
}

/// Something that is there. Symbolic links are themselves, not what they lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub kind: Kind,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u16,
    pub bytes: u64,
    /// Of a symbolic link.
    pub target: String,
    /// User and group, where anybody asked.
    pub owner: Option<(u32, u32)>,
    /// The first bytes, where anybody asked.
    pub head: Option<Vec<u8>>,
    /// What its dynamic section says, where anybody asked; `None` inside for what is no ELF or too large.
    pub elf: Option<Option<Elf>>,
}

impl Node {
    pub fn new(kind: Kind, mode: u16) -> Node {
        Node { kind, mode, bytes: 0, target: String::new(), owner: None, head: None, elf: None }
    }
}

/// Whether the image's layers can be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Layers {
    /// Nobody tried.
    #[default]
    Unread,
    Read,
    /// They cannot be read, or it was not worth it; why.
    Not(String),
}

/// What the layers of an image did to one path, oldest first; empty when no layer ever had it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    pub versions: Vec<Made>,
    /// Paths of the final image with the same last name.
    pub namesakes: Vec<String>,
    /// Names of the same folder that look alike, nearest first.
    pub near: Vec<String>,
}

/// What one layer did to a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    pub layer: usize,
    /// `false`: it took the path away.
    pub exists: bool,
    pub mode: u16,
    /// The build step on one line.
    pub step: Option<String>,
}

impl History {
    /// The layer that took it away for good.
    pub fn removal(&self) -> Option<&Made> {
        self.versions.last().filter(|last| !last.exists)
    }

    /// The layer that last wrote what is there.
    pub fn writer(&self) -> Option<&Made> {
        self.versions.last().filter(|last| last.exists)
    }
}

/// What is to be looked up. Paths are absolute and clean.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Want {
    /// What it is.
    Stat(String),
    /// Whose it is, too.
    Owner(String),
    /// Its first [`HEAD`] bytes, too.
    Head(String),
    /// Its dynamic section: as much as [`WHOLE`] bytes have to be read.
    Whole(String),
    /// What the image's layers did to it.
    History(String),
    /// What the writable layer changed: of all paths at once, which takes some engines long.
    Changes,
}

impl Want {
    pub fn path(&self) -> &str {
        match self {
            Want::Stat(path)
            | Want::Owner(path)
            | Want::Head(path)
            | Want::Whole(path)
            | Want::History(path) => path,
            Want::Changes => "/",
        }
    }
}

impl Files {
    pub fn look(&self, path: &str) -> Option<&Look> {
        self.known.get(path)
    }

    pub fn history(&self, path: &str) -> Option<&History> {
        self.histories.get(path)
    }

    /// Takes an answer. What an earlier answer knew beyond it stays known.
    pub fn learn(&mut self, path: &str, look: Look) {
        let look = match (self.known.remove(path), look) {
            (Some(Look::Is(old)), Look::Is(new)) => {
                let Node { owner, head, elf, .. } = *old;
                let mut node = *new;
                node.owner = node.owner.or(owner);
                node.head = node.head.or(head);
                node.elf = node.elf.or(elf);
                Look::Is(Box::new(node))
            }
            // What is there stays there, whatever more could not be learned.
            (Some(old @ Look::Is(_)), Look::Unknown(_)) => old,
            (_, new) => new,
        };
        self.known.insert(path.to_owned(), look);
    }

    pub fn learn_history(&mut self, path: &str, history: History) {
        self.histories.insert(path.to_owned(), history);
    }
}
