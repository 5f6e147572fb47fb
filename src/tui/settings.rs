//! What a user may change: the theme, single colours, the mouse, keys, what cleaning up leaves alone. Pure; which file it is read from is the
//! command line's to know.

pub mod file;
mod patterns;

use std::collections::HashMap;

use serde::Deserialize;

use super::data::{self, Fault};
use super::keymap::{Entry, Keymap};
use super::theme::{Role, Styles, Written};
use crate::cleanup::Protect;
pub use patterns::{Change, changed};

/// Why settings cannot be used, with the line.
pub type SettingsError = Fault;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name of a theme, or the path of a file.
    pub theme: Option<String>,
    /// Styles that replace those of the theme.
    pub colors: Styles,
    pub mouse: bool,
    /// Patterns for names of what never goes by itself; each is one.
    pub protect: Vec<String>,
    /// The default keys, with those of the settings.
    pub keymap: Keymap,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    theme: Option<String>,
    mouse: Option<bool>,
    colors: HashMap<Role, Written>,
    cleanup: Cleanup,
    bind: Vec<Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Cleanup {
    protect: Vec<toml::Spanned<String>>,
}

impl Cleanup {
    fn patterns(self, text: &str) -> Result<Vec<String>, SettingsError> {
        let checked = |pattern: toml::Spanned<String>| {
            let at = pattern.span().start;
            let pattern = pattern.into_inner();
            let known = Protect::new(std::slice::from_ref(&pattern));
            known.map_err(|what| Fault::at(text, at, what)).map(|_| pattern)
        };
        self.protect.into_iter().map(checked).collect()
    }
}

impl Settings {
    /// Reads a file of settings; an empty one changes nothing.
    pub fn parse(text: &str) -> Result<Settings, SettingsError> {
        let file: File = data::read(text)?;
        Ok(Settings {
            theme: file.theme,
            colors: file.colors.into_iter().map(|(role, Written(style))| (role, style)).collect(),
            mouse: file.mouse.unwrap_or(true),
            protect: file.cleanup.patterns(text)?,
            keymap: Keymap::embedded()?.patched(file.bind, text)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::action::{Action, Context};
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use ratatui::style::{Color, Style};

    const EXAMPLE: &str = include_str!("../../assets/config.toml");

    fn key(letter: char) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)
    }

    fn error(text: &str) -> String {
        Settings::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn nothing_changes_nothing() {
        let settings = Settings::parse("").unwrap();
        assert_eq!(settings.keymap, Keymap::embedded().unwrap());
        assert_eq!((settings.theme, settings.mouse), (None, true));
        assert!(settings.colors.is_empty());
    }

    #[test]
    fn settings_are_read() {
        let text = "theme = \"dark\"\nmouse = false\n[colors]\nadded = \"75 bold\"\n";
        let settings = Settings::parse(text).unwrap();
        assert_eq!((settings.theme.as_deref(), settings.mouse), (Some("dark"), false));
        assert_eq!(
            settings.colors,
            Styles::from([(Role::Added, Style::new().fg(Color::Indexed(75)).bold())])
        );
    }

    #[test]
    fn keys_replace_those_of_their_action_in_their_place() {
        let text = "[[bind]]\nin = \"list\"\nkeys = [\"ctrl-x\"]\naction = \"down\"\n";
        let keymap = Settings::parse(text).unwrap().keymap;
        assert_eq!(
            keymap.action(Context::Files, &KeyEvent::new(KeyCode::Char('x'), KeyModifiers::CONTROL)),
            Some(Action::Down)
        );
        assert_eq!(keymap.action(Context::Files, &key('j')), None);
        let down = keymap.within(Context::List).find(|binding| binding.action == Action::Down).unwrap();
        assert_eq!(down.help, "One down", "as by default");
    }

    #[test]
    fn an_action_may_get_keys_in_one_more_place() {
        let text = "[[bind]]\nin = \"files\"\nkeys = [\"ctrl-n\"]\naction = \"down\"\nhelp = \"Next\"\n";
        let keymap = Settings::parse(text).unwrap().keymap;
        let control = KeyEvent::new(KeyCode::Char('n'), KeyModifiers::CONTROL);
        assert_eq!(keymap.action(Context::Files, &control), Some(Action::Down));
        assert_eq!(keymap.action(Context::Files, &key('j')), Some(Action::Down));
        assert_eq!(keymap.within(Context::Files).last().unwrap().help, "Next");
    }

    #[test]
    fn keys_may_be_taken_away() {
        let text = "[[bind]]\nin = \"global\"\nkeys = []\naction = \"suspend\"\n";
        let keymap = Settings::parse(text).unwrap().keymap;
        assert!(keymap.valid(Context::Files).all(|binding| binding.action != Action::Suspend));
    }

    #[test]
    fn clashes_are_looked_for_when_all_entries_are_in() {
        let up = "[[bind]]\nin = \"list\"\nkeys = [\"j\"]\naction = \"up\"\n";
        let down = "[[bind]]\nin = \"list\"\nkeys = [\"k\"]\naction = \"down\"\n";
        let both = Settings::parse(&format!("{up}{down}")).unwrap().keymap;
        assert_eq!(both.action(Context::Layers, &key('j')), Some(Action::Up));
        assert_eq!(both.action(Context::Layers, &key('k')), Some(Action::Down));
        assert_eq!(
            error(up),
            "line 4: j is for up in list, but also for down in list; give one of them another key, or keys = []"
        );
        let inner = "[[bind]]\nin = \"files\"\nkeys = [\"q\"]\naction = \"fold\"\n";
        assert_eq!(
            error(inner),
            "line 4: q is for fold in files, but also for quit in global; give one of them another key, or keys = []"
        );
        assert_eq!(
            error(&format!("{down}{down}")),
            "line 8: down is bound twice in list; name all keys in one entry"
        );
    }

    #[test]
    fn there_is_always_a_way_out() {
        let none = "[[bind]]\nin = \"global\"\nkeys = []\naction = \"quit\"\n";
        assert_eq!(error(none), "line 4: no key is left for quit in global; give it one in global");
        let some = format!("{none}[[bind]]\nin = \"list\"\nkeys = [\"Q\"]\naction = \"quit\"\n");
        assert!(error(&some).contains("no key is left for quit in global"), "where there is no list yet");
        assert!(Settings::parse(&none.replace("[]", "[\"Q\"]")).is_ok());
    }

    #[test]
    fn complaints_name_the_line() {
        for (text, wanted) in [
            (
                "\ntheem = \"dark\"",
                "line 2: unknown field `theem`, expected one of `theme`, `mouse`, `colors`",
            ),
            ("[cleanup]\nprotect = [\"a\",\n\"[\"]", "line 3: \"[\" is no pattern"),
            ("mouse = \"yes\"", "line 1: invalid type"),
            ("[colors]\n\nadded = \"loud\"", "line 3: \"loud\" is no style"),
            ("[colors]\nvolume = \"red\"", "line 2: unknown variant `volume`, expected one of `text`"),
            (
                "[[bind]]\nin = \"list\"\nkeys = [\"ctrl-m\"]\naction = \"up\"",
                "line 3: most terminals send ctrl-m",
            ),
            (
                "[[bind]]\nin = \"list\"\nkeys = [\"x\"]\naction = \"explode\"",
                "line 4: unknown variant `explode`",
            ),
            (
                "[[bind]]\nin = \"cellar\"\nkeys = [\"x\"]\naction = \"up\"",
                "line 2: unknown variant `cellar`",
            ),
            ("[[bind]]\nin = \"list\"\naction = \"up\"", "line 1: missing field `keys`"),
            ("mouse = true\n= 3", "line 2: "),
            ("mouse = true\nmouse = true", "line 2: duplicate key"),
        ] {
            let error = error(text);
            assert!(error.starts_with(wanted) && !error.contains('\n'), "{text:?}: {error}");
        }
    }

    /// The example with its settings switched on: those lines have no space after the mark.
    #[test]
    fn the_example_is_true() {
        let unchanged = Settings::parse(EXAMPLE).unwrap();
        assert_eq!(unchanged, Settings::parse("").unwrap(), "as it is, it changes nothing");
        let on: String = EXAMPLE
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        let settings = Settings::parse(&on).unwrap();
        assert!(settings.theme.is_some() && !settings.colors.is_empty());
        assert_ne!(settings.keymap, unchanged.keymap);
    }

    /// `HADAL_UPDATE=1` renews the lists at the end of the example.
    #[test]
    fn the_example_names_everything() {
        let mut lists = String::new();
        for place in data::all::<Context>() {
            let mut actions: Vec<String> = Vec::new();
            for binding in Keymap::embedded().unwrap().within(place) {
                actions.push(binding.action.to_string());
            }
            lists.push_str(&list(&place.to_string(), &actions));
        }
        let unbound: Vec<String> = data::names::<Action>()
            .iter()
            .filter(|name| !lists.split([' ', '\n']).any(|word| word == **name))
            .map(|name| (*name).to_owned())
            .collect();
        if !unbound.is_empty() {
            lists.push_str(&list("without keys by default", &unbound));
        }
        let roles: Vec<String> = data::names::<Role>().iter().map(|name| (*name).to_owned()).collect();
        let roles = list("roles", &roles);
        let mark = "# -- lists --\n";
        let (before, _) = EXAMPLE.split_once(mark).unwrap();
        let renewed = format!("{before}{mark}#\n{roles}#\n{lists}");
        if std::env::var_os("HADAL_UPDATE").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/config.toml"), renewed).unwrap();
        } else {
            assert!(EXAMPLE == renewed, "assets/config.toml is out of date; HADAL_UPDATE=1 renews it");
        }
    }

    /// Names after a heading, in lines that are not too long.
    fn list(heading: &str, names: &[String]) -> String {
        let mut lines = vec![format!("# {heading}:")];
        for name in names {
            let line = lines.last_mut().unwrap();
            if line.len() + name.len() < 100 {
                line.push(' ');
                line.push_str(name);
            } else {
                lines.push(format!("#     {name}"));
            }
        }
        lines.join("\n") + "\n"
    }
}
