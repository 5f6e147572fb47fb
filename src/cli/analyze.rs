//! `hadal analyze`

use std::io;

use super::{Failure, Globals, args, open};
use crate::report::{json, text};

pub(super) fn run(args: &args::Analyze, globals: Globals) -> Result<(), Failure> {
    let opened = open::open(&args.source, globals, args.base.as_deref(), args.verify)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        json::write(&json::Analyze::new(&opened.image), &mut out)?;
    } else {
        text::analyze(&opened.image, &mut out)?;
    }
    Ok(io::Write::flush(&mut out)?)
}
