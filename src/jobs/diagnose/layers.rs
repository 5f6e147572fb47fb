//! What the layers of an image did to a path: read from the engine's export where that is worth it.

use super::super::open::{OpenError, OpenRequest, open};
use super::{LAYERS_UP_TO, ReadLayers};
use crate::diagnosis::Want;
use crate::diagnosis::facts::Facts;
use crate::diagnosis::files::{History, Layers, Made};
use crate::engine::Engine;
use crate::image::tree::Change;
use crate::image::{Image, path, size};
use crate::jobs::Engines;
use crate::source::Task;

/// Names of the same kind that are told.
const MOST: usize = 5;

/// An image's layers, or why they were not read.
#[derive(Debug, Default)]
pub(super) struct Layered {
    state: Layers,
    image: Option<Image>,
}

impl Layered {
    /// Reads them, once, unless that is unwanted or would take too long.
    pub(super) fn read(
        &mut self,
        engine: &Engine,
        facts: &Facts,
        wish: ReadLayers,
        task: &Task,
    ) -> Result<(), OpenError> {
        if self.state != Layers::Unread {
            return Ok(());
        }
        let bytes = facts.image_facts.as_ref().map(|image| image.bytes);
        let not = match (wish, bytes) {
            (ReadLayers::Never, _) => Some("the layers were not to be read".to_owned()),
            (_, None) => Some("the image is gone".to_owned()),
            (ReadLayers::Auto, Some(bytes)) if bytes > LAYERS_UP_TO => Some(format!(
                "the image has {}, which takes long to read; --layers always does it",
                size::human(bytes)
            )),
            _ => None,
        };
        if let Some(why) = not {
            self.state = Layers::Not(why);
            return Ok(());
        }
        let request = OpenRequest {
            image: Some(format!("docker:{}", facts.image_id)),
            engines: Engines::Shown(engine.clone()),
            ..OpenRequest::default()
        };
        // A count of its own: what is read here is no container.
        let own = Task::new();
        let watched = std::thread::scope(|scope| {
            let reader = scope.spawn(|| open(&request, &own, &mut |_| {}));
            while !reader.is_finished() {
                if task.is_cancelled() {
                    own.cancel();
                }
                std::thread::sleep(super::super::line::NOTICE / 10);
            }
            reader.join()
        });
        match watched {
            _ if task.is_cancelled() => Err(crate::source::SourceError::Cancelled.into()),
            Ok(Ok(image)) => {
                (self.state, self.image) = (Layers::Read, Some(image));
                Ok(())
            }
            Ok(Err(error)) => {
                self.state = Layers::Not(error.to_string());
                Ok(())
            }
            Err(_) => Err(OpenError::Internal("the reader of layers stopped".to_owned())),
        }
    }

    pub(super) fn answer(&self, facts: &mut Facts, wants: Vec<&Want>) {
        facts.files.layers = self.state.clone();
        let Some(image) = &self.image else { return };
        for want in wants {
            facts.files.learn_history(want.path(), history(image, want.path()));
        }
    }
}

/// What the layers did to a path.
pub(super) fn history(image: &Image, wanted: &str) -> History {
    let tree = &image.tree;
    let clean = path::cleaned(wanted.as_bytes());
    let (_, name) = path::split(&clean);
    let mut history = History::default();
    let made = |layer: usize, exists: bool, mode: u16| Made {
        layer,
        exists,
        mode,
        step: image.step(layer).map(crate::image::Step::instruction),
    };
    if let Some(node) = tree.find(&clean) {
        let mut versions: Vec<_> =
            tree.versions(node).filter(|version| version.change() != Change::Unmodified).collect();
        versions.reverse();
        history.versions = versions
            .iter()
            .map(|version| made(version.layer(), version.exists(), version.attributes().mode))
            .collect();
        // A directory above it may have gone, and with it what has no record of its own.
        if history.versions.last().is_some_and(|last| last.exists) && tree.in_final(node).is_none() {
            let mut above = tree.parent(node);
            while let Some(parent) = above {
                if let Some(gone) = tree.versions(parent).find(|version| !version.exists()) {
                    history.versions.push(made(gone.layer(), false, 0));
                    break;
                }
                above = tree.parent(parent);
            }
        }
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let namesakes = tree.all().filter(|node| tree.name(*node) == name && tree.in_final(*node).is_some());
    let own = format!("/{}", text(&clean));
    history.namesakes =
        namesakes.map(|node| text(&tree.path(node))).filter(|path| *path != own).take(MOST).collect();
    let (folder, _) = path::split(&clean);
    if let Some(folder) = tree.find(folder).filter(|folder| tree.in_final(*folder).is_some()) {
        let siblings = tree.children(folder).filter(|node| tree.in_final(*node).is_some());
        let lower = text(name).to_ascii_lowercase();
        let alike = siblings.filter(|node| {
            let other = text(tree.name(*node)).to_ascii_lowercase();
            let stem = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
            stem(&other) == stem(&lower)
                || (other.len() > 3 && (other.starts_with(&lower) || lower.starts_with(&other)))
        });
        history.near = alike.map(|node| text(&tree.path(node))).filter(|path| *path != own).take(3).collect();
    }
    history
}
