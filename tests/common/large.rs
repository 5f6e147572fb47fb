//! Images of many entries, built in memory.
#![allow(dead_code, unreachable_pub)]

use std::sync::Arc;

use hadal::image::changeset::{Changeset, Entry, Kind};
use hadal::image::config::HistoryEntry;
use hadal::image::tree::{Builder, NoContents};
use hadal::image::{Head, Image, Layer, history};

fn layer(paths: impl IntoIterator<Item = String>, bytes: impl Fn(usize) -> u64) -> Changeset {
    let mut changes = Changeset::default();
    for (at, path) in paths.into_iter().enumerate() {
        let bytes = bytes(at);
        changes.push(&Entry { bytes, hash: Some(bytes), ..Entry::new(path.as_bytes(), Kind::File) });
    }
    changes
}

/// Layers with the steps that made them.
fn image(layers: impl IntoIterator<Item = (&'static str, Changeset)>) -> Image {
    let (mut builder, mut steps) = (Builder::new(), Vec::new());
    for (step, changes) in layers {
        builder.apply(vec![Arc::new(changes)], &mut NoContents);
        steps.push(HistoryEntry { created_by: Some(step.to_owned()), ..HistoryEntry::default() });
    }
    let tree = builder.finish();
    let (history, _) = history::pair(&steps, steps.len());
    let layers = (0..steps.len())
        .map(|at| Layer { step: Some(at), totals: tree.totals(at), ..Layer::default() })
        .collect();
    Image { head: Head { reference: "large:1".to_owned(), history, ..Head::default() }, layers, tree }
}

/// One directory with `files` files, one of which changes; then something small.
pub fn flat(files: u32) -> Image {
    image([
        ("COPY srv /srv", layer((0..files).map(|at| format!("srv/{at:07}")), |_| 10)),
        ("RUN touch", layer([format!("srv/{:07}", files / 10 * 7)], |_| 11)),
        ("RUN hostname", layer(["etc/hosts".to_owned()], |_| 12)),
    ])
}
