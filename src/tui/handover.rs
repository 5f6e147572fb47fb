//! The terminal in other hands: what is typed goes to a container, what comes back is shown as it is.
//!
//! Afterwards the terminal is put right again, whatever was done to it.

use std::future::Future;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;

use crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};
use futures_util::StreamExt as _;
use rustix::event::{PollFd, PollFlags, poll};
use tokio::io::AsyncWriteExt as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::container::exit;
use crate::jobs::Session;

/// Pieces of typing that may wait to be sent on.
const QUEUE: usize = 64;

/// Everything that a program may have changed about a terminal, as it was: colours, alternate screen, cursor,
/// keypad, character set, scrolling region, mouse, paste and focus reports.
const AS_IT_WAS: &str = "\x1b[0m\x1b[?1049l\x1b[?25h\x1b[?1l\x1b>\x1b(B\x1b[r\x1b[?7h\x1b[?1000l\x1b[?1002l\x1b[?1003l\
                         \x1b[?1006l\x1b[?2004l\x1b[?1004l";

/// Keys that leave a container and let it run: Ctrl-P Ctrl-Q. Where the container has a terminal of its own the engine
/// listens for them.
const DETACH: [u8; 2] = [0x10, 0x11];
const INTERRUPT: u8 = 0x03;

/// A terminal in a container, and what to call it.
#[derive(Debug)]
pub(super) struct Opened {
    pub session: Session,
    pub title: String,
}

/// Runs a session until it ends, is left, or `stop` says so: then the result is `None`. The terminal must not be taken
/// over. Otherwise the result is one line on how it ended.
pub(super) async fn run<T>(opened: Opened, stop: impl Future<Output = T>) -> Result<String, T> {
    let title = opened.title.clone();
    let _ = enable_raw_mode();
    let ended = talk(opened, stop).await;
    let mut out = io::stdout();
    let _ = out.write_all(AS_IT_WAS.as_bytes()).and_then(|()| out.flush());
    let _ = disable_raw_mode();
    ended.map(|how| match how {
        Ok(how) => format!("{title}: {how}"),
        Err(error) => format!("! {title}: {error}"),
    })
}

async fn talk<T>(opened: Opened, stop: impl Future<Output = T>) -> Result<Result<String, String>, T> {
    let Opened { session, title } = opened;
    let (mut output, mut input, control) = session.split();
    let own = control.has_terminal();
    let hint = if own { "Ctrl-P Ctrl-Q leaves it running" } else { "Ctrl-C leaves it" };
    let _ = write!(io::stdout(), "\x1b[2m{title} · {hint}\x1b[0m\r\n").and_then(|()| io::stdout().flush());
    let mut typing = match Typing::start() {
        Ok(typing) => typing,
        Err(error) => return Ok(Err(format!("cannot read the keyboard: {error}"))),
    };
    let Ok(mut resized) = signal(SignalKind::window_change()) else {
        return Ok(Err("cannot follow the size of the window".to_owned()));
    };
    let fit = || async {
        let (columns, rows) = size().unwrap_or((80, 24));
        let _ = control.resize(columns, rows).await;
    };
    fit().await;
    let mut stop = std::pin::pin!(stop);
    let mut last = 0;
    loop {
        tokio::select! {
            stopped = &mut stop => return Err(stopped),
            piece = output.next() => match piece {
                Some(Ok(bytes)) => {
                    let bytes = if own { bytes.to_vec() } else { with_returns(&bytes) };
                    let mut out = io::stdout();
                    if out.write_all(&bytes).and_then(|()| out.flush()).is_err() {
                        return Ok(Err("the terminal is gone".to_owned()));
                    }
                }
                Some(Err(error)) => return Ok(Err(error.to_string())),
                None => break,
            },
            typed = typing.next() => {
                let Some(typed) = typed else { return Ok(Ok("the keyboard is gone".to_owned())) };
                if !own {
                    let leaves = typed.contains(&INTERRUPT)
                        || typed.windows(2).any(|two| two == DETACH)
                        || (last == DETACH[0] && typed.first() == Some(&DETACH[1]));
                    if leaves {
                        return Ok(Ok("left; it runs on".to_owned()));
                    }
                    last = typed.last().copied().unwrap_or(0);
                }
                let sent = async { input.write_all(&typed).await?; input.flush().await };
                if sent.await.is_err() {
                    break;
                }
            }
            _ = resized.recv() => fit().await,
        }
    }
    Ok(match control.exit_code().await {
        Ok(Some(0)) => Ok("ended".to_owned()),
        Ok(Some(code)) => Ok(format!("ended with exit code {}", exit::words(code))),
        Ok(None) => Ok("left; it runs on".to_owned()),
        Err(error) => Err(error.to_string()),
    })
}

/// What is typed, byte by byte, from a thread that ends when this is dropped: one that blocked in a read would take
/// the first key from whoever has the terminal next.
#[derive(Debug)]
pub(super) struct Typing {
    receive: mpsc::Receiver<Vec<u8>>,
    /// Closing it wakes the thread.
    wake: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl Typing {
    pub(super) fn start() -> io::Result<Typing> {
        let (wake, woken) = UnixStream::pair()?;
        let (send, receive) = mpsc::channel(QUEUE);
        let thread = std::thread::spawn(move || read(&woken, &send));
        Ok(Typing { receive, wake: Some(wake), thread: Some(thread) })
    }

    /// The next bytes; nothing when the terminal is gone.
    pub(super) async fn next(&mut self) -> Option<Vec<u8>> {
        self.receive.recv().await
    }
}

impl Drop for Typing {
    fn drop(&mut self) {
        self.receive.close();
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(woken: &UnixStream, send: &mpsc::Sender<Vec<u8>>) {
    let terminal = io::stdin();
    let mut buffer = [0; 4096];
    loop {
        let mut both =
            [PollFd::from_borrowed_fd(terminal.as_fd(), PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
        match poll(&mut both, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return,
        }
        if !both[1].revents().is_empty() {
            return;
        }
        // Not through the standard library's buffer: what it kept back would be lost to who reads next.
        match rustix::io::read(terminal.as_fd(), &mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => {
                if send.blocking_send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        }
    }
}

/// Lines that end where a terminal in raw mode expects it.
fn with_returns(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    let mut last = 0;
    for &byte in bytes {
        if byte == b'\n' && last != b'\r' {
            out.push(b'\r');
        }
        out.push(byte);
        last = byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_get_their_returns_once() {
        assert_eq!(with_returns(b"a\nb\r\nc\n\n"), b"a\r\nb\r\nc\r\n\r\n");
    }
}
