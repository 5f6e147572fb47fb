//! Use cases that the command line and the screens share: gather, apply pure functions, act.

mod base;
mod open;
mod source;

pub use crate::source::task::{Progress, Task};
pub use open::{OpenError, OpenEvent, OpenRequest, locate, open, open_keeping, open_stream};
pub use source::{Opened, Source};
