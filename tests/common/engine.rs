//! Real engines for tests: a Docker or Podman of its own in a temporary folder, which can be paused, stopped
//! and started again, and which is gone with all it left when the test ends, however it ends.
//!
//! Where no engine can run, the constructors say so and give `None`; `HADAL_REQUIRE_ENGINE=1` makes that a
//! failure. `HADAL_TEST_SYSTEM` names the folder of another Debian whose engines run in place of this one's, and
//! `HADAL_TEST_STORE=containerd` lets Docker keep its images there (`.ci/newer` sets both).
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long an engine may take to answer after its start, and to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Docker,
    Podman,
}

/// An engine that answers at [`Engine::url`].
#[derive(Debug)]
pub struct Engine {
    pub kind: Kind,
    socket: PathBuf,
    /// Absent where the engine is lent.
    own: Option<Own>,
}

/// What an engine of a test's own consists of.
#[derive(Debug)]
struct Own {
    /// Settings, data and log; removed by the keeper.
    folder: PathBuf,
    daemon: Child,
    /// Holds the mount namespace, and cleans up as soon as its standard input is closed.
    keeper: Child,
}

/// The Docker of this test process: that of `HADAL_TEST_DOCKER` (`unix://…`), else its own. It is not
/// paused, stopped or pruned, and its objects are told apart by [`fresh`] names.
pub fn shared_docker() -> Option<&'static Engine> {
    static DOCKER: OnceLock<Option<Engine>> = OnceLock::new();
    DOCKER.get_or_init(|| Engine::lent(Kind::Docker, "HADAL_TEST_DOCKER").or_else(Engine::docker)).as_ref()
}

/// The Podman of this test process, as [`shared_docker`]: that of `HADAL_TEST_PODMAN`, else its own.
pub fn shared_podman() -> Option<&'static Engine> {
    static PODMAN: OnceLock<Option<Engine>> = OnceLock::new();
    PODMAN.get_or_init(|| Engine::lent(Kind::Podman, "HADAL_TEST_PODMAN").or_else(Engine::podman)).as_ref()
}

/// A name that no other object has.
pub fn fresh(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("hadal-test-{what}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

impl Engine {
    /// A Docker of one's own.
    pub fn docker() -> Option<Engine> {
        Engine::launch(Kind::Docker, &["dockerd", "docker"])
    }

    /// A Podman of one's own.
    pub fn podman() -> Option<Engine> {
        Engine::launch(Kind::Podman, &["podman"])
    }

    /// What a client is told: `unix://…`.
    pub fn url(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Where the engine stores what it holds, seen through its own mounts.
    pub fn data(&self) -> PathBuf {
        let own = self.own.as_ref().unwrap();
        let folder = own.folder.strip_prefix("/").unwrap();
        PathBuf::from(format!("/proc/{}/root", own.daemon.id())).join(folder).join("root")
    }

    /// What the engine's command line program prints; it must succeed.
    pub fn run(&self, args: &[&str]) -> String {
        let output = self.attempt(args);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{:?} {}: {}", self.kind, args.join(" "), complaint.trim());
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The same, where it may fail.
    pub fn attempt(&self, args: &[&str]) -> Output {
        self.client().args(args).stdin(Stdio::null()).output().unwrap()
    }

    /// Makes an image of one layer with a busybox in it, as `tag`. Its commands are found without a path.
    pub fn load_busybox(&self, tag: &str) {
        let mut import = self.client();
        import.args(["import", "--change", "ENV PATH=/bin", "--change", "CMD [\"sh\"]", "-", tag]);
        let mut import =
            import.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        import.stdin.take().unwrap().write_all(&busybox_root()).unwrap();
        let output = import.wait_with_output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        // The containerd store does not take the same image again.
        let there = complaint.contains("already exists");
        assert!(output.status.success() || there, "import {tag}: {complaint}");
    }

    /// Lets the engine hang: it takes connections and answers nothing.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
        let threads = threads(&self.own.as_ref().unwrap().daemon);
        let stands = |thread: &PathBuf| {
            std::fs::read_to_string(thread.join("stat")).is_ok_and(|stat| stat.contains(") T "))
        };
        assert!(within_patience(|| threads.iter().all(stands)), "the engine does not stand still");
    }

    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Ends the engine as a service manager would. Docker stops its containers; Podman's run on.
    pub fn stop(&mut self) {
        self.end(Signal::TERM);
    }

    /// Ends the engine without letting it clean up.
    pub fn kill(&mut self) {
        self.end(Signal::KILL);
    }

    /// Starts the engine again where it was, with what it had.
    pub fn start(&mut self) {
        let (kind, socket) = (self.kind, self.socket.clone());
        let own = self.mine_mut();
        assert!(own.daemon.try_wait().unwrap().is_some(), "the engine runs already");
        own.daemon = daemon(kind, &own.folder, &socket, &own.keeper);
        await_answer(&socket, &mut own.daemon, &own.folder).unwrap_or_else(|problem| panic!("{problem}"));
    }

    fn lent(kind: Kind, variable: &str) -> Option<Engine> {
        let url = std::env::var(variable).ok().filter(|url| !url.is_empty())?;
        let socket =
            url.strip_prefix("unix://").unwrap_or_else(|| panic!("{variable} must be unix://…: {url}"));
        assert!(answers(Path::new(socket)), "{variable}: nothing answers at {url}");
        Some(Engine { kind, socket: socket.into(), own: None })
    }

    fn launch(kind: Kind, programs: &[&str]) -> Option<Engine> {
        let engine = obstacle(programs).map_or_else(|| Engine::try_launch(kind), Err);
        engine.map_err(|problem| skip(kind, &problem)).ok()
    }

    fn try_launch(kind: Kind) -> Result<Engine, String> {
        let prefix = format!("hadal-test-{kind:?}-").to_lowercase();
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir().unwrap();
        let mut keeper = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-c", include_str!("keeper.sh")])
            .env("FOLDER", folder.path())
            .env("SYSTEM", system().unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // A signal to the group of the test must not keep it from its work.
            .process_group(0)
            .spawn()
            .unwrap();
        let mut ready = [0; 6];
        if keeper.stdout.take().unwrap().read_exact(&mut ready).is_err() {
            keeper.wait().unwrap();
            return Err("no mount namespace of its own".to_owned());
        }
        let folder = folder.keep();
        let socket = folder.join("socket");
        let daemon = daemon(kind, &folder, &socket, &keeper);
        let own = Own { folder: folder.clone(), daemon, keeper };
        let mut engine = Engine { kind, socket: socket.clone(), own: Some(own) };
        await_answer(&socket, &mut engine.mine_mut().daemon, &folder)?;
        Ok(engine)
    }

    /// The command line program, bound to this engine and to no one's settings.
    pub fn client(&self) -> Command {
        let program = match self.kind {
            Kind::Docker => "docker",
            Kind::Podman => "podman",
        };
        let mut client = match &self.own {
            Some(own) if system().is_some() => within(&own.keeper, Path::new("/"), program),
            _ => Command::new(program),
        };
        match self.kind {
            // BuildKit's client is a program of its own that is not always there.
            Kind::Docker => client
                .args(["--host", &self.url()])
                .env("DOCKER_CONFIG", "/nonexistent")
                .env("DOCKER_BUILDKIT", "0"),
            Kind::Podman => client.args(["--remote", "--url", &self.url()]),
        };
        for variable in ["DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST", "CONTAINER_CONNECTION"] {
            client.env_remove(variable);
        }
        client
    }

    fn signal(&self, signal: Signal) {
        let own = self.own.as_ref().expect("an engine that others use too is left alone");
        kill_process(Pid::from_child(&own.daemon), signal).unwrap();
    }

    fn end(&mut self, signal: Signal) {
        // Docker's containerd: it dies with a killed dockerd, but one started meanwhile would count on it.
        let started = children(&self.mine_mut().daemon);
        self.signal(signal);
        self.signal(Signal::CONT);
        let daemon = &mut self.mine_mut().daemon;
        let ends = within_patience(|| daemon.try_wait().unwrap().is_some() && !started.iter().any(runs));
        assert!(ends, "the engine does not end");
        // A zombie is alive to Docker, and where no one reaps it would be waited for.
        let _ = std::fs::remove_file(self.mine_mut().folder.join("exec/containerd/containerd.pid"));
    }

    fn mine_mut(&mut self) -> &mut Own {
        self.own.as_mut().expect("an engine that others use too is left alone")
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // Best effort: a panic here would hide that of the test.
        let _ = self.keeper.wait();
        let _ = self.daemon.wait();
    }
}

/// Why no engine can run here.
fn obstacle(programs: &[&str]) -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return Some("it takes root".to_owned());
    }
    if let Some(program) = programs.iter().find(|program| !is_installed(program)) {
        return Some(format!("no {program}"));
    }
    let needle = b"/ld-linux";
    let Some(busybox) = find("busybox") else { return Some("no busybox".to_owned()) };
    let loaded = std::fs::read(busybox).unwrap().windows(needle.len()).any(|window| window == needle);
    loaded.then(|| "busybox is not the static one (busybox-static)".to_owned())
}

fn skip(kind: Kind, problem: &str) {
    let required = std::env::var_os("HADAL_REQUIRE_ENGINE").is_some_and(|value| value == "1");
    assert!(!required, "{kind:?} is required but cannot run: {problem}");
    eprintln!("skipped: no engine ({kind:?}: {problem})");
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The folder of the system whose engines run; `None` when it is this one.
fn system() -> Option<PathBuf> {
    std::env::var_os("HADAL_TEST_SYSTEM").filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// Whether a program is there, in the system whose engines run.
fn is_installed(program: &str) -> bool {
    let Some(system) = system() else { return find(program).is_some() };
    ["usr/bin", "usr/sbin"].iter().any(|folder| system.join(folder).join(program).is_file())
}

/// Whether Docker keeps its images in the containerd store.
pub fn keeps_blobs() -> bool {
    std::env::var_os("HADAL_TEST_STORE").is_some_and(|store| store == "containerd")
}

/// A program in the keeper's mount namespace, and so of the system whose engines run, at a place there.
fn within(keeper: &Child, place: &Path, program: &str) -> Command {
    let mut command = Command::new("nsenter");
    command.args(["--target", &keeper.id().to_string(), "--mount", "--"]);
    command.arg("env").arg("--chdir").arg(place).arg(program);
    command
}

/// Starts the daemon, in the keeper's mount namespace.
fn daemon(kind: Kind, folder: &Path, socket: &Path, keeper: &Child) -> Child {
    // Podman does not listen where an earlier one did.
    let _ = std::fs::remove_file(socket);
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    // In the folder: Podman's helper notes an out-of-memory kill as a file where it stands.
    let within = |program| within(keeper, folder, program);
    let mut command;
    match kind {
        Kind::Docker => {
            let settings =
                if keeps_blobs() { r#"{"features":{"containerd-snapshotter":true}}"# } else { "{}" };
            std::fs::write(at("daemon.json"), settings).unwrap();
            command = within("dockerd");
            command.args(["--config-file", &at("daemon.json"), "--pidfile", &at("pid")]);
            command.args(["--data-root", &at("root"), "--exec-root", &at("exec")]);
            command.args(["--bridge", "none", "--iptables=false", "--ip6tables=false"]);
            let name = folder.file_name().unwrap().to_str().unwrap();
            command.args(["--cgroup-parent", name, "--host", &format!("unix://{}", socket.display())]);
        }
        Kind::Podman => {
            std::fs::write(at("containers.conf"), containers_conf(&at("networks"))).unwrap();
            command = within("podman");
            command.env("CONTAINERS_CONF", at("containers.conf"));
            // Newer ones want to be told that it is meant.
            command.env("PODMAN_IGNORE_CGROUPSV1_WARNING", "1");
            command.args(["--root", &at("root"), "--runroot", &at("run"), "--tmpdir", &at("tmp")]);
            command.args(["system", "service", "--time", "0", &format!("unix://{}", socket.display())]);
        }
    }
    let log = File::options().create(true).append(true).open(at("log")).unwrap();
    command.stdin(Stdio::null()).stderr(log.try_clone().unwrap()).stdout(log);
    command.spawn().unwrap()
}

/// Limits are the same for soft and hard, as Podman 4.3 confuses them; none is above what a container may
/// have. runc runs on hosts with both versions of cgroups, where crun does not.
fn containers_conf(networks: &str) -> String {
    let runtime = if is_installed("runc") { "runtime = \"runc\"" } else { "" };
    format!(
        "[containers]\ndefault_ulimits = [\"nofile=4096:4096\", \"nproc=4096:4096\"]\nnetns = \"none\"\n\
         [engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\nlock_type = \"file\"\n{runtime}\n\
         [network]\nnetwork_config_dir = \"{networks}\"\n"
    )
}

fn await_answer(socket: &Path, daemon: &mut Child, folder: &Path) -> Result<(), String> {
    let mut ended = None;
    within_patience(|| {
        ended = daemon.try_wait().unwrap();
        ended.is_some() || answers(socket)
    });
    if answers(socket) {
        return Ok(());
    }
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    let last: Vec<&str> = log.lines().rev().take(3).collect();
    Err(format!("it does not answer ({ended:?}): {}", last.join(" / ")))
}

/// Whether something comes true before patience ends.
fn within_patience(mut is_so: impl FnMut() -> bool) -> bool {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

fn threads(process: &Child) -> Vec<PathBuf> {
    let threads = std::fs::read_dir(format!("/proc/{}/task", process.id())).into_iter().flatten().flatten();
    threads.map(|thread| thread.path()).collect()
}

/// What a process started and has not ended yet.
fn children(process: &Child) -> Vec<String> {
    let lists = threads(process).into_iter().map(|thread| std::fs::read_to_string(thread.join("children")));
    lists.flatten().flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Whether a process runs: one that ended has no command line, even where no one asked for its status yet.
fn runs(pid: &String) -> bool {
    std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

/// Whether an engine answers a ping within two seconds.
pub fn answers(socket: &Path) -> bool {
    let ping = || -> std::io::Result<bool> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"GET /_ping HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status.starts_with(b"HTTP/1.") && status.ends_with(b" 200"))
    };
    ping().unwrap_or(false)
}

/// A root file system as a tar: busybox, its commands, a user and a few folders.
fn busybox_root() -> Vec<u8> {
    let busybox = find("busybox").expect("busybox");
    let commands = Command::new(&busybox).arg("--list").output().unwrap().stdout;
    let mut tar = tar::Builder::new(Vec::new());
    let header = |kind, mode| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header
    };
    for (folder, mode) in [("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777)] {
        let mut header = header(tar::EntryType::Directory, mode);
        tar.append_data(&mut header, folder, &[][..]).unwrap();
    }
    let passwd = b"root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n".to_vec();
    for (path, mode, content) in
        [("bin/busybox", 0o755, std::fs::read(&busybox).unwrap()), ("etc/passwd", 0o644, passwd)]
    {
        let mut header = header(tar::EntryType::Regular, mode);
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, path, &content[..]).unwrap();
    }
    for command in String::from_utf8(commands).unwrap().lines().filter(|command| *command != "busybox") {
        let mut header = header(tar::EntryType::Symlink, 0o777);
        tar.append_link(&mut header, format!("bin/{command}"), "busybox").unwrap();
    }
    tar.into_inner().unwrap()
}
