//! `hadal analyze`

use std::io;

use super::{Failure, Globals, args, open};
use crate::jobs::Reckoning;
use crate::report::{json, text};

pub(super) fn run(args: &args::Analyze, globals: Globals) -> Result<(), Failure> {
    let dive = Some(Reckoning::default());
    let wants = open::Wants { base: args.base.as_deref(), verify: args.verify, dive };
    let opened = open::open(&args.source, globals, &wants)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        json::write(&json::Analyze::new(&opened.image, opened.dive.as_ref()), &mut out)?;
    } else {
        text::analyze(&opened.image, opened.dive.as_ref(), &mut out)?;
    }
    Ok(io::Write::flush(&mut out)?)
}
