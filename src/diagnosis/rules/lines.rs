//! What the log betrays: lines of this run that are known to stand for a cause, each held against the facts.

use std::collections::BTreeMap;

use super::super::case::Case;
use super::super::confirm::{self, Hit, Outcome};
use super::super::knowledge::{Pick, Signature};
use super::super::story::Story;
use super::super::verdict::{Evidence, Finding, Grade, Role};
use crate::container::State;

/// Lines that far from the end, and that long before it, are of something that was got over.
const OLD_LINES: usize = 80;
const OLD_SECONDS: f64 = 60.0;

/// Findings of the log.
pub(super) fn betrayed(case: &Case<'_>, story: &Story<'_>) -> Vec<Finding> {
    let code = case.facts.state.exit_code;
    // Success is not explained by complaints.
    if code == 0 {
        return Vec::new();
    }
    let runtimes = case.know.runtimes(case.facts);
    let mut hits: BTreeMap<usize, (usize, &Signature)> = BTreeMap::new();
    for (at, line) in case.facts.log.lines.iter().enumerate() {
        for (index, signature) in case.know.matching(&line.text) {
            let guarded = (signature.codes.is_empty() || signature.codes.contains(&code))
                && (signature.runtimes.is_empty()
                    || signature.runtimes.iter().any(|name| runtimes.contains(&name.as_str())));
            if !guarded || (signature.pick == Pick::First && hits.contains_key(&index)) {
                continue;
            }
            hits.insert(index, (at, signature));
        }
    }
    let mut findings: Vec<Finding> =
        hits.into_values().filter_map(|(at, signature)| judged(case, story, at, signature)).collect();
    // Of several lines for one cause the strongest.
    findings.sort_by_key(|finding| (finding.cause.clone(), finding.grade, -finding.weight));
    findings.dedup_by(|a, b| a.cause == b.cause);
    findings
}

fn judged(case: &Case<'_>, story: &Story<'_>, at: usize, signature: &Signature) -> Option<Finding> {
    let line = &case.facts.log.lines[at];
    let captures = signature.captures(&line.text);
    let hit = Hit { at, line, captures: &captures };
    let mut finding = Finding::new(&signature.cause, signature.grade, signature.title(&captures))
        .role(signature.role)
        .weight(signature.weight);
    finding.title = super::super::redact::text(&finding.title);
    finding.remedy = signature.fix.clone().unwrap_or_default();
    finding.evidence.push(Evidence::log(at, line));
    if let Some(name) = &signature.confirm {
        match confirm::confirm(case, name, &hit) {
            Outcome::Nothing => {}
            Outcome::Not => return None,
            Outcome::Says(says) => {
                if let Some(grade) = says.grade {
                    finding.grade = grade;
                }
                finding.cause = says.cause.map_or(finding.cause, str::to_owned);
                finding.title = says.title.unwrap_or(finding.title);
                finding.role = says.role.unwrap_or(finding.role);
                finding.evidence.extend(says.evidence);
                finding.contradictions.extend(says.contradictions);
                finding.remedy = says.fix.unwrap_or(finding.remedy);
                finding.commands.extend(says.commands);
            }
        }
    }
    // An abort is proven by the signal that it makes.
    if finding.cause == "abort-assertion" && finding.role == Role::Root {
        finding.grade = if story.signal == Some(6) { Grade::Proven } else { Grade::Likely };
        if story.signal == Some(11) && !case.facts.host.init {
            "abort-reported-as-139".clone_into(&mut finding.cause);
            finding.grade = Grade::Proven;
            finding.weight += 6;
            finding.evidence.push(Evidence::inspect(
                "/State/ExitCode",
                "exit code 139: as process 1 it cannot be ended by SIGABRT",
            ));
        }
    }
    if old(case, at) {
        finding.grade = finding.grade.max(Grade::Possible);
        finding.weight -= 20;
        finding.contradictions.push("it wrote much more after that line".to_owned());
    }
    if case.facts.state.status == State::Restarting {
        finding.weight += 1;
    }
    Some(finding)
}

/// Whether the program went on for long after a line.
fn old(case: &Case<'_>, at: usize) -> bool {
    let lines = &case.facts.log.lines;
    let behind = lines.len() - at;
    let passed = lines[at]
        .time
        .zip(case.facts.state.finished)
        .map(|(time, end)| end.duration_since(time).as_secs_f64());
    behind > OLD_LINES && passed.is_none_or(|seconds| seconds > OLD_SECONDS)
}
