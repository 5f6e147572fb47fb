//! Images sketched in text, for tests that need a tree and not an archive.
//!
//! ```text
//! layer FROM base            # the build step; starts a layer
//! + /etc/passwd 900          # a regular file of 900 bytes; also: mode, uid:gid, "content tag"
//! d /app 755 1000:1000       # a directory
//! l /bin/sh dash             # a symbolic link
//! h /b /a                    # a hard link
//! - /tmp/x                   # a whiteout
//! o /dir                     # an opaque marker
//! ! the reason               # the layer could not be read whole
//! ```
//! Files of the same size and tag have the same contents.

// A sketch that makes no sense is a defect of its test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::similar_names, unreachable_pub)]

use std::sync::Arc;

use hadal::image::changeset::{Changeset, Entry, Kind};
use hadal::image::config::HistoryEntry;
use hadal::image::tar::ContentHasher;
use hadal::image::tree::{Builder, NoContents};
use hadal::image::{Config, Digest, Head, Image, Layer, history};

pub fn image(name: &str, sketch: &str) -> Image {
    let mut layers: Vec<(String, Changeset, Option<String>)> = Vec::new();
    for line in sketch.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(step) = line.strip_prefix("layer ") {
            layers.push((step.to_owned(), Changeset::default(), None));
            continue;
        }
        let (_, changes, problem) = layers.last_mut().expect("a layer first");
        match line.strip_prefix("! ") {
            Some(reason) => *problem = Some(reason.to_owned()),
            None => entry(line, changes),
        }
    }
    let entry = |step: &String| HistoryEntry { created_by: Some(step.clone()), ..HistoryEntry::default() };
    let (steps, _) =
        history::pair(&layers.iter().map(|(step, ..)| entry(step)).collect::<Vec<_>>(), layers.len());
    let mut builder = Builder::new();
    let mut out = Vec::new();
    for (index, (_, changes, problem)) in layers.into_iter().enumerate() {
        builder.apply(vec![Arc::new(changes)], &mut NoContents);
        let diff_id = Some(Digest::of(index.to_string().as_bytes()));
        out.push(Layer { step: Some(index), diff_id, problem, blob_bytes: Some(1024), ..Layer::default() });
    }
    let tree = builder.finish();
    for (index, layer) in out.iter_mut().enumerate() {
        layer.totals = tree.totals(index);
    }
    let head = Head {
        reference: name.to_owned(),
        source: "docker-archive",
        tags: vec![name.to_owned()],
        config: Config::default(),
        history: steps,
        ..Head::default()
    };
    Image { head, layers: out, tree }
}

fn entry(line: &str, changes: &mut Changeset) {
    let mut words = line.split(' ');
    let (sign, path) = (words.next().unwrap(), unescape(words.next().unwrap()));
    let path = path.strip_prefix(b"/").unwrap_or(&path).to_vec();
    let words: Vec<&str> = words.collect();
    let (dir, name) = hadal::image::path::split(&path);
    let below = |name: &[u8]| if dir.is_empty() { name.to_vec() } else { [dir, b"/", name].concat() };
    let path = match sign {
        "-" => below(&[b".wh.", name].concat()),
        "o" => [path.as_slice(), b"/.wh..wh..opq"].concat(),
        _ => path.clone(),
    };
    let kind = match sign {
        "+" | "-" | "o" => Kind::File,
        "d" => Kind::Directory,
        "l" => Kind::Symlink,
        "h" => Kind::Hardlink,
        other => panic!("{other:?} starts no line of a sketch"),
    };
    let mut entry = Entry::new(&path, kind);
    entry.attributes.mode = if kind == Kind::Directory { 0o755 } else { 0o644 };
    let mut words = words.into_iter();
    let link;
    match sign {
        "l" | "h" => {
            link = unescape(words.next().unwrap());
            entry.link = &link;
        }
        "+" => entry.bytes = words.next().unwrap().parse().unwrap(),
        _ => {}
    }
    let mut tag = "";
    for word in words {
        if let Some((uid, gid)) = word.split_once(':') {
            (entry.attributes.uid, entry.attributes.gid) = (uid.parse().unwrap(), gid.parse().unwrap());
        } else if let Ok(mode) = u16::from_str_radix(word, 8) {
            entry.attributes.mode = mode;
        } else {
            tag = word;
        }
    }
    if sign == "+" {
        entry.hash = Some(ContentHasher::of(format!("{} {tag}", entry.bytes).as_bytes()));
    }
    changes.push(&entry);
}

/// `\x1b`-style escapes, for names that no editor should hold.
fn unescape(word: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once("\\x") {
        out.extend_from_slice(before.as_bytes());
        out.push(u8::from_str_radix(&after[..2], 16).unwrap());
        rest = &after[2..];
    }
    out.extend_from_slice(rest.as_bytes());
    out
}
