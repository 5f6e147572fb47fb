//! What a filter finds in a view: the paths that match, and the directories on the way there.

use std::sync::atomic::AtomicBool;

use super::scope::{Limit, Scope};
use crate::analysis::Pattern;
use crate::image::tree::{NodeId, Tree};

/// One bit for each path that ever existed.
#[derive(Clone, Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn new(tree: &Tree) -> Bits {
        Bits(vec![0; tree.nodes().div_ceil(64)])
    }

    fn has(&self, node: NodeId) -> bool {
        self.0.get(node.index() / 64).is_some_and(|word| word >> (node.index() % 64) & 1 == 1)
    }

    /// False when it was set before.
    fn set(&mut self, node: NodeId) -> bool {
        let (word, bit) = (&mut self.0[node.index() / 64], 1 << (node.index() % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    hits: Bits,
    above: Bits,
    /// Paths that match.
    pub count: usize,
    /// The one that matches best.
    pub best: Option<NodeId>,
}

impl Outline {
    /// Whether this very path matches.
    pub fn is_hit(&self, node: NodeId) -> bool {
        self.hits.has(node)
    }

    /// Whether something below this directory matches.
    pub fn is_above(&self, node: NodeId) -> bool {
        self.above.has(node)
    }

    pub fn lists(&self, node: NodeId) -> bool {
        self.is_hit(node) || self.is_above(node)
    }

    /// The first paths in order that match, as many as the limit allows to look at.
    pub fn first(scope: Scope<'_>, pattern: &Pattern) -> Outline {
        let mut out = Outline::new(scope.tree);
        let mut search = Search::new(scope.tree, pattern);
        let scope = Scope { outline: None, ..scope };
        let mut waiting = vec![scope.tree.root()];
        while let Some(node) = waiting.pop() {
            if node != scope.tree.root()
                && let Some(score) = search.score(node)
            {
                out.add(scope.tree, node, score, &mut search.best);
            }
            let start = waiting.len();
            waiting.extend(scope.children(node));
            waiting[start..].reverse();
            if scope.limit.is_spent() {
                break;
            }
        }
        out
    }

    /// All paths that match. Looks at names first, on all cores: a view has more to say about a path than its name,
    /// but hardly any path comes that far.
    pub fn whole(scope: Scope<'_>, pattern: &Pattern, threads: usize, stop: &AtomicBool) -> Outline {
        let Scope { tree, wanted, changed, .. } = scope;
        let share = tree.nodes().div_ceil(threads.max(1)).max(1);
        let starts = (0..tree.nodes()).step_by(share);
        let found: Vec<Vec<(NodeId, u32)>> = std::thread::scope(|threads| {
            let look = |start: usize| {
                let mut search = Search::new(tree, pattern);
                let limit = Limit::until(stop);
                let scope = Scope { tree, wanted, changed, outline: None, limit: &limit };
                let nodes = tree.all().skip(start).take(share).take_while(|_| limit.spend());
                let found = nodes.filter_map(|node| Some((node, search.score(node)?)));
                found.filter(|(node, _)| scope.shows(*node)).collect()
            };
            let parts: Vec<_> = starts.map(|start| threads.spawn(move || look(start))).collect();
            // A part whose thread died has found nothing.
            parts.into_iter().map(|part| part.join().unwrap_or_default()).collect()
        });
        let mut out = Outline::new(tree);
        let mut best = 0;
        for (node, score) in found.into_iter().flatten() {
            out.add(tree, node, score, &mut best);
        }
        out
    }

    fn new(tree: &Tree) -> Outline {
        Outline { hits: Bits::new(tree), above: Bits::new(tree), count: 0, best: None }
    }

    fn add(&mut self, tree: &Tree, node: NodeId, score: u32, best: &mut u32) {
        if !self.hits.set(node) {
            return;
        }
        self.count += 1;
        if self.best.is_none() || score > *best {
            (self.best, *best) = (Some(node), score);
        }
        let mut at = node;
        while let Some(parent) = tree.parent(at)
            && self.above.set(parent)
        {
            at = parent;
        }
    }
}

/// Looks at paths one by one. Siblings follow one another, so their directory is put together once.
struct Search<'t> {
    tree: &'t Tree,
    finder: crate::analysis::pattern::Finder<'t>,
    whole: bool,
    directory: Option<NodeId>,
    path: Vec<u8>,
    prefix: usize,
    best: u32,
}

impl<'t> Search<'t> {
    fn new(tree: &'t Tree, pattern: &'t Pattern) -> Search<'t> {
        let (finder, whole) = (pattern.finder(), pattern.whole());
        Search { tree, finder, whole, directory: None, path: Vec::new(), prefix: 0, best: 0 }
    }

    fn score(&mut self, node: NodeId) -> Option<u32> {
        let name = self.tree.name(node);
        if !self.whole {
            return self.finder.score(name);
        }
        let parent = self.tree.parent(node)?;
        if self.directory != Some(parent) {
            self.directory = Some(parent);
            self.path = self.tree.path(parent);
            if self.path.last() != Some(&b'/') {
                self.path.push(b'/');
            }
            self.prefix = self.path.len();
        }
        self.path.truncate(self.prefix);
        self.path.extend_from_slice(name);
        self.finder.score(&self.path)
    }
}
