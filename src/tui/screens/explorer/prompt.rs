//! A line that is typed into: a filter or a path.

use crossterm::event::{Event, KeyEvent};
use tui_input::backend::crossterm::to_input_request;
use tui_input::{Input, InputRequest};

use crate::image::tree::NodeId;

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
}

impl Prompt {
    pub fn new(purpose: Purpose, text: &str) -> Prompt {
        Prompt { purpose, input: Input::new(text.to_owned()), mistake: None, hint: None, from: None }
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
        for letter in text.lines().next().unwrap_or_default().chars().filter(|letter| !letter.is_control()) {
            self.input.handle(InputRequest::InsertChar(letter));
        }
    }

    /// Replaces what is typed.
    pub fn set(&mut self, text: String) {
        self.input = Input::new(text);
    }
}
