//! `hadal.containers/1`: the containers of an engine, and how those ended that ended.

use serde::Serialize;

use crate::container::{Container, Health, Port};

/// The document.
#[derive(Debug, Serialize)]
pub struct Containers<'a> {
    schema: &'static str,
    containers: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    id: &'a str,
    name: &'a str,
    image: &'a str,
    image_id: Option<&'a str>,
    command: &'a str,
    state: &'a str,
    health: Option<&'static str>,
    exit_code: Option<i64>,
    oom_killed: bool,
    error: &'a str,
    created: Option<String>,
    started_at: Option<String>,
    finished_at: Option<String>,
    restarts: u64,
    restart_policy: &'a str,
    ports: Vec<PortEntry<'a>>,
    project: Option<&'a str>,
    service: Option<&'a str>,
    writable_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct PortEntry<'a> {
    container: u16,
    host: Option<u16>,
    address: Option<&'a str>,
    protocol: &'a str,
}

impl<'a> Containers<'a> {
    pub fn new(containers: &[&'a Container]) -> Containers<'a> {
        let containers = containers.iter().map(|container| entry(container)).collect();
        Containers { schema: "hadal.containers/1", containers }
    }
}

fn entry(container: &Container) -> Entry<'_> {
    Entry {
        id: &container.id,
        name: &container.name,
        image: &container.image,
        image_id: Some(container.image_id.as_str()).filter(|id| !id.is_empty()),
        command: &container.command,
        state: container.state.name(),
        health: container.health.map(Health::name),
        exit_code: container.exit_code,
        oom_killed: container.oom_killed,
        error: &container.error,
        created: container.created.map(|time| time.to_string()),
        started_at: container.started_at.map(|time| time.to_string()),
        finished_at: container.finished_at.map(|time| time.to_string()),
        restarts: container.restarts,
        restart_policy: &container.restart_policy,
        ports: container.ports.iter().map(port_entry).collect(),
        project: container.project(),
        service: container.service(),
        writable_bytes: container.writable_bytes,
    }
}

fn port_entry(port: &Port) -> PortEntry<'_> {
    PortEntry {
        container: port.private,
        host: port.public,
        address: Some(port.address.as_str()).filter(|address| !address.is_empty()),
        protocol: &port.protocol,
    }
}
