//! Pulls and pushes between a real Docker and a real registry on the loopback, with and without a login.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/engine.rs"]
mod engine;

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use engine::{fresh, shared_docker};
use hadal::engine::{Endpoint, Engine};
use hadal::jobs::perform;
use hadal::world::{Act, Step};

/// `user:secret`, as htpasswd has it (bcrypt, the only form that the registry takes).
const USER: &str = "hadal:secret";
const HASH: &str = "hadal:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

/// Which layers are new depends on what else the engine holds: one test at a time.
static ONE: Mutex<()> = Mutex::new(());

/// A registry that ends with its test.
struct Registry {
    process: Child,
    port: u16,
    _place: tempfile::TempDir,
}

impl Registry {
    /// `None` where the program is not there.
    fn start(login: bool) -> Option<Registry> {
        if Command::new("docker-registry").arg("--version").stdout(Stdio::null()).status().is_err() {
            let required = std::env::var_os("HADAL_REQUIRE_ENGINE").is_some_and(|value| value == "1");
            assert!(!required, "docker-registry is required but not there");
            eprintln!("skipped: no registry");
            return None;
        }
        let place = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let at = |name: &str| place.path().join(name).display().to_string();
        let auth = if login {
            format!("auth:\n  htpasswd:\n    realm: test\n    path: {}\n", at("users"))
        } else {
            String::new()
        };
        let config = format!(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:{port}\n{auth}",
            at("data")
        );
        std::fs::write(at("users"), HASH).unwrap();
        std::fs::write(at("config.yml"), config).unwrap();
        let process = Command::new("docker-registry")
            .args(["serve", &at("config.yml")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let registry = Registry { process, port, _place: place };
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(since.elapsed() < Duration::from_secs(30), "the registry does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(registry)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn act(url: &str, act: &Act) -> (Result<String, String>, Vec<Step>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let steps = Mutex::new(Vec::new());
    let watch = |step: Step| steps.lock().unwrap().push(step);
    let done = runtime.block_on(async {
        let engine = Engine::connect(&Endpoint::parse(url, None).unwrap(), "test").await.unwrap();
        perform(&engine, act, &watch).await
    });
    (done.map_err(|error| error.to_string()), steps.into_inner().unwrap())
}

/// A name on the registry, given to an image of two layers.
fn image(real: &engine::Engine, registry: &Registry) -> String {
    let (base, name) = (format!("{}:1", fresh("base")), fresh("team"));
    real.load_busybox(&base);
    real.run(&[
        "run",
        "--network",
        "none",
        "--name",
        &name,
        &base,
        "sh",
        "-c",
        "head -c 900000 /bin/busybox > /more",
    ]);
    let reference = format!("localhost:{}/{name}/app:1.0", registry.port);
    real.run(&["commit", &name, &reference]);
    real.run(&["rm", &name]);
    real.run(&["rmi", &base]);
    reference
}

#[test]
fn layers_go_to_a_registry_and_come_back() {
    let (Some(real), Some(registry)) = (shared_docker(), Registry::start(false)) else { return };
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let reference = image(real, &registry);
    let push = Act::Push { reference: reference.clone() };
    let (text, steps) = act(&real.url(), &push);
    let text = text.unwrap();
    assert!(text.starts_with(&format!("pushed {reference}, 2 of 2 layers new, ")), "{text}");
    assert!(text.contains(", sha256:"), "{text}");
    let last = steps.last().unwrap();
    assert_eq!(last.parts.iter().map(|part| part.status.as_str()).collect::<Vec<_>>(), ["Pushed", "Pushed"]);
    assert!(last.done > 2_000_000 && last.done == last.total, "{last:?}");
    // Parts keep their places from the first word on.
    let order = |step: &Step| step.parts.iter().map(|part| part.id.clone()).collect::<Vec<_>>();
    assert!(steps.iter().all(|step| order(last).starts_with(&order(step))));
    assert!(act(&real.url(), &push).0.unwrap().contains("0 of 2 layers new, sha256:"));

    let pull = Act::Pull { reference: reference.clone(), platform: None };
    assert_eq!(act(&real.url(), &pull).0, Ok(format!("{reference} is up to date")));
    real.run(&["rmi", &reference]);
    let (text, steps) = act(&real.url(), &pull);
    let text = text.unwrap();
    assert!(
        text.starts_with(&format!("pulled {reference}, 2 of 2 layers new, ")) && text.ends_with('B'),
        "{text}"
    );
    let last = steps.last().unwrap();
    assert_eq!(last.parts.iter().map(|part| part.status.as_str()).collect::<Vec<_>>(), ["Pull complete"; 2]);
    assert!(last.done > 100_000 && last.done == last.total, "{last:?}");
    // By digest, too, and only what is there.
    let digests = real.run(&["image", "inspect", "--format", "{{index .RepoDigests 0}}", &reference]);
    let pinned = Act::Pull { reference: digests.clone(), platform: Some("linux/amd64".to_owned()) };
    assert_eq!(act(&real.url(), &pinned).0, Ok(format!("{digests} is up to date")));
    let missing = Act::Pull { reference: reference.replace(":1.0", ":none"), platform: None };
    let why = act(&real.url(), &missing).0.unwrap_err();
    assert!(why.contains("manifest") && why.contains("unknown"), "{why}");
    real.run(&["rmi", &reference]);
}

/// What the test below runs in a process of its own, for the environment's sake.
#[test]
fn with_the_login_of_the_environment() {
    let Ok(reference) = std::env::var("HADAL_TEST_PUSH") else { return };
    let url = std::env::var("HADAL_TEST_URL").unwrap();
    match act(&url, &Act::Push { reference }).0 {
        Ok(text) => println!("<{text}>"),
        Err(why) => println!("<failed: {why}>"),
    }
}

#[test]
fn logins_come_from_the_config_and_from_helpers() {
    let (Some(real), Some(registry)) = (shared_docker(), Registry::start(true)) else { return };
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let reference = image(real, &registry);
    let place = tempfile::tempdir().unwrap();
    let host = format!("localhost:{}", registry.port);
    let push = |config: serde_json::Value| {
        std::fs::write(place.path().join("config.json"), config.to_string()).unwrap();
        let path = format!("{}:{}", place.path().display(), std::env::var("PATH").unwrap());
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "with_the_login_of_the_environment", "--nocapture"])
            .env("HADAL_TEST_PUSH", &reference)
            .env("HADAL_TEST_URL", real.url())
            .env("DOCKER_CONFIG", place.path())
            .env("PATH", path)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let refused = push(serde_json::json!({}));
    assert!(refused.contains("<failed: ") && refused.contains("no basic auth credentials"), "{refused}");
    let auth = |pair: &str| base64::engine::general_purpose::STANDARD.encode(pair);
    let wrong = push(serde_json::json!({"auths": {&host: {"auth": auth("hadal:wrong")}}}));
    assert!(wrong.contains("<failed: "), "{wrong}");
    let pushed = push(serde_json::json!({"auths": {format!("http://{host}/v2/"): {"auth": auth(USER)}}}));
    assert!(pushed.contains("<pushed ") && pushed.contains("2 of 2 layers new"), "{pushed}");

    let helper = place.path().join("docker-credential-hadal-test");
    let script = format!(
        "#!/bin/sh\nread host\n[ \"$1 $host\" = \"get {host}\" ] || {{ echo credentials not found; exit 1; }}\n\
        echo '{{\"ServerURL\": \"x\", \"Username\": \"hadal\", \"Secret\": \"secret\"}}'\n"
    );
    std::fs::write(&helper, script).unwrap();
    std::fs::set_permissions(&helper, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for config in [
        serde_json::json!({"credHelpers": {&host: "hadal-test"}}),
        serde_json::json!({"credsStore": "hadal-test", "auths": {&host: {}}}),
    ] {
        assert!(push(config.clone()).contains("<pushed "), "{config}");
    }
    let other = push(serde_json::json!({"credHelpers": {"localhost:1": "hadal-test"}}));
    assert!(other.contains("<failed: "), "{other}");
    real.run(&["rmi", &reference]);
}
