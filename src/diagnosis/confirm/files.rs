//! Lines about paths, held against the container's files, its mounts and its user.

use super::super::case::Case;
use super::super::program::{self, Walk, inside_mount, mount_evidence, walk};
use super::super::verdict::{Evidence, Grade};
use super::{Hit, Outcome, Says};
use crate::image::writable::Happened;

/// The path that a line is about, as seen from the working directory.
pub(super) fn path_of(case: &Case<'_>, hit: &Hit<'_>) -> Option<(String, String)> {
    let said = hit.named(&["path", "other", "ruby", "perl", "puma"])?;
    Some((said.to_owned(), case.absolute(said)))
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
    if case.changed(path) == Some(Happened::Deleted) {
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
    if let Some(happened) = case.changed(&path)
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
