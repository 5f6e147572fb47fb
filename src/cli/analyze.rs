//! `hadal analyze`

use std::io;

use super::{Failure, Globals, args, config, open};
use crate::analysis::advice;
use crate::report::{json, text};

pub(super) fn run(args: &args::Analyze, look: &args::Look, globals: Globals) -> Result<(), Failure> {
    let junk = config::junk(look)?;
    let opened = open::open(&args.source, globals, args.base.as_deref(), args.verify)?;
    let image = &opened.image;
    let advice = advice::findings(image, &junk, &[]);
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        json::write(&json::Analyze::new(image, &advice), &mut out)?;
    } else {
        text::analyze(image, &advice, &mut out)?;
    }
    Ok(io::Write::flush(&mut out)?)
}
