//! Names of images: `[host[:port]/]path[:tag][@digest]`, by the grammar of the distribution project's
//! `reference` package. A colon belongs to a port as long as a slash follows it.

use std::fmt;

use super::Digest;

/// Hosts that engines leave out of names, and the folder of official images.
const DEFAULT_HOST: &str = "docker.io";
const OFFICIAL: &str = "library/";
const LONGEST: usize = 255;

/// A well-formed name of an image. Only such names are put into requests.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// Host and path as typed, such as `localhost:5000/team/app`.
    pub repository: String,
    pub tag: Option<String>,
    pub digest: Option<Digest>,
}

impl Reference {
    /// `None` for what no engine would take for a name.
    pub fn parse(text: &str) -> Option<Reference> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(Digest::parse(digest)?)),
            None => (text, None),
        };
        let (repository, tag) = match rest.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
            _ => (rest, None),
        };
        let sound = is_repository(repository) && tag.is_none_or(is_tag);
        sound.then(|| Reference { repository: repository.to_owned(), tag: tag.map(str::to_owned), digest })
    }

    /// The registry's host, with its port.
    pub fn host(&self) -> &str {
        split_host(&self.repository).0.unwrap_or(DEFAULT_HOST)
    }

    /// The path in the registry: `library/debian`, `team/app`.
    pub fn path(&self) -> String {
        match split_host(&self.repository) {
            (None | Some(DEFAULT_HOST), path) if !path.contains('/') => format!("{OFFICIAL}{path}"),
            (_, path) => path.to_owned(),
        }
    }

    /// The name that stands for the same image everywhere: host, full path, and the tag that is meant without one.
    pub fn canonical(&self) -> String {
        let tag = match (&self.tag, &self.digest) {
            (Some(tag), _) => format!(":{tag}"),
            (None, None) => ":latest".to_owned(),
            (None, Some(_)) => String::new(),
        };
        let digest = self.digest.as_ref().map(|digest| format!("@{digest}")).unwrap_or_default();
        format!("{}/{}{tag}{digest}", self.host(), self.path())
    }

    /// The same name with a tag where none was typed.
    #[must_use]
    pub fn tagged(&self) -> Reference {
        let mut tagged = self.clone();
        if tagged.digest.is_none() {
            tagged.tag.get_or_insert_with(|| "latest".to_owned());
        }
        tagged
    }
}

/// As it was typed.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

/// The host, when the first part is one: it has a dot or a port, or is `localhost`.
fn split_host(repository: &str) -> (Option<&str>, &str) {
    match repository.split_once('/') {
        Some((host, path)) if host == "localhost" || host.contains(['.', ':', '[']) => (Some(host), path),
        _ => (None, repository),
    }
}

fn is_repository(text: &str) -> bool {
    let (host, path) = split_host(text);
    path.len() <= LONGEST && host.is_none_or(is_host) && path.split('/').all(is_component)
}

fn is_host(text: &str) -> bool {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (text, None),
    };
    let port_ok = port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    let name_ok = match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(v6) => v6.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'),
        None => name.split('.').all(|part| {
            let ends = [part.bytes().next(), part.bytes().last()];
            ends.into_iter().all(|end| end.is_some_and(|b| b.is_ascii_alphanumeric()))
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        }),
    };
    port_ok && name_ok
}

/// Lower-case letters and digits, with single separators between them.
fn is_component(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = [text.bytes().next(), text.bytes().last()];
    if !ends.into_iter().all(|end| end.is_some_and(alphanumeric)) {
        return false;
    }
    let mut separators =
        text.split(|c: char| c.is_ascii() && alphanumeric(c as u8)).filter(|part| !part.is_empty());
    separators.all(|part| matches!(part, "." | "_" | "__") || part.bytes().all(|b| b == b'-'))
}

fn is_tag(text: &str) -> bool {
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    first && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn names_are_taken_apart() {
        for (text, repository, tag, canonical) in [
            ("debian", "debian", None, "docker.io/library/debian:latest"),
            ("debian:12", "debian", Some("12"), "docker.io/library/debian:12"),
            ("team/app", "team/app", None, "docker.io/team/app:latest"),
            ("docker.io/debian", "docker.io/debian", None, "docker.io/library/debian:latest"),
            ("host:5000/name:tag", "host:5000/name", Some("tag"), "host:5000/name:tag"),
            ("host:5000/name", "host:5000/name", None, "host:5000/name:latest"),
            ("localhost/name", "localhost/name", None, "localhost/name:latest"),
            ("[::1]:5000/a/b:c", "[::1]:5000/a/b", Some("c"), "[::1]:5000/a/b:c"),
            ("a__b/c---d.e_f", "a__b/c---d.e_f", None, "docker.io/a__b/c---d.e_f:latest"),
        ] {
            let reference = Reference::parse(text).unwrap();
            assert_eq!((&*reference.repository, reference.tag.as_deref()), (repository, tag), "{text}");
            assert_eq!(reference.canonical(), canonical);
            assert_eq!(reference.to_string(), text);
        }
        let pinned = Reference::parse(&format!("host:5000/a:1@sha256:{HEX}")).unwrap();
        assert_eq!(pinned.canonical(), format!("host:5000/a:1@sha256:{HEX}"));
        assert_eq!(Reference::parse(&format!("a@sha256:{HEX}")).unwrap().tagged().tag, None);
        assert_eq!(Reference::parse("a").unwrap().tagged().to_string(), "a:latest");
    }

    #[test]
    fn what_would_change_a_request_is_no_name() {
        for text in [
            "",
            ":",
            "a:",
            "a?x=1",
            "a#f",
            "../version",
            "a/../b",
            "A",
            "a b",
            "a//b",
            "/a",
            "a/",
            "a:b:c",
            "a@sha256:12",
            "a..b",
            "-a",
            "a:-b",
            "host:/a",
            "a\u{1b}[2J",
            "a%2fb",
            "ho_st.x:1/a",
        ] {
            assert_eq!(Reference::parse(text), None, "{text:?}");
        }
    }
}
