//! Programs that cannot be executed: the engine's or the kernel's words, and what the files say.

use super::{elf, exited, expect, file, folder, history, link, log};
use crate::container::State;
use crate::diagnosis::facts::{Facts, ImageFacts, MountFact};
use crate::diagnosis::files::Layers;
use crate::image::writable::Happened;

type Change = fn(&mut Facts);

const ABSENT: &str = "OCI runtime create failed: container_linux.go:380: starting container process caused: exec: \"/app/server\": stat /app/server: no such file or directory: unknown";
const DENIED: &str = "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/app/server\": permission denied: unknown";
const NOT_IN_PATH: &str = "OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: \"server\": executable file not found in $PATH: unknown";

fn refused(error: &str, argv: &[&str], change: Change) -> Facts {
    let mut facts = exited(127, argv);
    facts.state.status = State::Created;
    (facts.state.started, facts.state.finished) = (None, None);
    facts.state.error = error.to_owned();
    facts.events.list.clear();
    change(&mut facts);
    facts
}

fn mounted(facts: &mut Facts, kind: &str, destination: &str, options: &str) {
    facts.mounts.push(MountFact {
        kind: kind.to_owned(),
        source: "/srv/app".to_owned(),
        destination: destination.to_owned(),
        options: options.to_owned(),
        writable: true,
        ..MountFact::default()
    });
}

#[test]
fn refusals_are_explained_by_files() {
    let server: &[&str] = &["/app/server"];
    let rows: [(&str, &str, &[&str], Change, &str); 22] = [
        (
            "nowhere",
            ABSENT,
            server,
            |facts| facts.files.layers = Layers::Read,
            "entrypoint-not-in-image proven",
        ),
        ("layers unread", ABSENT, server, |_| {}, "entrypoint-not-in-image likely"),
        (
            "deleted",
            ABSENT,
            server,
            |facts| {
                history(
                    facts,
                    "/app/server",
                    &[(3, true, "COPY server /app/"), (5, false, "RUN rm /app/server")],
                )
            },
            "entrypoint-deleted-in-layer proven",
        ),
        (
            "deleted while it ran",
            ABSENT,
            server,
            |facts| facts.changes = Some(vec![("/app/server".to_owned(), Happened::Deleted)]),
            "entrypoint-deleted-in-writable-layer proven",
        ),
        (
            "hidden",
            ABSENT,
            server,
            |facts| {
                folder(facts, "/app", 0o755);
                mounted(facts, "bind", "/app", "");
                history(facts, "/app/server", &[(3, true, "COPY server /app/")]);
            },
            "entrypoint-hidden-by-mount proven",
        ),
        (
            "hidden, layers unread",
            ABSENT,
            server,
            |facts| {
                folder(facts, "/app", 0o755);
                mounted(facts, "bind", "/app", "");
            },
            "entrypoint-hidden-by-mount likely",
        ),
        (
            "dangling",
            ABSENT,
            server,
            |facts| link(facts, "/app/server", "/opt/none"),
            "entrypoint-dangling-symlink proven",
        ),
        (
            "not executable",
            DENIED,
            server,
            |facts| file(facts, "/app/server", 0o644, b"#!/bin/sh\n"),
            "entrypoint-not-executable proven",
        ),
        (
            "excluded",
            DENIED,
            server,
            |facts| {
                facts.config.user = "1000".to_owned();
                file(facts, "/app/server", 0o744, b"#!/bin/sh\n");
            },
            "entrypoint-mode-excludes-user proven",
        ),
        (
            "closed",
            DENIED,
            server,
            |facts| {
                facts.config.user = "1000".to_owned();
                folder(facts, "/app", 0o700);
                file(facts, "/app/server", 0o755, b"#!/bin/sh\n");
            },
            "parent-directory-not-traversable proven",
        ),
        (
            "folder",
            DENIED,
            server,
            |facts| file(facts, "/app/server/main", 0o755, b""),
            "entrypoint-is-a-directory proven",
        ),
        (
            "replaced",
            DENIED,
            server,
            |facts| {
                file(facts, "/app/server", 0o644, b"#!/bin/sh\n");
                mounted(facts, "bind", "/app/server", "");
            },
            "entrypoint-replaced-by-mount proven",
        ),
        (
            "noexec",
            DENIED,
            server,
            |facts| {
                file(facts, "/app/server", 0o755, b"#!/bin/sh\n");
                mounted(facts, "volume", "/app", "rw,noexec");
            },
            "noexec-mount proven",
        ),
        // Modes allow it: no exec bit is to be added.
        (
            "allowed",
            DENIED,
            server,
            |facts| {
                file(facts, "/app/server", 0o755, b"#!/bin/sh\n");
                file(facts, "/bin/sh", 0o755, &elf(62, None));
            },
            "entrypoint-not-executable possible",
        ),
        ("not installed", NOT_IN_PATH, &["server"], |_| {}, "command-not-installed proven"),
        (
            "path",
            NOT_IN_PATH,
            &["server"],
            |facts| {
                super::env(facts, "PATH", "/opt/bin");
                file(facts, "/usr/bin/server", 0o755, &elf(62, None));
            },
            "path-env-overridden proven",
        ),
        ("line", NOT_IN_PATH, &["node server.js"], |_| {}, "command-line-in-one-argv likely"),
        ("flag", NOT_IN_PATH, &["--port"], |_| {}, "flag-used-as-command proven"),
        ("variable", NOT_IN_PATH, &["$APP"], |_| {}, "variable-not-expanded-exec-form proven"),
        (
            "workdir",
            ABSENT,
            &["./server"],
            |facts| {
                facts.config.workdir = "/data".to_owned();
                file(facts, "/app/server", 0o755, &elf(62, None));
            },
            "relative-entrypoint-wrong-workdir proven",
        ),
        (
            "no shell",
            "exec: \"/bin/sh\": stat /bin/sh: no such file or directory",
            &["/bin/sh", "-c", "x"],
            |_| {},
            "shell-form-without-shell proven",
        ),
        (
            "podman",
            "crun: executable file `server` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found",
            &["server"],
            |_| {},
            "command-not-installed proven",
        ),
    ];
    for (name, error, argv, change, expected) in rows {
        expect(name, refused(error, argv, change), expected);
    }
}

/// The kernel refused: one line, older runtimes with 1, newer ones with 255.
fn exec_failed(line: &str, code: i64, change: Change) -> Facts {
    let mut facts = exited(code, &["/app/server"]);
    facts.state.finished = Some(super::at(0.01));
    log(&mut facts, &[line]);
    change(&mut facts);
    facts
}

#[test]
fn the_first_bytes_explain_what_the_kernel_says() {
    const ABSENT: &str = "exec /app/server: no such file or directory";
    const FORMAT: &str = "exec /app/server: exec format error";
    let rows: [(&str, &str, Change, &str); 14] = [
        (
            "crlf",
            ABSENT,
            |facts| file(facts, "/app/server", 0o755, b"#!/bin/sh\r\nx\r\n"),
            "crlf-line-endings proven",
        ),
        (
            "interpreter",
            ABSENT,
            |facts| file(facts, "/app/server", 0o755, b"#!/bin/bash\nx\n"),
            "shebang-interpreter-missing proven",
        ),
        (
            "loader",
            ABSENT,
            |facts| file(facts, "/app/server", 0o755, &elf(62, Some("/lib64/ld-linux-x86-64.so.2"))),
            "dynamic-loader-missing proven",
        ),
        (
            "glibc on musl",
            ABSENT,
            |facts| {
                file(facts, "/app/server", 0o755, &elf(62, Some("/lib64/ld-linux-x86-64.so.2")));
                file(facts, "/lib/ld-musl-x86_64.so.1", 0o755, &elf(62, None));
            },
            "glibc-binary-in-musl-image proven",
        ),
        (
            "musl on glibc",
            ABSENT,
            |facts| {
                file(facts, "/app/server", 0o755, &elf(62, Some("/lib/ld-musl-x86_64.so.1")));
                file(facts, "/lib64/ld-linux-x86-64.so.2", 0o755, &elf(62, None));
            },
            "musl-binary-in-glibc-image proven",
        ),
        (
            "foreign",
            FORMAT,
            |facts| file(facts, "/app/server", 0o755, &elf(183, None)),
            "wrong-architecture-binary proven",
        ),
        (
            "foreign image",
            FORMAT,
            |facts| {
                facts.image_facts =
                    Some(ImageFacts { architecture: "arm64".to_owned(), ..ImageFacts::default() });
                file(facts, "/app/server", 0o755, &elf(183, None));
            },
            "wrong-architecture-image proven",
        ),
        (
            "text",
            FORMAT,
            |facts| file(facts, "/app/server", 0o755, b"echo\n"),
            "script-without-shebang proven",
        ),
        (
            "bom",
            FORMAT,
            |facts| file(facts, "/app/server", 0o755, b"\xef\xbb\xbf#!/bin/sh\n"),
            "utf8-bom-before-shebang proven",
        ),
        ("empty", FORMAT, |facts| file(facts, "/app/server", 0o755, b""), "entrypoint-file-empty proven"),
        (
            "pointer",
            FORMAT,
            |facts| file(facts, "/app/server", 0o755, b"version https://git-lfs.github.com/spec/v1\n"),
            "git-lfs-pointer-instead-of-binary proven",
        ),
        (
            "cut",
            FORMAT,
            |facts| file(facts, "/app/server", 0o755, b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0"),
            "truncated-binary proven",
        ),
        // Nothing explains it: the words alone are not believed much.
        (
            "unexplained",
            FORMAT,
            |facts| file(facts, "/app/server", 0o755, &elf(62, None)),
            "wrong-architecture-binary possible",
        ),
        (
            "old runtime",
            "standard_init_linux.go:228: exec user process caused: no such file or directory",
            |facts| file(facts, "/app/server", 0o755, b"#!/bin/bash\n"),
            "shebang-interpreter-missing proven",
        ),
    ];
    for (name, line, change, expected) in rows {
        for code in [1, 255] {
            expect(name, exec_failed(line, code, change), expected);
        }
    }
}

#[test]
fn a_program_that_prints_such_a_line_was_executed() {
    let mut facts = exited(1, &["/app/server"]);
    log(&mut facts, &["loading", "checking", "plugins", "exec /opt/plugin: no such file or directory"]);
    let diagnosis = super::verdict(facts);
    assert_eq!(diagnosis.phase, crate::diagnosis::Phase::Exited);
}
