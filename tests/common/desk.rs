//! A program at an engine without an engine: containers, what they wrote, what is told of them.
#![allow(dead_code, unreachable_pub, missing_debug_implementations, clippy::unwrap_used)]

use hadal::container::log::{LogLine, LogStore, Run};
use hadal::container::{Container, State};
use hadal::tui::keymap::Keymap;
use hadal::tui::model::Model;
use hadal::tui::msg::{Effect, Feed, Msg, Seen, Watch, WatchId};
use hadal::tui::screens::explorer::Explorer;
use hadal::tui::theme::Theme;
use hadal::tui::wish::Wish;
use hadal::world::{About, Update};
use jiff::Timestamp;

use super::screen::Screen;

/// The time at which all of it happens.
pub const NOW: &str = "2026-11-21T12:00:00Z";

pub fn time(text: &str) -> Timestamp {
    let text = if text.contains('T') { text.to_owned() } else { format!("2026-11-21T{text}Z") };
    text.parse().unwrap()
}

/// A program at an engine with these containers.
pub fn desk(width: u16, height: u16, containers: Vec<Container>) -> Screen {
    let explorer = Explorer::new("shop.tar".to_owned(), None);
    let (keymap, theme) = (Keymap::embedded().unwrap(), Theme::embedded(true).unwrap());
    let model = Model::new(explorer, keymap, theme, width, height).at_the_desk();
    let mut screen = Screen { model, width, height };
    screen.send(Msg::Resize { width, height });
    screen.send(Msg::Clock(time(NOW)));
    let about = About {
        version: "28.2.1".to_owned(),
        url: "unix:///var/run/docker.sock".to_owned(),
        ..About::default()
    };
    let updates =
        vec![Update::Connected(Box::new(about)), Update::Images(Vec::new()), Update::Containers(containers)];
    screen.send(Msg::World(updates));
    screen
}

/// A container that runs since a time.
pub fn running(name: &str, started: &str) -> Container {
    Container {
        id: format!("{name:0<64}"),
        name: name.to_owned(),
        state: State::Running,
        started_at: Some(time(started)),
        inspected: true,
        ..Container::default()
    }
}

/// A container that ended.
pub fn ended(name: &str, started: &str, finished: &str, code: i64) -> Container {
    let (exit_code, finished_at) = (Some(code), Some(time(finished)));
    Container { state: State::Exited, exit_code, finished_at, ..running(name, started) }
}

pub fn run(started: &str, ended: Option<(&str, i64)>) -> Run {
    Run {
        started: time(started),
        finished: ended.map(|(finished, _)| time(finished)),
        exit_code: ended.map(|(_, code)| code),
    }
}

/// What a screen wishes for, granted; the watches that this begins.
pub fn open(screen: &mut Screen, wish: Wish) -> Vec<(WatchId, Watch)> {
    let outcome = screen.model.desk.grant(vec![wish]);
    assert_eq!(outcome.effects, []);
    watches(screen.send(Msg::Resumed))
}

pub fn watches(effects: Vec<Effect>) -> Vec<(WatchId, Watch)> {
    let watch = |effect| match effect {
        Effect::Watch(id, watch) => Some((id, watch)),
        _ => None,
    };
    effects.into_iter().filter_map(watch).collect()
}

/// Lines as they are sketched: a time, ` ! ` before what goes to standard error, the text.
pub fn lines(text: &str) -> LogStore {
    let mut store = LogStore::default();
    for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
        let (at, text) = line.split_once(' ').unwrap_or((line, ""));
        let (stderr, text) = match text.strip_prefix("! ") {
            Some(text) => (true, text),
            None => (false, text),
        };
        let text = text.replace("\\e", "\x1b");
        store.push(&line_of(time(at), stderr, text.as_bytes()));
    }
    store
}

pub fn line_of(time: Timestamp, stderr: bool, text: &[u8]) -> LogLine<'_> {
    LogLine { time: Some(time), stderr, text, length: text.len() as u64 }
}

/// Further lines of the first container of the topmost sheet.
pub fn wrote(screen: &mut Screen, id: WatchId, feed: u32, text: &str) -> Vec<Effect> {
    let (lines, open) = (lines(text), LogStore::default());
    screen.send(Msg::Seen(id, Seen::Lines { feed: Feed(feed), lines, open }))
}
