//! Rules: from facts to findings. Each file is a family; none of them looks at what the others found.

mod crash;
pub(super) mod ending;
pub(super) mod exec;
pub(super) mod lines;
pub(super) mod never;
pub(super) mod quiet;
pub(super) mod running;
pub(super) mod start;

use super::case::Case;
use super::story::Story;
use super::verdict::{Finding, Phase};

/// All that can be said of a case, in no order.
pub(super) fn all(case: &Case<'_>, story: &Story<'_>) -> Vec<Finding> {
    let mut findings = match story.phase {
        Phase::NeverStarted => never::started(case),
        Phase::Refused => start::refused(case),
        Phase::ExecFailed => exec::failed(case, story),
        Phase::Running => running::sick(case),
        Phase::Exited | Phase::Killed | Phase::Lost => {
            let mut findings = ending::ended(case, story);
            if !ending::at_peace(case, story) {
                findings.extend(lines::betrayed(case, story));
                findings.extend(quiet::ended(case, story));
            }
            findings
        }
    };
    let looping = running::looping(case);
    if looping.as_ref().is_some_and(|finding| finding.cause == "container-dead") {
        // That a job is done is no comfort when its container cannot go.
        findings.retain(|finding| finding.cause != "job-completed");
    }
    findings.extend(looping);
    findings
}
