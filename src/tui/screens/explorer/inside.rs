//! Looking into contents: when that is done, what is said of it, and the way from a secret to where it is.

use std::sync::Arc;

use super::layers::Row;
use super::{Explorer, Load, Mode, Pane};
use crate::analysis::secrets::{Place, Where};
use crate::analysis::{Facts, Inspection};
use crate::image::Image;
use crate::image::tree::NodeId;
use crate::report::leak;
use crate::report::sanitise::sanitise;
use crate::report::size::human;
use crate::tui::msg::Progress;

impl Explorer {
    /// Whether a job works for this image.
    pub fn busy(&self) -> bool {
        self.reading() || self.looking.is_some()
    }

    /// Whether an engine has to export the image again for its contents.
    pub fn of_engine(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.engine_id.is_some())
    }

    /// Begins to look inside, or says why not.
    pub fn begin_looking(&mut self) -> Result<(), String> {
        if self.looking.is_some() {
            return Err("contents are being read already · Esc stops".to_owned());
        }
        if let Some(inside) = &self.facts.inside {
            return Err(summary(inside));
        }
        if self.load != Load::Ready || self.image.is_none() {
            return Err("contents can be looked into when all layers have been read".to_owned());
        }
        self.looking = Some(Progress::default());
        Ok(())
    }

    /// Gives it up; false when nobody looks.
    pub fn stop_looking(&mut self) -> bool {
        let looked = self.looking.take().is_some();
        if looked {
            self.notice = Some("stopped looking inside: nothing is known of the contents".to_owned());
        }
        looked
    }

    pub(super) fn looked(&mut self, facts: &Arc<Facts>, image: &Arc<Image>) {
        // Somebody stopped it just before it ended.
        if self.looking.take().is_none() {
            return;
        }
        self.notice = facts.inside.as_ref().map(summary);
        self.head = Some(Box::new(image.head.clone()));
        self.image = Some(Arc::clone(image));
        let old = std::mem::replace(&mut self.facts, Arc::clone(facts));
        self.waste.learn(&old, facts, &image.tree);
    }

    pub(super) fn could_not_look(&mut self, why: &str) {
        if self.looking.take().is_some() {
            self.notice = Some(format!("! cannot look inside: {}", sanitise(why.as_bytes())));
        }
    }

    /// From a secret to its file in the layer that ships it, or to the step that tells it.
    pub(super) fn open_secret(&mut self) {
        let Some((secret, image)) = self.waste.secret(&self.facts).cloned().zip(self.image.clone()) else {
            return;
        };
        let fate = leak::fate(&secret);
        match secret.place {
            Place::File { node, layer, .. } => {
                let layer = shown_in(&image, node, layer);
                if self.list.select_layer(layer) {
                    (self.mode, self.list.anchor) = (Mode::Layer, None);
                    self.reveal(node);
                    self.notice = Some(format!("{}: {fate}", leak::title(&secret)));
                }
            }
            Place::Text(text) => match (text.place, text.step) {
                (Where::History, Some(step)) => self.open_step(step, text.layer),
                _ => self.notice = Some("it is in the image's config: I shows that".to_owned()),
            },
        }
    }

    /// To a step of the history, in the list of layers.
    fn open_step(&mut self, step: usize, layer: Option<usize>) {
        let wanted = layer.map_or(Row::Step(step), Row::Layer);
        if layer.is_none() && !self.list.empty_steps {
            self.list.empty_steps = true;
            self.arrange();
        }
        let Some(at) = self.list.rows.iter().position(|row| *row == wanted) else { return };
        (self.list.cursor.at, self.list.anchor) = (at, None);
        (self.mode, self.pane) = (Mode::Layer, Pane::Layers);
        self.refresh();
        self.notice = Some("it is in this step: i shows all of it".to_owned());
    }

    /// The selected secret for the clipboard, without its value.
    pub(super) fn secret_line(&self) -> Option<String> {
        Some(leak::line(self.image.as_ref()?, self.waste.secret(&self.facts)?))
    }
}

/// The layer where a path to a content is listed. A link of another layer may be what still leads to it.
fn shown_in(image: &Image, node: NodeId, layer: usize) -> usize {
    let there = image.tree.versions(node).any(|version| version.layer() == layer);
    if there { layer } else { image.tree.written(node, image.layers.len().saturating_sub(1)) }
}

/// What came of it.
fn summary(inside: &Inspection) -> String {
    let secrets = inside.secrets.as_deref().unwrap_or_default();
    let deleted = |place: &Place| matches!(place, Place::File { deleted_in: Some(_), .. });
    let secrets = match (secrets.len(), secrets.iter().filter(|secret| deleted(&secret.place)).count()) {
        (0, _) => "no secrets".to_owned(),
        (1, 0) => "1 secret, w lists it".to_owned(),
        (count, 0) => format!("{count} secrets, w lists them"),
        (count, gone) => {
            let s = if count == 1 { "" } else { "s" };
            format!("{count} secret{s}, w lists them, {gone} deleted and still shipped")
        }
    };
    let twice: u64 = inside.duplicates.iter().flatten().map(|alike| alike.redundant_bytes).sum();
    let twice =
        if twice > 0 { format!("{} twice or more", human(twice)) } else { "nothing twice".to_owned() };
    format!("{secrets}; {twice}; read {}, {}/s", human(inside.bytes), human(inside.rate() as u64))
}
