//! Saving what a plan removes, before it does.

use super::{Kind, Plan};
use crate::world::Act;

impl Plan {
    /// Saves every image that goes into an archive at `path`: by all its tags, by its id where it has none; `None` when
    /// no image goes. An untagged parent that goes by itself is in what stands on it.
    pub fn save(&self, path: &str) -> Option<Act> {
        let acts = self.remove.iter().filter(|item| item.kind == Kind::Image).flat_map(|item| &item.acts);
        let (mut images, mut ids) = (Vec::new(), Vec::new());
        for act in acts {
            let Act::RemoveImage { id, tags, .. } = act else { continue };
            ids.push(id.clone());
            match &tags[..] {
                [] => images.push(id.clone()),
                tags => images.extend_from_slice(tags),
            }
        }
        (!ids.is_empty()).then(|| Act::Save { images, ids, path: path.to_owned() })
    }

    /// How many images [`Plan::save`] saves.
    pub fn images_to_save(&self) -> usize {
        self.remove.iter().filter(|item| item.kind == Kind::Image && !item.acts.is_empty()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Item;
    use super::*;
    use crate::world;

    #[test]
    fn all_names_of_all_images_that_go() {
        let item = |kind, acts| Item {
            kind,
            id: String::new(),
            name: String::new(),
            reason: String::new(),
            frees_bytes: 0,
            acts,
        };
        let image = |id: &str, tags: &[&str]| {
            let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            item(Kind::Image, vec![Act::RemoveImage { id: id.to_owned(), tags, prune: true }])
        };
        let command = |remove: Vec<Item>| {
            let plan = Plan { remove, ..Plan::default() };
            let act = plan.save("my images.tar");
            assert_eq!(act.is_some(), plan.images_to_save() > 0);
            act.map(|act| act.command(world::Kind::Docker)).unwrap_or_default()
        };
        let network = || item(Kind::Network, vec![Act::RemoveNetwork { id: "n".to_owned() }]);
        assert_eq!(command(vec![network()]), "");
        let carried = item(Kind::Image, Vec::new());
        let all = vec![image("a", &["x:1", "y:2"]), network(), image("b", &[]), carried];
        assert_eq!(command(all), "docker save -o 'my images.tar' x:1 y:2 b");
    }
}
