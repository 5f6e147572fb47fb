//! What is different from the last container of the same kind that did well: of the same Compose service, the same name,
//! or the same image.

use std::collections::BTreeMap;

use super::facts::{Facts, MountFact};
use super::redact;
use crate::container::{Container, State};
use crate::image::local::repository;

/// A container that did well, and what is different from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    pub name: String,
    /// `runs`, `ended with 0`.
    pub how: String,
    /// One line each; nothing when all is the same. Foreign text: sanitise before drawing.
    pub changes: Vec<String>,
}

/// The newest container of the same kind that runs or has ended with 0.
pub fn last_good<'a>(facts: &Facts, others: &'a [Container]) -> Option<&'a Container> {
    let label = |key: &str| facts.config.labels.get(key).map(String::as_str);
    let (project, service) = (label("com.docker.compose.project"), label("com.docker.compose.service"));
    let kinship = |other: &&Container| {
        let same_service = service.is_some() && other.service() == service && other.project() == project;
        let same_name = stem(&other.name) == stem(&facts.name);
        let same_image = repository(&other.image) == repository(&facts.image);
        (same_service, same_name, same_image)
    };
    let well = |other: &&Container| {
        other.id != facts.id
            && (other.state == State::Running || other.state == State::Exited && other.exit_code == Some(0))
    };
    let like = others.iter().filter(well).filter(|other| kinship(other) != (false, false, false));
    like.max_by_key(|other| (kinship(other), other.created))
}

/// What is different, for people. Values of the environment are told by their shape alone.
pub fn since(facts: &Facts, good: &Facts, how: String) -> Since {
    let mut changes = Vec::new();
    if facts.image != good.image {
        changes.push(format!("image {} → {}", good.image, facts.image));
    } else if facts.image_id != good.image_id {
        changes.push(format!("{} is another image now", facts.image));
    }
    let mut differ = |what: &str, before: &str, now: &str| {
        if before != now {
            let shown = |text: &str| if text.is_empty() { "(none)".to_owned() } else { redact::text(text) };
            changes.push(format!("{what} {} → {}", shown(before), shown(now)));
        }
    };
    differ("command", &good.config.argv.join(" "), &facts.config.argv.join(" "));
    differ("working directory", good.config.workdir(), facts.config.workdir());
    differ("user", &good.config.user, &facts.config.user);
    differ("network", &good.host.network_mode, &facts.host.network_mode);
    let bytes =
        |limit: Option<u64>| limit.map_or_else(|| "no limit".to_owned(), |bytes| format!("{bytes} bytes"));
    differ("memory", &bytes(good.host.memory), &bytes(facts.host.memory));
    changes.extend(compared(
        "env",
        &good.config.env.iter().cloned().collect(),
        &facts.config.env.iter().cloned().collect(),
        redact::env,
    ));
    changes.extend(compared("mount", &mounts(&good.mounts), &mounts(&facts.mounts), |to, from| {
        format!("{from} on {to}")
    }));
    Since { name: good.name.clone(), how, changes }
}

fn mounts(mounts: &[MountFact]) -> BTreeMap<String, String> {
    let entry = |mount: &MountFact| {
        let from = if mount.name.is_empty() { &mount.source } else { &mount.name };
        let way = if mount.writable { "" } else { ", read only" };
        // A volume that nobody named has another name each time.
        let nameless = from.len() == 64 && from.bytes().all(|byte| byte.is_ascii_hexdigit());
        let from = if nameless { "a volume of its own" } else { from };
        (mount.destination.clone(), format!("{from}{way}"))
    };
    mounts.iter().map(entry).collect()
}

/// What came, went or is another now.
fn compared(
    what: &str,
    before: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
    tell: impl Fn(&str, &str) -> String,
) -> Vec<String> {
    let gone = before.iter().filter(|(key, _)| !now.contains_key(*key));
    let gone = gone.map(|(key, _)| format!("{what} {key} is gone"));
    let others = now.iter().filter_map(|(key, value)| match before.get(key) {
        None => Some(format!("{what} is new: {}", tell(key, value))),
        Some(old) if old != value => Some(format!("{what} is another: {}", tell(key, value))),
        Some(_) => None,
    });
    gone.chain(others).collect()
}

/// A name without the number that tells one of several apart.
fn stem(name: &str) -> &str {
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let stem = bare.trim_end_matches(['-', '_', '.']);
    if stem.is_empty() { name } else { stem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(name: &str, image: &str, state: State, code: Option<i64>) -> Container {
        Container {
            id: name.to_owned(),
            name: name.to_owned(),
            image: image.to_owned(),
            state,
            exit_code: code,
            ..Container::default()
        }
    }

    #[test]
    fn the_closest_that_did_well_is_compared_with() {
        let facts = Facts {
            id: "me".to_owned(),
            name: "api-2".to_owned(),
            image: "shop/api:2".to_owned(),
            ..Facts::default()
        };
        let running = |name: &str, image: &str| other(name, image, State::Running, None);
        let all = [
            running("else", "nginx:1"),
            other("api-1", "shop/api:1", State::Exited, Some(1)),
            running("x", "shop/api:1"),
            other("api_3", "other:1", State::Exited, Some(0)),
        ];
        assert_eq!(last_good(&facts, &all).unwrap().name, "api_3", "a name says more than an image");
        assert_eq!(last_good(&facts, &all[..3]).unwrap().name, "x");
        assert_eq!(last_good(&facts, &all[..2]), None);
    }

    #[test]
    fn differences_are_told_and_values_are_not() {
        let pairs =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut good = Facts { image: "shop/api:1".to_owned(), ..Facts::default() };
        good.config.env = pairs(&[("A", "1"), ("TOKEN", "old-secret"), ("SAME", "x")]);
        let mut facts = Facts { image: "shop/api:2".to_owned(), ..Facts::default() };
        facts.config.env = pairs(&[("TOKEN", "new-secret\r"), ("SAME", "x"), ("PORT", "80")]);
        facts.config.argv = vec!["serve".to_owned()];
        facts.host.memory = Some(64);
        facts.mounts = vec![MountFact {
            source: "/srv".to_owned(),
            destination: "/data".to_owned(),
            ..MountFact::default()
        }];
        let since = since(&facts, &good, "runs".to_owned());
        let text = since.changes.join("\n");
        for part in [
            "image shop/api:1 → shop/api:2",
            "command (none) → serve",
            "memory no limit → 64 bytes",
            "env A is gone",
            "env is new: PORT=80",
            "env is another: TOKEN=… (",
            "mount is new: /srv, read only on /data",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("secret") && !text.contains("SAME"), "{text}");
        assert_eq!(super::since(&good, &good, String::new()).changes, [""; 0]);
    }
}
