//! Tables: facts in, findings out. What is not in a table's facts is not there.
#![allow(
    clippy::too_many_lines,
    clippy::default_trait_access,
    clippy::type_complexity,
    clippy::semicolon_if_nothing_returned,
    reason = "tables are long, and their closures short"
)]

mod elsewhere;
mod endings;
mod lines;
mod programs;
mod restraint;

use super::facts::{Facts, Line};
use super::files::{History, Layers, Look, Made, Node};
use super::{Diagnosis, Knowledge, Want, diagnose};
use crate::container::State;
use crate::image::changeset::Kind;
use crate::world::Event;
use jiff::Timestamp;

const START: i64 = 1_790_000_000;

pub(super) fn at(seconds: f64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(START) * 1_000_000_000 + (seconds * 1e9) as i128).unwrap()
}

/// A container that ran for three seconds and exited, on an engine that remembers everything.
pub(super) fn exited(code: i64, argv: &[&str]) -> Facts {
    let mut facts = Facts {
        id: "c0ffee".repeat(10),
        name: "web".to_owned(),
        image: "shop:1".to_owned(),
        ..Facts::default()
    };
    facts.state.status = State::Exited;
    facts.state.exit_code = code;
    facts.state.created = Some(at(-5.0));
    facts.state.started = Some(at(0.0));
    facts.state.finished = Some(at(3.0));
    facts.config.argv = argv.iter().map(|word| (*word).to_owned()).collect();
    facts.host.network_mode = "default".to_owned();
    facts.host.restart_policy = "no".to_owned();
    facts.events.covers_since = Some(at(-100.0));
    facts.engine.architecture = "amd64".to_owned();
    facts.changes = Some(Vec::new());
    facts.now = Some(at(60.0));
    event(&mut facts, 3.0, "die", &[]);
    folder(&mut facts, "/", 0o755);
    facts
}

pub(super) fn log(facts: &mut Facts, lines: &[&str]) {
    let line = |(index, text): (usize, &&str)| Line {
        time: Some(at(1.0 + index as f64 / 1000.0)),
        stderr: true,
        text: (*text).to_owned(),
    };
    facts.log.lines.extend(lines.iter().enumerate().map(line));
}

pub(super) fn event(facts: &mut Facts, seconds: f64, action: &str, attributes: &[(&str, &str)]) {
    let attributes = attributes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let event = Event {
        time: Some(at(seconds)),
        kind: "container".to_owned(),
        action: action.to_owned(),
        id: facts.id.clone(),
        attributes,
    };
    facts.events.list.push(event);
    facts.events.list.sort_by_key(|event| event.time);
}

pub(super) fn env(facts: &mut Facts, name: &str, value: &str) {
    facts.config.env.push((name.to_owned(), value.to_owned()));
}

pub(super) fn folder(facts: &mut Facts, path: &str, mode: u16) {
    let mut node = Node::new(Kind::Directory, mode);
    node.owner = Some((0, 0));
    facts.files.learn(path, Look::Is(Box::new(node)));
}

/// A file, and the directories above it.
pub(super) fn file(facts: &mut Facts, path: &str, mode: u16, contents: &[u8]) {
    let mut above = String::new();
    for name in path.split('/').filter(|name| !name.is_empty()) {
        if !above.is_empty() && facts.files.look(&above).is_none() {
            folder(facts, &above, 0o755);
        }
        above = format!("{above}/{name}");
    }
    let mut node = Node::new(Kind::File, mode);
    node.owner = Some((0, 0));
    node.bytes = contents.len() as u64;
    node.head = Some(contents.to_vec());
    node.elf = Some(super::elf::parse(contents, contents.len() as u64));
    facts.files.learn(path, Look::Is(Box::new(node)));
}

pub(super) fn link(facts: &mut Facts, path: &str, target: &str) {
    file(facts, path, 0o777, b"");
    let mut node = Node::new(Kind::Symlink, 0o777);
    target.clone_into(&mut node.target);
    facts.files.learn(path, Look::Is(Box::new(node)));
}

pub(super) fn history(facts: &mut Facts, path: &str, versions: &[(usize, bool, &str)]) {
    facts.files.layers = Layers::Read;
    let made = |(layer, exists, step): &(usize, bool, &str)| Made {
        layer: *layer,
        exists: *exists,
        mode: 0o755,
        step: Some((*step).to_owned()),
    };
    let versions = versions.iter().map(made).collect();
    facts.files.learn_history(path, History { versions, ..History::default() });
}

/// A program for a machine, static, or with a loader; as small as the kernel takes it.
pub(super) fn elf(machine: u16, interpreter: Option<&str>) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(64, 0);
    bytes[16] = 2;
    bytes[18..20].copy_from_slice(&machine.to_le_bytes());
    bytes[32..40].copy_from_slice(&64u64.to_le_bytes());
    bytes[54..56].copy_from_slice(&56u16.to_le_bytes());
    bytes[56..58].copy_from_slice(&1u16.to_le_bytes());
    let mut segment = vec![0; 56];
    if let Some(interpreter) = interpreter {
        segment[0] = 3;
        segment[8..16].copy_from_slice(&120u64.to_le_bytes());
        segment[32..40].copy_from_slice(&(interpreter.len() as u64 + 1).to_le_bytes());
    }
    bytes.extend(segment);
    bytes.extend(interpreter.unwrap_or_default().bytes().chain([0]));
    bytes
}

/// The verdict, where everything that is asked for beyond the facts is not there.
pub(super) fn verdict(mut facts: Facts) -> Diagnosis {
    for _ in 0..60 {
        let (diagnosis, asked) = diagnose(&facts, Knowledge::embedded());
        let histories = !matches!(facts.files.layers, Layers::Unread);
        let wants: Vec<Want> =
            asked.0.into_iter().filter(|want| histories || !matches!(want, Want::History(_))).collect();
        if wants.is_empty() {
            return diagnosis;
        }
        for want in wants {
            match &want {
                Want::History(path) => facts.files.learn_history(path, History::default()),
                Want::Stat(path) => facts.files.learn(path, Look::Absent),
                // What is there is known in full.
                other => panic!("{other:?}"),
            }
        }
    }
    panic!("it never ends");
}

/// `cause grade` of the first finding, `undecided`, or `nothing`.
pub(super) fn told(diagnosis: &Diagnosis) -> String {
    match diagnosis.top() {
        Some(top) => format!("{} {}", top.cause, top.grade.name()),
        None if diagnosis.undecided.is_some() => "undecided".to_owned(),
        None => "nothing".to_owned(),
    }
}

/// Holds a verdict against what is expected.
pub(super) fn expect(name: &str, facts: Facts, expected: &str) -> Diagnosis {
    let diagnosis = verdict(facts);
    assert_eq!(told(&diagnosis), expected, "{name}: {diagnosis:#?}");
    let roots = diagnosis.findings.iter().filter(|finding| finding.role == super::Role::Root).count();
    assert!(roots <= 1 && diagnosis.findings.len() <= 3, "{name}: {diagnosis:#?}");
    for finding in &diagnosis.findings {
        assert!(!finding.evidence.is_empty() && !finding.remedy.is_empty(), "{name}: {finding:#?}");
        assert!(finding.evidence.iter().all(|one| one.detail.chars().count() <= super::QUOTE), "{name}");
    }
    diagnosis
}
