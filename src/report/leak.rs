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

/// The layer that ships it and the one that deleted it, in few cells: `2→3`.
pub fn layers(secret: &Secret) -> String {
    match &secret.place {
        Place::File { layer, deleted_in: Some(by), .. } if by != layer => format!("{layer}→{by}"),
        Place::File { layer, .. } => layer.to_string(),
        Place::Text(text) => text.layer.map(|layer| layer.to_string()).unwrap_or_default(),
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
    format!("revoke it and make a new one; then {}", rebuild(image, secret))
}

/// Why that is not too much; for what a later layer deletes above all.
pub fn why(secret: &Secret) -> String {
    match &secret.place {
        Place::File { layer, deleted_in: Some(by), .. } if by != layer => {
            format!("layer {by} only hides it: whoever has the image reads it in layer {layer}")
        }
        _ => "whoever has the image can read it".to_owned(),
    }
}

/// How the image comes to be without it.
fn rebuild(image: &Image, secret: &Secret) -> String {
    let text = match &secret.place {
        _ if secret.in_base(image.head.base.as_ref()) => {
            "tell who makes the base image, and build on another one until it is gone"
        }
        Place::File { layer, .. } => match image.step(*layer).map_or("", Step::verb) {
            verb @ ("COPY" | "ADD") => &format!(
                "leave it out of the {verb} of layer {layer} (.dockerignore), and mount it where a step needs it: `RUN \
                 --mount=type=secret`"
            ),
            "RUN" => &format!(
                "give it to the RUN of layer {layer} by `--mount=type=secret`, which leaves nothing behind"
            ),
            _ => &format!("build layer {layer} without it: removing it in a later one does not help"),
        },
        Place::Text(text) => match text.place {
            Where::History => {
                "give it to the step by `RUN --mount=type=secret`: the history keeps commands, ARG and ENV"
            }
            Where::Env => {
                "give it to the container when that is started (`--env-file`), and not to the image"
            }
            Where::Labels => "leave it out of the labels, which anybody may read",
        },
    };
    text.to_owned()
}
