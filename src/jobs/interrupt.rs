//! Signals that ask a command to end while it does something whose outcome has to be told.

use std::io;

use tokio::runtime::{Builder, Runtime};

use crate::source::Task;

/// While it lives, signals do not end the process, but the work: see [`heed`].
#[derive(Debug)]
#[must_use]
pub struct Heed(Option<Runtime>);

/// From now on the first Ctrl-C (or request to terminate, or hang-up of the terminal) cancels `task`, and the second
/// abandons it. At the third `give_up` is called, from a thread of its own. Signals that whoever started the process had it ignore, as
/// `nohup` does, stay ignored.
pub fn heed(task: &Task, give_up: fn()) -> io::Result<Heed> {
    let runtime =
        Builder::new_multi_thread().worker_threads(1).thread_name("signals").enable_all().build()?;
    let listening = {
        let _inside = runtime.enter();
        signals::listen(task.clone(), give_up)?
    };
    runtime.spawn(listening);
    Ok(Heed(Some(runtime)))
}

impl Drop for Heed {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Counts what was asked.
fn asked(task: &Task, give_up: fn()) {
    if task.is_abandoned() {
        give_up();
    } else if task.is_cancelled() {
        task.abandon();
    } else {
        task.cancel();
    }
}

#[cfg(unix)]
mod signals {
    use std::io;

    use rustix::process::Signal as Number;
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::{Task, asked};

    /// Takes the signals at once; the future hears of them.
    pub(super) fn listen(task: Task, give_up: fn()) -> io::Result<impl Future<Output = ()>> {
        let ignored = ignored();
        let take = |number: Number| {
            let is_ignored = ignored >> (number.as_raw() - 1) & 1 == 1;
            (!is_ignored).then(|| signal(SignalKind::from_raw(number.as_raw()))).transpose()
        };
        let mut interrupt = take(Number::INT)?;
        let mut terminate = take(Number::TERM)?;
        let mut hangup = take(Number::HUP)?;
        Ok(async move {
            loop {
                tokio::select! {
                    () = next(&mut interrupt) => {}
                    () = next(&mut terminate) => {}
                    () = next(&mut hangup) => {}
                }
                asked(&task, give_up);
            }
        })
    }

    async fn next(signal: &mut Option<Signal>) {
        match signal {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }

    /// Signals that the process was started to ignore, by bit; none where the system does not tell.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }
}

#[cfg(not(unix))]
mod signals {
    use std::io;

    use super::{Task, asked};

    pub(super) fn listen(task: Task, give_up: fn()) -> io::Result<impl Future<Output = ()>> {
        Ok(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                asked(&task, give_up);
            }
        })
    }
}
