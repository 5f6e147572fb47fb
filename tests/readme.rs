//! The README tells the truth: what it shows of the program is what the program writes, and its test command is
//! the one that is run.
//!
//! A block that begins with `$ hadal …` holds that command's output; a last line `…` leaves the rest out. Between
//! `<!-- keys -->` and `<!-- end of keys -->` stand the default keys. `HADAL_UPDATE=1 cargo test` writes both anew.

#![allow(clippy::unwrap_used, reason = "what a test cannot read, it cannot check")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use hadal::tui::action::Context;
use hadal::tui::data;
use hadal::tui::keymap::Keymap;
use hadal::tui::settings::Settings;
use hadal::tui::theme::Theme;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const MORE: &str = "…";
/// Lines that a new block may take before the rest is left out.
const MOST: usize = 24;

fn hadal(command: &str) -> Vec<String> {
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("hadal"), "{command}");
    let mut program = Command::new(env!("CARGO_BIN_EXE_hadal"));
    let output = program.args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| line.trim_end().to_owned()).collect()
}

/// The default keys as a table, place by place.
fn keys() -> String {
    let mut table = "| In | Keys | Action | What it does |\n|---|---|---|---|\n".to_owned();
    let keymap = Keymap::embedded().unwrap();
    for place in data::all::<Context>() {
        for binding in keymap.within(place) {
            let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
            let keys = keys.join(" ").replace('|', "\\|");
            writeln!(table, "| `{place}` | {keys} | `{}` | {} |", binding.action, binding.help).unwrap();
        }
    }
    table
}

/// The text with the keys as they are now.
fn with_keys(text: &str) -> String {
    let (before, rest) = text.split_once("<!-- keys -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end of keys -->\n").unwrap();
    format!("{before}<!-- keys -->\n\n{}\n<!-- end of keys -->\n{after}", keys())
}

/// The text with every block as the program writes it now.
fn renewed(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        writeln!(out, "{line}").unwrap();
        let Some(command) = line.strip_prefix("$ ") else { continue };
        let shown: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let written = hadal(command);
        let whole = shown.last() != Some(&MORE);
        let count = if shown.len() > 1 { shown.len() - 1 } else { MOST };
        let count = if whole { written.len() } else { count.min(written.len()) };
        written[..count].iter().for_each(|line| writeln!(out, "{line}").unwrap());
        let rest = if count < written.len() { "…\n```" } else { "```" };
        writeln!(out, "{rest}").unwrap();
    }
    out
}

#[test]
fn blocks_are_what_the_program_writes() {
    let text = std::fs::read_to_string(README).unwrap();
    let renewed = with_keys(&renewed(&text));
    if std::env::var_os("HADAL_UPDATE").is_some() {
        std::fs::write(README, renewed).unwrap();
    } else {
        let pairs = text.lines().zip(renewed.lines());
        let differs = pairs.enumerate().find(|(_, (is, should))| is != should);
        assert!(text == renewed, "README.md is out of date, first at {differs:?}; HADAL_UPDATE=1 renews it");
    }
}

#[test]
fn numbers_are_those_of_the_sample() {
    let text = std::fs::read_to_string(README).unwrap();
    let written = hadal("hadal analyze assets/sample.tar.gz --json").join("\n");
    let document: serde_json::Value = serde_json::from_str(&written).unwrap();
    for (key, unit) in
        [("size_bytes", " bytes in all"), ("wasted_bytes", " bytes wasted"), ("visible_bytes", " bytes in ")]
    {
        let digits = document[key].to_string();
        let (thousands, rest) = digits.split_at(digits.len() - 3);
        assert!(text.contains(&format!("{thousands},{rest}{unit}")), "{key} is {digits}");
    }
}

#[test]
fn the_test_command_is_the_one_that_is_run() {
    let text = std::fs::read_to_string(README).unwrap();
    let script = std::fs::read_to_string(Path::new(README).with_file_name(".ci/run")).unwrap();
    assert!(text.contains("```sh\ncargo test\n```"));
    assert_eq!(script.lines().last(), Some("cargo test"));
}

#[test]
fn the_settings_are_settings() {
    let text = std::fs::read_to_string(README).unwrap();
    let example = text.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let settings = Settings::parse(example).unwrap();
    assert!(Theme::named(settings.theme.as_deref().unwrap()).is_ok());
}

#[test]
fn links_lead_somewhere() {
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let path = Path::new(README).with_file_name(document);
        let text = std::fs::read_to_string(&path).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let local = !target.contains("://");
            assert!(!local || path.with_file_name(target).exists(), "{document}: {target} is not there");
        }
    }
}
