//! Small pieces that screens are drawn with: data in, spans out.

pub mod cells;
pub mod frame;
pub mod list;
pub mod popup;
