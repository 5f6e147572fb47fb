//! Programs and libraries in ELF: for which machine, with which loader, which libraries and which versions of the C
//! library. Bytes come from strangers: every offset is a claim.

/// What the kernel and the loader look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elf {
    /// `e_machine`.
    pub machine: u16,
    pub bits: u8,
    /// The loader it asks for; `None` for static programs and libraries.
    pub interpreter: Option<String>,
    /// Libraries by name, in order.
    pub needed: Vec<String>,
    /// Where it looks for them first: `RPATH` and `RUNPATH`.
    pub run_path: Vec<String>,
    /// The newest `GLIBC_2.x` it needs.
    pub glibc: Option<(u32, u32)>,
    /// The newest `GLIBC_2.x` it offers: of a C library.
    pub offers_glibc: Option<(u32, u32)>,
    /// x86-64-v2 and so on, as its property note demands it.
    pub isa_level: Option<u8>,
    /// Segments that end behind the end of the file.
    pub truncated: bool,
}

/// `e_machine` in the words of images, and the kernel's own for what they have no word for.
pub fn architecture(machine: u16) -> String {
    let name = match machine {
        3 => "386",
        8 => "mips",
        20 => "ppc",
        21 => "ppc64",
        22 => "s390x",
        40 => "arm",
        62 => "amd64",
        183 => "arm64",
        243 => "riscv64",
        258 => "loong64",
        other => return format!("machine {other}"),
    };
    name.to_owned()
}

/// Whether a machine of this architecture runs such programs by itself.
pub fn runs_on(machine: u16, engine: &str) -> bool {
    let own = architecture(machine);
    let engine = match engine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let base = engine.split('/').next().unwrap_or(engine);
    own == base
        || (own == "386" && base == "amd64")
        || (own == "arm" && base == "arm64")
        || (own == "ppc64" && base == "ppc64le")
}

pub fn is_elf(head: &[u8]) -> bool {
    head.starts_with(b"\x7fELF")
}

struct Bytes<'b> {
    all: &'b [u8],
    wide: bool,
    big: bool,
}

impl Bytes<'_> {
    fn number(&self, at: u64, length: usize) -> Option<u64> {
        let at = usize::try_from(at).ok()?;
        let bytes = self.all.get(at..at.checked_add(length)?)?;
        let fold = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(if self.big { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) })
    }

    fn half(&self, at: u64) -> Option<u16> {
        self.number(at, 2).map(|number| number as u16)
    }

    fn word(&self, at: u64) -> Option<u32> {
        self.number(at, 4).map(|number| number as u32)
    }

    /// A number as wide as the program's addresses.
    fn address(&self, at: u64) -> Option<u64> {
        self.number(at, if self.wide { 8 } else { 4 })
    }

    fn text(&self, at: u64) -> Option<String> {
        let from = self.all.get(usize::try_from(at).ok()?..)?;
        let end = from.iter().take(4096).position(|byte| *byte == 0)?;
        Some(String::from_utf8_lossy(&from[..end]).into_owned())
    }
}

#[derive(Clone, Copy)]
struct Segment {
    kind: u32,
    offset: u64,
    address: u64,
    length: u64,
}

const LOAD: u32 = 1;
const DYNAMIC: u32 = 2;
const INTERPRETER: u32 = 3;
const PROPERTY: u32 = 0x6474_e553;
const MAX_SEGMENTS: u64 = 256;
const MAX_ENTRIES: u64 = 4096;

/// Reads what it can of the file's first bytes, `length` of which there are in all. `None` for what is no ELF.
pub fn parse(bytes: &[u8], length: u64) -> Option<Elf> {
    if !is_elf(bytes) {
        return None;
    }
    let wide = *bytes.get(4)? == 2;
    let reader = Bytes { all: bytes, wide, big: *bytes.get(5)? == 2 };
    let mut elf = Elf { bits: if wide { 64 } else { 32 }, ..Elf::default() };
    let Some(machine) = reader.half(18) else {
        elf.truncated = true;
        return Some(elf);
    };
    elf.machine = machine;
    let segments = segments(&reader);
    let Some(segments) = segments else {
        elf.truncated = true;
        return Some(elf);
    };
    let ends = segments.iter().filter(|segment| segment.kind == LOAD);
    elf.truncated = ends.clone().any(|segment| segment.offset.saturating_add(segment.length) > length);
    for segment in &segments {
        match segment.kind {
            INTERPRETER => elf.interpreter = reader.text(segment.offset),
            PROPERTY => elf.isa_level = isa_level(&reader, *segment),
            _ => {}
        }
    }
    if let Some(dynamic) = segments.iter().find(|segment| segment.kind == DYNAMIC) {
        read_dynamic(&reader, &segments, *dynamic, &mut elf);
    }
    Some(elf)
}

fn segments(reader: &Bytes<'_>) -> Option<Vec<Segment>> {
    let wide = reader.wide;
    let table = reader.address(if wide { 32 } else { 28 })?;
    let size = u64::from(reader.half(if wide { 54 } else { 42 })?);
    let count = u64::from(reader.half(if wide { 56 } else { 44 })?).min(MAX_SEGMENTS);
    (0..count)
        .map(|index| {
            let at = table.checked_add(index * size)?;
            let (offset, address, length) = if wide { (8, 16, 32) } else { (4, 8, 16) };
            Some(Segment {
                kind: reader.word(at)?,
                offset: reader.address(at.checked_add(offset)?)?,
                address: reader.address(at.checked_add(address)?)?,
                length: reader.address(at.checked_add(length)?)?,
            })
        })
        .collect()
}

fn read_dynamic(reader: &Bytes<'_>, segments: &[Segment], dynamic: Segment, elf: &mut Elf) {
    let place = |address: u64| {
        let load = segments.iter().find(|segment| {
            segment.kind == LOAD
                && (segment.address..segment.address.saturating_add(segment.length)).contains(&address)
        })?;
        (address - load.address).checked_add(load.offset)
    };
    let step = if reader.wide { 16 } else { 8 };
    let entries: Vec<(u64, u64)> = (0..MAX_ENTRIES.min(dynamic.length / step))
        .map_while(|index| {
            let at = dynamic.offset.checked_add(index * step)?;
            Some((reader.address(at)?, reader.address(at + step / 2)?))
        })
        .take_while(|(tag, _)| *tag != 0)
        .collect();
    let value = |wanted: u64| entries.iter().find(|(tag, _)| *tag == wanted).map(|(_, value)| *value);
    let Some(names) = value(5).and_then(place) else { return };
    let text = |offset: u64| reader.text(names.checked_add(offset)?);
    for (tag, offset) in &entries {
        match tag {
            1 => elf.needed.extend(text(*offset)),
            15 | 29 => {
                let paths = text(*offset).unwrap_or_default();
                elf.run_path.extend(paths.split(':').filter(|path| !path.is_empty()).map(str::to_owned));
            }
            _ => {}
        }
    }
    let newest = |names: Vec<String>| names.iter().filter_map(|name| glibc(name)).max();
    if let (Some(at), Some(count)) = (value(0x6fff_fffe).and_then(place), value(0x6fff_ffff)) {
        elf.glibc = newest(chain(reader, at, count, &NEEDS, &text));
    }
    if let (Some(at), Some(count)) = (value(0x6fff_fffc).and_then(place), value(0x6fff_fffd)) {
        elf.offers_glibc = newest(chain(reader, at, count, &DEFINITIONS, &text));
    }
}

/// Where in the entries of a chain of chains things are: of an outer entry how many inner ones it has, the way to the first
/// of them and to the next outer one; of an inner one its name and the way to the next.
struct Chain {
    count: u64,
    first: u64,
    next: u64,
    name: u64,
    inner_next: u64,
}

/// `Verneed`, `Vernaux`.
const NEEDS: Chain = Chain { count: 2, first: 8, next: 12, name: 8, inner_next: 12 };
/// `Verdef`, `Verdaux`.
const DEFINITIONS: Chain = Chain { count: 6, first: 12, next: 16, name: 0, inner_next: 4 };

/// Names of versions.
fn chain(
    reader: &Bytes<'_>,
    mut at: u64,
    outer: u64,
    chain: &Chain,
    text: &dyn Fn(u64) -> Option<String>,
) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..outer.min(MAX_ENTRIES) {
        let (Some(count), Some(first)) =
            (reader.half(at.saturating_add(chain.count)), reader.word(at.saturating_add(chain.first)))
        else {
            break;
        };
        let mut inner = at.saturating_add(first.into());
        for _ in 0..count {
            if let Some(name) = reader.word(inner.saturating_add(chain.name)) {
                names.extend(text(name.into()));
            }
            match reader.word(inner.saturating_add(chain.inner_next)) {
                Some(0) | None => break,
                Some(way) => inner = inner.saturating_add(way.into()),
            }
        }
        match reader.word(at.saturating_add(chain.next)) {
            Some(way) if way > 0 && names.len() < MAX_ENTRIES as usize => at = at.saturating_add(way.into()),
            _ => break,
        }
    }
    names
}

/// `GLIBC_2.34` as it compares.
pub fn glibc(version: &str) -> Option<(u32, u32)> {
    let (major, rest) = version.strip_prefix("GLIBC_")?.split_once('.')?;
    Some((major.parse().ok()?, rest.split('.').next()?.parse().ok()?))
}

/// `GNU_PROPERTY_X86_ISA_1_NEEDED`: bit 1 is x86-64-v2.
fn isa_level(reader: &Bytes<'_>, note: Segment) -> Option<u8> {
    let start = note.offset;
    let first = start.checked_add(16)?;
    let length = u64::from(reader.word(start + 4)?);
    if reader.word(start)? != 4 || reader.word(start + 8)? != 5 {
        return None;
    }
    let (mut at, end) = (first, first.checked_add(length)?);
    while at.checked_add(8)? <= end {
        let (kind, size) = (reader.word(at)?, u64::from(reader.word(at + 4)?));
        if kind == 0xc000_8002 {
            let bits = reader.word(at + 8)?;
            return (bits > 1).then(|| (32 - bits.leading_zeros()) as u8);
        }
        at = at.checked_add(8 + size.next_multiple_of(8))?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rubbish_is_no_program_and_no_crash() {
        assert_eq!(parse(b"#!/bin/sh\n", 10), None);
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        assert!(parse(&bytes, 7).unwrap().truncated);
        bytes.resize(64, 0xff);
        for at in 4..64 {
            let mut odd = bytes.clone();
            odd[at] = 1;
            odd[4] = 2;
            let _ = parse(&odd, 64);
        }
    }

    #[test]
    fn machines_run_their_own() {
        for (machine, engine, runs) in [
            (62, "amd64", true),
            (62, "x86_64", true),
            (183, "amd64", false),
            (3, "amd64", true),
            (62, "arm64", false),
        ] {
            assert_eq!(runs_on(machine, engine), runs, "{machine} on {engine}");
        }
    }
}
