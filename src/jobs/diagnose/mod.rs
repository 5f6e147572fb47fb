//! Why containers died: gathers the facts of each, all at once, and has them judged; and whether an image can start.
//!
//! The rules say which files they would like to know. Those are looked up through the engine, a few rounds of them, and
//! the image's layers only where a path is missing and the image is not too large.

mod around;
mod files;
mod gather;
mod layers;
mod log;
mod tree;

use std::collections::{BTreeSet, HashMap};

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;

use super::OpenError;
use super::line::{Engines, Line};
use crate::container::{Container, State};
use crate::diagnosis::{self, Asked, Diagnosis, Facts, Knowledge, Want};
use crate::engine::{Engine, EngineError};
use crate::source::Task;
use crate::world::Event;
use around::Around;
use layers::Layered;
pub use tree::{PlannedMount, Preflighted, Settings, preflight, preflight_open};

/// Containers that are looked into at the same time.
const AT_ONCE: usize = 4;
/// Questions about files, each answered before the next is asked.
const ROUNDS: usize = 14;
/// Bytes of an image whose layers are read without being asked to.
const LAYERS_UP_TO: u64 = 1 << 30;

/// Whether the layers of images are read where that tells more. An engine has to write out the whole image for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadLayers {
    /// Of images that are not large.
    #[default]
    Auto,
    Always,
    Never,
}

/// What is to be diagnosed, and with what help.
#[derive(Clone, Debug, Default)]
pub struct DiagnoseRequest {
    /// Names or ids; none: every container that failed.
    pub containers: Vec<String>,
    pub layers: ReadLayers,
    /// What was observed of the engine already, oldest first, and since when nothing of it is missing.
    pub journal: Vec<Event>,
    pub journal_since: Option<Timestamp>,
}

/// A container with its verdict.
#[derive(Clone, Debug)]
pub struct Diagnosed {
    pub facts: Facts,
    pub diagnosis: Diagnosis,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Diagnoses {
    /// In the order of the request; else the one that failed last comes first.
    pub containers: Vec<Diagnosed>,
    /// What could not be looked at, and why; one line each.
    pub problems: Vec<String>,
    /// Names that are no containers.
    pub missing: Vec<String>,
}

/// Diagnoses containers. Blocking, and not to be called from async code; cancelling through `task` makes it fail soon.
/// `task` counts containers.
pub fn diagnose(engines: &Engines, request: &DiagnoseRequest, task: &Task) -> Result<Diagnoses, OpenError> {
    let line = Line::open(engines, None, task)?;
    let engine = &line.engine;
    let know = Knowledge::embedded();
    let failed = |what: &str, error: EngineError| OpenError::Engine { what: what.to_owned(), error };
    let rows = line.ask(task, engine.containers(false))?;
    let rows = rows.map_err(|error| failed("the containers of the engine", error))?;
    let around = line.ask(task, Around::of(engine, &rows, request))?;
    let mut found = Diagnoses::default();
    let mut wanted = Vec::new();
    for name in &request.containers {
        match line.ask(task, engine.container(name))? {
            Ok(container) => wanted.push(container.id),
            Err(error) if error.is_missing() => found.missing.push(name.clone()),
            Err(error) => return Err(failed(name, error)),
        }
    }
    let all = request.containers.is_empty();
    if all {
        wanted.extend(rows.iter().filter(|row| suspicious(row)).map(|row| row.id.clone()));
    }
    task.expect_total(wanted.len() as u64);
    let looks = stream::iter(wanted.iter().enumerate()).map(|(at, id)| {
        let around = &around;
        async move {
            let looked = look(engine, id, around, know).await;
            let _ = task.advance(1);
            (at, id, looked)
        }
    });
    let mut looks = line.ask(task, looks.buffer_unordered(AT_ONCE).collect::<Vec<_>>())?;
    looks.sort_by_key(|(at, _, _)| *at);
    let mut images: HashMap<String, Layered> = HashMap::new();
    for (_, id, looked) in looks {
        let (mut facts, mut diagnosis, asked) = match looked {
            Ok(looked) => looked,
            // It was removed meanwhile.
            Err(error) if error.is_missing() && all => continue,
            Err(error) if error.is_missing() => {
                found.missing.push(id.clone());
                continue;
            }
            Err(error) if error.is_away() => return Err(failed(id, error)),
            Err(error) => {
                found.problems.push(format!("cannot look into {}: {error}", id.get(..12).unwrap_or(id)));
                continue;
            }
        };
        if all && !diagnosis.failed {
            continue;
        }
        if asked.0.iter().any(|want| matches!(want, Want::History(_))) {
            let layered = images.entry(facts.image_id.clone()).or_default();
            layered.read(engine, &facts, request.layers, task)?;
            (diagnosis, facts) = line.ask(task, with_layers(engine, facts, layered, know))?;
        }
        if diagnosis.failed
            && let Some(good) = diagnosis::last_good(&facts, &rows)
            && let Ok(told) = line.ask(task, engine.inspect_container(&good.id))?
        {
            let how = if good.state.is_alive() { "which runs" } else { "which ended with 0" };
            let good = diagnosis::inspect::container(&told);
            diagnosis.since = Some(diagnosis::since(&facts, &good, how.to_owned()));
        }
        found.containers.push(Diagnosed { facts, diagnosis });
    }
    if all {
        found
            .containers
            .sort_by_key(|one| std::cmp::Reverse(one.facts.state.finished.or(one.facts.state.created)));
    }
    Ok(found)
}

/// What a list tells of a container that may have failed. Whether it has is for the rules to say.
fn suspicious(row: &Container) -> bool {
    row.failed()
        || matches!(
            row.state,
            State::Exited | State::Created | State::Dead | State::Restarting | State::Running
        )
}

type Looked = (Facts, Diagnosis, Asked);

/// Gathers what an engine tells of a container, and judges it.
async fn look(engine: &Engine, id: &str, around: &Around, know: &Knowledge) -> Result<Looked, EngineError> {
    let mut facts = gather::facts(engine, id, around).await?;
    let (diagnosis, asked) = settle(engine, &mut facts, know).await;
    // Of a container that was removed meanwhile, every file would seem to be missing.
    engine.inspect_container(&facts.id).await?;
    Ok((facts, diagnosis, asked))
}

/// Asks and answers until nothing more is wanted of the container's files.
async fn settle(engine: &Engine, facts: &mut Facts, know: &Knowledge) -> (Diagnosis, Asked) {
    let mut asked_before: BTreeSet<Want> = BTreeSet::new();
    for _ in 0..ROUNDS {
        let (diagnosis, asked) = diagnosis::diagnose(facts, know);
        let wants: Vec<Want> = asked
            .0
            .iter()
            .filter(|want| !matches!(want, Want::History(_)) && !asked_before.contains(want))
            .cloned()
            .collect();
        if wants.is_empty() {
            return (diagnosis, asked);
        }
        asked_before.extend(wants.iter().cloned());
        files::answer(engine, facts, wants).await;
    }
    diagnosis::diagnose(facts, know)
}

/// The same with the image's layers at hand.
async fn with_layers(
    engine: &Engine,
    mut facts: Facts,
    layered: &Layered,
    know: &Knowledge,
) -> (Diagnosis, Facts) {
    for _ in 0..ROUNDS {
        let (diagnosis, asked) = settle(engine, &mut facts, know).await;
        let wants: Vec<&Want> = asked.0.iter().filter(|want| matches!(want, Want::History(_))).collect();
        if wants.is_empty() {
            return (diagnosis, facts);
        }
        layered.answer(&mut facts, wants);
    }
    (diagnosis::diagnose(&facts, know).0, facts)
}
