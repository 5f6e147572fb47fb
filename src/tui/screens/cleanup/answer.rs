//! What the engine was asked for beside the world: volumes, networks, the build cache, and its own figures.

use crate::cleanup::Stores;
use crate::tui::msg;
use crate::world::{Network, Usage, World};

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    usage: Usage,
    networks: Vec<Network>,
    /// What the engine would not tell, in its own words.
    pub(super) faults: Vec<String>,
    /// Questions that have no answer yet.
    pub(super) open: usize,
    /// Whether there ever was an answer.
    pub(super) there: bool,
    /// Changes with every answer.
    pub(super) revision: u64,
}

impl Answer {
    pub(super) fn take(&mut self, stores: msg::Stores) {
        self.open = self.open.saturating_sub(1);
        self.revision += 1;
        self.there = true;
        self.faults.clear();
        let unknown = |what: &str| {
            let what = what.to_owned();
            move |why: String| format!("{what}: {why}")
        };
        let usage = stores.reckoning.map_err(unknown("volumes and build cache"));
        let networks = stores.networks.map_err(unknown("networks"));
        self.usage = usage.unwrap_or_else(|why| {
            self.faults.push(why);
            Usage::default()
        });
        self.networks = networks.unwrap_or_else(|why| {
            self.faults.push(why);
            Vec::new()
        });
    }

    pub(super) fn forget(&mut self) {
        *self = Answer { revision: self.revision + 1, ..Answer::default() };
    }

    pub(super) fn stores(&self) -> Stores<'_> {
        Stores { volumes: &self.usage.volumes, networks: &self.networks, cache: &self.usage.cache }
    }

    /// Bytes of all layers, by the engine.
    pub(super) fn layers(&self) -> Option<u64> {
        self.usage.layers
    }

    /// What the engine's own program would call reclaimable: its layers without those that only images of containers
    /// have.
    pub(super) fn reclaimable(&self, world: &World) -> Option<u64> {
        let layers = self.usage.layers?;
        let used: std::collections::HashSet<&str> =
            world.containers.values().map(|container| container.image_id.as_str()).collect();
        let images = world.images.values().filter(|image| used.contains(image.id.as_str()));
        let alone = images.map(|image| Some(image.bytes.saturating_sub(*self.usage.shared.get(&image.id)?)));
        Some(layers.saturating_sub(alone.sum::<Option<u64>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::Container;
    use crate::image::LocalImage;
    use crate::world::Update;

    #[test]
    fn what_no_container_uses_is_reclaimable() {
        let image = |id: &str, bytes| LocalImage { id: id.to_owned(), bytes, ..LocalImage::default() };
        let used = Container { image_id: "b".to_owned(), ..Container::default() };
        let mut world = World::default();
        world.apply(Update::Images(vec![image("a", 40), image("b", 50)]));
        let mut answer = Answer::default();
        let mut told = |shared: &[(&str, u64)], world: &World| {
            let shared = shared.iter().map(|(id, bytes)| ((*id).to_owned(), *bytes)).collect();
            let usage = Usage { layers: Some(60), shared, ..Usage::default() };
            answer.take(msg::Stores { reckoning: Ok(usage), networks: Ok(Vec::new()) });
            answer.reclaimable(world)
        };
        assert_eq!(told(&[("a", 30), ("b", 30)], &world), Some(60));
        world.apply(Update::Containers(vec![used]));
        assert_eq!(told(&[("a", 30), ("b", 30)], &world), Some(40), "what b holds alone is in use");
        assert_eq!(told(&[("a", 30)], &world), None, "where the engine does not tell, nothing is said");
    }
}
