//! A secret in words: what it is, where it is shipped and what to do about it. Nothing here tells its value, and all
//! foreign text is fit for a terminal.

use super::found;
use super::sanitise::sanitise;
use crate::analysis::secrets::{Place, Secret, Where};
use crate::image::{Image, Step};

/// What it is.
pub fn title(secret: &Secret) -> String {
    sanitise(secret.title.as_bytes()).into_owned()
}

/// Where it is: a path with its line, a build step, a variable or a label.
pub fn place(image: &Image, secret: &Secret) -> String {
    found::place(image, secret)
}

/// The layer that ships it and what became of it there; empty for what no layer ships.
pub fn fate(secret: &Secret) -> String {
    match &secret.place {
        Place::File { layer, deleted_in: Some(by), .. } if by == layer => {
            format!("layer {layer}, deleted in the same, still shipped")
        }
        Place::File { layer, deleted_in: Some(by), .. } => {
            format!("layer {layer}, deleted in layer {by}, still shipped")
        }
        Place::File { layer, .. } => format!("layer {layer}"),
        Place::Text(text) => text.layer.map(|layer| format!("layer {layer}")).unwrap_or_default(),
    }
}

/// The same in few cells: `2→3 deleted, still shipped`.
pub fn short_fate(secret: &Secret) -> String {
    match &secret.place {
        Place::File { layer, deleted_in: Some(by), .. } => format!("{layer}→{by} deleted, still shipped"),
        _ => fate(secret),
    }
}

/// All of it on one line, without the value.
pub fn line(image: &Image, secret: &Secret) -> String {
    let fate = match fate(secret) {
        fate if fate.is_empty() => fate,
        fate => format!(" ({fate})"),
    };
    format!("{}: {}{fate}: {}", title(secret), place(image, secret), fix(image, secret))
}

/// What to do about it, on one line.
pub fn fix(image: &Image, secret: &Secret) -> String {
    format!("revoke it and make a new one, for whoever has the image has it; then {}", rebuild(image, secret))
}

/// How the image comes to be without it.
fn rebuild(image: &Image, secret: &Secret) -> String {
    const BASE: &str = "tell who makes the base image, and build on another one until it is gone";
    match &secret.place {
        Place::File { layer, .. } if base_layers(image) > *layer => BASE.to_owned(),
        Place::Text(text) if text.in_base || text.layer.is_some_and(|layer| layer < base_layers(image)) => {
            BASE.to_owned()
        }
        Place::File { layer, .. } => match image.step(*layer).map_or("", Step::verb) {
            verb @ ("COPY" | "ADD") => format!(
                "rebuild without it: name it in .dockerignore so that the {verb} of layer {layer} leaves it out, and \
                 give it to the step that needs it by `RUN --mount=type=secret`"
            ),
            "RUN" => format!(
                "rebuild without it: give it to the RUN of layer {layer} by `--mount=type=secret`, which leaves \
                 nothing behind, where removing it in a later step does not help"
            ),
            _ => format!("rebuild layer {layer} without it: removing it in a later one does not help"),
        },
        Place::Text(text) => match text.place {
            Where::History => {
                "rebuild without it: the history keeps commands, ARG and ENV, but not what a step is \
                               given by `RUN --mount=type=secret`"
                    .to_owned()
            }
            Where::Env => {
                "rebuild without it, and give it to the container when that is started: `--env-file`"
                    .to_owned()
            }
            Where::Labels => "rebuild with labels that anybody may read".to_owned(),
        },
    }
}

fn base_layers(image: &Image) -> usize {
    image.head.base.as_ref().map_or(0, |base| base.layers)
}
