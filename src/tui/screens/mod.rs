//! The screens, each with its state, its reactions and its drawing.

pub mod explorer;
