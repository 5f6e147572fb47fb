//! Images of engines, opened from their exports: on a real Docker and a real Podman, and on engines that misbehave.
#![allow(clippy::unwrap_used, clippy::panic, clippy::too_many_lines)]

#[path = "common/engine.rs"]
mod engine;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use engine::{fresh, shared_docker, shared_podman};
use hadal::analysis::secrets::Rules;
use hadal::engine::{Endpoint, Engine};
use hadal::image::{Digest, Image};
use hadal::jobs::{
    Engines, OpenError, OpenEvent, OpenRequest, Opened, Source, Task, Wishes, inspect, locate,
};
use serde_json::{Value, json};

fn connect(url: &str) -> Engine {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let endpoint = Endpoint::parse(url, None).unwrap();
    runtime.block_on(Engine::connect(&endpoint, "test")).unwrap()
}

fn request(image: &str, engine: &Engine) -> OpenRequest {
    let engines = Engines::Shown(engine.clone());
    OpenRequest { image: Some(image.to_owned()), engines, ..OpenRequest::default() }
}

/// Opens an image; what became known on the way, in words.
fn open(request: &OpenRequest, task: &Task) -> (Result<Opened, OpenError>, Vec<String>) {
    let mut events = Vec::new();
    let opened = Source::open(request, task).and_then(|source| {
        source.read(request, task, &mut |event| {
            events.push(match event {
                OpenEvent::Head(head, layers) => format!("head {} {}", head.tags.join(","), layers.len()),
                OpenEvent::Layer(index, layer) => format!("layer {index} {:?}", layer.verified),
                OpenEvent::Preparing => "preparing".to_owned(),
                OpenEvent::Arriving => format!("arriving {}", task.progress().total > 0),
                OpenEvent::Partial(_) => return,
                event => format!("{event:?}"),
            });
        })
    });
    (opened, events)
}

/// All that an image shows, as JSON, but for what only its source decides.
fn told(image: &Image) -> Value {
    let mut text = Vec::new();
    hadal::report::json::write(
        &hadal::report::json::Analyze::new(image, &hadal::analysis::Judgement::default()),
        &mut text,
    )
    .unwrap();
    let mut value: Value = serde_json::from_slice(&text).unwrap();
    for key in ["reference", "source", "engine_id", "tags", "digest"] {
        value["image"][key] = Value::Null;
    }
    for layer in value["layers"].as_array_mut().unwrap() {
        layer["verified"] = Value::Null;
    }
    value
}

/// Four layers: one twice, one that hides, one with a link.
fn build(real: &engine::Engine) -> String {
    let (base, name) = (format!("{}:1", fresh("base")), fresh("layers"));
    real.load_busybox(&base);
    let steps = [
        "mkdir /a && head -c 300000 /bin/busybox > /a/one",
        "head -c 5000 /bin/busybox > /a/one && ln /a/one /a/two",
        "rm /a/one && ln -s two /a/three",
    ];
    let mut image = base;
    for (at, step) in steps.iter().enumerate() {
        let container = format!("{name}-{at}");
        real.run(&["run", "--network", "none", "--name", &container, &image, "sh", "-c", step]);
        image = format!("{name}:{at}");
        real.run(&["commit", &container, &image]);
        real.run(&["rm", &container]);
    }
    image
}

#[test]
fn an_engine_s_image_is_what_its_archive_is() {
    for real in [shared_docker(), shared_podman()].into_iter().flatten() {
        let (name, engine) = (build(real), connect(&real.url()));
        let place = tempfile::tempdir().unwrap();
        let saved = place.path().join("saved.tar").display().to_string();
        real.run(&["save", "-o", &saved, &name]);
        let task = Task::new();
        let file = OpenRequest { image: Some(saved), ..OpenRequest::default() };
        let expected = open(&file, &task).0.unwrap();
        let kind = engine.about().kind.name();
        let id = real.run(&["image", "inspect", "--format", "{{.Id}}", &name]);
        let id = id.strip_prefix("sha256:").unwrap_or(&id).to_owned();
        for typed in [
            name.clone(),
            format!("{kind}:{name}"),
            format!("{kind}://{name}"),
            id[..12].to_owned(),
            id.clone(),
        ] {
            let (opened, events) = open(&request(&typed, &engine), &task);
            let opened = opened.unwrap();
            let head = &opened.image.head;
            assert_eq!((head.source, head.reference.as_str()), (kind, typed.as_str()));
            assert_eq!(head.engine_id.as_deref(), Some(format!("sha256:{id}").as_str()));
            // The containerd store calls images by their manifest, everybody else by their config.
            let config = head.id.as_ref().map(Digest::hex) == Some(id.as_str());
            assert_eq!(config, real.kind != engine::Kind::Docker || !engine::keeps_blobs());
            assert!(head.tags.len() == 1 && head.tags[0].ends_with(&name), "{:?}", head.tags);
            assert_eq!(told(&opened.image), told(&expected.image), "{typed}");
            assert!(
                opened.image.layers.iter().all(|layer| layer.verified == Some(true)),
                "checked on the way"
            );
            // What inspection knows comes before the engine has prepared anything; layers come in order.
            let layers = (0..4).map(|at| format!("layer {at} Some(true)"));
            let known =
                [format!("head {} 4", head.tags[0]), "preparing".to_owned(), "arriving true".to_owned()];
            assert_eq!(events, known.into_iter().chain(layers).collect::<Vec<_>>());
        }
    }
}

#[test]
fn contents_are_read_again_from_the_engine() {
    for real in [shared_docker(), shared_podman()].into_iter().flatten() {
        let (name, engine) = (build(real), connect(&real.url()));
        let task = Task::new();
        let opened = open(&request(&name, &engine), &task).0.unwrap();
        let versions = hadal::analysis::blame(&opened.image.tree, b"/a/one").unwrap();
        let stored: Vec<_> = versions
            .iter()
            .filter(|version| version.exists())
            .filter_map(hadal::image::tree::Version::content)
            .collect();
        assert_eq!(stored.len(), 2);
        let busybox = real.run(&[
            "run",
            "--rm",
            "--network",
            "none",
            &name,
            "sh",
            "-c",
            "head -c 300000 /bin/busybox | sha256sum; head -c 5000 /bin/busybox | sha256sum",
        ]);
        let sums: Vec<_> = busybox.lines().map(|line| Some(line[..64].to_owned())).collect();
        assert_eq!(opened.sha256(&stored, &task).unwrap(), sums);
        // In whatever order they are asked for.
        let back: Vec<_> = stored.iter().rev().copied().collect();
        assert_eq!(opened.sha256(&back, &task).unwrap(), sums.into_iter().rev().collect::<Vec<_>>());
        assert_eq!(opened.sha256(&[], &task).unwrap(), [None; 0]);
    }
}

/// What is found in contents, but for how long it took.
fn inspected(opened: &Opened) -> Value {
    let own = "[[rule]]\nid = \"busybox\"\ntitle = \"A word of busybox\"\nkeywords = [\"BusyBox v\"]\nregex = 'BusyBox v[0-9.]+'\ninside = true\n";
    let rules = Rules::with(own).unwrap();
    let wishes = Wishes { duplicates: true, secrets: Some(&rules) };
    let (found, _) = inspect(opened, wishes, &Task::new()).unwrap();
    let mut text = Vec::new();
    let judgement = hadal::analysis::Judgement { inspection: Some(&found), ..Default::default() };
    let document = hadal::report::json::Analyze::new(&opened.image, &judgement);
    hadal::report::json::write(&document, &mut text).unwrap();
    let document: Value = serde_json::from_slice(&text).unwrap();
    json!([document["duplicates"], document["secrets"], document["read"]["bytes"], document["problems"]])
}

#[test]
fn contents_of_an_engine_s_image_are_those_of_its_archive() {
    for real in [shared_docker(), shared_podman()].into_iter().flatten() {
        let (name, engine) = (build(real), connect(&real.url()));
        let place = tempfile::tempdir().unwrap();
        let saved = place.path().join("saved.tar").display().to_string();
        real.run(&["save", "-o", &saved, &name]);
        let task = Task::new();
        let file = OpenRequest { image: Some(saved), ..OpenRequest::default() };
        let expected = inspected(&open(&file, &task).0.unwrap());
        assert!(!expected[1].as_array().unwrap().is_empty(), "{expected:#}");
        assert_eq!(inspected(&open(&request(&name, &engine), &task).0.unwrap()), expected);
    }
}

#[test]
fn commands_take_images_of_engines() {
    for real in [shared_docker(), shared_podman()].into_iter().flatten() {
        let name = build(real);
        let place = tempfile::tempdir().unwrap();
        let hadal = |args: &[&str], url: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_hadal"));
            let output =
                command.args(args).current_dir(place.path()).env("DOCKER_HOST", url).output().unwrap();
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            (output.status.code(), text(&output.stdout), text(&output.stderr))
        };
        let (status, text, complaint) = hadal(&["analyze", &name, "--json"], &real.url());
        assert_eq!((status, complaint.as_str()), (Some(0), ""));
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["layers"].as_array().unwrap().len(), 4);
        assert!(document["image"]["engine_id"].as_str().unwrap().starts_with("sha256:"));
        let (status, text, _) = hadal(&["tree", &name], &real.url());
        assert!(status == Some(0) && text.contains("busybox"), "{text}");
        let (status, text, _) = hadal(&["blame", &name, "/a/one"], &real.url());
        assert_eq!((status, text.lines().count()), (Some(0), 4));
        assert!(text.lines().nth(1).unwrap().split_whitespace().any(|word| word.len() == 12), "{text}");

        // Neither here nor there: what was looked for, in whose words, and what to do.
        let (status, _, complaint) = hadal(&["analyze", "hadal-test-none:1"], &real.url());
        assert_eq!(status, Some(2));
        assert!(
            complaint.contains("no file or folder") && complaint.contains("pull hadal-test-none:1"),
            "{complaint}"
        );
        let (status, _, complaint) = hadal(&["analyze", "hadal-test-none:1"], "unix:///nonexistent/socket");
        assert_eq!(status, Some(2));
        assert!(
            complaint.contains("no such file or folder") && complaint.contains("/nonexistent/socket"),
            "{complaint}"
        );
        let (status, _, complaint) = hadal(&["analyze", "./hadal-test-none"], &real.url());
        assert!(status == Some(2) && complaint.contains("no such file"), "{complaint}");
        let (status, _, complaint) = hadal(&["analyze", "docker:A B"], &real.url());
        assert!(status == Some(2) && complaint.contains("no name of an image"), "{complaint}");

        // A file goes before an image of the same name, and that is said.
        real.run(&["save", "-o", &place.path().join("file").display().to_string(), &name]);
        std::fs::rename(place.path().join("file"), place.path().join(&name)).unwrap();
        let (status, text, complaint) = hadal(&["analyze", &name, "--json"], &real.url());
        assert_eq!((status, json(&text)["image"]["source"].clone()), (Some(0), json!("docker-archive")));
        assert!(complaint.contains(&name) && complaint.contains("docker:"), "{complaint}");
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_base_may_be_an_engine_s_image_too() {
    for real in [shared_docker(), shared_podman()].into_iter().flatten() {
        let (name, engine) = (build(real), connect(&real.url()));
        let below = name.replace(":2", ":0");
        let request = OpenRequest { base: Some(below), ..request(&name, &engine) };
        let opened = open(&request, &Task::new()).0.unwrap();
        assert_eq!(opened.image.head.base.as_ref().map(|base| base.layers), Some(2));
        assert!(locate(&request).is_ok());
        let none = OpenRequest { base: Some("hadal-test-none".to_owned()), ..request };
        let error = open(&none, &Task::new()).0.unwrap_err().to_string();
        assert!(error.contains("base image hadal-test-none"), "{error}");
    }
}

/// An engine that answers what a test wants, on a socket of its own.
struct Fake {
    url: String,
    _place: tempfile::TempDir,
    /// Exports that were let go of by the other side.
    let_go: Arc<AtomicUsize>,
}

/// Writes the body of `/images/get`, and says whether to end it properly. An error of the kind `Other` is told instead
/// of an archive.
type Exports = dyn Fn(&mut dyn std::io::Write) -> std::io::Result<bool> + Send + Sync;

/// Over a socket of the machine, and over the network, where archives come another way.
const WAYS: [Way; 2] = [Way::Socket, Way::Network];

#[derive(Clone, Copy, Debug)]
enum Way {
    Socket,
    Network,
}

trait Connection: std::io::Read + std::io::Write + Send {}
impl<T: std::io::Read + std::io::Write + Send> Connection for T {}

impl Fake {
    fn new(
        way: Way,
        layers: Vec<String>,
        export: impl Fn(&mut dyn std::io::Write) -> std::io::Result<bool> + Send + Sync + 'static,
    ) -> Fake {
        let place = tempfile::tempdir().unwrap();
        let socket = place.path().join("socket");
        let let_go = Arc::new(AtomicUsize::new(0));
        let (export, count) = (Arc::new(export), Arc::clone(&let_go));
        let serve = move |stream: Box<dyn Connection>| {
            let (export, layers, count) = (Arc::clone(&export), layers.clone(), Arc::clone(&count));
            std::thread::spawn(move || answer(stream, &layers, &*export, &count));
        };
        let url = match way {
            Way::Socket => {
                let listener = UnixListener::bind(&socket).unwrap();
                std::thread::spawn(move || {
                    listener.incoming().for_each(|stream| serve(Box::new(stream.unwrap())));
                });
                format!("unix://{}", socket.display())
            }
            Way::Network => {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let url = format!("tcp://{}", listener.local_addr().unwrap());
                std::thread::spawn(move || {
                    listener.incoming().for_each(|stream| serve(Box::new(stream.unwrap())));
                });
                url
            }
        };
        Fake { url, _place: place, let_go }
    }

    fn open(&self, task: &Task) -> (Result<Opened, OpenError>, Vec<String>) {
        open(&request("a:1", &connect(&self.url)), task)
    }
}

fn answer(mut stream: Box<dyn Connection>, layers: &[String], export: &Exports, let_go: &AtomicUsize) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let line = String::from_utf8_lossy(&head).lines().next().unwrap().to_owned();
    let mut status = "200 OK";
    let body = if line.contains("/images/get") {
        // As engines do, the headers come with the first bytes.
        let mut body = Body { stream, chunked: line.ends_with("1.1"), begun: false };
        match export(&mut body) {
            Ok(end) => return body.end(end),
            Err(error) if error.kind() == std::io::ErrorKind::Other => {
                stream = body.stream;
                status = "500 Internal Server Error";
                json!({ "message": error.to_string() })
            }
            Err(_) => {
                let_go.fetch_add(1, Ordering::SeqCst);
                return;
            }
        }
    } else if line.contains("/version") {
        json!({"Version": "1", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64", "Components": [{"Name": "Engine"}]})
    } else if line.contains("/history") {
        json!([])
    } else if line.contains("/json") {
        json!({"Id": format!("sha256:{}", "1".repeat(64)), "RepoTags": ["a:1"], "Size": 5000, "RootFS": {"Layers": layers}})
    } else {
        json!({})
    };
    let body = body.to_string();
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

/// An answer of unknown length: in chunks, or until the connection ends.
struct Body {
    stream: Box<dyn Connection>,
    chunked: bool,
    begun: bool,
}

impl Body {
    fn begin(&mut self) -> std::io::Result<()> {
        match std::mem::replace(&mut self.begun, true) {
            true => Ok(()),
            false if self.chunked => {
                self.stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            }
            false => self.stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n"),
        }
    }

    fn end(&mut self, properly: bool) {
        let _ = self.begin();
        if properly && self.chunked {
            let _ = self.stream.write_all(b"0\r\n\r\n");
        }
    }
}

impl std::io::Write for Body {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.begin()?;
        if self.chunked {
            write!(self.stream, "{:x}\r\n", bytes.len())?;
        }
        self.stream.write_all(bytes)?;
        if self.chunked {
            self.stream.write_all(b"\r\n")?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

/// An archive as old engines write it, layers in the wrong order, and the diff IDs in the right one.
fn archive(contents: &[&str]) -> (Vec<u8>, Vec<String>) {
    let layers: Vec<Vec<u8>> = contents.iter().map(|content| tar(&[("file", content.as_bytes())])).collect();
    let ids: Vec<String> = layers.iter().map(|layer| Digest::of(layer).to_string()).collect();
    let names: Vec<String> = (0..layers.len()).map(|at| format!("{}/layer.tar", layers.len() - at)).collect();
    let config = json!({"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": ids}}).to_string();
    let manifest = json!([{"Config": "c.json", "RepoTags": null, "Layers": names}]).to_string();
    let mut files: Vec<(&str, &[u8])> =
        names.iter().map(String::as_str).zip(layers.iter().map(Vec::as_slice)).collect();
    files.reverse();
    files.extend([("c.json", config.as_bytes()), ("manifest.json", manifest.as_bytes())]);
    (tar(&files), ids)
}

#[test]
fn layers_come_in_any_order() {
    let (bytes, ids) = archive(&["one", "two", "one", "three"]);
    let fake = Fake::new(Way::Socket, ids, move |out| out.write_all(&bytes).map(|()| true));
    let (opened, events) = fake.open(&Task::new());
    let image = opened.unwrap().image;
    assert_eq!(image.layers.len(), 4);
    assert!(image.problems().is_empty(), "{:?}", image.problems());
    assert!(image.layers.iter().all(|layer| layer.verified == Some(true)));
    assert_eq!(
        events[3..],
        ["layer 0 Some(true)", "layer 1 Some(true)", "layer 2 Some(true)", "layer 3 Some(true)"]
    );
}

#[test]
fn the_archive_has_the_last_word_on_what_the_layers_are() {
    let (bytes, mut ids) = archive(&["one", "two", "three"]);
    ids.rotate_left(1);
    let fake = Fake::new(Way::Socket, ids, move |out| out.write_all(&bytes).map(|()| true));
    let (opened, events) = fake.open(&Task::new());
    let opened = opened.unwrap();
    let contents: Vec<_> =
        opened.image.layers.iter().map(|layer| layer.diff_id.clone().unwrap().to_string()).collect();
    assert_eq!(contents, archive(&["one", "two", "three"]).1);
    assert_eq!(opened.image.bytes(), 11);
    assert_eq!(events.iter().filter(|event| event.starts_with("layer")).count(), 6, "{events:?}");
}

#[test]
fn a_layer_that_is_not_what_was_promised_is_named() {
    let (bytes, mut ids) = archive(&["one", "two"]);
    ids[1] = format!("sha256:{}", "0".repeat(64));
    let text = String::from_utf8_lossy(&bytes).replace(&archive(&["one", "two"]).1[1], &ids[1]);
    let bytes = text.into_bytes();
    let fake = Fake::new(Way::Socket, ids, move |out| out.write_all(&bytes).map(|()| true));
    let image = fake.open(&Task::new()).0.unwrap().image;
    assert_eq!(
        image.layers.iter().map(|layer| layer.verified).collect::<Vec<_>>(),
        [Some(true), Some(false)]
    );
    assert!(
        image.problems().iter().any(|problem| problem.text.contains("diff ID")),
        "{:?}",
        image.problems()
    );
}

#[test]
fn an_engine_that_fails_half_way_is_heard() {
    let (bytes, ids) = archive(&["one", "two"]);
    let said = r#"{"message":"no space left on device"}"#;
    // Before the end mark of the archive, between two of its members.
    let almost = bytes.len() - 1024;
    for (length, tail, end, expected) in [
        (3000, said, true, "no space left on device"),
        (almost, said, true, "no space left on device"),
        (almost, "", false, "cannot read"),
        (3000, "", false, "cannot read"),
        (0, "", false, "cannot read"),
        (3000, "", true, "a:1"),
    ] {
        for way in WAYS {
            let part = [&bytes[..length], tail.as_bytes()].concat();
            let fake = Fake::new(way, ids.clone(), move |out| out.write_all(&part).map(|()| end));
            let error =
                fake.open(&Task::new()).0.map(|opened| opened.image.problems()).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains('\n'), "{way:?} {length} {tail}: {error}");
        }
    }
}

#[test]
fn an_engine_that_cannot_export_is_heard() {
    let (_, ids) = archive(&["one"]);
    for way in WAYS {
        let refuse = |_: &mut dyn std::io::Write| Err(std::io::Error::other("no space left on device"));
        let fake = Fake::new(way, ids.clone(), refuse);
        let error = fake.open(&Task::new()).0.map(|opened| opened.image.problems()).unwrap_err().to_string();
        assert!(error.contains("no space left on device"), "{way:?}: {error}");
    }
}

#[test]
fn nobody_waits_for_an_engine_s_tidying_up() {
    let (bytes, ids) = archive(&["one", "two"]);
    for way in WAYS {
        let (bytes, tidies) = (bytes.clone(), Arc::new(AtomicBool::new(true)));
        let busy = Arc::clone(&tidies);
        let fake = Fake::new(way, ids.clone(), move |out| {
            out.write_all(&bytes)?;
            while busy.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(true)
        });
        let opened = fake.open(&Task::new()).0.unwrap();
        assert!(tidies.swap(false, Ordering::SeqCst));
        assert_eq!(opened.image.layers.len(), 2);
    }
}

#[test]
fn esc_lets_go_of_a_silent_engine_and_of_an_endless_one() {
    let (bytes, ids) = archive(&["one", "two"]);
    for (way, silent) in WAYS.into_iter().flat_map(|way| [(way, true), (way, false)]) {
        let bytes = bytes.clone();
        let stopped = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stopped);
        let fake = Fake::new(way, ids.clone(), move |out| {
            if !silent {
                out.write_all(&bytes[..3000])?;
            }
            // Chunks of nothing are no bytes; a layer's content never ends.
            for _ in 0..600 {
                if !silent {
                    out.write_all(&vec![7; 100_000])?;
                }
                std::thread::sleep(Duration::from_millis(10));
                if seen.load(Ordering::SeqCst) {
                    // What is written to nobody fails, sooner or later.
                    for _ in 0..50 {
                        out.write_all(&vec![7; 100_000])?;
                        std::thread::sleep(Duration::from_millis(10));
                    }
                }
            }
            Ok(true)
        });
        let task = Task::new();
        let events = Mutex::new(Vec::new());
        let started = Instant::now();
        let error = std::thread::scope(|scope| {
            let opening = scope.spawn(|| {
                let (opened, said) = fake.open(&task);
                events.lock().unwrap().extend(said);
                opened
            });
            std::thread::sleep(Duration::from_millis(300));
            task.cancel();
            let error = opening.join().unwrap().err().map(|error| error.to_string());
            stopped.store(true, Ordering::SeqCst);
            error
        });
        assert_eq!(error.as_deref(), Some("cancelled"));
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{way:?} silent: {silent} {:?}",
            started.elapsed()
        );
        let arrived = events.lock().unwrap().iter().any(|event| event.starts_with("arriving"));
        assert_eq!(arrived, !silent);
        for _ in 0..200 {
            if fake.let_go.load(Ordering::SeqCst) == 1 {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(fake.let_go.load(Ordering::SeqCst), 1, "{way:?} silent: {silent}");
    }
}
