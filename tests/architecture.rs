//! Holds the shape of the house: who may import whom, which crate is named where, how long a file may be.
//!
//! Each rule is a function from one file's text to complaints, so that each can be shown to fail.

#![allow(clippy::unwrap_used, reason = "a test helper that cannot read the sources has nothing else to do")]

#[path = "architecture/scan.rs"]
mod scan;

use std::fs;
use std::path::Path;

use scan::{lines_outside_tests, module_of, paths, tokens};

/// Module → the modules it may import. Imports run downward only; a module may always import itself.
const MAY_IMPORT: [(&str, &[&str]); 13] = [
    ("image", &[]),
    ("container", &[]),
    ("world", &["image", "container"]),
    ("analysis", &["image"]),
    ("cleanup", &["image", "container", "world"]),
    ("diagnosis", &["image", "container", "world"]),
    ("report", &["image", "container", "world", "analysis", "cleanup", "diagnosis"]),
    ("source", &["image"]),
    ("engine", &["image", "container", "world"]),
    ("jobs", &["source", "engine", "image", "container", "world", "analysis", "cleanup", "diagnosis"]),
    ("tui", &["analysis", "cleanup", "diagnosis", "image", "container", "world", "report"]),
    ("cli", &["jobs", "report", "analysis", "cleanup", "diagnosis", "image", "container", "world", "tui"]),
    ("main", &["cli"]),
];

/// Single files that may import more: only the terminal's runtime starts jobs, and only the way in names them.
const MAY_ALSO: [(&str, &str); 6] = [
    ("src/tui/runtime.rs", "jobs"),
    ("src/tui/work.rs", "jobs"),
    ("src/tui/live.rs", "jobs"),
    ("src/tui/watching.rs", "jobs"),
    ("src/tui/handover.rs", "jobs"),
    ("src/tui/mod.rs", "jobs"),
];

/// Crate → the folders that may name it.
const AT_HOME: [(&str, &[&str]); 16] = [
    ("aho_corasick", &["src/analysis/"]),
    ("ratatui", &["src/tui/"]),
    ("crossterm", &["src/tui/"]),
    ("futures_util", &["src/tui/", "src/engine/", "src/jobs/"]),
    ("hyper", &["src/engine/"]),
    ("hyper_util", &["src/engine/"]),
    ("tokio", &["src/tui/", "src/engine/", "src/jobs/"]),
    ("tokio_rustls", &["src/engine/"]),
    ("bollard", &["src/engine/"]),
    ("clap", &["src/cli/"]),
    ("etcetera", &["src/cli/"]),
    ("globset", &["src/analysis/", "src/cleanup/"]),
    ("nucleo_matcher", &["src/analysis/"]),
    ("regex", &["src/analysis/", "src/diagnosis/"]),
    ("tui_input", &["src/tui/"]),
    ("tar", &["src/source/"]),
];

/// Modules that take values and give values: no files, no network, no clock, no environment.
const PURE: [&str; 7] = ["image", "container", "world", "analysis", "cleanup", "diagnosis", "report"];
const IMPURE_STD: [&str; 6] = ["env", "fs", "net", "process", "thread", "time"];

/// Lines of a file outside its tests.
const MAX_LINES: usize = 450;

/// Imports against the direction.
fn direction(file: &str, source: &str) -> Vec<String> {
    let own = module_of(file).first().cloned().unwrap_or_else(|| "lib".to_owned());
    let allowed = MAY_IMPORT.iter().find(|(module, _)| *module == own).map(|(_, allowed)| *allowed);
    let Some(allowed) = allowed else {
        return if own == "lib" {
            Vec::new()
        } else {
            vec![format!("{file}: module {own} is not in the table")]
        };
    };
    let mut complaints = Vec::new();
    for path in paths(file, source) {
        let target = match path.names.split_first() {
            Some((root, rest)) if !path.ours && root == "hadal" => rest.first().cloned().unwrap_or_default(),
            Some((first, _)) if path.ours => first.clone(),
            None => String::new(),
            Some(_) => continue,
        };
        let also = MAY_ALSO.contains(&(file, target.as_str()));
        if target != own && !also && !allowed.contains(&target.as_str()) {
            let target = if target.is_empty() || target == "*" { "the crate root" } else { &target };
            complaints.push(format!("{file}:{}: {own} must not import {target}", path.line));
        }
    }
    complaints
}

/// Crates named where they are not at home.
fn homes(file: &str, source: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for path in paths(file, source).into_iter().filter(|path| !path.ours) {
        let Some((krate, homes)) = AT_HOME.iter().find(|(krate, _)| path.names[0] == *krate) else {
            continue;
        };
        // `image` has a module of its own by the name of the crate `tar`.
        let own_module = *krate == "tar" && file.starts_with("src/image/");
        if !own_module && !homes.iter().any(|home| file.starts_with(home)) {
            complaints.push(format!("{file}:{}: {krate} is named outside {}", path.line, homes.join(", ")));
        }
    }
    complaints
}

/// The outside world in modules that must not know it.
fn purity(file: &str, source: &str) -> Vec<String> {
    let pure = module_of(file).first().is_some_and(|module| PURE.contains(&module.as_str()));
    let impure = |path: &scan::Path| {
        !path.ours
            && path.names[0] == "std"
            && path.names.get(1).is_some_and(|name| IMPURE_STD.contains(&name.as_str()))
            // Known when the program is compiled.
            && path.names.get(2).is_none_or(|name| name != "consts")
    };
    let found = paths(file, source).into_iter().filter(|path| pure && impure(path));
    found.map(|path| format!("{file}:{}: {} in a pure module", path.line, path.names.join("::"))).collect()
}

/// What every file owes its reader.
fn manners(file: &str, source: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if !source.starts_with("//! ") {
        complaints.push(format!("{file}: does not open with //! and what it is for"));
    }
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    for (index, line) in source.lines().enumerate() {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        if let Some(word) = words.find(|word| marks.contains(word)) {
            complaints.push(format!("{file}:{}: {word}", index + 1));
        }
    }
    let words = tokens(source);
    for pair in words.windows(2) {
        if matches!(pair[0].text.as_str(), "todo" | "unimplemented") && pair[1].text == "!" {
            complaints.push(format!("{file}:{}: {}!", pair[0].line, pair[0].text));
        }
    }
    complaints
}

/// Files that are too long to be about one thing.
fn length(file: &str, source: &str) -> Vec<String> {
    let tests = file.ends_with("/tests.rs") || file.contains("/tests/");
    let lines = if tests { 0 } else { lines_outside_tests(source) };
    if lines <= MAX_LINES {
        return Vec::new();
    }
    vec![format!("{file}: {lines} lines outside tests, at most {MAX_LINES}")]
}

/// Dependencies that do not say what they are for.
fn reasons(manifest: &str) -> Vec<String> {
    let (mut inside, mut complaints) = (false, Vec::new());
    for (index, line) in manifest.lines().map(str::trim).enumerate() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
            if line.contains("dependencies.") {
                complaints.push(format!("Cargo.toml:{}: one line per dependency, please", index + 1));
            }
        } else if inside && line.contains('=') && !line.starts_with('#') {
            // A `#` inside quotes is no comment.
            let outside = line.split('"').step_by(2).collect::<String>();
            let reason = outside.split_once('#').map_or("", |(_, reason)| reason.trim());
            if reason.len() < 5 {
                let name = line.split(['=', ' ', '.']).next().unwrap_or(line);
                complaints.push(format!("Cargo.toml:{}: {name} does not say what it is for", index + 1));
            }
        }
    }
    complaints
}

type Rule = fn(&str, &str) -> Vec<String>;

/// Every rule over every file of `src`.
fn check(rule: Rule) {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "src", &mut files);
    assert!(files.len() > 40, "only {} files found", files.len());
    let complaints: Vec<String> = files.iter().flat_map(|(file, source)| rule(file, source)).collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

fn collect(folder: &Path, name: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            collect(&path, &name, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
}

#[test]
fn imports_run_downward_only() {
    check(direction);
}

#[test]
fn crates_stay_where_they_are_at_home() {
    check(homes);
}

#[test]
fn pure_modules_know_no_outside_world() {
    check(purity);
}

#[test]
fn files_say_what_they_are_for_and_leave_nothing_open() {
    check(manners);
}

#[test]
fn files_are_short_enough_to_read() {
    check(length);
}

#[test]
fn dependencies_say_what_they_are_for() {
    let manifest = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    assert_eq!(reasons(&manifest), [""; 0]);
}

/// Rule, file, text, and how many complaints it must draw.
const EXAMPLES: [(Rule, &str, &str, usize); 44] = [
    (direction, "src/image/a.rs", "use crate::image::path;", 0),
    (direction, "src/image/a.rs", "use crate::analysis::View;", 1),
    (direction, "src/image/a.rs", "use crate::{image::path, analysis::{View, waste}, jobs};", 3),
    (direction, "src/image/a.rs", "fn f() { crate::report::size::human(1) }", 1),
    (direction, "src/image/a.rs", "use super::super::analysis;", 1),
    (direction, "src/image/tar/a.rs", "use super::super::path; use self::b;", 0),
    (direction, "src/image/tar/a.rs", "use super::super::super::source::Task;", 1),
    (direction, "src/image/a.rs", "mod tests { use super::super::path; }", 0),
    (direction, "src/image/a.rs", "mod tests { use super::super::super::jobs; } use super::b;", 1),
    (direction, "src/image/a.rs", "mod tests { } use super::super::jobs;", 1),
    (direction, "src/image/a.rs", "use crate::*;", 1),
    (direction, "src/image/a.rs", "use crate as all;", 1),
    (
        direction,
        "src/image/a.rs",
        "// crate::jobs\nconst A: &str = \"crate::jobs\"; /* /* */ crate::jobs */",
        0,
    ),
    (
        direction,
        "src/image/a.rs",
        "const A: &str = r#\"\" crate::jobs \"#; const B: char = '\"'; use crate::cli;",
        1,
    ),
    (direction, "src/image/a.rs", "fn f<'a>(x: &'a str) { crate::jobs::open(x) }", 1),
    (direction, "src/source/a.rs", "use hadal::analysis::View;", 1),
    (direction, "src/jobs/open.rs", "use crate::source::Task; use crate::report::text;", 1),
    (direction, "src/cli/a.rs", "use crate::source::Task; use crate::jobs::Task;", 1),
    (direction, "src/tui/view.rs", "use crate::jobs::OpenRequest;", 1),
    (direction, "src/tui/runtime.rs", "use crate::jobs::OpenRequest; use crate::source::Task;", 1),
    (direction, "src/tui/mod.rs", "use crate::jobs::OpenRequest; use crate::cli::main;", 1),
    (direction, "src/main.rs", "fn main() { hadal::cli::main() }", 0),
    (direction, "src/main.rs", "fn main() { hadal::jobs::open() }", 1),
    (direction, "src/new/mod.rs", "", 1),
    (homes, "src/cli/a.rs", "use ratatui::Frame;", 1),
    (homes, "src/report/a.rs", "fn f() { let _ = crossterm::terminal::size(); }", 1),
    (homes, "src/source/a.rs", "#[tokio::main] async fn main() {}", 1),
    (homes, "src/tui/a.rs", "use tokio::{sync, time}; use clap::Parser;", 1),
    (homes, "src/source/a.rs", "use bollard as docker; use tar::Archive;", 1),
    (homes, "src/jobs/a.rs", "use tar::Archive; use crate::image::tar::Reader;", 1),
    (homes, "src/image/mod.rs", "pub use tar::Reader;", 0),
    (purity, "src/image/a.rs", "use std::{fs, io};", 1),
    (purity, "src/analysis/a.rs", "fn f() { std::time::Instant::now(); std::env::var(\"HOME\"); }", 2),
    (purity, "src/image/a.rs", "use std::env::consts::ARCH;", 0),
    (purity, "src/jobs/a.rs", "use std::fs;", 0),
    (manners, "src/a.rs", "//! What it is for.\nuse std::io;", 0),
    (manners, "src/a.rs", "use std::io;", 1),
    (manners, "src/a.rs", concat!("//! Text.\n// TO", "DO: more\n// FIX", "ME(later)"), 2),
    (manners, "src/a.rs", "//! Text.\nfn f() { todo!() }\nfn g() { unimplemented!(\"x\") }", 2),
    (manners, "src/a.rs", "//! Text.\nconst MASTODON: &str = \"todo!\";", 0),
    (length, "src/a.rs", "", 0),
    (length, "src/tui/tests.rs", "", 0),
    (
        |_, manifest| reasons(manifest),
        "",
        "[dependencies]\na = \"1\" # why it is here\nb = \"1\"\n[lints]\nc = 1",
        1,
    ),
    (|_, manifest| reasons(manifest), "", "[dev-dependencies]\na = { git = \"x#y\" }\n[dependencies.b]\n", 2),
];

#[test]
fn every_rule_can_fail() {
    for (rule, file, source, expected) in EXAMPLES {
        let complaints = rule(file, source);
        assert_eq!(complaints.len(), expected, "{file}: {source}\n{complaints:#?}");
        assert!(complaints.iter().all(|text| text.contains(file) || text.contains("Cargo.toml")));
    }
}

#[test]
fn tests_do_not_count_as_length() {
    let code = "//! Text.\n".to_owned() + &"fn f() {}\n".repeat(MAX_LINES - 1);
    let tests = "#[cfg(test)]\nmod tests {\n".to_owned() + &"fn t() { '}'; }\n".repeat(500) + "}\n";
    assert_eq!(length("src/a.rs", &(code.clone() + &tests)), [""; 0]);
    assert_eq!(length("src/a.rs", &(code.clone() + &tests + "fn g() {}\n")).len(), 1);
    assert_eq!(
        length("src/a.rs", &(code + "fn g() {}\n")),
        ["src/a.rs: 451 lines outside tests, at most 450"]
    );
}
