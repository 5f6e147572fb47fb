//! An image in a few numbers.

use crate::image::Image;
use crate::image::changeset::Kind;

/// What an image amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Bytes that all layers store for regular files.
    pub bytes: u64,
    /// Of these, bytes that the final tree shows.
    pub visible_bytes: u64,
    /// Of these, bytes that nobody can see: `bytes - visible_bytes`.
    pub wasted_bytes: u64,
    /// `visible_bytes / bytes`, 1 for an image that stores nothing.
    pub efficiency: f64,
    /// Regular files and hard links in the final tree.
    pub files: u64,
    /// Directories in the final tree, the root left out.
    pub directories: u64,
}

impl Totals {
    pub fn of(image: &Image) -> Totals {
        let (bytes, wasted_bytes) = (image.bytes(), image.wasted_bytes());
        let visible_bytes = bytes - wasted_bytes;
        let efficiency = if bytes == 0 { 1.0 } else { visible_bytes as f64 / bytes as f64 };
        let (mut files, mut directories) = (0, 0);
        // In no order, so that nothing has to be sorted.
        for version in image.tree.all().filter_map(|node| image.tree.in_final(node)) {
            match version.kind() {
                Kind::File | Kind::Hardlink => files += 1,
                Kind::Directory => directories += 1,
                _ => {}
            }
        }
        Totals { bytes, visible_bytes, wasted_bytes, efficiency, files, directories }
    }
}
