//! `hadal clean`

mod save;

use std::io::{self, BufRead as _, IsTerminal as _, Write};

use jiff::Timestamp;

use super::{Failure, Globals, INTERRUPTED, args, config, output, progress};
use crate::cleanup::filter::named;
use crate::cleanup::{Plan, Wish};
use crate::jobs::{Ask, Cleaning, Engines, Report, Status, Task, heed};
use crate::report::{clean, json};

pub(super) fn run(args: &args::Clean, look: &args::Look, globals: Globals) -> Result<(), Failure> {
    let read_only = globals.read_only;
    if args.yes && read_only {
        return Err(Failure::Usage(
            "nothing was removed: --read-only forbids it; --dry-run shows the plan".to_owned(),
        ));
    }
    let asks = !args.yes && !args.dry_run && !read_only;
    let can_ask = io::stdin().is_terminal() && io::stdout().is_terminal() && !args.json;
    if asks && !can_ask {
        let text =
            "nothing was removed: without a terminal to ask on, --yes does it and --dry-run shows the plan";
        return Err(Failure::Usage(text.to_owned()));
    }
    let protected = config::protected(look)?;
    let task = Task::new();
    let words = || {
        let progress = task.progress();
        format!("asking the engine what it holds: {} of {}", progress.done, progress.total)
    };
    let engines = Engines::LookedFor(globals.around);
    let what = &args.what;
    let ask = Ask {
        volumes: what.anonymous_volumes || !what.volume.is_empty(),
        networks: what.networks,
        build_cache: what.build_cache,
        written: what.stopped || !what.container.is_empty(),
    };
    let cleaning = progress::watched(words, || Cleaning::look(&engines, ask, &task))?;
    output::problems(&cleaning.holdings.problems);
    let stock = cleaning.stock();
    let wish = wish(args, &protected, &cleaning)?;
    let selection = stock.select(&wish);
    let mut plan = stock.plan(&selection.marks);
    plan.keep.extend(selection.spared);
    let first = save::first(args.save.as_deref(), &plan)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let texts = clean::Texts {
        plan: &plan,
        first: first.as_ref(),
        stock: &stock,
        kind: cleaning.holdings.about.kind,
    };
    if !args.json {
        let told = clean::plan(&texts, Timestamp::now(), output::look(look), &mut out);
        output::unless_nobody_reads(told.and_then(|()| out.flush()))?;
    }
    if args.dry_run || read_only || plan.remove.is_empty() {
        // Nothing to do is done at once.
        let done = (!args.dry_run && !read_only).then(Report::default);
        if args.json {
            json::write(
                &json::Clean::new(&plan, done.map(|report| (Vec::new(), report.freed_bytes))),
                &mut out,
            )?;
        }
        return Ok(out.flush()?);
    }
    if asks && !confirmed(&plan, &mut out)? {
        return Ok(writeln!(out, "nothing was removed")?);
    }
    let task = Task::new();
    let _heed = heed(&task, || std::process::exit(INTERRUPTED.into()))?;
    let saved = match first.map(|act| save::save(&cleaning, &act, &task)).transpose() {
        Err(_) if task.is_cancelled() => return Err(Failure::Interrupted),
        saved => saved?,
    };
    let report = carry_out(&cleaning, &plan, &task);
    // What was done was done, whoever reads of it.
    let told = tell(&plan, &report, saved.as_ref(), args.json, &mut out).and_then(|()| out.flush());
    if task.is_cancelled() {
        return Err(Failure::Interrupted);
    }
    output::unless_nobody_reads(told)?;
    let done = |status: &Status| matches!(status, Status::Removed | Status::AlreadyGone);
    if report.statuses.iter().all(done) { Ok(()) } else { Err(Failure::No) }
}

fn tell(
    plan: &Plan,
    report: &Report,
    saved: Option<&json::Saved>,
    as_json: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    if as_json {
        let done = (fates(report).collect(), report.freed_bytes);
        return json::write(&json::Clean::new(plan, Some(done)).saved(saved), out);
    }
    clean::saved(saved, out)?;
    clean::report(plan, fates(report), report.freed_bytes, out)
}

/// Everything by name is looked up first: what is not there is a mistake, and nothing is done.
fn wish(args: &args::Clean, protected: &[String], cleaning: &Cleaning) -> Result<Wish, Failure> {
    let (what, narrow) = (&args.what, &args.narrow);
    let holdings = &cleaning.holdings;
    let missing =
        |kind: &str, name: &str| Failure::Usage(format!("no such {kind}: {name}; nothing was removed"));
    let image = |name: &String| {
        let found = named(&holdings.images, name).map(|image| image.id.clone());
        let none = || clean::no_such_image(&cleaning.stock(), name);
        found.ok_or_else(|| Failure::Usage(format!("{}; nothing was removed", none())))
    };
    let container = |name: &String| {
        let mut like = holdings.containers.iter().filter(|one| one.id.starts_with(name.as_str()));
        let exact = holdings.containers.iter().find(|one| one.name == *name);
        let found = exact.or_else(|| like.next().filter(|_| name.len() >= 2 && like.next().is_none()));
        found.map(|one| one.id.clone()).ok_or_else(|| missing("container", name))
    };
    let volume = |name: &String| {
        let found = holdings.volumes.iter().any(|volume| volume.name == *name);
        if found { Ok(name.clone()) } else { Err(missing("volume", name)) }
    };
    let keep = |glob: &String| Wish::pattern(glob).map_err(|why| Failure::Usage(format!("--keep {why}")));
    let before = narrow.older_than.map(|age| Timestamp::now().checked_sub(age).unwrap_or(Timestamp::MIN));
    let named_only = !(what.image.is_empty() && what.container.is_empty() && what.volume.is_empty());
    let anything = named_only
        || what.unused
        || what.stopped
        || what.build_cache
        || what.networks
        || what.anonymous_volumes;
    Ok(Wish {
        dangling: what.dangling || what.unused || !anything,
        unused: what.unused,
        stopped: what.stopped,
        build_cache: what.build_cache,
        networks: what.networks,
        anonymous_volumes: what.anonymous_volumes,
        volumes: what.volume.iter().map(volume).collect::<Result<_, _>>()?,
        images: what.image.iter().map(image).collect::<Result<_, _>>()?,
        containers: what.container.iter().map(container).collect::<Result<_, _>>()?,
        before,
        keep: narrow.keep.iter().chain(protected).map(keep).collect::<Result<_, _>>()?,
        keep_last: narrow.keep_last,
        labels: narrow.filter.clone(),
    })
}

fn fates(report: &Report) -> impl Iterator<Item = clean::Fate<'_>> {
    report.statuses.iter().map(|status| {
        let (status, why) = status.told();
        clean::Fate { status, why }
    })
}

fn confirmed(plan: &Plan, out: &mut dyn Write) -> Result<bool, Failure> {
    write!(out, "\n{} [y/N] ", clean::question(plan))?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn carry_out(cleaning: &Cleaning, plan: &Plan, task: &Task) -> Report {
    let at = std::sync::atomic::AtomicUsize::new(0);
    let words = || {
        let at = at.load(std::sync::atomic::Ordering::Relaxed);
        let name = plan.remove.get(at).map(clean::called).unwrap_or_default();
        if task.is_cancelled() {
            return format!("interrupted; waiting for {name} to end, or for another interruption");
        }
        format!("removing {} of {}: {name}", at + 1, plan.remove.len())
    };
    progress::watched(words, || {
        cleaning.carry_out(plan, task, &mut |index, _| at.store(index, std::sync::atomic::Ordering::Relaxed))
    })
}
