//! Globs that stand in rules: what is ignored, what is forbidden. Unlike a filter that is typed while looking, they
//! match letters as they are.

use regex::bytes::Regex;

use super::pattern::glob;
use crate::image::tree::{NodeId, Tree};

/// Globs as in ignore files: without `/` they look at the last name of a path, with `/` in front from the root on, else
/// at any depth.
#[derive(Clone, Debug, Default)]
pub struct Globs(Vec<Glob>);

#[derive(Clone, Debug)]
struct Glob {
    text: String,
    regex: Regex,
    whole: bool,
}

impl Globs {
    /// The error says in one line which glob is wrong, and what is.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Globs, String> {
        let one = |text: &str| {
            let bare = match text.trim_end_matches('/') {
                "" => return Err(format!("{text:?} is no glob for a path")),
                bare => bare,
            };
            let (regex, whole) = glob(bare, false).map_err(|why| format!("the glob {text:?}: {why}"))?;
            Ok(Glob { text: text.to_owned(), regex, whole })
        };
        texts.into_iter().map(one).collect::<Result<_, _>>().map(Globs)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The globs as they were written.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|glob| glob.text.as_str())
    }

    /// The first glob that matches `path`, which has a leading `/`.
    pub fn find(&self, path: &[u8]) -> Option<&str> {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        let hit = |glob: &&Glob| glob.regex.is_match(if glob.whole { path } else { name });
        self.0.iter().find(hit).map(|glob| glob.text.as_str())
    }

    /// For each node of the tree whether it, or a directory above it, matches; nothing when there are no globs.
    pub fn cover(&self, tree: &Tree) -> Cover {
        if self.is_empty() {
            return Cover::default();
        }
        let mut covered = vec![false; tree.nodes()];
        let mut waiting: Vec<(NodeId, Vec<u8>)> = vec![(tree.root(), Vec::new())];
        while let Some((above, path)) = waiting.pop() {
            for node in tree.children(above) {
                let mut path = path.clone();
                path.push(b'/');
                path.extend_from_slice(tree.name(node));
                covered[node.index()] = covered[above.index()] || self.find(&path).is_some();
                if tree.children(node).len() > 0 {
                    waiting.push((node, path));
                }
            }
        }
        Cover(covered)
    }
}

/// See [`Globs::cover`].
#[derive(Clone, Debug, Default)]
pub struct Cover(Vec<bool>);

impl Cover {
    pub fn has(&self, node: NodeId) -> bool {
        self.0.get(node.index()).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_in_ignore_files() {
        for (glob, path, hit) in [
            ("*.pem", "/etc/ssl/key.pem", true),
            ("*.pem", "/etc/ssl/KEY.PEM", false),
            (".git", "/app/.git", true),
            (".git/", "/app/.git", true),
            (".git", "/app/.github", false),
            ("app/.git", "/srv/app/.git", true),
            ("/app/.git", "/srv/app/.git", false),
            ("/var/*/x", "/var/lib/x", true),
            ("/var/*/x", "/var/lib/deep/x", false),
            ("/var/**/x", "/var/lib/deep/x", true),
            ("{a,b}", "/b", true),
        ] {
            let globs = Globs::new([glob]).unwrap();
            assert_eq!(globs.find(path.as_bytes()), hit.then_some(glob), "{glob} {path}");
        }
        assert!(Globs::new(["ok", "["]).unwrap_err().starts_with("the glob \"[\""));
        assert!(Globs::new(["/"]).is_err());
    }
}
