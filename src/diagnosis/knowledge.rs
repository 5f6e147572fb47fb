//! What is known in general: causes, exit codes, runtimes, and lines of logs that betray a cause. All of it is data, in
//! `assets/diagnosis`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::{Regex, RegexSet, RegexSetBuilder};
use serde::Deserialize;

use super::facts::Facts;
use super::verdict::{Grade, Phase, Role};

const CAUSES: &str = include_str!("../../assets/diagnosis/causes.toml");
const EXITS: &str = include_str!("../../assets/diagnosis/exits.toml");
const RUNTIMES: &str = include_str!("../../assets/diagnosis/runtimes.toml");
const SIGNATURES: &str = include_str!("../../assets/diagnosis/signatures.toml");

/// Bytes for the states of the signatures together.
const STATES: usize = 48 << 20;

/// See the module. Made once.
#[derive(Debug, Default)]
pub struct Knowledge {
    causes: BTreeMap<String, Cause>,
    exits: Vec<Exit>,
    runtimes: Vec<Runtime>,
    pub(super) shells: Vec<String>,
    pub(super) wrappers: Vec<String>,
    pub(super) daemons: Vec<Daemon>,
    pub(super) signatures: Vec<Signature>,
    set: Option<RegexSet>,
}

/// A cause in general.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    pub id: String,
    /// What it means.
    pub what: String,
    /// What to change where a finding has nothing better to say.
    pub fix: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exit {
    code: i64,
    means: String,
    #[serde(default)]
    runtimes: Vec<String>,
    phase: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Runtime {
    name: String,
    #[serde(default)]
    programs: Vec<String>,
    #[serde(default)]
    env: Vec<String>,
    #[serde(default)]
    lines: Vec<String>,
}

/// A server that goes into the background, and what keeps it from that.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Daemon {
    pub program: String,
    pub foreground: Vec<String>,
    /// It stays in the foreground unless told this.
    #[serde(default)]
    pub background: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Pick {
    First,
    #[default]
    Last,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum RoleName {
    #[default]
    Root,
    Symptom,
    Amplifier,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum GradeName {
    #[default]
    Likely,
    Possible,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureText {
    cause: String,
    pattern: String,
    title: String,
    fix: Option<String>,
    #[serde(default)]
    runtimes: Vec<String>,
    #[serde(default)]
    codes: Vec<i64>,
    confirm: Option<String>,
    #[serde(default)]
    role: RoleName,
    weight: i32,
    #[serde(default)]
    pick: Pick,
    #[serde(default)]
    grade: GradeName,
}

/// A line that betrays a cause; see `assets/diagnosis/signatures.toml`.
#[derive(Debug)]
pub(super) struct Signature {
    pub cause: String,
    pattern: String,
    /// Compiled when its set says that a line matches.
    regex: OnceLock<Option<Regex>>,
    pub title: String,
    pub fix: Option<String>,
    pub runtimes: Vec<String>,
    pub codes: Vec<i64>,
    pub confirm: Option<String>,
    pub role: Role,
    pub weight: i32,
    pub pick: Pick,
    pub grade: Grade,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CauseFile {
    cause: Vec<Cause>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExitFile {
    exit: Vec<Exit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuntimeFile {
    shells: Vec<String>,
    wrappers: Vec<String>,
    daemon: Vec<Daemon>,
    runtime: Vec<Runtime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureFile {
    signature: Vec<SignatureText>,
}

impl Knowledge {
    /// What comes with the program. Read once, whoever asks.
    pub fn embedded() -> &'static Knowledge {
        static EMBEDDED: OnceLock<Knowledge> = OnceLock::new();
        // The embedded files are read by a test; without them nothing would be known, and nothing would break.
        EMBEDDED.get_or_init(|| Knowledge::read(CAUSES, EXITS, RUNTIMES, SIGNATURES).unwrap_or_default())
    }

    /// Reads the four files; an error is one line.
    pub fn read(causes: &str, exits: &str, runtimes: &str, signatures: &str) -> Result<Knowledge, String> {
        let fault = |file: &str| {
            let file = file.to_owned();
            move |error: toml::de::Error| format!("{file}: {}", error.message())
        };
        let causes: CauseFile = toml::from_str(causes).map_err(fault("causes"))?;
        let exits: ExitFile = toml::from_str(exits).map_err(fault("exits"))?;
        let runtimes: RuntimeFile = toml::from_str(runtimes).map_err(fault("runtimes"))?;
        let signatures: SignatureFile = toml::from_str(signatures).map_err(fault("signatures"))?;
        let causes: BTreeMap<_, _> =
            causes.cause.into_iter().map(|cause| (cause.id.clone(), cause)).collect();
        let patterns = signatures.signature.iter().map(|signature| signature.pattern.as_str());
        // With less room for its states a set of this many expressions starts over and over.
        let set = RegexSetBuilder::new(patterns).dfa_size_limit(STATES).build();
        let set = set.map_err(|error| format!("signatures: {error}"))?;
        if let Some(unknown) =
            signatures.signature.iter().find(|signature| !causes.contains_key(&signature.cause))
        {
            return Err(format!("signatures: {} is no cause", unknown.cause));
        }
        Ok(Knowledge {
            causes,
            exits: exits.exit,
            runtimes: runtimes.runtime,
            shells: runtimes.shells,
            wrappers: runtimes.wrappers,
            daemons: runtimes.daemon,
            signatures: signatures.signature.into_iter().map(Signature::new).collect(),
            set: Some(set),
        })
    }

    /// All causes, by id.
    pub fn causes(&self) -> impl Iterator<Item = &Cause> {
        self.causes.values()
    }

    pub fn cause(&self, id: &str) -> Option<&Cause> {
        self.causes.get(id)
    }

    /// What an exit code means for a program of these runtimes that ended in this way.
    pub(super) fn meaning(&self, code: i64, phase: Phase, runtimes: &[&str]) -> Option<&str> {
        let phase = match phase {
            Phase::NeverStarted | Phase::Refused => "refused",
            Phase::ExecFailed => "exec-failed",
            Phase::Lost => "lost",
            Phase::Exited | Phase::Killed | Phase::Running => "",
        };
        let holds = |exit: &&Exit| {
            exit.code == code
                && exit.phase.as_deref().unwrap_or_default() == phase
                && (exit.runtimes.is_empty()
                    || exit.runtimes.iter().any(|name| runtimes.contains(&name.as_str())))
        };
        self.exits.iter().find(holds).map(|exit| exit.means.as_str())
    }

    /// The runtimes that a container shows signs of.
    pub(super) fn runtimes(&self, facts: &Facts) -> Vec<&str> {
        let words: Vec<&str> =
            facts.config.argv.iter().flat_map(|word| word.split_whitespace()).take(64).collect();
        let program = |name: &String| {
            words.iter().any(|word| {
                let word = word.rsplit('/').next().unwrap_or(word);
                let bare = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
                word == name || bare == name
            })
        };
        let shows = |runtime: &&Runtime| {
            runtime.programs.iter().any(program)
                || runtime.env.iter().any(|name| facts.config.env(name).is_some())
                || facts
                    .log
                    .lines
                    .iter()
                    .any(|line| runtime.lines.iter().any(|text| line.text.contains(text)))
        };
        self.runtimes.iter().filter(shows).map(|runtime| runtime.name.as_str()).collect()
    }

    /// The signatures that match a line.
    pub(super) fn matching(&self, line: &str) -> impl Iterator<Item = (usize, &Signature)> {
        let matches = self.set.as_ref().map(|set| set.matches(line));
        matches.into_iter().flatten().map(|index| (index, &self.signatures[index]))
    }
}

impl Signature {
    fn new(text: SignatureText) -> Signature {
        Signature {
            cause: text.cause,
            pattern: text.pattern,
            regex: OnceLock::new(),
            title: text.title,
            fix: text.fix,
            runtimes: text.runtimes,
            codes: text.codes,
            confirm: text.confirm,
            role: match text.role {
                RoleName::Root => Role::Root,
                RoleName::Symptom => Role::Symptom,
                RoleName::Amplifier => Role::Amplifier,
            },
            weight: text.weight,
            pick: text.pick,
            grade: match text.grade {
                GradeName::Likely => Grade::Likely,
                GradeName::Possible => Grade::Possible,
            },
        }
    }

    /// What the pattern names in a line.
    pub(super) fn captures(&self, line: &str) -> BTreeMap<String, String> {
        let regex = self.regex.get_or_init(|| Regex::new(&self.pattern).ok());
        let Some(regex) = regex else { return BTreeMap::new() };
        let Some(found) = regex.captures(line) else { return BTreeMap::new() };
        let named = regex.capture_names().flatten();
        named.filter_map(|name| Some((name.to_owned(), found.name(name)?.as_str().to_owned()))).collect()
    }

    /// The title with what a line says in it; what it does not say is left out.
    pub(super) fn title(&self, found: &BTreeMap<String, String>) -> String {
        let mut title = String::new();
        let mut rest = self.title.as_str();
        while let Some((before, behind)) = rest.split_once('{') {
            title.push_str(before);
            let Some((name, after)) = behind.split_once('}') else { break };
            title.push_str(found.get(name).map_or("", String::as_str).trim());
            rest = after;
        }
        title.push_str(rest);
        title.trim_end().trim_end_matches([':', ',']).replace("  ", " ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_knowledge_is_whole() {
        let known = Knowledge::read(CAUSES, EXITS, RUNTIMES, SIGNATURES).unwrap();
        assert!(known.causes.len() > 120 && known.signatures.len() > 90 && known.exits.len() > 40);
        for cause in known.causes() {
            assert!(cause.what.ends_with('.') && !cause.fix.is_empty(), "{}", cause.id);
            assert!(
                cause
                    .id
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            );
        }
        for signature in &known.signatures {
            assert!(Regex::new(&signature.pattern).is_ok(), "{}", signature.pattern);
            let confirm = signature.confirm.as_deref();
            assert!(confirm.is_none_or(super::super::confirm::knows), "{confirm:?}");
            let named: Vec<&str> =
                signature.title.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
            for name in named {
                assert!(
                    signature.pattern.contains(&format!("(?P<{name}>")),
                    "{name} in {:?}",
                    signature.title
                );
            }
            let recognised = |runtime: &String| known.runtimes.iter().any(|known| known.name == *runtime);
            assert!(signature.runtimes.iter().all(recognised), "{:?}", signature.runtimes);
        }
    }

    #[test]
    fn mistakes_in_the_data_are_named() {
        for (causes, signatures, expected) in [
            ("cause = []\nodd = 1", "signature = []", "causes: "),
            (
                "cause = []",
                "signature = [{cause='x',pattern='a',title='b',weight=1}]",
                "signatures: x is no cause",
            ),
            ("cause = []", "signature = [{cause='x',pattern='(',title='b',weight=1}]", "signatures: regex"),
        ] {
            let error = Knowledge::read(causes, EXITS, RUNTIMES, signatures).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
