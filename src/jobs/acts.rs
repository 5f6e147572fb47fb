//! Doing what a plan says: acts of an engine, and those that move files of this machine to and from it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::Stream;

use super::bridge::{Fate, bridge, spout};
use super::save::save;
use crate::container::State;
use crate::engine::{Bytes, Engine, EngineError};
use crate::image::size::human;
use crate::source::{self, ExtractError, Task};
use crate::world::{Act, Kind, LastRun, Step};

/// Watchers are told this often.
const EVERY: Duration = Duration::from_millis(100);

/// Does one thing; the answer is one line for a person. Dropping the future stops what can be stopped, and leaves no
/// half-written file behind.
pub async fn perform(
    engine: &Engine,
    act: &Act,
    watch: &(dyn Fn(Step) + Send + Sync),
) -> Result<String, EngineError> {
    match act {
        Act::Start { id } => engine.start(id).await,
        Act::Stop { id } => engine.stop(id).await,
        Act::Restart { id } => engine.restart(id).await,
        Act::Pause { id } => engine.pause(id).await,
        Act::Unpause { id } => engine.unpause(id).await,
        Act::Kill { id, signal } => engine.kill(id, signal).await,
        Act::Rename { id, name } => engine.rename(id, name).await,
        Act::Commit { id, reference } => engine.commit(id, reference).await,
        Act::RemoveContainer { id, force, last_run } => {
            if let Some(last_run) = last_run {
                unless_it_ran(engine, id, *last_run).await?;
            }
            engine.remove_container(id, *force).await
        }
        Act::Tag { source, reference } => engine.tag(source, reference).await,
        Act::Untag { reference } => engine.untag(reference).await,
        Act::RemoveImage { id, tags, prune } => engine.remove_image(id, tags, *prune).await,
        Act::RemoveNetwork { id } => engine.remove_network(id).await,
        Act::RemoveVolume { name } => engine.remove_volume(name).await,
        Act::RemoveCache { id } => engine.remove_cache(id).await,
        Act::Pull { reference, platform } => engine.pull(reference, platform.as_deref(), watch).await,
        Act::Push { reference } => engine.push(reference, watch).await,
        Act::Save { images, ids, path } => save(engine, images, ids, Path::new(path), watch).await,
        Act::Load { path } => load(engine, Path::new(path), watch).await,
        Act::CopyOut { id, path, to } => copy_out(engine, id, path, Path::new(to), watch).await,
        Act::CopyIn { id, from, path } => copy_in(engine, id, Path::new(from), path, watch).await,
    }
}

/// Fails when a container runs, or has run since: what it holds is not any more what somebody agreed to lose. Engines
/// themselves refuse only what runs.
async fn unless_it_ran(engine: &Engine, id: &str, last_run: LastRun) -> Result<(), EngineError> {
    let now = match engine.container(id).await {
        // Its removal will say so.
        Err(error) if error.is_missing() => return Ok(()),
        now => now?,
    };
    let still = matches!(now.state, State::Created | State::Exited | State::Dead);
    let why = match (still, now.started_at == last_run.0) {
        (true, true) => return Ok(()),
        (false, _) => format!("it is {} now", now.state),
        (true, false) => "it has run since".to_owned(),
    };
    Err(EngineError::Changed { what: now.name, why })
}

async fn load(
    engine: &Engine,
    path: &Path,
    watch: &(dyn Fn(Step) + Send + Sync),
) -> Result<String, EngineError> {
    let failed = local(format!("cannot load {}", path.display()));
    let file = std::fs::File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = file.map_err(|error| failed(error.to_string()))?;
    if metadata.is_dir() {
        return Err(failed("engines load archives, and this is a folder".to_owned()));
    }
    let said = Said::new("loading");
    // Docker unpacks what is packed, at least with gzip; Podman's service takes it for no image at all.
    let takes_gzip = engine.about().kind == Kind::Docker;
    let hear = |step: Step| said.says(&step.text);
    let (loaded, ()) = give(
        metadata.len(),
        &said,
        watch,
        |archive| engine.load(archive, &hear),
        move |out, task| io::copy(&mut source::unpacked(task.meter(file), takes_gzip)?, out).map(drop),
    )
    .await?;
    let names: Vec<&str> = loaded.iter().map(|name| short(name)).collect();
    Ok(match names.as_slice() {
        [] => format!("loaded {}", path.display()),
        names => format!("loaded {}", names.join(", ")),
    })
}

async fn copy_out(
    engine: &Engine,
    id: &str,
    path: &str,
    to: &Path,
    watch: &(dyn Fn(Step) + Send + Sync),
) -> Result<String, EngineError> {
    let failed = local(format!("cannot copy {path} to {}", to.display()));
    let stat = engine.stat(id, path).await?;
    let stream = engine.copy_out(id, path).await?;
    let bytes = if stat.is_folder() { 0 } else { stat.size };
    // Only of the whole file system do engines write names that begin with a slash.
    let rooted = path.split('/').all(|part| part.is_empty() || part == ".");
    let said = Said::new("copying");
    let target = to.to_owned();
    let extracted = receive(stream, &said, bytes, watch, move |reader, task| {
        source::extract(reader, &target, rooted, task)
    })
    .await?
    .map_err(|error: ExtractError| failed(error.to_string()))?;
    let tops: Vec<String> = extracted.tops.iter().map(|top| top.display().to_string()).collect();
    let skipped = match extracted.skipped_count {
        0 => String::new(),
        count => format!("; left out {count}: {}", extracted.skipped.join(", ")),
    };
    let (files, bytes) = (extracted.files, human(extracted.bytes));
    Ok(format!("copied {path} to {}, {}, {bytes}{skipped}", tops.join(", "), plural(files)))
}

async fn copy_in(
    engine: &Engine,
    id: &str,
    from: &Path,
    path: &str,
    watch: &(dyn Fn(Step) + Send + Sync),
) -> Result<String, EngineError> {
    let failed = local(format!("cannot copy {}", from.display()));
    let measured = from.to_owned();
    let bytes =
        blocking(move || source::measure(&measured)).await?.map_err(|error| failed(error.to_string()))?;
    let stat = engine.stat(id, path).await?;
    if !stat.is_folder() && !stat.is_link() {
        return Err(failed(format!("{path} is no folder of the container")));
    }
    let said = Said::new("copying");
    let packed_from: PathBuf = from.to_owned();
    let ((), packed) = give(
        bytes,
        &said,
        watch,
        |archive| engine.copy_in(id, path, archive),
        move |out, task| source::pack(&packed_from, out, task),
    )
    .await?;
    let skipped = match packed.skipped {
        0 => String::new(),
        count => format!("; left out {count}: sockets, pipes and devices"),
    };
    let (files, bytes) = (plural(packed.files), human(packed.bytes));
    Ok(format!("copied {} to {path}, {files}, {bytes}{skipped}", from.display()))
}

/// Lets a thread read what an engine sends. The engine's own fault goes before what the reader made of it.
pub(super) async fn receive<T: Send + 'static, E: Send + 'static>(
    stream: impl Stream<Item = Result<Bytes, EngineError>> + Unpin,
    said: &Said,
    bytes: u64,
    watch: &(dyn Fn(Step) + Send + Sync),
    read: impl FnOnce(&mut dyn io::Read, &Task) -> Result<T, E> + Send + 'static,
) -> Result<Result<T, E>, EngineError> {
    let task = Task::new();
    let fate = Fate::default();
    let (inlet, mut outlet) = bridge(fate.clone());
    let reading = task.clone();
    let read = blocking(move || read(&mut outlet, &reading));
    let both = async { tokio::join!(inlet.pump(stream, &task, || {}), read).1 };
    let read = attend(&task, said, bytes, watch, both).await?;
    match (read, fate.fault()) {
        (Err(_), Some(fault)) => Err(fault),
        (read, _) => Ok(read),
    }
}

/// Lets a thread write what an engine takes. When both fail, the engine's words go first: that it takes no more is
/// all that the writer knows.
async fn give<A, T, Asked>(
    bytes: u64,
    said: &Said,
    watch: &(dyn Fn(Step) + Send + Sync),
    ask: impl FnOnce(std::pin::Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>) -> Asked,
    write: impl FnOnce(&mut dyn io::Write, &Task) -> io::Result<T> + Send + 'static,
) -> Result<(A, T), EngineError>
where
    T: Send + 'static,
    Asked: Future<Output = Result<A, EngineError>>,
{
    let task = Task::new();
    let (mut out, archive) = spout();
    let writing = task.clone();
    let written = blocking(move || {
        let written = write(&mut out, &writing)?;
        out.finish()?;
        Ok::<_, io::Error>(written)
    });
    let both = async { tokio::join!(ask(Box::pin(archive)), written) };
    let (asked, written) = attend(&task, said, bytes, watch, both).await;
    match (asked, written?) {
        (Ok(asked), Ok(written)) => Ok((asked, written)),
        (_, Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => Err(EngineError::Local {
            what: "cannot read what is to be sent".to_owned(),
            why: error.to_string(),
        }),
        (Err(error), _) => Err(error),
        (Ok(_), Err(error)) => Err(EngineError::Local { what: "sending".to_owned(), why: error.to_string() }),
    }
}

/// What goes on, in a word that may change.
#[derive(Clone, Debug)]
pub(super) struct Said(Arc<Mutex<(String, Option<Instant>)>>);

impl Said {
    pub(super) fn new(text: &str) -> Said {
        Said(Arc::new(Mutex::new((text.to_owned(), Some(Instant::now())))))
    }

    fn says(&self, text: &str) {
        text.clone_into(&mut self.lock().0);
    }

    /// Bytes begin to move now, or, where that is `None`, have moved.
    pub(super) fn turns(&self, text: &str, since: Option<Instant>) {
        *self.lock() = (text.to_owned(), since);
    }

    fn lock(&self) -> MutexGuard<'_, (String, Option<Instant>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self, task: &Task, bytes: u64) -> Step {
        let (text, since) = self.lock().clone();
        let done = task.progress().done;
        let total = if bytes > 0 { bytes.max(done) } else { 0 };
        let seconds = since.map_or(f64::INFINITY, |since| since.elapsed().max(EVERY).as_secs_f64());
        Step { text, parts: Vec::new(), done, total, rate: (done as f64 / seconds) as u64 }
    }
}

/// Tells how far something is while it is waited for; stops it when nobody waits any more.
pub(super) async fn attend<T>(
    task: &Task,
    said: &Said,
    bytes: u64,
    watch: &(dyn Fn(Step) + Send + Sync),
    work: impl Future<Output = T>,
) -> T {
    struct Stop<'a>(&'a Task);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.cancel();
        }
    }
    let stop = Stop(task);
    let mut work = std::pin::pin!(work);
    let done = loop {
        watch(said.step(task, bytes));
        tokio::select! {
            biased;
            done = &mut work => break done,
            () = tokio::time::sleep(EVERY) => {}
        }
    };
    watch(said.step(task, bytes));
    drop(stop);
    done
}

/// On a thread where waiting for a disk keeps nobody.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, EngineError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| EngineError::Local {
        what: "the work stopped".to_owned(),
        why: "a defect in hadal".to_owned(),
    })
}

pub(super) fn local(what: String) -> impl Fn(String) -> EngineError {
    move |why| EngineError::Local { what: what.clone(), why }
}

fn plural(files: u64) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}

/// Ids as engines print them.
fn short(name: &str) -> &str {
    name.strip_prefix("sha256:").and_then(|hex| hex.get(..12)).unwrap_or(name)
}
