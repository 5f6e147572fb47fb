//! Keeps the zoo: builds images, runs containers, asks the program about them, compares, and cleans up.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::engine::{Engine, Kind, fresh};
use crate::programs;

/// Animals that are made at the same time.
const AT_ONCE: usize = 4;
/// What all images are built on: a busybox with its commands, and a folder for programs.
const BASE: &str = "hadal-test-zoo-base:1";

/// A container that dies in a certain way, and what is to be said of it.
pub struct Animal {
    pub name: &'static str,
    /// Lines of a Dockerfile behind FROM. Without any it is the base image itself.
    pub build: &'static str,
    /// Files of the build's context, with their modes.
    pub files: Vec<(&'static str, Vec<u8>, u32)>,
    /// Options of `run`, and what stands behind the image.
    pub options: Vec<&'static str>,
    pub command: Vec<&'static str>,
    /// From nothing instead of the base.
    pub scratch: bool,
    /// How it is made to die; `run` with these options and waiting for its end by default.
    pub life: Life,
    /// The cause that is expected first, or none for what is fine.
    pub cause: Option<&'static str>,
    pub grade: &'static str,
    /// Words that must stand in the evidence of the first finding, or in its title.
    pub evidence: Vec<&'static str>,
    pub failed: bool,
    pub by_default: bool,
}

/// What happens to a container once it is created. `{}` stands for its name, `@` for the folder of its own.
pub type Life = fn(&Keeper, &Place);

/// Where one animal lives.
pub struct Place {
    pub name: String,
    pub image: String,
    /// On the host, for mounts.
    pub folder: tempfile::TempDir,
    pub options: Vec<String>,
    pub command: Vec<String>,
    /// Other containers that have to go with it.
    pub others: Mutex<Vec<String>>,
}

pub struct Keeper {
    pub lab: &'static Engine,
    pub kind: Kind,
    programs: BTreeMap<&'static str, Vec<u8>>,
}

impl Animal {
    pub fn new(name: &'static str, cause: &'static str, grade: &'static str) -> Animal {
        Animal {
            name,
            build: "",
            files: Vec::new(),
            options: Vec::new(),
            command: Vec::new(),
            scratch: false,
            life: run,
            cause: Some(cause).filter(|cause| !cause.is_empty()),
            grade,
            evidence: Vec::new(),
            failed: true,
            by_default: false,
        }
    }

    pub fn build(mut self, lines: &'static str) -> Animal {
        self.build = lines;
        self
    }

    pub fn file(mut self, path: &'static str, contents: impl Into<Vec<u8>>, mode: u32) -> Animal {
        self.files.push((path, contents.into(), mode));
        self
    }

    pub fn options(mut self, options: &[&'static str]) -> Animal {
        self.options = options.to_vec();
        self
    }

    pub fn command(mut self, command: &[&'static str]) -> Animal {
        self.command = command.to_vec();
        self
    }

    pub fn script(self, script: &'static str) -> Animal {
        self.command(&["sh", "-c", script])
    }

    pub fn life(mut self, life: Life) -> Animal {
        self.life = life;
        self
    }

    pub fn scratch(mut self) -> Animal {
        self.scratch = true;
        self
    }

    pub fn evidence(mut self, words: &[&'static str]) -> Animal {
        self.evidence = words.to_vec();
        self
    }

    pub fn fine(mut self) -> Animal {
        self.failed = false;
        self
    }

    pub fn by_default(mut self) -> Animal {
        self.by_default = true;
        self
    }
}

impl Place {
    fn arguments<'a>(&'a self, verb: &'a str) -> Vec<&'a str> {
        let mut arguments: Vec<&str> = verb.split(' ').collect();
        arguments.extend(["--name", &self.name]);
        if !self.options.iter().any(|option| option.starts_with("--network")) {
            arguments.extend(["--network", "none"]);
        }
        arguments.extend(self.options.iter().map(String::as_str));
        arguments.push(&self.image);
        arguments.extend(self.command.iter().map(String::as_str));
        arguments
    }
}

impl Keeper {
    pub fn new(lab: &'static Engine, kind: Kind) -> Keeper {
        lab.load_busybox(BASE);
        Keeper { lab, kind, programs: programs::compiled() }
    }

    pub fn docker(&self, arguments: &[&str]) -> std::process::Output {
        self.lab.attempt(arguments)
    }

    pub fn create(&self, place: &Place) {
        self.docker(&place.arguments("create"));
    }

    pub fn start(&self, place: &Place) {
        self.docker(&place.arguments("run -d"));
    }

    /// Waits until it does not run any more.
    pub fn wait(&self, name: &str) {
        within(30, || {
            let state = self.state(name, "{{.State.Status}}");
            state != "running" && state != "restarting" && state != "stopping" && state != "removing"
        });
        // Podman notes exit codes a little later.
        if self.kind == Kind::Podman {
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    pub fn state(&self, name: &str, format: &str) -> String {
        let output = self.docker(&["inspect", "--format", format, name]);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn image(&self, animal: &Animal, folder: &Path) -> Option<String> {
        if animal.build.is_empty() {
            return Some(BASE.to_owned());
        }
        let context = folder.join("context");
        std::fs::create_dir_all(&context).unwrap();
        for (path, contents, mode) in &animal.files {
            write(&context.join(path), contents, *mode);
        }
        for (name, contents) in &self.programs {
            if animal.build.contains(&format!("{name} ")) {
                write(&context.join(name), contents, 0o755);
            }
        }
        let from = if animal.scratch { "scratch" } else { BASE };
        let from = if self.kind == Kind::Podman && !animal.scratch {
            format!("localhost/{BASE}")
        } else {
            from.to_owned()
        };
        let dockerfile = folder.join("Dockerfile");
        std::fs::write(&dockerfile, format!("FROM {from}\n{}\n", animal.build)).unwrap();
        let tag = format!("{}:1", fresh(animal.name));
        let network = if self.kind == Kind::Podman { "host" } else { "none" };
        let output = self.docker(&[
            "build",
            "--network",
            network,
            "-q",
            "-t",
            &tag,
            "-f",
            dockerfile.to_str().unwrap(),
            context.to_str().unwrap(),
        ]);
        if !output.status.success() {
            eprintln!("{}: cannot build: {}", animal.name, String::from_utf8_lossy(&output.stderr));
            return None;
        }
        Some(tag)
    }

    fn keep(&self, animal: &Animal) -> Option<Place> {
        let folder = tempfile::Builder::new().prefix("hadal-test-zoo-").tempdir().unwrap();
        let image = self.image(animal, folder.path())?;
        let own = |word: &&str| word.replace('@', folder.path().to_str().unwrap());
        let place = Place {
            name: fresh(animal.name),
            image,
            options: animal.options.iter().map(own).collect(),
            command: animal.command.iter().map(|word| (*word).to_owned()).collect(),
            others: Mutex::default(),
            folder,
        };
        for part in ["a", "b", "empty"] {
            std::fs::create_dir(place.folder.path().join(part)).unwrap();
        }
        (animal.life)(self, &place);
        if self.state(&place.name, "{{.Id}}").is_empty() {
            eprintln!("{}: there is no container", animal.name);
            self.forget(&place);
            return None;
        }
        Some(place)
    }

    fn ask(&self, names: &[&str]) -> (Vec<Value>, Duration) {
        let since = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_hadal"));
        let output =
            command.args(["--engine", &self.lab.url(), "diagnose", "--json"]).args(names).output().unwrap();
        let took = since.elapsed();
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (document["containers"].as_array().cloned().unwrap_or_default(), took)
    }

    fn forget(&self, place: &Place) {
        for other in place.others.lock().unwrap().iter().chain([&place.name]) {
            self.docker(&["unpause", other]);
            self.docker(&["rm", "-f", "-v", other]);
        }
        if !place.image.contains("zoo-base") {
            self.docker(&["rmi", "-f", &place.image]);
        }
    }
}

/// Runs it and waits for its end.
pub fn run(keeper: &Keeper, place: &Place) {
    keeper.start(place);
    keeper.wait(&place.name);
}

pub fn within(seconds: u64, mut is_so: impl FnMut() -> bool) -> bool {
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(seconds) {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

fn write(path: &Path, contents: &[u8], mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, contents).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Makes all animals, asks about them, and holds the answers against what is expected. In small groups: what an engine
/// remembers of events is soon pushed out.
pub fn judge(keeper: &Keeper, animals: &[Animal]) {
    let (mut right, mut wrong, mut took) = (0, Vec::new(), Duration::ZERO);
    for group in animals.chunks(10) {
        let kept = made(keeper, group);
        let names: Vec<&str> = kept.iter().map(|(_, place)| place.name.as_str()).collect();
        let (answers, time) = keeper.ask(&names);
        took += time;
        for animal in group {
            let place = kept.iter().find(|(own, _)| std::ptr::eq(*own, animal)).map(|(_, place)| place);
            let answer = answers
                .iter()
                .find(|answer| place.is_some_and(|place| answer["name"] == place.name.as_str()));
            match answer
                .ok_or_else(|| "there is no answer".to_owned())
                .and_then(|answer| compare(animal, answer))
            {
                Ok(()) => right += 1,
                Err(complaint) => wrong.push(format!("{}: {complaint}", animal.name)),
            }
        }
        kept.iter().for_each(|(_, place)| keeper.forget(place));
    }
    let (kind, all) = (keeper.kind, animals.len());
    let each = took.as_millis() / (all.max(1) as u128);
    println!(
        "zoo on {kind:?}: {right} of {all} top findings are right, {each} ms for each container, gathering included"
    );
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Those of a group that could be made.
fn made<'a>(keeper: &Keeper, group: &'a [Animal]) -> Vec<(&'a Animal, Place)> {
    let next = AtomicUsize::new(0);
    let kept: Mutex<Vec<(&Animal, Place)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(animal) = group.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(place) = keeper.keep(animal) {
                        kept.lock().unwrap().push((animal, place));
                    }
                }
            });
        }
    });
    kept.into_inner().unwrap()
}

fn compare(animal: &Animal, answer: &Value) -> Result<(), String> {
    let findings = answer["findings"].as_array().unwrap();
    let complain = |what: &str| Err(format!("{what}\n{}", serde_json::to_string_pretty(answer).unwrap()));
    if answer["failed"].as_bool() != Some(animal.failed) {
        return complain("failed is wrong");
    }
    let roots = findings.iter().filter(|finding| finding["role"] == "root").count();
    if roots > 1 || findings.len() > 3 || (!animal.failed && findings.len() > 1) {
        return complain("too many findings");
    }
    let Some(cause) = animal.cause else {
        return if findings.is_empty() { Ok(()) } else { complain("nothing was to be found") };
    };
    let Some(top) = findings.first() else { return complain("nothing was found") };
    if top["cause"] != cause || top["grade"] != animal.grade {
        return complain(&format!("expected {cause}, {}", animal.grade));
    }
    let text = serde_json::to_string(&top["evidence"]).unwrap() + top["title"].as_str().unwrap();
    match animal.evidence.iter().find(|words| !text.contains(**words)) {
        Some(words) => complain(&format!("{words:?} is not in the evidence")),
        None if top["evidence"].as_array().unwrap().is_empty() => complain("there is no evidence"),
        None => Ok(()),
    }
}
