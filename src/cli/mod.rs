//! The command line: parse, run one command, map the outcome to an exit status.

mod analyze;
mod args;
mod blame;
mod build;
mod ci;
mod clean;
mod config;
mod containers;
mod diagnose;
mod images;
mod inspect;
mod open;
mod output;
mod preflight;
mod progress;
mod tree;
mod why;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};

use crate::image::Platform;
use crate::jobs::{self, Engines, OpenRequest, Surroundings};
use crate::tui;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Open(#[from] crate::jobs::OpenError),
    #[error(transparent)]
    Explore(#[from] tui::ExploreError),
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    #[error("{0}")]
    Usage(String),
    /// The answer is no, and has been given.
    #[error("no")]
    No,
    /// Somebody wanted no more of it; what was done until then has been told.
    #[error("interrupted")]
    Interrupted,
}

/// Exit status of usage and runtime errors.
const FAILED: u8 = 2;
/// Exit status of commands whose answer is "no".
const NO: u8 = 1;
/// Exit status of what was interrupted, as shells have it.
const INTERRUPTED: u8 = 130;

/// Runs the program with the process's own arguments.
pub fn main() -> ExitCode {
    let args = match Args::try_parse_from(build::set_apart(std::env::args_os().collect())) {
        Ok(args) => args,
        Err(message) => {
            // Help and version are no errors; a closed pipe is none either.
            let _ = message.print();
            return ExitCode::from(if message.use_stderr() { FAILED } else { 0 });
        }
    };
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::No) => ExitCode::from(NO),
        Err(failure) => {
            let text = failure.to_string();
            let lines = text.lines().map(|line| crate::report::sanitise::sanitise(line.as_bytes()));
            let text: Vec<String> = lines.map(std::borrow::Cow::into_owned).collect();
            let _ = writeln!(io::stderr(), "hadal: {}", text.join("\n"));
            ExitCode::from(if matches!(failure, Failure::Interrupted) { INTERRUPTED } else { FAILED })
        }
    }
}

/// What may be said before and after every command.
#[derive(Clone, Debug)]
struct Globals {
    around: Surroundings,
    platform: Option<Platform>,
    read_only: bool,
}

fn run(args: Args) -> Result<(), Failure> {
    if args.command.is_some() {
        if let Some(typed) = args.source.typed() {
            let text = format!("{typed} stands before the command; what a command is about comes after it");
            return Err(Failure::Usage(text));
        }
        config::check(&args.look)?;
    }
    let around = Surroundings::of_process(args.engine.clone());
    let globals = Globals { around, platform: args.platform.clone(), read_only: args.read_only };
    match args.command {
        Some(Command::Analyze(command)) => analyze::run(&command, &args.look, globals),
        Some(Command::Tree(command)) => tree::run(&command, globals),
        Some(Command::Blame(command)) => blame::run(&command, globals),
        Some(Command::Ci(command)) => ci::run(&command, &args.look, globals),
        Some(Command::Build(command)) => build::run(&command, &args.look, globals),
        Some(Command::Images(command)) => images::run(&command, &args.look, globals),
        Some(Command::Containers(command)) => containers::run(&command, &args.look, globals),
        Some(Command::Clean(command)) => clean::run(&command, &args.look, globals),
        Some(Command::Why(command)) => why::run(&command, &args.look, globals),
        Some(Command::Diagnose(command)) => diagnose::run(&command, globals),
        Some(Command::Preflight(command)) => preflight::run(&command, globals),
        None => look_inside(args, globals),
    }
}

fn look_inside(args: Args, globals: Globals) -> Result<(), Failure> {
    let request = OpenRequest {
        image: args.source.image,
        engines: Engines::LookedFor(globals.around.clone()),
        select: args.source.choice.select,
        platform: globals.platform.clone(),
        base: args.source.base,
        ..OpenRequest::default()
    };
    explore(request, &args.look, args.source.theme.as_deref(), globals)
}

fn explore(
    request: OpenRequest,
    look: &args::Look,
    theme: Option<&str>,
    globals: Globals,
) -> Result<(), Failure> {
    let config::Chosen { theme, keymap, mouse, protect, file } = config::choose(look, theme)?;
    if !io::stdout().is_terminal() {
        let image = request.image.as_deref().unwrap_or("IMAGE");
        let text = format!(
            "the explorer needs a terminal; for a pipe or a script use `hadal analyze {image} --json`"
        );
        return Err(Failure::Usage(text));
    }
    // What is not there at all is said at once; the screen is for what takes time.
    jobs::locate(&request)?;
    let junk = config::junk(look)?;
    let Globals { around, read_only, .. } = globals;
    let options =
        tui::Options { request, around, theme, keymap, mouse, junk, protect, settings: file, read_only };
    Ok(tui::run(options)?)
}
