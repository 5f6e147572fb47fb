//! Containers of an engine: all of them as a list tells them, and one in full.
//!
//! Answers are read as loose JSON: an engine's own words for a state must not lose the list.

use serde_json::Value;

use super::answer::{bytes, flag, full_id, moment, words};
use super::wire::escape;
use super::{Engine, EngineError, folders};
use crate::container::{Container, Health, Mount, Port, State};
use crate::image::json;
use jiff::Timestamp;

impl Engine {
    /// All containers, by one request. With `bytes` the engine adds up their writable layers, which may take it long.
    pub async fn containers(&self, bytes: bool) -> Result<Vec<Container>, EngineError> {
        let size = if bytes { "&size=1" } else { "" };
        let answer: Value = self.wire.json(&format!("/containers/json?all=1{size}")).await?;
        let rows = answer.as_array().into_iter().flatten();
        Ok(rows.map(|row| row_container(row, bytes)).filter(|container| !container.id.is_empty()).collect())
    }

    /// One container with all that is known of it. `id` may be a name.
    pub async fn container(&self, id: &str) -> Result<Container, EngineError> {
        Ok(inspected_container(&self.inspect_container(id).await?))
    }

    /// All that the engine says about a container. `id` may be a name.
    pub async fn inspect_container(&self, id: &str) -> Result<Value, EngineError> {
        self.wire.json(&format!("/containers/{}/json", escape(id))).await
    }
}

fn row_container(row: &Value, asked_bytes: bool) -> Container {
    let state = State::parse(&words(row, "State"));
    let (code, health) = status(&words(row, "Status"));
    let own_health = json::get(row, "Health").map(|health| words(health, "Status"));
    let created = json::get(row, "Created").and_then(Value::as_i64).filter(|seconds| *seconds > 0);
    Container {
        id: words(row, "Id"),
        name: name(&json::texts(row, "Names")),
        image: words(row, "Image"),
        image_id: full_id(&words(row, "ImageID")),
        command: words(row, "Command"),
        health: own_health.map_or(health, |health| Health::parse(&health)),
        exit_code: code.filter(|_| ended(&state)),
        created: created.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        ports: json::items(row, "Ports").iter().filter_map(listed_port).collect(),
        labels: json::pairs(row, "Labels").into_iter().collect(),
        networks: networks(row),
        mounts: mounts(row),
        // An engine that was asked leaves out what is nothing.
        writable_bytes: asked_bytes.then(|| bytes(row, "SizeRw")),
        below_bytes: below_bytes(row),
        state,
        ..Container::default()
    }
}

fn inspected_container(answer: &Value) -> Container {
    let null = Value::Null;
    let part = |key| json::get(answer, key).unwrap_or(&null);
    let (status, config, host) = (part("State"), part("Config"), part("HostConfig"));
    let health = json::get(status, "Health").map(|health| words(health, "Status"));
    let state = State::parse(&words(status, "Status"));
    let started_at = moment(status, "StartedAt");
    let code = json::get(status, "ExitCode").and_then(Value::as_i64);
    Container {
        id: words(answer, "Id"),
        name: name(&[words(answer, "Name")]),
        image: words(config, "Image"),
        image_id: full_id(&words(answer, "Image")),
        command: command(answer, config),
        health: health.and_then(|health| Health::parse(&health)),
        exit_code: code.filter(|_| ended(&state) && started_at.is_some()),
        oom_killed: flag(status, "OOMKilled"),
        error: words(status, "Error"),
        created: moment(answer, "Created"),
        started_at,
        finished_at: moment(status, "FinishedAt"),
        restarts: bytes(answer, "RestartCount"),
        restart_policy: restart_policy(json::get(host, "RestartPolicy").unwrap_or(&null)),
        ports: ports(part("NetworkSettings"), host, config),
        labels: json::pairs(config, "Labels").into_iter().collect(),
        networks: networks(answer),
        mounts: mounts(answer),
        tty: flag(config, "Tty"),
        memory_limit: json::number(host, "Memory").filter(|limit| *limit > 0),
        writable_bytes: json::number(answer, "SizeRw"),
        below_bytes: below_bytes(answer),
        folders: folders::of_container(answer),
        inspected: true,
        state,
    }
}

/// Bytes of all that it stands on, where the engine was asked for sizes.
pub(super) fn below_bytes(answer: &Value) -> Option<u64> {
    Some(json::number(answer, "SizeRootFs")?.saturating_sub(bytes(answer, "SizeRw")))
}

/// Whether a state follows upon the end of a process.
fn ended(state: &State) -> bool {
    !state.is_alive() && *state != State::Created
}

/// What the words for people tell that lists have no field for: `Exited (137) 3 hours ago`, `Up 2 hours (healthy)`.
fn status(text: &str) -> (Option<i64>, Option<Health>) {
    let Some(inside) =
        text.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside)
    else {
        return (None, None);
    };
    (inside.parse().ok(), Health::parse(inside.strip_prefix("health: ").unwrap_or(inside)))
}

/// The name without its slash. Names with a second one are what linked containers call it.
fn name(names: &[String]) -> String {
    let mut names = names.iter().map(|name| name.strip_prefix('/').unwrap_or(name));
    let first = names.clone().next().unwrap_or_default();
    names.find(|name| !name.contains('/')).unwrap_or(first).to_owned()
}

/// As lists write it. Path and arguments are what remains when the configuration names no command.
fn command(answer: &Value, config: &Value) -> String {
    let mut words = json::texts(config, "Entrypoint");
    words.extend(json::texts(config, "Cmd"));
    if words.is_empty() {
        words.extend(json::text(answer, "Path"));
        words.extend(json::texts(answer, "Args"));
    }
    let quoted = words.into_iter().map(|word| if word.contains(' ') { format!("'{word}'") } else { word });
    quoted.collect::<Vec<_>>().join(" ")
}

/// `no` is also what engines mean by an empty name.
fn restart_policy(policy: &Value) -> String {
    let name = json::text(policy, "Name").unwrap_or_else(|| "no".to_owned());
    match bytes(policy, "MaximumRetryCount") {
        0 => name,
        retries => format!("{name}:{retries}"),
    }
}

fn listed_port(row: &Value) -> Option<Port> {
    let number = |key| json::number(row, key).and_then(|port| u16::try_from(port).ok());
    Some(Port {
        private: number("PrivatePort")?,
        public: number("PublicPort").filter(|port| *port > 0),
        address: words(row, "IP"),
        protocol: words(row, "Type"),
    })
}

/// What is published now; else, as for containers that do not run, what is to be; and what is only exposed.
fn ports(network: &Value, host: &Value, config: &Value) -> Vec<Port> {
    let mut ports = Vec::new();
    let live =
        json::get(network, "Ports").filter(|ports| ports.as_object().is_some_and(|map| !map.is_empty()));
    let map = live.or_else(|| json::get(host, "PortBindings"));
    let exposed = json::get(config, "ExposedPorts");
    for (key, bindings) in [map, exposed].into_iter().flatten().filter_map(Value::as_object).flatten() {
        let (private, protocol) = key.split_once('/').unwrap_or((key, "tcp"));
        let Ok(private) = private.parse() else { continue };
        let bindings = bindings.as_array().map_or(&[][..], Vec::as_slice);
        let known = ports.iter().any(|port: &Port| port.private == private && port.protocol == protocol);
        if bindings.is_empty() && !known {
            ports.push(Port { private, public: None, address: String::new(), protocol: protocol.to_owned() });
        }
        ports.extend(bindings.iter().map(|binding| Port {
            private,
            public: words(binding, "HostPort").parse().ok().filter(|port| *port > 0),
            address: words(binding, "HostIp"),
            protocol: protocol.to_owned(),
        }));
    }
    ports.sort();
    ports
}

fn networks(answer: &Value) -> Vec<String> {
    let networks = json::get(answer, "NetworkSettings").and_then(|settings| json::get(settings, "Networks"));
    let mut names: Vec<String> =
        networks.and_then(Value::as_object).into_iter().flat_map(|map| map.keys().cloned()).collect();
    names.sort();
    names
}

fn mounts(answer: &Value) -> Vec<Mount> {
    let mount = |row: &Value| Mount {
        kind: words(row, "Type"),
        name: words(row, "Name"),
        source: words(row, "Source"),
        destination: words(row, "Destination"),
        writable: flag(row, "RW"),
    };
    let mut mounts: Vec<Mount> = json::items(answer, "Mounts").iter().map(mount).collect();
    mounts.sort_by(|a, b| a.destination.cmp(&b.destination));
    mounts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_people_tell_codes_and_health() {
        for (text, code, health) in [
            ("Exited (137) 3 hours ago", Some(137), None),
            ("Exited (-1) 3 weeks ago", Some(-1), None),
            ("Restarting (7) 31 seconds ago", Some(7), None),
            ("Up 2 hours (healthy)", None, Some(Health::Healthy)),
            ("Up 2 hours (unhealthy)", None, Some(Health::Unhealthy)),
            ("Up 1 second (health: starting)", None, Some(Health::Starting)),
            ("Up 2 hours (Paused)", None, None),
            ("Up 2 hours", None, None),
            ("Created", None, None),
            (")(", None, None),
            ("", None, None),
        ] {
            assert_eq!(status(text), (code, health), "{text}");
        }
    }

    #[test]
    fn a_field_of_its_own_tells_health_better_than_words() {
        let row = r#"{"State":"running","Status":"Up (healthy)","Health":{"Status":"starting"}}"#;
        let container = row_container(&serde_json::from_str(row).unwrap(), false);
        assert_eq!(container.health, Some(Health::Starting));
    }

    #[test]
    fn ports_are_those_that_are_published_or_will_be() {
        let answer = |live: &str| -> Value {
            let bound =
                r#"{"80/tcp":[{"HostIp":"","HostPort":"8080"}],"90/tcp":[{"HostPort":""}],"odd":[{}]}"#;
            let text = format!(
                r#"{{"NetworkSettings":{{"Ports":{live}}},"HostConfig":{{"PortBindings":{bound}}},
                    "Config":{{"ExposedPorts":{{"80/tcp":{{}},"53/udp":{{}}}}}}}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        let listed = |live: &str| Port::list(&inspected_container(&answer(live)).ports);
        assert_eq!(listed("{}"), "53/udp, 8080→80, 90");
        assert_eq!(listed("null"), "53/udp, 8080→80, 90");
        let live = r#"{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"18080"}],"53/udp":null}"#;
        assert_eq!(listed(live), "53/udp, 127.0.0.1:18080→80");
    }
}
