//! Lines about other services, held against the network and the engine's other containers.

use super::super::case::{Case, Seen};
use super::super::facts::Peer;
use super::super::program::{User, Whom, named, whom};
use super::super::verdict::{Evidence, Grade};
use super::{Hit, Outcome, Says};
use jiff::Timestamp;

/// A container of a shared network that goes by a name.
fn peer<'f>(case: &Case<'f>, host: &str) -> Option<&'f Peer> {
    case.facts.peers.iter().find(|peer| goes_by(peer, host))
}

fn goes_by(peer: &Peer, host: &str) -> bool {
    peer.name == host
        || peer.service.as_deref() == Some(host)
        || peer.networks.iter().any(|network| network.aliases.iter().any(|alias| alias == host))
}

fn share_network(case: &Case<'_>, peer: &Peer) -> bool {
    // The default bridge and what is shared by all know no names.
    let own = |name: &str| !["bridge", "host", "none", "podman"].contains(&name);
    case.facts
        .networks
        .iter()
        .any(|network| own(&network.name) && peer.networks.iter().any(|other| other.name == network.name))
}

/// Whether a container was down at a time; `None` when its later life covers that up.
fn down_at(peer: &Peer, time: Option<Timestamp>) -> Option<bool> {
    let time = time?;
    if peer.state.is_alive() {
        return Some(peer.started? > time).filter(|late| *late);
    }
    match (peer.started, peer.finished) {
        (Some(started), Some(finished)) if started <= finished => Some(time > finished || time < started),
        (None, _) => Some(true),
        _ => None,
    }
}

pub(super) fn refused(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let facts = case.facts;
    let Some(host) = hit.named(&["host"]) else { return Outcome::Nothing };
    // Python's `[Errno 111]` is no address.
    if host == "Errno" {
        return Outcome::Not;
    }
    let port = hit.named(&["port"]).map(|port| format!(":{port}")).unwrap_or_default();
    let host = host.trim_matches(['[', ']']);
    if ["localhost", "::1", "0.0.0.0"].contains(&host) || host.starts_with("127.") {
        let mode =
            Evidence::inspect("/HostConfig/NetworkMode", format!("NetworkMode {}", facts.host.network_mode));
        if !facts.own_network() {
            return Says::also(mode).into();
        }
        return Says::proven(mode)
            .title(format!(
                "nothing answers at {host}:{port}, which inside a container is the container itself"
            ))
            .fix(format!("name the service's container instead of {host}, in a network of both"))
            .into();
    }
    let by_name = peer(case, host);
    let Some(peer) = by_name else { return Outcome::Nothing };
    let when = hit.line.time.or(facts.state.finished);
    let now = format!("{} is {} now", peer.name, peer.state);
    match down_at(peer, when) {
        Some(true) => {
            let how = match (peer.exit_code, peer.started) {
                (Some(code), _) if !peer.state.is_alive() => format!("had ended with {code}"),
                (_, None) => "had never been started".to_owned(),
                _ => "was not running yet".to_owned(),
            };
            Says::proven(Evidence::engine(format!("{} {how} at that time", peer.name)))
                .title(format!(
                    "{host}{port} refuses the connection: the container {} {how} at that time",
                    peer.name
                ))
                .command(format!("hadal diagnose {}", peer.name))
                .into()
        }
        _ => Says::also(Evidence::engine(now)).command(format!("docker logs --tail 50 {}", peer.name)).into(),
    }
}

pub(super) fn dns(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let facts = case.facts;
    let host = hit.named(&["host"]).unwrap_or("that it needs");
    let networks: Vec<&str> = facts.networks.iter().map(|network| network.name.as_str()).collect();
    let mode = facts.host.network_mode.as_str();
    let attached = Evidence::inspect(
        "/NetworkSettings/Networks",
        format!(
            "network mode {mode}; attached to {}",
            if networks.is_empty() { "none".to_owned() } else { networks.join(", ") }
        ),
    );
    if host.contains("\\r")
        || facts.config.env.iter().any(|(_, value)| value.ends_with('\r') && value.contains(host))
    {
        return super::env::carriage_return(case, hit);
    }
    if mode == "none" {
        return Says::proven(attached)
            .title(format!("the host name {host} cannot be resolved: the container has no network"))
            .into();
    }
    if !hit.captures.contains_key("host") {
        return Says::also(attached).into();
    }
    match peer(case, host) {
        Some(peer) if share_network(case, peer) => match down_at(peer, hit.line.time.or(facts.state.finished)) {
            Some(true) => Says::proven(Evidence::engine(format!("{} was not running at that time", peer.name)))
                .title(format!("the host name {host} cannot be resolved: the container {} was not running at that time", peer.name))
                .command(format!("hadal diagnose {}", peer.name))
                .into(),
            _ => Says::also(Evidence::engine(format!("{} is {} now, in a network of both", peer.name, peer.state))).into(),
        },
        Some(peer) => Says::proven(attached)
            .with(Evidence::engine(format!("{} is in other networks: {}", peer.name, names(peer))))
            .title(format!("the host name {host} cannot be resolved: {} shares no network of its own with this container", peer.name))
            .command(format!("docker network create shared && docker network connect shared {} && docker network connect shared {}", peer.name, facts.name))
            .into(),
        // A name without a dot is that of a container.
        None if !host.contains('.') && !facts.peers.is_empty() => {
            Says::proven(Evidence::engine(format!("no container of the engine is called {host}"))).with(attached).into()
        }
        None if facts.own_network() && networks.is_empty() => Says::proven(attached).into(),
        None => Says::also(attached).into(),
    }
}

fn names(peer: &Peer) -> String {
    peer.networks.iter().map(|network| network.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// A certificate that is not trusted.
pub(super) fn ca(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    if hit.line.text.to_ascii_lowercase().contains("self")
        && hit.line.text.to_ascii_lowercase().contains("signed")
    {
        return Outcome::Nothing;
    }
    let bundles = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ];
    let looks: Vec<Seen<'_>> = bundles.iter().map(|path| case.look(path)).collect();
    if looks.iter().all(|look| matches!(look, Seen::Absent)) {
        return Says::proven(Evidence::file(
            bundles[0],
            None,
            "the image has no bundle of certificate authorities",
        ))
        .title("the image has no certificate authorities, so no server's certificate is trusted")
        .fix("install ca-certificates in the image")
        .into();
    }
    Outcome::Nothing
}

pub(super) fn port_inside(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let port = hit.named(&["port", "nginx", "go", "other"]);
    let mode = case.facts.host.network_mode.as_str();
    let shown = Evidence::inspect("/HostConfig/NetworkMode", format!("NetworkMode {mode}"));
    let what = port.map_or_else(|| "a port".to_owned(), |port| format!("port {port}"));
    if mode == "host" {
        return Says::also(shown)
            .title(format!("{what} is taken by another process of the host, whose network it shares"))
            .into();
    }
    if let Some(owner) = mode.strip_prefix("container:") {
        let name = case
            .facts
            .peers
            .iter()
            .find(|peer| peer.id.starts_with(owner))
            .map_or(owner, |peer| peer.name.as_str());
        return Says::proven(shown)
            .title(format!("{what} is taken already by {name}, whose network it shares"))
            .into();
    }
    Says::proven(shown)
        .title(format!("{what} is taken already: two processes of this container want it"))
        .into()
}

pub(super) fn privileged_port(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let port = hit.named(&["port", "node", "go", "other"]).and_then(|port| port.parse::<u32>().ok());
    if port.is_some_and(|port| port >= 1024) {
        return Outcome::Not;
    }
    let what = port.map_or_else(|| "a port below 1024".to_owned(), |port| format!("port {port}"));
    match whom(case) {
        Whom::User(user) if user == User::root() => {
            if case.facts.may("NET_BIND_SERVICE") {
                return Says::doubted("it runs as root, with the capability for it").into();
            }
            let dropped = Evidence::inspect(
                "/HostConfig/CapDrop",
                format!("CapDrop {}", case.facts.host.cap_drop.join(", ")),
            );
            Says::proven(dropped)
                .cause("missing-capability")
                .title(format!("{what} takes the capability NET_BIND_SERVICE, which was dropped"))
                .into()
        }
        Whom::User(user) => {
            let says =
                Says::proven(Evidence::inspect("/Config/User", format!("User {:?}", case.facts.config.user)));
            let says =
                says.title(format!("{what} is for root, and the program runs as {}", named(case, &user)));
            if port.is_none() { says.grade(Grade::Likely).into() } else { says.into() }
        }
        _ => Outcome::Nothing,
    }
}
