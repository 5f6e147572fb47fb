//! What a person types to find paths: fuzzy words, a glob, or a regular expression.

use globset::GlobBuilder;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern as Words};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use regex::bytes::{Regex, RegexBuilder};

/// How a text is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// Words whose letters occur in this order; `'word` literally, `^start`, `end$`, `!not`.
    Fuzzy,
    /// `*.so`, `**/cache/*`, `/etc/*.d`.
    Glob,
    /// Anywhere in the path.
    Regex,
}

impl Syntax {
    /// What `text` most likely is: only a glob has asterisks and brackets that are not part of an expression.
    pub fn guess(text: &str) -> Syntax {
        if text.contains(['*', '?', '{']) || text.contains('[') && text.contains(']') {
            Syntax::Glob
        } else {
            Syntax::Fuzzy
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Syntax::Fuzzy => "fuzzy",
            Syntax::Glob => "glob",
            Syntax::Regex => "regex",
        }
    }
}

/// A compiled text. Letters match regardless of case as long as the text has no capital.
#[derive(Clone, Debug)]
pub struct Pattern {
    how: How,
    /// The whole path is looked at, not only the last name.
    whole: bool,
}

#[derive(Clone, Debug)]
enum How {
    Words(Words),
    Regex(Regex),
}

/// Compiled programs of expressions may take this many bytes.
const MAX_PROGRAM: usize = 1 << 20;

impl Pattern {
    /// Understands `text`; the error says in one line what is wrong with it.
    ///
    /// Fuzzy words and globs without `/` look at the last name of a path, with `/` at the whole of it, as in
    /// ignore files. A regular expression always sees the whole path.
    pub fn new(text: &str, syntax: Syntax) -> Result<Pattern, String> {
        let any_case = !text.chars().any(char::is_uppercase);
        let (how, whole) = match syntax {
            Syntax::Fuzzy => {
                let words = Words::parse(text, CaseMatching::Smart, Normalization::Smart);
                (How::Words(words), text.contains('/'))
            }
            Syntax::Glob => {
                let (regex, whole) = glob(text, any_case)?;
                (How::Regex(regex), whole)
            }
            Syntax::Regex => {
                let mut regex = RegexBuilder::new(text);
                (How::Regex(compile(regex.case_insensitive(any_case))?), true)
            }
        };
        Ok(Pattern { how, whole })
    }

    /// Whether paths have to be put together for this pattern, or names suffice.
    pub fn whole(&self) -> bool {
        self.whole
    }

    /// What looks through many paths; one for each thread.
    pub fn finder(&self) -> Finder<'_> {
        let matcher = matches!(self.how, How::Words(_)).then(|| Matcher::new(Config::DEFAULT));
        Finder { pattern: self, matcher, letters: Vec::new() }
    }
}

/// A glob as an expression on raw bytes, and whether it is about whole paths.
pub(super) fn glob(text: &str, any_case: bool) -> Result<(Regex, bool), String> {
    let whole = text.contains('/');
    // `a/b` is found at any depth, `/a/b` from the root on.
    let text = if whole && !text.starts_with('/') { format!("**/{text}") } else { text.to_owned() };
    let mut glob = GlobBuilder::new(&text);
    let glob = glob.case_insensitive(any_case).literal_separator(true).build();
    let glob = glob.map_err(|error| error.kind().to_string())?;
    // The library's own matcher takes each path apart first.
    Ok((compile(&mut RegexBuilder::new(glob.regex()))?, whole))
}

pub(super) fn compile(regex: &mut RegexBuilder) -> Result<Regex, String> {
    regex.size_limit(MAX_PROGRAM).build().map_err(|error| last_line(&error.to_string()))
}

/// Errors of expressions draw the place over several lines and end with what is wrong.
fn last_line(error: &str) -> String {
    let last = error.lines().last().unwrap_or(error).trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// See [`Pattern::finder`].
#[derive(Debug)]
pub struct Finder<'p> {
    pattern: &'p Pattern,
    matcher: Option<Matcher>,
    letters: Vec<char>,
}

impl Finder<'_> {
    /// How well `text` matches, larger is better; `None` when it does not. The text is a whole path if
    /// [`Pattern::whole`] says so, else a name.
    pub fn score(&mut self, text: &[u8]) -> Option<u32> {
        match (&self.pattern.how, &mut self.matcher) {
            (How::Words(words), Some(matcher)) => {
                let text = String::from_utf8_lossy(text);
                words.score(Utf32Str::new(&text, &mut self.letters), matcher)
            }
            (How::Words(_), None) => None,
            (How::Regex(regex), _) => regex.is_match(text).then_some(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_syntax_finds_what_people_mean() {
        for (syntax, text, path, found) in [
            (Syntax::Fuzzy, "pyc", "/app/__pycache__", true),
            (Syntax::Fuzzy, "pyc", "/python/c", false),
            (Syntax::Fuzzy, "app/mod", "/app/model.bin", true),
            (Syntax::Fuzzy, "'bin$ !lib", "/x/model.bin", false),
            (Syntax::Fuzzy, "bin$ !lib", "/x/model.bin", true),
            (Syntax::Fuzzy, "MODEL", "/x/model.bin", false),
            (Syntax::Fuzzy, "model", "/x/MODEL.BIN", true),
            (Syntax::Glob, "*.so", "/usr/lib/libz.so", true),
            (Syntax::Glob, "*.so", "/usr/lib/libz.so.1", false),
            (Syntax::Glob, "lib/*.so", "/usr/lib/libz.so", true),
            (Syntax::Glob, "/lib/*.so", "/usr/lib/libz.so", false),
            (Syntax::Glob, "/usr/**/*.{so,a}", "/usr/lib/x/libz.a", true),
            (Syntax::Regex, r"\.so(\.\d+)*$", "/usr/lib/libz.so.1.2", true),
            (Syntax::Regex, "^/usr/lib/", "/usr/lib/libz.so", true),
            (Syntax::Regex, "^lib", "/usr/lib/libz.so", false),
        ] {
            let pattern = Pattern::new(text, syntax).unwrap();
            let name = path.rsplit('/').next().unwrap();
            let score = pattern.finder().score(if pattern.whole() { path } else { name }.as_bytes());
            assert_eq!(score.is_some(), found, "{syntax:?} {text} {path}");
        }
    }

    #[test]
    fn better_names_score_higher() {
        let pattern = Pattern::new("passwd", Syntax::Fuzzy).unwrap();
        let mut finder = pattern.finder();
        assert!(finder.score(b"passwd") > finder.score(b"p-a-s-s-word.d"));
        assert_eq!(finder.score(b"\xff\xfe"), None);
    }

    #[test]
    fn mistakes_are_one_line() {
        for (text, syntax) in [("a(", Syntax::Regex), ("[", Syntax::Glob), ("(a{1000}){1000}", Syntax::Regex)]
        {
            let error = Pattern::new(text, syntax).unwrap_err();
            assert!(!error.is_empty() && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn globs_are_recognised() {
        assert_eq!(Syntax::guess("*.py"), Syntax::Glob);
        assert_eq!(Syntax::guess("file[0-9]"), Syntax::Glob);
        assert_eq!(Syntax::guess("etc/pass"), Syntax::Fuzzy);
    }
}
