//! The list of what is protected, changed in the text of the settings: everything else stays as somebody wrote it,
//! comments and order among it.

use toml_edit::{Array, DocumentMut, Item, RawString, Table, TableLike, Value};

use super::{Settings, SettingsError};
use crate::tui::data::Fault;

/// What is to be another than it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Patterns that are to protect from now on.
    pub add: Vec<String>,
    /// Patterns that are to protect no longer.
    pub remove: Vec<String>,
}

/// The text with the change in it; as it was where it says so already. Settings that cannot be used are not changed.
pub fn changed(text: &str, change: &Change) -> Result<String, SettingsError> {
    let before = Settings::parse(text)?;
    let mut new: Vec<&String> = change.add.iter().filter(|one| !before.protect.contains(one)).collect();
    new.dedup();
    if new.is_empty() && !change.remove.iter().any(|one| before.protect.contains(one)) {
        return Ok(text.to_owned());
    }
    let (mark, bare) = text.strip_prefix(MARK).map_or(("", text), |bare| (MARK, bare));
    let mut document: DocumentMut = bare.parse().map_err(|error: toml_edit::TomlError| {
        Fault::at(text, error.span().map_or(0, |span| span.start), error.message().to_owned())
    })?;
    let odd = || Fault { line: 1, what: "cleanup.protect is no list that can be changed".to_owned() };
    let patterns = patterns(&mut document).ok_or_else(odd)?;
    new.into_iter().for_each(|pattern| push(patterns, pattern));
    for pattern in &change.remove {
        for at in (0..patterns.len()).rev() {
            if patterns.get(at).and_then(Value::as_str) == Some(pattern) {
                take(patterns, at);
            }
        }
    }
    let written = document.to_string();
    // Lines end as they did.
    let returns = bare.contains("\r\n") && bare.matches('\n').count() == bare.matches("\r\n").count();
    let written = if returns { written.replace("\r\n", "\n").replace('\n', "\r\n") } else { written };
    let written = format!("{mark}{written}");
    Settings::parse(&written)?;
    Ok(written)
}

/// What some editors begin a file with.
const MARK: &str = "\u{feff}";

/// The list, made where it is not there yet.
fn patterns(document: &mut DocumentMut) -> Option<&mut Array> {
    if !document.contains_key("cleanup") {
        // Text behind the last setting would otherwise come to stand below the new one.
        let rest = document.trailing().as_str().unwrap_or_default().to_owned();
        let gap = if rest.is_empty() && document.is_empty() || rest.ends_with("\n\n") { "" } else { "\n" };
        document.set_trailing("");
        let mut table = Table::new();
        table.decor_mut().set_prefix(format!("{rest}{}{gap}", if ends(&rest) { "" } else { "\n" }));
        document.insert("cleanup", Item::Table(table));
    }
    let cleanup: &mut dyn TableLike = document.get_mut("cleanup")?.as_table_like_mut()?;
    if !cleanup.contains_key("protect") {
        cleanup.insert("protect", Item::Value(Value::Array(Array::new())));
    }
    cleanup.get_mut("protect")?.as_array_mut()
}

fn ends(text: &str) -> bool {
    text.is_empty() || text.ends_with('\n')
}

/// Puts a pattern behind the others, on a line of its own where they are on lines of their own.
fn push(patterns: &mut Array, pattern: &str) {
    let mut value = Value::from(pattern);
    let Some(last) = patterns.len().checked_sub(1).and_then(|at| patterns.get_mut(at)) else {
        // Comments in an empty list stay before it.
        let inside = patterns.trailing().as_str().unwrap_or_default().to_owned();
        if inside.contains('\n') {
            let (before, after) = inside.rsplit_once('\n').unwrap_or_default();
            value.decor_mut().set_prefix(format!("{before}\n{after}    "));
            patterns.set_trailing(format!("\n{after}"));
            patterns.set_trailing_comma(true);
        }
        patterns.push_formatted(value);
        return;
    };
    // What stands between the last one and the end: with a comma there, behind it.
    let suffix = text_of(last.decor().suffix());
    let prefix = text_of(last.decor().prefix());
    last.decor_mut().set_suffix("");
    let tail = format!("{suffix}{}", patterns.trailing().as_str().unwrap_or_default());
    if let Some((before, after)) = tail.rsplit_once('\n') {
        let indent = prefix.rsplit_once('\n').map_or("    ", |(_, indent)| indent);
        value.decor_mut().set_prefix(format!("{}\n{indent}", before.trim_end()));
        patterns.set_trailing(format!("\n{after}"));
        patterns.set_trailing_comma(true);
    } else {
        value.decor_mut().set_prefix(" ");
        value.decor_mut().set_suffix(&tail);
        patterns.set_trailing("");
        patterns.set_trailing_comma(false);
    }
    patterns.push_formatted(value);
}

/// Takes a pattern away, and leaves the comments around it.
fn take(patterns: &mut Array, at: usize) {
    let gone = patterns.remove(at);
    let (prefix, suffix) = (text_of(gone.decor().prefix()), text_of(gone.decor().suffix()));
    let comments = |text: &str| text.contains('#');
    let before = if comments(&prefix) { prefix.trim_end().to_owned() } else { String::new() };
    if let Some(next) = patterns.get_mut(at) {
        let own = text_of(next.decor().prefix());
        let joined = match (comments(&prefix), comments(&own)) {
            (false, false) => prefix,
            (false, true) => own,
            (true, _) if own.contains('\n') && !comments(own.lines().next().unwrap_or_default()) => {
                format!("{before}{own}")
            }
            (true, _) => {
                let indent = prefix.rsplit_once('\n').map_or("", |(_, indent)| indent);
                format!("{before}\n{indent}{}", own.trim_start_matches([' ', '\t']))
            }
        };
        next.decor_mut().set_prefix(joined);
        return;
    }
    let trailing = patterns.trailing().as_str().unwrap_or_default().to_owned();
    patterns.set_trailing(format!("{before}{suffix}{trailing}"));
    if patterns.is_empty() {
        patterns.set_trailing_comma(false);
    }
}

fn text_of(raw: Option<&RawString>) -> String {
    raw.and_then(RawString::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(add: &str, remove: &str) -> Change {
        let list = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        Change { add: list(add), remove: list(remove) }
    }

    #[test]
    fn patterns_come_and_go_and_nothing_else_changes() {
        for (before, add, remove, after) in [
            ("", "a:*", "", "[cleanup]\nprotect = [\"a:*\"]\n"),
            ("mouse = false\n", "a", "", "mouse = false\n\n[cleanup]\nprotect = [\"a\"]\n"),
            ("mouse = false", "a", "", "mouse = false\n\n[cleanup]\nprotect = [\"a\"]\n"),
            ("# mine\n\n# all\n", "a", "", "# mine\n\n# all\n\n[cleanup]\nprotect = [\"a\"]\n"),
            (
                "mouse = true # why\n# end\n",
                "a",
                "",
                "mouse = true # why\n# end\n\n[cleanup]\nprotect = [\"a\"]\n",
            ),
            ("[cleanup]\n# none\n[colors]\n", "a", "", "[cleanup]\nprotect = [\"a\"]\n# none\n[colors]\n"),
            ("cleanup.protect = []\n", "a b", "", "cleanup.protect = [\"a\", \"b\"]\n"),
            ("cleanup = { protect = ['x'] } # c\n", "a", "", "cleanup = { protect = ['x', \"a\"] } # c\n"),
            ("[cleanup]\nprotect = [ \"x\" ] # c\n", "a", "", "[cleanup]\nprotect = [ \"x\", \"a\" ] # c\n"),
            (
                "[cleanup]\nprotect = [\n  \"x\", # the x\n  \"y\" # the y\n]\n",
                "a",
                "",
                "[cleanup]\nprotect = [\n  \"x\", # the x\n  \"y\", # the y\n  \"a\",\n]\n",
            ),
            (
                "[cleanup]\nprotect = [\n\t\"x\",\n\t# more to come\n]\n",
                "a",
                "",
                "[cleanup]\nprotect = [\n\t\"x\",\n\t# more to come\n\t\"a\",\n]\n",
            ),
            (
                "[cleanup]\nprotect = [\n  # none\n]\n",
                "a",
                "",
                "[cleanup]\nprotect = [\n  # none\n    \"a\",\n]\n",
            ),
            ("[cleanup]\r\nprotect = [\"x\"]\r\n", "a", "", "[cleanup]\r\nprotect = [\"x\", \"a\"]\r\n"),
            ("\u{feff}mouse = true\n", "a", "", "\u{feff}mouse = true\n\n[cleanup]\nprotect = [\"a\"]\n"),
            ("[cleanup]\nprotect = [\"x\", \"y\"]\n", "", "x", "[cleanup]\nprotect = [\"y\"]\n"),
            ("[cleanup]\nprotect = [\"x\", \"y\"]\n", "", "y", "[cleanup]\nprotect = [\"x\"]\n"),
            ("[cleanup]\nprotect = [\"x\"]\n", "", "x", "[cleanup]\nprotect = []\n"),
            ("[cleanup]\nprotect = [\"x\"]\n", "b", "x", "[cleanup]\nprotect = [\"b\"]\n"),
            (
                "[cleanup]\nprotect = [\n  # of x\n  \"x\", # the x\n  # of y\n  \"y\",\n]\n",
                "",
                "x",
                "[cleanup]\nprotect = [\n  # of x\n  # the x\n  # of y\n  \"y\",\n]\n",
            ),
            (
                "[cleanup]\nprotect = [\n  \"x\", # the x\n  \"y\", # the y\n]\n",
                "",
                "y",
                "[cleanup]\nprotect = [\n  \"x\", # the x # the y\n]\n",
            ),
            // Neither is there anything to do, nor is the text looked at more closely.
            ("cleanup.protect   = [ 'x',]", "x", "z", "cleanup.protect   = [ 'x',]"),
        ] {
            let done = changed(before, &change(add, remove)).unwrap();
            assert_eq!(done, after, "{before}");
        }
    }

    #[test]
    fn what_is_broken_is_not_touched() {
        for (text, says) in [
            ("mouse = 3\n", "line 1: invalid type"),
            ("theme = \"dark\"\n[cleanup\n", "line 2: "),
            ("[cleanup]\nprotect = \"a\"\n", "line 2: invalid type"),
        ] {
            let error = changed(text, &change("a", "")).unwrap_err().to_string();
            assert!(error.starts_with(says), "{text}: {error}");
        }
        assert!(changed("", &change("[", "")).unwrap_err().to_string().contains("is no pattern"));
    }

    /// The example, all of it, with what is switched on in it and with what is not.
    #[test]
    fn the_example_keeps_every_line() {
        let example = include_str!("../../../assets/config.toml");
        let done = changed(example, &change("a", "")).unwrap();
        assert!(done.starts_with(example), "{done}");
        let back = changed(&done, &change("", "a")).unwrap();
        assert_eq!(back, done.replace("[\"a\"]", "[]"));
    }
}
