//! Images as families: a base, and below it what was built on its layers.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::order::{Group, Groups, Order, count, item};
use crate::cleanup::{Family, Stock};
use crate::image::LocalImage;
use crate::report::size::human;
use crate::tui::widgets::table::{Entry, Kind};

/// A family as it is listed.
struct Listing<'a> {
    family: Cow<'a, Family>,
    /// By their positions in the family.
    images: Vec<&'a LocalImage>,
    /// Where images stand in the order that is wanted.
    places: HashMap<&'a str, usize>,
    /// For each branch: those that stand on it, and the best place of an image on it.
    above: Vec<Vec<usize>>,
    best: Vec<usize>,
    entries: Vec<Entry>,
    groups: Groups,
}

/// The rows. What is no hit is listed only where something that stands on it is one.
pub(super) fn rows(listed: &[&LocalImage], hits: &HashSet<&str>, order: Order<'_>) -> (Vec<Entry>, Groups) {
    let world = order.world;
    let family = match order.all {
        false => Cow::Borrowed(order.facts.family()),
        true => Cow::Owned(Stock::new(world.images.values(), world.containers.values()).family(true)),
    };
    let mut listing = Listing::new(family, order, listed);
    let bases: Vec<usize> = {
        let branches = &listing.family.branches;
        (0..branches.len()).filter(|branch| branches[*branch].below.is_none()).collect()
    };
    listing.branches(bases, 0);
    listing.strangers(listed);
    let Listing { mut entries, groups, .. } = listing;
    for entry in &mut entries {
        if entry.kind == Kind::Item && !hits.contains(entry.id.as_str()) {
            entry.kind = Kind::Context;
        }
    }
    (found(entries), groups)
}

impl<'a> Listing<'a> {
    fn new(family: Cow<'a, Family>, order: Order<'a>, listed: &[&'a LocalImage]) -> Listing<'a> {
        let images: Vec<&LocalImage> = order.world.images.values().collect();
        let places: HashMap<&str, usize> =
            listed.iter().enumerate().map(|(place, image)| (image.id.as_str(), place)).collect();
        let mut above = vec![Vec::new(); family.branches.len()];
        let mut best = vec![usize::MAX; family.branches.len()];
        for (at, branch) in family.branches.iter().enumerate().rev() {
            let own =
                branch.images.iter().filter_map(|image| places.get(images[*image].id.as_str()).copied());
            best[at] = best[at].min(own.min().unwrap_or(usize::MAX));
            if let Some(below) = branch.below {
                best[below] = best[below].min(best[at]);
                above[below].push(at);
            }
        }
        let (entries, groups) = (Vec::new(), BTreeMap::new());
        Listing { family, images, places, above, best, entries, groups }
    }

    /// Lists branches and all that stands on them. Nests no deeper than the stack bears: by a list of what is left.
    fn branches(&mut self, bases: Vec<usize>, depth: u16) {
        let mut left: Vec<(usize, u16)> = Vec::new();
        let push = |mut branches: Vec<usize>, depth: u16, best: &[usize], left: &mut Vec<(usize, u16)>| {
            branches.sort_by_key(|branch| best[*branch]);
            left.extend(branches.into_iter().rev().map(|branch| (branch, depth)));
        };
        push(bases, depth, &self.best, &mut left);
        while let Some((at, depth)) = left.pop() {
            let branch = &self.family.branches[at];
            let mut images: Vec<&LocalImage> =
                branch.images.iter().map(|image| self.images[*image]).collect();
            images.sort_by_key(|image| self.places.get(image.id.as_str()));
            let next = depth.saturating_add(1);
            if let [image] = images[..] {
                self.entries.push(item(image, depth));
            } else {
                let layers = branch.layers;
                let name = match layers {
                    0 => "no layers".to_owned(),
                    1 => "1 layer in common".to_owned(),
                    _ => format!("{layers} layers in common"),
                };
                let sums = format!("{} end here · {}", count(images.len()), human(branch.bytes));
                let sums = if images.is_empty() { human(branch.bytes) } else { sums };
                // The same branch is folded after the next update too.
                let id = format!("branch:{layers}:{}", self.member(at).map_or("", |image| &image.id));
                self.entries.push(Entry { id: id.clone(), depth, kind: Kind::Head });
                self.entries.extend(images.into_iter().map(|image| item(image, next)));
                self.groups.insert(id, Group { name, sums });
            }
            push(std::mem::take(&mut self.above[at]), next, &self.best, &mut left);
        }
    }

    /// An image that stands on a branch: always the same one, whatever the order.
    fn member(&self, mut branch: usize) -> Option<&'a LocalImage> {
        loop {
            if let Some(image) = self.family.branches[branch].images.first() {
                return Some(self.images[*image]);
            }
            branch = *self.above[branch].first()?;
        }
    }

    /// Images whose layers nobody knows yet.
    fn strangers(&mut self, listed: &[&LocalImage]) {
        let strangers: Vec<&&LocalImage> = listed.iter().filter(|image| image.layers.is_none()).collect();
        if strangers.is_empty() {
            return;
        }
        let group = Group { name: "layers not known yet".to_owned(), sums: count(strangers.len()) };
        self.groups.insert("strangers".to_owned(), group);
        self.entries.push(Entry { id: "strangers".to_owned(), depth: 0, kind: Kind::Head });
        self.entries.extend(strangers.into_iter().map(|image| item(image, 1)));
    }
}

/// What was found, and what it stands on.
fn found(entries: Vec<Entry>) -> Vec<Entry> {
    // From the end: what stands above something that is kept is kept too.
    let mut last = 0;
    let mut kept: Vec<Entry> = Vec::new();
    for entry in entries.into_iter().rev() {
        if entry.kind == Kind::Item || entry.depth < last {
            last = entry.depth;
            kept.push(entry);
        }
    }
    kept.reverse();
    kept
}
