//! The least that is an engine: it says who it is, to as many as ask, over a Unix socket or TCP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const VERSION: &str = r#"{"Version":"1.2.3","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64",
    "Components":[{"Name":"Engine"}]}"#;

/// Listens at a socket; what comes back counts connections.
pub(crate) fn at_socket(path: &str) -> Arc<AtomicUsize> {
    let (listener, count) = (UnixListener::bind(path).unwrap(), Arc::<AtomicUsize>::default());
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::Relaxed);
            std::thread::spawn(move || serve(&stream, &stream));
        }
    });
    count
}

/// Listens at a port of the loopback.
pub(crate) fn at_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(&stream, &stream));
        }
    });
    port
}

fn serve(from: impl Read, mut to: impl Write) {
    let mut from = BufReader::new(from);
    // The beginning of a TLS handshake is no request.
    if from.fill_buf().is_ok_and(|start| start.first().is_some_and(|byte| !byte.is_ascii_uppercase())) {
        let _ = to.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    let mut lines = from.lines();
    while let Some(Ok(request)) = lines.next() {
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let path = request.split(' ').nth(1).unwrap_or_default();
        let body = if path.ends_with("/version") { VERSION } else { "{}" };
        let shown = if request.starts_with("HEAD ") { "" } else { body };
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{shown}", body.len());
        if to.write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}
