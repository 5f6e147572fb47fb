//! `hadal analyze`

use std::io;

use super::inspect::inspect;
use super::{Failure, Globals, args, config, open};
use crate::analysis::privileged::privileged;
use crate::analysis::{Judgement, advice};
use crate::jobs::{Reckoning, Wishes};
use crate::report::{json, text};

pub(super) fn run(args: &args::Analyze, look: &args::Look, globals: Globals) -> Result<(), Failure> {
    // A mistake in a file should not wait until the image has been read.
    let junk = config::junk(look)?;
    let rules = args.secrets.then(|| config::secret_rules(args.secret_rules.as_deref())).transpose()?;
    let dive = Some(Reckoning::default());
    let wants = open::Wants { base: args.base.as_deref(), verify: args.verify, dive };
    let mut opened = open::open(&args.source, globals, &wants)?;
    let wishes = Wishes { duplicates: args.duplicates, secrets: rules.as_ref() };
    let inspection = if args.duplicates || args.secrets { Some(inspect(&mut opened, wishes)?) } else { None };
    let image = &opened.image;
    let judgement = Judgement { inspection: inspection.as_ref(), ..Judgement::default() };
    let equal: Vec<_> =
        judgement.duplicates().unwrap_or_default().iter().map(|alike| alike.contents.clone()).collect();
    let findings = advice::findings(image, &junk, &equal);
    let privileged = privileged(&image.tree);
    let judgement =
        Judgement { findings: &findings, privileged: &privileged, dive: opened.dive.as_ref(), ..judgement };
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        json::write(&json::Analyze::new(image, &judgement), &mut out)?;
    } else {
        text::analyze(image, &judgement, &mut out)?;
    }
    Ok(io::Write::flush(&mut out)?)
}
