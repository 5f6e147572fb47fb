//! What an image holds alone, what it shares, and who needs it.

use super::layers::ROOT;
use super::{Bytes, Stock};
use crate::container::{Container, State};

/// What is known of an image's use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageUsage {
    /// Bytes of the layers that no other image holds. Untagged parents that would go with it do not count as others,
    /// and containers are left out of account. At least so many when not `exact`.
    pub exclusive_bytes: u64,
    /// The rest of its size.
    pub shared_bytes: u64,
    /// Whether the engine tells enough to know these bytes exactly.
    pub exact: bool,
    /// Positions of the images that were made from it, those in between left out.
    pub children: Vec<usize>,
    /// Positions of the containers made from it, those with a process first.
    pub users: Vec<usize>,
}

impl Stock<'_> {
    /// The use of every image, in the order of [`Stock::images`].
    pub fn usage(&self) -> Vec<ImageUsage> {
        let mut all: Vec<ImageUsage> = (0..self.images.len()).map(|image| self.own_usage(image)).collect();
        for image in (0..self.images.len()).filter(|image| !self.images[*image].intermediate) {
            for parent in self.named_parent(image) {
                all[parent].children.push(image);
            }
        }
        all
    }

    fn own_usage(&self, image: usize) -> ImageUsage {
        let exclusive = self.exclusive(image);
        let size = self.images[image].bytes;
        let mut users = self.users[image].clone();
        users.sort_by_key(|user| rank(self.containers[*user]));
        ImageUsage {
            exclusive_bytes: exclusive.bytes,
            shared_bytes: size.saturating_sub(exclusive.bytes),
            exact: exclusive.exact,
            children: Vec::new(),
            users,
        }
    }

    /// The intermediate images below one, and the first below those that is none.
    fn named_parent(&self, image: usize) -> impl Iterator<Item = usize> + '_ {
        let mut next = self.parents[image];
        let steps = std::iter::from_fn(move || {
            let parent = next?;
            next = self.parents[parent].filter(|_| self.images[parent].intermediate);
            Some(parent)
        });
        // Nothing keeps an engine from telling parents in a circle.
        steps.take(self.images.len())
    }

    /// Bytes of the layers that only this image holds, and those that go with it.
    pub(super) fn exclusive(&self, image: usize) -> Bytes {
        let layers = &self.layers;
        let Some(tip) = layers.tip(image) else { return Bytes::default() };
        // With something standing on it, it stays, and so do its parents.
        let mut follower = self.follower(image).filter(|_| self.children[image].is_empty());
        let (mut node, mut leaving) = (tip, 1);
        while node != ROOT {
            // Parents that go as well, as long as their layers are among this image's.
            while let Some(parent) = follower
                && let Some(end) = layers.tip(parent)
                && layers.depth(end) >= layers.depth(node)
            {
                let along = end == node;
                leaving += u32::from(along);
                follower = self.follower(parent).filter(|_| along);
            }
            if layers.holders(node) > leaving {
                break;
            }
            node = layers.below(node);
        }
        layers.above(image, node)
    }
}

/// What keeps an image in use most comes first.
fn rank(container: &Container) -> (u8, &str) {
    let rank = match container.state {
        State::Running => 0,
        State::Restarting | State::Stopping => 1,
        State::Paused => 2,
        State::Other(_) => 3,
        State::Created => 4,
        State::Exited | State::Dead | State::Removing => 5,
    };
    (rank, &container.name)
}
