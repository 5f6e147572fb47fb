//! A store whose every byte is known, and what is true of it, reckoned in the plainest way.

use std::collections::BTreeSet;

use hadal::cleanup::Marks;
use hadal::container::{Container, State};
use hadal::image::{ImageStore, LocalImage, LocalStep};
use hadal::world::Act;
use proptest::prelude::*;

const EMPTY: &str = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

/// A layer on top of another one.
#[derive(Clone, Debug)]
struct Layer {
    below: Option<usize>,
    diff: String,
    bytes: u64,
}

#[derive(Clone, Debug)]
struct Image {
    tip: Option<usize>,
    parent: Option<usize>,
    names: u8,
    /// For each layer and after the last one: how many steps without a layer stand before it.
    idle: Vec<u8>,
    documents: u64,
}

#[derive(Clone, Debug)]
struct Vessel {
    image: usize,
    running: bool,
    bytes: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Model {
    store: ImageStore,
    /// Whether idle steps look like steps that can make a layer.
    unclear: bool,
    layers: Vec<Layer>,
    images: Vec<Image>,
    containers: Vec<Vessel>,
}

/// Random stores.
pub(crate) fn model(store: ImageStore, unclear: bool) -> impl Strategy<Value = Model> {
    let layer = (any::<prop::sample::Index>(), 0_u8..4, 0_u64..4);
    let image = (
        any::<prop::sample::Index>(),
        prop::option::of(any::<prop::sample::Index>()),
        0_u8..4,
        prop::collection::vec(0_u8..3, 16),
        0_u64..50,
    );
    let container = (any::<prop::sample::Index>(), any::<bool>(), 0_u64..9);
    let layers = prop::collection::vec(layer, 0..10);
    let images = prop::collection::vec(image, 1..12);
    let containers = prop::collection::vec(container, 0..4);
    (layers, images, containers).prop_map(move |(layers, images, containers)| {
        let mut made: Vec<Layer> = Vec::new();
        for (below, diff, bytes) in layers {
            let below = below.index(made.len() + 1).checked_sub(1);
            let bytes = bytes * 1000;
            let diff = if bytes == 0 { EMPTY.to_owned() } else { format!("sha256:{diff}-{bytes}") };
            // The same layer on the same ones is the same.
            if !made.iter().any(|other| other.below == below && other.diff == diff) {
                made.push(Layer { below, diff, bytes });
            }
        }
        let mut all: Vec<Image> = Vec::new();
        for (tip, parent, names, idle, documents) in images {
            // Mostly on top of the image it was made from, as builders do it; now and then anywhere.
            let parent = parent.map(|index| index.index(all.len() + 1)).and_then(|at| at.checked_sub(1));
            let tip = tip.index(made.len() + 1).checked_sub(1);
            let documents = if store == ImageStore::Layers { 0 } else { documents };
            all.push(Image { tip, parent, names, idle, documents });
        }
        let containers = containers
            .into_iter()
            .map(|(image, running, bytes)| Vessel { image: image.index(all.len()), running, bytes })
            .collect();
        Model { store, unclear, layers: made, images: all, containers }
    })
}

impl Model {
    /// A base, something in between, and an application with two tags and a container that runs.
    pub(crate) fn classic() -> Model {
        let layer = |below, diff: &str, bytes| Layer { below, diff: diff.to_owned(), bytes };
        let image =
            |tip, parent, names| Image { tip: Some(tip), parent, names, idle: vec![0; 3], documents: 0 };
        Model {
            store: ImageStore::Layers,
            unclear: false,
            layers: vec![layer(None, "a", 10), layer(Some(0), "b", 5)],
            images: vec![image(0, None, 1), image(0, Some(0), 0), image(1, Some(1), 2)],
            containers: vec![Vessel { image: 2, running: true, bytes: 0 }],
        }
    }

    /// Whether an image has no layers.
    pub(crate) fn is_bare(&self, image: usize) -> bool {
        self.images.get(image).is_some_and(|image| image.tip.is_none())
    }

    /// Layers of an image, base first.
    fn chain(&self, image: usize) -> Vec<usize> {
        let below = |layer: &usize| self.layers[*layer].below;
        let mut chain: Vec<usize> = std::iter::successors(self.images[image].tip, below).collect();
        chain.reverse();
        chain
    }

    pub(crate) fn images(&self) -> Vec<LocalImage> {
        let parents: BTreeSet<usize> = self.images.iter().filter_map(|image| image.parent).collect();
        let image = |(index, image): (usize, &Image)| {
            let chain = self.chain(index);
            let idle_text = if self.unclear { "RUN true" } else { "/bin/sh -c #(nop)  CMD [\"sh\"]" };
            let idle = |count: u8| {
                let step = LocalStep { created_by: idle_text.to_owned(), ..LocalStep::default() };
                std::iter::repeat_n(step, count.into())
            };
            let mut steps = Vec::new();
            for (at, layer) in chain.iter().enumerate() {
                steps.extend(idle(image.idle[at]));
                let (created_by, bytes) = (format!("RUN make {layer}"), self.layers[*layer].bytes);
                steps.push(LocalStep { created_by, bytes, ..LocalStep::default() });
            }
            steps.extend(idle(image.idle[chain.len()]));
            let tags = match image.names {
                1 => vec![format!("image-{index}:1")],
                2 if index == 2 => vec!["app:1".to_owned(), "app:2".to_owned()],
                2 => vec![format!("image-{index}:1"), format!("image-{index}:2")],
                _ => Vec::new(),
            };
            let digests = if image.names == 3 { vec![format!("image-{index}@sha256:0")] } else { Vec::new() };
            LocalImage {
                id: format!("sha256:{index}"),
                intermediate: tags.is_empty() && parents.contains(&index),
                tags,
                digests,
                bytes: self.held(&BTreeSet::from([index])),
                store: self.store,
                content_bytes: (self.store == ImageStore::Blobs).then(|| self.content(index)),
                parent: image.parent.map(|parent| format!("sha256:{parent}")),
                layers: Some(chain.iter().map(|layer| self.layers[*layer].diff.clone()).collect()),
                folders: folders(&chain),
                steps: Some(steps),
                ..LocalImage::default()
            }
        };
        self.images.iter().enumerate().map(image).collect()
    }

    pub(crate) fn containers(&self) -> Vec<Container> {
        let container = |(index, container): (usize, &Vessel)| Container {
            id: format!("c{index}"),
            name: format!("name-{index}"),
            image_id: format!("sha256:{}", container.image),
            state: if container.running { State::Running } else { State::Exited },
            writable_bytes: Some(container.bytes),
            below_bytes: Some(self.held(&BTreeSet::from([container.image]))),
            folders: folders(&self.chain(container.image)),
            ..Container::default()
        };
        self.containers.iter().enumerate().map(container).collect()
    }

    /// What is on the disk when only these images and containers are left, some of which may be of images that are not.
    pub(crate) fn on_disk(&self, images: &BTreeSet<String>, containers: &BTreeSet<String>) -> u64 {
        let listed = (0..self.images.len()).filter(|at| images.contains(&format!("sha256:{at}")));
        let vessels = self.containers.iter().enumerate();
        let left = vessels.filter(|(at, _)| containers.contains(&format!("c{at}"))).map(|(_, vessel)| vessel);
        let held = listed.chain(left.clone().map(|vessel| vessel.image)).collect();
        self.held(&held) + left.map(|vessel| vessel.bytes).sum::<u64>()
    }

    /// Whether everything about bytes can be known.
    pub(crate) fn is_plain(&self) -> bool {
        self.store != ImageStore::Blobs && !self.unclear
    }

    /// Bytes of an image's compressed layers and its documents.
    fn content(&self, image: usize) -> u64 {
        let unpacked: u64 = self.chain(image).iter().map(|layer| self.layers[*layer].bytes).sum();
        self.held(&BTreeSet::from([image])) - unpacked
    }

    /// Bytes that some images hold together.
    fn held(&self, images: &BTreeSet<usize>) -> u64 {
        let layers: BTreeSet<usize> = images.iter().flat_map(|image| self.chain(*image)).collect();
        let diffs: BTreeSet<&str> = layers.iter().map(|layer| self.layers[*layer].diff.as_str()).collect();
        let unpacked: u64 = layers.iter().map(|layer| self.layers[*layer].bytes).sum();
        // A compressed layer has half the bytes that its name ends with.
        let blob =
            |diff: &&str| diff.rsplit_once('-').map_or(0, |(_, bytes)| bytes.parse::<u64>().unwrap() / 2);
        let blobs: u64 = if self.store == ImageStore::Blobs { diffs.iter().map(blob).sum() } else { 0 };
        let documents: u64 = images.iter().map(|image| self.images[*image].documents).sum();
        unpacked + blobs + documents
    }

    fn all(&self) -> BTreeSet<usize> {
        (0..self.images.len()).collect()
    }

    fn children(&self, image: usize) -> impl Iterator<Item = usize> {
        (0..self.images.len()).filter(move |other| self.images[*other].parent == Some(image))
    }

    /// Bytes that go with an image and with the parents that would go with it, as far as the image holds them.
    pub(crate) fn exclusive(&self, image: usize) -> u64 {
        let mut going = BTreeSet::from([image]);
        let mut last = image;
        while let Some(parent) = self.images[last].parent
            && self.images[parent].names == 0
            && self.children(parent).all(|child| going.contains(&child))
            && self.children(image).next().is_none()
            && self.chain(last).starts_with(&self.chain(parent))
        {
            going.insert(parent);
            last = parent;
        }
        let others: BTreeSet<usize> = self.all().difference(&going).copied().collect();
        let with: BTreeSet<usize> = others.iter().copied().chain([image]).collect();
        self.held(&with) - self.held(&others)
    }

    /// What goes when everything that can be removed is, one after the other, and the bytes of it.
    pub(crate) fn removable(&self, marks: &Marks) -> (BTreeSet<String>, u64) {
        let mut gone = BTreeSet::new();
        let mut bytes = 0;
        for (index, container) in self.containers.iter().enumerate() {
            if marks.containers.contains_key(&format!("c{index}")) && (marks.stop || !container.running) {
                gone.insert(format!("c{index}"));
                bytes += container.bytes;
            }
        }
        let mut left = self.all();
        loop {
            let can_go = |image: &usize| {
                let users =
                    self.containers.iter().enumerate().filter(|(_, container)| container.image == *image);
                let free = users.clone().all(|(index, _)| gone.contains(&format!("c{index}")));
                let mut children = self.children(*image);
                let carried = self.images[*image].names == 0 && self.children(*image).next().is_some();
                let wanted = marks.images.contains_key(&format!("sha256:{image}")) || carried;
                wanted && free && children.all(|child| !left.contains(&child))
            };
            let Some(image) = left.iter().copied().find(can_go) else { break };
            left.remove(&image);
            gone.insert(format!("sha256:{image}"));
        }
        (gone, bytes + self.held(&self.all()) - self.held(&left))
    }

    /// Does what acts say, as strictly as an engine. What is gone then; or which act was refused.
    pub(crate) fn carry_out(&self, acts: &[Act]) -> Result<BTreeSet<String>, String> {
        let images = self.images();
        let mut gone: BTreeSet<String> = BTreeSet::new();
        let mut running: BTreeSet<String> =
            self.containers().into_iter().filter(|c| c.state.is_alive()).map(|c| c.id).collect();
        for act in acts {
            match act {
                Act::Stop { id } => {
                    running.remove(id);
                }
                Act::RemoveContainer { id, force: false, .. } if !running.contains(id) => {
                    gone.insert(id.clone());
                }
                Act::RemoveImage { id, tags, prune } => {
                    let mut image: usize = id.trim_start_matches("sha256:").parse().unwrap();
                    if *tags != images[image].tags {
                        return Err(format!("not its names: {act:?}"));
                    }
                    if !self.is_free(image, &gone) {
                        return Err(format!("in use: {act:?}"));
                    }
                    // It would take along what has the first of the same layers, whoever stands on it.
                    if *prune && self.store == ImageStore::Blobs {
                        return Err(format!("more than that would go: {act:?}"));
                    }
                    gone.insert(id.clone());
                    // Parents without a name go by themselves.
                    while *prune
                        && let Some(parent) = self.images[image].parent
                        && self.images[parent].names == 0
                        && self.is_free(parent, &gone)
                    {
                        gone.insert(format!("sha256:{parent}"));
                        image = parent;
                    }
                }
                _ => return Err(format!("refused: {act:?}")),
            }
        }
        Ok(gone)
    }

    fn is_free(&self, image: usize, gone: &BTreeSet<String>) -> bool {
        let users = self.containers.iter().enumerate().filter(|(_, container)| container.image == image);
        users.clone().all(|(index, _)| gone.contains(&format!("c{index}")))
            && self.children(image).all(|child| gone.contains(&format!("sha256:{child}")))
    }
}

/// As Docker names them, one for each layer.
fn folders(chain: &[usize]) -> Vec<String> {
    chain.iter().map(|layer| format!("{layer:064x}")).collect()
}
