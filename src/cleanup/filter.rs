//! Which images are meant, in the words of `docker images --filter`.

use globset::{GlobBuilder, GlobMatcher};
use jiff::Timestamp;

use super::plan::repository;
use crate::image::LocalImage;

/// Places whose names people leave out.
const UNSAID: [&str; 3] = ["docker.io/library/", "docker.io/", "localhost/"];

/// One condition.
#[derive(Clone, Debug)]
pub enum Filter {
    /// Without a tag, or with one.
    Dangling(bool),
    /// Has this label, with this value where one is given.
    Label { key: String, value: Option<String> },
    /// One of its names is like this; `*` stops at a slash.
    Name(Box<GlobMatcher>),
    /// Made before this image.
    Before(String),
    /// Made after this image.
    Since(String),
}

impl Filter {
    /// `KEY=VALUE`, as docker has them.
    pub fn parse(text: &str) -> Result<Filter, String> {
        let known = "dangling=, label=, name= (or reference=), before=, since=";
        let Some((key, value)) = text.split_once('=') else {
            return Err(format!("expected KEY=VALUE with one of {known}"));
        };
        match key {
            "dangling" => match value {
                "true" | "1" => Ok(Filter::Dangling(true)),
                "false" | "0" => Ok(Filter::Dangling(false)),
                _ => Err("dangling is true or false".to_owned()),
            },
            "label" => {
                let (key, value) =
                    value.split_once('=').map_or((value, None), |(k, v)| (k, Some(v.to_owned())));
                Ok(Filter::Label { key: key.to_owned(), value })
            }
            "name" | "reference" => {
                let glob = GlobBuilder::new(value).literal_separator(true).build();
                let glob = glob.map_err(|error| format!("{value:?} is no pattern: {}", error.kind()))?;
                Ok(Filter::Name(Box::new(glob.compile_matcher())))
            }
            "before" => Ok(Filter::Before(value.to_owned())),
            "since" => Ok(Filter::Since(value.to_owned())),
            _ => Err(format!("{key} is none of {known}")),
        }
    }
}

/// Conditions on images, joined as docker does: of several names one has to fit, of everything else all.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    names: Vec<GlobMatcher>,
    labels: Vec<(String, Option<String>)>,
    dangling: Option<bool>,
    before: Option<Timestamp>,
    since: Option<Timestamp>,
}

impl Filters {
    /// Fails when an image that another one is compared with is not there.
    pub fn new(filters: &[Filter], images: &[LocalImage]) -> Result<Filters, String> {
        let created = |name: &str| match named(images, name) {
            // What nobody knows the time of is before and after nothing.
            Some(image) => Ok(image.created),
            None => Err(format!("no such image: {name}")),
        };
        let mut all = Filters::default();
        for filter in filters {
            match filter {
                Filter::Dangling(wanted) => all.dangling = Some(*wanted),
                Filter::Label { key, value } => all.labels.push((key.clone(), value.clone())),
                Filter::Name(glob) => all.names.push(GlobMatcher::clone(glob)),
                Filter::Before(name) => all.before = Some(created(name)?.unwrap_or(Timestamp::MIN)),
                Filter::Since(name) => all.since = Some(created(name)?.unwrap_or(Timestamp::MAX)),
            }
        }
        Ok(all)
    }

    pub fn takes(&self, image: &LocalImage) -> bool {
        let label = |(key, value): &(String, Option<String>)| {
            let own = image.labels.get(key);
            own.is_some_and(|own| value.as_ref().is_none_or(|value| value == own))
        };
        let made = |limit: Option<Timestamp>, fits: fn(Timestamp, Timestamp) -> bool| {
            limit.is_none_or(|limit| image.created.is_some_and(|created| fits(created, limit)))
        };
        self.labels.iter().all(label)
            && self.dangling.is_none_or(|wanted| image.tags.is_empty() == wanted)
            && made(self.before, |created, limit| created < limit)
            && made(self.since, |created, limit| created > limit)
            && (self.names.is_empty() || self.names.iter().any(|glob| fits(glob, image)))
    }
}

/// Whether a pattern is like a name of an image, in full, without its tag, or as people say it.
pub(super) fn fits(glob: &GlobMatcher, image: &LocalImage) -> bool {
    let names = image.tags.iter().chain(&image.digests).map(String::as_str);
    names.flat_map(|name| [name, repository(name)]).any(|name| {
        let short = UNSAID.iter().find_map(|prefix| name.strip_prefix(prefix));
        glob.is_match(name) || short.is_some_and(|name| glob.is_match(name))
    })
}

/// The image that is meant by a name, or by its id or the beginning of it, when there is only one.
pub fn named<'a>(images: &'a [LocalImage], name: &str) -> Option<&'a LocalImage> {
    let full = if repository(name) == name { format!("{name}:latest") } else { name.to_owned() };
    let is_it = |known: &str| {
        let short = UNSAID.iter().find_map(|prefix| known.strip_prefix(prefix));
        known == full || known == name || short == Some(full.as_str())
    };
    let by_name = images.iter().find(|image| image.tags.iter().chain(&image.digests).any(|tag| is_it(tag)));
    let hex = |id: &'a str| id.strip_prefix("sha256:").unwrap_or(id);
    let start = name.strip_prefix("sha256:").unwrap_or(name);
    let mut by_id = images.iter().filter(|image| !start.is_empty() && hex(&image.id).starts_with(start));
    by_name.or_else(|| by_id.next().filter(|_| by_id.next().is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(id: &str, tag: &str, second: i64) -> LocalImage {
        LocalImage {
            id: format!("sha256:{id}"),
            tags: if tag.is_empty() { Vec::new() } else { vec![tag.to_owned()] },
            created: Timestamp::from_second(second).ok(),
            labels: [("team".to_owned(), id.to_owned())].into(),
            ..LocalImage::default()
        }
    }

    #[test]
    fn filters_are_dockers() {
        let images = [
            image("a1", "localhost/shop/api:1.4", 10),
            image("b2", "docker.io/library/web:latest", 20),
            image("b3", "", 30),
            image("c4", "host:5000/shop/web:2", 40),
        ];
        for (filters, expected) in [
            (&[][..], "a1 b2 b3 c4"),
            (&["dangling=true"], "b3"),
            (&["dangling=false"], "a1 b2 c4"),
            (&["label=team"], "a1 b2 b3 c4"),
            (&["label=team=a1"], "a1"),
            (&["label=team=a1", "label=other"], ""),
            (&["name=web"], "b2"),
            (&["reference=shop/*"], "a1"),
            (&["reference=*/shop/*"], "a1 c4"),
            (&["name=shop/api:1.*", "name=web:latest"], "a1 b2"),
            (&["name=shop/api:2"], ""),
            (&["before=web"], "a1"),
            (&["since=shop/api:1.4", "before=c4"], "b2 b3"),
            (&["since=sha256:b3"], "c4"),
        ] {
            let parsed: Vec<Filter> = filters.iter().map(|text| Filter::parse(text).unwrap()).collect();
            let filters_made = Filters::new(&parsed, &images).unwrap();
            let taken: Vec<&str> =
                images.iter().filter(|image| filters_made.takes(image)).map(|image| &image.id[7..]).collect();
            assert_eq!(taken.join(" "), expected, "{filters:?}");
        }
        for wrong in ["dangling", "dangling=perhaps", "size=3", "name=[", ""] {
            assert!(Filter::parse(wrong).is_err(), "{wrong}");
        }
        for unknown in ["before=nothing", "since=b", "since="] {
            assert!(Filters::new(&[Filter::parse(unknown).unwrap()], &images).is_err(), "{unknown}");
        }
    }
}
