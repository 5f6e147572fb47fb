//! A plan that is being carried out: which of its items are done, and what that freed beside what was predicted.

use super::tasks::TaskId;
use crate::cleanup::plan::Item;
use crate::cleanup::{Plan, Stock, Stores};
use crate::container::Container;
use crate::image::{ImageStore, LocalImage};
use crate::report::size::human;
use crate::world::{CacheRecord, World};

/// See the module.
#[derive(Clone, Debug)]
pub struct Undertaking {
    plan: Plan,
    /// The tasks of each item, and whether they went well; none for what goes by itself.
    tasks: Vec<Vec<(TaskId, Option<bool>)>>,
    /// What there was when it began: what went is reckoned on that.
    images: Vec<LocalImage>,
    containers: Vec<Container>,
    cache: Vec<CacheRecord>,
    /// Bytes of all layers, by the engine, where its figures can be compared with those afterwards.
    layers: Option<u64>,
    /// The archive that its images were saved to before.
    pub saved: Option<String>,
}

impl Undertaking {
    pub fn new(
        plan: Plan,
        tasks: Vec<Vec<TaskId>>,
        world: &World,
        cache: &[CacheRecord],
        layers: Option<u64>,
    ) -> Undertaking {
        let images: Vec<LocalImage> = world.images.values().cloned().collect();
        let containers: Vec<Container> = world.containers.values().cloned().collect();
        // Layers that the build cache holds too are counted with it and without it, those that only containers hold
        // not at all, nor what came compressed.
        let blobs = images.iter().any(|image| image.store == ImageStore::Blobs);
        let hidden = Stock::new(&images, &containers).has_hidden();
        let layers = layers.filter(|_| cache.is_empty() && !hidden && !blobs);
        let tasks = tasks.into_iter().map(|ids| ids.into_iter().map(|id| (id, None)).collect()).collect();
        Undertaking { plan, tasks, images, containers, cache: cache.to_vec(), layers, saved: None }
    }

    /// A task ended. Whether that was the last one of these.
    pub fn end(&mut self, id: TaskId, well: bool) -> bool {
        let mut all = self.tasks.iter_mut().flatten();
        let Some((_, result)) = all.find(|(own, _)| *own == id) else { return false };
        *result = Some(well);
        self.is_over()
    }

    pub fn is_over(&self) -> bool {
        self.tasks.iter().flatten().all(|(_, result)| result.is_some())
    }

    /// Whether the engine's figures afterwards say what it really freed.
    pub fn can_be_measured(&self) -> bool {
        self.layers.is_some()
    }

    /// One line of what came of it. `layers` are the bytes of all layers now, where the engine told them.
    pub fn summary(&self, layers: Option<u64>) -> String {
        let acted = || self.plan.remove.iter().zip(&self.tasks).filter(|(_, tasks)| !tasks.is_empty());
        let done = |tasks: &[(TaskId, Option<bool>)]| tasks.iter().all(|(_, well)| *well == Some(true));
        let removed: Vec<&Item> = acted().filter(|(_, tasks)| done(tasks)).map(|(item, _)| item).collect();
        let all = acted().count();
        let left = all - removed.len();
        let measured = self.layers.zip(layers).map(|(before, now)| before.saturating_sub(now));
        // Untagged parents go by themselves with the last image on them.
        let carried = self.plan.remove.iter().filter(|item| left == 0 && item.acts.is_empty());
        let gone: Vec<Item> = removed.iter().copied().chain(carried).cloned().collect();
        let stores = Stores { cache: &self.cache, ..Stores::default() };
        let stock = Stock::new(&self.images, &self.containers).with(stores);
        let freed = measured.unwrap_or_else(|| stock.freed_by(&gone).bytes) + stock.freed_beside(&gone);
        let sign = if self.plan.exact { "" } else { "≈ " };
        let predicted = format!("{sign}{} predicted", human(self.plan.frees_bytes));
        let how = if measured.is_some() { "freed, by the engine's own figures" } else { "freed" };
        let failed = if left > 0 { format!("; {left} not: # shows why") } else { String::new() };
        let saved = self.saved.as_ref().map(|path| format!("; saved in {path}")).unwrap_or_default();
        let alarm = if left > 0 { "! " } else { "" };
        format!(
            "{alarm}removed {} of {all}, {} {how} ({predicted}){failed}{saved}",
            removed.len(),
            human(freed)
        )
    }
}
