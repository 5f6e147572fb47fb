//! What logs betray: lines as real programs write them, with and without the fact that agrees.

use super::{at, env, exited, expect, file, folder, log, verdict};
use crate::container::State;
use crate::diagnosis::facts::{Facts, MountFact, NetworkFact, Peer};
use crate::image::writable::Happened;

type Change = fn(&mut Facts);

const NOTHING: Change = |_| {};

fn bind(facts: &mut Facts, source: &str, destination: &str, writable: bool) {
    facts.mounts.push(MountFact {
        kind: "bind".to_owned(),
        source: source.to_owned(),
        destination: destination.to_owned(),
        writable,
        ..MountFact::default()
    });
}

fn no_network(facts: &mut Facts) {
    facts.host.network_mode = "none".to_owned();
}

fn peer(facts: &mut Facts, name: &str, network: &str, ended: Option<f64>) {
    let network = NetworkFact { name: network.to_owned(), aliases: Vec::new() };
    facts.peers.push(Peer {
        id: name.to_owned(),
        name: name.to_owned(),
        state: if ended.is_some() { State::Exited } else { State::Running },
        exit_code: ended.map(|_| 1),
        started: Some(at(-10.0)),
        finished: ended.map(at),
        networks: vec![network],
        ..Peer::default()
    });
}

fn attached(facts: &mut Facts, network: &str) {
    facts.networks.push(NetworkFact { name: network.to_owned(), aliases: Vec::new() });
}

/// Command, exit code, lines, what else is so, what is expected.
type Row = (&'static str, i64, &'static [&'static str], Change, &'static str);

const PYTHON: [Row; 16] = [
    (
        "python app.py",
        1,
        &[
            "Traceback (most recent call last):",
            "  File \"/app/app.py\", line 3, in <module>",
            "KeyError: 'DATABASE_URL'",
        ],
        NOTHING,
        "required-env-missing proven",
    ),
    // It is set: then it is about something else.
    (
        "python app.py",
        1,
        &[
            "Traceback (most recent call last):",
            "  File \"/app/app.py\", line 3, in <module>",
            "KeyError: 'DATABASE_URL'",
        ],
        |facts| env(facts, "DATABASE_URL", "x"),
        "python-uncaught-exception likely",
    ),
    (
        "python app.py",
        1,
        &[
            "Traceback (most recent call last):",
            "  File \"/app/app.py\", line 1, in <module>",
            "ModuleNotFoundError: No module named 'flask'",
        ],
        NOTHING,
        "python-module-missing proven",
    ),
    (
        "python app.py",
        1,
        &["ModuleNotFoundError: No module named 'flask'"],
        |facts| {
            env(facts, "PYTHON_VERSION", "3.11.4");
            file(facts, "/usr/local/lib/python3.11/site-packages/flask/__init__.py", 0o644, b"");
        },
        "python-module-missing possible",
    ),
    (
        "gunicorn app:app",
        3,
        &[
            "[INFO] Starting gunicorn 21.2.0",
            "Traceback (most recent call last):",
            "ModuleNotFoundError: No module named 'redis'",
            "[ERROR] Worker (pid:7) exited with code 3",
            "gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>",
        ],
        NOTHING,
        "python-module-missing proven",
    ),
    (
        "gunicorn app:app",
        3,
        &[
            "[INFO] Starting gunicorn 21.2.0",
            "gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>",
        ],
        NOTHING,
        "gunicorn-worker-failed-to-boot likely",
    ),
    (
        "python app.py",
        1,
        &["  File \"/app/app.py\", line 7", "    def f(:", "SyntaxError: invalid syntax"],
        NOTHING,
        "python-syntax-error likely",
    ),
    (
        "python app.py",
        1,
        &[
            "Traceback (most recent call last):",
            "  File \"/app/app.py\", line 9, in <module>",
            "ZeroDivisionError: division by zero",
        ],
        NOTHING,
        "python-uncaught-exception likely",
    ),
    (
        "python /srv/ap.py",
        2,
        &["python: can't open file '/srv/ap.py': [Errno 2] No such file or directory"],
        NOTHING,
        "script-not-in-image proven",
    ),
    (
        "python manage.py",
        1,
        &["FileNotFoundError: [Errno 2] No such file or directory: 'config/settings.yml'"],
        |facts| file(facts, "/app/config/settings.yml", 0o644, b"a"),
        "relative-path-wrong-workdir proven",
    ),
    (
        "python app.py",
        1,
        &["ValueError: invalid literal for int() with base 10: '\"8080\"'"],
        |facts| env(facts, "PORT", "\"8080\""),
        "env-value-contains-quotes proven",
    ),
    (
        "python app.py",
        1,
        &[
            "psycopg2.OperationalError: could not translate host name \"db\\r\" to address: Name or service not known",
        ],
        |facts| env(facts, "DB_HOST", "db\r"),
        "env-value-trailing-cr proven",
    ),
    (
        "python app.py",
        1,
        &["zoneinfo._common.ZoneInfoNotFoundError: 'No time zone found with key Europe/Berlin'"],
        NOTHING,
        "tzdata-missing proven",
    ),
    (
        "python app.py",
        1,
        &["ImportError: libGL.so.1: cannot open shared object file: No such file or directory"],
        |facts| facts.files.layers = crate::diagnosis::files::Layers::Read,
        "shared-library-missing proven",
    ),
    (
        "python app.py",
        1,
        &["RuntimeError: can't start new thread"],
        |facts| facts.host.pids = Some(40),
        "pids-limit proven",
    ),
    (
        "python app.py --fast",
        2,
        &["usage: app.py [-h]", "app.py: error: unrecognized arguments: --fast"],
        NOTHING,
        "runtime-option-unknown likely",
    ),
];

const NODE: [Row; 10] = [
    (
        "node /app/server.js",
        1,
        &[
            "Error: Cannot find module 'express'",
            "Require stack:",
            "- /app/server.js",
            "  code: 'MODULE_NOT_FOUND',",
        ],
        NOTHING,
        "node-module-missing proven",
    ),
    (
        "node /app/server.js",
        1,
        &["Error: Cannot find module 'express'", "Require stack:", "- /app/server.js"],
        |facts| {
            bind(facts, "/home/me/app", "/app", true);
            super::history(facts, "/app/node_modules/express", &[(3, true, "RUN npm ci")]);
        },
        "node-modules-hidden-by-mount proven",
    ),
    (
        "node server.js",
        1,
        &["Error: Cannot find module '/srv/server.js'"],
        |facts| facts.config.workdir = "/srv".to_owned(),
        "script-not-in-image proven",
    ),
    (
        "node --bad-flag app.js",
        9,
        &["node: bad option: --bad-flag"],
        NOTHING,
        "runtime-option-unknown likely",
    ),
    ("node app.mjs", 13, &[], NOTHING, "node-unsettled-top-level-await likely"),
    (
        "node app.js",
        1,
        &[
            "node:internal/process/promises:288",
            "[UnhandledPromiseRejection: This error originated either by throwing inside of an async function]",
        ],
        NOTHING,
        "node-unhandled-rejection likely",
    ),
    (
        "node app.js",
        139,
        &["FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"],
        |facts| facts.host.memory = Some(1 << 30),
        "node-heap-exhausted proven",
    ),
    (
        "node app.js",
        1,
        &["Error: connect ECONNREFUSED 127.0.0.1:5432"],
        |facts| facts.host.network_mode = "shop_default".to_owned(),
        "dependency-connection-refused proven",
    ),
    (
        "node app.js",
        1,
        &["Error: listen EADDRINUSE: address already in use :::3000"],
        NOTHING,
        "port-in-use-inside-container proven",
    ),
    (
        "node app.js",
        1,
        &["Error: listen EACCES: permission denied 0.0.0.0:80"],
        |facts| {
            facts.config.user = "node".to_owned();
            file(facts, "/etc/passwd", 0o644, b"node:x:1000:1000::/:/bin/sh\n");
            file(facts, "/etc/group", 0o644, b"node:x:1000:\n");
        },
        "privileged-port-non-root proven",
    ),
];

const JAVA: [Row; 8] = [
    (
        "java -jar /app/app.jar",
        1,
        &["Error: Unable to access jarfile /app/app.jar"],
        NOTHING,
        "java-jar-not-in-image proven",
    ),
    (
        "java -jar app.jar",
        1,
        &["no main manifest attribute, in app.jar"],
        NOTHING,
        "java-no-main-manifest likely",
    ),
    (
        "java -jar app.jar",
        1,
        &[
            "Exception in thread \"main\" java.lang.UnsupportedClassVersionError: com/shop/Main has been compiled by a more recent version of the Java Runtime (class file version 65.0), this version",
        ],
        NOTHING,
        "java-class-version likely",
    ),
    (
        "java -Xmx64m -jar app.jar",
        1,
        &["Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space"],
        NOTHING,
        "java-heap-exhausted proven",
    ),
    (
        "java -XX:+UseFoo -jar app.jar",
        1,
        &["Unrecognized VM option 'UseFoo'", "Error: Could not create the Java Virtual Machine."],
        NOTHING,
        "runtime-option-unknown likely",
    ),
    (
        "java -jar app.jar",
        1,
        &["APPLICATION FAILED TO START", "Caused by: java.net.UnknownHostException: db"],
        no_network,
        "dns-resolution-failed proven",
    ),
    (
        "java -jar app.jar",
        1,
        &[
            "Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user \"shop\"",
        ],
        NOTHING,
        "database-authentication-failed likely",
    ),
    (
        "java -jar app.jar",
        1,
        &["Error: Could not find or load main class com.shop.Main"],
        NOTHING,
        "java-main-class-missing likely",
    ),
];

const SERVERS: [Row; 17] = [
    (
        "/server",
        2,
        &[
            "panic: runtime error: index out of range [5] with length 3",
            "",
            "goroutine 1 [running]:",
            "main.main()",
            "\t/src/main.go:9 +0x1d",
        ],
        NOTHING,
        "go-panic proven",
    ),
    (
        "/server",
        101,
        &["thread 'main' panicked at src/main.rs:4:10:", "config: Os { code: 2 }"],
        NOTHING,
        "rust-panic proven",
    ),
    (
        "/server",
        1,
        &["2026/11/28 dial tcp: lookup db on 127.0.0.11:53: no such host"],
        no_network,
        "dns-resolution-failed proven",
    ),
    (
        "/server",
        1,
        &[
            "Get \"https://api.example.org\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
        ],
        NOTHING,
        "tls-ca-not-trusted proven",
    ),
    (
        "nginx -g daemon off;",
        1,
        &["2026/11/28 10:00:00 [emerg] 1#1: unknown directive \"sever\" in /etc/nginx/nginx.conf:3"],
        |facts| file(facts, "/etc/nginx/nginx.conf", 0o644, b"a;\nb;\nsever {}\n"),
        "nginx-config-error proven",
    ),
    (
        "nginx -g daemon off;",
        1,
        &["[emerg] 1#1: host not found in upstream \"api\" in /etc/nginx/conf.d/default.conf:4"],
        no_network,
        "nginx-upstream-host-not-found proven",
    ),
    (
        "redis-server /etc/redis.conf",
        1,
        &[
            "*** FATAL CONFIG FILE ERROR (Redis 7.0.4) ***",
            "Reading the configuration file, at line 2",
            ">>> 'maxmemory lots'",
        ],
        NOTHING,
        "redis-config-error likely",
    ),
    (
        "postgres",
        1,
        &["Error: Database is uninitialized and superuser password is not specified."],
        NOTHING,
        "postgres-password-not-set proven",
    ),
    (
        "postgres",
        1,
        &[
            "FATAL:  database files are incompatible with server",
            "DETAIL:  The data directory was initialized by PostgreSQL version 13, which is not compatible with this version 16.1.",
        ],
        |facts| {
            env(facts, "PGDATA", "/var/lib/postgresql/data");
            file(facts, "/var/lib/postgresql/data/PG_VERSION", 0o600, b"13\n");
        },
        "data-directory-version-mismatch proven",
    ),
    (
        "mysqld",
        1,
        &["[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified"],
        NOTHING,
        "mysql-password-not-set proven",
    ),
    (
        "postgres",
        1,
        &["\"root\" execution of the PostgreSQL server is not permitted."],
        NOTHING,
        "runs-as-root-refused proven",
    ),
    (
        "bundle exec puma",
        1,
        &[
            "bundler: failed to load command: puma",
            "Could not find gem 'pg (~> 1.1)' in locally installed gems.",
        ],
        NOTHING,
        "ruby-gem-missing likely",
    ),
    (
        "php-fpm",
        255,
        &[
            "PHP Fatal error:  Uncaught Error: Call to undefined function mysqli_connect() in /var/www/html/index.php:3",
        ],
        |facts| folder(facts, "/usr/local/etc/php/conf.d", 0o755),
        "php-extension-missing likely",
    ),
    (
        "rails server",
        1,
        &["A server is already running. Check /app/tmp/pids/server.pid."],
        |facts| facts.changes = Some(vec![("/app/tmp/pids/server.pid".to_owned(), Happened::Added)]),
        "stale-pid-file-in-writable-layer proven",
    ),
    (
        "sh -c apt-get install -y curl",
        100,
        &["E: Unable to locate package curl"],
        NOTHING,
        "apt-failed-at-run-time proven",
    ),
    (
        "/app/tool",
        1,
        &[
            "/app/tool: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /app/tool)",
        ],
        NOTHING,
        "glibc-too-old likely",
    ),
    (
        "/app/tool",
        127,
        &["/app/tool: CPU ISA level is lower than required"],
        NOTHING,
        "cpu-isa-level-too-low likely",
    ),
];

#[test]
fn lines_of_runtimes_are_understood() {
    for (command, code, lines, change, expected) in PYTHON.into_iter().chain(NODE).chain(JAVA).chain(SERVERS)
    {
        // As the engine has it: `-g daemon off;` is one word, and what stands behind `-c`.
        let argv: Vec<&str> = match command.split_once(" -c ").or_else(|| command.split_once(" -g ")) {
            Some((program, rest)) => vec![program, if command.contains(" -c ") { "-c" } else { "-g" }, rest],
            None => command.split(' ').collect(),
        };
        let mut facts = exited(code, &argv);
        log(&mut facts, lines);
        change(&mut facts);
        expect(&format!("{command}: {}", lines.join(" / ")), facts, expected);
    }
}

#[test]
fn a_service_that_was_down_at_that_time_is_the_cause() {
    let refused = |ended: Option<f64>| {
        let mut facts = exited(1, &["/server"]);
        log(&mut facts, &["dial tcp db:5432: connect: connection refused"]);
        attached(&mut facts, "shop");
        peer(&mut facts, "db", "shop", ended);
        facts
    };
    let down = expect("down", refused(Some(-1.0)), "dependency-connection-refused proven");
    assert!(down.top().unwrap().title.contains("db had ended with 1"), "{down:#?}");
    // That it is down now does not mean that it was down then.
    expect("later", refused(Some(30.0)), "dependency-connection-refused likely");
    expect("up", refused(None), "dependency-connection-refused likely");
}

#[test]
fn names_are_known_in_networks_of_both_alone() {
    let unknown = |network: &str| {
        let mut facts = exited(1, &["node", "app.js"]);
        log(&mut facts, &["Error: getaddrinfo ENOTFOUND db"]);
        attached(&mut facts, "shop");
        peer(&mut facts, "db", network, None);
        facts
    };
    expect("apart", unknown("other"), "dns-resolution-failed proven");
    expect("together", unknown("shop"), "dns-resolution-failed likely");
}

#[test]
fn paths_are_held_against_mounts_and_owners() {
    let denied = |path: &str| {
        let mut facts = exited(1, &["python", "app.py"]);
        facts.config.user = "1000".to_owned();
        log(&mut facts, &[&format!("PermissionError: [Errno 13] Permission denied: '{path}'")]);
        folder(&mut facts, "/data", 0o755);
        facts
    };
    expect("own", denied("/data/x"), "permission-denied-non-root proven");
    let mut mounted = denied("/data/x");
    bind(&mut mounted, "/srv/data", "/data", true);
    expect("mounted", mounted, "permission-denied-bind-mount proven");
    let mut full = exited(1, &["/server"]);
    full.host.tmpfs.push(("/cache".to_owned(), "size=1m".to_owned()));
    log(&mut full, &["write /cache/x: no space left on device: No space left on device"]);
    expect("full", full, "no-space-on-tmpfs proven");
    let mut disk = exited(1, &["/server"]);
    log(&mut disk, &["cp: error writing '/data/x': No space left on device"]);
    expect("disk", disk, "no-space-on-device likely");
    let mut readonly = exited(1, &["/server"]);
    bind(&mut readonly, "/srv", "/data", false);
    log(&mut readonly, &["touch: /data/x: Read-only file system"]);
    expect("read-only", readonly, "read-only-rootfs proven");
    let mut folder_there = exited(1, &["/server"]);
    bind(&mut folder_there, "/srv/app.toml", "/etc/app.toml", true);
    folder(&mut folder_there, "/etc", 0o755);
    folder(&mut folder_there, "/etc/app.toml", 0o755);
    log(&mut folder_there, &["read /etc/app.toml: is a directory"]);
    expect("directory", folder_there, "bind-source-was-missing-directory-created proven");
}

#[test]
fn old_complaints_do_not_explain_an_end() {
    let mut facts = exited(1, &["/server"]);
    facts.state.finished = Some(at(4000.0));
    facts.events.list[0].time = Some(at(4000.0));
    log(&mut facts, &["dial tcp 10.0.0.5:5432: connect: connection refused"]);
    let chatter: Vec<String> = (0..200).map(|count| format!("served {count}")).collect();
    log(&mut facts, &chatter.iter().map(String::as_str).collect::<Vec<_>>());
    let found = verdict(facts);
    assert_eq!(found.top().unwrap().grade, crate::diagnosis::Grade::Possible, "{found:#?}");
}
