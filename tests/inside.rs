//! What goes on inside containers, on a real Docker and a real Podman: logs over restarts, terminals, processes,
//! changes and use.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

mod common {
    pub mod engine;
}

use std::future::Future;
use std::time::Duration;

use common::engine::{Engine as Lab, Kind, fresh, shared_docker, shared_podman};
use futures_util::StreamExt as _;
use hadal::container::log::{LogStore, LogWish};
use hadal::container::stats::Usage;
use hadal::engine::{Endpoint, Engine, EngineError, LogFeed, LogNews, Session};
use hadal::image::tree::Change;
use hadal::image::writable::{self, WRITABLE};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

const IMAGE: &str = "hadal-test-inside:1";
const PATIENCE: Duration = Duration::from_secs(60);

/// An engine, seen from both sides.
#[derive(Clone)]
struct Both {
    lab: &'static Lab,
    engine: Engine,
}

impl Both {
    /// Runs a container with this shell script; what it is called.
    fn run(&self, options: &[&str], script: &str) -> String {
        let name = fresh("inside");
        let mut args = vec!["run", "-d", "--name", &name, "--network", "none", "--stop-signal", "KILL"];
        args.extend_from_slice(options);
        args.extend_from_slice(&[IMAGE, "sh", "-c", script]);
        self.lab.run(&args);
        name
    }

    fn remove(&self, name: &str) {
        self.lab.attempt(&["rm", "-f", name]);
    }

    /// Waits until it has ended.
    fn wait(&self, name: &str) {
        self.lab.run(&["wait", name]);
    }
}

/// Runs a test on each engine that is there.
fn on_each<F: Future<Output = ()>>(test: impl Fn(Both) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build().unwrap();
    for lab in [shared_docker(), shared_podman()].into_iter().flatten() {
        lab.load_busybox(IMAGE);
        runtime.block_on(async {
            let engine =
                Engine::connect(&Endpoint::parse(&lab.url(), None).unwrap(), "a test").await.unwrap();
            timeout(PATIENCE * 2, test(Both { lab, engine }))
                .await
                .unwrap_or_else(|_| panic!("{:?}: too slow", lab.kind));
        });
    }
}

fn texts(store: &LogStore) -> Vec<String> {
    store.lines(store.range()).map(|(_, line)| String::from_utf8_lossy(line.text).into_owned()).collect()
}

const ALL: LogWish = LogWish { tail: None, since: None, until: None, follow: false, timestamps: true };

#[test]
fn the_whole_log_of_a_dead_container_is_read() {
    on_each(|both| async move {
        let script = "i=0; while [ $i -lt 500 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done; \
                      head -c 100000 /dev/zero | tr '\\0' L; echo; printf 'no end'; exit 3";
        let name = both.run(&[], script);
        both.wait(&name);
        let (log, whole) = both.engine.log_page(&name, &ALL, None, None).await.unwrap();
        assert!(whole);
        let of = |stderr: bool| -> Vec<String> {
            let lines = log.lines(log.range()).filter(|(_, line)| line.stderr == stderr);
            lines.map(|(_, line)| String::from_utf8(line.text.to_vec()).unwrap()).collect()
        };
        let mut expected: Vec<String> = (0..500).map(|at| format!("out {at}")).collect();
        expected.push("L".repeat(64 << 10));
        expected.push("no end".to_owned());
        assert_eq!(of(false), expected);
        assert_eq!(of(true), (0..500).map(|at| format!("err {at}")).collect::<Vec<_>>());
        assert!(log.lines(log.range()).all(|(_, line)| line.time.is_some()));
        let cut = log.lines(log.range()).find(|(_, line)| line.cut() > 0).unwrap().1;
        assert_eq!(cut.length, 100_000);
        both.remove(&name);
    });
}

/// The lines are those that were written, from the first on.
fn counts_up(log: &LogStore, lines: usize, kind: Kind) {
    let found = texts(log);
    let wrong = (0..lines.max(found.len())).find(|at| found.get(*at) != Some(&format!("line {at}")));
    if let Some(at) = wrong {
        panic!(
            "{kind:?}: line {at} of {}: {:?}",
            found.len(),
            &found[at.saturating_sub(2)..(at + 3).min(found.len())]
        );
    }
    assert_eq!(found.len(), lines);
}

#[test]
fn going_back_through_a_log_shows_every_line_once() {
    on_each(|both| async move {
        // Now and then a pause: where a container writes faster than Podman's monitor reads, that monitor cuts lines
        // where its buffer ends, and records them in parts.
        let script = "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); [ $i = 2000 ] && sleep 2; \
                      [ $((i%100)) = 0 ] && sleep 0.1; done; sleep 1000";
        let name = both.run(&[], script);
        let tail = LogWish { tail: Some(200), ..ALL };
        let mut log = LogStore::default();
        while texts(&log).last().is_none_or(|line| line != "line 2999") {
            tokio::time::sleep(Duration::from_millis(200)).await;
            log = both.engine.log_page(&name, &tail, None, None).await.unwrap().0;
        }
        assert!(log.len() >= 200);
        for _ in 0..20 {
            let wish = log.older_wish(400).unwrap();
            let (page, _) = both.engine.log_page(&name, &wish, None, None).await.unwrap();
            if log.join_older(page) == 0 {
                break;
            }
        }
        counts_up(&log, 3000, both.lab.kind);
        // And forward from the beginning, in parts.
        let (mut log, whole) = both.engine.log_page(&name, &ALL, None, Some(100)).await.unwrap();
        assert_eq!((log.len(), whole), (100, false));
        let (page, whole) =
            both.engine.log_page(&name, &log.newer_wish(), log.newest(), Some(1000)).await.unwrap();
        log.join_newer(&page, whole);
        counts_up(&log, 1100, both.lab.kind);
        both.remove(&name);
    });
}

/// All that a feed tells until the container has ended: lines, and whether a start was told.
async fn run_of(feed: &mut LogFeed) -> (Vec<String>, bool, Option<i64>) {
    let (mut all, mut started) = (Vec::new(), false);
    loop {
        match feed.next().await.expect("it was not removed").unwrap() {
            LogNews::Started(_) => started = true,
            LogNews::Lines { lines, .. } => all.extend(texts(&lines)),
            LogNews::Ended(run) => return (all, started, run.and_then(|run| run.exit_code)),
        }
    }
}

#[test]
fn following_goes_on_over_restarts_and_ends_with_the_container() {
    on_each(|both| async move {
        let name = both.run(&[], "echo begin; sleep 1; echo end; exit 3");
        let mut feed = both.engine.follow_log(&name, Some(100), None);
        let expected = (vec!["begin".to_owned(), "end".to_owned()], true, Some(3));
        assert_eq!(run_of(&mut feed).await, expected, "{:?}", both.lab.kind);
        for _ in 0..2 {
            both.lab.run(&["start", &name]);
            assert_eq!(run_of(&mut feed).await, expected, "{:?}", both.lab.kind);
        }
        let waiting = tokio::spawn(async move { feed.next().await.is_none() });
        tokio::time::sleep(Duration::from_millis(300)).await;
        both.remove(&name);
        assert!(waiting.await.unwrap());
        let error = both.engine.follow_log(&name, None, None).next().await.unwrap().unwrap_err();
        assert!(error.is_missing(), "{error}");
    });
}

#[test]
fn a_container_that_never_ran_has_a_log_once_it_starts() {
    on_each(|both| async move {
        let name = fresh("inside");
        both.lab.run(&["create", "--name", &name, "--network", "none", IMAGE, "echo", "hello"]);
        let mut feed = both.engine.follow_log(&name, None, None);
        assert_eq!(run_of(&mut feed).await, (vec![], false, None));
        both.lab.run(&["start", &name]);
        assert_eq!(run_of(&mut feed).await, (vec!["hello".to_owned()], true, Some(0)));
        both.remove(&name);
    });
}

#[test]
fn terminals_write_lines_too() {
    on_each(|both| async move {
        let script = "for i in 1 2 3; do printf '\\r%s0%%' $i; sleep 0.2; done; echo; \
                      printf '\\001\\000 odd\\n'; head -c 20000 /dev/zero | tr '\\0' L; echo; printf 'prompt> '";
        let name = both.run(&["-t"], script);
        both.wait(&name);
        let (log, _) = both.engine.log_page(&name, &ALL, None, None).await.unwrap();
        let lines = texts(&log);
        assert_eq!(
            lines,
            ["\r10%\r20%\r30%", "\u{1}\0 odd", &"L".repeat(20_000), "prompt> "],
            "{:?}",
            both.lab.kind
        );
        both.remove(&name);
    });
}

#[test]
fn an_engine_that_keeps_no_log_says_so() {
    on_each(|both| async move {
        let name = both.run(&["--log-driver", "none"], "echo x; sleep 1000");
        let error = both.engine.log_page(&name, &ALL, None, None).await.unwrap_err().to_string();
        assert!(error.contains("driver") && !error.contains('\n'), "{error}");
        both.remove(&name);
    });
}

#[test]
fn processes_are_listed_and_a_stopped_container_has_none() {
    on_each(|both| async move {
        let name = both.run(&[], "sleep 12345");
        let top = both.engine.top(&name).await.unwrap();
        assert!(top.processes.iter().any(|cells| cells.last().unwrap().contains("sleep 12345")), "{top:?}");
        assert!(top.processes.iter().all(|cells| cells.len() == top.titles.len()), "{top:?}");
        assert!(top.titles.iter().any(|title| title == "PID"), "{top:?}");
        both.lab.run(&["kill", &name]);
        both.wait(&name);
        let error = both.engine.top(&name).await.unwrap_err().to_string();
        assert!(error.contains("running"), "{error}");
        both.remove(&name);
    });
}

#[test]
fn changes_become_a_tree() {
    on_each(|both| async move {
        let script = "head -c 5000 /dev/zero > /written; mkdir /new; ln -s /written /new/link; \
                      mv /bin/busybox /bin/busybox2; cp /bin/busybox2 /bin/busybox; rm /bin/busybox2; touch /bin/sh2; \
                      rm /bin/yes; chmod 4711 /written";
        let name = both.run(&[], script);
        both.wait(&name);
        let found = both.engine.writable(&name).await.unwrap();
        assert!(found.bytes.is_some_and(|bytes| bytes >= 5000), "{:?}", found.bytes);
        let mut changes = found.changes;
        let paths = changes.iter().enumerate().map(|(at, change)| (at, change.path.clone())).collect();
        let stats: Vec<_> = both.engine.stat_changes(&name, paths).collect().await;
        assert_eq!(stats.len(), changes.len());
        for (at, stat) in stats {
            changes[at].stat = stat;
        }
        let tree = writable::tree(&changes);
        for (path, expected) in [
            ("written", Change::Added),
            ("new/link", Change::Added),
            ("bin/yes", Change::Removed),
            ("bin", Change::Unmodified),
        ] {
            let node = tree.find(path.as_bytes()).unwrap_or_else(|| panic!("{:?} {path}", both.lab.kind));
            assert_eq!(
                tree.change(node, WRITABLE, WRITABLE).unwrap().0,
                expected,
                "{:?} {path}",
                both.lab.kind
            );
        }
        let written = tree.in_final(tree.find(b"written").unwrap()).unwrap();
        assert_eq!((written.bytes(), written.attributes().mode), (5000, 0o4711));
        let link = tree.in_final(tree.find(b"new/link").unwrap()).unwrap();
        assert_eq!(link.link_target(), Some(&b"/written"[..]));
        both.remove(&name);
    });
}

/// Reads until `text` is there.
async fn await_text(session: &mut Session, seen: &mut String, text: &str) {
    while !seen.contains(text) {
        let piece = timeout(PATIENCE, session.output.next()).await;
        let piece = piece.unwrap_or_else(|_| panic!("no {text:?} in {seen:?}"));
        let piece = piece.unwrap_or_else(|| panic!("the end before {text:?} in {seen:?}")).unwrap();
        seen.push_str(&String::from_utf8_lossy(&piece));
    }
}

async fn type_in(session: &mut Session, text: &str) {
    session.input.write_all(text.as_bytes()).await.unwrap();
    session.input.flush().await.unwrap();
}

#[test]
fn a_shell_is_found_and_is_a_terminal() {
    on_each(|both| async move {
        let name = both.run(&[], "sleep 1000");
        let shell = both.engine.find_shell(&name).await.unwrap();
        assert_eq!(shell, ["/bin/sh"]);
        let mut session = both.engine.exec(&name, &shell, None).await.unwrap();
        let control = session.control();
        control.resize(101, 33).await.unwrap();
        let mut seen = String::new();
        // Output that begins with what could be a header, in a piece of its own.
        type_in(&mut session, "sleep 0.3; printf '\\001\\002odd'; sleep 0.3; echo; stty size; tty\n").await;
        await_text(&mut session, &mut seen, "\u{1}\u{2}odd").await;
        await_text(&mut session, &mut seen, "33 101").await;
        await_text(&mut session, &mut seen, "/dev/pts/").await;
        assert_eq!(control.exit_code().await.unwrap(), None, "it runs");
        type_in(&mut session, "exit 7\n").await;
        while session.output.next().await.is_some() {}
        assert_eq!(control.exit_code().await.unwrap(), Some(7));
        both.remove(&name);
    });
}

#[test]
fn an_image_without_a_shell_is_told_from_others() {
    on_each(|both| async move {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.tar");
        let mut tar = tar::Builder::new(std::fs::File::create(&path).unwrap());
        let mut header = tar::Header::new_gnu();
        header.set_size(4);
        header.set_mode(0o755);
        header.set_cksum();
        tar.append_data(&mut header, "app", &b"\x7fELF"[..]).unwrap();
        tar.finish().unwrap();
        both.lab.run(&["import", path.to_str().unwrap(), "hadal-test-bare:1"]);
        let name = fresh("inside");
        both.lab.run(&["create", "--name", &name, "--network", "none", "hadal-test-bare:1", "/app"]);
        assert_eq!(both.engine.find_shell(&name).await, Err(EngineError::NoShell), "{:?}", both.lab.kind);
        both.remove(&name);
    });
}

#[test]
fn attaching_reads_and_writes_the_main_process() {
    on_each(|both| async move {
        for terminal in [false, true] {
            let options: &[&str] = if terminal { &["-i", "-t"] } else { &["-i"] };
            let name = both.run(options, "read x; echo got $x; echo err >&2; sleep 1; exit 3");
            let mut session = both.engine.attach(&name).await.unwrap();
            let control = session.control();
            assert_eq!(control.has_terminal(), terminal);
            let mut seen = String::new();
            type_in(&mut session, "hello\n").await;
            let end = if terminal { "\r\n" } else { "\n" };
            await_text(&mut session, &mut seen, &format!("got hello{end}")).await;
            await_text(&mut session, &mut seen, &format!("err{end}")).await;
            while session.output.next().await.is_some() {}
            assert_eq!(control.exit_code().await.unwrap(), Some(3), "{:?}", both.lab.kind);
            both.remove(&name);
        }
    });
}

#[test]
fn use_is_what_it_is_known_to_be() {
    on_each(|both| async move {
        // 30 MB that cannot be given back, 40 MB of file cache that can.
        let script = "head -c 30000000 /dev/zero > /scratch/x; head -c 40000000 /dev/zero > /file; sync; \
                      echo ready; while :; do :; done";
        let options = ["--cpus", "0.2", "--memory", "300m", "--tmpfs", "/scratch:size=50m"];
        let name = both.run(&options, script);
        let mut feed = both.engine.follow_log(&name, None, None);
        loop {
            match feed.next().await.unwrap().unwrap() {
                LogNews::Lines { lines, .. } if texts(&lines).contains(&"ready".to_owned()) => break,
                LogNews::Ended(run) => panic!("{run:?}"),
                _ => {}
            }
        }
        let mut stats = both.engine.stats(&name).await.unwrap();
        let mut usage = Usage::default();
        for _ in 0..3 {
            usage = stats.next().await.unwrap().unwrap();
        }
        let cores = usage.cores.unwrap();
        assert!((0.05..0.3).contains(&cores), "{:?} {usage:?}", both.lab.kind);
        assert_eq!(usage.cores_allowed, Some(0.2));
        assert_eq!(usage.memory_limit, Some(300 << 20));
        let memory = usage.memory.unwrap();
        // Podman does not tell caches apart.
        let most = if both.lab.kind == Kind::Docker { 45_000_000 } else { 90_000_000 };
        assert!((30_000_000..most).contains(&memory), "{:?} {usage:?}", both.lab.kind);
        both.lab.run(&["kill", &name]);
        let rest = timeout(PATIENCE, stats.collect::<Vec<_>>()).await.expect("it ends with the container");
        assert!(rest.iter().all(Result::is_ok), "{:?} {rest:?}", both.lab.kind);
        both.remove(&name);
    });
}
