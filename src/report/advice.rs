//! Advice in words: what is wrong, and the change to make. Foreign text in it is raw: sanitise before a terminal.

use crate::analysis::advice::{Finding, Kind};
use crate::image::tree::NodeId;
use crate::image::{Image, Step};

/// Places that are named; more say nothing.
const NAMED: usize = 5;

/// What is wrong, on one line.
pub fn title(finding: &Finding, image: &Image) -> String {
    let files = counted(finding.contents, "file", "files");
    let (from, by) =
        (layers(&finding.layers), finding.by.map(|by| format!("layer {by}")).unwrap_or_default());
    let what = finding.junk.as_ref().map(|junk| junk.what.as_str()).unwrap_or_default();
    let text = match finding.kind {
        Kind::MetadataCopy => match tool(finding, image) {
            Some(tool) => format!("{tool} in {by} ships {files} of {from} again"),
            None => format!("{by} ships {files} of {from} again with another owner, mode or time"),
        },
        Kind::DeletedLater => {
            format!("{from} {} {files} that {by} removes", ship(&finding.layers))
        }
        Kind::HiddenLeftovers => format!("{what}: shipped by {from}, hidden later"),
        Kind::Leftovers => format!("{what}: {files}, shipped by {from}"),
        Kind::Overwritten => format!("{by} writes {files} of {from} anew"),
        Kind::Database => format!("{from} {} {what}, which a later layer writes anew", ship(&finding.layers)),
        Kind::Replaced => format!("{by} puts something else in the place of {files} of {from}"),
        Kind::Shadowed => format!("{by} stores {files} more than once"),
        Kind::Twins if finding.contents == 1 => format!("{files} is shipped in two places"),
        Kind::Twins => format!("{files} are shipped in two places"),
        Kind::BuildTools => format!("programs that build others are in the image: {}", names(finding, image)),
        Kind::CopiedExtras => format!("{} came along with the sources", names(finding, image)),
        Kind::StepOrder => {
            let install = finding.layers.last().copied().unwrap_or_default();
            format!("{by} copies everything before layer {install} installs what rarely changes")
        }
        Kind::FullBase => format!("the base image brings what only builds need: {}", names(finding, image)),
    };
    if finding.in_base { format!("{text} (in the base image)") } else { text }
}

/// The change to make, on one line.
pub fn fix(finding: &Finding, image: &Image) -> String {
    if finding.in_base && finding.kind != Kind::FullBase {
        return "nothing in this build: look for a newer or slimmer base image, or tell who makes it"
            .to_owned();
    }
    match finding.kind {
        Kind::MetadataCopy => metadata(finding, image),
        Kind::DeletedLater => each(finding, image, |verb, layers| match verb {
            "RUN" => format!("remove them at the end of the RUN of {layers}, or give it a cache mount"),
            "COPY" | "ADD" => format!(
                "leave them out of the {verb} of {layers} (.dockerignore), or mount them where they are needed: \
                 `RUN --mount=type=bind`"
            ),
            _ => format!("make and remove them in one step, or build {layers} in a stage of its own"),
        }),
        Kind::HiddenLeftovers | Kind::Leftovers => {
            finding.junk.as_ref().map(|junk| junk.fix.clone()).unwrap_or_default()
        }
        Kind::Overwritten if finding.worthwhile(image) => each(finding, image, |verb, layers| match verb {
            "" => format!("leave out of {layers} what is written anew"),
            verb => {
                format!("leave out of the {verb} of {layers} what is written anew, or do both in one step")
            }
        }),
        Kind::Database if finding.worthwhile(image) => {
            format!("install everything in one RUN instead of in {}", layers(&finding.layers))
        }
        Kind::Overwritten | Kind::Database => {
            "not worth a change of its own: merging steps would cost more build cache than it saves"
                .to_owned()
        }
        Kind::Replaced => each(finding, image, |verb, layers| match verb {
            "" => format!("leave out of {layers} what is replaced"),
            verb => format!("leave out of the {verb} of {layers} what is replaced"),
        }),
        Kind::Shadowed => {
            "write the layer with another tool, or a newer one: a path belongs into a layer once".to_owned()
        }
        Kind::Twins => "ship them once, and put a symbolic link in the other place".to_owned(),
        Kind::BuildTools => {
            "build in a stage of its own, and take only the result from there: `COPY --from=build`".to_owned()
        }
        Kind::CopiedExtras => format!("name in .dockerignore: {}", names(finding, image)),
        Kind::StepOrder => {
            "copy only what names the dependencies, install them, then copy the rest: what changes often \
                            belongs in the top layers"
                .to_owned()
        }
        Kind::FullBase => {
            let name = image.head.base.as_ref().and_then(|base| base.name.as_deref()).unwrap_or("it");
            format!("try a slim variant of {name}, and build in a stage of its own")
        }
    }
}

/// The build steps behind it, with their layers.
pub fn steps(finding: &Finding, image: &Image) -> Vec<(usize, String)> {
    let mut behind: Vec<usize> = finding.layers.iter().copied().chain(finding.by).collect();
    behind.extend(finding.heaps.iter().filter_map(|heap| Some(heap.fate?.by)));
    behind.sort_unstable();
    behind.dedup();
    behind.into_iter().filter_map(|layer| Some((layer, image.step(layer)?.instruction()))).collect()
}

/// What did it, where the step says so.
fn tool(finding: &Finding, image: &Image) -> Option<&'static str> {
    let step = image.step(finding.by?).filter(|step| step.verb() == "RUN")?.instruction();
    let words = || step.split(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c));
    ["chown", "chmod", "setcap", "touch", "chgrp"].into_iter().find(|tool| words().any(|word| word == *tool))
}

fn metadata(finding: &Finding, image: &Image) -> String {
    let option = match tool(finding, image) {
        Some("chmod") => "--chmod",
        _ => "--chown",
    };
    each(finding, image, |verb, layers| match verb {
        "COPY" | "ADD" => format!("give the {verb} of {layers} `{option}`, and drop the later step"),
        "RUN" => {
            format!("do it at the end of the RUN of {layers}, which makes them, or make them as that user")
        }
        _ => format!("write them in {layers} as they are to be"),
    })
}

/// One change for each kind of step that ships them.
fn each(finding: &Finding, image: &Image, change: impl Fn(&str, &str) -> String) -> String {
    let verb = |layer: &usize| image.step(*layer).map_or("", Step::verb);
    let mut verbs: Vec<&str> = finding.layers.iter().map(verb).collect();
    verbs.sort_unstable();
    verbs.dedup();
    let of = |wanted: &str| -> Vec<usize> {
        finding.layers.iter().copied().filter(|layer| verb(layer) == wanted).collect()
    };
    verbs.iter().map(|verb| change(verb, &layers(&of(verb)))).collect::<Vec<_>>().join("; ")
}

/// `layer 2`, `layers 1 and 2`, `layers 1, 2 and 3 more`.
fn layers(list: &[usize]) -> String {
    match list {
        [one] => format!("layer {one}"),
        list => format!("layers {}", enumerated(&list.iter().map(ToString::to_string).collect::<Vec<_>>())),
    }
}

fn names(finding: &Finding, image: &Image) -> String {
    let name = |node: NodeId| String::from_utf8_lossy(image.tree.name(node)).into_owned();
    let mut names: Vec<String> = Vec::new();
    for name in finding.heaps.iter().map(|heap| name(heap.node)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    enumerated(&names)
}

fn enumerated(list: &[String]) -> String {
    match list {
        [] => String::new(),
        [one] => one.clone(),
        list if list.len() <= NAMED => {
            let (end, others) = list.split_last().map_or(("", list), |(end, others)| (end.as_str(), others));
            format!("{} and {end}", others.join(", "))
        }
        list => format!("{} and {} more", list[..NAMED - 1].join(", "), list.len() - NAMED + 1),
    }
}

fn counted(count: u64, one: &str, more: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {more}") }
}

fn ship(layers: &[usize]) -> &'static str {
    if layers.len() == 1 { "ships" } else { "ship" }
}
