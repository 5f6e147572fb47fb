//! Lines about paths, held against the container's files, its mounts and its user.

use super::super::case::Case;
use super::super::facts::{MountFact, below};
use super::super::program::{
    self, User, Walk, Whom, inside_mount, mount_evidence, named, noexec, owned, walk, whom,
};
use super::super::verdict::{Evidence, Grade};
use super::{Hit, Outcome, Says};
use crate::image::changeset::Kind;
use crate::image::size::human;
use crate::image::writable::Happened;

/// The path that a line is about, as seen from the working directory.
fn path_of(case: &Case<'_>, hit: &Hit<'_>) -> Option<(String, String)> {
    let said = hit.named(&["path", "other", "ruby", "perl", "puma"])?;
    Some((said.to_owned(), case.absolute(said)))
}

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

/// A path that is not there: elsewhere, hidden, or never made.
pub(super) fn path(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let Some((said, path)) = path_of(case, hit) else { return Outcome::Nothing };
    let workdir = case.facts.config.workdir();
    match walk(case, &path) {
        Walk::Found(_) => Says::doubted(format!("{path} is there now")).into(),
        Walk::Missing(missing) => gone(case, &said, &path, &missing.at, workdir),
        _ => Outcome::Nothing,
    }
}

fn gone(case: &Case<'_>, said: &str, path: &str, at: &str, workdir: &str) -> Outcome {
    let absent = Evidence::file(at, None, format!("{at} is not there"));
    let workdir_said = Evidence::inspect("/Config/WorkingDir", format!("WorkingDir {workdir:?}"));
    if let Some(elsewhere) = elsewhere(case, said, path) {
        let relative = !said.starts_with('/');
        let title = if relative {
            format!("{said} is looked for in the working directory {workdir}; it is at {elsewhere}")
        } else {
            format!("{said} is not there; there is {elsewhere}")
        };
        let says = Says::proven(absent)
            .with(workdir_said)
            .with(Evidence::file(&elsewhere, None, format!("{elsewhere} is there")))
            .title(title);
        let says = if relative { says } else { says.cause("configuration-error") };
        return says.fix(format!("name it {elsewhere}, or set WORKDIR to where it is")).into();
    }
    if case.facts.changed(path) == Some(Happened::Deleted) {
        return Says::proven(Evidence::change(path, format!("D {path}")))
            .cause("configuration-error")
            .title(format!("{said} was deleted in this container"))
            .into();
    }
    if let Some(mount) = inside_mount(case, path) {
        let title = format!("{said} is not in the {} mounted on {}", mount.kind, mount.destination);
        return Says::proven(mount_evidence(mount))
            .with(absent)
            .cause("configuration-error")
            .title(title)
            .into();
    }
    let relative = !said.starts_with('/');
    // What an interpreter is to run is a script.
    if case.facts.config.argv.iter().skip(1).any(|word| word == said) {
        let argv = Evidence::inspect("/Args", super::super::redact::text(&case.facts.config.argv.join(" ")));
        let title = format!("the script {said} is not there");
        return Says::proven(absent).with(argv).cause("script-not-in-image").title(title).into();
    }
    let title = format!("the program looks for {path}, which is not there");
    let says = Says::proven(absent).with(workdir_said).title(title);
    if relative { says.grade(Grade::Likely).into() } else { says.cause("configuration-error").into() }
}

/// The same name in places where it often is.
fn elsewhere(case: &Case<'_>, said: &str, own: &str) -> Option<String> {
    let bare = said.trim_start_matches("./").trim_start_matches('/');
    if bare.is_empty() || bare.contains("..") {
        return None;
    }
    let program =
        case.facts.config.argv.iter().rev().find(|word| word.starts_with('/')).cloned().unwrap_or_default();
    let beside = program.rsplit_once('/').map(|(folder, _)| folder.to_owned()).unwrap_or_default();
    let folders = [
        beside.as_str(),
        "",
        "/app",
        "/usr/src/app",
        "/srv",
        "/srv/app",
        "/opt",
        "/opt/app",
        "/code",
        "/etc",
        "/home/app",
        "/workspace",
        "/var/www/html",
    ];
    let mut tried: Vec<String> = folders.iter().map(|folder| format!("{folder}/{bare}")).collect();
    // `config/settings.yml` may have been copied without its folder.
    if let Some((_, name)) = bare.rsplit_once('/') {
        tried.extend(
            folders.iter().filter(|folder| !folder.is_empty()).map(|folder| format!("{folder}/{name}")),
        );
    }
    let found =
        tried.into_iter().filter(|path| path != own).find(|path| matches!(walk(case, path), Walk::Found(_)));
    found.or_else(|| {
        case.facts
            .files
            .history(own)?
            .namesakes
            .iter()
            .find(|path| path.ends_with(&format!("/{bare}")))
            .cloned()
    })
}

/// A script, module or jar that its interpreter does not find.
pub(super) fn script(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let Some((said, path)) = path_of(case, hit) else { return Outcome::Nothing };
    let argv = &case.facts.config.argv;
    match walk(case, &path) {
        Walk::Missing(missing) => {
            let given = argv.iter().any(|word| word.contains(said.as_str()));
            let absent = Evidence::file(&missing.at, None, format!("{} is not there", missing.at));
            if let Some(mount) = inside_mount(case, &missing.at) {
                let had = case.history(&path).and_then(|history| history.writer()).is_some();
                let hides = if had { ", which hides the image's own" } else { "" };
                let title =
                    format!("{said} is not in the {} mounted on {}{hides}", mount.kind, mount.destination);
                return Says::proven(absent).with(mount_evidence(mount)).title(title).into();
            }
            if let Some(elsewhere) = elsewhere(case, &said, &path) {
                let workdir = case.facts.config.workdir();
                let title = format!("{said} is looked for in {workdir}; it is at {elsewhere}");
                let says = Says::proven(absent).with(Evidence::file(
                    &elsewhere,
                    None,
                    format!("{elsewhere} is there"),
                ));
                let says =
                    says.with(Evidence::inspect("/Config/WorkingDir", format!("WorkingDir {workdir:?}")));
                let says =
                    if said.starts_with('/') { says } else { says.cause("relative-path-wrong-workdir") };
                return says
                    .title(title)
                    .fix(format!("name it {elsewhere}, or set WORKDIR to where it is"))
                    .into();
            }
            let says = Says::proven(absent);
            if given {
                says.with(Evidence::inspect("/Args", super::super::redact::text(&argv.join(" ")))).into()
            } else {
                says.into()
            }
        }
        Walk::Found(_) => Says::doubted(format!("{path} is there")).into(),
        _ => Outcome::Nothing,
    }
}

pub(super) fn pid_file(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let Some((_, path)) = path_of(case, hit) else { return Outcome::Nothing };
    if let Some(happened) = case.facts.changed(&path)
        && happened != Happened::Deleted
    {
        let says = Says::proven(Evidence::change(&path, format!("A {path}: left by an earlier run")));
        return says
            .title(format!("{path} of an earlier run is still there, and the program takes it for itself"))
            .command(format!("docker rm {}", case.facts.name))
            .into();
    }
    match walk(case, &path) {
        Walk::Found(reached) => {
            let says = Says::proven(Evidence::file(&path, None, format!("{} is there", reached.path)));
            let says = says.title(format!(
                "{path} of an earlier run is still there, and the program takes it for itself"
            ));
            match inside_mount(case, &path) {
                Some(mount) => says.with(mount_evidence(mount)).into(),
                None => says.into(),
            }
        }
        _ => Outcome::Nothing,
    }
}

pub(super) fn tzdata(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    match walk(case, "/usr/share/zoneinfo") {
        Walk::Missing(_) => {
            Says::proven(Evidence::file("/usr/share/zoneinfo", None, "/usr/share/zoneinfo is not there"))
                .into()
        }
        Walk::Found(_) => {
            let zone = hit.named(&["zone", "go", "java", "other"]).unwrap_or_default();
            match walk(case, &format!("/usr/share/zoneinfo/{zone}")) {
                Walk::Found(_) => Says::doubted(format!("/usr/share/zoneinfo/{zone} is there")).into(),
                Walk::Missing(_) => Says::also(Evidence::file(
                    "/usr/share/zoneinfo",
                    None,
                    format!("/usr/share/zoneinfo has no {zone}"),
                ))
                .into(),
                _ => Outcome::Nothing,
            }
        }
        _ => Outcome::Nothing,
    }
}

/// Where the configuration is that is not accepted.
pub(super) fn config_line(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let word = hit.named(&["path"]).or_else(|| {
        let words = hit.line.text.split(|c: char| c.is_whitespace() || "'\"(),;:=‘’".contains(c));
        words.into_iter().find(|word| word.starts_with('/') && word.contains('.') && word.len() > 3)
    });
    let Some(path) = word.map(|word| case.absolute(word)) else { return Outcome::Nothing };
    let Walk::Found(reached) = walk(case, &path) else { return Outcome::Nothing };
    let number: Option<usize> = hit.named(&["number"]).and_then(|number| number.parse().ok());
    let text = number
        .and_then(|number| case.text(&reached.path)?.lines().nth(number.checked_sub(1)?).map(str::to_owned));
    let shown = match (number, &text) {
        (Some(number), Some(text)) => {
            format!("line {number} of {path}: {}", super::super::redact::text(text.trim()))
        }
        _ => format!("{path} is there, {} bytes", reached.node.bytes),
    };
    let says = Says::also(Evidence::file(&reached.path, None, shown));
    let says = if text.is_some() { says.grade(Grade::Proven) } else { says };
    match inside_mount(case, &path) {
        Some(mount) => says.with(mount_evidence(mount)).into(),
        None => match program::writer(case, &path) {
            Some(evidence) => says.with(evidence).into(),
            None => says.into(),
        },
    }
}

/// Windows line ends in the script that runs.
pub(super) fn crlf(case: &Case<'_>, _: &Hit<'_>) -> Outcome {
    let Some(text) = super::script_text(case).or_else(|| argv_script(case)) else { return Outcome::Nothing };
    let Some(path) = text.file else { return Outcome::Nothing };
    let total = text.body.split('\n').filter(|line| !line.is_empty()).count();
    let crlf = text.body.split('\n').filter(|line| line.ends_with('\r')).count();
    if crlf == 0 {
        return Outcome::Not;
    }
    let shown = format!("{crlf} of {total} lines of {path} end in CR LF");
    Says::proven(Evidence::file(&path, None, shown))
        .title(format!(
            "{path} has Windows line ends (CR LF), which its interpreter takes for a part of the words"
        ))
        .into()
}

/// Whatever script stands in the command, also one for `env`.
fn argv_script(case: &Case<'_>) -> Option<super::ScriptText> {
    case.facts.config.argv.iter().find_map(|word| {
        let path = if word.contains('/') {
            case.absolute(word)
        } else {
            match program::search(case, word) {
                program::Search::Found(path) => path,
                _ => return None,
            }
        };
        super::read_script(case, &path).filter(|text| text.body.starts_with("#!"))
    })
}

pub(super) fn data_version(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let folder = case.facts.config.env("PGDATA").unwrap_or("/var/lib/postgresql/data");
    let own = case.facts.config.env("PG_MAJOR").map(str::to_owned);
    if let Walk::Found(reached) = walk(case, &format!("{folder}/PG_VERSION"))
        && let Some(version) = case.text(&reached.path)
    {
        let version = version.trim().to_owned();
        let image =
            own.as_deref().map(|own| format!(", and the image is Postgres {own}")).unwrap_or_default();
        let says = Says::proven(Evidence::file(&reached.path, None, format!("PG_VERSION {version}")));
        let says = says.title(format!("the data in {folder} is of Postgres {version}{image}"));
        return match inside_mount(case, folder) {
            Some(mount) => says.with(mount_evidence(mount)).into(),
            None => says.into(),
        };
    }
    let volume = case.facts.mounts.iter().find(|mount| mount.kind != "tmpfs" && mount.writable);
    let said = hit.named(&["old", "rdb"]).map(|old| format!("the data was written by version {old}"));
    match (volume, said) {
        (Some(mount), Some(title)) => Says::also(mount_evidence(mount)).title(title).into(),
        (Some(mount), None) => Says::also(mount_evidence(mount)).into(),
        _ => Outcome::Nothing,
    }
}

pub(super) fn redis(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    // The block names the line, and quotes it behind >>>.
    let lines = &case.facts.log.lines[hit.at..];
    let quoted = lines.iter().take(8).enumerate().find(|(_, line)| line.text.trim_start().starts_with(">>>"));
    match quoted {
        Some((at, line)) => {
            let title = format!(
                "Redis does not accept a line of its configuration: {}",
                super::super::redact::text(line.text.trim_start_matches([' ', '>']))
            );
            let path = case.facts.config.argv.iter().skip(1).find(|word| word.contains(".conf"));
            let mut says = Says::also(Evidence::log(hit.at + at, line)).title(title);
            if let Some(path) = path.map(|path| case.absolute(path))
                && let Walk::Found(reached) = walk(case, &path)
            {
                says = says
                    .with(Evidence::file(&reached.path, None, format!("{path} is there")))
                    .grade(Grade::Proven);
            }
            says.into()
        }
        None => Outcome::Nothing,
    }
}
