//! Entry lists of tars that other programs wrote, compared with what Go's `archive/tar` reads: that is what
//! container runtimes unpack with.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::similar_names)]

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What is compared of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    kind: String,
    /// Length of a file, holes included.
    bytes: u64,
    mode: String,
    owner: (u64, u64),
    link: Option<String>,
}

/// Runs a program; false, loudly, where it is not installed.
fn have(program: &str, probe: &[&str]) -> bool {
    if Command::new(program).args(probe).output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    let required = std::env::var_os("HADAL_REQUIRE_ENGINE").is_some_and(|value| value == "1");
    assert!(!required || program == "bsdtar" || program == "python3", "{program} is required but not there");
    eprintln!("skipped: no {program}");
    false
}

fn sh(folder: &Path, script: &str) {
    let output = Command::new("bash").args(["-ec", script]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Files of all kinds, with names of all lengths.
const FILES: &str = r#"
    umask 022
    mkdir -p in/bin in/empty 'in/with space' in/deep
    printf 'hello' > in/bin/sh; chmod 4755 in/bin/sh; chmod 1777 in/empty
    printf '' > in/nothing
    head -c 70000 /dev/zero | tr '\0' x > in/large
    ln in/bin/sh in/hard; ln -s bin/sh in/soft; ln -s /absolute/../way in/astray
    mkfifo in/pipe
    printf 1 > "in/with space/a	tab"; printf 2 > in/ünïcode; printf 3 > "$(printf 'in/raw\xff\xfename')"
    name=$(printf 'n%.0s' $(seq 90)); printf 4 > "in/$name"
    long=$(printf 'l%.0s' $(seq 120))
    if [ "${1:-}" != short ]; then
        mkdir -p "in/deep/$long/$long"; printf 5 > "in/deep/$long/$long/$name"
        ln -s "$long/$long/$long" in/longlink; ln "in/deep/$long/$long/$name" in/longhard
    fi
    truncate -s 1M in/holes; printf data | dd of=in/holes bs=1 seek=500000 conv=notrunc status=none
    truncate -s 3M in/hole
    touch -d @-5 in/old; touch -d @9999999999 in/new
    chown 1234:5678 in/large 2> /dev/null || true
    setfattr -n user.note -v "$(printf 'a\nb')" in/large 2> /dev/null || true
"#;

/// Writes all tars, each with its name.
fn tars(folder: &Path) -> Vec<String> {
    std::fs::create_dir(folder.join("long")).unwrap();
    std::fs::create_dir(folder.join("short")).unwrap();
    sh(&folder.join("long"), FILES);
    sh(&folder.join("short"), &format!("set -- short\n{FILES}"));
    let mut made = Vec::new();
    let mut make = |name: &str, script: &str| {
        sh(folder, &format!("( {script} ) > '{name}.tar'"));
        made.push(format!("{name}.tar"));
    };
    for format in ["v7", "ustar"] {
        // They hold no long names and no times outside of eleven octal digits.
        let without = "--exclude=old --exclude=new --exclude=hole --exclude=holes --exclude=pipe";
        make(format, &format!("tar --format={format} {without} -C short/in -c ."));
    }
    for format in ["oldgnu", "gnu", "posix"] {
        make(format, &format!("tar --format={format} -C long/in -c ."));
        make(&format!("{format} bare"), &format!("cd long/in && tar --format={format} -c *"));
        make(&format!("{format} sparse"), &format!("tar --format={format} --sparse -C long/in -c ."));
        make(
            &format!("{format} large owner"),
            &format!("tar --format={format} --owner=:3000000000 --group=:2097152 -C long/in -c large bin"),
        );
        make(
            &format!("{format} by number"),
            &format!("tar --format={format} --mtime=@8589934593 -C long/in -c bin"),
        );
    }
    for version in ["0.0", "0.1", "1.0"] {
        make(
            &format!("sparse {version}"),
            &format!("tar --format=posix --sparse --sparse-version={version} -C long/in -c ."),
        );
    }
    make("attributes", "tar --format=posix --xattrs --acls -C long/in -c .");
    make("sub-second", "tar --format=posix --pax-option=delete=atime -C long/in -c .");
    make("appended", "tar --format=gnu -C long/in -cf a.tar bin; tar -C long/in -rf a.tar large; cat a.tar");
    make(
        "twice",
        "tar --format=gnu -C long/in -cf b.tar large; printf z > large; tar -rf b.tar large; cat b.tar",
    );
    make("global header", "tar --format=posix --pax-option=globexthdr.name=g,comment=x -C long/in -c bin");
    if have("bsdtar", &["--version"]) {
        for format in ["ustar", "pax", "gnutar", "v7"] {
            make(
                &format!("bsdtar {format}"),
                &format!("bsdtar --format {format} -C short/in -cf - bin large hard soft"),
            );
        }
    }
    if have("python3", &["--version"]) {
        for format in ["USTAR", "GNU", "PAX"] {
            let script = format!(
                "import sys, tarfile; t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', \
                 format=tarfile.{format}_FORMAT); t.add('long/in/bin', 'bin'); t.add('long/in/large', 'x' * 90); \
                 i = tarfile.TarInfo('d' * 60 + '/' + 'e' * 60); i.uid = 77; i.mode = 0o2640; t.addfile(i); t.close()"
            );
            make(&format!("python {format}"), &format!("python3 -c \"{script}\""));
        }
    }
    made
}

/// Prints one line of JSON per entry; names in base64, since they may be any bytes.
const GO: &str = r#"package main

import (
	"archive/tar"
	"encoding/json"
	"io"
	"os"
)

type entry struct {
	Name, Link []byte
	Type       string
	Size, Mode int64
	Uid, Gid   int
}

func main() {
	out := json.NewEncoder(os.Stdout)
	for _, path := range os.Args[1:] {
		file, err := os.Open(path)
		if err != nil {
			panic(err)
		}
		entries := []entry{}
		reader := tar.NewReader(file)
		for {
			h, err := reader.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				panic(path + ": " + err.Error())
			}
			entries = append(entries, entry{[]byte(h.Name), []byte(h.Linkname), string(rune(h.Typeflag)), h.Size, h.Mode, h.Uid, h.Gid})
		}
		if err := out.Encode(entries); err != nil {
			panic(err)
		}
	}
}
"#;

fn bytes_of(value: &Value) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap_or_default()).unwrap()
}

/// A name as a path of the tree: no `./`, no slash at the end.
fn clean(name: &[u8]) -> Vec<u8> {
    let parts = name.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".");
    parts.fold(Vec::new(), |path, part| [&path[..], b"/", part].concat())
}

/// What Go reads; the last entry of a path counts.
fn by_go(line: &str) -> BTreeMap<Vec<u8>, Entry> {
    let entries: Vec<Value> = serde_json::from_str(line).unwrap();
    let mut found = BTreeMap::new();
    for entry in entries {
        let kind = match entry["Type"].as_str().unwrap() {
            "0" | "7" | "S" | "\0" => "file",
            "1" => "hardlink",
            "2" => "symlink",
            "3" => "char",
            "4" => "block",
            "5" => "directory",
            "6" => "fifo",
            "g" => continue,
            other => panic!("type {other}"),
        };
        let path = clean(&bytes_of(&entry["Name"]));
        let link = String::from_utf8_lossy(&bytes_of(&entry["Link"])).into_owned();
        let number = |key: &str| entry[key].as_u64().unwrap_or(0);
        let value = Entry {
            kind: kind.to_owned(),
            bytes: if kind == "file" { number("Size") } else { 0 },
            mode: format!("{:04o}", number("Mode") & 0o7777),
            owner: (number("Uid"), number("Gid")),
            link: matches!(kind, "hardlink" | "symlink").then_some(link),
        };
        if !path.is_empty() {
            found.insert(path, value);
        }
    }
    found
}

fn by_hadal(path: &Path) -> BTreeMap<Vec<u8>, Entry> {
    let image = format!("rootfs:{}", path.display());
    let output = Command::new(env!("CARGO_BIN_EXE_hadal")).args(["tree", &image, "--json"]).output().unwrap();
    assert!(output.status.success(), "{image}: {}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let entry = |entry: &Value| {
        let path = match entry.get("path_base64") {
            Some(exact) => bytes_of(exact),
            None => text(&entry["path"]).unwrap().into_bytes(),
        };
        let value = Entry {
            kind: text(&entry["type"]).unwrap(),
            bytes: entry["logical_bytes"].as_u64().or(entry["bytes"].as_u64()).unwrap(),
            mode: text(&entry["mode"]).unwrap(),
            owner: (entry["uid"].as_u64().unwrap(), entry["gid"].as_u64().unwrap()),
            link: text(&entry["link_target"]),
        };
        (path, value)
    };
    document["entries"].as_array().unwrap().iter().map(entry).collect()
}

#[test]
fn go_reads_the_same_entries() {
    if !have("go", &["version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("list.go"), GO).unwrap();
    let tars = tars(folder.path());
    let mut go = Command::new("go");
    go.args(["run", "list.go"]).args(&tars).current_dir(folder.path());
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go");
    go.env("GOCACHE", &cache).env("HOME", &cache).env("GO111MODULE", "off");
    let output = go.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lists = String::from_utf8(output.stdout).unwrap();
    assert_eq!(lists.lines().count(), tars.len());
    for (name, list) in tars.iter().zip(lists.lines()) {
        let (go, hadal) = (by_go(list), by_hadal(&folder.path().join(name)));
        // Parents that no entry describes are only in the tree.
        for (path, entry) in &go {
            let what = String::from_utf8_lossy(path).into_owned();
            assert_eq!(hadal.get(path), Some(entry), "{name}: {what}");
        }
        let implied = |path: &Vec<u8>| go.keys().any(|other| other.starts_with(&[path, &b"/"[..]].concat()));
        for (path, entry) in &hadal {
            let what = std::ffi::OsStr::from_bytes(path).display();
            let extra = !(go.contains_key(path) || entry.kind == "directory" && implied(path));
            assert!(!extra, "{name}: {what} is not in Go's list");
        }
    }
}
