//! What five engines answered about what goes on in containers, understood without any engine.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use hadal::container::log::{Framing, LogSplitter};
use hadal::container::stats::{Allowance, Sample, Usage};

/// The folder of each engine.
fn engines() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/recorded");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let engines: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    assert!(engines.len() >= 5, "{engines:?}");
    engines
}

fn lines(engine: &Path, file: &str, framing: Framing, stamps: bool) -> Vec<(bool, bool, String)> {
    let body = std::fs::read(engine.join(file)).unwrap();
    let mut splitter = LogSplitter::new(framing, stamps);
    let mut lines = Vec::new();
    let mut out = |line: hadal::container::log::LogLine<'_>| {
        lines.push((line.time.is_some(), line.stderr, String::from_utf8_lossy(line.text).into_owned()));
    };
    splitter.feed(&body, &mut out);
    splitter.finish(&mut out);
    assert!(!splitter.damaged());
    lines
}

#[test]
fn logs_are_lines_of_two_streams() {
    for engine in engines() {
        let failed = lines(&engine, "logs-exited-1.bin", Framing::Frames, true);
        let fatal = (true, true, "fatal: no configuration".to_owned());
        assert!(
            failed.iter().any(|line| line.2.starts_with(&fatal.2) && (line.0, line.1) == (true, true)),
            "{failed:?}"
        );
        assert!(failed.contains(&(true, false, "starting".to_owned())), "{engine:?} {failed:?}");

        let ticker = lines(&engine, "logs-ticker.bin", Framing::Frames, false);
        assert!(ticker.len() > 4);
        for (stamped, stderr, text) in ticker {
            assert_eq!((stamped, text.as_str()), (false, if stderr { "tock" } else { "tick" }), "{engine:?}");
        }

        let tty = lines(&engine, "logs-tty.bin", Framing::Raw, false);
        assert!(tty[0].2.ends_with("\rprogress 98%"), "{engine:?} {:?}", tty[0]);
        assert_eq!(tty[1].2, "\u{1b}[32mdone\u{1b}[0m", "{engine:?}");
    }
}

#[test]
fn use_is_told_by_every_engine() {
    for engine in engines() {
        let parse = |file: &str| {
            let body = std::fs::read(engine.join(file)).unwrap();
            Sample::parse(&body).unwrap_or_else(|error| panic!("{engine:?} {file}: {error}"))
        };
        let (now, before) = parse("stats.json");
        assert!(now.is_alive());
        let usage = Usage::between(before.as_ref(), &now, &Allowance::new(100_000_000, 0, 0, 64 << 20));
        assert_eq!((usage.cores_allowed, usage.memory_limit), (Some(0.1), Some(64 << 20)), "{engine:?}");
        assert!((50_000..4_000_000).contains(&usage.memory.unwrap()), "{engine:?} {usage:?}");
        assert_eq!((usage.processes, usage.read_total), (Some(1), Some(0)), "{engine:?}");
        // Podman does not tell what was before.
        assert_eq!(usage.cores.is_some(), !engine.to_str().unwrap().contains("podman"), "{engine:?}");
        assert!(usage.cores.is_none_or(|cores| (0.08..0.12).contains(&cores)), "{engine:?} {usage:?}");
        assert!(parse("stats-paused.json").0.is_alive(), "{engine:?}");

        let ended = std::fs::read(engine.join("stats-exited.json")).unwrap();
        assert!(
            Sample::parse(&ended).is_ok_and(|(now, _)| !now.is_alive()) || ended.is_empty(),
            "{engine:?}"
        );
    }
}
