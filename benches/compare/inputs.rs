//! Archives to measure on, built once and kept. All contents are made up, but shaped like source trees: many
//! small files, some large ones, compressible to about a third.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

/// A layer's tar with the history line that made it.
struct Layer {
    step: &'static str,
    tar: PathBuf,
}

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/bench-inputs");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The file of that name, made by `make` if it is not there yet.
fn kept(name: &str, make: impl FnOnce(&PathBuf)) -> PathBuf {
    let path = folder().join(name);
    if !path.exists() {
        eprintln!("building {name} …");
        let part = folder().join(format!("{name}.part"));
        make(&part);
        fs::rename(&part, &path).unwrap();
    }
    path
}

/// 1.5 GB in six layers: a base, packages, two application trees, a `chown` of 40 files, and a last step that
/// deletes `deleted` files one by one.
pub fn plain(deleted: usize) -> PathBuf {
    kept(&format!("plain-{deleted}.tar"), |path| {
        let layers = [
            layer("FROM base", |tar| files(tar, "usr/share", 6_000, 20_000, 1)),
            layer("RUN apt-get install", |tar| files(tar, "usr/lib", 9_000, 60_000, 2)),
            layer("RUN npm install", |tar| files(tar, "app/node_modules", 60_000, 9_000, 3)),
            layer("COPY . /app", |tar| files(tar, "app/src", 4_000, 66_000, 4)),
            layer("RUN chown app /app", |tar| files(tar, "app/src", 40, 66_000, 4)),
            layer("RUN rm", |tar| whiteouts(tar, "app/node_modules", deleted)),
        ];
        archive(path, &layers, None);
    })
}

/// About 700 MB in four layers, each compressed.
pub fn compressed(codec: &'static str) -> PathBuf {
    kept(&format!("layers-{codec}.tar"), |path| {
        let layers = [
            layer("FROM base", |tar| files(tar, "usr/share", 6_000, 20_000, 1)),
            layer("RUN apt-get install", |tar| files(tar, "usr/lib", 5_000, 40_000, 2)),
            layer("RUN npm install", |tar| files(tar, "app/node_modules", 20_000, 9_000, 3)),
            layer("COPY . /app", |tar| files(tar, "app/src", 3_500, 60_000, 4)),
        ];
        archive(path, &layers, Some(codec));
    })
}

/// A million entries of few bytes.
pub fn million(layers: usize) -> PathBuf {
    kept(&format!("million-{layers}.tar"), |path| archive(path, &million_layers(layers), None))
}

pub fn million_gzip() -> PathBuf {
    kept("million-gzip.tar", |path| archive(path, &million_layers(1), Some("gzip")))
}

fn million_layers(layers: usize) -> Vec<Layer> {
    (0..layers)
        .map(|at| {
            layer("RUN npm install", |tar| {
                files(tar, &format!("srv/{at}/node_modules"), 1_000_000 / layers, 40, 9);
            })
        })
        .collect()
}

fn layer(step: &'static str, fill: impl FnOnce(&mut tar::Builder<BufWriter<File>>)) -> Layer {
    let path =
        folder().join(format!("layer-{}.tmp", step.replace(['/', ' '], "-").to_lowercase() + &random_name()));
    let mut tar = tar::Builder::new(BufWriter::new(File::create(&path).unwrap()));
    fill(&mut tar);
    tar.into_inner().unwrap().flush().unwrap();
    Layer { step, tar: path }
}

fn random_name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed).to_string()
}

/// A small generator, so that every run builds the same bytes.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

const WORDS: [&str; 12] = [
    "export ",
    "function ",
    "return ",
    "const ",
    "require(",
    "module",
    ".prototype",
    " = ",
    "{\n",
    "}\n",
    "this.",
    "undefined",
];

/// Text that compresses about as source code does.
fn text(random: &mut Random, bytes: usize, out: &mut Vec<u8>) {
    out.clear();
    while out.len() < bytes {
        let word = WORDS[random.next() as usize % WORDS.len()];
        out.extend_from_slice(word.as_bytes());
        if random.next().is_multiple_of(3) {
            write!(out, "{:x}", random.next()).unwrap();
        }
    }
    out.truncate(bytes);
}

fn files(tar: &mut tar::Builder<BufWriter<File>>, below: &str, count: usize, mean: usize, seed: u64) {
    let mut random = Random(seed);
    let mut content = Vec::new();
    for at in 0..count {
        if at % 10 == 0 {
            entry(tar, &format!("{below}/package-{}/", at / 10), tar::EntryType::Directory, &[]);
        }
        // Most files are far smaller than the mean, a few far larger.
        let size = match random.next() % 10 {
            0 => mean * 5,
            1..=4 => mean * 4 / 5,
            _ => mean * 3 / 10,
        };
        text(&mut random, size, &mut content);
        entry(tar, &name(below, at), tar::EntryType::Regular, &content);
    }
}

fn name(below: &str, at: usize) -> String {
    format!("{below}/package-{}/module-{at}.js", at / 10)
}

fn whiteouts(tar: &mut tar::Builder<BufWriter<File>>, below: &str, count: usize) {
    for at in 0..count {
        entry(tar, &format!("{below}/package-{}/.wh.module-{at}.js", at / 10), tar::EntryType::Regular, &[]);
    }
    entry(tar, "removed.txt", tar::EntryType::Regular, b"done\n");
}

fn entry(tar: &mut tar::Builder<impl Write>, name: &str, kind: tar::EntryType, content: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(if kind.is_dir() { 0o755 } else { 0o644 });
    header.set_mtime(1_700_000_000);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(content.len() as u64);
    tar.append_data(&mut header, name, content).unwrap();
}

/// A docker-archive as `docker save` writes it, layers optionally compressed.
fn archive(path: &PathBuf, layers: &[Layer], codec: Option<&str>) {
    let mut outer = tar::Builder::new(BufWriter::new(File::create(path).unwrap()));
    let (mut names, mut diff_ids, mut history) = (Vec::new(), Vec::new(), Vec::new());
    for layer in layers {
        let mut sha256 = Sha256::new();
        std::io::copy(&mut File::open(&layer.tar).unwrap(), &mut Hash(&mut sha256)).unwrap();
        let hex = hadal::image::digest::hex(&sha256.finalize());
        let stored = compress(layer, codec);
        let name = format!("{hex}/layer.tar");
        let mut file = File::open(&stored).unwrap();
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(file.metadata().unwrap().len());
        outer.append_data(&mut header, &name, &mut file).unwrap();
        let _ = fs::remove_file(&stored);
        let _ = fs::remove_file(&layer.tar);
        names.push(format!("\"{name}\""));
        diff_ids.push(format!("\"sha256:{hex}\""));
        history.push(format!(r#"{{"created":"2026-01-01T00:00:00Z","created_by":"{}"}}"#, layer.step));
    }
    let config = format!(
        r#"{{"architecture":"amd64","os":"linux","config":{{}},"rootfs":{{"type":"layers","diff_ids":[{}]}},"history":[{}]}}"#,
        diff_ids.join(","),
        history.join(",")
    );
    let manifest =
        format!(r#"[{{"Config":"config.json","RepoTags":["bench:1"],"Layers":[{}]}}]"#, names.join(","));
    entry(&mut outer, "config.json", tar::EntryType::Regular, config.as_bytes());
    entry(&mut outer, "manifest.json", tar::EntryType::Regular, manifest.as_bytes());
    outer.into_inner().unwrap().flush().unwrap();
}

fn compress(layer: &Layer, codec: Option<&str>) -> PathBuf {
    let Some(codec) = codec else { return layer.tar.clone() };
    let path = layer.tar.with_extension(codec);
    let mut input = File::open(&layer.tar).unwrap();
    let out = BufWriter::new(File::create(&path).unwrap());
    if codec == "gzip" {
        let mut encoder = flate2::write::GzEncoder::new(out, flate2::Compression::new(6));
        std::io::copy(&mut input, &mut encoder).unwrap();
        encoder.finish().unwrap().flush().unwrap();
    } else {
        let mut encoder = zstd::stream::write::Encoder::new(out, 3).unwrap();
        std::io::copy(&mut input, &mut encoder).unwrap();
        encoder.finish().unwrap().flush().unwrap();
    }
    path
}

struct Hash<'a>(&'a mut Sha256);

impl Write for Hash<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
