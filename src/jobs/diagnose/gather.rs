//! The facts of one container, asked for all at once. What cannot be learned becomes a fact as well.

use std::path::Path;

use jiff::SignedDuration;
use serde_json::Value;

use super::around::Around;
use super::log;
use crate::container::State;
use crate::diagnosis::facts::{EventFacts, Facts, ImageFacts, PastRun, Unavailable};
use crate::diagnosis::files::Look;
use crate::diagnosis::{Source, inspect};
use crate::engine::{Engine, EngineError};

pub(super) async fn facts(engine: &Engine, id: &str, around: &Around) -> Result<Facts, EngineError> {
    let answer = engine.inspect_container(id).await?;
    let mut facts = inspect::container(&answer);
    let id = facts.id.clone();
    facts.now = around.now;
    facts.engine = around.engine.clone();
    facts.peers = around.peers.iter().filter(|peer| peer.id != id).cloned().collect();
    if let Some(owner) = facts.host.network_mode.strip_prefix("container:") {
        // Whose network it shares matters, however old that one is.
        if let Ok(answer) = engine.inspect_container(owner).await {
            let own = inspect::peer(&answer);
            facts.peers.retain(|peer| peer.id != own.id);
            facts.peers.push(own);
        }
    }
    facts.unavailable.clone_from(&around.unavailable);
    facts.events = EventFacts {
        list: around
            .events
            .iter()
            .filter(|event| event.kind == "container" && event.id == id && !event.is_exec())
            .cloned()
            .collect(),
        covers_since: covers(&facts, around),
    };
    facts.runs = runs(&facts);
    if facts.engine.local {
        for mount in facts.mounts.iter_mut().filter(|mount| mount.kind == "bind") {
            mount.source_exists = Some(Path::new(&mount.source).symlink_metadata().is_ok());
        }
    }
    let (log, image, root) =
        tokio::join!(log::read(engine, &facts), image(engine, &facts.image_id), engine.stat(&id, "/"),);
    let mut missing = |source, why: String| facts.unavailable.push(Unavailable { source, why });
    match log {
        Ok(log) => facts.log = log,
        Err(why) => missing(Source::Logs, why),
    }
    match image {
        Ok(image) => facts.image_facts = Some(image),
        Err(error) => missing(Source::Image, format!("the image cannot be looked at: {error}")),
    }
    match root {
        Ok(stat) => facts.files.learn("/", super::files::look_of(stat)),
        Err(error) => {
            // The answer to this question has words.
            let error = engine.peek(&id, "/", 0).await.err().unwrap_or(error);
            let why = format!("its files cannot be looked at: {error}");
            facts.files.learn("/", Look::Unknown(why.clone()));
            missing(Source::Image, why);
        }
    }
    Ok(facts)
}

/// Since when events tell everything. When the start of the last run is among them, the engine has not been restarted
/// since; else only as far as they reach.
fn covers(facts: &Facts, around: &Around) -> Option<jiff::Timestamp> {
    let first = around.events_since?;
    // A daemon that was started later remembers nothing of before: its own first event may be long after.
    Some(first).filter(|_| facts.state.created.is_some())
}

/// Runs before the last one, from the events.
fn runs(facts: &Facts) -> Vec<PastRun> {
    let mut runs: Vec<PastRun> = Vec::new();
    for event in &facts.events.list {
        match event.action.as_str() {
            "start" => runs.push(PastRun { started: event.time, ..PastRun::default() }),
            "die" | "died" => {
                let code = event.attribute("exitCode").or_else(|| event.attribute("containerExitCode"));
                let code = code.and_then(|code| code.parse().ok());
                match runs.last_mut().filter(|run| run.finished.is_none()) {
                    Some(run) => (run.finished, run.exit_code) = (event.time, code),
                    None => runs.push(PastRun { started: None, finished: event.time, exit_code: code }),
                }
            }
            _ => {}
        }
    }
    // The last run is told by the state.
    let last = |run: &PastRun| {
        let near = |a: Option<jiff::Timestamp>, b: Option<jiff::Timestamp>| {
            a.zip(b).is_some_and(|(a, b)| a.duration_since(b).abs() <= SignedDuration::from_secs(2))
        };
        near(run.started, facts.state.started)
            || (facts.state.status != State::Running && near(run.finished, facts.state.finished))
    };
    if runs.last().is_some_and(last) {
        runs.pop();
    }
    runs
}

async fn image(engine: &Engine, id: &str) -> Result<ImageFacts, EngineError> {
    let answer: Value = engine.inspect_image(id).await?;
    let mut facts = inspect::image(&answer);
    if let Ok(described) = engine.describe(id).await {
        let layers = described.config.diff_ids.len();
        let (steps, _) = crate::image::history::pair(&described.config.history, layers);
        facts.steps = steps.iter().map(|step| (step.instruction(), step.layer)).collect();
    }
    Ok(facts)
}
