//! Looking into the contents of an image, once for all that is wanted: equal ones, and secrets in any layer.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use super::OpenError;
use super::contents::{Taker, pass};
use super::hasher::Hasher;
use super::source::{Contents, Opened};
use crate::analysis::secrets::{Place, Rules, Scan, Scanner, Secret, Veil, in_texts};
use crate::analysis::{Candidates, Inspection};
use crate::image::Image;
use crate::image::tree::{Hidden, NodeId, Problem, Stored, Tree};
use crate::source::Task;

/// Secrets in files that are listed; the rest is counted.
const MAX_SECRETS: usize = 10_000;

/// What to look for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes<'r> {
    pub duplicates: bool,
    /// Secrets, by these rules.
    pub secrets: Option<&'r Rules>,
}

/// Looks into an image's contents. Blocking. The veil hides the secrets that were found in its config and history.
pub fn inspect(opened: &Opened, wishes: Wishes<'_>, task: &Task) -> Result<(Inspection, Veil), OpenError> {
    look_inside(&opened.image, &opened.contents, wishes, task)
}

/// The same for an image that is kept elsewhere.
pub fn look_inside(
    image: &Image,
    from: &Contents,
    wishes: Wishes<'_>,
    task: &Task,
) -> Result<(Inspection, Veil), OpenError> {
    let begun = Instant::now();
    let tree = &image.tree;
    let candidates = wishes.duplicates.then(|| Candidates::of(image));
    let twins = candidates.as_ref().map(Candidates::stored).unwrap_or_default();
    let hashed: HashSet<(usize, u64)> = twins.iter().map(|stored| (stored.layer, stored.offset)).collect();
    // All that any layer ships may hold secrets; for duplicates the candidates do.
    let every = tree.contents().filter(|(stored, _)| wishes.secrets.is_some() && stored.bytes > 0);
    let mut wanted: Vec<(Stored, Option<Hidden>)> = every.collect();
    if wishes.secrets.is_none() {
        wanted = twins.iter().map(|stored| (*stored, None)).collect();
    }
    let contents: Vec<Stored> = wanted.iter().map(|(stored, _)| *stored).collect();
    let make = || Inspector {
        tree,
        contents: &contents,
        hashed: &hashed,
        hasher: Hasher::default(),
        hashing: false,
        scanner: wishes.secrets.map(Scanner::new),
    };
    let passed = pass(from, &contents, &make, task)?;
    let mut found = Inspection { problems: passed.problems, bytes: passed.bytes, ..Inspection::default() };
    let mut veil = Veil::default();
    if let Some(candidates) = candidates {
        let known: HashMap<(usize, u64), Option<[u8; 32]>> = contents
            .iter()
            .zip(&passed.yields)
            .map(|(stored, seen)| ((stored.layer, stored.offset), seen.as_ref().and_then(|seen| seen.sha256)))
            .collect();
        let sum = |stored: &Stored| known.get(&(stored.layer, stored.offset)).copied().flatten();
        let sums: Vec<_> = twins.iter().map(sum).collect();
        found.duplicates = Some(candidates.duplicates(image, &sums));
    }
    if let Some(rules) = wishes.secrets {
        let scans: Vec<(usize, &Scan)> = passed
            .yields
            .iter()
            .enumerate()
            .filter_map(|(which, seen)| Some((which, &**seen.as_ref()?.scan.as_ref()?)))
            .collect();
        let (mut secrets, more) = in_files(tree, &wanted, &scans);
        if more > 0 {
            let text = format!("{more} more secrets in files are not listed");
            found.problems.push(Problem { layer: None, text });
        }
        let (mut texts, own) = in_texts(rules, &image.head);
        secrets.append(&mut texts);
        (found.secrets, veil) = (Some(secrets), own);
    }
    found.seconds = begun.elapsed().as_secs_f64();
    Ok((found, veil))
}

/// What was seen of one content.
#[derive(Clone, Debug)]
struct Seen {
    sha256: Option<[u8; 32]>,
    /// Only where there is anything.
    scan: Option<Box<Scan>>,
}

struct Inspector<'a> {
    tree: &'a Tree,
    contents: &'a [Stored],
    hashed: &'a HashSet<(usize, u64)>,
    hasher: Hasher,
    hashing: bool,
    scanner: Option<Scanner<'a>>,
}

impl Taker for Inspector<'_> {
    type Yield = Seen;

    fn begin(&mut self, which: usize) {
        let stored = &self.contents[which];
        self.hashing = self.hashed.contains(&(stored.layer, stored.offset));
        self.hasher.begin(which);
        if let Some(scanner) = &mut self.scanner {
            scanner.begin(&self.tree.path(stored.node));
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        if self.hashing {
            self.hasher.take(bytes);
        }
        if let Some(scanner) = &mut self.scanner {
            scanner.take(bytes);
        }
    }

    fn hole(&mut self, bytes: u64) {
        if self.hashing {
            self.hasher.hole(bytes);
        }
        // However long: nothing is in it, and what stands before and behind does not belong together.
        if let Some(scanner) = &mut self.scanner {
            scanner.take(&[0]);
        }
    }

    fn end(&mut self) -> Seen {
        let scan = self.scanner.as_mut().map(Scanner::end);
        Seen {
            sha256: if self.hashing { self.hasher.end() } else { None },
            scan: scan.filter(|scan| !scan.matches.is_empty()).map(Box::new),
        }
    }
}

/// Findings with the paths that lead to them, and how many more there are.
fn in_files(
    tree: &Tree,
    contents: &[(Stored, Option<Hidden>)],
    scans: &[(usize, &Scan)],
) -> (Vec<Secret>, u64) {
    let key = |stored: &Stored| (stored.layer, stored.offset);
    let shows = |node: NodeId, stored: &Stored| {
        let content = tree.in_final(node).and_then(|version| version.content());
        content.is_some_and(|content| key(&content) == key(stored))
    };
    // The path that stored a visible content may be gone, and another one lead to it.
    let moved = |which: usize| {
        let (stored, hidden) = &contents[which];
        hidden.is_none() && !shows(stored.node, stored)
    };
    let mut names: HashMap<(usize, u64), Option<NodeId>> = scans
        .iter()
        .filter(|(which, _)| moved(*which))
        .map(|(which, _)| (key(&contents[*which].0), None))
        .collect();
    if !names.is_empty() {
        for node in tree.all() {
            let content = tree.in_final(node).and_then(|version| version.content());
            if let Some(name) = content.and_then(|content| names.get_mut(&key(&content))) {
                name.get_or_insert(node);
            }
        }
    }
    let (mut secrets, mut more) = (Vec::new(), 0);
    let mut order: Vec<(usize, Vec<u8>, NodeId, usize, &Scan)> = scans
        .iter()
        .map(|(which, scan)| {
            let stored = &contents[*which].0;
            let node = names.get(&key(stored)).copied().flatten().unwrap_or(stored.node);
            (stored.layer, tree.path(node), node, *which, *scan)
        })
        .collect();
    order.sort_by(|a, b| (a.0, &a.1, a.3).cmp(&(b.0, &b.1, b.3)));
    for (layer, _, node, which, scan) in order {
        let last = scan.matches.len() - 1;
        for (at, one) in scan.matches.iter().enumerate() {
            if secrets.len() == MAX_SECRETS {
                more += 1;
                continue;
            }
            let deleted_in = contents[which].1.map(|hidden| hidden.hidden_by);
            let more = if at == last { scan.more } else { 0 };
            let place = Place::File { node, layer, deleted_in, line: one.line, more };
            let (rule, title, preview) = (one.rule.clone(), one.title.clone(), one.preview.clone());
            secrets.push(Secret { rule, title, place, preview });
        }
    }
    (secrets, more)
}
