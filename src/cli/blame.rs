//! `hadal blame`

use std::io;

use super::{Failure, args, open};
use crate::analysis;
use crate::image::tree::Stored;
use crate::jobs::Task;
use crate::report::{json, text};

pub(super) fn run(args: &args::Blame) -> Result<(), Failure> {
    let path = args.path.as_os_str().as_encoded_bytes();
    let opened = open::open(&args.source, None, false)?;
    let versions = analysis::blame(&opened.image.tree, path)
        .filter(|versions| !versions.is_empty())
        .ok_or_else(|| Failure::Usage(format!("no layer has {}", args.path.display())))?;
    let task = Task::new();
    let mut sha256 = |stored: &Stored| opened.sha256(stored, &task);
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        json::write(&json::Blame::new(&opened.image, path, &versions, &mut sha256), &mut out)?;
    } else {
        text::blame(&opened.image, path, &versions, &mut sha256, &mut out)?;
    }
    Ok(io::Write::flush(&mut out)?)
}
