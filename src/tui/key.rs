//! One key with its modifiers: how it is written in files, how it is shown, how a terminal sends it.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// What is written before a key, longest first, and the short form in which it is shown.
const MODIFIERS: [(&str, &str, KeyModifiers); 3] = [
    ("ctrl-", "^", KeyModifiers::CONTROL),
    ("alt-", "A-", KeyModifiers::ALT),
    ("shift-", "S-", KeyModifiers::SHIFT),
];

/// Keys with names: how each is shown, and how it may be written besides that.
const NAMED: [(KeyCode, &str, &[&str]); 16] = [
    (KeyCode::Enter, "⏎", &["enter", "return"]),
    (KeyCode::Esc, "Esc", &["escape"]),
    (KeyCode::Tab, "Tab", &[]),
    (KeyCode::BackTab, "S-Tab", &["backtab"]),
    (KeyCode::Char(' '), "Space", &[]),
    (KeyCode::Up, "↑", &["up"]),
    (KeyCode::Down, "↓", &["down"]),
    (KeyCode::Left, "←", &["left"]),
    (KeyCode::Right, "→", &["right"]),
    (KeyCode::Home, "Home", &[]),
    (KeyCode::End, "End", &[]),
    (KeyCode::PageUp, "PgUp", &["pageup"]),
    (KeyCode::PageDown, "PgDn", &["pagedown"]),
    (KeyCode::Insert, "Ins", &["insert"]),
    (KeyCode::Delete, "Del", &["delete"]),
    (KeyCode::Backspace, "Bksp", &["backspace"]),
];

/// Ctrl with these reaches a program as Ctrl with a digit.
const CONTROL_DIGITS: [(char, char); 4] = [('\\', '4'), (']', '5'), ('^', '6'), ('_', '7')];

impl Key {
    /// Reads a key. What terminals cannot send is an error that says why.
    pub fn parse(text: &str) -> Result<Key, String> {
        let (modifiers, rest) = modifiers(text);
        let code = code(rest).ok_or_else(|| {
            format!("{text:?} is no key; examples are j, G, enter, pagedown, f5, ctrl-d, alt-x, shift-left")
        })?;
        let code = sent(text, code, modifiers)?;
        Ok(Key { code, modifiers: shown_modifiers(code, modifiers) })
    }

    /// The key that a terminal sent.
    pub fn of(event: &KeyEvent) -> Key {
        let code = match event.code {
            // Caps lock must not change what Ctrl and a letter mean.
            KeyCode::Char(letter) if event.modifiers.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(letter.to_ascii_lowercase())
            }
            code => code,
        };
        Key { code, modifiers: shown_modifiers(code, event.modifiers) }
    }
}

/// The modifiers in front, and what they are in front of.
fn modifiers(text: &str) -> (KeyModifiers, &str) {
    let (mut modifiers, mut rest) = (KeyModifiers::NONE, text);
    'next: loop {
        for (long, short, modifier) in MODIFIERS {
            for prefix in [long, short] {
                let (before, after) = rest.split_at_checked(prefix.len()).unwrap_or((rest, ""));
                if !after.is_empty() && before.eq_ignore_ascii_case(prefix) {
                    modifiers |= modifier;
                    rest = after;
                    continue 'next;
                }
            }
        }
        return (modifiers, rest);
    }
}

fn code(text: &str) -> Option<KeyCode> {
    let is = |name: &str| name.eq_ignore_ascii_case(text);
    let named = NAMED.iter().find(|(_, shown, written)| is(shown) || written.iter().copied().any(is));
    if let Some((code, ..)) = named {
        return Some(*code);
    }
    let mut letters = text.chars();
    match (letters.next()?, letters.as_str()) {
        (letter, "") if !letter.is_control() => Some(KeyCode::Char(letter)),
        ('f' | 'F', number) => number.parse().ok().filter(|number| (1..=12).contains(number)).map(KeyCode::F),
        _ => None,
    }
}

/// The code that arrives when such a key is pressed.
fn sent(text: &str, code: KeyCode, modifiers: KeyModifiers) -> Result<KeyCode, String> {
    let [control, alt, shift] =
        [KeyModifiers::CONTROL, KeyModifiers::ALT, KeyModifiers::SHIFT].map(|one| modifiers.contains(one));
    let same = |as_what: &str| Err(format!("most terminals send {text} as {as_what}; bind that instead"));
    match code {
        KeyCode::Tab if shift && !control => Ok(KeyCode::BackTab),
        KeyCode::Enter if control || shift => same("enter"),
        KeyCode::Esc if !modifiers.is_empty() => same("esc"),
        KeyCode::Tab if control => same("tab"),
        KeyCode::BackTab if control => same("backtab"),
        KeyCode::Backspace if control || shift => same("backspace"),
        KeyCode::Char(' ') if shift => same(if control { "ctrl-space" } else { "space" }),
        KeyCode::Char(letter) if control => match letter.to_ascii_lowercase() {
            'm' => same("enter"),
            'i' => same("tab"),
            'h' => same("backspace"),
            '[' => same("esc"),
            letter @ ('a'..='z' | ' ' | '4'..='7') if !shift => Ok(KeyCode::Char(letter)),
            letter => match CONTROL_DIGITS.iter().find(|(sign, _)| *sign == letter) {
                Some((_, digit)) => Ok(KeyCode::Char(*digit)),
                None => Err(format!("terminals do not send {text}; Ctrl goes with a letter or space")),
            },
        },
        KeyCode::Char(letter) if shift && letter.is_ascii_alphabetic() => {
            Ok(KeyCode::Char(letter.to_ascii_uppercase()))
        }
        KeyCode::Char(_) if shift => Err(format!(
            "what {text} is depends on the keyboard; write the character itself{}",
            if alt { " after alt-" } else { "" }
        )),
        code => Ok(code),
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

/// Short, for footers and tables; [`Key::parse`] reads this too.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The caret stands next to the key, as everywhere.
        for (_, short, modifier) in MODIFIERS.iter().rev() {
            if self.modifiers.contains(*modifier) {
                f.write_str(short)?;
            }
        }
        if let Some((_, shown, _)) = NAMED.iter().find(|(code, ..)| *code == self.code) {
            return f.write_str(shown);
        }
        match self.code {
            KeyCode::Char(letter) if self.modifiers.contains(KeyModifiers::CONTROL) => {
                let sign = CONTROL_DIGITS.iter().find(|(_, digit)| *digit == letter);
                write!(f, "{}", sign.map_or(letter, |(sign, _)| *sign))
            }
            KeyCode::Char(letter) => write!(f, "{letter}"),
            KeyCode::F(number) => write!(f, "F{number}"),
            other => write!(f, "{other:?}"),
        }
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(file: D) -> Result<Key, D::Error> {
        Key::parse(&String::deserialize(file)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_written() {
        let mut bases: Vec<String> = NAMED.iter().map(|(_, shown, _)| (*shown).to_owned()).collect();
        bases.extend((1..=12).map(|number| format!("f{number}")));
        bases.extend((' '..='~').chain(['ü', '漢']).map(String::from));
        let mut keys = 0;
        for base in bases {
            for prefix in ["", "ctrl-", "alt-", "shift-", "ctrl-alt-", "alt-shift-", "ctrl-alt-shift-"] {
                let Ok(key) = Key::parse(&format!("{prefix}{base}")) else { continue };
                assert_eq!(Key::parse(&key.to_string()), Ok(key), "{prefix}{base} is shown as {key}");
                keys += 1;
            }
        }
        assert!(keys > 300, "{keys} keys");
    }

    #[test]
    fn keys_are_written_in_many_ways() {
        for (one, other, shown) in [
            ("shift-tab", "backtab", "S-Tab"),
            ("Enter", "RETURN", "⏎"),
            ("Ctrl-D", "ctrl-d", "^d"),
            ("shift-g", "G", "G"),
            ("F12", "f12", "F12"),
            ("PgUp", "pageup", "PgUp"),
            ("ctrl-alt-x", "alt-ctrl-x", "A-^x"),
            ("shift-left", "SHIFT-Left", "S-←"),
            ("ctrl-space", "Ctrl-Space", "^Space"),
            ("ctrl-\\", "ctrl-4", "^\\"),
            ("space", " ", "Space"),
            ("-", "-", "-"),
            ("^", "^", "^"),
            ("ctrl-shift-right", "shift-ctrl-right", "S-^→"),
        ] {
            let key = Key::parse(one).unwrap();
            assert_eq!(Key::parse(other), Ok(key), "{one} {other}");
            assert_eq!(key.to_string(), shown);
        }
        assert_ne!(Key::parse("g"), Key::parse("G"));
    }

    #[test]
    fn keys_that_terminals_cannot_send_are_errors() {
        for (text, why) in [
            ("ctrl-m", "as enter"),
            ("ctrl-i", "as tab"),
            ("ctrl-h", "as backspace"),
            ("ctrl-[", "as esc"),
            ("ctrl-enter", "as enter"),
            ("shift-space", "as space"),
            ("alt-esc", "as esc"),
            ("ctrl-shift-x", "do not send"),
            ("ctrl-1", "do not send"),
            ("shift-1", "the character itself"),
            ("f13", "no key"),
            ("f0", "no key"),
            ("", "no key"),
            ("hyper-x", "no key"),
            ("ctrl-", "no key"),
            ("null", "no key"),
            ("\u{7}", "no key"),
        ] {
            let error = Key::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn keys_arrive_as_they_are_written() {
        for (text, code, modifiers) in [
            ("G", KeyCode::Char('G'), KeyModifiers::SHIFT),
            ("ctrl-c", KeyCode::Char('C'), KeyModifiers::CONTROL | KeyModifiers::SHIFT),
            ("shift-tab", KeyCode::BackTab, KeyModifiers::SHIFT),
            ("ctrl-space", KeyCode::Char(' '), KeyModifiers::CONTROL),
            ("ctrl-]", KeyCode::Char('5'), KeyModifiers::CONTROL),
            ("shift-left", KeyCode::Left, KeyModifiers::SHIFT),
            ("alt-enter", KeyCode::Enter, KeyModifiers::ALT),
        ] {
            assert_eq!(Key::parse(text), Ok(Key::of(&KeyEvent::new(code, modifiers))), "{text}");
        }
    }
}
