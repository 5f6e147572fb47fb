//! Looking into the contents of an image for a command, with progress on a terminal.

use std::time::Instant;

use super::{Failure, progress};
use crate::analysis::Inspection;
use crate::jobs::{self, Opened, Task, Wishes};
use crate::report::size::human;

/// Looks into the contents, and hides in the image's own texts what is found there.
pub(super) fn inspect(opened: &mut Opened, wishes: Wishes<'_>) -> Result<Inspection, Failure> {
    let (task, begun) = (Task::new(), Instant::now());
    let words = || {
        let read = task.progress();
        let rate = read.done as f64 / begun.elapsed().as_secs_f64().max(0.001);
        let total = if read.total > 0 { format!(" of {}", human(read.total)) } else { String::new() };
        format!("looking into contents: {}{total}, {}/s", human(read.done), human(rate as u64))
    };
    let (found, veil) = progress::watched(words, || jobs::inspect(opened, wishes, &task))?;
    veil.cover(&mut opened.image.head);
    Ok(found)
}
