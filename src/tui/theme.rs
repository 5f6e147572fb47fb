//! Colours by meaning, as data.

use std::collections::HashMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// What a style stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Text,
    Dim,
    Title,
    Focus,
    Border,
    Selected,
    SelectedUnfocused,
    Added,
    Modified,
    Metadata,
    Removed,
    Directory,
    Waste,
    Bar,
    Error,
    Notice,
    Key,
}

/// A style for each role; by default all plain.
#[derive(Clone, Debug, Default)]
pub struct Theme(HashMap<Role, Style>);

/// Why a theme cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    #[error("the theme is damaged: {0}")]
    Syntax(String),
    #[error("{0:?} is no style (examples: red, light-red bold, black on white, reversed)")]
    Style(String),
}

impl Theme {
    /// The terminal's own colours, or none at all where `NO_COLOR` asks for that.
    pub fn embedded(colour: bool) -> Result<Theme, ThemeError> {
        Theme::parse(if colour {
            include_str!("../../assets/themes/default.toml")
        } else {
            include_str!("../../assets/themes/none.toml")
        })
    }

    /// Reads a theme file.
    pub fn parse(text: &str) -> Result<Theme, ThemeError> {
        let file: HashMap<Role, String> =
            toml::from_str(text).map_err(|error| ThemeError::Syntax(error.to_string()))?;
        let styles = file.into_iter().map(|(role, words)| Ok((role, style(&words)?)));
        styles.collect::<Result<_, _>>().map(Theme)
    }

    /// The style of a role; plain where the theme does not name it.
    pub fn of(&self, role: Role) -> Style {
        self.0.get(&role).copied().unwrap_or_default()
    }
}

fn style(words: &str) -> Result<Style, ThemeError> {
    let mut style = Style::new();
    let mut words = words.split_whitespace();
    let colour = |word: &str| word.parse::<Color>().map_err(|_| ThemeError::Style(word.to_owned()));
    while let Some(word) = words.next() {
        style = match word {
            "bold" => style.add_modifier(Modifier::BOLD),
            "dim" => style.add_modifier(Modifier::DIM),
            "italic" => style.add_modifier(Modifier::ITALIC),
            "underlined" => style.add_modifier(Modifier::UNDERLINED),
            "reversed" => style.add_modifier(Modifier::REVERSED),
            "on" => style.bg(colour(words.next().unwrap_or_default())?),
            word => style.fg(colour(word)?),
        };
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_themes_are_sound() {
        let colours = Theme::embedded(true).unwrap();
        assert_eq!(colours.of(Role::Added).fg, Some(Color::Green));
        let none = Theme::embedded(false).unwrap();
        assert!(none.0.values().all(|style| style.fg.is_none() && style.bg.is_none()));
        assert_eq!(none.0.len(), colours.0.len());
        assert!(Theme::parse("added = \"loud\"").is_err());
        assert!(Theme::parse("volume = \"red\"").is_err());
    }
}
