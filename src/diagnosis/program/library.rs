//! Shared libraries: whether a program finds those it needs.

use std::collections::{BTreeSet, VecDeque};

use super::super::case::Case;
use super::super::verdict::Evidence;
use super::walk::{Walk, walk};

/// Where loaders look, whatever the machine.
const FOLDERS: [&str; 13] = [
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/lib",
    "/usr/lib",
    "/usr/local/lib/x86_64-linux-gnu",
    "/lib/i386-linux-gnu",
    "/lib/arm-linux-gnueabihf",
];
/// Libraries of one program that are followed.
const MAX_LIBRARIES: usize = 64;

/// A library that was not found.
#[derive(Clone, Debug)]
pub(in crate::diagnosis) struct Missing {
    pub name: String,
    /// What needs it.
    pub by: String,
    /// It was there once: layer and words.
    pub removed: Option<Evidence>,
    /// Layers say that it is nowhere in the image.
    pub nowhere: bool,
}

/// What came of looking for one library.
#[derive(Clone, Debug)]
pub(in crate::diagnosis) enum Found {
    At(String),
    Missing { removed: Option<Evidence>, nowhere: bool },
    Unknown,
}

/// Looks for a library by its name, as the loader would for a program with these paths of its own.
pub(in crate::diagnosis) fn locate(case: &Case<'_>, name: &str, own: &[String]) -> Found {
    if name.contains('/') {
        return match walk(case, &case.absolute(name)) {
            Walk::Found(reached) => Found::At(reached.path),
            Walk::Unknown => Found::Unknown,
            _ => Found::Missing { removed: None, nowhere: true },
        };
    }
    let from_env = case.facts.config.env("LD_LIBRARY_PATH").unwrap_or_default();
    let folders: Vec<String> = own
        .iter()
        .map(String::as_str)
        .chain(from_env.split(':').filter(|folder| !folder.is_empty()))
        .chain(FOLDERS)
        .map(|folder| case.absolute(folder))
        .collect();
    let mut unknown = false;
    for folder in &folders {
        // Most of these folders are not there at all: one question instead of two.
        match walk(case, folder) {
            Walk::Found(_) => {}
            Walk::Unknown => {
                unknown = true;
                continue;
            }
            _ => continue,
        }
        match walk(case, &format!("{folder}/{name}")) {
            Walk::Found(reached) => return Found::At(reached.path),
            Walk::Unknown => unknown = true,
            _ => {}
        }
    }
    if unknown {
        return Found::Unknown;
    }
    let (mut removed, mut nowhere) = (None, true);
    for folder in &folders {
        let path = format!("{folder}/{name}");
        let Some(history) = case.history(&path) else {
            nowhere = false;
            continue;
        };
        nowhere &= history.namesakes.is_empty();
        if let Some(made) = history.removal() {
            let by = made.step.as_deref().map(|step| format!(" by {step}")).unwrap_or_default();
            let text = format!("layer {} removes {path}{by}", made.layer);
            removed = removed.or(Some(Evidence::file(&path, Some(made.layer), text)));
        }
    }
    Found::Missing { removed, nowhere }
}

/// The first library that a program, or one of its libraries, needs and that is not there. `Err`: not known yet.
pub(in crate::diagnosis) fn libraries(case: &Case<'_>, program: &str) -> Result<Option<Missing>, ()> {
    let mut queue = VecDeque::from([program.to_owned()]);
    let mut seen = BTreeSet::new();
    let mut unknown = false;
    while let Some(at) = queue.pop_front() {
        if seen.len() >= MAX_LIBRARIES || !seen.insert(at.clone()) {
            continue;
        }
        let Some(elf) = case.elf(&at) else {
            unknown = true;
            continue;
        };
        let origin = at.rsplit_once('/').map_or("/", |(folder, _)| folder);
        let own: Vec<String> = elf
            .run_path
            .iter()
            .map(|path| path.replace("${ORIGIN}", origin).replace("$ORIGIN", origin))
            .collect();
        for name in &elf.needed {
            match locate(case, name, &own) {
                Found::At(path) => queue.push_back(path),
                Found::Unknown => unknown = true,
                Found::Missing { removed, nowhere } => {
                    return Ok(Some(Missing { name: name.clone(), by: at, removed, nowhere }));
                }
            }
        }
    }
    if unknown { Err(()) } else { Ok(None) }
}
