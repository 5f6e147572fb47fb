//! What is drawn over a screen.

pub mod help;
