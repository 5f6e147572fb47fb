//! Colours by meaning, as data.

use std::collections::HashMap;

use ratatui::style::{Color, Modifier, Style};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::data::{self, Fault};

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
    /// A path that a filter found.
    Match,
    /// Where the base image ends.
    Base,
    /// Text that is being typed.
    Input,
    /// Layers of a selected range.
    Range,
}

/// A style for each role; by default all plain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    name: String,
    styles: Styles,
}

/// Styles of some roles or all.
pub type Styles = HashMap<Role, Style>;

/// Why there is no such theme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    #[error("{0:?} is no theme; there are {names}", names = Theme::NAMES.join(", "))]
    Unknown(String),
    #[error(transparent)]
    Damaged(#[from] Fault),
}

/// The built-in themes, in the order of [`Theme::NAMES`].
const BUILT_IN: [(&str, &str); 5] = [
    ("default", include_str!("../../assets/themes/default.toml")),
    ("dark", include_str!("../../assets/themes/dark.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
    ("high-contrast", include_str!("../../assets/themes/high-contrast.toml")),
    ("none", include_str!("../../assets/themes/none.toml")),
];

impl Theme {
    /// The names of the built-in themes, in the order in which a key goes through them.
    pub const NAMES: &[&str] = &{
        let mut names = [""; BUILT_IN.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = BUILT_IN[at].0;
            at += 1;
        }
        names
    };

    /// The terminal's own colours, or none at all.
    pub fn embedded(colour: bool) -> Result<Theme, ThemeError> {
        Theme::named(if colour { "default" } else { "none" })
    }

    /// A built-in theme.
    pub fn named(name: &str) -> Result<Theme, ThemeError> {
        let Some((_, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) else {
            return Err(ThemeError::Unknown(name.to_owned()));
        };
        Ok(Theme { name: name.to_owned(), styles: styles(text)? })
    }

    /// Reads a theme file. Roles that it does not name look as in the default theme.
    pub fn parse(name: &str, text: &str) -> Result<Theme, ThemeError> {
        let mut theme = Theme { name: name.to_owned(), ..Theme::named("default")? };
        theme.styles.extend(styles(text)?);
        Ok(theme)
    }

    /// This theme with other styles for some roles, under a name that says so.
    #[must_use]
    pub fn patched(mut self, styles: &Styles) -> Theme {
        if !styles.is_empty() {
            self.name.push_str(" with own colors");
            self.styles.extend(styles);
        }
        self
    }

    /// What it is called: a built-in name, or what stands for a file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is not one of the built-in ones.
    pub fn is_own(&self) -> bool {
        !Theme::NAMES.contains(&self.name.as_str())
    }

    /// The theme after this one: the user's own, if there is one, then the built-in ones.
    #[must_use]
    pub fn next(&self, own: Option<&Theme>) -> Theme {
        let at = Theme::NAMES.iter().position(|name| *name == self.name);
        match (Theme::NAMES.get(at.map_or(0, |at| at + 1)), own) {
            (None, Some(own)) => own.clone(),
            (name, _) => Theme::named(name.unwrap_or(&"default")).unwrap_or_default(),
        }
    }

    /// The style of a role; plain where the theme does not name it.
    pub fn of(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }
}

/// A style as it is written in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written(pub Style);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(file: D) -> Result<Written, D::Error> {
        style(&String::deserialize(file)?).map(Written).map_err(D::Error::custom)
    }
}

fn styles(text: &str) -> Result<Styles, Fault> {
    let file: HashMap<Role, Written> = data::read(text)?;
    Ok(file.into_iter().map(|(role, Written(style))| (role, style)).collect())
}

fn style(words: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut words = words.split_whitespace();
    let colour = |word: &str| {
        let wrong = || {
            format!("{word:?} is no style; write words like light-red bold, 75 on 17, #5fafff or reversed")
        };
        word.parse::<Color>().map_err(|_| wrong())
    };
    while let Some(word) = words.next() {
        style = match word {
            "bold" => style.add_modifier(Modifier::BOLD),
            "dim" => style.add_modifier(Modifier::DIM),
            "italic" => style.add_modifier(Modifier::ITALIC),
            "underlined" => style.add_modifier(Modifier::UNDERLINED),
            "reversed" => style.add_modifier(Modifier::REVERSED),
            "on" => style.bg(colour(words.next().unwrap_or("on"))?),
            word => style.fg(colour(word)?),
        };
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::data::{all, names};

    fn themes() -> impl Iterator<Item = Theme> {
        Theme::NAMES.iter().map(|name| Theme::named(name).unwrap())
    }

    #[test]
    fn each_theme_names_each_role_once() {
        for theme in themes() {
            for role in all::<Role>() {
                assert!(theme.styles.contains_key(&role), "{} lacks {role:?}", theme.name);
            }
            assert_eq!(theme.styles.len(), names::<Role>().len());
        }
        let none = Theme::named("none").unwrap();
        assert!(none.styles.values().all(|style| style.fg.is_none() && style.bg.is_none()));
    }

    #[test]
    fn a_file_may_name_some_roles() {
        let theme = Theme::parse("sea.toml", "added = \"#00ff00 on 17 bold\"\n").unwrap();
        let added = Style::new().fg(Color::Rgb(0, 255, 0)).bg(Color::Indexed(17)).bold();
        assert_eq!(theme.of(Role::Added), added);
        assert_eq!(theme.of(Role::Waste), Theme::embedded(true).unwrap().of(Role::Waste));
        let error = |text| Theme::parse("x", text).unwrap_err().to_string();
        assert!(error("\nadded = \"loud\"").starts_with("line 2: \"loud\" is no style"));
        assert!(error("added = \"red on\"").starts_with("line 1: \"on\" is no style"));
        assert!(error("\n\nvolume = \"red\"").starts_with("line 3: unknown variant `volume`"));
        assert!(error("added = red").starts_with("line 1: "));
        assert_eq!(
            Theme::named("drak").unwrap_err().to_string(),
            "\"drak\" is no theme; there are default, dark, light, high-contrast, none"
        );
    }

    #[test]
    fn a_key_goes_through_all_of_them() {
        let round = |start: Theme, own: Option<&Theme>| {
            let mut names = vec![start.name.clone()];
            let mut theme = start.next(own);
            while theme != start {
                names.push(theme.name.clone());
                theme = theme.next(own);
            }
            names.join(" ")
        };
        let dark = Theme::named("dark").unwrap();
        assert_eq!(round(dark.clone(), None), "dark light high-contrast none default");
        let own = dark.patched(&Styles::from([(Role::Added, Style::new().bold())]));
        assert!(own.is_own());
        assert_eq!(
            round(own.clone(), Some(&own)),
            "dark with own colors default dark light high-contrast none"
        );
    }

    /// Relative luminance, as the accessibility guidelines of the web define it.
    fn luminance((red, green, blue): (u8, u8, u8)) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(one: (u8, u8, u8), other: (u8, u8, u8)) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// What a colour looks like: the fixed part of the palette, and xterm's choice for the bright ones.
    fn rgb(colour: Color) -> (u8, u8, u8) {
        let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
        match colour {
            Color::Rgb(red, green, blue) => (red, green, blue),
            Color::Indexed(index @ 16..=231) => {
                let index = index - 16;
                (level(index / 36), level(index / 6 % 6), level(index % 6))
            }
            Color::Indexed(index @ 232..) => {
                let grey = 8 + 10 * (index - 232);
                (grey, grey, grey)
            }
            Color::Black => (0, 0, 0),
            Color::White => (255, 255, 255),
            Color::LightRed => (255, 0, 0),
            Color::LightGreen => (0, 255, 0),
            Color::LightYellow => (255, 255, 0),
            Color::LightMagenta => (255, 0, 255),
            Color::LightCyan => (0, 255, 255),
            other => panic!("{other} looks different on each terminal"),
        }
    }

    /// Frames and bars are seen, not read.
    const SHAPES: [Role; 2] = [Role::Border, Role::Bar];

    #[test]
    fn themes_can_be_read_on_the_backgrounds_they_are_for() {
        // Usual ones: black, two dark greys, a dark blue-grey; white, a light grey, a cream.
        let dark = [(0, 0, 0), (0x1e, 0x1e, 0x1e), (0x28, 0x2c, 0x34), (0x2e, 0x34, 0x40)];
        let light = [(255, 255, 255), (0xfa, 0xfa, 0xfa), (0xfd, 0xf6, 0xe3)];
        let themes = [("dark", &dark[..]), ("light", &light[..]), ("high-contrast", &dark[..1])];
        for (name, backgrounds) in themes {
            let theme = Theme::named(name).unwrap();
            let selected = theme.of(Role::Selected).bg.map(rgb);
            for role in all::<Role>() {
                let style = theme.of(role);
                let Some(colour) = style.fg.map(rgb) else { continue };
                let wanted = if SHAPES.contains(&role) { 3.0 } else { 4.5 };
                let own = style.bg.map(|colour| vec![rgb(colour)]);
                let behind = own.unwrap_or_else(|| backgrounds.iter().copied().chain(selected).collect());
                for background in behind {
                    let is = contrast(colour, background);
                    assert!(is >= wanted, "{name}: {role:?} has {is:.2} on {background:?}");
                }
            }
        }
        assert!((contrast((0, 0, 0), (255, 255, 255)) - 21.0).abs() < 0.01);
    }

    #[test]
    fn high_contrast_is_never_dim() {
        let theme = Theme::named("high-contrast").unwrap();
        assert!(theme.styles.values().all(|style| !style.add_modifier.contains(Modifier::DIM)));
        assert!(theme.of(Role::Text).bg.is_some(), "it brings its own background");
    }
}
