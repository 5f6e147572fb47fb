//! What an engine's inspections say, as facts. Answers are read as loose JSON: what is absent or odd is nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::facts::{
    ConfigFacts, Facts, HostFacts, ImageFacts, MountFact, NetworkFact, Peer, Probe, Published, StateFacts,
};
use super::plain::plain;
use crate::container::{Health, State};
use crate::image::json::{get, items, number, pairs, text, texts};

static NULL: Value = Value::Null;

fn part<'v>(value: &'v Value, key: &str) -> &'v Value {
    get(value, key).unwrap_or(&NULL)
}

fn flag(value: &Value, key: &str) -> bool {
    get(value, key).and_then(Value::as_bool).unwrap_or_default()
}

fn words(value: &Value, key: &str) -> String {
    text(value, key).unwrap_or_default()
}

/// Go's zero time, and the beginning of Unix time, stand for none.
fn moment(value: &Value, key: &str) -> Option<Timestamp> {
    let time: Timestamp = text(value, key)?.parse().ok()?;
    (time > Timestamp::UNIX_EPOCH).then_some(time)
}

fn full_id(id: &str) -> String {
    if id.is_empty() || id.contains(':') { id.to_owned() } else { format!("sha256:{id}") }
}

/// The facts of a container's inspection.
pub fn container(answer: &Value) -> Facts {
    let (state, config, host) = (part(answer, "State"), part(answer, "Config"), part(answer, "HostConfig"));
    let mut argv: Vec<String> = text(answer, "Path").into_iter().collect();
    argv.extend(texts(answer, "Args"));
    let settings = config_facts(config);
    if argv.is_empty() {
        argv = settings.entrypoint.iter().chain(&settings.cmd).cloned().collect();
    }
    Facts {
        id: words(answer, "Id"),
        name: words(answer, "Name").trim_start_matches('/').to_owned(),
        image: words(config, "Image"),
        image_id: full_id(&words(answer, "Image")),
        state: state_facts(answer, state),
        config: ConfigFacts { argv, ..settings },
        host: host_facts(host),
        mounts: mounts(answer, host),
        networks: networks(answer),
        ..Facts::default()
    }
}

fn state_facts(answer: &Value, state: &Value) -> StateFacts {
    let health = part(state, "Health");
    let health = if health.is_null() { part(state, "Healthcheck") } else { health };
    let probe = |row: &Value| Probe {
        time: moment(row, "Start"),
        exit_code: get(row, "ExitCode").and_then(Value::as_i64).unwrap_or_default(),
        output: words(row, "Output")
            .lines()
            .map(|line| plain(line.as_bytes()))
            .collect::<Vec<_>>()
            .join("\n"),
    };
    StateFacts {
        status: State::parse(&words(state, "Status")),
        exit_code: get(state, "ExitCode").and_then(Value::as_i64).unwrap_or_default(),
        oom_killed: flag(state, "OOMKilled"),
        error: plain(words(state, "Error").as_bytes()),
        created: moment(answer, "Created"),
        started: moment(state, "StartedAt"),
        finished: moment(state, "FinishedAt"),
        restarts: number(answer, "RestartCount").unwrap_or_default(),
        health: Health::parse(&words(health, "Status")),
        failing_streak: number(health, "FailingStreak").unwrap_or_default(),
        probes: items(health, "Log").iter().map(probe).collect(),
    }
}

/// `KEY=value` as a pair; a name alone has no value.
fn variable(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (name.to_owned(), value.to_owned())
}

fn config_facts(config: &Value) -> ConfigFacts {
    ConfigFacts {
        argv: Vec::new(),
        entrypoint: texts(config, "Entrypoint"),
        cmd: texts(config, "Cmd"),
        workdir: words(config, "WorkingDir"),
        user: words(config, "User"),
        env: texts(config, "Env").iter().map(|text| variable(text)).collect(),
        stop_signal: text(config, "StopSignal")
            .or_else(|| number(config, "StopSignal").map(|signal| signal.to_string())),
        stop_timeout: number(config, "StopTimeout"),
        healthcheck: texts(part(config, "Healthcheck"), "Test"),
        tty: flag(config, "Tty"),
        open_stdin: flag(config, "OpenStdin"),
        exposed: pairs(config, "ExposedPorts").into_iter().map(|(port, _)| port).collect(),
        labels: pairs(config, "Labels").into_iter().collect(),
    }
}

fn host_facts(host: &Value) -> HostFacts {
    let positive = |key: &str| {
        get(host, key).and_then(Value::as_i64).filter(|number| *number > 0).map(|number| number as u64)
    };
    let capability = |name: String| name.trim_start_matches("CAP_").to_ascii_uppercase();
    let ulimit = |row: &Value| {
        let name = words(row, "Name").trim_start_matches("RLIMIT_").to_ascii_lowercase();
        (name, get(row, "Soft").and_then(Value::as_i64).unwrap_or_default())
    };
    let policy = part(host, "RestartPolicy");
    HostFacts {
        memory: positive("Memory"),
        pids: positive("PidsLimit"),
        ulimits: items(host, "Ulimits").iter().map(ulimit).collect(),
        shm_bytes: positive("ShmSize"),
        readonly_rootfs: flag(host, "ReadonlyRootfs"),
        privileged: flag(host, "Privileged"),
        cap_add: texts(host, "CapAdd").into_iter().map(capability).collect(),
        cap_drop: texts(host, "CapDrop").into_iter().map(capability).collect(),
        security: texts(host, "SecurityOpt"),
        init: flag(host, "Init"),
        restart_policy: text(policy, "Name").unwrap_or_else(|| "no".to_owned()),
        restart_limit: number(policy, "MaximumRetryCount").unwrap_or_default(),
        log_driver: words(part(host, "LogConfig"), "Type"),
        network_mode: words(host, "NetworkMode"),
        ipc_mode: words(host, "IpcMode"),
        tmpfs: pairs(host, "Tmpfs"),
        published: published(part(host, "PortBindings")),
        devices: items(host, "Devices").iter().map(|device| words(device, "PathOnHost")).collect(),
        device_requests: !items(host, "DeviceRequests").is_empty(),
    }
}

fn published(bindings: &Value) -> Vec<Published> {
    let ports = bindings.as_object().into_iter().flatten();
    ports
        .flat_map(|(port, rows)| {
            rows.as_array().into_iter().flatten().map(|row| Published {
                host_port: words(row, "HostPort").parse().unwrap_or_default(),
                address: words(row, "HostIp"),
                container_port: port.clone(),
            })
        })
        .collect()
}

fn mounts(answer: &Value, host: &Value) -> Vec<MountFact> {
    // Options of volumes and of `--mount` stand elsewhere.
    let binds: BTreeMap<String, String> = texts(host, "Binds")
        .into_iter()
        .filter_map(|bind| {
            let mut parts = bind.rsplitn(2, ':');
            let (options, rest) = (parts.next()?.to_owned(), parts.next()?.to_owned());
            let destination =
                rest.rsplit_once(':').map_or(rest.as_str(), |(_, destination)| destination).to_owned();
            (!options.starts_with('/')).then_some((destination, options))
        })
        .collect();
    let mount = |(index, row): (usize, &Value)| {
        let destination = words(row, "Destination");
        let own = texts(row, "Options").join(",");
        let mut options = vec![words(row, "Mode"), own];
        options.extend(binds.get(&destination).cloned());
        options.retain(|option| !option.is_empty());
        options.dedup();
        MountFact {
            kind: words(row, "Type"),
            name: words(row, "Name"),
            source: words(row, "Source"),
            writable: flag(row, "RW"),
            options: options.join(","),
            index,
            source_exists: None,
            destination,
        }
    };
    items(answer, "Mounts").iter().enumerate().map(mount).collect()
}

fn networks(answer: &Value) -> Vec<NetworkFact> {
    let networks = part(part(answer, "NetworkSettings"), "Networks").as_object();
    let network = |(name, row): (&String, &Value)| {
        let mut aliases = texts(row, "Aliases");
        aliases.extend(texts(row, "DNSNames"));
        NetworkFact { name: name.clone(), aliases }
    };
    networks.into_iter().flatten().map(network).collect()
}

/// Another container, from its own inspection.
pub fn peer(answer: &Value) -> Peer {
    let facts = container(answer);
    let ended = !facts.state.status.is_alive() && facts.state.started.is_some();
    let live = published(part(part(answer, "NetworkSettings"), "Ports"));
    let ports = facts
        .config
        .exposed
        .iter()
        .map(String::as_str)
        .chain(facts.host.published.iter().map(|port| port.container_port.as_str()));
    Peer {
        state: facts.state.status.clone(),
        exit_code: ended.then_some(facts.state.exit_code),
        started: facts.state.started,
        finished: facts.state.finished,
        published: live.iter().map(|port| port.host_port).filter(|port| *port > 0).collect(),
        ports: ports.filter_map(|port| port.split('/').next()?.parse().ok()).collect(),
        service: facts.config.labels.get("com.docker.compose.service").cloned(),
        networks: facts.networks,
        id: facts.id,
        name: facts.name,
    }
}

/// What an image's inspection says; its steps are known elsewhere.
pub fn image(answer: &Value) -> ImageFacts {
    let config = config_facts(part(answer, "Config"));
    ImageFacts {
        architecture: words(answer, "Architecture"),
        os: words(answer, "Os"),
        env: config.env,
        entrypoint: config.entrypoint,
        cmd: config.cmd,
        steps: Vec::new(),
        bytes: number(answer, "Size").unwrap_or_default(),
    }
}
