//! `hadal preflight`: whether an image can start at all.

use std::io;

use super::{Failure, Globals, args, progress};
use crate::jobs::{self, Engines, OpenRequest, PlannedMount, Settings, Task};
use crate::report::size::human;
use crate::report::{diagnosis, json};

pub(super) fn run(args: &args::Preflight, globals: Globals) -> Result<(), Failure> {
    let mounts =
        args.mount.iter().map(|mount| planned(mount)).collect::<Result<_, _>>().map_err(Failure::Usage)?;
    let settings = Settings {
        user: args.user.clone(),
        workdir: args.workdir.clone(),
        // As engines take it: an empty one drops the image's.
        entrypoint: args
            .entrypoint
            .clone()
            .map(|program| Some(program).filter(|program| !program.is_empty()).into_iter().collect()),
        command: (!args.command.is_empty()).then(|| args.command.clone()),
        env: args.env.clone(),
        mounts,
    };
    let request = OpenRequest {
        image: Some(args.source.image.clone()),
        engines: Engines::LookedFor(globals.around),
        select: args.source.choice.select.clone(),
        platform: globals.platform,
        ..OpenRequest::default()
    };
    let task = Task::new();
    let words = || format!("reading {}", human(task.progress().done));
    let found = progress::watched(words, || jobs::preflight(&request, &settings, &task, &mut |_| {}))?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut facts = found.facts;
    facts.image.clone_from(&args.source.image);
    if args.json {
        json::write(&json::PreflightDocument::new(&facts, &found.verdict), &mut out)?;
    } else {
        diagnosis::preflight(&facts, &found.verdict, &mut out)?;
    }
    io::Write::flush(&mut out)?;
    if found.verdict.can_start == Some(false) { Err(Failure::No) } else { Ok(()) }
}

/// A mount as engines write it: `SOURCE:DESTINATION[:OPTIONS]`, or `type=bind,source=…,target=…`.
fn planned(text: &str) -> Result<PlannedMount, String> {
    let wrong =
        || format!("--mount {text}: expected SOURCE:DESTINATION[:ro], or type=bind,source=…,target=…");
    let mut mount = PlannedMount::default();
    if text.contains('=') && !text.starts_with('/') {
        let mut options = Vec::new();
        "volume".clone_into(&mut mount.kind);
        for part in text.split(',') {
            let (key, value) = part.split_once('=').unwrap_or((part, "true"));
            match key {
                "type" => value.clone_into(&mut mount.kind),
                "source" | "src" => value.clone_into(&mut mount.source),
                "target" | "destination" | "dst" => value.clone_into(&mut mount.destination),
                "readonly" | "ro" if value == "true" || value == "1" => options.push("ro"),
                _ => options.push(part),
            }
        }
        mount.options = options.join(",");
    } else {
        let mut parts = text.splitn(3, ':');
        let first = parts.next().unwrap_or_default();
        match parts.next() {
            Some(destination) => {
                (mount.source, mount.destination) = (first.to_owned(), destination.to_owned());
            }
            None => first.clone_into(&mut mount.destination),
        }
        parts.next().unwrap_or_default().clone_into(&mut mount.options);
        let path = mount.source.starts_with(['/', '.', '~']);
        if path { "bind" } else { "volume" }.clone_into(&mut mount.kind);
    }
    if !mount.destination.starts_with('/') || !["bind", "volume", "tmpfs"].contains(&mount.kind.as_str()) {
        return Err(wrong());
    }
    if mount.kind == "bind" && mount.source.is_empty() {
        return Err(wrong());
    }
    if mount.destination.len() > 1 {
        mount.destination = mount.destination.trim_end_matches('/').to_owned();
    }
    Ok(mount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_written_as_engines_write_them() {
        for (text, kind, source, destination, options) in [
            ("/srv:/app", "bind", "/srv", "/app", ""),
            ("/srv:/app/:ro", "bind", "/srv", "/app", "ro"),
            ("data:/app", "volume", "data", "/app", ""),
            ("/app", "volume", "", "/app", ""),
            ("type=bind,source=/srv,target=/app,readonly", "bind", "/srv", "/app", "ro"),
            ("type=tmpfs,dst=/run,tmpfs-mode=755", "tmpfs", "", "/run", "tmpfs-mode=755"),
            ("source=data,target=/app", "volume", "data", "/app", ""),
        ] {
            let mount = planned(text).unwrap();
            let found = (&*mount.kind, &*mount.source, &*mount.destination, &*mount.options);
            assert_eq!(found, (kind, source, destination, options), "{text}");
        }
        for text in ["", "a:b", "type=odd,target=/a", "type=bind,target=/a"] {
            assert!(planned(text).is_err(), "{text}");
        }
    }
}
