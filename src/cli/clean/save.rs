//! `hadal clean --save`: the images that go, in an archive before any of them does.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::super::{Failure, progress};
use crate::cleanup::Plan;
use crate::jobs::{Cleaning, Task};
use crate::report::json::Saved;
use crate::report::step::told;
use crate::world::{Act, Step};

/// What is to be done first, if anything is: the command says so before anybody agrees.
pub(super) fn first(path: Option<&str>, plan: &Plan) -> Result<Option<Act>, Failure> {
    let Some(path) = path else { return Ok(None) };
    if Path::new(path).symlink_metadata().is_ok() {
        let text = format!("cannot save to {path}: it is there already; nothing was removed");
        return Err(Failure::Usage(text));
    }
    Ok(plan.save(path))
}

/// Saves them. When that fails nothing is removed.
pub(super) fn save(cleaning: &Cleaning, act: &Act, task: &Task) -> Result<Saved, Failure> {
    let step = Mutex::new(Step::default());
    let words = || told(&step.lock().unwrap_or_else(PoisonError::into_inner));
    let watch = |now: Step| *step.lock().unwrap_or_else(PoisonError::into_inner) = now;
    let failed = |why: String| Failure::Usage(format!("{why}; nothing was removed"));
    progress::watched(words, || cleaning.save(act, task, &watch))
        .map_err(|error| failed(error.to_string()))?;
    let path = act.object().to_owned();
    let bytes =
        std::fs::metadata(&path).map_err(|error| failed(format!("cannot read {path}: {error}")))?.len();
    Ok(Saved { path, bytes })
}
