//! What the program writes with `--json` is what the published schemas say, no more and no less.

#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is made by this test")]

#[path = "schemas/holdings.rs"]
mod holdings;
#[path = "schemas/images.rs"]
mod images;
#[path = "schemas/validate.rs"]
mod validate;
#[path = "schemas/verdicts.rs"]
mod verdicts;

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use validate::Schema;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample.tar.gz");

fn schemas() -> [Schema; 10] {
    [
        include_str!("../assets/schemas/analyze.json"),
        include_str!("../assets/schemas/tree.json"),
        include_str!("../assets/schemas/blame.json"),
        include_str!("../assets/schemas/images.json"),
        include_str!("../assets/schemas/containers.json"),
        include_str!("../assets/schemas/ci.json"),
        include_str!("../assets/schemas/clean.json"),
        include_str!("../assets/schemas/why.json"),
        include_str!("../assets/schemas/diagnose.json"),
        include_str!("../assets/schemas/preflight.json"),
    ]
    .map(Schema::parse)
}

fn hadal(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_hadal")).args(arguments).arg("--json").output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{arguments:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What the gate says, be it yes or no.
fn verdict(image: &str, rules: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hadal"));
    let output = command.args(["ci", image, "--json"]).args(rules).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)) && errors.is_empty(), "{rules:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Whether an image can start, be it yes or no.
fn preflight(image: &str, settings: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hadal"));
    let output = command.args(["preflight", image, "--json"]).args(settings).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)) && errors.is_empty(), "{settings:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The documents of a few images, in the order of [`schemas`].
fn documents() -> [Vec<Value>; 10] {
    let folder = tempfile::tempdir().unwrap();
    let mut images: Vec<PathBuf> = images::write(folder.path());
    images.push(SAMPLE.into());
    let (mut analyses, mut trees, mut blames) = (Vec::new(), Vec::new(), Vec::new());
    for image in &images {
        let image = image.to_str().unwrap();
        analyses.push(hadal(&["analyze", image]));
        analyses.push(hadal(&["analyze", image, "--duplicates", "--secrets"]));
        analyses.push(hadal(&["analyze", image, "--verify", "--duplicates"]));
        trees.push(hadal(&["tree", image]));
        let layers = analyses.last().unwrap()["layers"].as_array().unwrap().len();
        for layer in 0..layers {
            trees.push(hadal(&["tree", image, "--layer", &layer.to_string(), "--changes"]));
        }
        if layers > 1 {
            trees.push(hadal(&["tree", image, "--layers", &format!("0..{}", layers - 1)]));
        }
    }
    let odd = images[0].to_str().unwrap();
    for path in
        ["/bin/tool", "/bin/sh", "/bin/gone", "/bin/other", "bin", "/dev/char", "/bin/twice", "/holes"]
    {
        blames.push(hadal(&["blame", odd, path]));
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let path = std::ffi::OsStr::from_bytes(b"/odd-\xff");
        let mut command = Command::new(env!("CARGO_BIN_EXE_hadal"));
        let output = command.arg("blame").arg(odd).arg(path).arg("--json").output().unwrap();
        blames.push(serde_json::from_slice(&output.stdout).unwrap());
    }
    blames.push(hadal(&["blame", SAMPLE, "/srv/tidepool/tidepool.conf"]));
    let gates = vec![
        verdict(
            odd,
            &["--forbid", "odd-*", "--max-size", "1", "--max-wasted-bytes", "0", "--max-layers", "9"],
        ),
        verdict(SAMPLE, &["--baseline", SAMPLE, "--max-growth", "0", "--min-efficiency", "0.1"]),
        verdict(SAMPLE, &[]),
        verdict(images[5].to_str().unwrap(), &["--forbid-secrets"]),
    ];
    let preflights =
        vec![preflight(SAMPLE, &[]), preflight(SAMPLE, &["--entrypoint", "/nothing"]), preflight(odd, &[])];
    [
        analyses,
        trees,
        blames,
        vec![holdings::images()],
        holdings::containers(),
        gates,
        holdings::plans(),
        vec![holdings::why()],
        verdicts::diagnoses(),
        preflights,
    ]
}

#[test]
fn documents_are_as_published_and_every_field_occurs() {
    for (mut schema, documents) in schemas().into_iter().zip(documents()) {
        for document in &documents {
            assert_eq!(schema.complaints(document), [""; 0], "{document:#}");
        }
        let missed: Vec<_> = schema.properties().difference(&schema.met).cloned().collect();
        assert_eq!(missed, [""; 0], "described in {} and never written", schema.root["title"]);
    }
}

#[test]
fn every_property_is_described() {
    for schema in schemas() {
        for place in schema.properties() {
            let property = schema.root.pointer(&place).unwrap();
            let target = property.get("$ref").and_then(Value::as_str).map(|target| &target[1..]);
            let target = target.and_then(|target| schema.root.pointer(target));
            let described = |part: &Value| part.get("description").is_some_and(Value::is_string);
            let inner = target.is_some_and(|target| described(target) || target.get("properties").is_some());
            assert!(described(property) || inner, "{place} has no description");
        }
    }
}

/// Every document that differs from `document` in one place: a value of another type, a field too many, a field
/// too few.
fn spoiled(document: &Value, optional: &[&str]) -> Vec<Value> {
    let mut found = vec![json!([{"?": 0}])];
    match document {
        Value::Object(fields) => {
            let mut more = fields.clone();
            more.insert("?".to_owned(), json!(0));
            found.push(Value::Object(more));
            for (name, value) in fields {
                let mut less = fields.clone();
                less.remove(name);
                if !optional.contains(&name.as_str()) {
                    found.push(Value::Object(less));
                }
                // A limit may be a text, and an image smaller than its baseline.
                let loose = matches!(name.as_str(), "actual" | "limit");
                let bad = spoiled(value, optional).into_iter();
                for bad in bad.filter(|bad| !loose || ![json!(-1), json!("1")].contains(bad)) {
                    let mut other = fields.clone();
                    other.insert(name.clone(), bad);
                    found.push(Value::Object(other));
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                for bad in spoiled(item, optional) {
                    let mut other = items.clone();
                    other[index] = bad;
                    found.push(Value::Array(other));
                }
            }
        }
        Value::String(text) if text.starts_with("sha256:") => found.push(json!("sha256:short")),
        Value::String(text) if text.starts_with('/') => found.push(json!(7)),
        // dive's efficiency may be below 0.
        Value::Number(number) if number.is_f64() => found.push(json!("1")),
        Value::Number(_) => found.extend([json!(-1), json!("1")]),
        _ => {}
    }
    found
}

#[test]
fn a_spoiled_document_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let images = images::write(folder.path());
    let odd = images[0].to_str().unwrap();
    let telling = images.last().unwrap().to_str().unwrap();
    let optional = ["path_base64", "link_target_base64", "logical_bytes", "bookkeeping", "files", "a"];
    let optional = [&optional[..], &["more", "duplicates", "secrets", "read"]].concat();
    let documents = [
        hadal(&["analyze", telling, "--duplicates", "--secrets"]),
        hadal(&["tree", odd, "--layer", "1"]),
        hadal(&["blame", odd, "/bin/tool"]),
        holdings::images(),
        holdings::containers().remove(0),
        verdict(odd, &["--max-layers", "0", "--max-size", "1"]),
        holdings::plans().remove(0),
        holdings::why(),
        verdicts::diagnoses().remove(0),
        preflight(SAMPLE, &["--entrypoint", "/nothing"]),
    ];
    for (mut schema, document) in schemas().into_iter().zip(documents) {
        let spoiled = spoiled(&document, &optional);
        assert!(spoiled.len() > 40, "only {} ways to spoil it", spoiled.len());
        for bad in spoiled {
            assert!(!schema.complaints(&bad).is_empty(), "unnoticed: {bad:#}");
        }
    }
}
