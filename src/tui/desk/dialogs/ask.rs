//! A line to type: a name, a path, a signal.

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::Dialog;
use crate::cleanup::Protect;
use crate::image::Reference;
use crate::tui::settings::Change;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::cells::{cut, foreign, wrap};
use crate::tui::widgets::input::{Around, TextInput};
use crate::tui::wish::Wish;
use crate::world::Act;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    Tag {
        source: String,
    },
    Pull,
    Save {
        images: Vec<String>,
    },
    /// Where so many images of a plan go before they are removed.
    SaveFirst {
        images: usize,
    },
    Load,
    Rename {
        id: String,
    },
    Commit {
        id: String,
    },
    Signal {
        ids: Vec<String>,
    },
    CopyOut {
        id: String,
    },
    CopyIn {
        id: String,
    },
    /// Patterns for names; Tab goes through these.
    Protect {
        choices: Vec<String>,
    },
    /// So many lines of a log into a file.
    Log {
        lines: usize,
    },
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Ask {
    pub question: Question,
    pub input: TextInput,
    pub(super) mistake: Option<String>,
    /// What it goes back to.
    pub(super) behind: Option<Box<Dialog>>,
}

impl Ask {
    pub fn new(question: Question, text: &str) -> Ask {
        Ask { question, input: TextInput::new(text), mistake: None, behind: None }
    }

    /// Takes a key as text; false when it is none.
    pub(in crate::tui::desk) fn key(&mut self, event: &KeyEvent) -> bool {
        self.mistake = None;
        self.input.key(event).is_some()
    }

    pub(in crate::tui::desk) fn paste(&mut self, text: &str) {
        self.mistake = None;
        self.input.paste(text);
    }

    /// The next of what is offered to be typed; text of one's own is left alone.
    pub(super) fn complete(&mut self) {
        if let Some(next) = self.next().cloned() {
            self.input.set(next);
        }
    }

    fn next(&self) -> Option<&String> {
        let Question::Protect { choices } = &self.question else { return None };
        let at = choices.iter().position(|choice| choice == self.input.text())?;
        choices[at + 1..].iter().chain(&choices[..at]).next()
    }

    /// What is to be done with what was typed; nothing, and a word on it, where that makes no sense.
    pub(super) fn answer(&mut self) -> Option<Vec<Wish>> {
        let text = self.input.text().trim();
        if let (Question::Log { .. }, false) = (&self.question, text.is_empty()) {
            return Some(vec![Wish::Write { path: text.to_owned() }]);
        }
        if let (Question::SaveFirst { .. }, false) = (&self.question, text.is_empty()) {
            let path = text.to_owned();
            return Some(
                self.back_to_plan(Some(path)).map(|plan| Wish::Ask(Box::new(plan))).into_iter().collect(),
            );
        }
        if let (Question::Protect { .. }, false) = (&self.question, text.is_empty()) {
            let add: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            self.mistake = Protect::new(&add).err();
            let change = Change { add, ..Change::default() };
            return self.mistake.is_none().then(|| vec![Wish::Protect(change)]);
        }
        match self.acts(text) {
            Ok(acts) => Some(acts.into_iter().map(Wish::Act).collect()),
            Err(why) => {
                self.mistake = Some(why);
                None
            }
        }
    }

    fn acts(&self, text: &str) -> Result<Vec<Act>, String> {
        if text.is_empty() {
            return Err("nothing is typed yet".to_owned());
        }
        let name = || match Reference::parse(text) {
            Some(name) => Ok(name.tagged().to_string()),
            None => Err("no name of an image; like host:5000/name:tag, in lower case".to_owned()),
        };
        let pair = || {
            let words: Vec<&str> = text.splitn(2, " → ").collect();
            match words[..] {
                [from, to] if !from.trim().is_empty() && !to.trim().is_empty() => {
                    Ok((from.trim().to_owned(), to.trim().to_owned()))
                }
                _ => Err("type FROM → TO".to_owned()),
            }
        };
        Ok(match &self.question {
            Question::Tag { source } => vec![Act::Tag { source: source.clone(), reference: name()? }],
            Question::Pull => vec![Act::Pull { reference: name()?, platform: None }],
            Question::Save { images } => {
                vec![Act::Save { images: images.clone(), ids: Vec::new(), path: text.to_owned() }]
            }
            Question::Load => vec![Act::Load { path: text.to_owned() }],
            Question::Rename { id } => {
                let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
                if text.len() < 2
                    || !text.chars().all(plain)
                    || !text.starts_with(|c: char| c.is_alphanumeric())
                {
                    return Err("letters, digits, _ . and -, two or more, a letter or digit first".to_owned());
                }
                vec![Act::Rename { id: id.clone(), name: text.to_owned() }]
            }
            Question::Commit { id } => vec![Act::Commit { id: id.clone(), reference: name()? }],
            Question::Signal { ids } => {
                let signal = text.to_ascii_uppercase();
                if !signal.chars().all(|c| c.is_ascii_alphanumeric() || "+-".contains(c)) {
                    return Err("a signal is a name like SIGTERM, or a number".to_owned());
                }
                ids.iter().map(|id| Act::Kill { id: id.clone(), signal: signal.clone() }).collect()
            }
            Question::CopyOut { id } => {
                let (path, to) = pair()?;
                vec![Act::CopyOut { id: id.clone(), path, to }]
            }
            Question::Log { .. } | Question::SaveFirst { .. } | Question::Protect { .. } => Vec::new(),
            Question::CopyIn { id } => {
                let (from, path) = pair()?;
                vec![Act::CopyIn { id: id.clone(), from, path }]
            }
        })
    }

    /// What to type, above the line itself, which takes the last row.
    pub(super) fn lines(&self, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
        let hint = match &self.question {
            Question::Tag { .. } => "A further name, such as shop/api:1.2 or host:5000/shop/api:1.2.",
            Question::Pull => "The name of an image, such as debian:12. Without a tag, latest is meant.",
            Question::Save { .. } => "A new file on this machine, such as image.tar.",
            Question::SaveFirst { images } => &format!(
                "A new file on this machine for {}. A file that exists is not touched.",
                if *images == 1 { "the image".to_owned() } else { format!("the {images} images") }
            ),
            Question::Protect { .. } => "Cleaning up leaves names like this alone; * stands for anything.",
            Question::Load => "An archive on this machine.",
            Question::Rename { .. } => "The container's new name.",
            Question::Commit { .. } => "The name of the new image, such as shop/api:debug.",
            Question::Signal { .. } => "The signal to send. SIGTERM asks to end, SIGKILL ends at once.",
            Question::CopyOut { .. } => "A path in the container → a folder on this machine.",
            Question::Log { lines } => {
                &format!("A new file on this machine for {lines} lines. A file that exists is not touched.")
            }
            Question::CopyIn { .. } => "A file or folder on this machine → a folder in the container.",
        };
        let (text, role) = match &self.mistake {
            Some(mistake) => (mistake.as_str(), Role::Error),
            None => (hint, Role::Dim),
        };
        let text = wrap(&foreign(text.as_bytes()), cells.saturating_sub(2), 3);
        let mut lines: Vec<Line<'_>> =
            text.into_iter().map(|line| Line::styled(format!(" {line}"), theme.of(role))).collect();
        if let Some(next) = self.next() {
            let next = format!("Tab: {next}");
            let next = cut(&foreign(next.as_bytes()), cells.saturating_sub(2)).into_owned();
            lines.push(Line::styled(format!(" {next}"), theme.of(Role::Key)));
        }
        lines.extend([Line::raw(""), Line::raw("")]);
        lines
    }

    pub(super) fn draw(&self, theme: &Theme, area: Rect, frame: &mut Frame<'_>) {
        self.input.draw(&Around { label: " > ", ..Around::default() }, theme, area, frame);
    }
}
