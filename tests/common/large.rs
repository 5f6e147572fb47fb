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

/// An application as it grows: a million files in eight layers, most of them in nested directories, some in
/// directories of a hundred thousand and more. Later layers change and remove some of what is there.
pub fn grown() -> Image {
    const TILES: usize = 300_000;
    let numbers = |count: usize, name: fn(usize) -> String| (0..count).map(name);
    let thumb = |at: usize| format!("var/cache/thumbs/{at:06}.webp");
    let source = |at: usize| format!("app/src/area-{}/part-{}/unit-{at}.ts", at / 400, at / 20 % 20);
    // Most files are small, a few are large.
    let usual = |at: usize| 400 + (at % 97 * 61) as u64 + if at % 1_000 == 7 { 4_000_000 } else { 0 };
    let changed = |at: usize| usual(at) + 1;
    let base = |at: usize| format!("usr/share/doc/package-{}/{}/page-{at}.html", at / 40, ["a", "b"][at % 2]);
    let library =
        |at: usize| format!("usr/lib/python3/dist-packages/lib{}/m{}/file{at}.py", at / 250, at / 25 % 10);
    let module = |at: usize| format!("app/node_modules/package-{}/dist/module-{at}.js", at / 12);
    image([
        ("ADD rootfs.tar /", layer(numbers(50_000, base), usual)),
        ("RUN apt-get update && apt-get install -y python3", layer(numbers(70_000, library), usual)),
        ("RUN npm install", layer(numbers(330_000, module), usual)),
        ("COPY tiles /srv/tiles", layer(numbers(TILES, |at| format!("srv/tiles/{at:06}.png")), usual)),
        (
            "RUN render",
            layer(
                numbers(100_000, thumb).chain((0..100_000).map(|at| format!("var/lib/index/{at:05x}"))),
                usual,
            ),
        ),
        ("COPY . /app", layer(numbers(20_000, source), usual)),
        ("RUN npm run build", layer((0..20_000).map(source).chain((0..40_000).map(module)), changed)),
        (
            "RUN rm -rf /var/cache/thumbs/0*",
            layer((0..30_000).map(|at| format!("var/cache/thumbs/.wh.{at:06}.webp")), |_| 0),
        ),
    ])
}
