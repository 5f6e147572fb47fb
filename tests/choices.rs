//! What there is to choose when a source holds several images, and choosing again without reading it again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is made by this test")]

mod common {
    pub mod archive;
    pub mod layers;
    pub mod place;
}

use common::archive::{self, Image, Layout, Packing};
use common::place::Place;
use hadal::image::{Choice, Platform};
use hadal::jobs::{self, OpenError, OpenEvent, OpenRequest, Source, Task};
use serde_json::{Value, json};

fn request(image: &str) -> OpenRequest {
    OpenRequest { image: Some(image.to_owned()), ..OpenRequest::default() }
}

fn selecting(select: &str, platform: Option<&Platform>) -> OpenRequest {
    OpenRequest { select: Some(select.to_owned()), platform: platform.cloned(), ..OpenRequest::default() }
}

/// What was said of choices before the head, in order, and the size of what was opened.
struct Seen {
    choices: Vec<Choice>,
    chosen: Option<usize>,
    result: Result<u64, OpenError>,
}

fn seen(open: impl FnOnce(&mut dyn FnMut(OpenEvent)) -> Result<u64, OpenError>) -> Seen {
    let (mut choices, mut chosen, mut head) = (Vec::new(), None, false);
    let result = open(&mut |event| match event {
        OpenEvent::Choices(all) => {
            assert!(!head && chosen.is_none() && choices.is_empty() && !all.is_empty());
            choices = all;
        }
        OpenEvent::Preparing | OpenEvent::Arriving => {}
        OpenEvent::Chosen(at) => {
            assert!(!head && at < choices.len());
            chosen = Some(at);
        }
        OpenEvent::Head(..) => head = true,
        OpenEvent::Layer(..) | OpenEvent::Partial(..) => assert!(head),
    });
    Seen { choices, chosen, result }
}

fn opened(request: &OpenRequest) -> Seen {
    seen(|on| jobs::open(request, &Task::new(), on).map(|image| image.bytes()))
}

fn read(source: &Source, request: &OpenRequest) -> Seen {
    seen(|on| source.read(request, &Task::new(), on).map(|opened| opened.image.bytes()))
}

/// Opens every choice by what it says it must be chosen by; returns the sizes.
fn each(path: &str, choices: &[Choice]) -> Vec<u64> {
    let one = |(at, choice): (usize, &Choice)| {
        let image = Some(path.to_owned());
        let again = opened(&OpenRequest { image, ..selecting(&choice.select, choice.platform.as_ref()) });
        assert_eq!(again.chosen, Some(at), "{choice:?}");
        again.result.unwrap()
    };
    choices.iter().enumerate().map(one).collect()
}

#[test]
fn several_images() {
    let place = Place::new();
    let all = [
        Image::new("f /a 1").named(Some("docker.io/library/one:latest")),
        // A name that is another image's position, and one that is another's too.
        Image::new("f /a 2").named(Some("0")),
        Image::new("f /a 3").named(Some("example.com/one:1")),
        Image::new("f /a 4").named(Some("example.com/one:1")),
        Image::new("f /a 5\n---\nf /b 1").named(None),
    ];
    let all: Vec<&Image> = all.iter().collect();
    for archive in [archive::docker_v12(&all), archive::oci(&all)] {
        let path = place.file("several.tar", &archive.tar());
        let first = opened(&request(&path));
        let text = match first.result {
            Err(OpenError::Ambiguous(text)) => text,
            other => panic!("{other:?}"),
        };
        assert!(text.contains("choose one with --image:\n"), "{text}");
        assert_eq!((first.choices.len(), first.chosen), (5, None));
        assert_eq!(each(&path, &first.choices), [1, 2, 3, 4, 6]);
        let [one, .., last] = first.choices.as_slice() else { panic!() };
        assert_eq!(
            (one.select.as_str(), one.layers, one.complete),
            ("docker.io/library/one:latest", 1, true)
        );
        assert_eq!(one.names, ["docker.io/library/one:latest"]);
        assert_eq!(one.created.as_deref(), Some("2024-05-06T07:08:09Z"));
        assert!(last.names.is_empty() && last.layers == 2 && last.select.starts_with("sha256:"));
        assert!(first.choices.iter().all(|choice| choice.id.is_some() && choice.stored_bytes > Some(1000)));
        // What is not there is no matter of choice, but the choices are told.
        let gone = opened(&OpenRequest { image: Some(path.clone()), ..selecting("gone", None) });
        assert!(matches!(gone.result, Err(OpenError::Source(_))));
        assert_eq!(gone.choices, first.choices);
    }
}

#[test]
fn several_platforms() {
    let place = Place::new();
    let on = |platform: &str, size: u64| Image::new(&format!("f /a {size}")).on(platform);
    let mut layout = Layout::default();
    let zstd = layout.manifest(&on("linux/arm/v6", 6).packed(Packing::Zstd));
    let mut zstd = zstd;
    zstd["annotations"] = json!({"io.github.containers.compression.zstd": "true"});
    let mut manifests: Vec<Value> = [on("linux/arm/v7", 7), on("linux/arm/v6", 6), on("plan9/mips", 9)]
        .iter()
        .map(|image| layout.manifest(image))
        .collect();
    let attestation = layout.attestation(&manifests[0]);
    manifests.push(attestation);
    manifests.push(zstd);
    let mut index = layout.index(&manifests);
    index["annotations"] = json!({"org.opencontainers.image.ref.name": "example.com/app:1"});
    let path = place.file("many.tar", &layout.finish(&[index]).tar());
    let first = opened(&request(&path));
    assert!(matches!(first.result, Err(OpenError::Ambiguous(ref text)) if text.contains("--platform")));
    let platforms: Vec<String> =
        first.choices.iter().map(|choice| choice.platform.as_ref().unwrap().to_string()).collect();
    assert_eq!(platforms, ["linux/arm/v7", "linux/arm/v6", "plan9/mips", "linux/arm/v6"]);
    assert_eq!(each(&path, &first.choices), [7, 6, 9, 6]);
    let selects: Vec<bool> =
        first.choices.iter().map(|choice| choice.names == [choice.select.clone()]).collect();
    assert_eq!(selects, [true, true, true, false], "the second of a platform goes by its digest");
    let wrong = OpenRequest { platform: Platform::parse("linux/s390x"), ..request(&path) };
    assert!(matches!(opened(&wrong).result, Err(OpenError::Source(_))));
}

#[test]
fn one_image_is_no_choice() {
    let place = Place::new();
    let (mut layout, image) = (Layout::default(), Image::new("f /a 1"));
    let first = layout.manifest(&image);
    let attestation = layout.attestation(&first);
    let mut second = first.clone();
    second["annotations"] = json!({"org.opencontainers.image.ref.name": "other:2"});
    // One digest under two tags, and what says how it was built.
    let path = place.file("tags.tar", &layout.finish(&[first, second, attestation]).tar());
    let seen = opened(&request(&path));
    assert!(seen.choices.is_empty() && seen.chosen.is_none());
    assert_eq!(seen.result.unwrap(), 1);
    let source = Source::open(&request(&path), &Task::new()).unwrap();
    assert!(source.choices().is_empty());

    let (mut layout, third) = (Layout::default(), Image::new("f /a 3").named(Some("third:3")));
    let first = layout.manifest(&image);
    let mut second = first.clone();
    second["annotations"] = json!({"org.opencontainers.image.ref.name": "other:2"});
    let third = layout.manifest(&third);
    let path = place.file("three.tar", &layout.finish(&[first, second, third]).tar());
    let choices = opened(&request(&path)).choices;
    assert_eq!(choices.len(), 2);
    assert_eq!(choices[0].names, ["example.com/app:1", "other:2"]);
    assert_eq!(each(&path, &choices), [1, 3]);
}

#[test]
fn what_came_through_a_pipe_is_chosen_from_again() {
    let two = [Image::new("f /a 1").named(Some("one:1")), Image::new("f /a 2").named(Some("two:2"))];
    let tar = archive::docker_v12(&[&two[0], &two[1]]).tar();
    let check = |source: &Source| {
        let first = read(source, &OpenRequest::default());
        assert!(matches!(first.result, Err(OpenError::Ambiguous(_))));
        assert_eq!(first.choices, source.choices());
        for (at, size) in [(1, 2), (0, 1), (1, 2)] {
            let choice = &first.choices[at];
            let again = read(source, &selecting(&choice.select, choice.platform.as_ref()));
            assert_eq!((again.result.unwrap(), again.chosen), (size, Some(at)));
        }
    };
    check(&Source::stream(tar.as_slice(), "standard input", &Task::new()).unwrap());
    let place = Place::new();
    let pipe = place.path("pipe");
    if !std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: no mkfifo");
        return;
    }
    let writer = std::thread::spawn({
        let (pipe, tar) = (pipe.clone(), tar.clone());
        move || std::fs::write(pipe, tar)
    });
    let source = Source::open(&request(&pipe), &Task::new()).unwrap();
    writer.join().unwrap().unwrap();
    check(&source);
}
