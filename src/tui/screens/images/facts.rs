//! What follows from all images and containers together: who uses an image, what it holds alone, what it stands on,
//! what took its place. Reckoned once for each state of the world.

use std::collections::HashMap;

use crate::cleanup::{Basis, Family, Stock};
use crate::image::LocalImage;
use crate::report::size::human;
use crate::world::World;

/// Bytes, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bytes {
    pub(super) bytes: Option<u64>,
    pub(super) exact: bool,
}

impl Bytes {
    /// `1.2 GB`, `≈ 1.2 GB` where something is missing, `…` where nothing is known yet.
    pub(super) fn words(self) -> String {
        match self.bytes {
            None => "…".to_owned(),
            Some(bytes) if self.exact => human(bytes),
            Some(bytes) => format!("≈ {}", human(bytes)),
        }
    }
}

/// What is known of one image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fact {
    /// Containers that run, and others, made from it.
    pub(super) running: usize,
    pub(super) stopped: usize,
    /// Layers that no other image holds.
    pub(super) exclusive: Bytes,
    /// What has the name now that it had, and how that is known.
    pub(super) replaced: Option<(String, Basis)>,
    /// Names of images that were made from it.
    pub(super) children: Vec<String>,
    /// Where its layers end in the family.
    branch: Option<usize>,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    by_id: HashMap<String, Fact>,
    /// Of all images but intermediate ones, which hold nothing that the others do not.
    family: Family,
    /// How many images stand on each branch, those that end there too.
    holders: Vec<usize>,
    revision: Option<u64>,
}

const NOTHING: &Fact = &Fact {
    running: 0,
    stopped: 0,
    exclusive: Bytes { bytes: None, exact: false },
    replaced: None,
    children: Vec::new(),
    branch: None,
};

impl Facts {
    /// Follows a world, where it changed.
    pub(super) fn refresh(&mut self, world: &World) {
        if self.revision == Some(world.revision) {
            return;
        }
        let stock = Stock::new(world.images.values(), world.containers.values());
        let (images, usage, mut lineage) = (stock.images(), stock.usage(), stock.lineage());
        let family = stock.family(false);
        let mut holders = vec![0; family.branches.len()];
        let mut branch_of: Vec<Option<usize>> = vec![None; images.len()];
        for (at, branch) in family.branches.iter().enumerate().rev() {
            holders[at] += branch.images.len();
            if let Some(below) = branch.below {
                holders[below] += holders[at];
            }
            branch.images.iter().for_each(|image| branch_of[*image] = Some(at));
        }
        let fact = |(at, image): (usize, &&LocalImage)| {
            let usage = &usage[at];
            let users = usage.users.iter().map(|user| stock.containers()[*user].state.is_alive());
            let running = users.filter(|alive| *alive).count();
            let known = image.layers.is_some().then_some(usage.exclusive_bytes);
            let fact = Fact {
                running,
                stopped: usage.users.len() - running,
                exclusive: Bytes { bytes: known, exact: usage.exact },
                replaced: lineage[at].take().map(|replaced| (replaced.tag, replaced.basis)),
                children: usage.children.iter().map(|child| super::title(images[*child])).collect(),
                branch: branch_of[at],
            };
            (image.id.clone(), fact)
        };
        let by_id = images.iter().enumerate().map(fact).collect();
        *self = Facts { by_id, family, holders, revision: Some(world.revision) };
    }

    pub(super) fn of(&self, id: &str) -> &Fact {
        self.by_id.get(id).unwrap_or(NOTHING)
    }

    /// Which image stands on which, intermediate ones left out.
    pub(super) fn family(&self) -> &Family {
        &self.family
    }

    /// What images take together, layers that they share counted once, and what of it no other image holds.
    pub(super) fn together<'a>(&self, images: impl Iterator<Item = &'a LocalImage>) -> (Bytes, Bytes) {
        let mut all = Bytes { bytes: Some(0), exact: true };
        let mut alone = all;
        let mut met: HashMap<usize, usize> = HashMap::new();
        for image in images {
            let fact = self.of(&image.id);
            all.exact &= fact.exclusive.exact;
            alone.exact &= fact.exclusive.exact;
            if fact.exclusive.bytes.is_none() {
                alone.bytes = None;
            }
            let mut next = fact.branch;
            if next.is_none() && !image.intermediate {
                all.bytes = all.bytes.map(|bytes| bytes.saturating_add(image.bytes));
            }
            while let Some(branch) = next {
                *met.entry(branch).or_default() += 1;
                next = self.family.branches[branch].below;
            }
        }
        for (branch, held) in met {
            let own = self.own_bytes(branch);
            all.bytes = all.bytes.map(|bytes| bytes.saturating_add(own));
            if held == self.holders[branch] {
                alone.bytes = alone.bytes.map(|bytes| bytes.saturating_add(own));
            }
        }
        (all, alone)
    }

    /// Bytes of the layers of a branch, without those of what it stands on.
    fn own_bytes(&self, branch: usize) -> u64 {
        let branch = &self.family.branches[branch];
        let below = branch.below.map_or(0, |below| self.family.branches[below].bytes);
        branch.bytes.saturating_sub(below)
    }
}
