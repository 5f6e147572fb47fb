//! The image config (OCI image-spec, config.md), read leniently.

use serde_json::Value;

use super::{Digest, Platform, json};

/// What an image says about itself and how it is to be run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    pub platform: Option<Platform>,
    /// RFC 3339; `None` when unknown, invalid or zero.
    pub created: Option<String>,
    pub author: Option<String>,
    pub entrypoint: Vec<String>,
    pub cmd: Vec<String>,
    pub user: Option<String>,
    pub working_dir: Option<String>,
    pub env: Vec<String>,
    pub exposed_ports: Vec<String>,
    pub volumes: Vec<String>,
    pub labels: Vec<(String, String)>,
    pub healthcheck: Vec<String>,
    pub stop_signal: Option<String>,
    /// SHA-256 of each uncompressed layer, base first.
    pub diff_ids: Vec<Option<Digest>>,
    /// The raw history, oldest first.
    pub history: Vec<HistoryEntry>,
}

/// One entry of the config's history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryEntry {
    pub created: Option<String>,
    pub created_by: Option<String>,
    pub comment: Option<String>,
    /// The step made no layer.
    pub empty_layer: bool,
}

impl Config {
    /// Reads a config document. Odd fields count as absent.
    pub fn from_json(value: &Value) -> Config {
        let run = json::get(value, "config").filter(|run| run.is_object()).unwrap_or(&Value::Null);
        let keys = |key| json::pairs(run, key).into_iter().map(|(key, _)| key).collect();
        let os = json::text(value, "os");
        let architecture = json::text(value, "architecture");
        let rootfs = json::get(value, "rootfs").unwrap_or(&Value::Null);
        let healthcheck = json::get(run, "Healthcheck").unwrap_or(&Value::Null);
        let diff_id = |value: &Value| value.as_str().and_then(Digest::parse);
        Config {
            platform: (os.is_some() || architecture.is_some()).then(|| {
                let (os, arch) = (os.unwrap_or_default(), architecture.unwrap_or_default());
                Platform::new(&os, &arch, json::text(value, "variant"))
            }),
            created: json::text(value, "created").and_then(time),
            author: json::text(value, "author"),
            entrypoint: json::texts(run, "Entrypoint"),
            cmd: json::texts(run, "Cmd"),
            user: json::text(run, "User"),
            working_dir: json::text(run, "WorkingDir"),
            env: json::texts(run, "Env"),
            exposed_ports: keys("ExposedPorts"),
            volumes: keys("Volumes"),
            labels: json::pairs(run, "Labels"),
            healthcheck: json::texts(healthcheck, "Test"),
            stop_signal: json::text(run, "StopSignal"),
            diff_ids: json::items(rootfs, "diff_ids").iter().map(diff_id).collect(),
            history: json::items(value, "history").iter().map(HistoryEntry::from_json).collect(),
        }
    }
}

impl HistoryEntry {
    fn from_json(value: &Value) -> HistoryEntry {
        HistoryEntry {
            created: json::text(value, "created").and_then(time),
            created_by: json::text(value, "created_by"),
            comment: json::text(value, "comment"),
            empty_layer: json::get(value, "empty_layer").and_then(Value::as_bool).unwrap_or(false),
        }
    }
}

/// `text` when it is an RFC 3339 time that means something: tools write year 1 or 1970 for "none".
pub fn time(text: String) -> Option<String> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| -> Option<u32> { text.get(range)?.parse().ok() };
    let punctuation = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    let shaped = bytes.len() >= 20
        && punctuation.iter().all(|(at, byte)| bytes[*at] == *byte)
        && matches!(bytes[10], b'T' | b't');
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    let (hour, minute, second) = (digits(11..13)?, digits(14..16)?, digits(17..19)?);
    let in_range = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60
        && zone(text.get(19..)?);
    let zero = year <= 1 || text.starts_with("1970-01-01T00:00:00");
    (shaped && in_range && !zero).then_some(text)
}

/// An optional fraction, then `Z` or an offset.
fn zone(rest: &str) -> bool {
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let end = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if end.len() == fraction.len() {
                return false;
            }
            end
        }
        None => rest,
    };
    let bytes = rest.as_bytes();
    rest.eq_ignore_ascii_case("z")
        || bytes.len() == 6
            && matches!(bytes[0], b'+' | b'-')
            && bytes[3] == b':'
            && [1, 2, 4, 5].iter().all(|at: &usize| bytes[*at].is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, good) in [
            ("2024-05-06T07:08:09Z", true),
            ("2024-05-06T07:08:09.123456789Z", true),
            ("2024-05-06T07:08:09+02:00", true),
            ("0001-01-01T00:00:00Z", false),
            ("1970-01-01T00:00:00Z", false),
            ("2024-13-06T07:08:09Z", false),
            ("2024-05-06 07:08:09Z", false),
            ("2024-05-06T07:08:09", false),
            ("2024-05-06T07:08:09.Z", false),
            ("yesterday", false),
            ("", false),
            ("２０２４-05-06T07:08:09Z", false),
        ] {
            assert_eq!(time(text.to_owned()).is_some(), good, "{text}");
        }
    }

    #[test]
    fn odd_configs_keep_what_is_sound() {
        let value = json::parse(
            br#"{"os": 5, "architecture": "aarch64", "created": null, "config": {"Env": [1, "A=b"],
                "Cmd": null, "ExposedPorts": {"80/tcp": {}}, "User": "app"},
                "rootfs": {"diff_ids": ["nonsense", 3]}, "history": [{"empty_layer": "yes"}, 7]}"#,
        );
        let config = Config::from_json(&value.unwrap());
        assert_eq!(config.platform, Some(Platform::new("", "arm64", None)));
        assert_eq!(config.env, ["A=b"]);
        assert_eq!(config.exposed_ports, ["80/tcp"]);
        assert_eq!(config.user.as_deref(), Some("app"));
        assert_eq!(config.diff_ids, [None, None]);
        assert_eq!(config.history.len(), 2);
        assert_eq!(Config::from_json(&Value::Null), Config::default());
    }
}
