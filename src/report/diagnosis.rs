//! Verdicts on containers and images in words: one line for lists, the whole of it for people, Markdown for tickets.

use std::io::{self, Write};

use jiff::Timestamp;

use super::sanitise::sanitise;
use crate::container::exit;
use crate::diagnosis::{Diagnosis, Evidence, Facts, Finding, Origin, Preflight, Since, redact};
use crate::world::quoted;

/// Columns for what a piece of evidence is from.
const WHENCE: usize = 24;

fn clean(text: &str) -> String {
    sanitise(text.as_bytes()).into_owned()
}

/// The verdict on one line: `127 · /app/server was added in layer 3 and deleted in layer 5`. Nothing for what is fine.
pub fn line(diagnosis: &Diagnosis) -> Option<String> {
    if !diagnosis.failed {
        return None;
    }
    let code = diagnosis.exit_code.map(|code| format!("{code} · ")).unwrap_or_default();
    let words = match diagnosis.top() {
        Some(top) => clean(&top.title),
        None => "undecided: nothing that was observed explains it".to_owned(),
    };
    Some(format!("{code}{words}"))
}

/// Where a piece of evidence is from, in a few words.
pub fn whence(evidence: &Evidence) -> String {
    let time = |time: &Option<Timestamp>| {
        time.map(|time| format!(" {}", time.strftime("%H:%M:%S"))).unwrap_or_default()
    };
    match &evidence.origin {
        Origin::Inspect(pointer) => {
            let path = pointer.trim_start_matches('/').replace("~1", "/").replace("~0", "~");
            format!("inspect {}", clean(&if pointer.contains("~1") { path } else { path.replace('/', ".") }))
        }
        Origin::Log { time: at, stderr, .. } => {
            format!("log {}{}", if *stderr { "stderr" } else { "stdout" }, time(at))
        }
        Origin::Event(at) => format!("events{}", time(at)),
        Origin::File { layer: Some(layer), .. } => format!("image layer {layer}"),
        Origin::File { .. } => "files".to_owned(),
        Origin::Change(_) => "changed files".to_owned(),
        Origin::Engine => "engine".to_owned(),
    }
}

fn finding(finding: &Finding, first: bool, out: &mut dyn Write) -> io::Result<()> {
    let mark = if first { "" } else { "also " };
    writeln!(out, "  {mark}{} · {}", finding.grade.name(), clean(&finding.cause))?;
    writeln!(out, "  {}", clean(&finding.title))?;
    for evidence in &finding.evidence {
        writeln!(out, "  - {:WHENCE$} {}", whence(evidence), clean(&evidence.detail))?;
    }
    for contradiction in &finding.contradictions {
        writeln!(out, "  - but {}", clean(contradiction))?;
    }
    if !finding.remedy.is_empty() {
        writeln!(out, "  Fix: {}", clean(&finding.remedy))?;
    }
    for command in &finding.commands {
        writeln!(out, "    $ {}", clean(command))?;
    }
    Ok(())
}

/// All of a verdict.
pub fn text(facts: &Facts, diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}  {}  {}", clean(&facts.name), clean(&facts.image), diagnosis.outcome)?;
    if let Some(code) = diagnosis.exit_code {
        writeln!(out, "  {}: {}", code, clean(&diagnosis.exit_meaning))?;
    }
    for (at, one) in diagnosis.findings.iter().enumerate() {
        finding(one, at == 0, out)?;
    }
    if let Some(undecided) = &diagnosis.undecided {
        writeln!(out, "  undecided")?;
        undecided.checked.iter().try_for_each(|checked| writeln!(out, "  - {}", clean(checked)))?;
        for line in &diagnosis.last_lines {
            writeln!(out, "    | {}", clean(&line.text))?;
        }
        undecided.next.iter().try_for_each(|next| writeln!(out, "  To decide: {}", clean(next)))?;
    } else if diagnosis.findings.is_empty() {
        writeln!(out, "  nothing is wrong with it")?;
    }
    if let Some(since) = &diagnosis.since {
        writeln!(out, "  {}", clean(&compared(since)))?;
        since.changes.iter().try_for_each(|change| writeln!(out, "  - {}", clean(change)))?;
    }
    for (source, why) in &diagnosis.sources {
        if let Some(why) = why {
            writeln!(out, "  Not seen: {}: {}", source.name(), clean(why))?;
        }
    }
    Ok(())
}

/// The command for a shell in a container like this one: same image, mounts, user and environment. Values that may be
/// secret are left to the shell that it is typed into.
pub fn shell_command(facts: &Facts, program: &str) -> String {
    let mut words = vec![program.to_owned(), "run --rm -it --entrypoint sh".to_owned()];
    for mount in facts.mounts.iter().filter(|mount| mount.kind != "tmpfs") {
        let from = if mount.name.is_empty() { &mount.source } else { &mount.name };
        let way = if mount.writable { "" } else { ":ro" };
        words.push(format!("-v {}", quoted(&format!("{from}:{}{way}", mount.destination))));
    }
    for (path, _) in &facts.host.tmpfs {
        words.push(format!("--tmpfs {}", quoted(path)));
    }
    for (name, value) in &facts.config.env {
        let shown = if redact::is_harmless(name) { format!("{name}={value}") } else { name.clone() };
        words.push(format!("-e {}", quoted(&shown)));
    }
    if !facts.config.workdir.is_empty() {
        words.push(format!("-w {}", quoted(&facts.config.workdir)));
    }
    if !facts.config.user.is_empty() {
        words.push(format!("-u {}", quoted(&facts.config.user)));
    }
    words.push(quoted(&facts.image));
    clean(&words.join(" "))
}

/// What a container is compared with.
pub fn compared(since: &Since) -> String {
    let end = if since.changes.is_empty() { ": set up alike" } else { ", different is:" };
    format!("compared with {}, {}{end}", since.name, since.how)
}

/// What a text must not do inside of Markdown.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in clean(text).chars() {
        if "\\`*_[]<>|#".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// A text as code, whatever backticks are in it.
fn code(text: &str) -> String {
    let text = clean(text);
    let fence = "`".repeat(text.split(|c| c != '`').map(str::len).max().unwrap_or(0) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Writing to a text does not fail.
fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = std::fmt::Write::write_fmt(out, text);
}

/// A verdict for a ticket.
pub fn markdown(facts: &Facts, diagnosis: &Diagnosis) -> String {
    let mut out = format!("### {}: {}\n\n", escaped(&facts.name), escaped(&diagnosis.outcome));
    put(
        &mut out,
        format_args!(
            "Image {}, container {}",
            code(&facts.image),
            code(facts.id.get(..12).unwrap_or(&facts.id))
        ),
    );
    if !facts.engine.title.is_empty() {
        put(&mut out, format_args!(", {}", escaped(&facts.engine.title)));
    }
    out.push('\n');
    if let Some(number) = diagnosis.exit_code {
        put(
            &mut out,
            format_args!("\nExit code {}: {}\n", exit::words(number), escaped(&diagnosis.exit_meaning)),
        );
    }
    for finding in &diagnosis.findings {
        put(
            &mut out,
            format_args!(
                "\n**{}** ({}, {})\n\n",
                escaped(&finding.title),
                finding.grade.name(),
                code(&finding.cause)
            ),
        );
        for evidence in &finding.evidence {
            put(&mut out, format_args!("- {}: {}\n", escaped(&whence(evidence)), code(&evidence.detail)));
        }
        for contradiction in &finding.contradictions {
            put(&mut out, format_args!("- but {}\n", escaped(contradiction)));
        }
        if !finding.remedy.is_empty() {
            put(&mut out, format_args!("\nFix: {}\n", escaped(&finding.remedy)));
        }
        if !finding.commands.is_empty() {
            let commands =
                finding.commands.iter().map(|command| clean(command)).collect::<Vec<_>>().join("\n");
            put(&mut out, format_args!("\n```sh\n{commands}\n```\n"));
        }
    }
    if let Some(undecided) = &diagnosis.undecided {
        out.push_str("\n**Undecided**\n\n");
        for checked in &undecided.checked {
            put(&mut out, format_args!("- {}\n", escaped(checked)));
        }
        if !diagnosis.last_lines.is_empty() {
            let lines = diagnosis
                .last_lines
                .iter()
                .map(|line| format!("    {}", clean(&line.text)))
                .collect::<Vec<_>>()
                .join("\n");
            put(&mut out, format_args!("\nIts last lines:\n\n{lines}\n"));
        }
        for next in &undecided.next {
            put(&mut out, format_args!("\nTo decide: {}\n", escaped(next)));
        }
    }
    if let Some(since) = &diagnosis.since {
        out.extend(["\n", &escaped(&compared(since)), "\n\n"]);
        since.changes.iter().for_each(|change| out.extend(["- ", &code(change), "\n"]));
    }
    if !diagnosis.timeline.is_empty() {
        out.push_str("\n| Time | What |\n|---|---|\n");
        for moment in &diagnosis.timeline {
            put(
                &mut out,
                format_args!(
                    "| {} | {} |\n",
                    moment.time.strftime("%Y-%m-%d %H:%M:%S"),
                    escaped(&moment.what)
                ),
            );
        }
    }
    out
}

/// What a preflight says.
pub fn preflight(facts: &Facts, verdict: &Preflight, out: &mut dyn Write) -> io::Result<()> {
    let what = match verdict.can_start {
        Some(true) => "can start",
        Some(false) => "cannot start",
        None => "may start: not everything that decides it could be seen",
    };
    writeln!(out, "{}  {what}", clean(&facts.image))?;
    if verdict.findings.is_empty()
        && let Some(program) = &verdict.program
    {
        writeln!(out, "  {} is there, may be executed, and finds what it needs", clean(program))?;
    }
    for (at, one) in verdict.findings.iter().enumerate() {
        finding(one, at == 0, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::Grade;

    fn sample() -> (Facts, Diagnosis) {
        let mut found = Finding::new("crlf-line-endings", Grade::Proven, "/entry.sh ends in CR: \u{1b}[2J");
        found.evidence.push(Evidence::inspect("/State/Error", "exec `x|y`: no such file"));
        found.remedy = "save it with LF".to_owned();
        found.commands.push("docker start web".to_owned());
        let facts = Facts { name: "web".to_owned(), image: "shop:1".to_owned(), ..Facts::default() };
        let diagnosis = Diagnosis {
            failed: true,
            outcome: "exited 1 after 10 ms".to_owned(),
            exit_code: Some(1),
            exit_meaning: "the program reported a failure".to_owned(),
            findings: vec![found],
            ..Diagnosis::default()
        };
        (facts, diagnosis)
    }

    #[test]
    fn a_verdict_in_words() {
        let (facts, diagnosis) = sample();
        let mut out = Vec::new();
        text(&facts, &diagnosis, &mut out).unwrap();
        let expected = "web  shop:1  exited 1 after 10 ms\n  1: the program reported a failure\n  proven · crlf-line-endings\n  \
                        /entry.sh ends in CR: \\x1b[2J\n  - inspect State.Error      exec `x|y`: no such file\n  Fix: save it with LF\n    \
                        $ docker start web\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        assert_eq!(line(&diagnosis).unwrap(), "1 · /entry.sh ends in CR: \\x1b[2J");
        assert_eq!(line(&Diagnosis { failed: false, ..diagnosis }), None);
    }

    #[test]
    fn markdown_keeps_foreign_text_in_its_place() {
        let (mut facts, mut diagnosis) = sample();
        facts.name = "a|b*".to_owned();
        diagnosis.findings[0].title = "<img> `x`".to_owned();
        let text = markdown(&facts, &diagnosis);
        assert!(text.starts_with("### a\\|b\\*: exited 1 after 10 ms\n"), "{text}");
        assert!(text.contains("**\\<img\\> \\`x\\`** (proven, `crlf-line-endings`)"), "{text}");
        assert!(text.contains("- inspect State.Error: ``exec `x|y`: no such file``"), "{text}");
    }
}
