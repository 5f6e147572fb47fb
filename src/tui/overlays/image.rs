//! The image as a whole: what it says about itself, its digests by name, its sizes by kind.

use ratatui::text::Line;

use crate::image::{Base, Basis, Config, Digest, Head};
use crate::report::found;
use crate::report::size::{human, percent};
use crate::tui::screens::explorer::{Explorer, Load};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::text::Text;

/// The text, at most `cells` wide.
pub(super) fn lines(explorer: &Explorer, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let mut text = Text::new(theme, cells);
    let Some(head) = &explorer.head else {
        text.say("nothing is known of the image yet", Role::Dim);
        return text.lines;
    };
    identity(head, explorer, &mut text);
    sizes(explorer, &mut text);
    risks(explorer, &mut text);
    starts(explorer, &mut text);
    config(&head.config, &mut text);
    problems(explorer, &mut text);
    text.lines
}

fn identity(head: &Head, explorer: &Explorer, text: &mut Text<'_>) {
    text.heading("Identity");
    text.pair("reference", &head.reference);
    text.pair("source", head.source);
    text.maybe("tags", Some(&head.tags.join("\n")));
    text.pair("config digest", head.id.as_ref().map_or("unknown", |id| id.as_str()));
    text.pair(
        "manifest digest",
        head.digest.as_ref().map_or("none in this source", |digest| digest.as_str()),
    );
    text.maybe("index digest", head.index.as_ref().map(Digest::as_str));
    let platform = head.config.platform.as_ref().map(ToString::to_string);
    text.maybe("platform", platform.as_deref());
    text.maybe("created", head.config.created.as_deref());
    text.maybe("author", head.config.author.as_deref());
    if let Some(base) = &head.base {
        text.pair("base image", &based(base));
    }
    if explorer.choices.len() > 1 {
        text.pair(
            "others",
            &format!("{} images and platforms in the source: o lists them", explorer.choices.len()),
        );
    }
}

/// Whether it can start, where it says what would.
fn starts(explorer: &Explorer, text: &mut Text<'_>) {
    let Some(verdict) = &explorer.preflight else { return };
    let config = explorer.head.as_ref().map(|head| &head.config);
    if config.is_none_or(|config| config.entrypoint.is_empty() && config.cmd.is_empty()) {
        return;
    }
    text.heading("Can it start?");
    let program = verdict.program.as_deref().unwrap_or("its program");
    let (says, role) = match (verdict.can_start, verdict.findings.first()) {
        (Some(true), None) => {
            (format!("yes: {program} is there, may be executed, and finds what it needs"), Role::Added)
        }
        (Some(true), Some(finding)) => (format!("yes, but {}", finding.title), Role::Notice),
        (Some(false), Some(finding)) => (format!("no: {}", finding.title), Role::Error),
        (Some(false), None) => ("no".to_owned(), Role::Error),
        (None, Some(finding)) => (format!("perhaps not: {}", finding.title), Role::Notice),
        (None, None) => {
            ("nothing speaks against it, but not all that decides it was looked at".to_owned(), Role::Dim)
        }
    };
    text.say(&says, role);
    if let Some(finding) = verdict.findings.first().filter(|finding| !finding.remedy.is_empty()) {
        text.pair("to do", &finding.remedy);
    }
}

fn based(base: &Base) -> String {
    let how = match base.basis {
        Basis::Stated => "as stated",
        Basis::Comment => "by the builder's comment",
        Basis::Command => "guessed: its last CMD or ENTRYPOINT is followed by other steps",
        Basis::Builder => "guessed: another builder made the steps from there on",
    };
    let layers = if base.layers == 1 { "layer" } else { "layers" };
    let name = base.name.as_deref().map(|name| format!("{name}, ")).unwrap_or_default();
    format!("{name}the lowest {} {layers} ({how})", base.layers)
}

fn sizes(explorer: &Explorer, text: &mut Text<'_>) {
    text.heading("Sizes");
    let layers = &explorer.layers;
    let stored: Option<u64> = layers.iter().map(|layer| layer.blob_bytes).sum();
    let exact = |bytes: u64| format!("{} ({bytes} bytes)", human(bytes));
    text.pair("stored", &stored.map_or("unknown".to_owned(), exact));
    let compressed = !layers.is_empty()
        && layers.iter().all(|layer| {
            layer.media_type.as_deref().is_some_and(|kind| kind.ends_with("gzip") || kind.ends_with("zstd"))
        });
    let transfer = match stored.filter(|_| compressed) {
        Some(bytes) => exact(bytes),
        None => "unknown: registries send layers compressed, here they are not".to_owned(),
    };
    text.pair("transferred", &transfer);
    let Some(image) = explorer.image.as_ref().filter(|_| explorer.load == Load::Ready) else {
        text.pair("files", "known when all layers are read");
        return;
    };
    let totals = &explorer.facts.totals;
    text.pair("in all layers", &exact(image.bytes()));
    text.pair("in final tree", &exact(image.visible_bytes()));
    let wasted = format!("{}, {}", exact(image.wasted_bytes()), percent(image.wasted_bytes(), image.bytes()));
    text.pair("wasted", &wasted);
    text.pair("files", &format!("{} in {} directories", totals.files, totals.directories));
}

/// Secrets, and files that give more rights than others.
fn risks(explorer: &Explorer, text: &mut Text<'_>) {
    if explorer.load != Load::Ready || explorer.image.is_none() {
        return;
    }
    text.heading("Risks");
    let facts = &explorer.facts;
    let again = if explorer.of_engine() { ", which takes another export of the engine" } else { "" };
    let secrets = match (&facts.inside, facts.secrets().len()) {
        (None, _) => format!("not looked for: S reads all contents{again}"),
        (Some(_), 0) => "none found".to_owned(),
        (Some(_), 1) => "1, which the waste pane has first: w".to_owned(),
        (Some(_), count) => format!("{count}, which the waste pane has first: w"),
    };
    text.pair("secrets", &secrets);
    let privileged = &facts.privileged;
    if privileged.is_empty() {
        text.pair("privileged", "no file gives more rights than others");
        return;
    }
    let all = format!("{} of the final tree: {}", counted(privileged.len()), found::kinds(privileged));
    let layers = privileged.chunk_by(|one, next| one.layer == next.layer);
    let since =
        layers.filter_map(|own| Some(format!("since layer {}: {}", own.first()?.layer, found::kinds(own))));
    let lines: Vec<String> = std::iter::once(all).chain(since).collect();
    text.pair("privileged", &lines.join("\n"));
    text.pair("", "i on a layer lists its own");
}

fn counted(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}

fn config(config: &Config, text: &mut Text<'_>) {
    text.heading("Config");
    let list = |words: &[String]| match words {
        [] => "none".to_owned(),
        words => serde_json::to_string(words).unwrap_or_else(|_| words.join(" ")),
    };
    text.pair("entrypoint", &list(&config.entrypoint));
    text.pair("cmd", &list(&config.cmd));
    text.pair(
        "user",
        config.user.as_deref().filter(|user| !user.is_empty()).unwrap_or("root, as none is set"),
    );
    text.pair("working dir", config.working_dir.as_deref().filter(|dir| !dir.is_empty()).unwrap_or("/"));
    text.maybe("ports", Some(&config.exposed_ports.join(" ")));
    text.maybe("volumes", Some(&config.volumes.join("\n")));
    text.maybe("healthcheck", Some(&config.healthcheck.join(" ")));
    text.maybe("stop signal", config.stop_signal.as_deref());
    text.maybe("env", Some(&config.env.join("\n")));
    let labels: Vec<String> = config.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    text.maybe("labels", Some(&labels.join("\n")));
}

fn problems(explorer: &Explorer, text: &mut Text<'_>) {
    let problems = &explorer.facts.problems;
    text.heading(&match problems.len() {
        0 => "No problems found".to_owned(),
        1 => "One problem".to_owned(),
        count => format!("{count} problems"),
    });
    for problem in problems {
        text.say(&format!("! {problem}"), Role::Text);
    }
}
