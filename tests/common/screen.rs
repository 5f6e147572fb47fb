//! The program without a terminal: messages in, what would be drawn out.
#![allow(dead_code, unreachable_pub, missing_debug_implementations, clippy::unwrap_used)]

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent, MouseEventKind};
use hadal::analysis::{Facts, JunkList};
use hadal::image::Image;
use hadal::tui::keymap::Keymap;
use hadal::tui::model::Model;
use hadal::tui::msg::{Answer, Effect, JobId, Msg, Seen, Watch};
use hadal::tui::screens::explorer::Explorer;
use hadal::tui::theme::Theme;
use hadal::tui::update::update;
use hadal::tui::view::view;
use hadal::world::Update;
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;

pub struct Screen {
    pub model: Model,
    pub width: u16,
    pub height: u16,
}

impl Screen {
    pub fn start(width: u16, height: u16) -> Screen {
        let explorer = Explorer::new("shop.tar".to_owned(), None);
        let mut model =
            Model::new(explorer, Keymap::embedded().unwrap(), Theme::embedded(true).unwrap(), width, height);
        assert_eq!(model.start(), [Effect::Open(JobId(1))]);
        update(&mut model, Msg::Resize { width, height });
        Screen { model, width, height }
    }

    pub fn with(image: Image, width: u16, height: u16) -> Screen {
        let mut screen = Screen::start(width, height);
        let image = Arc::new(image);
        screen.answer(Answer::Head(Box::new(image.head.clone()), image.layers.clone()));
        screen.answer(Answer::Facts(Arc::new(Facts::of(&image, &JunkList::embedded()))));
        screen.answer(Answer::Done(image));
        screen
    }

    /// The engine side, with what an engine told.
    pub fn desk(updates: Vec<Update>, now: Timestamp, (width, height): (u16, u16)) -> Screen {
        let explorer = Explorer::new(String::new(), None);
        let (keymap, theme) = (Keymap::embedded().unwrap(), Theme::embedded(true).unwrap());
        let model = Model::new(explorer, keymap, theme, width, height).at_the_desk();
        let mut screen = Screen { model, width, height };
        screen.send(Msg::Clock(now));
        screen.send(Msg::World(updates));
        screen
    }

    pub fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        self.send(Msg::Job(self.model.job, answer))
    }

    /// Applies a message and answers what it asks for, as the runtime would. Effects that only a terminal or
    /// a file could answer are returned.
    pub fn send(&mut self, msg: Msg) -> Vec<Effect> {
        let (mut waiting, mut left) = (VecDeque::from([msg]), Vec::new());
        while let Some(msg) = waiting.pop_front() {
            for effect in update(&mut self.model, msg) {
                match answered(&self.model, &effect) {
                    Some(answer) => waiting.push_back(answer),
                    None => left.push(effect),
                }
            }
        }
        left
    }

    /// Applies a message and leaves its effects to the caller.
    pub fn only(&mut self, msg: Msg) -> Vec<Effect> {
        update(&mut self.model, msg)
    }

    /// Answers what a worker can answer, as the runtime would.
    pub fn worker(&self, effects: &[Effect]) -> Vec<Msg> {
        effects.iter().filter_map(|effect| answered(&self.model, effect)).collect()
    }

    /// Types keys as they are written in the key file, separated by spaces.
    pub fn keys(&mut self, keys: &str) -> Vec<Effect> {
        keys.split_whitespace().flat_map(|key| self.send(Msg::Key(event(key)))).collect()
    }

    /// Types a text, letter by letter.
    pub fn types(&mut self, text: &str) -> Vec<Effect> {
        let key = |letter| Msg::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE));
        text.chars().flat_map(|letter| self.send(key(letter))).collect()
    }

    pub fn mouse(&mut self, kind: MouseEventKind, (column, row): (u16, u16)) -> Vec<Effect> {
        self.send(Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        (self.width, self.height) = (width, height);
        self.send(Msg::Resize { width, height });
    }

    /// The lines of what is drawn.
    pub fn lines(&self) -> Vec<String> {
        let terminal = self.terminal();
        let cells = &terminal.backend().buffer().content;
        cells.chunks(self.width.into()).map(|line| line.iter().map(Cell::symbol).collect()).collect()
    }

    pub fn terminal(&self) -> Terminal<TestBackend> {
        let mut terminal = Terminal::new(TestBackend::new(self.width, self.height)).unwrap();
        terminal.draw(|frame| view(&self.model, frame)).unwrap();
        terminal
    }

    pub fn text(&self) -> String {
        self.terminal().backend().to_string()
    }
}

/// What a worker would answer: the one place for effects that need no terminal.
fn answered(model: &Model, effect: &Effect) -> Option<Msg> {
    match effect {
        Effect::List(ticket) => {
            let errand = model.explorer.errand().filter(|errand| errand.ticket == *ticket)?;
            Some(Msg::Listed(*ticket, errand.answer(2, &AtomicBool::new(false)).map(Box::new)))
        }
        Effect::Watch(id, Watch::Again) => Some(Msg::Seen(*id, Seen::Again)),
        Effect::Open(_)
        | Effect::Choose(..)
        | Effect::Cancel(_)
        | Effect::LookInside(_)
        | Effect::Explore(..)
        | Effect::Engine(_)
        | Effect::Act(..)
        | Effect::ActInOrder(_)
        | Effect::StopAct(_)
        | Effect::Shell(_)
        | Effect::Attach(_)
        | Effect::Copy(_)
        | Effect::Watch(..)
        | Effect::Unwatch(_)
        | Effect::Write { .. }
        | Effect::Protect(_)
        | Effect::Mouse(_)
        | Effect::Suspend
        | Effect::Try(_)
        | Effect::Judge { .. }
        | Effect::Quit => None,
    }
}

pub fn event(key: &str) -> KeyEvent {
    let (key, modifiers) = match key.strip_prefix("ctrl-") {
        Some(key) => (key, KeyModifiers::CONTROL),
        None => (key, KeyModifiers::NONE),
    };
    let code = match key {
        "tab" => KeyCode::Tab,
        "shift-tab" => KeyCode::BackTab,
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "space" => KeyCode::Char(' '),
        "backspace" => KeyCode::Backspace,
        "delete" => KeyCode::Delete,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "home" => KeyCode::Home,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "end" => KeyCode::End,
        one => KeyCode::Char(one.chars().next().unwrap()),
    };
    KeyEvent::new(code, modifiers)
}
