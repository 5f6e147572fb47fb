//! What blocks the removal of one image: everything at once, each with what lifts it.

use super::plan::{names, prunes, removal};
use super::{Bytes, Doubt, Stock};
use crate::container::State;
use crate::image::LocalImage;
use crate::world::{Act, Kind as Engine};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    /// The name that it is spoken of by; empty when it has none.
    pub name: String,
    /// In the order in which they are best lifted.
    pub blockers: Vec<Block>,
    /// What leaves the disk when the image goes, and everything that stands on it.
    pub frees: Bytes,
    /// Why that is not known exactly.
    pub doubt: Option<Doubt>,
}

/// Something that is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub kind: BlockKind,
    pub id: String,
    /// Empty when it has none.
    pub name: String,
    /// The engine's command that takes it out of the way.
    pub lift: String,
}

/// How something is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlockKind {
    RunningContainer,
    StoppedContainer,
    ChildImage,
    ExtraTag,
}

impl BlockKind {
    pub fn name(self) -> &'static str {
        match self {
            BlockKind::RunningContainer => "running-container",
            BlockKind::StoppedContainer => "stopped-container",
            BlockKind::ChildImage => "child-image",
            BlockKind::ExtraTag => "extra-tag",
        }
    }

    /// Whether not even force helps.
    pub fn is_hard(self) -> bool {
        matches!(self, BlockKind::RunningContainer | BlockKind::ChildImage)
    }
}

impl Stock<'_> {
    /// What is in the way of an image, by its position. `named` is the tag it was called by, which is no obstacle.
    pub fn why(&self, image: usize, named: Option<&str>, engine: Engine) -> Why {
        let mut blockers = Vec::new();
        let mut goes = vec![false; self.images.len()];
        // Those that stand on it in their turn: the uppermost have to go first.
        let mut waiting = vec![image];
        let mut above = Vec::new();
        while let Some(next) = waiting.pop() {
            if std::mem::replace(&mut goes[next], true) {
                continue;
            }
            above.extend((next != image).then_some(next));
            waiting.extend(&self.children[next]);
        }
        // Of those with the same layers, what stands on the other was found later.
        above.reverse();
        above.sort_by_key(|at| {
            std::cmp::Reverse(self.layers.tip(*at).map_or(0, |tip| self.layers.depth(tip)))
        });
        for at in above.iter().copied().chain([image]) {
            blockers.extend(self.users[at].iter().map(|user| self.container_block(*user, engine)));
        }
        // Those in between go with what stands on them, where engines see to that.
        let along = |image: &LocalImage| image.intermediate && prunes(image);
        let children = above.into_iter().filter(|at| !along(self.images[*at]));
        blockers.extend(children.map(|at| child_block(self.images[at], engine)));
        let own = self.images[image];
        let all = names(own);
        let spoken = named.or(all.first().copied());
        blockers.extend(all.iter().filter(|name| Some(**name) != spoken).map(|name| Block {
            kind: BlockKind::ExtraTag,
            id: own.id.clone(),
            name: (*name).to_owned(),
            lift: Act::Untag { reference: (*name).to_owned() }.command(engine),
        }));
        // Untagged parents go with the last image that stands on them.
        let mut next = self.parents[image];
        while let Some(parent) = next
            && !goes[parent]
            && self.is_carried(parent)
            && self.users[parent].is_empty()
            && self.children[parent].iter().all(|child| goes[*child])
        {
            goes[parent] = true;
            next = self.parents[parent];
        }
        blockers.sort_by_key(|block| block.kind);
        let name = spoken.unwrap_or_default().to_owned();
        let frees = self.freed(&goes, &[]);
        Why { name, blockers, frees, doubt: (!frees.exact).then(|| self.doubt(&goes)) }
    }

    fn container_block(&self, user: usize, engine: Engine) -> Block {
        let container = self.containers[user];
        let remove =
            Act::RemoveContainer { id: container.name.clone(), force: false, last_run: None }.command(engine);
        let still = matches!(container.state, State::Created | State::Exited | State::Dead | State::Removing);
        let (kind, lift) = if still {
            (BlockKind::StoppedContainer, remove)
        } else {
            let stop = Act::Stop { id: container.name.clone() }.command(engine);
            (BlockKind::RunningContainer, format!("{stop} && {remove}"))
        };
        Block { kind, id: container.id.clone(), name: container.name.clone(), lift }
    }
}

fn child_block(image: &LocalImage, engine: Engine) -> Block {
    let remove = removal(image);
    let name = image.tags.first().cloned().unwrap_or_default();
    Block { kind: BlockKind::ChildImage, id: image.id.clone(), name, lift: remove.command(engine) }
}
