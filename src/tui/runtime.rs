//! The loop: the only place that waits. Messages in, `update`, effects out, a frame when something changed.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{Event, EventStream, KeyEventKind};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use futures_util::{Stream, StreamExt as _};
use ratatui::Terminal;
use ratatui::backend::Backend;
use tokio::sync::mpsc;

use super::model::Model;
use super::msg::{Answer, Effect, JobId, Msg, Progress};
use super::screens::explorer::Load;
use super::term;
use super::theme::Theme;
use super::update::update;
use super::view::view;
use crate::jobs::{self, OpenEvent, OpenRequest, Task};

/// No two frames closer than this.
const FRAME: Duration = Duration::from_millis(16);
/// Progress is looked at this often, while there is a job.
const TICK: Duration = Duration::from_millis(100);

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Quit,
    Suspend,
}

/// Runs the program on the real terminal. The result is why the image could not be opened, if it could not.
pub(super) fn run(model: Model, theme: &Theme, request: OpenRequest) -> io::Result<Option<String>> {
    term::install_panic_hook();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _guard = term::Guard;
    let mut model = model;
    runtime.block_on(real(&mut model, theme, request))?;
    // A job that still reads must not keep the program: its thread ends with the process.
    runtime.shutdown_background();
    Ok(match model.explorer.load {
        Load::Failed(why) => Some(why),
        _ => None,
    })
}

async fn real(model: &mut Model, theme: &Theme, request: OpenRequest) -> io::Result<()> {
    let (send, mut receive) = mpsc::channel(256);
    let mut jobs = Jobs { request, send, running: None };
    for effect in model.start() {
        jobs.run(&effect);
    }
    let mut signals = Signals::new()?;
    loop {
        let mut screen = term::enter()?;
        let size = screen.size()?;
        update(model, Msg::Resize { width: size.width, height: size.height });
        let exit = {
            // Dropped before the terminal is handed on: it would go on reading the keyboard.
            let mut events = EventStream::new();
            drive(model, theme, &mut screen, &mut events, &mut receive, &mut jobs, &mut signals).await?
        };
        term::leave();
        match exit {
            Exit::Quit => return Ok(()),
            Exit::Suspend => term::stop(),
        }
        update(model, Msg::Resumed);
    }
}

/// The loop proper, on any terminal and any stream of events.
async fn drive<B, S>(
    model: &mut Model,
    theme: &Theme,
    terminal: &mut Terminal<B>,
    events: &mut S,
    receive: &mut mpsc::Receiver<Msg>,
    jobs: &mut Jobs,
    signals: &mut Signals,
) -> io::Result<Exit>
where
    B: Backend,
    S: Stream<Item = io::Result<Event>> + Unpin,
{
    let mut last_frame: Option<Instant> = None;
    loop {
        let wait = last_frame.map_or(Duration::ZERO, |last| FRAME.saturating_sub(last.elapsed()));
        if model.dirty && wait.is_zero() {
            draw(model, theme, terminal)?;
            last_frame = Some(Instant::now());
            continue;
        }
        let reading = jobs.running.is_some() && model.explorer.reading();
        let message = tokio::select! {
            biased;
            event = events.next() => match event {
                Some(Ok(event)) => translate(&event),
                Some(Err(error)) => return Err(error),
                // The terminal is gone.
                None => return Ok(Exit::Quit),
            },
            () = signals.quit() => return Ok(Exit::Quit),
            Some(message) = receive.recv() => Some(message),
            () = pin!(tokio::time::sleep(wait)), if model.dirty => None,
            () = pin!(tokio::time::sleep(TICK)), if reading => jobs.progress(),
        };
        let Some(message) = message else { continue };
        let mut effects = update(model, message);
        // Whatever else has come in belongs into the same frame.
        while let Ok(message) = receive.try_recv() {
            effects.extend(update(model, message));
        }
        for effect in effects {
            match effect {
                Effect::Quit => return Ok(Exit::Quit),
                Effect::Suspend => return Ok(Exit::Suspend),
                effect => jobs.run(&effect),
            }
        }
    }
}

fn draw<B: Backend>(model: &mut Model, theme: &Theme, terminal: &mut Terminal<B>) -> io::Result<()> {
    let other = |error: B::Error| io::Error::other(error.to_string());
    let _ = crossterm::execute!(io::stdout(), BeginSynchronizedUpdate);
    let drawn = terminal.draw(|frame| view(model, theme, frame)).map(drop).map_err(other);
    let _ = crossterm::execute!(io::stdout(), EndSynchronizedUpdate);
    model.dirty = false;
    drawn
}

fn translate(event: &Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Msg::Key(*key)),
        Event::Resize(width, height) => Some(Msg::Resize { width: *width, height: *height }),
        // Pasted text is no sequence of commands.
        _ => None,
    }
}

/// The work under way.
struct Jobs {
    request: OpenRequest,
    send: mpsc::Sender<Msg>,
    running: Option<(JobId, Task, Instant)>,
}

impl Jobs {
    fn run(&mut self, effect: &Effect) {
        match effect {
            Effect::Open(job) => self.open(*job),
            Effect::Cancel(job) => self.cancel(*job),
            Effect::Suspend | Effect::Quit => {}
        }
    }

    fn open(&mut self, job: JobId) {
        let task = Task::new();
        self.running = Some((job, task.clone(), Instant::now()));
        let (request, send) = (self.request.clone(), self.send.clone());
        // A thread of its own: it may block on a pipe for ever, and the program must still end.
        std::thread::spawn(move || {
            let tell = |answer| {
                let _ = send.blocking_send(Msg::Job(job, answer));
            };
            let work = std::panic::AssertUnwindSafe(|| {
                jobs::open(&request, &task, &mut |event| {
                    tell(match event {
                        OpenEvent::Head(head, layers) => Answer::Head(head, layers),
                        OpenEvent::Layer(index, layer) => Answer::Layer(index, layer),
                        OpenEvent::Partial(image) => Answer::Partial(Arc::from(image)),
                    });
                })
            });
            tell(match std::panic::catch_unwind(work) {
                Ok(Ok(image)) => Answer::Done(Arc::new(image)),
                Ok(Err(error)) => Answer::Failed(error.to_string()),
                Err(_) => {
                    Answer::Failed("reading stopped by a defect in hadal; please report the image".to_owned())
                }
            });
        });
    }

    fn cancel(&mut self, job: JobId) {
        if let Some((_, task, _)) = self.running.take_if(|(running, ..)| *running == job) {
            task.cancel();
        }
    }

    fn progress(&self) -> Option<Msg> {
        let (job, task, since) = self.running.as_ref()?;
        let jobs::Progress { done, total } = task.progress();
        let millis = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        Some(Msg::Job(*job, Answer::Progress(Progress { done, total, millis })))
    }
}

/// Signals that ask the program to end.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals { terminate: signal(SignalKind::terminate())?, hangup: signal(SignalKind::hangup())? })
    }

    #[cfg(not(unix))]
    fn new() -> io::Result<Signals> {
        Ok(Signals {})
    }

    #[cfg(unix)]
    async fn quit(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn quit(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
