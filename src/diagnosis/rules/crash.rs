//! Faults of its own: crashes, aborts, pipes that nobody reads.

use super::super::case::Case;
use super::super::confirm::script_text;
use super::super::story::{Story, name};
use super::super::verdict::{Evidence, Finding, Grade};
use super::ending::code_evidence;
use crate::image::size::human;

pub(super) fn fault(case: &Case<'_>, id: &str, title: &str, weight: i32) -> Finding {
    Finding::new(id, Grade::Likely, title).with(code_evidence(case)).weight(weight)
}

pub(super) fn illegal(case: &Case<'_>) -> Finding {
    let finding = fault(
        case,
        "illegal-instruction",
        "the processor does not know an instruction of the program (SIGILL)",
        50,
    );
    let level =
        case.facts.config.argv.first().and_then(|program| super::super::program::command(case, program).path);
    let level = level.and_then(|path| case.elf(&path)?.isa_level.map(|level| (path, level)));
    match level {
        Some((path, level)) => {
            finding.with(Evidence::file(&path, None, format!("{path} says that it needs x86-64-v{level}")))
        }
        None => finding,
    }
}

/// Lines that programs write when they abort themselves.
const ABORTS: [&str; 10] = [
    "Assertion",
    "assertion failed",
    "terminate called",
    "free(): ",
    "double free",
    "malloc(): ",
    "stack smashing",
    "corrupted size",
    "Fatal Python error",
    "Aborted",
];

pub(super) fn aborted(case: &Case<'_>, story: &Story<'_>) -> Finding {
    let sign = name(story.signal.unwrap_or(6)).trim().to_owned();
    let finding = match case.last_line(&ABORTS) {
        Some((at, line)) => {
            let title = format!("the program aborted itself ({sign})");
            Finding::new("abort-assertion", Grade::Proven, title)
                .with(Evidence::log(at, line))
                .with(code_evidence(case))
                .weight(60)
        }
        None => fault(
            case,
            "abort-assertion",
            &format!("the program aborted itself ({sign}), and said nothing of why"),
            30,
        ),
    };
    let init = case.facts.host.init;
    finding.with(Evidence::inspect("/HostConfig/Init", format!("Init {init}")))
}

pub(super) fn bus(case: &Case<'_>) -> Finding {
    let shm = case.facts.host.shm_bytes;
    let line = case.last_line(&["shm", "shared memory"]);
    let small = shm.is_some_and(|bytes| bytes <= 64 << 20) && case.facts.host.ipc_mode != "host";
    let mut finding = match (small, line) {
        (true, Some(_)) => Finding::new(
            "shm-too-small",
            Grade::Proven,
            "SIGBUS ended it, and /dev/shm is too small for what it keeps there",
        ),
        (true, None) => Finding::new(
            "shm-too-small",
            Grade::Likely,
            "SIGBUS ended it: it used memory that nothing backs, mostly because /dev/shm is full",
        ),
        (false, _) => Finding::new(
            "shm-too-small",
            Grade::Possible,
            "SIGBUS ended it: a mapped file that is shorter than its mapping, or /dev/shm that is full",
        ),
    };
    finding.evidence.extend(shm.map(|bytes| {
        Evidence::inspect("/HostConfig/ShmSize", format!("ShmSize {bytes} ({})", human(bytes)))
    }));
    finding.evidence.extend(line.map(|(at, line)| Evidence::log(at, line)));
    finding.with(code_evidence(case)).weight(62)
}

pub(super) fn segfault(case: &Case<'_>) -> Vec<Finding> {
    let facts = case.facts;
    // A program that is cut short is mapped as far as it goes, and crashes where it ends.
    if let Some(obstacle) = super::super::program::examine(case).obstacle
        && obstacle.cause == "truncated-binary"
    {
        return vec![super::exec::of_obstacle(&obstacle, Grade::Proven, Some(code_evidence(case)))];
    }
    if let Some((at, line)) =
        case.last_line(&ABORTS[..ABORTS.len() - 1]).or_else(|| case.last_line(&["Aborted"]))
    {
        if facts.host.init {
            return vec![
                fault(case, "segfault", "a segmentation fault ended it (SIGSEGV)", 40).but(line.text.clone()),
            ];
        }
        let title = "the program aborted itself; as process 1 it cannot be ended by SIGABRT, and crashed on purpose: 139 stands for 134";
        let finding = Finding::new("abort-reported-as-139", Grade::Proven, title)
            .with(Evidence::log(at, line))
            .with(code_evidence(case));
        return vec![
            finding
                .with(Evidence::inspect("/HostConfig/Init", "Init false: the program is process 1"))
                .weight(72),
        ];
    }
    let said = case.last_line(&["Segmentation fault", "segmentation fault", "SIGSEGV"]);
    if let Some((at, line)) = said {
        if script_text(case).is_some() {
            let title = "a program that its script ran crashed with a segmentation fault, and the script passed 139 on";
            return vec![
                Finding::new("segfault-of-child-process", Grade::Proven, title)
                    .with(Evidence::log(at, line))
                    .with(code_evidence(case))
                    .weight(64),
            ];
        }
        return vec![
            Finding::new("segfault", Grade::Proven, "a segmentation fault ended it")
                .with(Evidence::log(at, line))
                .with(code_evidence(case))
                .weight(60),
        ];
    }
    if facts.host.init {
        return vec![
            fault(case, "segfault", "a segmentation fault ended it (SIGSEGV)", 50)
                .with(Evidence::inspect("/HostConfig/Init", "Init true: an abort would be 134")),
        ];
    }
    let title = "SIGSEGV ended it: a segmentation fault, or an abort of process 1, which looks the same";
    let finding = Finding::new("segfault", Grade::Possible, title).with(code_evidence(case)).weight(40);
    vec![finding.command(format!("docker run --init --ulimit core=-1 {}", facts.image))]
}

pub(super) fn pipe(case: &Case<'_>) -> Finding {
    match script_text(case).filter(|text| text.body.contains("pipefail")) {
        Some(text) => {
            let title = "its script uses pipefail, and the reader of a pipeline had enough before the writer was done (141, SIGPIPE)";
            Finding::new("pipefail-sigpipe", Grade::Proven, title)
                .with(code_evidence(case))
                .with(text.evidence)
                .weight(64)
        }
        None => fault(
            case,
            "sigpipe",
            "SIGPIPE ended it: it wrote to a pipe or connection that nobody reads any more",
            50,
        ),
    }
}
