//! Engines behind TLS and behind ssh, with a real dockerd and a real sshd.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "connect/fake.rs"]
mod fake;
#[path = "common/place.rs"]
mod place;
#[path = "connect/ssh.rs"]
mod ssh;
#[path = "connect/tls.rs"]
mod tls;

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use hadal::engine::{Surroundings, find};

/// Whether programs are there; false, loudly, where one is not.
fn have(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = |program: &&str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let root = rustix::process::geteuid().is_root();
    let missing = programs.iter().copied().find(|program| !there(program));
    let missing = missing.or((!root).then_some("root"));
    let required = std::env::var_os("HADAL_REQUIRE_ENGINE").is_some_and(|value| value == "1");
    assert!(missing.is_none() || !required, "{missing:?} is required but not there");
    if let Some(missing) = missing {
        eprintln!("skipped: no {missing}");
    }
    missing.is_none()
}

/// A daemon that ends with the test.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.0),
            rustix::process::Signal::TERM,
        );
        let _ = self.0.wait();
    }
}

fn sh(folder: &str, script: &str) {
    let output = Command::new("bash").args(["-ec", script]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A port of the loopback that nobody listens at.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn within(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let since = Instant::now();
    while since.elapsed() < patience {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

/// Looks for an engine: its kind, version and URL, or why there is none.
fn look(around: &Surroundings) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match find(around).await {
            Ok(engine) => Ok(format!("{} {}", engine.about().title(), engine.about().url)),
            Err(tried) => Err(tried.iter().map(|one| one.why.as_str()).collect::<Vec<_>>().join(" | ")),
        }
    })
}
