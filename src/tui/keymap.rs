//! Keys as data: `assets/keys.toml` drives dispatch, the footer and the help.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::Deserialize;

use super::action::{Action, Context};

static DEFAULT: &str = include_str!("../../assets/keys.toml");

/// A key with its modifiers, as it is written in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// One line of the file.
#[derive(Clone, Debug)]
pub struct Binding {
    pub context: Context,
    pub keys: Vec<Key>,
    pub action: Action,
    pub help: String,
    /// The word for the footer.
    pub hint: Option<String>,
}

/// All bindings.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

/// Why a key file cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    #[error("the key file is damaged: {0}")]
    Syntax(String),
    #[error("{0:?} is no key (examples: j, G, enter, ctrl-d, shift-tab)")]
    Key(String),
    #[error("{key} means both {first:?} and {second:?} in the same place")]
    Clash { key: String, first: Action, second: Action },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    bind: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    r#in: Context,
    keys: Vec<String>,
    action: Action,
    help: String,
    hint: Option<String>,
}

impl Keymap {
    /// The embedded keys.
    pub fn embedded() -> Result<Keymap, KeymapError> {
        Keymap::parse(DEFAULT)
    }

    /// Reads a key file; two actions on one key in one place are an error.
    pub fn parse(text: &str) -> Result<Keymap, KeymapError> {
        let file: File = toml::from_str(text).map_err(|error| KeymapError::Syntax(error.to_string()))?;
        let mut bindings: Vec<Binding> = Vec::with_capacity(file.bind.len());
        for line in file.bind {
            let keys = line.keys.iter().map(|key| Key::parse(key)).collect::<Result<Vec<_>, _>>()?;
            for key in &keys {
                let both = |other: &&Binding| {
                    let nested = other.context.chain().contains(&line.r#in);
                    (nested || line.r#in.chain().contains(&other.context)) && other.keys.contains(key)
                };
                if let Some(other) = bindings.iter().find(both) {
                    let (key, first) = (key.to_string(), other.action);
                    return Err(KeymapError::Clash { key, first, second: line.action });
                }
            }
            let Line { r#in: context, action, help, hint, .. } = line;
            bindings.push(Binding { context, keys, action, help, hint });
        }
        Ok(Keymap { bindings })
    }

    /// What a key means in a place.
    pub fn action(&self, context: Context, event: &KeyEvent) -> Option<Action> {
        let key = Key::of(event);
        self.valid(context).find(|binding| binding.keys.contains(&key)).map(|binding| binding.action)
    }

    /// The bindings that hold in a place, its own first.
    pub fn valid(&self, context: Context) -> impl Iterator<Item = &Binding> {
        context
            .chain()
            .iter()
            .flat_map(|place| self.bindings.iter().filter(|binding| binding.context == *place))
    }
}

impl Key {
    fn parse(text: &str) -> Result<Key, KeymapError> {
        let wrong = || KeymapError::Key(text.to_owned());
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        for (prefix, modifier) in
            [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)]
        {
            if let Some(after) = rest.strip_prefix(prefix).filter(|after| !after.is_empty()) {
                modifiers |= modifier;
                rest = after;
            }
        }
        let code = match rest {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "tab" if modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            "tab" => KeyCode::Tab,
            "space" => KeyCode::Char(' '),
            "up" => KeyCode::Up,
            "down" => KeyCode::Down,
            "left" => KeyCode::Left,
            "right" => KeyCode::Right,
            "home" => KeyCode::Home,
            "end" => KeyCode::End,
            "pageup" => KeyCode::PageUp,
            "pagedown" => KeyCode::PageDown,
            "delete" => KeyCode::Delete,
            "backspace" => KeyCode::Backspace,
            one if one.chars().count() == 1 => KeyCode::Char(one.chars().next().ok_or_else(wrong)?),
            _ => return Err(wrong()),
        };
        Ok(Key { code, modifiers: shown_modifiers(code, modifiers) })
    }

    fn of(event: &KeyEvent) -> Key {
        Key { code: event.code, modifiers: shown_modifiers(event.code, event.modifiers) }
    }
}

/// Terminals differ in whether they report shift beside a capital letter; it is in the letter already.
fn shown_modifiers(code: KeyCode, modifiers: KeyModifiers) -> KeyModifiers {
    let known = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
    match code {
        KeyCode::Char(_) | KeyCode::BackTab => known - KeyModifiers::SHIFT,
        _ => known,
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let caret = if self.modifiers.contains(KeyModifiers::CONTROL) { "^" } else { "" };
        let alt = if self.modifiers.contains(KeyModifiers::ALT) { "alt-" } else { "" };
        write!(f, "{alt}{caret}")?;
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(letter) => write!(f, "{letter}"),
            KeyCode::Enter => f.write_str("⏎"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::BackTab => f.write_str("S-Tab"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            other => write!(f, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(context: &str, key: &str, action: &str) -> String {
        format!("[[bind]]\nin = \"{context}\"\nkeys = [\"{key}\"]\naction = \"{action}\"\nhelp = \"\"\n")
    }

    #[test]
    fn embedded_keys_are_sound() {
        let keymap = Keymap::embedded().unwrap();
        let quit = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(keymap.action(Context::Files, &quit), Some(Action::Quit));
        let capital = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(keymap.action(Context::Layers, &capital), Some(Action::Last));
        assert_eq!(keymap.action(Context::Global, &capital), None);
    }

    #[test]
    fn clashes_are_errors() {
        for (first, second, clash) in [
            (("files", "x"), ("files", "x"), true),
            (("global", "x"), ("files", "x"), true),
            (("files", "x"), ("global", "x"), true),
            (("files", "x"), ("layers", "x"), false),
            (("files", "x"), ("files", "X"), false),
        ] {
            let text = bind(first.0, first.1, "up") + &bind(second.0, second.1, "down");
            assert_eq!(Keymap::parse(&text).is_err(), clash, "{first:?} {second:?}");
        }
        let error =
            Keymap::parse(&(bind("list", "ctrl-x", "up") + &bind("files", "ctrl-x", "down"))).unwrap_err();
        assert_eq!(error.to_string(), "^x means both Up and Down in the same place");
        assert!(matches!(Keymap::parse(&bind("list", "f99", "up")), Err(KeymapError::Key(_))));
        assert!(matches!(Keymap::parse(&bind("list", "x", "explode")), Err(KeymapError::Syntax(_))));
    }
}
