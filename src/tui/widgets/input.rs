//! A line of text that is typed into.

use crossterm::event::{Event, KeyEvent};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use tui_input::Input;
use tui_input::backend::crossterm::to_input_request;

use super::cells::{cut, foreign, skip, width};
use crate::tui::theme::{Role, Theme};

/// Letters that are taken of a pasted text: more than the longest path.
const LONGEST: usize = 5000;

/// What is typed, and where the cursor stands in it.
#[derive(Clone, Debug, Default)]
pub struct TextInput {
    input: Input,
}

/// What stands around a line while it is typed into.
#[derive(Clone, Debug, Default)]
pub struct Around<'a> {
    /// Before it: what the line is for.
    pub label: &'a str,
    /// Behind it: what it is understood as, or what is wrong with it.
    pub state: &'a str,
    pub mistake: bool,
    /// The keys that matter, where there is room for them.
    pub keys: &'a str,
}

impl TextInput {
    pub fn new(text: impl Into<String>) -> TextInput {
        TextInput { input: Input::new(text.into()) }
    }

    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Replaces what is typed.
    pub fn set(&mut self, text: String) {
        self.input = Input::new(text);
    }

    /// Takes a key as text; `None` when it is no text, otherwise whether it changed anything.
    pub fn key(&mut self, event: &KeyEvent) -> Option<bool> {
        let request = to_input_request(&Event::Key(*event))?;
        Some(self.input.handle(request).is_some())
    }

    /// Takes pasted text: one line of it, and nothing that would not be seen.
    pub fn paste(&mut self, text: &str) {
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

    /// Draws the line and what is around it, and puts the terminal's cursor there.
    pub fn draw(&self, around: &Around<'_>, theme: &Theme, area: Rect, frame: &mut Frame<'_>) {
        let Around { label, state, mistake, keys } = *around;
        let room = usize::from(area.width).saturating_sub(width(label) + 2);
        let keys = if room > width(state) + width(keys) + 24 { keys } else { "" };
        let state = cut(state, room / 2).into_owned();
        let room = room.saturating_sub(width(&state) + width(keys) + 3);
        let scroll = self.input.visual_cursor().saturating_sub(room.saturating_sub(1));
        let shown = skip(vec![Span::raw(foreign(self.text().as_bytes()).into_owned())], scroll);
        let shown: String = shown.iter().map(|span| &*span.content).collect();
        let shown = cut(&shown, room).into_owned();
        let gap = room.saturating_sub(width(&shown));
        let cursor =
            usize::from(area.x) + width(label) + self.input.visual_cursor().saturating_sub(scroll).min(room);
        let line = Line::from(vec![
            Span::styled(label.to_owned(), theme.of(Role::Key)),
            Span::styled(shown, theme.of(Role::Input)),
            Span::raw(format!("{:gap$}   ", "")),
            Span::styled(state, theme.of(if mistake { Role::Error } else { Role::Notice })),
            Span::styled(format!("  {keys}"), theme.of(Role::Dim)),
        ]);
        frame.render_widget(line, area);
        frame.set_cursor_position(Position { x: cursor as u16, y: area.y });
    }
}
