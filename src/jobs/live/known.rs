//! What was told of an engine's objects so far, so that only what is new is told again, and only that is asked for.

use std::collections::{BTreeSet, HashMap};

use crate::container::{Container, State};
use crate::engine::mark_intermediate;
use crate::image::LocalImage;
use crate::world::{Update, Usage};

/// See the module. Layers and steps are not kept here: they never change, and they are large.
#[derive(Debug, Default)]
pub(super) struct Known {
    containers: HashMap<String, Container>,
    images: HashMap<String, LocalImage>,
    /// Images whose layers and steps were told.
    detailed: BTreeSet<String>,
    /// Whether lists came since the engine was there (again): the first ones are told even when they are empty.
    containers_listed: bool,
    images_listed: bool,
}

impl Known {
    pub(super) fn container(&self, id: &str) -> Option<&Container> {
        self.containers.get(id)
    }

    pub(super) fn has_image(&self, id: &str) -> bool {
        self.images.contains_key(id)
    }

    /// A list of containers came. What it changes, and which of them should be asked for, the most interesting first.
    pub(super) fn containers(&mut self, rows: Vec<Container>) -> (Option<Update>, Vec<String>) {
        let before = std::mem::take(&mut self.containers);
        let first = !std::mem::replace(&mut self.containers_listed, true);
        let mut changed = first || before.len() != rows.len();
        let mut wanted = Vec::new();
        for row in &rows {
            match before.get(&row.id) {
                Some(known) if same(row, known) => {
                    self.containers.insert(row.id.clone(), known.clone());
                    if known.inspected {
                        continue;
                    }
                }
                _ => {
                    changed = true;
                    self.containers.insert(row.id.clone(), row.clone());
                }
            }
            wanted.push((interest(row), row.id.clone()));
        }
        wanted.sort();
        let wanted = wanted.into_iter().map(|(_, id)| id).collect();
        (changed.then_some(Update::Containers(rows)), wanted)
    }

    /// The engine was away: whatever changed meanwhile, nobody heard of it.
    pub(super) fn doubt(&mut self) {
        (self.containers_listed, self.images_listed) = (false, false);
        self.containers.values_mut().for_each(|container| container.inspected = false);
    }

    /// A container was inspected.
    pub(super) fn one_container(&mut self, container: Container) -> Option<Update> {
        if self.containers.get(&container.id) == Some(&container) {
            return None;
        }
        self.containers.insert(container.id.clone(), container.clone());
        Some(Update::Container(Box::new(container)))
    }

    pub(super) fn container_gone(&mut self, id: &str) -> Option<Update> {
        self.containers.remove(id).map(|_| Update::ContainerGone(id.to_owned()))
    }

    /// A list of images came. What it changes, and which of them should be asked for.
    pub(super) fn images(&mut self, rows: Vec<LocalImage>) -> (Option<Update>, Vec<String>) {
        let before = std::mem::take(&mut self.images);
        let first = !std::mem::replace(&mut self.images_listed, true);
        let changed = first
            || before.len() != rows.len()
            || rows.iter().any(|row| before.get(&row.id).is_none_or(|known| !same_image(row, known)));
        // Those with a name are looked at first.
        let mut wanted: Vec<&LocalImage> =
            rows.iter().filter(|row| !self.detailed.contains(&row.id)).collect();
        wanted.sort_by_key(|image| (image.tags.is_empty(), std::cmp::Reverse(image.created)));
        let wanted = wanted.into_iter().map(|image| image.id.clone()).collect();
        for row in &rows {
            let mut row = row.clone();
            if let Some(known) = before.get(&row.id) {
                row.last_tagged = known.last_tagged;
                row.shared_bytes = row.shared_bytes.or(known.shared_bytes);
            }
            self.images.insert(row.id.clone(), row);
        }
        self.detailed.retain(|id| self.images.contains_key(id));
        (changed.then_some(Update::Images(rows)), wanted)
    }

    /// An image was inspected. A name belongs to one image at a time, so others lose the names that it has now.
    pub(super) fn one_image(&mut self, mut image: LocalImage) -> Vec<Update> {
        let before = self.images.get(&image.id).cloned();
        if let Some(row) = &before {
            image.keep_from_list(row);
        }
        let mut changed = BTreeSet::new();
        for other in self.images.values_mut().filter(|other| other.id != image.id) {
            let names = other.tags.len();
            other.tags.retain(|tag| !image.tags.contains(tag));
            if other.tags.len() != names {
                changed.insert(other.id.clone());
            }
        }
        let light = LocalImage { layers: None, steps: None, folders: Vec::new(), ..image.clone() };
        self.images.insert(image.id.clone(), light);
        changed.extend(self.sort_out_intermediate());
        changed.remove(&image.id);
        let mut updates = self.updates(&changed);
        let after = self.images.get(&image.id);
        image.intermediate = after.is_some_and(|image| image.intermediate);
        let same = before.zip(after).is_some_and(|(before, after)| same_image(after, &before));
        if self.detailed.insert(image.id.clone()) || !same {
            updates.push(Update::Image(Box::new(image)));
        }
        updates
    }

    pub(super) fn image_gone(&mut self, id: &str) -> Vec<Update> {
        if self.images.remove(id).is_none() {
            return Vec::new();
        }
        self.detailed.remove(id);
        let changed = self.sort_out_intermediate();
        let mut updates = vec![Update::ImageGone(id.to_owned())];
        updates.extend(self.updates(&changed));
        updates
    }

    /// The engine reckoned what takes room.
    pub(super) fn usage(&mut self, usage: &Usage) -> Vec<Update> {
        let mut updates = Vec::new();
        for (id, bytes) in &usage.shared {
            let image = self.images.get_mut(id).filter(|image| image.shared_bytes != Some(*bytes));
            updates.extend(image.map(|image| {
                image.shared_bytes = Some(*bytes);
                Update::Image(Box::new(image.clone()))
            }));
        }
        for (id, bytes) in &usage.writable {
            let below = usage.below.get(id).copied();
            let container = self.containers.get_mut(id);
            let container =
                container.filter(|known| (known.writable_bytes, known.below_bytes) != (Some(*bytes), below));
            updates.extend(container.map(|container| {
                (container.writable_bytes, container.below_bytes) = (Some(*bytes), below);
                Update::Container(Box::new(container.clone()))
            }));
        }
        updates
    }

    /// The images whose mark changes.
    fn sort_out_intermediate(&mut self) -> BTreeSet<String> {
        let marks: HashMap<String, bool> =
            self.images.iter().map(|(id, image)| (id.clone(), image.intermediate)).collect();
        mark_intermediate(self.images.values_mut());
        let changed = self.images.values().filter(|image| marks.get(&image.id) != Some(&image.intermediate));
        changed.map(|image| image.id.clone()).collect()
    }

    fn updates(&self, ids: &BTreeSet<String>) -> Vec<Update> {
        let images = ids.iter().filter_map(|id| self.images.get(id));
        images.map(|image| Update::Image(Box::new(image.clone()))).collect()
    }
}

/// Whether a row of a list tells nothing new. What an engine's lists leave out is nothing new.
fn same(row: &Container, known: &Container) -> bool {
    row.name == known.name
        && row.state == known.state
        && row.exit_code == known.exit_code
        && (row.health.is_none() || row.health == known.health)
        && (row.networks.is_empty() || row.networks == known.networks)
}

fn same_image(row: &LocalImage, known: &LocalImage) -> bool {
    row.tags == known.tags
        && row.digests == known.digests
        && row.bytes == known.bytes
        && row.shared_bytes.is_none_or(|bytes| known.shared_bytes == Some(bytes))
        && row.intermediate == known.intermediate
        && row.last_tagged.is_none_or(|time| known.last_tagged == Some(time))
}

/// What people look at first: what failed, then what runs, then the rest, the newest first.
fn interest(container: &Container) -> (u8, std::cmp::Reverse<Option<jiff::Timestamp>>) {
    let group = match container.state {
        _ if container.failed() => 0,
        State::Exited | State::Created => 2,
        _ => 1,
    };
    (group, std::cmp::Reverse(container.created))
}
