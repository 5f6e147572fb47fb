//! Opening an image for a command, with progress on a terminal.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Failure;
use super::args::Source;
use crate::jobs::{self, OpenRequest, Opened, Task};
use crate::report::size::human;

/// Work shorter than this shows no progress.
const PATIENCE: Duration = Duration::from_millis(500);

pub(super) fn open(source: &Source, base: Option<&str>, verify: bool) -> Result<Opened, Failure> {
    let request = OpenRequest {
        image: Some(source.image.clone()),
        select: source.choice.select.clone(),
        platform: source.choice.platform.clone(),
        base: base.map(str::to_owned),
        verify,
    };
    let task = Task::new();
    if !io::stderr().is_terminal() {
        return Ok(jobs::open_keeping(&request, &task, &mut |_| {})?);
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(&task, &done));
        let opened = jobs::open_keeping(&request, &task, &mut |_| {});
        done.store(true, Ordering::Relaxed);
        watcher.thread().unpark();
        Ok(opened?)
    })
}

fn watch(task: &Task, done: &AtomicBool) {
    let mut shown = false;
    std::thread::park_timeout(PATIENCE);
    while !done.load(Ordering::Relaxed) {
        let progress = task.progress();
        let total = if progress.total > 0 { format!(" of {}", human(progress.total)) } else { String::new() };
        let _ = write!(io::stderr(), "\r\x1b[Kreading {}{total}", human(progress.done));
        shown = true;
        std::thread::park_timeout(Duration::from_millis(100));
    }
    if shown {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
}
