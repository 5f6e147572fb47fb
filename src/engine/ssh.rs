//! Connections through the system's `ssh`, so that keys, settings and known hosts are those that already work.
//!
//! Each connection is a child that runs `docker system dial-stdio` there, or Podman's. It is asked for a sign of life
//! before it is used, so that what ssh has to say becomes the reason why there is no connection.

use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, Join, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::endpoint::SshHost;

/// How long ssh may take to reach the machine, in seconds, and to bring back the first answer.
const CONNECT_SECONDS: u64 = 15;
const ANSWER: Duration = Duration::from_secs(25);
/// How long a child may take to end by itself, and what it said to arrive.
const GRACE: Duration = Duration::from_secs(2);
const LAST_WORDS: Duration = Duration::from_millis(500);
/// What is kept of what ssh says, and the most that the first answer may weigh, in bytes.
const KEPT: usize = 16 << 10;
const HEADERS: usize = 16 << 10;

const PING: &[u8] = b"HEAD /_ping HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The exit status of a shell that does not find a program.
const NOT_FOUND: i32 = 127;

/// Opens connections to one machine.
#[derive(Debug)]
pub(super) struct Ssh {
    host: SshHost,
    /// Docker's program was not found there, so Podman's is asked at once.
    podman: AtomicBool,
}

/// Why a connection came to nothing.
struct Failure {
    why: String,
    /// The program is not there.
    absent: bool,
}

impl Ssh {
    pub(super) fn new(host: SshHost) -> Ssh {
        Ssh { host, podman: AtomicBool::new(false) }
    }

    /// A connection that has shown that an engine is at its other end.
    pub(super) async fn open(&self) -> io::Result<Session> {
        if !self.podman.load(Ordering::Relaxed) {
            match self.attempt("docker").await {
                Err(failure) if failure.absent => {}
                done => return done.map_err(|failure| io::Error::other(failure.why)),
            }
        }
        let done = self.attempt("podman").await;
        self.podman.store(done.is_ok(), Ordering::Relaxed);
        done.map_err(|failure| {
            io::Error::other(if failure.absent {
                format!("neither docker nor podman is found on {}", self.host.host)
            } else {
                failure.why
            })
        })
    }

    async fn attempt(&self, program: &str) -> Result<Session, Failure> {
        let failed = |why: String| Failure { why, absent: false };
        let mut child = spawn(&arguments(&self.host, program)).map_err(failed)?;
        let (Some(input), Some(output), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed("ssh has no pipes".to_owned()));
        };
        let words = Words::listen(errors);
        let mut stream = tokio::io::join(output, input);
        match timeout(ANSWER, greet(&mut stream)).await {
            Ok(Ok(())) => {
                let (held, gone) = oneshot::channel();
                tokio::spawn(keep(child, gone));
                Ok(Session { stream, _held: held })
            }
            Ok(Err(wrong)) => {
                drop(stream);
                let status = timeout(GRACE, child.wait()).await.ok().and_then(Result::ok);
                let absent = status.and_then(|status| status.code()) == Some(NOT_FOUND);
                let why = reason(&self.host, &words.last().await).unwrap_or(wrong);
                Err(Failure { why, absent })
            }
            // Dropping the child kills it.
            Err(_) => {
                let silent = || format!("no answer within {} s", ANSWER.as_secs());
                Err(failed(reason(&self.host, &words.last().await).unwrap_or_else(silent)))
            }
        }
    }
}

/// What ssh is called with. Nothing may ask on the terminal, and nothing of the user's settings that is meant for
/// sessions by hand may get in the way.
fn arguments(host: &SshHost, program: &str) -> Vec<String> {
    let mut arguments = vec!["-T".to_owned()];
    let connect = format!("ConnectTimeout={CONNECT_SECONDS}");
    for option in [
        "BatchMode=yes",
        &connect,
        // A network that is gone is noticed within a minute.
        "ServerAliveInterval=20",
        "ClearAllForwardings=yes",
        "RemoteCommand=none",
    ] {
        arguments.extend(["-o".to_owned(), option.to_owned()]);
    }
    arguments.extend(address(host));
    arguments.push(match &host.socket {
        None => format!("{program} system dial-stdio"),
        Some(socket) => {
            let option = if program == "podman" { "--url" } else { "--host" };
            format!("{program} {option} {} system dial-stdio", quoted(&format!("unix://{socket}")))
        }
    });
    arguments
}

/// Who and where, as ssh takes it.
fn address(host: &SshHost) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(port) = host.port {
        words.extend(["-p".to_owned(), port.to_string()]);
    }
    if let Some(user) = &host.user {
        words.extend(["-l".to_owned(), user.clone()]);
    }
    words.extend(["--".to_owned(), host.host.clone()]);
    words
}

/// One word for the shell over there.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/:._-+@=".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

fn spawn(arguments: &[String]) -> Result<Child, String> {
    let mut command = Command::new("ssh");
    command
        .args(arguments)
        // `BatchMode` does not reach the ssh of a jump host: its questions go to a program that answers nothing.
        .env("SSH_ASKPASS", "false")
        .env("SSH_ASKPASS_REQUIRE", "force")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // Not in the terminal's foreground: it can neither read from the terminal nor be interrupted by its keys.
    #[cfg(unix)]
    command.process_group(0);
    command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "the program ssh is not installed".to_owned(),
        _ => format!("cannot start ssh: {error}"),
    })
}

/// Asks for a sign of life and reads exactly that.
async fn greet(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<(), String> {
    let gone = |error: io::Error| format!("ssh ended before an answer came ({error})");
    stream.write_all(PING).await.map_err(gone)?;
    stream.flush().await.map_err(gone)?;
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut read).await.map_err(gone)? == 0 {
            return Err(match read.is_empty() {
                true => "ssh ended before an answer came".to_owned(),
                false => talkative(&read),
            });
        }
        let http = read.iter().zip(b"HTTP/1.").all(|(read, http)| read == http);
        if !http || read.len() > HEADERS {
            return Err(talkative(&read));
        }
    }
    Ok(())
}

/// What start-up files of a shell print comes before what the engine says.
fn talkative(read: &[u8]) -> String {
    let text = String::from_utf8_lossy(read);
    let line = text.lines().next().unwrap_or_default().chars().take(60).collect::<String>();
    format!("the login there prints {line:?} first; its start-up files must be silent for commands")
}

/// Waits for the end of a child, and brings it about when nobody holds its connection any more.
async fn keep(mut child: Child, gone: oneshot::Receiver<()>) {
    tokio::select! {
        _ = child.wait() => return,
        _ = gone => {}
    }
    // The end of its input lets it end by itself, and a shared connection of ssh live on.
    if timeout(GRACE, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}

/// What a child says on its standard error. Nothing of it reaches the terminal.
struct Words {
    text: Arc<Mutex<Vec<u8>>>,
    listener: JoinHandle<()>,
}

impl Words {
    fn listen(mut errors: ChildStderr) -> Words {
        let text = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&text);
        let listener = tokio::spawn(async move {
            let mut piece = [0; 1024];
            while let Ok(length @ 1..) = errors.read(&mut piece).await {
                let Ok(mut heard) = heard.lock() else { return };
                let room = KEPT.saturating_sub(heard.len()).min(length);
                heard.extend_from_slice(&piece[..room]);
            }
        });
        Words { text, listener }
    }

    /// All of it, or what there is when something else holds the other end open.
    async fn last(self) -> String {
        let _ = timeout(LAST_WORDS, self.listener).await;
        self.text.lock().map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
    }
}

/// The line that matters, and what to do. `None` when nothing was said.
fn reason(host: &SshHost, words: &str) -> Option<String> {
    let matters = |line: &&str| !line.is_empty() && !line.starts_with("Warning: Permanently added");
    let line = words.lines().map(str::trim).rfind(matters)?;
    let line = line.trim_end_matches('.');
    let said = |text: &str| words.contains(text);
    let by_hand = {
        let words = address(host).into_iter().filter(|word| word != "--").collect::<Vec<_>>();
        format!("`ssh {}`", words.join(" "))
    };
    Some(if said("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        format!(
            "the key of this host is not the one that is known; if that is right, forget the old one: `ssh-keygen -R {}`",
            host.host
        )
    } else if said("Host key verification failed") {
        format!("{line}; run {by_hand} once and accept its key")
    } else if said("Permission denied (") || said("Too many authentication failures") {
        format!(
            "{line}; {by_hand} must work without a password: load the key with ssh-add, or install it with ssh-copy-id"
        )
    } else if said("permission denied") {
        format!("{line}; that user may not use the engine there")
    } else {
        line.to_owned()
    })
}

/// A connection; dropping it ends the child.
#[derive(Debug)]
pub(super) struct Session {
    stream: Join<ChildStdout, ChildStdin>,
    _held: oneshot::Sender<()>,
}

impl AsyncRead for Session {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Session {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> SshHost {
        SshHost { user: Some("me".to_owned()), host: "far".to_owned(), port: Some(2222), socket: None }
    }

    #[test]
    fn the_command_names_what_was_given_and_nothing_else() {
        let line = arguments(&host(), "docker").join(" ");
        assert!(line.starts_with("-T -o BatchMode=yes "), "{line}");
        assert!(line.ends_with(" -p 2222 -l me -- far docker system dial-stdio"), "{line}");
        let bare = SshHost { host: "far".to_owned(), ..SshHost::default() };
        let line = arguments(&bare, "podman").join(" ");
        assert!(line.ends_with("RemoteCommand=none -- far podman system dial-stdio"), "{line}");
        let with = |socket: &str| SshHost { socket: Some(socket.to_owned()), ..bare.clone() };
        let last = |host: SshHost, program| arguments(&host, program).pop().unwrap();
        assert_eq!(last(with("/run/d.sock"), "docker"), "docker --host unix:///run/d.sock system dial-stdio");
        assert_eq!(last(with("/run/p.sock"), "podman"), "podman --url unix:///run/p.sock system dial-stdio");
        assert_eq!(
            last(with("/a b;'$(id)"), "docker"),
            r"docker --host 'unix:///a b;'\''$(id)' system dial-stdio"
        );
    }

    #[test]
    fn what_ssh_says_becomes_a_reason() {
        for (words, expected) in [
            ("", None),
            ("\n  \n", None),
            ("Warning: Permanently added 'far' (ED25519) to the list of known hosts.\n", None),
            (
                "Welcome!\nssh: connect to host far port 22: Connection refused\r\n",
                Some("ssh: connect to host far port 22: Connection refused"),
            ),
            (
                "me@far: Permission denied (publickey).\n",
                Some("me@far: Permission denied (publickey); `ssh -p 2222 -l me far` must work"),
            ),
            (
                "No ED25519 host key is known for far and you have requested strict checking.\nHost key verification failed.\n",
                Some("Host key verification failed; run `ssh -p 2222 -l me far` once"),
            ),
            (
                "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.\n",
                Some("the key of this host is not the one that is known"),
            ),
            (
                "Got permission denied while trying to connect to the Docker daemon socket\n",
                Some("Got permission denied while trying to connect to the Docker daemon socket; that user"),
            ),
        ] {
            let found = reason(&host(), words);
            match expected {
                Some(start) => assert!(found.as_deref().unwrap_or_default().starts_with(start), "{found:?}"),
                None => assert_eq!(found, None, "{words}"),
            }
        }
    }

    #[tokio::test]
    async fn a_sign_of_life_is_http_and_nothing_else() {
        for (answer, expected) in [
            ("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", Ok(())),
            ("HTTP/1.0 404 Not Found\r\n\r\n", Ok(())),
            ("", Err("ssh ended before an answer came")),
            (
                "Welcome to far!\nHTTP/1.1 200 OK\r\n\r\n",
                Err("the login there prints \"Welcome to far!\" first"),
            ),
            ("HTTP/1.1 200 OK\r\nSer", Err("the login there prints \"HTTP/1.1 200 OK\"")),
        ] {
            let (mut ours, mut theirs) = tokio::io::duplex(4096);
            theirs.write_all(answer.as_bytes()).await.unwrap();
            theirs.shutdown().await.unwrap();
            let found = greet(&mut ours).await;
            match (found, expected) {
                (found, Ok(())) => assert_eq!(found, Ok(()), "{answer}"),
                (Err(found), Err(expected)) => assert!(found.starts_with(expected), "{found}"),
                (Ok(()), Err(expected)) => panic!("{answer}: {expected}"),
            }
        }
    }
}
