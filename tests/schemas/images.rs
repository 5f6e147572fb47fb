//! Images with everything in them that a document can speak of, written to a folder.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder, write::GzEncoder};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

/// A layer's archive under construction.
struct Layer(Builder<Vec<u8>>, u32);

impl Layer {
    fn new() -> Layer {
        Layer(Builder::new(Vec::new()), 0o644)
    }

    fn entry(mut self, path: &[u8], kind: EntryType, link: &[u8], content: &[u8]) -> Layer {
        let mut header = Header::new_gnu();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path);
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(self.1);
        header.set_uid(7);
        header.set_gid(8);
        header.set_mtime(1_700_000_000);
        header.as_mut_bytes()[157..][..link.len()].copy_from_slice(link);
        if kind == EntryType::GNUSparse {
            let gnu = header.as_gnu_mut().unwrap();
            gnu.set_real_size(1 << 20);
            gnu.sparse[0].set_offset(4096);
            gnu.sparse[0].set_length(content.len() as u64);
        }
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    /// The mode of the entries that follow.
    fn mode(self, mode: u32) -> Layer {
        Layer(self.0, mode)
    }

    fn file(self, path: &str, content: &str) -> Layer {
        self.entry(path.as_bytes(), EntryType::Regular, b"", content.as_bytes())
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

fn layers() -> Vec<Vec<u8>> {
    let base = Layer::new()
        .entry(b"bin/", EntryType::Directory, b"", b"")
        .file("bin/tool", "one")
        .entry(b"bin/other", EntryType::Link, b"bin/tool", b"")
        .entry(b"bin/sh", EntryType::Symlink, b"tool", b"")
        .entry(b"bin/gone", EntryType::Symlink, b"gone-\xff", b"")
        .entry(b"dev/char", EntryType::Char, b"", b"")
        .entry(b"dev/block", EntryType::Block, b"", b"")
        .entry(b"dev/fifo", EntryType::Fifo, b"", b"")
        .entry(b"odd-\xff", EntryType::Regular, b"", b"text")
        .entry(b"holes", EntryType::GNUSparse, b"", &[7; 512])
        .file("esc-\u{1b}[31m", "red")
        .file("tmp/left", "x");
    let change = Layer::new()
        .file("bin/tool", "two!")
        .entry(b"odd-\xff", EntryType::Regular, b"", b"next")
        .file("bin/.wh.sh", "")
        .file("bin/twice", "a")
        .file("bin/twice", "b");
    vec![base.bytes(), change.bytes()]
}

/// A layer with everything that can be found in contents, under names that are text and under names that are not.
fn telling() -> Vec<u8> {
    // Put together here, so that nobody takes this file for one with secrets in it.
    let letters = b"0aK1bL2cM3dN4eP5fQ6gR7hS8iT9jU";
    let letter = |at: usize, place: usize| char::from(letters[(at * 7 + place * 11) % letters.len()]);
    let token = |at| (0..24).map(|place| letter(at, place)).collect::<String>();
    let tokens: Vec<String> = (0..30).map(|at| format!("{}{}-{}", "gl", "pat", token(at))).collect();
    let tokens = tokens.join("\n");
    Layer::new()
        .file("tokens", &tokens)
        .entry(b"odd-\xff", EntryType::Regular, b"", tokens.as_bytes())
        .mode(0o4755)
        .file("bin/su", "a")
        .entry(b"bin/su-\xff", EntryType::Regular, b"", b"b")
        .bytes()
}

/// A gzip layer of the format for lazy pulling: an index file, and a last member that names the format.
fn lazy() -> Vec<u8> {
    let tar = Layer::new().file("lib", "x").file("stargz.index.json", "{}").bytes();
    let mut layer = GzEncoder::new(Vec::new(), Compression::fast());
    layer.write_all(&tar).unwrap();
    let footer = GzBuilder::new().extra(*b"SG\x16\x000000000000000000STARGZ");
    let footer = footer.write(Vec::new(), Compression::fast()).finish().unwrap();
    [layer.finish().unwrap(), footer].concat()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn config(layers: &[Vec<u8>]) -> Value {
    let comment = |index| if index == 1 { "FROM localhost/base:1" } else { "by hand" };
    let step = |index| json!({"created": "2026-01-02T03:04:05Z", "created_by": "RUN make", "comment": comment(index)});
    let mut history: Vec<Value> = (0..layers.len()).map(step).collect();
    history.push(json!({"created_by": format!("ENV DB_PASSWORD={}", ["c0rrect", "Horse9"].concat()), "empty_layer": true, "created": "0001-01-01T00:00:00Z"}));
    json!({
        "created": "2026-01-02T03:04:05Z", "os": "linux", "architecture": "arm", "variant": "v7",
        "config": {
            "Entrypoint": ["/bin/tool"], "Cmd": ["--all"], "User": "7:8", "WorkingDir": "/srv", "Env": ["A=b"],
            "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/data": {}}, "Labels": {"a": "b"},
            "Healthcheck": {"Test": ["CMD", "true"]}, "StopSignal": "SIGINT",
        },
        "rootfs": {"type": "layers", "diff_ids": layers.iter().map(|layer| digest(layer)).collect::<Vec<_>>()},
        "history": history,
    })
}

/// What `docker save` writes.
fn docker_archive(path: &Path, layers: &[Vec<u8>]) {
    let mut archive = Layer::new();
    let names: Vec<String> = (0..layers.len()).map(|index| format!("{index}/layer.tar")).collect();
    for (name, layer) in names.iter().zip(layers) {
        archive = archive.entry(name.as_bytes(), EntryType::Regular, b"", layer);
    }
    let manifest = json!([{"Config": "config.json", "RepoTags": ["made:1", "made:2"], "Layers": names}]);
    archive = archive.file("config.json", &config(layers).to_string());
    fs::write(path, archive.file("manifest.json", &manifest.to_string()).bytes()).unwrap();
}

/// An OCI image layout as a folder.
fn oci_dir(path: &Path, layers: &[Vec<u8>]) {
    fs::create_dir_all(path.join("blobs/sha256")).unwrap();
    let blob = |media_type: &str, bytes: &[u8]| {
        let digest = digest(bytes);
        fs::write(path.join("blobs").join(digest.replace(':', "/")), bytes).unwrap();
        json!({"mediaType": format!("application/vnd.oci.image.{media_type}"), "digest": digest, "size": bytes.len()})
    };
    let manifest = json!({
        "schemaVersion": 2,
        "config": blob("config.v1+json", config(layers).to_string().as_bytes()),
        "layers": layers.iter().map(|layer| blob("layer.v1.tar", layer)).collect::<Vec<_>>(),
    });
    let index =
        json!({"schemaVersion": 2, "manifests": [blob("manifest.v1+json", manifest.to_string().as_bytes())]});
    fs::write(path.join("index.json"), index.to_string()).unwrap();
    fs::write(path.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
}

/// Writes the images, and says where.
pub(crate) fn write(folder: &Path) -> Vec<PathBuf> {
    let at = |name: &str| folder.join(name);
    let mut damaged = layers();
    damaged[1].truncate(700);
    docker_archive(&at("odd.tar"), &[layers(), vec![lazy()]].concat());
    docker_archive(&at("damaged.tar"), &damaged);
    docker_archive(&at("empty.tar"), &[]);
    oci_dir(&at("layout"), &layers());
    fs::write(at("rootfs.tar"), &layers()[0]).unwrap();
    docker_archive(&at("telling.tar"), &[telling()]);
    ["odd.tar", "damaged.tar", "empty.tar", "layout", "rootfs.tar", "telling.tar"].map(at).to_vec()
}
