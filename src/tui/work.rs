//! Effects that take long, each on a thread of its own; what they find comes back as messages.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio::sync::mpsc;

use super::model::Model;
use super::msg::{Answer, Effect, JobId, Msg, Progress};
use super::screens::explorer::files::listing::Errand;
use crate::analysis::secrets::{Rules, Veil};
use crate::analysis::{Facts, JunkList};
use crate::image::Image;
use crate::jobs::{self, Contents, Engine, Engines, OpenError, OpenEvent, OpenRequest, Task, Wishes};

/// The work under way.
pub(super) struct Jobs {
    request: OpenRequest,
    junk: Arc<JunkList>,
    send: mpsc::Sender<Msg>,
    running: Option<(JobId, Task, Instant)>,
    /// Where the images come from, once it is open: a pipe can be read only once.
    source: Arc<OnceLock<jobs::Source>>,
    /// How the contents of the image that is shown are read again, once it has been read.
    contents: Arc<OnceLock<Contents>>,
    /// Tells the worker that lists files that its answer is not wanted any more.
    listing: Arc<AtomicBool>,
}

impl Jobs {
    pub(super) fn new(request: OpenRequest, junk: JunkList, send: mpsc::Sender<Msg>) -> Jobs {
        let junk = Arc::new(junk);
        let (source, contents, listing) = Default::default();
        Jobs { request, junk, send, running: None, source, contents, listing }
    }

    pub(super) fn run(&mut self, effect: &Effect, model: &Model) {
        match effect {
            Effect::Open(job) => self.open(*job, self.request.clone()),
            Effect::Choose(job, at) => {
                let Some(choice) = model.explorer.choices.get(*at) else { return };
                let request = OpenRequest {
                    select: Some(choice.select.clone()),
                    platform: choice.platform.clone(),
                    ..self.request.clone()
                };
                self.open(*job, request);
            }
            Effect::List(_) => {
                if let Some(errand) = model.explorer.errand() {
                    self.list(errand);
                }
            }
            Effect::Cancel(job) => self.cancel(*job),
            Effect::LookInside(job) => {
                if let Some(image) = model.explorer.image.clone() {
                    self.look_inside(*job, image, Arc::clone(&model.explorer.facts));
                }
            }
            Effect::Explore(..)
            | Effect::Engine(_)
            | Effect::Act(..)
            | Effect::ActInOrder(_)
            | Effect::StopAct(_)
            | Effect::Shell(_)
            | Effect::Try(_)
            | Effect::Judge { .. }
            | Effect::Attach(_)
            | Effect::Copy(_)
            | Effect::Watch(..)
            | Effect::Unwatch(_)
            | Effect::Write { .. }
            | Effect::Protect(_)
            | Effect::Mouse(_)
            | Effect::Suspend
            | Effect::Quit => {}
        }
    }

    /// Opens an image of an engine, by its id.
    pub(super) fn explore(&mut self, job: JobId, id: &str, engine: Option<Engine>) {
        let engines = engine.map(Engines::Shown).unwrap_or_default();
        self.request = OpenRequest { image: Some(format!("docker:{id}")), engines, ..OpenRequest::default() };
        self.source = Arc::default();
        self.open(job, self.request.clone());
    }

    /// Whether an image is being read.
    pub(super) fn reading(&self) -> bool {
        self.running.is_some()
    }

    fn open(&mut self, job: JobId, request: OpenRequest) {
        let task = Task::new();
        self.running = Some((job, task.clone(), Instant::now()));
        self.contents = Arc::default();
        let (send, source, junk) = (self.send.clone(), Arc::clone(&self.source), Arc::clone(&self.junk));
        let contents = Arc::clone(&self.contents);
        // A thread of its own: it may block on a pipe for ever, and the program must still end.
        std::thread::spawn(move || {
            let tell = |answer| {
                let _ = send.blocking_send(Msg::Job(job, answer));
            };
            // What takes a walk over the image is found here, where nobody waits for a key.
            let show = |image: Image, as_answer: fn(Arc<Image>) -> Answer| {
                tell(Answer::Facts(Arc::new(Facts::of(&image, &junk))));
                as_answer(Arc::new(image))
            };
            let done = OnceLock::new();
            let read = || {
                let source = if let Some(source) = source.get() {
                    source
                } else {
                    let opened = jobs::Source::open(&request, &task)?;
                    source.get_or_init(|| opened)
                };
                let opened = source.read(&request, &task, &mut |event| {
                    tell(match event {
                        OpenEvent::Choices(choices) => Answer::Choices(choices),
                        OpenEvent::Chosen(at) => Answer::Chosen(at),
                        OpenEvent::Preparing => Answer::Preparing(true),
                        OpenEvent::Arriving => Answer::Preparing(false),
                        OpenEvent::Head(head, layers) => Answer::Head(head, layers),
                        OpenEvent::Layer(index, layer) => Answer::Layer(index, layer),
                        OpenEvent::Partial(image) => show(*image, Answer::Partial),
                    });
                });
                match opened {
                    Ok(opened) => {
                        // Before the image can be seen, and somebody ask for more of it.
                        let _ = contents.set(opened.contents);
                        let answer = show(opened.image, Answer::Done);
                        if let Answer::Done(image) = &answer {
                            let _ = done.set(Arc::clone(image));
                        }
                        Ok(answer)
                    }
                    Err(OpenError::Ambiguous(list)) => Ok(Answer::Ambiguous(list)),
                    Err(error) => Err(error),
                }
            };
            tell(outcome(read));
            if let (Some(image), Some(contents)) = (done.get(), contents.get()) {
                tell(Answer::Preflight(Box::new(jobs::preflight_open(image, contents, &task))));
            }
        });
    }

    /// Looks for all that only contents tell.
    fn look_inside(&mut self, job: JobId, image: Arc<Image>, facts: Arc<Facts>) {
        let task = Task::new();
        self.running = Some((job, task.clone(), Instant::now()));
        let (send, contents, junk) = (self.send.clone(), Arc::clone(&self.contents), Arc::clone(&self.junk));
        std::thread::spawn(move || {
            let look = || {
                let contents = contents.get().ok_or("its contents are not at hand: open the image again")?;
                let rules = Rules::embedded().map_err(|error| error.to_string())?;
                let wishes = Wishes { duplicates: true, secrets: Some(&rules) };
                let looked = jobs::look_inside(&image, contents, wishes, &task);
                let (inside, veil) = looked.map_err(|error| error.to_string())?;
                let image = covered(image, &veil);
                let facts = Facts::clone(&facts).with(&image, &junk, inside);
                Ok::<_, String>(Answer::Looked(Arc::new(facts), image))
            };
            let _ = send.blocking_send(Msg::Job(job, outcome(look)));
        });
    }

    fn list(&mut self, errand: Errand) {
        self.listing.store(true, Ordering::Relaxed);
        self.listing = Arc::default();
        let (send, stop) = (self.send.clone(), Arc::clone(&self.listing));
        std::thread::spawn(move || {
            let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            let ticket = errand.ticket;
            let listing = catch_unwind(AssertUnwindSafe(|| errand.answer(threads, &stop))).unwrap_or(None);
            let _ = send.blocking_send(Msg::Listed(ticket, listing.map(Box::new)));
        });
    }

    fn cancel(&mut self, job: JobId) {
        if let Some((_, task, _)) = self.running.take_if(|(running, ..)| *running == job) {
            task.cancel();
        }
    }

    pub(super) fn progress(&self) -> Option<Msg> {
        let (job, task, since) = self.running.as_ref()?;
        let jobs::Progress { done, total } = task.progress();
        let millis = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        Some(Msg::Job(*job, Answer::Progress(Progress { done, total, millis })))
    }

    #[cfg(test)]
    pub(super) fn post(&self, msg: Msg) {
        self.send.try_send(msg).unwrap();
    }

    #[cfg(test)]
    pub(super) fn pretend(&mut self, job: JobId, task: Task) {
        self.running = Some((job, task, Instant::now()));
    }
}

/// The image with secrets hidden in its texts.
fn covered(image: Arc<Image>, veil: &Veil) -> Arc<Image> {
    if veil.is_empty() {
        return image;
    }
    let mut image = Arc::unwrap_or_clone(image);
    veil.cover(&mut image.head);
    Arc::new(image)
}

/// How a job ended. A panic is an answer too: the screen stays, and says so.
fn outcome<E: std::fmt::Display>(work: impl FnOnce() -> Result<Answer, E>) -> Answer {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => Answer::Failed(error.to_string()),
        Err(_) => Answer::Failed("reading stopped by a defect in hadal; please report the image".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_panics_has_failed() {
        let answer = outcome(|| -> Result<Answer, String> { panic!("on purpose") });
        assert!(matches!(answer, Answer::Failed(why) if why.contains("defect")));
        assert!(matches!(outcome(|| Err("no")), Answer::Failed(why) if why == "no"));
    }
}
