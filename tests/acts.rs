//! What can be done to an engine's objects, on a real Docker and a real Podman.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/engine.rs"]
mod engine;

use std::fs;
use std::sync::Mutex;

use engine::{Kind, fresh, shared_docker, shared_podman};
use hadal::engine::{Endpoint, Engine};
use hadal::jobs::perform;
use hadal::world::{Act, Step};

/// An engine, with everything that a test needs to do something to it.
struct Bench {
    real: &'static engine::Engine,
    engine: Engine,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    /// Both engines, as far as they can run here.
    fn each() -> impl Iterator<Item = Bench> {
        [shared_docker(), shared_podman()].into_iter().flatten().map(Bench::new)
    }

    fn new(real: &'static engine::Engine) -> Bench {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let endpoint = Endpoint::parse(&real.url(), None).unwrap();
        let engine = runtime.block_on(Engine::connect(&endpoint, "test")).unwrap();
        Bench { real, engine, runtime }
    }

    fn act(&self, act: &Act) -> Result<String, String> {
        self.watched(act).0
    }

    /// The result, and what a watcher saw.
    fn watched(&self, act: &Act) -> (Result<String, String>, Vec<Step>) {
        let steps = Mutex::new(Vec::new());
        let watch = |step: Step| steps.lock().unwrap().push(step);
        let done = self.runtime.block_on(perform(&self.engine, act, &watch));
        (done.map_err(|error| error.to_string()), steps.into_inner().unwrap())
    }

    fn podman(&self) -> bool {
        self.real.kind == Kind::Podman
    }

    /// As the engine lists it.
    fn full(&self, name: &str) -> String {
        if self.podman() { format!("localhost/{name}") } else { name.to_owned() }
    }

    fn image(&self) -> String {
        let name = format!("{}:1", fresh("image"));
        self.real.load_busybox(&name);
        self.full(&name)
    }

    /// A container that does as little as it can until it is stopped.
    fn container(&self, image: &str) -> String {
        let name = fresh("container");
        self.real.run(&["run", "--detach", "--network", "none", "--name", &name, image, "sh", "-c", IDLE]);
        name
    }

    fn state(&self, name: &str) -> String {
        self.real.run(&["inspect", "--format", "{{.State.Status}}", name])
    }

    fn id(&self, image: &str) -> String {
        let id = self.real.run(&["image", "inspect", "--format", "{{.Id}}", image]);
        if id.starts_with("sha256:") { id } else { format!("sha256:{id}") }
    }

    fn has(&self, image: &str) -> bool {
        self.real.attempt(&["image", "inspect", image]).status.success()
    }
}

const IDLE: &str = "trap 'exit 0' TERM; mkdir -p /d/e; echo hi > /d/a; ln -s a /d/l; ln /d/a /d/h; mkfifo /d/p; \
    chmod 4711 /d/a; while :; do sleep 0.1; done";

fn owned(text: &str) -> String {
    text.to_owned()
}

#[test]
fn containers_start_stop_and_say_so() {
    for bench in Bench::each() {
        let image = bench.image();
        let name = bench.container(&image);
        let id = bench.real.run(&["inspect", "--format", "{{.Id}}", &name]);
        let act = |act: Act| bench.act(&act);
        // Told by name, although it was asked by id.
        assert_eq!(act(Act::Start { id: id.clone() }), Ok(format!("{name} is running already")));
        assert_eq!(act(Act::Pause { id: id.clone() }), Ok(format!("paused {name}")));
        assert_eq!(bench.state(&name), "paused");
        assert_eq!(act(Act::Unpause { id: id.clone() }), Ok(format!("{name} goes on")));
        assert_eq!(act(Act::Stop { id: id.clone() }), Ok(format!("stopped {name}")));
        assert_eq!(bench.state(&name), "exited");
        assert_eq!(act(Act::Stop { id: id.clone() }), Ok(format!("{name} is stopped already")));
        assert!(act(Act::Pause { id: id.clone() }).is_err());
        assert_eq!(act(Act::Start { id: id.clone() }), Ok(format!("started {name}")));
        assert_eq!(act(Act::Restart { id: id.clone() }), Ok(format!("restarted {name}")));
        assert_eq!(bench.state(&name), "running");
        let kill = Act::Kill { id: id.clone(), signal: owned("SIGKILL") };
        assert_eq!(act(kill), Ok(format!("sent SIGKILL to {name}")));
        let nonsense = Act::Kill { id: id.clone(), signal: owned("SIGNONSENSE") };
        assert!(act(nonsense).is_err_and(|why| why.to_lowercase().contains("signal")));
        bench.real.run(&["rm", "--force", &name]);
    }
}

#[test]
fn names_of_containers_are_checked_before_anything_is_asked() {
    for bench in Bench::each() {
        let image = bench.image();
        let (name, other) = (bench.container(&image), fresh("renamed"));
        for bad in ["", "a", "-x", "a b", "a/b", "x?force=true", "\u{1b}[2J"] {
            let renamed = bench.act(&Act::Rename { id: name.clone(), name: owned(bad) });
            assert!(renamed.is_err_and(|why| why.contains("letters, digits")), "{bad:?}");
            let removed = bench.act(&Act::RemoveContainer {
                id: format!("{name}/../{bad}"),
                force: true,
                last_run: None,
            });
            assert!(removed.is_err_and(|why| why.contains("neither an id nor a name")), "{bad:?}");
        }
        let rename = Act::Rename { id: name.clone(), name: other.clone() };
        assert_eq!(bench.act(&rename), Ok(format!("{name} is now {other}")));
        assert!(bench.act(&rename).is_err_and(|why| why.contains("already gone")));
        bench.real.run(&["rm", "--force", &other]);
    }
}

#[test]
fn containers_are_removed_by_force_only_on_demand_and_keep_their_volumes() {
    for bench in Bench::each() {
        let image = bench.image();
        let (name, volume) = (fresh("container"), fresh("volume"));
        let mount = format!("{volume}:/v");
        bench.real.run(&[
            "run",
            "-d",
            "--network",
            "none",
            "-v",
            &mount,
            "--name",
            &name,
            &image,
            "sh",
            "-c",
            IDLE,
        ]);
        let remove = |force| bench.act(&Act::RemoveContainer { id: name.clone(), force, last_run: None });
        let refused = remove(false).unwrap_err();
        assert!(refused.contains("running") && bench.state(&name) == "running", "{refused}");
        assert_eq!(remove(true), Ok(format!("removed {name}")));
        assert_eq!(remove(false), Ok(format!("{name} is already gone")));
        assert!(bench.act(&Act::Start { id: name.clone() }).is_err_and(|why| why.contains("already gone")));
        assert_eq!(bench.real.run(&["volume", "inspect", "--format", "{{.Name}}", &volume]), volume);
        bench.real.run(&["volume", "rm", &volume]);
    }
}

#[test]
fn a_container_becomes_an_image() {
    for bench in Bench::each() {
        let image = bench.image();
        let (name, made) = (bench.container(&image), format!("{}:2", fresh("commit")));
        let text = bench.act(&Act::Commit { id: name.clone(), reference: made.clone() }).unwrap();
        assert!(text.starts_with(&format!("committed {name} as {made}, ")), "{text}");
        let short = &bench.id(&made)[7..19];
        assert!(text.ends_with(short), "{text} {short}");
        // The command of the container is that of the image.
        assert!(
            bench.real.run(&["image", "inspect", "--format", "{{.Config.Cmd}}", &made]).contains("mkfifo")
        );
        let digest = format!("x@sha256:{}", "0".repeat(64));
        assert!(bench.act(&Act::Commit { id: name.clone(), reference: digest }).is_err());
        bench.real.run(&["rm", "--force", &name]);
    }
}

#[test]
fn names_of_images_come_and_go() {
    for bench in Bench::each() {
        let image = bench.image();
        let short = bench.id(&image)[7..19].to_owned();
        let other = format!("localhost:5000/{}", fresh("alias"));
        let tagged = bench.act(&Act::Tag { source: bench.id(&image), reference: other.clone() });
        assert_eq!(tagged, Ok(format!("tagged {short} as {other}:latest")));
        // Without a tag the one that is meant; the image stays.
        assert_eq!(
            bench.act(&Act::Untag { reference: other.clone() }),
            Ok(format!("untagged {other}:latest"))
        );
        assert!(bench.has(&image));
        assert_eq!(
            bench.act(&Act::Untag { reference: other.clone() }),
            Ok(format!("{other}:latest is already gone"))
        );
        // The last name: the image goes, and the line says so.
        let text = bench.act(&Act::Untag { reference: image.clone() }).unwrap();
        assert!(text.starts_with(&format!("untagged {image}; deleted {short}")), "{text}");
        assert!(bench.act(&Act::Tag { source: image.clone(), reference: owned("x:1") }).is_err());
        for bad in ["A:1", "a b", "a?b", "../x", ""] {
            assert!(
                bench.act(&Act::Untag { reference: owned(bad) }).is_err_and(|why| why.contains("no name"))
            );
        }
    }
}

#[test]
fn an_image_goes_with_exactly_the_names_that_were_planned() {
    for bench in Bench::each() {
        let image = bench.image();
        let (id, alias) = (bench.id(&image), bench.full(&format!("{}:3", fresh("alias"))));
        bench.real.run(&["tag", &image, &alias]);
        let remove = |tags: &[&String]| {
            bench.act(&Act::RemoveImage {
                id: id.clone(),
                tags: tags.iter().map(|tag| (*tag).clone()).collect(),
                prune: true,
            })
        };
        let changed = remove(&[&image]).unwrap_err();
        assert!(changed.contains("names have changed") && changed.contains(&alias), "{changed}");
        // A container that merely lies there keeps it, on Podman too.
        let name = fresh("container");
        bench.real.run(&["create", "--name", &name, &image, "true"]);
        let used = remove(&[&image, &alias]).unwrap_err();
        assert!(used.contains("in use by") && used.contains(&name), "{used}");
        assert!(bench.has(&image) && bench.has(&alias));
        assert_eq!(bench.state(&name), "created");
        bench.real.run(&["rm", &name]);
        let text = remove(&[&image, &alias]).unwrap();
        assert!(text.starts_with(&format!("untagged {image}, {alias}; deleted ")), "{text}");
        assert!(!bench.has(&id));
        assert_eq!(remove(&[&image, &alias]), Ok(format!("{} is already gone", &id[7..19])));
    }
}

#[test]
fn an_image_without_a_name_goes_by_its_id() {
    for bench in Bench::each() {
        let image = bench.image();
        let (id, name) = (bench.id(&image), bench.container(&image));
        let made = bench.real.run(&["commit", &name]);
        let made = if made.starts_with("sha256:") { made } else { format!("sha256:{made}") };
        bench.real.run(&["rm", "--force", &name]);
        let text = bench.act(&Act::RemoveImage { id: made.clone(), tags: Vec::new(), prune: true }).unwrap();
        assert!(text.contains(&format!("deleted {}", &made[7..19])), "{text}");
        assert!(bench.has(&id) && !bench.has(&made));
    }
}

fn save_of(images: &[&str], path: &str) -> Act {
    let images = images.iter().map(|image| owned(image)).collect();
    Act::Save { images, ids: Vec::new(), path: owned(path) }
}

#[test]
fn images_are_saved_and_loaded() {
    for bench in Bench::each() {
        let (one, two) = (bench.image(), bench.image());
        let (one_id, place) = (bench.id(&one), tempfile::tempdir().unwrap());
        let path = place.path().join("both.tar").display().to_string();
        let save = save_of(&[&one, &two], &path);
        let (text, steps) = bench.watched(&save);
        let text = text.unwrap();
        assert!(text.starts_with(&format!("saved {one}, {two} to {path}, ")), "{text}");
        assert!(steps.iter().any(|step| step.text.contains("preparing")), "{steps:?}");
        let (last, length) = (steps.last().unwrap(), fs::metadata(&path).unwrap().len());
        assert_eq!((last.done, last.total >= last.done), (length, true));
        // Never over what is there, and nothing is left beside it.
        let before = fs::read(&path).unwrap();
        assert!(bench.act(&save).is_err_and(|why| why.contains("there already")));
        assert!(fs::read(&path).unwrap() == before);
        let missing = save_of(&["hadal-no-such:1"], &format!("{path}2"));
        assert!(bench.act(&missing).is_err_and(|why| why.to_lowercase().contains("no such image")));
        let nowhere = save_of(&[&one], "/nonexistent/x.tar");
        assert!(bench.act(&nowhere).is_err_and(|why| why.contains("/nonexistent/x.tar")));
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);

        bench.real.run(&["rmi", &one, &two]);
        let packed = place.path().join("both.tar.gz").display().to_string();
        let mut encoder =
            flate2::write::GzEncoder::new(fs::File::create(&packed).unwrap(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, &before).unwrap();
        encoder.finish().unwrap();
        let denser = place.path().join("both.tar.zst").display().to_string();
        fs::write(&denser, zstd::encode_all(&*before, 1).unwrap()).unwrap();
        for path in [&path, &packed, &denser] {
            let (text, steps) = bench.watched(&Act::Load { path: path.clone() });
            let text = text.unwrap();
            assert!(text.starts_with("loaded ") && text.contains(&one) && text.contains(&two), "{text}");
            let last = steps.last().unwrap();
            assert_eq!((last.done, last.total), (fs::metadata(path).unwrap().len(), last.done));
            assert_eq!(bench.id(&one), one_id);
            bench.real.run(&["rmi", &one, &two]);
        }
        fs::write(&path, vec![b'x'; 300_000]).unwrap();
        assert!(bench.act(&Act::Load { path: path.clone() }).is_err());
        assert!(
            bench
                .act(&Act::Load { path: owned("/nonexistent") })
                .is_err_and(|why| why.contains("/nonexistent"))
        );
        assert!(bench.act(&Act::Load { path: owned("/tmp") }).is_err_and(|why| why.contains("folder")));
    }
}

#[test]
fn files_are_copied_out_and_in() {
    for bench in Bench::each() {
        let image = bench.image();
        let (name, place) = (bench.container(&image), tempfile::tempdir().unwrap());
        let to = place.path().display().to_string();
        let out =
            |path: &str| bench.act(&Act::CopyOut { id: name.clone(), path: owned(path), to: to.clone() });
        // The script has made its files when the last one is there.
        let there = || bench.real.attempt(&["exec", &name, "test", "-u", "/d/a"]).status.success();
        while !there() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let text = out("/d").unwrap();
        assert!(text.starts_with(&format!("copied /d to {to}/d, 2 files, 3 B")), "{text}");
        assert!(text.ends_with("; left out 1: d/p (a named pipe)"), "{text}");
        let folder = place.path().join("d");
        assert_eq!(fs::read_to_string(folder.join("a")).unwrap(), "hi\n");
        assert_eq!(fs::read_link(folder.join("l")).unwrap().to_str(), Some("a"));
        assert!(folder.join("e").is_dir());
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(folder.join("a")).unwrap().permissions());
        assert_eq!(mode & 0o7777, 0o711);
        assert!(out("/d").is_err_and(|why| why.contains("there already")));
        assert!(out("/no/such").is_err_and(|why| why.contains("/no/such")));
        assert!(out("/d/a").is_ok_and(|text| text.contains("1 file, 3 B")));
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2);

        // Into the container, while it is stopped too.
        let from = place.path().join("from");
        fs::create_dir_all(from.join("sub")).unwrap();
        fs::write(from.join("sub/large"), vec![9; 3_000_000]).unwrap();
        std::os::unix::fs::symlink("sub", from.join("link")).unwrap();
        let act = |path: &str| Act::CopyIn {
            id: name.clone(),
            from: from.display().to_string(),
            path: owned(path),
        };
        let (text, steps) = bench.watched(&act("/tmp"));
        assert_eq!(text, Ok(format!("copied {} to /tmp, 1 file, 3 MB", from.display())));
        assert_eq!(steps.last().map(|step| (step.done, step.total)), Some((3_000_000, 3_000_000)));
        let listed = bench.real.run(&["exec", &name, "ls", "-ln", "/tmp/from/sub/large", "/tmp/from/link"]);
        let words: Vec<&str> = listed.split_whitespace().collect();
        assert!(listed.contains("3000000") && listed.contains("-> sub"), "{listed}");
        assert_eq!((words[2], words[3]), ("0", "0"), "{listed}");
        assert!(bench.act(&act("/no/such")).is_err());
        assert!(bench.act(&act("/d/a")).is_err_and(|why| why.contains("no folder")));
        bench.act(&Act::Stop { id: name.clone() }).unwrap();
        assert!(bench.act(&act("/d")).is_ok());
        assert!(
            bench.act(&Act::CopyOut { id: name.clone(), path: owned("/d/from/sub"), to: to.clone() }).is_ok()
        );
        assert_eq!(fs::metadata(place.path().join("sub/large")).unwrap().len(), 3_000_000);
        bench.real.run(&["rm", "--force", &name]);
    }
}

#[test]
fn what_a_registry_refuses_is_told_in_full() {
    for bench in Bench::each() {
        // Nothing listens there, and the engine's error comes within a success.
        let reference = owned("127.0.0.1:1/hadal-test/none:1");
        let why = bench.act(&Act::Pull { reference: reference.clone(), platform: None }).unwrap_err();
        assert!(why.contains("127.0.0.1:1") && why.contains("connection refused"), "{why}");
        let why = bench.act(&Act::Push { reference }).unwrap_err();
        assert!(why.contains("127.0.0.1:1"), "{why}");
    }
}
