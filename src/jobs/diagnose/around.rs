//! What surrounds a container: the engine, its machine, its other containers, what it remembers. Asked for once.

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;

use super::DiagnoseRequest;
use crate::container::Container;
use crate::diagnosis::facts::{EngineFacts, NetworkFact, Peer, Unavailable};
use crate::diagnosis::{Source, inspect};
use crate::engine::{Engine, Machine};
use crate::world::{Event, Kind};

/// Other containers that are looked at: the newest. Of more, what lists tell has to do.
const MOST_PEERS: usize = 60;
const AT_ONCE: usize = 8;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    pub engine: EngineFacts,
    pub peers: Vec<Peer>,
    pub events: Vec<Event>,
    pub events_since: Option<Timestamp>,
    pub now: Option<Timestamp>,
    pub unavailable: Vec<Unavailable>,
}

impl Around {
    pub(super) async fn of(engine: &Engine, rows: &[Container], request: &DiagnoseRequest) -> Around {
        let machine = engine.machine().await;
        let mut around = Around::default();
        let mut missing = |source, what: &str, error: String| {
            around.unavailable.push(Unavailable { source, why: format!("{what}: {error}") });
        };
        let machine = machine.unwrap_or_else(|error| {
            missing(Source::Engine, "the engine says nothing of its machine", error.to_string());
            Machine::default()
        });
        let now = machine.time.unwrap_or_else(Timestamp::now);
        let mut newest: Vec<&Container> = rows.iter().collect();
        newest.sort_by_key(|row| std::cmp::Reverse(row.created));
        let rest: Vec<Peer> = newest.iter().skip(MOST_PEERS).map(|row| listed(row)).collect();
        let peers = stream::iter(newest.into_iter().take(MOST_PEERS))
            .map(|row| async move {
                engine.inspect_container(&row.id).await.ok().map(|answer| inspect::peer(&answer))
            })
            .buffer_unordered(AT_ONCE)
            .filter_map(|peer| async { peer })
            .collect::<Vec<_>>();
        let (recent, networks, peers) = tokio::join!(engine.recent(now), engine.networks(), peers);
        let recent = recent.unwrap_or_else(|error| {
            missing(Source::Events, "the engine does not tell what happened", error.to_string());
            crate::engine::Recent::default()
        });
        let networks = networks
            .map(|all| all.into_iter().map(|network| (network.id, network.name)).collect())
            .map_err(|error| {
                missing(Source::Engine, "the engine does not list its networks", error.to_string());
            })
            .ok();
        let about = engine.about();
        let desktop = machine.system.contains("Docker Desktop");
        let local = engine.is_near() && !desktop;
        around.engine = EngineFacts {
            title: about.title(),
            podman: about.kind == Kind::Podman,
            architecture: architecture(&about.platform, &machine.architecture),
            kernel: machine.kernel,
            cgroup: about.cgroup.clone(),
            memory: machine.memory,
            local,
            booted: if local { booted() } else { None },
            networks,
        };
        around.peers = peers;
        around.peers.extend(rest);
        around.now = Some(now);
        (around.events, around.events_since) = merged(recent, request);
        around
    }
}

/// A container as far as lists tell.
fn listed(row: &Container) -> Peer {
    Peer {
        id: row.id.clone(),
        name: row.name.clone(),
        state: row.state.clone(),
        exit_code: row.exit_code,
        networks: row
            .networks
            .iter()
            .map(|name| NetworkFact { name: name.clone(), aliases: Vec::new() })
            .collect(),
        published: row.ports.iter().filter_map(|port| port.public).collect(),
        ports: row.ports.iter().map(|port| port.private).collect(),
        service: row.service().map(str::to_owned),
        ..Peer::default()
    }
}

/// As images say it. `/version` does; `/info` uses the kernel's words.
fn architecture(platform: &str, machine: &str) -> String {
    let own = platform.split_once('/').map_or("", |(_, architecture)| architecture);
    if own.is_empty() { machine.to_owned() } else { own.to_owned() }
}

/// What the engine remembers, and what was observed before.
fn merged(recent: crate::engine::Recent, request: &DiagnoseRequest) -> (Vec<Event>, Option<Timestamp>) {
    let mut events = request.journal.clone();
    for event in recent.events {
        let known = events
            .iter()
            .any(|known| known.time == event.time && known.id == event.id && known.action == event.action);
        if !known {
            events.push(event);
        }
    }
    events.sort_by_key(|event| event.time);
    let since = match (recent.since, request.journal_since) {
        (Some(recent), Some(own)) => Some(recent.min(own)),
        (recent, own) => recent.or(own),
    };
    (events, since)
}

/// When this machine was started.
fn booted() -> Option<Timestamp> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let seconds = stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    Timestamp::from_second(seconds).ok()
}
