//! The log of the run that is diagnosed: its first lines and its last ones, however long it is and whatever is in it.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};

use crate::container::log::{Framing, LogLine, LogSplitter, LogWish};
use crate::diagnosis::facts::{Facts, Line, LogFacts};
use crate::diagnosis::plain;
use crate::engine::{Engine, EngineError};

/// Bytes of text that are kept of the end, and of the beginning.
const TAIL: usize = 256 << 10;
const HEAD: usize = 16 << 10;
/// Records that the engine is asked for, and bytes after which it is not listened to any more.
const RECORDS: u64 = 4000;
const MOST: usize = 96 << 20;
/// How long an engine may take.
const WITHIN: Duration = Duration::from_secs(10);
/// Lines of earlier runs that are kept.
const EARLIER: usize = 200;
/// A process can write before its engine notes that it started it; a restart takes longer than this.
const BEFORE: SignedDuration = SignedDuration::from_millis(250);

/// Reads it; an error says why there is nothing to read.
pub(super) async fn read(engine: &Engine, facts: &Facts) -> Result<LogFacts, String> {
    let driver = facts.host.log_driver.as_str();
    if driver == "none" {
        return Err("the log driver none keeps nothing".to_owned());
    }
    let began = began(facts);
    let never = facts.state.started.is_none();
    let wish = LogWish { tail: Some(RECORDS), timestamps: true, ..LogWish::default() };
    let wish = engine.without_mangling(&facts.id, wish).await;
    let (mut lines, cut) = ask(engine, facts, &wish, TAIL, false)
        .await
        .map_err(|error| format!("the log cannot be read (driver {driver}): {error}"))?;
    // Nothing of a start that was refused is in the log.
    let refused = !facts.state.error.is_empty() && !facts.state.status.is_alive();
    let this_run =
        |line: &Line| !never && !refused && line.time.zip(began).is_none_or(|(time, began)| time >= began);
    let own = lines.iter().position(this_run).unwrap_or(lines.len());
    let mut log = LogFacts { lines: lines.split_off(own).into(), ..LogFacts::default() };
    let whole = own > 0 || !cut && (lines.len() as u64) < RECORDS && (log.lines.len() as u64) < RECORDS;
    let skip = lines.len().saturating_sub(EARLIER);
    log.earlier = lines.into_iter().skip(skip).collect();
    if !whole && !never && !refused {
        // More of this run than the end was read: its beginning says most of what went wrong first.
        let wish = LogWish { since: began, timestamps: true, ..LogWish::default() };
        if let Ok((head, _)) = ask(engine, facts, &wish, HEAD, true).await {
            let first = log.lines.first().and_then(|line| line.time);
            let mut head: Vec<Line> = head
                .into_iter()
                .filter(|line| line.time.zip(first).is_some_and(|(own, first)| own < first))
                .collect();
            log.gap = !head.is_empty();
            head.append(&mut log.lines);
            log.lines = head;
        }
    }
    Ok(log)
}

/// From when on lines are of the last run.
fn began(facts: &Facts) -> Option<Timestamp> {
    let started = facts.state.started?;
    let early = started.checked_sub(BEFORE).unwrap_or(started);
    // Podman tells whole seconds.
    let early = if facts.engine.podman {
        Timestamp::from_second(started.as_second()).unwrap_or(early)
    } else {
        early
    };
    let ended = facts.runs.iter().filter_map(|run| run.finished).filter(|ended| *ended <= started).max();
    Some(ended.map_or(early, |ended| if ended > early { ended } else { early }))
}

/// Reads lines up to so many bytes: the last of them, or the first. Says whether there were more.
async fn ask(
    engine: &Engine,
    facts: &Facts,
    wish: &LogWish,
    most: usize,
    first: bool,
) -> Result<(VecDeque<Line>, bool), EngineError> {
    let framing = if facts.config.tty { Framing::Raw } else { Framing::Frames };
    let mut splitter = LogSplitter::new(framing, true);
    let mut kept: VecDeque<Line> = VecDeque::new();
    let (mut bytes, mut cut) = (0, false);
    let mut take = |line: LogLine<'_>| {
        if first && bytes >= most {
            cut = true;
            return;
        }
        let line = Line { time: line.time, stderr: line.stderr, text: plain(line.text) };
        bytes += line.text.len() + 16;
        kept.push_back(line);
        while !first && bytes > most {
            let Some(gone) = kept.pop_front() else { break };
            bytes -= gone.text.len() + 16;
            cut = true;
        }
    };
    let gather = async {
        let mut pieces = engine.logs(&facts.id, wish).await?;
        let mut passed = 0;
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            passed += piece.len();
            splitter.feed(&piece, &mut take);
            if passed > MOST || (first && passed > most * 4) {
                break;
            }
        }
        splitter.finish(&mut take);
        Ok::<(), EngineError>(())
    };
    match tokio::time::timeout(WITHIN, gather).await {
        Ok(done) => done?,
        // What came until then is worth having.
        Err(_) => cut = true,
    }
    Ok((kept, cut))
}
