//! `.hadal-ci.toml`: hadal's own rules, under the names of their flags.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use crate::analysis::Globs;
use crate::analysis::ci::amount;

/// Own rules, and what all rules leave out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct OwnRules {
    pub max_wasted_bytes: Option<u64>,
    pub min_efficiency: Option<f64>,
    pub max_size: Option<u64>,
    pub max_layers: Option<u64>,
    pub forbid: Vec<String>,
    pub forbid_secrets: bool,
    pub secret_rules: Option<String>,
    pub baseline: Option<String>,
    pub max_growth: Option<u64>,
    pub ignore: Vec<String>,
    pub base: Option<String>,
}

const KEYS: &str = "max-wasted-bytes, min-efficiency, max-size, max-layers, forbid, forbid-secrets, secret-rules, baseline, \
                    max-growth, ignore and base";

/// Reads the file's text.
pub(super) fn parse(text: &str) -> Result<OwnRules, Fault> {
    let start = |span: Option<Range<usize>>| span.map_or(0, |span| span.start);
    let no_toml = |error: &toml::de::Error| Fault::at_byte(text, start(error.span()), "", error.message());
    let table = DeTable::parse(text).map_err(|error| no_toml(&error))?;
    let mut rules = OwnRules::default();
    for (key, value) in table.get_ref() {
        let name = key.get_ref().as_ref();
        let wrong = |what: String| Fault::at_byte(text, value.span().start, name, &what);
        let value = value.get_ref();
        match name {
            "max-wasted-bytes" => rules.max_wasted_bytes = Some(bytes(value).map_err(wrong)?),
            "min-efficiency" => rules.min_efficiency = Some(share(value).map_err(wrong)?),
            "max-size" => rules.max_size = Some(bytes(value).map_err(wrong)?),
            "max-layers" => rules.max_layers = Some(count(value).map_err(wrong)?),
            "forbid" => rules.forbid = globs(value).map_err(wrong)?,
            "forbid-secrets" => rules.forbid_secrets = flag(value).map_err(wrong)?,
            "secret-rules" => rules.secret_rules = Some(string(value).map_err(wrong)?),
            "baseline" => rules.baseline = Some(string(value).map_err(wrong)?),
            "max-growth" => rules.max_growth = Some(bytes(value).map_err(wrong)?),
            "ignore" => rules.ignore = globs(value).map_err(wrong)?,
            "base" => rules.base = Some(string(value).map_err(wrong)?),
            _ => {
                let what = format!("unknown key, expected {KEYS}");
                return Err(Fault::at_byte(text, key.span().start, name, &what));
            }
        }
    }
    Ok(rules)
}

fn bytes(value: &DeValue<'_>) -> Result<u64, String> {
    match value {
        DeValue::Integer(_) => {
            count(value).map_err(|_| "expected bytes, like 20000000 or \"20MB\"".to_owned())
        }
        DeValue::String(text) => amount::bytes(text),
        _ => Err("expected bytes, like \"20MB\"".to_owned()),
    }
}

fn share(value: &DeValue<'_>) -> Result<f64, String> {
    match value {
        DeValue::Integer(number) => amount::share(number.as_str()),
        DeValue::Float(number) => amount::share(number.as_str()),
        _ => Err("expected a number from 0 to 1, like 0.95".to_owned()),
    }
}

fn count(value: &DeValue<'_>) -> Result<u64, String> {
    let number = if let DeValue::Integer(number) = value { number.to_string().parse().ok() } else { None };
    number.ok_or_else(|| "expected a whole number, 0 or more".to_owned())
}

fn flag(value: &DeValue<'_>) -> Result<bool, String> {
    if let DeValue::Boolean(flag) = value { Ok(*flag) } else { Err("expected true or false".to_owned()) }
}

fn string(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) if !text.is_empty() => Ok(text.as_ref().to_owned()),
        _ => Err("expected a text, in quotation marks".to_owned()),
    }
}

fn globs(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let texts = match value {
        DeValue::Array(all) => all.iter().map(Spanned::get_ref).map(string).collect::<Result<Vec<_>, _>>(),
        one => string(one).map(|text| vec![text]),
    };
    let texts =
        texts.map_err(|_| "expected a glob or a list of globs, like [\"*.pem\", \".git\"]".to_owned())?;
    Globs::new(texts.iter().map(String::as_str))?;
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        let text = "max-wasted-bytes = \"20MB\"\nmin-efficiency = 0.95\nmax-size = 1_000\nmax-layers = 12\n\
                    forbid = [\"*.pem\", \".git\"]\nforbid-secrets = true\nignore = \"/var/cache\"\nbaseline = \"shop:1\"\nmax-growth = \"1MiB\"\n\
                    base = \"debian:12\"\n";
        let rules = parse(text).unwrap();
        assert!(rules.forbid_secrets);
        assert_eq!((rules.max_wasted_bytes, rules.min_efficiency), (Some(20_000_000), Some(0.95)));
        assert_eq!(
            (rules.max_size, rules.max_layers, rules.max_growth),
            (Some(1000), Some(12), Some(1 << 20))
        );
        assert_eq!(
            (rules.forbid, rules.ignore),
            (vec!["*.pem".to_owned(), ".git".to_owned()], vec!["/var/cache".to_owned()])
        );
        assert_eq!((rules.baseline.as_deref(), rules.base.as_deref()), (Some("shop:1"), Some("debian:12")));
        assert_eq!(parse("# nothing\n").unwrap(), OwnRules::default());
        assert_eq!(parse("min-efficiency = 1").unwrap().min_efficiency, Some(1.0));
    }

    #[test]
    fn mistakes_name_line_and_key() {
        for (text, wanted) in [
            ("\nmax-sise = 3\n", "line 2: max-sise: unknown key, expected max-wasted-bytes, "),
            ("max-layers = 3\nmax-layers = 4\n", "line 2: duplicate key"),
            ("max-layers = \"3\"", "line 1: max-layers: expected a whole number"),
            ("max-layers = -3", "line 1: max-layers: expected a whole number"),
            ("max-size = \"20 parsecs\"", "line 1: max-size: \"20 parsecs\" is no number of bytes"),
            ("max-size = -1", "line 1: max-size: expected bytes"),
            ("min-efficiency = 95", "line 1: min-efficiency: \"95\" is no share"),
            ("forbid = [\"ok\", 3]", "line 1: forbid: expected a glob"),
            ("\n\nforbid = \"[\"", "line 3: forbid: the glob \"[\""),
            ("base = \"\"", "line 1: base: expected a text"),
            ("forbid-secrets = 1", "line 1: forbid-secrets: expected true or false"),
            ("[rules]\nmax-size = 3", "line 1: rules: unknown key"),
            ("max-size", "line 1: "),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(wanted) && !error.contains('\n'), "{text:?}: {error}");
        }
    }
}
