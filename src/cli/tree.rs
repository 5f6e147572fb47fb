//! `hadal tree`

use std::io;

use super::{Failure, Globals, args, open};
use crate::analysis::View;
use crate::report::{json, text};

pub(super) fn run(args: &args::Tree, globals: Globals) -> Result<(), Failure> {
    let opened = open::open(&args.source, globals, &open::Wants::default())?;
    let tree = &opened.image.tree;
    let view = match (args.layer, args.layers) {
        (Some(layer), _) => View::Layer(check(layer, tree.layers())?),
        (_, Some((first, last))) => View::Range { first, last: check(last, tree.layers())? },
        _ => View::Final,
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        json::write(&json::TreeDocument { tree, view, changes_only: args.changes }, &mut out)?;
    } else {
        text::tree(tree, view, args.changes, &mut out)?;
    }
    Ok(io::Write::flush(&mut out)?)
}

fn check(layer: usize, layers: usize) -> Result<usize, Failure> {
    match layers {
        0 => Err(Failure::Usage("the image has no layers".to_owned())),
        _ if layer < layers => Ok(layer),
        _ => {
            let last = layers - 1;
            Err(Failure::Usage(format!("there is no layer {layer}: layers count from 0 to {last}")))
        }
    }
}
