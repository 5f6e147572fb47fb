//! What sheets watch, told by the engine: each watch is a task of its own, which ends with its sheet.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::msg::Msg;
use super::watch::{Processes, Seen, Stores, Verdict, Watch, WatchId};
use crate::container::log::LogWish;
use crate::diagnosis::{self, Knowledge};
use crate::jobs::{
    self, DiagnoseRequest, Diagnosed, Diagnoses, Engine, EngineError, Engines, LogNews, ReadLayers, Task,
};

/// The most lines of one page of a log, and the most changed paths that are asked for one by one.
const PAGE: usize = 20_000;
const STATS: usize = 2_000;
/// Between two messages about changed paths, and before an engine that failed is asked again.
const GAP: Duration = Duration::from_millis(100);
const RETRY: Duration = Duration::from_secs(2);

/// All that is watched. Dropping it ends everything.
pub(super) struct Watching {
    send: mpsc::Sender<Msg>,
    sheets: HashMap<WatchId, Sheet>,
}

/// What one sheet watches; the followed logs by their containers.
#[derive(Default)]
struct Sheet {
    tasks: JoinSet<()>,
    logs: HashMap<String, tokio::task::AbortHandle>,
}

impl Watching {
    pub(super) fn new(send: mpsc::Sender<Msg>) -> Watching {
        Watching { send, sheets: HashMap::new() }
    }

    /// Begins telling a sheet what it asks for. Without an engine it is told so.
    pub(super) fn watch(&mut self, id: WatchId, watch: Watch, engine: Option<Engine>) {
        let sheet = self.sheets.entry(id).or_default();
        while sheet.tasks.try_join_next().is_some() {}
        let teller = Teller { send: self.send.clone(), id };
        let followed = match &watch {
            Watch::Log { id, .. } => Some(id.clone()),
            _ => None,
        };
        let task = sheet.tasks.spawn(async move {
            if watch == Watch::Again {
                teller.tell(Seen::Again).await;
            } else if let Some(engine) = engine {
                serve(watch, &engine, &teller).await;
            } else if let Some(verdict) = recorded(&watch) {
                teller.tell(Seen::Diagnosed(Ok(verdict))).await;
            } else {
                teller.refuse(&watch, "there is no engine to ask").await;
            }
        });
        // Another follower of the same log ends this one.
        if let Some(old) = followed.and_then(|id| sheet.logs.insert(id, task)) {
            old.abort();
        }
    }

    /// Ends all that a sheet watches.
    pub(super) fn unwatch(&mut self, id: WatchId) {
        self.sheets.remove(&id);
    }
}

/// Tells one sheet; waits as long as the loop has no time.
#[derive(Clone)]
struct Teller {
    send: mpsc::Sender<Msg>,
    id: WatchId,
}

impl Teller {
    /// False when nobody listens any more.
    async fn tell(&self, seen: Seen) -> bool {
        self.send.send(Msg::Seen(self.id, seen)).await.is_ok()
    }

    async fn refuse(&self, watch: &Watch, why: &str) -> bool {
        let why = why.to_owned();
        self.tell(match watch {
            Watch::Log { feed, .. } => Seen::LogLost { feed: *feed, why },
            Watch::LogPage { feed, .. } => Seen::LogPage { feed: *feed, result: Err(why) },
            Watch::Image { .. } | Watch::Container { .. } => Seen::Inspected(Err(why)),
            Watch::Processes { .. } => Seen::Processes(Err(why)),
            Watch::Usage { id } => Seen::UsageEnd { id: id.clone(), result: Err(why) },
            Watch::Changes { .. } => Seen::Changes(Err(why)),
            Watch::Diagnose { .. } => Seen::Diagnosed(Err(why)),
            Watch::Stores => {
                Seen::Stores(Box::new(Stores { reckoning: Err(why.clone()), networks: Err(why) }))
            }
            Watch::Again => Seen::Again,
        })
        .await
    }
}

async fn serve(watch: Watch, engine: &Engine, teller: &Teller) {
    let words = |error: EngineError| error.to_string();
    match watch {
        Watch::Log { feed, id, tail, newest } => {
            let mut log = engine.follow_log(&id, tail, newest);
            while let Some(news) = log.next().await {
                let seen = match news {
                    Ok(LogNews::Started(run)) => Seen::LogRun { feed, run },
                    Ok(LogNews::Lines { lines, open }) => Seen::Lines { feed, lines, open },
                    Ok(LogNews::Ended(run)) => Seen::LogEnd { feed, run },
                    // The engine may come back; what was read so far stays.
                    Err(error) if error.is_away() => {
                        tokio::time::sleep(RETRY).await;
                        continue;
                    }
                    Err(error) => {
                        teller.tell(Seen::LogLost { feed, why: words(error) }).await;
                        return;
                    }
                };
                if !teller.tell(seen).await {
                    return;
                }
            }
            teller.tell(Seen::LogLost { feed, why: "the container was removed".to_owned() }).await;
        }
        Watch::LogPage { feed, id, wish } => {
            let wish = LogWish { timestamps: true, ..wish };
            let page = engine.log_page(&id, &wish, None, Some(PAGE)).await;
            let result = page.map(|(page, _)| page).map_err(words);
            teller.tell(Seen::LogPage { feed, result }).await;
        }
        Watch::Image { id } => {
            let found = engine.inspect_image(&id).await.map(Box::new).map_err(words);
            teller.tell(Seen::Inspected(found)).await;
        }
        Watch::Container { id } => {
            let found = engine.inspect_container(&id).await.map(Box::new).map_err(words);
            teller.tell(Seen::Inspected(found)).await;
        }
        Watch::Processes { id } => {
            let found = engine.top(&id).await;
            let found = found.map(|found| Processes { titles: found.titles, rows: found.processes });
            teller.tell(Seen::Processes(found.map_err(words))).await;
        }
        Watch::Usage { id } => {
            let result = usage(&id, engine, teller).await.map_err(words);
            teller.tell(Seen::UsageEnd { id, result }).await;
        }
        Watch::Changes { id } => changes(&id, engine, teller).await,
        Watch::Diagnose { id, journal, since } => {
            // What is known at once is told at once; the image's layers may take the engine a while.
            for layers in [ReadLayers::Never, ReadLayers::Auto] {
                let containers = vec![id.clone()];
                let journal = journal.clone();
                let request = DiagnoseRequest { containers, layers, journal, journal_since: since };
                let found = judge(engine.clone(), request).await.and_then(only);
                let failed = found.is_err();
                if !teller.tell(Seen::Diagnosed(found)).await || failed {
                    return;
                }
            }
        }
        Watch::Stores => {
            let (reckoning, networks) = tokio::join!(engine.usage(), engine.networks());
            let stores = Stores { reckoning: reckoning.map_err(words), networks: networks.map_err(words) };
            teller.tell(Seen::Stores(Box::new(stores))).await;
        }
        Watch::Again => drop(teller.tell(Seen::Again).await),
    }
}

/// The verdict on a recorded container.
fn recorded(watch: &Watch) -> Option<Box<Verdict>> {
    let Watch::Diagnose { id, .. } = watch else { return None };
    let facts = diagnosis::recorded().into_iter().find(|facts| facts.id == *id)?;
    let (diagnosis, _) = diagnosis::diagnose(&facts, Knowledge::embedded());
    Some(Box::new(Verdict { facts, diagnosis }))
}

/// The verdict on the one container that was asked about.
fn only(mut found: Diagnoses) -> Result<Box<Verdict>, String> {
    let gone = || "the container was removed".to_owned();
    let one = found.containers.pop();
    let one = one.map(|Diagnosed { facts, diagnosis }| Box::new(Verdict { facts, diagnosis }));
    one.ok_or_else(|| found.problems.pop().unwrap_or_else(gone))
}

/// Diagnoses on a thread that may wait. Dropping the future stops it soon.
pub(super) async fn judge(engine: Engine, request: DiagnoseRequest) -> Result<Diagnoses, String> {
    struct Stop(Task);
    impl Drop for Stop {
        fn drop(&mut self) {
            self.0.cancel();
        }
    }
    let stop = Stop(Task::new());
    let task = stop.0.clone();
    let work = move || jobs::diagnose(&Engines::Shown(engine), &request, &task);
    let found = tokio::task::spawn_blocking(work).await;
    found.map_err(|_| "the work stopped: a defect in hadal".to_owned())?.map_err(|error| error.to_string())
}

async fn usage(id: &str, engine: &Engine, teller: &Teller) -> Result<(), EngineError> {
    let mut samples = engine.stats(id).await?;
    while let Some(usage) = samples.next().await {
        let seen = Seen::Usage { id: id.to_owned(), usage: Box::new(usage?) };
        if !teller.tell(seen).await {
            break;
        }
    }
    Ok(())
}

/// The paths at once; what they are follows, as engines tell it one by one.
async fn changes(id: &str, engine: &Engine, teller: &Teller) {
    let writable = match engine.writable(id).await {
        Ok(writable) => writable,
        Err(error) => {
            teller.tell(Seen::Changes(Err(error.to_string()))).await;
            return;
        }
    };
    let there = writable.changes.iter().enumerate();
    let there = there.filter(|(_, written)| written.happened != crate::image::writable::Happened::Deleted);
    let paths: Vec<(usize, Vec<u8>)> = there.map(|(place, written)| (place, written.path.clone())).collect();
    teller.tell(Seen::Changes(Ok((writable.changes, writable.bytes)))).await;
    if paths.len() > STATS {
        return;
    }
    let mut stats = std::pin::pin!(engine.stat_changes(id, paths));
    let (mut batch, mut told) = (Vec::new(), Instant::now());
    while let Some(stat) = stats.next().await {
        batch.push(stat);
        if told.elapsed() >= GAP {
            teller.tell(Seen::Stats(std::mem::take(&mut batch))).await;
            told = Instant::now();
        }
    }
    if !batch.is_empty() {
        teller.tell(Seen::Stats(batch)).await;
    }
}
