//! `hadal.diagnose/1` and `hadal.preflight/1`: why containers died, and whether an image can start.

use serde::Serialize;

use crate::diagnosis::{Diagnosis, Evidence, Facts, Finding, Origin, Preflight};

/// Verdicts on containers.
#[derive(Debug, Serialize)]
pub struct Diagnose<'a> {
    schema: &'static str,
    containers: Vec<Container<'a>>,
}

#[derive(Debug, Serialize)]
struct Container<'a> {
    id: &'a str,
    name: &'a str,
    image: &'a str,
    image_id: Option<&'a str>,
    state: &'a str,
    failed: bool,
    outcome: &'a str,
    exit_code: Option<i64>,
    exit_meaning: Option<&'a str>,
    signal: Option<&'a str>,
    oom_killed: bool,
    error: &'a str,
    ran_for_seconds: Option<f64>,
    restarts: u64,
    findings: Vec<Entry<'a>>,
    undecided: Option<Undecided<'a>>,
    timeline: Vec<Moment<'a>>,
    unavailable: Vec<Missing<'a>>,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    cause: &'a str,
    grade: &'static str,
    role: &'static str,
    title: &'a str,
    evidence: Vec<Shown<'a>>,
    contradictions: &'a [String],
    remedy: &'a str,
    commands: &'a [String],
}

#[derive(Debug, Serialize)]
struct Shown<'a> {
    source: &'static str,
    detail: &'a str,
    /// JSON pointer, path, or what else leads to the original.
    #[serde(rename = "where")]
    place: Option<String>,
    layer: Option<usize>,
    time: Option<String>,
}

#[derive(Debug, Serialize)]
struct Undecided<'a> {
    checked: &'a [String],
    next: &'a [String],
    last_lines: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct Moment<'a> {
    time: String,
    what: &'a str,
}

#[derive(Debug, Serialize)]
struct Missing<'a> {
    source: &'static str,
    why: &'a str,
}

impl<'a> Diagnose<'a> {
    pub fn new(containers: impl Iterator<Item = (&'a Facts, &'a Diagnosis)>) -> Diagnose<'a> {
        let containers = containers.map(|(facts, diagnosis)| container(facts, diagnosis)).collect();
        Diagnose { schema: "hadal.diagnose/1", containers }
    }
}

fn container<'a>(facts: &'a Facts, diagnosis: &'a Diagnosis) -> Container<'a> {
    let moment =
        |moment: &'a crate::diagnosis::Moment| Moment { time: moment.time.to_string(), what: &moment.what };
    Container {
        id: &facts.id,
        name: &facts.name,
        image: &facts.image,
        image_id: Some(facts.image_id.as_str()).filter(|id| !id.is_empty()),
        state: facts.state.status.name(),
        failed: diagnosis.failed,
        outcome: &diagnosis.outcome,
        exit_code: diagnosis.exit_code,
        exit_meaning: Some(diagnosis.exit_meaning.as_str()).filter(|text| !text.is_empty()),
        signal: diagnosis.signal.as_deref(),
        oom_killed: facts.state.oom_killed,
        error: &facts.state.error,
        ran_for_seconds: diagnosis.ran_for_seconds,
        restarts: facts.state.restarts,
        findings: diagnosis.findings.iter().map(entry).collect(),
        undecided: diagnosis.undecided.as_ref().map(|undecided| Undecided {
            checked: &undecided.checked,
            next: &undecided.next,
            last_lines: diagnosis.last_lines.iter().map(|line| line.text.as_str()).collect(),
        }),
        timeline: diagnosis.timeline.iter().map(moment).collect(),
        unavailable: facts
            .unavailable
            .iter()
            .map(|missing| Missing { source: missing.source.name(), why: &missing.why })
            .collect(),
    }
}

fn entry(finding: &Finding) -> Entry<'_> {
    Entry {
        cause: &finding.cause,
        grade: finding.grade.name(),
        role: finding.role.name(),
        title: &finding.title,
        evidence: finding.evidence.iter().map(shown).collect(),
        contradictions: &finding.contradictions,
        remedy: &finding.remedy,
        commands: &finding.commands,
    }
}

fn shown(evidence: &Evidence) -> Shown<'_> {
    let Evidence { origin, detail } = evidence;
    let (place, layer, time) = match origin {
        Origin::Inspect(pointer) => (Some(pointer.clone()), None, None),
        Origin::Log { time, stderr, .. } => {
            (Some(if *stderr { "stderr" } else { "stdout" }.to_owned()), None, *time)
        }
        Origin::Event(time) => (None, None, *time),
        Origin::File { path, layer } => (Some(path.clone()), *layer, None),
        Origin::Change(path) => (Some(path.clone()), None, None),
        Origin::Engine => (None, None, None),
    };
    Shown { source: origin.source().name(), detail, place, layer, time: time.map(|time| time.to_string()) }
}

/// A verdict on an image.
#[derive(Debug, Serialize)]
pub struct PreflightDocument<'a> {
    schema: &'static str,
    image: &'a str,
    can_start: Option<bool>,
    program: Option<&'a str>,
    findings: Vec<Entry<'a>>,
}

impl<'a> PreflightDocument<'a> {
    pub fn new(facts: &'a Facts, verdict: &'a Preflight) -> PreflightDocument<'a> {
        PreflightDocument {
            schema: "hadal.preflight/1",
            image: &facts.image,
            can_start: verdict.can_start,
            program: verdict.program.as_deref(),
            findings: verdict.findings.iter().map(entry).collect(),
        }
    }
}
