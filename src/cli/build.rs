//! `hadal build`: the engine's own program builds, and what it built is opened or held against rules.

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::CommandFactory as _;

use super::args::{Args, Choice, Look, Source};
use super::{Failure, Globals, args, ci, explore};
use crate::jobs::{self, Engines, OpenError, OpenRequest, Task};
use crate::world::{About, Kind};

/// Flags in front of a command that take a value.
const BEFORE: [&str; 7] = ["--engine", "--platform", "--config", "--color", "--image", "--base", "--theme"];

/// Puts `--` between the flags that are ours and the arguments of a build, which are passed on as they are: from the
/// first one on that is not ours.
pub(super) fn set_apart(mut all: Vec<OsString>) -> Vec<OsString> {
    let text = |at: usize| all.get(at).map(|argument| argument.to_string_lossy().into_owned());
    let mut at = 1;
    while let Some(argument) = text(at).filter(|argument| argument.len() > 1 && argument.starts_with('-')) {
        at += if BEFORE.contains(&argument.as_str()) { 2 } else { 1 };
    }
    if text(at).as_deref() != Some("build") {
        return all;
    }
    let ours = ours();
    at += 1;
    let help = text(at).is_some_and(|argument| matches!(argument.as_str(), "--help" | "-h"));
    while let Some(argument) = text(at).filter(|_| !help) {
        let (name, value) = match argument.split_once('=') {
            Some((name, _)) => (name, true),
            None => (argument.as_str(), false),
        };
        match ours.iter().find(|(own, _)| own == name) {
            Some((_, takes)) => at += if *takes && !value { 2 } else { 1 },
            None if argument == "--" => break,
            None => {
                all.insert(at, OsString::from("--"));
                break;
            }
        }
    }
    all
}

/// Our own flags of a build, and whether they take a value. `--platform` is the build's.
fn ours() -> Vec<(String, bool)> {
    let command = Args::command();
    let own = command.find_subcommand("build").into_iter().flat_map(clap::Command::get_arguments);
    let own = own.filter_map(|argument| {
        Some((format!("--{}", argument.get_long()?), argument.get_action().takes_values()))
    });
    let global = ["--engine", "--color", "--config"].map(|name| (name.to_owned(), true));
    own.chain(global).collect()
}

pub(super) fn run(args: &args::Build, look: &Look, globals: Globals) -> Result<(), Failure> {
    let gate = if args.ci { Some(ci::gather(&args.rules)?) } else { None };
    if gate.is_none() {
        if args.rules.any() || args.face.chosen() {
            let text = "rules and the form of a verdict need --ci in front: hadal build --ci …";
            return Err(Failure::Usage(text.to_owned()));
        }
        if !io::stdout().is_terminal() {
            let text = "what is built is opened in the explorer, which needs a terminal; in a pipe or a script \
                        `hadal build --ci` holds it against rules instead";
            return Err(Failure::Usage(text.to_owned()));
        }
    }
    let about = jobs::about(&Engines::LookedFor(globals.around.clone()), &Task::new())?;
    let image = build(&about, globals.around.engine.as_deref(), &args.arguments, gate.is_some())?;
    let request = OpenRequest {
        image: Some(image.clone()),
        engines: Engines::LookedFor(globals.around.clone()),
        ..OpenRequest::default()
    };
    jobs::locate(&request).map_err(|error| match error {
        OpenError::NoImage { .. } => Failure::Usage(format!(
            "the build made {image}, but {} does not hold it; a builder of its own keeps images to itself unless \
             --load is among the arguments",
            about.title()
        )),
        error => error.into(),
    })?;
    let Some(gate) = gate else { return explore(request, look, None, globals.around) };
    let source = Source { image, choice: Choice { select: None } };
    // What was built is what is meant, whatever the platform.
    ci::check(&source, &gate, &args.face, look, Globals { platform: None, ..globals })
}

/// Builds, and returns how the image is called here. `aside` sends all that the build says to standard error.
fn build(
    about: &About,
    engine: Option<&str>,
    arguments: &[OsString],
    aside: bool,
) -> Result<String, Failure> {
    let cannot = |what: &str, error: io::Error| Failure::Usage(format!("cannot {what}: {error}"));
    let folder = tempfile::tempdir().map_err(|error| cannot("make a folder for the image's id", error))?;
    let own = value_of(arguments, "--iidfile");
    let file = own.clone().unwrap_or_else(|| folder.path().join("id"));
    let program = about.kind.program();
    let mut command = client(about, engine);
    command.arg("build");
    if own.is_none() {
        command.arg("--iidfile").arg(&file);
    } else {
        // An older build's id must not be taken for this one's.
        let _ = std::fs::remove_file(&file);
    }
    command.args(arguments);
    if aside {
        command.stdout(Stdio::from(io::stderr()));
    }
    let status = command.status().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            let text =
                format!("{} builds with the program `{program}`, which is not installed", about.title());
            Failure::Usage(text)
        }
        _ => cannot(&format!("run `{program} build`"), error),
    })?;
    if !status.success() {
        let how = match status.code() {
            Some(code) => format!("with status {code}"),
            None => "by a signal".to_owned(),
        };
        return Err(Failure::Usage(format!("the build failed: `{program} build` ended {how}")));
    }
    match id_in(&file) {
        Some(id) => Ok(format!("{}:{id}", if about.kind == Kind::Podman { "podman" } else { "docker" })),
        None => Err(Failure::Usage(no_image(program, arguments))),
    }
}

/// The engine's program, bound to the engine that was found.
fn client(about: &About, engine: Option<&str>) -> Command {
    let mut command = Command::new(about.kind.program());
    if about.kind == Kind::Podman {
        command.args(["--remote", "--url", &about.url]);
        return command;
    }
    let is_url = |engine: &str| engine.contains("://") || engine.contains('/');
    match engine {
        Some(context) if !is_url(context) => {
            command.env("DOCKER_CONTEXT", context).env_remove("DOCKER_HOST");
        }
        // Variables and contexts mean the same to the program itself.
        None if about.found_by.starts_with("DOCKER_") || about.found_by.starts_with("context") => {}
        _ => {
            command
                .env("DOCKER_HOST", about.url.replacen("https://", "tcp://", 1))
                .env_remove("DOCKER_CONTEXT");
        }
    }
    command
}

/// The id of an image, `sha256:…` or bare.
fn id_in(file: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let hex = text.trim().strip_prefix("sha256:").unwrap_or(text.trim());
    (hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| format!("sha256:{hex}"))
}

fn no_image(program: &str, arguments: &[OsString]) -> String {
    let has = |name: &str| {
        let equals = format!("{name}=");
        arguments.iter().any(|own| own == name || own.to_string_lossy().starts_with(&equals))
    };
    let why = if has("--help") || has("-h") {
        "it only showed help"
    } else if has("--output") || has("-o") {
        "with --output it went elsewhere; --load, or --output type=docker, gives it to the engine"
    } else if has("--push") {
        "with --push it went to a registry; --load beside it gives it to the engine, too"
    } else {
        "a builder of its own keeps images to itself unless --load is among the arguments"
    };
    format!("`{program} build` ended well but left no image to open: {why}")
}

/// The value of a flag that takes one.
fn value_of(arguments: &[OsString], name: &str) -> Option<PathBuf> {
    let equals = format!("{name}=");
    let mut all = arguments.iter();
    while let Some(argument) = all.next() {
        if argument == name {
            return all.next().map(PathBuf::from);
        }
        if let Some(value) = argument.to_str().and_then(|text| text.strip_prefix(&equals)) {
            return Some(PathBuf::from(OsStr::new(value)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(line: &str) -> String {
        let all = line.split(' ').map(OsString::from).collect();
        let all: Vec<String> = set_apart(all).iter().map(|one| one.to_string_lossy().into_owned()).collect();
        all.join(" ")
    }

    #[test]
    fn arguments_of_the_build_are_set_apart() {
        for (line, wanted) in [
            ("hadal build -t x .", "hadal build -- -t x ."),
            ("hadal build --ci -t x .", "hadal build --ci -- -t x ."),
            ("hadal build --ci --max-size 3MB --json .", "hadal build --ci --max-size 3MB --json -- ."),
            (
                "hadal build --ci --max-size=3MB --platform linux/arm64 .",
                "hadal build --ci --max-size=3MB -- --platform linux/arm64 .",
            ),
            ("hadal build --ci -- --format oci .", "hadal build --ci -- --format oci ."),
            ("hadal build --help", "hadal build --help"),
            ("hadal build -t x --help", "hadal build -- -t x --help"),
            ("hadal build --ci --help", "hadal build --ci -- --help"),
            ("hadal --engine build analyze build", "hadal --engine build analyze build"),
            ("hadal --engine e build --engine f . --ci", "hadal --engine e build --engine f -- . --ci"),
            ("hadal build", "hadal build"),
            ("hadal analyze build -t", "hadal analyze build -t"),
            ("hadal", "hadal"),
        ] {
            assert_eq!(apart(line), wanted);
        }
    }

    #[test]
    fn a_file_for_the_id_may_be_the_users_own() {
        let arguments = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(value_of(&arguments("-t x --iidfile a ."), "--iidfile"), Some("a".into()));
        assert_eq!(value_of(&arguments("-t x --iidfile=b ."), "--iidfile"), Some("b".into()));
        assert_eq!(value_of(&arguments("-t x ."), "--iidfile"), None);
    }

    #[test]
    fn it_says_where_an_image_went() {
        let why = |line: &str| no_image("docker", &line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(why("--output=type=local,dest=x .").contains("--output type=docker"));
        assert!(why("--push .").contains("to a registry"));
        assert!(why("-t x .").contains("--load"));
        assert!(why("--help").contains("help"));
    }
}
