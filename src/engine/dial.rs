//! Opens connections to an engine, for the pool of the HTTP client.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::ClientConfig;
use tower_service::Service;

use super::ssh::Ssh;
use super::{Endpoint, TlsFiles, tls};

/// How long it may take to reach a machine, and to agree on TLS; together less than what an engine has to say that it
/// is there, so that the reason is known. ssh keeps its own time.
const REACH: Duration = Duration::from_secs(5);
const HANDSHAKE: Duration = Duration::from_secs(4);

/// Anything that bytes go both ways through.
trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection, whatever it goes over.
pub(super) struct Link(Box<dyn Duplex>);

/// Opens connections to one endpoint, whatever the URI of a request says.
#[derive(Clone, Debug)]
pub(super) struct Dialer(Arc<Way>);

/// How to get there, with what is worth keeping between connections.
#[derive(Debug)]
enum Way {
    #[cfg(unix)]
    Unix(std::path::PathBuf),
    #[cfg(windows)]
    Pipe(String),
    Tcp {
        host: String,
        port: u16,
    },
    Tls {
        host: String,
        port: u16,
        files: TlsFiles,
        /// Once the files could be read.
        config: Mutex<Option<Arc<ClientConfig>>>,
    },
    Ssh(Ssh),
    #[cfg(not(unix))]
    Nowhere,
}

impl Dialer {
    pub(super) fn new(endpoint: Endpoint) -> Dialer {
        Dialer(Arc::new(match endpoint {
            #[cfg(unix)]
            Endpoint::Unix(path) => Way::Unix(path),
            #[cfg(not(unix))]
            Endpoint::Unix(_) => Way::Nowhere,
            #[cfg(windows)]
            Endpoint::Pipe(path) => Way::Pipe(path),
            Endpoint::Tcp { host, port, tls: None, .. } => Way::Tcp { host, port },
            Endpoint::Tcp { host, port, tls: Some(files), .. } => {
                Way::Tls { host, port, files, config: Mutex::default() }
            }
            Endpoint::Ssh(host) => Way::Ssh(Ssh::new(host)),
        }))
    }
}

impl Way {
    async fn dial(&self) -> io::Result<Link> {
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, "no connection came about in time");
        Ok(match self {
            #[cfg(unix)]
            Way::Unix(path) => Link(Box::new(tokio::net::UnixStream::connect(path).await?)),
            #[cfg(windows)]
            Way::Pipe(path) => Link(Box::new(timeout(REACH, pipe(path)).await.map_err(late)??)),
            #[cfg(not(unix))]
            Way::Nowhere => return Err(io::Error::other("hadal reaches Unix sockets on Unix only")),
            Way::Tcp { host, port } => Link(Box::new(timeout(REACH, tcp(host, *port)).await.map_err(late)??)),
            Way::Tls { host, port, files, config } => {
                let config = tls_config(files, config).await?;
                let stream = timeout(REACH, tcp(host, *port)).await.map_err(late)??;
                let shaken = timeout(HANDSHAKE, tls::shake(stream, host, config)).await;
                let silent = || format!("no answer to the handshake in time; perhaps {}", tls::no_tls());
                Link(Box::new(shaken.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, silent()))??))
            }
            Way::Ssh(ssh) => Link(Box::new(ssh.open().await?)),
        })
    }
}

async fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    // An engine whose machine is gone says nothing: without this, waiting for its events would never end.
    #[cfg(unix)]
    {
        use rustix::net::sockopt;
        let _ = sockopt::set_socket_keepalive(&stream, true);
        #[cfg(any(target_os = "linux", target_os = "macos"))]
        {
            let _ = sockopt::set_tcp_keepidle(&stream, Duration::from_secs(30));
            let _ = sockopt::set_tcp_keepintvl(&stream, Duration::from_secs(10));
            let _ = sockopt::set_tcp_keepcnt(&stream, 3);
        }
    }
    Ok(stream)
}

async fn tls_config(
    files: &TlsFiles,
    known: &Mutex<Option<Arc<ClientConfig>>>,
) -> io::Result<Arc<ClientConfig>> {
    if let Ok(known) = known.lock()
        && let Some(config) = &*known
    {
        return Ok(Arc::clone(config));
    }
    let files = files.clone();
    let made = tokio::task::spawn_blocking(move || tls::config(&files)).await?;
    let config = Arc::new(made.map_err(io::Error::other)?);
    if let Ok(mut known) = known.lock() {
        *known = Some(Arc::clone(&config));
    }
    Ok(config)
}

/// A pipe whose ends are all taken is free again soon.
#[cfg(windows)]
async fn pipe(path: &str) -> io::Result<tokio::net::windows::named_pipe::NamedPipeClient> {
    const ALL_TAKEN: i32 = 231;
    let path = path.replace('/', "\\");
    loop {
        match tokio::net::windows::named_pipe::ClientOptions::new().open(&path) {
            Err(error) if error.raw_os_error() == Some(ALL_TAKEN) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            done => return done,
        }
    }
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<Link>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<Link>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let way = Arc::clone(&self.0);
        Box::pin(async move { way.dial().await.map(TokioIo::new) })
    }
}

impl Connection for Link {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Link {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
