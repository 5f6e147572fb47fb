//! Why a program is not where it is looked for: never there, removed, hidden, misnamed.

use super::super::case::{Case, Seen};
use super::super::facts::below;
use super::super::verdict::Evidence;
use super::walk::{Missing, Walk, walk};
use super::{Errno, Obstacle, mount_evidence, writer};
use crate::image::changeset::Kind;
use crate::image::writable::Happened;

/// Where engines look when nothing else is said.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What came of looking through PATH.
pub(in crate::diagnosis) enum Search {
    Found(String),
    /// There is one, and it may not be executed.
    NotExecutable(String),
    Nowhere,
    Unknown,
}

/// Looks a program up as the runtime and shells do.
pub(in crate::diagnosis) fn search(case: &Case<'_>, name: &str) -> Search {
    within(case, name, case.facts.config.env("PATH").unwrap_or(DEFAULT_PATH))
}

fn within(case: &Case<'_>, name: &str, path: &str) -> Search {
    let (mut unknown, mut plain) = (false, None);
    for folder in path.split(':').filter(|folder| !folder.is_empty()).take(32) {
        let at = case.absolute(&format!("{}/{name}", folder.trim_end_matches('/')));
        match walk(case, &at) {
            Walk::Found(reached) if reached.node.kind == Kind::Directory => {}
            Walk::Found(reached) if reached.node.mode & 0o111 == 0 => plain = plain.or(Some(at)),
            Walk::Found(_) if !unknown => return Search::Found(at),
            Walk::Unknown => unknown = true,
            _ => {}
        }
    }
    match plain {
        _ if unknown => Search::Unknown,
        Some(at) => Search::NotExecutable(at),
        None => Search::Nowhere,
    }
}

/// A name that is in no directory of PATH.
pub(super) fn not_in_path(case: &Case<'_>, name: &str) -> Obstacle {
    let path = case.facts.config.env("PATH");
    let evidence = Evidence::inspect("/Config/Env", format!("PATH={}", path.unwrap_or("(not set)")));
    if let Some(obstacle) = misnamed(case, name, Errno::NotInPath) {
        return obstacle.with(evidence);
    }
    if path.is_some_and(|path| path != DEFAULT_PATH)
        && let Search::Found(at) | Search::NotExecutable(at) = within(case, name, DEFAULT_PATH)
    {
        let text = format!("{name} is at {at}, but PATH was overridden and does not lead there");
        let fix = "extend PATH instead of replacing it: ENV PATH=\"/opt/app/bin:$PATH\", and no PATH in --env or compose";
        return Obstacle::new("path-env-overridden", Errno::NotInPath, text)
            .with(Evidence::file(&at, None, format!("{at} is there")))
            .with(evidence)
            .fix(fix);
    }
    let history = case.history(&format!("/{name}"));
    let elsewhere = history.map(|history| history.namesakes.clone()).unwrap_or_default();
    let here = case.absolute(name);
    let elsewhere = match case.look(&here) {
        Seen::Is(node) if node.kind != Kind::Directory => Some(here),
        _ => elsewhere.into_iter().next(),
    };
    let text = match &elsewhere {
        Some(at) => format!("no directory of PATH has {name}; there is {at}"),
        None => format!("{name} is not installed: no directory of PATH has it"),
    };
    let mut obstacle = Obstacle::new("command-not-installed", Errno::NotInPath, text).with(evidence);
    obstacle.evidence.extend(elsewhere.iter().map(|at| Evidence::file(at, None, format!("{at} is there"))));
    match elsewhere {
        Some(at) => obstacle.fix(format!("name it with its path, {at}, or put its directory into PATH")),
        None => obstacle.fix(format!("install {name} in the image, or correct the entrypoint or command")),
    }
}

/// Names that no program has: a whole command line, a flag, a variable.
fn misnamed(case: &Case<'_>, program: &str, errno: Errno) -> Option<Obstacle> {
    let argv = Evidence::inspect("/Path", format!("Path {program:?}"));
    if let Some((first, _)) = program.trim().split_once(char::is_whitespace) {
        let text = format!("the whole command line {program:?} is taken for the name of one program");
        let words: Vec<String> = program.split_whitespace().map(|word| format!("{word:?}")).collect();
        let fix = format!("write each word for itself: [{}]", words.join(", "));
        let resolves = first.starts_with('/') || matches!(search(case, first), Search::Found(_));
        let obstacle = Obstacle::new("command-line-in-one-argv", errno, text).with(argv).fix(fix);
        return Some(if resolves { obstacle } else { obstacle.uncertain() });
    }
    if program.starts_with('-') {
        let text = format!("the flag {program} is taken for the program: nothing stands before it");
        let fix = "the image has no ENTRYPOINT that would take flags, or --entrypoint dropped its command; name the program before its flags";
        let entrypoint =
            Evidence::inspect("/Config/Entrypoint", format!("Entrypoint {:?}", case.facts.config.entrypoint));
        return Some(Obstacle::new("flag-used-as-command", errno, text).with(argv).with(entrypoint).fix(fix));
    }
    if program.contains('$') {
        let text = format!("{program} is not expanded: no shell reads the exec form");
        let fix = "use the shell form, or [\"sh\", \"-c\", \"exec $NAME\"], or write the value itself";
        return Some(Obstacle::new("variable-not-expanded-exec-form", errno, text).with(argv).fix(fix));
    }
    None
}

/// A path whose component `missing.at` is not there.
pub(super) fn missing(case: &Case<'_>, program: &str, path: &str, missing: &Missing) -> Obstacle {
    let at = &missing.at;
    if let Some(obstacle) = misnamed(case, program, Errno::Absent) {
        return obstacle;
    }
    let gone = Evidence::file(at, None, format!("{at} is not there"));
    if let Some(mount) = case.facts.mount_over(at) {
        return hidden(case, path, at, mount).with(gone);
    }
    if case.changed(at) == Some(Happened::Deleted) || case.changed(path) == Some(Happened::Deleted) {
        let text = format!("{path} was in the image and was deleted in this container while it ran");
        return Obstacle::new("entrypoint-deleted-in-writable-layer", Errno::Absent, text)
            .with(Evidence::change(at, format!("D {at}")));
    }
    if let Some((link, target)) = missing.links.last() {
        let text = format!("{path} leads to {target}, which is not there (the link is {link})");
        return Obstacle::new("entrypoint-dangling-symlink", Errno::Absent, text)
            .with(Evidence::file(link, None, format!("{link} -> {target}")))
            .with(gone);
    }
    let config = &case.facts.config;
    let shell = case.know.shells.iter().any(|shell| shell == program)
        && config.argv.get(1).is_some_and(|flag| flag == "-c");
    if shell {
        let text = format!("the command is in shell form, but the image has no {program}");
        let fix = "write ENTRYPOINT and CMD in exec form: [\"/app/server\", \"--flag\"]; or use an image with a shell";
        return Obstacle::new("shell-form-without-shell", Errno::Absent, text)
            .with(Evidence::inspect("/Path", format!("{:?}", config.argv)))
            .with(gone)
            .fix(fix);
    }
    if !program.starts_with('/')
        && let Some(elsewhere) = elsewhere(case, program)
    {
        let text = format!(
            "{program} is looked for in the working directory {}; it is at {elsewhere}",
            config.workdir()
        );
        return Obstacle::new("relative-entrypoint-wrong-workdir", Errno::Absent, text)
            .with(Evidence::inspect("/Config/WorkingDir", format!("WorkingDir {:?}", config.workdir)))
            .with(Evidence::file(&elsewhere, None, format!("{elsewhere} is there")))
            .fix(format!("name it {elsewhere}, or set WORKDIR to where it is"));
    }
    never_there(case, path, at).with(gone)
}

/// No layer has it, or one took it away.
fn never_there(case: &Case<'_>, path: &str, at: &str) -> Obstacle {
    let Some(history) = case.history(path) else {
        let text = format!("{path} is not in the container's file system");
        return Obstacle::new("entrypoint-not-in-image", Errno::Absent, text).uncertain();
    };
    // What was removed may be a directory above it.
    let removed = history.removal().or_else(|| case.history(at).and_then(|history| history.removal()));
    if let Some(removed) = removed {
        let by = removed.step.as_deref().map(|step| format!(" by {step}")).unwrap_or_default();
        let added = history.versions.iter().find(|made| made.exists);
        let text = match added {
            Some(added) => format!(
                "{path} was added in layer {} and deleted in layer {}{by}",
                added.layer, removed.layer
            ),
            None => format!("{path} was deleted in layer {}{by}", removed.layer),
        };
        let mut obstacle = Obstacle::new("entrypoint-deleted-in-layer", Errno::Absent, text);
        obstacle.evidence.push(Evidence::file(
            path,
            Some(removed.layer),
            format!("layer {} removes {at}{by}", removed.layer),
        ));
        obstacle.evidence.extend(added.map(|added| {
            let step = added.step.clone().unwrap_or_default();
            Evidence::file(
                path,
                Some(added.layer),
                format!("layer {} had it ({:04o}) {step}", added.layer, added.mode),
            )
        }));
        return obstacle.fix("remove that deletion from the build, or copy the file after it");
    }
    if history.writer().is_some() {
        let text = format!("{path} is in the image, but not in this container any more");
        let obstacle = Obstacle::new("entrypoint-deleted-in-writable-layer", Errno::Absent, text);
        return match writer(case, path) {
            Some(evidence) => obstacle.with(evidence),
            None => obstacle,
        };
    }
    let alike: Vec<String> = history.near.iter().chain(&history.namesakes).take(3).cloned().collect();
    let alike = if alike.is_empty() { String::new() } else { format!("; alike: {}", alike.join(", ")) };
    let obstacle = Obstacle::new(
        "entrypoint-not-in-image",
        Errno::Absent,
        format!("no layer of the image has {path}{alike}"),
    );
    obstacle.with(Evidence::file(path, None, format!("no layer has {path}{alike}")))
}

/// A mount lies over it.
fn hidden(case: &Case<'_>, path: &str, at: &str, mount: &super::super::facts::MountFact) -> Obstacle {
    let on = &mount.destination;
    let history = case.history(path);
    let had = history.map(|history| history.writer().is_some());
    let from = if mount.kind == "bind" {
        format!("its source {}", mount.source)
    } else {
        format!("the {}", mount.kind)
    };
    let (text, certain) = match had {
        Some(true) => (
            format!(
                "the image has {path}, but the {} mount on {on} hides it: {from} has no such file",
                mount.kind
            ),
            true,
        ),
        Some(false) => {
            (format!("{path} is neither in the image nor in the {} mounted on {on}", mount.kind), true)
        }
        None => (
            format!(
                "{at} is not there: the {} mount on {on} hides what the image has, and {from} has no such file",
                mount.kind
            ),
            false,
        ),
    };
    let id = if had == Some(false) { "entrypoint-not-in-image" } else { "entrypoint-hidden-by-mount" };
    let mut obstacle = Obstacle::new(id, Errno::Absent, text).with(mount_evidence(mount));
    obstacle.evidence.extend(writer(case, path));
    obstacle.certain = certain;
    let below_it =
        if below(path, on) { format!("{}/data", on.trim_end_matches('/')) } else { format!("{on}/data") };
    obstacle.fix(format!(
        "mount beside or below {on} (such as {below_it}), or put the program into what is mounted"
    ))
}

/// Where else a relative path would lead to something.
fn elsewhere(case: &Case<'_>, program: &str) -> Option<String> {
    let bare = program.trim_start_matches("./");
    let name = bare.rsplit('/').next().unwrap_or(bare);
    let common = [
        "",
        "/app",
        "/usr/src/app",
        "/srv",
        "/opt",
        "/opt/app",
        "/usr/local/bin",
        "/home/app",
        "/code",
        "/workspace",
    ];
    let tried = common.iter().flat_map(|folder| [format!("{folder}/{bare}"), format!("{folder}/{name}")]);
    let own = case.absolute(program);
    let found = tried
        .filter(|path| *path != own)
        .find(|path| matches!(walk(case, path), Walk::Found(reached) if reached.node.kind == Kind::File));
    found.or_else(|| {
        let history = case.history(&own)?;
        history
            .namesakes
            .iter()
            .find(|path| path.ends_with(&format!("/{bare}")))
            .or(history.namesakes.first())
            .cloned()
    })
}
