//! Whether a program can be executed in a container: where its name leads, who may go there, and what its first bytes
//! ask for. The same examination explains a start that failed and foresees one that has not happened.

mod absent;
mod contents;
mod library;
mod user;
mod walk;

use super::case::Case;
use super::facts::below;
use super::verdict::Evidence;
use crate::image::changeset::Kind;
pub(super) use absent::{Search, search};
pub(super) use library::{Found, libraries, locate as locate_library};
pub(super) use user::{User, Whom, whom};
pub(super) use walk::{Reached, Walk, walk};

/// Interpreters of interpreters that are followed.
const MAX_DEPTH: usize = 4;

/// How the kernel, the runtime or a shell words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Errno {
    /// No such file or directory.
    Absent,
    /// Not found in any directory of PATH.
    NotInPath,
    Denied,
    /// Exec format error.
    Format,
    Folder,
    NotFolder,
    /// The user or group is unknown.
    User,
    /// It starts, and its loader or `env` gives up.
    Later,
}

/// What keeps a program from being executed.
#[derive(Clone, Debug)]
pub(super) struct Obstacle {
    pub cause: &'static str,
    pub errno: Errno,
    pub title: String,
    pub evidence: Vec<Evidence>,
    pub fix: Option<String>,
    /// Nothing that was not looked at could change it.
    pub certain: bool,
}

impl Obstacle {
    fn new(cause: &'static str, errno: Errno, title: impl Into<String>) -> Obstacle {
        Obstacle { cause, errno, title: title.into(), evidence: Vec::new(), fix: None, certain: true }
    }

    fn with(mut self, evidence: Evidence) -> Obstacle {
        self.evidence.push(evidence);
        self
    }

    fn fix(mut self, fix: impl Into<String>) -> Obstacle {
        self.fix = Some(fix.into());
        self
    }

    fn uncertain(mut self) -> Obstacle {
        self.certain = false;
        self
    }
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Examined {
    /// Where the program is, links followed.
    pub path: Option<String>,
    pub obstacle: Option<Obstacle>,
    /// Everything that matters was known.
    pub complete: bool,
}

impl Examined {
    fn unknown() -> Examined {
        Examined::default()
    }

    fn blocked(path: Option<String>, obstacle: Obstacle) -> Examined {
        Examined { path, obstacle: Some(obstacle), complete: true }
    }
}

/// Examines what the container executes.
pub(super) fn examine(case: &Case<'_>) -> Examined {
    let argv = &case.facts.config.argv;
    let Some(program) = argv.first() else {
        let obstacle = Obstacle::new(
            "no-command",
            Errno::Absent,
            "neither the image nor the command line says what to run",
        );
        return Examined::blocked(
            None,
            obstacle.with(Evidence::inspect("/Path", "Entrypoint and Cmd are empty")),
        );
    };
    if let Whom::Nobody { what, name, near } = whom(case) {
        return Examined::blocked(None, nobody(what, &name, &near));
    }
    if let Some(obstacle) = workdir(case) {
        return Examined::blocked(None, obstacle);
    }
    command(case, program)
}

/// Examines a program by its name, as the runtime looks it up.
pub(super) fn command(case: &Case<'_>, program: &str) -> Examined {
    if !program.contains('/') {
        return match absent::search(case, program) {
            absent::Search::Found(path) | absent::Search::NotExecutable(path) => file(case, &path, 0),
            absent::Search::Nowhere => Examined::blocked(None, absent::not_in_path(case, program)),
            absent::Search::Unknown => Examined::unknown(),
        };
    }
    let path = case.absolute(program);
    match walk(case, &path) {
        Walk::Missing(missing) => {
            Examined::blocked(Some(path.clone()), absent::missing(case, program, &path, &missing))
        }
        Walk::NotFolder(at) => {
            let text = format!("{program} cannot be reached: {at} is a file, not a directory");
            let obstacle = Obstacle::new("entrypoint-not-in-image", Errno::NotFolder, text);
            Examined::blocked(Some(path), obstacle.with(Evidence::file(&at, None, format!("{at} is a file"))))
        }
        Walk::Loop => {
            let text = format!("{program} is a symbolic link that leads back to itself");
            let obstacle = Obstacle::new("entrypoint-dangling-symlink", Errno::Absent, text);
            Examined::blocked(
                Some(path.clone()),
                obstacle.with(Evidence::file(&path, None, "too many levels of symbolic links")),
            )
        }
        Walk::Unknown => Examined::unknown(),
        Walk::Found(_) => file(case, &path, 0),
    }
}

/// Examines a file that is there: may it be executed, and can it?
fn file(case: &Case<'_>, path: &str, depth: usize) -> Examined {
    let reached = match walk(case, path) {
        Walk::Found(reached) => reached,
        Walk::Unknown => return Examined::unknown(),
        _ => return Examined { complete: true, ..Examined::default() },
    };
    let at = Some(reached.path.clone());
    let mounted =
        case.facts.mounts.iter().find(|mount| mount.destination == reached.path || mount.destination == path);
    if reached.node.kind == Kind::Directory {
        let obstacle = match mounted {
            Some(mount) => Obstacle::new(
                "entrypoint-replaced-by-mount",
                Errno::Folder,
                format!("a directory is mounted over the program {path}: {} on the host", mount.source),
            )
            .with(mount_evidence(mount)),
            None => Obstacle::new(
                "entrypoint-is-a-directory",
                Errno::Folder,
                format!("{path} is a directory, not a program"),
            ),
        };
        return Examined::blocked(
            at,
            obstacle.with(Evidence::file(&reached.path, None, listed(&reached.path, reached.node))),
        );
    }
    match permitted(case, path, &reached) {
        Permitted::Yes => {}
        Permitted::No(obstacle) => return Examined::blocked(at, *obstacle),
        Permitted::Unknown => return Examined { path: at, ..Examined::default() },
    }
    match contents::obstacle(case, path, &reached, depth) {
        contents::Says::Fine => Examined { path: at, obstacle: None, complete: true },
        contents::Says::Unknown => Examined { path: at, ..Examined::default() },
        contents::Says::Obstacle(obstacle) => {
            // A file over the image's own one is not the image's fault.
            let replaced = mounted.filter(|_| depth == 0 && obstacle.errno != Errno::Later);
            let obstacle = match replaced {
                Some(mount) => Obstacle { cause: "entrypoint-replaced-by-mount", ..*obstacle }
                    .with(mount_evidence(mount)),
                None => *obstacle,
            };
            Examined::blocked(at, obstacle)
        }
    }
}

enum Permitted {
    Yes,
    No(Box<Obstacle>),
    Unknown,
}

/// Whether the container's user may go to a file and execute it.
fn permitted(case: &Case<'_>, path: &str, reached: &Reached<'_>) -> Permitted {
    let Whom::User(user) = whom(case) else { return Permitted::Unknown };
    // Root passes everything as long as it has the capability, but a program needs one x at least.
    let all = user.uid == 0 && case.facts.may("DAC_OVERRIDE");
    let asks = |node_path: &str, mode: u16| -> Option<bool> {
        if mode & 0o111 == 0o111 {
            return Some(true);
        }
        Some(user.bits(mode, case.owner(node_path)?) & 1 != 0)
    };
    for (folder, node) in reached.folders.iter().filter(|_| !all) {
        match asks(folder, node.mode) {
            Some(true) => {}
            None => return Permitted::Unknown,
            Some(false) => {
                let text = format!("{path} is out of reach: {} may not enter {folder}", named(case, &user));
                let obstacle = Obstacle::new("parent-directory-not-traversable", Errno::Denied, text)
                    .with(Evidence::file(folder, None, owned(case, folder, node)))
                    .with(Evidence::inspect("/Config/User", format!("User {:?}", case.facts.config.user)))
                    .fix(format!(
                        "chmod a+x {folder} in the build step that makes it, or let its owner be the user"
                    ));
                return Permitted::No(Box::new(obstacle));
            }
        }
    }
    let (at, node) = (&reached.path, reached.node);
    let listing = Evidence::file(at, None, owned(case, at, node));
    let mount = case.facts.mount_over(at);
    if node.mode & 0o111 == 0 {
        let (id, title) = match mount {
            Some(mount) if mount.destination == *at || image_had_it_executable(case, at) => (
                "entrypoint-replaced-by-mount",
                format!(
                    "the {} mount on {} replaces {path} by a file that is not executable",
                    mount.kind, mount.destination
                ),
            ),
            _ => (
                "entrypoint-not-executable",
                format!("{path} is there, but has no execute permission ({:04o})", node.mode),
            ),
        };
        let mut obstacle = Obstacle::new(id, Errno::Denied, title).with(listing);
        obstacle.evidence.extend(mount.map(mount_evidence));
        obstacle.evidence.extend(writer(case, at));
        return Permitted::No(Box::new(obstacle));
    }
    let allowed = if all { Some(true) } else { asks(at, node.mode) };
    match allowed {
        None => return Permitted::Unknown,
        Some(false) => {
            let text = format!("{path} may be executed, but not by {}", named(case, &user));
            let obstacle = Obstacle::new("entrypoint-mode-excludes-user", Errno::Denied, text)
                .with(listing)
                .with(Evidence::inspect("/Config/User", format!("User {:?}", case.facts.config.user)));
            return Permitted::No(Box::new(obstacle));
        }
        Some(true) => {}
    }
    match noexec(case, at) {
        Some(evidence) => {
            let text = format!("{path} lies in a mount that forbids execution (noexec)");
            let obstacle = Obstacle::new("noexec-mount", Errno::Denied, text).with(listing).with(evidence);
            Permitted::No(Box::new(obstacle))
        }
        None => Permitted::Yes,
    }
}

/// What forbids executing anything at a path.
pub(super) fn noexec(case: &Case<'_>, path: &str) -> Option<Evidence> {
    let says = |options: &str, word: &str| options.split(',').any(|option| option == word);
    if let Some((at, options)) = case.facts.tmpfs_over(path)
        // Engines mount a tmpfs without execution unless told otherwise.
        && !says(options, "exec")
    {
        let pointer = format!("/HostConfig/Tmpfs/{}", at.replace('~', "~0").replace('/', "~1"));
        return Some(Evidence::inspect(
            &pointer,
            format!("tmpfs on {at} ({options}): noexec unless exec is asked for"),
        ));
    }
    let mount = case.facts.mount_over(path).filter(|mount| says(&mount.options, "noexec"))?;
    Some(mount_evidence(mount))
}

fn image_had_it_executable(case: &Case<'_>, path: &str) -> bool {
    let history = case.history(path);
    history.and_then(|history| history.writer()).is_some_and(|made| made.mode & 0o111 != 0)
}

/// Which layer last wrote a path.
pub(super) fn writer(case: &Case<'_>, path: &str) -> Option<Evidence> {
    let made = case.facts.files.history(path)?.writer()?;
    let step = made.step.as_deref().map(|step| format!(" by {step}")).unwrap_or_default();
    Some(Evidence::file(
        path,
        Some(made.layer),
        format!("layer {} wrote {path} ({:04o}){step}", made.layer, made.mode),
    ))
}

fn nobody(what: &str, name: &str, near: &[String]) -> Obstacle {
    let file = if what == "user" { "/etc/passwd" } else { "/etc/group" };
    let near = if near.is_empty() { String::new() } else { format!("; alike: {}", near.join(", ")) };
    Obstacle::new("user-not-in-image", Errno::User, format!("the {what} {name:?} is not in {file}{near}"))
        .with(Evidence::file(file, None, format!("{file} has no {name}")))
        .with(Evidence::inspect("/Config/User", format!("User {name:?}")))
}

/// What is wrong with the working directory. One that is missing is made.
fn workdir(case: &Case<'_>) -> Option<Obstacle> {
    let folder = case.facts.config.workdir();
    let at = match walk(case, folder) {
        Walk::Found(reached) if reached.node.kind != Kind::Directory => reached.path,
        Walk::NotFolder(at) => at,
        _ => return None,
    };
    let obstacle = Obstacle::new(
        "working-directory-is-a-file",
        Errno::NotFolder,
        format!("the working directory {folder} cannot be entered: {at} is a file"),
    );
    Some(
        obstacle
            .with(Evidence::file(&at, None, format!("{at} is a file")))
            .with(Evidence::inspect("/Config/WorkingDir", folder)),
    )
}

/// How a rule words whom it talks about.
pub(super) fn named(case: &Case<'_>, user: &User) -> String {
    match case.facts.config.user.as_str() {
        "" => "root".to_owned(),
        stated if stated.starts_with(&user.uid.to_string()) => format!("user {stated}"),
        stated => format!("user {stated} ({})", user.uid),
    }
}

/// `-rwxr-xr-x` is for people who list files; rules say what a path is in this form.
pub(super) fn listed(path: &str, node: &super::files::Node) -> String {
    let kind = match node.kind {
        Kind::Directory => "directory",
        Kind::Symlink => return format!("{path} -> {}", node.target),
        _ => return format!("{path} {:04o}, {} bytes", node.mode, node.bytes),
    };
    format!("{path} {:04o}, {kind}", node.mode)
}

pub(super) fn owned(case: &Case<'_>, path: &str, node: &super::files::Node) -> String {
    let owner = case.owner(path).map(|(uid, gid)| format!(", owned by {uid}:{gid}")).unwrap_or_default();
    format!("{}{owner}", listed(path, node))
}

pub(super) fn mount_evidence(mount: &super::facts::MountFact) -> Evidence {
    let from = if mount.name.is_empty() { &mount.source } else { &mount.name };
    let how = if mount.writable { "rw" } else { "ro" };
    let options = if mount.options.is_empty() || mount.options == how {
        String::new()
    } else {
        format!(", {}", mount.options)
    };
    let pointer = format!("/Mounts/{}", mount.index);
    Evidence::inspect(&pointer, format!("{} {from} on {} ({how}{options})", mount.kind, mount.destination))
}

/// Whether a mount lies over a path, strictly above it.
pub(super) fn inside_mount<'f>(case: &Case<'f>, path: &str) -> Option<&'f super::facts::MountFact> {
    case.facts.mount_over(path).filter(|mount| below(path, &mount.destination))
}
