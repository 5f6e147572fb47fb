//! What a builder recorded → the instruction of the Dockerfile.

use super::golang;
use super::layout;
use super::shell::{arguments, shell};

/// The instructions there are.
const VERBS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];
const MARK: &str = "# buildkit";
const NOP: &str = "#(nop)";

/// An instruction, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decoded<'a> {
    /// Empty when the text is no Dockerfile's; `body` is then all there is.
    pub verb: &'static str,
    pub body: String,
    /// Build arguments that a `RUN` was given, as recorded.
    pub arguments: Option<&'a str>,
    /// A shell whose lines are not continued by `\`.
    pub windows: bool,
}

/// Undoes what builders add around an instruction: the shell of a `RUN`, `#(nop)`, BuildKit's marks.
pub(super) fn decode(created_by: &str) -> Decoded<'_> {
    let text = created_by.trim();
    let unmarked = text.strip_suffix(MARK).map(str::trim_end);
    let text = unmarked.unwrap_or(text);
    if let Some((before, after)) = text.split_once(NOP) {
        let after = after.trim();
        let known = verb(after).is_some() || shell(before).is_some();
        if known && !before.contains('\n') {
            return instruction(after);
        }
    }
    match verb(text) {
        // Kaniko records a RUN as it was written: a shell that is named there was named by the user.
        Some(("RUN", command)) if unmarked.is_some() || command.starts_with('|') => run(command),
        Some(_) => instruction(text),
        None if arguments(text).is_some() || shell(text).is_some() => run(text),
        None => Decoded { body: text.to_owned(), ..Decoded::default() },
    }
}

fn verb(text: &str) -> Option<(&'static str, &str)> {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let verb = VERBS.into_iter().find(|verb| *verb == &text[..end])?;
    Some((verb, text[end..].trim_start()))
}

fn run(text: &str) -> Decoded<'_> {
    let (arguments, command) = match arguments(text) {
        Some((arguments, command)) => (Some(arguments).filter(|text| !text.is_empty()), command),
        None => (None, text),
    };
    let shell = shell(command);
    let body = shell.map_or(command, |shell| &command[shell.length..]).trim();
    let windows = shell.is_some_and(|shell| shell.windows);
    Decoded { verb: "RUN", body: body.to_owned(), arguments, windows }
}

fn instruction(text: &str) -> Decoded<'_> {
    let (verb, rest) = verb(text).unwrap_or(("", text));
    let body = body(verb, rest).unwrap_or_else(|| rest.to_owned());
    Decoded { verb, body, ..Decoded::default() }
}

/// What Go printed, in the words of a Dockerfile; `None` when it is none of the forms that are known.
fn body(verb: &str, text: &str) -> Option<String> {
    // Docker before 1.10 printed a pointer to the list.
    let list = text.strip_prefix("&{").and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    match verb {
        "CMD" | "ENTRYPOINT" | "SHELL" | "VOLUME" => match golang::quoted_list(list) {
            Some(items) => Some(golang::json_list(&items)),
            None if verb == "SHELL" => golang::bare_list(list).map(|words| golang::json_list(&words)),
            None if verb == "VOLUME" => {
                golang::bare_list(list).map(|words| golang::json_list(&paths(&words)))
            }
            None => None,
        },
        "EXPOSE" => golang::set(list).or_else(|| golang::bare_list(list)).map(|ports| ports.join(" ")),
        "USER" | "STOPSIGNAL" => {
            let words = golang::bare_list(text)?;
            (words.len() == 1).then(|| words[0].to_owned())
        }
        "HEALTHCHECK" => golang::healthcheck(text),
        "ENV" | "LABEL" | "ARG" => Some(layout::with_quotes(text)),
        "ADD" | "COPY" => Some(spaced_checksum(text)),
        _ => None,
    }
}

/// Volumes are absolute: a word that is not belongs to the path before.
fn paths(words: &[&str]) -> Vec<String> {
    let absolute = |word: &str| word.starts_with(['/', '$']) || word.get(1..2) == Some(":");
    let mut paths: Vec<String> = Vec::new();
    for word in words {
        match paths.last_mut() {
            Some(path) if !absolute(word) => {
                path.push(' ');
                path.push_str(word);
            }
            _ => paths.push((*word).to_owned()),
        }
    }
    paths
}

const SOURCES: [&str; 3] = ["file:", "multi:", "dir:"];

/// Where the checksum is that stands for the sources of a classic `ADD` or `COPY`: the bytes of its digits.
pub(super) fn checksum(text: &str) -> Option<std::ops::Range<usize>> {
    SOURCES.into_iter().find_map(|source| {
        text.match_indices(source).find_map(|(at, _)| {
            let start = at + source.len();
            let digits = text.get(start..start + 64)?;
            let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            (hex && text[start + 64..].starts_with(" in ")).then_some(start..start + 64)
        })
    })
}

/// Docker leaves out the space between `--chown=…` and the checksum.
fn spaced_checksum(text: &str) -> String {
    let glued = checksum(text).and_then(|digits| {
        let source = SOURCES.into_iter().find(|source| text[..digits.start].ends_with(source))?;
        let at = digits.start - source.len();
        let before = text[..at].chars().next_back()?;
        (!before.is_whitespace()).then_some(at)
    });
    match glued {
        Some(at) => format!("{} {}", &text[..at], &text[at..]),
        None => text.to_owned(),
    }
}
