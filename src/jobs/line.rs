//! A line to an engine for work that blocks: connections of its own, and a thread that serves them.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::OpenError;
use crate::engine::{self, Engine, EngineError, Surroundings};
use crate::source::{SourceError, Task};
use crate::world::{About, Kind, Tried};

/// How soon a cancelled task is noticed while an engine is silent.
pub(super) const NOTICE: Duration = Duration::from_millis(50);

/// Which engine is asked for images that only engines have.
#[derive(Clone, Debug)]
pub enum Engines {
    /// The one that is shown already.
    Shown(Engine),
    /// The one that is found when it is needed.
    LookedFor(Surroundings),
}

impl Default for Engines {
    fn default() -> Engines {
        Engines::LookedFor(Surroundings::default())
    }
}

/// See the module. To be used outside of any runtime.
#[derive(Debug)]
pub(super) struct Line {
    /// Empty only while it is dropped.
    runtime: Option<Runtime>,
    pub engine: Engine,
}

impl Line {
    /// `kind` is whose engine it must be, where that was said.
    pub(super) fn open(engines: &Engines, kind: Option<Kind>, task: &Task) -> Result<Line, OpenError> {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("engine").enable_all().build();
        let runtime = runtime.map_err(|error| OpenError::Internal(error.to_string()))?;
        let engine = match engines {
            Engines::Shown(engine) if kind != Some(Kind::Podman) || engine.about().kind == Kind::Podman => {
                let _inside = runtime.enter();
                engine.apart()
            }
            Engines::Shown(engine) => {
                Err(EngineError::Unsupported { what: format!("be Podman; it is {}", engine.about().title()) })
            }
            Engines::LookedFor(around) => runtime.block_on(unless_cancelled(task, find(kind, around)))?,
        };
        let engine = engine.map_err(OpenError::NoEngine)?;
        Ok(Line { runtime: Some(runtime), engine })
    }

    /// Waits for an answer, or for the task to be cancelled.
    pub(super) fn ask<T>(&self, task: &Task, question: impl Future<Output = T>) -> Result<T, OpenError> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(unless_cancelled(task, question)),
            None => Err(SourceError::Cancelled.into()),
        }
    }

    /// Has the line's own thread do something.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(work);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Waiting for the thread would block, and who drops this may be a thread that must not.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn unless_cancelled<T>(task: &Task, question: impl Future<Output = T>) -> Result<T, OpenError> {
    tokio::select! {
        answer = question => Ok(answer),
        () = cancelled(task) => Err(SourceError::Cancelled.into()),
    }
}

/// Ends when a task is cancelled.
pub(super) async fn cancelled(task: &Task) {
    while !task.is_cancelled() {
        tokio::time::sleep(NOTICE).await;
    }
}

/// The engine that is meant; where Podman's is wanted, the first place at which it answers.
async fn find(kind: Option<Kind>, around: &Surroundings) -> Result<Engine, EngineError> {
    if kind != Some(Kind::Podman) {
        return engine::find(around).await.map_err(|tried| none(&tried));
    }
    let mut tried = Vec::new();
    for place in engine::places(around)? {
        let why = match Engine::connect(&place.endpoint, &place.name).await {
            Ok(engine) if engine.about().kind == Kind::Podman => return Ok(engine),
            Ok(engine) => format!("it is {}, not Podman", engine.about().title()),
            Err(error) => error.to_string(),
        };
        tried.push(Tried { name: place.name, url: place.endpoint.to_string(), why });
    }
    Err(none(&tried))
}

/// All that was tried, as one error.
fn none(tried: &[Tried]) -> EngineError {
    let one = |tried: &Tried| format!("{}: {}", tried.name, tried.why);
    let why = tried.iter().map(one).collect::<Vec<_>>().join("; ");
    let url = match tried {
        [only] => only.url.clone(),
        _ => "the usual places".to_owned(),
    };
    EngineError::Unreachable { url, why }
}

/// What the engine that is meant says about itself.
pub fn about(engines: &Engines, task: &Task) -> Result<About, OpenError> {
    Ok(Line::open(engines, None, task)?.engine.about().clone())
}

/// Whether the engine that is meant has an image, as far as it says so within a time. Where several places may be
/// meant, the first that answers counts.
pub(super) fn has_image(engines: &Engines, name: &str, within: Duration) -> bool {
    let ask = async {
        let places = match engines {
            Engines::Shown(engine) => vec![engine.endpoint().clone()],
            Engines::LookedFor(around) => {
                engine::places(around).into_iter().flatten().map(|place| place.endpoint).collect()
            }
        };
        for endpoint in places {
            if let Ok(answer) = engine::has_image(&endpoint, name).await {
                return answer;
            }
        }
        false
    };
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return false };
    runtime.block_on(async { tokio::time::timeout(within, ask).await.unwrap_or(false) })
}
