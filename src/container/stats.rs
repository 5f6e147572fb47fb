//! What a container uses: engines count since its start, people want to know per second.
//!
//! A sample is what an engine says at one moment; two of them make a [`Usage`]. Bodies differ by engine and by cgroup
//! version, and any part of them may be missing: what is not told is `None`, never nought.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

/// What engines count, at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// By the engine's clock. `None` when the container does not run.
    pub time: Option<Timestamp>,
    /// Nanoseconds that all cores worked for it since its start.
    pub cpu: Option<u64>,
    /// Cores of the machine.
    pub cores: Option<u32>,
    /// Bytes without what the kernel would give back at once (file caches), where the engine tells these apart.
    pub memory: Option<u64>,
    /// Bytes of memory that it may use. Engines tell the machine's memory when there is no limit.
    pub memory_limit: Option<u64>,
    /// Bytes over all interfaces since its start.
    pub received: Option<u64>,
    pub sent: Option<u64>,
    /// Bytes from and to block devices since its start.
    pub read: Option<u64>,
    pub written: Option<u64>,
    /// Processes and threads.
    pub processes: Option<u64>,
}

/// What its configuration allows a container, from its inspection.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Allowance {
    /// Cores, as of `--cpus` or a quota.
    pub cores: Option<f64>,
    /// Bytes of memory.
    pub memory: Option<u64>,
}

/// What a container uses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    pub time: Option<Timestamp>,
    /// Cores that worked for it on average: 1.0 is one core, all of the time.
    pub cores: Option<f64>,
    /// Cores it may use: of its quota, else all of the machine.
    pub cores_allowed: Option<f64>,
    /// Bytes of memory, and its limit where it has one.
    pub memory: Option<u64>,
    pub memory_limit: Option<u64>,
    /// Bytes per second.
    pub received: Option<f64>,
    pub sent: Option<f64>,
    pub read: Option<f64>,
    pub written: Option<f64>,
    /// Bytes since its start.
    pub received_total: Option<u64>,
    pub sent_total: Option<u64>,
    pub read_total: Option<u64>,
    pub written_total: Option<u64>,
    pub processes: Option<u64>,
}

impl Usage {
    /// From one sample to the next. Without an earlier one there is nothing per second.
    pub fn between(before: Option<&Sample>, now: &Sample, allowance: &Allowance) -> Usage {
        let seconds = before.and_then(|before| {
            let passed = now.time?.duration_since(before.time?).as_secs_f64();
            (passed > 0.0).then_some(passed)
        });
        let rate = |count: fn(&Sample) -> Option<u64>| {
            // A counter that went back belongs to another run.
            let passed = count(now)?.checked_sub(count(before?)?)?;
            Some(passed as f64 / seconds?)
        };
        let machine = now.cores.map(f64::from);
        Usage {
            time: now.time,
            cores: rate(|sample| sample.cpu).map(|nanoseconds| nanoseconds / 1e9),
            cores_allowed: match (allowance.cores, machine) {
                (Some(own), Some(machine)) => Some(own.min(machine)),
                (own, machine) => own.or(machine),
            },
            memory: now.memory,
            memory_limit: allowance.memory.map(|own| now.memory_limit.map_or(own, |told| told.min(own))),
            received: rate(|sample| sample.received),
            sent: rate(|sample| sample.sent),
            read: rate(|sample| sample.read),
            written: rate(|sample| sample.written),
            received_total: now.received,
            sent_total: now.sent,
            read_total: now.read,
            written_total: now.written,
            processes: now.processes,
        }
    }

    /// Percent of one core, as `docker stats` tells it: 200 for two.
    pub fn cpu_percent(&self) -> Option<f64> {
        Some(self.cores? * 100.0)
    }

    /// Share of the cores it may use, 0 to 1.
    pub fn cpu_share(&self) -> Option<f64> {
        share(self.cores?, self.cores_allowed?)
    }

    /// Share of its memory limit, 0 to 1.
    pub fn memory_share(&self) -> Option<f64> {
        share(self.memory? as f64, self.memory_limit? as f64)
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| (part / whole).clamp(0.0, 1.0))
}

impl Allowance {
    /// From what an inspection says under `HostConfig`: billionths of cores, or a quota of each period.
    pub fn new(nano_cpus: i64, quota: i64, period: i64, memory: i64) -> Allowance {
        // The kernel's own period, in microseconds.
        let period = if period > 0 { period } else { 100_000 };
        let cores = match (nano_cpus, quota) {
            (1.., _) => Some(nano_cpus as f64 / 1e9),
            (_, 1..) => Some(quota as f64 / period as f64),
            _ => None,
        };
        Allowance { cores, memory: u64::try_from(memory).ok().filter(|memory| *memory > 0) }
    }
}

/// A body as engines send it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    read: String,
    preread: String,
    cpu_stats: Cpu,
    precpu_stats: Cpu,
    memory_stats: Memory,
    networks: Option<BTreeMap<String, Network>>,
    blkio_stats: Block,
    pids_stats: Processes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cpu {
    cpu_usage: CpuUsage,
    online_cpus: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CpuUsage {
    total_usage: Option<u64>,
    percpu_usage: Option<Vec<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Memory {
    usage: Option<u64>,
    limit: Option<u64>,
    stats: Option<MemoryParts>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MemoryParts {
    /// cgroup v1, with all below it.
    total_inactive_file: Option<u64>,
    /// cgroup v2; on v1 without what is below.
    inactive_file: Option<u64>,
    cache: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Network {
    rx_bytes: u64,
    tx_bytes: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Block {
    io_service_bytes_recursive: Option<Vec<Counter>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Counter {
    op: String,
    value: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Processes {
    current: Option<u64>,
}

/// Engines say the year 1 when they mean never.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().filter(|time: &Timestamp| time.as_second() > 0)
}

impl Sample {
    /// Understands one body; with it comes the sample before, as far as the engine tells it.
    pub fn parse(body: &[u8]) -> Result<(Sample, Option<Sample>), serde_json::Error> {
        let body: Body = serde_json::from_slice(body)?;
        let before = moment(&body.preread).and_then(|time| {
            let cpu = body.precpu_stats.cpu_usage.total_usage?;
            Some(Sample { time: Some(time), cpu: Some(cpu), ..Sample::default() })
        });
        Ok((body.sample(), before))
    }

    /// Whether the container runs; of one that does not there is nothing to tell.
    pub fn is_alive(&self) -> bool {
        self.time.is_some() && self.cpu.is_some()
    }
}

impl Body {
    fn sample(&self) -> Sample {
        let usage = &self.cpu_stats.cpu_usage;
        let per_core = usage.percpu_usage.as_ref().map(|cores| cores.len() as u32);
        let traffic = |count: fn(&Network) -> u64| {
            Some(self.networks.as_ref()?.values().map(count).fold(0, u64::saturating_add))
        };
        let disk = |op: &str| {
            let counters = self.blkio_stats.io_service_bytes_recursive.as_ref()?;
            let own = counters.iter().filter(|counter| counter.op.eq_ignore_ascii_case(op));
            Some(own.map(|counter| counter.value).fold(0, u64::saturating_add))
        };
        Sample {
            time: moment(&self.read),
            cpu: usage.total_usage,
            cores: self
                .cpu_stats
                .online_cpus
                .filter(|cores| *cores > 0)
                .or(per_core)
                .filter(|cores| *cores > 0),
            memory: self.memory_stats.used(),
            memory_limit: self.memory_stats.limit.filter(|limit| *limit > 0),
            received: traffic(|network| network.rx_bytes),
            sent: traffic(|network| network.tx_bytes),
            read: disk("read"),
            written: disk("write"),
            processes: self.pids_stats.current,
        }
    }
}

impl Memory {
    /// As `docker stats` counts it: without the file caches that were not touched for long. Older kernels do not
    /// tell these apart from other caches.
    fn used(&self) -> Option<u64> {
        let usage = self.usage?;
        let parts = self.stats.as_ref();
        let cache = parts.and_then(|parts| parts.total_inactive_file.or(parts.inactive_file).or(parts.cache));
        Some(usage.checked_sub(cache.unwrap_or(0)).unwrap_or(usage))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(body: &str) -> Sample {
        Sample::parse(body.as_bytes()).unwrap().0
    }

    /// Memory, limit, received, sent, read, written, processes, cores.
    type Told = [Option<u64>; 8];

    #[test]
    fn bodies_of_every_engine_are_understood() {
        let none: Told = [None; 8];
        let cases: [(&str, Told); 9] = [
            // cgroup v1, Docker: caches of what lies below count too.
            (
                r#"{"memory_stats":{"usage":1000,"limit":5000,"stats":{"total_inactive_file":300,"inactive_file":100,
                    "cache":900}}}"#,
                [Some(700), Some(5000), None, None, None, None, None, None],
            ),
            // cgroup v2.
            (
                r#"{"memory_stats":{"usage":1000,"stats":{"inactive_file":400,"anon":1}}}"#,
                [Some(600), None, None, None, None, None, None, None],
            ),
            // Old kernels; and a cache larger than all is no cache of this container alone.
            (r#"{"memory_stats":{"usage":1000,"stats":{"cache":250}}}"#, {
                let mut told = none;
                told[0] = Some(750);
                told
            }),
            (r#"{"memory_stats":{"usage":1000,"stats":{"inactive_file":2000}}}"#, {
                let mut told = none;
                told[0] = Some(1000);
                told
            }),
            // Podman tells no parts.
            (r#"{"memory_stats":{"usage":348160,"limit":67108864},"Id":"04d2"}"#, {
                let mut told = none;
                (told[0], told[1]) = (Some(348_160), Some(67_108_864));
                told
            }),
            (
                r#"{"networks":{"eth0":{"rx_bytes":1,"tx_bytes":2},"eth1":{"rx_bytes":10,"tx_bytes":20}}}"#,
                [None, None, Some(11), Some(22), None, None, None, None],
            ),
            // v1 names operations in capitals, v2 in small letters; what is null is not told, what is empty is nought.
            (
                r#"{"blkio_stats":{"io_service_bytes_recursive":[{"op":"Read","value":5},{"op":"Write","value":6},
                    {"op":"Total","value":11},{"op":"read","value":1}]},"pids_stats":{"current":3}}"#,
                [None, None, None, None, Some(6), Some(6), Some(3), None],
            ),
            (
                r#"{"blkio_stats":{"io_service_bytes_recursive":null},"cpu_stats":{"online_cpus":0,
                    "cpu_usage":{"percpu_usage":[1,2,3]}},"networks":null}"#,
                [None, None, None, None, None, None, None, Some(3)],
            ),
            (r#"{"blkio_stats":{"io_service_bytes_recursive":[]},"memory_stats":{}}"#, {
                let mut told = none;
                (told[4], told[5]) = (Some(0), Some(0));
                told
            }),
        ];
        for (body, expected) in cases {
            let found = sample(body);
            let told = [
                found.memory,
                found.memory_limit,
                found.received,
                found.sent,
                found.read,
                found.written,
                found.processes,
                found.cores.map(u64::from),
            ];
            assert_eq!(told, expected, "{body}");
        }
        assert!(Sample::parse(b"{").is_err());
    }

    /// Recorded from Docker 20.10 with `--cpus 0.1 --memory 64m`.
    const BUSY: &str = r#"{"read":"2026-11-21T10:50:41.46508549Z","preread":"2026-11-21T10:50:40.46137537Z",
        "cpu_stats":{"cpu_usage":{"total_usage":91251413017},"system_cpu_usage":47537810000000,"online_cpus":2},
        "precpu_stats":{"cpu_usage":{"total_usage":91148272470},"system_cpu_usage":47535770000000,"online_cpus":2},
        "memory_stats":{"usage":327680,"stats":{"total_inactive_file":0},"limit":67108864}}"#;

    #[test]
    fn a_tenth_of_a_core_is_a_tenth() {
        let (now, before) = Sample::parse(BUSY.as_bytes()).unwrap();
        let allowance = Allowance::new(100_000_000, 0, 0, 67_108_864);
        let usage = Usage::between(before.as_ref(), &now, &allowance);
        assert!((usage.cpu_percent().unwrap() - 10.28).abs() < 0.01, "{usage:?}");
        assert!((usage.cpu_share().unwrap() - 1.0).abs() < 0.01);
        assert_eq!((usage.memory, usage.memory_limit), (Some(327_680), Some(67_108_864)));
        assert_eq!(Usage::between(None, &now, &allowance).cores, None);
    }

    #[test]
    fn what_is_allowed_is_what_was_configured() {
        for (nano, quota, period, memory, cores, bytes) in [
            (0, 0, 0, 0, None, None),
            (1_500_000_000, 0, 0, 64, Some(1.5), Some(64)),
            (0, 50_000, 0, 0, Some(0.5), None),
            (0, 50_000, 25_000, 0, Some(2.0), None),
            (0, -1, 100_000, -1, None, None),
        ] {
            assert_eq!(Allowance::new(nano, quota, period, memory), Allowance { cores, memory: bytes });
        }
        // Without a limit of its own, engines tell the machine's memory: that is no limit.
        let now =
            Sample { memory: Some(5), memory_limit: Some(1 << 34), cores: Some(4), ..Sample::default() };
        let usage = Usage::between(None, &now, &Allowance::default());
        assert_eq!((usage.memory_limit, usage.memory_share(), usage.cores_allowed), (None, None, Some(4.0)));
    }

    #[test]
    fn counters_that_go_back_and_clocks_that_stand_say_nothing() {
        let at = |second, cpu, received| Sample {
            time: Timestamp::from_second(second).ok(),
            cpu: Some(cpu),
            received: Some(received),
            ..Sample::default()
        };
        let usage = |before: &Sample, now: &Sample| Usage::between(Some(before), now, &Allowance::default());
        let good = usage(&at(10, 0, 100), &at(15, 10_000_000_000, 1100));
        assert_eq!((good.cores, good.received, good.received_total), (Some(2.0), Some(200.0), Some(1100)));
        let again = usage(&at(10, 5_000, 100), &at(11, 1_000, 300));
        assert_eq!((again.cores, again.received), (None, Some(200.0)));
        for same in [usage(&at(10, 0, 0), &at(10, 5, 5)), usage(&at(10, 0, 0), &at(9, 5, 5))] {
            assert_eq!((same.cores, same.received), (None, None));
        }
    }

    #[test]
    fn what_does_not_run_is_not_alive() {
        assert!(!sample(r#"{"read":"0001-01-01T00:00:00Z","memory_stats":{},"cpu_stats":{"cpu_usage":{"total_usage":0}}}"#).is_alive());
        assert!(sample(BUSY).is_alive());
    }
}
