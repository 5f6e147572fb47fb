//! Lines about memory, processes, files and rights, held against the limits that are set.

use super::super::case::Case;
use super::super::program::{User, Whom, whom};
use super::super::verdict::{Evidence, Grade, Role};
use super::{Hit, Outcome, Says, heap_bytes};
use crate::image::size::human;

pub(super) fn open_files(case: &Case<'_>, _: &Hit<'_>) -> Outcome {
    match case.facts.host.ulimits.iter().position(|(name, _)| name == "nofile") {
        Some(at) => {
            let limit = case.facts.host.ulimits[at].1;
            let pointer = format!("/HostConfig/Ulimits/{at}");
            Says::proven(Evidence::inspect(&pointer, format!("nofile {limit}")))
                .title(format!("the limit of {limit} open files is reached"))
                .into()
        }
        None => Outcome::Nothing,
    }
}

pub(super) fn pids(case: &Case<'_>, _: &Hit<'_>) -> Outcome {
    let host = &case.facts.host;
    if let Some(limit) = host.pids {
        let says = Says::proven(Evidence::inspect("/HostConfig/PidsLimit", format!("PidsLimit {limit}")));
        return says.title(format!("no more than {limit} processes and threads are allowed")).into();
    }
    match host.ulimits.iter().position(|(name, _)| name == "nproc") {
        Some(at) => {
            let pointer = format!("/HostConfig/Ulimits/{at}");
            Says::proven(Evidence::inspect(&pointer, format!("nproc {}", host.ulimits[at].1))).into()
        }
        None => Outcome::Nothing,
    }
}

/// A heap that its runtime says is full: its own limit, not the kernel's.
pub(super) fn heap(case: &Case<'_>, _: &Hit<'_>) -> Outcome {
    let quiet = Evidence::inspect(
        "/State/OOMKilled",
        format!("OOMKilled {}: not the kernel's doing", case.facts.state.oom_killed),
    );
    if case.facts.state.oom_killed {
        return Says::doubted("the kernel also killed for memory").into();
    }
    let says = Says::proven(quiet);
    let says = match heap_bytes(case) {
        Some((bytes, said)) => {
            let title = format!("the heap of {} is exhausted, which its own flags allow", human(bytes));
            says.with(said).title(title)
        }
        None => says,
    };
    let limit = case.facts.host.memory;
    match limit {
        Some(bytes) => {
            says.with(Evidence::inspect("/HostConfig/Memory", format!("Memory {}", human(bytes)))).into()
        }
        None => says.into(),
    }
}

/// A child that was killed: for memory only where the kernel says so.
pub(super) fn child_oom(case: &Case<'_>, _: &Hit<'_>) -> Outcome {
    if case.facts.state.oom_killed || case.facts.events.list.iter().any(|event| event.action == "oom") {
        // The rule about the end itself says it with the limit.
        return Outcome::Not;
    }
    let says = Says::also(Evidence::inspect(
        "/State/OOMKilled",
        "OOMKilled false: no kill at the container's own limit was seen",
    ));
    let title =
        "a child process was killed; nobody observed by whom, and the kernel's log of the host would say";
    says.cause("killed-by-unknown-sender")
        .title(title)
        .grade(Grade::Possible)
        .command("dmesg -T | grep -i 'killed process'")
        .into()
}

pub(super) fn child_segfault(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let code = case.facts.state.exit_code;
    let by_shell = super::script_text(case).is_some();
    if code == 139 && !by_shell {
        // The rule about the end itself says it.
        return Outcome::Not;
    }
    // Go tells of its own faults in these words, and ends with 2.
    if hit.line.text.contains("[signal SIGSEGV") {
        return Outcome::Not;
    }
    let says =
        Says::proven(Evidence::inspect("/State/ExitCode", format!("process 1 itself exited with {code}")));
    Outcome::Says(Box::new(Says { role: Some(Role::Root), ..says }))
}

pub(super) fn shm(case: &Case<'_>, _: &Hit<'_>) -> Outcome {
    match case.facts.host.shm_bytes {
        Some(bytes) if case.facts.host.ipc_mode != "host" => {
            let says = Says::proven(Evidence::inspect(
                "/HostConfig/ShmSize",
                format!("ShmSize {bytes} ({})", human(bytes)),
            ));
            says.title(format!("/dev/shm, {}, is too small", human(bytes))).into()
        }
        _ => Outcome::Nothing,
    }
}

pub(super) fn capability(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let lower = hit.line.text.to_ascii_lowercase();
    let needs: &[&str] = if lower.contains("chown") {
        &["CHOWN"]
    } else if lower.contains("setgid")
        || lower.contains("setuid")
        || lower.contains("setgroups")
        || lower.contains("switching")
    {
        &["SETUID", "SETGID"]
    } else if lower.contains("mount") {
        &["SYS_ADMIN"]
    } else if lower.contains("kill") {
        &["KILL"]
    } else if lower.contains("ping") || lower.contains("raw") || lower.contains("socket") {
        &["NET_RAW"]
    } else if lower.contains("iptables")
        || lower.contains("ip link")
        || lower.contains("rtnetlink")
        || lower.contains("nft")
    {
        &["NET_ADMIN"]
    } else if lower.contains("settimeofday") || lower.contains("date") {
        &["SYS_TIME"]
    } else if lower.contains("chmod") {
        &["FOWNER"]
    } else {
        &[]
    };
    let Whom::User(user) = whom(case) else { return Outcome::Nothing };
    let missing: Vec<&str> = needs.iter().copied().filter(|name| !case.facts.may(name)).collect();
    if user != User::root() {
        let says = Says::also(Evidence::inspect(
            "/Config/User",
            format!("User {:?}: not root", case.facts.config.user),
        ));
        let title = format!(
            "it runs as user {}, which may not do that: {}",
            case.facts.config.user,
            super::super::verdict::quoted(&hit.line.text)
        );
        return says.cause("permission-denied-non-root").title(title).into();
    }
    if missing.is_empty() {
        return if needs.is_empty() {
            Outcome::Nothing
        } else {
            Says::doubted("it runs as root, with the capability for it").into()
        };
    }
    let names = missing.join(" and ");
    let dropped =
        format!("CapDrop {}, CapAdd {}", list(&case.facts.host.cap_drop), list(&case.facts.host.cap_add));
    let fix = missing.iter().map(|name| format!("--cap-add {name}")).collect::<Vec<_>>().join(" ");
    Says::proven(Evidence::inspect("/HostConfig/CapDrop", dropped))
        .title(format!("root has not the capability {names} here"))
        .fix(format!("give it back: {fix}; or do that in the build"))
        .into()
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

pub(super) fn root_user(case: &Case<'_>, _: &Hit<'_>) -> Outcome {
    match whom(case) {
        Whom::User(user) if user == User::root() => Says::proven(Evidence::inspect(
            "/Config/User",
            format!("User {:?}: root", case.facts.config.user),
        ))
        .into(),
        Whom::User(_) => Says::doubted(format!("it runs as {}", case.facts.config.user)).into(),
        _ => Outcome::Nothing,
    }
}
