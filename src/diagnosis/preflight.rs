//! Whether an image can start at all, before anybody starts it.

use super::Asked;
use super::case::Case;
use super::facts::Facts;
use super::files::Layers;
use super::knowledge::Knowledge;
use super::program::{self, Walk, walk};
use super::rules::exec::of_obstacle;
use super::verdict::{Evidence, Finding, Grade};

/// The verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preflight {
    /// `None`: something that decides it could not be looked at.
    pub can_start: Option<bool>,
    /// What keeps it from starting, or may.
    pub findings: Vec<Finding>,
    /// The program that would run, links followed.
    pub program: Option<String>,
}

/// Examines what an image would execute, with these settings. What else would have to be looked at comes beside.
pub fn preflight(facts: &Facts, know: &Knowledge) -> (Preflight, Asked) {
    let case = Case::new(facts, know);
    let examined = program::examine(&case);
    let mut verdict = Preflight { can_start: None, findings: Vec::new(), program: examined.path.clone() };
    match examined.obstacle {
        Some(obstacle) => {
            let grade = if obstacle.certain { Grade::Proven } else { Grade::Likely };
            verdict.can_start = obstacle.certain.then_some(false);
            verdict.findings.push(of_obstacle(&obstacle, grade, None));
        }
        None if examined.complete => {
            verdict.can_start = Some(true);
            if let Some(path) = &examined.path {
                loads(&case, path, &mut verdict);
            }
        }
        None => {}
    }
    for finding in &mut verdict.findings {
        super::complete(finding, know);
    }
    (verdict, Asked(case.into_wants()))
}

/// Whether the loader will find what the program needs.
fn loads(case: &Case<'_>, path: &str, verdict: &mut Preflight) {
    let Walk::Found(reached) = walk(case, path) else { return };
    if !case.head(&reached.path).is_some_and(super::elf::is_elf) {
        return;
    }
    // A library that is too large to be read hides nothing that matters to the start.
    let Ok(missing) = program::libraries(case, &reached.path) else { return };
    if let Some(missing) = missing {
        let needs = Evidence::file(&missing.by, None, format!("{} needs {}", missing.by, missing.name));
        let known = matches!(case.facts.files.layers, Layers::Read);
        let (id, grade, title) = match &missing.removed {
            Some(_) => (
                "shared-library-deleted-in-layer",
                Grade::Proven,
                format!("{} needs {}, which a layer removed", missing.by, missing.name),
            ),
            None if missing.nowhere && known => (
                "shared-library-missing",
                Grade::Proven,
                format!("{} needs {}, which no layer has", missing.by, missing.name),
            ),
            // It is somewhere, and a setting of the loader may lead there.
            None => (
                "shared-library-missing",
                Grade::Possible,
                format!("{} needs {}, which is in no usual directory of libraries", missing.by, missing.name),
            ),
        };
        verdict.can_start = if grade == Grade::Proven { Some(false) } else { None };
        verdict.findings.push(Finding::new(id, grade, title).with(needs).all(missing.removed).weight(70));
        return;
    }
    let needed = case.elf(&reached.path).and_then(|elf| elf.glibc);
    if let (Some(needed), program::Found::At(libc)) =
        (needed, program::locate_library(case, "libc.so.6", &[]))
        && let Some(offers) = case.elf(&libc).and_then(|elf| elf.offers_glibc)
        && offers < needed
    {
        let title = format!(
            "{path} needs GLIBC_{}.{}, and the image's C library offers GLIBC_{}.{} at most",
            needed.0, needed.1, offers.0, offers.1
        );
        let finding = Finding::new("glibc-too-old", Grade::Proven, title)
            .with(Evidence::file(
                &reached.path,
                None,
                format!("{path} needs GLIBC_{}.{}", needed.0, needed.1),
            ))
            .with(Evidence::file(&libc, None, format!("{libc} offers GLIBC_{}.{}", offers.0, offers.1)));
        verdict.can_start = Some(false);
        verdict.findings.push(finding.weight(70));
    }
}
