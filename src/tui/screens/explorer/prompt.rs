//! A line that is typed into: a filter or a path.

use crossterm::event::KeyEvent;

use crate::image::tree::NodeId;
use crate::tui::widgets::input::TextInput;

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
    pub input: TextInput,
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
        Prompt { purpose, input: TextInput::new(text), mistake: None, hint: None, from: None, moved: false }
    }

    pub fn text(&self) -> &str {
        self.input.text()
    }

    /// Takes a key as text; false when it changed nothing.
    pub fn key(&mut self, event: &KeyEvent) -> bool {
        let Some(changed) = self.input.key(event) else { return false };
        (self.mistake, self.hint) = (None, None);
        changed
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.mistake = None;
        self.input.paste(text);
    }

    /// Replaces what is typed.
    pub fn set(&mut self, text: String) {
        self.input.set(text);
    }
}
