//! Images and containers of an engine, put together: who stands on whom, who uses what.

use std::ops::Deref;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Bytes;
use super::ghosts::Ghosts;
use super::layers::Layers;
use super::pins::Pins;
use crate::container::Container;
use crate::image::LocalImage;
use crate::world::{CacheRecord, Network, Volume};

/// See the module. Images are known by their position in what it was made from.
#[derive(Debug)]
pub struct Stock<'a> {
    pub(super) images: Vec<&'a LocalImage>,
    pub(super) containers: Vec<&'a Container>,
    /// Positions by id.
    pub(super) by_id: FxHashMap<&'a str, usize>,
    pub(super) stores: Stores<'a>,
    links: Arc<Links>,
    /// What the build cache holds, as long as all of it stays.
    pub(super) pins: Arc<Pins>,
}

/// What objects have to do with each other, by their positions.
#[derive(Debug)]
pub struct Links {
    /// The image that one was made from, where it is there.
    pub(super) parents: Vec<Option<usize>>,
    pub(super) children: Vec<Vec<usize>>,
    /// Positions of the containers made from each image.
    pub(super) users: Vec<Vec<usize>>,
    pub(super) layers: Layers,
    pub(super) ghosts: Ghosts,
}

/// What a [`Stock`] found out about its objects: kept beside them, it spares whoever asks again the time to find out
/// anew. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Graph {
    links: Arc<Links>,
    pins: Arc<Pins>,
}

impl Deref for Stock<'_> {
    type Target = Links;

    fn deref(&self) -> &Links {
        &self.links
    }
}

/// What an engine keeps beside images and containers. Empty where nobody asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stores<'a> {
    pub volumes: &'a [Volume],
    pub networks: &'a [Network],
    pub cache: &'a [CacheRecord],
}

impl<'a> Stock<'a> {
    /// `images` should be all there are, intermediate ones too: one that is missing seems to hold nothing.
    pub fn new(
        images: impl IntoIterator<Item = &'a LocalImage>,
        containers: impl IntoIterator<Item = &'a Container>,
    ) -> Stock<'a> {
        let images: Vec<&LocalImage> = images.into_iter().collect();
        let containers: Vec<&Container> = containers.into_iter().collect();
        let by_id: FxHashMap<&str, usize> =
            images.iter().enumerate().map(|(index, image)| (image.id.as_str(), index)).collect();
        let mut children = vec![Vec::new(); images.len()];
        let mut parents = vec![None; images.len()];
        for (index, image) in images.iter().enumerate() {
            let parent = image.parent.as_deref().and_then(|id| by_id.get(id).copied());
            if let Some(parent) = parent.filter(|parent| *parent != index) {
                parents[index] = Some(parent);
                children[parent].push(index);
            }
        }
        let mut users = vec![Vec::new(); images.len()];
        for (index, container) in containers.iter().enumerate() {
            if let Some(image) = by_id.get(container.image_id.as_str()) {
                users[*image].push(index);
            }
        }
        let (ghosts, folders) = Ghosts::find(&images, &containers, |id| by_id.contains_key(id));
        let sizes = ghosts.known.iter().map(|ghost| ghost.bytes);
        let gone: Vec<(&[String], Option<u64>)> = folders.into_iter().zip(sizes).collect();
        let layers = Layers::new(&images, &gone);
        let links = Arc::new(Links { parents, children, users, layers, ghosts });
        Stock { images, containers, by_id, stores: Stores::default(), links, pins: Arc::default() }
    }

    /// The same as before, of the very same objects in the same order: `graph` is what was found out about them then.
    /// Of objects that are others by now the answers would be nonsense, or a panic.
    pub fn again(
        images: impl IntoIterator<Item = &'a LocalImage>,
        containers: impl IntoIterator<Item = &'a Container>,
        stores: Stores<'a>,
        graph: &Graph,
    ) -> Stock<'a> {
        let images: Vec<&LocalImage> = images.into_iter().collect();
        let containers = containers.into_iter().collect();
        let by_id = images.iter().enumerate().map(|(index, image)| (image.id.as_str(), index)).collect();
        let Graph { links, pins } = graph.clone();
        Stock { images, containers, by_id, stores, links, pins }
    }

    pub fn graph(&self) -> Graph {
        Graph { links: self.links.clone(), pins: self.pins.clone() }
    }

    /// The same, with what the engine keeps beside them.
    #[must_use]
    pub fn with(self, stores: Stores<'a>) -> Stock<'a> {
        let pins = Pins::new(&self.images, &self.layers, stores.cache, |_| true);
        Stock { stores, pins: Arc::new(pins), ..self }
    }

    /// The images, in the order they came in.
    pub fn images(&self) -> &[&'a LocalImage] {
        &self.images
    }

    pub fn containers(&self) -> &[&'a Container] {
        &self.containers
    }

    /// Bytes of all images together, each layer once, those among them that are gone and that containers stand on.
    pub fn bytes(&self) -> Bytes {
        let known = self.ghosts.known.iter().map(|ghost| ghost.bytes.is_some());
        let all: Vec<bool> = self.images.iter().map(|_| true).chain(known).collect();
        let bytes = self.layers.freed(&all, |_| false);
        let told = self.ghosts.unknown.is_empty() && !all.contains(&false);
        Bytes { exact: bytes.exact && told, ..bytes }
    }

    /// Where an image is among the others.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The untagged parent that goes when `image` does, as nothing stands on it then.
    pub(super) fn follower(&self, image: usize) -> Option<usize> {
        let parent = self.parents[image]?;
        (self.is_nameless(parent) && self.children[parent] == [image]).then_some(parent)
    }

    /// Whether nothing names an image. A digest does: engines keep a parent that has one.
    pub(super) fn is_nameless(&self, image: usize) -> bool {
        self.images[image].tags.is_empty() && self.images[image].digests.is_empty()
    }
}
