//! Which layers the cache holds: records against the steps of histories, and generated stores.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[test]
fn records_are_of_the_steps_that_made_them() {
    for (description, step, expected) in [
        ("mount / from exec /bin/sh -c make", "RUN /bin/sh -c make # buildkit", true),
        ("mount / from exec /bin/sh -c make", "RUN |1 A=b /bin/sh -c make # buildkit", true),
        ("mount / from exec /bin/sh -c make", "RUN /bin/sh -c remake # buildkit", false),
        ("mount / from exec sh -c make", "RUN /bin/sh -c make # buildkit", false),
        ("fileop target", "COPY . /app # buildkit", true),
        ("fileop target", "RUN cp a b # buildkit", false),
        ("[2/3] COPY . /app", "COPY . /app # buildkit", true),
        ("[stage-1 2/3] WORKDIR /app", "WORKDIR /app", true),
        ("[2/3] COPY . /app", "COPY . /app2 # buildkit", false),
        ("pulled from docker.io/library/debian:12", "RUN x # buildkit", false),
    ] {
        let record = CacheRecord { description: description.to_owned(), bytes: 5, ..CacheRecord::default() };
        let step =
            LocalStep { created_by: step.to_owned(), bytes: 5, buildkit: true, ..LocalStep::default() };
        assert_eq!(describes(&record, &step), expected, "{description:?} {step:?}");
        let other = CacheRecord { bytes: 6, ..record };
        assert_eq!(describes(&other, &step), expected && description != FILES);
    }
}

/// A store: for each layer what it stands on, the step that made it, and the records that there are of it.
#[derive(Clone, Debug)]
struct Store {
    layers: Vec<Made>,
    /// Tips of images that are there; all others are, too, where nothing stands on them.
    tips: Vec<usize>,
    /// Which of several layers of an image is not told of by its steps.
    blind: bool,
}

#[derive(Clone, Debug)]
struct Made {
    below: Option<usize>,
    /// Of `BuildKit`: which of several commands.
    command: Option<u8>,
    base: bool,
    step: bool,
}

fn stores() -> impl Strategy<Value = Store> {
    let layer =
        (any::<prop::sample::Index>(), 0..4_u8, prop::option::of(0..3_u8), any::<bool>(), any::<bool>());
    let layers = prop::collection::vec(layer, 1..10);
    (layers, prop::collection::vec(any::<prop::sample::Index>(), 0..4), prop::bool::weighted(0.1)).prop_map(
        |(layers, tips, blind)| {
            let mut made: Vec<Made> = Vec::new();
            for (below, lowest, command, base, step) in layers {
                let below = (lowest > 0 && !made.is_empty()).then(|| below.index(made.len()));
                // A record stands on records.
                let base = base && below.is_none_or(|below| made[below].base);
                let step = step
                    && command.is_some()
                    && below.is_some_and(|below| made[below].base || made[below].step);
                made.push(Made { below, command, base, step });
            }
            let tips = tips.into_iter().map(|tip| tip.index(made.len())).collect();
            Store { layers: made, tips, blind }
        },
    )
}

impl Store {
    fn chain(&self, tip: usize) -> Vec<usize> {
        let mut chain: Vec<usize> = std::iter::successors(Some(tip), |at| self.layers[*at].below).collect();
        chain.reverse();
        chain
    }

    fn images(&self) -> Vec<LocalImage> {
        let leaves =
            (0..self.layers.len()).filter(|at| self.layers.iter().all(|other| other.below != Some(*at)));
        let image = |tip: usize| {
            let chain = self.chain(tip);
            let step = |at: &usize| match self.layers[*at].command {
                Some(command) => LocalStep {
                    created_by: format!("RUN /bin/sh -c make {command} # buildkit"),
                    buildkit: true,
                    bytes: 1,
                    ..LocalStep::default()
                },
                None => LocalStep { created_by: "make".to_owned(), bytes: 1, ..LocalStep::default() },
            };
            let mut steps: Vec<LocalStep> = chain.iter().map(step).collect();
            if self.blind {
                steps.pop();
            }
            LocalImage {
                id: format!("sha256:{tip}"),
                bytes: chain.len() as u64,
                layers: Some(chain.iter().map(|at| format!("layer-{at}")).collect()),
                steps: Some(steps),
                ..LocalImage::default()
            }
        };
        leaves.chain(self.tips.iter().copied()).map(image).collect()
    }

    fn cache(&self) -> Vec<CacheRecord> {
        let record = |at: usize, kind: &str, description: String| CacheRecord {
            id: format!("{kind}-{at}"),
            parents: self.layers[at].below.map(|below| self.parent(below, kind, at)).into_iter().collect(),
            description,
            shared: true,
            ..CacheRecord::default()
        };
        let mut cache = Vec::new();
        for (at, layer) in self.layers.iter().enumerate().rev() {
            if layer.base {
                cache.push(record(at, "base", "from local ".to_owned()));
            }
            if let Some(command) = layer.command.filter(|_| layer.step) {
                cache.push(record(at, "step", format!("mount / from exec /bin/sh -c make {command}")));
            }
        }
        cache
    }

    /// What a record of the layer above stands on: steps may stand on what a build began with, and not the other way.
    fn parent(&self, below: usize, kind: &str, at: usize) -> String {
        let made = &self.layers[below];
        let step = kind == "step" && made.step && (!made.base || at.is_multiple_of(2));
        format!("{}-{below}", if step { "step" } else { "base" })
    }

    /// Layers that records hold, as chains of names.
    fn held(&self) -> BTreeSet<usize> {
        let held = (0..self.layers.len()).filter(|at| self.layers[*at].base || self.layers[*at].step);
        held.flat_map(|at| self.chain(at)).collect()
    }
}

proptest! {
    #[test]
    fn what_is_held_is_held_and_what_is_said_to_be_is(store in stores()) {
        let (images, cache) = (store.images(), store.cache());
        let images: Vec<&LocalImage> = images.iter().collect();
        let layers = Layers::new(&images, &[]);
        let pins = Pins::new(&images, &layers, &cache, |_| true);
        let held = store.held();
        for (at, image) in images.iter().enumerate() {
            let tip: usize = image.id["sha256:".len()..].parse().unwrap();
            let nodes: Vec<u32> = layers.upto(layers.tip(at).unwrap(), ROOT).collect();
            for (node, layer) in nodes.iter().zip(store.chain(tip).into_iter().rev()) {
                prop_assert!(!held.contains(&layer) || pins.may_hold(*node), "{layer} is held: {store:?}");
                let said = pins.may_hold(*node) && !pins.is_unclear(*node);
                prop_assert!(!said || held.contains(&layer), "{layer} is not held: {store:?}");
            }
        }
    }
}

#[test]
fn what_a_build_began_with_is_held_though_nothing_of_the_build_is_left() {
    let layer = |below, base| Made { below, command: None, base, step: false };
    let store =
        Store { layers: vec![layer(None, true), layer(Some(0), true)], tips: Vec::new(), blind: false };
    let images = store.images();
    let images: Vec<&LocalImage> = images.iter().collect();
    let layers = Layers::new(&images, &[]);
    let pins = Pins::new(&images, &layers, &store.cache(), |_| true);
    let nodes: Vec<u32> = layers.upto(layers.tip(0).unwrap(), ROOT).collect();
    assert_eq!(nodes.len(), 2);
    assert!(nodes.iter().all(|node| pins.may_hold(*node) && !pins.is_unclear(*node)));
}
