//! Small pieces that screens are drawn with: data in, spans out.

pub mod cells;
pub mod frame;
pub mod input;
pub mod list;
pub mod popup;
pub mod table;
pub mod text;
