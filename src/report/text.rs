//! Text for people: plain columns, no colour, every foreign text sanitised.

use std::io::{self, Write};

use super::mode::mode;
use super::sanitise::sanitise;
use super::size::human;
use super::{advice, found};
use crate::analysis::advice::{Finding, bytes_after};
use crate::analysis::{Duplicate, Inspection, Judgement, Totals, View, waste};
use crate::image::tree::{Change, Stored, Tree, Version};
use crate::image::{Basis, Image};

/// Hidden contents listed without being asked for more.
const MAX_WASTE: usize = 20;
/// The same of advice.
const MAX_ADVICE: usize = 8;
/// The same of equal contents, and of the paths of one of them.
const MAX_ALIKE: usize = 8;
const MAX_PATHS: usize = 4;

/// An image in a screenful.
pub fn analyze(image: &Image, judgement: &Judgement<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Judgement { findings, privileged, inspection, dive } = *judgement;
    let totals = Totals::of(image);
    let head = &image.head;
    let name = head.tags.first().map_or(head.reference.as_str(), String::as_str);
    let platform = head
        .config
        .platform
        .as_ref()
        .map(|platform| format!("  {}", sanitise(platform.to_string().as_bytes())));
    writeln!(out, "{}{}", sanitise(name.as_bytes()), platform.unwrap_or_default())?;
    if let Some(id) = &head.id {
        writeln!(out, "config {id}")?;
    }
    if let Some(base) = &head.base {
        let name = base.name.as_ref().map(|name| format!(" {}", sanitise(name.as_bytes())));
        let count = if base.layers == 1 {
            "the lowest layer".to_owned()
        } else {
            format!("the lowest {} layers", base.layers)
        };
        let basis = match base.basis {
            Basis::Stated => "as stated",
            Basis::Comment => "as its builder recorded",
            Basis::Command => "guessed from its last command",
            Basis::Builder => "guessed from a change of builder",
        };
        writeln!(out, "base{}: {count}, {basis}", name.unwrap_or_default())?;
    }
    let percent =
        if totals.bytes == 0 { 0.0 } else { 100.0 * totals.wasted_bytes as f64 / totals.bytes as f64 };
    writeln!(
        out,
        "{} in {} layer{}, {} visible in {} files, {} wasted ({percent:.1} %)",
        human(totals.bytes),
        image.layers.len(),
        if image.layers.len() == 1 { "" } else { "s" },
        human(totals.visible_bytes),
        totals.files,
        human(totals.wasted_bytes),
    )?;
    if let Some(dive) = dive {
        // dive's own report says this much.
        let (efficiency, user) = (100.0 * dive.efficiency, 100.0 * dive.user_wasted);
        let wasted = human(dive.wasted_bytes);
        let user = if user.is_finite() { format!(", {user:.4} % of user bytes") } else { String::new() };
        let same = if dive.comparable { "" } else { "; dive itself does not read this image whole" };
        writeln!(out, "as dive counts: efficiency {efficiency:.4} %, {wasted} wasted{user}{same}")?;
    }
    writeln!(out, "\n{:>3}  {:>9}  {:>9}  {:>6} {:>6} {:>6}  step", "#", "size", "wasted", "+", "~", "-")?;
    for (index, layer) in image.layers.iter().enumerate() {
        let step = image.step(index).map(crate::image::Step::instruction).unwrap_or_default();
        let t = layer.totals;
        let (size, wasted) = (human(t.bytes), human(t.wasted_bytes));
        let step = sanitise(step.as_bytes());
        writeln!(
            out,
            "{index:>3}  {size:>9}  {wasted:>9}  {:>6} {:>6} {:>6}  {step}",
            t.added, t.modified, t.removed
        )?;
    }
    advise(image, findings, out)?;
    let hidden = waste(&image.tree);
    if !hidden.is_empty() {
        writeln!(out, "\n{:>9}  {:>5} {:>5}  {:<17}  path", "wasted", "in", "by", "cause")?;
    }
    for one in hidden.iter().take(MAX_WASTE) {
        let path = image.tree.path(one.node);
        let (size, cause) = (human(one.bytes), one.cause.name());
        writeln!(out, "{size:>9}  {:>5} {:>5}  {cause:<17}  {}", one.layer, one.hidden_by, sanitise(&path))?;
    }
    if hidden.len() > MAX_WASTE {
        writeln!(out, "and {} more: --json lists all", hidden.len() - MAX_WASTE)?;
    }
    if let Some(duplicates) = judgement.duplicates() {
        alike(image, duplicates, out)?;
    }
    if let Some(secrets) = inspection.and_then(|found| found.secrets.as_ref()) {
        found::secrets(image, secrets, out)?;
    }
    found::privileged(image, privileged, out)?;
    problems(image, inspection, out)?;
    inspection.map_or(Ok(()), |inspection| found::rate(inspection, out))
}

/// Equal contents, what is redundant of them first.
fn alike(image: &Image, duplicates: &[Duplicate], out: &mut dyn Write) -> io::Result<()> {
    let redundant: u64 = duplicates.iter().map(|one| one.redundant_bytes).sum();
    writeln!(out, "\n{:>9}  equal contents, {} more than once", "redundant", human(redundant))?;
    for one in duplicates.iter().take(MAX_ALIKE) {
        let paths =
            one.paths.iter().take(MAX_PATHS).map(|node| sanitise(&image.tree.path(*node)).into_owned());
        let mut paths: Vec<String> = paths.collect();
        if one.paths.len() > MAX_PATHS {
            paths.push(format!("and {} more", one.paths.len() - MAX_PATHS));
        }
        writeln!(out, "{:>9}  {}", human(one.redundant_bytes), paths.join("\n           "))?;
    }
    if duplicates.len() > MAX_ALIKE {
        writeln!(out, "and {} more: --json lists all", duplicates.len() - MAX_ALIKE)?;
    }
    Ok(())
}

/// What to change, and what would be left after it.
fn advise(image: &Image, findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    let worth: Vec<&Finding> = findings.iter().filter(|finding| finding.worthwhile(image)).collect();
    if worth.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{:>9}  advice", "saves")?;
    for finding in worth.iter().take(MAX_ADVICE) {
        let saves = finding.bytes.map_or("hint".to_owned(), human);
        let (title, fix) = (advice::title(finding, image), advice::fix(finding, image));
        writeln!(out, "{saves:>9}  {}", sanitise(title.as_bytes()))?;
        writeln!(out, "{:>9}  → {}", "", sanitise(fix.as_bytes()))?;
    }
    if worth.len() > MAX_ADVICE {
        writeln!(out, "and {} more: --json lists all", worth.len() - MAX_ADVICE)?;
    }
    let own = worth.iter().copied().filter(|finding| finding.bytes.is_some() && !finding.in_base);
    let left = bytes_after(image, own);
    if left < image.bytes() {
        writeln!(out, "with all that is proven: {} instead of {}", human(left), human(image.bytes()))?;
    }
    Ok(())
}

fn problems(image: &Image, inspection: Option<&Inspection>, out: &mut dyn Write) -> io::Result<()> {
    let mut problems = image.problems();
    problems.extend(inspection.iter().flat_map(|found| found.problems.iter().cloned()));
    if !problems.is_empty() {
        writeln!(out, "\nproblems")?;
    }
    problems.iter().try_for_each(|problem| writeln!(out, "  {}", sanitise(problem.to_string().as_bytes())))
}

/// The paths of a view, one a line.
pub fn tree(tree: &Tree, view: View, changes_only: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut result = Ok(());
    view.walk(tree, changes_only, &mut |node, look| {
        if result.is_ok() {
            let path = tree.path(node);
            result = line(&look.version, glyph(look.change), &path, out);
        }
    });
    result
}

fn line(version: &Version<'_>, glyph: char, path: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let attributes = version.attributes();
    let owner = format!("{}:{}", attributes.uid, attributes.gid);
    let size = if version.stored_bytes() > 0 { human(version.stored_bytes()) } else { String::new() };
    let mode = mode(version.kind(), attributes.mode);
    write!(out, "{glyph} {mode} {owner:>11} {size:>9}  {}", sanitise(path))?;
    match version.link_target() {
        Some(target) => writeln!(out, " -> {}", sanitise(target)),
        None => writeln!(out),
    }
}

/// One character for a change, in listings and on screens: meaning never rests on colour alone.
pub fn glyph(change: Change) -> char {
    match change {
        Change::Unmodified => ' ',
        Change::Added => '+',
        Change::Modified => '~',
        Change::Metadata => '≈',
        Change::Removed => '-',
    }
}

/// Every version of one path.
pub fn blame(
    image: &Image,
    path: &[u8],
    versions: &[Version<'_>],
    sha256: &mut dyn FnMut(&Stored) -> Option<String>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let path = crate::image::path::cleaned(path);
    writeln!(out, "/{}", sanitise(&path))?;
    for version in versions {
        let step = image.step(version.layer()).map(crate::image::Step::instruction).unwrap_or_default();
        let digest = version.content().filter(|_| version.exists()).and_then(|stored| sha256(&stored));
        let digest = digest.map(|digest| digest[..12].to_owned()).unwrap_or_default();
        let attributes = version.attributes();
        let (mode, size) = match version.exists() {
            true => (mode(version.kind(), attributes.mode), human(version.stored_bytes())),
            false => ("-".to_owned(), "-".to_owned()),
        };
        let change = version.change().name();
        let step = sanitise(step.as_bytes());
        writeln!(
            out,
            "layer {:>3}  {change:<9} {mode:<10} {size:>9}  {digest:<12}  {step}",
            version.layer()
        )?;
    }
    Ok(())
}
