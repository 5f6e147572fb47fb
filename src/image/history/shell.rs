//! The shell that builders put before the command of a `RUN`, and the build arguments before the shell.

/// Shells of Unix, by the last part of their path.
const UNIX: [&str; 8] = ["sh", "bash", "ash", "dash", "zsh", "ksh", "mksh", "fish"];
/// Options between the shell's name and the one that says that a command follows.
const MAX_OPTIONS: usize = 8;

/// A shell invocation at the start of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shell {
    /// Bytes before the command.
    pub length: usize,
    /// Its lines are continued by another sign than `\`.
    pub windows: bool,
}

/// The shell that `text` starts with, when a command follows.
pub(super) fn shell(text: &str) -> Option<Shell> {
    let mut words = words(text);
    let (_, first) = words.next()?;
    let absolute = first.starts_with('/');
    let mut name = program(first);
    if matches!(name.as_str(), "env" | "busybox") {
        name = program(words.next()?.1);
    }
    let command = |end: usize, windows| (end < text.len()).then_some(Shell { length: end + 1, windows });
    match name.as_str() {
        // What is not absolute is more likely to be a part of the command: RUN ["sh", "-c", …].
        unix if UNIX.contains(&unix) && absolute => {
            for _ in 0..MAX_OPTIONS {
                let (at, word) = words.next()?;
                if !word.starts_with(['-', '+']) {
                    return None;
                }
                let letters = if word.starts_with("--") { "" } else { word };
                let mut end = at + word.len();
                if letters.ends_with('o') {
                    let (at, option) = words.next()?;
                    end = at + option.len();
                }
                if letters.starts_with('-') && letters.contains('c') {
                    return command(end, false);
                }
            }
            None
        }
        "powershell" | "pwsh" => words
            .take(MAX_OPTIONS)
            .find(|(_, word)| ["-command", "-c"].contains(&word.to_ascii_lowercase().as_str()))
            .and_then(|(at, word)| command(at + word.len(), true)),
        "cmd" => words
            .take_while(|(_, word)| word.starts_with('/'))
            .find(|(_, word)| word.eq_ignore_ascii_case("/c"))
            .and_then(|(at, word)| command(at + word.len(), true)),
        _ => None,
    }
}

/// Splits `|N NAME=value … command` into the arguments and what follows. Docker counts the arguments, Buildah their
/// words, and nothing tells where a value with spaces ends: the command is known by its shell. Where that leaves a
/// choice, the first shell counts, so that nothing of the command is ever taken for a value.
pub(super) fn arguments(text: &str) -> Option<(&str, &str)> {
    let (count, rest) = text.strip_prefix('|')?.split_once(' ')?;
    let count: usize = count.parse().ok()?;
    let assigns = |word: &str| word.split_once('=').is_some_and(|(name, _)| is_name(name));
    let (mut by_words, mut by_arguments, mut first, mut program) = (None, None, None, None);
    let mut assigned = 0;
    for (index, (at, word)) in words(rest).enumerate() {
        if shell(&rest[at..]).is_some() {
            first = first.or(Some(at));
            by_words = by_words.or((index == count).then_some(at));
            by_arguments = by_arguments.or((assigned >= count).then_some(at));
        }
        // Without a shell (RUN [ … ]) the last value ends at its first space, if a program follows.
        if assigned == count && index == count && (count == 0 || word.starts_with('/')) {
            program = Some(at);
        }
        if index > count && by_arguments.is_some() {
            break;
        }
        assigned += usize::from(assigns(word));
    }
    let at = by_words.or(by_arguments).or(first).or(program)?;
    Some((rest[..at].trim_end(), &rest[at..]))
}

pub(super) fn is_name(name: &str) -> bool {
    let sign = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && name.chars().all(sign)
}

/// The last part of a path, in lower case and without `.exe`.
fn program(word: &str) -> String {
    let last = word.rsplit(['/', '\\']).next().unwrap_or(word).to_ascii_lowercase();
    last.strip_suffix(".exe").map(str::to_owned).unwrap_or(last)
}

/// Words between single spaces, with where they start.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split(' ').filter_map(move |word| {
        let start = at;
        at += word.len() + 1;
        (!word.is_empty()).then_some((start, word))
    })
}
