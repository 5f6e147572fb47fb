//! Where the base image ends, through the real program: stated, recorded, guessed.

#![allow(clippy::unwrap_used, reason = "everything here is made by this test")]

mod common {
    pub mod archive;
    pub mod layers;
    pub mod place;
}

use std::process::{Command, Output};

use common::archive::{self, Image, Layout, Packing};
use common::place::Place;
use serde_json::{Value, json};

fn hadal(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hadal")).args(args).output().unwrap()
}

fn analyze(image: &str, base: &str) -> Value {
    let output = hadal(&["analyze", image, "--base", base, "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_stated_base_is_compared() {
    let place = Place::new();
    let app = Image::new("f /a 1\n---\nf /b 2\n---\nf /c 3");
    let path = place.file("app.tar", &archive::oci(&[&app]).tar());
    let below = Image::new("f /a 1\n---\nf /b 2");
    // Diff IDs are compared: how the layers are packed, and in which form, says nothing.
    let packed = below.clone().packed(Packing::Gzip);
    let base = place.file("base.tar", &archive::docker_v12(&[&packed]).tar());
    let value = analyze(&path, &base);
    assert_eq!(value["image"]["base"], json!({"layers": 2, "basis": "stated", "name": base}));
    assert_eq!(value["problems"], json!([]));
    let output = hadal(&["analyze", &path, "--base", &base]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(&format!("base {base}: the lowest 2 layers, as stated\n")), "{text}");

    let other = place.file("other.tar", &archive::oci(&[&Image::new("f /a 1\n---\nf /b 9")]).tar());
    let value = analyze(&path, &other);
    assert_eq!(value["image"]["base"], Value::Null);
    let problem = format!("{other} is not the base image: its layers differ from layer 1 on");
    assert_eq!(value["problems"], json!([problem]));
    let higher = Image::new("f /a 1\n---\nf /b 2\n---\nf /c 3\n---\nf /d 4");
    let higher = place.file("higher.tar", &archive::oci(&[&higher]).tar());
    assert!(analyze(&path, &higher)["problems"][0].as_str().unwrap().contains("differ from layer 3 on"));
    let rootfs = place.file("rootfs.tar", &common::layers::layer("d /etc\nf /etc/x 5"));
    assert!(analyze(&path, &rootfs)["problems"][0].as_str().unwrap().contains("cannot be compared"));
    // The image itself leaves nothing to be built on it.
    assert_eq!(analyze(&path, &path)["image"]["base"], Value::Null);

    // Which of several images and platforms is meant follows from the layers.
    let mut layout = Layout::default();
    let arm = layout.manifest(&Image::new("f /a 7").on("linux/arm/v7"));
    let ours = layout.manifest(&below);
    let index = layout.index(&[arm, ours]);
    let lower = layout.manifest(&Image::new("f /a 1").named(Some("lower:1")));
    let several = place.file("several.tar", &layout.finish(&[lower, index]).tar());
    assert_eq!(analyze(&path, &several)["image"]["base"]["layers"], 2);
}

#[test]
fn a_base_that_cannot_be_opened_is_an_error() {
    let place = Place::new();
    let path = place.file("app.tar", &archive::oci(&[&Image::new("f /a 1\n---\nf /b 2")]).tar());
    let empty = place.file("empty.tar", b"");
    for base in ["/no/such/file", &empty] {
        let output = hadal(&["analyze", &path, "--base", base]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(output.stdout.is_empty() && text.lines().count() == 1, "{text}");
        assert!(text.starts_with(&format!("hadal: cannot open the base image {base}: ")), "{text}");
    }
}

#[test]
fn the_history_tells_the_base() {
    let place = Place::new();
    let app = Image::new("f /a 1\n---\nf /b 2\n---\nf /c 3").with_config(|config| {
        config["history"] = json!([
            {"created_by": "/bin/sh -c #(nop) ADD file:ab in / "},
            {"created_by": "/bin/sh -c #(nop) CMD [\"sh\"]", "comment": "FROM c4fed12dac2e", "empty_layer": true},
            {"created_by": "/bin/sh -c make", "comment": "FROM localhost/base:1"},
            {"created_by": "/bin/sh -c make more", "comment": "FROM 0229680e48c1"},
        ]);
    });
    let path = place.file("app.tar", &archive::oci(&[&app]).tar());
    let output = hadal(&["analyze", &path, "--json"]);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let recorded = json!({"layers": 1, "basis": "comment", "name": "localhost/base:1"});
    assert_eq!(value["image"]["base"], recorded);
    // What is stated wrongly does not cost what is known.
    let other = place.file("other.tar", &archive::oci(&[&Image::new("f /z 1")]).tar());
    assert_eq!(analyze(&path, &other)["image"]["base"], recorded);
}
