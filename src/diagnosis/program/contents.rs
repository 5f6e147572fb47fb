//! What the first bytes of a program ask the kernel for: an ELF's machine and loader, a script's interpreter.

use super::super::case::{Case, Seen};
use super::super::elf::{self, Elf};
use super::super::verdict::Evidence;
use super::absent::{Search, search};
use super::walk::{Reached, Walk, walk};
use super::{Errno, MAX_DEPTH, Obstacle, file, writer};

/// Bytes of a script's first line that the kernel reads.
const FIRST_LINE: usize = 256;
/// Loaders of musl, by machine.
const MUSL: [&str; 4] = [
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-musl-aarch64.so.1",
    "/lib/ld-musl-armhf.so.1",
    "/lib/ld-musl-i386.so.1",
];
/// Loaders of glibc.
const GLIBC: [&str; 3] =
    ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-linux-armhf.so.3"];

pub(super) enum Says {
    Fine,
    Unknown,
    Obstacle(Box<Obstacle>),
}

fn blocked(obstacle: Obstacle) -> Says {
    Says::Obstacle(Box::new(obstacle))
}

pub(super) fn obstacle(case: &Case<'_>, path: &str, reached: &Reached<'_>, depth: usize) -> Says {
    let at = reached.path.as_str();
    let here = |text: String| {
        let mut evidence = vec![Evidence::file(at, None, text)];
        evidence.extend(writer(case, at));
        evidence
    };
    let wrong = |cause, errno, title: String, shown: String| {
        let mut obstacle = Obstacle::new(cause, errno, title);
        obstacle.evidence = here(shown);
        obstacle
    };
    if reached.node.bytes == 0 {
        let text = format!("{path} is empty");
        return blocked(wrong("entrypoint-file-empty", Errno::Format, text, format!("{at} has 0 bytes")));
    }
    let Some(head) = case.head(at) else { return Says::Unknown };
    if elf::is_elf(head) {
        return program(case, path, at, head, reached.node.bytes);
    }
    if head.starts_with(b"#!") {
        return script(case, path, at, head, depth);
    }
    let first = first_line(head);
    if head.starts_with(b"\xef\xbb\xbf#!") {
        let text = format!("a byte order mark stands before the #! of {path}, so the kernel sees no script");
        let shown = format!("{at} begins with EF BB BF and {:?}", first.trim_start_matches('\u{feff}'));
        return blocked(wrong("utf8-bom-before-shebang", Errno::Format, text, shown));
    }
    if head.starts_with(b"version https://git-lfs.github.com/spec") {
        let text = format!("{path} is a pointer of Git LFS, not the file itself");
        return blocked(wrong(
            "git-lfs-pointer-instead-of-binary",
            Errno::Format,
            text,
            format!("{at}: {first}"),
        ));
    }
    let start = String::from_utf8_lossy(&head[..head.len().min(256)]).to_ascii_lowercase();
    if start.trim_start().starts_with("<!doctype") || start.trim_start().starts_with("<html") {
        let text = format!("{path} is a web page that was saved in place of the program");
        return blocked(wrong("html-page-instead-of-binary", Errno::Format, text, format!("{at}: {first}")));
    }
    if head.starts_with(b"MZ") || head.starts_with(&[0xcf, 0xfa, 0xed, 0xfe]) {
        let system = if head.starts_with(b"MZ") { "Windows" } else { "macOS" };
        let text = format!("{path} is a program for {system}");
        return blocked(wrong(
            "wrong-architecture-binary",
            Errno::Format,
            text,
            format!("{at} begins like programs of {system}"),
        ));
    }
    if head.iter().take(512).all(|byte| *byte != 0) {
        let text = format!("{path} is a text without #!, and the kernel does not know what runs it");
        return blocked(wrong(
            "script-without-shebang",
            Errno::Format,
            text,
            format!("{at} begins with {first:?}"),
        ));
    }
    let text = format!("{path} is no program that Linux can execute");
    blocked(wrong("truncated-binary", Errno::Format, text, format!("{at} begins with neither ELF nor #!")))
}

fn program(case: &Case<'_>, path: &str, at: &str, head: &[u8], bytes: u64) -> Says {
    let Some(parsed) = elf::parse(head, bytes) else { return Says::Unknown };
    let built = elf::architecture(parsed.machine);
    let shown = Evidence::file(at, None, format!("{at} is an ELF program for {built}, {bytes} bytes"));
    if parsed.truncated {
        let text = format!("{path} is cut short: it ends before what its header announces");
        return blocked(Obstacle::new("truncated-binary", Errno::Format, text).with(shown));
    }
    let engine = case.facts.engine.architecture.as_str();
    if !engine.is_empty() && !elf::runs_on(parsed.machine, engine) {
        let image = case.facts.image_facts.as_ref().map_or("", |image| image.architecture.as_str());
        let machine = Evidence::engine(format!("the engine's machine is {engine}"));
        let obstacle = if !image.is_empty() && image != engine && image == built {
            let text = format!("the image is for {image}, and this machine is {engine}");
            let fix = format!(
                "build or pull it with --platform linux/{engine}, or run it with emulation (binfmt, qemu)"
            );
            Obstacle::new("wrong-architecture-image", Errno::Format, text)
                .with(Evidence::file("/", None, format!("the image says it is for {image}")))
                .fix(fix)
        } else {
            let text = format!("{path} is built for {built}, and this machine is {engine}");
            Obstacle::new("wrong-architecture-binary", Errno::Format, text).fix(format!(
                "put a build for {engine} into the image; in the build, use the platform's TARGETARCH"
            ))
        };
        return blocked(obstacle.with(shown).with(machine));
    }
    loader(case, path, at, &parsed, shown)
}

/// The loader that a dynamic program asks for.
fn loader(case: &Case<'_>, path: &str, at: &str, parsed: &Elf, shown: Evidence) -> Says {
    let Some(interpreter) = parsed.interpreter.as_deref() else { return Says::Fine };
    match walk(case, interpreter) {
        Walk::Found(_) => Says::Fine,
        Walk::Unknown => Says::Unknown,
        _ => {
            let musl = interpreter.contains("ld-musl");
            let there = |paths: &[&'static str]| {
                paths.iter().find(|path| matches!(case.look(path), Seen::Is(_))).copied()
            };
            let other = there(if musl { &GLIBC } else { &MUSL });
            let (id, text, fix) = match (musl, other) {
                (false, Some(_)) => (
                    "glibc-binary-in-musl-image",
                    format!(
                        "{path} is built with glibc, and the image has musl (Alpine): its loader {interpreter} is missing"
                    ),
                    "build it on Alpine or statically, use an image with glibc (debian:slim), or add gcompat"
                        .to_owned(),
                ),
                (true, Some(_)) => (
                    "musl-binary-in-glibc-image",
                    format!(
                        "{path} is built with musl, and the image has glibc: its loader {interpreter} is missing"
                    ),
                    "build it on the same distribution as the image, or statically".to_owned(),
                ),
                (_, None) => (
                    "dynamic-loader-missing",
                    format!("{path} is there, but the loader it asks for, {interpreter}, is not"),
                    "link it statically (CGO_ENABLED=0, -static), or use an image that has a C library"
                        .to_owned(),
                ),
            };
            let mut obstacle = Obstacle::new(id, Errno::Absent, text)
                .with(shown)
                .with(Evidence::file(at, None, format!("{at} asks for {interpreter}")))
                .with(Evidence::file(interpreter, None, format!("{interpreter} is not there")))
                .fix(fix);
            obstacle
                .evidence
                .extend(other.map(|path| Evidence::file(path, None, format!("{path} is there"))));
            blocked(obstacle)
        }
    }
}

fn script(case: &Case<'_>, path: &str, at: &str, head: &[u8], depth: usize) -> Says {
    let line = first_line(&head[..head.len().min(FIRST_LINE)]);
    let rest = line.trim_start_matches("#!").trim_start_matches([' ', '\t']);
    let mut words = rest.splitn(2, [' ', '\t']);
    let interpreter = words.next().unwrap_or_default();
    let argument = words.next().unwrap_or_default().trim_start();
    let shown = Evidence::file(at, None, format!("{at} begins with {line:?}"));
    if line.ends_with('\r') {
        let total = head.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
        let crlf = head.split(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\r")).count();
        let (word, errno) =
            if argument.is_empty() { (interpreter, Errno::Absent) } else { (argument, Errno::Later) };
        let text = format!("{path} exists, but its first line ends in CR: {word:?} is looked for");
        let obstacle = Obstacle::new("crlf-line-endings", errno, text).with(shown);
        let obstacle =
            obstacle.with(Evidence::file(at, None, format!("{crlf} of {total} lines of {at} end in CR LF")));
        return blocked(
            obstacle.fix("save it with LF before COPY (.gitattributes: *.sh text eol=lf) and rebuild"),
        );
    }
    if interpreter.is_empty() {
        let text = format!("the #! of {path} names no interpreter");
        return blocked(Obstacle::new("script-without-shebang", Errno::Format, text).with(shown));
    }
    let lost = |what: &str, errno| {
        let text = format!("{path} is a script for {what}, which is not there");
        Obstacle::new("shebang-interpreter-missing", errno, text)
            .with(shown.clone())
            .with(Evidence::file(what, None, format!("{what} is not there")))
            .fix(format!("install {what}, or write the #! for one that the image has"))
    };
    match walk(case, &case.absolute(interpreter)) {
        Walk::Unknown => return Says::Unknown,
        Walk::Found(_) => {}
        _ => return blocked(lost(interpreter, Errno::Absent)),
    }
    if depth < MAX_DEPTH {
        let inner = file(case, &case.absolute(interpreter), depth + 1);
        if let Some(obstacle) = inner.obstacle {
            let title = format!("{path} is a script for {interpreter}, and {}", obstacle.title);
            return blocked(Obstacle { title, ..obstacle }.with(shown));
        }
        if !inner.complete {
            return Says::Unknown;
        }
    }
    // `env` looks its argument up by itself.
    if interpreter.ends_with("/env") {
        let mut words = argument.split_whitespace().filter(|word| *word != "-S" && !word.contains('='));
        let Some(name) = words.next().filter(|name| !name.starts_with('-')) else { return Says::Fine };
        return match search(case, name) {
            Search::Nowhere => blocked(lost(name, Errno::Later)),
            Search::Unknown => Says::Unknown,
            _ => Says::Fine,
        };
    }
    Says::Fine
}

/// The first line as text, without its line feed.
fn first_line(head: &[u8]) -> String {
    let end = head.iter().position(|byte| *byte == b'\n').unwrap_or(head.len());
    String::from_utf8_lossy(&head[..end.min(FIRST_LINE)]).into_owned()
}
