//! What can be typed: types for the argument parser, and nothing else.

mod clean;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub(super) use clean::{Clean, Why};

use crate::analysis::ci::amount;
use crate::cleanup::Filter;
use crate::image::Platform;

/// Look inside container images.
#[derive(Debug, Parser)]
#[command(name = "hadal", version, about, max_term_width = 100)]
#[command(override_usage = "hadal [OPTIONS] [IMAGE]\n       hadal <COMMAND>")]
pub(super) struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub source: OptionalSource,
    #[command(flatten)]
    pub look: Look,
    #[arg(long, value_name = "URL", global = true, help = ENGINE_HELP)]
    pub engine: Option<String>,
    /// Nothing of the engine is changed, whatever is asked for
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Which platform of a multi-platform image
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = platform, global = true)]
    pub platform: Option<Platform>,
}

/// How things look; may also stand after a command.
#[derive(Debug, Parser)]
pub(super) struct Look {
    #[arg(long, value_name = "FILE", global = true, help = CONFIG_HELP)]
    pub config: Option<PathBuf>,
    /// When to use colours; `auto` heeds `NO_COLOR`
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Color,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Bytes, waste and build steps of an image, layer by layer
    Analyze(Analyze),
    /// The files of an image, or what a layer changed
    Tree(Tree),
    /// Every version of one path, layer by layer
    Blame(Blame),
    /// Rules that an image must keep: passes, or fails with status 1
    Ci(Ci),
    /// Builds with the engine's own program, then opens the image, or with --ci holds it against rules
    Build(Build),
    /// The engine's images: what each holds alone, who uses it, what replaced it
    Images(Images),
    /// The engine's containers, and how those ended that ended
    Containers(Containers),
    /// Removes what nobody needs: says first what goes, what stays and why, and what that frees
    Clean(Clean),
    /// What blocks the removal of an image, and what lifts each block
    Why(Why),
    /// Why containers died or are sick: the cause, the evidence, what to change
    Diagnose(Diagnose),
    /// Whether an image can start at all: status 1 when it cannot
    Preflight(Preflight),
}

const CONFIG_HELP: &str =
    "Settings of the explorer, instead of hadal/config.toml in $XDG_CONFIG_HOME (~/.config)";

const ENGINE_HELP: &str = "The engine: unix://, tcp://, ssh:// or a Docker context; else DOCKER_HOST, the current context, \
the usual sockets";

const IMAGE_HELP: &str = "An image of the engine, by name or id; or a docker-archive, OCI layout or archive, skopeo dir:, root file system tar, `-` for \
standard input; `docker-archive:`, `oci-archive:`, `oci-dir:`, `docker-dir:` and `rootfs:` force a form, `docker:` and `podman:` an engine";

const BASE_HELP: &str = "The image it was built on, where the history's own hints do not do";

#[derive(Debug, Parser)]
pub(super) struct OptionalSource {
    #[arg(value_name = "IMAGE", help = IMAGE_HELP)]
    pub image: Option<String>,
    #[command(flatten)]
    pub choice: Choice,
    #[arg(long, value_name = "IMAGE", help = BASE_HELP)]
    pub base: Option<String>,
    /// The colours: default, dark, light, high-contrast, none, or a file
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
}

impl OptionalSource {
    /// The first of these that was typed: in front of a command they would be about nothing.
    pub(super) fn typed(&self) -> Option<&str> {
        let choice = &self.choice;
        let flags = [
            ("--image", choice.select.is_some()),
            ("--base", self.base.is_some()),
            ("--theme", self.theme.is_some()),
        ];
        let flag = flags.into_iter().find(|(_, typed)| *typed);
        self.image.as_deref().or(flag.map(|(name, _)| name))
    }
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether the screens are to use colours.
    pub(super) fn wanted(self) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            // The convention of no-color.org: set and not empty.
            Color::Auto => std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }
}

#[derive(Debug, Parser)]
pub(super) struct Source {
    #[arg(value_name = "IMAGE", help = IMAGE_HELP)]
    pub image: String,
    #[command(flatten)]
    pub choice: Choice,
}

#[derive(Clone, Debug, Parser)]
pub(super) struct Choice {
    /// Which of several images in one source: a tag, a digest, or its position from 0
    #[arg(long = "image", value_name = "REF")]
    pub select: Option<String>,
}

#[derive(Debug, Parser)]
pub(super) struct Analyze {
    #[command(flatten)]
    pub source: Source,
    /// Write JSON (schema hadal.analyze/1)
    #[arg(long)]
    pub json: bool,
    /// Also equal contents under different paths, which takes reading them
    #[arg(long)]
    pub duplicates: bool,
    /// Also secrets in any layer, in build history, environment and labels; reads all contents
    #[arg(long)]
    pub secrets: bool,
    /// Changes to the rules for secrets, in the form of assets/secrets.toml
    #[arg(long, value_name = "FILE", requires = "secrets")]
    pub secret_rules: Option<PathBuf>,
    /// Also check the digests of layers that need not be read whole
    #[arg(long)]
    pub verify: bool,
    #[arg(long, value_name = "IMAGE", help = BASE_HELP)]
    pub base: Option<String>,
}

#[derive(Debug, Parser)]
#[command(group = clap::ArgGroup::new("view").args(["layer", "layers", "last"]))]
pub(super) struct Tree {
    #[command(flatten)]
    pub source: Source,
    /// The file system as of layer N, with what N changed
    #[arg(long, value_name = "N")]
    pub layer: Option<usize>,
    /// The file system as of layer B, with what layers A to B changed
    #[arg(long, value_name = "A..B", value_parser = range)]
    pub layers: Option<(usize, usize)>,
    /// What a container sees (the default)
    #[arg(long = "final")]
    pub last: bool,
    /// Only what changed, removed paths included
    #[arg(long)]
    pub changes: bool,
    /// Write JSON (schema hadal.tree/1)
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Parser)]
pub(super) struct Blame {
    #[command(flatten)]
    pub source: Source,
    /// Path inside the image
    pub path: PathBuf,
    /// Write JSON (schema hadal.blame/1)
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Parser)]
pub(super) struct Ci {
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub face: Face,
    #[command(flatten)]
    pub rules: Rules,
}

/// How a verdict is written.
#[derive(Debug, Parser)]
pub(super) struct Face {
    /// Write JSON (schema hadal.ci/1), as --format json does
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// How the verdict is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
    /// `JUnit` XML, one test case for each rule
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// A summary for a pull request or a job
    Markdown,
}

/// Rules and what they leave out. dive's rules hold with dive's defaults, unless only own rules are given.
#[derive(Debug, Parser)]
#[command(next_help_heading = "Rules")]
pub(super) struct Rules {
    /// dive's rules, instead of .dive-ci in this folder
    #[arg(long, value_name = "FILE")]
    pub ci_config: Option<PathBuf>,
    /// dive: the least efficiency, from 0 to 1, or `disabled` [default: 0.9]
    #[arg(long = "lowestEfficiency", value_name = "SHARE")]
    pub lowest_efficiency: Option<String>,
    /// dive: the most wasted bytes, like 20MB, or `disabled` [default: disabled]
    #[arg(long = "highestWastedBytes", value_name = "BYTES")]
    pub highest_wasted_bytes: Option<String>,
    /// dive: the largest share of wasted bytes, from 0 to 1, or `disabled` [default: 0.1]
    #[arg(long = "highestUserWastedPercent", value_name = "SHARE")]
    pub highest_user_wasted_percent: Option<String>,
    /// The most bytes that are shipped and never seen, like 20MB or 1.5GiB
    #[arg(long, value_name = "BYTES", value_parser = amount::bytes)]
    pub max_wasted_bytes: Option<u64>,
    /// The least share of bytes that can be seen, from 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = amount::share)]
    pub min_efficiency: Option<f64>,
    /// The most bytes of all layers
    #[arg(long, value_name = "BYTES", value_parser = amount::bytes)]
    pub max_size: Option<u64>,
    /// The most layers
    #[arg(long, value_name = "N")]
    pub max_layers: Option<u64>,
    /// Paths that no layer may ship, not even one that a later layer removes; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub forbid: Vec<String>,
    /// No secrets, in any layer, in build history, environment and labels; reads all contents
    #[arg(long)]
    pub forbid_secrets: bool,
    /// Changes to the rules for secrets, in the form of assets/secrets.toml
    #[arg(long = "secret-rules", value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// An image to compare with, such as the last release
    #[arg(long, value_name = "IMAGE")]
    pub baseline: Option<String>,
    /// The most bytes that the image may have more than its baseline
    #[arg(long, value_name = "BYTES", value_parser = amount::bytes)]
    pub max_growth: Option<u64>,
    /// Paths that count for no rule, with all below them; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub ignore: Vec<String>,
    /// The image it was built on, whose layers count for no rule
    #[arg(long, value_name = "IMAGE")]
    pub base: Option<String>,
}

impl Rules {
    /// Whether any was typed.
    pub(super) fn any(&self) -> bool {
        let texts = [&self.lowest_efficiency, &self.highest_wasted_bytes, &self.highest_user_wasted_percent];
        let images = [&self.baseline, &self.base];
        let bytes = [self.max_wasted_bytes, self.max_size, self.max_layers, self.max_growth];
        texts.into_iter().chain(images).any(Option::is_some)
            || bytes.iter().any(Option::is_some)
            || self.ci_config.is_some()
            || self.min_efficiency.is_some()
            || self.forbid_secrets
            || self.secret_file.is_some()
            || !(self.forbid.is_empty() && self.ignore.is_empty())
    }
}

impl Face {
    /// Whether a form was typed.
    pub(super) fn chosen(&self) -> bool {
        self.json || self.format != Format::Text
    }
}

#[derive(Debug, Parser)]
#[command(override_usage = "hadal build [--ci [RULES]] [--] ARGUMENTS OF `docker build` OR `podman build`")]
pub(super) struct Build {
    /// Hold the image against rules, instead of opening it
    #[arg(long)]
    pub ci: bool,
    #[command(flatten)]
    pub face: Face,
    #[command(flatten)]
    pub rules: Rules,
    /// What the engine's program gets, as it is
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub arguments: Vec<OsString>,
}

#[derive(Debug, Parser)]
pub(super) struct Images {
    /// Also images that only stand behind others
    #[arg(long)]
    pub all: bool,
    /// dangling=true|false, label=KEY[=VALUE], name=PATTERN, before=IMAGE, since=IMAGE; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = Filter::parse)]
    pub filter: Vec<Filter>,
    #[arg(long, value_name = "COLUMN", default_value = "created", help = SORT_HELP)]
    pub sort: Order,
    /// Write JSON (schema hadal.images/1)
    #[arg(long)]
    pub json: bool,
}

/// Names up, everything else down.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Order {
    Created,
    Name,
    Size,
    Exclusive,
    Shared,
    Users,
}

const SORT_HELP: &str = "What comes first: the newest, the largest, the most used; names go up";

#[derive(Debug, Parser)]
pub(super) struct Containers {
    /// Also the bytes that each has written, which the engine has to add up
    #[arg(long)]
    pub size: bool,
    /// Write JSON (schema hadal.containers/1)
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Parser)]
pub(super) struct Diagnose {
    /// Names or ids; without one, every container that failed
    #[arg(value_name = "CONTAINER")]
    pub containers: Vec<String>,
    /// Whether to read the layers of an image where a file is missing; auto does it for images up to 1 GiB
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub layers: When,
    /// Write JSON (schema hadal.diagnose/1)
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Parser)]
pub(super) struct Preflight {
    #[command(flatten)]
    pub source: Source,
    /// As whom it would run: a name or a number, with :GROUP behind it
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// What would be mounted: SOURCE:DESTINATION[:ro], or type=bind,source=…,target=…; may be repeated
    #[arg(long, value_name = "MOUNT")]
    pub mount: Vec<String>,
    /// A program instead of the image's entrypoint, which drops its command, too
    #[arg(long, value_name = "PROGRAM")]
    pub entrypoint: Option<String>,
    /// The working directory, instead of the image's
    #[arg(long, value_name = "PATH")]
    pub workdir: Option<String>,
    /// A variable of the environment; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub env: Vec<String>,
    /// Write JSON (schema hadal.preflight/1)
    #[arg(long)]
    pub json: bool,
    /// A command instead of the image's
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

fn platform(text: &str) -> Result<Platform, String> {
    Platform::parse(text).ok_or_else(|| "expected OS/ARCH or OS/ARCH/VARIANT, like linux/arm64".to_owned())
}

fn range(text: &str) -> Result<(usize, usize), String> {
    let (first, last) = text.split_once("..").ok_or("expected A..B, like 1..3")?;
    let number =
        |text: &str| text.trim().parse::<usize>().map_err(|_| format!("{text:?} is no layer number"));
    let (first, last) = (number(first)?, number(last)?);
    if first > last { Err("A must not be above B".to_owned()) } else { Ok((first, last)) }
}
