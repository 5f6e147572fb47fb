//! Lines about the environment, held against the variables that are set.

use super::super::case::Case;
use super::super::redact;
use super::super::verdict::Evidence;
use super::{Hit, Outcome, Says};

/// A variable that is said to be missing.
pub(super) fn absent(case: &Case<'_>, hit: &Hit<'_>) -> Outcome {
    let config = &case.facts.config;
    let Some(name) = hit.named(&["name"]) else { return Outcome::Nothing };
    match config.env(name) {
        None => Says::proven(Evidence::inspect(
            "/Config/Env",
            format!("{name} is not among the {} variables", config.env.len()),
        ))
        .fix(format!("set {name}: -e {name}=…, --env-file, or environment: in compose"))
        .into(),
        // Set to nothing is as good as not set to most programs.
        Some("") => {
            Says::proven(Evidence::inspect("/Config/Env", format!("{name} is set to nothing"))).into()
        }
        // `KeyError: 'NAME'` can be about anything.
        Some(_) if hit.line.text.starts_with("KeyError") => Outcome::Not,
        Some(_) => Says::doubted(format!("{name} is set")).into(),
    }
}

fn none_of(case: &Case<'_>, names: &[&str]) -> Outcome {
    match names.iter().find(|name| case.facts.config.env(name).is_some_and(|value| !value.is_empty())) {
        None => {
            Says::proven(Evidence::inspect("/Config/Env", format!("none of {} is set", names.join(", "))))
                .into()
        }
        Some(name) => Says::doubted(format!("{name} is set")).into(),
    }
}

pub(super) fn postgres_password(case: &Case<'_>, _: &Hit<'_>) -> Outcome {
    none_of(case, &["POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "POSTGRES_HOST_AUTH_METHOD"])
}

pub(super) fn mysql_password(case: &Case<'_>, _: &Hit<'_>) -> Outcome {
    none_of(
        case,
        &[
            "MYSQL_ROOT_PASSWORD",
            "MYSQL_ROOT_PASSWORD_FILE",
            "MYSQL_ALLOW_EMPTY_PASSWORD",
            "MYSQL_RANDOM_ROOT_PASSWORD",
            "MARIADB_ROOT_PASSWORD",
            "MARIADB_ROOT_PASSWORD_FILE",
            "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD",
            "MARIADB_RANDOM_ROOT_PASSWORD",
        ],
    )
}

/// A value in quotes, as env files hand it on.
pub(super) fn quotes(case: &Case<'_>, _: &Hit<'_>) -> Outcome {
    let quoted =
        |value: &str, quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    let own = case.facts.config.env.iter().find(|(_, value)| quoted(value, '"') || quoted(value, '\''));
    match own {
        Some((name, value)) => Says::proven(Evidence::inspect("/Config/Env", redact::env(name, value)))
            .title(format!("the value of {name} has quotes in it, which nobody takes away"))
            .fix(format!(
                "write {name}=value without quotes: in env files and compose lists they are part of the value"
            ))
            .into(),
        None => Outcome::Not,
    }
}

/// A value that ends in a carriage return.
pub(super) fn carriage_return(case: &Case<'_>, _: &Hit<'_>) -> Outcome {
    match case.facts.config.env.iter().find(|(_, value)| value.ends_with('\r')) {
        Some((name, value)) => Says::proven(Evidence::inspect("/Config/Env", redact::env(name, value)))
            .title(format!("the value of {name} ends in a carriage return"))
            .into(),
        None => Outcome::Not,
    }
}
