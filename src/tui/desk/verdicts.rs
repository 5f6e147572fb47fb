//! Why containers failed, a line each: worked out in the background, a few at a time, and again when one has run anew.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::container::Container;
use crate::diagnosis::{self, Facts, Knowledge};
use crate::report;
use crate::tui::msg::Effect;
use crate::world::World;

/// Containers that are judged at a time.
const BATCH: usize = 16;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    known: BTreeMap<String, Known>,
    under_way: BTreeMap<String, Run>,
    /// Changes with every verdict.
    pub revision: u64,
}

/// Which run of a container a verdict is about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    state: String,
    ended: Option<Timestamp>,
    restarts: u64,
    code: Option<i64>,
}

#[derive(Clone, Debug)]
struct Known {
    run: Run,
    line: Option<String>,
}

impl Run {
    fn of(container: &Container) -> Run {
        Run {
            state: container.state.to_string(),
            ended: container.finished_at,
            restarts: container.restarts,
            code: container.exit_code,
        }
    }
}

impl Verdicts {
    /// Why it failed, where that is known. Safe to print.
    pub fn of(&self, container: &Container) -> Option<&str> {
        self.known.get(&container.id)?.line.as_deref().filter(|_| container.failed())
    }

    pub fn any(&self) -> bool {
        self.known.values().any(|known| known.line.is_some())
    }

    /// What is to be judged next, nothing while some are under way.
    pub(super) fn ask(&mut self, world: &World, since: Option<Timestamp>) -> Option<Effect> {
        if !self.under_way.is_empty() {
            return None;
        }
        self.known.retain(|id, _| world.containers.contains_key(id));
        let news = world.containers.values().filter(|container| {
            // Lists tell too little: who is not inspected yet will be soon.
            container.failed()
                && container.inspected
                && self.known.get(&container.id).is_none_or(|known| known.run != Run::of(container))
        });
        self.under_way = news.take(BATCH).map(|one| (one.id.clone(), Run::of(one))).collect();
        let ids: Vec<String> = self.under_way.keys().cloned().collect();
        let journal = || world.journal.events().cloned().collect();
        (!ids.is_empty()).then(|| Effect::Judge { ids, journal: journal(), since })
    }

    /// Recorded containers, for want of an engine, with their verdicts.
    pub(super) fn recorded(&mut self) -> Vec<Container> {
        let know = Knowledge::embedded();
        let one = |facts: &Facts| {
            let container = listed(facts);
            let (diagnosis, _) = diagnosis::diagnose(facts, know);
            let known = Known { run: Run::of(&container), line: report::diagnosis::line(&diagnosis) };
            self.known.insert(container.id.clone(), known);
            container
        };
        let containers = diagnosis::recorded().iter().map(one).collect();
        self.revision += 1;
        containers
    }

    /// Takes in what came of it.
    pub fn take(&mut self, lines: Vec<(String, Option<String>)>) {
        for (id, line) in lines {
            if let Some(run) = self.under_way.remove(&id) {
                self.known.insert(id, Known { run, line });
            }
        }
        self.under_way.clear();
        self.revision += 1;
    }
}

/// A container as lists have it.
fn listed(facts: &Facts) -> Container {
    Container {
        id: facts.id.clone(),
        name: facts.name.clone(),
        image: facts.image.clone(),
        command: facts.config.argv.join(" "),
        state: facts.state.status.clone(),
        exit_code: Some(facts.state.exit_code),
        oom_killed: facts.state.oom_killed,
        error: facts.state.error.clone(),
        created: facts.state.created,
        started_at: facts.state.started,
        finished_at: facts.state.finished,
        restarts: facts.state.restarts,
        restart_policy: facts.host.restart_policy.clone(),
        labels: facts.config.labels.clone(),
        memory_limit: facts.host.memory,
        inspected: true,
        ..Container::default()
    }
}
