//! Why a container is as it is: the verdict, the evidence with the way to where it is from, what happened when, and what
//! to do.

mod rows;

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::Heard;
use crate::container::State;
use crate::diagnosis::Origin;
use crate::report::diagnosis::{markdown, shell_command};
use crate::tui::action::{Action, Context};
use crate::tui::desk::dialogs::{Body, Confirm, Dialog, Item};
use crate::tui::msg::{COPY_LIMIT, Seen, Verdict, Watch};
use crate::tui::screens::{Sheet, Watcher};
use crate::tui::widgets::frame::{self, inside};
use crate::tui::widgets::list::{Cursor, select};
use crate::tui::wish::{Page, Scene, Wish};
use crate::world::Act;
use rows::{Row, rows};

/// See the module.
#[derive(Clone, Debug)]
pub struct DiagnosisPage {
    id: String,
    title: String,
    verdict: Option<Box<Verdict>>,
    heard: Heard,
    rows: Vec<Row>,
    /// Cells that the rows were made for.
    cells: usize,
    cursor: Cursor,
    /// How it was when it was looked at: another run is another verdict.
    looked_at: Option<State>,
    asks: Vec<Watch>,
}

impl DiagnosisPage {
    pub fn new(id: String, title: String) -> DiagnosisPage {
        let mut page = DiagnosisPage {
            id,
            title,
            verdict: None,
            heard: Heard::Nothing,
            rows: Vec::new(),
            cells: 0,
            cursor: Cursor::default(),
            looked_at: None,
            asks: Vec::new(),
        };
        page.ask();
        page
    }

    fn ask(&mut self) {
        let id = self.id.clone();
        self.asks.push(Watch::Diagnose { id, journal: Vec::new(), since: None });
        self.heard = Heard::Nothing;
    }

    /// What leads on from the selected row.
    fn open(&self, scene: Scene<'_>) -> Vec<Wish> {
        let Some(verdict) = &self.verdict else { return Vec::new() };
        let (id, title) = (self.id.clone(), self.title.clone());
        let image = scene.world.containers.get(&self.id).map_or_else(String::new, |one| one.image_id.clone());
        let image = if image.is_empty() { verdict.facts.image_id.clone() } else { image };
        let notice = |text: &str| vec![Wish::Notice(text.to_owned())];
        match self.rows.get(self.cursor.at).and_then(|row| row.origin.clone()) {
            None => match self.rows.get(self.cursor.at).and_then(|row| row.command.clone()) {
                Some(command) => vec![Wish::Copy(command)],
                None => notice("evidence leads on from here: to the log, the inspection, the file"),
            },
            Some(Origin::Inspect(place)) => {
                vec![Wish::PageAt { page: Page::InspectContainer, id, title, place }]
            }
            Some(Origin::Log { time: Some(time), .. }) => vec![Wish::LogsAt { ids: vec![id], time }],
            Some(Origin::Log { time: None, .. }) => vec![Wish::Logs { ids: vec![id] }],
            Some(Origin::Change(place)) => vec![Wish::PageAt { page: Page::Changes, id, title, place }],
            Some(Origin::File { .. }) if image.is_empty() => {
                notice("the engine does not say which image it is made of")
            }
            Some(Origin::File { path, layer }) => {
                vec![Wish::ExploreAt { id: image, title: verdict.facts.image.clone(), path, layer }]
            }
            Some(Origin::Event(_)) => notice("an event: what happened when stands below"),
            Some(Origin::Engine) => notice("the engine says so of itself"),
        }
    }

    /// The verdict as Markdown, for a ticket.
    fn copy(&self) -> Vec<Wish> {
        let Some(verdict) = &self.verdict else { return Vec::new() };
        let text = markdown(&verdict.facts, &verdict.diagnosis);
        if text.len() > COPY_LIMIT {
            return vec![Wish::Notice("too long for the clipboard of a terminal".to_owned())];
        }
        vec![Wish::CopyAs { text, what: "the verdict, as Markdown".to_owned() }]
    }

    /// A shell in a container like it: what that does is said before.
    fn try_image(&self, scene: Scene<'_>) -> Vec<Wish> {
        let command =
            self.verdict.as_ref().map(|verdict| shell_command(&verdict.facts, scene.kind().program()));
        let command = command.unwrap_or_default();
        let open = Item {
            label: "Open a shell".to_owned(),
            action: None,
            command: command.clone(),
            wishes: vec![Wish::Try { id: self.id.clone() }],
        };
        let copy = Item {
            label: "Copy the command".to_owned(),
            action: None,
            command: String::new(),
            wishes: vec![Wish::Copy(command)],
        };
        let title = format!("Look around as {} would", self.title);
        vec![Wish::Ask(Box::new(Dialog::new(title, Body::Menu(vec![open, copy]))))]
    }

    fn restart(&self, scene: Scene<'_>) -> Vec<Wish> {
        let text = vec![format!("Restart {}. What runs in it is stopped first.", self.title)];
        let acts = vec![Act::Restart { id: self.id.clone() }];
        let confirm = Confirm { text, acts, kind: scene.kind(), ..Confirm::default() };
        vec![Wish::Ask(Box::new(Dialog::new("Restart?", Body::Confirm(confirm))))]
    }

    fn lay_out(&mut self, cells: usize) {
        self.cells = cells;
        self.rows = self.verdict.as_ref().map(|verdict| rows(verdict, cells)).unwrap_or_default();
    }
}

impl Sheet for DiagnosisPage {
    fn context(&self) -> Context {
        Context::Diagnosis
    }

    fn act(&mut self, action: Action, page: usize, scene: Scene<'_>) -> Vec<Wish> {
        let (id, title) = (self.id.clone(), self.title.clone());
        match action {
            Action::Back => return vec![Wish::Back],
            Action::Refresh => self.ask(),
            Action::OpenEvidence => return self.open(scene),
            Action::Copy => return self.copy(),
            Action::CopyPath => {
                let row = self.rows.get(self.cursor.at);
                return row.map(|row| Wish::Copy(row.text())).into_iter().collect();
            }
            Action::Logs => return vec![Wish::Logs { ids: vec![id] }],
            Action::TryImage => return self.try_image(scene),
            Action::Restart => return self.restart(scene),
            Action::Inspect => return vec![Wish::Page { page: Page::InspectContainer, id, title }],
            Action::Explore => {
                let one = scene.world.containers.get(&self.id).filter(|one| !one.image_id.is_empty());
                let explore = |one: &crate::container::Container| Wish::Explore {
                    id: one.image_id.clone(),
                    title: one.image.clone(),
                };
                return one.map(explore).into_iter().collect();
            }
            action => self.cursor.act(action, self.rows.len(), page),
        }
        Vec::new()
    }

    fn key(&mut self, _: &KeyEvent, _: Scene<'_>) -> Vec<Wish> {
        Vec::new()
    }

    fn paste(&mut self, _: &str, _: Scene<'_>) {}

    fn click(&mut self, at: Position, area: Rect, scene: Scene<'_>) -> Vec<Wish> {
        let inner = inside(area);
        let row = self.cursor.offset + usize::from(at.y.saturating_sub(inner.y));
        if !inner.contains(at) || row >= self.rows.len() {
            return Vec::new();
        }
        let again = std::mem::replace(&mut self.cursor.at, row) == row;
        if again { self.open(scene) } else { Vec::new() }
    }

    fn wheel(&mut self, by: isize, _: Position, area: Rect, _: Scene<'_>) {
        self.cursor.scroll(by, self.rows.len(), inside(area).height.into());
    }

    fn follow(&mut self, area: Rect, scene: Scene<'_>) {
        let cells = usize::from(inside(area).width);
        if cells != self.cells {
            self.lay_out(cells);
        }
        // It was started, or ended, since.
        let now = scene.world.containers.get(&self.id).map(|one| one.state.clone());
        if now.is_some() && self.looked_at != now {
            if self.looked_at.is_some() && self.heard != Heard::Nothing {
                self.ask();
            }
            self.looked_at = now;
        }
        self.cursor.follow(self.rows.len(), inside(area).height.into());
    }

    fn draw(&self, area: Rect, scene: Scene<'_>, frame: &mut Frame<'_>) {
        let edge = frame::Frame {
            title: format!("Diagnosis · {}", self.title),
            position: self.cursor.position(self.rows.len()),
            selected: self.rows.get(self.cursor.at).map(Row::leads_to).unwrap_or_default(),
            totals: String::new(),
            focused: true,
        };
        frame.render_widget(edge.foreign().block(area.width, scene.theme), area);
        let inner = inside(area);
        if self.verdict.is_none() {
            let wait = "looking at how it ended, its log, what happened, its files …";
            self.heard.draw(wait, "", scene.theme, inner, frame);
            return;
        }
        let shown = self.rows.iter().enumerate().skip(self.cursor.offset).take(inner.height.into());
        let lines: Vec<Line<'_>> = shown
            .map(|(at, row)| {
                let spans =
                    row.spans.iter().map(|(text, role)| Span::styled(text.clone(), scene.theme.of(*role)));
                let line = Line::from(spans.collect::<Vec<_>>());
                if at == self.cursor.at { select(line, inner.width.into(), true, scene.theme) } else { line }
            })
            .collect();
        frame.render_widget(Paragraph::new(lines), inner);
    }

    fn state(&self, _: Scene<'_>) -> Option<String> {
        match &self.heard {
            Heard::Failed(why) if self.verdict.is_some() => {
                Some(format!("! {why}; shown is what was known before"))
            }
            Heard::Nothing if self.verdict.is_some() => Some("looking again …".to_owned()),
            _ => None,
        }
    }
}

impl Watcher for DiagnosisPage {
    fn seen(&mut self, seen: Seen, _: Scene<'_>) {
        match seen {
            Seen::Diagnosed(Ok(verdict)) => {
                (self.verdict, self.heard) = (Some(verdict), Heard::All);
                self.lay_out(self.cells);
            }
            Seen::Diagnosed(Err(why)) => self.heard = Heard::Failed(why),
            _ => {}
        }
    }

    fn asks(&mut self) -> Vec<Watch> {
        std::mem::take(&mut self.asks)
    }
}
