//! Rules for secrets, read from text: those that are built in, and a user's changes to them.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use super::checks::{Check, Verdict};
use super::guess;
use super::keywords::{self, Keywords};

/// The rules that are built in.
const EMBEDDED: &str = include_str!("../../../assets/secrets.toml");
/// The longest that a rule's expression may look at, in bytes.
const MAX_LENGTH: usize = 32 << 10;
/// What it looks at if nothing is said.
const LENGTH: usize = 512;
/// The compiled program of an expression may take this many bytes.
const MAX_PROGRAM: usize = 4 << 20;
/// Rules and keywords beyond these are no rules that somebody wrote.
const MAX_RULES: usize = 1000;
const MAX_KEYWORDS: usize = 4000;

/// Why rules cannot be used: the line, where that is known, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{what}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct RulesError {
    pub line: Option<usize>,
    pub what: String,
}

/// See the module. Compiled, and to be shared by threads.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(super) all: Vec<Rule>,
    pub(super) keywords: Keywords,
    /// Globs of all `paths`, and the rule that each belongs to.
    paths: GlobSet,
    path_owners: Vec<usize>,
    quiet: GlobSet,
    /// The longest that any rule with keywords looks at.
    pub(super) longest: usize,
}

/// One rule, compiled.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub id: String,
    pub title: String,
    regex: Regex,
    keywords: Vec<String>,
    pub inside: bool,
    pub length: usize,
    pub binary: bool,
    /// The rule is only for some paths.
    pub placed: bool,
    except: GlobSet,
    pub files: bool,
    pub texts: bool,
    entropy: f64,
    checks: Vec<Check>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    quiet: Vec<String>,
    disable: Vec<String>,
    rule: Vec<toml::Spanned<Written>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    title: String,
    #[serde(default)]
    keywords: Vec<String>,
    regex: String,
    #[serde(default)]
    inside: bool,
    length: Option<usize>,
    #[serde(default = "yes")]
    binary: bool,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    texts: Option<Texts>,
    #[serde(default)]
    entropy: f64,
    #[serde(default)]
    checks: Vec<Check>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Texts {
    Also,
    Only,
    No,
}

fn yes() -> bool {
    true
}

fn line_of(text: &str, at: usize) -> Option<usize> {
    text.get(..at).map(|before| before.matches('\n').count() + 1)
}

fn read(text: &str) -> Result<File, RulesError> {
    toml::from_str(text).map_err(|error| RulesError {
        line: error.span().and_then(|span| line_of(text, span.start)),
        what: error.message().lines().collect::<Vec<_>>().join(" "),
    })
}

fn globs<'t>(texts: impl IntoIterator<Item = &'t String>) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for text in texts {
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        set.add(glob.map_err(|error| format!("the glob {text:?}: {}", error.kind()))?);
    }
    set.build().map_err(|error| error.to_string())
}

impl Written {
    fn compile(&self) -> Result<Rule, String> {
        let keyed = !self.keywords.is_empty();
        let only = self.texts == Some(Texts::Only);
        if !keyed && self.paths.is_empty() && !only {
            return Err("it needs keywords, or paths, or texts = \"only\"".to_owned());
        }
        if self.keywords.iter().any(|keyword| !(keywords::STEM..=keywords::LONGEST).contains(&keyword.len()))
        {
            return Err("keywords have from 3 to 64 bytes".to_owned());
        }
        let length = self.length.unwrap_or(LENGTH);
        if length > MAX_LENGTH {
            return Err(format!("length is at most {MAX_LENGTH}"));
        }
        // Tried where a keyword stands, and nowhere else: so it cannot cost more than its own length each time.
        let text = if keyed { format!(r"\A(?:{})", self.regex) } else { self.regex.clone() };
        let regex = RegexBuilder::new(&text).unicode(false).size_limit(MAX_PROGRAM).build();
        let regex = regex.map_err(|error| {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default().trim();
            format!("regex: {}", last.strip_prefix("error: ").unwrap_or(last))
        })?;
        Ok(Rule {
            id: self.id.clone(),
            title: self.title.clone(),
            regex,
            keywords: self.keywords.clone(),
            inside: self.inside,
            length,
            binary: self.binary,
            placed: !self.paths.is_empty(),
            except: globs(&self.except)?,
            files: !only,
            texts: self.texts.map_or(keyed, |texts| texts != Texts::No),
            entropy: self.entropy,
            checks: self.checks.clone(),
        })
    }
}

impl Rules {
    /// The rules that are built in.
    pub fn embedded() -> Result<Rules, RulesError> {
        Rules::with("")
    }

    /// The built-in rules with a user's changes; an empty text changes nothing.
    pub fn with(text: &str) -> Result<Rules, RulesError> {
        let (mut base, own) = (read(EMBEDDED)?, read(text)?);
        let known = |id: &String| base.rule.iter().chain(&own.rule).any(|rule| rule.get_ref().id == *id);
        if let Some(id) = own.disable.iter().find(|id| !known(id)) {
            let at = text.find(id.as_str()).and_then(|at| line_of(text, at));
            return Err(RulesError { line: at, what: format!("there is no rule {id:?} to disable") });
        }
        // A user's rule takes the place of the one it is called like, and with it its precedence.
        let mut rules: Vec<(toml::Spanned<Written>, bool)> =
            base.rule.drain(..).map(|rule| (rule, false)).collect();
        for rule in own.rule {
            match rules.iter_mut().find(|(have, _)| have.get_ref().id == rule.get_ref().id) {
                Some((_, true)) => {
                    let what = format!("a second rule {:?}", rule.get_ref().id);
                    return Err(RulesError { line: line_of(text, rule.span().start), what });
                }
                Some(place) => *place = (rule, true),
                None => rules.push((rule, true)),
            }
        }
        rules.retain(|(rule, _)| !own.disable.contains(&rule.get_ref().id));
        let (mut all, mut paths, mut path_owners) = (Vec::new(), Vec::new(), Vec::new());
        for (rule, users) in &rules {
            let compiled = rule.get_ref().compile().map_err(|what| RulesError {
                line: users.then(|| line_of(text, rule.span().start)).flatten(),
                what: format!("rule {:?}: {what}", rule.get_ref().id),
            })?;
            path_owners.extend(rule.get_ref().paths.iter().map(|_| all.len()));
            paths.extend(&rule.get_ref().paths);
            all.push(compiled);
        }
        let whole = |what: String| RulesError { line: None, what };
        let keywords = all.iter().enumerate().flat_map(|(at, rule): (usize, &Rule)| {
            rule.keywords.iter().map(move |keyword| (keyword.as_str(), at))
        });
        let keywords = Keywords::new(keywords).map_err(whole)?;
        if all.len() > MAX_RULES || keywords.count() > MAX_KEYWORDS {
            return Err(whole(format!("more than {MAX_RULES} rules, or {MAX_KEYWORDS} keywords")));
        }
        Ok(Rules {
            longest: all
                .iter()
                .filter(|rule| !rule.keywords.is_empty())
                .map(|rule| rule.length)
                .max()
                .unwrap_or(LENGTH),
            keywords,
            paths: globs(paths).map_err(whole)?,
            path_owners,
            quiet: globs(base.quiet.iter().chain(&own.quiet)).map_err(whole)?,
            all,
        })
    }

    /// The rules whose `paths` match, by number, ascending.
    pub(super) fn at(&self, path: &[u8]) -> Vec<usize> {
        let path = String::from_utf8_lossy(path);
        let mut rules: Vec<usize> =
            self.paths.matches(&*path).into_iter().map(|glob| self.path_owners[glob]).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// Whether the rule has nothing to say about a path.
    pub(super) fn is_quiet(&self, rule: &Rule, path: &[u8]) -> bool {
        let path = String::from_utf8_lossy(path);
        self.quiet.is_match(&*path) || rule.except.is_match(&*path)
    }
}

/// A secret in some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// Where the secret is.
    pub secret: std::ops::Range<usize>,
    /// Where its name is.
    pub name: Option<std::ops::Range<usize>>,
}

impl Rule {
    pub(super) fn keyed(&self) -> bool {
        !self.keywords.is_empty()
    }

    /// The secret that stands where a keyword is.
    pub(super) fn at_keyword(&self, bytes: &[u8], at: usize) -> Option<Hit> {
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        if !self.inside && at > 0 && word(&bytes[at - 1]) {
            return None;
        }
        let end = bytes.len().min(at.saturating_add(self.length));
        let found = self.regex.captures(&bytes[at..end])?;
        self.judge(&bytes[at..end], &found).map(|hit| Hit {
            secret: hit.secret.start + at..hit.secret.end + at,
            name: hit.name.map(|name| name.start + at..name.end + at),
        })
    }

    /// The secrets in all of some bytes, from the first to the last.
    pub(super) fn anywhere<'b>(&'b self, bytes: &'b [u8]) -> impl Iterator<Item = Hit> + 'b {
        self.regex.captures_iter(bytes).filter_map(|found| self.judge(bytes, &found))
    }

    fn judge(&self, bytes: &[u8], found: &regex::bytes::Captures<'_>) -> Option<Hit> {
        let whole = found.get(0)?;
        let mut secret = found.name("secret").unwrap_or(whole).range();
        let name = found.name("name").map(|name| name.range());
        // Quotation marks are no part of a value.
        if let [first @ (b'"' | b'\''), .., last] = &bytes[secret.clone()]
            && first == last
        {
            secret = secret.start + 1..secret.end - 1;
        }
        let value = &bytes[secret.clone()];
        let called = name.clone().map_or(&b""[..], |name| &bytes[name]);
        let mut certain = false;
        for check in &self.checks {
            match check.judge(whole.as_bytes(), called, value) {
                Verdict::No => return None,
                Verdict::Yes => {}
                Verdict::Certain => certain = true,
            }
        }
        // A key is checked byte by byte, and its letters may well spell a word.
        let sure = certain || self.checks.contains(&Check::Pem);
        (!value.is_empty() && (sure || !guess::placeholder(value) && guess::entropy(value) >= self.entropy))
            .then_some(Hit { secret, name })
    }
}
