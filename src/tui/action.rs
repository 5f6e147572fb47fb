//! Every verb that a key can mean.

use std::fmt;

use serde::{Deserialize, Serialize};

/// See the module. The names in `assets/keys.toml` are these in kebab case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Quit,
    Help,
    Problems,
    NextTheme,
    Mouse,
    Suspend,
    Back,
    SwitchPane,
    Down,
    Up,
    PageDown,
    PageUp,
    HalfDown,
    HalfUp,
    First,
    Last,
    NextView,
    ChangesOnly,
    OpenLayer,
    ToggleFold,
    Unfold,
    Fold,
    UnfoldBelow,
    FoldAll,
    PreviousLayer,
    NextLayer,
}

/// Where a key applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    Global,
    List,
    Layers,
    Files,
}

impl Context {
    /// This context and those around it, innermost first.
    pub fn chain(self) -> &'static [Context] {
        match self {
            Context::Global => &[Context::Global],
            Context::List => &[Context::List, Context::Global],
            Context::Layers => &[Context::Layers, Context::List, Context::Global],
            Context::Files => &[Context::Files, Context::List, Context::Global],
        }
    }
}

/// As it is written in files.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// As it is written in files.
impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
