//! Text about what contents hold and who may use them: secrets, privileged files.

use std::io::{self, Write};

use super::mode::mode;
use super::sanitise::sanitise;
use super::size::human;
use crate::analysis::Inspection;
use crate::analysis::privileged::{Privilege, Privileged};
use crate::analysis::secrets::{Place, Secret, Where};
use crate::image::Image;

/// Secrets listed without being asked for more.
const MAX_SECRETS: usize = 200;
/// Privileged files of each layer, the same.
const MAX_PRIVILEGED: usize = 12;

fn s(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Secrets with their places, masked.
pub fn secrets(image: &Image, all: &[Secret], out: &mut dyn Write) -> io::Result<()> {
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
        let (own, hidden) = match &secret.place {
            Place::File { layer, deleted_in, .. } => (Some(*layer), *deleted_in),
            Place::Text(text) => (text.layer, None),
        };
        let place = place(image, secret);
        let (title, preview) = (sanitise(secret.title.as_bytes()), sanitise(secret.preview.as_bytes()));
        writeln!(out, "{:>5} {:>6}  {title}: {place}", layer(own), layer(hidden))?;
        writeln!(out, "{:14}{preview}", "")?;
    }
    match all.len().saturating_sub(MAX_SECRETS) {
        0 => Ok(()),
        more => writeln!(out, "and {more} more: --json lists all"),
    }
}

/// Where a secret is, in words that may be shown.
pub(super) fn place(image: &Image, secret: &Secret) -> String {
    match &secret.place {
        Place::File { node, line, more, .. } => {
            let path = image.tree.path(*node);
            let line = line.map(|line| format!(":{line}")).unwrap_or_default();
            let more = if *more > 0 { format!(", and {more} more in it") } else { String::new() };
            format!("{}{line}{more}", sanitise(&path))
        }
        Place::Text(text) => {
            let detail = sanitise(text.detail.as_bytes());
            match (text.place, text.step) {
                (Where::History, Some(step)) => format!("build step {step}, {detail}"),
                (place, _) => format!("{}, {detail}", place.name()),
            }
        }
    }
}

/// Files that give more rights than others, by the layer that brought them.
pub fn privileged(image: &Image, all: &[Privileged], out: &mut dyn Write) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{} privileged file{}: {}\n", all.len(), s(all.len()), kinds(all))?;
    writeln!(out, "{:>5}  {:<10}  {:<14}  path", "since", "mode", "why")?;
    for layer in all.chunk_by(|one, next| one.layer == next.layer) {
        for one in layer.iter().take(MAX_PRIVILEGED) {
            let Some(version) = image.tree.in_final(one.node) else { continue };
            let (mode, why) = (mode(version.kind(), one.mode), why(one));
            let path = image.tree.path(one.node);
            writeln!(out, "{:>5}  {mode}  {why:<14}  {}", one.layer, sanitise(&path))?;
        }
        if let (Some(one), 1..) = (layer.first(), layer.len().saturating_sub(MAX_PRIVILEGED)) {
            let more = layer.len() - MAX_PRIVILEGED;
            writeln!(out, "{:>5}  and {more} more: --json lists all", one.layer)?;
        }
    }
    Ok(())
}

/// How many there are of each kind: `2 setuid, 1 capability`.
pub fn kinds(all: &[Privileged]) -> String {
    let count = |kind: &Privilege| all.iter().filter(|one| one.kinds.contains(kind)).count();
    let counts = Privilege::ALL.iter().map(|kind| (kind, count(kind))).filter(|(_, count)| *count > 0);
    counts.map(|(kind, count)| format!("{count} {}", kind.name())).collect::<Vec<_>>().join(", ")
}

/// Why a file is listed, in words.
pub fn why(one: &Privileged) -> String {
    one.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" ")
}

/// How much was read of contents, and how fast.
pub fn rate(found: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    let (bytes, rate) = (human(found.bytes), human(found.rate() as u64));
    writeln!(out, "\nread {bytes} of contents in {:.2} s, {rate}/s", found.seconds)
}
