//! It never started, and nobody recorded why: mounts, networks and other containers that it needs, or nobody tried.

use super::super::case::Case;
use super::super::files::Look;
use super::super::program::{self, mount_evidence};
use super::super::verdict::{Evidence, Finding, Grade};
use super::exec;
use super::start::word;

/// The container whose network this one shares.
pub(super) fn owner(case: &Case<'_>, id: &str, said: Option<Evidence>) -> Finding {
    let peer = case.facts.peers.iter().find(|peer| peer.id.starts_with(id) || peer.name == id);
    let mode =
        Evidence::inspect("/HostConfig/NetworkMode", format!("NetworkMode {}", case.facts.host.network_mode));
    let finding = if let Some(peer) = peer {
        let how = peer.exit_code.map(|code| format!(" {code}")).unwrap_or_default();
        let text =
            format!("it shares the network of {}, which is not running ({}{how})", peer.name, peer.state);
        let grade = if peer.state.is_alive() { Grade::Likely } else { Grade::Proven };
        Finding::new("shared-netns-owner-not-running", grade, text)
            .with(Evidence::engine(format!("{} is {}{how}", peer.name, peer.state)))
            .command(format!("hadal diagnose {}", peer.name))
    } else {
        let short = id.get(..12).unwrap_or(id);
        let text = format!("it shares the network of {short}, a container that is not there any more");
        Finding::new("shared-netns-owner-not-running", Grade::Proven, text)
            .with(Evidence::engine(format!("there is no container {short}")))
    };
    let mut finding = finding.with(mode);
    if let Some(said) = said {
        finding.evidence.insert(0, said);
    }
    finding
}

pub(super) fn gone_network(case: &Case<'_>, id: &str) -> Finding {
    let name = case.facts.networks.iter().map(|network| network.name.as_str()).find(|name| *name != "bridge");
    let name =
        if case.facts.networks.iter().any(|network| network.name == id) { id } else { name.unwrap_or(id) };
    let known = case.facts.engine_networks().map(|networks| {
        networks.iter().any(|(own, known)| own.starts_with(id) || known == id || known == name)
    });
    let grade = if known == Some(false) { Grade::Proven } else { Grade::Likely };
    let finding = Finding::new("network-removed", grade, format!("its network {name} is not there any more"));
    let finding = if known == Some(false) {
        finding.with(Evidence::engine(format!("the engine has no network {name}")))
    } else {
        finding
    };
    finding
        .with(Evidence::inspect("/NetworkSettings/Networks", format!("attached to {name}")))
        .command(format!("docker network create {name}"))
        .command(format!("docker network connect {name} {}", case.facts.name))
}

pub(super) fn missing_source(case: &Case<'_>, path: &str, said: Option<Evidence>) -> Option<Finding> {
    let mount = case.facts.mounts.iter().find(|mount| mount.source == path);
    let text = format!(
        "{path}, which is to be mounted{}, is not on the engine's host",
        mount.map(|mount| format!(" on {}", mount.destination)).unwrap_or_default()
    );
    let gone = mount.and_then(|mount| mount.source_exists) == Some(false);
    let grade = match (said.is_some(), mount.is_some(), gone) {
        (true, true, _) => Grade::Proven,
        (_, _, true) | (true, false, _) => Grade::Likely,
        _ => return None,
    };
    let mut finding = Finding::new("bind-source-missing", grade, text);
    finding.evidence.extend(said);
    finding.evidence.extend(mount.map(mount_evidence));
    if gone {
        finding
            .evidence
            .push(Evidence::engine(format!("{path} does not exist on this machine, where the engine runs")));
    }
    Some(finding.command(format!("mkdir -p {path}")).command(format!("docker start {}", case.facts.name)))
}

/// Nobody recorded why, or nobody started it.
pub(super) fn started(case: &Case<'_>) -> Vec<Finding> {
    let facts = case.facts;
    // What the engine says when it is to look into the container is what it said when it was to start it.
    case.look("/");
    if let Some(Look::Unknown(why)) = facts.files.look("/")
        && let Some(path) = word(r"bind source path does not exist: (\S+)", why)
        && let Some(finding) = missing_source(case, &path, Some(Evidence::engine(why)))
    {
        return vec![finding];
    }
    let missing =
        facts.mounts.iter().find(|mount| mount.kind == "bind" && mount.source_exists == Some(false));
    // An engine that cannot mount the source cannot put the file system together either, to look into it.
    let said = match facts.files.look("/") {
        Some(Look::Unknown(why)) => Some(Evidence::engine(why)),
        _ => None,
    };
    if let Some(finding) = missing.and_then(|mount| missing_source(case, &mount.source, said)) {
        return vec![finding];
    }
    if let Some(owned) = facts.host.network_mode.strip_prefix("container:") {
        let alive = facts.peers.iter().any(|peer| peer.id.starts_with(owned) && peer.state.is_alive());
        if !alive && !facts.peers.is_empty() {
            let finding = owner(case, owned, None);
            return vec![Finding { grade: Grade::Likely.max(finding.grade), ..finding }];
        }
    }
    if let Some(networks) = facts.engine_networks()
        && let Some(gone) = facts.networks.iter().find(|network| {
            !["bridge", "host", "none", "podman"].contains(&network.name.as_str())
                && !networks.iter().any(|(_, known)| *known == network.name)
        })
    {
        let finding = gone_network(case, &gone.name);
        return vec![Finding { grade: Grade::Likely, ..finding }];
    }
    if let Some(obstacle) = program::examine(case).obstacle.filter(|obstacle| obstacle.certain) {
        let finding = exec::of_obstacle(&obstacle, Grade::Likely, None);
        return vec![finding.with(Evidence::inspect("/State/Status", "created: it never started"))];
    }
    let started = facts.events.list.iter().any(|event| event.action == "start");
    let watched = facts
        .state
        .created
        .is_some_and(|created| facts.events.covers_since.is_some_and(|since| since <= created));
    let grade = if watched && !started { Grade::Proven } else { Grade::Likely };
    let mut finding = Finding::new(
        "created-never-started",
        grade,
        "it was created, and nothing says that anybody started it",
    )
    .with(Evidence::inspect("/State/StartedAt", "StartedAt is not set; the exit code 0 means nothing here"))
    .command(format!("docker start {}", facts.name));
    if watched {
        finding = finding.with(Evidence::new(
            super::super::verdict::Origin::Event(None),
            "no start among the events since it was created",
        ));
    }
    vec![finding]
}
