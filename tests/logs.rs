//! Logs however they arrive and however large they are: lines, what is kept of them, and their order.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use hadal::analysis::Needle;
use hadal::container::log::{At, Framing, KEPT, Limits, LogLine, LogSplitter, LogStore, LogView};
use hadal::report::ansi;
use jiff::Timestamp;
use proptest::prelude::*;

const EVERYTHING: Limits = Limits { lines: usize::MAX, bytes: usize::MAX };

/// A line with nothing borrowed.
type Owned = (Option<Timestamp>, bool, Vec<u8>, u64);

fn owned(line: &LogLine<'_>) -> Owned {
    (line.time, line.stderr, line.text.to_vec(), line.length)
}

fn frame(stream: u8, text: &[u8]) -> Vec<u8> {
    let mut frame = vec![stream, 0, 0, 0];
    frame.extend_from_slice(&(text.len() as u32).to_be_bytes());
    frame.extend_from_slice(text);
    frame
}

fn stamp(second: u64) -> String {
    format!("2026-11-21T10:00:{:02}.123456789Z", second % 60)
}

/// Feeds `bytes` in pieces of these sizes, over and over.
fn read(framing: Framing, stamps: bool, bytes: &[u8], sizes: &[usize]) -> Vec<Owned> {
    let mut splitter = LogSplitter::new(framing, stamps);
    let mut lines = Vec::new();
    let mut out = |line: LogLine<'_>| lines.push(owned(&line));
    let (mut rest, mut at) = (bytes, 0);
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(sizes[at % sizes.len()].clamp(1, rest.len()));
        splitter.feed(piece, &mut out);
        (rest, at) = (behind, at + 1);
    }
    splitter.finish(&mut out);
    lines
}

/// One record of a log: which stream, its text, whether its line goes on in the next one of this stream.
fn record() -> impl Strategy<Value = (bool, Vec<u8>, bool)> {
    let text = prop_oneof![
        6 => "[ -~]{0,30}".prop_map(String::into_bytes),
        2 => prop::collection::vec(any::<u8>().prop_filter("a line", |byte| *byte != b'\n'), 0..40),
        1 => Just(b"2026-11-21T10:00".to_vec()),
        1 => Just(b"2026-11-21T10:00:00Z is a time".to_vec()),
        1 => Just(vec![b'x'; 20_000]),
    ];
    (any::<bool>(), text, prop::bool::weighted(0.2))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Frames in pieces of any size are the lines that were written, with the time of their first record.
    #[test]
    fn any_pieces_of_frames_give_the_same_lines(
        records in prop::collection::vec(record(), 0..30),
        stamps in any::<bool>(),
        sizes in prop::collection::vec(1usize..3000, 1..8),
    ) {
        let mut bytes = Vec::new();
        let mut expected: Vec<Owned> = Vec::new();
        let mut open: [Option<(Timestamp, Vec<u8>)>; 2] = [None, None];
        for (second, (stderr, text, goes_on)) in records.iter().enumerate() {
            let time = stamp(second as u64);
            let mut whole = if stamps { format!("{time} ").into_bytes() } else { Vec::new() };
            whole.extend_from_slice(text);
            whole.extend_from_slice(if *goes_on { b"" } else { b"\n" });
            bytes.extend_from_slice(&frame(1 + u8::from(*stderr), &whole));
            let line = &mut open[usize::from(*stderr)];
            if line.is_none() && whole.is_empty() {
                continue;
            }
            let line = line.get_or_insert_with(|| (time.parse().unwrap(), Vec::new()));
            line.1.extend_from_slice(text);
            if !goes_on {
                let (time, text) = open[usize::from(*stderr)].take().unwrap();
                expected.push((stamps.then_some(time), *stderr, text.clone(), text.len() as u64));
            }
        }
        for (stderr, line) in [false, true].into_iter().zip(open) {
            if let Some((time, text)) = line {
                expected.push((stamps.then_some(time), stderr, text.clone(), text.len() as u64));
            }
        }
        for line in &mut expected {
            prop_assume!(line.2.len() <= KEPT);
        }
        prop_assert_eq!(read(Framing::Frames, stamps, &bytes, &sizes), expected.clone());
        prop_assert_eq!(read(Framing::Frames, stamps, &bytes, &[usize::MAX]), expected);
    }

    /// Bytes that are no log at all are taken in without harm, the same in any pieces, and no text is lost.
    #[test]
    fn any_bytes_are_taken(
        bytes in prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..400),
        sizes in prop::collection::vec(1usize..50, 1..5),
        raw in any::<bool>(),
    ) {
        let framing = if raw { Framing::Raw } else { Framing::Frames };
        let lines = read(framing, false, &bytes, &sizes);
        prop_assert_eq!(&lines, &read(framing, false, &bytes, &[1]));
        if raw {
            let text: Vec<u8> = lines.iter().flat_map(|line| line.2.clone()).collect();
            let expected: Vec<u8> = bytes
                .split(|byte| *byte == b'\n')
                .flat_map(|line| &line[..line.iter().rposition(|byte| *byte != b'\r').map_or(0, |at| at + 1)])
                .copied()
                .collect();
            prop_assert_eq!(text, expected);
        }
    }

    /// However long a line is and whatever returns are in it, what is kept of it does not depend on the pieces.
    #[test]
    fn what_is_kept_of_a_long_line_depends_on_the_line_only(
        parts in prop::collection::vec((0usize..50_000, any::<bool>()), 1..8),
        sizes in prop::collection::vec(1usize..40_000, 1..4),
        lines in any::<bool>(),
    ) {
        let mut bytes = Vec::new();
        for (at, (length, returns)) in parts.iter().enumerate() {
            bytes.resize(bytes.len() + length, b'a' + at as u8);
            bytes.extend_from_slice(if *returns { b"\r" } else { b"" });
        }
        let length = bytes.len();
        bytes.extend_from_slice(if lines { b"\r\n" } else { b"" });
        let read_so = read(Framing::Raw, false, &bytes, &sizes);
        prop_assert_eq!(&read_so, &read(Framing::Raw, false, &bytes, &[usize::MAX]));
        for line in &read_so {
            prop_assert!(line.2.len() <= KEPT);
            prop_assert!(line.3.abs_diff(length as u64) <= parts.len() as u64);
            let mut shown = String::new();
            ansi::visible(&line.2, &mut shown);
            let whole = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            let last = whole.strip_suffix(b"\r").unwrap_or(whole).rsplit(|byte| *byte == b'\r');
            // The newest state is what is shown, or the beginning of it.
            if let Some(last) = last.into_iter().find(|part| !part.is_empty()) {
                prop_assert!(last.starts_with(shown.as_bytes()) || last.len() > KEPT);
            }
        }
    }

    /// The store against a plain list: the newest lines within both limits, each with its own number for ever.
    #[test]
    fn the_store_keeps_the_newest_lines(
        lines in prop::collection::vec((prop::option::of(0u64..100), any::<bool>(), 0usize..300, 0u64..3), 0..300),
        most in 1usize..100,
        bytes in 100usize..20_000,
    ) {
        let mut store = LogStore::new(Limits { lines: most, bytes });
        let mut model: Vec<Owned> = Vec::new();
        for (at, (second, stderr, length, cut)) in lines.iter().enumerate() {
            let text = vec![at as u8; *length];
            let time = second.map(|second| stamp(second).parse().unwrap());
            let line = LogLine { time, stderr: *stderr, text: &text, length: *length as u64 + cut };
            store.push(&line);
            model.push(owned(&line));
            let kept: Vec<Owned> = store.lines(store.range()).map(|(_, line)| owned(&line)).collect();
            prop_assert!(kept.len() <= most && !kept.is_empty());
            prop_assert_eq!(store.dropped() as usize + kept.len(), model.len());
            prop_assert_eq!(store.range(), store.dropped() as i64..model.len() as i64);
            prop_assert_eq!(&kept[..], &model[model.len() - kept.len()..]);
            // No more was dropped than had to be.
            let cost: usize = model.iter().rev().take(kept.len() + 1).map(|line| line.2.len() + 12).sum();
            prop_assert!(kept.len() == model.len() || kept.len() == most || cost > bytes);
        }
        let newest = model[store.dropped() as usize..].iter().filter_map(|line| line.0).max();
        prop_assert_eq!(store.newest().map(|(time, _)| time), newest);
    }

    /// A view that is kept up to date shows the same as one that is made at the end.
    #[test]
    fn a_view_does_not_depend_on_when_lines_came(
        pushes in prop::collection::vec((0usize..3, 0u64..60, any::<bool>()), 0..200),
        updates in prop::collection::vec(any::<bool>(), 200),
        most in 5usize..80,
    ) {
        let mut stores: Vec<LogStore> = (0..3).map(|_| LogStore::new(Limits { lines: most, bytes: 1 << 20 })).collect();
        let shows = |_: At, line: &LogLine<'_>| !line.stderr;
        let mut view = LogView::default();
        for (at, (source, second, stderr)) in pushes.iter().enumerate() {
            let time = Some(stamp(*second).parse().unwrap());
            stores[*source].push(&LogLine { time, stderr: *stderr, text: b"x", length: 1 });
            if updates[at] {
                view.update(&stores.iter().collect::<Vec<_>>(), shows);
            }
        }
        let stores: Vec<&LogStore> = stores.iter().collect();
        view.update(&stores, shows);
        let rows: Vec<At> = (0..view.len()).map(|row| view.get(row).unwrap()).collect();
        // Each line that passes is there once, in the order of its store.
        for (source, store) in stores.iter().enumerate() {
            let shown: Vec<i64> =
                rows.iter().filter(|at| usize::from(at.source) == source).map(|at| at.number).collect();
            let kept: Vec<i64> =
                store.lines(store.range()).filter(|(_, line)| !line.stderr).map(|(number, _)| number).collect();
            prop_assert_eq!(shown, kept);
        }
        if pushes.len() <= most {
            let mut fresh = LogView::default();
            fresh.update(&stores, shows);
            prop_assert_eq!(rows, (0..fresh.len()).map(|row| fresh.get(row).unwrap()).collect::<Vec<_>>());
        }
    }

    /// No byte that could steer a terminal comes out, and searching sees what is shown.
    #[test]
    fn nothing_that_steers_a_terminal_is_shown(
        line in prop::collection::vec(
            prop_oneof![Just(0x1bu8), Just(b'['), Just(b']'), Just(b'm'), Just(b';'), Just(0xc2), Just(0x9b), any::<u8>()],
            0..60,
        ),
    ) {
        let spans = ansi::spans(&line);
        let text: String = spans.iter().map(|(_, text)| text.as_str()).collect();
        prop_assert!(!text.chars().any(hadal::report::sanitise::misleading), "{:?}", text);
        let mut searched = String::new();
        ansi::visible(&line, &mut searched);
        prop_assert_eq!(searched, text);
    }
}

#[test]
fn lengths_that_are_claimed_allocate_nothing() {
    let mut bytes = vec![1, 0, 0, 0, 255, 255, 255, 255];
    bytes.extend_from_slice(b"two\nlines");
    let mut lines = Vec::new();
    let used = allocation_counter::measure(|| lines = read(Framing::Frames, false, &bytes, &[4096]));
    assert!(used.bytes_max < 4096, "{}", used.bytes_max);
    assert_eq!(lines.iter().map(|line| line.2.as_slice()).collect::<Vec<_>>(), [&b"two"[..], b"lines"]);
}

#[test]
fn what_is_no_frame_is_text() {
    for bytes in
        [&b"plain text\nof an odd engine"[..], b"\x01\x00\x00\x00\x00\x00\x00\x05abcd\n\x01\x00\x07rest"]
    {
        let mut splitter = LogSplitter::new(Framing::Frames, false);
        let mut lines = Vec::new();
        splitter.feed(bytes, &mut |line| lines.push(line.text.to_vec()));
        assert!(splitter.damaged());
        splitter.finish(&mut |line| lines.push(line.text.to_vec()));
        assert_eq!(lines.len(), 2);
        assert!(bytes.ends_with(&lines[1]), "{lines:?}");
    }
}

/// Podman puts a time before each part of a line, and each part into a piece of its own.
#[test]
fn times_within_a_line_of_a_terminal_are_the_engines() {
    let mut splitter = LogSplitter::new(Framing::Raw, true);
    let mut lines = Vec::new();
    for piece in [
        "2026-11-21T10:00:00Z part 1;",
        "2026-11-21T10:00:01Z part 2;",
        "2026-11-21T10:00:02Z \r\n",
        "2026-11-21T10:00:02Z see 2026-11-21T09:00:00Z",
        " inside\r\n2026-11-21T10:00:03Z $ ",
    ] {
        splitter.feed(piece.as_bytes(), &mut |line| lines.push(owned(&line)));
    }
    let texts: Vec<&[u8]> = lines.iter().map(|line| line.2.as_slice()).collect();
    assert_eq!(texts, [&b"part 1;part 2;"[..], b"see 2026-11-21T09:00:00Z inside"]);
    assert_eq!(lines[0].0, Some("2026-11-21T10:00:00Z".parse().unwrap()));
    assert_eq!(splitter.pending().map(|line| line.text.to_vec()).collect::<Vec<_>>(), [b"$ "]);
}

#[test]
fn what_is_known_already_is_skipped_once() {
    let text = |times: &[&str]| -> Vec<u8> {
        times
            .iter()
            .enumerate()
            .flat_map(|(at, time)| frame(1, format!("{time} {at}\n").as_bytes()))
            .collect()
    };
    let second = "2026-11-21T10:00:05Z";
    let answer = text(&[second, second, second, "2026-11-21T10:00:06Z", second]);
    let mut lines = Vec::new();
    let mut splitter = LogSplitter::new(Framing::Frames, true).resuming(Some((second.parse().unwrap(), 2)));
    splitter.feed(&answer, &mut |line| lines.push(line.text.to_vec()));
    assert_eq!(lines, [b"2", b"3", b"4"]);
}

/// 2 GB in lines of every length, as an engine sends them: bounded memory, and not much slower than copying.
#[test]
fn two_gigabytes_pass_through_bounded_memory() {
    // Without optimisation a part of it has to do.
    const TOTAL: u64 = if cfg!(debug_assertions) { 200 << 20 } else { 2 << 30 };
    let mut block = Vec::new();
    for at in 0..2000_usize {
        let text =
            format!("{} \x1b[3{}mline {at}\x1b[0m {}\n", stamp(at as u64), at % 8, "x".repeat(at % 200));
        block.extend_from_slice(&frame(1 + u8::from(at % 5 == 0), text.as_bytes()));
    }
    let blocks = TOTAL / block.len() as u64;
    // What any reader has to do at least: look at each byte once.
    let start = Instant::now();
    let mut sum = 0_u64;
    for _ in 0..blocks / 16 {
        sum += std::hint::black_box(&block).iter().map(|byte| u64::from(*byte)).sum::<u64>();
    }
    let looking = start.elapsed() * 16;
    assert!(sum > 0);

    let mut store = LogStore::default();
    let mut took = Duration::ZERO;
    let used = allocation_counter::measure(|| {
        let mut splitter = LogSplitter::new(Framing::Frames, true);
        let start = Instant::now();
        for _ in 0..blocks {
            for piece in block.chunks(32 << 10) {
                splitter.feed(piece, &mut |line| store.push(&line));
            }
        }
        took = start.elapsed();
    });
    assert_eq!(store.dropped() + store.len() as u64, blocks * 2000);
    assert_eq!(store.len(), 50_000);
    let text: usize = store.lines(store.range()).map(|(_, line)| line.text.len()).sum();
    println!(
        "{took:?} against {looking:?} of looking; {text} B of text in {} B, peak {} B",
        store.memory(),
        used.bytes_max
    );
    assert!(store.memory() < text * 13 / 10, "{} for {text}", store.memory());
    assert!(used.bytes_max < 40 << 20, "{}", used.bytes_max);
    // In a build without optimisation our own code is many times slower than the machine.
    let most = if cfg!(debug_assertions) { 400 } else { 40 };
    assert!(took < looking * most + Duration::from_secs(1), "{took:?} against {looking:?}");

    let needle = Needle::new("LINE 1999", false).unwrap();
    let mut shown = String::new();
    let start = Instant::now();
    let found = store.find(store.range().end, true, |line| {
        ansi::visible(line.text, &mut shown);
        needle.is_in(shown.as_bytes())
    });
    assert_eq!(found, None);
    println!("searching all: {:?}", start.elapsed());
}

#[test]
fn a_line_of_a_hundred_megabytes_costs_what_is_kept_of_it() {
    let chunk = vec![b'x'; 16 << 10];
    let mut store = LogStore::default();
    let used = allocation_counter::measure(|| {
        let mut splitter = LogSplitter::new(Framing::Frames, false);
        let mut out = |line: LogLine<'_>| store.push(&line);
        let header = frame(1, &[])[..4].to_vec();
        for at in 0..6400 {
            let mut record = header.clone();
            record.extend_from_slice(&(16_u32 << 10).to_be_bytes());
            splitter.feed(&record, &mut out);
            splitter.feed(&chunk, &mut out);
            assert!(at == 0 || splitter.pending().next().unwrap().text.len() <= KEPT);
        }
        splitter.feed(&frame(1, b"\nnext\n"), &mut out);
    });
    let line = store.get(0).unwrap();
    assert_eq!((line.text.len(), line.length, line.cut()), (KEPT, 100 << 20, (100 << 20) - KEPT as u64));
    assert_eq!(store.get(1).unwrap().text, b"next");
    assert!(used.bytes_max < 1 << 20, "{}", used.bytes_max);
}

#[test]
fn empty_lines_without_end_are_bounded_too() {
    let mut store = LogStore::new(Limits { lines: 1000, bytes: 1 << 20 });
    for _ in 0..1_000_000 {
        store.push(&LogLine { time: None, stderr: false, text: b"", length: 0 });
    }
    assert_eq!((store.len(), store.dropped()), (1000, 999_000));
    assert!(store.memory() < 256 << 10, "{}", store.memory());
}

#[test]
fn going_through_lines_allocates_nothing() {
    let mut store = LogStore::new(EVERYTHING);
    for at in 0..10_000 {
        let text = format!("\x1b[32mline\x1b[0m {at}");
        store.push(&LogLine { time: None, stderr: false, text: text.as_bytes(), length: text.len() as u64 });
    }
    let needle = Needle::new(r"line 7\d{3}$", true).unwrap();
    let mut shown = String::with_capacity(4096);
    let mut search = |from, backwards| {
        store.find(from, backwards, |line| {
            ansi::visible(line.text, &mut shown);
            needle.is_in(shown.as_bytes())
        })
    };
    assert_eq!(search(-1, false), Some(7000));
    assert_eq!(search(7000, false), Some(7001));
    assert_eq!(search(10_000, true), Some(7999));
    assert_eq!(search(7000, true), None);
    let used = allocation_counter::measure(|| {
        search(7999, false);
        search(7000, true);
    });
    assert_eq!(used.count_total, 0);
}
