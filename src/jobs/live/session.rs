//! One connection to an engine, from the first list to its end. Nothing here waits for an answer: questions are tasks,
//! a few at a time, and their answers come in between events and orders.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::known::Known;
use super::lane::{Ask, Lane};
use super::listen::Ears;
use super::outbox::Outbox;
use super::{Order, Pace};
use crate::container::{Container, Health};
use crate::engine::{Engine, EngineError};
use crate::image::LocalImage;
use crate::world::{Event, Update, Usage};

/// Questions that may be on their way together.
const TOGETHER: usize = 4;
/// Events that are remembered, to tell those that come again after a break.
const RECENT: usize = 64;
/// The least time between two lists of images, how much longer than the last one that is, and how much longer the time
/// until it is asked for without a reason: some stores take long to list.
const IMAGES_REST: Duration = Duration::from_millis(300);
const IMAGES_REST_FACTOR: u32 = 3;
const IMAGES_RECONCILE_FACTOR: u32 = 100;
/// How often lists are asked for when the engine has no events.
const BLIND: Duration = Duration::from_secs(5);

/// What an engine may not want to tell.
const CONTAINERS: &str = "cannot list containers";
const IMAGES: &str = "cannot list images";
const EVENTS: &str = "cannot listen to events";
const USAGE: &str = "cannot reckon sizes";

/// Actions that change nothing that is listed.
const IDLE_CONTAINER: [&str; 12] = [
    "top",
    "attach",
    "detach",
    "resize",
    "archive-path",
    "extract-to-dir",
    "export",
    "copy",
    "mount",
    "unmount",
    "sync",
    "wait",
];
const IDLE_IMAGE: [&str; 4] = ["push", "save", "mount", "unmount"];
/// Actions after which only that image, and what had its names, is another.
const NAMING: [&str; 4] = ["tag", "untag", "delete", "remove"];

/// How a connection ended.
pub(super) enum End {
    Lost(String),
    Switch(Option<String>),
    Stop,
}

/// What outlives a connection to the same engine.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) known: Known,
    /// The latest event, and those shortly before it.
    pub(super) last: Option<Timestamp>,
    pub(super) recent: VecDeque<Event>,
}

/// Something to ask the engine.
#[derive(Clone, Debug)]
enum Question {
    Containers(Ask),
    Images(Ask),
    Usage,
}

enum Answer {
    Containers(Vec<Container>),
    Container(Box<Container>),
    Images(Vec<LocalImage>),
    Image(Box<LocalImage>),
    Usage(Box<Usage>),
}

/// A question, its answer, and how long it took.
struct Done {
    question: Question,
    answer: Result<Answer, EngineError>,
    took: Duration,
    /// The engine gave no sign of life.
    lost: bool,
}

/// See the module.
pub(super) struct Session<'a> {
    engine: Engine,
    pace: Pace,
    memory: &'a mut Memory,
    outbox: &'a mut Outbox,
    containers: Lane,
    images: Lane,
    usage: bool,
    asked: JoinSet<Done>,
    reconcile: Instant,
    reconcile_images: Instant,
    /// What the engine would not tell, by what it was, and what was said of that.
    troubles: BTreeMap<&'static str, String>,
    told_trouble: Option<String>,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        engine: Engine,
        pace: Pace,
        memory: &'a mut Memory,
        outbox: &'a mut Outbox,
    ) -> Session<'a> {
        let now = Instant::now();
        Session {
            engine,
            pace,
            memory,
            outbox,
            containers: Lane::new(pace.events),
            images: Lane::new(pace.events),
            usage: false,
            asked: JoinSet::new(),
            reconcile: now + pace.reconcile,
            reconcile_images: now + pace.reconcile,
            troubles: BTreeMap::new(),
            told_trouble: None,
        }
    }

    /// Lists, listens and asks until the connection is lost or an order ends it.
    pub(super) async fn run(mut self, orders: &mut mpsc::Receiver<Order>) -> End {
        // Listening comes first: what happens while the lists are made must not be missed.
        let since = self.memory.last.map(|last| last.min(Timestamp::now()));
        let ears = Ears::open(&self.engine, since, self.pace.answer).await;
        if let Err(error) = &ears
            && error.is_away()
        {
            return End::Lost(error.to_string());
        }
        self.outbox.put([Update::Connected(Box::new(self.engine.about().clone()))]);
        if let Err(error) = &ears {
            // Without events, lists have to do.
            self.trouble(EVENTS, Some(error.to_string()));
            self.pace.reconcile = self.pace.reconcile.min(BLIND);
            self.reconcile = Instant::now() + self.pace.reconcile;
            self.reconcile_images = self.reconcile;
        }
        let mut ears = ears.ok();
        let mut heard = Vec::new();
        loop {
            let now = Instant::now();
            self.ask(now);
            if self.outbox.due(now).is_some_and(|due| due <= now) && !self.outbox.send().await {
                return End::Stop;
            }
            let wake = self.wake(now);
            tokio::select! {
                count = hear(&mut ears, &mut heard) => {
                    let Some(ears) = ears.as_mut().filter(|_| count > 0) else {
                        let why = match &mut ears { Some(ears) => ears.why().await, None => String::new() };
                        return End::Lost(why);
                    };
                    if ears.missed() {
                        self.refresh();
                    }
                    heard.drain(..).for_each(|event| self.heard(event));
                }
                Some(Ok(done)) = self.asked.join_next(), if !self.asked.is_empty() => {
                    if let Some(why) = self.answered(done) {
                        return End::Lost(why);
                    }
                }
                order = orders.recv() => match order {
                    Some(Order::Switch(place)) => return End::Switch(place),
                    Some(Order::Refresh) => self.refresh(),
                    Some(Order::Bytes) => self.usage = true,
                    None => return End::Stop,
                },
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
    }

    /// When there is something to do, if nothing happens before.
    fn wake(&self, now: Instant) -> Instant {
        let busy = self.asked.len() >= TOGETHER;
        let lanes = [self.containers.wake(), self.images.wake()].into_iter().flatten();
        // What could have been asked already waits for an answer, and not for a time.
        let lanes = lanes.filter(|time| !busy && *time > now);
        let due = self.outbox.due(now);
        lanes.chain(due).fold(self.reconcile.min(self.reconcile_images), Instant::min)
    }

    fn refresh(&mut self) {
        self.containers.list();
        self.images.list();
    }

    /// Asks what may be asked now.
    fn ask(&mut self, now: Instant) {
        if self.reconcile <= now {
            self.reconcile = now + self.pace.reconcile;
            self.containers.list();
        }
        if self.reconcile_images <= now {
            self.reconcile_images = now + self.pace.reconcile;
            self.images.list();
        }
        while self.asked.len() < TOGETHER {
            let Some(question) = self.next(now) else { return };
            self.asked.spawn(put(self.engine.clone(), self.pace, question));
        }
    }

    /// Lists come before details, and containers before images.
    fn next(&mut self, now: Instant) -> Option<Question> {
        let containers = &mut self.containers;
        containers
            .next_list(now)
            .map(Question::Containers)
            .or_else(|| self.images.next_list(now).map(Question::Images))
            .or_else(|| containers.next_one(now).map(Question::Containers))
            .or_else(|| {
                let free = !containers.awaits_list();
                free.then(|| self.images.next_one(now)).flatten().map(Question::Images)
            })
            .or_else(|| std::mem::take(&mut self.usage).then_some(Question::Usage))
    }

    /// Something happened.
    fn heard(&mut self, event: Event) {
        if self.memory.recent.contains(&event) {
            return;
        }
        let now = Instant::now();
        let action = event.action.as_str();
        match event.kind.as_str() {
            "container" if self.repeats_health(&event) => return,
            "container" if IDLE_CONTAINER.contains(&action) => {}
            "container" if action == "commit" => self.images.list(),
            "container" if event.id.is_empty() => self.containers.list(),
            "container" if matches!(action, "destroy" | "remove") => self.destroyed(&event.id, now),
            "container" => self.containers.name(&event.id, now),
            "network" => {
                event.attribute("container").into_iter().for_each(|id| self.containers.name(id, now));
            }
            "image" if IDLE_IMAGE.contains(&action) => {}
            "image" => match image_id(&event.id).filter(|id| self.memory.known.has_image(id)) {
                Some(id) if NAMING.contains(&action) => self.images.name(&id, now),
                _ => self.images.list(),
            },
            _ => {}
        }
        self.memory.last = self.memory.last.max(event.time);
        if self.memory.recent.len() == RECENT {
            self.memory.recent.pop_front();
        }
        self.memory.recent.push_back(event.clone());
        self.outbox.put([Update::Event(event)]);
    }

    fn destroyed(&mut self, id: &str, now: Instant) {
        if self.containers.gone(id, now) {
            self.outbox.put(self.memory.known.container_gone(id));
        }
    }

    /// Podman tells the outcome of every single health check.
    fn repeats_health(&self, event: &Event) -> bool {
        let Some(health) = event.action.strip_prefix("health_status: ") else { return false };
        let known = self.memory.known.container(&event.id);
        known.is_some_and(|known| known.health.is_some() && known.health == Health::parse(health))
    }

    /// An answer came. Returns why the engine counts as lost.
    fn answered(&mut self, done: Done) -> Option<String> {
        let now = Instant::now();
        match &done.question {
            Question::Containers(ask) => self.containers.done(ask),
            Question::Images(ask) => self.images.done(ask),
            Question::Usage => {}
        }
        let known = &mut self.memory.known;
        let answer = match done.answer {
            Ok(answer) => answer,
            Err(error) if done.lost => return Some(error.to_string()),
            Err(error) => {
                self.refused(&done.question, &error);
                return None;
            }
        };
        match answer {
            Answer::Containers(rows) => {
                let (update, wanted) = known.containers(rows);
                self.outbox.put(update);
                wanted.iter().for_each(|id| self.containers.want(id));
                self.trouble(CONTAINERS, None);
            }
            Answer::Container(container) => self.outbox.put(known.one_container(*container)),
            Answer::Images(rows) => {
                let (update, wanted) = known.images(rows);
                self.outbox.put(update);
                wanted.iter().for_each(|id| self.images.want(id));
                self.images.rest_until(now + IMAGES_REST.max(done.took * IMAGES_REST_FACTOR));
                let patience = self.pace.reconcile.max(done.took * IMAGES_RECONCILE_FACTOR);
                self.reconcile_images = self.reconcile_images.max(now + patience);
                self.trouble(IMAGES, None);
            }
            Answer::Image(image) => self.outbox.put(known.one_image(*image)),
            Answer::Usage(usage) => {
                self.outbox.put(known.usage(&usage));
                self.trouble(USAGE, None);
            }
        }
        None
    }

    /// The engine is there, but does not tell.
    fn refused(&mut self, question: &Question, error: &EngineError) {
        let known = &mut self.memory.known;
        match question {
            Question::Containers(Ask::One(id)) if error.is_missing() => {
                self.outbox.put(known.container_gone(id));
            }
            Question::Images(Ask::One(id)) if error.is_missing() => self.outbox.put(known.image_gone(id)),
            // One object that cannot be inspected is still listed.
            Question::Containers(Ask::One(_)) | Question::Images(Ask::One(_)) => {}
            Question::Containers(Ask::All) => self.trouble(CONTAINERS, Some(error.to_string())),
            Question::Images(Ask::All) => self.trouble(IMAGES, Some(error.to_string())),
            Question::Usage => self.trouble(USAGE, Some(error.to_string())),
        }
    }

    /// What the engine would not tell, or tells again.
    fn trouble(&mut self, what: &'static str, trouble: Option<String>) {
        match trouble {
            Some(trouble) => drop(self.troubles.insert(what, trouble)),
            None => drop(self.troubles.remove(what)),
        }
        let now = self.troubles.iter().next().map(|(what, trouble)| format!("{what}: {trouble}"));
        if now != self.told_trouble {
            self.told_trouble.clone_from(&now);
            self.outbox.put([Update::Trouble(now)]);
        }
    }
}

/// Waits for events; without end where there are none.
async fn hear(ears: &mut Option<Ears>, into: &mut Vec<Event>) -> usize {
    match ears {
        Some(ears) => ears.hear(into).await,
        None => std::future::pending().await,
    }
}

/// An image's id, where an event names it by one.
fn image_id(text: &str) -> Option<String> {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    (hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| format!("sha256:{hex}"))
}

/// Puts a question. As long as the engine gives signs of life, its answer is waited for.
async fn put(engine: Engine, pace: Pace, question: Question) -> Done {
    let begun = Instant::now();
    let mut lost = false;
    let answer = {
        let answer = ask(&engine, &question);
        let mut answer = std::pin::pin!(answer);
        loop {
            tokio::select! {
                answer = &mut answer => break answer,
                () = tokio::time::sleep(pace.answer) => if let Err(error) = engine.ping(pace.ping).await {
                    lost = true;
                    break Err(error);
                },
            }
        }
    };
    if let Err(error) = &answer
        && !lost
        && error.is_away()
    {
        lost = engine.ping(pace.ping).await.is_err();
    }
    Done { question, answer, took: begun.elapsed(), lost }
}

async fn ask(engine: &Engine, question: &Question) -> Result<Answer, EngineError> {
    Ok(match question {
        Question::Containers(Ask::All) => Answer::Containers(engine.containers(false).await?),
        Question::Containers(Ask::One(id)) => Answer::Container(Box::new(engine.container(id).await?)),
        Question::Images(Ask::All) => Answer::Images(engine.images().await?),
        Question::Images(Ask::One(id)) => Answer::Image(Box::new(engine.image(id).await?)),
        Question::Usage => Answer::Usage(Box::new(engine.usage().await?)),
    })
}
