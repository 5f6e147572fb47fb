//! The loop: the only place that waits. Messages in, `update`, effects out, a frame when something changed.

use std::io;
use std::pin::pin;
use std::time::{Duration, Instant};

use crossterm::event::{Event, EventStream, KeyEventKind, MouseEventKind};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::handover::{self, Opened};
use super::live::Hub;
use super::model::{At, Model};
use super::msg::{Effect, Msg};
use super::screens::explorer::Load;
use super::settings::file::SettingsFile;
use super::term::{self, Screen};
use super::update::update;
use super::view::view;
use super::work::Jobs;
use crate::analysis::JunkList;
use crate::jobs::{OpenRequest, Surroundings};

/// No two frames closer than this.
const FRAME: Duration = Duration::from_millis(16);
/// Progress is looked at this often, while there is a job.
const TICK: Duration = Duration::from_millis(100);

/// Ages are told anew this often.
const AGE: Duration = Duration::from_secs(10);

/// Threads for what comes from engines; the screen has one of its own.
const WORKERS: usize = 2;

/// Messages of jobs that may wait; a job with more to say waits itself.
const QUEUE: usize = 256;

/// Why the loop ended.
#[derive(Debug)]
enum Exit {
    Quit,
    Suspend,
    /// The terminal is for a container now.
    HandOver(Box<Opened>),
}

/// What works beside the screen, and how it is heard.
struct Beside {
    messages: mpsc::Receiver<Msg>,
    opened: mpsc::Receiver<Opened>,
    jobs: Jobs,
    hub: Hub,
    signals: Signals,
}

impl Beside {
    fn new(
        request: OpenRequest,
        around: Surroundings,
        junk: JunkList,
        settings: SettingsFile,
    ) -> io::Result<Beside> {
        let (send, messages) = mpsc::channel(QUEUE);
        let (open, opened) = mpsc::channel(1);
        let hub = Hub::new(around, send.clone(), open, settings);
        Ok(Beside { messages, opened, jobs: Jobs::new(request, junk, send), hub, signals: Signals::new()? })
    }

    /// Has an effect done by whoever does its kind.
    fn perform(&mut self, effect: &Effect, model: &Model) {
        match effect {
            Effect::Explore(job, id) => self.jobs.explore(*job, id, self.hub.engine()),
            effect => {
                self.jobs.run(effect, model);
                self.hub.run(effect);
            }
        }
    }
}

/// Runs the program on the real terminal. The result is why the image could not be opened, if it could not.
pub(super) fn run(
    model: Model,
    request: OpenRequest,
    around: Surroundings,
    junk: JunkList,
    settings: SettingsFile,
) -> io::Result<Option<String>> {
    term::install_panic_hook();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    let _guard = term::Guard;
    let mut model = model;
    runtime.block_on(real(&mut model, request, around, junk, settings))?;
    // A job that still reads must not keep the program: its thread ends with the process.
    runtime.shutdown_background();
    Ok(match model.explorer.load {
        // An image that was opened from a list is no reason for the whole program to have failed.
        Load::Failed(why) if model.opened == super::model::Opened::Named => Some(why),
        _ => None,
    })
}

async fn real(
    model: &mut Model,
    request: OpenRequest,
    around: Surroundings,
    junk: JunkList,
    settings: SettingsFile,
) -> io::Result<()> {
    let mut beside = Beside::new(request, around, junk, settings)?;
    update(model, Msg::Clock(Timestamp::now()));
    for effect in model.start() {
        beside.perform(&effect, model);
    }
    loop {
        let mut screen = term::enter(model.mouse)?;
        let size = screen.size()?;
        update(model, Msg::Resize { width: size.width, height: size.height });
        let exit = {
            // Dropped before the terminal is handed on: it would go on reading the keyboard.
            let mut events = EventStream::new();
            let mut paint = |model: &Model| draw(model, &mut screen);
            loop {
                let exit = drive(model, &mut paint, &mut events, &mut beside).await?;
                // Where nobody would continue the program, it goes on.
                if !matches!(exit, Exit::Suspend) || term::is_job() {
                    break exit;
                }
            }
        };
        term::leave();
        match exit {
            Exit::Quit => return Ok(()),
            Exit::Suspend => term::stop(),
            Exit::HandOver(session) => match handover::run(*session, beside.signals.next()).await {
                Ok(how) => drop(update(model, Msg::Left(how))),
                Err(Exit::Quit) => return Ok(()),
                Err(_) => {}
            },
        }
        update(model, Msg::Resumed);
    }
}

/// The loop proper, on any screen and any stream of events.
async fn drive<S>(
    model: &mut Model,
    paint: &mut dyn FnMut(&Model) -> io::Result<()>,
    events: &mut S,
    beside: &mut Beside,
) -> io::Result<Exit>
where
    S: Stream<Item = io::Result<Event>> + Unpin,
{
    let mut last_frame: Option<Instant> = None;
    let mut next_tick = Instant::now() + TICK;
    let mut next_age = Instant::now() + AGE;
    loop {
        let wait = last_frame.map_or(Duration::ZERO, |last| FRAME.saturating_sub(last.elapsed()));
        if model.dirty && wait.is_zero() {
            paint(model)?;
            model.dirty = false;
            last_frame = Some(Instant::now());
            continue;
        }
        let reading = beside.jobs.reading() && model.explorer.busy();
        let message = tokio::select! {
            biased;
            event = events.next() => match event {
                Some(Ok(event)) => translate(&event),
                Some(Err(error)) => return Err(error),
                // The terminal is gone.
                None => return Ok(Exit::Quit),
            },
            exit = beside.signals.next() => return Ok(exit),
            Some(message) = beside.messages.recv() => Some(message),
            Some(session) = beside.opened.recv() => return Ok(Exit::HandOver(Box::new(session))),
            () = pin!(tokio::time::sleep(wait)), if model.dirty => None,
            // A fixed time, not a pause: messages that keep coming must not put progress off for ever.
            () = pin!(tokio::time::sleep_until(next_tick.into())), if reading => {
                next_tick = Instant::now() + TICK;
                beside.jobs.progress()
            }
            () = pin!(tokio::time::sleep_until(next_age.into())), if model.at == At::Desk => None,
        };
        // What is drawn because of these says how old things are now, not how old they were at the last beat.
        let anew = matches!(message, Some(Msg::Key(_) | Msg::Mouse(_) | Msg::World(_)));
        if anew || next_age <= Instant::now() {
            next_age = Instant::now() + AGE;
            update(model, Msg::Clock(Timestamp::now()));
        }
        let Some(message) = message else { continue };
        let mut effects = update(model, message);
        // Whatever else has come in belongs into the same frame; but a flood must not keep keys waiting.
        for _ in 0..QUEUE {
            let Ok(message) = beside.messages.try_recv() else { break };
            effects.extend(update(model, message));
        }
        for effect in effects {
            match effect {
                Effect::Quit => return Ok(Exit::Quit),
                Effect::Suspend => return Ok(Exit::Suspend),
                Effect::Mouse(wanted) => term::take_mouse(wanted),
                Effect::Copy(text) => term::copy(&text),
                effect => beside.perform(&effect, model),
            }
        }
    }
}

fn draw(model: &Model, screen: &mut Screen) -> io::Result<()> {
    let _ = crossterm::execute!(io::stdout(), BeginSynchronizedUpdate);
    let drawn = screen.draw(|frame| view(model, frame)).map(drop);
    let _ = crossterm::execute!(io::stdout(), EndSynchronizedUpdate);
    drawn
}

fn translate(event: &Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Msg::Key(*key)),
        // Mere movement would be a flood, and nothing follows the pointer.
        Event::Mouse(mouse) if mouse.kind != MouseEventKind::Moved => Some(Msg::Mouse(*mouse)),
        Event::Resize(width, height) => Some(Msg::Resize { width: *width, height: *height }),
        Event::Paste(text) => Some(Msg::Paste(text.clone())),
        _ => None,
    }
}

/// Signals that ask the program to end or to pause.
struct Signals {
    #[cfg(unix)]
    end: [tokio::signal::unix::Signal; 3],
    #[cfg(unix)]
    pause: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        // Ctrl-C is a key here; an interrupt can still come from elsewhere.
        let kinds = [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()];
        let [terminate, hangup, interrupt] = kinds.map(signal);
        // What Ctrl-Z sends to a terminal that is not taken over.
        let pause = signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?;
        Ok(Signals { end: [terminate?, hangup?, interrupt?], pause })
    }

    #[cfg(not(unix))]
    fn new() -> io::Result<Signals> {
        Ok(Signals {})
    }

    #[cfg(unix)]
    async fn next(&mut self) -> Exit {
        let [terminate, hangup, interrupt] = &mut self.end;
        tokio::select! {
            _ = terminate.recv() => Exit::Quit,
            _ = hangup.recv() => Exit::Quit,
            _ = interrupt.recv() => Exit::Quit,
            _ = self.pause.recv() => Exit::Suspend,
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) -> Exit {
        let _ = tokio::signal::ctrl_c().await;
        Exit::Quit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::JunkList;
    use crate::image::Image;
    use crate::jobs::Task;
    use crate::tui::keymap::Keymap;
    use crate::tui::msg::{Answer, JobId, Progress};
    use crate::tui::screens::explorer::Explorer;
    use crate::tui::theme::Theme;
    use std::sync::Arc;

    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    /// What a run of the loop did.
    struct Run {
        exit: Exit,
        frames: usize,
        model: Model,
        cancelled: bool,
    }

    fn key(letter: char) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE))
    }

    fn image() -> Answer {
        let tree = crate::image::Tree::empty();
        Answer::Done(Arc::new(Image { head: crate::image::Head::default(), layers: Vec::new(), tree }))
    }

    /// Runs the loop on events, each after a pause in milliseconds, and on answers that are there at the start.
    fn run(events: Vec<(u64, Event)>, answers: Vec<Msg>) -> Run {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut beside = Beside::new(
                OpenRequest::default(),
                Surroundings::default(),
                JunkList::default(),
                SettingsFile::default(),
            )
            .unwrap();
            for answer in answers {
                beside.jobs.post(answer);
            }
            let task = Task::new();
            beside.jobs.pretend(JobId(1), task.clone());
            let explorer = Explorer::new("x".to_owned(), None);
            let mut model = Model::new(explorer, Keymap::embedded().unwrap(), Theme::default(), 80, 24);
            let mut frames = 0;
            let mut paint = |_: &Model| {
                frames += 1;
                Ok(())
            };
            let events = futures_util::stream::unfold(events.into_iter(), |mut rest| async {
                let (pause, event) = rest.next()?;
                tokio::time::sleep(Duration::from_millis(pause)).await;
                Some((Ok(event), rest))
            });
            let mut events = pin!(events);
            let exit = drive(&mut model, &mut paint, &mut events, &mut beside);
            let exit = exit.await.unwrap();
            Run { exit, frames, model, cancelled: task.is_cancelled() }
        })
    }

    #[test]
    fn nothing_is_drawn_while_nothing_happens() {
        let done = Msg::Job(JobId(1), image());
        let run = run(vec![(400, key('Z')), (0, Event::FocusGained), (0, key('q'))], vec![done]);
        assert!(matches!(run.exit, Exit::Quit));
        assert!(run.frames <= 2, "{} frames", run.frames);
    }

    #[test]
    fn progress_is_drawn_while_a_job_runs() {
        let run = run(vec![(500, key('q'))], vec![]);
        assert!(run.frames >= 2, "{} frames", run.frames);
    }

    #[test]
    fn a_flood_is_one_frame() {
        let progress = |done| {
            let progress = Progress { done, ..Progress::default() };
            Msg::Job(JobId(1), Answer::Progress(progress))
        };
        let mut flood: Vec<Msg> = (0..QUEUE as u64 - 1).map(progress).collect();
        flood.push(Msg::Job(JobId(1), image()));
        let run = run(vec![(300, key('q'))], flood);
        assert!(run.frames <= 3, "{} frames", run.frames);
        assert_eq!(run.model.explorer.load, Load::Ready);
    }

    #[test]
    fn the_end_of_the_terminal_and_ctrl_z_end_the_loop() {
        assert!(matches!(run(vec![], vec![]).exit, Exit::Quit));
        let ctrl_z = Event::Key(KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL));
        assert!(matches!(run(vec![(0, ctrl_z)], vec![]).exit, Exit::Suspend));
    }

    #[test]
    fn esc_stops_the_job_and_pasted_text_does_nothing() {
        let esc = Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
        let run = run(vec![(0, Event::Paste("qqq".to_owned())), (0, esc)], vec![]);
        assert!(run.cancelled);
        assert_eq!(run.model.explorer.load, Load::Cancelled);
    }

    #[test]
    fn of_the_mouse_only_what_is_done_with_it_is_told() {
        let event = |kind| {
            let modifiers = KeyModifiers::NONE;
            translate(&Event::Mouse(crossterm::event::MouseEvent { kind, column: 3, row: 4, modifiers }))
        };
        assert!(event(MouseEventKind::Moved).is_none());
        assert!(matches!(event(MouseEventKind::ScrollDown), Some(Msg::Mouse(mouse)) if mouse.row == 4));
    }
}
