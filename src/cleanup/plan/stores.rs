//! What goes of the build cache, of networks and of volumes.

use rustc_hash::FxHashMap;

use super::{Blocker, Item, Kept, Kind, Marks, Plan, container_blocker};
use crate::cleanup::{Doubt, Stock};
use crate::container::Container;
use crate::world::{Act, CacheRecord};

impl Stock<'_> {
    /// Records that no build uses, those that stand on others first: engines keep what is stood on.
    pub(super) fn plan_cache(&self, marks: &Marks, plan: &mut Plan) {
        let cache = self.stores.cache;
        let by_id: FxHashMap<&str, usize> =
            cache.iter().enumerate().map(|(at, record)| (record.id.as_str(), at)).collect();
        let below = |record: &CacheRecord| -> Vec<usize> {
            record.parents.iter().filter_map(|id| by_id.get(id.as_str()).copied()).collect()
        };
        let mut open = vec![0_usize; cache.len()];
        cache.iter().flat_map(below).for_each(|at| open[at] += 1);
        // Records whose upper ones have all been decided on. Those in a circle never get here, and stay.
        let mut ready: Vec<usize> = (0..cache.len()).rev().filter(|at| open[*at] == 0).collect();
        let mut goes = vec![false; cache.len()];
        let mut stood_on = vec![false; cache.len()];
        while let Some(at) = ready.pop() {
            let record = &cache[at];
            if let Some(reason) = marks.cache.get(&record.id).filter(|_| !record.in_use && !stood_on[at]) {
                goes[at] = true;
                plan.doubts.extend(record.more.then_some(Doubt::Cache));
                let frees_bytes = if record.shared { 0 } else { record.bytes };
                plan.frees_bytes = plan.frees_bytes.saturating_add(frees_bytes);
                plan.remove.push(Item {
                    kind: Kind::BuildCache,
                    id: record.id.clone(),
                    name: record.description.clone(),
                    reason: reason.clone(),
                    frees_bytes,
                    acts: vec![Act::RemoveCache { id: record.id.clone() }],
                });
            }
            for lower in below(record) {
                stood_on[lower] |= !goes[at];
                open[lower] -= 1;
                if open[lower] == 0 {
                    ready.push(lower);
                }
            }
        }
        for (at, record) in cache.iter().enumerate() {
            if !goes[at] && marks.cache.contains_key(&record.id) {
                let reason =
                    if record.in_use { "a build uses it now" } else { "records that stay stand on it" };
                plan.keep.push(Kept {
                    kind: Kind::BuildCache,
                    id: record.id.clone(),
                    name: record.description.clone(),
                    reason: reason.to_owned(),
                    blocked_by: Vec::new(),
                });
            }
        }
    }

    /// Networks that no container that stays is in.
    pub(super) fn plan_networks(&self, marks: &Marks, going: &[bool], plan: &mut Plan) {
        for network in self.stores.networks {
            let Some(reason) = marks.networks.get(&network.id) else { continue };
            let users = self.blockers(going, |container| container.networks.contains(&network.name));
            let item = (Kind::Network, network.id.as_str(), network.name.as_str());
            let acts = vec![Act::RemoveNetwork { id: network.id.clone() }];
            let builtin = network.is_builtin().then_some("every engine has it");
            put(plan, item, reason, 0, acts, users, builtin);
        }
    }

    /// Volumes that no container that stays mounts.
    pub(super) fn plan_volumes(&self, marks: &Marks, going: &[bool], plan: &mut Plan) {
        for volume in self.stores.volumes {
            let Some(reason) = marks.volumes.get(&volume.name) else { continue };
            let users = self.blockers(going, |container| {
                container.mounts.iter().any(|mount| mount.kind == "volume" && mount.name == volume.name)
            });
            if users.is_empty() {
                plan.doubts.extend(volume.bytes.is_none().then_some(Doubt::Volume));
                plan.frees_bytes = plan.frees_bytes.saturating_add(volume.bytes.unwrap_or(0));
            }
            let item = (Kind::Volume, volume.name.as_str(), volume.name.as_str());
            let acts = vec![Act::RemoveVolume { name: volume.name.clone() }];
            put(plan, item, reason, volume.bytes.unwrap_or(0), acts, users, None);
        }
    }

    fn blockers(&self, going: &[bool], uses: impl Fn(&Container) -> bool) -> Vec<Blocker> {
        let stays = self.containers.iter().enumerate().filter(|(at, _)| !going[*at]);
        stays.filter(|(_, container)| uses(container)).map(|(_, one)| container_blocker(one)).collect()
    }
}

/// Puts something among what goes, unless something is in the way.
fn put(
    plan: &mut Plan,
    (kind, id, name): (Kind, &str, &str),
    reason: &str,
    frees_bytes: u64,
    acts: Vec<Act>,
    blocked_by: Vec<Blocker>,
    never: Option<&str>,
) {
    let (id, name) = (id.to_owned(), name.to_owned());
    let stays = match (never, blocked_by.len()) {
        (Some(why), _) => why.to_owned(),
        (None, 0) => {
            plan.remove.push(Item { kind, id, name, reason: reason.to_owned(), frees_bytes, acts });
            return;
        }
        (None, 1) => "a container that stays uses it".to_owned(),
        (None, many) => format!("{many} containers that stay use it"),
    };
    plan.keep.push(Kept { kind, id, name, reason: stays, blocked_by });
}
