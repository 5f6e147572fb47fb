//! An image's archive as its engine sends it, for a thread that blocks: straight from the socket where that is
//! possible, else through a bridge. Nothing is asked before the first byte is wanted.

use std::io::{self, Read};

use super::bridge::{Fate, Inlet, Outlet, bridge};
use super::line::{Line, cancelled};
use crate::engine::{Engine, EngineError};
#[cfg(unix)]
use crate::engine::{Pour, is_silence};
use crate::source::Task;

/// See the module.
pub(super) struct Export<'a> {
    line: &'a Line,
    images: Vec<String>,
    task: Task,
    /// Hears of the first bytes.
    begun: Option<Box<dyn FnOnce() + Send>>,
    way: Way,
    fate: Fate,
    ended: bool,
}

enum Way {
    Unasked,
    #[cfg(unix)]
    Socket(Pour),
    Bridge(Outlet),
}

impl<'a> Export<'a> {
    pub(super) fn new(
        line: &'a Line,
        images: Vec<String>,
        task: &Task,
        begun: impl FnOnce() + Send + 'static,
    ) -> Export<'a> {
        let (task, begun) = (task.clone(), Some(Box::new(begun) as Box<dyn FnOnce() + Send>));
        Export { line, images, task, begun, way: Way::Unasked, fate: Fate::default(), ended: false }
    }

    /// How it ended, or will.
    pub(super) fn fate(&self) -> Fate {
        self.fate.clone()
    }

    /// After a tar was read to its end: behind that nothing follows but the engine's own tidying up. An archive that
    /// broke off is read to its last byte, since engines say there what went wrong.
    pub(super) fn finish(&mut self, whole: bool) -> io::Result<()> {
        if !self.ended && !whole {
            io::copy(self, &mut io::sink())?;
        } else if self.ended && self.fate.fault().is_none() {
            self.fate.fail(EngineError::broken("read its archive to the end", "it is cut short"));
        }
        Ok(())
    }

    fn ask(&mut self) -> io::Result<Way> {
        #[cfg(unix)]
        {
            let task = self.task.clone();
            let wait = || if task.is_cancelled() { Err(io::Error::other("cancelled")) } else { Ok(()) };
            match self.line.engine.pour(&self.images, super::line::NOTICE, wait) {
                Ok(Some(pour)) => return Ok(Way::Socket(pour)),
                Ok(None) => wait()?,
                Err(error) => return Err(self.fate.fail(error)),
            }
        }
        let (inlet, outlet) = bridge(self.fate.clone());
        let (engine, images, task) = (self.line.engine.clone(), self.images.clone(), self.task.clone());
        let begun = self.begun.take().unwrap_or_else(|| Box::new(|| ()));
        self.line.spawn(send(engine, images, task, inlet, begun));
        Ok(Way::Bridge(outlet))
    }

    #[cfg(unix)]
    fn read_socket(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Way::Socket(pour) = &mut self.way else { return Ok(0) };
        loop {
            if self.task.is_cancelled() {
                return Err(io::Error::other("cancelled"));
            }
            match pour.read(buffer) {
                Ok(count) => {
                    self.fate.saw(&buffer[..count]);
                    if let Some(begun) = self.begun.take_if(|_| count > 0) {
                        begun();
                    }
                    return Ok(count);
                }
                Err(error) if is_silence(&error) => {}
                Err(error) => {
                    let error = EngineError::broken("read its archive to the end", error);
                    return Err(self.fate.fail(error));
                }
            }
        }
    }
}

async fn send(
    engine: Engine,
    images: Vec<String>,
    task: Task,
    inlet: Inlet,
    begun: Box<dyn FnOnce() + Send>,
) {
    let asked = async {
        tokio::select! {
            asked = engine.export(&images) => Some(asked),
            () = cancelled(&task) => None,
        }
    };
    match asked.await {
        Some(Ok(stream)) => inlet.pump(stream, &task, begun).await,
        Some(Err(error)) => inlet.fail(error).await,
        None => {}
    }
}

impl Read for Export<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if matches!(self.way, Way::Unasked) {
            self.way = self.ask()?;
        }
        let count = match &mut self.way {
            Way::Bridge(outlet) => outlet.read(buffer)?,
            #[cfg(unix)]
            Way::Socket(_) => self.read_socket(buffer)?,
            Way::Unasked => 0,
        };
        self.ended |= count == 0 && !buffer.is_empty();
        Ok(count)
    }
}
