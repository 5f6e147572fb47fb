//! Worlds from a few readable lines: one for each image or container.
//!
//! ```text
//! image NAME[,NAME…] AGE BYTES [layers=NAME:BYTES,…] [label=KEY=VALUE] [digest=NAME@DIGEST] [id=HEX] [intermediate]
//! container NAME IMAGE STATE AGE [exit=CODE] [health=WORD] [restarts=N] [project=NAME] [port=PUBLIC:PRIVATE]
//!     [volume=NAME] [wrote=BYTES] [error=WORDS_WITH_UNDERSCORES] [oom] [label=KEY=VALUE]
//! ```
//!
//! `-` is no name; ages are like `3d`, bytes like `12MB`. `\x1b` and the like stand for these bytes.
#![allow(dead_code, unreachable_pub, missing_debug_implementations, clippy::unwrap_used, clippy::panic)]

use hadal::container::{Container, Health, Mount, Port, State};
use hadal::image::{Digest, LocalImage, LocalStep};
use hadal::world::{About, Kind, Update};
use jiff::Timestamp;

/// When all of this is looked at.
pub const NOW: i64 = 1_780_000_000;

pub fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// What an engine tells that holds this.
pub fn updates(text: &str) -> Vec<Update> {
    let (mut images, mut containers) = (Vec::new(), Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<String> = line.split_whitespace().map(raw).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["image", names, age, size, ref rest @ ..] => images.push(image(names, age, size, rest)),
            ["container", name, of, state, age, ref rest @ ..] => {
                containers.push(container(name, of, state, age, rest, &images));
            }
            _ => panic!("not a line of a world: {line}"),
        }
    }
    let about = About {
        kind: Kind::Docker,
        version: "20.10.24".to_owned(),
        url: "unix:///var/run/docker.sock".to_owned(),
        ..About::default()
    };
    vec![Update::Connected(Box::new(about)), Update::Images(images), Update::Containers(containers)]
}

pub fn image(names: &str, when: &str, size: &str, rest: &[&str]) -> LocalImage {
    let tags: Vec<String> = names.split(',').filter(|name| *name != "-").map(str::to_owned).collect();
    let mut image = LocalImage {
        id: Digest::of(format!("{names}{when}{size}").as_bytes()).to_string(),
        tags,
        bytes: bytes(size),
        created: then(when),
        platform: "linux/amd64".to_owned(),
        ..LocalImage::default()
    };
    for word in rest {
        match word.split_once('=').unwrap_or((word, "")) {
            ("layers", layers) => {
                let layers = layers.split(',').map(|layer| layer.split_once(':').unwrap());
                let (ids, steps): (Vec<_>, Vec<_>) = layers
                    .map(|(name, size)| {
                        let step = LocalStep {
                            created_by: format!("COPY {name} /"),
                            created: image.created,
                            bytes: bytes(size),
                            ..LocalStep::default()
                        };
                        (Digest::of(name.as_bytes()).to_string(), step)
                    })
                    .unzip();
                (image.layers, image.steps) = (Some(ids), Some(steps));
            }
            ("label", label) => {
                let (key, value) = label.split_once('=').unwrap_or((label, ""));
                image.labels.insert(key.to_owned(), value.to_owned());
            }
            ("digest", name) => image.digests.push(name.to_owned()),
            ("id", hex) => image.id = format!("sha256:{hex:0<64}"),
            ("intermediate", _) => image.intermediate = true,
            (other, _) => panic!("no word for an image: {other}"),
        }
    }
    image
}

fn container(
    name: &str,
    of: &str,
    state: &str,
    when: &str,
    rest: &[&str],
    images: &[LocalImage],
) -> Container {
    let image = images
        .iter()
        .find(|image| image.tags.iter().any(|tag| tag == of) || image.short_id().starts_with(of));
    let state = State::parse(state);
    let alive = state.is_alive();
    let mut container = Container {
        id: Digest::of(name.as_bytes()).to_string().split_off("sha256:".len()),
        name: name.to_owned(),
        image: of.to_owned(),
        image_id: image.map(|image| image.id.clone()).unwrap_or_default(),
        command: "serve".to_owned(),
        created: then(when),
        started_at: then(when).filter(|_| alive),
        finished_at: then(when).filter(|_| !alive),
        state,
        ..Container::default()
    };
    for word in rest {
        match word.split_once('=').unwrap_or((word, "")) {
            ("exit", code) => container.exit_code = Some(code.parse().unwrap()),
            ("health", word) => container.health = Health::parse(word),
            ("restarts", count) => container.restarts = count.parse().unwrap(),
            ("project", name) => {
                container.labels.insert("com.docker.compose.project".to_owned(), name.to_owned());
            }
            ("port", ports) => {
                let (public, private) = ports.split_once(':').unwrap();
                container.ports.push(Port {
                    private: private.parse().unwrap(),
                    public: Some(public.parse().unwrap()),
                    address: "0.0.0.0".to_owned(),
                    protocol: "tcp".to_owned(),
                });
            }
            ("volume", name) => container.mounts.push(Mount {
                kind: "volume".to_owned(),
                name: name.to_owned(),
                destination: "/data".to_owned(),
                writable: true,
                ..Mount::default()
            }),
            ("wrote", size) => container.writable_bytes = Some(bytes(size)),
            ("error", words) => container.error = words.replace('_', " "),
            ("oom", _) => container.oom_killed = true,
            ("label", label) => {
                let (key, value) = label.split_once('=').unwrap_or((label, ""));
                container.labels.insert(key.to_owned(), value.to_owned());
            }
            (other, _) => panic!("no word for a container: {other}"),
        }
    }
    container
}

/// `\x1b` and `\u{202e}` as they are meant.
fn raw(word: &str) -> String {
    word.replace("\\x1b", "\x1b").replace("\\x07", "\x07").replace("\\u{202e}", "\u{202e}")
}

fn bytes(text: &str) -> u64 {
    let digits = text.trim_end_matches(char::is_alphabetic);
    let unit = match &text[digits.len()..] {
        "GB" => 1e9,
        "MB" => 1e6,
        "kB" => 1e3,
        _ => 1.0,
    };
    (digits.parse::<f64>().unwrap() * unit) as u64
}

fn then(age: &str) -> Option<Timestamp> {
    let digits = age.trim_end_matches(char::is_alphabetic);
    let unit = match &age[digits.len()..] {
        "s" => 1,
        "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    Timestamp::from_second(NOW - digits.parse::<i64>().unwrap() * unit).ok()
}
