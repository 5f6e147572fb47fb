//! Opening an image for a command, with progress on a terminal.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use super::args::Source;
use super::{Failure, Globals, progress};
use crate::image::Platform;
use crate::jobs::{self, Engines, OpenEvent, OpenRequest, Opened, Reckoning, Task};
use crate::report::sanitise::sanitise;
use crate::report::size::human;

/// What else is wanted of an image than its tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Wants<'a> {
    pub base: Option<&'a str>,
    pub verify: bool,
    pub dive: Option<Reckoning>,
}

pub(super) fn open(source: &Source, globals: Globals, wants: &Wants<'_>) -> Result<Opened, Failure> {
    let engines = Engines::LookedFor(globals.around);
    let other = {
        let (image, engines) = (source.image.clone(), engines.clone());
        std::thread::spawn(move || jobs::shadows(&image, &engines))
    };
    let opened = read(source, engines, globals.platform, wants)?;
    if let Ok(true) = other.join() {
        let image = &source.image;
        let text = format!(
            "{image} is a file or folder, which is opened, and an image; docker:{image} is the image"
        );
        let _ = writeln!(io::stderr(), "hadal: {}", sanitise(text.as_bytes()));
    }
    Ok(opened)
}

fn read(
    source: &Source,
    engines: Engines,
    platform: Option<Platform>,
    wants: &Wants<'_>,
) -> Result<Opened, Failure> {
    let request = OpenRequest {
        image: Some(source.image.clone()),
        engines,
        select: source.choice.select.clone(),
        platform,
        base: wants.base.map(str::to_owned),
        verify: wants.verify,
        dive: wants.dive.clone(),
    };
    let task = Task::new();
    let preparing = AtomicBool::new(false);
    let words = || {
        if preparing.load(Ordering::Relaxed) {
            return "the engine is preparing the image".to_owned();
        }
        let progress = task.progress();
        let total = if progress.total > 0 { format!(" of {}", human(progress.total)) } else { String::new() };
        format!("reading {}{total}", human(progress.done))
    };
    let opened = progress::watched(words, || {
        jobs::open_keeping(&request, &task, &mut |event| match event {
            OpenEvent::Preparing => preparing.store(true, Ordering::Relaxed),
            OpenEvent::Arriving => preparing.store(false, Ordering::Relaxed),
            _ => {}
        })
    });
    Ok(opened?)
}
