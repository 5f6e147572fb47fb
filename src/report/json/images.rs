//! `hadal.images/1`: the images of an engine, what each holds alone, and who needs it.

use serde::Serialize;

use crate::cleanup::{ImageUsage, Stock};
use crate::container::Container;
use crate::image::LocalImage;
use crate::report::lists;

/// The document.
#[derive(Debug, Serialize)]
pub struct Images<'a> {
    schema: &'static str,
    images: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    id: &'a str,
    tags: &'a [String],
    digests: &'a [String],
    platform: Option<&'a str>,
    created: Option<String>,
    size_bytes: u64,
    exclusive_bytes: u64,
    shared_bytes: u64,
    exact: bool,
    containers: Vec<User<'a>>,
    children: Vec<&'a str>,
    dangling: bool,
    intermediate: bool,
    replaced_by: Option<Replaced<'a>>,
}

#[derive(Debug, Serialize)]
struct User<'a> {
    id: &'a str,
    name: &'a str,
    state: &'a str,
}

#[derive(Debug, Serialize)]
struct Replaced<'a> {
    tag: &'a str,
    basis: &'static str,
}

impl<'a> Images<'a> {
    pub fn new(list: &lists::Images<'a>) -> Images<'a> {
        let entry = |position: &usize| {
            let image = list.stock.images()[*position];
            let replaced = list.lineage[*position].as_ref();
            entry(list.stock, image, &list.usage[*position], replaced)
        };
        Images { schema: "hadal.images/1", images: list.chosen.iter().map(entry).collect() }
    }
}

fn entry<'a>(
    stock: &'a Stock<'a>,
    image: &'a LocalImage,
    usage: &ImageUsage,
    replaced: Option<&'a crate::cleanup::Replaced>,
) -> Entry<'a> {
    let user = |user: &usize| {
        let container: &Container = stock.containers()[*user];
        User { id: &container.id, name: &container.name, state: container.state.name() }
    };
    Entry {
        id: &image.id,
        tags: &image.tags,
        digests: &image.digests,
        platform: Some(image.platform.as_str()).filter(|platform| !platform.is_empty()),
        created: image.created.map(|time| time.to_string()),
        size_bytes: image.bytes,
        exclusive_bytes: usage.exclusive_bytes,
        shared_bytes: usage.shared_bytes,
        exact: usage.exact,
        containers: usage.users.iter().map(user).collect(),
        children: usage.children.iter().map(|child| stock.images()[*child].id.as_str()).collect(),
        dangling: image.dangling(),
        intermediate: image.intermediate,
        replaced_by: replaced.map(|replaced| Replaced { tag: &replaced.tag, basis: replaced.basis.name() }),
    }
}
