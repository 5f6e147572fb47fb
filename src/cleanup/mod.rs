//! What images and containers hold of an engine's store, and what removing some of them would free.
//!
//! [`Stock`] puts images and containers together; everything else is asked of it:
//!
//! - [`usage`]: which bytes an image holds alone, and who needs it.
//! - [`plan`]: what goes and what stays when a marked set is to be removed.
//! - [`lineage`]: which tag took the place of an image that lost its name.
//! - [`select`]: what is to be removed by some wish, such as everything that is unused.
//! - [`groups`]: everything that could go, to choose from.
//! - [`Stock::hidden`]: what a container keeps of an image that is gone.
//! - [`protect`]: what never goes by itself.
//! - [`why`]: what blocks the removal of one image.
//! - [`doubt`]: why bytes are not known exactly.
//! - [`family`]: which image stands on which layers.
//!
//! Bytes are the engine's own: what it says that images and their build steps take. Layers have no sizes of their own
//! in its answers; `layers` finds out as much of them as can be known, and says what cannot.

pub mod doubt;
pub mod family;
pub mod filter;
mod ghosts;
pub mod groups;
mod layers;
pub mod lineage;
mod pins;
pub mod plan;
pub mod protect;
pub mod select;
mod steps;
mod stock;
pub mod usage;
pub mod why;

pub use doubt::Doubt;
pub use family::Family;
pub use filter::{Filter, Filters};
pub use ghosts::Hidden;
pub use groups::{Candidate, Group};
pub use lineage::{Basis, Replaced};
pub use plan::{Blocker, Marks, Plan};
pub use protect::{Guard, Protect};
pub use select::{Selection, Wish};
pub use stock::{Graph, Stock, Stores};
pub use usage::ImageUsage;
pub use why::Why;

/// A number of bytes, and whether it is known exactly. What is not exact is the least that it can be, by all that is
/// known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    pub bytes: u64,
    pub exact: bool,
}
