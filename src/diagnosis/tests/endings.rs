//! Who ended it, and what the end of a silent one means.

use super::{event, exited, expect, file, log};
use crate::container::{Health, State};
use crate::diagnosis::facts::{Facts, Peer, Probe};
use crate::image::writable::Happened;

type Change = fn(&mut Facts);

fn kill(facts: &mut Facts, seconds: f64, signal: &str) {
    event(facts, seconds, "kill", &[("signal", signal)]);
}

fn stop(facts: &mut Facts) {
    kill(facts, 1.0, "15");
    event(facts, 3.1, "stop", &[]);
}

fn forced(facts: &mut Facts) {
    stop(facts);
    kill(facts, 2.9, "9");
}

fn oom(facts: &mut Facts) {
    facts.state.oom_killed = true;
    facts.host.memory = Some(50 << 20);
}

fn init(facts: &mut Facts) {
    facts.host.init = true;
}

/// Name, exit code, command, what else is so, what is expected, whether it failed.
const ROWS: [(&str, i64, &[&str], Change, &str, bool); 44] = [
    ("job", 0, &["/job"], |_| {}, "job-completed likely", false),
    ("stopped", 0, &["/server"], stop, "stopped-on-request proven", false),
    ("stopped 143", 143, &["/server"], stop, "stopped-on-request proven", false),
    ("stopped 1", 1, &["/server"], stop, "stopped-on-request proven", false),
    ("143 alone, all seen", 143, &["/server"], |_| {}, "killed-by-unknown-sender possible", true),
    (
        "143 alone, not seen",
        143,
        &["/server"],
        |facts| facts.events = Default::default(),
        "stopped-on-request likely",
        false,
    ),
    ("forced", 137, &["/server"], forced, "stop-timeout-pid1-default-ignored likely", false),
    ("forced shell", 137, &["sh", "-c", "a; b"], forced, "stop-timeout-shell-does-not-forward proven", false),
    (
        "forced trap",
        137,
        &["sh", "-c", "trap '' TERM; a"],
        forced,
        "stop-timeout-sigterm-ignored proven",
        false,
    ),
    (
        "forced exec",
        137,
        &["sh", "-c", "a; exec b"],
        forced,
        "stop-timeout-pid1-default-ignored likely",
        false,
    ),
    // Podman does not always tell of a stop: nothing may be said of who sent it.
    (
        "137 on Podman",
        137,
        &["/server"],
        |facts| facts.engine.podman = true,
        "killed-by-unknown-sender possible",
        true,
    ),
    (
        "forced init",
        137,
        &["/server"],
        |facts| {
            forced(facts);
            init(facts);
        },
        "stop-timeout-sigterm-ignored likely",
        false,
    ),
    ("killed", 137, &["/server"], |facts| kill(facts, 2.9, "9"), "killed-by-docker-kill proven", true),
    ("killed by whom", 137, &["/server"], |_| {}, "killed-by-unknown-sender possible", true),
    ("oom", 137, &["/server"], oom, "oom-kill-container-limit proven", true),
    (
        "oom and more heap than memory",
        137,
        &["java", "-Xmx1g", "-jar", "a.jar"],
        oom,
        "oom-kill-heap-larger-than-limit proven",
        true,
    ),
    (
        "oom in a shell",
        137,
        &["sh", "-c", "/hog; exit $?"],
        |facts| {
            oom(facts);
            log(facts, &["Killed"]);
        },
        "oom-kill-of-child-process proven",
        true,
    ),
    ("oom of a child", 1, &["/server"], oom, "oom-kill-of-child-process proven", true),
    ("hangup", 129, &["/server"], |facts| kill(facts, 2.9, "1"), "hangup-signal proven", true),
    ("interrupt", 130, &["/server"], |facts| kill(facts, 2.9, "2"), "interrupted-by-signal proven", true),
    ("illegal", 132, &["/server"], |_| {}, "illegal-instruction likely", true),
    (
        "abort",
        134,
        &["/server"],
        |facts| {
            init(facts);
            log(facts, &["a.c:3: main: Assertion `x > 0' failed."]);
        },
        "abort-assertion proven",
        true,
    ),
    ("silent abort", 134, &["/server"], init, "abort-assertion likely", true),
    (
        "abort as process 1",
        139,
        &["/server"],
        |facts| log(facts, &["a.c:3: main: Assertion `x > 0' failed."]),
        "abort-reported-as-139 proven",
        true,
    ),
    ("bus", 135, &["/server"], |facts| facts.host.shm_bytes = Some(64 << 20), "shm-too-small likely", true),
    (
        "bus with room",
        135,
        &["/server"],
        |facts| facts.host.shm_bytes = Some(1 << 30),
        "shm-too-small possible",
        true,
    ),
    ("division", 136, &["/server"], |_| {}, "integer-division-fault likely", true),
    ("crash as process 1", 139, &["/server"], |_| {}, "segfault possible", true),
    ("crash under init", 139, &["/server"], init, "segfault likely", true),
    (
        "crash of a child",
        139,
        &["sh", "-c", "/crash; exit $?"],
        |facts| log(facts, &["Segmentation fault"]),
        "segfault-of-child-process proven",
        true,
    ),
    ("pipe", 141, &["/server"], |_| {}, "sigpipe likely", true),
    (
        "pipefail",
        141,
        &["bash", "-c", "set -o pipefail; a | head -1"],
        |_| {},
        "pipefail-sigpipe proven",
        true,
    ),
    ("shell", 0, &["bash"], |_| {}, "interactive-shell-without-stdin proven", true),
    ("shell with stdin", 0, &["bash"], |facts| facts.config.open_stdin = true, "job-completed likely", false),
    ("daemon", 0, &["nginx"], |_| {}, "main-process-daemonized likely", true),
    (
        "daemon with its pid",
        0,
        &["nginx"],
        |facts| facts.changes = Some(vec![("/run/nginx.pid".to_owned(), Happened::Added)]),
        "main-process-daemonized proven",
        true,
    ),
    ("foreground", 0, &["nginx", "-g", "daemon off;"], |_| {}, "job-completed likely", false),
    (
        "forgets its command",
        0,
        &["/entry.sh", "server"],
        |facts| {
            facts.config.entrypoint = vec!["/entry.sh".to_owned()];
            facts.config.cmd = vec!["server".to_owned()];
            file(facts, "/entry.sh", 0o755, b"#!/bin/sh\nmigrate\n");
        },
        "entrypoint-does-not-exec-cmd proven",
        true,
    ),
    (
        "silent script",
        1,
        &["/entry.sh"],
        |facts| file(facts, "/entry.sh", 0o755, b"#!/bin/sh\nset -e\ngrep -q x /y\n"),
        "silent-failure-set-e possible",
        true,
    ),
    ("timeout", 124, &["timeout", "5", "wait-for-db"], |_| {}, "startup-wait-timed-out proven", true),
    (
        "wrapper",
        125,
        &["timeout", "5x", "server"],
        |facts| log(facts, &["timeout: invalid time interval '5x'"]),
        "wrapper-command-failed proven",
        true,
    ),
    ("255", 255, &["/server"], |_| {}, "application-exit-255 possible", true),
    (
        "lost",
        255,
        &["/server"],
        |facts| {
            facts.events = Default::default();
            let finished = facts.state.finished;
            facts.peers.push(Peer {
                name: "db".to_owned(),
                exit_code: Some(255),
                finished,
                ..Peer::default()
            });
        },
        "lost-by-the-engine likely",
        true,
    ),
    ("silent", 1, &["/server"], |_| {}, "undecided", true),
];

#[test]
fn ends_are_understood() {
    for (name, code, argv, change, expected, failed) in ROWS {
        let mut facts = exited(code, argv);
        change(&mut facts);
        let diagnosis = expect(name, facts, expected);
        assert_eq!(diagnosis.failed, failed, "{name}: {diagnosis:#?}");
    }
}

fn running(change: Change) -> Facts {
    let mut facts = exited(0, &["/server"]);
    facts.state.status = State::Running;
    facts.state.finished = None;
    change(&mut facts);
    facts
}

#[test]
fn what_runs_may_be_sick() {
    fn probe(facts: &mut Facts, output: &str) {
        facts.state.health = Some(Health::Unhealthy);
        facts.state.failing_streak = 3;
        facts.config.healthcheck = vec!["CMD-SHELL".to_owned(), "curl -f http://localhost:9999/".to_owned()];
        facts.config.exposed = vec!["8080/tcp".to_owned()];
        facts.state.probes.push(Probe { exit_code: 1, output: output.to_owned(), ..Probe::default() });
    }
    let rows: [(&str, Change, &str, bool); 8] = [
        ("well", |_| {}, "nothing", false),
        ("paused", |facts| facts.state.status = State::Paused, "paused-by-request proven", false),
        (
            "no curl",
            |facts| probe(facts, "/bin/sh: curl: not found"),
            "healthcheck-command-not-in-image proven",
            true,
        ),
        (
            "port",
            |facts| probe(facts, "curl: (7) Failed to connect to localhost port 9999: Connection refused"),
            "healthcheck-wrong-port proven",
            true,
        ),
        (
            "500",
            |facts| probe(facts, "curl: (22) The requested URL returned error: 500"),
            "healthcheck-failing likely",
            true,
        ),
        (
            "loop",
            |facts| {
                facts.state.status = State::Restarting;
                facts.state.exit_code = 1;
                facts.state.restarts = 7;
                facts.state.finished = Some(super::at(3.0));
                log(facts, &["KeyError: 'DATABASE_URL'"]);
            },
            "required-env-missing proven",
            true,
        ),
        (
            "loop that runs just now",
            |facts| {
                facts.state.restarts = 7;
                facts.now = Some(super::at(2.0));
                // A cause from an earlier run is no cause of this one.
                facts.log.earlier.push(crate::diagnosis::facts::Line {
                    text: "KeyError: 'DATABASE_URL'".to_owned(),
                    ..Default::default()
                });
            },
            "restart-loop proven",
            true,
        ),
        ("dead", |facts| facts.state.status = State::Dead, "container-dead proven", true),
    ];
    for (name, change, expected, failed) in rows {
        let diagnosis = expect(name, running(change), expected);
        assert_eq!(diagnosis.failed, failed, "{name}: {diagnosis:#?}");
    }
    let looped = expect("loop", running(rows[5].1), rows[5].2);
    let last = looped.findings.last().unwrap();
    assert_eq!((last.cause.as_str(), last.role.name()), ("restart-loop", "amplifier"));
    assert!(last.title.contains("7 times") && last.title.contains("3.0 s in the median"), "{}", last.title);
}
