//! Why bytes are not known exactly: what an engine does not tell.

use super::Stock;
use crate::image::ImageStore;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// The layers of some image are not known.
    Unread,
    /// What layers take compressed is told of whole images alone.
    Compressed,
    /// An image has more bytes than its steps tell of.
    Steps,
    /// Several steps can have made the same layer.
    Makers,
    /// The build cache holds layers, and not which.
    Held,
    /// The build cache takes more than its records add up to.
    Cache,
    /// A container's image is not there any more, and its layers are.
    Orphan,
    /// What a container wrote is not told.
    Written,
    /// A container takes more than it wrote.
    Container,
    /// What a volume takes is not told.
    Volume,
}

impl Doubt {
    /// In words that go on from `at least, because`.
    pub fn text(self) -> &'static str {
        match self {
            Doubt::Unread => "the layers of some image could not be read",
            Doubt::Compressed => "the engine does not tell what single layers take compressed",
            Doubt::Steps => "an image has more bytes than its build steps tell of",
            Doubt::Makers => "it cannot be told which build step made which layer",
            Doubt::Held => "the engine does not tell which layers its build cache holds",
            Doubt::Cache => "the engine keeps more for its build cache than it tells",
            Doubt::Orphan => "a container's image is gone, and the container still holds its layers",
            Doubt::Written => "the engine did not tell what a container wrote",
            Doubt::Container => "the engine keeps more for a container than what it wrote",
            Doubt::Volume => "the engine did not tell what a volume takes",
        }
    }
}

impl Stock<'_> {
    /// Why it is not known exactly what leaves the disk with these images.
    pub(super) fn doubt(&self, goes: &[bool]) -> Doubt {
        let gone = || goes.iter().enumerate().filter(|(_, goes)| **goes).map(|(image, _)| image);
        if self.images.iter().any(|image| image.layers.is_none()) {
            Doubt::Unread
        } else if gone().any(|image| self.images[image].store == ImageStore::Blobs) {
            Doubt::Compressed
        } else if gone().any(|image| !self.layers.adds_up(image)) {
            Doubt::Steps
        } else if self.ghosts.are_vague() {
            Doubt::Orphan
        } else if self.layers.freed(goes, |_| false).exact {
            Doubt::Held
        } else {
            Doubt::Makers
        }
    }
}
