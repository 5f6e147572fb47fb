//! Progress of long work on standard error, where that is a terminal.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Work shorter than this shows no progress.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two looks at the work.
const PAUSE: Duration = Duration::from_millis(100);

/// Does some work, and shows meanwhile what `words` say of it. They must be safe to print.
pub(super) fn watched<T>(words: impl Fn() -> String + Sync, work: impl FnOnce() -> T) -> T {
    if !io::stderr().is_terminal() {
        return work();
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(&words, &done));
        let result = work();
        done.store(true, Ordering::Relaxed);
        watcher.thread().unpark();
        result
    })
}

fn watch(words: &dyn Fn() -> String, done: &AtomicBool) {
    let mut shown = false;
    std::thread::park_timeout(PATIENCE);
    while !done.load(Ordering::Relaxed) {
        let _ = write!(io::stderr(), "\r\x1b[K{}", words());
        shown = true;
        std::thread::park_timeout(PAUSE);
    }
    if shown {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
}
