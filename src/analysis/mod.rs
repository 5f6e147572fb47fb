//! Projections and judgements over an image. Pure: an image in, plain data out.

pub mod blame;
pub mod dockerfile;
pub mod duplicates;
pub mod facts;
pub mod heaps;
pub mod inspection;
pub mod needle;
pub mod pattern;
pub mod privileged;
pub mod secrets;
pub mod totals;
pub mod view;
pub mod waste;

pub use blame::blame;
pub use dockerfile::dockerfile;
pub use facts::Facts;
pub use heaps::{Heap, heaps};
pub use inspection::Inspection;
pub use needle::Needle;
pub use pattern::{Pattern, Syntax};
pub use totals::Totals;
pub use view::{Look, View};
pub use waste::{Waste, waste};
