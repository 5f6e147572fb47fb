//! What to change in a build, from what the image shows: mistakes, each with the layers and paths behind it.
//!
//! A proven finding names contents that would not be shipped after the change, so that its saving follows from the
//! analysis. A hint is what usually is a mistake; it promises nothing.

mod hidden;
mod hints;
mod twins;
mod visible;

use rustc_hash::FxHashSet;

use super::heaps::{Content, Heap, heaps};
use super::junk::{Group, Junk, JunkList, JunkMap};
use crate::image::Image;
use crate::image::tree::NodeId;

/// One mistake.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub kind: Kind,
    /// What kind of files, where that is known.
    pub junk: Option<Junk>,
    /// Bytes that the change saves; `None` for a hint.
    pub bytes: Option<u64>,
    /// How many contents.
    pub contents: u64,
    /// The layers that ship them, the lowest first.
    pub layers: Vec<usize>,
    /// The layer whose step hides them, or does what should be done otherwise.
    pub by: Option<usize>,
    /// Nothing of it was made above the base image.
    pub in_base: bool,
    /// Where they are, the most bytes first.
    pub heaps: Vec<Heap>,
    /// Bytes of hidden contents that go, and the visible ones by the path that stores them.
    hidden_bytes: u64,
    visible: Vec<(NodeId, u64)>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The same contents again under another owner, mode or time.
    MetadataCopy,
    /// Removed by a later step.
    DeletedLater,
    /// What a package manager or a build tool left, hidden later.
    HiddenLeftovers,
    /// The same, still seen.
    Leftovers,
    /// Written anew by a later step.
    Overwritten,
    /// The package manager's records, written by each step that installs.
    Database,
    /// A directory that made room for something else.
    Replaced,
    /// Twice in one layer.
    Shadowed,
    /// Equal contents in two places.
    Twins,
    /// A hint: compilers and their kin.
    BuildTools,
    /// A hint: sources came with what belongs to the developer's machine.
    CopiedExtras,
    /// A hint: everything is copied before what rarely changes is installed.
    StepOrder,
    /// A hint: the base image is made for building.
    FullBase,
}

impl Kind {
    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Kind::MetadataCopy => "metadata-copy",
            Kind::DeletedLater => "deleted-later",
            Kind::HiddenLeftovers => "hidden-leftovers",
            Kind::Leftovers => "leftovers",
            Kind::Overwritten => "overwritten",
            Kind::Database => "database-rewrites",
            Kind::Replaced => "replaced-directory",
            Kind::Shadowed => "shadowed-in-layer",
            Kind::Twins => "duplicated-tree",
            Kind::BuildTools => "build-tools",
            Kind::CopiedExtras => "copied-extras",
            Kind::StepOrder => "step-order",
            Kind::FullBase => "full-base",
        }
    }
}

/// Equal contents that the final tree shows: the paths that store them.
pub type Equal = Vec<NodeId>;

/// Everything that could be done better: what is proven first, the most bytes first, then hints. `equal` is what
/// is known of equal contents, where they have been looked for.
pub fn findings(image: &Image, list: &JunkList, equal: &[Equal]) -> Vec<Finding> {
    let junk = JunkMap::of(&image.tree, list);
    let mut all = hidden::findings(image, &junk);
    all.extend(visible::findings(image, &junk));
    all.extend(twins::findings(image, equal));
    all.extend(hints::findings(image, &junk));
    all.sort_by(|a, b| {
        let rank = |one: &Finding| (one.bytes.is_none(), one.in_base && one.bytes.is_none());
        rank(a).cmp(&rank(b)).then(b.bytes.cmp(&a.bytes)).then(a.kind.cmp(&b.kind)).then(a.by.cmp(&b.by))
    });
    all
}

/// Bytes of all layers after these changes together, exactly: a content that several of them save goes once.
pub fn bytes_after<'f>(image: &Image, changes: impl IntoIterator<Item = &'f Finding>) -> u64 {
    let mut gone = FxHashSet::default();
    let mut left = image.bytes();
    for finding in changes {
        // Hidden contents belong to one finding each.
        let visible = finding.visible.iter().filter(|(node, _)| gone.insert(*node));
        let visible: u64 = visible.map(|(_, bytes)| bytes).sum();
        left -= (finding.hidden_bytes + visible).min(left);
    }
    left
}

impl Finding {
    /// A proven one.
    fn saving(
        image: &Image,
        kind: Kind,
        junk: Option<&Junk>,
        by: Option<usize>,
        contents: &[Content],
    ) -> Finding {
        let mut layers: Vec<usize> = contents.iter().map(|content| content.layer).collect();
        layers.sort_unstable();
        layers.dedup();
        let base = image.head.base.as_ref().map_or(0, |base| base.layers);
        let last =
            layers.iter().copied().chain(contents.iter().filter_map(|content| Some(content.fate?.by))).max();
        Finding {
            kind,
            junk: junk.cloned(),
            bytes: Some(contents.iter().map(|content| content.bytes).sum()),
            contents: contents.len() as u64,
            layers,
            by,
            in_base: last.is_some_and(|last| last < base),
            heaps: heaps(&image.tree, contents.iter().copied()),
            hidden_bytes: contents.iter().filter(|one| one.fate.is_some()).map(|one| one.bytes).sum(),
            visible: contents
                .iter()
                .filter(|one| one.fate.is_none())
                .map(|one| (one.node, one.bytes))
                .collect(),
        }
    }

    /// A hint at paths of the final tree, or at a step.
    fn hint(image: &Image, kind: Kind, junk: Option<&Junk>, by: Option<usize>, places: &[NodeId]) -> Finding {
        let layer = |node: NodeId| image.tree.written(node, image.layers.len().saturating_sub(1));
        let mut layers: Vec<usize> = places.iter().map(|node| layer(*node)).chain(by).collect();
        layers.sort_unstable();
        layers.dedup();
        let base = image.head.base.as_ref().map_or(0, |base| base.layers);
        let heap = |node: &NodeId| {
            let bytes = image.tree.in_final(*node).map_or(0, |version| version.bytes());
            Heap { node: *node, bytes, contents: 1, layer: layer(*node), fate: None }
        };
        Finding {
            kind,
            junk: junk.cloned(),
            bytes: None,
            contents: places.len() as u64,
            in_base: layers.last().is_some_and(|last| *last < base),
            layers,
            by,
            heaps: places.iter().map(heap).collect(),
            hidden_bytes: 0,
            visible: Vec::new(),
        }
    }

    /// Whether the change is worth making for its own sake: not for a few bytes, where it costs a merge of steps.
    pub fn worthwhile(&self, image: &Image) -> bool {
        let small = self.bytes.is_some_and(|bytes| bytes < WORTH || bytes < image.bytes() / WORTH_SHARE);
        !(small && matches!(self.kind, Kind::Database | Kind::Overwritten))
    }
}

/// Merging steps costs caching; below these it is not worth it.
const WORTH: u64 = 1_000_000;
const WORTH_SHARE: u64 = 100;

/// Files that can go without anybody missing them.
fn is_dead_weight(junk: &Junk) -> bool {
    matches!(junk.group, Group::Package | Group::Cache | Group::Temporary | Group::Log | Group::Dump)
}
