//! Known places of files that an image carries without using them: which paths they are is data.

use std::collections::HashMap;

use globset::{GlobBuilder, GlobMatcher};
use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::Deserialize;

use crate::image::changeset::Kind;
use crate::image::tree::{NodeId, Tree};

const EMBEDDED: &str = include_str!("../../assets/junk.toml");

/// What is known of one kind of such files; see `assets/junk.toml`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Junk {
    pub id: String,
    /// Words for the files.
    pub what: String,
    pub group: Group,
    paths: Vec<String>,
    /// The change to make.
    pub fix: String,
}

/// Why such files are there.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Left by a package manager.
    Package,
    /// Left by a build tool.
    Cache,
    Log,
    Dump,
    Build,
    Temporary,
    /// Compiled ahead: useful to some.
    Bytecode,
    /// The history of a version control system.
    Vcs,
    /// Rewritten by each step that installs something.
    Database,
}

/// All that is known, the user's own entries included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JunkList(Vec<Junk>);

/// Why a list of such files cannot be used: one line, with the line of the file where there is one.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct JunkError(String);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    junk: Vec<Junk>,
}

impl JunkList {
    /// What comes with the program.
    pub fn embedded() -> JunkList {
        // The embedded file is read by a test; without it nothing would be known, and nothing would break.
        JunkList::default().patched(EMBEDDED).unwrap_or_default()
    }

    /// With the entries of a text in the same form: one with a known id replaces what is known, one without paths drops it.
    pub fn patched(mut self, text: &str) -> Result<JunkList, JunkError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
            let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            JunkError(format!("{line}{}", error.message()))
        })?;
        for junk in file.junk {
            for path in &junk.paths {
                Place::new(path).map_err(|why| JunkError(format!("{} of {}: {why}", path, junk.id)))?;
            }
            self.0.retain(|known| known.id != junk.id);
            if !junk.paths.is_empty() {
                self.0.push(junk);
            }
        }
        Ok(self)
    }
}

impl Default for JunkList {
    /// Nothing is known.
    fn default() -> JunkList {
        JunkList(Vec::new())
    }
}

/// Where such files are, or ever were, in one image.
#[derive(Clone, Debug)]
pub struct JunkMap<'l> {
    list: &'l [Junk],
    found: HashMap<NodeId, u32, FxBuildHasher>,
}

impl<'l> JunkMap<'l> {
    /// Looks for them. Anchored paths are followed down; names that may be anywhere cost one look at each name.
    pub fn of(tree: &Tree, list: &'l JunkList) -> JunkMap<'l> {
        let mut found = HashMap::default();
        let mut names: FxHashMap<Vec<u8>, Vec<(u32, Place)>> = FxHashMap::default();
        let mut patterns = Vec::new();
        for (at, junk) in list.0.iter().enumerate() {
            for place in junk.paths.iter().filter_map(|path| Place::new(path).ok()) {
                let at = at as u32;
                match &place.parts[..] {
                    _ if !place.anywhere => place.after(tree, tree.root(), 0, &mut |node| {
                        found.insert(node, at);
                    }),
                    [Part::Name(name), ..] => names.entry(name.clone()).or_default().push((at, place)),
                    _ => patterns.push((at, place)),
                }
            }
        }
        for node in tree.all() {
            let name = tree.name(node);
            let alike = names.get(name).map_or(&[][..], Vec::as_slice);
            for (at, place) in alike.iter().chain(&patterns) {
                if place.parts[0].matches(name) {
                    place.after(tree, node, 1, &mut |node| {
                        found.insert(node, *at);
                    });
                }
            }
        }
        JunkMap { list: &list.0, found }
    }

    /// What `node` is part of; the innermost place counts.
    pub fn junk(&self, tree: &Tree, node: NodeId) -> Option<&'l Junk> {
        let mut at = Some(node);
        while let Some(node) = at {
            if let Some(index) = self.found.get(&node) {
                return self.list.get(*index as usize);
            }
            at = tree.parent(node);
        }
        None
    }

    /// The places themselves, in no order; one may lie in another.
    pub fn places(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.found.keys().copied()
    }
}

/// A path of the list, name by name.
#[derive(Clone, Debug)]
struct Place {
    anywhere: bool,
    folder: bool,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Name(Vec<u8>),
    /// What names begin and end with says no to most of them before the expression is asked.
    Pattern {
        start: Vec<u8>,
        end: Vec<u8>,
        glob: GlobMatcher,
    },
}

impl Part {
    fn new(name: &str) -> Result<Part, String> {
        if !name.contains(['*', '?', '[']) {
            return Ok(Part::Name(name.as_bytes().to_vec()));
        }
        let wild = ['*', '?', '['];
        let start = name.find(wild).map_or("", |at| &name[..at]);
        let end = name.rfind(['*', '?', ']']).map_or("", |at| &name[at + 1..]);
        let glob = GlobBuilder::new(name).literal_separator(true).build();
        let glob = glob.map_err(|error| error.kind().to_string())?.compile_matcher();
        Ok(Part::Pattern { start: start.into(), end: end.into(), glob })
    }

    fn matches(&self, name: &[u8]) -> bool {
        match self {
            Part::Name(own) => own == name,
            Part::Pattern { start, end, glob } => {
                let likely = name.starts_with(start) && name.ends_with(end);
                likely && std::str::from_utf8(name).is_ok_and(|name| glob.is_match(name))
            }
        }
    }
}

impl Place {
    fn new(path: &str) -> Result<Place, String> {
        let (anywhere, rest) = match (path.strip_prefix("**/"), path.strip_prefix('/')) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err("a path begins with / or **/".to_owned()),
        };
        let (folder, rest) = rest.strip_suffix('/').map_or((false, rest), |rest| (true, rest));
        if rest.is_empty() || rest.split('/').any(|name| name.is_empty() || name == "**") {
            return Err("** stands only in front".to_owned());
        }
        let parts = rest.split('/').map(Part::new).collect::<Result<_, _>>()?;
        Ok(Place { anywhere, folder, parts })
    }

    /// `node` fits all parts before `next`.
    fn after(&self, tree: &Tree, node: NodeId, next: usize, each: &mut dyn FnMut(NodeId)) {
        let Some(part) = self.parts.get(next) else {
            if !self.folder || tree.versions(node).any(|version| version.kind() == Kind::Directory) {
                each(node);
            }
            return;
        };
        match part {
            Part::Name(name) => {
                if let Some(child) = tree.child(node, name) {
                    self.after(tree, child, next + 1, each);
                }
            }
            Part::Pattern { .. } => {
                for child in tree.children(node).filter(|child| part.matches(tree.name(*child))) {
                    self.after(tree, child, next + 1, each);
                }
            }
        }
    }
}
