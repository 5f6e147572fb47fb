//! All that an engine holds, as far as it is known: a value that updates keep fresh.
//!
//! Losing the engine changes what is said of the connection, and never what is known of images and containers.

mod act;
mod connection;
mod journal;
mod usage;

use std::collections::BTreeMap;

use crate::container::Container;
use crate::image::LocalImage;
pub use act::{Act, LastRun, Outcome, Part, Step, quoted};
pub use connection::{About, Candidate, Connection, Kind, Tried};
pub use journal::{Event, Journal};
pub use usage::{CacheRecord, Network, Usage, Volume};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub connection: Connection,
    /// The engine that was last connected.
    pub about: Option<About>,
    /// By id.
    pub images: BTreeMap<String, LocalImage>,
    /// By id.
    pub containers: BTreeMap<String, Container>,
    pub journal: Journal,
    /// Whether images have been listed at all: an empty list is something else before.
    pub images_listed: bool,
    pub containers_listed: bool,
    /// What the engine would not tell when it was last asked, and why, in its own words.
    pub trouble: Option<String>,
    /// Changes with every update of images or containers.
    pub revision: u64,
}

/// What became known.
#[derive(Clone, Debug)]
pub enum Update {
    Connection(Connection),
    /// An engine answered. When it is another than before, nothing of the old one counts any more.
    Connected(Box<About>),
    /// All images; those that are missing are gone.
    Images(Vec<LocalImage>),
    /// All containers; those that are missing are gone.
    Containers(Vec<Container>),
    Image(Box<LocalImage>),
    Container(Box<Container>),
    ImageGone(String),
    ContainerGone(String),
    Event(Event),
    /// The engine would not tell what it was asked for, or does so again.
    Trouble(Option<String>),
}

impl World {
    /// Takes in what became known.
    pub fn apply(&mut self, update: Update) {
        match update {
            Update::Connection(connection) => {
                self.connection = connection;
                return;
            }
            Update::Event(event) => {
                self.journal.push(event);
                return;
            }
            Update::Trouble(trouble) => {
                self.trouble = trouble;
                return;
            }
            Update::Connected(about) => {
                if self.about.as_ref().is_some_and(|old| old.url != about.url) {
                    *self = World { revision: self.revision, ..World::default() };
                }
                self.connection = Connection::Live;
                self.trouble = None;
                self.about = Some(*about);
            }
            Update::Images(images) => {
                let mut old = std::mem::take(&mut self.images);
                let keep = images.into_iter().map(|image| match old.remove(&image.id) {
                    Some(known) => known_image(image, known),
                    None => image,
                });
                self.images = keep.map(|image| (image.id.clone(), image)).collect();
                self.images_listed = true;
            }
            Update::Containers(containers) => {
                let mut old = std::mem::take(&mut self.containers);
                let keep = containers.into_iter().map(|container| match old.remove(&container.id) {
                    Some(known) => known_container(container, known),
                    None => container,
                });
                self.containers = keep.map(|container| (container.id.clone(), container)).collect();
                self.containers_listed = true;
            }
            Update::Image(image) => {
                let image = match self.images.remove(&image.id) {
                    Some(known) => known_image(*image, known),
                    None => *image,
                };
                self.images.insert(image.id.clone(), image);
            }
            Update::Container(container) => {
                let container = match self.containers.remove(&container.id) {
                    Some(known) => known_container(*container, known),
                    None => *container,
                };
                self.containers.insert(container.id.clone(), container);
            }
            Update::ImageGone(id) => drop(self.images.remove(&id)),
            Update::ContainerGone(id) => drop(self.containers.remove(&id)),
        }
        self.revision += 1;
    }

    /// Containers made from an image, by id.
    pub fn users<'a>(&'a self, image: &'a str) -> impl Iterator<Item = &'a Container> {
        self.containers.values().filter(move |container| container.image_id == image)
    }
}

/// A newer state of an image, with what only older knowledge has. Layers and steps of an image never change.
fn known_image(mut image: LocalImage, old: LocalImage) -> LocalImage {
    image.layers = image.layers.or(old.layers);
    image.steps = image.steps.or(old.steps);
    if image.folders.is_empty() {
        image.folders = old.folders;
    }
    image.parent = image.parent.or(old.parent);
    image.content_bytes = image.content_bytes.or(old.content_bytes);
    image.shared_bytes = image.shared_bytes.or(old.shared_bytes);
    image.last_tagged = image.last_tagged.or(old.last_tagged);
    if image.platform.is_empty() {
        image.platform = old.platform;
    }
    image
}

/// A newer state of a container, with what lists do not tell, as long as it is still the same run.
fn known_container(mut container: Container, old: Container) -> Container {
    container.writable_bytes = container.writable_bytes.or(old.writable_bytes);
    container.below_bytes = container.below_bytes.or(old.below_bytes);
    if container.inspected || !old.inspected {
        return container;
    }
    // Podman's lists tell neither health nor networks, and not every port.
    if container.state == old.state && container.exit_code == old.exit_code {
        return Container {
            name: container.name,
            health: container.health.or(old.health),
            networks: if container.networks.is_empty() { old.networks } else { container.networks },
            writable_bytes: container.writable_bytes,
            below_bytes: container.below_bytes,
            ..old
        };
    }
    container.restart_policy = old.restart_policy;
    container.memory_limit = old.memory_limit;
    container.tty = old.tty;
    container.folders = old.folders;
    container
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::{Health, Port, State};

    fn listed(state: State) -> Container {
        Container { id: "a".to_owned(), name: "new".to_owned(), state, ..Container::default() }
    }

    fn world() -> World {
        let mut world = World::default();
        world.apply(Update::Container(Box::new(Container {
            name: "old".to_owned(),
            health: Some(Health::Healthy),
            restarts: 3,
            restart_policy: "always".to_owned(),
            ports: vec![Port { private: 80, ..Port::default() }],
            networks: vec!["net".to_owned()],
            writable_bytes: Some(5),
            inspected: true,
            ..listed(State::Running)
        })));
        world
    }

    #[test]
    fn a_list_takes_nothing_away_that_only_an_inspection_tells() {
        let mut world = world();
        world.apply(Update::Containers(vec![listed(State::Running)]));
        let known = &world.containers["a"];
        assert_eq!((&*known.name, known.health, known.restarts), ("new", Some(Health::Healthy), 3));
        assert_eq!((known.ports.len(), known.networks.len(), known.writable_bytes), (1, 1, Some(5)));
        assert!(known.inspected);
    }

    #[test]
    fn of_another_run_only_the_settings_stay_known() {
        let mut world = world();
        world.apply(Update::Containers(vec![Container { exit_code: Some(1), ..listed(State::Exited) }]));
        let known = &world.containers["a"];
        assert_eq!((known.exit_code, known.health, known.restarts), (Some(1), None, 0));
        assert_eq!((&*known.restart_policy, known.inspected), ("always", false));
        world.apply(Update::Container(Box::new(Container { inspected: true, ..known.clone() })));
        world.apply(Update::Containers(vec![Container { exit_code: Some(2), ..listed(State::Exited) }]));
        assert_eq!(world.containers["a"].exit_code, Some(2), "it ran again meanwhile");
    }

    #[test]
    fn another_engine_begins_from_nothing_and_the_same_one_where_it_was() {
        let mut world = world();
        let about =
            |url: &str| Update::Connected(Box::new(About { url: url.to_owned(), ..About::default() }));
        world.apply(about("unix:///a"));
        world.apply(Update::Trouble(Some("cannot list images: no".to_owned())));
        world.apply(Update::Connection(Connection::Lost {
            since: jiff::Timestamp::UNIX_EPOCH,
            why: String::new(),
        }));
        assert_eq!(world.containers.len(), 1);
        world.apply(about("unix:///a"));
        assert_eq!((world.containers.len(), &world.connection), (1, &Connection::Live));
        assert_eq!(world.trouble, None);
        world.apply(about("unix:///b"));
        assert!(world.containers.is_empty() && !world.containers_listed);
    }
}
