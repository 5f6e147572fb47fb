//! What was concluded: findings with their evidence, or that nothing could be decided.

use jiff::Timestamp;

use super::facts::{Line, Source};
use super::since::Since;

/// Characters of one piece of evidence.
pub const QUOTE: usize = 200;
/// Findings that are told at most.
pub(super) const MOST: usize = 3;

/// How sure a finding is; by rules, not by feeling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// The failing component's own error and an independent mechanical fact agree.
    Proven,
    /// One authoritative error of this run, and nothing against it.
    Likely,
    /// A pattern, or a source that was needed told nothing.
    Possible,
}

impl Grade {
    pub fn name(self) -> &'static str {
        match self {
            Grade::Proven => "proven",
            Grade::Likely => "likely",
            Grade::Possible => "possible",
        }
    }
}

/// What a finding explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Root,
    /// It follows from something else.
    Symptom,
    /// It makes something else worse.
    Amplifier,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Role::Root => "root",
            Role::Symptom => "symptom",
            Role::Amplifier => "amplifier",
        }
    }
}

/// When in its life a container failed. The same number means different things in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Nobody started it, or the engine refused before it records errors.
    #[default]
    NeverStarted,
    /// The engine refused to start it.
    Refused,
    /// The kernel refused to execute the program.
    ExecFailed,
    /// The program ended by itself.
    Exited,
    /// A signal ended it.
    Killed,
    /// It runs.
    Running,
    /// The engine lost sight of it.
    Lost,
}

impl Phase {
    pub fn name(self) -> &'static str {
        match self {
            Phase::NeverStarted => "never started",
            Phase::Refused => "the engine could not start it",
            Phase::ExecFailed => "its program could not be executed",
            Phase::Exited => "it exited by itself",
            Phase::Killed => "it was ended by a signal",
            Phase::Running => "it runs",
            Phase::Lost => "the engine lost sight of it",
        }
    }
}

/// Where the original of a piece of evidence is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A JSON pointer into the inspection.
    Inspect(String),
    /// A line of this run: its place in [`LogFacts::lines`](super::facts::LogFacts::lines).
    Log {
        line: usize,
        time: Option<Timestamp>,
        stderr: bool,
    },
    Event(Option<Timestamp>),
    /// A path of the image or the container; the layer that is meant, where one is.
    File {
        path: String,
        layer: Option<usize>,
    },
    /// A path that the writable layer changed.
    Change(String),
    Engine,
}

impl Origin {
    pub fn source(&self) -> Source {
        match self {
            Origin::Inspect(_) => Source::Inspect,
            Origin::Log { .. } => Source::Logs,
            Origin::Event(_) => Source::Events,
            Origin::File { .. } => Source::Image,
            Origin::Change(_) => Source::Changes,
            Origin::Engine => Source::Engine,
        }
    }
}

/// Something that was observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub origin: Origin,
    /// At most [`QUOTE`] characters. Foreign text: sanitise before drawing.
    pub detail: String,
}

impl Evidence {
    pub fn new(origin: Origin, detail: impl AsRef<str>) -> Evidence {
        Evidence { origin, detail: quoted(detail.as_ref()) }
    }

    pub fn inspect(pointer: &str, detail: impl AsRef<str>) -> Evidence {
        Evidence::new(Origin::Inspect(pointer.to_owned()), detail)
    }

    pub fn file(path: &str, layer: Option<usize>, detail: impl AsRef<str>) -> Evidence {
        Evidence::new(Origin::File { path: path.to_owned(), layer }, detail)
    }

    pub fn log(at: usize, line: &Line) -> Evidence {
        let origin = Origin::Log { line: at, time: line.time, stderr: line.stderr };
        Evidence::new(origin, super::redact::text(&line.text))
    }

    pub fn change(path: &str, detail: impl AsRef<str>) -> Evidence {
        Evidence::new(Origin::Change(path.to_owned()), detail)
    }

    pub fn engine(detail: impl AsRef<str>) -> Evidence {
        Evidence::new(Origin::Engine, detail)
    }
}

/// A text that is not longer than evidence may be.
pub(super) fn quoted(text: &str) -> String {
    let text = text.trim_end();
    if text.chars().count() <= QUOTE {
        return text.to_owned();
    }
    let short: String = text.chars().take(QUOTE - 1).collect();
    format!("{short}…")
}

/// One cause, and what speaks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// An id of `assets/causes.toml`.
    pub cause: String,
    pub grade: Grade,
    pub role: Role,
    pub phase: Phase,
    /// One sentence that names the object. Foreign text: sanitise before drawing.
    pub title: String,
    pub evidence: Vec<Evidence>,
    /// What speaks against it.
    pub contradictions: Vec<String>,
    /// What to change, and where.
    pub remedy: String,
    /// Ready to be typed.
    pub commands: Vec<String>,
    /// Of equal findings the heavier comes first: what is specific before what is general.
    pub(super) weight: i32,
}

impl Finding {
    pub fn new(cause: &str, grade: Grade, title: impl Into<String>) -> Finding {
        Finding {
            cause: cause.to_owned(),
            grade,
            role: Role::Root,
            phase: Phase::default(),
            title: title.into(),
            evidence: Vec::new(),
            contradictions: Vec::new(),
            remedy: String::new(),
            commands: Vec::new(),
            weight: 0,
        }
    }

    #[must_use]
    pub(super) fn role(mut self, role: Role) -> Finding {
        self.role = role;
        self
    }

    #[must_use]
    pub(super) fn weight(mut self, weight: i32) -> Finding {
        self.weight = weight;
        self
    }

    #[must_use]
    pub(super) fn with(mut self, evidence: Evidence) -> Finding {
        self.evidence.push(evidence);
        self
    }

    #[must_use]
    pub(super) fn all(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Finding {
        self.evidence.extend(evidence);
        self
    }

    #[must_use]
    pub(super) fn but(mut self, contradiction: impl Into<String>) -> Finding {
        self.contradictions.push(contradiction.into());
        self
    }

    #[must_use]
    pub(super) fn fix(mut self, remedy: impl Into<String>) -> Finding {
        self.remedy = remedy.into();
        self
    }

    #[must_use]
    pub(super) fn command(mut self, command: impl Into<String>) -> Finding {
        self.commands.push(command.into());
        self
    }
}

/// Nothing could be decided: what was looked at, and the one observation that would decide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undecided {
    pub checked: Vec<String>,
    pub next: Vec<String>,
}

/// Something in the life of the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub time: Timestamp,
    pub what: String,
}

/// The verdict on one container.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnosis {
    pub phase: Phase,
    /// Whether anything is wrong with it.
    pub failed: bool,
    /// How it is or how it ended, in a few words: `never started`, `exited 1 after 10 ms`.
    pub outcome: String,
    /// `None` while it runs, and when it never ran.
    pub exit_code: Option<i64>,
    /// What that code means here.
    pub exit_meaning: String,
    /// `SIGKILL`, where a signal ended it.
    pub signal: Option<String>,
    pub ran_for_seconds: Option<f64>,
    /// Best first; at most three, and at most one root.
    pub findings: Vec<Finding>,
    pub undecided: Option<Undecided>,
    /// The last lines of this run, where nothing was decided.
    pub last_lines: Vec<Line>,
    pub timeline: Vec<Moment>,
    /// What is different from a container like it that did well, where there is one.
    pub since: Option<Since>,
    /// Each source that was looked at, or why it was not.
    pub sources: Vec<(Source, Option<String>)>,
}

impl Diagnosis {
    pub fn top(&self) -> Option<&Finding> {
        self.findings.first()
    }
}
