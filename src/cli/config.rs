//! Where settings come from: what was typed, the environment, the user's file; in this order.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::Failure;
use super::args::Look;
use crate::analysis::JunkList;
use crate::analysis::secrets::Rules;
use crate::cleanup::Protect;
use crate::tui::keymap::Keymap;
use crate::tui::settings::Settings;
use crate::tui::theme::Theme;

/// How the explorer looks and answers.
#[derive(Debug)]
pub(super) struct Chosen {
    pub theme: Theme,
    pub keymap: Keymap,
    pub mouse: bool,
    /// What never goes by itself.
    pub protect: Protect,
    /// The file that all of it is from, or would be.
    pub file: Option<PathBuf>,
}

/// What the explorer is to use.
pub(super) fn choose(look: &Look, theme: Option<&str>) -> Result<Chosen, Failure> {
    let file = file(look.config.as_deref());
    let settings = match &file {
        Some((path, named)) => read(path, *named)?,
        None => parse("")?,
    };
    // Also what is not used in the end is looked at: a mistake should not wait for another day.
    let own = match (&settings.theme, &file) {
        (Some(name), Some((path, _))) => {
            let folder = path.parent().unwrap_or(Path::new(""));
            Some(load(name, folder).map_err(|what| usage(format!("{}: {what}", path.display())))?)
        }
        _ => None,
    };
    let typed = theme.map(|name| load(name, Path::new(""))).transpose();
    let typed = typed.map_err(|what| usage(format!("--theme: {what}")))?;
    let built_in = |name| Theme::named(name).map_err(|error| usage(error.to_string()));
    let theme = match (look.color.wanted(), typed, own) {
        (false, ..) => built_in("none")?,
        // Single colours were chosen for the theme of the file.
        (true, Some(theme), _) => theme,
        (true, None, own) => own.map_or_else(|| built_in("default"), Ok)?.patched(&settings.colors),
    };
    let protect = protect(&settings)?;
    let file = file.map(|(path, _)| path);
    Ok(Chosen { theme, keymap: settings.keymap, mouse: settings.mouse, protect, file })
}

/// What the settings say never goes by itself, for commands that show no screen.
pub(super) fn protected(look: &Look) -> Result<Vec<String>, Failure> {
    match file(look.config.as_deref()) {
        Some((path, named)) => Ok(read(&path, named)?.protect),
        None => Ok(Vec::new()),
    }
}

fn protect(settings: &Settings) -> Result<Protect, Failure> {
    Protect::new(&settings.protect).map_err(usage)
}

/// Looks at a file that was named, for commands that have no use for it.
pub(super) fn check(look: &Look) -> Result<(), Failure> {
    match &look.config {
        Some(_) => choose(look, None).map(drop),
        None => Ok(()),
    }
}

/// Places of files that nobody will miss: what is known, and what `junk.toml` beside the settings adds.
pub(super) fn junk(look: &Look) -> Result<JunkList, Failure> {
    let known = JunkList::embedded();
    let Some((settings, _)) = file(look.config.as_deref()) else { return Ok(known) };
    let path = settings.with_file_name("junk.toml");
    match fs::read_to_string(&path) {
        Ok(text) => known.patched(&text).map_err(|error| usage(format!("{}, {error}", path.display()))),
        Err(error) if absent(&error) => Ok(known),
        Err(error) => Err(usage(format!("cannot read {}: {}", path.display(), reason(&error)))),
    }
}

/// The file of settings, and whether it was named and so must be there.
fn file(named: Option<&Path>) -> Option<(PathBuf, bool)> {
    if let Some(path) = named {
        return Some((path.to_owned(), true));
    }
    // Without a home there are no settings.
    let home = etcetera::choose_base_strategy().ok()?;
    Some((home.config_dir().join("hadal").join("config.toml"), false))
}

fn read(path: &Path, named: bool) -> Result<Settings, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Settings::parse(&text).map_err(|fault| usage(format!("{}, {fault}", path.display()))),
        Err(error) if !named && absent(&error) => parse(""),
        Err(error) => {
            Err(usage(format!("cannot read the settings in {}: {}", path.display(), reason(&error))))
        }
    }
}

/// The rules for secrets, with a user's changes.
pub(super) fn secret_rules(file: Option<&Path>) -> Result<Rules, Failure> {
    let Some(path) = file else { return Rules::embedded().map_err(|error| usage(error.to_string())) };
    let text = fs::read_to_string(path).map_err(|error| {
        usage(format!("cannot read the rules for secrets in {}: {}", path.display(), reason(&error)))
    })?;
    Rules::with(&text).map_err(|error| usage(format!("{}, {error}", path.display())))
}

fn parse(text: &str) -> Result<Settings, Failure> {
    Settings::parse(text).map_err(|fault| usage(fault.to_string()))
}

fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// A built-in theme, or one of a file as seen from a folder.
fn load(name: &str, folder: &Path) -> Result<Theme, String> {
    let unknown = match Theme::named(name) {
        Ok(theme) => return Ok(theme),
        Err(unknown) => unknown,
    };
    let path = folder.join(name);
    match fs::read_to_string(&path) {
        Ok(text) => Theme::parse(name, &text).map_err(|error| format!("{}, {error}", path.display())),
        Err(error) if absent(&error) => Err(format!("{unknown}, and no file {}", path.display())),
        Err(error) => Err(format!("cannot read the theme in {}: {}", path.display(), reason(&error))),
    }
}

/// What is wrong, without the number that only programmers know.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::InvalidData => "it is no text in UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

fn usage(text: String) -> Failure {
    Failure::Usage(text)
}
