//! hadal beside its peers, in one run: `cargo bench --bench compare`.
//!
//! Builds its inputs (once, under `target/bench-inputs`), runs each command as a process of its own, in turn
//! with what it is compared to, and prints medians, ratios and peak memory. Peers that are not installed are
//! named and left out. `dive` is stopped after 120 s and then counts as "≥".

// A benchmark that cannot run has nothing better to do than to stop.
#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

mod baseline;
mod inputs;
mod measure;

use std::path::{Path, PathBuf};

use measure::{Outcome, measure, median_ratio};

const HADAL: &str = env!("CARGO_BIN_EXE_hadal");

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, mode, file] = args.as_slice()
        && let Some(work) = mode.strip_prefix("baseline-")
    {
        return baseline::run(work, Path::new(file));
    }
    let only: Vec<&String> = args.iter().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| name.contains(only.as_str()));
    println!("{:<34} {:>10} {:>10} {:>9}", "", "median", "peak", "ratio");
    if wanted("plain") {
        against_dive("plain", "1.5 GB plain, few deletions", &inputs::plain(0), 20.0);
    }
    if wanted("deletions") {
        against_dive(
            "deletions",
            "1.5 GB plain, 5,500 files deleted one by one",
            &inputs::plain(5_500),
            500.0,
        );
    }
    if wanted("gzip") {
        against_codec("gzip layers", &inputs::compressed("gzip"));
    }
    if wanted("zstd") {
        against_codec("zstd layers", &inputs::compressed("zstd"));
    }
    if wanted("contents") {
        contents();
    }
    if wanted("memory") {
        memory();
    }
}

fn hadal(file: &Path) -> Vec<String> {
    command(&[HADAL, "analyze", "--json"], file)
}

fn command(words: &[&str], file: &Path) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).chain([file.display().to_string()]).collect()
}

fn own(work: &str, file: &Path) -> Vec<String> {
    let this = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("compare"));
    command(&[&this.display().to_string(), &format!("baseline-{work}")], file)
}

fn against_dive(name: &str, title: &str, file: &Path, goal: f64) {
    println!("\n{title} ({})", file.display());
    let runs = 7;
    let ours = hadal(file);
    let headers = own("headers", file);
    let gate = command(&[HADAL, "ci"], file);
    let (mut us, mut walk, mut gated) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        us.push(measure(&ours, None));
        gated.push(measure(&gate, None));
        walk.push(measure(&headers, None));
    }
    row("hadal analyze --json", &us, None);
    row("hadal ci", &gated, None);
    row("reading its tar headers alone", &walk, Some((median_ratio(&us, &walk), "hadal takes", "goal ≤ 3×")));
    let list = command(&["tar", "-tf"], file);
    let listed: Vec<Outcome> = (0..3).map(|_| measure(&list, None)).collect();
    row("tar -tf (outer names only)", &listed, None);
    if !measure::installed("dive") {
        println!("  dive is not installed: left out");
        return;
    }
    let dive = command(&["dive", "--ci", "--source", "docker-archive"], file);
    let count = if name == "deletions" { 1 } else { 3 };
    let theirs: Vec<Outcome> = (0..count).map(|_| measure(&dive, Some(120.0))).collect();
    let goal = format!("goal ≥ {goal}×");
    row("dive --ci", &theirs, Some((median_ratio(&theirs, &gated), "dive takes", &goal)));
}

fn against_codec(title: &str, file: &Path) {
    println!("\n{title} ({})", file.display());
    let (ours, theirs) = (hadal(file), own("codec", file));
    let (mut us, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        us.push(measure(&ours, None));
        bare.push(measure(&theirs, None));
    }
    row("hadal analyze --json", &us, None);
    row("decompress and SHA-256", &bare, Some((median_ratio(&us, &bare), "hadal takes", "goal ≤ 1.4×")));
}

/// Looking into contents, beside reading and hashing them all.
fn contents() {
    let file = inputs::plain(0);
    println!("\ncontents of 1.5 GB plain ({})", file.display());
    let bare = own("contents", &file);
    for (title, flags, goal) in [
        ("hadal analyze --secrets", &["--secrets"][..], "goal ≤ 2×"),
        ("hadal analyze --duplicates", &["--duplicates"], "goal ≤ 2×"),
        ("hadal analyze --secrets --duplicates", &["--secrets", "--duplicates"], "goal ≤ 3×"),
    ] {
        let ours = [hadal(&file), flags.iter().map(|flag| (*flag).to_owned()).collect()].concat();
        let (mut us, mut them) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            us.push(measure(&ours, None));
            them.push(measure(&bare, None));
        }
        row(title, &us, None);
        let bytes = std::fs::metadata(&file).unwrap().len() as f64;
        println!("  {:<32} {:>7.0} MB/s", "", bytes / measure::median(&us) / 1e6);
        row("reading and SHA-256", &them, Some((median_ratio(&us, &them), "hadal takes", goal)));
    }
}

fn memory() {
    const ENTRIES: u64 = 1_000_000;
    for (title, file) in [
        ("1,000,000 entries in one plain layer", inputs::million(1)),
        ("1,000,000 entries in ten plain layers", inputs::million(10)),
        ("1,000,000 entries in one gzip layer", inputs::million_gzip()),
    ] {
        println!("\n{title} ({})", file.display());
        let us: Vec<Outcome> = (0..3).map(|_| measure(&hadal(&file), None)).collect();
        row("hadal analyze --json", &us, None);
        let peak = us.iter().map(|run| run.peak).max().unwrap_or(0);
        let each = peak.saturating_sub(20_000_000) as f64 / ENTRIES as f64;
        println!("  {each:.0} bytes per entry beyond 20 MB (goal ≤ 150)");
    }
}

fn row(title: &str, runs: &[Outcome], ratio: Option<(f64, &str, &str)>) {
    let cut = if runs.iter().any(|run| run.cut) { "≥" } else { "" };
    let seconds = format!("{cut}{:.3} s", measure::median(runs));
    let peak = format!("{:.1} MB", runs.iter().map(|run| run.peak).max().unwrap_or(0) as f64 / 1e6);
    let ratio = ratio.map(|(ratio, who, goal)| format!("{who} {cut}{ratio:.2}×  ({goal})"));
    println!("  {title:<32} {seconds:>10} {peak:>10}  {}", ratio.unwrap_or_default());
}
