//! Which of several findings is told first, and which not at all.

use super::verdict::{Finding, Grade, MOST, Origin, Role};

/// Findings of this weight are general: they say no more than that something went wrong.
const GENERAL: i32 = 30;

/// Puts the best first: roots before what follows from them, proven before likely, specific before general. At most
/// one root remains.
pub(super) fn ranked(mut findings: Vec<Finding>) -> Vec<Finding> {
    let key = |finding: &Finding| (finding.role, finding.grade, -finding.weight);
    findings.sort_by_key(key);
    let mut seen: Vec<String> = Vec::new();
    findings.retain(|finding| {
        let new = !seen.contains(&finding.cause);
        seen.push(finding.cause.clone());
        new
    });
    // Of two readings of one line the specific one counts, however sure it is.
    let lines: Vec<Origin> = findings
        .iter()
        .filter(|finding| finding.weight > GENERAL)
        .filter_map(|finding| finding.evidence.first().map(|evidence| evidence.origin.clone()))
        .filter(|origin| matches!(origin, Origin::Log { .. }))
        .collect();
    findings.retain(|finding| {
        finding.weight > GENERAL
            || finding.evidence.first().is_none_or(|evidence| !lines.contains(&evidence.origin))
    });
    let specific = findings.iter().any(|finding| {
        finding.role == Role::Root && finding.grade <= Grade::Likely && finding.weight > GENERAL
    });
    if specific {
        // An exception that nobody catches is how the specific one shows.
        findings.retain(|finding| finding.role != Role::Root || finding.weight > GENERAL);
        findings.retain(|finding| {
            finding.role != Role::Root || finding.grade <= Grade::Likely || finding.weight >= 60
        });
    }
    let mut root = false;
    for finding in &mut findings {
        if finding.role == Role::Root {
            if root {
                finding.role = Role::Symptom;
            }
            root = true;
        }
    }
    // What only repeats is told last, and still told.
    let loops =
        findings.iter().position(|finding| finding.role == Role::Amplifier).map(|at| findings.remove(at));
    findings.truncate(if loops.is_some() { MOST - 1 } else { MOST });
    findings.extend(loops);
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(cause: &str, role: Role, grade: Grade, weight: i32) -> Finding {
        Finding::new(cause, grade, "").role(role).weight(weight)
    }

    #[test]
    fn the_best_comes_first_and_one_root_remains() {
        use Grade::{Likely, Possible, Proven};
        use Role::{Amplifier, Root, Symptom};
        let found = ranked(vec![
            finding("restart-loop", Amplifier, Proven, 0),
            finding("gunicorn-worker-failed-to-boot", Symptom, Likely, 30),
            finding("application-error", Root, Possible, 4),
            finding("python-uncaught-exception", Root, Likely, 12),
            finding("dns-resolution-failed", Root, Likely, 57),
            finding("python-module-missing", Root, Proven, 64),
            finding("python-module-missing", Root, Possible, 64),
        ]);
        let causes: Vec<_> = found.iter().map(|finding| (finding.cause.as_str(), finding.role)).collect();
        assert_eq!(
            causes,
            [
                ("python-module-missing", Root),
                ("dns-resolution-failed", Symptom),
                ("restart-loop", Amplifier)
            ]
        );
        let general = ranked(vec![finding("a", Root, Possible, 4), finding("b", Root, Likely, 12)]);
        assert_eq!(general.iter().map(|finding| finding.cause.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert!(ranked(Vec::new()).is_empty());
    }
}
