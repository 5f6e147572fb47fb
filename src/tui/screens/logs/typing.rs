//! The line that is typed into: a search, a filter, a time.

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::hits::Hits;
use super::{Logs, words};
use crate::analysis::Needle;
use crate::container::log::At;
use crate::tui::action::Action;
use crate::tui::theme::Theme;
use crate::tui::widgets::input::{Around, TextInput};

/// What the line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Search,
    Filter,
    Time,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Typing {
    purpose: Purpose,
    pub(super) input: TextInput,
    mistake: Option<String>,
    /// The line that was selected before.
    from: Option<At>,
}

impl Typing {
    /// Takes a key as text; true when it changed something.
    pub(super) fn key(&mut self, event: &KeyEvent) -> bool {
        self.input.key(event) == Some(true)
    }
}

impl Logs {
    /// Opens the line, with what was typed last.
    pub(super) fn ask(&mut self, purpose: Purpose) {
        let hits = match purpose {
            Purpose::Search => &self.search,
            Purpose::Filter => &self.filter,
            Purpose::Time => &None,
        };
        let text = hits.as_ref().map(|hits| hits.text.clone()).unwrap_or_default();
        let from = self.selected();
        self.typing = Some(Typing { purpose, input: TextInput::new(text), mistake: None, from });
    }

    /// What is typed has changed.
    pub(super) fn typed(&mut self) {
        let Some(typing) = &mut self.typing else { return };
        typing.mistake = None;
        if typing.purpose == Purpose::Time {
            return;
        }
        let text = typing.input.text();
        let hits = match Needle::new(text, self.expression) {
            _ if text.is_empty() => None,
            Ok(needle) => Some(Hits::new(text, needle)),
            Err(why) => {
                typing.mistake = Some(why);
                return;
            }
        };
        if typing.purpose == Purpose::Search {
            self.landing = typing.from.filter(|_| hits.is_some());
            self.search = hits;
            self.refresh();
        } else {
            self.filter = hits;
            self.list_anew();
        }
    }

    /// Enter, Esc or Tab in the line.
    pub(super) fn finish(&mut self, action: Action) {
        let Some(typing) = &self.typing else { return };
        let (purpose, from) = (typing.purpose, typing.from);
        match (action, purpose) {
            (Action::Complete, Purpose::Time) => {}
            (Action::Complete, _) => {
                self.expression ^= true;
                self.typed();
            }
            (Action::Back, Purpose::Search) => {
                (self.typing, self.search, self.landing) = (None, None, None);
                let row = from.and_then(|at| Some(self.view.row_of(at, &self.line(at)?)));
                self.window.at = row.unwrap_or(self.window.at);
            }
            (Action::Back, Purpose::Filter) => {
                (self.typing, self.filter) = (None, None);
                self.list_anew();
            }
            (Action::Back, Purpose::Time) => self.typing = None,
            (_, Purpose::Time) => self.accept_time(),
            _ => self.typing = None,
        }
    }

    fn accept_time(&mut self) {
        let like = self.selected().and_then(|at| self.line(at)?.time).unwrap_or(self.now);
        let Some(typing) = &mut self.typing else { return };
        if let Some(time) = words::typed(typing.input.text(), like, self.now) {
            self.typing = None;
            self.go_to_time(time);
        } else {
            typing.mistake = Some("no time; like 10:35, 2026-11-21 10:35 or 15m (ago)".to_owned());
        }
    }

    pub(super) fn draw_typing(&self, theme: &Theme, area: Rect, frame: &mut Frame<'_>) -> bool {
        let Some(typing) = &self.typing else { return false };
        let how = if self.expression { "regex" } else { "text" };
        let (label, hits, empty, keys) = match typing.purpose {
            Purpose::Search => {
                let label = format!(" {how} / ");
                (label, &self.search, "in all lines that are here", "Tab text or regex  ⏎ keep  Esc drop ")
            }
            Purpose::Filter => {
                let label = format!(" {how} & ");
                (label, &self.filter, "only lines that match", "Tab text or regex  ⏎ keep  Esc drop ")
            }
            Purpose::Time => (
                " go to ".to_owned(),
                &None,
                "10:35, 2026-11-21 10:35 or 15m (ago), in UTC",
                "⏎ go  Esc back ",
            ),
        };
        let state = match (&typing.mistake, hits) {
            (Some(mistake), _) => format!("! {mistake}"),
            (None, None) => empty.to_owned(),
            (None, Some(hits)) => self.count(hits),
        };
        let around = Around { label: &label, state: &state, mistake: typing.mistake.is_some(), keys };
        typing.input.draw(&around, theme, area, frame);
        true
    }

    /// `14 matches`, with a plus while they are still counted.
    pub(super) fn count(&self, hits: &Hits) -> String {
        let more = if hits.is_done(&Logs::stores(&self.sources)) { "" } else { "+" };
        let count = hits.count();
        format!("{count}{more} match{}", if count == 1 { "" } else { "es" })
    }
}
