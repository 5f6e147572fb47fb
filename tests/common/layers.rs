//! Layers written down as text, one entry a line, and made into real tars in memory.
//!
//! ```text
//! f /etc/passwd 900 755 1000:1000 @86400   # a file of 900 bytes; mode, owner and time are optional
//! f /a "content"                           # a file with this content
//! f /a 900*b                               # 900 times the letter b (a, where no letter is given)
//! d /app 755 1000:1000                     # a directory
//! l /bin/sh dash                           # a symbolic link
//! h /b /a                                  # a hard link
//! c /dev/null 1:3                          # a character device; b for a block device
//! p /fifo                                  # a named pipe
//! w /tmp/x                                 # a whiteout of /tmp/x
//! o /dir                                   # an opaque marker in /dir
//! ```
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::similar_names,
    clippy::format_push_string,
    clippy::unused_self,
    clippy::implicit_clone,
    clippy::too_many_lines
)]

use tar::{Builder, EntryType, Header};

/// One entry, as it will stand in the tar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: EntryType,
    /// Name in the tar: no leading `/`.
    pub name: Vec<u8>,
    pub link: Vec<u8>,
    pub content: Vec<u8>,
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub mtime: u64,
    pub device: (u32, u32),
}

impl Line {
    pub fn new(kind: EntryType, name: &[u8]) -> Line {
        let mode = if kind == EntryType::Directory { 0o755 } else { 0o644 };
        let name = name.strip_prefix(b"/").unwrap_or(name).to_vec();
        let (link, content) = (Vec::new(), Vec::new());
        Line { kind, name, link, content, mode, uid: 0, gid: 0, mtime: 1_000_000, device: (0, 0) }
    }

    fn parse(text: &str) -> Line {
        let words = words(text);
        let [letter, path, rest @ ..] = words.as_slice() else { panic!("no entry: {text}") };
        let kind = match letter.as_str() {
            "f" | "w" | "o" => EntryType::Regular,
            "d" => EntryType::Directory,
            "l" => EntryType::Symlink,
            "h" => EntryType::Link,
            "c" => EntryType::Char,
            "b" => EntryType::Block,
            "p" => EntryType::Fifo,
            other => panic!("no kind of entry: {other}"),
        };
        let mut line = Line::new(kind, path.as_bytes());
        let mut rest = rest.iter();
        match letter.as_str() {
            "f" => line.content = rest.next().map_or(Vec::new(), |word| content(word)),
            "l" | "h" => {
                let target = rest.next().unwrap_or_else(|| panic!("no target: {text}"));
                let target =
                    if letter == "h" { target.strip_prefix('/').unwrap_or(target) } else { target.as_str() };
                line.link = target.as_bytes().to_vec();
            }
            "c" | "b" => {
                let (major, minor) = pair(rest.next().unwrap_or_else(|| panic!("no numbers: {text}")));
                line.device = (major as u32, minor as u32);
            }
            "w" => {
                let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
                line.name = format!("{dir}/.wh.{name}").trim_start_matches('/').into();
            }
            "o" => line.name = format!("{path}/.wh..wh..opq").trim_start_matches('/').into(),
            _ => {}
        }
        for word in rest {
            match word.strip_prefix('@') {
                Some(time) => line.mtime = time.parse().unwrap(),
                None if word.contains(':') => (line.uid, line.gid) = pair(word),
                None => line.mode = u32::from_str_radix(word, 8).unwrap_or_else(|_| panic!("{word}: {text}")),
            }
        }
        line
    }
}

fn content(word: &str) -> Vec<u8> {
    if let Some(quoted) = word.strip_prefix('"') {
        return quoted.as_bytes().to_vec();
    }
    let (count, letter) = word.split_once('*').unwrap_or((word, "a"));
    letter.repeat(count.parse().unwrap_or_else(|_| panic!("no size: {word}"))).into_bytes()
}

fn pair(word: &str) -> (u64, u64) {
    let (a, b) = word.split_once(':').unwrap_or_else(|| panic!("no pair: {word}"));
    (a.parse().unwrap(), b.parse().unwrap())
}

/// Splits at blanks; a word in quotation marks keeps its blanks and its first mark.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted.find('"').expect("a closing quotation mark");
                (&rest[..=end], &quoted[end + 1..])
            }
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// The entries of one layer; `#` starts a comment.
pub fn lines(text: &str) -> Vec<Line> {
    let bare = |line: &str| line.split(" #").next().unwrap_or_default().trim().to_owned();
    text.lines()
        .map(bare)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|l| Line::parse(&l))
        .collect()
}

/// The layers of an image: a line `---` stands between two of them.
pub fn layers(text: &str) -> Vec<Vec<u8>> {
    let mut parts = vec![String::new()];
    for line in text.lines() {
        match line.trim() {
            "---" => parts.push(String::new()),
            line => *parts.last_mut().unwrap() += &format!("{line}\n"),
        }
    }
    parts.iter().map(|part| layer(part)).collect()
}

/// The tar of a layer.
pub fn layer(text: &str) -> Vec<u8> {
    tar_of(&lines(text))
}

pub fn tar_of(lines: &[Line]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    lines.iter().for_each(|line| append(&mut builder, line));
    builder.into_inner().unwrap()
}

/// Writes one entry with its name exactly as it is, `..` and all; long ones the way GNU tar does.
pub fn append(builder: &mut Builder<Vec<u8>>, line: &Line) {
    for (kind, long) in [(EntryType::GNULongName, &line.name), (EntryType::GNULongLink, &line.link)] {
        if long.len() > 100 {
            let mut header = Header::new_gnu();
            header.as_gnu_mut().unwrap().name[..13].copy_from_slice(b"././@LongLink");
            header.set_entry_type(kind);
            header.set_size(long.len() as u64 + 1);
            header.set_cksum();
            builder.append(&header, [long.as_slice(), b"\0"].concat().as_slice()).unwrap();
        }
    }
    builder.append(&header(line), line.content.as_slice()).unwrap();
}

/// The header block alone.
pub fn header(line: &Line) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(line.kind);
    header.set_mode(line.mode);
    header.set_uid(line.uid);
    header.set_gid(line.gid);
    header.set_mtime(line.mtime);
    header.set_size(line.content.len() as u64);
    if matches!(line.kind, EntryType::Char | EntryType::Block) {
        header.set_device_major(line.device.0).unwrap();
        header.set_device_minor(line.device.1).unwrap();
    }
    let gnu = header.as_gnu_mut().unwrap();
    let (name, link) = (line.name.len().min(100), line.link.len().min(100));
    gnu.name[..name].copy_from_slice(&line.name[..name]);
    gnu.linkname[..link].copy_from_slice(&line.link[..link]);
    header.set_cksum();
    header
}

/// A PAX header with these records, to stand before an entry.
pub fn pax(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut data = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        data.extend_from_slice(format!("{length} {key}=").as_bytes());
        data.extend_from_slice(value);
        data.push(b'\n');
    }
    let mut line = Line::new(EntryType::XHeader, b"PaxHeaders/x");
    line.content = data;
    entry(&line)
}

/// One entry without the end mark, to be put together by hand.
pub fn entry(line: &Line) -> Vec<u8> {
    let mut bytes = header(line).as_bytes().to_vec();
    bytes.extend_from_slice(&line.content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// Entries put together by hand, with the end mark behind them.
pub fn raw(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut tar = entries.concat();
    tar.resize(tar.len() + 1024, 0);
    tar
}
