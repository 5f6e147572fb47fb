//! What containers write: a part of it, or all that comes from now on.
//!
//! Asked for over our own wire: taking the bytes apart is [`container::log`](crate::container::log)'s task.

use bytes::Bytes;
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use jiff::Timestamp;
use tokio::time::{Duration, sleep};

use super::wire::escape;
use super::{Engine, EngineError};
use crate::container::Container;
use crate::container::log::{Framing, LogSplitter, LogStore, LogWish, Run};
use crate::world::Kind;

/// Bytes of a batch of lines, as long as more are at hand.
const BATCH: usize = 256 << 10;
/// Until asking again for a log that ended although its container runs on.
const AGAIN: Duration = Duration::from_secs(1);

type Pieces = Box<dyn Stream<Item = Result<Bytes, EngineError>> + Send + Unpin>;

/// What a followed log tells.
#[derive(Debug)]
pub enum LogNews {
    /// The container was started; lines of this run follow. Comes first of all when the container ever ran.
    Started(Run),
    Lines {
        lines: LogStore,
        /// What stands of lines that have no end yet. Replaces what was said of them before.
        open: LogStore,
    },
    /// The container stopped, or never ran. More comes once it is started.
    Ended(Option<Run>),
}

/// A log that is followed over restarts of its container. See [`Engine::follow_log`].
pub struct LogFeed {
    engine: Engine,
    id: String,
    tail: Option<u64>,
    /// Time of the newest line, and how many lines have it.
    newest: Option<(Timestamp, usize)>,
    started: Option<Timestamp>,
    state: State,
    /// What happened behind the newest lines.
    broken: Option<EngineError>,
}

enum State {
    Ask,
    Read { pieces: Pieces, splitter: Box<LogSplitter> },
    Ended,
    Wait,
    Gone,
}

fn splitter(container: &Container, stamps: bool) -> LogSplitter {
    LogSplitter::new(if container.tty { Framing::Raw } else { Framing::Frames }, stamps)
}

/// Seconds since 1970 with nanoseconds: the one form that all engines understand.
fn seconds(time: Timestamp) -> String {
    let time = time.max(Timestamp::UNIX_EPOCH);
    format!("{}.{:09}", time.as_second(), time.subsec_nanosecond())
}

fn query(wish: &LogWish) -> String {
    let mut query = vec!["stdout=1".to_owned(), "stderr=1".to_owned()];
    query.extend(wish.tail.map(|tail| format!("tail={tail}")));
    query.extend(wish.since.map(|since| format!("since={}", seconds(since))));
    query.extend(wish.until.map(|until| format!("until={}", seconds(until))));
    query.extend(wish.follow.then(|| "follow=1".to_owned()));
    query.extend(wish.timestamps.then(|| "timestamps=1".to_owned()));
    query.join("&")
}

/// Whether a Podman of this version reads the end of a log wrongly.
fn mangles(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) < (Some(4), Some(7))
}

impl Engine {
    /// A log as the engine sends it, for a [`LogSplitter`]. Of a container that ended, too. An engine whose log
    /// driver cannot read says so in its own words.
    pub async fn logs(
        &self,
        id: &str,
        wish: &LogWish,
    ) -> Result<impl Stream<Item = Result<Bytes, EngineError>> + Send + Unpin + use<>, EngineError> {
        self.wire.stream(&format!("/containers/{}/logs?{}", escape(id), query(wish))).await
    }

    /// A part of a log, for [`LogStore::join_older`] and [`LogStore::join_newer`]. `newest` is what is known already.
    /// Of a wish that ends somewhere the newest lines, as many as a store keeps; else the first `most` lines. Says
    /// whether it read to the end.
    pub async fn log_page(
        &self,
        id: &str,
        wish: &LogWish,
        newest: Option<(Timestamp, usize)>,
        most: Option<usize>,
    ) -> Result<(LogStore, bool), EngineError> {
        let most = most.filter(|_| wish.until.is_none());
        let mut splitter = splitter(&self.container(id).await?, wish.timestamps).resuming(newest);
        let wish = &self.without_mangling(id, *wish).await;
        let mut pieces = self.logs(id, wish).await?;
        let mut page = LogStore::default();
        let mut full = false;
        while let Some(piece) = pieces.next().await {
            splitter.feed(&piece?, &mut |line| {
                full |= most.is_some_and(|most| page.len() >= most);
                if !full {
                    page.push(&line);
                }
            });
            if full {
                return Ok((page, false));
            }
        }
        splitter.finish(&mut |line| page.push(&line));
        Ok((page, true))
    }

    /// Follows a log from its last `tail` records on, or from what is known already, over any number of restarts.
    pub fn follow_log(&self, id: &str, tail: Option<u64>, newest: Option<(Timestamp, usize)>) -> LogFeed {
        LogFeed {
            engine: self.clone(),
            id: id.to_owned(),
            tail,
            newest,
            started: None,
            state: State::Ask,
            broken: None,
        }
    }

    /// Podman before 4.7 puts parts of lines where they do not belong when it reads a file from its end
    /// (containers/podman pull request 19562): it is asked for everything, and stores keep the newest.
    pub async fn without_mangling(&self, id: &str, wish: LogWish) -> LogWish {
        if wish.tail.is_none_or(|tail| tail == 0)
            || self.about.kind != Kind::Podman
            || !mangles(&self.about.version)
        {
            return wish;
        }
        let inspected = self.inspect_container(id).await.unwrap_or_default();
        let driver = &inspected["HostConfig"]["LogConfig"]["Type"];
        LogWish { tail: wish.tail.filter(|_| driver == "journald"), ..wish }
    }

    /// Waits until a container that has ended is started again. `false` when it is removed.
    async fn started_after(&self, container: &Container) -> Result<bool, EngineError> {
        let finished = Run::of(container).and_then(|run| run.finished);
        // The engine remembers what happened meanwhile, by its own clock.
        let mut events = self.events(Some(finished.unwrap_or(Timestamp::UNIX_EPOCH))).await?;
        while let Some(event) = events.next().await {
            let event = event?;
            if event.kind != "container" || event.id != container.id {
                continue;
            }
            match event.action.as_str() {
                "destroy" | "remove" => return Ok(false),
                // Events of the run that has ended may be told once more; its start too.
                _ if self.container(&container.id).await?.started_at != container.started_at => {
                    return Ok(true);
                }
                _ => {}
            }
        }
        Err(EngineError::broken("wait for the container", "the engine's events ended"))
    }
}

impl LogFeed {
    /// What comes next; waits for it. After an error, asking again goes on where it stopped. `None` when the
    /// container is removed. May be dropped while it waits: nothing is lost.
    pub async fn next(&mut self) -> Option<Result<LogNews, EngineError>> {
        match self.step().await {
            Ok(news) => news.map(Ok),
            Err(error) if error.is_missing() => {
                self.state = State::Gone;
                // That there never was such a container is worth saying.
                (self.started.is_none() && self.newest.is_none()).then_some(Err(error))
            }
            Err(error) => {
                if matches!(self.state, State::Read { .. }) {
                    self.state = State::Ask;
                }
                Some(Err(error))
            }
        }
    }

    async fn step(&mut self) -> Result<Option<LogNews>, EngineError> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        loop {
            match &mut self.state {
                State::Ask => {
                    if let Some(run) = self.ask().await? {
                        return Ok(Some(LogNews::Started(run)));
                    }
                }
                State::Read { pieces, .. } => {
                    let piece = pieces.next().await.transpose()?;
                    return Ok(Some(self.batch(piece)));
                }
                State::Ended => {
                    let now = self.engine.container(&self.id).await?;
                    if self.is_other(&now) {
                        self.state = State::Ask;
                        return Ok(Some(LogNews::Ended(None)));
                    }
                    if !now.state.is_alive() {
                        self.state = State::Wait;
                        return Ok(Some(LogNews::Ended(Run::of(&now))));
                    }
                    // The answer is over, the container is not.
                    sleep(AGAIN).await;
                    self.state = State::Ask;
                }
                State::Wait => {
                    let now = self.engine.container(&self.id).await?;
                    let again = self.is_other(&now) || self.engine.started_after(&now).await?;
                    self.state = if again { State::Ask } else { State::Gone };
                }
                State::Gone => return Ok(None),
            }
        }
    }

    /// Whether it was started again since the log was opened.
    fn is_other(&self, now: &Container) -> bool {
        Run::of(now).map(|run| run.started) != self.started
    }

    /// Opens the log; the run, when it is another than before.
    async fn ask(&mut self) -> Result<Option<Run>, EngineError> {
        let now = self.engine.container(&self.id).await?;
        let wish = LogWish {
            tail: if self.newest.is_none() { self.tail } else { None },
            since: self.newest.map(|(time, _)| time),
            until: None,
            follow: true,
            timestamps: true,
        };
        let wish = self.engine.without_mangling(&self.id, wish).await;
        let pieces = Box::new(self.engine.logs(&self.id, &wish).await?);
        let splitter = Box::new(splitter(&now, true).resuming(self.newest));
        self.state = State::Read { pieces, splitter };
        let run = Run::of(&now).filter(|run| self.started != Some(run.started));
        self.started = run.map(|run| run.started).or(self.started);
        Ok(run)
    }

    /// This piece and all that are at hand with it.
    fn batch(&mut self, first: Option<Bytes>) -> LogNews {
        let (mut lines, mut open) = (LogStore::default(), LogStore::default());
        let State::Read { pieces, splitter } = &mut self.state else { return LogNews::Lines { lines, open } };
        let newest = &mut self.newest;
        let mut out = |line: crate::container::log::LogLine<'_>| {
            lines.push(&line);
            let Some(time) = line.time else { return };
            match newest {
                Some((newest, count)) if *newest == time => *count += 1,
                Some((newest, _)) if *newest > time => {}
                _ => *newest = Some((time, 1)),
            }
        };
        let (mut next, mut taken, mut over) = (first, 0, false);
        loop {
            let Some(piece) = next.take() else {
                over = true;
                break;
            };
            taken += piece.len();
            splitter.feed(&piece, &mut out);
            if taken >= BATCH {
                break;
            }
            match pieces.next().now_or_never() {
                Some(Some(Ok(piece))) => next = Some(piece),
                Some(Some(Err(error))) => {
                    // Lines without an end come again, whole.
                    self.broken = Some(error);
                    break;
                }
                Some(None) => next = None,
                None => break,
            }
        }
        if self.broken.is_some() {
            self.state = State::Ask;
        } else if over {
            splitter.finish(&mut out);
            self.state = State::Ended;
        } else {
            splitter.pending().for_each(|line| open.push(&line));
        }
        LogNews::Lines { lines, open }
    }
}

impl std::fmt::Debug for LogFeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogFeed").field("id", &self.id).field("newest", &self.newest).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_podmans_are_asked_for_everything() {
        for (version, expected) in [
            ("4.3.1", true),
            ("4.6.2", true),
            ("3.4.4", true),
            ("4.7.0", false),
            ("5.4.2", false),
            ("4.10.0-dev", false),
        ] {
            assert_eq!(mangles(version), expected, "{version}");
        }
    }

    #[test]
    fn wishes_are_told_in_a_form_that_all_engines_understand() {
        let time = |text: &str| text.parse::<Timestamp>().ok();
        let wish = LogWish {
            tail: Some(5),
            since: time("1969-01-01T00:00:00Z"),
            until: time("2026-11-21T10:35:28.15712055Z"),
            follow: true,
            timestamps: true,
        };
        let expected =
            "stdout=1&stderr=1&tail=5&since=0.000000000&until=1795257328.157120550&follow=1&timestamps=1";
        assert_eq!(query(&wish), expected);
        assert_eq!(query(&LogWish::default()), "stdout=1&stderr=1");
    }
}
