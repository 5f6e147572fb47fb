//! Settings through the real program: where they come from, what goes before what, and how mistakes are said.

#![allow(clippy::unwrap_used)]

#[path = "common/screen.rs"]
mod screen;
#[path = "common/sketch.rs"]
mod sketch;

use std::fs;
use std::path::Path;
use std::process::Command;

use hadal::tui::msg::Effect;
use hadal::tui::settings::Settings;
use hadal::tui::theme::Theme;
use ratatui::style::{Color, Modifier};
use screen::Screen;
use tempfile::TempDir;

/// Settings that were taken are followed by this: the explorer itself needs a terminal.
const TAKEN: &str = "the explorer needs a terminal";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Runs the program in a folder that is also the home of settings, and gives what it says; always one line.
fn says(home: &Path, args: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hadal"));
    program.args(args).current_dir(home).env("XDG_CONFIG_HOME", home).env_remove("NO_COLOR");
    let output = program.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text.strip_prefix("hadal: ").unwrap().trim_end().replace(home.to_str().unwrap(), "HOME")
}

#[test]
fn settings_lie_in_the_folder_for_settings() {
    assert!(says(folder(&[]).path(), &[]).starts_with(TAKEN), "no file is no mistake");
    let home = folder(&[("hadal/config.toml", "\nmouse = 3\n"), ("good.toml", "mouse = true")]);
    let text = says(home.path(), &[]);
    assert!(text.starts_with("HOME/hadal/config.toml, line 2: invalid type"), "{text}");
    assert!(says(home.path(), &["--config", "good.toml"]).starts_with(TAKEN), "another file instead");
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let home = folder(&[("bytes", "")]);
    fs::write(home.path().join("bytes"), b"\xff\xfe").unwrap();
    for (args, wanted) in [
        (&["--config", "no.toml"][..], "cannot read the settings in no.toml: there is no such file"),
        (&["--config", "bytes"], "cannot read the settings in bytes: it is no text in UTF-8"),
        (
            &["analyze", "x.tar", "--config", "no.toml"],
            "cannot read the settings in no.toml: there is no such file",
        ),
        (
            &["--config", "no.toml", "analyze", "x.tar"],
            "cannot read the settings in no.toml: there is no such file",
        ),
        (
            &["--theme", "x", "analyze", "x.tar"],
            "--theme stands before the command; what a command is about comes after it",
        ),
        (
            &["x.tar", "analyze", "x.tar"],
            "x.tar stands before the command; what a command is about comes after it",
        ),
    ] {
        assert_eq!(says(home.path(), args), wanted);
    }
    assert!(says(home.path(), &["--config", "."]).starts_with("cannot read the settings in .: "));
}

#[test]
fn themes_are_names_or_files_beside_the_settings() {
    let sea = "added = \"#00ff88\"\n";
    let home = folder(&[
        ("hadal/config.toml", "theme = \"themes/sea.toml\"\n"),
        ("hadal/themes/sea.toml", sea),
        ("lost.toml", "theme = \"themes/sea.toml\"\n"),
        ("bad.toml", "theme = \"storm.toml\"\n"),
        ("storm.toml", "added = \"green\"\nadded = \"red\"\n"),
    ]);
    let says = |args: &[&str]| says(home.path(), args);
    assert!(says(&[]).starts_with(TAKEN), "{}", says(&[]));
    assert!(says(&["--theme", "light"]).starts_with(TAKEN));
    assert!(says(&["--theme", "hadal/themes/sea.toml"]).starts_with(TAKEN), "as seen from where it is typed");
    let known = "there are default, dark, light, high-contrast, none";
    assert_eq!(
        says(&["--config", "lost.toml"]),
        format!("lost.toml: \"themes/sea.toml\" is no theme; {known}, and no file themes/sea.toml")
    );
    assert_eq!(
        says(&["--theme", "drak"]),
        format!("--theme: \"drak\" is no theme; {known}, and no file drak")
    );
    let bad = says(&["--config", "bad.toml", "--color", "never"]);
    assert!(bad.starts_with("bad.toml: storm.toml, line 2: duplicate key"), "{bad}");
}

#[test]
fn clashes_are_said_before_anything_is_shown() {
    let home = folder(&[("c.toml", "[[bind]]\nin = \"files\"\nkeys = [\"?\"]\naction = \"fold\"\n")]);
    assert_eq!(
        says(home.path(), &["--config", "c.toml"]),
        "c.toml, line 4: ? is for fold in files, but also for help in global; give one of them another key, or keys = []"
    );
}

fn shop() -> Screen {
    Screen::with(sketch::image("shop", "layer FROM base\n+ /a 10\nlayer RUN b\n+ /a 20\n"), 80, 24)
}

#[test]
fn a_key_changes_the_theme_while_looking() {
    let mut screen = shop();
    screen.keys("t");
    assert_eq!(screen.model.theme, Theme::named("dark").unwrap());
    screen.keys("? t");
    assert!(screen.text().contains("Keys · theme light · mouse on"), "{}", screen.text());
    screen.keys("t t t");
    assert_eq!(screen.model.theme.name(), "default");
}

#[test]
fn a_key_leaves_the_mouse_to_the_terminal() {
    let mut screen = shop();
    assert_eq!(screen.keys("T"), [Effect::Mouse(false)]);
    assert!(!screen.model.mouse);
    assert_eq!(screen.keys("T"), [Effect::Mouse(true)]);
}

#[test]
fn a_theme_may_bring_its_background() {
    let mut screen = shop();
    screen.model.theme = Theme::named("high-contrast").unwrap();
    for keys in ["", "?"] {
        screen.keys(keys);
        let terminal = screen.terminal();
        let cells = &terminal.backend().buffer().content;
        assert!(cells.iter().all(|cell| cell.bg != Color::Reset && cell.fg != Color::Reset));
        assert!(cells.iter().all(|cell| !cell.modifier.contains(Modifier::DIM)));
    }
}

#[test]
fn help_and_footer_show_the_keys_of_the_settings() {
    let text = "[[bind]]\nin = \"panes\"\nkeys = [\"f5\", \"ctrl-left\"]\naction = \"next-view\"\nhint = \"as of\"\n";
    let mut screen = shop();
    screen.model.keymap = Settings::parse(text).unwrap().keymap;
    assert!(screen.text().contains(" F5 as of "), "{}", screen.text());
    screen.keys("?");
    assert!(screen.text().contains("F5 ^←  This layer, as of this layer"), "{}", screen.text());
}
