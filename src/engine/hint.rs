//! Why an engine cannot be reached, in one line, with what to do about it.

use std::error::Error;
use std::io;
use std::path::Path;

use tokio_rustls::rustls;

use super::error::{io_error, root};
use super::{Endpoint, tls};

/// Puts the failure of a connection or of a request into words.
pub(super) fn why(endpoint: &Endpoint, error: &(dyn Error + 'static)) -> String {
    if let Endpoint::Tcp { tls: Some(files), .. } = endpoint
        && let Some(error) = tls_error(error)
    {
        return tls::explain(error, files);
    }
    let kind = io_error(error).map(io::Error::kind);
    let hung_up = hung_up(error);
    let connecting = found::<hyper_util::client::legacy::Error>(error)
        .is_some_and(hyper_util::client::legacy::Error::is_connect);
    match (endpoint, kind) {
        (Endpoint::Unix(path), Some(io::ErrorKind::PermissionDenied)) => denied(path),
        (Endpoint::Unix(path), Some(io::ErrorKind::NotFound)) => {
            format!("no such socket{}", start(path, "; "))
        }
        (Endpoint::Unix(path), Some(io::ErrorKind::ConnectionRefused)) => {
            format!("the engine does not run{}", start(path, "; "))
        }
        (Endpoint::Unix(_), Some(io::ErrorKind::WouldBlock)) => {
            "the engine takes no more connections; it is stopped or too busy".to_owned()
        }
        (Endpoint::Tcp { .. }, Some(io::ErrorKind::ConnectionRefused)) => {
            "nothing listens there; check the port, and that the engine runs".to_owned()
        }
        (Endpoint::Tcp { tls: Some(_), .. }, _) if hung_up && connecting => {
            format!("it hung up in the handshake; perhaps {}", tls::no_tls())
        }
        (Endpoint::Tcp { tls: Some(files), .. }, _) if hung_up => {
            format!("it hung up after the handshake; perhaps {}", tls::not_accepted(files))
        }
        _ if hung_up => "it hung up without an answer".to_owned(),
        (Endpoint::Tcp { tls: None, .. }, _) if is_parse(error) => {
            format!("what answers there does not speak HTTP; if it wants TLS, {}", use_tls())
        }
        _ if is_parse(error) => "what answers there does not speak HTTP".to_owned(),
        _ => root(error),
    }
}

/// Whether the connection ended without an answer.
pub(super) fn hung_up(error: &(dyn Error + 'static)) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let hyper = found::<hyper::Error>(error);
    let kind = io_error(error).map(io::Error::kind);
    hyper.is_some_and(|error| error.is_incomplete_message() || error.is_closed() || error.is_canceled())
        || matches!(kind, Some(BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof))
}

/// How to ask for TLS.
pub(super) fn use_tls() -> &'static str {
    "use https://, or set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH"
}

fn is_parse(error: &(dyn Error + 'static)) -> bool {
    found::<hyper::Error>(error).is_some_and(hyper::Error::is_parse)
}

/// The first error of a type in a chain of errors.
fn found<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// TLS hides its errors in those of input and output, which do not name them as their source.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    found(error).or_else(|| found::<io::Error>(error)?.get_ref()?.downcast_ref())
}

/// A socket that may not be used: who may.
fn denied(path: &Path) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let for_root = "permission denied; it is root's: use sudo, or an engine without root";
        let Ok(socket) = std::fs::metadata(path) else {
            return format!("{for_root}{}", start_rootless(path));
        };
        let group_may_write = socket.mode() & 0o020 != 0;
        if socket.gid() == 0 || !group_may_write {
            return format!("{for_root}{}", start_rootless(path));
        }
        let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
        match group(&groups, socket.gid()) {
            Some(name) => format!(
                "permission denied; join the group {name} that owns it: `sudo usermod -aG {name} $USER`, then log in again"
            ),
            None => format!("permission denied; join the group {} that owns it", socket.gid()),
        }
    }
    #[cfg(not(unix))]
    format!("permission denied for {}", path.display())
}

/// The name of a group, from the text of `/etc/group`.
fn group(groups: &str, id: u32) -> Option<&str> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then_some(name)
    })
}

fn start_rootless(path: &Path) -> &'static str {
    let podman = path.to_string_lossy().contains("podman");
    if podman { " (`systemctl --user start podman.socket`)" } else { "" }
}

/// What starts the engine whose socket is usually there.
fn start(path: &Path, before: &str) -> String {
    let path = path.to_string_lossy();
    let user = path.contains("/run/user/");
    let command = if path.ends_with("/podman/podman.sock") && user {
        "systemctl --user start podman.socket"
    } else if path == "/run/podman/podman.sock" || path == "/var/run/podman/podman.sock" {
        "sudo systemctl start podman.socket"
    } else if path == "/var/run/docker.sock" || path == "/run/docker.sock" {
        "sudo systemctl start docker"
    } else if path.ends_with("/docker.sock") && user {
        "systemctl --user start docker"
    } else if path.contains("/.colima/") || path.contains("/colima/") {
        "colima start"
    } else if path.contains("/.lima/") {
        "limactl start"
    } else if path.contains("/podman/machine/") || path.contains("podman-machine") {
        "podman machine start"
    } else if path.contains("/.orbstack/") {
        "orb start"
    } else {
        return String::new();
    };
    // Names of systemd mean nothing elsewhere.
    if command.contains("systemctl") && cfg!(not(target_os = "linux")) {
        return String::new();
    }
    format!("{before}`{command}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_by_their_number() {
        let groups = "root:x:0:\nbroken\ndocker:x:998:me,you\n::::\n";
        assert_eq!(group(groups, 998), Some("docker"));
        assert_eq!(group(groups, 0), Some("root"));
        assert_eq!(group(groups, 1), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_missing_socket_says_how_it_comes_to_be() {
        let why = |path: &str| why(&Endpoint::Unix(path.into()), &io::Error::from(io::ErrorKind::NotFound));
        for (path, expected) in [
            ("/var/run/docker.sock", "no such socket; `sudo systemctl start docker`"),
            ("/run/user/1000/docker.sock", "no such socket; `systemctl --user start docker`"),
            ("/run/user/1000/podman/podman.sock", "no such socket; `systemctl --user start podman.socket`"),
            ("/run/podman/podman.sock", "no such socket; `sudo systemctl start podman.socket`"),
            ("/home/me/.colima/default/docker.sock", "no such socket; `colima start`"),
            ("/tmp/own.sock", "no such socket"),
        ] {
            assert_eq!(why(path), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_forbidden_socket_says_who_may_use_it() {
        use std::os::unix::fs::{PermissionsExt as _, chown};
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("podman.sock");
        std::fs::write(&socket, "").unwrap();
        let mode = |mode| std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(mode)).unwrap();
        let why = || why(&Endpoint::Unix(socket.clone()), &io::Error::from(io::ErrorKind::PermissionDenied));
        mode(0o600);
        let alone = "permission denied; it is root's: use sudo, or an engine without root \
                     (`systemctl --user start podman.socket`)";
        assert_eq!(why(), alone);
        mode(0o660);
        // Only root can give a file to a group of others.
        if chown(&socket, None, Some(1)).is_ok() {
            assert!(why().contains("`sudo usermod -aG daemon $USER`, then log in again"), "{}", why());
            chown(&socket, None, Some(3_999_999)).unwrap();
            assert_eq!(why(), "permission denied; join the group 3999999 that owns it");
        }
        let hidden = Endpoint::Unix("/nosuch/docker.sock".into());
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        assert!(super::why(&hidden, &denied).ends_with("an engine without root"));
    }
}
