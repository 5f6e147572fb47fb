//! One command as a process: seconds from start to end, and the most memory it held.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub struct Outcome {
    pub seconds: f64,
    /// Largest resident set, in bytes.
    pub peak: u64,
    /// Stopped at the time limit.
    pub cut: bool,
}

pub fn installed(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

pub fn measure(words: &[String], limit: Option<f64>) -> Outcome {
    let start = Instant::now();
    let mut child = Command::new(&words[0])
        .args(&words[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {}: {error}", words[0]));
    let status = format!("/proc/{}/status", child.id());
    let (mut peak, mut cut) = (0, false);
    loop {
        // The kernel keeps the high-water mark; the last look before the end is what counts.
        peak = peak.max(high_water(&status));
        match child.try_wait() {
            Ok(Some(_)) => break,
            Ok(None) => {}
            Err(error) => panic!("cannot wait for {}: {error}", words[0]),
        }
        if limit.is_some_and(|limit| start.elapsed().as_secs_f64() > limit) {
            let _ = child.kill();
            let _ = child.wait();
            cut = true;
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Outcome { seconds: start.elapsed().as_secs_f64(), peak, cut }
}

fn high_water(status: &str) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

pub fn median(runs: &[Outcome]) -> f64 {
    middle(runs.iter().map(|run| run.seconds).collect())
}

/// The median of the ratios, run by run where both were run equally often.
pub fn median_ratio(a: &[Outcome], b: &[Outcome]) -> f64 {
    if a.len() != b.len() {
        return median(a) / median(b);
    }
    middle(a.iter().zip(b).map(|(a, b)| a.seconds / b.seconds).collect())
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
