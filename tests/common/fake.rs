//! An engine that answers from a script over a real socket, counts what it is asked, and can go silent or away.

#![allow(clippy::unwrap_used, unreachable_pub, dead_code)]

use std::collections::HashMap;
use std::io::{BufReader, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::place::Place;

/// What Docker 20.10 says of itself, as far as it is asked for.
const VERSION: &str = r#"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64",
    "Components":[{"Name":"Engine"}]}"#;

/// See the module. Its socket and its threads end with it.
pub struct Fake {
    place: Place,
    shared: Arc<Shared>,
    /// What is to be told to listeners: by a thread of its own, as they may be slow.
    telling: Sender<String>,
}

#[derive(Default)]
struct Shared {
    /// By path, without the version; with a query, or for all queries without one.
    answers: Mutex<HashMap<String, (u16, String)>>,
    /// Paths that were asked for, in order, with their queries.
    asked: Mutex<Vec<String>>,
    connections: Mutex<Vec<UnixStream>>,
    /// Who listens to events.
    listeners: Mutex<Vec<UnixStream>>,
    /// By path: how long an answer takes.
    delays: Mutex<HashMap<String, Duration>>,
    silent: Mutex<bool>,
    spoken: Condvar,
    gone: AtomicBool,
}

impl Fake {
    pub fn new() -> Fake {
        let mut fake = Fake::absent();
        fake.start();
        fake
    }

    /// One that does not listen yet.
    pub fn absent() -> Fake {
        let (telling, told) = channel::<String>();
        let shared = Arc::new(Shared::default());
        let listeners = Arc::clone(&shared);
        std::thread::spawn(move || {
            for chunk in told {
                let mut streams = std::mem::take(&mut *listeners.listeners.lock().unwrap());
                streams.retain_mut(|stream| stream.write_all(chunk.as_bytes()).is_ok());
                listeners.listeners.lock().unwrap().append(&mut streams);
            }
        });
        let fake = Fake { place: Place::new(), shared, telling };
        fake.answer("/version", VERSION);
        fake.answer("/info", r#"{"Driver":"overlay2","CgroupVersion":"2"}"#);
        fake.answer("/_ping", "OK");
        fake.answer("/images/json", "[]");
        fake.answer("/containers/json", "[]");
        fake
    }

    pub fn url(&self) -> String {
        format!("unix://{}", self.place.path("engine.sock"))
    }

    pub fn start(&mut self) {
        let listener = UnixListener::bind(self.place.path("engine.sock")).unwrap();
        let shared = Arc::clone(&self.shared);
        shared.gone.store(false, Ordering::SeqCst);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                if shared.gone.load(Ordering::SeqCst) {
                    return;
                }
                shared.connections.lock().unwrap().push(stream.try_clone().unwrap());
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(&shared, stream));
            }
        });
    }

    /// Goes away, as when a daemon is killed.
    pub fn stop(&mut self) {
        self.shared.gone.store(true, Ordering::SeqCst);
        let socket = self.place.path("engine.sock");
        // Wakes the thread that accepts, so that it sees that it is over.
        let _ = UnixStream::connect(&socket);
        let _ = std::fs::remove_file(socket);
        for stream in self.shared.connections.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.shared.listeners.lock().unwrap().clear();
    }

    /// Takes connections and requests, and answers none: as a daemon that was stopped with SIGSTOP.
    pub fn silence(&self, silent: bool) {
        *self.shared.silent.lock().unwrap() = silent;
        self.shared.spoken.notify_all();
    }

    pub fn answer(&self, path: &str, body: &str) {
        self.refuse(path, 200, body);
    }

    pub fn refuse(&self, path: &str, status: u16, body: &str) {
        self.shared.answers.lock().unwrap().insert(path.to_owned(), (status, body.to_owned()));
    }

    /// From now on the answer takes so long; others do not wait for it.
    pub fn delay(&self, path: &str, time: Duration) {
        self.shared.delays.lock().unwrap().insert(path.to_owned(), time);
    }

    /// The object is gone: what asks for it gets 404.
    pub fn forget(&self, path: &str) {
        self.shared.answers.lock().unwrap().remove(path);
    }

    /// Sends bytes to all who listen to events, in one chunk.
    pub fn tell(&self, text: &str) {
        self.telling.send(format!("{:x}\r\n{text}\r\n", text.len())).unwrap();
    }

    /// Waits until somebody listens to events.
    pub fn wait_for_listener(&self) {
        for _ in 0..500 {
            if !self.shared.listeners.lock().unwrap().is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("nobody listens to events");
    }

    /// What was asked since this was last asked.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.asked.lock().unwrap())
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.silence(false);
        self.stop();
    }
}

/// Answers the requests of one connection, one after the other.
fn serve(shared: &Shared, stream: UnixStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(target) = request(&mut reader) {
        shared.asked.lock().unwrap().push(target.clone());
        let mut silent = shared.silent.lock().unwrap();
        while *silent {
            silent = shared.spoken.wait(silent).unwrap();
        }
        drop(silent);
        let path = target.split('?').next().unwrap_or_default();
        let delay = shared.delays.lock().unwrap().get(path).copied();
        delay.into_iter().for_each(std::thread::sleep);
        if path == "/events" && !shared.answers.lock().unwrap().contains_key(path) {
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            if writer.write_all(head.as_bytes()).is_ok() {
                shared.listeners.lock().unwrap().push(writer);
            }
            return;
        }
        let missing = || (404, format!(r#"{{"message":"No such object: {path}"}}"#));
        let answers = shared.answers.lock().unwrap();
        let (status, body) = answers.get(&target).or(answers.get(path)).cloned().unwrap_or_else(missing);
        drop(answers);
        let answer = format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The target of the next request, without the version of the API and with the query.
fn request(reader: &mut impl std::io::BufRead) -> Option<String> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        lines.push(line);
    }
    let length = lines
        .iter()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    reader.take(length.unwrap_or(0)).read_to_end(&mut Vec::new()).ok()?;
    let target = lines.first()?.split(' ').nth(1)?;
    let rest = target.strip_prefix("/v").and_then(|rest| rest.split_once('/'));
    Some(match rest {
        Some((version, rest)) if version.starts_with(|c: char| c.is_ascii_digit()) => format!("/{rest}"),
        _ => target.to_owned(),
    })
}
