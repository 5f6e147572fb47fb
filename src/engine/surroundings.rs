//! What of this process and this machine decides where an engine is looked for: one value, so that it can be anything
//! in a test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The variables that have a say.
const VARIABLES: [&str; 11] = [
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_TLS_VERIFY",
    "DOCKER_TLS",
    "DOCKER_CERT_PATH",
    "CONTAINER_HOST",
    "XDG_RUNTIME_DIR",
    "TMPDIR",
    "COLIMA_HOME",
    "LIMA_HOME",
];

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// What was asked for by hand: a URL, a path, or the name of a context.
    pub engine: Option<String>,
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
    /// The user's own folder.
    pub home: Option<PathBuf>,
    /// The user's number; none where users have none.
    pub user: Option<u32>,
    /// What the sockets of the system lie below: `/`.
    pub root: PathBuf,
    /// `linux`, `macos`, `windows`, …
    pub system: String,
}

impl Surroundings {
    /// Those of this process. `engine` is what `--engine` says.
    pub fn of_process(engine: Option<String>) -> Surroundings {
        let variable = |name: &str| Some((name.to_owned(), std::env::var(name).ok()?));
        Surroundings {
            engine,
            variables: VARIABLES.into_iter().filter_map(variable).collect(),
            home: std::env::home_dir().filter(|home| home.is_absolute()),
            #[cfg(unix)]
            user: Some(rustix::process::getuid().as_raw()),
            #[cfg(not(unix))]
            user: None,
            root: PathBuf::from("/"),
            system: std::env::consts::OS.to_owned(),
        }
    }

    /// The same, but for the engine: one of the places that were offered, by its URL, or whatever is typed.
    #[must_use]
    pub fn with_engine(&self, engine: &str) -> Surroundings {
        Surroundings { engine: Some(engine.to_owned()), ..self.clone() }
    }

    /// A variable; an empty one counts as unset, as it does for docker.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Docker's own folder.
    pub(super) fn docker_folder(&self) -> Option<PathBuf> {
        match self.variable("DOCKER_CONFIG") {
            Some(folder) => Some(PathBuf::from(folder)),
            None => self.below_home(".docker"),
        }
    }

    /// The folder of the user's sockets.
    pub(super) fn runtime_folder(&self) -> Option<PathBuf> {
        match self.variable("XDG_RUNTIME_DIR") {
            Some(folder) => Some(PathBuf::from(folder)),
            None => self.user.map(|user| self.below_root(&format!("run/user/{user}"))),
        }
    }

    pub(super) fn below_home(&self, path: &str) -> Option<PathBuf> {
        self.home.as_deref().map(|home| home.join(path))
    }

    pub(super) fn below_root(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(super) fn is_system(&self, systems: &[&str]) -> bool {
        systems.contains(&self.system.as_str())
    }

    /// A folder that a variable can move, and where it is otherwise.
    pub(super) fn folder(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        self.variable(variable)
            .map(|folder| Path::new(folder).to_owned())
            .or_else(|| self.below_home(below_home))
    }
}
