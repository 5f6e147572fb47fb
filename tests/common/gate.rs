//! A socket before an engine's own that lets removals through one by one, so that a test can act in the middle of them.
#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    dead_code,
    reason = "for tests, not all of which use all of it"
)]

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Patience for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// See the module.
pub struct Gate {
    folder: tempfile::TempDir,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    /// So many more removals pass.
    open: usize,
    /// Removals that were asked for, and those that passed.
    asked: usize,
    passed: usize,
}

impl Gate {
    /// Before the engine at `socket`; the first `open` removals pass.
    pub fn before(socket: &Path, open: usize) -> Gate {
        let folder = tempfile::Builder::new().prefix("hadal-test-gate-").tempdir().unwrap();
        let state = Arc::new((Mutex::new(State { open, ..State::default() }), Condvar::new()));
        let gate = Gate { folder, state: Arc::clone(&state) };
        let listener = UnixListener::bind(gate.socket()).unwrap();
        let socket = socket.to_owned();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(engine) = UnixStream::connect(&socket) else { continue };
                let (answers, back) = (engine.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || pass(answers, back, |_| {}));
                let state = Arc::clone(&state);
                std::thread::spawn(move || pass(client, engine, |chunk| wait_for_turn(chunk, &state)));
            }
        });
        gate
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    pub fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Waits until so many removals were asked for.
    pub fn wait_for(&self, removals: usize) {
        let (state, changed) = &*self.state;
        let (state, waited) = changed
            .wait_timeout_while(state.lock().unwrap(), PATIENCE, |state| state.asked < removals)
            .unwrap();
        assert!(!waited.timed_out(), "only {} removals were asked for", state.asked);
    }

    /// Lets everything through from now on.
    pub fn open(&self) {
        self.state.0.lock().unwrap().open = usize::MAX / 2;
        self.state.1.notify_all();
    }
}

fn wait_for_turn(chunk: &[u8], (state, changed): &(Mutex<State>, Condvar)) {
    if !chunk.starts_with(b"DELETE ") {
        return;
    }
    let mut state = state.lock().unwrap();
    state.asked += 1;
    changed.notify_all();
    let mut state = changed.wait_while(state, |state| state.passed >= state.open).unwrap();
    state.passed += 1;
}

/// Passes on what comes; `look` sees each chunk before.
fn pass(mut from: UnixStream, mut to: UnixStream, look: impl Fn(&[u8])) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(count) = from.read(&mut buffer) {
        look(&buffer[..count]);
        if count == 0 || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}
