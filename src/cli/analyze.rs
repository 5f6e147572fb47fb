//! `hadal analyze`

use std::io;

use super::{Failure, Globals, args, config, open, progress};
use crate::analysis::{Candidates, Duplicate, Judgement, advice};
use crate::jobs::{Opened, Reckoning, Task};
use crate::report::size::human;
use crate::report::{json, text};

pub(super) fn run(args: &args::Analyze, look: &args::Look, globals: Globals) -> Result<(), Failure> {
    let junk = config::junk(look)?;
    let dive = Some(Reckoning::default());
    let wants = open::Wants { base: args.base.as_deref(), verify: args.verify, dive };
    let opened = open::open(&args.source, globals, &wants)?;
    let image = &opened.image;
    let duplicates = if args.duplicates { Some(duplicates(&opened)?) } else { None };
    let equal: Vec<_> = duplicates.iter().flatten().map(|alike| alike.contents.clone()).collect();
    let findings = advice::findings(image, &junk, &equal);
    let judgement =
        Judgement { findings: &findings, duplicates: duplicates.as_deref(), dive: opened.dive.as_ref() };
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        json::write(&json::Analyze::new(image, &judgement), &mut out)?;
    } else {
        text::analyze(image, &judgement, &mut out)?;
    }
    Ok(io::Write::flush(&mut out)?)
}

/// Reads what is as long as something else, and tells what is equal.
fn duplicates(opened: &Opened) -> Result<Vec<Duplicate>, Failure> {
    let candidates = Candidates::of(&opened.image);
    let (task, bytes) = (Task::new(), candidates.bytes());
    let words = || format!("comparing contents, {} of about {}", human(task.progress().done), human(bytes));
    let sums = progress::watched(words, || opened.sha256(&candidates.stored(), &task))?;
    Ok(candidates.duplicates(&opened.image, sums))
}
