//! Documents about an engine with everything in it that they can speak of. What real engines hold is held against the
//! same schemas in `tests/images.rs`.

use hadal::cleanup::{Marks, Stock};
use hadal::container::{Container, Health, Port, State};
use hadal::image::LocalImage;
use hadal::report::{clean, json, lists};
use serde_json::Value;

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn written(document: &impl serde::Serialize) -> Value {
    let mut out = Vec::new();
    json::write(document, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn image(digit: &str, tags: &[&str], parent: Option<&str>) -> LocalImage {
    LocalImage {
        id: format!("sha256:{}", ID.replace('0', digit)),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        parent: parent.map(|digit| format!("sha256:{}", ID.replace('0', digit))),
        created: "2026-01-02T03:04:05.678Z".parse().ok(),
        labels: [("org.opencontainers.image.title".to_owned(), "app".to_owned())].into(),
        bytes: 5,
        layers: Some(Vec::new()),
        steps: Some(Vec::new()),
        ..LocalImage::default()
    }
}

/// An image that was replaced, the one that did it, and one that stands on that.
pub(crate) fn images() -> Value {
    let mut images =
        [image("a", &[], None), image("b", &["app:1", "app:2"], None), image("c", &["other:1"], Some("b"))];
    images[1].digests = vec!["app@sha256:0".to_owned()];
    images[2].labels.clear();
    images[2].platform = String::from("linux/arm64");
    let containers = [Container {
        id: ID.to_owned(),
        name: "web".to_owned(),
        image_id: images[1].id.clone(),
        ..Container::default()
    }];
    let stock = Stock::new(&images, &containers);
    let (usage, lineage) = (stock.usage(), stock.lineage());
    let list = lists::Images { stock: &stock, usage: &usage, lineage: &lineage, chosen: &[0, 1, 2] };
    written(&json::Images::new(&list))
}

/// A container that runs, and one that ended.
pub(crate) fn containers() -> Vec<Value> {
    let running = Container {
        id: ID.to_owned(),
        name: "web".to_owned(),
        image: "app:1".to_owned(),
        image_id: format!("sha256:{ID}"),
        command: "serve --all".to_owned(),
        state: State::Running,
        health: Some(Health::Healthy),
        created: "2026-01-02T03:04:05Z".parse().ok(),
        started_at: "2026-01-02T03:04:05.123456789Z".parse().ok(),
        restart_policy: "on-failure:3".to_owned(),
        ports: vec![Port {
            private: 80,
            public: Some(8080),
            address: "0.0.0.0".to_owned(),
            protocol: "tcp".to_owned(),
        }],
        labels: [("project", "shop"), ("service", "web")]
            .map(|(key, value)| (format!("com.docker.compose.{key}"), value.to_owned()))
            .into(),
        writable_bytes: Some(7),
        inspected: true,
        ..Container::default()
    };
    let ended = Container {
        state: State::Exited,
        exit_code: Some(137),
        oom_killed: true,
        error: "no such file".to_owned(),
        finished_at: "2026-01-02T03:04:05Z".parse().ok(),
        ..Container::default()
    };
    [running, ended].iter().map(|container| written(&json::Containers::new(&[container]))).collect()
}

/// A plan with something of everything, as it was carried out, and the same before.
pub(crate) fn plans() -> Vec<Value> {
    let images = [image("a", &[], None), image("b", &["app:1", "app:2"], None)];
    let containers =
        [Container { id: ID.to_owned(), image_id: images[1].id.clone(), ..Container::default() }];
    let marks = |ids: &[&str]| ids.iter().map(|id| ((*id).to_owned(), "unused".to_owned())).collect();
    let marks = Marks { images: marks(&[&images[0].id, &images[1].id]), ..Marks::default() };
    let plan = Stock::new(&images, &containers).plan(&marks);
    let fate = clean::Fate { status: "failed", why: Some("no") };
    let done = vec![fate; plan.remove.len()];
    let saved = json::Saved { path: "saved.tar".to_owned(), bytes: 7 };
    vec![
        written(&json::Clean::new(&plan, Some((done, 5))).saved(Some(&saved))),
        written(&json::Clean::new(&plan, None)),
    ]
}

/// What is in the way of an image.
pub(crate) fn why() -> Value {
    let images = [image("b", &["app:1", "app:2"], None), image("c", &["other:1"], Some("b"))];
    let containers =
        [Container { id: ID.to_owned(), image_id: images[0].id.clone(), ..Container::default() }];
    let why = Stock::new(&images, &containers).why(0, None, hadal::world::Kind::Docker);
    written(&json::Why::new(&images[0], &why))
}
