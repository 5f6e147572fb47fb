//! Engines that misbehave, over real sockets.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use super::*;
use crate::engine::Engine;

/// What a fake engine does with a request: the bytes of its answer, and whether it hangs up then.
type Script = dyn Fn(usize, &str) -> (Vec<u8>, bool) + Send + Sync;

/// An engine that follows a script, which gets the number of the request and its first line.
struct Fake {
    _folder: tempfile::TempDir,
    socket: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
    open: Arc<Mutex<Vec<UnixStream>>>,
}

impl Fake {
    fn new(script: impl Fn(usize, &str) -> (Vec<u8>, bool) + Send + Sync + 'static) -> Fake {
        let folder = tempfile::tempdir().unwrap();
        let fake = Fake {
            socket: folder.path().join("engine.sock"),
            _folder: folder,
            asked: Arc::default(),
            open: Arc::default(),
        };
        let listener = UnixListener::bind(&fake.socket).unwrap();
        let (asked, open) = (Arc::clone(&fake.asked), Arc::clone(&fake.open));
        let script: Arc<Script> = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                open.lock().unwrap().push(stream.try_clone().unwrap());
                let (script, asked) = (Arc::clone(&script), Arc::clone(&asked));
                thread::spawn(move || serve(&stream, &*script, &asked));
            }
        });
        fake
    }

    /// One that answers every request with the same.
    fn always(answer: impl Into<Vec<u8>>) -> Fake {
        let answer = answer.into();
        Fake::new(move |_, _| (answer.clone(), true))
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint::Unix(self.socket.clone())
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Ends all connections, as an engine does that is killed.
    fn cut(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }
}

fn serve(stream: &UnixStream, script: &Script, asked: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(request)) = lines.next() {
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let number = {
            let mut asked = asked.lock().unwrap();
            asked.push(request.trim_end_matches(" HTTP/1.1").to_owned());
            asked.len() - 1
        };
        let (answer, hang_up) = script(number, &request);
        let mut stream = stream;
        if stream.write_all(&answer).is_err() {
            return;
        }
        if hang_up {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}

fn http(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into()
}

const VERSION: &str =
    r#"{"Version":"1","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"}"#;

#[tokio::test]
async fn whatever_is_no_engine_is_told_apart() {
    for (answer, expected) in [
        (b"\x15\x03\x01\x00\x02\x02\x0a".to_vec(), "what answers there does not speak HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), "what answers there does not speak HTTP"),
        (Vec::new(), "it hung up without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Le".to_vec(), "it hung up without an answer"),
        (http("200 OK", ""), "what answers there is no container engine: this engine cannot answer /version"),
        (http("200 OK", "<html>"), "what answers there is no container engine: cannot understand /version"),
        (http("200 OK", "[]"), "what answers there is no container engine"),
        (
            http("200 OK", r#"{"ApiVersion":"new"}"#),
            "cannot agree with the engine on a version of its API: it says \"new\"",
        ),
        (
            http("404 Not Found", "page not found"),
            "what answers there is no container engine: page not found",
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere/\r\nContent-Length: 0\r\n\r\n".to_vec(),
            "what answers there is no container engine: the engine answered 302 Found and points to https://elsewhere/",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{".to_vec(),
            "what answers there is no container engine: cannot read",
        ),
        (http("403 Forbidden", r#"{"message":"not you"}"#), "not you"),
        (http("500 Internal Server Error", ""), "the engine answered 500 Internal Server Error"),
        (
            http("200 OK", "{}"),
            "what answers there is no container engine: cannot understand /version: it names no version",
        ),
        (http("200 OK", r#"{"ApiVersion":"9.9","MinAPIVersion":"9.0"}"#), "a newer hadal is needed"),
        (http("200 OK", r#"{"ApiVersion":7}"#), "what answers there is no container engine"),
        (http(&format!("200 {}", "x".repeat(2 << 20)), ""), "what answers there does not speak HTTP"),
    ] {
        let fake = Fake::always(answer.clone());
        let error = Engine::connect(&fake.endpoint(), "test").await.unwrap_err().to_string();
        let start = String::from_utf8_lossy(&answer[..answer.len().min(80)]).into_owned();
        assert!(error.contains(expected), "{start:?}: {error}");
    }
}

#[tokio::test]
async fn an_engine_that_says_only_who_it_is_will_do() {
    let fake = Fake::new(|number, _| match number {
        0 => (http("200 OK", VERSION), false),
        _ => (http("500 Internal Server Error", "no info today"), false),
    });
    let engine = Engine::connect(&fake.endpoint(), "test").await.unwrap();
    assert_eq!((engine.about().api.as_str(), engine.about().storage.as_str()), ("1.41", ""));
    assert_eq!(fake.asked(), ["GET /version", "GET /v1.41/info"]);
}

#[tokio::test]
async fn a_silent_engine_costs_what_it_may_cost() {
    let fake = Fake::new(|_, _| {
        thread::sleep(Duration::from_secs(5));
        (Vec::new(), true)
    });
    let (wire, start) = (Wire::new(&fake.endpoint()), Instant::now());
    let patience = Duration::from_millis(300);
    let error = wire.send(Method::GET, "/_ping", None, Some(patience)).await.unwrap_err();
    assert!(matches!(error, EngineError::Timeout { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_restarted_engine_is_met_again_without_an_error() {
    let fake = Fake::new(|_, _| (http("200 OK", "{}"), false));
    let wire = Wire::new(&fake.endpoint());
    for round in 0..50 {
        let method = if round % 2 == 0 { Method::GET } else { Method::POST };
        let answer = wire.send(method, "/x", None, Some(PATIENCE)).await.unwrap();
        whole(answer.into_body()).await.unwrap();
        fake.cut();
        // For what changes something, only a connection that is seen to be dead is safe to replace.
        if round % 2 == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert_eq!(fake.asked().len(), 50, "{:?}", fake.asked());
}

#[tokio::test]
async fn what_only_asks_is_asked_again_and_what_acts_is_not() {
    // The second request meets a dead end after it was read.
    let fake = || {
        Fake::new(|number, _| match number {
            1 => (Vec::new(), true),
            _ => (http("200 OK", "{}"), false),
        })
    };
    let asking = fake();
    let wire = Wire::new(&asking.endpoint());
    for _ in 0..2 {
        let _: serde_json::Value = wire.json("/x").await.unwrap();
    }
    assert_eq!(asking.asked(), ["GET /x"; 3]);
    let acting = fake();
    let wire = Wire::new(&acting.endpoint());
    let _: serde_json::Value = wire.json("/x").await.unwrap();
    let error = wire.send(Method::POST, "/stop", None, Some(PATIENCE)).await.unwrap_err();
    assert!(error.to_string().contains("hung up without an answer"), "{error}");
    assert_eq!(acting.asked(), ["GET /x", "POST /stop"]);
    // Again and again is not asked.
    let never = Fake::always("");
    let error = Wire::new(&never.endpoint()).get("/x", PATIENCE).await.unwrap_err();
    assert!(error.is_away(), "{error}");
    assert_eq!(never.asked().len(), 2);
}

#[tokio::test]
async fn an_engine_that_was_replaced_says_which_version_it_wants() {
    let fake = Fake::new(|_, request| {
        let old = "client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade";
        match request.contains("/v1.44/") {
            true => (http("200 OK", "{}"), false),
            false => (http("400 Bad Request", &format!(r#"{{"message":"{old}"}}"#)), false),
        }
    });
    let wire = Wire::new(&fake.endpoint());
    wire.speak("1.41");
    // Nothing was done before the refusal: what acts can be said again, too.
    wire.send(Method::POST, "/stop", None, Some(PATIENCE)).await.unwrap();
    let _: serde_json::Value = wire.json("/x").await.unwrap();
    assert_eq!(fake.asked(), ["POST /v1.41/stop", "POST /v1.44/stop", "GET /v1.44/x"]);
    // One that wants what is not spoken here, or another each time, is not run after.
    let fussy = Fake::new(|number, _| {
        let text =
            format!("client version 1.0 is too old. Minimum supported API version is 1.{}", number + 30);
        (http("400 Bad Request", &text), false)
    });
    let wire = Wire::new(&fussy.endpoint());
    wire.speak("1.20");
    let error = wire.get("/x", PATIENCE).await.unwrap_err().to_string();
    assert!(error.contains("API version is 1.31") && fussy.asked().len() == 2, "{error}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error() {
    let fake = Fake::always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n".to_vec());
    let mut stream = Wire::new(&fake.endpoint()).stream("/x").await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), "hello");
    let error = stream.next().await.unwrap().unwrap_err().to_string();
    assert!(error.starts_with("cannot read the engine's answer to its end"), "{error}");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn the_reason_of_an_unreachable_socket_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, "").unwrap();
    let why = |path: PathBuf| async {
        Wire::new(&Endpoint::Unix(path)).get("/x", PATIENCE).await.unwrap_err().to_string()
    };
    assert!(why(path.clone()).await.ends_with("the engine does not run"), "{}", why(path.clone()).await);
    assert!(why(folder.path().join("nosuch")).await.ends_with("no such socket"));
    let long = folder.path().join("x".repeat(200));
    assert!(why(long).await.contains("cannot reach the engine at unix:///"));
    // Nobody is denied anything who is root.
    if rustix::process::getuid().is_root() {
        return;
    }
    let _listener = UnixListener::bind(folder.path().join("shut")).unwrap();
    let shut = folder.path().join("shut");
    std::fs::set_permissions(&shut, std::fs::Permissions::from_mode(0o000)).unwrap();
    assert!(why(shut).await.contains("permission denied"));
}

#[test]
fn engines_say_which_version_they_want() {
    for (message, expected) in [
        ("client version 1.99 is too new. Maximum supported API version is 1.41", Some("1.41")),
        (
            "client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client",
            Some("1.44"),
        ),
        ("client version 1.41 is too old. Minimum supported API version is 1.44.", Some("1.44")),
        ("client version 1.41 is too old. Minimum supported API version is 1.99", None),
        ("client version 1.41 is too old. Minimum supported API version is x", None),
        ("Minimum supported API version is 1.44", None),
        ("no such image", None),
    ] {
        assert_eq!(wanted(message).as_deref(), expected, "{message}");
    }
}

#[test]
fn what_has_a_meaning_in_a_path_is_escaped() {
    assert_eq!(escape("a:1_.-~"), "a:1_.-~");
    assert_eq!(escape("../v?x=1#&\u{e9} %"), "..%2Fv%3Fx%3D1%23%26%C3%A9%20%25");
}
