//! Cleaning up: everything that a plan has to know, and the plan carried out, item by item.

use std::collections::HashSet;

use super::OpenError;
use super::acts::perform;
use super::attend::{Pace, attended};
use super::holdings::{Holdings, containers, failure, images};
use super::line::{Engines, Line};
use crate::cleanup::plan::{Item, Kind as What};
use crate::cleanup::{Plan, Stock, Stores};
use crate::engine::EngineError;
use crate::image::ImageStore;
use crate::source::Task;
use crate::world::{Act, Kind, Step};

/// What has to be known beside images and containers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask {
    pub volumes: bool,
    pub networks: bool,
    pub build_cache: bool,
    /// Bytes that containers wrote, which the engine has to add up.
    pub written: bool,
}

/// An engine, and what it held when it was asked.
#[derive(Debug)]
pub struct Cleaning {
    line: Line,
    pub holdings: Holdings,
}

/// What came of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Removed,
    /// In one line, in the engine's own words.
    Failed(String),
    /// It is not any more what the plan was made for, so nothing was done; why.
    Changed(String),
    AlreadyGone,
}

impl Status {
    /// Its name in JSON, and why it was not removed.
    pub fn told(&self) -> (&'static str, Option<&str>) {
        match self {
            Status::Removed => ("removed", None),
            Status::Failed(why) => ("failed", Some(why)),
            Status::Changed(why) => ("changed", Some(why)),
            Status::AlreadyGone => ("already-gone", None),
        }
    }
}

/// What came of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One for each item that was to go, in the plan's order.
    pub statuses: Vec<Status>,
    /// Bytes that left the disk: of layers by the engine's own figures before and after where it tells them, else by
    /// what was really removed.
    pub freed_bytes: u64,
}

impl Cleaning {
    /// Asks an engine for everything. Blocking; `task` counts the objects.
    pub fn look(engines: &Engines, ask: Ask, task: &Task) -> Result<Cleaning, OpenError> {
        let line = Line::open(engines, None, task)?;
        let mut holdings = images(&line, task)?;
        let mut own = containers(&line, ask.written, task)?;
        // What a container keeps of an image that is gone is told by its size alone.
        let there: HashSet<&str> = holdings.images.iter().map(|image| image.id.as_str()).collect();
        let hidden = own.containers.iter().any(|one| !there.contains(one.image_id.as_str()));
        if hidden && !ask.written {
            own = containers(&line, true, task)?;
        }
        holdings.containers = own.containers;
        holdings.problems.extend(own.problems);
        let engine = &line.engine;
        // It holds layers of images that BuildKit made, and of those that it began with. Podman has none.
        let may_cache = engine.about().kind != Kind::Podman;
        if ask.volumes {
            match line.ask(task, engine.usage())? {
                Ok(usage) => (holdings.volumes, holdings.cache) = (usage.volumes, usage.cache),
                Err(error) => return Err(failure("what volumes take", error)),
            }
        } else if ask.build_cache || may_cache {
            match line.ask(task, engine.build_cache())? {
                Ok(cache) => holdings.cache = cache,
                Err(error) if ask.build_cache => return Err(failure("the build cache", error)),
                Err(error) => holdings.problems.push(format!("cannot read the build cache: {error}")),
            }
        }
        if ask.networks {
            let networks = line.ask(task, engine.networks())?;
            holdings.networks = networks.map_err(|error| failure("the networks of the engine", error))?;
        }
        Ok(Cleaning { line, holdings })
    }

    pub fn stock(&self) -> Stock<'_> {
        let holdings = &self.holdings;
        Stock::new(&holdings.images, &holdings.containers).with(Stores {
            volumes: &holdings.volumes,
            networks: &holdings.networks,
            cache: &holdings.cache,
        })
    }

    /// Does what the plan says and nothing else; each item is looked at again just before. `on` hears of each before its
    /// turn. What is cancelled, or has lost its engine, says of the rest that it was not tried; what has begun by then is
    /// waited for, a while, and no longer once `task` is abandoned. Blocking.
    pub fn carry_out(&self, plan: &Plan, task: &Task, on: &mut dyn FnMut(usize, &Item)) -> Report {
        let before = self.layers(task);
        let mut statuses: Vec<Option<Status>> = vec![None; plan.remove.len()];
        let mut away = None;
        for (at, item) in plan.remove.iter().enumerate().filter(|(_, item)| !item.acts.is_empty()) {
            let status = match &away {
                _ if task.is_cancelled() => Status::Failed("not tried: it was interrupted".to_owned()),
                Some(why) => Status::Failed(format!("not tried: {why}")),
                None => {
                    on(at, item);
                    self.remove(item, task).unwrap_or_else(|error| {
                        if error.is_away() {
                            away = Some(error.to_string());
                        }
                        match error {
                            EngineError::Changed { why, .. } => Status::Changed(why),
                            error => Status::Failed(error.to_string()),
                        }
                    })
                }
            };
            statuses[at] = Some(status);
        }
        // Names go with their image, and untagged parents with the last image that stands on them.
        for (at, item) in plan.remove.iter().enumerate().filter(|(_, item)| item.acts.is_empty()) {
            let along = plan.remove.iter().zip(&statuses).find_map(|(other, status)| {
                let its = other.kind == What::Image && other.id == item.id && !other.acts.is_empty();
                status.clone().filter(|_| its)
            });
            statuses[at] = Some(along.unwrap_or_else(|| self.followed(item, task)));
        }
        let statuses: Vec<Status> = statuses.into_iter().flatten().collect();
        let freed_bytes = self.freed(plan, &statuses, before, task);
        Report { statuses, freed_bytes }
    }

    /// Saves images before any of them goes. Blocking; when `task` is cancelled, nothing is left of it.
    pub fn save(
        &self,
        act: &Act,
        task: &Task,
        watch: &(dyn Fn(Step) + Send + Sync),
    ) -> Result<String, EngineError> {
        let cancelled =
            |_| EngineError::Local { what: "not saved".to_owned(), why: "it was interrupted".to_owned() };
        self.line.ask(task, perform(&self.line.engine, act, watch)).map_err(cancelled)?
    }

    fn remove(&self, item: &Item, task: &Task) -> Result<Status, EngineError> {
        let mut said = String::new();
        for act in &item.acts {
            said = self.waited_for(task, perform(&self.line.engine, act, &|_| ()))?;
        }
        Ok(if said.ends_with("is already gone") { Status::AlreadyGone } else { Status::Removed })
    }

    /// What became of something that engines remove by themselves.
    fn followed(&self, item: &Item, task: &Task) -> Status {
        match self.waited_for(task, self.line.engine.inspect_image(&item.id)) {
            Err(error) if error.is_missing() => Status::Removed,
            Err(error) => Status::Failed(error.to_string()),
            Ok(_) => Status::Failed("the engine kept it: something still stands on it".to_owned()),
        }
    }

    /// An answer that is worth knowing, also when no more is to be begun.
    fn waited_for<T>(
        &self,
        task: &Task,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        let ping = || self.line.engine.ping(Pace::USUAL.pulse);
        let answer = self.line.ask(&Task::new(), attended(work, task, ping, Pace::USUAL));
        answer.unwrap_or_else(|error| {
            Err(EngineError::Local { what: "not done".to_owned(), why: error.to_string() })
        })
    }

    /// Bytes of all layers, by the engine. It counts layers that the build cache holds as well, and the cache again; and
    /// it leaves out what only containers hold. So it can only be asked where there is neither; of
    /// the containerd store it leaves out what came compressed.
    fn layers(&self, task: &Task) -> Option<u64> {
        let blobs = self.holdings.about.store == ImageStore::Blobs;
        if blobs || !self.holdings.cache.is_empty() || self.stock().has_hidden() {
            return None;
        }
        self.line.ask(task, self.line.engine.usage()).ok()?.ok()?.layers
    }

    fn freed(&self, plan: &Plan, statuses: &[Status], before: Option<u64>, task: &Task) -> u64 {
        let removed = plan.remove.iter().zip(statuses).filter(|(_, status)| **status == Status::Removed);
        let gone: Vec<Item> = removed.map(|(item, _)| item.clone()).collect();
        let stock = self.stock();
        let measured = before.zip(self.layers(task)).map(|(before, after)| before.saturating_sub(after));
        let layers = measured.unwrap_or_else(|| stock.freed_by(&gone).bytes);
        layers.saturating_add(stock.freed_beside(&gone))
    }
}
