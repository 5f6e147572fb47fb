//! The engine could not start it: its own words, and the object that they name.

use std::sync::OnceLock;

use regex::Regex;

use super::super::case::{Case, Seen};
use super::super::facts::{Peer, below};
use super::super::program::{self, Whom, mount_evidence};
use super::super::verdict::{Evidence, Finding, Grade};
use super::exec;
use super::never::{gone_network, missing_source, owner};
use crate::image::changeset::Kind;

/// A word of the engine's error by a pattern.
pub(super) fn word(pattern: &'static str, text: &str) -> Option<String> {
    static CACHE: OnceLock<std::sync::Mutex<std::collections::HashMap<&'static str, Option<Regex>>>> =
        OnceLock::new();
    let cache = CACHE.get_or_init(std::sync::Mutex::default);
    let regex = cache.lock().ok()?.entry(pattern).or_insert_with(|| Regex::new(pattern).ok()).clone()?;
    let found = regex.captures(text)?;
    found.iter().skip(1).flatten().next().map(|text| text.as_str().to_owned())
}

/// The engine recorded why.
pub(super) fn refused(case: &Case<'_>) -> Vec<Finding> {
    let error = case.facts.state.error.as_str();
    let rules: [fn(&Case<'_>, &str) -> Option<Finding>; 13] = [
        user,
        port_of_container,
        port_of_host,
        netns,
        network,
        gpu,
        device,
        directory_onto_file,
        readonly_mountpoint,
        source,
        memory,
        workdir,
        networking,
    ];
    let found = rules
        .iter()
        .find_map(|rule| rule(case, error))
        .or_else(|| exec::refused(case))
        .or_else(|| full(case, error));
    found.into_iter().collect()
}

fn said(case: &Case<'_>) -> Evidence {
    let error = case.facts.state.error.as_str();
    let short = error.rsplit_once("caused: ").map_or(error, |(_, last)| last);
    Evidence::inspect("/State/Error", short.trim_end_matches(": unknown"))
}

fn user(case: &Case<'_>, error: &str) -> Option<Finding> {
    let name = word(r"unable to find (?:user|group) ([^:]+):", error)?;
    let mut finding = match program::whom(case) {
        Whom::Nobody { what, name, near } => {
            let file = if what == "user" { "/etc/passwd" } else { "/etc/group" };
            let alike = if near.is_empty() { String::new() } else { format!("; alike: {}", near.join(", ")) };
            Finding::new(
                "user-not-in-image",
                Grade::Proven,
                format!("the {what} {name:?} is not in {file} of the image{alike}"),
            )
            .with(Evidence::file(file, None, format!("{file} has no {name}{alike}")))
        }
        _ => Finding::new(
            "user-not-in-image",
            Grade::Likely,
            format!("the user or group {name:?} is not known in the image"),
        ),
    };
    finding.evidence.insert(0, said(case));
    Some(finding.with(Evidence::inspect("/Config/User", format!("User {:?}", case.facts.config.user))))
}

/// The port of the host that the words are about.
fn host_port(case: &Case<'_>, error: &str) -> Option<u16> {
    let named = word(
        r"[Bb]ind for \S*:(\d+) failed|listen (?:tcp|udp)\d? \S*?:(\d+): bind|exposing port \w+ \S*?:(\d+)",
        error,
    );
    let named = named.and_then(|port| port.parse().ok());
    named.or_else(|| case.facts.host.published.first().map(|port| port.host_port).filter(|port| *port > 0))
}

fn publisher<'f>(case: &Case<'f>, port: u16) -> Option<&'f Peer> {
    let alive = case.facts.peers.iter().filter(|peer| peer.state.is_alive());
    alive.clone().find(|peer| peer.published.contains(&port))
}

fn port_evidence(case: &Case<'_>, port: u16) -> Evidence {
    let published = case.facts.host.published.iter().find(|published| published.host_port == port);
    let text = published.map_or_else(
        || format!("port {port}"),
        |published| format!("{port} on the host for {}", published.container_port),
    );
    Evidence::inspect("/HostConfig/PortBindings", text)
}

fn port_of_container(case: &Case<'_>, error: &str) -> Option<Finding> {
    if !error.contains("port is already allocated") {
        return None;
    }
    let port = host_port(case, error)?;
    let finding = match publisher(case, port) {
        Some(peer) => Finding::new(
            "host-port-allocated-by-container",
            Grade::Proven,
            format!("port {port} of the host is published by the container {}", peer.name),
        )
        .with(said(case))
        .with(Evidence::engine(format!("{} publishes {port} and is {}", peer.name, peer.state)))
        .command(format!("docker stop {}", peer.name)),
        None => Finding::new(
            "host-port-allocated-by-container",
            Grade::Likely,
            format!("port {port} of the host was published by another container"),
        )
        .with(said(case))
        .but("no container publishes it now"),
    };
    let command = format!("docker start {}", case.facts.name);
    Some(finding.with(port_evidence(case, port)).command(command))
}

fn port_of_host(case: &Case<'_>, error: &str) -> Option<Finding> {
    if !(error.contains("address already in use")
        && (error.contains("bind") || error.contains("userland proxy")))
    {
        return None;
    }
    let port = host_port(case, error)?;
    if let Some(peer) = publisher(case, port) {
        let text = format!("port {port} of the host is published by the container {}", peer.name);
        return Some(
            Finding::new("host-port-allocated-by-container", Grade::Proven, text)
                .with(said(case))
                .with(Evidence::engine(format!("{} publishes {port} and is {}", peer.name, peer.state))),
        );
    }
    let text = format!(
        "port {port} of the host is used by a process of the host, or by a container with its network"
    );
    Some(
        Finding::new("host-port-used-by-host-process", Grade::Proven, text)
            .with(said(case))
            .with(port_evidence(case, port))
            .with(Evidence::engine(format!("no container of the engine publishes {port}")))
            .command(format!("ss -ltnp 'sport = :{port}'")),
    )
}

fn netns(case: &Case<'_>, error: &str) -> Option<Finding> {
    let id = word(
        r"cannot join network of a non running container: ([0-9a-f]+)|(?:joining network namespace of container|cannot join network of container)[^0-9a-f]*([0-9a-f]{12,})|No such container: ([0-9a-f]{12,})|container:([0-9a-zA-Z_.-]+) is not running",
        error,
    )?;
    let shares = case.facts.host.network_mode.starts_with("container:");
    if !shares && !error.contains("join network") {
        return None;
    }
    Some(owner(case, &id, Some(said(case))))
}

fn network(case: &Case<'_>, error: &str) -> Option<Finding> {
    let id = word(
        r"network ([\w.-]+) not found|could not find network ([\w.-]+)|unable to find network with name or ID ([\w.-]+)",
        error,
    )?;
    Some(gone_network(case, &id).with(said(case)))
}

fn gpu(case: &Case<'_>, error: &str) -> Option<Finding> {
    if !(error.contains("could not select device driver")
        || error.contains("nvidia-container")
        || error.contains("unknown or invalid runtime name: nvidia"))
    {
        return None;
    }
    let asked = case.facts.host.device_requests;
    let grade = if asked { Grade::Proven } else { Grade::Likely };
    let finding =
        Finding::new("gpu-runtime-missing", grade, "a GPU is asked for, and the engine has no driver for it")
            .with(said(case));
    Some(if asked {
        finding.with(Evidence::inspect(
            "/HostConfig/DeviceRequests",
            "DeviceRequests asks for devices by capability",
        ))
    } else {
        finding
    })
}

fn device(case: &Case<'_>, error: &str) -> Option<Finding> {
    let path = word(
        r#"gathering device information while adding custom device "([^"]+)"|stat (/dev/[^\s:]+): no such file|device "?(/dev/[^\s":]+)"?.*no such"#,
        error,
    )?;
    let asked = case.facts.host.devices.iter().position(|device| *device == path);
    let grade = if asked.is_some() { Grade::Proven } else { Grade::Likely };
    let finding =
        Finding::new("device-missing-on-host", grade, format!("the device {path} is not on the host"))
            .with(said(case));
    Some(finding.all(asked.map(|at| {
        Evidence::inspect(&format!("/HostConfig/Devices/{at}"), format!("Devices asks for {path}"))
    })))
}

fn directory_onto_file(case: &Case<'_>, error: &str) -> Option<Finding> {
    if !(error.contains("mount a directory onto a file")
        || (error.contains("not a directory") && error.contains("mount")))
    {
        return None;
    }
    let at = word(
        r#"to rootfs at "([^"]+)"|to rootfs \S+ at "?[^"\s]*?/merged(/[^"\s]+)|at "?[^"\s]*/merged(/[^"\s]+)"#,
        error,
    );
    let at = at.map(|path| path.rsplit_once("/merged").map_or(path.clone(), |(_, inside)| inside.to_owned()));
    let source = word(r#"mounting "([^"]+)""#, error);
    let mount = case.facts.mounts.iter().find(|mount| {
        at.as_deref() == Some(mount.destination.as_str()) || source.as_deref() == Some(mount.source.as_str())
    });
    let Some(mount) = mount else {
        let text = "a directory is mounted onto a file, or a file onto a directory";
        return Some(Finding::new("mount-directory-onto-file", Grade::Likely, text).with(said(case)));
    };
    let in_image = case.facts.files.history(&mount.destination).and_then(|history| history.writer());
    let kind = match case.look(&mount.destination) {
        Seen::Is(node) if node.kind == Kind::Directory => "a directory",
        _ => "a directory of the host",
    };
    let text = format!(
        "{} is a file in the image, and {} is {kind}: mostly because the file was missing there",
        mount.destination, mount.source
    );
    let finding = Finding::new("mount-directory-onto-file", Grade::Proven, text)
        .with(said(case))
        .with(mount_evidence(mount));
    Some(finding.all(in_image.map(|made| {
        Evidence::file(
            &mount.destination,
            Some(made.layer),
            format!("layer {} has the file {}", made.layer, mount.destination),
        )
    })))
}

fn readonly_mountpoint(case: &Case<'_>, error: &str) -> Option<Finding> {
    if !error.contains("read-only file system") {
        return None;
    }
    let inner = word(
        r#"(?:mkdir|mkdirat|open|openat|create|make)[^"]*?/merged(/[^:"\s]+)|to rootfs at "([^"]+)"|mountpoint for (/[^\s"]+) mount"#,
        error,
    )?;
    let outer =
        case.facts.mounts.iter().filter(|mount| {
            !mount.writable && below(&inner, &mount.destination) && mount.destination != inner
        });
    let outer = outer.max_by_key(|mount| mount.destination.len());
    let text = match outer {
        Some(outer) => format!(
            "the mount on {inner} lies in the read-only mount on {}, which has no such place and cannot get one",
            outer.destination
        ),
        None => format!("the place for the mount on {inner} cannot be made: the file system is read-only"),
    };
    let grade = if outer.is_some() { Grade::Proven } else { Grade::Likely };
    let id = if outer.is_none() && case.facts.host.readonly_rootfs {
        "read-only-rootfs"
    } else {
        "mountpoint-inside-readonly-mount"
    };
    let finding = Finding::new(id, grade, text).with(said(case));
    let inside = case.facts.mounts.iter().find(|mount| mount.destination == inner);
    Some(finding.all(outer.into_iter().chain(inside).map(mount_evidence)))
}

fn source(case: &Case<'_>, error: &str) -> Option<Finding> {
    let path = word(
        r#"bind source path does not exist: ([^\s"]+)|statfs ([^\s:]+): no such file|error (?:mounting|stat(?:ing)?)[^/]*"(/[^"]+)": no such file|mounting "([^"]+)" to rootfs[^:]*:.*no such file"#,
        error,
    )?;
    missing_source(case, &path, Some(Evidence::inspect("/State/Error", error)))
}

fn memory(case: &Case<'_>, error: &str) -> Option<Finding> {
    if !(error.contains("OOM-killed") || error.contains("memory limit too low")) {
        return None;
    }
    let text = "the memory limit is too low even to start the container";
    let limit = case.facts.host.memory.map(|bytes| {
        Evidence::inspect("/HostConfig/Memory", format!("Memory {}", crate::image::size::human(bytes)))
    });
    let grade = if limit.is_some() { Grade::Proven } else { Grade::Likely };
    Some(Finding::new("oom-kill-container-limit", grade, text).with(said(case)).all(limit))
}

fn workdir(case: &Case<'_>, error: &str) -> Option<Finding> {
    let folder = word(
        r#"chdir to cwd \("([^"]+)"\)|mkdir (/[^\s:]+): not a directory|Cannot mkdir: (\S+) is not a directory|workdir "([^"]+)" does not exist"#,
        error,
    )?;
    let denied = error.contains("permission denied");
    let (id, text) = if denied {
        (
            "parent-directory-not-traversable",
            format!("the working directory {folder} may not be entered by the container's user"),
        )
    } else {
        ("working-directory-is-a-file", format!("the working directory {folder} cannot be entered"))
    };
    let examined = program::examine(case).obstacle.filter(|obstacle| obstacle.cause == id);
    let grade = if examined.is_some() { Grade::Proven } else { Grade::Likely };
    let finding = Finding::new(id, grade, text).with(said(case));
    let finding = finding.all(examined.into_iter().flat_map(|obstacle| obstacle.evidence));
    Some(finding.with(Evidence::inspect("/Config/WorkingDir", format!("WorkingDir {folder}"))))
}

fn networking(case: &Case<'_>, error: &str) -> Option<Finding> {
    let words = [
        "could not find bridge",
        "failed to create endpoint",
        "failed to set up container networking",
        "iptables failed",
        "failed to program NAT",
        "netavark",
    ];
    if !words.iter().any(|word| error.contains(word)) || error.contains("exec: ") {
        return None;
    }
    let text = "the engine could not set up the container's network; nothing in the container is wrong";
    Some(Finding::new("network-setup-failed", Grade::Likely, text).with(said(case)))
}

fn full(case: &Case<'_>, error: &str) -> Option<Finding> {
    let text = "the engine's disk is full";
    error
        .contains("no space left on device")
        .then(|| Finding::new("no-space-on-device", Grade::Likely, text).with(said(case)))
}
