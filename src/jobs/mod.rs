//! Use cases that the command line and the screens share: gather, apply pure functions, act.

mod acts;
mod attend;
mod base;
mod bridge;
mod clean;
mod contents;
mod counting;
mod diagnose;
mod engine_image;
mod export;
mod hasher;
mod holdings;
mod inspect;
mod interrupt;
mod line;
pub mod live;
mod open;
mod parcels;
mod place;
mod save;
mod source;

pub use crate::engine::{Engine, EngineError, LogNews, Session, Surroundings, candidates};
pub use crate::source::task::{Progress, Task};
pub use acts::perform;
pub use clean::{Ask, Cleaning, Report, Status};
pub use diagnose::{
    DiagnoseRequest, Diagnosed, Diagnoses, PlannedMount, Preflighted, ReadLayers, Settings, diagnose,
    preflight, preflight_open,
};
pub use holdings::{Holdings, container_holdings, image_holdings};
pub use inspect::{Wishes, inspect, look_inside};
pub use interrupt::{Heed, heed};
pub use line::{Engines, about};
pub use open::{
    OpenError, OpenEvent, OpenRequest, Reckoning, locate, open, open_keeping, open_stream, shadows,
};
pub use source::{Contents, Opened, Source};
