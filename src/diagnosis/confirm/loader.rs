//! Lines of loaders and runtimes about what they do not find, held against the files of the container.

use super::super::case::Case;
use super::super::elf;
use super::super::facts::below;
use super::super::program::{self, Walk, locate_library, mount_evidence, walk};
use super::super::verdict::{Evidence, Grade};
use super::{Hit, Outcome, Says};

pub(super) fn library(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let Some(name) = hit.named(&["lib"]).map(str::trim) else { return Outcome::Nothing };
    match locate_library(case, name, &[]) {
        program::Found::At(path) => {
            Says::doubted(format!("{path} is there; perhaps not where this program looks")).into()
        }
        program::Found::Missing { removed: Some(evidence), .. } => {
            let title = format!("the shared library {name} was in the image, and a later layer removed it");
            Says::proven(evidence).cause("shared-library-deleted-in-layer").title(title).into()
        }
        program::Found::Missing { removed: None, nowhere } => {
            let shown = if nowhere {
                format!("no layer has a file {name}")
            } else {
                format!("no directory of libraries has {name}")
            };
            Says::proven(Evidence::file("/", None, shown)).into()
        }
        program::Found::Unknown => Outcome::Nothing,
    }
}

pub(super) fn glibc(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let Some(version) = hit.named(&["version"]) else { return Outcome::Nothing };
    let Some(needed) = elf::glibc(version) else { return Outcome::Nothing };
    match locate_library(case, "libc.so.6", &[]) {
        program::Found::At(path) => match case.elf(&path).and_then(|elf| elf.offers_glibc) {
            Some(offers) if offers < needed => {
                let shown = format!("{path} offers GLIBC_{}.{} at most", offers.0, offers.1);
                Says::proven(Evidence::file(&path, None, shown)).into()
            }
            Some(_) => Says::doubted(format!("{path} offers it")).into(),
            None => Outcome::Nothing,
        },
        _ => Outcome::Nothing,
    }
}

/// What the program's own property note says.
pub(super) fn isa(case: &Case<'_>, _: &Hit<'_>) -> Outcome {
    let path = case.facts.config.argv.first().and_then(|program| program::command(case, program).path);
    match path.and_then(|path| case.elf(&path)?.isa_level.map(|level| (path, level))) {
        Some((path, level)) => {
            Says::proven(Evidence::file(&path, None, format!("{path} says that it needs x86-64-v{level}")))
                .into()
        }
        None => Outcome::Nothing,
    }
}

/// A program that a shell or env does not find.
pub(super) fn shell_command(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let Some(name) = hit.named(&["program", "busybox"]) else { return Outcome::Nothing };
    // A carriage return in the name is of the script, not of the program.
    if name.contains("\\r") {
        return super::files::crlf(case, hit);
    }
    // A script whose interpreter env looks for explains more than the name that env did not find.
    if hit.line.text.contains("env: ")
        && let Some(own) = program::examine(case).obstacle
        && own.errno == program::Errno::Later
    {
        return super::access::by_obstacle(own);
    }
    let examined = program::command(case, name);
    match examined.obstacle {
        Some(obstacle) if obstacle.errno == program::Errno::Later => Outcome::Nothing,
        Some(obstacle) => super::access::by_obstacle(obstacle),
        None if examined.complete => {
            Says::doubted(format!("{} is there", examined.path.unwrap_or_else(|| name.to_owned()))).into()
        }
        None => Outcome::Nothing,
    }
}

pub(super) fn python_module(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let Some(module) = hit.named(&["module"]) else { return Outcome::Nothing };
    let top = module.split('.').next().unwrap_or(module);
    let version = python_version(case);
    let places = match &version {
        Some(version) => vec![
            format!("/usr/local/lib/python{version}/site-packages"),
            format!("/usr/lib/python{version}"),
            format!("/usr/local/lib/python{version}/dist-packages"),
            "/usr/lib/python3/dist-packages".to_owned(),
        ],
        None => vec!["/usr/lib/python3/dist-packages".to_owned()],
    };
    let mut unknown = false;
    for place in &places {
        for path in [format!("{place}/{top}"), format!("{place}/{top}.py")] {
            match walk(case, &path) {
                Walk::Found(_) => {
                    return Says::doubted(format!("{path} is there; another python may be running")).into();
                }
                Walk::Unknown => unknown = true,
                _ => {}
            }
        }
    }
    // A module of one's own, where the program looks from elsewhere.
    let own = ["/app", "/usr/src/app", "/srv", "/code", "/opt/app"].iter().find_map(|folder| {
        let found = [format!("{folder}/{top}"), format!("{folder}/{top}.py"), format!("{folder}/src/{top}")];
        found.into_iter().find(|path| matches!(walk(case, path), Walk::Found(_)))
    });
    if let Some(own) = own {
        let workdir = case.facts.config.workdir();
        let title = format!("Python does not look where the module {top} is: {own}");
        return Says::proven(Evidence::file(&own, None, format!("{own} is there")))
            .with(Evidence::inspect("/Config/WorkingDir", format!("WorkingDir {workdir:?}")))
            .title(title)
            .fix(format!(
                "set WORKDIR or PYTHONPATH to {}",
                own.rsplit_once('/').map_or("/", |(folder, _)| folder)
            ))
            .into();
    }
    if unknown {
        return Outcome::Nothing;
    }
    let shown = format!("neither {} has {top}", places.join(" nor "));
    Says::proven(Evidence::file(&places[0], None, shown)).into()
}

/// `3.11`, from the environment, the log or the files.
fn python_version(case: &Case<'_>) -> Option<String> {
    let short = |text: &str| {
        let mut parts = text.split('.');
        let (major, minor) = (parts.next()?, parts.next()?);
        let minor: String = minor.chars().take_while(char::is_ascii_digit).collect();
        (!minor.is_empty()).then(|| format!("{major}.{minor}"))
    };
    if let Some(version) = case.facts.config.env("PYTHON_VERSION").and_then(short) {
        return Some(version);
    }
    let in_log = case.facts.log.lines.iter().find_map(|line| short(line.text.split("/python").nth(1)?));
    in_log.or_else(|| match program::search(case, "python3") {
        program::Search::Found(path) => match walk(case, &path) {
            Walk::Found(reached) => short(reached.path.rsplit_once("python")?.1),
            _ => None,
        },
        _ => None,
    })
}

/// The frame of the program's own code, before that of the platform.
pub(super) fn python_frame(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let before = &case.facts.log.lines[..hit.at];
    let frames =
        before.iter().enumerate().rev().take(120).take_while(|(_, line)| !line.text.starts_with("Traceback"));
    let frames: Vec<_> = frames.filter(|(_, line)| line.text.trim_start().starts_with("File \"")).collect();
    let own = frames.iter().find(|(_, line)| {
        let path = line.text.trim_start().trim_start_matches("File \"");
        !path.starts_with('<')
            && !path.contains("site-packages")
            && !path.contains("dist-packages")
            && !path.starts_with("/usr/lib/python")
            && !path.starts_with("/usr/local/lib/python")
    });
    match own.or(frames.first()) {
        Some((at, line)) => Says::also(Evidence::log(*at, line)).into(),
        None => Outcome::Nothing,
    }
}

pub(super) fn node_module(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let Some(module) = hit.named(&["module"]) else { return Outcome::Nothing };
    if module.starts_with('/') || module.starts_with('.') {
        // The program itself, or one of its files: a path like others.
        let path = case.absolute(module);
        return match walk(case, &path) {
            Walk::Missing(missing) => {
                let mount = program::inside_mount(case, &missing.at);
                let says =
                    Says::proven(Evidence::file(&missing.at, None, format!("{} is not there", missing.at)));
                let given = module.starts_with('/')
                    && case
                        .facts
                        .config
                        .argv
                        .iter()
                        .any(|word| path.ends_with(word.trim_start_matches("./")));
                let says = if given {
                    says.cause("script-not-in-image").title(format!("the script {module} is not there"))
                } else {
                    says
                };
                mount.map(mount_evidence).into_iter().fold(says, Says::with).into()
            }
            _ => Outcome::Nothing,
        };
    }
    let name = match module.strip_prefix('@') {
        Some(scoped) => format!("@{}", scoped.splitn(3, '/').take(2).collect::<Vec<_>>().join("/")),
        None => module.split('/').next().unwrap_or(module).to_owned(),
    };
    // Node looks in node_modules of the folder and of those above it.
    let start = required_by(case, hit.at).unwrap_or_else(|| case.facts.config.workdir().to_owned());
    let mut folder = start.trim_end_matches('/').to_owned();
    let mut looked = Vec::new();
    loop {
        let path = format!("{folder}/node_modules/{name}");
        match walk(case, &path) {
            Walk::Found(_) => return Says::doubted(format!("{path} is there")).into(),
            Walk::Unknown => return Outcome::Nothing,
            _ => looked.push(format!("{folder}/node_modules")),
        }
        match folder.rfind('/') {
            Some(at) => folder.truncate(at),
            None => break,
        }
    }
    let place = &looked[0];
    let mount = case
        .facts
        .mounts
        .iter()
        .filter(|mount| below(place, &mount.destination))
        .max_by_key(|mount| mount.destination.len());
    if let Some(mount) = mount {
        let had = case.history(&format!("{place}/{name}")).map(|history| history.writer().is_some());
        let fix = format!("add a volume of its own: -v {place}; or install into what is mounted");
        return match had {
            Some(true) => Says::proven(mount_evidence(mount))
                .with(Evidence::file(&format!("{place}/{name}"), None, format!("the image has {place}/{name}")))
                .cause("node-modules-hidden-by-mount")
                .title(format!("the image has the module {name}, but the {} mount on {} hides it", mount.kind, mount.destination))
                .fix(fix)
                .into(),
            Some(false) => Says::proven(mount_evidence(mount)).with(Evidence::file(place, None, format!("{place} has no {name}"))).into(),
            None => Says::also(mount_evidence(mount))
                .cause("node-modules-hidden-by-mount")
                .title(format!("Node does not find the module {name}: the {} mount on {} lies over the image's node_modules", mount.kind, mount.destination))
                .fix(fix)
                .into(),
        };
    }
    Says::proven(Evidence::file(place, None, format!("no node_modules from {place} up has {name}"))).into()
}

/// The folder of the file that required it: `Require stack: - /app/server.js`, `imported from /app/x.mjs`.
fn required_by(case: &Case<'_>, at: usize) -> Option<String> {
    let lines = case.facts.log.lines[at..].iter().take(6);
    lines.into_iter().find_map(|line| {
        let path =
            line.text.trim().strip_prefix("- ").or_else(|| line.text.split("imported from ").nth(1))?;
        let path = path.trim();
        (path.starts_with('/')).then(|| path.rsplit_once('/').map_or("/", |(folder, _)| folder).to_owned())
    })
}

/// The first frame of goroutine 1 outside of the runtime, and an environment variable that a panic names.
pub(super) fn go_panic(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let behind = case.facts.log.lines[hit.at..].iter().enumerate().skip(1).take(60);
    let begun = behind.skip_while(|(_, line)| !line.text.starts_with("goroutine "));
    let frame = begun.into_iter().find(|(_, line)| {
        let text = line.text.as_str();
        text.contains('(')
            && !text.starts_with("goroutine ")
            && !text.starts_with('\t')
            && !text.starts_with("panic(")
            && !text.starts_with("runtime.")
            && !text.starts_with("created by")
    });
    let said = Evidence::inspect("/State/ExitCode", "exit code 2, as Go ends a panic");
    // The runtime's own account and its own exit code agree.
    let says = Says { grade: Some(Grade::Proven), evidence: vec![said], ..Says::default() };
    match frame {
        Some((at, line)) => says.with(Evidence::log(hit.at + at, line)).into(),
        None => says.grade(Grade::Likely).into(),
    }
}

/// The message stands in the next line.
pub(super) fn rust_panic(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let place = hit.named(&["where"]).unwrap_or_default().trim_end_matches(':').to_owned();
    let code = case.facts.state.exit_code;
    let grade = if code == 101 || code == 134 { Grade::Proven } else { Grade::Likely };
    let evidence = Evidence::inspect("/State/ExitCode", format!("exit code {code}"));
    match case
        .facts
        .log
        .lines
        .get(hit.at + 1)
        .filter(|line| !line.text.starts_with("note: ") && !line.text.starts_with("stack backtrace"))
    {
        Some(line) => {
            let message = super::super::redact::text(line.text.trim());
            // `X must be set: NotPresent` is about the environment.
            Says::also(evidence)
                .with(Evidence::log(hit.at + 1, line))
                .title(format!("the Rust program panics at {place}: {message}"))
                .grade(grade)
                .into()
        }
        None => Says::also(evidence).grade(grade).into(),
    }
}

pub(super) fn php_extension(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let names = [
        ("mysqli_", "mysqli"),
        ("imagecreate", "gd"),
        ("pg_", "pgsql"),
        ("mb_", "mbstring"),
        ("curl_", "curl"),
        ("bc", "bcmath"),
        ("gmp_", "gmp"),
        ("xml_", "xml"),
    ];
    let said =
        hit.named(&["function", "class", "extension", "other"]).unwrap_or_default().to_ascii_lowercase();
    let extension =
        names.iter().find(|(start, _)| said.starts_with(start)).map(|(_, name)| (*name).to_owned());
    let extension =
        extension.or_else(|| hit.named(&["class", "extension", "other"]).map(str::to_ascii_lowercase));
    let Some(extension) = extension else { return Outcome::Nothing };
    let ini = [format!("/usr/local/etc/php/conf.d/docker-php-ext-{extension}.ini")];
    match walk(case, &ini[0]) {
        Walk::Missing(missing) if missing.at == ini[0] => {
            Says::proven(Evidence::file(&ini[0], None, format!("{} is not there", ini[0])))
                .title(format!("PHP lacks the extension {extension}"))
                .fix(format!("RUN docker-php-ext-install {extension}"))
                .into()
        }
        _ => Says::default().title(format!("PHP lacks the extension {extension}")).into(),
    }
}

/// Package lists that the build removed, as it should.
pub(super) fn apt(case: &Case<'_>, _: &Hit<'_>) -> Outcome {
    let runs = case.facts.config.argv.iter().any(|word| word.contains("apt") || word.contains("apk"))
        || super::script_text(case).is_some_and(|text| {
            text.body.contains("apt-get ") || text.body.contains("apt ") || text.body.contains("apk ")
        });
    if runs {
        let line = super::super::redact::text(&case.facts.config.argv.join(" "));
        return Says::proven(Evidence::inspect("/Args", line)).into();
    }
    Outcome::Nothing
}
