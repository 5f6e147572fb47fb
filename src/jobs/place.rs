//! What the user meant: a place on this machine, or an image of an engine.

use std::path::Path;

use super::OpenError;
use crate::image::Reference;
use crate::source::{Location, SourceError};
use crate::world::Kind;

/// Schemes that ask for an image of an engine.
const SCHEMES: [(&str, Kind); 3] =
    [("docker", Kind::Docker), ("docker-daemon", Kind::Docker), ("podman", Kind::Podman)];

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Here(Location),
    Engine(EngineName),
}

/// An image of an engine, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EngineName {
    /// As it was typed, with its scheme.
    pub typed: String,
    /// A name, with or without tag and digest, or the beginning of an id.
    pub name: String,
    /// Whose engine, where that was said.
    pub kind: Option<Kind>,
}

impl EngineName {
    fn new(typed: &str, name: &str, kind: Option<Kind>) -> EngineName {
        EngineName { typed: typed.to_owned(), name: name.to_owned(), kind }
    }
}

impl Place {
    /// Files and folders that exist go before everything; then `docker:NAME` and `podman:NAME`; then the schemes of
    /// archives; and what is none of that but could be an image's name is one.
    pub(super) fn parse(text: &str) -> Result<Place, OpenError> {
        let exists = Path::new(text).exists();
        if !exists && let Some((scheme, rest)) = text.split_once(':') {
            let rest = rest.strip_prefix("//").unwrap_or(rest);
            if let Some((_, kind)) = SCHEMES.iter().find(|(name, _)| *name == scheme) {
                // An image can be called `docker` and have a tag; only what is said twice is meant so.
                return match Reference::parse(rest) {
                    Some(_) => Ok(Place::Engine(EngineName::new(text, rest, Some(*kind)))),
                    None => Err(OpenError::NoName(rest.to_owned())),
                };
            }
        }
        match Location::parse(text) {
            Err(SourceError::NotFound(path)) if path == text && could_be_name(text) => {
                Ok(Place::Engine(EngineName::new(text, text, None)))
            }
            location => Ok(Place::Here(location?)),
        }
    }
}

/// Whether an engine might know it: `./x` and `/x` are paths, whatever else is missing.
pub(super) fn could_be_name(text: &str) -> bool {
    Reference::parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(text: &str) -> Option<(String, Option<Kind>)> {
        match Place::parse(text) {
            Ok(Place::Engine(engine)) => Some((engine.name, engine.kind)),
            _ => None,
        }
    }

    #[test]
    fn names_and_paths() {
        let hex = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        for (text, name, kind) in [
            ("docker:debian:12", "debian:12", Some(Kind::Docker)),
            ("docker://debian", "debian", Some(Kind::Docker)),
            ("podman:localhost:5000/a:1", "localhost:5000/a:1", Some(Kind::Podman)),
            ("localhost:5000/a:1", "localhost:5000/a:1", None),
            ("hadal-no-such:1", "hadal-no-such:1", None),
            ("0123456789ab", "0123456789ab", None),
            (hex, hex, None),
        ] {
            assert_eq!(engine(text), Some((name.to_owned(), kind)), "{text}");
        }
        for path in
            ["Cargo.toml", "src", "./no-such", "/no/such", "no such", "-", "docker:", "docker:A b", "oci:x"]
        {
            assert_eq!(engine(path), None, "{path}");
        }
        assert!(matches!(Place::parse("Cargo.toml"), Ok(Place::Here(Location::File { .. }))));
        assert!(matches!(Place::parse("./no-such"), Err(OpenError::Source(SourceError::NotFound(_)))));
        assert!(matches!(Place::parse("docker:a?b"), Err(OpenError::NoName(_))));
    }
}
