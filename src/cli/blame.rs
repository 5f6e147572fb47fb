//! `hadal blame`

use std::io;

use super::{Failure, Globals, args, open};
use crate::analysis;
use crate::image::tree::{Stored, Version};
use crate::jobs::Task;
use crate::report::{json, text};

pub(super) fn run(args: &args::Blame, globals: Globals) -> Result<(), Failure> {
    let path = args.path.as_os_str().as_encoded_bytes();
    let opened = open::open(&args.source, globals, &open::Wants::default())?;
    let versions = analysis::blame(&opened.image.tree, path)
        .filter(|versions| !versions.is_empty())
        .ok_or_else(|| Failure::Usage(format!("no layer has {}", args.path.display())))?;
    let task = Task::new();
    let stored: Vec<Stored> =
        versions.iter().filter(|version| version.exists()).filter_map(Version::content).collect();
    let sums = opened.sha256(&stored, &task)?;
    let mut sha256 = |wanted: &Stored| {
        stored.iter().zip(&sums).find(|(stored, _)| *stored == wanted).and_then(|(_, sum)| sum.clone())
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        json::write(&json::Blame::new(&opened.image, path, &versions, &mut sha256), &mut out)?;
    } else {
        text::blame(&opened.image, path, &versions, &mut sha256, &mut out)?;
    }
    Ok(io::Write::flush(&mut out)?)
}
