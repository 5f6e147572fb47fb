//! Just enough of Rust's grammar to see what a file imports: tokens, paths, inline modules, test code.

/// A word or a mark, with its line from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// One path as written, resolved as far as names alone allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// Whether `names` start at the root of this crate; otherwise at another crate or a local name.
    pub(crate) ours: bool,
    pub(crate) names: Vec<String>,
    pub(crate) line: usize,
}

/// Words and marks; comments, strings and characters are left out.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let text: Vec<char> = source.chars().collect();
    let (mut at, mut line, mut found) = (0, 1, Vec::new());
    while at < text.len() {
        let start = at;
        let word = |c: char| c.is_alphanumeric() || c == '_';
        at = match text[at] {
            '/' if text.get(at + 1) == Some(&'/') => run(&text, at, |c| c != '\n'),
            '/' if text.get(at + 1) == Some(&'*') => comment(&text, at),
            '"' => string(&text, at),
            'r' | 'b' | 'c' if raw_string(&text, at).is_some() => raw_string(&text, at).unwrap_or(at + 1),
            '\'' => character(&text, at),
            c if word(c) => run(&text, at, word),
            ':' if text.get(at + 1) == Some(&':') => at + 2,
            _ => at + 1,
        };
        let first = text[start];
        if word(first) && !text[start..at].contains(&'"')
            || first == ':'
            || "{}()[];,.#!*=<>&".contains(first)
        {
            found.push(Token { text: text[start..at].iter().collect(), line });
        }
        line += text[start..at].iter().filter(|c| **c == '\n').count();
    }
    found
}

fn run(text: &[char], at: usize, wanted: impl Fn(char) -> bool) -> usize {
    at + text[at..].iter().take_while(|c| wanted(**c)).count()
}

fn comment(text: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at + 1 < text.len() {
        match (text[at], text[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// The end of the string that opens at `at`.
fn string(text: &[char], mut at: usize) -> usize {
    at += 1;
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

/// The end of `r"…"`, `r#"…"#`, `b"…"` and their relatives; `None` when a word begins here instead.
fn raw_string(text: &[char], at: usize) -> Option<usize> {
    let prefix = text[at..].iter().take_while(|c| matches!(c, 'r' | 'b' | 'c')).count();
    let after_word = at > 0 && (text[at - 1].is_alphanumeric() || text[at - 1] == '_');
    if prefix > 2 || after_word {
        return None;
    }
    let raw = text[at..at + prefix].contains(&'r');
    let hashes = text[at + prefix..].iter().take_while(|c| **c == '#').count();
    let open = at + prefix + hashes;
    if text.get(open) != Some(&'"') {
        return None;
    }
    if !raw {
        return (hashes == 0).then(|| string(text, open));
    }
    let closes = |end: &usize| {
        text[*end] == '"' && text[*end + 1..].iter().take_while(|c| **c == '#').take(hashes).count() == hashes
    };
    Some((open + 1..text.len()).find(closes).map_or(text.len(), |end| end + 1 + hashes))
}

/// The end of a character; a lifetime is passed over as a lone quote.
fn character(text: &[char], at: usize) -> usize {
    match (text.get(at + 1), text.get(at + 2)) {
        (Some('\\'), _) => {
            let end = text[at + 3..].iter().position(|c| *c == '\'');
            end.map_or(text.len(), |end| at + 4 + end)
        }
        (Some(_), Some('\'')) => at + 3,
        _ => at + 1,
    }
}

/// The module that a file of `src` is: `src/image/tar/mod.rs` and `src/image/tar.rs` are `[image, tar]`.
pub(crate) fn module_of(file: &str) -> Vec<String> {
    let inner = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    inner.split('/').filter(|name| !matches!(*name, "lib" | "mod")).map(str::to_owned).collect()
}

/// Every path with at least one `::`, and every `use`; groups are written out.
pub(crate) fn paths(file: &str, source: &str) -> Vec<Path> {
    let tokens = tokens(source);
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let (mut found, mut depth) = (Vec::new(), 0);
    let mut modules: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match text(at) {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                modules.retain(|(opened, _)| *opened < depth + 1);
            }
            "mod" if text(at + 2) == "{" => modules.push((depth + 1, text(at + 1).to_owned())),
            _ => {}
        }
        let used = at > 0 && text(at - 1) == "use";
        let begins = is_name(text(at)) && (at == 0 || !matches!(text(at - 1), "::" | "."));
        if begins && (used || text(at + 1) == "::") {
            let mut here = module_of(file);
            here.extend(modules.iter().map(|(_, name)| name.clone()));
            let mut all = Vec::new();
            at = branches(&tokens, at, &mut Vec::new(), &mut all);
            found.extend(all.into_iter().map(|(names, line)| resolve(&here, names, line)));
        } else {
            at += 1;
        }
    }
    found
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Follows one path from `at`, through groups; gives the position behind it.
fn branches(
    tokens: &[Token],
    mut at: usize,
    prefix: &mut Vec<String>,
    found: &mut Vec<(Vec<String>, usize)>,
) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let (own, line) = (prefix.len(), tokens[at].line);
    loop {
        if text(at) == "{" {
            at += 1;
            while !matches!(text(at), "}" | "") {
                at = branches(tokens, at, prefix, found);
                at += usize::from(text(at) == ",");
            }
            prefix.truncate(own);
            return at + 1;
        }
        prefix.push(text(at).to_owned());
        at += 1;
        let goes_on = text(at) == "::" && (is_name(text(at + 1)) || matches!(text(at + 1), "{" | "*"));
        if !goes_on {
            break;
        }
        at += 1;
    }
    found.push((prefix.clone(), line));
    prefix.truncate(own);
    if text(at) == "as" { at + 2 } else { at }
}

fn resolve(here: &[String], names: Vec<String>, line: usize) -> Path {
    let supers = names.iter().take_while(|name| *name == "super").count();
    let (ours, names) = match names[0].as_str() {
        "crate" => (true, names[1..].to_vec()),
        "super" => (true, [&here[..here.len().saturating_sub(supers)], &names[supers..]].concat()),
        "self" => (true, [here, &names[1..]].concat()),
        _ => (false, names),
    };
    Path { ours, names, line }
}

/// How many lines stand outside `#[cfg(test)]` modules.
pub(crate) fn lines_outside_tests(source: &str) -> usize {
    let tokens = tokens(source);
    let words: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
    let mut inside = 0;
    for at in 0..words.len() {
        let opens = words[at..].starts_with(&["#", "[", "cfg", "(", "test", ")", "]", "mod"]);
        if !opens || words.get(at + 9) != Some(&"{") {
            continue;
        }
        let mut depth = 0;
        let end = (at + 9..words.len()).find(|end| {
            depth += i32::from(words[*end] == "{") - i32::from(words[*end] == "}");
            depth == 0
        });
        let last = end.map_or(source.lines().count(), |end| tokens[end].line);
        inside += last - tokens[at].line + 1;
    }
    source.lines().count() - inside
}
