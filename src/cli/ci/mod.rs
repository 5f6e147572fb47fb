//! `hadal ci`: an image against rules.

mod dive_file;
mod fault;
mod own_file;
mod rules;

use std::io;

use super::args::{Choice, Face, Format, Look, Source};
use super::inspect::inspect;
use super::{Failure, Globals, args, open, output};
use crate::analysis::Globs;
use crate::analysis::ci::{Baseline, Facts, Sums, judge};
use crate::jobs::{Opened, Reckoning, Wishes};
use crate::report::{ci, json};

pub(super) use rules::{Gate, gather};

pub(super) fn run(args: &args::Ci, look: &Look, globals: Globals) -> Result<(), Failure> {
    let gate = gather(&args.rules)?;
    check(&args.source, &gate, &args.face, look, globals)
}

/// Holds an image against rules and writes what came of it; [`Failure::No`] when it does not pass.
pub(super) fn check(
    source: &Source,
    gate: &Gate,
    face: &Face,
    look: &Look,
    globals: Globals,
) -> Result<(), Failure> {
    let dive = Reckoning { without_base: gate.base.is_some(), paths: gate.ignored.clone() };
    let wants = open::Wants { base: gate.base.as_deref(), verify: false, dive: Some(dive) };
    let mut opened = open::open(source, globals.clone(), &wants)?;
    let image = &opened.image;
    let from = match (&gate.base, image.head.stated_layers) {
        (None, _) => 0,
        (Some(_), Some(layers)) => layers,
        (Some(base), None) => {
            let why = image.head.problems.iter().map(|problem| problem.text.as_str());
            let why = why.rev().find(|text| text.starts_with(base.as_str()));
            let text = why.map_or_else(|| format!("{base} is not the base image"), str::to_owned);
            return Err(Failure::Usage(format!("--base: {text}")));
        }
    };
    let baseline = gate.baseline.as_deref().map(|name| {
        let own_bytes = Sums::of(image, 0, &gate.ignored).bytes();
        baseline(name, own_bytes, &gate.ignored, globals)
    });
    let baseline = baseline.transpose()?;
    let inspection = match &gate.secrets {
        Some(rules) => Some(inspect(&mut opened, Wishes { secrets: Some(rules), ..Wishes::default() })?),
        None => None,
    };
    let Opened { image, dive, .. } = opened;
    let Some(dive) = dive else { return Err(Failure::Usage("dive's figures are missing".to_owned())) };
    let facts = Facts {
        image: &image,
        dive,
        sums: Sums::of(&image, from, &gate.ignored),
        baseline,
        inspection: inspection.as_ref(),
    };
    let verdict = judge(&gate.rules, &facts);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let format = if face.json { Format::Json } else { face.format };
    match format {
        Format::Text => ci::text(&image, &verdict, output::look(look), &mut out)?,
        Format::Json => json::write(&json::Ci::new(&image, &verdict), &mut out)?,
        Format::Junit => ci::junit(&image, &verdict, &mut out)?,
        Format::Github => ci::github(&image, &verdict, &mut out)?,
        Format::Markdown => ci::markdown(&image, &verdict, &mut out)?,
    }
    io::Write::flush(&mut out)?;
    if verdict.passed { Ok(()) } else { Err(Failure::No) }
}

/// Adds up the image that another is compared with.
fn baseline(name: &str, own_bytes: u64, ignored: &Globs, globals: Globals) -> Result<Baseline, Failure> {
    let source = Source { image: name.to_owned(), choice: Choice { select: None } };
    let opened = open::open(&source, globals, &open::Wants::default());
    let image = match opened {
        Ok(opened) => opened.image,
        Err(Failure::Open(error)) => {
            return Err(Failure::Usage(format!("cannot open the baseline: {error}")));
        }
        Err(failure) => return Err(failure),
    };
    let layers = image.layers.iter().filter_map(|layer| layer.problem.clone());
    let problem = image.head.damage.iter().cloned().chain(layers).next();
    let bytes = Sums::of(&image, 0, ignored).bytes();
    Ok(Baseline { name: name.to_owned(), bytes, own_bytes, problem })
}
