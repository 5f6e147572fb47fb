//! The log of one container: what is kept of it, what is still to be read, when the container ran.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::container::Container;
use crate::container::log::{LogStore, Run, Runs};
use crate::tui::msg::{Feed, Watch};
use crate::world::{Connection, World};

/// Lines that are read first: the newest ones.
const FIRST: u64 = 5_000;
/// Older lines that are read at once.
const MORE: u64 = 5_000;
/// Seconds over which lines are counted.
const RATE: i64 = 10;

/// Where reading stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stream {
    /// What was written is on its way.
    Asked,
    /// All that was written is here; more comes when there is more.
    Open,
    /// The container does not run; more comes when it does.
    Ended,
    Lost(String),
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Source {
    pub id: String,
    pub name: String,
    pub store: LogStore,
    /// What stands of lines that have no end yet.
    pub open: LogStore,
    pub runs: Runs,
    stream: Stream,
    feed: Feed,
    /// Older lines were asked for.
    paging: bool,
    /// There are no older lines.
    whole: bool,
    /// The engine was away since lines were asked for.
    lost: bool,
    /// Events of the journal that were looked at.
    heard: u64,
    /// Lines of the last seconds.
    lately: VecDeque<(i64, u32)>,
    /// Why older lines could not be read.
    pub fault: Option<String>,
}

impl Source {
    /// `feed` tells its lines from those of others.
    pub fn new(id: &str, feed: Feed, world: &World, asks: &mut Vec<Watch>) -> Source {
        let container = world.containers.get(id);
        let mut source = Source {
            id: id.to_owned(),
            name: container.map_or_else(|| id.get(..12).unwrap_or(id).to_owned(), |known| known.name.clone()),
            store: LogStore::default(),
            open: LogStore::default(),
            runs: Runs::default(),
            stream: Stream::Asked,
            feed,
            paging: false,
            whole: false,
            lost: false,
            heard: 0,
            lately: VecDeque::new(),
            fault: None,
        };
        source.read(feed, asks);
        source
    }

    /// Reads on from what is here, or the newest lines when there is nothing.
    fn read(&mut self, feed: Feed, asks: &mut Vec<Watch>) {
        let newest = self.store.newest();
        (self.feed, self.stream, self.lost) = (feed, Stream::Asked, false);
        asks.push(Watch::Log { feed, id: self.id.clone(), tail: newest.is_none().then_some(FIRST), newest });
    }

    /// Begins anew at the end of the log.
    pub fn read_end(&mut self, feed: Feed, asks: &mut Vec<Watch>) {
        self.store.clear();
        (self.whole, self.paging) = (false, false);
        self.read(feed, asks);
    }

    /// Lines at the end are not here, because older ones were read in their place.
    pub fn is_back(&self) -> bool {
        self.store.missing() > 0
    }

    /// Asks for older lines, if there may be any.
    pub fn page(&mut self, asks: &mut Vec<Watch>) {
        let wish = self.store.older_wish(MORE).filter(|_| !self.paging && !self.whole);
        if let Some(wish) = wish {
            self.paging = true;
            asks.push(Watch::LogPage { feed: self.feed, id: self.id.clone(), wish });
        }
    }

    /// Whether older lines are on their way.
    pub fn is_paging(&self) -> bool {
        self.paging
    }

    /// Whether the log begins with the oldest line that is here.
    pub fn is_whole(&self) -> bool {
        let few = (self.store.len() as u64) < FIRST && self.stream != Stream::Asked;
        (self.whole || few) && self.store.dropped() == 0
    }

    pub fn is_of(&self, feed: Feed) -> bool {
        self.feed == feed
    }

    pub fn lines(&mut self, lines: &LogStore, open: LogStore) {
        (self.open, self.stream) = (open, Stream::Open);
        for (_, line) in lines.lines(lines.range()) {
            let Some(time) = line.time else { continue };
            match self.lately.back_mut() {
                Some((second, count)) if *second >= time.as_second() => *count += 1,
                _ => self.lately.push_back((time.as_second(), 1)),
            }
        }
        let newest = self.lately.back().map_or(0, |(second, _)| *second);
        self.lately.retain(|(second, _)| newest - second < RATE);
        self.store.append(lines);
    }

    /// Lines a second, lately.
    pub fn rate(&self, now: Timestamp) -> u64 {
        let recent = self.lately.iter().filter(|(second, _)| now.as_second() - second < RATE);
        recent.map(|(_, count)| u64::from(*count)).sum::<u64>().div_ceil(RATE as u64)
    }

    /// Older lines came, or did not.
    pub fn paged(&mut self, result: Result<LogStore, String>) {
        self.paging = false;
        match result {
            Ok(page) => self.whole = self.store.join_older(page) == 0,
            Err(why) => self.fault = Some(why),
        }
    }

    /// It was started; nothing more of an earlier run comes.
    pub fn started(&mut self, run: &Run) {
        self.ran(run);
        self.stream = Stream::Open;
    }

    /// It does not run.
    pub fn ended(&mut self, run: Option<&Run>) {
        run.into_iter().for_each(|run| self.ran(run));
        self.stream = Stream::Ended;
    }

    fn ran(&mut self, run: &Run) {
        self.runs.start(run.started);
        if let Some(finished) = run.finished {
            self.runs.end(finished, run.exit_code);
        }
    }

    pub fn lost(&mut self, why: String) {
        self.stream = Stream::Lost(why);
    }

    /// Whether lines still come by themselves.
    pub fn is_running(&self) -> bool {
        matches!(self.stream, Stream::Asked | Stream::Open)
    }

    /// Whether all that there was came.
    pub fn is_read(&self) -> bool {
        self.stream == Stream::Ended
    }

    /// Why nothing more comes, where that is not as it should be.
    pub fn failure(&self) -> Option<&str> {
        match &self.stream {
            Stream::Lost(why) => Some(why),
            _ => self.fault.as_deref(),
        }
    }

    /// Takes in what the engine told of the container; reads on when the engine is back.
    pub fn follow(&mut self, feed: &mut Feed, world: &World, asks: &mut Vec<Watch>) {
        self.hear(world);
        let live = world.connection == Connection::Live;
        self.lost |= !live;
        if let Some(container) = world.containers.get(&self.id) {
            self.name.clone_from(&container.name);
        }
        if live && self.lost && !self.is_back() {
            feed.0 += 1;
            self.read(*feed, asks);
        }
    }

    /// Starts and ends in the journal.
    fn hear(&mut self, world: &World) {
        let journal = &world.journal;
        let total = journal.dropped + journal.len() as u64;
        let new = total.saturating_sub(self.heard) as usize;
        self.heard = total;
        let events = journal.events().skip(journal.len().saturating_sub(new));
        for event in events.filter(|event| event.kind == "container" && event.id == self.id) {
            match (event.action.as_str(), event.time) {
                ("start", Some(time)) => self.runs.start(time),
                ("die", Some(time)) => {
                    let code = event.attribute("exitCode").or(event.attribute("containerExitCode"));
                    self.runs.end(time, code.and_then(|code| code.parse().ok()));
                }
                _ => {}
            }
        }
    }

    /// The run that begins with a line, and the one before it.
    pub fn begins(&self, number: i64, time: Timestamp) -> Option<(&Run, Option<&Run>)> {
        let before = self.store.get(number - 1);
        if before.is_none() && !self.is_whole() {
            return None;
        }
        let run = self.runs.between(before.and_then(|line| line.time), time)?;
        Some((run, self.runs.iter().rev().find(|other| other.started < run.started)))
    }

    /// The container, as far as it is known.
    pub fn container<'w>(&self, world: &'w World) -> Option<&'w Container> {
        world.containers.get(&self.id)
    }
}
