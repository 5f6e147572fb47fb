//! What can be typed after `clean` and `why`.

use clap::Parser;
use jiff::SignedDuration;

use crate::report::age;

#[derive(Debug, Parser)]
pub(in crate::cli) struct Clean {
    #[command(flatten)]
    pub what: What,
    #[command(flatten)]
    pub narrow: Narrow,
    /// Say what would be done, and do nothing
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Do it without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Save the images that go to this new archive first, as docker save does; nothing goes unless all of it is there
    #[arg(long, value_name = "FILE")]
    pub save: Option<String>,
    /// Write JSON (schema hadal.clean/1)
    #[arg(long)]
    pub json: bool,
}

/// Several are judged on what the ones before leave: containers, images, the rest.
#[derive(Debug, Parser)]
#[command(next_help_heading = "What goes")]
pub(in crate::cli) struct What {
    /// Images without a tag on which nothing stands (the default)
    #[arg(long)]
    pub dangling: bool,
    /// Images that no container uses, dangling ones too
    #[arg(long)]
    pub unused: bool,
    /// Containers that were created only, have exited or are dead; their volumes stay
    #[arg(long)]
    pub stopped: bool,
    /// Records of the build cache that no build uses
    #[arg(long)]
    pub build_cache: bool,
    /// Networks that no container is in
    #[arg(long)]
    pub networks: bool,
    /// Volumes that nobody named and no container mounts
    #[arg(long)]
    pub anonymous_volumes: bool,
    /// Volumes by name, with what is in them
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub volume: Vec<String>,
    /// Images by id or name
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub image: Vec<String>,
    /// Containers by id or name
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub container: Vec<String>,
}

/// What was named is narrowed by none of these.
#[derive(Debug, Parser)]
#[command(next_help_heading = "What stays")]
pub(in crate::cli) struct Narrow {
    /// What is younger: images since they were made or tagged, containers since they ended; like 7d, 12h, 2w
    #[arg(long, value_name = "AGE", value_parser = age::parse)]
    pub older_than: Option<SignedDuration>,
    /// What has a name like this; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub keep: Vec<String>,
    /// So many of the newest images of each repository
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub keep_last: usize,
    /// What does not have this label: label=KEY[=VALUE]; may be repeated
    #[arg(long, value_name = "label=KEY[=VALUE]", value_parser = label)]
    pub filter: Vec<(String, Option<String>)>,
}

#[derive(Debug, Parser)]
pub(in crate::cli) struct Why {
    /// An image of the engine, by name or id
    #[arg(value_name = "IMAGE")]
    pub image: String,
    /// Write JSON (schema hadal.why/1)
    #[arg(long)]
    pub json: bool,
}

fn label(text: &str) -> Result<(String, Option<String>), String> {
    match text.split_once('=') {
        Some(("label", label)) if !label.is_empty() => Ok(match label.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (label.to_owned(), None),
        }),
        _ => Err("expected label=KEY or label=KEY=VALUE".to_owned()),
    }
}
