//! `hadal diagnose`: why containers died.

use std::io;

use super::args::{self, When};
use super::{Failure, Globals, output, progress};
use crate::jobs::{self, DiagnoseRequest, Engines, ReadLayers, Task};
use crate::report::{diagnosis, json};

pub(super) fn run(args: &args::Diagnose, globals: Globals) -> Result<(), Failure> {
    let request = DiagnoseRequest {
        containers: args.containers.clone(),
        layers: match args.layers {
            When::Auto => ReadLayers::Auto,
            When::Always => ReadLayers::Always,
            When::Never => ReadLayers::Never,
        },
        ..DiagnoseRequest::default()
    };
    let task = Task::new();
    let words = || {
        let progress = task.progress();
        format!("looking into containers: {} of {}", progress.done, progress.total)
    };
    let engines = Engines::LookedFor(globals.around);
    let found = progress::watched(words, || jobs::diagnose(&engines, &request, &task))?;
    output::problems(&found.problems);
    if !found.missing.is_empty() && found.containers.is_empty() {
        return Err(missing(&found.missing));
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        let containers = found.containers.iter().map(|one| (&one.facts, &one.diagnosis));
        json::write(&json::Diagnose::new(containers), &mut out)?;
    } else {
        for (at, one) in found.containers.iter().enumerate() {
            if at > 0 {
                io::Write::write_all(&mut out, b"\n")?;
            }
            diagnosis::text(&one.facts, &one.diagnosis, &mut out)?;
        }
        if found.containers.is_empty() {
            io::Write::write_all(&mut out, b"no container has failed\n")?;
        }
    }
    io::Write::flush(&mut out)?;
    if found.missing.is_empty() { Ok(()) } else { Err(missing(&found.missing)) }
}

fn missing(names: &[String]) -> Failure {
    Failure::Usage(format!("no such container: {}; `hadal containers` lists them", names.join(", ")))
}
