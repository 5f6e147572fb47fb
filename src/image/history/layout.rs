//! Commands on one line and on several, without touching what is quoted.

/// Longest command that stays on one line.
const WIDTH: usize = 72;
/// Blanks in a row that were the end of a line and the indentation of the next.
const INDENTATION: usize = 3;
const CONTINUED: &str = " \\\n    ";

/// A shell's view of a text, character by character.
#[derive(Default)]
struct Quotes {
    quote: Option<char>,
    escaped: bool,
    /// What closes the brackets that are open.
    open: Vec<char>,
    last: char,
}

impl Quotes {
    /// Takes the next character; whether it is one that means something to a shell.
    fn take(&mut self, c: char) -> bool {
        let plain = self.quote.is_none() && !self.escaped;
        match self.quote {
            _ if self.escaped => self.escaped = false,
            Some('\'') if c == '\\' => {}
            _ if c == '\\' => self.escaped = true,
            Some(quote) if c == quote => self.quote = None,
            Some(_) => {}
            None => match c {
                '\'' | '"' | '`' => self.quote = Some(c),
                '(' => self.open.push(')'),
                '{' if self.last == '$' => self.open.push('}'),
                _ if self.open.last() == Some(&c) => drop(self.open.pop()),
                _ => {}
            },
        }
        self.last = c;
        plain && !self.escaped
    }
}

/// One line: blanks become one space, line breaks a sign; what is quoted keeps its blanks.
pub(super) fn one_line(text: &str) -> String {
    let mut quotes = Quotes::default();
    let mut out = String::with_capacity(text.len());
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let plain = quotes.take(c);
        match c {
            '\n' | '\r' => {
                out.truncate(out.trim_end().len());
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                // A script's lines stand for themselves: a lone apostrophe must not reach beyond its own.
                quotes = Quotes::default();
                out.push_str(" ⏎ ");
            }
            ' ' | '\t' if plain => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// A long command of a shell on several lines: after `&&`, `||` and `;`, and where the Dockerfile had line breaks.
pub(super) fn command(text: &str) -> String {
    let line = one_line(text);
    if line.chars().count() <= WIDTH {
        return line;
    }
    let mut lines = Lines::default();
    let mut quotes = Quotes::default();
    let mut rest = text.trim();
    while let Some(c) = rest.chars().next() {
        let top = quotes.quote.is_none() && !quotes.escaped && quotes.open.is_empty();
        let operator = ["&&", "||", ";;", ";"].into_iter().find(|operator| top && rest.starts_with(operator));
        if let Some(operator) = operator {
            rest = rest[operator.len()..].trim_start_matches([' ', '\t']);
            lines.operator(operator);
            if let Some(word) = ["then", "do"].into_iter().find(|word| starts_with_word(rest, word)) {
                rest = rest[word.len()..].trim_start_matches([' ', '\t']);
                lines.operator(word);
            }
            quotes.last = ' ';
            continue;
        }
        if top && matches!(c, ' ' | '\t') {
            let after = rest.trim_start_matches([' ', '\t']);
            let blanks = &rest[..rest.len() - after.len()];
            if blanks.len() >= INDENTATION || blanks.contains('\t') {
                lines.end();
            } else {
                lines.blank();
            }
            quotes.last = ' ';
            rest = after;
            continue;
        }
        quotes.take(c);
        lines.now.push(c);
        rest = &rest[c.len_utf8()..];
    }
    lines.end();
    lines.done.join(CONTINUED)
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '\t']))
}

#[derive(Default)]
struct Lines {
    done: Vec<String>,
    now: String,
}

impl Lines {
    fn end(&mut self) {
        let line = std::mem::take(&mut self.now);
        let line = line.trim_end();
        if !line.is_empty() {
            self.done.push(line.to_owned());
        }
    }

    fn blank(&mut self) {
        if !self.now.is_empty() {
            self.now.push(' ');
        }
    }

    /// Ends the line with an operator, which goes to the line before when it comes first.
    fn operator(&mut self, operator: &str) {
        self.end();
        let space = if operator.starts_with(';') { "" } else { " " };
        match self.done.last_mut() {
            Some(line) => {
                line.push_str(space);
                line.push_str(operator);
            }
            None => self.done.push(operator.to_owned()),
        }
    }
}

/// `NAME=value …`: one a line when they are long.
pub(super) fn pairs(text: &str) -> String {
    let words = words(text);
    let all = words.len() > 1 && words.iter().all(|word| assigns(word));
    if one_line(text).chars().count() <= WIDTH || !all {
        return text.to_owned();
    }
    words.join(CONTINUED)
}

/// Gives the values of `NAME=value with spaces OTHER=…` the quotes that builders leave out.
pub(super) fn with_quotes(text: &str) -> String {
    let words = words(text);
    if words.iter().all(|word| assigns(word)) || !text.split(' ').next().is_some_and(assigns) {
        return text.to_owned();
    }
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for word in text.split(' ') {
        match (word.split_once('='), pairs.last_mut()) {
            (Some((name, value)), _) if assigns(word) => pairs.push((name, value.to_owned())),
            (_, Some((_, value))) => {
                value.push(' ');
                value.push_str(word);
            }
            _ => return text.to_owned(),
        }
    }
    let quoted = |(name, value): &(&str, String)| {
        let plain = !value.contains([' ', '\t', '\n', '"', '\'', '\\']);
        if plain {
            return format!("{name}={value}");
        }
        let escaped: String =
            value.chars().flat_map(|c| "\"\\$".contains(c).then_some('\\').into_iter().chain([c])).collect();
        format!("{name}=\"{escaped}\"")
    };
    pairs.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

fn assigns(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| super::shell::is_name(name))
}

/// Words as a shell splits them, quotes kept; nothing when a quote is left open.
fn words(text: &str) -> Vec<&str> {
    let mut quotes = Quotes::default();
    let (mut words, mut start) = (Vec::new(), None);
    for (at, c) in text.char_indices() {
        if quotes.take(c) && matches!(c, ' ' | '\t') {
            words.extend(start.take().map(|start| &text[start..at]));
        } else {
            start = start.or(Some(at));
        }
    }
    words.extend(start.map(|start| &text[start..]));
    // An unbalanced text is one word that assigns nothing.
    if quotes.quote.is_some() { vec![""] } else { words }
}

/// A script as the heredoc it was; a command that holds heredocs of its own is complete already.
pub(super) fn heredoc(script: &str) -> String {
    let script = script.trim_end_matches(['\n', '\r']);
    let (first, rest) = script.split_once('\n').unwrap_or((script, ""));
    let ends = |name: &str| rest.lines().any(|line| line.trim() == name);
    if delimiters(first).any(ends) {
        return script.to_owned();
    }
    // Buildah leaves out the last line.
    if first.starts_with("<<")
        && let Some(name) = delimiters(first).next()
    {
        return format!("{script}\n{name}");
    }
    let taken =
        |line: &str| line.strip_prefix("EO").is_some_and(|rest| rest.bytes().all(|byte| byte == b'F'));
    let longest = script.lines().map(str::trim).filter(|line| taken(line)).map(str::len).max();
    let name = format!("EO{}", "F".repeat(longest.map_or(1, |length| length - 1)));
    format!("<<{name}\n{script}\n{name}")
}

/// The names after `<<` on a line: a few, since each is looked for in the whole script.
fn delimiters(line: &str) -> impl Iterator<Item = &str> {
    const MOST: usize = 4;
    line.split("<<").skip(1).take(MOST).filter_map(|after| {
        let name = after.trim_start_matches('-').trim_start_matches(['"', '\'']);
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
        (end > 0).then(|| &name[..end])
    })
}
