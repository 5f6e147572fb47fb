//! `hadal why`

use std::io;

use super::{Failure, Globals, args, output, progress};
use crate::cleanup::filter::named;
use crate::jobs::{Ask, Cleaning, Engines, Task};
use crate::report::{clean, json};

pub(super) fn run(args: &args::Why, look: &args::Look, globals: Globals) -> Result<(), Failure> {
    let task = Task::new();
    let engines = Engines::LookedFor(globals.around);
    let words = || "asking the engine what it holds".to_owned();
    let cleaning = progress::watched(words, || Cleaning::look(&engines, Ask::default(), &task))?;
    output::problems(&cleaning.holdings.problems);
    let holdings = &cleaning.holdings;
    let stock = cleaning.stock();
    let Some(image) = named(&holdings.images, &args.image) else {
        return Err(Failure::Usage(clean::no_such_image(&stock, &args.image)));
    };
    let at = stock.position(&image.id).unwrap_or_default();
    // Called by a name, that name is not in its own way.
    let spoken = image.tags.iter().find(|tag| {
        let bare = |name: &str| name.strip_suffix(":latest").unwrap_or(name).to_owned();
        let tag = bare(tag);
        tag == bare(&args.image) || tag.ends_with(&format!("/{}", bare(&args.image)))
    });
    let why = stock.why(at, spoken.map(String::as_str), holdings.about.kind);
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        json::write(&json::Why::new(image, &why), &mut out)?;
    } else {
        clean::why(image, &why, output::look(look), &mut out)?;
    }
    Ok(io::Write::flush(&mut out)?)
}
