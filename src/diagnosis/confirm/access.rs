//! Lines about files that may not be read, written or executed, held against modes, owners and mounts.

use super::super::case::Case;
use super::super::facts::{MountFact, below};
use super::super::program::{
    self, User, Walk, Whom, inside_mount, mount_evidence, named, noexec, owned, walk, whom,
};
use super::super::verdict::{Evidence, Grade};
use super::files::path_of;
use super::{Hit, Outcome, Says};
use crate::image::changeset::Kind;
use crate::image::size::human;

pub(super) fn read_only(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let at = path_of(case, hit);
    let mount: Option<&MountFact> =
        at.as_ref().and_then(|(_, path)| inside_mount(case, path)).filter(|mount| !mount.writable);
    if let (Some((said, _)), Some(mount)) = (&at, mount) {
        return Says::proven(mount_evidence(mount))
            .title(format!("{said} cannot be written: the mount on {} is read-only", mount.destination))
            .fix(format!("mount {} without :ro, or write elsewhere", mount.destination))
            .into();
    }
    if case.facts.host.readonly_rootfs {
        let folder =
            at.as_ref().and_then(|(_, path)| path.rsplit_once('/')).map_or("/tmp", |(folder, _)| folder);
        return Says::proven(Evidence::inspect("/HostConfig/ReadonlyRootfs", "ReadonlyRootfs true"))
            .fix(format!(
                "give it a place to write: --tmpfs {} (or a volume), or drop --read-only",
                if folder.is_empty() { "/tmp" } else { folder }
            ))
            .into();
    }
    match case.facts.mounts.iter().find(|mount| !mount.writable) {
        Some(mount) if at.is_none() => Says::also(mount_evidence(mount)).into(),
        _ => Outcome::Nothing,
    }
}

pub(super) fn full(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let text = &hit.line.text;
    if text.contains("file watchers") || text.contains("inotify") {
        return Outcome::Not;
    }
    let path = path_of(case, hit).map(|(_, path)| path);
    let path = path.or_else(|| {
        let word = text
            .split(|c: char| c.is_whitespace() || "'\":,()‘’".contains(c))
            .find(|word| word.starts_with('/') && word.len() > 1)?;
        Some(case.absolute(word))
    });
    let Some(path) = path else {
        return match &case.facts.host.tmpfs[..] {
            [(at, options)] => Says::also(tmpfs(at, options)).into(),
            _ => Outcome::Nothing,
        };
    };
    if below(&path, "/dev/shm") {
        let bytes = case.facts.host.shm_bytes.unwrap_or(64 << 20);
        return Says::proven(Evidence::inspect(
            "/HostConfig/ShmSize",
            format!("ShmSize {bytes} ({})", human(bytes)),
        ))
        .cause("shm-too-small")
        .title(format!("/dev/shm, {}, is full", human(bytes)))
        .into();
    }
    if let Some((at, options)) = case.facts.tmpfs_over(&path) {
        let title = format!("the file system in memory on {at} is full");
        return Says::proven(tmpfs(at, options))
            .cause("no-space-on-tmpfs")
            .title(title)
            .fix(format!("give it more: --tmpfs {at}:size=256m"))
            .into();
    }
    match inside_mount(case, &path) {
        Some(mount) if mount.kind == "tmpfs" => {
            let title = format!("the file system in memory on {} is full", mount.destination);
            Says::proven(mount_evidence(mount)).cause("no-space-on-tmpfs").title(title).into()
        }
        Some(mount) => Says::also(mount_evidence(mount))
            .title(format!("what is mounted on {} is full", mount.destination))
            .into(),
        None => Says::also(Evidence::file(
            &path,
            None,
            format!("{path} is in the writable layer, on the engine's disk"),
        ))
        .title("the engine's disk is full")
        .command("docker system df")
        .into(),
    }
}

fn tmpfs(at: &str, options: &str) -> Evidence {
    let pointer = format!("/HostConfig/Tmpfs/{}", at.replace('~', "~0").replace('/', "~1"));
    Evidence::inspect(
        &pointer,
        format!("tmpfs on {at} ({})", if options.is_empty() { "half of the memory" } else { options }),
    )
}

/// A directory where a file is expected: mostly a bind mount whose source was missing.
pub(super) fn directory_mounted(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let Some((said, path)) =
        path_of(case, hit).filter(|(_, path)| path.len() > 1).or_else(|| mounted_folder(case))
    else {
        return Outcome::Not;
    };
    let mount = case.facts.mounts.iter().find(|mount| mount.destination == path);
    let is_folder = matches!(walk(case, &path), Walk::Found(reached) if reached.node.kind == Kind::Directory);
    match mount {
        Some(mount) if is_folder || mount.kind == "bind" => {
            let title = format!(
                "{said} is a directory: {} was missing on the host when it was first mounted, and the engine made a directory of it",
                mount.source
            );
            let says = Says::proven(mount_evidence(mount)).title(title);
            let says = if is_folder {
                says.with(Evidence::file(&path, None, format!("{path} is a directory")))
            } else {
                says.grade(Grade::Likely)
            };
            let fix = format!(
                "rmdir {0} on the host, put the file there, and make the container anew",
                mount.source
            );
            says.fix(fix).command(format!("rmdir {}", mount.source)).into()
        }
        // Without a mount it is something else, and no finding of this kind.
        _ if is_folder => Says::proven(Evidence::file(&path, None, format!("{path} is a directory")))
            .cause("configuration-error")
            .title(format!("{said} is a directory, where the program expects a file"))
            .into(),
        _ => Outcome::Not,
    }
}

/// The one mount that is a directory and is called like a file.
fn mounted_folder(case: &Case<'_>) -> Option<(String, String)> {
    let mut alike = case.facts.mounts.iter().filter(|mount| {
        let name = mount.destination.rsplit('/').next().unwrap_or_default();
        mount.kind == "bind" && name.trim_start_matches('.').contains('.')
    });
    let path = alike.next()?.destination.clone();
    alike.next().is_none().then_some((path.clone(), path))
}

/// What denies an access, and whose fault that is.
pub(super) fn denied(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let Some((said, path)) = path_of(case, hit) else { return Outcome::Nothing };
    let Whom::User(user) = whom(case) else { return Outcome::Nothing };
    let who = named(case, &user);
    // The file itself, or the directory that it was to be made in.
    let (at, node) = match walk(case, &path) {
        Walk::Found(reached) => (reached.path.clone(), Some(reached.node)),
        Walk::Missing(missing) => {
            let parent = missing.at.rsplit_once('/').map_or("/", |(parent, _)| parent);
            let parent = if parent.is_empty() { "/" } else { parent }.to_owned();
            let node = match walk(case, &parent) {
                Walk::Found(reached) => Some(reached.node),
                _ => None,
            };
            (parent, node)
        }
        _ => (path.clone(), None),
    };
    let mount = inside_mount(case, &path);
    let text = &hit.line.text;
    // Denied although it may be executed: the mount forbids it.
    if let Some(evidence) = noexec(case, &path)
        && case.facts.state.exit_code == 126
    {
        return Says::proven(evidence)
            .cause("noexec-mount")
            .title(format!("{said} lies in a mount that forbids execution (noexec)"))
            .into();
    }
    let owner = case.owner(&at);
    let bits = owner.and_then(|owner| Some(user.bits(node?.mode, owner)));
    let mut says = match (node, bits) {
        (Some(node), Some(bits))
            if bits & 2 == 0 || bits & 4 == 0 || (node.kind == Kind::Directory && bits & 1 == 0) =>
        {
            Says::proven(Evidence::file(&at, None, owned(case, &at, node)))
        }
        (Some(node), Some(_)) => Says::also(Evidence::file(&at, None, owned(case, &at, node))),
        _ => Says::default(),
    };
    says.evidence.push(Evidence::inspect("/Config/User", format!("User {:?}", case.facts.config.user)));
    if let Some(mount) = mount {
        says.evidence.push(mount_evidence(mount));
        let owner = owner.map(|(uid, gid)| format!(", which belongs to {uid}:{gid}")).unwrap_or_default();
        let title =
            format!("{who} may not use {said} in the {} mounted on {}{owner}", mount.kind, mount.destination);
        let place = if mount.kind == "bind" {
            mount.source.clone()
        } else {
            format!("(inside the volume {})", mount.name)
        };
        let fix = format!(
            "let it belong to {0}:{1}: chown -R {0}:{1} {place}; or run with --user; on hosts with SELinux mount with :z",
            user.uid, user.gid
        );
        let id =
            if mount.kind == "bind" { "permission-denied-bind-mount" } else { "permission-denied-non-root" };
        return says.cause(id).title(title).fix(fix).into();
    }
    if user == User::root() {
        let dropped = case.facts.host.cap_drop.iter().any(|name| name == "ALL" || name == "DAC_OVERRIDE");
        if dropped {
            let evidence = Evidence::inspect(
                "/HostConfig/CapDrop",
                format!("CapDrop {}", case.facts.host.cap_drop.join(", ")),
            );
            return Says::proven(evidence)
                .cause("missing-capability")
                .title(format!("root may not use {said} without DAC_OVERRIDE, which was dropped"))
                .into();
        }
        return Says::doubted(format!("it runs as root; a security module may deny {said}")).into();
    }
    let what = if at == path { said.clone() } else { format!("{said} (in {at})") };
    let title = format!(
        "{who} may not use {what}{}",
        if text.contains("mkdir") || text.contains("create") { ", which it wants to make" } else { "" }
    );
    let fix = format!("COPY --chown={0}:{1}, or RUN chown {0}:{1} {at} before USER", user.uid, user.gid);
    says.title(title).fix(fix).into()
}

pub(super) fn not_executable(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let Some((said, path)) = path_of(case, hit) else { return Outcome::Nothing };
    let (said, path) = if said.contains('/') {
        (said, path)
    } else {
        match program::search(case, &said) {
            program::Search::NotExecutable(path) | program::Search::Found(path) => (said, path),
            _ => (said, path),
        }
    };
    // Redirections into a file are denied in the same words.
    let Walk::Found(reached) = walk(case, &path) else { return denied(case, hit) };
    if reached.node.kind == Kind::Directory {
        return Says::proven(Evidence::file(&path, None, format!("{path} is a directory")))
            .title(format!("{said} is a directory, and is to be executed"))
            .into();
    }
    if let Some(evidence) = noexec(case, &reached.path) {
        return Says::proven(evidence)
            .cause("noexec-mount")
            .title(format!("{said} lies in a mount that forbids execution (noexec)"))
            .into();
    }
    if reached.node.mode & 0o111 == 0 {
        let listing = Evidence::file(&reached.path, None, owned(case, &reached.path, reached.node));
        let says = Says::proven(listing)
            .title(format!("{said} is there, but has no execute permission ({:04o})", reached.node.mode));
        return match inside_mount(case, &reached.path) {
            Some(mount) => says.with(mount_evidence(mount)).into(),
            None => says.into(),
        };
    }
    match program::command(case, &path).obstacle {
        Some(obstacle) => by_obstacle(obstacle),
        None => denied(case, hit),
    }
}

/// What examining the program says.
pub(super) fn by_obstacle(obstacle: program::Obstacle) -> Outcome {
    let grade = if obstacle.certain { Grade::Proven } else { Grade::Likely };
    let says = Says { grade: Some(grade), evidence: obstacle.evidence, fix: obstacle.fix, ..Says::default() };
    says.cause(obstacle.cause).title(obstacle.title).into()
}

pub(super) fn format(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let Some((_, path)) = path_of(case, hit) else { return Outcome::Nothing };
    program::command(case, &path).obstacle.map_or(Outcome::Nothing, by_obstacle)
}
