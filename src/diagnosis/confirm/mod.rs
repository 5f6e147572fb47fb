//! Holding a line of the log against the facts: what agrees makes a finding proven, what contradicts drops it.
//!
//! Signatures name these functions in `assets/diagnosis/signatures.toml`.

mod access;
mod env;
mod files;
mod limits;
mod loader;
mod network;

use std::collections::BTreeMap;

use super::case::Case;
use super::facts::Line;
use super::program::{self, Walk, walk};
use super::verdict::{Evidence, Grade, Role};
use crate::image::changeset::Kind;

/// A line that matched, and what its pattern named in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit<'h> {
    pub at: usize,
    pub line: &'h Line,
    pub captures: &'h BTreeMap<String, String>,
}

impl<'h> Hit<'h> {
    /// What was named by the first of these names that says anything.
    fn named(&self, names: &[&str]) -> Option<&'h str> {
        names
            .iter()
            .find_map(|name| self.captures.get(*name))
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }
}

/// What the facts say to it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Nothing for or against it.
    Nothing,
    /// It is not so.
    Not,
    Says(Box<Says>),
}

/// What changes about the finding; what is empty stays as it is.
#[derive(Debug, Default)]
pub(super) struct Says {
    pub grade: Option<Grade>,
    pub cause: Option<&'static str>,
    pub title: Option<String>,
    pub role: Option<Role>,
    pub evidence: Vec<Evidence>,
    pub contradictions: Vec<String>,
    pub fix: Option<String>,
    pub commands: Vec<String>,
}

impl Says {
    /// A mechanical fact agrees.
    fn proven(evidence: Evidence) -> Says {
        Says { grade: Some(Grade::Proven), evidence: vec![evidence], ..Says::default() }
    }

    /// The facts are of interest, and prove nothing.
    fn also(evidence: Evidence) -> Says {
        Says { evidence: vec![evidence], ..Says::default() }
    }

    /// A fact speaks against it.
    fn doubted(contradiction: impl Into<String>) -> Says {
        Says { grade: Some(Grade::Possible), contradictions: vec![contradiction.into()], ..Says::default() }
    }

    fn cause(mut self, cause: &'static str) -> Says {
        self.cause = Some(cause);
        self
    }

    fn title(mut self, title: impl Into<String>) -> Says {
        self.title = Some(title.into());
        self
    }

    fn fix(mut self, fix: impl Into<String>) -> Says {
        self.fix = Some(fix.into());
        self
    }

    fn with(mut self, evidence: Evidence) -> Says {
        self.evidence.push(evidence);
        self
    }

    fn command(mut self, command: impl Into<String>) -> Says {
        self.commands.push(command.into());
        self
    }

    fn grade(mut self, grade: Grade) -> Says {
        self.grade = Some(grade);
        self
    }
}

impl From<Says> for Outcome {
    fn from(says: Says) -> Outcome {
        Outcome::Says(Box::new(says))
    }
}

type Confirm = fn(&Case<'_>, &Hit<'_>) -> Outcome;

const ALL: [(&str, Confirm); 43] = [
    ("apt", loader::apt),
    ("ca", network::ca),
    ("capability", limits::capability),
    ("child-oom", limits::child_oom),
    ("child-segfault", limits::child_segfault),
    ("config-line", files::config_line),
    ("crlf", files::crlf),
    ("data-version", files::data_version),
    ("denied", access::denied),
    ("directory-mounted", access::directory_mounted),
    ("dns", network::dns),
    ("env-absent", env::absent),
    ("env-cr", env::carriage_return),
    ("env-quotes", env::quotes),
    ("format", access::format),
    ("full", access::full),
    ("glibc", loader::glibc),
    ("go-panic", loader::go_panic),
    ("heap", limits::heap),
    ("isa", loader::isa),
    ("library", loader::library),
    ("mysql-password", env::mysql_password),
    ("node-module", loader::node_module),
    ("not-executable", access::not_executable),
    ("open-files", limits::open_files),
    ("path", files::path),
    ("php-extension", loader::php_extension),
    ("pid-file", files::pid_file),
    ("pids", limits::pids),
    ("port-inside", network::port_inside),
    ("postgres-password", env::postgres_password),
    ("privileged-port", network::privileged_port),
    ("python-frame", loader::python_frame),
    ("python-module", loader::python_module),
    ("read-only", access::read_only),
    ("redis", files::redis),
    ("refused", network::refused),
    ("root-user", limits::root_user),
    ("rust-panic", loader::rust_panic),
    ("script", files::script),
    ("shell-command", loader::shell_command),
    ("shm", limits::shm),
    ("tzdata", files::tzdata),
];

/// Whether there is one of that name.
#[cfg(test)]
pub(super) fn knows(name: &str) -> bool {
    ALL.iter().any(|(known, _)| *known == name)
}

pub(super) fn confirm(case: &Case<'_>, name: &str, hit: &Hit<'_>) -> Outcome {
    match ALL.iter().find(|(known, _)| *known == name) {
        Some((_, confirm)) => confirm(case, hit),
        None => Outcome::Nothing,
    }
}

/// What process 1 reads as a shell: a script, or the command line behind `-c`.
#[derive(Clone, Debug)]
pub(super) struct ScriptText {
    pub body: String,
    pub file: Option<String>,
    pub evidence: Evidence,
}

impl ScriptText {
    /// Whether the shell stays while the last command runs, instead of becoming it.
    pub(super) fn waits(&self) -> bool {
        let lines =
            self.body.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let Some(last) = lines.clone().next_back() else { return false };
        let command = last.rsplit([';', '&', '|']).next().unwrap_or(last).trim();
        if command.starts_with("exec ") {
            return false;
        }
        // A single command is what shells become by themselves.
        let simple = lines.count() == 1 && !last.contains([';', '&', '|', '<', '>', '\n', '`', '(']);
        !(simple && self.file.is_none())
    }
}

/// The script that process 1 is, where it is one and can be read.
pub(super) fn script_text(case: &Case<'_>) -> Option<ScriptText> {
    let argv = &case.facts.config.argv;
    let is_wrapper = |word: &String| {
        let base = word.rsplit('/').next().unwrap_or(word);
        case.know.wrappers.iter().any(|wrapper| wrapper == base)
    };
    let start = argv.iter().position(|word| !is_wrapper(word) && !word.starts_with('-'))?;
    let shell = case.know.shells.iter().any(|shell| *shell == argv[start]);
    if shell {
        let rest = &argv[start + 1..];
        let at = rest.iter().position(|word| !word.starts_with('-'))?;
        let flags: String = rest[..at].concat();
        let word = &rest[at];
        if flags.contains('c') {
            let pointer = format!("/Args/{}", (start + at).min(argv.len() - 1));
            let shown = super::redact::text(&format!("{} {} {word}", argv[start], rest[..at].join(" ")));
            let evidence = Evidence::inspect(&pointer, shown);
            return Some(ScriptText { body: word.clone(), file: None, evidence });
        }
        return read_script(case, &case.absolute(word));
    }
    let path = if argv[start].contains('/') {
        case.absolute(&argv[start])
    } else {
        match program::search(case, &argv[start]) {
            program::Search::Found(path) | program::Search::NotExecutable(path) => path,
            _ => return None,
        }
    };
    let text = read_script(case, &path)?;
    let first = text.body.lines().next().unwrap_or_default();
    (first.starts_with("#!")
        && first.trim_end().split(['/', ' ']).any(|word| ["sh", "bash", "dash", "ash"].contains(&word)))
    .then_some(text)
}

fn read_script(case: &Case<'_>, path: &str) -> Option<ScriptText> {
    let Walk::Found(reached) = walk(case, path) else { return None };
    if reached.node.kind != Kind::File || reached.node.bytes > 256 << 10 {
        return None;
    }
    let body = case.text(&reached.path)?;
    if body.contains('\0') {
        return None;
    }
    let lines = body.lines().count();
    let evidence =
        Evidence::file(&reached.path, None, format!("{} is a script of {lines} lines", reached.path));
    Some(ScriptText { body, file: Some(reached.path), evidence })
}

/// The heap that flags allow, and where they say so.
pub(super) fn heap_bytes(case: &Case<'_>) -> Option<(u64, Evidence)> {
    let config = &case.facts.config;
    let words = config.argv.iter().flat_map(|word| word.split_whitespace());
    let in_argv = words
        .filter_map(heap_flag)
        .next_back()
        .map(|bytes| (bytes, Evidence::inspect("/Args", super::redact::text(&config.argv.join(" ")))));
    let names = [
        "JAVA_OPTS",
        "JAVA_TOOL_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "_JAVA_OPTIONS",
        "NODE_OPTIONS",
        "CATALINA_OPTS",
        "JVM_OPTS",
    ];
    let in_env = || {
        names.iter().find_map(|name| {
            let bytes = config.env(name)?.split_whitespace().filter_map(heap_flag).next_back()?;
            Some((bytes, Evidence::inspect("/Config/Env", super::redact::env(name, config.env(name)?))))
        })
    };
    in_argv.or_else(in_env)
}

/// `-Xmx512m`, `--max-old-space-size=4096`.
fn heap_flag(word: &str) -> Option<u64> {
    let word = word.trim_matches(['"', '\'']);
    if let Some(megabytes) =
        word.strip_prefix("--max-old-space-size=").or_else(|| word.strip_prefix("--max_old_space_size="))
    {
        return megabytes.parse::<u64>().ok()?.checked_mul(1 << 20);
    }
    let size = word.strip_prefix("-Xmx").or_else(|| word.strip_prefix("-XX:MaxHeapSize="))?;
    let (number, unit) = size.split_at(size.find(|c: char| !c.is_ascii_digit()).unwrap_or(size.len()));
    let unit: u64 = match unit.to_ascii_lowercase().as_str() {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}
