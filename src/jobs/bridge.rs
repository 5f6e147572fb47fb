//! From an engine's stream of bytes to a reader that blocks, and from a writer that blocks to a stream: a bounded
//! queue of chunks, so that the slower side sets the pace.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc;

use super::line::NOTICE;
use crate::engine::{Bytes, EngineError};
use crate::source::Task;

/// Batches that wait.
const QUEUE: usize = 32;
/// Chunks of a batch. Engines send about 32 kB at a time, several of which are read at once: waking the other side for
/// each would cost more than handing it over.
const BATCH: usize = 32;
/// Bytes of a chunk that is sent to an engine.
const CHUNK: usize = 64 * 1024;
/// Bytes kept of the end of a stream: an engine that fails in the middle says why there.
const TAIL: usize = 4096;

/// Chunks that came together. Nothing as the last one says that it was the last one.
type Batch = Vec<Result<Bytes, EngineError>>;

/// The sending half, for the side that awaits.
#[derive(Debug)]
pub(super) struct Inlet(mpsc::Sender<Batch>);

/// The reading half, for the side that blocks. Its end is an error unless the stream ended well.
#[derive(Debug)]
pub(super) struct Outlet {
    receive: mpsc::Receiver<Batch>,
    batch: std::vec::IntoIter<Result<Bytes, EngineError>>,
    current: Bytes,
    ended: bool,
    fate: Fate,
}

/// How a stream ended, for whoever wants to know more than a reader can tell. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Fate(Arc<Mutex<End>>);

#[derive(Debug, Default)]
struct End {
    fault: Option<EngineError>,
    tail: Vec<u8>,
}

/// `fate` hears how the stream ends.
pub(super) fn bridge(fate: Fate) -> (Inlet, Outlet) {
    let (send, receive) = mpsc::channel(QUEUE);
    let batch = Vec::new().into_iter();
    (Inlet(send), Outlet { receive, batch, current: Bytes::new(), ended: false, fate })
}

impl Inlet {
    /// Passes a stream on until it ends, nobody reads any more, or the task is cancelled. Letting go of the stream
    /// lets go of the connection, and so of the engine's work. `begun` hears of the first bytes.
    pub(super) async fn pump(
        self,
        stream: impl Stream<Item = Result<Bytes, EngineError>> + Unpin,
        task: &Task,
        begun: impl FnOnce(),
    ) {
        let mut begun = Some(begun);
        let mut stream = stream.ready_chunks(BATCH);
        loop {
            let batch = tokio::select! {
                biased;
                batch = stream.next() => batch,
                () = tokio::time::sleep(NOTICE) => {
                    if task.is_cancelled() || self.0.is_closed() {
                        return;
                    }
                    continue;
                }
            };
            let mut last = batch.is_none();
            let mut batch = batch.unwrap_or_else(|| vec![Ok(Bytes::new())]);
            if !last {
                // Chunks of nothing would be taken for the end.
                batch.retain(|chunk| chunk.as_ref().map_or(true, |bytes| !bytes.is_empty()));
                last = batch.iter().any(Result::is_err);
            }
            if batch.first().is_some_and(|first| first.as_ref().is_ok_and(|bytes| !bytes.is_empty()))
                && let Some(begun) = begun.take()
            {
                begun();
            }
            if task.is_cancelled() || self.0.send(batch).await.is_err() || last {
                return;
            }
        }
    }

    /// Says that there will be no stream.
    pub(super) async fn fail(self, error: EngineError) {
        let _ = self.0.send(vec![Err(error)]).await;
    }
}

impl Outlet {
    /// Makes the next bytes current; an empty chunk at the end.
    fn next(&mut self) -> io::Result<()> {
        while self.current.is_empty() && !self.ended {
            match self.batch.next() {
                Some(Ok(chunk)) => {
                    self.ended = chunk.is_empty();
                    self.fate.saw(&chunk);
                    self.current = chunk;
                }
                Some(Err(error)) => {
                    self.ended = true;
                    return Err(self.fate.fail(error));
                }
                None => {
                    let batch = self.receive.blocking_recv();
                    self.batch = batch.ok_or_else(|| io::Error::other("cancelled"))?.into_iter();
                }
            }
        }
        Ok(())
    }
}

impl Read for Outlet {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.next()?;
        let count = buffer.len().min(self.current.len());
        buffer[..count].copy_from_slice(&self.current.split_to(count));
        Ok(count)
    }
}

impl Fate {
    fn end(&self) -> std::sync::MutexGuard<'_, End> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what went wrong, and says it in a reader's way.
    pub(super) fn fail(&self, error: EngineError) -> io::Error {
        let text = error.to_string();
        self.end().fault = Some(error);
        io::Error::other(text)
    }

    pub(super) fn saw(&self, chunk: &[u8]) {
        let mut end = self.end();
        let keep = TAIL.saturating_sub(chunk.len().min(TAIL)).min(end.tail.len());
        let excess = end.tail.len() - keep;
        end.tail.drain(..excess);
        end.tail.extend_from_slice(&chunk[chunk.len().saturating_sub(TAIL)..]);
    }

    /// Why the stream broke off, in the engine's words where it has any: an engine that fails after the answer has
    /// begun writes its error behind the bytes.
    pub(super) fn fault(&self) -> Option<EngineError> {
        let end = self.end();
        let said = || {
            let mut starts = end.tail.windows(2).enumerate().filter(|(_, pair)| *pair == b"{\"");
            let message = starts.find_map(|(at, _)| {
                let value: serde_json::Value = serde_json::from_slice(end.tail[at..].trim_ascii()).ok()?;
                let words = [&value["errorDetail"]["message"], &value["message"], &value["error"]];
                words.into_iter().find_map(|words| words.as_str()).map(str::to_owned)
            })?;
            Some(EngineError::Refused { status: 200, message })
        };
        end.fault.clone().or_else(said)
    }
}

/// The writing half towards an engine, for the side that blocks.
#[derive(Debug)]
pub(super) struct Spout {
    send: mpsc::Sender<io::Result<Bytes>>,
    buffer: Vec<u8>,
}

/// A writer and the stream of what is written. The stream ends with an error unless [`Spout::finish`] was called.
pub(super) fn spout() -> (Spout, impl Stream<Item = io::Result<Bytes>> + Send + 'static) {
    let (send, receive) = mpsc::channel(QUEUE / 2);
    let stream = futures_util::stream::unfold(Some(receive), |receive| async {
        let mut receive: mpsc::Receiver<io::Result<Bytes>> = receive?;
        match receive.recv().await {
            Some(Ok(chunk)) if chunk.is_empty() => None,
            Some(Ok(chunk)) => Some((Ok(chunk), Some(receive))),
            Some(Err(error)) => Some((Err(error), None)),
            None => Some((Err(io::Error::other("it was not written to its end")), None)),
        }
    });
    (Spout { send, buffer: Vec::with_capacity(CHUNK) }, stream)
}

impl Spout {
    /// Sends what is left, and says that it was all.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.pass(Bytes::new())
    }

    fn pass(&self, chunk: Bytes) -> io::Result<()> {
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the engine takes no more");
        self.send.blocking_send(Ok(chunk)).map_err(gone)
    }
}

impl Write for Spout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK));
        self.pass(chunk.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(items: Vec<Result<Bytes, EngineError>>) -> (io::Result<Vec<u8>>, Option<EngineError>) {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let fate = Fate::default();
        let (inlet, mut outlet) = bridge(fate.clone());
        runtime.spawn(async move {
            let task = Task::new();
            inlet.pump(futures_util::stream::iter(items), &task, || {}).await;
        });
        let mut bytes = Vec::new();
        let ended = outlet.read_to_end(&mut bytes).map(|_| bytes);
        (ended, fate.fault())
    }

    #[test]
    fn bytes_pass_in_order_and_errors_pass_too() {
        // Some of them empty, which are not the end.
        let chunks: Vec<Bytes> =
            (0..500_u32).map(|at| Bytes::from(at.to_be_bytes().repeat(at as usize % 99))).collect();
        let (bytes, fault) = read(chunks.iter().cloned().map(Ok).collect());
        assert_eq!((bytes.unwrap(), fault), (chunks.concat(), None));
        let error = EngineError::Timeout { seconds: 1 };
        let (bytes, fault) = read(vec![Ok(Bytes::from_static(b"abc")), Err(error.clone())]);
        assert_eq!((bytes.unwrap_err().to_string(), fault), (error.to_string(), Some(error)));
    }

    #[test]
    fn an_error_behind_the_bytes_is_heard() {
        let tar = Bytes::from(vec![b'{'; 9000]);
        let said = Bytes::from_static(b"{\"message\":\"no space left {\\\"x\\\"\"}\n");
        let (_, fault) = read(vec![Ok(tar.clone()), Ok(said)]);
        assert_eq!(fault.map(|fault| fault.to_string()).as_deref(), Some("no space left {\"x\""));
        assert_eq!(read(vec![Ok(tar)]).1, None);
    }

    #[test]
    fn a_cancelled_task_lets_go_of_a_silent_stream() {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (inlet, mut outlet) = bridge(Fate::default());
        let task = Task::new();
        let pumped = task.clone();
        runtime.spawn(async move {
            inlet.pump(futures_util::stream::pending(), &pumped, || {}).await;
        });
        task.cancel();
        assert_eq!(outlet.read(&mut [0]).unwrap_err().to_string(), "cancelled");
    }

    #[test]
    fn what_is_not_finished_is_an_error_to_the_engine() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let collect = |finish: bool| {
            let (mut spout, stream) = spout();
            let writer = std::thread::spawn(move || {
                spout.write_all(&vec![7; 200_000]).unwrap();
                if finish {
                    spout.finish().unwrap();
                }
            });
            let items: Vec<_> = runtime.block_on(stream.collect());
            writer.join().unwrap();
            let whole: usize = items.iter().filter_map(|item| item.as_ref().ok()).map(Bytes::len).sum();
            (whole, items.iter().any(Result::is_err))
        };
        assert_eq!(collect(true), (200_000, false));
        assert!(collect(false).1);
    }
}
