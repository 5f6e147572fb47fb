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
    LookInside,
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
    Diagnose,
    OpenEvidence,
    TryImage,
    ChooseImage,
    ShowImages,
    ShowContainers,
    ShowCleanup,
    ShowExplorer,
    Engines,
    Tasks,
    Menu,
    Explore,
    Mark,
    MarkAll,
    InvertMarks,
    SortBackward,
    SortForward,
    SortReverse,
    Group,
    ShowAll,
    Measure,
    Why,
    KeepMore,
    KeepFewer,
    Protect,
    Copy,
    Inspect,
    Remove,
    Tag,
    Untag,
    Pull,
    Push,
    SaveTo,
    Load,
    StartStop,
    Restart,
    Pause,
    Kill,
    Rename,
    Commit,
    CopyFiles,
    Shell,
    Attach,
    Logs,
    Processes,
    Stats,
    Changes,
    Confirm,
    Accept,
    Complete,
    Refresh,
    Reveal,
    Search,
    Follow,
    NextError,
    PreviousError,
    Streams,
    Times,
    Wrap,
    Colors,
    GoToTime,
    WriteFile,
}

/// Where a key applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    Global,
    /// Every list.
    List,
    /// Anywhere in the explorer of one image.
    Explorer,
    /// Every pane of the explorer.
    Panes,
    Layers,
    Files,
    Waste,
    /// The list of an archive's images.
    Chooser,
    /// What an engine holds: every list of it.
    Engine,
    Images,
    Containers,
    /// What could go.
    Cleanup,
    /// What containers wrote.
    Logs,
    /// A page about one object.
    Pages,
    /// A page that is a tree.
    Tree,
    /// The verdict on a container.
    Diagnosis,
    /// What lies over a screen and wants an answer.
    Dialog,
    /// Typing: letters are text.
    Input,
}

impl Context {
    /// This context and those around it, innermost first.
    pub fn chain(self) -> &'static [Context] {
        use Context::{
            Chooser, Cleanup, Containers, Diagnosis, Dialog, Engine, Explorer, Files, Global, Images, Input,
            Layers, List, Logs, Pages, Panes, Tree, Waste,
        };
        match self {
            Global => &[Global],
            List => &[List, Global],
            Explorer => &[Explorer, Global],
            Panes => &[Panes, Explorer, List, Global],
            Layers => &[Layers, Panes, Explorer, List, Global],
            Files => &[Files, Panes, Explorer, List, Global],
            Waste => &[Waste, Panes, Explorer, List, Global],
            Chooser => &[Chooser, Explorer, List, Global],
            Engine => &[Engine, List, Global],
            Images => &[Images, Engine, List, Global],
            Containers => &[Containers, Engine, List, Global],
            Cleanup => &[Cleanup, Engine, List, Global],
            Logs => &[Logs, List, Global],
            Pages => &[Pages, List, Global],
            Tree => &[Tree, Pages, List, Global],
            Diagnosis => &[Diagnosis, Pages, List, Global],
            Dialog => &[Dialog, List, Global],
            Input => &[Input],
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
