//! Opening an engine's image beside `docker save IMAGE > /dev/null` of the same image, in one run:
//! `cargo bench --bench engine -- IMAGE…`, on the engine of `DOCKER_HOST`.
//!
//! Rounds alternate, since engines, disks and caches drift; what counts is the median of the ratios, round by round.

// A benchmark that cannot run has nothing better to do than to stop.
#![allow(clippy::unwrap_used, clippy::panic, dead_code, unreachable_pub)]

#[path = "../compare/measure.rs"]
mod measure;

use std::process::Command;

use measure::{Outcome, installed, measure, median, median_ratio};

const HADAL: &str = env!("CARGO_BIN_EXE_hadal");
const ROUNDS: usize = 7;
/// Share of the bare export's throughput that opening must reach.
const GOAL: f64 = 0.95;

fn main() {
    let images: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let program = std::env::var("HADAL_BENCH_CLI").unwrap_or_else(|_| "docker".to_owned());
    if images.is_empty() || !installed(&program) {
        println!("name images of the engine at DOCKER_HOST; {program} must be installed");
        return;
    }
    for image in &images {
        let save = words(&[&program, "save", image]);
        let open = words(&[HADAL, "analyze", "--json", &format!("docker:{image}")]);
        let bytes = length(&save);
        // The first export of an image warms caches that the second one finds warm.
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                ours.push(measure(&open, None));
                theirs.push(measure(&save, None));
            } else {
                theirs.push(measure(&save, None));
                ours.push(measure(&open, None));
            }
        }
        println!("{image}, an archive of {:.0} MB, {ROUNDS} rounds", bytes as f64 / 1e6);
        row("hadal analyze --json", &ours, bytes);
        row(&format!("{program} save > /dev/null"), &theirs, bytes);
        let ratio = median_ratio(&theirs, &ours);
        let verdict = if ratio >= GOAL { "reached" } else { "MISSED" };
        println!("  throughput {ratio:.2} of the bare export (goal ≥ {GOAL}: {verdict})\n");
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Bytes of the archive. Both commands must work, or their times mean nothing.
fn length(save: &[String]) -> usize {
    let output = Command::new(&save[0]).args(&save[1..]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout.len()
}

fn row(title: &str, runs: &[Outcome], bytes: usize) {
    let seconds = median(runs);
    let peak = runs.iter().map(|run| run.peak).max().unwrap_or(0) as f64 / 1e6;
    println!("  {title:<28} {seconds:>7.3} s  {:>6.0} MB/s  {peak:>6.1} MB", bytes as f64 / 1e6 / seconds);
}
