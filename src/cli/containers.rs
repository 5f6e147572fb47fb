//! `hadal containers`

use std::cmp::Reverse;
use std::io;

use jiff::Timestamp;

use super::{Failure, Globals, args, output, progress};
use crate::container::Container;
use crate::jobs::{self, Engines, Task};
use crate::report::{json, lists};

pub(super) fn run(args: &args::Containers, look: &args::Look, globals: Globals) -> Result<(), Failure> {
    let task = Task::new();
    let words = || {
        let progress = task.progress();
        format!("asking the engine about its containers: {} of {}", progress.done, progress.total)
    };
    let engines = Engines::LookedFor(globals.around);
    let holdings = progress::watched(words, || jobs::container_holdings(&engines, args.size, &task))?;
    output::problems(&holdings.problems);
    let mut containers: Vec<&Container> = holdings.containers.iter().collect();
    containers.sort_by_key(|container| (Reverse(container.created), &container.name));
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        json::write(&json::Containers::new(&containers), &mut out)?;
    } else {
        lists::containers(&containers, args.size, Timestamp::now(), output::look(look), &mut out)?;
    }
    Ok(io::Write::flush(&mut out)?)
}
