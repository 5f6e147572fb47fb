//! All images and containers of an engine, asked for once: for commands, which want the whole picture and no news.

use std::future::Future;

use futures_util::{StreamExt as _, stream};

use super::OpenError;
use super::line::{Engines, Line};
use crate::container::Container;
use crate::engine::EngineError;
use crate::image::LocalImage;
use crate::source::Task;
use crate::world::{About, CacheRecord, Network, Volume};

/// Objects that are asked for at the same time.
const AT_ONCE: usize = 8;

/// What an engine holds.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    pub about: About,
    /// All of them, intermediate ones too.
    pub images: Vec<LocalImage>,
    pub containers: Vec<Container>,
    pub volumes: Vec<Volume>,
    pub networks: Vec<Network>,
    pub cache: Vec<CacheRecord>,
    /// What the engine would not tell; one line each.
    pub problems: Vec<String>,
}

/// All images with their layers and build steps, and all containers as lists tell them. Blocking; `task` counts the
/// images.
pub fn image_holdings(engines: &Engines, task: &Task) -> Result<Holdings, OpenError> {
    images(&Line::open(engines, None, task)?, task)
}

pub(super) fn images(line: &Line, task: &Task) -> Result<Holdings, OpenError> {
    let engine = &line.engine;
    let lists = line.ask(task, async { tokio::try_join!(engine.images(), engine.containers(false)) })?;
    let (mut rows, containers) = lists.map_err(|error| failure("the images of the engine", error))?;
    // Engines list what is as old as another one in any order; plans have to be the same each time.
    rows.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
    let (mut images, mut problems) = (Vec::new(), Vec::new());
    task.expect_total(rows.len() as u64);
    let ask = |row: LocalImage| async move { (engine.image(&row.id).await, row) };
    line.ask(
        task,
        each(rows, ask, task, |(answer, row)| match answer {
            Ok(mut image) => {
                image.keep_from_list(&row);
                images.push(image);
                Ok(())
            }
            Err(error) => {
                images.extend(told_by_list(row, |image| image.short_id().to_owned(), error, &mut problems)?);
                Ok(())
            }
        }),
    )??;
    Ok(Holdings { about: engine.about().clone(), images, containers, problems, ..Holdings::default() })
}

/// All containers with everything that is known of them, and no images. With `bytes` also those of their writable
/// layers. Blocking; `task` counts the containers.
pub fn container_holdings(engines: &Engines, bytes: bool, task: &Task) -> Result<Holdings, OpenError> {
    containers(&Line::open(engines, None, task)?, bytes, task)
}

pub(super) fn containers(line: &Line, bytes: bool, task: &Task) -> Result<Holdings, OpenError> {
    let engine = &line.engine;
    let rows = line.ask(task, engine.containers(bytes))?;
    let mut rows = rows.map_err(|error| failure("the containers of the engine", error))?;
    rows.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
    let (mut containers, mut problems) = (Vec::new(), Vec::new());
    task.expect_total(rows.len() as u64);
    let ask = |row: Container| async move { (engine.container(&row.id).await, row) };
    line.ask(
        task,
        each(rows, ask, task, |(answer, row)| match answer {
            Ok(container) => {
                let (writable_bytes, below_bytes) = (row.writable_bytes, row.below_bytes);
                containers.push(Container { writable_bytes, below_bytes, ..container });
                Ok(())
            }
            Err(error) => {
                containers.extend(told_by_list(
                    row,
                    |container| container.name.clone(),
                    error,
                    &mut problems,
                )?);
                Ok(())
            }
        }),
    )??;
    Ok(Holdings { about: engine.about().clone(), containers, problems, ..Holdings::default() })
}

/// Asks for some of all things at a time, and takes the answers in order.
async fn each<T, A, F: Future<Output = A>>(
    things: Vec<T>,
    ask: impl Fn(T) -> F,
    task: &Task,
    mut take: impl FnMut(A) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    let mut answers = stream::iter(things.into_iter().map(ask)).buffered(AT_ONCE);
    while let Some(answer) = answers.next().await {
        take(answer)?;
        // A cancelled task is noticed by whoever waits for this.
        let _ = task.advance(1);
    }
    Ok(())
}

/// What is left of an object that could not be asked for: nothing when it went meanwhile, else what the list told.
fn told_by_list<T>(
    row: T,
    name: impl Fn(&T) -> String,
    error: EngineError,
    problems: &mut Vec<String>,
) -> Result<Option<T>, OpenError> {
    if error.is_missing() {
        return Ok(None);
    }
    let what = name(&row);
    if error.is_away() {
        return Err(failure(&what, error));
    }
    problems.push(format!("cannot read {what}: {error}"));
    Ok(Some(row))
}

pub(super) fn failure(what: &str, error: EngineError) -> OpenError {
    OpenError::Engine { what: what.to_owned(), error }
}
