//! What cleaning up frees, checked against a store whose every byte is known: random images, and a reckoning so plain
//! that it can be read at a glance.

#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is made by this test")]

#[path = "cleanup/hidden.rs"]
mod hidden;
#[path = "cleanup/model.rs"]
mod model;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use hadal::cleanup::why::BlockKind;
use hadal::cleanup::{Marks, Protect, Stock, Stores};
use hadal::container::{Container, State};
use hadal::image::{ImageStore, LocalImage, LocalStep};
use hadal::world::Act;
use model::{Model, model};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Docker's own stores and Podman's: sizes are the sums of layers, and of documents that are nobody else's, steps tell
    /// them, and nothing is unclear.
    #[test]
    fn exclusive_bytes_are_exact_where_steps_are_plain(model in prop_oneof![
        model(ImageStore::Layers, false), model(ImageStore::Documents, false)
    ]) {
        let (images, containers) = (model.images(), model.containers());
        for (index, usage) in Stock::new(&images, &containers).usage().into_iter().enumerate() {
            prop_assert!(usage.exact, "{index}: {model:#?}");
            prop_assert_eq!(usage.exclusive_bytes, model.exclusive(index), "{}: {:#?}", index, model);
            prop_assert_eq!(usage.exclusive_bytes + usage.shared_bytes, images[index].bytes);
        }
    }

    /// Steps that may or may not have made an empty layer, in every kind of store: never more than is true, and what
    /// is called exact is.
    #[test]
    fn exclusive_bytes_are_never_too_many(model in prop_oneof![
        model(ImageStore::Layers, true), model(ImageStore::Documents, true), model(ImageStore::Blobs, true)
    ]) {
        let (images, containers) = (model.images(), model.containers());
        for (index, usage) in Stock::new(&images, &containers).usage().into_iter().enumerate() {
            let truth = model.exclusive(index);
            prop_assert!(usage.exclusive_bytes <= truth, "{index}: {usage:?} of {truth}: {model:#?}");
            prop_assert!(!usage.exact || usage.exclusive_bytes == truth, "{index}: {usage:?} {model:#?}");
            prop_assert_eq!(usage.exclusive_bytes + usage.shared_bytes, images[index].bytes);
        }
    }

    #[test]
    fn a_plan_removes_what_can_go_and_tells_what_it_frees(
        model in prop_oneof![
            model(ImageStore::Layers, false), model(ImageStore::Layers, true),
            model(ImageStore::Documents, false), model(ImageStore::Documents, true),
            model(ImageStore::Blobs, false), model(ImageStore::Blobs, true)
        ],
        marked in prop::collection::btree_set(0_usize..12, 0..8),
        marked_containers in prop::collection::btree_set(0_usize..4, 0..4),
        stop in any::<bool>(),
    ) {
        let (images, containers) = (model.images(), model.containers());
        let mut marks = Marks { stop, ..Marks::default() };
        for image in marked.iter().filter_map(|index| images.get(*index)) {
            marks.images.insert(image.id.clone(), "marked".to_owned());
        }
        for container in marked_containers.iter().filter_map(|index| containers.get(*index)) {
            marks.containers.insert(container.id.clone(), "marked".to_owned());
        }
        let stock = Stock::new(&images, &containers);
        let plan = stock.plan(&marks);
        let gone = model.carry_out(&plan.acts()).map_err(TestCaseError::fail)?;
        let (expected, freed) = model.removable(&marks);
        prop_assert_eq!(&gone, &expected, "{:#?} {:#?}", plan, model);
        prop_assert!(plan.frees_bytes <= freed, "{plan:#?} of {freed} {model:#?}");
        prop_assert!(!plan.exact || plan.frees_bytes == freed, "{plan:#?} of {freed} {model:#?}");
        prop_assert!(plan.exact || !model.is_plain(), "{plan:#?} {model:#?}");
        // Each that was marked goes, or is said to stay and why; and nothing else is spoken of but names and parents.
        let listed: BTreeSet<&str> = plan.remove.iter().map(|item| item.id.as_str()).collect();
        prop_assert_eq!(&listed, &gone.iter().map(String::as_str).collect());
        for kept in &plan.keep {
            prop_assert!(!gone.contains(&kept.id));
            prop_assert!(kept.kind != hadal::cleanup::plan::Kind::Image || !kept.blocked_by.is_empty());
            prop_assert!(kept.blocked_by.iter().all(|blocker| !gone.contains(&blocker.id)), "{plan:#?}");
        }
        let ids = marks.images.keys().chain(marks.containers.keys());
        let kept: BTreeSet<&str> = plan.keep.iter().map(|kept| kept.id.as_str()).collect();
        for id in ids {
            prop_assert!(gone.contains(id) != kept.contains(id.as_str()), "{id}: {plan:#?}");
        }
    }

    /// Once all that is in the way of an image is gone, its removal frees what was said.
    #[test]
    fn what_is_in_the_way_frees_what_its_removal_does(model in prop_oneof![
        model(ImageStore::Layers, false), model(ImageStore::Documents, false), model(ImageStore::Blobs, false)
    ]) {
        let (images, containers) = (model.images(), model.containers());
        let stock = Stock::new(&images, &containers);
        for (index, image) in images.iter().enumerate().filter(|(_, image)| !image.intermediate) {
            let why = stock.why(index, None, hadal::world::Kind::Docker);
            let mut marks = Marks { stop: true, ..Marks::default() };
            marks.images.insert(image.id.clone(), String::new());
            for block in &why.blockers {
                match block.kind {
                    BlockKind::ChildImage => drop(marks.images.insert(block.id.clone(), String::new())),
                    BlockKind::ExtraTag => {}
                    _ => drop(marks.containers.insert(block.id.clone(), String::new())),
                }
            }
            let plan = stock.plan(&marks);
            if plan.keep.is_empty() {
                let wrote = plan.remove.iter().filter(|item| item.kind == hadal::cleanup::plan::Kind::Container);
                let wrote: u64 = wrote.map(|item| item.frees_bytes).sum();
                prop_assert_eq!(why.frees.bytes, plan.frees_bytes - wrote, "{}: {:?} {:#?}", index, why, plan);
            }
        }
    }

    /// What was found out once answers as if it were found out anew.
    #[test]
    fn a_graph_that_is_kept_says_the_same(model in model(ImageStore::Layers, true), marked in any::<u16>()) {
        let (images, containers) = (model.images(), model.containers());
        let marked = images.iter().enumerate().filter(|(at, _)| marked >> (at % 16) & 1 == 1);
        let marks = Marks {
            images: marked.map(|(_, image)| (image.id.clone(), String::new())).collect(),
            ..Marks::default()
        };
        let stock = Stock::new(&images, &containers);
        let again = Stock::again(&images, &containers, Stores::default(), &stock.graph());
        prop_assert_eq!(again.plan(&marks), stock.plan(&marks));
        let protect = Protect::default();
        let candidates = stock.candidates(2, &protect);
        prop_assert_eq!(&again.candidates(2, &protect), &candidates);
        // Each thing is listed once, and what runs keeps its image off the list.
        let listed: BTreeSet<(&str, &str)> =
            candidates.iter().map(|one| (one.kind.name(), one.id.as_str())).collect();
        prop_assert_eq!(listed.len(), candidates.len());
        for container in containers.iter().filter(|container| container.state.is_alive()) {
            prop_assert!(!listed.contains(&("image", container.image_id.as_str())));
        }
    }

    /// One that goes alone frees what it holds alone.
    #[test]
    fn one_image_frees_its_exclusive_bytes(model in prop_oneof![
        model(ImageStore::Layers, true), model(ImageStore::Documents, true)
    ]) {
        let images = model.images();
        let stock = Stock::new(&images, []);
        let usage = stock.usage();
        for (index, image) in images.iter().enumerate() {
            let mut marks = Marks::default();
            marks.images.insert(image.id.clone(), String::new());
            let plan = stock.plan(&marks);
            let exclusive = usage[index].exclusive_bytes;
            // Parents that go with it may have layers that are not its own.
            prop_assert!(plan.remove.is_empty() || plan.frees_bytes >= exclusive, "{index}: {plan:?} {model:#?}");
            prop_assert!(plan.remove.len() != 1 || plan.frees_bytes == exclusive, "{index}: {plan:?} {model:#?}");
        }
    }

    #[test]
    fn a_family_has_every_image_once_above_what_it_stands_on(model in model(ImageStore::Layers, true)) {
        let images = model.images();
        let family = Stock::new(&images, []).family(true);
        let mut met = BTreeSet::new();
        for (index, branch) in family.branches.iter().enumerate() {
            prop_assert!(branch.below.is_none_or(|below| below < index));
            let chain = |image: &usize| images[*image].layers.as_ref().unwrap();
            for image in &branch.images {
                prop_assert!(met.insert(*image));
                prop_assert_eq!(chain(image).len(), branch.layers);
                let below = branch.below.map(|below| &family.branches[below]);
                for lower in below.into_iter().flat_map(|below| &below.images) {
                    prop_assert!(chain(image).starts_with(chain(lower)));
                }
            }
            let stands = family.branches.iter().filter(|other| other.below == Some(index)).count();
            prop_assert!(!branch.images.is_empty() || stands > 1, "{family:#?}");
        }
        prop_assert_eq!(met.len(), images.len());
    }
}

#[test]
fn steps_are_in_an_order_that_engines_take() {
    let model = Model::classic();
    let (images, containers) = (model.images(), model.containers());
    let mut marks = Marks { stop: true, ..Marks::default() };
    marks.images = images.iter().map(|image| (image.id.clone(), "unused".to_owned())).collect();
    marks.containers =
        containers.iter().map(|container| (container.id.clone(), "stopped".to_owned())).collect();
    let acts: Vec<String> = Stock::new(&images, &containers)
        .plan(&marks)
        .acts()
        .iter()
        .map(|act| act.command(hadal::world::Kind::Docker))
        .collect();
    assert_eq!(acts, ["docker stop c0", "docker rm c0", "docker rmi app:1 app:2", "docker rmi image-0:1",]);
}

/// So many images of 40 layers on a hundred bases.
fn many(count: usize) -> Vec<LocalImage> {
    let made = (0..count).map(|image| {
        let layer = |depth: usize| {
            let owner = if depth < 25 { image % 100 } else { image };
            format!("sha256:{owner:032x}{depth:032x}")
        };
        let step = |depth: usize| LocalStep {
            created_by: format!("/bin/sh -c #(nop) COPY file:{depth:064x} in /srv/{depth}"),
            bytes: if depth.is_multiple_of(7) { 0 } else { 1000 + depth as u64 },
            ..LocalStep::default()
        };
        let steps: Vec<LocalStep> = (0..40).map(step).collect();
        LocalImage {
            id: format!("sha256:{image}"),
            tags: if image % 4 == 0 { Vec::new() } else { vec![format!("app-{image}:1")] },
            bytes: steps.iter().map(|step| step.bytes).sum(),
            layers: Some((0..40).map(layer).collect()),
            steps: Some(steps),
            ..LocalImage::default()
        }
    });
    made.collect()
}

/// The shortest of a few runs: other work on the machine only ever adds to it.
fn shortest(work: &dyn Fn() -> usize) -> Duration {
    let once = || {
        let start = Instant::now();
        assert!(work() > 0);
        start.elapsed()
    };
    (0..7).map(|_| once()).min().unwrap()
}

/// Two thousand images take milliseconds, and no more for each than a few do.
#[test]
fn the_work_grows_with_the_images_and_not_faster() {
    let times = [250, 2000].map(|count| {
        let images = many(count);
        let marked = images.iter().step_by(2).map(|image| (image.id.clone(), String::new()));
        let marks = Marks { images: marked.collect(), ..Marks::default() };
        let usage = shortest(&|| Stock::new(&images, []).usage().len());
        let stock = Stock::new(&images, []);
        [usage, shortest(&|| stock.plan(&marks).remove.len())]
    });
    let [few, all] = times;
    println!("usage {:?} and {:?}, plan {:?} and {:?}", few[0], all[0], few[1], all[1]);
    for (few, all) in few.into_iter().zip(all) {
        assert!(all < 24 * few, "eight times as many images took {all:?} instead of {few:?}");
    }
    assert!(cfg!(debug_assertions) || all[0] <= Duration::from_millis(20), "usage took {:?}", all[0]);
}

/// A screen of many things is reckoned anew with every mark: 500 images and 1,000 containers that use them.
#[test]
fn marks_are_reckoned_in_a_frame() {
    let images = many(500);
    let container = |at: usize| Container {
        id: format!("{at:064x}"),
        image_id: images[at * 7 % 400].id.clone(),
        state: State::Exited,
        writable_bytes: Some(at as u64),
        inspected: true,
        ..Container::default()
    };
    let containers: Vec<Container> = (0..1000).map(container).collect();
    let stock = Stock::new(&images, &containers);
    let mut marks = Marks::default();
    let protect = Protect::default();
    stock.candidates(3, &protect).iter().for_each(|candidate| marks.add(candidate));
    let graph = shortest(&|| Stock::new(&images, &containers).candidates(3, &protect).len());
    let marked = shortest(&|| {
        let again = Stock::again(&images, &containers, Stores::default(), &stock.graph());
        again.plan(&marks).remove.len()
    });
    println!("graph and groups {graph:?}, all marked {marked:?}");
    assert!(cfg!(debug_assertions) || graph <= Duration::from_millis(50), "the graph took {graph:?}");
    assert!(cfg!(debug_assertions) || marked <= Duration::from_millis(16), "the marks took {marked:?}");
}

#[test]
fn a_plan_speaks_of_every_name() {
    let image = LocalImage {
        id: "sha256:1".to_owned(),
        tags: vec!["a:1".to_owned(), "a:2".to_owned()],
        digests: ["a@sha256:9", "host:5000/b@sha256:9", "c@sha256:9"].map(str::to_owned).into(),
        ..LocalImage::default()
    };
    let marks = Marks { images: [("sha256:1".to_owned(), "unused".to_owned())].into(), ..Marks::default() };
    let plan = Stock::new([&image], []).plan(&marks);
    let names: Vec<&str> = plan.remove.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["a:1", "a:2", "host:5000/b@sha256:9", "c@sha256:9"]);
    let untag = Act::Untag { reference: "host:5000/b@sha256:9".to_owned() };
    let remove = Act::RemoveImage { id: "sha256:1".to_owned(), tags: image.tags.clone(), prune: true };
    assert_eq!(plan.acts(), [untag, remove]);
}
