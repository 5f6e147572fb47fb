//! Text about what contents hold and who may use them: duplicates, secrets, privileged files.

use std::io::{self, Write};

use super::mode::mode;
use super::sanitise::sanitise;
use super::size::human;
use crate::analysis::Inspection;
use crate::analysis::duplicates::Duplicate;
use crate::analysis::privileged::{Privilege, privileged};
use crate::analysis::secrets::{Place, Secret, Where};
use crate::image::Image;

/// Groups of equal contents listed without being asked for more, and paths of each.
const MAX_GROUPS: usize = 20;
const MAX_PATHS: usize = 4;
/// Secrets listed without being asked for more.
const MAX_SECRETS: usize = 200;

/// What was looked for, and privileged files: all of them with `every`, else their number.
pub fn found(image: &Image, found: &Inspection, every: bool, out: &mut dyn Write) -> io::Result<()> {
    if let Some(duplicates) = &found.duplicates {
        write_duplicates(image, duplicates, out)?;
    }
    if let Some(secrets) = &found.secrets {
        write_secrets(image, secrets, out)?;
    }
    write_privileged(image, every, out)?;
    if !found.problems.is_empty() {
        writeln!(out, "\nproblems")?;
    }
    for problem in &found.problems {
        writeln!(out, "  {}", sanitise(problem.to_string().as_bytes()))?;
    }
    if found.duplicates.is_some() || found.secrets.is_some() {
        let (bytes, rate) = (human(found.bytes), human(found.rate() as u64));
        writeln!(out, "\nread {bytes} of contents in {:.2} s, {rate}/s", found.seconds)?;
    }
    Ok(())
}

fn s(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn write_duplicates(image: &Image, all: &[Duplicate], out: &mut dyn Write) -> io::Result<()> {
    let bytes: u64 = all.iter().map(|one| one.redundant_bytes).sum();
    if all.is_empty() {
        return writeln!(out, "\nno two visible files are equal");
    }
    writeln!(out, "\n{} in copies of {} content{}\n", human(bytes), all.len(), s(all.len()))?;
    writeln!(out, "{:>9}  {:>6} {:>9}  paths", "redundant", "copies", "each")?;
    for one in all.iter().take(MAX_GROUPS) {
        write!(out, "{:>9}  {:>6} {:>9}", human(one.redundant_bytes), one.copies, human(one.bytes))?;
        for (at, node) in one.paths.iter().take(MAX_PATHS).enumerate() {
            let indent = if at == 0 { 2 } else { 29 };
            writeln!(out, "{:indent$}{}", "", sanitise(&image.tree.path(*node)))?;
        }
        if one.paths.len() > MAX_PATHS {
            writeln!(out, "{:29}and {} more", "", one.paths.len() - MAX_PATHS)?;
        }
    }
    match all.len().saturating_sub(MAX_GROUPS) {
        0 => Ok(()),
        more => writeln!(out, "and {more} more: --json lists all"),
    }
}

fn write_secrets(image: &Image, all: &[Secret], out: &mut dyn Write) -> io::Result<()> {
    if all.is_empty() {
        return writeln!(out, "\nno secrets found");
    }
    let deleted = |secret: &&Secret| matches!(secret.place, Place::File { deleted_in: Some(_), .. });
    let gone = match all.iter().filter(deleted).count() {
        0 => String::new(),
        gone => format!(", {gone} of them hidden by a later layer and shipped all the same"),
    };
    writeln!(out, "\n{} secret{}{gone}\n", all.len(), s(all.len()))?;
    writeln!(out, "{:>5} {:>6}  what and where", "in", "hidden")?;
    let layer = |layer: Option<usize>| layer.map_or_else(|| "-".to_owned(), |layer| layer.to_string());
    for secret in all.iter().take(MAX_SECRETS) {
        let (own, hidden, place) = match &secret.place {
            Place::File { node, layer, deleted_in, line, more } => {
                let path = image.tree.path(*node);
                let line = line.map(|line| format!(":{line}")).unwrap_or_default();
                let more = if *more > 0 { format!(", and {more} more in it") } else { String::new() };
                (Some(*layer), *deleted_in, format!("{}{line}{more}", sanitise(&path)))
            }
            Place::Text(text) => {
                let detail = sanitise(text.detail.as_bytes());
                let place = match (text.place, text.step) {
                    (Where::History, Some(step)) => format!("build step {step}, {detail}"),
                    (place, _) => format!("{}, {detail}", place.name()),
                };
                (text.layer, None, place)
            }
        };
        let (title, preview) = (sanitise(secret.title.as_bytes()), sanitise(secret.preview.as_bytes()));
        writeln!(out, "{:>5} {:>6}  {title}: {place}", layer(own), layer(hidden))?;
        writeln!(out, "{:14}{preview}", "")?;
    }
    match all.len().saturating_sub(MAX_SECRETS) {
        0 => Ok(()),
        more => writeln!(out, "and {more} more: --json lists all"),
    }
}

fn write_privileged(image: &Image, every: bool, out: &mut dyn Write) -> io::Result<()> {
    let all = privileged(&image.tree);
    if all.is_empty() {
        return if every { writeln!(out, "\nno privileged files") } else { Ok(()) };
    }
    let kinds = [Privilege::Setuid, Privilege::Setgid, Privilege::WorldWritable, Privilege::Capability];
    let counts: Vec<String> = kinds
        .into_iter()
        .map(|kind| (kind, all.iter().filter(|one| one.kinds.contains(&kind)).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{count} {}", kind.name()))
        .collect();
    let hint = if every { "" } else { ": --privileged lists them" };
    writeln!(out, "\n{} privileged file{} ({}){hint}", all.len(), s(all.len()), counts.join(", "))?;
    if !every {
        return Ok(());
    }
    writeln!(out, "\n{:>5}  {:<10}  {:<22}  path", "since", "mode", "why")?;
    for one in &all {
        let Some(version) = image.tree.in_final(one.node) else { continue };
        let why = one.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" ");
        let path = image.tree.path(one.node);
        writeln!(
            out,
            "{:>5}  {}  {why:<22}  {}",
            one.layer,
            mode(version.kind(), one.mode),
            sanitise(&path)
        )?;
    }
    Ok(())
}
