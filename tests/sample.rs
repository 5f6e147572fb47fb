//! The embedded sample shows everything that there is to see: every change, every cause of waste, every oddity
//! that a screen must draw.

#![allow(
    clippy::unwrap_used,
    reason = "the sample is ours: where it is not what it should be, the test fails"
)]

use std::collections::BTreeSet;

use hadal::analysis::{Totals, View, blame, waste};
use hadal::image::Image;
use hadal::image::changeset::Kind;
use hadal::image::tree::{Cause, Change};
use hadal::jobs::{OpenRequest, Task, open};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample.tar.gz");

fn sample() -> Image {
    open(&OpenRequest::default(), &Task::new(), &mut |_| {}).unwrap()
}

/// What the layer changed, as (path, change, kind, mode).
fn changes(image: &Image, layer: usize) -> Vec<(String, Change, Kind, u16)> {
    let mut found = Vec::new();
    View::Layer(layer).walk(&image.tree, true, &mut |node, look| {
        let path = String::from_utf8(image.tree.path(node)).unwrap();
        found.push((path, look.change, look.version.kind(), look.version.attributes().mode));
    });
    found
}

#[test]
fn the_sample_is_small_and_sound() {
    assert!(std::fs::metadata(FILE).unwrap().len() <= 300_000);
    let image = sample();
    assert_eq!(image.problems(), []);
    assert_eq!(image.head.source, "docker-archive");
    assert_eq!(image.head.tags, ["tidepool:1.4"]);
    assert!(image.layers.iter().all(|layer| layer.problem.is_none() && layer.totals.entries < 1_000));
}

#[test]
fn the_file_is_what_is_embedded() {
    let request = OpenRequest { image: Some(FILE.to_owned()), verify: true, ..OpenRequest::default() };
    let image = open(&request, &Task::new(), &mut |_| {}).unwrap();
    assert_eq!(image.head.id, sample().head.id);
    assert!(image.layers.iter().all(|layer| layer.verified == Some(true)));
}

#[test]
fn every_change_occurs() {
    let image = sample();
    let mut seen = BTreeSet::new();
    for layer in 0..image.layers.len() {
        seen.extend(changes(&image, layer).into_iter().map(|(_, change, ..)| change));
        for (_, version) in image.tree.touched(layer).filter(|(_, version)| version.explicit()) {
            seen.insert(version.change());
        }
    }
    let all = [Change::Unmodified, Change::Added, Change::Modified, Change::Metadata, Change::Removed];
    assert_eq!(seen, BTreeSet::from(all));
}

#[test]
fn every_cause_of_waste_occurs_and_all_of_it_adds_up() {
    let image = sample();
    let waste = waste(&image.tree);
    let causes: BTreeSet<Cause> = waste.iter().map(|one| one.cause).collect();
    let all = [
        Cause::Overwritten,
        Cause::MetadataOnly,
        Cause::Removed,
        Cause::Opaque,
        Cause::TypeReplaced,
        Cause::ShadowedInLayer,
    ];
    assert_eq!(causes, BTreeSet::from(all));

    let totals = Totals::of(&image);
    let listed: u64 = waste.iter().map(|one| one.bytes).sum();
    assert_eq!(listed, totals.wasted_bytes);
    assert_eq!(totals.bytes - totals.visible_bytes, totals.wasted_bytes);
    // As unpacked by umoci: the sizes of all inodes of regular files, and how many names lead to them.
    assert_eq!((totals.visible_bytes, totals.files), (312_978, 56));
}

#[test]
fn links_and_modes_occur() {
    let image = sample();
    let base = changes(&image, 0);
    let kind = |kind| base.iter().filter(|entry| entry.2 == kind).count();
    assert_eq!(kind(Kind::Hardlink), 1);
    assert_eq!(kind(Kind::Symlink), 1);
    assert!(base.iter().any(|(path, _, _, mode)| path == "/usr/bin/whoami" && *mode == 0o4755));
    assert!(base.iter().any(|(path, _, _, mode)| path == "/tmp" && *mode == 0o1777));
}

#[test]
fn the_history_tells_a_story() {
    let image = sample();
    let steps: Vec<(String, Option<usize>)> =
        image.head.history.iter().map(|step| (step.instruction(), step.layer)).collect();
    let empty: Vec<&str> = steps
        .iter()
        .filter(|(_, layer)| layer.is_none())
        .map(|(step, _)| step.split(' ').next().unwrap())
        .collect();
    assert_eq!(empty, ["LABEL", "ENV", "EXPOSE", "USER", "HEALTHCHECK", "ENTRYPOINT"]);
    let layers: Vec<usize> = steps.iter().filter_map(|(_, layer)| *layer).collect();
    assert_eq!(layers, (0..image.layers.len()).collect::<Vec<_>>());
    assert_eq!(image.head.config.healthcheck, ["CMD", "/usr/bin/tided", "--check"]);

    let versions = blame(&image.tree, b"/srv/tidepool/tidepool.conf").unwrap();
    let story: Vec<(usize, Change)> =
        versions.iter().map(|version| (version.layer(), version.change())).collect();
    assert_eq!(story, [(2, Change::Added), (5, Change::Modified), (6, Change::Metadata)]);
}
