//! `hadal analyze`

use std::io;

use super::{Failure, Globals, args, config, open, progress};
use crate::analysis::Inspection;
use crate::jobs::{self, Opened, Task, Wishes};
use crate::report::size::human;
use crate::report::{self, json, text};

pub(super) fn run(args: &args::Analyze, globals: Globals) -> Result<(), Failure> {
    // A mistake in a file should not wait until the image has been read.
    let rules = args.secrets.then(|| config::secret_rules(args.secret_rules.as_deref())).transpose()?;
    let mut opened = open::open(&args.source, globals, args.base.as_deref(), args.verify)?;
    let wishes = Wishes { duplicates: args.duplicates, secrets: rules.as_ref() };
    let wanted = args.duplicates || args.secrets;
    let found = wanted.then(|| inspect(&mut opened, wishes)).transpose()?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        let mut document = json::Analyze::new(&opened.image);
        if let Some(found) = &found {
            document = document.with(&opened.image, found);
        }
        json::write(&document, &mut out)?;
    } else {
        text::analyze(&opened.image, &mut out)?;
        report::found::found(&opened.image, &found.unwrap_or_default(), args.privileged, &mut out)?;
    }
    Ok(io::Write::flush(&mut out)?)
}

/// Looks into the contents, and hides in the image's own texts what is found there.
fn inspect(opened: &mut Opened, wishes: Wishes<'_>) -> Result<Inspection, Failure> {
    let task = Task::new();
    let words = || format!("looking into contents: {} read", human(task.progress().done));
    let (found, veil) = progress::watched(words, || jobs::inspect(opened, wishes, &task))?;
    veil.cover(&mut opened.image.head);
    Ok(found)
}
