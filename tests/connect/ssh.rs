//! An engine behind a real sshd on the loopback.
//!
//! ssh reads the settings of the user that runs it. To be given others it is wrapped, which takes a `PATH` of its own:
//! so each look for an engine is a run of this test program with [`looks_for_an_engine`] alone.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use hadal::engine::{Surroundings, find};

use crate::place::Place;
use crate::{Daemon, fake, free_port, have, sh, within};

const WANTED: &str = "HADAL_TEST_LOOK_FOR";

/// sshd with keys and settings of its own, and what leads to it.
struct Far {
    place: Place,
    port: u16,
    _daemon: Daemon,
}

impl Far {
    fn new() -> Far {
        let (place, port) = (Place::new(), free_port());
        let folder = place.path("");
        let folder = folder.trim_end_matches('/');
        sh(
            folder,
            &format!(
                r#"
                for key in host user stranger; do ssh-keygen -q -t ed25519 -N '' -f $key; done
                mkdir local far; mkdir -p /run/sshd
                cp user.pub authorized; echo "[127.0.0.1]:{port} $(cut -d ' ' -f 1,2 host.pub)" > known
                echo "[127.0.0.1]:{port} $(cut -d ' ' -f 1,2 stranger.pub)" > changed
                for program in sh cat head true; do ln -s "$(command -v $program)" far/; done
                "#
            ),
        );
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nStrictModes no\nUsePAM no\n\
             AuthorizedKeysFile {folder}/authorized\nPasswordAuthentication no\nPermitRootLogin yes\n\
             KbdInteractiveAuthentication no\nPrintMotd no\nSetEnv PATH={folder}/far HOME={folder}\n"
        );
        place.file("sshd_config", settings.as_bytes());
        // sshd wants to be called by its whole path.
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-f", &place.path("sshd_config"), "-E", &place.path("sshd.log")]);
        let mut daemon = Daemon(command.stdin(Stdio::null()).spawn().unwrap());
        let listening = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        let patience = Duration::from_secs(10);
        let listens = within(patience, || listening() || daemon.0.try_wait().unwrap().is_some());
        let log = || std::fs::read_to_string(place.path("sshd.log")).unwrap_or_default();
        assert!(listens && listening(), "{}", log());
        let far = Far { place, port, _daemon: daemon };
        far.known("user", "known");
        far
    }

    /// The key that ssh shows, and the hosts that it knows.
    fn known(&self, key: &str, hosts: &str) {
        let path = |name: &str| self.place.path(name);
        let settings = format!(
            "IdentityFile {}\nIdentitiesOnly yes\nIdentityAgent none\nUserKnownHostsFile {}\nGlobalKnownHostsFile \
             /dev/null\nStrictHostKeyChecking ask\n",
            path(key),
            path(hosts)
        );
        self.place.file("ssh_config", settings.as_bytes());
        let ssh = which("ssh");
        self.program(
            "local/ssh",
            &format!("echo start >> {}\nexec {ssh} -F {} \"$@\"", path("starts"), path("ssh_config")),
        );
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.place.file(name, format!("#!/bin/sh\n{script}\n").as_bytes());
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// How often ssh was started since the last time.
    fn starts(&self) -> usize {
        let path = self.place.path("starts");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let _ = std::fs::remove_file(path);
        text.lines().count()
    }

    /// What came of a look for an engine, and how many children it left.
    fn look(&self, url: &str) -> String {
        let path = format!("{}:{}", self.place.path("local"), std::env::var("PATH").unwrap());
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program)
            .args(["--exact", "ssh::looks_for_an_engine", "--ignored", "--nocapture", "--test-threads=1"])
            .env("PATH", path)
            .env(WANTED, url)
            .env("DOCKER_CONFIG", self.place.path("no-config"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let all = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "nothing that ssh says gets through");
        let found = all.lines().find_map(|line| line.split_once("found: "));
        found.unwrap_or_else(|| panic!("{all}")).1.to_owned()
    }

    fn url(&self, socket: &str) -> String {
        format!("ssh://root@127.0.0.1:{}{socket}", self.port)
    }
}

fn which(program: &str) -> String {
    let output = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The part that runs in a process of its own.
#[test]
#[ignore = "run by the other tests of this file"]
fn looks_for_an_engine() {
    let Ok(url) = std::env::var(WANTED) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let found = runtime.block_on(async {
        let found = find(&Surroundings::of_process(Some(url))).await;
        let during = children().len();
        let text = match &found {
            Ok(engine) => format!("{}, {during} running", engine.about().title()),
            Err(tried) => tried[0].why.clone(),
        };
        drop(found);
        for _ in 0..100 {
            if children().is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        format!("{text}, {} left", children().len())
    });
    println!("found: {found}");
}

/// Processes that this one started and has not asked for their end yet.
fn children() -> Vec<String> {
    let threads = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

const PROGRAMS: [&str; 5] = ["ssh", "ssh-keygen", "docker", "podman", "bash"];

fn ready() -> bool {
    let sshd = std::path::Path::new("/usr/sbin/sshd").exists();
    let required = std::env::var_os("HADAL_REQUIRE_ENGINE").is_some_and(|value| value == "1");
    assert!(sshd || !required, "sshd is required but not there");
    if !sshd {
        eprintln!("skipped: no sshd");
    }
    sshd && have(&PROGRAMS)
}

#[test]
fn an_engine_is_reached_through_ssh_by_whatever_program_is_there() {
    if !ready() {
        return;
    }
    let far = Far::new();
    let socket = far.place.path("engine.sock");
    let connections = fake::at_socket(&socket);
    assert_eq!(far.look(&far.url(&socket)), "neither docker nor podman is found on 127.0.0.1, 0 left");
    assert_eq!((far.starts(), connections.load(Ordering::Relaxed)), (2, 0));
    // Podman's own program knows the way, and where Docker's is missing it is found.
    far.program("far/podman", &format!("exec {} \"$@\"", which("podman")));
    assert_eq!(far.look(&far.url(&socket)), "docker 1.2.3, 1 running, 0 left");
    assert_eq!(far.starts(), 2);
    far.program("far/docker", &format!("exec {} \"$@\"", which("docker")));
    assert_eq!(far.look(&far.url(&socket)), "docker 1.2.3, 1 running, 0 left");
    // All requests go through one connection.
    assert_eq!(far.starts(), 1);
    let why = far.look(&far.url("/nosuch.sock"));
    assert!(why.contains("/nosuch.sock") && why.ends_with(", 0 left"), "{why}");
    // The engine that is usual there.
    far.program("far/docker", &format!("DOCKER_HOST=unix://{socket} exec {} \"$@\"", which("docker")));
    assert_eq!(far.look(&far.url("")), "docker 1.2.3, 1 running, 0 left");
}

#[test]
fn what_ssh_has_to_say_is_the_reason() {
    if !ready() {
        return;
    }
    let far = Far::new();
    let hand = format!("`ssh -p {} -l root 127.0.0.1`", far.port);
    let expect = |expected: &str| {
        let why = far.look(&far.url(""));
        assert!(why.starts_with(expected) && why.ends_with(", 0 left"), "{why}");
    };
    far.known("stranger", "known");
    expect(&format!("root@127.0.0.1: Permission denied (publickey); {hand} must work without a password"));
    far.known("user", "nobody");
    expect(&format!("Host key verification failed; run {hand} once and accept its key"));
    far.known("user", "changed");
    expect("the key of this host is not the one that is known");
    far.known("user", "known");
    far.program("far/docker", "echo Welcome; cat");
    expect("the login there prints \"Welcome\" first");
    far.program("far/docker", "echo 'docker: not today' >&2; exit 1");
    expect("docker: not today");
    far.program("far/docker", "exit 0");
    expect("ssh ended before an answer came");
    let why = far.look(&format!("ssh://127.0.0.1:{}", free_port()));
    assert!(why.contains("Connection refused"), "{why}");
    let why = far.look("ssh://hadal-test.invalid");
    assert!(why.contains("Could not resolve hostname"), "{why}");
}
