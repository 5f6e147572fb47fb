//! Which images are listed, in which order, and in which groups or families.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::columns::{AGE, COLUMNS, EXCLUSIVE, ID, NAME, SIZE, USERS};
use super::facts::Facts;
use super::family;
use super::filter::Wanted;
use super::names::{repository, title};
use crate::image::LocalImage;
use crate::tui::screens::query::Query;
use crate::tui::widgets::table::{Entry, Kind, Sort};
use crate::world::World;

/// How images are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    #[default]
    None,
    Repository,
    /// By chains of layers: base images, and below them what was built on them.
    Family,
}

impl Grouping {
    pub(super) fn next(self) -> Grouping {
        match self {
            Grouping::None => Grouping::Repository,
            Grouping::Repository => Grouping::Family,
            Grouping::Family => Grouping::None,
        }
    }
}

/// What the head of a group says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    /// What they have in common; may be foreign.
    pub(super) name: String,
    /// How many there are, and what they take.
    pub(super) sums: String,
}

/// Groups by the ids of their heads.
pub(super) type Groups = BTreeMap<String, Group>;

/// What the order depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order<'a> {
    pub(super) world: &'a World,
    pub(super) facts: &'a Facts,
    pub(super) query: &'a Query,
    pub(super) sort: Sort,
    pub(super) grouping: Grouping,
    /// Intermediate images too.
    pub(super) all: bool,
}

/// The rows, and the groups by the ids of their heads. The error says what the filter names that there is not.
pub(super) fn order(order: Order<'_>) -> Result<(Vec<Entry>, Groups), String> {
    let Order { world, query, grouping, all, .. } = order;
    let wanted = Wanted::of(query, world)?;
    let used: HashSet<&str> = world.containers.values().map(|one| one.image_id.as_str()).collect();
    let mut has_words = query.named();
    let mut listed: Vec<&LocalImage> =
        world.images.values().filter(|image| all || !image.intermediate).collect();
    sort(&mut listed, order);
    let hits: HashSet<&str> = listed
        .iter()
        .filter(|image| wanted.holds(image, &used))
        .filter(|image| {
            let names: Vec<&str> = image.tags.iter().chain(&image.digests).map(String::as_str).collect();
            // What has no name is found by its id.
            match names.is_empty() {
                true => has_words(&["dangling", image.short_id()]),
                false => has_words(&names),
            }
        })
        .map(|image| image.id.as_str())
        .collect();
    if grouping == Grouping::Family {
        return Ok(family::rows(&listed, &hits, order));
    }
    listed.retain(|image| hits.contains(image.id.as_str()));
    if grouping == Grouping::None {
        return Ok((listed.into_iter().map(|image| item(image, 0)).collect(), BTreeMap::new()));
    }
    Ok(by_repository(&listed, order))
}

pub(super) fn item(image: &LocalImage, depth: u16) -> Entry {
    Entry { id: image.id.clone(), depth, kind: Kind::Item }
}

/// Groups come in the order of their first images.
fn by_repository(listed: &[&LocalImage], order: Order<'_>) -> (Vec<Entry>, Groups) {
    let mut places: HashMap<Option<&str>, usize> = HashMap::new();
    let mut groups: Vec<(Option<&str>, Vec<&LocalImage>)> = Vec::new();
    for image in listed {
        let name = repository(image);
        let place = *places.entry(name).or_insert_with(|| {
            groups.push((name, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(image);
    }
    let (mut entries, mut heads) = (Vec::new(), BTreeMap::new());
    for (name, members) in groups {
        let id = format!("repository:{}", name.unwrap_or_default());
        let (bytes, alone) = order.facts.together(members.iter().copied());
        let sums = format!("{} · {}, {} of it alone", count(members.len()), bytes.words(), alone.words());
        let group = Group { name: name.unwrap_or("without a name").to_owned(), sums };
        entries.push(Entry { id: id.clone(), depth: 0, kind: Kind::Head });
        entries.extend(members.into_iter().map(|image| item(image, 1)));
        heads.insert(id, group);
    }
    (entries, heads)
}

/// `1 image`, `3 images`
pub(super) fn count(images: usize) -> String {
    if images == 1 { "1 image".to_owned() } else { format!("{images} images") }
}

fn sort(listed: &mut [&LocalImage], order: Order<'_>) {
    let Order { facts, sort, .. } = order;
    let falls = sort.falls(&COLUMNS);
    listed.sort_by_cached_key(|image| (title(image), &image.id));
    listed.sort_by(|a, b| {
        let order = match sort.column {
            // What has no tag comes behind all that have one.
            NAME => a.tags.is_empty().cmp(&b.tags.is_empty()).then_with(|| title(a).cmp(&title(b))),
            ID => a.id.cmp(&b.id),
            AGE => a.created.cmp(&b.created),
            SIZE => a.bytes.cmp(&b.bytes),
            EXCLUSIVE => facts.of(&a.id).exclusive.bytes.cmp(&facts.of(&b.id).exclusive.bytes),
            USERS => users(facts, a).cmp(&users(facts, b)),
            _ => Ordering::Equal,
        };
        if falls { order.reverse() } else { order }
    });
}

fn users(facts: &Facts, image: &LocalImage) -> (usize, usize) {
    let fact = facts.of(&image.id);
    (fact.running, fact.stopped)
}
