//! `hadal images`

use std::cmp::Reverse;
use std::io;

use jiff::Timestamp;

use super::args::{self, Order};
use super::{Failure, Globals, output, progress};
use crate::cleanup::{Filters, Stock};
use crate::image::{LocalImage, Platform};
use crate::jobs::{self, Engines, Task};
use crate::report::{json, lists};

pub(super) fn run(args: &args::Images, look: &args::Look, globals: Globals) -> Result<(), Failure> {
    let task = Task::new();
    let words = || {
        let progress = task.progress();
        format!("asking the engine about its images: {} of {}", progress.done, progress.total)
    };
    let engines = Engines::LookedFor(globals.around);
    let holdings = progress::watched(words, || jobs::image_holdings(&engines, &task))?;
    output::problems(&holdings.problems);
    let filters = Filters::new(&args.filter, &holdings.images).map_err(Failure::Usage)?;
    let stock = Stock::new(&holdings.images, &holdings.containers);
    let (usage, lineage) = (stock.usage(), stock.lineage());
    let is_wanted = |image: &LocalImage| {
        (args.all || !image.intermediate)
            && filters.takes(image)
            && globals.platform.as_ref().is_none_or(|wanted| is_for(image, wanted))
    };
    let images = stock.images();
    let mut chosen: Vec<usize> = (0..images.len()).filter(|position| is_wanted(images[*position])).collect();
    // What is equal keeps the order of names.
    chosen.sort_by_key(|position| (images[*position].tags.is_empty(), &images[*position].tags));
    match args.sort {
        Order::Name => {}
        Order::Created => chosen.sort_by_key(|position| Reverse(images[*position].created)),
        Order::Size => chosen.sort_by_key(|position| Reverse(images[*position].bytes)),
        Order::Exclusive => chosen.sort_by_key(|position| Reverse(usage[*position].exclusive_bytes)),
        Order::Shared => chosen.sort_by_key(|position| Reverse(usage[*position].shared_bytes)),
        Order::Users => chosen.sort_by_key(|position| Reverse(usage[*position].users.len())),
    }
    let list = lists::Images { stock: &stock, usage: &usage, lineage: &lineage, chosen: &chosen };
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        json::write(&json::Images::new(&list), &mut out)?;
    } else {
        lists::images(&list, Timestamp::now(), output::look(look), &mut out)?;
    }
    Ok(io::Write::flush(&mut out)?)
}

fn is_for(image: &LocalImage, wanted: &Platform) -> bool {
    Platform::parse(&image.platform).is_some_and(|platform| platform.serves(wanted).is_some())
}
