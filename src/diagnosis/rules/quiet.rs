//! Ends that say little: 0 where a server was expected, wrappers, waits that ran out, scripts that stop without a word.

use super::super::case::Case;
use super::super::confirm::script_text;
use super::super::story::Story;
use super::super::verdict::{Evidence, Finding, Grade, Phase};
use crate::image::writable::Happened;

/// Shorter lives than this are not those of a server that was stopped, in seconds.
const SHORT: f64 = 30.0;

pub(super) fn ended(case: &Case<'_>, story: &Story<'_>) -> Vec<Finding> {
    let code = case.facts.state.exit_code;
    let code_said = Evidence::inspect("/State/ExitCode", format!("exit code {code}"));
    match code {
        0 => vec![succeeded(case)],
        13 => unsettled(case).into_iter().collect(),
        124 => vec![waited(case)],
        125..=127 => wrapper(case).into_iter().chain(silent(case)).collect(),
        255 if story.phase == Phase::Exited => {
            let title = "the program itself exited with 255 (or -1)";
            vec![Finding::new("application-exit-255", Grade::Possible, title).with(code_said).weight(8)]
        }
        1..=123 => silent(case).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn short(case: &Case<'_>) -> bool {
    case.facts.ran_for().is_some_and(|seconds| seconds < SHORT)
}

/// How long it ran, as evidence.
fn life(case: &Case<'_>) -> Evidence {
    let seconds = case.facts.ran_for().unwrap_or(0.0);
    Evidence::inspect(
        "/State/FinishedAt",
        format!("it ran for {seconds:.1} s and exited with {}", case.facts.state.exit_code),
    )
}

fn succeeded(case: &Case<'_>) -> Finding {
    let found =
        if short(case) { shell(case).or_else(|| daemon(case)).or_else(|| drops_command(case)) } else { None };
    found.unwrap_or_else(|| {
        let facts = case.facts;
        let serves = !facts.config.exposed.is_empty() || !facts.config.healthcheck.is_empty();
        if serves && short(case) {
            let title =
                "it ended with 0 after a short time, although the image says that it serves something";
            let ports = facts.config.exposed.join(", ");
            return Finding::new("job-completed", Grade::Possible, title)
                .with(life(case))
                .with(Evidence::inspect("/Config/ExposedPorts", format!("exposed: {ports}")));
        }
        Finding::new("job-completed", Grade::Likely, "it did its work and ended with 0").with(life(case))
    })
}

/// A shell with nobody to type.
fn shell(case: &Case<'_>) -> Option<Finding> {
    let config = &case.facts.config;
    let program = config.argv.first()?;
    let base = program.rsplit('/').next().unwrap_or(program);
    let reads = case.know.shells.iter().any(|shell| shell == program)
        || ["python", "python3", "node", "irb", "zsh", "fish"].contains(&base);
    let only_flags =
        config.argv[1..].iter().all(|word| ["-l", "-i", "--login", "-il", "-li"].contains(&word.as_str()));
    if !reads || !only_flags || config.open_stdin {
        return None;
    }
    let title = format!(
        "its command is {base} with nothing to run, and nobody is connected to type: it read the end of its input and ended"
    );
    let finding = Finding::new("interactive-shell-without-stdin", Grade::Proven, title)
        .with(Evidence::inspect("/Path", config.argv.join(" ")))
        .with(Evidence::inspect("/Config/OpenStdin", "OpenStdin false"))
        .with(life(case));
    Some(finding.command(format!("docker run -it {}", case.facts.image)).weight(70))
}

/// A server that went into the background, and took the container with it.
fn daemon(case: &Case<'_>) -> Option<Finding> {
    let config = &case.facts.config;
    let script = script_text(case);
    let body = script.as_ref().map_or("", |text| text.body.as_str());
    let line = config.argv.join(" ");
    let whole = format!("{line}\n{body}");
    let known = case.know.daemons.iter().find(|daemon| {
        let named = |text: &str| {
            text.split(|c: char| c.is_whitespace() || ";&|()\"'".contains(c))
                .any(|word| word.rsplit('/').next() == Some(daemon.program.as_str()))
        };
        named(&line) || named(body)
    })?;
    let told = |words: &[String]| words.iter().any(|word| whole.contains(word.as_str()));
    if told(&known.foreground) || (!known.background.is_empty() && !told(&known.background)) {
        return None;
    }
    let pid_file = case.changes().and_then(|changes| {
        changes
            .iter()
            .find(|(path, happened)| *happened == Happened::Added && path.rsplit('.').next() == Some("pid"))
    });
    let grade = if pid_file.is_some() { Grade::Proven } else { Grade::Likely };
    let title =
        format!("{} went into the background, and the container ended with its first process", known.program);
    let finding = Finding::new("main-process-daemonized", grade, title)
        .with(Evidence::inspect("/Path", super::super::redact::text(&line)))
        .with(life(case));
    let finding = finding
        .all(pid_file.map(|(path, _)| Evidence::change(path, format!("A {path}: it runs as a daemon"))));
    let fix = match known.foreground.first() {
        Some(flag) => format!("run {} in the foreground: {flag}", known.program),
        None => format!("run the program itself in the foreground, not {}", known.program),
    };
    Some(finding.all(script.map(|text| text.evidence)).fix(fix).weight(68))
}

/// An entrypoint that forgets the command it is given.
fn drops_command(case: &Case<'_>) -> Option<Finding> {
    let config = &case.facts.config;
    if config.entrypoint.is_empty() || config.cmd.is_empty() {
        return None;
    }
    let text = script_text(case).filter(|text| text.file.is_some())?;
    let passes = ["\"$@\"", "$@", "$*", "${@", "${*", "$1"].iter().any(|words| text.body.contains(words));
    if passes {
        return None;
    }
    let path = text.file.clone().unwrap_or_default();
    let title = format!(
        "the entrypoint {path} ends without running its command: {}",
        super::super::redact::text(&config.cmd.join(" "))
    );
    let finding = Finding::new("entrypoint-does-not-exec-cmd", Grade::Proven, title)
        .with(Evidence::file(&path, None, format!("{path} has neither exec nor \"$@\"")))
        .with(Evidence::inspect("/Config/Cmd", format!("Cmd {:?}", config.cmd)))
        .with(life(case));
    Some(finding.fix(format!("end {path} with: exec \"$@\"")).weight(70))
}

fn unsettled(case: &Case<'_>) -> Option<Finding> {
    case.know.runtimes(case.facts).contains(&"node").then(|| {
        let title =
            "Node ended with 13: an await at the top level never settles, and nothing is left to wait for";
        Finding::new("node-unsettled-top-level-await", Grade::Likely, title)
            .with(Evidence::inspect("/State/ExitCode", "exit code 13 of Node; not a signal"))
            .with(Evidence::inspect("/Path", super::super::redact::text(&case.facts.config.argv.join(" "))))
            .weight(68)
    })
}

/// `timeout` ended it.
fn waited(case: &Case<'_>) -> Finding {
    let text = script_text(case);
    let in_argv = case.facts.config.argv.iter().any(|word| word.rsplit('/').next() == Some("timeout"));
    let in_script = text.as_ref().is_some_and(|text| text.body.contains("timeout"));
    let grade = if in_argv || in_script { Grade::Proven } else { Grade::Possible };
    let last = case.newest_lines().find(|(_, line)| !line.text.trim().is_empty());
    let title = match last {
        Some((_, line)) => format!(
            "the command timeout gave up; the last that it said: {}",
            super::super::redact::text(&line.text)
        ),
        None => "the command timeout gave up waiting (124)".to_owned(),
    };
    let finding = Finding::new("startup-wait-timed-out", grade, super::super::verdict::quoted(&title))
        .with(Evidence::inspect("/State/ExitCode", "exit code 124, by which timeout says that time was up"));
    let finding =
        finding.all(last.map(|(at, line)| Evidence::log(at, line))).all(text.map(|text| text.evidence));
    finding.weight(66)
}

/// A wrapper that failed by itself.
fn wrapper(case: &Case<'_>) -> Option<Finding> {
    let (at, line) = case.newest_lines().find(|(_, line)| {
        let (name, rest) = line.text.split_once(": ").unwrap_or(("", ""));
        let name = name.rsplit('/').next().unwrap_or(name);
        !rest.is_empty() && case.know.wrappers.iter().any(|wrapper| wrapper == name)
    })?;
    let name = line.text.split(':').next().unwrap_or_default();
    let base = name.rsplit('/').next().unwrap_or(name);
    let named = case.facts.config.argv.iter().any(|word| word.rsplit('/').next() == Some(base))
        || script_text(case).is_some_and(|text| text.body.contains(base));
    let grade = if named { Grade::Proven } else { Grade::Likely };
    let code = case.facts.state.exit_code;
    let title = format!("the wrapper {base} failed before it ran anything");
    let finding = Finding::new("wrapper-command-failed", grade, title).with(Evidence::log(at, line));
    let finding = finding.with(Evidence::inspect(
        "/State/ExitCode",
        format!("exit code {code}, of {base} itself; engines never store 125"),
    ));
    // Of 126 and 127 the line says more about what it was to run.
    (code == 125).then(|| finding.weight(66))
}

/// Nothing was printed.
fn silent(case: &Case<'_>) -> Option<Finding> {
    let facts = case.facts;
    let readable =
        !facts.unavailable.iter().any(|missing| missing.source == super::super::facts::Source::Logs);
    if !readable || facts.log.lines.iter().any(|line| !line.text.trim().is_empty()) {
        return None;
    }
    let text = script_text(case)?;
    let strict = text.body.lines().take(40).any(|line| {
        let line = line.trim();
        (line.starts_with("set -") && line.contains('e')) || (line.starts_with("#!") && line.contains(" -e"))
    }) || facts.config.argv.iter().any(|word| word == "-e" || word == "-ec" || word == "-ce");
    if !strict {
        return None;
    }
    let quiet = text.body.lines().enumerate().find(|(_, line)| {
        let line = line.trim();
        ["grep -q", "test ", "[ ", "[[ ", "false", "cmp -s", "diff -q"]
            .iter()
            .any(|word| line.starts_with(word))
    });
    let hint = quiet
        .map(|(at, line)| format!("; line {} fails without a word when it fails: {}", at + 1, line.trim()))
        .unwrap_or_default();
    let title = format!(
        "it printed nothing and exited with {}: its script uses set -e, and some command failed{hint}",
        facts.state.exit_code
    );
    let path = text.file.clone().unwrap_or_else(|| "the script".to_owned());
    Some(
        Finding::new("silent-failure-set-e", Grade::Possible, super::super::verdict::quoted(&title))
            .with(text.evidence)
            .with(life(case))
            .command(format!("docker run --rm --entrypoint sh {} -x {path}", facts.image))
            .weight(40),
    )
}
