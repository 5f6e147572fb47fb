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
    ImageDetails,
    Dockerfile,
    Waste,
    Images,
    NextTheme,
    Mouse,
    Suspend,
    Back,
    SwitchPane,
    PreviousPane,
    Zoom,
    Widen,
    Narrow,
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
    Details,
    OpenLayer,
    MarkRange,
    EmptySteps,
    ToggleFold,
    Unfold,
    Fold,
    UnfoldBelow,
    UnfoldAll,
    FoldAll,
    Filter,
    NextMatch,
    PreviousMatch,
    NextChange,
    PreviousChange,
    NextVersion,
    GoToPath,
    CopyPath,
    Sort,
    Attributes,
    HideAdded,
    HideModified,
    HideRemoved,
    ShiftLeft,
    ShiftRight,
    PreviousLayer,
    NextLayer,
    OpenWaste,
    ChooseImage,
    Accept,
    Complete,
}

/// Where a key applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    Global,
    /// Every list.
    List,
    /// Every pane of the explorer.
    Panes,
    Layers,
    Files,
    Waste,
    /// The list of an archive's images.
    Images,
    /// Typing: letters are text.
    Input,
}

impl Context {
    /// This context and those around it, innermost first.
    pub fn chain(self) -> &'static [Context] {
        match self {
            Context::Global => &[Context::Global],
            Context::List => &[Context::List, Context::Global],
            Context::Panes => &[Context::Panes, Context::List, Context::Global],
            Context::Layers => &[Context::Layers, Context::Panes, Context::List, Context::Global],
            Context::Files => &[Context::Files, Context::Panes, Context::List, Context::Global],
            Context::Waste => &[Context::Waste, Context::Panes, Context::List, Context::Global],
            Context::Images => &[Context::Images, Context::List, Context::Global],
            Context::Input => &[Context::Input],
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
