//! Projections and judgements over an image. Pure: an image in, plain data out.

pub mod advice;
pub mod blame;
pub mod ci;
pub mod dive;
pub mod dockerfile;
pub mod duplicates;
pub mod facts;
pub mod folders;
pub mod globs;
pub mod heaps;
pub mod inspection;
pub mod judgement;
pub mod junk;
pub mod needle;
pub mod pattern;
pub mod privileged;
pub mod secrets;
pub mod totals;
pub mod view;
pub mod waste;

pub use blame::blame;
pub use dockerfile::dockerfile;
pub use duplicates::{Candidates, Duplicate};
pub use facts::Facts;
pub use folders::Folders;
pub use globs::Globs;
pub use heaps::{Content, Fate, Heap, heaps};
pub use inspection::Inspection;
pub use judgement::Judgement;
pub use junk::{JunkError, JunkList};
pub use needle::Needle;
pub use pattern::{Pattern, Syntax};
pub use totals::Totals;
pub use view::{Look, View};
pub use waste::{Waste, waste};
