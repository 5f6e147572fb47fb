//! Which rules hold: dive's and our own, from files and from flags. A flag goes before the same key in a file.

use std::fs;
use std::io;
use std::path::Path;

use super::dive_file::{self, DiveRules, Written};
use super::fault::Fault;
use super::own_file::{self, OwnRules};
use crate::analysis::ci::{Rule, amount};
use crate::analysis::{Globs, secrets};
use crate::cli::{Failure, args, config};

const DIVE_FILE: &str = ".dive-ci";
const OWN_FILE: &str = ".hadal-ci.toml";

/// Everything that was asked for.
#[derive(Debug)]
pub(in crate::cli) struct Gate {
    pub rules: Vec<Rule>,
    /// What counts as a secret, where a rule asks for them.
    pub secrets: Option<secrets::Rules>,
    pub ignored: Globs,
    pub base: Option<String>,
    pub baseline: Option<String>,
}

/// Reads the files of this folder, or those that were named, and the flags.
pub(in crate::cli) fn gather(args: &args::Rules) -> Result<Gate, Failure> {
    let (name, named) = match &args.ci_config {
        Some(file) => (file.as_path(), true),
        None => (Path::new(DIVE_FILE), false),
    };
    let dive = read(name, named, dive_file::parse)?;
    let own = read(Path::new(OWN_FILE), false, own_file::parse)?;
    let own = with_flags(own.unwrap_or_default(), args);
    let globs = |flag: &str, texts: &[String]| {
        Globs::new(texts.iter().map(String::as_str)).map_err(|why| usage(format!("--{flag}: {why}")))
    };
    let mut rules = own_rules(&own)?;
    for glob in &own.forbid {
        rules.push(Rule::Forbid(globs("forbid", std::slice::from_ref(glob))?));
    }
    let named = args.secret_file.as_deref().or(own.secret_rules.as_deref().map(Path::new));
    let secrets = match (own.forbid_secrets, named) {
        (true, file) => Some(config::secret_rules(file)?),
        (false, Some(_)) => return Err(usage("--secret-rules needs --forbid-secrets".to_owned())),
        (false, None) => None,
    };
    rules.extend(secrets.as_ref().map(|_| Rule::ForbidSecrets));
    let flags = [&args.lowest_efficiency, &args.highest_wasted_bytes, &args.highest_user_wasted_percent];
    if dive.is_some() || rules.is_empty() || flags.iter().any(|flag| flag.is_some()) {
        let dive = dive_rules(name, &dive.unwrap_or_default(), flags)?;
        rules.splice(0..0, dive);
    }
    let ignored = globs("ignore", &own.ignore)?;
    Ok(Gate { rules, secrets, ignored, base: own.base, baseline: own.baseline })
}

/// What a file says; `None` where it is not there and need not be.
fn read<T>(path: &Path, named: bool, parse: fn(&str) -> Result<T, Fault>) -> Result<Option<T>, Failure> {
    let cannot = |why: &str| usage(format!("cannot read the rules in {}: {why}", path.display()));
    match fs::read_to_string(path) {
        Ok(text) => parse(&text).map(Some).map_err(|fault| usage(format!("{}, {fault}", path.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !named => Ok(None),
        Err(error) => Err(cannot(&match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::InvalidData => "it is no text in UTF-8".to_owned(),
            _ => error.to_string(),
        })),
    }
}

fn with_flags(file: OwnRules, args: &args::Rules) -> OwnRules {
    OwnRules {
        max_wasted_bytes: args.max_wasted_bytes.or(file.max_wasted_bytes),
        min_efficiency: args.min_efficiency.or(file.min_efficiency),
        max_size: args.max_size.or(file.max_size),
        max_layers: args.max_layers.or(file.max_layers),
        forbid: [file.forbid, args.forbid.clone()].concat(),
        forbid_secrets: args.forbid_secrets || file.forbid_secrets,
        secret_rules: file.secret_rules,
        baseline: args.baseline.clone().or(file.baseline),
        max_growth: args.max_growth.or(file.max_growth),
        ignore: [file.ignore, args.ignore.clone()].concat(),
        base: args.base.clone().or(file.base),
    }
}

/// Our own rules but for those about paths.
fn own_rules(own: &OwnRules) -> Result<Vec<Rule>, Failure> {
    match (&own.baseline, own.max_growth) {
        (Some(_), None) => {
            return Err(usage("a baseline needs --max-growth, the bytes that may be more".to_owned()));
        }
        (None, Some(_)) => {
            let text = "--max-growth needs --baseline, the image to compare with".to_owned();
            return Err(usage(text));
        }
        _ => {}
    }
    let rules = [
        own.max_wasted_bytes.map(Rule::MaxWastedBytes),
        own.min_efficiency.map(Rule::MinEfficiency),
        own.max_size.map(Rule::MaxSize),
        own.max_layers.map(Rule::MaxLayers),
        own.max_growth.map(Rule::MaxGrowth),
    ];
    Ok(rules.into_iter().flatten().collect())
}

fn dive_rules(file: &Path, written: &DiveRules, flags: [&Option<String>; 3]) -> Result<[Rule; 3], Failure> {
    let [efficiency, bytes, percent] = flags;
    let which = |rule: Rule, flag: &Option<String>, written: &Option<Written>, default: &str| {
        let name = rule.name();
        let (text, place) = match (flag, written) {
            (Some(text), _) => (text.clone(), Err(format!("--{name}"))),
            (None, Some(written)) => (written.text.clone(), Ok(written.line)),
            (None, None) => (default.to_owned(), Err(name.to_owned())),
        };
        let wrong = |why: String| match place {
            Ok(line) => {
                usage(format!("{}, {}", file.display(), Fault::at(line, &format!("rules.{name}"), &why)))
            }
            Err(place) => usage(format!("{place}: {why}")),
        };
        limited(&rule, &text).map_err(wrong)
    };
    Ok([
        which(Rule::LowestEfficiency(None), efficiency, &written.lowest_efficiency, "0.9")?,
        which(Rule::HighestWastedBytes(None), bytes, &written.highest_wasted_bytes, "disabled")?,
        which(Rule::HighestUserWastedPercent(None), percent, &written.highest_user_wasted_percent, "0.1")?,
    ])
}

/// A rule of dive's with the limit that a text gives it.
fn limited(rule: &Rule, text: &str) -> Result<Rule, String> {
    let disabled = ["", "disabled", "off", "false"].contains(&text.trim().to_ascii_lowercase().as_str());
    let share = || if disabled { Ok(None) } else { amount::share(text).map(Some) };
    let bytes = || if disabled { Ok(None) } else { amount::bytes(text).map(Some) };
    match rule {
        Rule::LowestEfficiency(_) => share().map(Rule::LowestEfficiency),
        Rule::HighestWastedBytes(_) => bytes().map(Rule::HighestWastedBytes),
        _ => share().map(Rule::HighestUserWastedPercent),
    }
}

fn usage(text: String) -> Failure {
    Failure::Usage(text)
}
