//! Images that are gone while containers made from them are not.

use std::collections::BTreeSet;

use hadal::cleanup::{Group, Marks, Protect, Stock, Stores};
use hadal::container::{Container, State};
use hadal::image::{ImageStore, LocalImage, LocalStep};
use hadal::world::CacheRecord;
use proptest::prelude::*;

use super::model::{Model, model};

/// What a plan says it frees, and what leaves the disk, when images of which `forgotten` holds are gone already.
fn compare(model: &Model, forgotten: &BTreeSet<usize>, marks: &Marks, tells: bool) -> (u64, u64, bool) {
    let (mut images, mut containers) = (model.images(), model.containers());
    let mut at = 0;
    images.retain(|_| {
        at += 1;
        !forgotten.contains(&(at - 1))
    });
    if !tells {
        images.iter_mut().for_each(|image| image.folders.clear());
        containers.iter_mut().for_each(|container| container.folders.clear());
    }
    let ids = |list: &mut dyn Iterator<Item = &String>| -> BTreeSet<String> { list.cloned().collect() };
    let plan = Stock::new(&images, &containers).plan(marks);
    let gone = ids(&mut plan.remove.iter().map(|item| &item.id));
    let all_images = ids(&mut images.iter().map(|image| &image.id));
    let all_containers = ids(&mut containers.iter().map(|container| &container.id));
    let left = |all: &BTreeSet<String>| all.difference(&gone).cloned().collect();
    let before = model.on_disk(&all_images, &all_containers);
    (plan.frees_bytes, before - model.on_disk(&left(&all_images), &left(&all_containers)), plan.exact)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_only_containers_hold_is_reckoned(
        model in model(ImageStore::Layers, false),
        forgotten in prop::collection::btree_set(0_usize..12, 0..6),
        marked in prop::collection::btree_set(0_usize..12, 0..8),
        marked_containers in prop::collection::btree_set(0_usize..4, 0..5),
    ) {
        let mut marks = Marks { stop: true, ..Marks::default() };
        marks.images = marked.iter().map(|at| (format!("sha256:{at}"), String::new())).collect();
        marks.containers = marked_containers.iter().map(|at| (format!("c{at}"), String::new())).collect();
        for tells in [true, false] {
            let (told, truth, exact) = compare(&model, &forgotten, &marks, tells);
            prop_assert!(told <= truth, "{told} of {truth}: {model:#?}");
            prop_assert!(!exact || told == truth, "{told} of {truth}: {model:#?}");
            // Two images that are gone may share what nobody tells the bytes of, and of one without layers no folder
            // tells anything.
            let little = forgotten.len() > 1 || forgotten.iter().any(|at| model.is_bare(*at));
            prop_assert!(exact || !tells || little, "{model:#?}");
        }
    }
}

fn folder(name: &str) -> String {
    format!("{name:a>64}")
}

fn image(id: &str, layers: &[(&str, u64)]) -> LocalImage {
    let step = |(name, bytes): &(&str, u64)| LocalStep {
        created_by: format!("RUN {name}"),
        bytes: *bytes,
        ..LocalStep::default()
    };
    LocalImage {
        id: id.to_owned(),
        tags: vec![format!("{id}:1")],
        bytes: layers.iter().map(|(_, bytes)| bytes).sum(),
        layers: Some(layers.iter().map(|(name, _)| format!("sha256:{name}")).collect()),
        folders: layers.iter().map(|(name, _)| folder(name)).collect(),
        steps: Some(layers.iter().map(step).collect()),
        ..LocalImage::default()
    }
}

fn container(id: &str, image: &str, layers: &[&str], bytes: u64) -> Container {
    Container {
        id: id.to_owned(),
        name: id.to_owned(),
        image_id: image.to_owned(),
        state: State::Exited,
        writable_bytes: Some(1),
        below_bytes: Some(bytes),
        folders: layers.iter().map(|name| folder(name)).collect(),
        ..Container::default()
    }
}

#[test]
fn a_stopped_container_says_what_it_keeps_of_an_image_that_is_gone() {
    let images = [image("base", &[("a", 100)]), image("app", &[("a", 100), ("b", 20)])];
    let containers = [
        container("alone", "gone-1", &["a", "c"], 130),
        container("one", "gone-2", &["a", "d"], 140),
        container("two", "gone-2", &["a", "d"], 140),
        container("shares", "gone-3", &["a", "b"], 120),
        container("usual", "app", &["a", "b"], 120),
        Container { image_id: String::new(), ..container("pod", "", &[], 0) },
    ];
    let stock = Stock::new(&images, &containers);
    assert!(stock.has_hidden());
    let hidden = |at| stock.hidden(at).map(|hidden| (hidden.bytes.bytes, hidden.bytes.exact, hidden.others));
    let told: Vec<_> = (0..containers.len()).map(hidden).collect();
    let expected =
        [Some((30, true, 0)), Some((40, true, 1)), Some((40, true, 1)), Some((0, true, 0)), None, None];
    assert_eq!(told, expected);
    let candidates = stock.candidates(3, &Protect::default());
    let frees: Vec<(&str, u64)> = candidates
        .iter()
        .filter(|candidate| candidate.group == Group::Stopped)
        .map(|candidate| (candidate.id.as_str(), candidate.frees.bytes))
        .collect();
    assert_eq!(frees, [("alone", 31), ("one", 1), ("two", 1), ("shares", 1), ("usual", 1), ("pod", 1)]);
    assert_eq!(stock.bytes().bytes, 100 + 20 + 30 + 40, "hidden layers are on the disk too");
    // An image whose layers a container of another one stands on frees nothing.
    let plan = |images: &[&str], containers: &[&str]| {
        let marks = |ids: &[&str]| ids.iter().map(|id| ((*id).to_owned(), String::new())).collect();
        let marks = Marks { images: marks(images), containers: marks(containers), ..Marks::default() };
        let plan = stock.plan(&marks);
        (plan.frees_bytes, plan.exact)
    };
    assert_eq!(plan(&["app"], &["usual"]), (1, true));
    assert_eq!(plan(&["app"], &["usual", "shares"]), (22, true));
    assert_eq!(plan(&[], &["one", "two"]), (42, true));
    assert_eq!(plan(&[], &["one"]), (1, true));
    let all = ["alone", "one", "two", "shares", "usual"];
    assert_eq!(plan(&["app", "base"], &all), (190 + 5, true));
}

#[test]
fn where_an_engine_tells_less_the_least_is_told() {
    let images = [image("base", &[("a", 100)])];
    let plan = |container: Container, images: &[LocalImage], cache: &[CacheRecord], marked: bool| {
        let containers = [container];
        let mut marks = Marks::default();
        marks.images.insert("base".to_owned(), String::new());
        if marked {
            marks.containers.insert("c".to_owned(), String::new());
        }
        marks.cache.extend(cache.iter().map(|record| (record.id.clone(), String::new())));
        let plan = Stock::new(images, &containers).with(Stores { cache, ..Stores::default() }).plan(&marks);
        (plan.frees_bytes, plan.exact)
    };
    // On which layers it stands is not told: it may be that of the image.
    let mut bare = images.clone();
    bare[0].folders.clear();
    let told = |bytes| Container { below_bytes: bytes, ..container("c", "gone", &[], 0) };
    assert_eq!(plan(told(Some(30)), &bare, &[], false), (70, false));
    assert_eq!(plan(told(Some(300)), &bare, &[], false), (0, false));
    assert_eq!(plan(told(None), &bare, &[], false), (0, false));
    assert_eq!(plan(told(Some(30)), &bare, &[], true), (101, false));
    // How much it keeps is not told.
    let sizeless = Container { below_bytes: None, ..container("c", "gone", &["a", "b"], 0) };
    assert_eq!(plan(sizeless.clone(), &images, &[], false), (0, true));
    assert_eq!(plan(sizeless, &images, &[], true), (1, false));
    // The build cache may hold the same layer, and does not say so.
    let record = CacheRecord {
        id: "r".to_owned(),
        kind: "regular".to_owned(),
        description: "mount / from exec make".to_owned(),
        bytes: 30,
        ..CacheRecord::default()
    };
    let mut built = container("c", "gone", &["a", "b"], 130);
    built.folders[1] = "9halwu3zlxs6l1nysrtxsteed".to_owned();
    assert_eq!(plan(built.clone(), &images, std::slice::from_ref(&record), false), (0, false));
    assert_eq!(plan(built, &images, &[record], true), (131, false));
}
