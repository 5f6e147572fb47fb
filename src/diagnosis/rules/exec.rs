//! The program could not be executed: the kernel's or the runtime's few words, and what the files say.

use super::super::case::Case;
use super::super::files::Layers;
use super::super::program::{self, Errno, Examined, Obstacle};
use super::super::story::{ExecLine, Story};
use super::super::verdict::{Evidence, Finding, Grade, quoted};

/// What a text says went wrong with executing something.
pub(super) fn reason(text: &str) -> Option<Errno> {
    let lower = text.to_ascii_lowercase();
    // From the right-hand end: what stands before are the layers that passed it on.
    let found = [
        ("executable file not found in $path", Errno::NotInPath),
        ("no such file or directory", Errno::Absent),
        ("permission denied", Errno::Denied),
        ("exec format error", Errno::Format),
        ("is a directory", Errno::Folder),
        ("not a directory", Errno::NotFolder),
    ];
    let places = found.into_iter().filter_map(|(words, errno)| Some((lower.rfind(words)?, errno)));
    places.max_by_key(|(place, _)| *place).map(|(_, errno)| errno)
}

/// Whether an obstacle is worded like that. Versions of engines differ in some of these.
fn agrees(obstacle: Errno, reason: Errno) -> bool {
    use Errno::{Absent, Denied, Folder, Format, NotFolder, NotInPath};
    obstacle == reason
        || matches!(
            (obstacle, reason),
            (Absent | NotInPath | NotFolder, Absent | NotInPath | NotFolder)
                | (Folder, Denied | Folder)
                | (Denied, NotInPath | Absent)
                | (Format, Denied)
        )
}

/// The first line of a container whose program the kernel refused.
pub(super) fn failed(case: &Case<'_>, story: &Story<'_>) -> Vec<Finding> {
    let Some(line) = &story.exec else { return Vec::new() };
    let said = Evidence::log(line.at, line.line);
    let examined = if line.wrapper { program::command(case, &line.program) } else { program::examine(case) };
    vec![judged(case, examined, &line.why, said, &named(case, line))]
}

fn named(case: &Case<'_>, line: &ExecLine<'_>) -> String {
    let argv = case.facts.config.argv.first().map_or("", String::as_str);
    if line.program.is_empty() { argv.to_owned() } else { line.program.clone() }
}

/// A start that the engine refused with words about executing.
pub(super) fn refused(case: &Case<'_>) -> Option<Finding> {
    let error = &case.facts.state.error;
    let words = [
        "exec: ",
        "exec format",
        "executable file",
        "executable `",
        "OCI runtime attempted",
        "starting container process caused",
        "unable to start container process",
        "stat /",
    ];
    if !words.iter().any(|word| error.contains(word)) {
        return None;
    }
    reason(error)?;
    let said = Evidence::inspect("/State/Error", tail(error));
    let program = case.facts.config.argv.first().map_or("", String::as_str);
    Some(judged(case, program::examine(case), error, said, program))
}

/// The right-hand end of an engine's words: `…exec: "/x": permission denied: unknown`.
pub(super) fn tail(error: &str) -> String {
    let start = ["exec: ", "caused: ", "driver failed", "error during connect"]
        .iter()
        .filter_map(|word| error.rfind(word))
        .max();
    quoted(error[start.unwrap_or(0)..].trim_end_matches(": unknown"))
}

fn judged(case: &Case<'_>, examined: Examined, words: &str, said: Evidence, program: &str) -> Finding {
    let said_reason = reason(words);
    match examined.obstacle {
        Some(obstacle) => {
            let same = said_reason
                .is_none_or(|reason| agrees(obstacle.errno, reason) || obstacle.errno == Errno::Later);
            let grade = match (same, obstacle.certain) {
                (true, true) => Grade::Proven,
                (true, false) => Grade::Likely,
                (false, _) => Grade::Possible,
            };
            let finding = of_obstacle(&obstacle, grade, Some(said));
            let finding = match &case.facts.files.layers {
                Layers::Not(why) if !obstacle.certain => {
                    finding.but(format!("the image's layers were not read: {why}"))
                }
                _ => finding,
            };
            if same {
                finding
            } else {
                finding.but(format!("the runtime says something else: {}", quoted(words)))
            }
        }
        None => unexplained(case, said_reason, words, said, program, examined.complete),
    }
}

/// An obstacle as a finding; `said` is the failing component's own error.
pub(in crate::diagnosis) fn of_obstacle(
    obstacle: &Obstacle,
    grade: Grade,
    said: Option<Evidence>,
) -> Finding {
    let mut finding = Finding::new(obstacle.cause, grade, obstacle.title.clone()).weight(90);
    finding.evidence.extend(said);
    finding.evidence.extend(obstacle.evidence.iter().cloned());
    finding.remedy = obstacle.fix.clone().unwrap_or_default();
    finding
}

/// The files say nothing, or could not be looked at: the words alone.
fn unexplained(
    case: &Case<'_>,
    reason: Option<Errno>,
    words: &str,
    said: Evidence,
    program: &str,
    complete: bool,
) -> Finding {
    let looked = if complete {
        "the program is there, and its files do not explain it"
    } else {
        "the container's files could not be looked at"
    };
    let (id, title) = match reason {
        Some(Errno::NotInPath) => ("command-not-installed", format!("{program} is in no directory of PATH")),
        Some(Errno::Absent) if complete => (
            "dynamic-loader-missing",
            format!("{program} is there, and something that it needs to be executed is not"),
        ),
        Some(Errno::Absent) => {
            ("entrypoint-not-in-image", format!("{program}, or what is to execute it, is not there"))
        }
        Some(Errno::Denied) => ("entrypoint-not-executable", format!("{program} may not be executed")),
        Some(Errno::Format) => {
            ("wrong-architecture-binary", format!("{program} is nothing that this machine executes"))
        }
        Some(Errno::Folder) => ("entrypoint-is-a-directory", format!("{program} is a directory")),
        Some(Errno::NotFolder) => (
            "entrypoint-not-in-image",
            format!("{program} cannot be reached: something on its way is no directory"),
        ),
        _ => ("entrypoint-not-executable", format!("{program} cannot be executed: {}", quoted(words))),
    };
    let sure = matches!(reason, Some(Errno::NotInPath | Errno::Folder));
    let mut finding =
        Finding::new(id, if sure { Grade::Likely } else { Grade::Possible }, title).with(said).weight(60);
    finding = finding.but(looked);
    if let Some(Errno::Denied) = reason
        && complete
    {
        let labels = case.facts.host.security.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        finding = finding.but(format!(
            "modes allow it; a security module may not ({})",
            if labels.is_empty() { "SELinux, AppArmor" } else { &labels }
        ));
    }
    finding
}
