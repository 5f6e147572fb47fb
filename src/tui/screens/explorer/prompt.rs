//! A line that is typed into: a filter or a path.

use crossterm::event::{Event, KeyEvent};
use tui_input::Input;
use tui_input::backend::crossterm::to_input_request;

use crate::image::tree::NodeId;

/// Letters that are taken of a pasted text: more than the longest path.
const LONGEST: usize = 5000;

/// What the line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Filter,
    Path,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Prompt {
    pub purpose: Purpose,
    pub input: Input,
    /// What is wrong with what is typed.
    pub mistake: Option<String>,
    /// What it could become.
    pub hint: Option<String>,
    /// Where the cursor was before.
    pub from: Option<NodeId>,
    /// The cursor was moved by hand since.
    pub moved: bool,
}

impl Prompt {
    pub fn new(purpose: Purpose, text: &str) -> Prompt {
        Prompt {
            purpose,
            input: Input::new(text.to_owned()),
            mistake: None,
            hint: None,
            from: None,
            moved: false,
        }
    }

    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Takes a key as text; false when it changed nothing.
    pub fn key(&mut self, event: &KeyEvent) -> bool {
        let Some(request) = to_input_request(&Event::Key(*event)) else { return false };
        (self.mistake, self.hint) = (None, None);
        self.input.handle(request).is_some()
    }

    /// Takes pasted text: one line of it, and nothing that would not be seen.
    pub fn paste(&mut self, text: &str) {
        self.mistake = None;
        let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let line: String = line.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
        // At once: letter by letter, a long text would take its length squared.
        let at = self.input.cursor();
        let (before, after): (Vec<_>, Vec<_>) =
            self.text().chars().enumerate().partition(|(index, _)| *index < at);
        let part = |part: Vec<(usize, char)>| part.into_iter().map(|(_, letter)| letter).collect::<String>();
        let end = at + line.chars().count();
        self.input = Input::new(part(before) + &line + &part(after)).with_cursor(end);
    }

    /// Replaces what is typed.
    pub fn set(&mut self, text: String) {
        self.input = Input::new(text);
    }
}
