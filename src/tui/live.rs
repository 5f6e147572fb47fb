//! Effects that an engine answers. Nothing here waits: what it comes to is sent as messages.

use std::collections::{BTreeMap, HashMap};

use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use super::desk::tasks::TaskId;
use super::handover::Opened;
use super::msg::{Ask, Effect, Msg};
use super::settings::Change;
use super::settings::file::SettingsFile;
use super::watching::Watching;
use crate::jobs::live::{Live, Order, Pace, Wish};
use crate::jobs::{self, DiagnoseRequest, Engine, EngineError, ReadLayers, Surroundings};
use crate::report::diagnosis::line;
use crate::world::{Act, Step};

/// Batches of updates that may wait; the keeper collects until there is room.
const QUEUE: usize = 16;

/// Which terminal of a container.
#[derive(Clone, Copy, Debug)]
enum Terminal {
    Shell,
    /// That of its main process.
    Main,
    /// One in a container like it, which is made for it and goes with it.
    Image,
}

/// The engine's keeper and what is under way.
pub(super) struct Hub {
    send: mpsc::Sender<Msg>,
    opened: mpsc::Sender<Opened>,
    around: Surroundings,
    live: Option<Live>,
    acts: HashMap<TaskId, AbortHandle>,
    watching: Watching,
    settings: SettingsFile,
}

impl Hub {
    pub(super) fn new(
        around: Surroundings,
        send: mpsc::Sender<Msg>,
        opened: mpsc::Sender<Opened>,
        settings: SettingsFile,
    ) -> Hub {
        let watching = Watching::new(send.clone());
        Hub { send, opened, around, live: None, acts: HashMap::new(), watching, settings }
    }

    pub(super) fn run(&mut self, effect: &Effect) {
        match effect {
            Effect::Engine(ask) => self.ask(ask),
            Effect::Act(id, act) => drop(self.act(*id, act.clone(), None)),
            Effect::ActInOrder(acts) => {
                let mut before = None;
                for (id, act) in acts {
                    before = self.act(*id, act.clone(), before);
                }
            }
            Effect::StopAct(id) => {
                if let Some(act) = self.acts.remove(id) {
                    act.abort();
                    self.tell(Msg::End(*id, Err("stopped; what was done until then stays".to_owned())));
                }
            }
            Effect::Watch(id, watch) => self.watching.watch(*id, watch.clone(), self.engine()),
            Effect::Unwatch(id) => self.watching.unwatch(*id),
            Effect::Judge { ids, journal, since } => {
                let request = DiagnoseRequest {
                    containers: ids.clone(),
                    layers: ReadLayers::Never,
                    journal: journal.clone(),
                    journal_since: *since,
                };
                self.judge(request);
            }
            Effect::Try(id) => self.open(id, Terminal::Image),
            Effect::Write { path, bytes } => self.write(path.clone(), bytes.clone()),
            Effect::Protect(change) => self.protect(change.clone()),
            Effect::Shell(id) => self.open(id, Terminal::Shell),
            Effect::Attach(id) => self.open(id, Terminal::Main),
            _ => {}
        }
    }

    /// Judges containers; what could not be judged has no verdict.
    fn judge(&self, request: DiagnoseRequest) {
        let (send, engine) = (self.send.clone(), self.engine());
        tokio::spawn(async move {
            let mut verdicts: BTreeMap<String, Option<String>> =
                request.containers.iter().map(|id| (id.clone(), None)).collect();
            if let Some(engine) = engine
                && let Ok(found) = super::watching::judge(engine, request).await
            {
                let lines = found.containers.iter();
                verdicts.extend(lines.map(|one| (one.facts.id.clone(), line(&one.diagnosis))));
            }
            let _ = send.send(Msg::Judged(verdicts.into_iter().collect())).await;
        });
    }

    /// Writes a new file; one that exists is not touched.
    fn write(&self, path: String, bytes: Vec<u8>) {
        let send = self.send.clone();
        tokio::task::spawn_blocking(move || {
            let written = std::fs::File::create_new(&path)
                .and_then(|mut file| std::io::Write::write_all(&mut file, &bytes))
                .map(|()| bytes.len() as u64)
                .map_err(|error| error.to_string());
            let _ = send.blocking_send(Msg::Wrote { path, result: written });
        });
    }

    /// Keeps in the settings what is protected.
    fn protect(&self, change: Change) {
        let (send, settings) = (self.send.clone(), self.settings.clone());
        tokio::task::spawn_blocking(move || {
            settings.change(&change, |result| {
                let _ = send.blocking_send(Msg::Protected { change: change.clone(), result });
            });
        });
    }

    /// Opens a terminal in a container; the loop takes it when it is there.
    fn open(&self, id: &str, which: Terminal) {
        let Some(engine) = self.engine() else {
            return self.tell(Msg::Left("! there is no engine to ask".to_owned()));
        };
        let (send, opened, id) = (self.send.clone(), self.opened.clone(), id.to_owned());
        tokio::spawn(async move {
            let asked = async {
                let name = engine.container(&id).await?.name;
                match which {
                    Terminal::Main => Ok((engine.attach(&id).await?, name)),
                    Terminal::Image => {
                        let title = format!("a container like {name}");
                        Ok((engine.try_image(&id).await?, title))
                    }
                    Terminal::Shell => {
                        let shell = engine.find_shell(&id).await?;
                        let title = format!("{name}, {}", shell.join(" "));
                        Ok((engine.exec(&id, &shell, None).await?, title))
                    }
                }
            };
            let asked: Result<_, EngineError> = asked.await;
            let _ = match asked {
                Ok((session, title)) => opened.send(Opened { session, title }).await.map_err(drop),
                Err(error) => send.send(Msg::Left(format!("! {error}"))).await.map_err(drop),
            };
        });
    }

    /// The engine that is connected now.
    pub(super) fn engine(&self) -> Option<Engine> {
        self.live.as_ref().and_then(Live::engine)
    }

    fn ask(&mut self, ask: &Ask) {
        match (ask, &self.live) {
            (Ask::Connect, None) => {
                let (updates, mut news) = mpsc::channel(QUEUE);
                let wish = Wish { around: self.around.clone(), pace: Pace::default() };
                self.live = Some(Live::start(wish, updates));
                let send = self.send.clone();
                tokio::spawn(async move {
                    while let Some(batch) = news.recv().await {
                        if send.send(Msg::World(batch)).await.is_err() {
                            return;
                        }
                    }
                });
            }
            (Ask::Switch(url), Some(live)) => live.order(Order::Switch(Some(url.clone()))),
            (Ask::Measure, Some(live)) => live.order(Order::Bytes),
            (Ask::Candidates, live) => {
                let current = live.as_ref().and_then(Live::engine).map(|engine| engine.about().url.clone());
                let (send, around) = (self.send.clone(), self.around.clone());
                tokio::spawn(async move {
                    let mut found = jobs::candidates(&around).await;
                    found.iter_mut().for_each(|one| one.current = current.as_ref() == Some(&one.url));
                    let _ = send.send(Msg::Candidates(found)).await;
                });
            }
            (Ask::Connect | Ask::Switch(_) | Ask::Measure, _) => {}
        }
    }

    /// Does an act, once the one `before` it has ended. What is handed back says when this one has.
    fn act(
        &mut self,
        id: TaskId,
        act: Act,
        before: Option<oneshot::Receiver<()>>,
    ) -> Option<oneshot::Receiver<()>> {
        self.acts.retain(|_, act| !act.is_finished());
        let Some(engine) = self.engine() else {
            self.tell(Msg::End(id, Err("there is no engine to do it; nothing was done".to_owned())));
            return before;
        };
        let (ended, after) = oneshot::channel::<()>();
        let send = self.send.clone();
        let progress = self.send.clone();
        let task = tokio::spawn(async move {
            // Dropped with the task, also when that is stopped.
            let _ended = ended;
            if let Some(before) = before {
                let _ = before.await;
            }
            // Progress that finds no room is overtaken by the next.
            let step = move |step: Step| drop(progress.try_send(Msg::Step(id, step)));
            let result = jobs::perform(&engine, &act, &step).await.map_err(|error| match error {
                EngineError::Changed { .. } => format!("changed, skipped: {error}"),
                error => error.to_string(),
            });
            let _ = send.send(Msg::End(id, result)).await;
        });
        self.acts.insert(id, task.abort_handle());
        Some(after)
    }

    /// Sends a message when there is room, without waiting for it.
    fn tell(&self, msg: Msg) {
        let send = self.send.clone();
        tokio::spawn(async move { send.send(msg).await });
    }
}
