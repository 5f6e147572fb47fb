//! Starts that the engine refused because of something outside of the image.

use super::{exited, expect};
use crate::container::State;
use crate::diagnosis::facts::{Facts, MountFact, NetworkFact, Peer, Published};

type Change = fn(&mut Facts);

fn published(facts: &mut Facts) {
    facts.host.published.push(Published {
        host_port: 8080,
        address: String::new(),
        container_port: "80/tcp".to_owned(),
    });
}

fn mount(facts: &mut Facts, destination: &str, writable: bool, exists: Option<bool>) {
    facts.mounts.push(MountFact {
        kind: "bind".to_owned(),
        source: format!("/srv{destination}"),
        destination: destination.to_owned(),
        writable,
        source_exists: exists,
        ..MountFact::default()
    });
}

#[test]
fn the_engines_words_name_the_object() {
    let rows: [(&str, Change, &str); 20] = [
        (
            "driver failed programming external connectivity on endpoint web (1): Bind for 0.0.0.0:8080 failed: port is already allocated",
            |facts| {
                published(facts);
                facts.peers.push(Peer {
                    name: "old".to_owned(),
                    state: State::Running,
                    published: vec![8080],
                    ..Peer::default()
                });
            },
            "host-port-allocated-by-container proven",
        ),
        (
            "Bind for 0.0.0.0:8080 failed: port is already allocated",
            published,
            "host-port-allocated-by-container likely",
        ),
        (
            "Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use",
            published,
            "host-port-used-by-host-process proven",
        ),
        (
            "cannot join network of a non running container: abcdef0123456789",
            |facts| {
                facts.host.network_mode = "container:abcdef0123456789".to_owned();
                facts.peers.push(Peer {
                    id: "abcdef0123456789".to_owned(),
                    name: "vpn".to_owned(),
                    state: State::Exited,
                    exit_code: Some(1),
                    ..Peer::default()
                });
            },
            "shared-netns-owner-not-running proven",
        ),
        (
            "network 5f3c9d0a7b21 not found",
            |facts| {
                facts.networks.push(NetworkFact { name: "shop".to_owned(), ..NetworkFact::default() });
                facts.engine.networks = Some(vec![("1".to_owned(), "bridge".to_owned())]);
            },
            "network-removed proven",
        ),
        ("network shop not found", |_| {}, "network-removed likely"),
        (
            "could not select device driver \"\" with capabilities: [[gpu]]",
            |facts| facts.host.device_requests = true,
            "gpu-runtime-missing proven",
        ),
        (
            "error gathering device information while adding custom device \"/dev/kvm\": no such file or directory",
            |facts| facts.host.devices.push("/dev/kvm".to_owned()),
            "device-missing-on-host proven",
        ),
        (
            "OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting \"/srv/etc/app.conf\" to rootfs at \"/etc/app.conf\": mount /srv/etc/app.conf:/etc/app.conf (via /proc/self/fd/6), flags: 0x5000: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type",
            |facts| mount(facts, "/etc/app.conf", true, None),
            "mount-directory-onto-file proven",
        ),
        (
            "OCI runtime create failed: container_linux.go:380: starting container process caused: process_linux.go:545: container init caused: rootfs_linux.go:75: mounting \"/srv/data/inner\" to rootfs at \"/data/inner\" caused: mkdir /var/lib/docker/overlay2/1/merged/data/inner: read-only file system: unknown",
            |facts| {
                mount(facts, "/data", false, None);
                mount(facts, "/data/inner", true, None);
            },
            "mountpoint-inside-readonly-mount proven",
        ),
        (
            "invalid mount config for type \"bind\": bind source path does not exist: /srv/data",
            |facts| mount(facts, "/data", true, None),
            "bind-source-missing proven",
        ),
        (
            "unable to find user shop: no matching entries in passwd file",
            |facts| {
                facts.config.user = "shop".to_owned();
                super::file(
                    facts,
                    "/etc/passwd",
                    0o644,
                    b"root:x:0:0::/:/bin/sh\nshopp:x:1000:1000::/:/bin/sh\n",
                );
            },
            "user-not-in-image proven",
        ),
        (
            "OCI runtime create failed: container init was OOM-killed (memory limit too low?): unknown",
            |facts| facts.host.memory = Some(4 << 20),
            "oom-kill-container-limit proven",
        ),
        (
            "failed to create endpoint web on network bridge: failed to add the host veth pair",
            |_| {},
            "network-setup-failed likely",
        ),
        ("mkdir /var/lib/docker/overlay2/x: no space left on device", |_| {}, "no-space-on-device likely"),
        ("something that nobody has ever seen", |_| {}, "undecided"),
        ("", |facts| mount(facts, "/data", true, Some(false)), "bind-source-missing likely"),
        ("", |facts| mount(facts, "/data", true, Some(true)), "created-never-started proven"),
        (
            "",
            |facts| {
                facts.host.network_mode = "container:abc".to_owned();
                facts.peers.push(Peer {
                    id: "abc".to_owned(),
                    name: "vpn".to_owned(),
                    state: State::Exited,
                    ..Peer::default()
                });
            },
            "shared-netns-owner-not-running likely",
        ),
        ("", |facts| facts.events = Default::default(), "created-never-started likely"),
    ];
    for (error, change, expected) in rows {
        let mut facts = exited(128, &["/app/server"]);
        super::file(&mut facts, "/app/server", 0o755, &super::elf(62, None));
        facts.state.status = State::Created;
        (facts.state.started, facts.state.finished) = (None, None);
        facts.state.error = error.to_owned();
        facts.events.list.clear();
        change(&mut facts);
        expect(error, facts, expected);
    }
}
