//! Where an engine is looked for, in every surrounding.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::*;

/// A machine of its own below a folder.
struct Machine {
    folder: tempfile::TempDir,
    around: Surroundings,
}

impl Machine {
    fn new() -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        fs::create_dir(root.join("home")).unwrap();
        let around = Surroundings {
            home: Some(root.join("home")),
            user: Some(1000),
            system: "linux".to_owned(),
            root,
            ..Surroundings::default()
        };
        Machine { folder, around }
    }

    fn set(mut self, name: &str, value: &str) -> Machine {
        self.around.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn engine(mut self, engine: &str) -> Machine {
        self.around.engine = Some(engine.to_owned());
        self
    }

    fn file(self, path: &str, text: &str) -> Machine {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn context(self, name: &str, host: &str) -> Machine {
        let id = crate::image::digest::hex(&Sha256::digest(name));
        let meta = format!(r#"{{"Name":"{name}","Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
        self.file(&format!("home/.docker/contexts/meta/{id}/meta.json"), &meta)
    }

    fn current(self, name: &str) -> Machine {
        self.file("home/.docker/config.json", &format!(r#"{{"currentContext":"{name}"}}"#))
    }

    fn socket(&self, path: &str) -> UnixListener {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        UnixListener::bind(path).unwrap()
    }

    /// Names and URLs; this machine's own folder left out.
    fn places(&self) -> Vec<String> {
        let root = self.folder.path().to_str().unwrap();
        match places(&self.around) {
            Ok(places) => places
                .iter()
                .map(|place| format!("{} {}", place.name, place.endpoint).replace(root, ""))
                .collect(),
            Err(error) => vec![error.to_string()],
        }
    }
}

#[test]
fn what_is_stated_is_the_only_place_and_the_nearest_statement_counts() {
    let machine = || Machine::new().context("remote", "ssh://far").context("other", "tcp://other:1");
    for (machine, expected) in [
        (machine().engine("tcp://a:1").set("DOCKER_HOST", "tcp://b:1"), "--engine tcp://a:1"),
        (machine().engine("/a.sock"), "--engine unix:///a.sock"),
        (machine().engine("a:1"), "--engine tcp://a:1"),
        (machine().engine("remote").set("DOCKER_HOST", "tcp://b:1"), "context remote ssh://far"),
        (machine().engine("ssh://far"), "context remote ssh://far"),
        (machine().engine("").set("DOCKER_HOST", "tcp://b:1"), "DOCKER_HOST tcp://b:1"),
        (machine().set("DOCKER_HOST", "tcp://b:1").set("DOCKER_CONTEXT", "remote"), "DOCKER_HOST tcp://b:1"),
        (machine().set("DOCKER_HOST", "").set("DOCKER_CONTEXT", "remote"), "context remote ssh://far"),
        (
            machine().set("DOCKER_CONTEXT", "other").set("CONTAINER_HOST", "ssh://p").current("remote"),
            "context other tcp://other:1",
        ),
        (machine().set("CONTAINER_HOST", "ssh://p/s").current("remote"), "CONTAINER_HOST ssh://p/s"),
        (machine().current("remote"), "context remote ssh://far"),
    ] {
        assert_eq!(machine.places(), [expected], "{:?}", machine.around);
    }
}

#[test]
fn a_statement_that_leads_nowhere_is_an_error_and_no_other_place_is_taken() {
    for (machine, expected) in [
        (Machine::new().engine("nosuch"), "no Docker context has this name; there are: default"),
        (Machine::new().engine("ftp://a"), "are understood"),
        (Machine::new().set("DOCKER_HOST", "nonsense"), "expected a URL"),
        (Machine::new().set("DOCKER_CONTEXT", "gone").context("here", "ssh://h"), "default, here"),
        (Machine::new().current("gone"), "no Docker context has this name"),
        (Machine::new().file("home/.docker/config.json", "{"), "config.json"),
        (Machine::new().set("CONTAINER_HOST", "ssh://"), "host is missing"),
    ] {
        let found = machine.places();
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    }
}

const USUAL: [&str; 5] = [
    "Docker unix:///var/run/docker.sock",
    "Docker (rootless) unix:///run/user/1000/docker.sock",
    "Podman unix:///run/podman/podman.sock",
    "Podman (rootless) unix:///run/user/1000/podman/podman.sock",
    "Docker Desktop unix:///home/.docker/desktop/docker.sock",
];

#[test]
fn without_a_statement_the_usual_sockets_are_tried() {
    assert_eq!(Machine::new().places(), USUAL);
    assert_eq!(Machine::new().current("default").places(), USUAL);
    assert_eq!(
        Machine::new().set("DOCKER_CONTEXT", "default").context("a", "b").current("a").places(),
        USUAL
    );
    assert_eq!(Machine::new().engine("default").set("DOCKER_HOST", "tcp://b").places(), USUAL);
    let moved = Machine::new().set("XDG_RUNTIME_DIR", "/elsewhere").places();
    assert_eq!(moved[1], "Docker (rootless) unix:///elsewhere/docker.sock");
    let mut mac = Machine::new();
    mac.around.system = "macos".to_owned();
    assert_eq!(mac.places(), [USUAL[0], "Docker Desktop unix:///home/.docker/run/docker.sock"]);
    let nobody = Surroundings { root: "/".into(), system: "linux".to_owned(), ..Surroundings::default() };
    assert_eq!(places(&nobody).unwrap().len(), 2);
}

#[test]
fn sockets_of_machines_within_are_tried_where_they_are() {
    let machine = Machine::new().set("COLIMA_HOME", "");
    let _held: Vec<UnixListener> = [
        "home/.colima/work/docker.sock",
        "home/.colima/default/docker.sock",
        "home/.rd/docker.sock",
        "home/.orbstack/run/docker.sock",
        "home/.lima/podman/sock/podman.sock",
        "home/.local/share/containers/podman/machine/qemu/podman.sock",
        "run/user/1000/podman/podman-machine-default-api.sock",
    ]
    .map(|path| machine.socket(path))
    .into();
    // The same one by another name.
    fs::create_dir_all(machine.folder.path().join("home/.docker/run")).unwrap();
    fs::create_dir_all(machine.folder.path().join("var/run")).unwrap();
    let link = |from: &str, to: &str| {
        std::os::unix::fs::symlink(machine.folder.path().join(to), machine.folder.path().join(from)).unwrap();
    };
    link("var/run/docker.sock", "home/.rd/docker.sock");
    link("home/.docker/run/docker.sock", "home/.rd/docker.sock");
    let mut expected: Vec<&str> = USUAL.into();
    expected.extend([
        "OrbStack unix:///home/.orbstack/run/docker.sock",
        "Colima unix:///home/.colima/default/docker.sock",
        "Colima (work) unix:///home/.colima/work/docker.sock",
        "Lima (podman) unix:///home/.lima/podman/sock/podman.sock",
        "Podman machine (qemu) unix:///home/.local/share/containers/podman/machine/qemu/podman.sock",
        "Podman machine unix:///run/user/1000/podman/podman-machine-default-api.sock",
    ]);
    assert_eq!(machine.places(), expected);
}

#[test]
fn certificates_come_from_where_docker_looks_for_them() {
    let files = |machine: Machine| match places(&machine.around).unwrap().remove(0).endpoint {
        Endpoint::Tcp { tls, port, .. } => (tls, port, machine),
        other => panic!("{other}"),
    };
    let machine = || Machine::new().set("DOCKER_HOST", "tcp://h").file("home/.docker/ca.pem", "");
    assert!(matches!(files(machine()), (None, 2375, _)));
    assert!(matches!(files(machine().set("DOCKER_TLS_VERIFY", "")), (None, 2375, _)));
    assert!(matches!(files(machine().set("DOCKER_CERT_PATH", "/x")), (None, 2375, _)));
    let (tls, port, machine_of) = files(machine().set("DOCKER_TLS_VERIFY", "1"));
    let ca = |machine: &Machine| Some(machine.folder.path().join("home/.docker/ca.pem"));
    let expected = TlsFiles { ca: ca(&machine_of), identity: None, skip_verify: false };
    assert_eq!((tls, port), (Some(expected), 2376));
    let (tls, _, machine_of) = files(machine().set("DOCKER_TLS", "1"));
    assert_eq!(tls, Some(TlsFiles { ca: ca(&machine_of), identity: None, skip_verify: true }));
    let there = machine().file("certs/cert.pem", "").file("certs/key.pem", "");
    let folder = there.folder.path().join("certs");
    let (tls, ..) =
        files(there.set("DOCKER_CERT_PATH", folder.to_str().unwrap()).set("DOCKER_TLS_VERIFY", "1"));
    let identity = Some((folder.join("cert.pem"), folder.join("key.pem")));
    assert_eq!(tls, Some(TlsFiles { ca: None, identity, skip_verify: false }));
    let (tls, ..) = files(Machine::new().set("DOCKER_HOST", "https://h:1"));
    assert_eq!(tls, Some(TlsFiles::default()));
}

#[tokio::test]
async fn what_was_tried_is_told_with_its_reason() {
    let machine = Machine::new();
    let dead = machine.socket("run/podman/podman.sock");
    drop(dead);
    let tried = find(&machine.around).await.unwrap_err();
    assert_eq!(tried.len(), USUAL.len());
    assert!(tried[0].why.starts_with("no such socket"), "{tried:?}");
    assert!(tried[2].why.starts_with("the engine does not run"), "{tried:?}");
    let machine = Machine::new().set("DOCKER_HOST", "nonsense");
    let tried = find(&machine.around).await.unwrap_err();
    assert_eq!((tried.len(), tried[0].name.as_str(), tried[0].url.as_str()), (1, "DOCKER_HOST", ""));
    let machine = Machine::new().engine("unix:///nosuch.sock");
    let tried = find(&machine.around).await.unwrap_err();
    let expected =
        Tried { name: "--engine".into(), url: "unix:///nosuch.sock".into(), why: "no such socket".into() };
    assert_eq!(tried, [expected]);
}

#[tokio::test]
async fn engines_that_hang_cost_a_few_seconds_together() {
    let machine = Machine::new();
    // They accept, and say nothing.
    let _held = ["var/run/docker.sock", "run/user/1000/docker.sock", "run/podman/podman.sock"]
        .map(|path| machine.socket(path));
    let start = Instant::now();
    let tried = find(&machine.around).await.unwrap_err();
    assert!(start.elapsed() < ALL + Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(tried.len(), USUAL.len());
    assert_eq!(tried[0].why, "it did not answer in time");
}

#[tokio::test]
async fn candidates_are_listed_once_under_all_their_names() {
    let machine = Machine::new();
    let _held = machine.socket("var/run/docker.sock");
    let url = format!("unix://{}", machine.folder.path().join("var/run/docker.sock").display());
    let machine = machine
        .context("local", &url)
        .context("far", "tcp://127.0.0.1:1")
        .context("odd", "ftp://h")
        .set("DOCKER_HOST", "tcp://127.0.0.1:1")
        .set("CONTAINER_HOST", "unix:///nosuch.sock");
    let found = candidates(&machine.around).await;
    let names: Vec<(&str, bool)> = found.iter().map(|one| (one.name.as_str(), one.current)).collect();
    assert_eq!(
        names,
        [
            ("DOCKER_HOST, context far", true),
            ("CONTAINER_HOST", false),
            ("context local, Docker", false),
            ("context odd", false),
        ]
    );
    assert!(found.iter().all(|one| matches!(one.answer, Some(Err(_)))), "{found:?}");
    assert_eq!(found[2].url, url);
    // Nothing is asked twice, and nobody who is silent is waited for without end.
    assert!(Path::new(&url["unix://".len()..]).exists());
}
