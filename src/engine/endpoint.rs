//! Where an engine listens.

use std::fmt;
use std::path::PathBuf;

use super::EngineError;

/// The ports of the Docker API, without and with TLS.
const PLAIN_PORT: u16 = 2375;
const TLS_PORT: u16 = 2376;

/// A place that an engine may listen at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    Unix(PathBuf),
    /// A named pipe, `//./pipe/docker_engine`.
    #[cfg(windows)]
    Pipe(String),
    Tcp {
        host: String,
        port: u16,
        /// What stands before every path, without a slash at its end.
        prefix: String,
        tls: Option<TlsFiles>,
    },
    Ssh(SshHost),
}

/// The files that make up one side of a TLS connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TlsFiles {
    /// Authorities to trust; those of the system without it.
    pub ca: Option<PathBuf>,
    /// Certificate and key of this side.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Take any certificate, as a Docker context can ask for.
    pub skip_verify: bool,
}

/// A machine that is reached through the system's `ssh`. What is not said here, ssh knows from its own files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SshHost {
    pub user: Option<String>,
    pub host: String,
    pub port: Option<u16>,
    /// The engine's socket there; the one that is usual there without it.
    pub socket: Option<String>,
}

impl Endpoint {
    /// `unix://`, `tcp://`, `http://`, `https://`, `ssh://`, `npipe://` (on Windows), the bare path of a socket, or
    /// `HOST:PORT`. `tls` is what is known from the environment or a context.
    pub fn parse(url: &str, tls: Option<TlsFiles>) -> Result<Endpoint, EngineError> {
        let wrong = |why: &str| EngineError::Url { url: url.to_owned(), why: why.to_owned() };
        if url.is_empty() || url.contains(|c: char| c.is_control() || c == ' ') {
            return Err(wrong("expected a URL like unix:///var/run/docker.sock"));
        }
        let (scheme, rest) = match url.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None if url.starts_with('/') => ("unix".to_owned(), url),
            None if split_port(url).is_some_and(|(_, port)| port.is_some()) => ("tcp".to_owned(), url),
            None => return Err(wrong("expected a URL like unix:///var/run/docker.sock or ssh://host")),
        };
        let found = match scheme.as_str() {
            "unix" => socket(rest),
            "tcp" => tcp(rest, tls),
            "http" => tcp(rest, None),
            "https" => tcp(rest, Some(tls.unwrap_or_default())),
            "ssh" => ssh(rest).map(Endpoint::Ssh),
            #[cfg(windows)]
            "npipe" if rest.starts_with("//") => Ok(Endpoint::Pipe(rest.to_owned())),
            #[cfg(windows)]
            "npipe" => Err("expected a pipe like npipe:////./pipe/docker_engine"),
            #[cfg(not(windows))]
            "npipe" => Err("named pipes exist on Windows only"),
            "fd" => Err("fd:// is for engines to listen at; name its socket with unix://"),
            _ => Err("unix, tcp, http, https and ssh are understood"),
        };
        found.map_err(wrong)
    }
}

type Parsed<T> = Result<T, &'static str>;

fn socket(path: &str) -> Parsed<Endpoint> {
    match path {
        "" | "/" => Err("the path of the socket is missing"),
        path if !path.starts_with('/') => {
            Err("the path of a socket begins with a slash, so three of them: unix:///var/run/docker.sock")
        }
        path => Ok(Endpoint::Unix(PathBuf::from(path))),
    }
}

fn tcp(rest: &str, tls: Option<TlsFiles>) -> Parsed<Endpoint> {
    let (address, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = host_and_port(address)?;
    if prefix.contains(['?', '#']) {
        return Err("nothing may follow the path");
    }
    let prefix = prefix.trim_end_matches('/');
    Ok(Endpoint::Tcp {
        host,
        port: port.unwrap_or(if tls.is_some() { TLS_PORT } else { PLAIN_PORT }),
        prefix: if prefix.is_empty() { String::new() } else { format!("/{prefix}") },
        tls,
    })
}

fn ssh(rest: &str) -> Parsed<SshHost> {
    let (address, socket) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    let (user, address) = match address.rsplit_once('@') {
        Some((user, _)) if user.contains(':') => return Err("a password cannot be given here; use a key"),
        Some(("", _)) => return Err("the user is missing before the @"),
        Some((user, address)) => (Some(user), address),
        None => (None, address),
    };
    let (host, port) = host_and_port(address)?;
    // ssh would take them for options.
    if host.starts_with('-') || user.is_some_and(|user| user.starts_with('-')) {
        return Err("a name cannot begin with a dash");
    }
    let socket = (socket.len() > 1).then(|| socket.to_owned());
    Ok(SshHost { user: user.map(str::to_owned), host, port, socket })
}

fn host_and_port(address: &str) -> Parsed<(String, Option<u16>)> {
    let bracketed = address.starts_with('[');
    if !bracketed && address.matches(':').count() > 1 {
        return Err("an IPv6 address stands in brackets, as in tcp://[::1]:2375");
    }
    let (host, port) = split_port(address).ok_or("the port is no number from 1 to 65535")?;
    if host.is_empty() {
        return Err("the host is missing");
    }
    if host.contains(['@', '?', '#', '[', ']', '\\']) {
        return Err("the host is no name and no address");
    }
    let without_zone = host.split_once('%').map_or(host, |(host, _)| host);
    if bracketed && without_zone.parse::<std::net::Ipv6Addr>().is_err() {
        return Err("what stands in brackets is no IPv6 address");
    }
    Ok((host.to_owned(), port))
}

/// Host and port; the host of an IPv6 address without its brackets.
fn split_port(address: &str) -> Option<(&str, Option<u16>)> {
    let number = |port: &str| port.parse().ok().filter(|port| *port != 0);
    if let Some(rest) = address.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(number(port)?))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    match address.rsplit_once(':') {
        Some((host, _)) if host.contains(':') => None,
        Some((host, port)) => Some((host, Some(number(port)?))),
        None => Some((address, None)),
    }
}

/// As a URL. TLS shows as `https`, whatever it was called before.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Unix(path) => write!(f, "unix://{}", path.display()),
            #[cfg(windows)]
            Endpoint::Pipe(path) => write!(f, "npipe://{path}"),
            Endpoint::Tcp { host, port, prefix, tls } => {
                let scheme = if tls.is_some() { "https" } else { "tcp" };
                write!(f, "{scheme}://{}:{port}{prefix}", bracketed(host))
            }
            Endpoint::Ssh(SshHost { user, host, port, socket }) => {
                f.write_str("ssh://")?;
                if let Some(user) = user {
                    write!(f, "{user}@")?;
                }
                f.write_str(&bracketed(host))?;
                if let Some(port) = port {
                    write!(f, ":{port}")?;
                }
                f.write_str(socket.as_deref().unwrap_or_default())
            }
        }
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str, tls: Option<TlsFiles>) -> Result<String, String> {
        Endpoint::parse(url, tls).map(|endpoint| endpoint.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_understood_and_what_it_means() {
        for (url, expected) in [
            ("unix:///var/run/docker.sock", "unix:///var/run/docker.sock"),
            ("UNIX:///var/run/docker.sock", "unix:///var/run/docker.sock"),
            ("/run/podman/podman.sock", "unix:///run/podman/podman.sock"),
            ("tcp://10.0.0.1", "tcp://10.0.0.1:2375"),
            ("tcp://engine:1234/", "tcp://engine:1234"),
            ("tcp://engine:1234/some/prefix/", "tcp://engine:1234/some/prefix"),
            ("http://engine", "tcp://engine:2375"),
            ("https://engine", "https://engine:2376"),
            ("https://[fe80::1%eth0]:1", "https://[fe80::1%eth0]:1"),
            ("tcp://[::1]", "tcp://[::1]:2375"),
            ("tcp://[::1]:99/x", "tcp://[::1]:99/x"),
            ("127.0.0.1:2375", "tcp://127.0.0.1:2375"),
            ("[::1]:2375", "tcp://[::1]:2375"),
            ("ssh://host", "ssh://host"),
            ("ssh://host/", "ssh://host"),
            ("ssh://me@host:2222", "ssh://me@host:2222"),
            ("ssh://me@corp.example@host", "ssh://me@corp.example@host"),
            ("ssh://me@[::1]:22/run/podman/podman.sock", "ssh://me@[::1]:22/run/podman/podman.sock"),
        ] {
            assert_eq!(shown(url, None).as_deref(), Ok(expected), "{url}");
        }
        let tls = || Some(TlsFiles { skip_verify: true, ..TlsFiles::default() });
        assert_eq!(shown("tcp://engine", tls()).as_deref(), Ok("https://engine:2376"));
        assert_eq!(shown("http://engine", tls()).as_deref(), Ok("tcp://engine:2375"));
    }

    #[test]
    fn what_is_shown_is_understood_again() {
        for url in ["unix:///a", "tcp://[::1]:2/p", "https://h:3", "ssh://u@[::1]:4/s.sock", "ssh://h"] {
            assert_eq!(shown(url, None).as_deref(), Ok(url));
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (url, why) in [
            ("", "expected a URL"),
            ("engine", "expected a URL"),
            ("tcp://a b", "expected a URL"),
            ("tcp://a\u{1b}[31m", "expected a URL"),
            ("unix://", "path of the socket is missing"),
            ("unix://var/run/docker.sock", "three of them"),
            ("tcp://", "host is missing"),
            ("tcp://:2375", "host is missing"),
            ("tcp://host:port", "no number"),
            ("tcp://host:0", "no number"),
            ("tcp://host:65536", "no number"),
            ("tcp://[::1", "no number"),
            ("tcp://::1:2375", "in brackets, as in"),
            ("tcp://[engine]:2375", "no IPv6 address"),
            ("tcp://host/?a=b", "nothing may follow"),
            ("tcp://me@host", "no name and no address"),
            ("ssh://", "host is missing"),
            ("ssh://me:secret@host", "password"),
            ("ssh://@host", "user is missing"),
            ("ssh://-oProxyCommand=x", "dash"),
            ("ssh://-oProxyCommand=x@host", "dash"),
            ("ssh://host?x", "no name and no address"),
            ("fd://", "unix://"),
            ("ftp://host", "are understood"),
        ] {
            let error = shown(url, None).expect_err(url);
            assert!(error.contains(why), "{url}: {error}");
        }
        if cfg!(not(windows)) {
            let error = shown("npipe:////./pipe/docker_engine", None).unwrap_err();
            assert!(error.contains("Windows only"), "{error}");
        }
    }
}
